/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Variables in reports: what is shown of them, and when. */

#include <string.h>
#include <json-glib/json-glib.h>
#include "channel/layout.h"
#include "model-fixture.h"
#include "render/text-private.h"

#define TASK 0x1000

/* ---- On one line ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *text;
  gboolean is_inferred;
  const char *line;
} LineCase;

static const LineCase line_cases[] = {
  { "12", FALSE, "client = 12" },
  { "\"a, {b\"", FALSE, "client = \"a, {b\"" },
  { "0x5500 -> {id: 4711, user: \"alice\"}", TRUE,
    "client = {id: 4711, user: \"alice\"}   (inferred)" },
  { "0x55 -> request {id: 4711, at: point {x: 1, y: 2}, n: 3}", FALSE,
    "client = {id: 4711, at: point {x: 1, y: 2}, n: 3}" },
  { "0x55 -> request {at: point {x: 1000000, y: 2000000}, n: 3}", FALSE, "client = {n: 3, …}" },
  { "0x55 -> \"{\"", FALSE, "client = 0x55 -> \"{\"" },
  /* Neither handles, nor addresses, nor what is long by itself. */
  { "0x55 -> {timer: uv_timer_s {…}, next: 0x5510 -> {id: 1}, cb: 0x99, n: 3}", FALSE,
    "client = {n: 3, …}" },
  { "0x55 -> {name: 0x77 -> \"x, y\", at: {x: 1, y: 2}, n: 3}", FALSE,
    "client = {name: \"x, y\", at: {x: 1, y: 2}, n: 3}" },
  { "0x55 -> {all: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], n: 3}", FALSE, "client = {n: 3, …}" },
  { "0x55 -> {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}", FALSE,
    "client = {a: 1, b: 2, c: 3, d: 4, e: 5, …}" },
  { "0x55 -> {q: \"\\\"}, z: 9\", n: '}', m: 1}", FALSE,
    "client = {q: \"\\\"}, z: 9\", n: '}', m: 1}" },
  { "0x55 -> {timer: uv_timer_s {…}}", TRUE, "client = {…}   (inferred)" },
  { "0x55 -> unreadable", TRUE, "client = 0x55 -> unreadable   (inferred)" },
  /* As it may be cut. */
  { "0x55 -> {a: 1, b: {c: \"…", FALSE, "client = {a: 1, b: {c: \"…}" },
  { "0x55 -> {", FALSE, "client = {}" },
  { "0x55 -> {,,: ,", FALSE, "client = {…}" },
  { "", FALSE, "client = " },
};

static void
test_line (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (line_cases); i++)
    {
      const LineCase *row = &line_cases[i];
      const ReportValue value = { (char *)"client", (char *)row->text, row->is_inferred };
      g_autofree char *line = export_text_dup_value (&value);

      g_assert_cmpstr (line, ==, row->line);
    }
}

static void
test_line_is_short (void)
{
  GString *text = g_string_new ("0x55 -> {");

  for (guint i = 0; i < 200; i++)
    g_string_append_printf (text, "member_with_a_name_%u: \"äöü %u\", ", i, i);
  for (gsize length = text->len; length > 8; length--)
    {
      g_autofree char *cut = g_strndup (text->str, length);
      g_autofree char *valid = g_utf8_make_valid (cut, -1);
      const ReportValue value = { (char *)"client", valid, TRUE };
      g_autofree char *line = export_text_dup_value (&value);

      g_assert_true (g_utf8_validate (line, -1, NULL));
      g_assert_cmpuint (g_utf8_strlen (line, -1), <=, 140);
    }
  g_string_free (text, TRUE);
}

/* ---- In a report ----------------------------------------------------------------------------------- */

static void
hang (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "fetch", "src/a.c", 12));
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "GET /posts HTTP/1.1",
               fixture_place (f, "fetch_posts", "src/a.c", 88));
  f->now_ns += SECONDS (3);
}

static InspectorReport *
build (Fixture *f)
{
  return inspector_session_build_report_at (f->session, INSPECTOR_REPORT_STUCK, f->now_ns);
}

/* Of the one task that is stuck. */
static JsonArray *
list_values (JsonNode *root)
{
  JsonObject *target = json_array_get_object_element (
      json_object_get_array_member (json_node_get_object (root), "targets"), 0);
  JsonObject *task =
      json_array_get_object_element (json_object_get_array_member (target, "stuck"), 0);

  return json_object_get_array_member (task, "values");
}

static void
assert_value (Fixture *f, const char *text, const char *value, const char *certainty)
{
  g_autoptr (InspectorReport) report = build (f);
  g_autofree char *plain = inspector_report_to_text (report, 0, 0);
  g_autofree char *line = inspector_report_to_json (report);
  g_autoptr (JsonNode) root = json_from_string (line, NULL);
  JsonArray *values = list_values (root);
  JsonObject *first;

  g_assert_nonnull (strstr (plain, text));
  g_assert_cmpuint (json_array_get_length (values), ==, 1);
  first = json_array_get_object_element (values, 0);
  g_assert_cmpstr (json_object_get_string_member (first, "name"), ==, "client");
  g_assert_cmpstr (json_object_get_string_member (first, "value"), ==, value);
  g_assert_cmpstr (json_object_get_string_member (first, "certainty"), ==, certainty);
}

static void
test_shown (Fixture *f, gconstpointer data)
{
  hang (f);
  fixture_text (f, TASK, KEY_VARIABLE, "0x55 -> {n: 1, next: 0x66} (inferred)");
  assert_value (f, "client = {n: 1, …}   (inferred)\n", "0x55 -> {n: 1, next: 0x66}", "inferred");
  fixture_text (f, TASK, KEY_VARIABLE, "0x55 -> {n: 2, next: 0x66}");
  assert_value (f, "client = {n: 2, …}\n", "0x55 -> {n: 2, next: 0x66}", "certain");
}

static void
test_not_shown (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL, *line = NULL;

  hang (f);
  /* What is no variable, and what the task has no longer to do with. */
  fixture_value (f, TASK, KEY_COLOUR, 7);
  fixture_text (f, TASK, KEY_VARIABLE, "0x55 -> {n: 1} (inferred)");
  fixture_text (f, TASK, KEY_VARIABLE, "over");
  report = build (f);
  text = inspector_report_to_text (report, 0, 0);
  line = inspector_report_to_json (report);
  root = json_from_string (line, NULL);
  g_assert_cmpuint (inspector_report_get_n_stuck (report), ==, 1);
  g_assert_null (strstr (text, "client ="));
  g_assert_cmpuint (json_array_get_length (list_values (root)), ==, 0);
}

/* The type that debug info has, beside the value; of an async function that waits, too. */
static void
test_types (Fixture *f, gconstpointer data)
{
  static const char typed[] = "7\0size_t";
  ChannelEvent event = { .type = CHANNEL_ATTRIBUTE,
                         .task = TASK,
                         .key = KEY_VARIABLE,
                         .bytes = typed,
                         .n_bytes = 1,
                         .n_type = sizeof typed - 3 };
  g_autoptr (InspectorReport) report = NULL;
  g_autofree char *line = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *first;

  hang (f);
  event.time_ns = f->now_ns;
  inspector_target_ingest (f->target, &event);
  report = build (f);
  line = inspector_report_to_json (report);
  root = json_from_string (line, NULL);
  first = json_array_get_object_element (list_values (root), 0);
  g_assert_cmpstr (json_object_get_string_member (first, "value"), ==, "7");
  g_assert_cmpstr (json_object_get_string_member (first, "type"), ==, "size_t");
  /* What is said without a type has none. */
  fixture_text (f, TASK, KEY_VARIABLE, "8");
  g_clear_object (&report);
  report = build (f);
  g_free (line);
  line = inspector_report_to_json (report);
  g_clear_pointer (&root, json_node_unref);
  root = json_from_string (line, NULL);
  first = json_array_get_object_element (list_values (root), 0);
  g_assert_true (json_object_get_null_member (first, "type"));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/report-values/" path, Fixture, NULL, fixture_setup_session, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report-values/line", test_line);
  g_test_add_func ("/report-values/line-is-short", test_line_is_short);
  ADD ("shown", test_shown);
  ADD ("not-shown", test_not_shown);
  ADD ("types", test_types);
  return g_test_run ();
}
