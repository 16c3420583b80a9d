/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/wait.h"

#include "analysis/graph.h"

AnalysisWait
analysis_wait_of (ModelTarget *model, const ModelAwait *await, gint64 now_ns)
{
  return (AnalysisWait){ .model = model,
                         .task = await->task,
                         .await = await,
                         .resource = await->resource,
                         .since_ns = await->begin_ns,
                         .now_ns = now_ns,
                         .location = await->location };
}

gint64
analysis_wait_get_seen (const AnalysisWait *wait)
{
  return wait->await != NULL && wait->await->ring == MODEL_OUTSIDE_RING &&
                 wait->model->looked_ns != 0
             ? MIN (wait->now_ns, wait->model->looked_ns)
             : wait->now_ns;
}

gint64
analysis_wait_get_age (const AnalysisWait *wait)
{
  guint64 due;

  if (wait->await != NULL && model_await_is (wait->await, INSPECT_AWAIT_TIMER))
    return model_await_get_value (wait->await, MODEL_KEY_DUE, &due) && due <= G_MAXINT64
               ? analysis_wait_get_seen (wait) - (gint64)due
               : 0;
  return MAX (analysis_wait_get_seen (wait) - wait->since_ns, 0);
}

gint64
analysis_wait_get_length (const AnalysisWait *wait)
{
  gint64 seen_ns = MAX (analysis_wait_get_seen (wait) - wait->since_ns, 0);

  return seen_ns < wait->stuck_after_ns ? seen_ns : MAX (wait->now_ns - wait->since_ns, 0);
}

gboolean
analysis_exchange_is_waited_for (const ModelResource *resource)
{
  return resource->exchange.task != NULL && resource->n_answering > 0 &&
         model_resource_is_client (resource);
}

gboolean
analysis_await_is_dropped (const ModelAwait *await)
{
  return g_strcmp0 (model_attributes_get_text (&await->attributes, MODEL_KEY_STATE), "dropped") ==
         0;
}

/* ---- Loops ---------------------------------------------------------------------------------- */

/* Without a hold, because its runtime tells of none, or because it was entered before anybody looked. */
static gboolean
has_been_seen_to_turn (ModelTarget *model, const ModelResource *loop)
{
  for (guint i = 0; loop->released_ns == 0 && i < model->threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (model->threads, i);

      if (thread != NULL && thread->loop == loop->object)
        return TRUE;
    }
  return FALSE;
}

const ModelResource *
analysis_wait_get_idle_loop (const AnalysisWait *wait)
{
  const ModelResource *loop;
  gboolean is_timer, is_on_loop;

  if (wait->await == NULL || wait->await->blocks ||
      wait->now_ns - wait->since_ns <= wait->stuck_after_ns)
    return NULL;
  /* It is due, or all it waits for is that its loop turns. */
  is_timer =
      model_await_is_sleep (wait->await) && analysis_wait_get_age (wait) > wait->stuck_after_ns;
  is_on_loop = !wait->await->awaits_task && wait->await->resource != NULL &&
               model_resource_is (wait->await->resource, INSPECT_RESOURCE_LOOP) &&
               model_await_is (wait->await, INSPECT_AWAIT_INTERNAL);
  if (!is_timer && !is_on_loop)
    return NULL;
  loop = analysis_graph_get_loop (wait->model, wait->await);
  return loop != NULL && loop->holds == NULL && wait->since_ns >= loop->released_ns &&
                 !has_been_seen_to_turn (wait->model, loop)
             ? loop
             : NULL;
}
