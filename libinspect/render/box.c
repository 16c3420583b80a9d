/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The box of one stuck task. */

#include "config.h"

#include "render/text-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "render/layout.h"

#define MAX_DONE 6                                      /* done steps shown, the latest */
#define MAX_ALIKE 3                                     /* waits shown that are alike */
#define MAX_WAITING 12                                  /* waits shown in all */
#define LONG_POLL_NS (50 * G_GINT64_CONSTANT (1000000)) /* worth a word */

/* "fetch_user_data > fetch_posts": where it began and what it is at. */
static char *
make_title (const ReportTask *task)
{
  g_autofree char *number = model_format_count (task->number);
  g_autofree char *name = NULL;

  if (task->is_named_by_user || *task->current == '\0' ||
      g_str_equal (task->began_in, task->current))
    name = g_strdup (task->name);
  else
    name = g_strdup_printf ("%s > %s", task->began_in, task->current);
  if (task->number == 0)
    return g_strdup_printf (_ ("No task  %s"), task->name);
  return g_strdup_printf (_ ("Task #%s  %s"), number, name);
}

static void
add_title (Layout *layout, const ReportTask *task)
{
  g_autofree char *title = make_title (task);
  g_autofree char *duration = model_format_duration (task->waiting_ns);
  g_autofree char *place =
      *task->place != '\0' ? g_strdup_printf ("   (%s)", task->place) : g_strdup ("");
  gboolean is_stuck = task->runs || task->rule->severity == ANALYSIS_STUCK;
  /* Who stands at a breakpoint looks at tasks that are well, too. */
  g_autofree char *state = g_strdup_printf (task->runs ? _ ("RUNS FOR %s%s")
                                            : is_stuck ? _ ("BLOCKED %s%s")
                                                       : _ ("waiting for %s%s"),
                                            duration, place);

  layout_add_header (layout, 0, title, LAYOUT_BOLD, state, is_stuck ? LAYOUT_ALERT : LAYOUT_PLAIN);
}

static char *
describe_done (const ReportStep *step)
{
  g_autofree char *status = NULL;

  /* Which way a function has gone to where it is, its source does not tell. */
  if (step->is_planned && step->duration_ns < 0)
    return g_strdup_printf (_ ("before that in the source   (%s)"), step->place);
  if (step->is_planned)
    return g_strdup_printf ("(%s)", step->place);
  if (step->status == 0)
    return g_strdup (step->waits_for);
  status = model_format_status (step->status);
  return g_strdup_printf (_ ("%s: failed, %s"), step->waits_for, status);
}

/* The end of the run of steps alike that starts at @from. */
static guint
end_of_run (const GPtrArray *steps, guint from)
{
  const ReportStep *first = g_ptr_array_index (steps, from);
  guint end = from + 1;

  for (; end < steps->len; end++)
    {
      const ReportStep *step = g_ptr_array_index (steps, end);

      if (step->state != REPORT_STEP_DONE || (step->status == 0) != (first->status == 0) ||
          !g_str_equal (step->function, first->function) || !g_str_equal (step->kind, first->kind))
        break;
    }
  return end;
}

/* One row for steps @from to @end, which are alike; the last one speaks for them. */
static void
add_done (Layout *layout, const GPtrArray *steps, guint from, guint end)
{
  const ReportStep *last = g_ptr_array_index (steps, end - 1);
  g_autofree char *label = describe_done (last);
  g_autofree char *duration = NULL;
  g_autofree char *function = NULL;
  guint64 count = 0;
  gint64 total = 0;
  gboolean is_seen = FALSE;

  for (guint i = from; i < end; i++)
    {
      const ReportStep *step = g_ptr_array_index (steps, i);

      total += MAX (step->duration_ns, 0);
      is_seen |= step->duration_ns >= 0;
      count += step->count;
    }
  if (is_seen)
    duration = model_format_duration (total);
  if (count > 1)
    {
      g_autofree char *times = model_format_count (count);

      function = g_strdup_printf ("%s ×%s", last->function, times);
    }
  else
    function = g_strdup (last->function);
  layout_add_row (layout, 2, (const char *[]){ _ ("done"), function, duration, NULL, label },
                  LAYOUT_PLAIN);
}

static void
add_done_steps (Layout *layout, const ReportTask *task)
{
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_done = 0;
  guint64 hidden = task->n_earlier_steps;

  while (n_done < task->steps->len &&
         ((const ReportStep *)g_ptr_array_index (task->steps, n_done))->state == REPORT_STEP_DONE)
    {
      g_array_append_val (starts, n_done);
      n_done = end_of_run (task->steps, n_done);
    }
  if (starts->len > MAX_DONE)
    hidden += g_array_index (starts, guint, starts->len - MAX_DONE);
  if (hidden > 0)
    {
      g_autofree char *count = model_format_count (hidden);
      g_autofree char *line = g_strdup_printf (
          ngettext ("… %s earlier step", "… %s earlier steps", (gulong)hidden), count);

      layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
    }
  for (guint i = starts->len > MAX_DONE ? starts->len - MAX_DONE : 0; i < starts->len; i++)
    add_done (layout, task->steps, g_array_index (starts, guint, i),
              i + 1 < starts->len ? g_array_index (starts, guint, i + 1) : n_done);
}

/* "/usr/bin/server --port 80" is "server" here; JSON has it all. */
static char *
short_command (const char *command)
{
  g_autofree char *program = NULL;

  if (command == NULL || *command == '\0')
    return g_strdup ("?");
  program = g_strndup (command, strcspn (command, " "));
  return g_path_get_basename (program);
}

static void
add_socket (Layout *layout, const ReportSocket *socket, int pid)
{
  g_autofree char *queued = model_format_bytes (socket->send_queue_bytes);
  GString *line = g_string_new (NULL);

  /* A pair of sockets or an anonymous pipe has no names. */
  if (*socket->local == '\0' && *socket->peer == '\0')
    g_string_append_printf (line, "%s  ", socket->kind);
  else
    g_string_append_printf (line, "%s %s -> %s  ", socket->kind, socket->local, socket->peer);
  g_string_append_printf (line, _ ("%s, %s queued"), socket->state, queued);
  if (socket->receive_queue_bytes > 0)
    {
      g_autofree char *unread = model_format_bytes (socket->receive_queue_bytes);
      g_string_append_printf (line, _ (", %s not read"), unread);
    }
  if (socket->retransmits > 0)
    g_string_append_printf (line,
                            ngettext (", %u retransmit", ", %u retransmits", socket->retransmits),
                            socket->retransmits);
  if (socket->peer_pid > 0 && socket->peer_pid == pid)
    g_string_append (line, _ (", peer: this process"));
  else if (socket->peer_pid > 0)
    {
      g_autofree char *program = short_command (socket->peer_command);
      g_string_append_printf (line, _ (", peer: %s (pid %d)"), program, socket->peer_pid);
    }
  /* Facts of this very moment need no date. */
  if (socket->seen_ns > 50 * 1000000)
    {
      g_autofree char *ago = model_format_duration (socket->seen_ns);
      g_string_append_printf (line, _ (", seen %s earlier"), ago);
    }
  layout_add_line (layout, 2, TRUE, line->str, LAYOUT_PLAIN);
  g_string_free (line, TRUE);
}

static void
add_deadline (Layout *layout, const ReportTask *task)
{
  g_autofree char *distance = NULL;
  g_autofree char *line = NULL;
  const ReportDeadline *deadline = &task->deadline;

  if (task->runs || deadline->is_moot)
    return;
  if (!deadline->is_set)
    {
      if (task->certainty == ANALYSIS_CERTAIN)
        layout_add_line (
            layout, 2, TRUE,
            _ ("no timer of this task is pending: it waits until something else ends it"),
            LAYOUT_PLAIN);
      return;
    }
  distance = model_format_duration (ABS (deadline->in_ns));
  if (*deadline->place == '\0')
    line = g_strdup_printf (deadline->in_ns >= 0 ? _ ("times out in %s")
                                                 : _ ("its timeout is overdue by %s"),
                            distance);
  else
    line = g_strdup_printf (deadline->in_ns >= 0 ? _ ("times out in %s   (%s)")
                                                 : _ ("its timeout is overdue by %s   (%s)"),
                            distance, deadline->place);
  layout_add_line (layout, 2, TRUE, line, LAYOUT_PLAIN);
}

/* What the place of the wait was called from; of a callback that runs, where it is. */
static void
add_stack (Layout *layout, const ReportTask *task, gboolean is_child)
{
  for (guint i = 0; i < task->stack->len; i++)
    {
      const ReportFrame *frame = g_ptr_array_index (task->stack, i);
      g_autofree char *call = *frame->place != '\0'
                                  ? g_strdup_printf ("%s   (%s)", frame->function, frame->place)
                                  : g_strdup (frame->function);
      g_autofree char *line =
          g_strdup_printf (task->runs && i == 0 ? _ ("now in %s") : _ ("called from %s"), call);

      layout_add_line (layout, 2, is_child, line, LAYOUT_DIM);
      if (frame->variables != NULL)
        layout_add_line (layout, 4, is_child, frame->variables, LAYOUT_DIM);
    }
}

static void
add_values (Layout *layout, const ReportTask *task)
{
  for (guint i = 0; i < MIN (task->values->len, EXPORT_TEXT_MAX_VALUES); i++)
    {
      g_autofree char *line = export_text_dup_value (task->values->pdata[i]);

      layout_add_line (layout, 2, TRUE, line, LAYOUT_DIM);
    }
}

/* One task may have thousands of waits: of those alike a few stand for all. @alike: how many there were, by what
 * they have in common */
static gboolean
is_shown (const ReportStep *step, GHashTable *alike, guint n_shown)
{
  char *key = g_strdup_printf ("%d %s %s", step->severity, step->kind, step->function);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (alike, key));

  g_hash_table_insert (alike, key, GUINT_TO_POINTER (n + 1));
  return n < MAX_ALIKE && n_shown < MAX_WAITING;
}

static void
add_more_waits (Layout *layout, guint n)
{
  g_autofree char *count = model_format_count (n);
  g_autofree char *line = NULL;

  if (n == 0)
    return;
  line = g_strdup_printf (ngettext ("… %s more wait", "… %s more waits", n), count);
  layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
}

static void
add_waiting_steps (Layout *layout, const ReportTask *task)
{
  g_autoptr (GHashTable) alike = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean is_first = TRUE;
  guint n_shown = 0, n_more = 0;

  for (guint i = 0; i < task->steps->len; i++)
    {
      const ReportStep *step = g_ptr_array_index (task->steps, i);
      gboolean is_stuck = step->severity == ANALYSIS_STUCK;
      g_autofree char *duration = NULL;

      if (step->state != REPORT_STEP_WAITING)
        continue;
      if (!is_shown (step, alike, n_shown))
        {
          n_more++;
          continue;
        }
      n_shown++;
      duration = model_format_duration (step->duration_ns);
      layout_add_row (layout, 2,
                      (const char *[]){ is_stuck ? _ ("WAITING") : _ ("waiting"), step->function,
                                        duration, is_stuck ? "<--" : NULL, step->waits_for },
                      is_stuck ? LAYOUT_ALERT : LAYOUT_PLAIN);
      /* What it was first seen with. */
      if (is_first && task->began_before && task->waiting_ns == task->age_ns)
        layout_add_line (layout, 2, TRUE,
                         _ ("since before it was looked at, for how long is not known"),
                         LAYOUT_PLAIN);
      if (step->socket != NULL)
        add_socket (layout, step->socket, task->pid);
      if (is_first && task->behind != NULL)
        layout_add_line (layout, 2, TRUE, task->behind, LAYOUT_PLAIN);
      if (is_first && task->variables != NULL)
        layout_add_line (layout, 4, TRUE, task->variables, LAYOUT_DIM);
      if (is_first)
        add_values (layout, task);
      if (is_first && !task->runs)
        add_stack (layout, task, TRUE);
      if (is_first)
        add_deadline (layout, task);
      is_first = FALSE;
    }
  add_more_waits (layout, n_more);
}

static void
add_predicted_steps (Layout *layout, const ReportTask *task)
{
  g_autofree char *count = model_format_count (task->predicted_from);
  g_autofree char *source = g_strdup_printf (ngettext ("(seen in %s earlier task of this kind)",
                                                       "(seen in %s earlier tasks of this kind)",
                                                       (gulong)task->predicted_from),
                                             count);
  const char *label = task->predicted_from > 0 ? source : NULL;

  for (guint i = 0; i < task->steps->len; i++)
    {
      const ReportStep *step = g_ptr_array_index (task->steps, i);
      g_autofree char *place = g_strdup_printf ("(%s)", step->place);

      if (step->state != REPORT_STEP_NOT_YET)
        continue;
      layout_add_row (layout, 2,
                      (const char *[]){ _ ("not yet"), step->function, NULL, NULL,
                                        label != NULL || !step->is_planned ? label : place },
                      LAYOUT_DIM);
      label = NULL;
    }
}

static void
add_polls (Layout *layout, const ReportTask *task)
{
  GString *line;
  g_autofree char *count = model_format_count (task->n_polls);

  if (task->n_polls == 0)
    return;
  line = g_string_new (NULL);
  g_string_append_printf (
      line, ngettext ("resumed %s time", "resumed %s times", (gulong)task->n_polls), count);
  if (task->poll_gap_ns >= 0)
    {
      g_autofree char *gap = model_format_duration (task->poll_gap_ns);
      g_string_append_printf (line, _ (", %s apart on average"), gap);
    }
  if (task->longest_poll_ns >= LONG_POLL_NS)
    {
      g_autofree char *longest = model_format_duration (task->longest_poll_ns);

      if (*task->longest_poll_place != '\0')
        g_string_append_printf (line, _ (", the longest for %s in %s"), longest,
                                task->longest_poll_place);
      else
        g_string_append_printf (line, _ (", the longest for %s"), longest);
    }
  layout_add_line (layout, 2, FALSE, line->str, LAYOUT_PLAIN);
  g_string_free (line, TRUE);
}

static void
add_reason (Layout *layout, const ReportTask *task)
{
  g_autofree char *why = g_strdup_printf (
      task->certainty == ANALYSIS_CERTAIN ? _ ("why: %s") : _ ("why (inferred): %s"),
      _ (task->rule->phrase));

  layout_add_line (layout, 2, FALSE, why, LAYOUT_PLAIN);
  if (task->runs)
    {
      g_autofree char *thread = g_strdup_printf (_ ("on %s"), task->thread);
      layout_add_line (layout, 2, FALSE, thread, LAYOUT_PLAIN);
      add_stack (layout, task, FALSE);
    }
  if (task->n_held_up > 0)
    {
      g_autofree char *count = model_format_count (task->n_held_up);
      g_autofree char *held =
          g_strdup_printf (ngettext ("%s other task waits for this loop",
                                     "%s other tasks wait for this loop", task->n_held_up),
                           count);
      layout_add_line (layout, 2, FALSE, held, LAYOUT_PLAIN);
    }
  if (task->suggestion != NULL)
    {
      g_autofree char *suggestion = g_strdup_printf (_ ("try: %s"), task->suggestion);
      layout_add_line (layout, 2, FALSE, suggestion, LAYOUT_PLAIN);
    }
}

void
export_text_add_box (GString *text, const ReportTask *task, InspectorTextFlags flags, guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);

  add_title (layout, task);
  add_done_steps (layout, task);
  add_waiting_steps (layout, task);
  add_predicted_steps (layout, task);
  add_polls (layout, task);
  if (task->state_name != NULL && *task->state_name != '\0')
    {
      g_autofree char *state = g_strdup_printf (_ ("in state “%s”"), task->state_name);
      layout_add_line (layout, 2, FALSE, state, LAYOUT_PLAIN);
    }
  add_reason (layout, task);
  if (task->n_alike > 1)
    {
      g_autofree char *count = model_format_count (task->n_alike - 1);
      g_autofree char *alike = g_strdup_printf (
          ngettext ("and %s more task that is stuck at the same place",
                    "and %s more tasks that are stuck at the same place", task->n_alike - 1),
          count);
      layout_add_line (layout, 2, FALSE, alike, LAYOUT_BOLD);
    }
  layout_finish (layout, text);
}
