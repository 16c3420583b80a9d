/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "trouble.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static guint
get_length (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

/* A title stands within a line in reports, and begins one here. */
static char *
dup_sentence (const char *title)
{
  g_autofree char *first = g_utf8_strup (title, (gssize)(g_utf8_next_char (title) - title));

  return *title != '\0' ? g_strconcat (first, g_utf8_next_char (title), NULL) : g_strdup (title);
}

/* Records of a program that nobody has read: the end of what seems to be wrong may be among them. */
static gboolean
has_lost (JsonObject *target)
{
  static const char *const losses[] = { "dropped", "overwritten", "torn", "table_losses" };
  JsonNode *node = json_object_get_member (target, "inspection");
  JsonObject *inspection =
      node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  for (guint i = 0; inspection != NULL && i < G_N_ELEMENTS (losses); i++)
    if (json_object_get_int_member_with_default (inspection, losses[i], 0) > 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_inferred (JsonObject *object)
{
  return g_str_equal (json_object_get_string_member_with_default (object, "certainty", ""),
                      "inferred");
}

/* What holds at this moment; of the past the profile tells. */
static gboolean
take_finding (JsonObject *target, UiTrouble *trouble)
{
  JsonArray *findings = get_array (target, "findings");

  for (guint i = 0; i < get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);
      JsonArray *evidence = get_array (finding, "evidence");
      g_autofree char *title = NULL;

      if (!json_object_get_boolean_member_with_default (finding, "pending", FALSE))
        continue;
      title = dup_sentence (json_object_get_string_member_with_default (finding, "title", "?"));
      trouble->text = g_strdup_printf (has_lost (target) ? _ ("%s (inferred: records were lost)")
                                       : is_inferred (finding) ? _ ("%s (inferred)")
                                                               : "%s",
                                       title);
      trouble->view = g_strdup ("graph");
      for (guint j = 0; trouble->task == 0 && j < get_length (evidence); j++)
        trouble->task = (guint64)json_object_get_int_member_with_default (
            json_array_get_object_element (evidence, j), "task", 0);
      return TRUE;
    }
  return FALSE;
}

static gboolean
take_stuck (JsonObject *root, JsonObject *target, UiTrouble *trouble)
{
  JsonArray *stuck = get_array (target, "stuck");
  guint n = (guint)json_object_get_int_member_with_default (root, "stuck", 0);
  JsonObject *task;
  g_autofree char *duration = NULL;

  if (get_length (stuck) == 0)
    return FALSE;
  task = json_array_get_object_element (stuck, 0);
  duration =
      inspector_format_duration (json_object_get_int_member_with_default (task, "waiting_ns", 0));
  trouble->text = g_strdup_printf (
      has_lost (target) ? ngettext ("%u task is stuck, or its end was lost: %s, for %s, %s",
                                    "%u tasks are stuck, or their ends were lost; first of all %s, "
                                    "for %s, %s",
                                    n)
                        : ngettext ("%u task is stuck: %s, for %s, %s",
                                    "%u tasks are stuck; first of all %s, for %s, %s", n),
      n, json_object_get_string_member_with_default (task, "name", "?"), duration,
      json_object_get_string_member_with_default (task, "waits_for", "?"));
  trouble->view = g_strdup ("why");
  trouble->task = (guint64)json_object_get_int_member_with_default (task, "number", 0);
  return TRUE;
}

void
ui_trouble_find_in_json (const char *text, UiTrouble *ret_trouble)
{
  g_autoptr (JsonNode) node = text != NULL ? json_from_string (text, NULL) : NULL;
  JsonObject *root;
  JsonArray *targets;

  *ret_trouble = (UiTrouble){ NULL };
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  root = json_node_get_object (node);
  targets = get_array (root, "targets");
  for (guint i = 0; i < get_length (targets); i++)
    if (take_finding (json_array_get_object_element (targets, i), ret_trouble))
      return;
  for (guint i = 0; i < get_length (targets); i++)
    if (take_stuck (root, json_array_get_object_element (targets, i), ret_trouble))
      return;
}

void
ui_trouble_find (InspectorReport *report, UiTrouble *ret_trouble)
{
  g_autofree char *text = report != NULL ? inspector_report_to_json (report) : NULL;

  ui_trouble_find_in_json (text, ret_trouble);
}

void
ui_trouble_clear (UiTrouble *trouble)
{
  g_clear_pointer (&trouble->text, g_free);
  g_clear_pointer (&trouble->view, g_free);
  trouble->task = 0;
}
