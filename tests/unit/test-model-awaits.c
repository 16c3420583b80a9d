/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What records of awaits and resources do to the model, in the order in which things should happen and in others. */

#include <errno.h>
#include <string.h>

#include "channel/layout.h"
#include "model-fixture.h"

#define TASK 0x1000
#define OTHER 0x2000

static ModelAwait *
find_await (Fixture *f, guint64 object)
{
  return model_table_find (&f->model->awaits, object);
}

static ModelResource *
find_resource (Fixture *f, guint64 object)
{
  return model_table_find (&f->model->resources, object);
}

static void
test_await_lives (Fixture *f, gconstpointer data)
{
  guint32 place = fixture_place (f, "load", "a.c", 3);
  guint64 object = OBJECT (KIND_FILE, 0x30);
  ModelAwait *await;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, object, place);
  fixture_text (f, object, KEY_PATH, "/etc/passwd");
  await = find_await (f, object);
  g_assert_cmpuint (await->location, ==, place);
  g_assert_true (await->task == fixture_task (f, TASK));
  g_assert_cmpstr (model_attributes_get_text (&await->attributes, MODEL_KEY_PATH), ==,
                   "/etc/passwd");
  g_assert_cmpint (model_task_get_state (fixture_task (f, TASK)), ==, MODEL_TASK_WAITING);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, object, 0);
  g_assert_null (find_await (f, object));
  g_assert_cmpint (model_task_get_state (fixture_task (f, TASK)), ==, MODEL_TASK_READY);
}

static void
test_attributes_may_come_first (Fixture *f, gconstpointer data)
{
  guint64 await = OBJECT (KIND_READ, 0x30), resource = OBJECT (KIND_TCP, 0x30);

  fixture_value (f, resource, KEY_CLIENT, 1);
  fixture_value (f, await, KEY_RESOURCE, resource);
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, TASK, resource, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, await, 0);
  g_assert_true (find_await (f, await)->resource == find_resource (f, resource));
  g_assert_true (model_resource_is_client (find_resource (f, resource)));
}

static void
test_attributes_are_bounded (Fixture *f, gconstpointer data)
{
  guint64 object = OBJECT (KIND_FILE, 0x30);
  g_autofree char *text = g_strnfill (1024, 'x');

  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, object, 0);
  for (guint i = 1; i < 200; i++)
    fixture_value (f, object, i, i);
  g_assert_cmpuint (find_await (f, object)->attributes.n, ==, MODEL_ATTRIBUTES_MAX);
  g_assert_cmpuint (f->model->stats.beyond_limit, ==, 199 - MODEL_ATTRIBUTES_MAX);
  for (guint i = 1; i <= 20; i++)
    fixture_text (f, object, i, text);
  g_assert_cmpuint (f->model->stats.beyond_limit, ==, 199 - MODEL_ATTRIBUTES_MAX + 16);
}

static void
test_resume_ends_and_polls (Fixture *f, gconstpointer data)
{
  guint32 callback = fixture_place (f, "after_open", "a.c", 9);
  guint64 object = OBJECT (KIND_FILE, 0x30);
  ModelTask *task;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, object, fixture_place (f, "open", "a.c", 2));
  f->now_ns += MS (2);
  fixture_feed (f, CHANNEL_RESUME, TASK, object, callback);
  task = fixture_task (f, TASK);
  g_assert_null (find_await (f, object));
  g_assert_cmpuint (task->n_polls, ==, 1);
  g_assert_cmpuint (task->n_steps, ==, 1);
  g_assert_cmpint (model_task_get_step (task, 0)->end_ns - model_task_get_step (task, 0)->begin_ns,
                   ==, MS (2));
  g_assert_cmpuint (model_target_get_thread (f->model, 0)->polls[0].location, ==, callback);
}

static void
test_suspend_awaits_and_leaves (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_SUSPEND, TASK, OBJECT (KIND_FILE, 0x30), 0);
  g_assert_nonnull (find_await (f, OBJECT (KIND_FILE, 0x30)));
  g_assert_cmpint (model_task_get_state (fixture_task (f, TASK)), ==, MODEL_TASK_WAITING);
}

static void
test_await_id_again_without_end (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 1), 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 1), 0);
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 1);
  g_assert_cmpuint (fixture_task (f, TASK)->n_awaits, ==, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->n_steps, ==, 0);
  g_assert_cmpuint (fixture_task (f, OTHER)->n_awaits, ==, 1);
}

static void
test_restarted_timer_is_no_loss (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_TIMER, 1), 0);
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_INTERVAL, 1), 0);
    }
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->n_awaits, ==, 2);
}

static void
test_fired_is_counted (Fixture *f, gconstpointer data)
{
  guint64 object = OBJECT (KIND_READ, 0x30);

  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, object, 0);
  for (guint i = 0; i < 3; i++)
    {
      fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, object, 0);
      fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
    }
  g_assert_cmpuint (find_await (f, object)->n_fired, ==, 3);
  /* A read that failed ends first and is the cause of its callback after: it is not pending. */
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, object, -ECONNRESET);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, object, 0);
  g_assert_null (find_await (f, object));
}

static void
test_resource_ends_under_awaits (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  fixture_feed (f, CHANNEL_RESOURCE_END, TASK, OBJECT (KIND_TCP, 0x20), 0);
  g_assert_null (find_await (f, OBJECT (KIND_READ, 0x20))->resource);
  g_assert_null (fixture_task (f, TASK)->exchanges);
  /* The address is used again: a new connection that has asked nothing. */
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, TASK, OBJECT (KIND_TCP, 0x20), 0);
  g_assert_cmpuint (find_resource (f, OBJECT (KIND_TCP, 0x20))->n_asked, ==, 0);
}

static void
test_holder_is_known (Fixture *f, gconstpointer data)
{
  guint64 lock = OBJECT (KIND_TCP, 0x77);

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK, lock, 0);
  g_assert_cmpuint (find_resource (f, lock)->holds->task->number, ==, 1);
  fixture_feed (f, CHANNEL_RELEASE, TASK, lock, 0);
  g_assert_null (find_resource (f, lock)->holds);
}

static void
test_wake_names_the_cause (Fixture *f, gconstpointer data)
{
  guint32 callback = fixture_place (f, "producer", "a.c", 7);

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_PLAIN, 1), 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, callback);
  fixture_feed (f, CHANNEL_WAKE, TASK, OBJECT (KIND_PLAIN, 1), 0);
  g_assert_cmpuint (fixture_task (f, OTHER)->last_waker, ==, 1);
  g_assert_cmpuint (fixture_task (f, OTHER)->last_waker_location, ==, callback);
  fixture_feed (f, CHANNEL_WAKE, 0, OTHER, 0);
  g_assert_cmpuint (fixture_task (f, OTHER)->last_waker, ==, 0);
  g_assert_cmpuint (fixture_task (f, OTHER)->n_wakes, ==, 2);
  fixture_feed (f, CHANNEL_WAKE, TASK, 0xdead, 0);
}

static void
test_state_and_point (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_STATE_NAME, TASK, 8, 0);
  fixture_feed (f, CHANNEL_POINT, TASK, (guint64)-3, 5);
  g_assert_cmpuint (fixture_task (f, TASK)->state_name, ==, 8);
  g_assert_cmpuint (fixture_task (f, TASK)->last_point, ==, 5);
  g_assert_cmpint (fixture_task (f, TASK)->last_point_value, ==, -3);
}

static void
test_deadline_is_the_earliest_timer (Fixture *f, gconstpointer data)
{
  gint64 due;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  for (guint i = 1; i <= 3; i++)
    {
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_TIMER, i), 0);
      fixture_value (f, OBJECT (KIND_TIMER, i), KEY_DUE, f->now_ns + SECONDS (i == 2 ? 1 : 5));
    }
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_INTERVAL, 1), 0);
  fixture_value (f, OBJECT (KIND_INTERVAL, 1), KEY_DUE, f->now_ns);
  g_assert_true (model_task_get_deadline (fixture_task (f, TASK), NULL, G_MAXINT64, &due) ==
                 find_await (f, OBJECT (KIND_TIMER, 2)));
  g_assert_cmpint (due, ==, f->now_ns + SECONDS (1));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/model/" path, Fixture, NULL, fixture_setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("await/lives", test_await_lives);
  ADD ("await/attributes-first", test_attributes_may_come_first);
  ADD ("await/attributes-are-bounded", test_attributes_are_bounded);
  ADD ("await/resume", test_resume_ends_and_polls);
  ADD ("await/suspend", test_suspend_awaits_and_leaves);
  ADD ("await/id-again-without-end", test_await_id_again_without_end);
  ADD ("await/restarted-timer-is-no-loss", test_restarted_timer_is_no_loss);
  ADD ("await/fired-is-counted", test_fired_is_counted);
  ADD ("resource/ends-under-awaits", test_resource_ends_under_awaits);
  ADD ("resource/holder", test_holder_is_known);
  ADD ("task/wake-names-the-cause", test_wake_names_the_cause);
  ADD ("task/state-and-point", test_state_and_point);
  ADD ("task/deadline-is-the-earliest-timer", test_deadline_is_the_earliest_timer);
  return g_test_run ();
}
