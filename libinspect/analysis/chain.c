/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "analysis/chain.h"

const ModelAwait *
analysis_hold_get_sleep (ModelTarget *model, const ModelHold *hold)
{
  const ModelThread *thread = hold->thread;

  if (hold->task == NULL)
    return thread != NULL ? thread->blocking : NULL;
  for (const ModelAwait *await = hold->task->awaits; await != NULL; await = await->task_next)
    if (await->blocks)
      return await;
  /* In a task that was begun within the job. */
  thread = model_target_get_thread (model, hold->task->poll_ring);
  return hold->task->n_open_polls > 0 && thread != NULL ? thread->blocking : NULL;
}

const ModelHold *
analysis_await_get_holder (const ModelAwait *await)
{
  return !await->awaits_task && await->resource != NULL &&
                 model_resource_is (await->resource, INSPECT_RESOURCE_LOCK)
             ? await->resource->holds
             : NULL;
}
