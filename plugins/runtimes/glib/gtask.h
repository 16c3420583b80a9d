/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_GTASK_H
#define GLIB_GTASK_H

/* Every GTask is a task, and who called the function that made it waits for it.
 *
 * GTasks are seen as they are constructed and finalized, through their class, whoever makes them.
 * Their callback is exchanged in place, so that `user_data`, source tag and everything else that a
 * program can ask for stay what they are. */

#include "asyncs.h"
#include "gio.h"
#include "lock.h"

/* A stretch of this thread in which GTasks are made; on the stack of who runs it. */
typedef struct Extent Extent;
struct Extent
{
  Extent *outer;
  Async *fresh; /* the GTasks that were made in it and not looked at yet */
  /* Of a call that starts an operation: the first GTask made is the operation's. */
  bool is_start;
  Async *bound;
  InspectId task;
  InspectId waiter;
  InspectLocationId where;
};

/* GTasks that were made outside of any extent, and are looked at when their thread's source has
 * been dispatched. */
extern uint32_t gtask_n_loose;
void gtask_look_at_loose (void);

static inline void
gtask_settle (void)
{
  if (__builtin_expect (__atomic_load_n (&gtask_n_loose, __ATOMIC_RELAXED) != 0, false))
    gtask_look_at_loose ();
}

void extent_begin (Extent *extent);
/* Looks at the GTasks that were made in it. */
void extent_end (Extent *extent);

/* A call of a function that starts an operation. */
typedef struct
{
  Extent extent;
  InspectId previous;
  uint64_t cost;
} Start;

/* Before the original is called. False: call it and nothing else. @user_data: of the callback;
 * where it is a GTask, the operation is a step of that. */
bool start_begin (Start *start, const void *user_data, const void *caller);
/* After it. Returns: the await, to say more of; 0 when nothing is waited for */
InspectObject start_begun (Start *start, InspectKind *kind, GAsyncReadyCallback callback,
                           const void *user_data, GCancellable *cancellable);
void start_end (Start *start);

/* ---- What is done with a GTask --------------------------------------------------------------- */

void gtask_name (GTask *gtask, const char *name);
/* What it is given as task data leads to it, too. */
void gtask_set_data (GTask *gtask, const void *data);
/* It has returned; its callback may still have to wait for its context. */
void gtask_returned (GTask *gtask);
/* What a thread of the pool is going to run for it. */
void gtask_set_work (GTask *gtask, const void *work);
/* The task of the GTask at @object, with a reference; INSPECT_NONE where it is none. */
InspectId gtask_ref_task (const void *object, const void **ret_work);

/* Looks at the class; called once. */
void gtask_follow (void);

#endif
