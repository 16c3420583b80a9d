/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "analysis/chain.h"

#include "inspector-probe.h"

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

gboolean
analysis_hands_out_seen (const ModelResource *resource)
{
  return model_resource_is (resource, INSPECT_RESOURCE_ANY) &&
         model_resource_is (resource, INSPECTOR_PROBE_RESOURCE_SEEN) &&
         !model_resource_is (resource, INSPECTOR_PROBE_RESOURCE_ENDS);
}

const ModelHold *
analysis_await_get_holder (const ModelAwait *await)
{
  const ModelResource *resource = await->awaits_task ? NULL : await->resource;

  if (resource == NULL || resource->holds == NULL)
    return NULL;
  if (analysis_hands_out_seen (resource))
    return resource->holds->resource_next == NULL ? resource->holds : NULL;
  return model_resource_is (resource, INSPECT_RESOURCE_LOCK) ? resource->holds : NULL;
}
