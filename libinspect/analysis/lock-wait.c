/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/lock-wait.h"

#include <glib/gi18n-lib.h>
#include "analysis/chain.h"
#include "analysis/describe.h"
#include "model/format.h"

#define MAX_CHAIN 8  /* holders that wait for each other's locks */
#define MAX_SHOWN 16 /* places where it is waited for */
#define MAX_FOUND 16

/* Tasks that wait alike are shown as one. */
typedef struct
{
  const ModelAwait *first; /* of the task that began first */
  guint count;
  gint64 since_ns; /* the longest */
} Waiters;

typedef struct
{
  const ReportInput *input;
  const ModelResource *lock;
  Finding *finding;
} Builder;

/* ---- Who waits ------------------------------------------------------------------------------ */

static gboolean
is_stuck_wait (const ReportInput *input, const ModelAwait *await)
{
  return model_await_is (await, INSPECT_AWAIT_BLOCKS) &&
         model_await_is (await, INSPECT_AWAIT_INTERNAL) && await->episode == 0 &&
         input->now_ns - await->begin_ns > input->stuck_after_ns;
}

static gboolean
has_deadline (const ModelAwait *await)
{
  guint64 deadline;

  return model_await_get_value (await, MODEL_KEY_DEADLINE, &deadline);
}

static gboolean
is_alike (const ModelAwait *a, const ModelAwait *b)
{
  return a->location == b->location && a->task->location == b->task->location &&
         g_strcmp0 (model_task_get_user_name (a->task), model_task_get_user_name (b->task)) == 0;
}

static void
add_waiter (GArray *places, const ModelAwait *await)
{
  const Waiters waiters = { await, 1, await->begin_ns };

  for (guint i = 0; i < places->len; i++)
    {
      Waiters *known = &g_array_index (places, Waiters, i);

      if (!is_alike (known->first, await))
        continue;
      if (await->task->number < known->first->task->number)
        known->first = await;
      known->count++;
      known->since_ns = MIN (known->since_ns, await->begin_ns);
      return;
    }
  if (places->len < MAX_SHOWN)
    g_array_append_val (places, waiters);
}

/* ---- Evidence ------------------------------------------------------------------------------- */

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

static gint64
ago (const Builder *builder, gint64 time_ns)
{
  return MAX (builder->input->now_ns - time_ns, 0);
}

static void
fill_lock (const Builder *builder, FindingThing *thing, const ModelResource *lock)
{
  thing->name = analysis_describe_resource (builder->input->model, lock, builder->input->places);
  thing->kind = g_strdup (lock->kind->name);
  thing->object = lock->object;
}

static char *
name_task (const Builder *builder, const ModelTask *task, guint32 location)
{
  g_autofree char *name = analysis_describe_task (task, location, builder->input->places);
  g_autofree char *number = model_format_count (task->number);

  return g_strdup_printf (_ ("%s (task %s)"), name, number);
}

static void
add_waiters (Builder *builder, const Waiters *waiters)
{
  const ModelAwait *await = waiters->first;
  FindingEvidence *evidence = finding_add_evidence (builder->finding, FINDING_SUBJECT);
  g_autofree char *duration = model_format_duration (ago (builder, waiters->since_ns));
  g_autofree char *who = NULL;

  if (evidence == NULL)
    return;
  evidence->pid = builder->input->pid;
  evidence->task = await->task->id != 0 ? await->task->number : 0;
  evidence->task_name =
      analysis_describe_task (await->task, await->location, builder->input->places);
  fill_lock (builder, &evidence->wanted, builder->lock);
  finding_place_set (&evidence->wanted.place, builder->input->places, await->location);
  evidence->wanted.since_ns = ago (builder, waiters->since_ns);
  who = name_task (builder, await->task, await->location);
  if (waiters->count == 1)
    evidence->sentence = g_strdup_printf (_ ("%s waits for it in %s, for %s"), who,
                                          place_or (&evidence->wanted.place), duration);
  else
    evidence->sentence = g_strdup_printf (
        ngettext ("%s and %u more wait for it in %s, for up to %s",
                  "%s and %u more wait for it in %s, for up to %s", waiters->count - 1),
        who, waiters->count - 1, place_or (&evidence->wanted.place), duration);
}

static char *
name_holder (const Builder *builder, const ModelHold *hold)
{
  if (hold->task != NULL && hold->task->id != 0)
    return name_task (builder, hold->task, hold->location);
  if (hold->thread == NULL || hold->thread->tid <= 0)
    return g_strdup (_ ("an unknown thread"));
  return finding_describe_thread (builder->input->facts, hold->thread->tid);
}

static void
say_holder (Builder *builder, FindingEvidence *evidence, const char *who, const ModelAwait *sleep)
{
  g_autofree char *what = NULL;

  if (sleep == NULL)
    {
      evidence->sentence =
          g_strdup_printf (_ ("%s has %s, taken in %s, and sleeps in no call that is known"), who,
                           evidence->held.name, place_or (&evidence->held.place));
      return;
    }
  if (sleep->awaits_task || sleep->resource == NULL)
    {
      const AnalysisWait wait =
          analysis_wait_of (builder->input->model, sleep, builder->input->now_ns);

      what = analysis_describe_wait (&wait, builder->input->places);
      evidence->wanted.name = g_strdup (what);
      evidence->wanted.kind = g_strdup (sleep->kind->name);
    }
  else
    {
      fill_lock (builder, &evidence->wanted, sleep->resource);
      what = g_strdup (evidence->wanted.name);
    }
  finding_place_set (&evidence->wanted.place, builder->input->places, sleep->location);
  evidence->wanted.since_ns = ago (builder, sleep->begin_ns);
  evidence->sentence = g_strdup_printf (_ ("%s has %s, taken in %s, and waits itself in %s: %s"),
                                        who, evidence->held.name, place_or (&evidence->held.place),
                                        place_or (&evidence->wanted.place), what);
}

/* Returns: what the holder sleeps in */
static const ModelAwait *
add_holder (Builder *builder, const ModelHold *hold)
{
  const ModelAwait *sleep = analysis_hold_get_sleep (builder->input->model, hold);
  FindingEvidence *evidence = finding_add_evidence (builder->finding, FINDING_CAUSE);
  g_autofree char *who = name_holder (builder, hold);

  if (evidence == NULL)
    return sleep;
  evidence->pid = builder->input->pid;
  if (hold->task != NULL && hold->task->id != 0)
    {
      evidence->task = hold->task->number;
      evidence->task_name =
          analysis_describe_task (hold->task, hold->location, builder->input->places);
    }
  evidence->tid = hold->thread != NULL ? hold->thread->tid : 0;
  evidence->thread =
      evidence->tid > 0 ? finding_describe_thread (builder->input->facts, evidence->tid) : NULL;
  evidence->held.relation = FINDING_HOLDS;
  fill_lock (builder, &evidence->held, hold->resource);
  finding_place_set (&evidence->held.place, builder->input->places, hold->location);
  evidence->held.since_ns = ago (builder, hold->since_ns);
  say_holder (builder, evidence, who, sleep);
  return sleep;
}

/* From the holder to whoever that one waits for: what the last of them waits for is the root. */
static void
add_chain (Builder *builder)
{
  const ModelHold *hold = builder->lock->holds;
  const FindingEvidence *root;

  for (guint i = 0; hold != NULL && i < MAX_CHAIN; i++)
    {
      const ModelAwait *sleep = add_holder (builder, hold);

      hold = sleep != NULL ? analysis_await_get_holder (sleep) : NULL;
    }
  root = g_ptr_array_index (builder->finding->evidence, builder->finding->evidence->len - 1);
  if (root->wanted.name != NULL)
    finding_suggest (builder->finding,
                     N_ ("do not wait at %s while a lock is held that others need"),
                     &root->wanted.place);
  else
    finding_suggest (builder->finding, N_ ("hold the lock for shorter; it is taken at %s"),
                     &root->held.place);
}

/* ---- Findings ------------------------------------------------------------------------------- */

static void
add_all_waiters (Builder *builder, const GArray *places)
{
  for (guint i = 0; i < places->len; i++)
    {
      const Waiters *waiters = &g_array_index (places, Waiters, i);

      builder->finding->since_ns =
          MAX (builder->finding->since_ns, ago (builder, waiters->since_ns));
      add_waiters (builder, waiters);
    }
}

static void
say_held (Builder *builder, const GArray *places, guint n)
{
  g_autofree char *name =
      analysis_describe_resource (builder->input->model, builder->lock, builder->input->places);
  g_autofree char *holder = name_holder (builder, builder->lock->holds);

  builder->finding->title = g_strdup_printf (
      ngettext ("%u task waits for %s, which %s has", "%u tasks wait for %s, which %s has", n), n,
      name, holder);
  add_all_waiters (builder, places);
  add_chain (builder);
}

static void
add_former_holder (Builder *builder)
{
  FindingEvidence *evidence = finding_add_evidence (builder->finding, FINDING_CAUSE);
  const ModelResource *lock = builder->lock;
  g_autofree char *duration = model_format_duration (ago (builder, lock->abandoned.since_ns));
  g_autofree char *who = lock->abandoned.tid > 0
                             ? g_strdup_printf (_ ("thread %d"), lock->abandoned.tid)
                             : g_strdup (_ ("an unknown thread"));

  if (evidence == NULL)
    return;
  evidence->pid = builder->input->pid;
  evidence->task = lock->abandoned.task;
  evidence->tid = lock->abandoned.tid;
  evidence->thread = g_strdup (who);
  fill_lock (builder, &evidence->held, lock);
  finding_place_set (&evidence->held.place, builder->input->places, lock->abandoned.location);
  evidence->held.since_ns = -1;
  evidence->sentence =
      g_strdup_printf (_ ("its holder, %s, ended %s ago without releasing it (taken in %s)"), who,
                       duration, place_or (&evidence->held.place));
  finding_suggest (builder->finding,
                   N_ ("let go of the lock on every way out of what takes it at %s"),
                   &evidence->held.place);
}

static void
say_abandoned (Builder *builder, const GArray *places)
{
  g_autofree char *name =
      analysis_describe_resource (builder->input->model, builder->lock, builder->input->places);

  builder->finding->title = g_strdup_printf (
      _ ("cannot make progress: %s is waited for, and its holder ended without releasing it"),
      name);
  add_all_waiters (builder, places);
  add_former_holder (builder);
}

static void
look_at (const ReportInput *input, const ModelResource *lock, GPtrArray *findings)
{
  Builder builder = { .input = input, .lock = lock };
  gboolean is_abandoned = lock->holds == NULL && lock->abandoned.since_ns != 0;
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Waiters));
  gboolean may_end = FALSE;
  guint n = 0;

  for (const ModelAwait *await = lock->awaits; await != NULL; await = await->resource_next)
    if (is_stuck_wait (input, await))
      {
        may_end |= has_deadline (await);
        n++;
        add_waiter (places, await);
      }
  if (n == 0 || (!is_abandoned && (lock->holds == NULL || n < 2)))
    return;
  builder.finding = is_abandoned && !may_end ? finding_new (FINDING_NEVER, ANALYSIS_CERTAIN)
                                             : finding_new (FINDING_BLOCKED, ANALYSIS_CERTAIN);
  if (is_abandoned)
    say_abandoned (&builder, places);
  else
    say_held (&builder, places, n);
  finding_seal (builder.finding);
  g_ptr_array_add (findings, builder.finding);
}

void
lock_wait_add_findings (const ReportInput *input, GPtrArray *findings)
{
  guint first = findings->len;

  for (guint64 i = 0; i <= input->model->resources.mask; i++)
    {
      const ModelResource *lock = input->model->resources.slots[i].value;

      if (input->model->resources.slots[i].key != 0 && lock->awaits != NULL &&
          model_resource_is (lock, INSPECT_RESOURCE_LOCK) && findings->len < first + MAX_FOUND)
        look_at (input, lock, findings);
    }
}
