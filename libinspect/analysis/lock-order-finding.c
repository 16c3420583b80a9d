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
         guint order)
{
  const AnalysisLockUse *use = &inversion->use[order];
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_TAKES);

  fill_who (input, evidence, use);
  name_lock (input, &evidence->held, &inversion->lock[order]);
  finding_place_set (&evidence->held.place, input->places, use->held_location);
  name_lock (input, &evidence->wanted, &inversion->lock[1 - order]);
  finding_place_set (&evidence->wanted.place, input->places, use->taken_location);
  evidence->wanted.since_ns = MAX (input->now_ns - use->last_ns, 0);
  evidence->sentence = g_strdup_printf (_ ("%s took %s in %s, and then %s in %s"), evidence->thread,
                                        evidence->held.name, place_or (&evidence->held.place),
                                        evidence->wanted.name, place_or (&evidence->wanted.place));
}

Finding *
lock_order_finding_new (const ReportInput *input, const AnalysisInversion *inversion)
{
  Finding *finding = finding_new (FINDING_LOCK_ORDER, ANALYSIS_INFERRED);
  /* The order that was seen less often is more likely the slip. */
  guint rare = inversion->count[0] < inversion->count[1] ? 0 : 1;
  const FindingEvidence *slip;

  finding->is_pending = FALSE;
  finding->count = inversion->count[0] + inversion->count[1];
  finding->since_ns =
      MAX (input->now_ns - MAX (inversion->use[0].first_ns, inversion->use[1].first_ns), 0);
  finding->title = g_strdup (_ ("possible deadlock: two locks are taken in both orders"));
  finding->detail = g_strdup (_ ("it happens when two threads do this at once: no lock around both "
                                 "keeps them apart"));
  add_use (finding, input, inversion, 1 - rare);
  add_use (finding, input, inversion, rare);
  slip = g_ptr_array_index (finding->evidence, 1);
  finding_suggest (finding,
                   N_ ("take the two locks in one order everywhere; at %s it is the rarer one"),
                   &slip->wanted.place);
  finding_seal (finding);
  return finding;
}
