/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_OPTIONS_H
#define EMIT_OPTIONS_H

#include <stdint.h>
#include "channel/layout.h"
#include "emit/process.h"

/* The policy that CHANNEL_ENV_OPTIONS names; drop where it names none that is known. */
ChannelPolicy emit_option_policy (void);

#endif
