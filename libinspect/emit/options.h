/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_OPTIONS_H
#define EMIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include "channel/layout.h"
#include "emit/process.h"

/* The policy that CHANNEL_ENV_OPTIONS names; drop where it names none that is known. */
ChannelPolicy emit_option_policy (void);

/* In the place of CHANNEL_ENV_SOCKET and CHANNEL_ENV_OPTIONS; false where they are too long. */
bool emit_options_name (const char *path, const char *options);

#endif
