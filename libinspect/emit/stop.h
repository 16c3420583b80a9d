/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_STOP_H
#define EMIT_STOP_H

/* Breakpoints: a thread that writes a record for which one is armed waits for the inspector before
 * it goes on. With none armed a record costs one look at a line that nobody writes to. */

#include <stdbool.h>

#include "emit/channel.h"
#include "emit/thread.h"

/* Only for a thread that has a ring. */
static inline bool
emit_is_armed (void)
{
  return __builtin_expect (__atomic_load_n (&emit_channel.control->armed, __ATOMIC_RELAXED) != 0,
                           false);
}

/* The record was just written by this thread. Stops it, or remembers to, where a breakpoint wants
 * that. */
void emit_stop_at (uint32_t type_location, uint64_t task, uint64_t arg)
    __attribute__ ((noinline, cold));
/* The same after an attribute of @object that is a time, or a text. */
void emit_stop_at_time (uint64_t object, const char *key, uint64_t value)
    __attribute__ ((noinline, cold));
void emit_stop_at_text (uint64_t object, const char *key, const char *text, size_t length)
    __attribute__ ((noinline, cold));
/* All has been said about what a breakpoint was met at. */
void emit_stop_now (void) __attribute__ ((noinline, cold));

#endif
