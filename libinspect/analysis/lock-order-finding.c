/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/lock-order-finding.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"

static void
name_lock (const ReportInput *input, FindingThing *thing, const AnalysisLock *lock)
{
  const ModelResource *resource = model_table_find (&input->model->resources, lock->object);
  const ModelResource ended = { .object = lock->object, .kind = lock->kind };

  if (resource == NULL || resource->serial != lock->serial)
    resource = &ended;
  thing->name = analysis_describe_resource (input->model, resource, input->places);
  thing->kind = g_strdup (lock->kind->name);
  thing->object = lock->object;
  thing->relation = FINDING_HOLDS;
}

/* The task may have ended; its thread is known by its number then. */
static void
fill_who (const ReportInput *input, FindingEvidence *evidence, const AnalysisLockUse *use)
{
  const ModelThread *thread = model_target_find_thread (input->model, use->tid);
  const ModelTask *task = thread != NULL ? model_thread_get_task (input->model, thread) : NULL;

  evidence->pid = input->pid;
  evidence->tid = use->tid;
  evidence->thread = finding_describe_thread (input->facts, use->tid);
  evidence->task = use->task;
  if (task != NULL && task->number == use->task)
    evidence->task_name = analysis_describe_task (task, use->taken_location, input->places);
}

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

static void
add_use (Finding *finding, const ReportInput *input, const AnalysisInversion *inversion,
         guint which)
{
  const AnalysisLockUse *use = &inversion->use[which];
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_TAKES);

  fill_who (input, evidence, use);
  name_lock (input, &evidence->held, &inversion->lock[which]);
  finding_place_set (&evidence->held.place, input->places, use->held_location);
  name_lock (input, &evidence->wanted, &inversion->lock[(which + 1) % inversion->n]);
  finding_place_set (&evidence->wanted.place, input->places, use->taken_location);
  evidence->wanted.since_ns = MAX (input->now_ns - use->last_ns, 0);
  evidence->sentence = g_strdup_printf (_ ("%s took %s in %s, and then %s in %s"), evidence->thread,
                                        evidence->held.name, place_or (&evidence->held.place),
                                        evidence->wanted.name, place_or (&evidence->wanted.place));
}

/* The order that was seen in the fewest ways is most likely the slip. Not the one that was taken least
 * often: a runtime tells of each way once. */
static guint
find_rarest (const AnalysisInversion *inversion)
{
  guint rarest = inversion->n - 1;

  for (guint i = inversion->n; i-- > 0;)
    if (inversion->count[i] < inversion->count[rarest])
      rarest = i;
  return rarest;
}

static char *
make_title (guint n)
{
  if (n == 2)
    return g_strdup (_ ("possible deadlock: two locks are taken in both orders"));
  return g_strdup_printf (
      _ ("possible deadlock: %u locks are taken in a circle, each while the one "
         "before is held"),
      n);
}

Finding *
lock_order_finding_new (const ReportInput *input, const AnalysisInversion *inversion)
{
  Finding *finding = finding_new (FINDING_LOCK_ORDER, ANALYSIS_INFERRED);
  guint n = inversion->n, rarest = find_rarest (inversion);
  const FindingEvidence *slip;
  gint64 complete_ns = 0;

  finding->is_pending = FALSE;
  finding->count = 0;
  for (guint i = 0; i < n; i++)
    {
      finding->count += inversion->count[i];
      complete_ns = MAX (complete_ns, inversion->use[i].first_ns);
      add_use (finding, input, inversion, (rarest + 1 + i) % n);
    }
  finding->since_ns = MAX (input->now_ns - complete_ns, 0);
  finding->title = make_title (n);
  finding->detail =
      g_strdup (_ ("it happens when as many threads do this at once: no lock around it "
                   "keeps them apart"));
  slip = g_ptr_array_index (finding->evidence, n - 1);
  finding_suggest (
      finding, N_ ("take these locks in one order everywhere, for instance the other one at %s"),
      &slip->wanted.place);
  finding_seal (finding);
  return finding;
}
