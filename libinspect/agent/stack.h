/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_STACK_H
#define AGENT_STACK_H

#include "inspect.h"

/* InspectAgent.stack: see agent/runtime-plugin.h. */
InspectLocationId agent_stack_take (const void *return_address);

#endif
