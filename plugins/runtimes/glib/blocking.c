/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "blocking.h"

#include <errno.h>

#include "say.h"
#include "task.h"

bool
blocking_begin (Blocking *blocking, InspectKind *kind, GCancellable *cancellable,
                const void *caller)
{
  InspectLocationId where;

  if (!plugin_is_on () || !gio_is_ready ())
    return false;
  blocking->cost = inspect_cost_begin ();
  where = plugin_place (caller);
  /* Of whomever it is, its thread sleeps. */
  blocking->task = inspect_task_current ();
  if (blocking->task == INSPECT_NONE)
    blocking->task = task_begin (TASK_STRAND, INSPECT_NONE, where);
  else
    task_ref (blocking->task);
  if (blocking->task == INSPECT_NONE)
    {
      plugin.agent.count_skipped ();
      return false;
    }
  /* It lies on the stack until the call is over: no other has its address. */
  blocking->await = inspect_object (kind, inspect_id_of (blocking));
  inspect_await_begin (blocking->task, blocking->await, where);
  if (cancellable != NULL)
    say_cancellable (blocking->await, cancellable);
  return true;
}

void
blocking_pass (Blocking *blocking)
{
  cost_end (blocking->cost);
}

void
blocking_end (Blocking *blocking, GCancellable *cancellable, bool has_failed)
{
  uint64_t cost = cost_again (blocking->cost);
  int status = 0;

  if (has_failed)
    status =
        cancellable != NULL && gio.g_cancellable_is_cancelled (cancellable) ? -ECANCELED : -EIO;
  inspect_await_end (blocking->task, blocking->await, status);
  task_unref (blocking->task);
  cost_end (cost);
}
