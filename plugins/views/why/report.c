/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "report.h"

#include <glib/gi18n-lib.h>

#include <inspector.h>

#define MAX_STUCK 12
#define MAX_EVIDENCE 8
#define MAX_STEPS 8

/* ---- JSON, which is read as it comes ---------------------------------------------------------- */

static JsonNode *
get_member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_TYPE (node) == type ? node : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_VALUE);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL ? text : "";
}

static gint64
get_number (JsonObject *object, const char *name, gint64 fallback)
{
  JsonNode *node = get_member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node)
                                                                         : fallback;
}

static gboolean
is_true (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_OBJECT);

  return node != NULL ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_ARRAY);

  return node != NULL ? json_node_get_array (node) : NULL;
}

static guint
get_length (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

/* An element that is no object is none. */
static JsonObject *
get_element (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_targets (JsonNode *report)
{
  return report != NULL && JSON_NODE_HOLDS_OBJECT (report)
             ? get_array (json_node_get_object (report), "targets")
             : NULL;
}

static void
add_suggestion (JsonObject *object, guint depth, GPtrArray *lines)
{
  const char *text = get_text (object, "suggestion");

  if (*text != '\0')
    why_lines_add (lines, WHY_SUGGESTION, depth, g_strdup (text));
}

static gboolean
is_inferred (JsonObject *object)
{
  return g_str_equal (get_text (object, "certainty"), "inferred");
}

/* Whatever was lost may have been the end of what seems to be stuck. */
static gboolean
has_lost (JsonObject *target)
{
  static const char *const losses[] = { "dropped", "overwritten", "torn", "table_losses" };
  JsonObject *inspection = get_object (target, "inspection");

  for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
    if (get_number (inspection, losses[i], 0) > 0)
      return TRUE;
  return FALSE;
}

/* ---- Findings ----------------------------------------------------------------------------------- */

/* "fetch_posts at request.c:88" */
static char *
dup_place (JsonObject *place)
{
  const char *function = get_text (place, "function");
  const char *where = get_text (place, "place");

  if (*function == '\0' || *where == '\0')
    return g_strdup (*where != '\0' ? where : function);
  return g_strdup_printf (_ ("%s at %s"), function, where);
}

static gboolean
is_about (JsonObject *finding, guint64 number)
{
  JsonArray *evidence = get_array (finding, "evidence");

  for (guint i = 0; i < get_length (evidence); i++)
    if ((guint64)get_number (get_element (evidence, i), "task", 0) == number)
      return TRUE;
  return FALSE;
}

static void
add_evidence (JsonObject *finding, GPtrArray *lines)
{
  JsonArray *evidence = get_array (finding, "evidence");
  gint64 n_hidden = get_number (finding, "evidence_hidden", 0);

  for (guint i = 0; i < get_length (evidence); i++)
    {
      JsonObject *piece = get_element (evidence, i);
      JsonObject *wants = get_object (piece, "wants");
      g_autofree char *place = NULL;
      WhyLine *line;

      if (i >= MAX_EVIDENCE)
        {
          n_hidden += get_length (evidence) - i;
          break;
        }
      line = why_lines_add (lines, WHY_FACT, 1, g_strdup (get_text (piece, "sentence")));
      place = dup_place (get_object (wants, "at"));
      why_line_set_place (line, place);
      line->task = (guint64)get_number (piece, "task", 0);
    }
  if (n_hidden > 0)
    {
      g_autofree char *count = inspector_format_count ((guint64)n_hidden);

      why_lines_add (lines, WHY_NOTE, 1, g_strdup_printf (_ ("and %s more"), count));
    }
}

static void
add_finding (JsonObject *finding, GPtrArray *lines)
{
  const char *detail = get_text (finding, "detail");
  gint64 deadline_ns = get_number (finding, "deadline_in_ns", -1);
  g_autofree char *place = dup_place (get_object (finding, "change"));
  WhyLine *line = why_lines_add (lines, WHY_WRONG, 0, g_strdup (get_text (finding, "title")));

  line->is_inferred = is_inferred (finding);
  line->is_cycle = g_str_equal (get_text (finding, "kind"), "deadlock");
  why_line_set_age (line, get_number (finding, "since_ns", -1));
  why_line_set_place (line, place);
  if (*detail != '\0')
    why_lines_add (lines, WHY_FACT, 1, g_strdup (detail));
  if (deadline_ns >= 0)
    {
      g_autofree char *duration = inspector_format_duration (deadline_ns);

      why_lines_add (lines, WHY_FACT, 1, g_strdup_printf (_ ("a timeout ends it in %s"), duration));
    }
  add_evidence (finding, lines);
  add_suggestion (finding, 1, lines);
}

/* @number: of the task that they are about; 0: any. What holds now comes before what has been. */
static gboolean
add_findings (JsonArray *targets, guint64 number, gboolean is_pending, GPtrArray *lines)
{
  gboolean any = FALSE;

  for (guint i = 0; i < get_length (targets); i++)
    {
      JsonArray *findings = get_array (get_element (targets, i), "findings");

      for (guint j = 0; j < get_length (findings); j++)
        {
          JsonObject *finding = get_element (findings, j);

          if (finding == NULL || is_true (finding, "pending") != is_pending ||
              (number != 0 && !is_about (finding, number)))
            continue;
          if (!any)
            why_lines_add (
                lines, WHY_SECTION, 0,
                g_strdup (is_pending ? _ ("What is wrong") : _ ("What was noticed before")));
          any = TRUE;
          add_finding (finding, lines);
        }
    }
  return any;
}

/* ---- Tasks that are stuck ----------------------------------------------------------------------- */

static void
add_deadline (JsonObject *task, guint depth, GPtrArray *lines)
{
  JsonObject *deadline = get_object (task, "deadline");
  gint64 in_ns = get_number (deadline, "in_ns", 0);
  g_autofree char *duration = inspector_format_duration (ABS (in_ns));

  if (deadline == NULL)
    return;
  why_line_set_place (
      why_lines_add (
          lines, WHY_FACT, depth,
          g_strdup_printf (in_ns >= 0 ? _ ("times out in %s") : _ ("its timeout is overdue by %s"),
                           duration)),
      get_text (deadline, "place"));
}

static void
add_socket (JsonObject *socket, guint depth, GPtrArray *lines)
{
  if (socket == NULL)
    return;
  why_lines_add_socket (lines, depth, get_text (socket, "kind"), get_text (socket, "local"),
                        get_text (socket, "peer"), get_text (socket, "state"),
                        (guint64)MAX (get_number (socket, "send_queue_bytes", 0), 0),
                        (guint64)MAX (get_number (socket, "receive_queue_bytes", 0), 0),
                        get_text (socket, "peer_command"));
}

static void
add_steps (JsonObject *task, guint depth, GPtrArray *lines)
{
  static const struct
  {
    const char *state, *name;
  } states[] = {
    { "done", N_ ("done") },
    { "waiting", N_ ("waiting") },
    { "not-yet", N_ ("not yet") },
  };
  JsonArray *steps = get_array (task, "steps");
  guint first = get_length (steps) > MAX_STEPS ? get_length (steps) - MAX_STEPS : 0;

  for (guint i = 0; i < get_length (steps); i++)
    {
      JsonObject *step = get_element (steps, i);

      add_socket (get_object (step, "socket"), depth, lines);
    }
  if (get_length (steps) < 2)
    return;
  why_lines_add (lines, WHY_SECTION, 0, g_strdup (_ ("Its steps")));
  for (guint i = first; i < get_length (steps); i++)
    for (guint j = 0; j < G_N_ELEMENTS (states); j++)
      {
        JsonObject *step = get_element (steps, i);
        WhyLine *line;

        if (!g_str_equal (get_text (step, "state"), states[j].state))
          continue;
        line = why_lines_add (lines, WHY_FACT, 0,
                              g_strdup_printf ("%s: %s %s", _ (states[j].name),
                                               get_text (step, "function"),
                                               get_text (step, "waits_for")));
        why_line_set_age (line, get_number (step, "duration_ns", -1));
        why_line_set_place (line, get_text (step, "place"));
        /* What comes next is known from other tasks. */
        line->is_inferred = g_str_equal (states[j].state, "not-yet");
      }
}

static void
add_stuck (JsonObject *task, GPtrArray *lines)
{
  const char *behind = get_text (task, "behind");
  WhyLine *line = why_lines_add (lines, WHY_WRONG, 0, g_strdup (get_text (task, "reason")));

  line->is_inferred = is_inferred (task);
  why_line_set_age (line, get_number (task, "waiting_ns", -1));
  why_line_set_place (line, get_text (task, "place"));
  if (*behind != '\0')
    why_lines_add (lines, WHY_FACT, 1, g_strdup (behind));
  add_deadline (task, 1, lines);
  add_suggestion (task, 1, lines);
  add_steps (task, 1, lines);
}

static JsonObject *
find_stuck (JsonArray *targets, guint64 number, gboolean *ret_has_lost)
{
  for (guint i = 0; i < get_length (targets); i++)
    {
      JsonArray *stuck = get_array (get_element (targets, i), "stuck");

      for (guint j = 0; j < get_length (stuck); j++)
        if ((guint64)get_number (get_element (stuck, j), "number", 0) == number)
          {
            *ret_has_lost = has_lost (get_element (targets, i));
            return get_element (stuck, j);
          }
    }
  return NULL;
}

gboolean
why_report_add_task (JsonNode *report, guint64 number, GPtrArray *lines)
{
  JsonArray *targets = get_targets (report);
  gboolean any = FALSE, may_have_ended = FALSE;
  JsonObject *stuck = number != 0 ? find_stuck (targets, number, &may_have_ended) : NULL;

  if (number == 0)
    return FALSE;
  if (stuck != NULL)
    {
      why_lines_add (
          lines, WHY_SECTION, 0,
          g_strdup (may_have_ended ? _ ("It is stuck, or its end was lost") : _ ("It is stuck")));
      add_stuck (stuck, lines);
      any = TRUE;
    }
  any |= add_findings (targets, number, TRUE, lines);
  any |= add_findings (targets, number, FALSE, lines);
  return any;
}

/* ---- The session -------------------------------------------------------------------------------- */

/* As all views call it: by its program, else by the function that began it. Reports call it by the one it is in. */
static const char *
get_task_name (JsonObject *task)
{
  const char *began_in = get_text (task, "began_in");

  return is_true (task, "named_by_program") || *began_in == '\0' ? get_text (task, "name")
                                                                 : began_in;
}

static void
add_stuck_line (JsonObject *task, GPtrArray *lines)
{
  gint64 alike = get_number (task, "alike", 1);
  gint64 number = get_number (task, "number", 0);
  g_autofree char *name =
      g_strdup_printf ("#%" G_GINT64_FORMAT " %s", number, get_task_name (task));
  g_autofree char *count = inspector_format_count ((guint64)MAX (alike - 1, 0));
  WhyLine *line = why_lines_add (lines, WHY_TASK, 0, NULL);

  line->text = alike > 1 ? g_strdup_printf (_ ("%s, and %s more at the same place"), name, count)
                         : g_strdup (name);
  line->task = (guint64)number;
  line = why_lines_add (lines, WHY_WAIT, 1, g_strdup (get_text (task, "waits_for")));
  line->is_inferred = is_inferred (task);
  why_line_set_age (line, get_number (task, "waiting_ns", -1));
  why_line_set_place (line, get_text (task, "place"));
  why_lines_add (lines, WHY_FACT, 1, g_strdup (get_text (task, "reason")));
  add_suggestion (task, 1, lines);
}

static gboolean
add_all_stuck (JsonArray *targets, GPtrArray *lines)
{
  guint n = 0;

  for (guint i = 0; i < get_length (targets); i++)
    {
      JsonArray *stuck = get_array (get_element (targets, i), "stuck");

      for (guint j = 0; j < get_length (stuck); j++)
        {
          if (n++ == 0)
            why_lines_add (lines, WHY_SECTION, 0,
                           g_strdup (has_lost (get_element (targets, i))
                                         ? _ ("What is stuck, or had an end that was lost")
                                         : _ ("What is stuck")));
          if (n <= MAX_STUCK)
            add_stuck_line (get_element (stuck, j), lines);
        }
    }
  if (n > MAX_STUCK)
    why_lines_add (
        lines, WHY_NOTE, 0,
        g_strdup_printf (ngettext ("and %u more place", "and %u more places", n - MAX_STUCK),
                         n - MAX_STUCK));
  return n > 0;
}

gboolean
why_report_add_session (JsonNode *report, GPtrArray *lines)
{
  JsonArray *targets = get_targets (report);
  gboolean any = add_findings (targets, 0, TRUE, lines);

  any |= add_all_stuck (targets, lines);
  add_findings (targets, 0, FALSE, lines);
  return any;
}
