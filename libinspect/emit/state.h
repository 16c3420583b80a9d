/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_STATE_H
#define EMIT_STATE_H

#include <stdbool.h>

/* True when this very process has a channel that an inspector holds. The first call in the child
 * of a fork opens the child's own, so this is on the slow path alone; safe in signal handlers. */
bool emit_process_is_live (void);

/* Nobody reads any more: nothing is reported until a new start. */
void emit_process_close_gate (void);

#endif
