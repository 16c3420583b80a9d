/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Of all that a task waits for, what it is said to wait for. */

#include "config.h"

#include "analysis/chain.h"
#include "analysis/deadlock.h"
#include "analysis/describe.h"
#include "analysis/report.h"

#include <glib/gi18n-lib.h>
#include "model/format.h"

#define MAX_CHAIN 4

static void
collect (const AnalysisWait *wait, const AnalysisRule *rule, gpointer data)
{
  ReportVerdict verdict = { *wait, rule };

  g_array_append_val ((GArray *)data, verdict);
}

static gboolean
is_timer (const ReportVerdict *verdict)
{
  return verdict->wait.await != NULL && model_await_is (verdict->wait.await, INSPECT_AWAIT_TIMER);
}

/* The gravest first; then what is certain. A timer last, for it usually is the limit of the rest;
 * but one that is overdue first, for then nothing of its loop goes on. Then the oldest. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const ReportVerdict *x = a, *y = b;

  if (x->rule->severity != y->rule->severity)
    return (int)y->rule->severity - (int)x->rule->severity;
  if (x->rule->certainty != y->rule->certainty)
    return (int)x->rule->certainty - (int)y->rule->certainty;
  if (is_timer (x) != is_timer (y))
    return x->rule->severity == ANALYSIS_STUCK ? is_timer (y) - is_timer (x)
                                               : is_timer (x) - is_timer (y);
  if (x->wait.since_ns != y->wait.since_ns)
    return x->wait.since_ns < y->wait.since_ns ? -1 : 1;
  return 0;
}

/* The call in which a thread sleeps: its own hooks tell of it, or who looks at it from outside. */
static gboolean
sleeps_in_known_call (const ModelThread *thread, const ModelPoll *poll, const ModelTask *task)
{
  if (thread->blocking != NULL && thread->blocking->task == task)
    return TRUE;
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (model_await_is (await, INSPECT_AWAIT_BLOCKS) && await->resource != NULL &&
        await->begin_ns >= poll->begin_ns)
      return TRUE;
  return FALSE;
}

static void
find_blocked_poll (ReportJudgement *judgement, ModelTarget *model, gint64 now_ns,
                   gint64 stuck_after_ns)
{
  for (guint i = 0; i < model->threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (model->threads, i);
      const ModelPoll *poll;

      if (thread == NULL)
        continue;
      poll = analysis_thread_get_blocked (model, thread, now_ns, stuck_after_ns,
                                          &judgement->blocked_since_ns, &judgement->is_work);
      /* That its callback does not return is no news where it is known why. */
      if (poll != NULL && poll->task == judgement->task &&
          !sleeps_in_known_call (thread, poll, judgement->task))
        {
          judgement->thread = thread;
          return;
        }
    }
}

void
report_judge (ReportJudgement *judgement, ModelTarget *model, ModelTask *task,
              GPtrArray *blocked_threads, gint64 now_ns, gint64 stuck_after_ns)
{
  *judgement = (ReportJudgement){ .task = task };
  judgement->verdicts = g_array_new (FALSE, FALSE, sizeof (ReportVerdict));
  /* That its callback does not return is no news where it is known why. */
  if (task->n_open_polls > 0 && !analysis_deadlock_of (task))
    find_blocked_poll (judgement, model, now_ns, stuck_after_ns);
  analysis_judge_task (model, task, blocked_threads, now_ns, stuck_after_ns, collect,
                       judgement->verdicts);
  g_array_sort (judgement->verdicts, compare);
}

void
report_judgement_clear (ReportJudgement *judgement)
{
  g_clear_pointer (&judgement->verdicts, g_array_unref);
}

static const ReportVerdict *
first (const ReportJudgement *judgement)
{
  return judgement->verdicts->len > 0 ? &g_array_index (judgement->verdicts, ReportVerdict, 0)
                                      : NULL;
}

static const ModelPoll *
blocked_poll (const ReportJudgement *judgement)
{
  return &judgement->thread->polls[judgement->thread->depth - 1];
}

const AnalysisRule *
report_judgement_get_rule (const ReportJudgement *judgement)
{
  if (judgement->thread != NULL)
    return judgement->is_work ? &analysis_rule_work : &analysis_rule_callback;
  return first (judgement) != NULL ? first (judgement)->rule : NULL;
}

AnalysisSeverity
report_judgement_get_severity (const ReportJudgement *judgement)
{
  const AnalysisRule *rule = report_judgement_get_rule (judgement);

  return rule != NULL ? rule->severity : ANALYSIS_RESTING;
}

/* The one that began last: of several threads' records the last one told need not be the latest. */
static const ModelAwait *
find_innermost_call (const ModelTask *task)
{
  const ModelAwait *found = task->calls;

  for (const ModelAwait *call = found; call != NULL; call = call->task_next)
    if (call->begin_ns > found->begin_ns)
      found = call;
  return found;
}

const ModelAwait *
report_judgement_get_call (const ReportJudgement *judgement, AnalysisPlaces *places)
{
  const ReportVerdict *verdict;

  if (judgement->thread != NULL || judgement->task->calls == NULL)
    return NULL;
  verdict = first (judgement);
  if (verdict != NULL && *analysis_places_get (places, verdict->wait.location)->where != '\0')
    return NULL;
  return find_innermost_call (judgement->task);
}

guint32
report_judgement_get_location (const ReportJudgement *judgement, AnalysisPlaces *places)
{
  const ModelAwait *call = report_judgement_get_call (judgement, places);

  if (judgement->thread != NULL)
    return blocked_poll (judgement)->location;
  if (call != NULL)
    return call->location;
  return first (judgement) != NULL ? first (judgement)->wait.location : 0;
}

gint64
report_judgement_get_since (const ReportJudgement *judgement)
{
  if (judgement->thread != NULL)
    return judgement->blocked_since_ns;
  if (first (judgement) != NULL)
    return first (judgement)->wait.since_ns;
  if (judgement->task->calls != NULL)
    return find_innermost_call (judgement->task)->begin_ns;
  return judgement->task->begin_ns;
}

gint64
report_judgement_get_age (const ReportJudgement *judgement, gint64 now_ns)
{
  if (judgement->thread == NULL && first (judgement) != NULL &&
      report_judgement_get_severity (judgement) < ANALYSIS_STUCK)
    return analysis_wait_get_length (&first (judgement)->wait);
  return MAX (now_ns - report_judgement_get_since (judgement), 0);
}

gboolean
report_judgement_is_held_up (const ReportJudgement *judgement)
{
  return judgement->thread == NULL && first (judgement) != NULL &&
         first (judgement)->wait.blocked != NULL;
}

char *
report_judgement_describe_culprit (const ReportJudgement *judgement, AnalysisPlaces *places)
{
  const ModelThread *thread =
      report_judgement_is_held_up (judgement) ? first (judgement)->wait.blocked : NULL;
  const ModelPoll *poll;
  const ModelTask *task;
  guint32 location;
  g_autofree char *name = NULL;
  g_autofree char *place = NULL;
  g_autofree char *number = NULL;

  if (thread == NULL || thread->depth == 0 || thread->depth > MODEL_POLL_DEPTH)
    return NULL;
  poll = &thread->polls[thread->depth - 1];
  /* The call that it sleeps in is nearer to the cause than the callback that made it. */
  location = thread->blocking != NULL && thread->blocking->location != 0
                 ? thread->blocking->location
                 : poll->location;
  task = thread->blocking != NULL ? thread->blocking->task : poll->task;
  place = analysis_place_dup_text (analysis_places_get (places, location));
  if (*place == '\0')
    {
      g_free (place);
      place = g_strdup (_ ("an unknown place"));
    }
  if (task == NULL || task->id == 0)
    return g_strdup_printf (_ ("waits for its loop, which a callback holds up in %s"), place);
  name = analysis_describe_task (task, 0, places);
  number = model_format_count (task->number);
  return g_strdup_printf (_ ("waits for its loop, which %s (task %s) holds up in %s"), name, number,
                          place);
}

/* What the end of @task hangs on, where that is one thing. */
static ModelAwait *
find_only_wait (ModelTarget *model, const ModelTask *task)
{
  const ModelThread *thread = model_target_find_thread (model, task->tid);

  if (thread != NULL)
    return thread->blocking;
  return task->n_awaits == 1 ? task->awaits : NULL;
}

/* Whose end it is for, or who alone has the permit, the connection of a pool that it is for. */
static const ModelTask *
find_behind (ModelTarget *model, ModelAwait *await)
{
  const ModelTask *awaited = model_await_get_awaited (model, await);
  const ModelHold *hold;

  if (awaited != NULL || await->resource == NULL || !analysis_hands_out_seen (await->resource))
    return awaited;
  hold = analysis_await_get_holder (await);
  return hold != NULL ? hold->task : NULL;
}

/* "waiting for a thread to end → worker: waiting for a mutex": the cause is at the end of it. No
 * numbers, for tasks that wait alike are shown as one. */
static char *
describe_chain (const AnalysisWait *first, AnalysisPlaces *places)
{
  g_autofree char *own = analysis_describe_wait (first, places);
  GString *text = g_string_new (own);
  ModelAwait *await = (ModelAwait *)first->await;

  for (guint i = 0; i < MAX_CHAIN && await != NULL; i++)
    {
      const ModelTask *awaited = find_behind (first->model, await);
      g_autofree char *name = NULL;
      g_autofree char *what = NULL;
      AnalysisWait next = *first;

      if (awaited == NULL || awaited == first->task)
        break;
      await = find_only_wait (first->model, awaited);
      name = analysis_describe_task (awaited, await != NULL ? await->location : awaited->location,
                                     places);
      g_string_append_printf (text, " → %s", name);
      if (await == NULL)
        {
          if (awaited->n_awaits == 0 && awaited->n_open_polls == 0)
            g_string_append (text, _ (", which nothing has ended yet"));
          break;
        }
      next.await = await;
      next.resource = await->resource;
      what = analysis_describe_wait (&next, places);
      g_string_append_printf (text, ": %s", what);
    }
  return g_string_free (text, FALSE);
}

char *
report_judgement_describe (const ReportJudgement *judgement, AnalysisPlaces *places)
{
  g_autofree char *place = NULL;

  if (judgement->thread != NULL)
    {
      const AnalysisPlace *at = analysis_places_get (places, blocked_poll (judgement)->location);

      return at->function != NULL ? g_strdup_printf (_ ("%s to return"), at->function)
                                  : g_strdup (_ ("a callback to return"));
    }
  if (first (judgement) == NULL)
    return g_strdup (judgement->task->calls != NULL ? _ ("something that is not known") : "");
  return describe_chain (&first (judgement)->wait, places);
}
