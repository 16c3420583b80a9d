/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Cycles of waits through loops and pools, and what only looks like one. */

#include "channel/layout.h"
#include "deadlock-story.h"

/* ---- Loops ---------------------------------------------------------------------------------- */

/* A callback of the loop calls something synchronously that the same loop has to answer. */
static void
test_call_that_the_own_loop_answers (Fixture *f, gconstpointer data)
{
  Found found;

  story_run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_text (f, story_await_of (KIND_CALL, TASK_A), KEY_NAME, "org.example.Method");
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0); /* another process may answer it */
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  found = story_find (f);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: a thread sleeps in a call that only its own loop can end");
  g_assert_cmpstr (story_evidence (&found, 0)->sentence, ==,
                   "wait (task 1) waits in wait at app.c:21 for what only loop 0x100 can bring: "
                   "calling org.example.Method; it runs loop 0x100, entered in main at app.c:99");
  g_assert_cmpstr (found.finding->suggestion, ==,
                   "make the call at app.c:21 (wait) an asynchronous one: the loop that has to "
                   "serve it stands still meanwhile");
  g_object_unref (found.report);
}

/* The wait that closes it is none that is looked at by itself. */
static void
test_task_that_needs_the_blocked_loop (Fixture *f, gconstpointer data)
{
  Found found;

  story_run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_LOCKING, TASK_B);
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_B, 0, 0);
  story_wait_as (f, TASK_B, KIND_TIMER, 0);
  fixture_value (f, story_await_of (KIND_TIMER, TASK_B), KEY_OWNER, LOOP);
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK_B, 0, 0);
  found = story_find (f);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: a thread waits for a task that needs the loop which this thread "
                   "runs");
  g_assert_cmpstr (found.finding->change.where, ==, "app.c:21");
  g_object_unref (found.report);
}

/* A loop that is entered within the call turns; the one around it does not. */
static void
test_loop_that_turns_within (Fixture *f, gconstpointer data)
{
  story_run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, OTHER_LOOP);
  story_run_loop (f, 1, OTHER_LOOP);
  story_assert_none (f);
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  story_assert_deadlock (f);
}

static void
test_same_loop_turns_within (Fixture *f, gconstpointer data)
{
  story_run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  story_run_loop (f, 1, LOOP);
  story_assert_none (f);
}

/* A thread that sleeps in its own loop is what makes it turn. */
static void
test_loop_at_rest (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_run_loop (f, 1, LOOP);
  story_wait_as (f, THREAD_TASK (1), KIND_TURNING, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_JOIN, THREAD_TASK (1));
  story_assert_none (f);
}

static void
test_loop_that_nobody_runs (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_wait_as (f, THREAD_TASK (1), KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  story_assert_none (f);
}

/* A condition that anybody may signal. */
static void
test_condition (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_thread (f, 2);
  story_take (f, 1, LOCK (1));
  story_sleep_for (f, 1, OBJECT (KIND_COND, 5));
  story_sleep_for (f, 2, LOCK (1));
  story_assert_none (f);
}

/* ---- Pools ---------------------------------------------------------------------------------- */

#define JOB(n) (0x300 + (n))

/* Each of two workers runs a job that waits for another one, which is queued. */
static void
fill_pool (Fixture *f, guint64 permits)
{
  for (guint i = 1; i <= 2; i++)
    {
      fixture_on (f, i);
      fixture_feed (f, CHANNEL_TASK_BEGIN, JOB (i), 0, 0);
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, JOB (i), story_await_of (KIND_QUEUED, JOB (i)), 0);
      fixture_value (f, story_await_of (KIND_QUEUED, JOB (i)), KEY_RESOURCE, POOL);
      if (permits != 0)
        fixture_value (f, POOL, KEY_PERMITS, permits);
      fixture_value (f, story_await_of (KIND_QUEUED, JOB (i)), KEY_RUNNING, 1);
      fixture_feed (f, CHANNEL_POLL_BEGIN, JOB (i), story_await_of (KIND_QUEUED, JOB (i)), 0);
      fixture_feed (f, CHANNEL_ACQUIRE, JOB (i), POOL, fixture_place (f, "worker", "pool.c", i));
      fixture_feed (f, CHANNEL_TASK_BEGIN, JOB (i + 2), 0, 0);
      story_wait_as (f, JOB (i + 2), KIND_QUEUED, POOL);
    }
}

static void
wait_for_inner_jobs (Fixture *f, guint n)
{
  for (guint i = 1; i <= n; i++)
    {
      fixture_on (f, i);
      story_wait_as (f, JOB (i), KIND_LOCKING, JOB (i + 2));
    }
}

static void
test_pool_whose_workers_all_wait (Fixture *f, gconstpointer data)
{
  Found found;

  fill_pool (f, 2);
  wait_for_inner_jobs (f, 2);
  found = story_find (f);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: all threads of a pool wait for work that is queued behind them");
  g_assert_cmpint (found.finding->certainty, ==, ANALYSIS_CERTAIN);
  /* Both workers and both jobs. */
  g_assert_cmpuint (found.finding->evidence->len, ==, 4);
  g_assert_true (finding_involves (found.finding, fixture_task (f, JOB (1))->number));
  g_assert_true (finding_involves (found.finding, fixture_task (f, JOB (4))->number));
  g_object_unref (found.report);
}

static void
test_pool_with_a_worker_that_runs (Fixture *f, gconstpointer data)
{
  fill_pool (f, 2);
  wait_for_inner_jobs (f, 1);
  story_assert_none (f);
}

static void
test_pool_with_a_thread_left (Fixture *f, gconstpointer data)
{
  fill_pool (f, 3);
  wait_for_inner_jobs (f, 2);
  story_assert_none (f);
}

static void
test_pool_of_unknown_size (Fixture *f, gconstpointer data)
{
  fill_pool (f, 0);
  wait_for_inner_jobs (f, 2);
  story_assert_none (f);
}

/* The jobs wait for conditions, and whoever would signal those is not known. */
static void
sleep_in_conditions (Fixture *f, guint n)
{
  for (guint i = 1; i <= n; i++)
    {
      fixture_on (f, i);
      story_wait_as (f, JOB (i), KIND_LOCKING, OBJECT (KIND_COND, i));
    }
}

/* As the pool's job tells it: its task began the inner one. */
static void
queue_inner_jobs (Fixture *f)
{
  for (guint i = 1; i <= 2; i++)
    {
      fixture_on (f, i);
      fixture_feed (f, CHANNEL_TASK_BEGIN, JOB (4 + i), JOB (i), 0);
      story_wait_as (f, JOB (4 + i), KIND_QUEUED, POOL);
    }
}

static guint
count_starved (Fixture *f)
{
  g_autoptr (InspectorReport) report =
      inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  const ReportTarget *target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  const Finding *finding;

  if (target->findings->len == 0)
    return 0;
  finding = g_ptr_array_index (target->findings, 0);
  g_assert_cmpint (finding->kind, ==, FINDING_STARVED);
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_cmpuint (finding->evidence->len, ==, 4);
  g_assert_cmpstr (
      finding->suggestion, ==,
      "do not wait at app.c:22 (wait), in a thread of the pool, for other work of that "
      "pool; give the inner work a pool of its own");
  return target->findings->len;
}

static void
test_pool_that_starves (Fixture *f, gconstpointer data)
{
  fill_pool (f, 2);
  queue_inner_jobs (f);
  sleep_in_conditions (f, 2);
  f->now_ns += SECONDS (2) - MS (1);
  g_assert_cmpuint (count_starved (f), ==, 0);
  f->now_ns += SECONDS (1);
  g_assert_cmpuint (count_starved (f), ==, 1);
  g_assert_cmpuint (story_look (f, 0), ==, 0); /* no deadlock, for nothing is proven */
}

/* Jobs that others have queued will run when a thread is free, and nobody of the pool waits for
 * them. */
static void
test_pool_that_is_only_busy (Fixture *f, gconstpointer data)
{
  fill_pool (f, 2);
  sleep_in_conditions (f, 2);
  f->now_ns += SECONDS (100);
  g_assert_cmpuint (count_starved (f), ==, 0);
}

static void
test_pool_with_one_that_runs (Fixture *f, gconstpointer data)
{
  fill_pool (f, 2);
  queue_inner_jobs (f);
  sleep_in_conditions (f, 1);
  f->now_ns += SECONDS (100);
  g_assert_cmpuint (count_starved (f), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/deadlock/" name, Fixture, NULL, fixture_setup_session, func, fixture_teardown)
  ADD ("loops/call-that-the-own-loop-answers", test_call_that_the_own_loop_answers);
  ADD ("loops/task-that-needs-the-blocked-loop", test_task_that_needs_the_blocked_loop);
  ADD ("loops/turns-within", test_loop_that_turns_within);
  ADD ("loops/same-one-turns-within", test_same_loop_turns_within);
  ADD ("loops/at-rest", test_loop_at_rest);
  ADD ("loops/nobody-runs-it", test_loop_that_nobody_runs);
  ADD ("loops/condition", test_condition);
  ADD ("pools/all-workers-wait", test_pool_whose_workers_all_wait);
  ADD ("pools/a-worker-runs", test_pool_with_a_worker_that_runs);
  ADD ("pools/a-thread-is-left", test_pool_with_a_thread_left);
  ADD ("pools/unknown-size", test_pool_of_unknown_size);
  ADD ("pools/starves", test_pool_that_starves);
  ADD ("pools/only-busy", test_pool_that_is_only_busy);
  ADD ("pools/one-runs-and-one-sleeps", test_pool_with_one_that_runs);
  return g_test_run ();
}
