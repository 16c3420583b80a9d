/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A loop that is held up: its tasks are excused, and whoever holds it up is accused. */

#include "rule-scenes.h"

static void
test_held_up_tasks_are_not_accused (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_callback (f);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 0x60), 0);
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns + LIMIT + 1, &severity)->id, ==,
                   "callback-blocks");
  g_assert_cmpstr (scene_judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==,
                   "loop-blocked");
  g_assert_cmpint (severity, ==, ANALYSIS_WAITING);
}

static void
test_other_loops_are_not_excused (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_callback (f);
  f->ring = 1;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 0x60), 0);
  g_assert_cmpstr (scene_judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==, "pool-job");
}

/* Begun on the same thread, served by another loop. */
static void
test_owners_count_more_than_threads (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_value (f, OBJECT (KIND_READ, 0x50), KEY_OWNER, OBJECT (KIND_LOOP, 1));
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 0x60), 0);
  fixture_value (f, OBJECT (KIND_FILE, 0x60), KEY_OWNER, OBJECT (KIND_LOOP, 2));
  g_assert_cmpstr (scene_judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==, "pool-job");
  fixture_value (f, OBJECT (KIND_FILE, 0x60), KEY_OWNER, OBJECT (KIND_LOOP, 1));
  g_assert_cmpstr (scene_judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==,
                   "loop-blocked");
}

static void
test_nested_loop_that_turns_is_healthy (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_callback (f);
  for (guint i = 0; i < 10; i++)
    {
      f->now_ns += SECONDS (1);
      fixture_feed (f, CHANNEL_POLL_BEGIN, OTHER, 0, 0);
      fixture_feed (f, CHANNEL_POLL_END, OTHER, 0, 0);
    }
  g_assert_null (scene_judge (f, TASK, f->now_ns + LIMIT, &severity));
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns + LIMIT + 1, &severity)->id, ==,
                   "callback-blocks");
}

static void
test_pool_work_holds_up_no_loop (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) blocked = NULL;

  scene_work_function (f);
  blocked = analysis_find_blocked_threads (f->model, f->now_ns + SECONDS (60), LIMIT);
  g_assert_cmpuint (blocked->len, ==, 0);
}

#define ADD(path, setup, func)                                                                     \
  g_test_add ("/rules/" path, Fixture, NULL, setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("loop/held-up-tasks-are-not-accused", fixture_setup, test_held_up_tasks_are_not_accused);
  ADD ("loop/other-loops-are-not-excused", fixture_setup, test_other_loops_are_not_excused);
  ADD ("loop/owners-count-more-than-threads", fixture_setup, test_owners_count_more_than_threads);
  ADD ("loop/nested-loop-that-turns-is-healthy", fixture_setup,
       test_nested_loop_that_turns_is_healthy);
  ADD ("loop/pool-work-holds-up-no-loop", fixture_setup, test_pool_work_holds_up_no_loop);
  return g_test_run ();
}
