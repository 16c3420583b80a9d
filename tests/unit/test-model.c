/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What records of tasks and polls do to the model, in the order in which things should happen and in others. */

#include <errno.h>
#include <string.h>

#include "channel/layout.h"
#include "model-fixture.h"
#include "model/history.h"
#include "model/silent.h"

#define TASK 0x1000
#define OTHER 0x2000

/* ---- Tasks ---------------------------------------------------------------------------------- */

static void
test_task_lives (Fixture *f, gconstpointer data)
{
  guint32 place = fixture_place (f, "start", "a.c", 1);
  ModelTask *task, *child;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, place);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, TASK, place);
  task = fixture_task (f, TASK);
  child = fixture_task (f, OTHER);
  g_assert_cmpuint (task->number, ==, 1);
  g_assert_cmpuint (task->parent, ==, 0);
  g_assert_cmpuint (task->location, ==, place);
  g_assert_false (task->began_before);
  g_assert_cmpuint (child->number, ==, 2);
  g_assert_cmpuint (child->parent, ==, 1);
  g_assert_cmpint (model_task_get_state (task), ==, MODEL_TASK_UNKNOWN);

  f->now_ns += MS (5);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, -EIO);
  g_assert_null (fixture_task (f, TASK));
  g_assert_cmpuint (f->model->stats.tasks_finished, ==, 1);
  g_assert_cmpuint (f->model->history_count, ==, 1);
  g_assert_cmpint (model_target_get_finished (f->model, 0)->status, ==, -EIO);
  g_assert_cmpint (model_target_get_finished (f->model, 0)->end_ns -
                       model_target_get_finished (f->model, 0)->begin_ns,
                   ==, MS (5));
  /* The parent's number outlives it. */
  g_assert_cmpuint (fixture_task (f, OTHER)->parent, ==, 1);
}

static ModelTaskState
get_state (Fixture *f)
{
  return model_task_get_state (fixture_task (f, TASK));
}

/* Ready is what was seen to become so; of all else it is not known what it does. */
static void
test_ready_is_what_was_seen (Fixture *f, gconstpointer data)
{
  guint64 read = OBJECT (KIND_FILE, 1);

  /* Nobody has said that what has begun is to run. */
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);
  fixture_feed (f, CHANNEL_WAKE, 0, TASK, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_READY);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_RUNNING);
  /* It has run for that wake, and waits for something that nobody tells of. */
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);

  /* Woken while it runs, also by itself: it is to run again. */
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_WAKE, TASK, TASK, 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_READY);

  /* What it waited for has come; what was given up before it ran says nothing. */
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, read, 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_WAITING);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, read, -ECANCELED);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, read, 0);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, read, -EIO);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_READY);

  /* What it drops while it runs does not make it ready either. */
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, read, 0);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, read, 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);
}

static void
feed_outside (Fixture *f, guint type, guint64 task, guint64 arg)
{
  const ChannelEvent event = {
    .time_ns = f->now_ns, .type = type, .ring = MODEL_OUTSIDE_RING, .task = task, .arg = arg
  };

  model_target_ingest (f->model, &event);
}

/* A look from outside says what it sees: nobody was seen to wake it. */
static void
test_ready_as_seen_from_outside (Fixture *f, gconstpointer data)
{
  guint64 read = OBJECT (KIND_FILE, 1);

  feed_outside (f, CHANNEL_TASK_BEGIN, TASK, 0);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);
  feed_outside (f, CHANNEL_AWAIT_BEGIN, TASK, read);
  /* The next look sees it without that wait: it may be that it runs. */
  feed_outside (f, CHANNEL_AWAIT_END, TASK, read);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);
  feed_outside (f, CHANNEL_WAKE, TASK, TASK);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_READY);
  g_assert_cmpuint (fixture_task (f, TASK)->n_wakes, ==, 0);
  feed_outside (f, CHANNEL_WAKE, 0, TASK);
  g_assert_cmpint (get_state (f), ==, MODEL_TASK_UNKNOWN);
}

/* Types of variables stay with their values, also in steps that outlive them, and go with them. */
static void
test_types_of_variables (Fixture *f, gconstpointer data)
{
  static const char typed[] = "[1, 2]\0Vec<u8>";
  ChannelEvent event = { .time_ns = f->now_ns,
                         .type = CHANNEL_ATTRIBUTE,
                         .task = TASK,
                         .key = KEY_VARIABLE,
                         .bytes = typed,
                         .n_bytes = 6,
                         .n_type = sizeof typed - 8 };
  const ModelAttribute *attribute;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  model_target_ingest (f->model, &event);
  attribute = model_attributes_find_number (&fixture_task (f, TASK)->attributes, KEY_VARIABLE);
  g_assert_cmpstr (attribute->bytes->data, ==, "[1, 2]");
  g_assert_cmpstr (model_target_get_type (f->model, attribute->type), ==, "Vec<u8>");
  fixture_text (f, TASK, KEY_VARIABLE, "3");
  attribute = model_attributes_find_number (&fixture_task (f, TASK)->attributes, KEY_VARIABLE);
  g_assert_cmpstr (attribute->bytes->data, ==, "3");
  g_assert_null (model_target_get_type (f->model, attribute->type));
  g_assert_null (model_target_get_type (f->model, G_MAXUINT32));
}

static void
test_task_begun_before (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 1), 0);
  g_assert_true (fixture_task (f, TASK)->began_before);
  g_assert_true (fixture_task (f, OTHER)->began_before);
  g_assert_cmpuint (f->model->stats.tasks, ==, 2);
}

/* Its first poll was seen before it was told where it began: that is the name it goes by. */
static void
test_history_learns_where_a_task_began (Fixture *f, gconstpointer data)
{
  const ChannelEvent told = {
    .type = CHANNEL_TASK_BEGIN, .ring = MODEL_OUTSIDE_RING, .task = TASK, .location = 7
  };
  ModelHistory *history = model_history_new (NULL);
  const ModelTrack *track;

  model_history_watch (history, f->model, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  track = model_history_get_track (history, 0);
  g_assert_cmpuint (model_track_get_location (track), ==, 0);
  model_target_ingest (f->model, &told);
  g_assert_cmpuint (model_track_get_location (track), ==, 7);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_cmpuint (model_track_get_location (track), ==, 7);
  model_history_free (history);
}

static void
test_unknown_ends_invent_nothing (Fixture *f, gconstpointer data)
{
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_FILE, 1), 0);
  fixture_feed (f, CHANNEL_RESOURCE_END, 0, OBJECT (KIND_TCP, 1), 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  fixture_text (f, OBJECT (KIND_FILE, 1), KEY_PATH, "/etc/late");
  g_assert_cmpuint (f->model->stats.unknown_ends, ==, 4);
  g_assert_cmpuint (f->model->stats.tasks, ==, 0);
  g_assert_cmpuint (f->model->awaits.count, ==, 0);
  g_assert_cmpuint (f->model->resources.count, ==, 0);
}

static void
test_task_id_again_without_end (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 1), 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->number, ==, 2);
  g_assert_cmpuint (fixture_task (f, TASK)->n_awaits, ==, 0);
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 1);
  g_assert_cmpuint (f->model->stats.tasks_finished, ==, 1);
}

/* How a task ended whose id began again is not known; nobody failed. */
static void
test_lost_end_has_a_status_of_its_own (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, -5);
  g_assert_cmpint (model_target_get_finished (f->model, 0)->status, ==, MODEL_END_NOT_SEEN);
  g_assert_cmpint (model_target_get_finished (f->model, 1)->status, ==, -5);
}

#define N_SILENT 64
#define MANY(i) (0x7000 + (guint64)(i))

static void
begin_waiting (Fixture *f, guint i)
{
  f->now_ns += 10;
  fixture_feed (f, CHANNEL_TASK_BEGIN, MANY (i), 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, MANY (i), OBJECT (KIND_FILE, i + 1), 0);
}

/* Records were lost, and tasks that have said nothing since are more than can be kept: the oldest may have ended. Not
 * who has spoken, or is there for sure. */
static void
test_silent_tasks_are_bounded (Fixture *f, gconstpointer data)
{
  gint64 lost_ns;

  for (guint i = 0; i < 2 * N_SILENT; i++)
    begin_waiting (f, i);
  fixture_feed (f, CHANNEL_ACQUIRE, MANY (1), OBJECT (KIND_LOCK, 1), 0);
  fixture_value (f, MANY (2), KEY_TID, 4711);
  lost_ns = f->model->now_ns;
  f->now_ns += 10;
  fixture_feed (f, CHANNEL_POLL_BEGIN, MANY (3), 0, 0);
  fixture_feed (f, CHANNEL_POLL_END, MANY (3), 0, 0);
  begin_waiting (f, 2 * N_SILENT);

  g_assert_cmpuint (model_target_end_silent (f->model, lost_ns, 2 * N_SILENT), ==, 0);
  g_assert_cmpuint (model_target_end_silent (f->model, lost_ns, N_SILENT), ==,
                    2 * N_SILENT - 3 - (N_SILENT - N_SILENT / 8));
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==,
                    2 * N_SILENT - 3 - (N_SILENT - N_SILENT / 8));
  for (guint i = 0; i < 3; i++)
    g_assert_nonnull (fixture_task (f, MANY (i + 1)));
  g_assert_nonnull (fixture_task (f, MANY (2 * N_SILENT)));
  g_assert_nonnull (fixture_task (f, MANY (2 * N_SILENT - 1)));
  g_assert_null (fixture_task (f, MANY (0)));
  g_assert_null (fixture_task (f, MANY (4)));
  g_assert_cmpint (model_target_get_finished (f->model, 0)->status, ==, MODEL_END_NOT_SEEN);
  g_assert_cmpuint (model_target_end_silent (f->model, lost_ns, N_SILENT), ==, 0);

  /* It was there all the time. */
  fixture_feed (f, CHANNEL_POLL_BEGIN, MANY (4), 0, 0);
  g_assert_true (fixture_task (f, MANY (4))->began_before);
}

static void
feed_from (Fixture *f, gint32 tid, guint type, guint64 task)
{
  ChannelEvent event = { .type = type, .task = task, .tid = tid, .time_ns = f->now_ns++ };

  model_target_ingest (f->model, &event);
}

/* Its ring has gone to another thread, so the first one is over, and the task that stood for it. */
static void
test_thread_that_is_replaced_has_ended (Fixture *f, gconstpointer data)
{
  feed_from (f, 100, CHANNEL_TASK_BEGIN, TASK);
  fixture_value (f, TASK, KEY_TID, 100);
  feed_from (f, 100, CHANNEL_POLL_BEGIN, OTHER);
  g_assert_cmpint (fixture_task (f, TASK)->tid, ==, 100);
  feed_from (f, 200, CHANNEL_POLL_BEGIN, OTHER);
  g_assert_null (fixture_task (f, TASK));
  g_assert_nonnull (fixture_task (f, OTHER));
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 1);
}

static void
test_task_id_again_after_end (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
      fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
    }
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 0);
  g_assert_cmpuint (f->model->stats.tasks, ==, 3);
}

static void
test_task_is_its_own_parent (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, TASK, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->parent, ==, 0);
}

static void
test_task_end_cancels_awaits (Fixture *f, gconstpointer data)
{
  const ModelResource *resource;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  g_assert_nonnull (fixture_task (f, TASK)->exchanges);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_cmpuint (f->model->awaits.count, ==, 0);
  resource = model_table_find (&f->model->resources, OBJECT (KIND_TCP, 0x20));
  g_assert_null (resource->exchange.task);
  g_assert_cmpuint (resource->n_answering, ==, 0);
}

static void
test_name_before_begin (Fixture *f, gconstpointer data)
{
  fixture_text (f, TASK, KEY_NAME, "import of prices");
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  g_assert_cmpstr (model_task_get_user_name (fixture_task (f, TASK)), ==, "import of prices");
}

static void
test_history_is_bounded (Fixture *f, gconstpointer data)
{
  f->model->limits.max_history = 100;
  for (guint i = 0; i < 250; i++)
    {
      fixture_feed (f, CHANNEL_TASK_BEGIN, TASK + i, 0, 0);
      fixture_feed_status (f, CHANNEL_TASK_END, TASK + i, 0, 0);
    }
  g_assert_cmpuint (f->model->history_count, ==, 100);
  g_assert_cmpuint (f->model->stats.tasks_forgotten, ==, 150);
  g_assert_cmpuint (model_target_get_finished (f->model, 0)->number, ==, 151);
  g_assert_cmpuint (model_target_get_finished (f->model, 99)->number, ==, 250);
}

static void
test_live_objects_are_bounded (Fixture *f, gconstpointer data)
{
  f->model->limits.max_live = 100;
  for (guint i = 1; i <= 250; i++)
    {
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, i, OBJECT (KIND_FILE, i), 0);
      fixture_feed (f, CHANNEL_RESOURCE_BEGIN, i, OBJECT (KIND_TCP, i), 0);
    }
  g_assert_cmpuint (f->model->tasks.count, ==, 100);
  g_assert_cmpuint (f->model->awaits.count, ==, 100);
  g_assert_cmpuint (f->model->resources.count, ==, 100);
  g_assert_cmpuint (f->model->stats.beyond_limit, ==, 300);
}

/* ---- Polls ---------------------------------------------------------------------------------- */

static void
test_polls_are_counted (Fixture *f, gconstpointer data)
{
  guint32 callback = fixture_place (f, "on_read", "a.c", 7);
  ModelTask *task;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  for (guint i = 0; i < 4; i++)
    {
      fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, callback);
      g_assert_cmpint (model_task_get_state (fixture_task (f, TASK)), ==, MODEL_TASK_RUNNING);
      f->now_ns += i == 2 ? MS (3) : MS (1);
      fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
      f->now_ns += i == 2 ? MS (7) : MS (9);
    }
  task = fixture_task (f, TASK);
  g_assert_cmpuint (task->n_polls, ==, 4);
  g_assert_cmpint (model_task_get_poll_gap (task), ==, MS (10));
  g_assert_cmpint (task->longest_poll_ns, ==, MS (3));
  g_assert_cmpuint (task->longest_poll_location, ==, callback);
  g_assert_cmpuint (task->n_open_polls, ==, 0);
}

static void
test_polls_nest (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->n_open_polls, ==, 2);
  /* The end of OTHER's poll is the end of the one within it, too: that end was lost. */
  fixture_feed (f, CHANNEL_POLL_END, OTHER, 0, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->n_open_polls, ==, 1);
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 1);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  g_assert_cmpuint (fixture_task (f, TASK)->n_open_polls, ==, 0);
}

static void
test_poll_depth_is_bounded (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    fixture_feed (f, CHANNEL_POLL_BEGIN, TASK + i, 0, 0);
  for (guint i = 100; i > 0; i--)
    fixture_feed (f, CHANNEL_POLL_END, TASK + i - 1, 0, 0);
  g_assert_cmpuint (model_target_get_thread (f->model, 0)->depth, ==, 0);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (fixture_task (f, TASK + i)->n_open_polls, ==, 0);
}

static void
test_task_ends_in_its_poll (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_cmpuint (model_target_get_thread (f->model, 0)->depth, ==, 1);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
  g_assert_cmpuint (model_target_get_thread (f->model, 0)->depth, ==, 0);
  g_assert_cmpuint (f->model->stats.ends_not_seen, ==, 0);
}

static void
test_task_ends_on_another_thread (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  f->ring = 5;
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  f->ring = 0;
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_null (model_target_get_thread (f->model, 5)->polls[0].task);
  g_assert_cmpuint (model_target_get_thread (f->model, 5)->depth, ==, 1);
}

static void
test_ring_goes_to_another_thread (Fixture *f, gconstpointer data)
{
  ChannelEvent event = { .type = CHANNEL_POLL_BEGIN, .task = OTHER, .tid = 777 };

  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  event.time_ns = f->now_ns;
  model_target_ingest (f->model, &event);
  g_assert_cmpuint (fixture_task (f, TASK)->n_open_polls, ==, 0);
  g_assert_cmpuint (model_target_get_thread (f->model, 0)->depth, ==, 1);
  g_assert_cmpint (model_target_get_thread (f->model, 0)->tid, ==, 777);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/model/" path, Fixture, NULL, fixture_setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("task/lives", test_task_lives);
  ADD ("task/ready-is-what-was-seen-to-become-so", test_ready_is_what_was_seen);
  ADD ("task/ready-as-seen-from-outside", test_ready_as_seen_from_outside);
  ADD ("task/types-of-variables", test_types_of_variables);
  ADD ("task/begun-before-we-looked", test_task_begun_before);
  ADD ("task/history-learns-where-it-began", test_history_learns_where_a_task_began);
  ADD ("task/unknown-ends-invent-nothing", test_unknown_ends_invent_nothing);
  ADD ("task/id-again-without-end", test_task_id_again_without_end);
  ADD ("task/lost-end-has-a-status-of-its-own", test_lost_end_has_a_status_of_its_own);
  ADD ("task/silent-ones-are-bounded", test_silent_tasks_are_bounded);
  ADD ("task/thread-that-is-replaced-has-ended", test_thread_that_is_replaced_has_ended);
  ADD ("task/id-again-after-end", test_task_id_again_after_end);
  ADD ("task/its-own-parent", test_task_is_its_own_parent);
  ADD ("task/end-cancels-awaits", test_task_end_cancels_awaits);
  ADD ("task/name-before-begin", test_name_before_begin);
  ADD ("task/history-is-bounded", test_history_is_bounded);
  ADD ("task/live-objects-are-bounded", test_live_objects_are_bounded);
  ADD ("poll/counted", test_polls_are_counted);
  ADD ("poll/nest", test_polls_nest);
  ADD ("poll/depth-is-bounded", test_poll_depth_is_bounded);
  ADD ("poll/task-ends-in-it", test_task_ends_in_its_poll);
  ADD ("poll/task-ends-elsewhere", test_task_ends_on_another_thread);
  ADD ("poll/ring-goes-to-another-thread", test_ring_goes_to_another_thread);
  return g_test_run ();
}
