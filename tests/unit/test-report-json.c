/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The report, as machines read it. */

#include <string.h>
#include <json-glib/json-glib.h>

#include "channel/layout.h"
#include "report-story.h"

static JsonNode *
load_schema (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "data", "report.schema.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

static gboolean
type_matches (const char *type, JsonNode *value)
{
  if (g_str_equal (type, "null"))
    return JSON_NODE_HOLDS_NULL (value);
  if (g_str_equal (type, "object"))
    return JSON_NODE_HOLDS_OBJECT (value);
  if (g_str_equal (type, "array"))
    return JSON_NODE_HOLDS_ARRAY (value);
  if (!JSON_NODE_HOLDS_VALUE (value))
    return FALSE;
  if (g_str_equal (type, "string"))
    return json_node_get_value_type (value) == G_TYPE_STRING;
  if (g_str_equal (type, "boolean"))
    return json_node_get_value_type (value) == G_TYPE_BOOLEAN;
  return g_str_equal (type, "integer") && json_node_get_value_type (value) == G_TYPE_INT64;
}

static gboolean
any_type_matches (JsonNode *types, JsonNode *value)
{
  JsonArray *list;

  if (JSON_NODE_HOLDS_VALUE (types))
    return type_matches (json_node_get_string (types), value);
  list = json_node_get_array (types);
  for (guint i = 0; i < json_array_get_length (list); i++)
    if (type_matches (json_array_get_string_element (list, i), value))
      return TRUE;
  return FALSE;
}

static void
check_enum (JsonObject *schema, JsonNode *value, const char *where)
{
  JsonArray *words;
  gboolean is_known = FALSE;

  if (!json_object_has_member (schema, "enum") || JSON_NODE_HOLDS_NULL (value))
    return;
  words = json_object_get_array_member (schema, "enum");
  for (guint i = 0; i < json_array_get_length (words); i++)
    is_known |=
        g_strcmp0 (json_array_get_string_element (words, i), json_node_get_string (value)) == 0;
  if (!is_known)
    g_error ("%s: “%s” is not in the schema", where, json_node_get_string (value));
}

/* As much of JSON Schema as the file uses: type, properties, required, items, enum, $ref. */
static void
check (JsonObject *root, JsonObject *schema, JsonNode *value, const char *where)
{
  if (json_object_has_member (schema, "$ref"))
    {
      const char *name = json_object_get_string_member (schema, "$ref") + strlen ("#/$defs/");

      schema = json_object_get_object_member (json_object_get_object_member (root, "$defs"), name);
    }
  if (!any_type_matches (json_object_get_member (schema, "type"), value))
    g_error ("%s is of another type", where);
  check_enum (schema, value, where);
  if (JSON_NODE_HOLDS_ARRAY (value))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
      check (root, json_object_get_object_member (schema, "items"),
             json_array_get_element (json_node_get_array (value), i), where);
  if (JSON_NODE_HOLDS_OBJECT (value))
    {
      JsonObject *object = json_node_get_object (value);
      JsonObject *properties = json_object_get_object_member (schema, "properties");
      JsonArray *required = json_object_get_array_member (schema, "required");
      g_autoptr (GList) members = json_object_get_members (object);

      for (guint i = 0; i < json_array_get_length (required); i++)
        if (!json_object_has_member (object, json_array_get_string_element (required, i)))
          g_error ("%s has no %s", where, json_array_get_string_element (required, i));
      /* What is not in the schema is not documented. */
      for (GList *l = members; l != NULL; l = l->next)
        {
          if (!json_object_has_member (properties, l->data))
            g_error ("%s.%s is not in the schema", where, (char *)l->data);
          check (root, json_object_get_object_member (properties, l->data),
                 json_object_get_member (object, l->data), l->data);
        }
    }
}

static JsonNode *
render_json (Fixture *f)
{
  g_autoptr (InspectorReport) report =
      inspector_session_build_report_at (f->session, INSPECTOR_REPORT_STUCK, f->now_ns);
  g_autofree char *line = inspector_report_to_json (report);
  g_autoptr (GError) error = NULL;
  JsonNode *root;

  /* One line, so that many reports are one stream. */
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  root = json_from_string (line, &error);
  g_assert_no_error (error);
  return root;
}

static void
test_json_keeps_to_its_schema (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) schema = load_schema ();
  g_autoptr (JsonNode) stuck = NULL, ended = NULL;
  JsonObject *root = json_node_get_object (schema);

  report_story_serve (f, 2);
  report_story_hang (f);
  fixture_set_socket ("ESTABLISHED");
  fixture_text (f, TASK, KEY_VARIABLE, "0x55 -> {n: 1}");
  inspector_session_add_target (f->session, 4712, "sh", 4711);
  /* And one that runs at this moment. */
  fixture_feed (f, CHANNEL_TASK_BEGIN, 0x9000, 0, fixture_place (f, "turn", "s.c", 90));
  fixture_feed (f, CHANNEL_POLL_BEGIN, 0x9000, 0, 0);
  stuck = render_json (f);
  fixture_feed (f, CHANNEL_POLL_END, 0x9000, 0, 0);
  check (root, root, stuck, "report");
  fixture_feed (f, CHANNEL_POLL_BEGIN, 0, 0, 0);
  inspector_target_set_ended (f->target, TRUE, 15);
  f->now_ns += SECONDS (5);
  inspector_target_set_times (f->target, 0, f->now_ns);
  ended = render_json (f);
  check (root, root, ended, "report");
}

static void
test_json_says_what_the_box_says (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *report, *target, *task, *step;
  JsonArray *steps;

  report_story_hang (f);
  fixture_set_socket ("ESTABLISHED");
  root = render_json (f);
  report = json_node_get_object (root);
  g_assert_cmpint (json_object_get_int_member (report, "schema"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (report, "stuck"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (report, "reason"), ==, "stuck");
  target = json_array_get_object_element (json_object_get_array_member (report, "targets"), 0);
  task = json_array_get_object_element (json_object_get_array_member (target, "stuck"), 0);
  g_assert_cmpint (json_object_get_int_member (task, "number"), ==, 42);
  g_assert_cmpstr (json_object_get_string_member (task, "name"), ==, "fetch_posts");
  g_assert_cmpstr (json_object_get_string_member (task, "began_in"), ==, "fetch_user_data");
  g_assert_cmpstr (json_object_get_string_member (task, "place"), ==, "request.c:88");
  g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, "http-unanswered");
  g_assert_cmpstr (json_object_get_string_member (task, "certainty"), ==, "certain");
  g_assert_cmpint (json_object_get_int_member (task, "waiting_ns"), ==, SECONDS (2.3) + MS (1));
  g_assert_cmpint (json_object_get_int_member (task, "predicted_from"), ==, 41);
  steps = json_object_get_array_member (task, "steps");
  g_assert_cmpuint (json_array_get_length (steps), ==, 3);
  step = json_array_get_object_element (steps, 1);
  g_assert_cmpstr (json_object_get_string_member (step, "waits_for"), ==,
                   "http GET 127.0.0.1:8080/posts/12345");
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (step, "socket"), "state"), ==,
      "ESTABLISHED");
  step = json_array_get_object_element (steps, 2);
  g_assert_cmpstr (json_object_get_string_member (step, "function"), ==, "fetch_friends");
}

#define ADD(path, func)                                                                            \
  g_test_add ("/report/" path, Fixture, NULL, fixture_setup_session, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("json/keeps-to-its-schema", test_json_keeps_to_its_schema);
  ADD ("json/says-what-the-box-says", test_json_says_what_the_box_says);
  return g_test_run ();
}
