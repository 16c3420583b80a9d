/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A test that hangs, as a tree from the test to what it waits for; and its causes, a line each. */

#include <stdlib.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#include "model/format.h"
#include "render/layout.h"
#include "render/text-private.h"
#include "session/session-private.h"

#define MAX_TASKS 20u
#define STEP 3u /* columns a level */
#define PLACE_COLUMN 52u

/* ---- The tree ------------------------------------------------------------------------------- */

typedef struct
{
  GString *text;
  guint depth;
  gboolean with_variables;
} Tree;

static void
add_level (Tree *tree, const char *function, const char *state, const char *place)
{
  g_autofree char *left = g_strdup_printf ("%*s-> %s%s%s", (int)(4 + tree->depth * STEP), "",
                                           function, *state != '\0' ? "   " : "", state);
  guint width = layout_text_width (left);

  g_string_append (tree->text, left);
  if (*place != '\0')
    g_string_append_printf (tree->text, "%*s(%s)",
                            width < PLACE_COLUMN ? (int)(PLACE_COLUMN - width) : 2, "", place);
  g_string_append_c (tree->text, '\n');
  tree->depth++;
}

static void
add_leaf (Tree *tree, const char *line)
{
  g_string_append_printf (tree->text, "%*s%s\n", (int)(4 + tree->depth * STEP), "", line);
}

/* The calls that led to the wait, outermost first; without a stack, where the task began. */
static void
add_calls (Tree *tree, const ReportTask *task)
{
  gboolean has_calls = FALSE;

  for (guint i = task->stack->len; i > 0; i--)
    {
      const ReportFrame *frame = g_ptr_array_index (task->stack, i - 1);

      if (task->runs && i == 1)
        continue;
      add_level (tree, frame->function, "", frame->place);
      if (tree->with_variables && frame->variables != NULL)
        add_leaf (tree, frame->variables);
      has_calls = TRUE;
    }
  if (!has_calls && *task->began_in != '\0' && !g_str_equal (task->began_in, task->current))
    add_level (tree, task->began_in, "", "");
}

static void
add_deadline (Tree *tree, const ReportTask *task, gboolean is_stuck)
{
  const ReportDeadline *deadline = &task->deadline;
  g_autofree char *distance = NULL;
  g_autofree char *line = NULL;

  if (task->runs || deadline->is_moot)
    return;
  if (!deadline->is_set)
    {
      add_leaf (tree, is_stuck && task->certainty == ANALYSIS_CERTAIN
                          ? _ ("timeout: none, it will wait for ever")
                          : _ ("timeout: none is known"));
      return;
    }
  distance = model_format_duration (ABS (deadline->in_ns));
  line = g_strdup_printf (
      deadline->in_ns >= 0 ? _ ("timeout: in %s") : _ ("timeout: overdue by %s"), distance);
  add_leaf (tree, line);
}

static void
add_socket (Tree *tree, const ReportTask *task)
{
  for (guint i = 0; i < task->steps->len; i++)
    {
      const ReportStep *step = g_ptr_array_index (task->steps, i);
      const ReportSocket *socket = step->socket;
      g_autofree char *line = NULL;

      if (step->state != REPORT_STEP_WAITING || socket == NULL)
        continue;
      line = g_strdup_printf ("%s %s -> %s  %s", socket->kind, socket->local, socket->peer,
                              socket->state);
      add_leaf (tree, line);
      return;
    }
}

static void
add_values (Tree *tree, const ReportTask *task)
{
  for (guint i = 0; i < MIN (task->values->len, EXPORT_TEXT_MAX_VALUES); i++)
    {
      g_autofree char *line = export_text_dup_value (task->values->pdata[i]);

      add_leaf (tree, line);
    }
}

/* From its beginning to what it waits for. @state: for how long */
static void
add_chain (Tree *tree, const ReportTask *task, const char *state)
{
  add_calls (tree, task);
  add_level (tree, *task->current != '\0' ? task->current : task->name, state, task->place);
  if (tree->with_variables && task->variables != NULL)
    add_leaf (tree, task->variables);
  add_values (tree, task);
  if (!task->runs)
    add_leaf (tree, task->waits_for);
  if (task->behind != NULL)
    add_leaf (tree, task->behind);
}

static void
add_alike (Tree *tree, const ReportTask *task)
{
  if (task->n_alike > 1)
    {
      g_autofree char *alike = g_strdup_printf (
          ngettext ("and %u more like it", "and %u more like it", task->n_alike - 1),
          task->n_alike - 1);

      add_leaf (tree, alike);
    }
}

static void
add_task (GString *text, const ReportTask *task, gboolean is_stuck)
{
  Tree tree = { .text = text };
  g_autofree char *duration = model_format_duration (task->waiting_ns);
  g_autofree char *state = g_strdup_printf (task->runs ? _ ("RUNS FOR %s")
                                            : is_stuck ? _ ("BLOCKED %s")
                                                       : _ ("pending for %s"),
                                            duration);

  add_chain (&tree, task, state);
  add_socket (&tree, task);
  add_deadline (&tree, task, is_stuck);
  add_alike (&tree, task);
  if (task->suggestion != NULL)
    g_string_append_printf (text, _ ("Suggestion: %s\n"), task->suggestion);
}

void
export_text_add_tree (GString *text, const ReportTask *task)
{
  Tree tree = { .text = text, .with_variables = TRUE };

  add_chain (&tree, task, "");
  if (task->deadline.is_set)
    add_deadline (&tree, task, FALSE);
  add_alike (&tree, task);
}

static void
add_target (GString *text, const ReportTarget *target, InspectorTextFlags flags, guint width)
{
  guint shown = 0;

  for (guint i = 0; i < target->findings->len; i++)
    {
      const Finding *finding = g_ptr_array_index (target->findings, i);

      if (finding->is_pending)
        export_text_add_finding (text, finding, flags, width);
    }
  for (guint i = 0; i < target->stuck->len && shown < MAX_TASKS; i++)
    {
      const ReportTask *task = g_ptr_array_index (target->stuck, i);

      if (export_text_is_explained (target, task))
        continue;
      add_task (text, task, TRUE);
      shown++;
    }
}

/* What every loop has, whatever the program waits for. */
static gboolean
is_of_any_loop (const ReportGroup *group)
{
  static const char *const rules[] = { "watching", "loop-phase", NULL };

  return group->rule != NULL && g_strv_contains (rules, group->rule->id);
}

static guint
add_groups (GString *text, const ReportTarget *target, gboolean of_any_loop)
{
  guint shown = 0;

  for (guint i = 0; i < target->others->len && shown < MAX_TASKS; i++)
    {
      const ReportGroup *group = g_ptr_array_index (target->others, i);
      Tree tree = { .text = text };
      g_autofree char *duration = model_format_duration (group->oldest_ns);
      g_autofree char *state = g_strdup_printf (_ ("pending for %s"), duration);

      if (group->rule == NULL || is_of_any_loop (group) != of_any_loop)
        continue;
      add_level (&tree, group->name, state, group->place != NULL ? group->place : "");
      add_leaf (&tree, group->waits_for);
      shown++;
    }
  return shown;
}

/* Where nothing is stuck by the rules, what should end one day; and only where there is none of that
 * either, what waits by design. */
static void
add_pending (GString *text, const ReportTarget *target)
{
  for (guint i = 0; i < target->pending->len; i++)
    add_task (text, g_ptr_array_index (target->pending, i), FALSE);
  if (target->pending->len == 0 && add_groups (text, target, FALSE) == 0)
    add_groups (text, target, TRUE);
}

/* As the program's own stack has it. */
static const char *
find_case (const GPtrArray *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    if (((const ReportTask *)tasks->pdata[i])->test_case != NULL)
      return ((const ReportTask *)tasks->pdata[i])->test_case;
  return NULL;
}

static const char *
find_case_of_target (const ReportTarget *target)
{
  const char *name = find_case (target->stuck);

  return name != NULL ? name : find_case (target->pending);
}

static const char *
find_case_of_report (const Report *report)
{
  const char *name = NULL;

  for (guint i = 0; i < report->targets->len && name == NULL; i++)
    name = find_case_of_target (g_ptr_array_index (report->targets, i));
  return name;
}

/* Where a program of the tests is known to run a case, what the one waits for that runs the tests says nothing. */
static void
add_pending_of_all (GString *text, const Report *report)
{
  gboolean has_case = find_case_of_report (report) != NULL;

  for (guint i = 0; i < report->targets->len; i++)
    if (!has_case || find_case_of_target (report->targets->pdata[i]) != NULL)
      add_pending (text, report->targets->pdata[i]);
}

char *
inspector_report_to_hang_text (InspectorReport *report, const char *case_name,
                               InspectorTextFlags flags, guint width)
{
  const Report *said = inspector_report_peek (report);
  GString *text = g_string_new (_ ("Found test stuck at:\n"));
  gsize head;

  if (case_name == NULL)
    case_name = find_case_of_report (said);
  if (case_name != NULL)
    g_string_append_printf (text, "  %s\n", case_name);
  head = text->len;
  for (guint i = 0; i < said->targets->len; i++)
    add_target (text, g_ptr_array_index (said->targets, i), flags, width);
  if (text->len == head)
    {
      g_string_append (text,
                       _ ("  nothing has been stuck for long by the rules; what is pending:\n"));
      add_pending_of_all (text, said);
    }
  return g_string_free (text, FALSE);
}

gboolean
inspector_report_has_findings (InspectorReport *report)
{
  const Report *said = inspector_report_peek (report);

  for (guint i = 0; i < said->targets->len; i++)
    if (((ReportTarget *)g_ptr_array_index (said->targets, i))->findings->len > 0)
      return TRUE;
  return FALSE;
}

/* ---- Causes --------------------------------------------------------------------------------- */

static void
cause_free (gpointer data)
{
  InspectorReportCause *cause = data;

  g_free (cause->message);
  g_free (cause->file);
  g_free (cause);
}

/* "client.c:77" to its parts; "app" is no file. */
static void
set_place (InspectorReportCause *cause, const char *where)
{
  const char *colon = where != NULL ? strrchr (where, ':') : NULL;

  if (colon == NULL)
    return;
  cause->line = (guint)strtoul (colon + 1, NULL, 10);
  cause->file = g_strndup (where, (gsize)(colon - where));
}

static void
add_finding_cause (GPtrArray *causes, const Finding *finding)
{
  InspectorReportCause *cause = g_new0 (InspectorReportCause, 1);

  cause->message = g_strdup (finding->title);
  /* That something is held up is certain of this moment, and may be over in the next. */
  cause->is_proof = finding->certainty == ANALYSIS_CERTAIN && !finding->has_deadline &&
                    finding->kind != FINDING_BLOCKED;
  set_place (cause, finding->change.where);
  g_ptr_array_add (causes, cause);
}

static void
add_task_cause (GPtrArray *causes, const ReportTask *task)
{
  InspectorReportCause *cause = g_new0 (InspectorReportCause, 1);
  g_autofree char *duration = model_format_duration (task->waiting_ns);

  cause->message = g_strdup_printf (_ ("waits for %s, %s, %s at %s"), task->waits_for, duration,
                                    task->name, *task->place != '\0' ? task->place : "?");
  set_place (cause, task->place);
  g_ptr_array_add (causes, cause);
}

GPtrArray *
inspector_report_get_causes (InspectorReport *report)
{
  const Report *said = inspector_report_peek (report);
  GPtrArray *causes = g_ptr_array_new_with_free_func (cause_free);

  for (guint t = 0; t < said->targets->len; t++)
    {
      const ReportTarget *target = g_ptr_array_index (said->targets, t);

      for (guint i = 0; i < target->findings->len; i++)
        if (((Finding *)target->findings->pdata[i])->is_pending)
          add_finding_cause (causes, target->findings->pdata[i]);
      for (guint i = 0; i < target->stuck->len; i++)
        if (!export_text_is_explained (target, target->stuck->pdata[i]))
          add_task_cause (causes, target->stuck->pdata[i]);
    }
  return causes;
}
