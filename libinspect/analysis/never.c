/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/never.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"

#define AGAIN_NS G_GINT64_CONSTANT (1000000000)
/* The kernel is not asked about more threads than this. */
#define MAX_THREADS 4096

/* ---- What holds all threads ----------------------------------------------------------------- */

/* Only code of the process ends it, and it does not give up by itself. */
static gboolean
is_internal (const ModelAwait *await)
{
  guint64 deadline;

  return await->blocks && model_await_is (await, INSPECT_AWAIT_INTERNAL) &&
         !model_await_is (await, INSPECT_AWAIT_EXTERNAL | INSPECT_AWAIT_TIMER) &&
         !model_await_get_value (await, MODEL_KEY_DEADLINE, &deadline);
}

/* A lock or a condition in shared memory may be another process's, too; a semaphore may be posted
 * by a handler of a signal, which nothing else may. What a wait is on is needed to know. */
static gboolean
may_be_woken (AnalysisFacts *facts, const ModelAwait *await)
{
  guint64 address;

  if (await->awaits_task)
    return FALSE;
  if (await->resource == NULL)
    return TRUE;
  address = await->resource->object & G_GUINT64_CONSTANT (0xffffffffffff);
  return analysis_facts_may_be_woken (facts, address,
                                      model_resource_is (await->resource, INSPECT_RESOURCE_ANY));
}

/* The wait that @tid sleeps in, where that is known and only this process can end it. */
static ModelAwait *
find_wait (ModelTarget *model, AnalysisFacts *facts, int tid, const AnalysisInstant *instant)
{
  const ModelThread *thread = model_target_find_thread (model, tid);
  ModelAwait *await = thread != NULL ? thread->blocking : NULL;
  char *name = NULL;
  char state = '\0';

  if (await == NULL || !is_internal (await) ||
      instant->drained_ns - await->begin_ns <= instant->stuck_after_ns ||
      !analysis_facts_get_thread (facts, tid, &name, &state))
    return NULL;
  g_free (name);
  return state == 'S' && !may_be_woken (facts, await) ? await : NULL;
}

/* (transfer container): the waits of all threads, one of which at least is over when somebody says so: a lock
 * has a holder, and a task ends by itself, so what keeps those from going on is where the cause lies. NULL where one may go on. A deadlock is told of
 * as such, and is why the others wait. */
static GPtrArray *
find_knot (ModelTarget *model, AnalysisFacts *facts, const AnalysisInstant *instant)
{
  g_autoptr (GArray) threads = analysis_facts_get_threads (facts);
  g_autoptr (GPtrArray) waits = g_ptr_array_new ();
  guint n_for_signals = 0;

  if (threads == NULL || threads->len == 0 || threads->len > MAX_THREADS)
    return NULL;
  for (guint i = 0; i < threads->len; i++)
    {
      ModelAwait *await = find_wait (model, facts, g_array_index (threads, int, i), instant);

      if (await == NULL || await->episode != 0)
        return NULL;
      n_for_signals += model_await_is_for_signal (await);
      g_ptr_array_add (waits, await);
    }
  return n_for_signals > 0 ? g_steal_pointer (&waits) : NULL;
}

static void
unmark (ModelTarget *model)
{
  for (guint i = 0; i < model->threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (model->threads, i);

      if (thread != NULL && thread->blocking != NULL)
        model_await_set_cannot_end (model, thread->blocking, FALSE);
    }
}

gboolean
analysis_never_needs_look (const AnalysisNever *never, const ModelTarget *model, gint64 now_ns)
{
  if (never->is_found)
    return model->stats.events != never->n_events;
  if (now_ns < never->next_ns)
    return FALSE;
  for (guint i = 0; i < model->threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (model->threads, i);

      if (thread != NULL && thread->blocking != NULL && is_internal (thread->blocking) &&
          model_await_is_for_signal (thread->blocking))
        return TRUE;
    }
  return FALSE;
}

void
analysis_never_check (AnalysisNever *never, ModelTarget *model, AnalysisFacts *facts,
                      const AnalysisInstant *instant)
{
  g_autoptr (GPtrArray) waits = NULL;

  if (never->is_found && model->stats.events == never->n_events)
    return;
  if (never->is_found)
    unmark (model);
  never->is_found = FALSE;
  /* Who says something does not sleep. */
  if (instant->now_ns < never->next_ns || instant->has_losses ||
      instant->drained_ns - model->now_ns <= instant->stuck_after_ns)
    return;
  never->next_ns = instant->now_ns + AGAIN_NS;
  waits = find_knot (model, facts, instant);
  if (waits == NULL)
    return;
  never->is_found = TRUE;
  never->n_events = model->stats.events;
  for (guint i = 0; i < waits->len; i++)
    {
      ModelAwait *await = g_ptr_array_index (waits, i);

      model_await_set_cannot_end (model, await, model_await_is_for_signal (await));
    }
}

/* ---- In words ------------------------------------------------------------------------------- */

static char *
describe_wait (const ReportInput *input, const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (input->model, await, input->now_ns);

  if (wait.resource != NULL)
    return analysis_describe_resource (input->model, wait.resource, input->places);
  return analysis_describe_wait (&wait, input->places);
}

static void
add_thread (const ReportInput *input, Finding *finding, const ModelThread *thread)
{
  const ModelAwait *await = thread->blocking;
  FindingEvidence *evidence =
      finding_add_evidence (finding, await->cannot_end ? FINDING_SUBJECT : FINDING_AFFECTED);
  FindingThing *wanted;

  if (evidence == NULL)
    return;
  wanted = &evidence->wanted;
  evidence->pid = input->pid;
  evidence->tid = thread->tid;
  evidence->thread = finding_describe_thread (input->facts, thread->tid);
  if (await->task->id != 0)
    {
      evidence->task = await->task->number;
      evidence->task_name = analysis_describe_task (await->task, await->location, input->places);
    }
  wanted->name = describe_wait (input, await);
  wanted->kind = g_strdup (await->kind->name);
  wanted->object = await->awaits_task || await->resource == NULL ? 0 : await->resource->object;
  wanted->since_ns = MAX (input->now_ns - await->begin_ns, 0);
  finding_place_set (&wanted->place, input->places, await->location);
  evidence->sentence = g_strdup_printf (
      await->cannot_end ? _ ("%s sleeps in %s until it is woken: %s")
                        : _ ("%s sleeps in %s, too: %s"),
      evidence->thread,
      wanted->place.text != NULL && *wanted->place.text != '\0' ? wanted->place.text
                                                                : _ ("an unknown place"),
      wanted->name);
}

/* The thread that called main() first, then by age: what a program is about begins there, and the
 * workers that it started rest behind it. */
static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const ModelThread *x = *(ModelThread *const *)a, *y = *(ModelThread *const *)b;
  int pid = GPOINTER_TO_INT (data);

  if ((x->tid == pid) != (y->tid == pid))
    return x->tid == pid ? -1 : 1;
  if (x->blocking->cannot_end != y->blocking->cannot_end)
    return x->blocking->cannot_end ? -1 : 1;
  return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static GPtrArray *
list_threads (const ReportInput *input, gboolean *ret_is_found)
{
  GPtrArray *threads = g_ptr_array_new ();

  *ret_is_found = FALSE;
  for (guint i = 0; i < input->model->threads->len; i++)
    {
      ModelThread *thread = g_ptr_array_index (input->model->threads, i);

      if (thread == NULL || thread->blocking == NULL)
        continue;
      *ret_is_found |= thread->blocking->cannot_end;
      g_ptr_array_add (threads, thread);
    }
  g_ptr_array_sort_with_data (threads, compare, GINT_TO_POINTER (input->pid));
  return threads;
}

/* The wait to look at. */
static const FindingEvidence *
find_subject (const Finding *finding)
{
  for (guint i = 0; i < finding->evidence->len; i++)
    {
      const FindingEvidence *evidence = g_ptr_array_index (finding->evidence, i);

      if (evidence->role == FINDING_SUBJECT)
        return evidence;
    }
  return g_ptr_array_index (finding->evidence, 0);
}

void
never_add_findings (const ReportInput *input, GPtrArray *findings)
{
  g_autoptr (GPtrArray) threads = NULL;
  gboolean is_found;
  gint64 latest_ns = 0;
  Finding *finding;

  threads = list_threads (input, &is_found);
  if (!is_found)
    return;
  finding = finding_new (FINDING_NEVER, ANALYSIS_CERTAIN);
  for (guint i = 0; i < threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (threads, i);

      latest_ns = MAX (latest_ns, thread->blocking->begin_ns);
      add_thread (input, finding, thread);
    }
  finding->is_pending = TRUE;
  finding->since_ns = MAX (input->now_ns - latest_ns, 0);
  finding->title =
      threads->len == 1
          ? g_strdup (_ ("cannot make progress: its only thread sleeps"))
          : g_strdup_printf (_ ("cannot make progress: all %u threads sleep"), threads->len);
  finding->detail =
      g_strdup (_ ("no thread runs, none of them waits for anything from outside, and "
                   "none of the waits has a timeout"));
  finding_suggest (finding,
                   N_ ("see who should have ended the wait at %s, and did not before it began to "
                       "wait itself"),
                   &find_subject (finding)->wanted.place);
  finding_seal (finding);
  g_ptr_array_add (findings, finding);
}
