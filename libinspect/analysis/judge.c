/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Applies the table of rules to what a model holds. */

#include "analysis/rules.h"

#include "analysis/deadlock.h"

const ModelPoll *
analysis_thread_get_blocked (const ModelTarget *model, const ModelThread *thread, gint64 now_ns,
                             gint64 stuck_after_ns, gint64 *ret_since_ns, gboolean *ret_is_work)
{
  const ModelPoll *poll;
  gint64 since;

  /* Deeper than is recorded: callbacks run within callbacks, which is odd but not silent. */
  if (thread == NULL || thread->depth == 0 || thread->depth > MODEL_POLL_DEPTH)
    return NULL;
  /* Somebody looks at it: that it does not return is no fault of the program's. */
  if (thread->is_parked)
    return NULL;
  poll = &thread->polls[thread->depth - 1];
  /* A callback that runs a loop of its own returns late, yet its callbacks return. */
  since = MAX (poll->begin_ns, thread->last_return_ns);
  if (now_ns - since <= stuck_after_ns)
    return NULL;
  *ret_since_ns = since;
  /* Work runs while its await is pending; the callback after it when that has ended. */
  *ret_is_work = (poll->cause_flags & INSPECT_AWAIT_POOL) != 0 &&
                 model_table_find (&model->awaits, poll->cause) != NULL;
  return poll;
}

GPtrArray *
analysis_find_blocked_threads (ModelTarget *model, gint64 now_ns, gint64 stuck_after_ns)
{
  GPtrArray *blocked = g_ptr_array_new ();

  for (guint i = 0; i < model->threads->len; i++)
    {
      ModelThread *thread = g_ptr_array_index (model->threads, i);
      gint64 since;
      gboolean is_work;

      if (analysis_thread_get_blocked (model, thread, now_ns, stuck_after_ns, &since, &is_work) !=
              NULL &&
          !is_work)
        g_ptr_array_add (blocked, thread);
    }
  return blocked;
}

/* Whether the callback that occupies @thread keeps @wait from ending: they share a loop, or, where
 * loops have not made themselves known, the thread. */
static gboolean
is_held_up_by (const AnalysisWait *wait, const ModelThread *thread)
{
  const ModelAwait *await = wait->await != NULL ? wait->await : wait->resource->awaits;
  const ModelPoll *poll = &thread->polls[thread->depth - 1];
  guint64 owner;

  if (await == NULL)
    return FALSE;
  if (poll->loop != 0 && model_await_get_value (await, MODEL_KEY_OWNER, &owner))
    return owner == poll->loop;
  return await->ring == thread->ring;
}

static gboolean
await_may_be_stuck (const ModelAwait *await, gint64 before_ns)
{
  guint64 due;

  if (analysis_deadlock_of_await (await) || await->cannot_end || await->is_unread ||
      await->is_unreferenced || await->is_starved)
    return TRUE;
  if (model_await_is (await, INSPECT_AWAIT_TIMER))
    return model_await_get_value (await, MODEL_KEY_DUE, &due) && due <= G_MAXINT64 &&
           (gint64)due < before_ns;
  if (await->begin_ns >= before_ns)
    return FALSE;
  if (model_await_is (await, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_CLOSES | INSPECT_AWAIT_POOL) ||
      model_attributes_find (&await->attributes, MODEL_KEY_STATE) != NULL)
    return TRUE;
  /* A loop within a callback of another one. */
  if (await->blocks && await->resource != NULL && !await->awaits_task &&
      model_resource_is (await->resource, INSPECT_RESOURCE_LOOP))
    return TRUE;
  if (await->resource != NULL && await->resource->sent_ns != 0 &&
      await->resource->sent_ns < before_ns)
    return TRUE;
  return model_await_is (await, INSPECT_AWAIT_INTERNAL) &&
         (analysis_await_is_dropped (await) ||
          (!await->blocks && !await->awaits_task && await->resource != NULL &&
           model_resource_is (await->resource, INSPECT_RESOURCE_LOOP)));
}

gboolean
analysis_task_may_be_stuck (const ModelTask *task, gint64 now_ns, gint64 stuck_after_ns)
{
  gint64 before_ns = now_ns - stuck_after_ns;

  if (task->n_open_polls > 0)
    return TRUE;
  for (const ModelResource *r = task->exchanges; r != NULL; r = r->exchange.next)
    if (r->exchange.begin_ns < before_ns)
      return TRUE;
  for (const ModelAwait *a = task->awaits; a != NULL; a = a->task_next)
    if (await_may_be_stuck (a, before_ns))
      return TRUE;
  return FALSE;
}

static void
judge (AnalysisWait *wait, GPtrArray *blocked_threads, AnalysisWaitFunc func, gpointer data)
{
  for (guint i = 0; i < blocked_threads->len && wait->blocked == NULL; i++)
    if (is_held_up_by (wait, g_ptr_array_index (blocked_threads, i)))
      wait->blocked = g_ptr_array_index (blocked_threads, i);
  func (wait, analysis_rule_find (wait), data);
}

/* That the peer is stopped says more than that it does not answer. */
static gboolean
is_for_stopped_peer (const ModelAwait *await)
{
  return g_strcmp0 (model_attributes_get_text (&await->attributes, MODEL_KEY_STATE),
                    "peer-stopped") == 0;
}

static gboolean
has_stopped_peer (const ModelResource *resource)
{
  for (const ModelAwait *a = resource->awaits; a != NULL; a = a->resource_next)
    if (is_for_stopped_peer (a))
      return TRUE;
  return FALSE;
}

/* A read whose peer owes an answer is the other half of that exchange, and so is the ask, unless
 * its bytes do not drain. */
static gboolean
is_part_of_exchange (const ModelAwait *await, gint64 now_ns, gint64 stuck_after_ns)
{
  if (await->resource == NULL || is_for_stopped_peer (await) ||
      !analysis_exchange_is_waited_for (await->resource))
    return FALSE;
  return model_await_is (await, INSPECT_AWAIT_ANSWERS) ||
         (model_await_is (await, INSPECT_AWAIT_ASKS) && now_ns - await->begin_ns <= stuck_after_ns);
}

void
analysis_judge_task (ModelTarget *model, ModelTask *task, GPtrArray *blocked_threads, gint64 now_ns,
                     gint64 stuck_after_ns, AnalysisWaitFunc func, gpointer data)
{
  for (const ModelResource *r = task->exchanges; r != NULL; r = r->exchange.next)
    {
      AnalysisWait wait = { .model = model,
                            .task = task,
                            .resource = r,
                            .since_ns = r->exchange.begin_ns,
                            .now_ns = now_ns,
                            .stuck_after_ns = stuck_after_ns,
                            .location = r->exchange.location };

      if (analysis_exchange_is_waited_for (r) && !has_stopped_peer (r))
        judge (&wait, blocked_threads, func, data);
    }
  for (const ModelAwait *a = task->awaits; a != NULL; a = a->task_next)
    {
      AnalysisWait wait;

      if (is_part_of_exchange (a, now_ns, stuck_after_ns))
        continue;
      wait = analysis_wait_of (model, a, now_ns);
      wait.stuck_after_ns = stuck_after_ns;
      judge (&wait, blocked_threads, func, data);
    }
}
