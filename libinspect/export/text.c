/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The report as text: a box a stuck task, in the form that README.md shows. */

#include "config.h"

#include "export/text.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "export/layout.h"
#include "model/format.h"

#define MAX_DONE 6    /* done steps shown in a box, the latest */
#define MAX_BOXES 10
#define MAX_GROUPS 10
#define LONG_POLL_NS (50 * G_GINT64_CONSTANT (1000000)) /* worth a word */

/* Both forms of a phrase, for xgettext, which knows this word from po/meson.build; g_dngettext()
 * chooses between them. */
#define PLURAL(one, many) one, many

/* ---- The box ---------------------------------------------------------------------------------- */

/* "fetch_user_data > fetch_posts": where it began and what it is at. */
static char *
make_title (const ReportTask *task)
{
  g_autofree char *number = model_format_count (task->number);
  g_autofree char *name = NULL;

  if (task->is_named_by_user || *task->current == '\0' || g_str_equal (task->began_in, task->current))
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
  g_autofree char *place
      = *task->place != '\0' ? g_strdup_printf ("   (%s)", task->place) : g_strdup ("");
  g_autofree char *state = g_strdup_printf (task->runs ? _ ("RUNS FOR %s%s") : _ ("BLOCKED %s%s"),
                                            duration, place);

  layout_add_header (layout, 0, title, LAYOUT_BOLD, state, LAYOUT_ALERT);
}

static char *
describe_done (const ReportStep *step)
{
  g_autofree char *status = NULL;

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

      if (step->state != REPORT_STEP_DONE || (step->status == 0) != (first->status == 0)
          || !g_str_equal (step->function, first->function)
          || !g_str_equal (step->kind, first->kind))
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
  g_autofree char *function = end - from > 1
                                  ? g_strdup_printf ("%s ×%u", last->function, end - from)
                                  : g_strdup (last->function);
  gint64 total = 0;

  for (guint i = from; i < end; i++)
    total += ((const ReportStep *)g_ptr_array_index (steps, i))->duration_ns;
  duration = model_format_duration (total);
  layout_add_row (layout, 2, (const char *[]){ _ ("done"), function, duration, NULL, label },
                  LAYOUT_PLAIN);
}

static void
add_done_steps (Layout *layout, const ReportTask *task)
{
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_done = 0;
  guint64 hidden = task->n_earlier_steps;

  while (n_done < task->steps->len
         && ((const ReportStep *)g_ptr_array_index (task->steps, n_done))->state
                == REPORT_STEP_DONE)
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
        layout_add_line (layout, 2, TRUE,
                         _ ("no timer of this task is pending: nothing will cut this wait off"),
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

static void
add_waiting_steps (Layout *layout, const ReportTask *task)
{
  gboolean is_first = TRUE;

  for (guint i = 0; i < task->steps->len; i++)
    {
      const ReportStep *step = g_ptr_array_index (task->steps, i);
      gboolean is_stuck = step->severity == ANALYSIS_STUCK;
      g_autofree char *duration = NULL;

      if (step->state != REPORT_STEP_WAITING)
        continue;
      duration = model_format_duration (step->duration_ns);
      layout_add_row (layout, 2,
                      (const char *[]){ is_stuck ? _ ("WAITING") : _ ("waiting"), step->function,
                                        duration, is_stuck ? "<--" : NULL, step->waits_for },
                      is_stuck ? LAYOUT_ALERT : LAYOUT_PLAIN);
      if (step->socket != NULL)
        add_socket (layout, step->socket, task->pid);
      if (is_first)
        add_deadline (layout, task);
      is_first = FALSE;
    }
}

static void
add_predicted_steps (Layout *layout, const ReportTask *task)
{
  g_autofree char *count = model_format_count (task->predicted_from);
  g_autofree char *source = g_strdup_printf (
      ngettext ("(seen in %s earlier task of this kind)", "(seen in %s earlier tasks of this kind)",
                (gulong)task->predicted_from),
      count);
  const char *label = source;

  for (guint i = 0; i < task->steps->len; i++)
    {
      const ReportStep *step = g_ptr_array_index (task->steps, i);

      if (step->state != REPORT_STEP_NOT_YET)
        continue;
      layout_add_row (layout, 2, (const char *[]){ _ ("not yet"), step->function, NULL, NULL, label },
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
    }
  if (task->n_held_up > 0)
    {
      g_autofree char *count = model_format_count (task->n_held_up);
      g_autofree char *held = g_strdup_printf (
          ngettext ("%s other task waits for this loop", "%s other tasks wait for this loop",
                    task->n_held_up),
          count);
      layout_add_line (layout, 2, FALSE, held, LAYOUT_PLAIN);
    }
  if (task->suggestion != NULL)
    {
      g_autofree char *suggestion = g_strdup_printf (_ ("try: %s"), task->suggestion);
      layout_add_line (layout, 2, FALSE, suggestion, LAYOUT_PLAIN);
    }
}

static void
add_box (GString *text, const ReportTask *task, InspectorTextFlags flags, guint width)
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
      g_autofree char *alike
          = g_strdup_printf (ngettext ("and %s more task that is stuck at the same place",
                                       "and %s more tasks that are stuck at the same place",
                                       task->n_alike - 1),
                             count);
      layout_add_line (layout, 2, FALSE, alike, LAYOUT_BOLD);
    }
  layout_finish (layout, text);
}

/* ---- Around the boxes ------------------------------------------------------------------------- */

static char *
describe_target (const ReportTarget *target)
{
  g_autoptr (GString) runtimes = g_string_new (NULL);

  for (guint i = 0; target->runtimes != NULL && target->runtimes[i] != NULL; i++)
    {
      g_autofree char *base = g_path_get_basename (target->runtimes[i]);
      g_autofree char *safe = model_format_text (base, strlen (base));

      g_string_append_printf (runtimes, "%s%s", i > 0 ? ", " : "", safe);
    }
  if (runtimes->len == 0)
    return g_strdup_printf (_ ("%s (pid %d)"), target->command, target->pid);
  return g_strdup_printf (_ ("%s (pid %d, %s)"), target->command, target->pid, runtimes->str);
}

static char *
describe_time (const ReportTarget *target)
{
  g_autofree char *duration = model_format_duration (target->running_ns);

  if (target->state != INSPECTOR_TARGET_ENDED)
    return g_strdup_printf (_ ("%s after its start"), duration);
  if (!target->status_is_known)
    return g_strdup_printf (_ ("when it ended after %s"), duration);
  if (target->exit_signal != 0)
    return g_strdup_printf (_ ("when it was ended by signal %d (%s) after %s"),
                            target->exit_signal, g_strsignal (target->exit_signal), duration);
  return g_strdup_printf (_ ("when it ended with status %d after %s"), target->exit_status,
                          duration);
}

typedef struct
{
  const char *rule;
  const char *one, *many;
} RestWord;

static const RestWord rest_words[] = {
  { "listening", PLURAL ("%u listens", "%u listen") },
  { "timer", PLURAL ("%u timer", "%u timers") },
  { "reading", PLURAL ("%u reads", "%u read") },
  { "watching", PLURAL ("%u watches", "%u watch") },
  { "child-process", PLURAL ("%u child process", "%u child processes") },
  { "loop-phase", PLURAL ("%u loop hook", "%u loop hooks") },
  { "repeating", PLURAL ("%u repeats", "%u repeat") },
};

static void
append_count (GString *text, const char *one, const char *many, guint count)
{
  const char *format = g_dngettext (GETTEXT_PACKAGE, one, many, count);
  const char *gap = strstr (format, "%u");

  if (gap == NULL)
    g_string_append (text, format);
  else
    g_string_append_printf (text, "%.*s%u%s", (int)(gap - format), format, count, gap + 2);
}

/* " (2 listen, 3 timers)" */
static char *
describe_rest (const ReportTarget *target)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rest_words); i++)
    {
      guint count = 0;

      for (guint j = 0; j < target->others->len; j++)
        {
          const ReportGroup *group = g_ptr_array_index (target->others, j);

          if (group->rule != NULL && g_str_equal (group->rule->id, rest_words[i].rule))
            count += group->count;
        }
      if (count == 0)
        continue;
      g_string_append (text, text->len > 0 ? ", " : " (");
      append_count (text, rest_words[i].one, rest_words[i].many, count);
    }
  if (text->len > 0)
    g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

static char *
describe_health (const ReportTarget *target)
{
  g_autofree char *tasks = model_format_count (target->n_tasks);
  g_autofree char *rest = describe_rest (target);
  gboolean has_ended = target->state == INSPECTOR_TARGET_ENDED;

  if (target->n_tasks == 0)
    return g_strdup (has_ended ? _ ("nothing was pending") : _ ("nothing is pending"));
  if (has_ended)
    return g_strdup_printf (ngettext ("nothing was stuck, %s task was pending: %u waiting, %u at rest%s",
                                      "nothing was stuck, %s tasks were pending: %u waiting, %u at rest%s",
                                      target->n_tasks),
                            tasks, target->n_waiting, target->n_resting, rest);
  return g_strdup_printf (ngettext ("nothing is stuck: %s task, %u waiting, %u at rest%s",
                                    "nothing is stuck: %s tasks, %u waiting, %u at rest%s",
                                    target->n_tasks),
                          tasks, target->n_waiting, target->n_resting, rest);
}

static void
add_summary (Layout *layout, const ReportTarget *target)
{
  g_autofree char *who = describe_target (target);
  g_autofree char *when = describe_time (target);
  g_autofree char *count = model_format_count (target->n_stuck);
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;
  gboolean has_ended = target->state == INSPECTOR_TARGET_ENDED;

  if (target->refusal != NULL)
    what = g_strdup_printf (_ ("it cannot be inspected: %s"), target->refusal);
  else if (target->stats.events == 0 && target->n_tasks == 0 && target->runtimes[0] == NULL)
    what = g_strdup (_ ("nothing was seen of it: it uses no runtime that is known"));
  else if (target->n_stuck == 0)
    what = describe_health (target);
  else
    what = g_strdup_printf (has_ended ? ngettext ("%s task was stuck", "%s tasks were stuck",
                                                  target->n_stuck)
                                      : ngettext ("%s task is stuck", "%s tasks are stuck",
                                                  target->n_stuck),
                            count);
  line = g_strdup_printf (_ ("async-inspect: %s, %s: %s"), who, when, what);
  layout_add_line (layout, 0, FALSE, line, target->n_stuck > 0 ? LAYOUT_BOLD : LAYOUT_PLAIN);
  if (target->is_stopped)
    layout_add_line (layout, 2, FALSE,
                     _ ("the process is stopped, by a signal or a debugger: nothing can go on"),
                     LAYOUT_ALERT);
}

static void
add_group (Layout *layout, const ReportGroup *group)
{
  g_autofree char *duration = model_format_duration (group->oldest_ns);
  g_autofree char *count = model_format_count (group->count);
  g_autofree char *times = g_strdup_printf ("%s ×", count);
  g_autofree char *label = NULL;

  if (group->rule == NULL)
    label = g_strdup (_ ("waits for nothing"));
  else if (group->is_held_up)
    label = g_strdup_printf ("%s   (%s)", group->waits_for, _ (group->rule->phrase));
  else
    label = g_strdup (group->waits_for);
  layout_add_row (layout, 2, (const char *[]){ times, group->name, duration, NULL, label },
                  LAYOUT_PLAIN);
}

static void
add_others (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  Layout *layout;
  guint shown = MIN (target->others->len, MAX_GROUPS);
  guint hidden = 0;

  if (target->others->len == 0)
    return;
  g_string_append_c (text, '\n');
  layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  layout_add_line (layout, 0, FALSE,
                   target->state == INSPECTOR_TARGET_ENDED ? _ ("Also pending, with their oldest wait:")
                                                           : _ ("Other tasks, with their oldest wait:"),
                   LAYOUT_PLAIN);
  for (guint i = 0; i < target->others->len; i++)
    {
      const ReportGroup *group = g_ptr_array_index (target->others, i);

      if (i < shown)
        add_group (layout, group);
      else
        hidden += group->count;
    }
  if (hidden > 0)
    {
      g_autofree char *count = model_format_count (hidden);
      g_autofree char *line
          = g_strdup_printf (ngettext ("… and %s more", "… and %s more", hidden), count);
      layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
    }
  layout_finish (layout, text);
}

/* ---- The footer ------------------------------------------------------------------------------- */

static void
append_loss (GString *line, guint64 count, const char *one, const char *many)
{
  g_autofree char *number = NULL;

  if (count == 0)
    return;
  number = model_format_count (count);
  g_string_append_printf (line, ", %s %s", number,
                          g_dngettext (GETTEXT_PACKAGE, one, many, (gulong)count));
}

static char *
describe_cost (const ReportTarget *target)
{
  const ChannelStats *stats = &target->stats;
  guint64 lost = stats->dropped + stats->overwritten + stats->torn;
  g_autofree char *events = model_format_count (stats->events);
  g_autofree char *lost_text = model_format_count (lost);
  GString *line = g_string_new (NULL);

  /* One call in 64 is timed: a program of few events may have had none. */
  if (stats->cost_ns == 0)
    g_string_append (line, _ ("inspection: too few events to measure its cost, "));
  else if (target->cpu_ns > 0)
    {
      g_autofree char *share = model_format_percent ((double)stats->cost_ns / target->cpu_ns);
      g_string_append_printf (line, _ ("inspection: %s of the program's CPU, "), share);
    }
  else
    {
      g_autofree char *cost = model_format_duration ((gint64)MIN (stats->cost_ns, G_MAXINT64));
      g_string_append_printf (line, _ ("inspection: %s of CPU, "), cost);
    }
  g_string_append_printf (line, ngettext ("%s event, ", "%s events, ", (gulong)stats->events),
                          events);
  g_string_append_printf (line, _ ("%s lost"), lost_text);
  if (lost > 0)
    {
      GString *kinds = g_string_new (NULL);

      append_loss (kinds, stats->dropped, PLURAL ("dropped", "dropped"));
      append_loss (kinds, stats->overwritten, PLURAL ("overwritten", "overwritten"));
      append_loss (kinds, stats->torn, PLURAL ("torn", "torn"));
      g_string_append_printf (line, " (%s)", kinds->str + 2);
      g_string_free (kinds, TRUE);
    }
  append_loss (line, stats->skipped, PLURAL ("operation let pass", "operations let pass"));
  append_loss (line, stats->invalid, PLURAL ("invalid record", "invalid records"));
  append_loss (line, stats->table_losses,
               PLURAL ("name or place without room", "names or places without room"));
  append_loss (line, target->model.ends_not_seen, PLURAL ("end not seen", "ends not seen"));
  append_loss (line, target->model.beyond_limit,
               PLURAL ("object beyond the inspector's memory",
                       "objects beyond the inspector's memory"));
  return g_string_free (line, FALSE);
}

static void
add_footer (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  g_autofree char *cost = describe_cost (target);

  for (guint i = 0; target->changed != NULL && target->changed[i] != NULL; i++)
    {
      g_autofree char *safe = model_format_text (target->changed[i], strlen (target->changed[i]));
      g_autofree char *line = g_strdup_printf (
          _ ("%s has changed since it was loaded: its functions are not named"), safe);
      layout_add_line (layout, 0, FALSE, line, LAYOUT_PLAIN);
    }
  if (target->lacks_debug_info && target->n_stuck > 0)
    layout_add_line (layout, 0, FALSE,
                     _ ("some lines are not known: build the program with -g to see them"),
                     LAYOUT_PLAIN);
  if (target->n_programs > 1)
    {
      g_autofree char *cut = model_format_count (target->n_replaced);
      g_autofree char *line = g_strdup_printf (
          ngettext ("the process replaced its program (exec), which cut off %s task",
                    "the process replaced its program (exec), which cut off %s tasks",
                    (gulong)target->n_replaced),
          cut);
      layout_add_line (layout, 0, FALSE, line, LAYOUT_PLAIN);
    }
  layout_add_line (layout, 0, FALSE, cost, LAYOUT_DIM);
  layout_finish (layout, text);
}

static void
add_target (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  guint shown = MIN (target->stuck->len, MAX_BOXES);
  guint hidden = target->n_stuck;

  add_summary (layout, target);
  layout_finish (layout, text);
  for (guint i = 0; i < shown; i++)
    {
      const ReportTask *task = g_ptr_array_index (target->stuck, i);

      g_string_append_c (text, '\n');
      add_box (text, task, flags, width);
      hidden -= MIN (hidden, task->n_alike);
    }
  if (hidden > 0)
    {
      g_autofree char *count = model_format_count (hidden);

      g_string_append_c (text, '\n');
      g_string_append_printf (text,
                              ngettext ("and %s more task that is stuck",
                                        "and %s more tasks that are stuck", hidden),
                              count);
      g_string_append_c (text, '\n');
    }
  if (target->n_stuck > 0)
    add_others (text, target, flags, width);
  if (target->stats.events > 0)
    {
      if (target->n_stuck > 0)
        g_string_append_c (text, '\n');
      add_footer (text, target, flags, width);
    }
}

char *
export_text (const Report *report, InspectorTextFlags flags, guint width)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < report->targets->len; i++)
    {
      if (i > 0)
        g_string_append_c (text, '\n');
      add_target (text, g_ptr_array_index (report->targets, i), flags, width);
    }
  return g_string_free (text, FALSE);
}
