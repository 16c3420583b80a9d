/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The box of one stuck task. */

#include "config.h"

#include "analysis/report.h"

#include <string.h>
#include <sys/socket.h>
#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "analysis/predict.h"
#include "analysis/test-case.h"
#include "model/format.h"

static void
socket_free (ReportSocket *socket)
{
  if (socket == NULL)
    return;
  g_free (socket->kind);
  g_free (socket->state);
  g_free (socket->local);
  g_free (socket->peer);
  g_free (socket->peer_command);
  g_free (socket);
}

static void
step_free (gpointer data)
{
  ReportStep *step = data;

  g_free (step->function);
  g_free (step->waits_for);
  g_free (step->place);
  g_free (step->kind);
  socket_free (step->socket);
  g_free (step);
}

void
report_task_free (ReportTask *task)
{
  if (task == NULL)
    return;
  g_free (task->name);
  g_free (task->began_in);
  g_free (task->current);
  g_free (task->place);
  g_free (task->variables);
  g_clear_pointer (&task->locals, g_ptr_array_unref);
  g_ptr_array_unref (task->values);
  g_ptr_array_unref (task->stack);
  g_free (task->waits_for);
  g_free (task->suggestion);
  g_free (task->thread);
  g_free (task->test_case);
  g_ptr_array_unref (task->steps);
  g_free (task->deadline.place);
  g_free (task->behind);
  g_free (task->longest_poll_place);
  g_free (task->state_name);
  g_free (task->woken_place);
  g_free (task);
}

static char *
dup_safe (const char *text)
{
  return text != NULL ? model_format_text (text, strlen (text)) : g_strdup ("");
}

/* ---- Sockets -------------------------------------------------------------------------------- */

/* Of what was found from outside, the kernel knows best what it is. */
static char *
dup_socket_kind (const ModelKind *kind, const TargetSocket *socket)
{
  if (strchr (kind->phrase, '{') == NULL)
    return dup_safe (kind->phrase);
  if (socket->family == AF_UNIX)
    return g_strdup ("unix");
  return g_strdup (socket->type == SOCK_DGRAM ? "udp" : "tcp");
}

/* What the kernel says; where it has no word, what the program did. NULL: it is no connection. */
static ReportSocket *
socket_new (const ReportInput *input, const AnalysisWait *wait)
{
  const AnalysisSocket *known;
  ReportSocket *socket;

  if (wait->resource == NULL || input->facts == NULL)
    return NULL;
  known = analysis_facts_get_socket (input->facts, wait->resource, input->now_ns);
  if (known == NULL || !known->is_known)
    return NULL;
  socket = g_new0 (ReportSocket, 1);
  socket->kind = dup_socket_kind (wait->resource->kind, &known->socket);
  socket->state = dup_safe (known->socket.state);
  socket->local = dup_safe (known->socket.local);
  socket->peer = dup_safe (known->socket.peer);
  socket->send_queue_bytes = known->socket.send_queue;
  socket->receive_queue_bytes = known->socket.receive_queue;
  socket->retransmits = known->socket.retransmits;
  socket->total_retransmits = known->socket.total_retransmits;
  socket->last_received_ns =
      known->socket.last_received_ms < 0 ? -1 : known->socket.last_received_ms * 1000000;
  socket->seen_ns = MAX (input->now_ns - known->taken_ns, 0);
  socket->peer_pid = known->socket.peer_pid;
  socket->peer_command =
      known->socket.peer_command != NULL ? dup_safe (known->socket.peer_command) : NULL;
  return socket;
}

/* ---- Steps ---------------------------------------------------------------------------------- */

static char *
dup_function (AnalysisPlaces *places, guint32 location)
{
  const AnalysisPlace *place = analysis_places_get (places, location);

  return place->function != NULL ? dup_safe (place->function) : g_strdup ("?");
}

static void
add_done_steps (ReportTask *box, const ReportInput *input, const ModelTask *task)
{
  for (guint i = 0; i < task->n_steps; i++)
    {
      const ModelStep *from = model_task_get_step (task, i);
      ReportStep *step = g_new0 (ReportStep, 1);

      step->state = REPORT_STEP_DONE;
      step->function = dup_function (input->places, from->location);
      step->waits_for = analysis_describe_step (input->model, from, input->places);
      step->place = dup_safe (analysis_places_get (input->places, from->location)->where);
      step->kind = g_strdup (
          from->is_exchange ? "exchange" : model_target_get_kind (input->model, from->kind)->name);
      step->duration_ns = from->total_ns;
      step->count = from->n;
      step->status = from->status;
      g_ptr_array_add (box->steps, step);
    }
  box->n_earlier_steps = task->n_steps_seen - task->n_steps;
}

static void
add_waiting_steps (ReportTask *box, const ReportInput *input, const ReportJudgement *judgement)
{
  for (guint i = 0; i < judgement->verdicts->len; i++)
    {
      const ReportVerdict *verdict = &g_array_index (judgement->verdicts, ReportVerdict, i);
      const AnalysisWait *wait = &verdict->wait;
      ReportStep *step;

      if (verdict->rule->severity == ANALYSIS_RESTING)
        continue;
      step = g_new0 (ReportStep, 1);
      step->state = REPORT_STEP_WAITING;
      step->function = report_dup_planned (judgement->task);
      if (step->function == NULL)
        step->function = dup_function (input->places, wait->location);
      step->waits_for = analysis_describe_wait (wait, input->places);
      step->place = dup_safe (analysis_places_get (input->places, wait->location)->where);
      step->kind = g_strdup (wait->await == NULL ? "exchange" : wait->await->kind->name);
      step->duration_ns = MAX (input->now_ns - wait->since_ns, 0);
      step->severity = verdict->rule->severity;
      step->rule = verdict->rule;
      step->socket = socket_new (input, wait);
      g_ptr_array_add (box->steps, step);
    }
}

static void
add_predicted_steps (ReportTask *box, const ReportInput *input, const ModelTask *task,
                     guint32 current_location)
{
  AnalysisPrediction prediction;

  analysis_predict (input->model, task, current_location, input->places, &prediction);
  for (guint i = 0; prediction.functions != NULL && prediction.functions[i] != NULL; i++)
    {
      ReportStep *step = g_new0 (ReportStep, 1);

      step->state = REPORT_STEP_NOT_YET;
      step->function = dup_safe (prediction.functions[i]);
      step->waits_for = g_strdup ("");
      step->place = g_strdup ("");
      step->kind = g_strdup ("");
      g_ptr_array_add (box->steps, step);
    }
  box->predicted_from = prediction.seen_in;
  analysis_prediction_clear (&prediction);
}

/* ---- The rest ------------------------------------------------------------------------------- */

guint64
report_count_losses (const ChannelStats *stats)
{
  return stats->dropped + stats->overwritten + stats->torn + stats->table_losses;
}

gboolean
report_has_losses (const ChannelStats *stats)
{
  return report_count_losses (stats) > 0;
}

static const AnalysisWait *
get_first_wait (const ReportJudgement *judgement)
{
  return judgement->verdicts->len > 0 ? &g_array_index (judgement->verdicts, ReportVerdict, 0).wait
                                      : NULL;
}

/* Where an exchange is waited for, what is read for it. */
static const ModelAwait *
find_shown_await (const ReportJudgement *judgement)
{
  const AnalysisWait *wait = get_first_wait (judgement);

  if (wait == NULL || wait->await != NULL)
    return wait != NULL ? wait->await : NULL;
  for (const ModelAwait *await = judgement->task->awaits; await != NULL; await = await->task_next)
    if (await->resource == wait->resource)
      return await;
  return NULL;
}

/* What it waits for may give up by itself; else a timer of the task may end it. */
static void
fill_deadline (ReportTask *box, const ReportInput *input, const ReportJudgement *judgement)
{
  const AnalysisWait *wait = get_first_wait (judgement);
  const ModelAwait *current = wait != NULL ? wait->await : NULL;
  const ModelAwait *timer;
  guint64 deadline;
  gint64 due_ns = 0, any_ns;

  timer = model_task_get_deadline (judgement->task, current,
                                   wait != NULL ? wait->since_ns : G_MAXINT64, &due_ns);
  /* A timer of something else may end it all the same: nobody can tell. */
  box->deadline.is_moot = (current != NULL && model_await_is (current, INSPECT_AWAIT_TIMER)) ||
                          (timer == NULL && model_task_get_deadline (judgement->task, current,
                                                                     G_MAXINT64, &any_ns) != NULL);
  box->deadline.is_set = timer != NULL;
  if (current != NULL && model_await_get_value (current, MODEL_KEY_DEADLINE, &deadline) &&
      deadline < G_MAXINT64 && (timer == NULL || (gint64)deadline < due_ns))
    {
      box->deadline.is_set = TRUE;
      box->deadline.is_moot = FALSE;
      due_ns = (gint64)deadline;
      timer = NULL;
    }
  box->deadline.in_ns = due_ns - input->now_ns;
  box->deadline.place =
      timer != NULL ? analysis_place_dup_text (analysis_places_get (input->places, timer->location))
                    : g_strdup ("");
}

/* ---- The line to change --------------------------------------------------------------------- */

/* The msgid has one %s, which is no format once it is translated. */
static char *
fill_in (const char *sentence, const char *place)
{
  const char *gap = strstr (sentence, "%s");

  if (gap == NULL)
    return g_strdup (sentence);
  return g_strdup_printf ("%.*s%s%s", (int)(gap - sentence), sentence, place, gap + 2);
}

/* The line to change: "request.c:88 (fetch_posts)"; NULL when it is not known. */
static char *
describe_line (const AnalysisPlace *place)
{
  if (*place->where == '\0')
    return place->function != NULL ? dup_safe (place->function) : NULL;
  if (place->function == NULL)
    return dup_safe (place->where);
  return g_strdup_printf ("%s (%s)", place->where, place->function);
}

static void
fill_history (ReportTask *box, const ReportInput *input, const ModelTask *task)
{
  box->age_ns = MAX (input->now_ns - task->begin_ns, 0);
  box->began_before = task->began_before;
  box->n_polls = task->n_polls;
  box->poll_gap_ns = model_task_get_poll_gap (task);
  box->longest_poll_ns = task->longest_poll_ns;
  box->longest_poll_place =
      analysis_place_dup_text (analysis_places_get (input->places, task->longest_poll_location));
  box->woken_by = task->last_waker;
  box->woken_place =
      task->n_wakes > 0
          ? analysis_place_dup_text (analysis_places_get (input->places, task->last_waker_location))
          : g_strdup ("");
  if (task->state_name != 0)
    box->state_name =
        dup_safe (input->model->tables->get_string (input->model->tables_data, task->state_name));
}

/* Nobody has seen where it was begun: what is known is where it leads to. */
static gboolean
is_place_of_callback (const ReportInput *input, const ReportJudgement *judgement)
{
  const ModelAwait *await = find_shown_await (judgement);
  guint64 callback;

  return await != NULL && judgement->task->began_before &&
         report_judgement_get_since (judgement) <= judgement->task->begin_ns &&
         model_await_get_value (await, MODEL_KEY_CALLBACK, &callback);
}

ReportTask *
report_task_new (const ReportInput *input, const ReportJudgement *judgement)
{
  const ModelTask *task = judgement->task;
  guint32 location = report_judgement_get_location (judgement, input->places);
  const AnalysisPlace *place = analysis_places_get (input->places, location);
  const ModelAwait *awaiter = NULL;
  const ModelAwait *call;
  guint32 line = location;
  ReportTask *box = g_new0 (ReportTask, 1);

  /* Work that a library does by itself has no place in the program: whoever asked for it has. */
  if (*place->where == '\0' || place->is_runtime)
    awaiter = report_find_awaiter (input->model, task);
  if (awaiter != NULL)
    line = awaiter->location;
  box->number = task->number;
  box->parent = task->parent;
  box->pid = input->pid;
  box->name = analysis_describe_task (task, location, input->places);
  box->is_named_by_user = model_task_get_user_name (task) != NULL;
  box->began_in = analysis_describe_beginning (task, input->places);
  box->current = dup_safe (place->function);
  box->place = dup_safe (analysis_places_get (input->places, line)->where);
  box->stack = judgement->thread != NULL ? report_stack_of_thread (input, judgement)
                                         : report_stack_new (input->places, line);
  call = report_judgement_get_call (judgement, input->places);
  if (call != NULL)
    report_stack_add_callers (box->stack, input, call);
  box->waits_for = report_judgement_describe (judgement, input->places);
  box->waiting_ns = report_judgement_get_age (judgement, input->now_ns);
  box->rule = report_judgement_get_rule (judgement);
  box->certainty = report_has_losses (&input->stats) ? ANALYSIS_INFERRED : box->rule->certainty;
  box->n_alike = 1;
  if (input->wants_pending)
    box->test_case = analysis_find_test_case (input->model, input->places, box);
  box->runs = judgement->thread != NULL;
  if (box->runs)
    box->thread = report_describe_thread (input, judgement->thread);
  if (box->rule->suggestion != NULL)
    {
      g_autofree char *at = describe_line (analysis_places_get (input->places, line));

      if (at != NULL && is_place_of_callback (input, judgement))
        {
          g_autofree char *callback = g_steal_pointer (&at);

          at = fill_in (_ ("a place that nobody saw, and its callback is %s"), callback);
        }
      if (at != NULL)
        box->suggestion = fill_in (
            awaiter != NULL ? _ ("give what is asked for at %s a timeout, or be able to cancel it")
                            : _ (box->rule->suggestion),
            at);
    }
  box->steps = g_ptr_array_new_with_free_func (step_free);
  if (!report_add_plan (box, task, TRUE))
    add_done_steps (box, input, task);
  add_waiting_steps (box, input, judgement);
  if (!box->runs && !report_add_plan (box, task, FALSE))
    add_predicted_steps (box, input, task, location);
  box->values = report_values_new (input, task);
  report_stack_add_variables (box, input, find_shown_await (judgement));
  box->blocks_loop =
      box->runs || (task->n_open_polls > 0 && get_first_wait (judgement) != NULL &&
                    get_first_wait (judgement)->await != NULL &&
                    model_await_is (get_first_wait (judgement)->await, INSPECT_AWAIT_BLOCKS));
  box->behind = report_describe_behind (input, judgement, awaiter);
  fill_deadline (box, input, judgement);
  fill_history (box, input, task);
  return box;
}
