/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "faults.h"

#include <string.h>

#define OPTIONS "--stuck-after 500ms"

static void
run_program (RunResult *result, const char *name)
{
  g_autofree char *program = run_app (name);

  run_json (result, OPTIONS, PROGRAM (program));
  g_test_message ("%s", result->report_text);
}

static const char *
text_of (JsonObject *object, const char *member)
{
  return json_object_get_string_member_with_default (object, member, "");
}

static gboolean
is_said (JsonObject *object, const char *member, const char *part)
{
  return part == NULL || strstr (text_of (object, member), part) != NULL;
}

static char *
place_of_label (const char *program, const char *label)
{
  g_autofree char *base = g_path_get_basename (program);
  g_autofree char *source = g_strconcat (program, ".c", NULL);

  return g_strdup_printf ("%s.c:%u", base, run_label_line (source, label));
}

static gboolean
is_at (const char *program, JsonObject *at, const char *label)
{
  g_autofree char *place = label != NULL ? place_of_label (program, label) : NULL;

  return label == NULL || g_str_equal (text_of (at, "place"), place);
}

static gboolean
is_thing (const char *program, JsonObject *evidence, const char *member, const FaultThing *thing)
{
  JsonNode *node = json_object_get_member (evidence, member);
  JsonObject *object, *at;

  if (thing->kind == NULL && thing->name == NULL && thing->function == NULL && thing->label == NULL)
    return TRUE;
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  object = json_node_get_object (node);
  at = json_object_get_object_member (object, "at");
  return (thing->kind == NULL || g_str_equal (text_of (object, "kind"), thing->kind)) &&
         is_said (object, "name", thing->name) &&
         (thing->function == NULL || g_str_equal (text_of (at, "function"), thing->function)) &&
         is_at (program, at, thing->label);
}

static gboolean
has_evidence (const char *program, JsonObject *finding, const FaultEvidence *wanted)
{
  JsonArray *all = json_object_get_array_member (finding, "evidence");

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *evidence = json_array_get_object_element (all, i);

      if (g_str_equal (text_of (evidence, "role"), wanted->role) &&
          (wanted->task == NULL || g_str_equal (text_of (evidence, "name"), wanted->task)) &&
          is_thing (program, evidence, "wants", &wanted->wants) &&
          is_thing (program, evidence, "holds", &wanted->holds) &&
          is_said (evidence, "sentence", wanted->sentence))
        return TRUE;
    }
  return FALSE;
}

static void
check_change (const FaultFinding *fault, JsonObject *finding)
{
  JsonObject *change = json_object_get_object_member (finding, "change");
  const char *place = text_of (change, "place");

  if (fault->change == NULL)
    return;
  g_assert_cmpstr (place, !=, "");
  g_assert_nonnull (strstr (text_of (finding, "suggestion"), place));
  if (*fault->change != '\0')
    g_assert_true (is_at (fault->program, change, fault->change));
}

void
fault_check_finding (const FaultFinding *fault)
{
  JsonObject *finding;
  RunResult result;

  run_program (&result, fault->program);
  finding = run_find_finding (run_last_report (&result, fault->reason), fault->kind);
  g_assert_nonnull (finding);
  g_assert_cmpstr (text_of (finding, "certainty"), ==, fault->certainty);
  g_assert_cmpint (json_object_get_boolean_member (finding, "pending"), ==, fault->is_pending);
  if (!is_said (finding, "title", fault->title))
    g_error ("'%s' is not in: %s", fault->title, text_of (finding, "title"));
  if (!is_said (finding, "suggestion", fault->suggestion))
    g_error ("'%s' is not in: %s", fault->suggestion, text_of (finding, "suggestion"));
  for (guint i = 0; i < G_N_ELEMENTS (fault->evidence) && fault->evidence[i].role != NULL; i++)
    if (!has_evidence (fault->program, finding, &fault->evidence[i]))
      g_error ("evidence %u ('%s', %s) is not in the finding", i, fault->evidence[i].role,
               fault->evidence[i].task);
  check_change (fault, finding);
  g_assert_cmpuint (run_count_stuck (&result), >=, fault->n_stuck);
  run_result_clear (&result);
}

/* Whether a task that waits is the one that is meant: several may have the same name. */
static gboolean
is_wait (const FaultWait *fault, JsonObject *task)
{
  return g_str_equal (text_of (task, "rule"), fault->rule) &&
         g_str_equal (text_of (task, "name"), fault->name) &&
         is_at (fault->program, task, fault->label) &&
         is_said (task, "waits_for", fault->waits_for);
}

void
fault_check_wait (const FaultWait *fault)
{
  gboolean is_found = FALSE;
  JsonArray *targets;
  RunResult result;

  run_program (&result, fault->program);
  targets = json_object_get_array_member (run_last_report (&result, fault->reason), "targets");
  for (guint i = 0; i < json_array_get_length (targets); i++)
    {
      JsonArray *tasks = json_object_get_array_member (json_array_get_object_element (targets, i),
                                                       fault->is_stuck ? "stuck" : "others");

      for (guint k = 0; k < json_array_get_length (tasks); k++)
        is_found = is_found || is_wait (fault, json_array_get_object_element (tasks, k));
    }
  g_assert_true (is_found);
  run_result_clear (&result);
}

void
fault_check_nothing (const char *name)
{
  g_autofree char *program = run_app (name);
  RunResult bare, result;

  run_bare (&bare, PROGRAM (program));
  run_program (&result, name);
  g_assert_cmpint (bare.status, ==, 0);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.out, ==, bare.out);
  /* That it was inspected at all, and to its end. */
  g_assert_nonnull (run_last_report (&result, "exit"));
  g_assert_cmpuint (run_count_stuck (&result), ==, 0);
  for (guint i = 0; i < result.reports->len; i++)
    g_assert_null (run_find_finding (result.reports->pdata[i], NULL));
  run_result_clear (&bare);
  run_result_clear (&result);
}
