/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_EXTENT_H
#define GLIB_EXTENT_H

/* Where GTasks are made, so that they can be looked at once they are whole. */

#include "asyncs.h"

/* A stretch of a thread in which GTasks are made: a hooked call of GIO, a callback, a job. */
typedef struct Extent Extent;
struct Extent
{
  Extent *outer;
  uintptr_t frame; /* of the function of ours that began it */
  Async *fresh;    /* the GTasks that were made in it and not looked at yet */
  /* Of a call that starts an operation: the first GTask made is the operation's. */
  bool is_start;
  Async *bound;
  InspectId task;
  InspectId waiter;
  InspectLocationId where;
};

/* GTasks that were made outside of any extent, and are looked at when their thread's source has
 * been dispatched. */
extern uint32_t extent_n_loose;
void extent_look_at_loose (void);

static inline void
extent_settle (void)
{
  if (__builtin_expect (__atomic_load_n (&extent_n_loose, __ATOMIC_RELAXED) != 0, false))
    extent_look_at_loose ();
}

/* The frame of the hook or trampoline that this is used in. */
#define FRAME ((uintptr_t)__builtin_frame_address (0))

/* NULL when there is no memory, which the others take. */
Extent *extent_begin (uintptr_t frame);
/* Looks at the GTasks that were made in it. */
void extent_end (Extent *extent, uintptr_t frame);
/* False: it was taken for left, and has ended. */
bool extent_is_open (const Extent *extent, uintptr_t frame);

/* A GTask that has just been made. Its flags and all else of it are set anew. @ret_extent: NULL
 * outside of any. False: no memory. */
bool extent_add (Async *async, uintptr_t frame, Extent **ret_extent);

#endif
