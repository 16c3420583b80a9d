/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/starvation.h"

#include <glib/gi18n-lib.h>
#include "analysis/chain.h"
#include "analysis/describe.h"

#define MAX_SHOWN 8 /* threads, and jobs, each */

static gboolean
is_old (const ReportInput *input, const ModelAwait *await)
{
  return input->now_ns - await->begin_ns > input->stuck_after_ns;
}

/* All threads have a job that sleeps for long, in what only code of this process ends. */
static gboolean
do_all_sleep (const ReportInput *input, const ModelResource *pool)
{
  guint64 permits;

  if (!model_resource_is (pool, INSPECT_RESOURCE_ANY) ||
      !model_attributes_get_value (&pool->attributes, MODEL_KEY_PERMITS, &permits) ||
      permits == 0 || pool->n_held < permits)
    return FALSE;
  for (const ModelHold *hold = pool->holds; hold != NULL; hold = hold->resource_next)
    {
      const ModelAwait *sleep = analysis_hold_get_sleep (input->model, hold);
      guint64 deadline;

      if (sleep == NULL || !is_old (input, sleep) ||
          !model_await_is (sleep, INSPECT_AWAIT_INTERNAL) || analysis_deadlock_of_await (sleep) ||
          model_await_get_value (sleep, MODEL_KEY_DEADLINE, &deadline))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_queued (const ReportInput *input, const ModelAwait *await)
{
  return model_await_is (await, INSPECT_AWAIT_POOL) && is_old (input, await) &&
         !analysis_graph_is_taken_up (await);
}

/* Whether a job that has a thread has queued it. */
static gboolean
is_inner (const ModelResource *pool, const ModelTask *job)
{
  for (const ModelHold *hold = pool->holds; hold != NULL; hold = hold->resource_next)
    if (hold->task != NULL && hold->task->number == job->parent)
      return TRUE;
  return FALSE;
}

static char *
name_task (const ReportInput *input, const ModelTask *task, guint32 location)
{
  return task != NULL && task->id != 0 ? analysis_describe_task (task, location, input->places)
                                       : g_strdup (_ ("something outside of any task"));
}

static void
fill_pool (const ReportInput *input, FindingThing *thing, const ModelResource *pool)
{
  thing->name = analysis_describe_resource (input->model, pool, input->places);
  thing->kind = g_strdup (pool->kind->name);
  thing->object = pool->object;
  thing->relation = FINDING_HOLDS;
}

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

static void
add_holder (Finding *finding, const ReportInput *input, const ModelHold *hold)
{
  const ModelAwait *sleep = analysis_hold_get_sleep (input->model, hold);
  const ModelThread *thread = model_target_get_thread (input->model, sleep->ring);
  const AnalysisWait wait = analysis_wait_of (input->model, sleep, input->now_ns);
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_CAUSE);

  if (evidence == NULL)
    return;
  evidence->pid = input->pid;
  evidence->task = hold->task != NULL ? hold->task->number : 0;
  evidence->task_name = name_task (input, hold->task, sleep->location);
  evidence->tid = thread != NULL ? thread->tid : 0;
  evidence->thread =
      evidence->tid > 0 ? finding_describe_thread (input->facts, evidence->tid) : NULL;
  fill_pool (input, &evidence->held, hold->resource);
  finding_place_set (&evidence->held.place, input->places, hold->location);
  evidence->held.since_ns = MAX (input->now_ns - hold->since_ns, 0);
  evidence->wanted.name = analysis_describe_wait (&wait, input->places);
  evidence->wanted.kind = g_strdup (sleep->kind->name);
  finding_place_set (&evidence->wanted.place, input->places, sleep->location);
  evidence->wanted.since_ns = MAX (input->now_ns - sleep->begin_ns, 0);
  evidence->sentence = g_strdup_printf (
      _ ("%s occupies a thread of the pool, and sleeps in %s: %s"), evidence->task_name,
      place_or (&evidence->wanted.place), evidence->wanted.name);
}

static void
add_job (Finding *finding, const ReportInput *input, const ModelAwait *await)
{
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_SUBJECT);

  if (evidence == NULL)
    return;
  evidence->pid = input->pid;
  evidence->task = await->task->number;
  evidence->task_name = name_task (input, await->task, await->location);
  fill_pool (input, &evidence->wanted, await->resource);
  finding_place_set (&evidence->wanted.place, input->places, await->location);
  evidence->wanted.since_ns = MAX (input->now_ns - await->begin_ns, 0);
  evidence->sentence = g_strdup_printf (_ ("one of these jobs has queued %s, in %s"),
                                        evidence->task_name, place_or (&evidence->wanted.place));
}

static Finding *
finding_of_pool (const ReportInput *input, const ModelResource *pool)
{
  Finding *finding = finding_new (FINDING_STARVED, ANALYSIS_INFERRED);
  const FindingEvidence *first;
  guint n = 0;

  for (const ModelHold *hold = pool->holds; hold != NULL; hold = hold->resource_next)
    if (n++ < MAX_SHOWN)
      add_holder (finding, input, hold);
    else
      finding->n_hidden++;
  n = 0;
  for (const ModelAwait *await = pool->awaits; await != NULL; await = await->resource_next)
    {
      if (!is_queued (input, await) || !is_inner (pool, await->task))
        continue;
      finding->since_ns = MAX (finding->since_ns, input->now_ns - await->begin_ns);
      if (n++ < MAX_SHOWN)
        add_job (finding, input, await);
      else
        finding->n_hidden++;
    }
  first = g_ptr_array_index (finding->evidence, 0);
  finding->title = g_strdup (_ ("a pool starves: all its threads sleep in jobs that have queued "
                                "further work behind themselves"));
  finding->detail = g_strdup (_ ("it never goes on if they wait for that work; who would wake them "
                                 "is not known"));
  finding_suggest (finding,
                   N_ ("do not wait at %s, in a thread of the pool, for other work of that pool; "
                       "give the inner work a pool of its own"),
                   &first->wanted.place);
  finding_seal (finding);
  return finding;
}

void
starvation_add_findings (const ReportInput *input, GPtrArray *findings)
{
  for (guint64 i = 0; i <= input->model->resources.mask; i++)
    {
      const ModelResource *pool = input->model->resources.slots[i].value;
      gboolean has_inner = FALSE;

      if (input->model->resources.slots[i].key == 0 || !do_all_sleep (input, pool))
        continue;
      for (const ModelAwait *await = pool->awaits; await != NULL; await = await->resource_next)
        has_inner |= is_queued (input, await) && is_inner (pool, await->task);
      if (has_inner)
        g_ptr_array_add (findings, finding_of_pool (input, pool));
    }
}
