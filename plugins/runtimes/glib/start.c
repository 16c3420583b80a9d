/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The start of an operation. */

#include "start.h"

#include "gtask-private.h"
#include "operations.h"
#include "say.h"
#include "task.h"

/* The task that an operation is a step of, with a reference. */
static InspectId
find_waiter (const void *user_data, InspectLocationId where)
{
  const Async *async = async_find (ASYNC_GTASK, user_data);

  if (async == NULL && (async = async_find (ASYNC_DATA, user_data)) != NULL)
    async = async_find (ASYNC_GTASK, async_hide (async->data));
  if (async != NULL && task_ref (async->task))
    return async->task;
  return task_of_operation (true, where);
}

bool
start_begin (Start *start, const void *user_data, const void *caller, uintptr_t frame)
{
  Extent *extent;

  if (!plugin_is_on () || !gio_is_ready ())
    return false;
  start->cost = inspect_cost_begin ();
  start->frame = frame;
  start->extent = extent = extent_begin (frame);
  if (extent == NULL)
    {
      plugin.agent.count_skipped ();
      return false;
    }
  extent->is_start = true;
  extent->where = plugin_place (caller);
  extent->waiter = find_waiter (user_data, extent->where);
  extent->task = task_begin (TASK_STRAND, extent->waiter, extent->where);
  if (extent->task == INSPECT_NONE)
    {
      task_unref (extent->waiter);
      extent_end (extent, frame);
      plugin.agent.count_skipped ();
      return false;
    }
  start->previous = inspect_task_enter (extent->task);
  cost_end (start->cost);
  return true;
}

/* Under the lock: false where it is over already. */
static bool
bind (Async *async, InspectKind *kind, GAsyncReadyCallback callback, const void *user_data)
{
  GTask *gtask = gtask_of (async);

  if ((async->flags & (ASYNC_GONE | ASYNC_CALLED)) != 0)
    return false;
  gtask_learn_callback (gtask, callback, user_data);
  gtask_say (async, gtask);
  if (callback == NULL || !gtask_exchange_callback (async, gtask))
    return false;
  if (async->callback == NULL)
    async->callback = callback;
  gtask_begin_wait (async, gtask, kind);
  return true;
}

InspectObject
start_begun (Start *start, InspectKind *kind, GAsyncReadyCallback callback, const void *user_data,
             GCancellable *cancellable)
{
  Extent *extent = start->extent;
  InspectObject await = 0;
  Async *bound;

  start->cost = cost_again (start->cost);
  inspect_task_enter (start->previous);
  if (!extent_is_open (extent, start->frame))
    return 0;
  bound = extent->bound;
  if (bound == NULL)
    {
      task_unref (extent->task);
      task_unref (extent->waiter);
      return 0;
    }
  lock_enter (&gtask_lock);
  if (bind (bound, kind, callback, user_data))
    await = bound->await;
  lock_leave (&gtask_lock);
  if (await != 0 && cancellable != NULL)
    say_cancellable (await, cancellable);
  return await;
}

void
start_end (Start *start)
{
  extent_end (start->extent, start->frame);
  cost_end (start->cost);
}

GTask *
hook_g_task_new (gpointer source_object, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer callback_data)
{
  Start start;
  GTask *gtask;

  if (!start_begin (&start, callback_data, CALLER, FRAME))
    return real_g_task_new (source_object, cancellable, callback, callback_data);
  gtask = real_g_task_new (source_object, cancellable, callback, callback_data);
  start_begun (&start, &gtask_kind, callback, callback_data, cancellable);
  start_end (&start);
  return gtask;
}
