/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_ROOM_H
#define EMIT_ROOM_H

#include <stdbool.h>
#include "emit/thread.h"

/* How much room a ring has, and what a thread does when it has none: the inspector's policy. */

/* Forgets what is known of the ring whose head is at @head. */
void emit_room_reset (EmitThread *self, uint64_t head);

/* Raises the thread's limit so that @n records fit. Returns: false when they have to be dropped,
 * which is counted. */
bool emit_room_refill (EmitThread *self, uint32_t n);

#endif
