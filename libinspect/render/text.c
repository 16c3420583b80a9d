/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The report as text: a summary of each target, the boxes of what is stuck, one line for each kind
 * of what is not. */

#include "config.h"

#include "render/text-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "render/layout.h"

#define MAX_BOXES 10
#define MAX_GROUPS 10
#define MAX_QUIET_NAMES 3

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

  if (target->core != NULL && target->core_signal != 0)
    return g_strdup_printf (_ ("as signal %d (%s) has left it in %s"), target->core_signal,
                            g_strsignal (target->core_signal), target->core);
  if (target->core != NULL)
    return g_strdup_printf (_ ("as it was left in %s"), target->core);
  if (target->state != INSPECTOR_TARGET_ENDED)
    return g_strdup_printf (
        target->is_attached ? _ ("%s after attaching to it") : _ ("%s after its start"), duration);
  if (!target->status_is_known)
    return g_strdup_printf (target->is_attached ? _ ("when it ended, %s after attaching to it")
                                                : _ ("when it ended after %s"),
                            duration);
  if (target->exit_signal != 0)
    return g_strdup_printf (_ ("when it was ended by signal %d (%s) after %s"), target->exit_signal,
                            g_strsignal (target->exit_signal), duration);
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

/* " (2 listen, 3 timers), 1 running" */
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

          if (!group->is_process && group->rule != NULL &&
              g_str_equal (group->rule->id, rest_words[i].rule))
            count += group->count;
        }
      if (count == 0)
        continue;
      g_string_append (text, text->len > 0 ? ", " : " (");
      append_count (text, rest_words[i].one, rest_words[i].many, count);
    }
  if (text->len > 0)
    g_string_append_c (text, ')');
  if (target->n_running > 0)
    g_string_append_printf (text, ngettext (", %u running", ", %u running", target->n_running),
                            target->n_running);
  /* What runs besides, and is none of its tasks. */
  if (target->n_processes > 0)
    g_string_append_printf (text,
                            ngettext ("; %u process that is waited for",
                                      "; %u processes that are waited for", target->n_processes),
                            target->n_processes);
  return g_string_free (text, FALSE);
}

static char *
describe_tasks (const ReportTarget *target, const char *rest)
{
  g_autofree char *tasks = model_format_count (target->n_tasks);

  return g_strdup_printf (ngettext ("%s task, %u waiting, %u at rest%s",
                                    "%s tasks, %u waiting, %u at rest%s", target->n_tasks),
                          tasks, target->n_waiting, target->n_resting, rest);
}

static char *
describe_problems (const ReportTarget *target, guint n_found, const char *rest)
{
  g_autofree char *problems =
      g_strdup_printf (ngettext ("%u problem", "%u problems", n_found), n_found);
  g_autofree char *tasks = describe_tasks (target, rest);

  return g_strdup_printf ("%s; %s", problems, tasks);
}

static char *
describe_health (const ReportTarget *target)
{
  g_autofree char *tasks = model_format_count (target->n_tasks);
  g_autofree char *rest = describe_rest (target);
  gboolean has_ended = target->state == INSPECTOR_TARGET_ENDED;
  guint n_found = 0;

  for (guint i = 0; i < target->findings->len; i++)
    n_found += ((const Finding *)g_ptr_array_index (target->findings, i))->is_pending;
  if (n_found > 0)
    return describe_problems (target, n_found, rest);
  if (target->core != NULL)
    return describe_tasks (target, rest);
  if (target->n_tasks == 0)
    return g_strdup (has_ended ? _ ("nothing was pending") : _ ("nothing is pending"));
  if (has_ended)
    return g_strdup_printf (
        ngettext ("nothing was stuck, %s task was pending: %u waiting, %u at rest%s",
                  "nothing was stuck, %s tasks were pending: %u waiting, %u at rest%s",
                  target->n_tasks),
        tasks, target->n_waiting, target->n_resting, rest);
  return g_strdup_printf (ngettext ("nothing is stuck: %s task, %u waiting, %u at rest%s",
                                    "nothing is stuck: %s tasks, %u waiting, %u at rest%s",
                                    target->n_tasks),
                          tasks, target->n_waiting, target->n_resting, rest);
}

/* Whatever was lost may have been the end of a wait. */
static char *
describe_stuck (const ReportTarget *target)
{
  guint64 n_lost = report_count_losses (&target->stats);
  gboolean has_ended = target->state == INSPECTOR_TARGET_ENDED;
  g_autofree char *count = model_format_count (target->n_stuck);
  g_autofree char *lost = model_format_count (n_lost);

  if (n_lost == 0)
    return g_strdup_printf (
        has_ended ? ngettext ("%s task was stuck", "%s tasks were stuck", target->n_stuck)
                  : ngettext ("%s task is stuck", "%s tasks are stuck", target->n_stuck),
        count);
  return g_strdup_printf (
      has_ended ? ngettext ("%s task was stuck, or its end was among the %s events that were lost",
                            "%s tasks were stuck, or their ends were among the %s events that were "
                            "lost",
                            target->n_stuck)
                : ngettext ("%s task is stuck, or its end was among the %s events that were lost",
                            "%s tasks are stuck, or their ends were among the %s events that were "
                            "lost",
                            target->n_stuck),
      count, lost);
}

char *
export_text_dup_standing (gint64 stands_ns)
{
  g_autofree char *duration = model_format_duration (stands_ns);

  return g_strdup_printf (
      _ ("it has stood at a breakpoint for %s: what waits meanwhile is not held against it"),
      duration);
}

static void
add_summary (Layout *layout, const ReportTarget *target)
{
  g_autofree char *who = describe_target (target);
  g_autofree char *when = describe_time (target);
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;

  if (target->refusal != NULL)
    what = g_strdup_printf (_ ("it cannot be inspected: %s"), target->refusal);
  else if (target->stats.events == 0 && target->n_tasks == 0 && target->runtimes[0] == NULL)
    what = g_strdup (_ ("nothing was seen of it: it uses no runtime that could be followed"));
  else if (target->n_stuck == 0)
    what = describe_health (target);
  else
    what = describe_stuck (target);
  line = g_strdup_printf (_ ("async-inspect: %s, %s: %s"), who, when, what);
  layout_add_line (layout, 0, FALSE, line, target->n_stuck > 0 ? LAYOUT_BOLD : LAYOUT_PLAIN);
  if (target->stands_ns > 0)
    {
      g_autofree char *standing = export_text_dup_standing (target->stands_ns);

      layout_add_line (layout, 2, FALSE, standing, LAYOUT_PLAIN);
    }
  else if (target->is_stopped)
    layout_add_line (layout, 2, FALSE,
                     _ ("the process is stopped, by a signal or a debugger: nothing can go on"),
                     LAYOUT_ALERT);
  for (guint i = 0; i < target->ran->len; i++)
    {
      g_autofree char *ran = report_ran_dup_text (target->ran->pdata[i]);

      layout_add_line (layout, 2, FALSE, ran, LAYOUT_PLAIN);
    }
}

static void
add_group (Layout *layout, const ReportGroup *group)
{
  g_autofree char *duration = model_format_duration (group->oldest_ns);
  g_autofree char *count = model_format_count (group->count);
  g_autofree char *times = g_strdup_printf ("%s ×", count);
  g_autofree char *label = NULL;

  if (group->rule == NULL)
    label = g_strdup (group->runs       ? _ ("runs")
                      : group->is_ready ? _ ("ready")
                                        : _ ("waits for nothing that is known"));
  else if (group->is_held_up)
    label = g_strdup_printf ("%s   (%s)", group->waits_for,
                             group->culprit != NULL ? group->culprit : _ (group->rule->phrase));
  else
    label = g_strdup (group->waits_for);
  layout_add_row (layout, 2, (const char *[]){ times, group->name, duration, NULL, label },
                  LAYOUT_PLAIN);
  if (group->behind != NULL)
    layout_add_line (layout, 7, FALSE, group->behind, LAYOUT_PLAIN);
}

static const char *
get_heading (const ReportTarget *target, const ReportGroup *first)
{
  if (first->is_process)
    return _ ("Processes that are waited for:");
  if (target->n_stuck == 0)
    return _ ("Tasks, with their oldest wait:");
  return target->state == INSPECTOR_TARGET_ENDED ? _ ("Also pending, with their oldest wait:")
                                                 : _ ("Other tasks, with their oldest wait:");
}

static void
add_more (Layout *layout, guint hidden)
{
  g_autofree char *count = model_format_count (hidden);
  g_autofree char *line = NULL;

  if (hidden == 0)
    return;
  line = g_strdup_printf (ngettext ("… and %s more", "… and %s more", hidden), count);
  layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
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
  for (guint i = 0; i < target->others->len; i++)
    {
      const ReportGroup *group = g_ptr_array_index (target->others, i);
      const ReportGroup *before = i > 0 ? target->others->pdata[i - 1] : NULL;

      if (i < shown && (before == NULL || before->is_process != group->is_process))
        layout_add_line (layout, 0, FALSE, get_heading (target, group), LAYOUT_PLAIN);
      if (i < shown)
        add_group (layout, group);
      else
        hidden += group->count;
    }
  add_more (layout, hidden);
  layout_finish (layout, text);
}

static void
add_held (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  Layout *layout;

  if (target->held->len == 0)
    return;
  g_string_append_c (text, '\n');
  layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  layout_add_line (layout, 0, FALSE, _ ("Locks that are held, and that nobody waits for:"),
                   LAYOUT_PLAIN);
  for (guint i = 0; i < target->held->len; i++)
    {
      const ReportHeld *held = target->held->pdata[i];
      const ReportHeld *before = i > 0 ? target->held->pdata[i - 1] : NULL;
      g_autofree char *holder = report_held_dup_holder (held);
      g_autofree char *line = report_held_dup_text (held);

      if (before == NULL || before->task != held->task)
        layout_add_line (layout, 2, FALSE, holder, LAYOUT_PLAIN);
      layout_add_line (layout, 7, FALSE, line, LAYOUT_PLAIN);
    }
  add_more (layout, target->n_held - target->held->len);
  layout_finish (layout, text);
}

static void
add_findings (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  for (guint i = 0; i < target->findings->len; i++)
    {
      g_string_append_c (text, '\n');
      export_text_add_finding (text, g_ptr_array_index (target->findings, i), flags, width);
    }
}

/* Of a core file, which has no time: nothing in it is stuck for long enough to say so. */
static void
add_core (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  Layout *layout;

  for (guint i = 0; i < target->pending->len; i++)
    {
      g_string_append_c (text, '\n');
      export_text_add_tree (text, target->pending->pdata[i]);
    }
  if (target->n_tasks > 0)
    g_string_append_printf (text, "\n%s\n",
                            _ ("For how long they have waited is in no core file."));
  if (target->remark == NULL)
    return;
  layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  layout_add_line (layout, 0, FALSE, target->remark, LAYOUT_PLAIN);
  layout_finish (layout, text);
}

/* @is_asked: somebody wants to know, and nothing that is stuck may be just what he does not believe */
static void
add_target (GString *text, const ReportTarget *target, gboolean is_asked, InspectorTextFlags flags,
            guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  guint shown = 0;
  guint hidden = target->n_stuck;

  add_summary (layout, target);
  layout_finish (layout, text);
  add_findings (text, target, flags, width);
  for (guint i = 0; i < target->stuck->len; i++)
    {
      const ReportTask *task = g_ptr_array_index (target->stuck, i);
      gboolean is_told = export_text_is_explained (target, task);

      if (!is_told && shown == MAX_BOXES)
        continue;
      if (!is_told)
        {
          shown++;
          g_string_append_c (text, '\n');
          export_text_add_box (text, task, flags, width);
        }
      hidden -= MIN (hidden, task->n_alike);
    }
  if (hidden > 0)
    {
      g_autofree char *count = model_format_count (hidden);

      g_string_append_c (text, '\n');
      g_string_append_printf (
          text,
          ngettext ("and %s more task that is stuck", "and %s more tasks that are stuck", hidden),
          count);
      g_string_append_c (text, '\n');
    }
  is_asked = is_asked && target->state != INSPECTOR_TARGET_ENDED;
  if ((target->n_stuck > 0 || is_asked) && target->core == NULL)
    {
      add_others (text, target, flags, width);
      add_held (text, target, flags, width);
    }
  if (target->core != NULL)
    add_core (text, target, flags, width);
  else if (target->stats.events > 0)
    {
      if (target->n_stuck > 0 || target->findings->len > 0 || (is_asked && target->others->len > 0))
        g_string_append_c (text, '\n');
      export_text_add_footer (text, target, flags, width);
    }
}

/* ---- What can be said in one line ------------------------------------------------------------- */

/* Nothing is stuck in it, and nothing is amiss with its inspection. */
static gboolean
is_quiet (const ReportTarget *target)
{
  const ChannelStats *stats = &target->stats;

  return target->n_stuck == 0 && target->findings->len == 0 && target->refusal == NULL &&
         target->remark == NULL && target->ran->len == 0 && !stats->silent &&
         stats->dropped + stats->overwritten + stats->torn + stats->invalid == 0;
}

static char *
dup_short_name (const ReportTarget *target)
{
  g_autofree char *word = g_strndup (target->command, strcspn (target->command, " "));
  g_autofree char *base = g_path_get_basename (*word != '\0' ? word : "?");

  return g_strdup_printf (_ ("%s (pid %d)"), base, target->pid);
}

static void
add_quiet (GString *text, GPtrArray *quiet, InspectorTextFlags flags, guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *count = model_format_count (quiet->len);
  g_autofree char *events = NULL;
  g_autofree char *line = NULL;
  guint64 n_events = 0;

  for (guint i = 0; i < quiet->len; i++)
    {
      const ReportTarget *target = g_ptr_array_index (quiet, i);
      g_autofree char *name = dup_short_name (target);

      n_events += target->stats.events;
      if (i < MAX_QUIET_NAMES)
        g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
      else if (i == MAX_QUIET_NAMES)
        g_string_append (names, ", …");
    }
  events = model_format_count (n_events);
  line = g_strdup_printf (ngettext ("nothing is stuck in %s other process: %s; %s events, 0 lost",
                                    "nothing is stuck in %s other processes: %s; %s events, 0 lost",
                                    quiet->len),
                          count, names->str, events);
  layout_add_line (layout, 0, FALSE, line, LAYOUT_DIM);
  layout_finish (layout, text);
}

/* The program itself is always spoken of, unless what is stuck is in another process. */
char *
export_text (const Report *report, InspectorTextFlags flags, guint width)
{
  g_autoptr (GPtrArray) quiet = g_ptr_array_new ();
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < report->targets->len; i++)
    {
      ReportTarget *target = g_ptr_array_index (report->targets, i);

      if (is_quiet (target) && (i > 0 || report->n_stuck > 0))
        {
          g_ptr_array_add (quiet, target);
          continue;
        }
      if (text->len > 0)
        g_string_append_c (text, '\n');
      add_target (text, target,
                  report->reason == INSPECTOR_REPORT_ASKED ||
                      report->reason == INSPECTOR_REPORT_INTERRUPTED,
                  flags, width);
    }
  if (quiet->len > 0)
    add_quiet (text, quiet, flags, width);
  return g_string_free (text, FALSE);
}
