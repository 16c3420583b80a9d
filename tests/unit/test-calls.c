/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Functions of a task that have been called and have not returned: where it is, and no waits. */

#include <json-glib/json-glib.h>
#include "channel/layout.h"
#include "model/keyframe.h"
#include "model-fixture.h"

#define TASK 0x1000

#define OUTER OBJECT (KIND_FUNCTION, 1)
#define INNER OBJECT (KIND_FUNCTION, 2)

static guint32
outer_place (Fixture *f)
{
  return fixture_place (f, "fetch_all", "src/main.rs", 10);
}

static guint32
inner_place (Fixture *f)
{
  return fixture_place (f, "fetch", "src/main.rs", 20);
}

static void
call (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OUTER, outer_place (f));
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, INNER, inner_place (f));
  fixture_value (f, INNER, KEY_CALLER, OUTER);
}

static JsonObject *
get_target (Fixture *f, JsonNode **ret_node)
{
  g_autoptr (InspectorReport) report =
      inspector_session_build_report_at (f->session, INSPECTOR_REPORT_STUCK, f->now_ns);
  g_autofree char *text = inspector_report_to_json (report);

  *ret_node = json_from_string (text, NULL);
  g_assert_nonnull (*ret_node);
  return json_array_get_object_element (
      json_object_get_array_member (json_node_get_object (*ret_node), "targets"), 0);
}

static JsonObject *
get_first (JsonObject *target, const char *list)
{
  JsonArray *array = json_object_get_array_member (target, list);

  g_assert_cmpuint (json_array_get_length (array), ==, 1);
  return json_array_get_object_element (array, 0);
}

/* ---- In the model --------------------------------------------------------------------------------- */

static void
test_is_no_wait (Fixture *f, gconstpointer data)
{
  const ModelTask *task;

  call (f);
  task = fixture_task (f, TASK);
  g_assert_null (task->awaits);
  g_assert_cmpuint (task->n_awaits, ==, 0);
  g_assert_nonnull (task->calls);
  g_assert_cmpint (model_task_get_state (task), ==, MODEL_TASK_WAITING);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 3), 0);
  g_assert_cmpuint (task->n_awaits, ==, 1);
  g_assert_null (task->awaits->task_next);

  f->now_ns += MS (4);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, INNER, 0);
  g_assert_true (task->calls->object == OUTER);
  g_assert_null (task->calls->task_next);
  g_assert_cmpuint (task->n_awaits, ==, 1);
  g_assert_cmpuint (task->n_steps, ==, 1);
  g_assert_cmpuint (model_task_get_step (task, 0)->location, ==, inner_place (f));
  g_assert_cmpint (model_task_get_step (task, 0)->total_ns, ==, MS (4));
}

static void
test_ends_with_its_task (Fixture *f, gconstpointer data)
{
  call (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 3), 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_null (fixture_task (f, TASK));
  g_assert_cmpuint (f->model->awaits.count, ==, 0);
}

static void
count_call (const ChannelEvent *event, void *data)
{
  *(guint *)data += event->type == CHANNEL_AWAIT_BEGIN && event->arg >> 48 == KIND_FUNCTION &&
                    event->task == TASK;
}

static void
test_is_in_a_keyframe (Fixture *f, gconstpointer data)
{
  guint n = 0;

  call (f);
  model_keyframe_tell (f->model, count_call, &n);
  g_assert_cmpuint (n, ==, 2);
}

/* ---- In a report ---------------------------------------------------------------------------------- */

/* A function that has not returned for long is not stuck for that. */
static void
test_is_not_stuck (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *target, *other;

  call (f);
  f->now_ns += SECONDS (100);
  target = get_target (f, &node);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (target, "stuck")), ==, 0);
  other = get_first (target, "others");
  g_assert_cmpstr (json_object_get_string_member (other, "place"), ==, "main.rs:20");
  g_assert_cmpstr (json_object_get_string_member (other, "waits_for"), ==,
                   "something that is not known");
}

/* Records of several threads may come in another order than that in which they were made. */
static void
test_innermost_began_last (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;
  gint64 begin_ns = f->now_ns;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  f->now_ns = begin_ns + MS (1);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, INNER, inner_place (f));
  f->now_ns = begin_ns;
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OUTER, outer_place (f));
  f->now_ns = begin_ns + SECONDS (10);
  g_assert_cmpstr (
      json_object_get_string_member (get_first (get_target (f, &node), "others"), "place"), ==,
      "main.rs:20");
}

/* Where a wait has no place it is in the innermost function, which was called in the others. */
static void
test_is_where_a_wait_is (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *stuck, *frame;

  call (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 3), 0);
  f->now_ns += SECONDS (10);
  stuck = get_first (get_target (f, &node), "stuck");
  g_assert_cmpstr (json_object_get_string_member (stuck, "place"), ==, "main.rs:20");
  g_assert_cmpstr (json_object_get_string_member (stuck, "current"), ==, "fetch");
  frame = get_first (stuck, "stack");
  g_assert_cmpstr (json_object_get_string_member (frame, "function"), ==, "fetch_all");
  g_assert_cmpstr (json_object_get_string_member (frame, "place"), ==, "main.rs:10");
}

/* One that has a place of its own is there, and its stack is not told twice. */
static void
test_a_wait_knows_better (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *stuck;

  call (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 3),
                fixture_place (f, "fetch", "src/main.rs", 25));
  f->now_ns += SECONDS (10);
  stuck = get_first (get_target (f, &node), "stuck");
  g_assert_cmpstr (json_object_get_string_member (stuck, "place"), ==, "main.rs:25");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (stuck, "stack")), ==, 0);
}

/* What a program tells may be wrong: functions that called each other end somewhere. */
static void
test_called_in_a_circle (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;

  call (f);
  fixture_value (f, OUTER, KEY_CALLER, INNER);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 3), 0);
  f->now_ns += SECONDS (10);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                        get_first (get_target (f, &node), "stuck"), "stack")),
                    <, 100);
}

#define ADD(path, setup, func)                                                                     \
  g_test_add ("/calls/" path, Fixture, NULL, setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("is-no-wait", fixture_setup, test_is_no_wait);
  ADD ("ends-with-its-task", fixture_setup, test_ends_with_its_task);
  ADD ("is-in-a-keyframe", fixture_setup, test_is_in_a_keyframe);
  ADD ("is-not-stuck", fixture_setup_session, test_is_not_stuck);
  ADD ("innermost-began-last", fixture_setup_session, test_innermost_began_last);
  ADD ("is-where-a-wait-is", fixture_setup_session, test_is_where_a_wait_is);
  ADD ("a-wait-knows-better", fixture_setup_session, test_a_wait_knows_better);
  ADD ("called-in-a-circle", fixture_setup_session, test_called_in_a_circle);
  return g_test_run ();
}
