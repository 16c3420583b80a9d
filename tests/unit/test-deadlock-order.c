/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Deadlocks that form, are told of once, or only seem to form while records come late. */

#include "channel/layout.h"
#include "deadlock-story.h"

/* A release that comes late, as of a thread that was held up while it wrote it. */
static void
test_transient_by_reordering (Fixture *f, gconstpointer data)
{
  story_cross (f);
  g_assert_cmpuint (story_look (f, MS (10)), ==, 0);
  story_let_go (f, 2, LOCK (2));
  g_assert_cmpuint (story_look (f, MS (1)), ==, 0);
  story_assert_none (f);
}

/* Said by the one that waits, just when the holder lets go. */
static void
test_hold_told_too_late (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_thread (f, 2);
  story_take (f, 1, LOCK (1));
  story_sleep_for (f, 1, LOCK (2));
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (2), LOCK (2), 0);
  story_sleep_for (f, 2, LOCK (1));
  g_assert_cmpuint (story_look (f, MS (2)), ==, 0);
  story_wake (f, 1);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (1), LOCK (2), 0);
  story_assert_none (f);
  /* Two holders of a mutex there are not. */
  g_assert_cmpuint (((ModelResource *)model_table_find (&f->model->resources, LOCK (2)))->n_holds,
                    ==, 1);
}

/* A lock that somebody holds is told of by who waits for it, and is the holder's, not the
 * teller's. */
static void
test_hold_told_by_another (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_thread (f, 2);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0); /* entered by thread 2, never polled */
  story_sleep_for (f, 1, LOCK (1));
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_A, LOCK (1), 0);
  story_assert_none (f);
  story_take (f, 1, LOCK (2));
  fixture_on (f, 2);
  story_wait_as (f, TASK_A, KIND_LOCKING, LOCK (2));
  story_assert_deadlock (f);
}

static void
test_timed_wait (Fixture *f, gconstpointer data)
{
  Found found;

  story_cross (f);
  fixture_value (f, story_await_of (KIND_LOCKING, THREAD_TASK (2)), KEY_DEADLINE,
                 f->now_ns + SECONDS (30));
  /* Within what a wait may take it is nothing to talk of. */
  g_assert_cmpuint (story_look (f, MS (100)), ==, 0);
  g_assert_cmpuint (story_look (f, SECONDS (5)), ==, 1);
  found = story_find (f);
  g_assert_cmpint (found.finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_true (found.finding->has_deadline);
  g_assert_cmpstr (found.finding->detail, ==,
                   "not for ever: one of these waits gives up in 24.9 s");
  g_assert_true (story_evidence (&found, 0)->has_deadline);
  g_assert_false (story_evidence (&found, 1)->has_deadline);
  /* No proof, so no task is stuck for that alone. */
  g_assert_false (analysis_deadlock_of (fixture_task (f, THREAD_TASK (1))));
  g_object_unref (found.report);
}

static guint n_told;

static void
on_deadlock (InspectorSession *session, InspectorTarget *target, gpointer data)
{
  n_told++;
}

static void
test_told_once (Fixture *f, gconstpointer data)
{
  n_told = 0;
  g_signal_connect (f->session, "deadlock", G_CALLBACK (on_deadlock), NULL);
  story_cross (f);
  inspector_session_check (f->session, f->now_ns);
  g_assert_cmpuint (n_told, ==, 0);
  for (guint i = 0; i < 5; i++)
    inspector_session_check (f->session, f->now_ns + MS (20 + i));
  g_assert_cmpuint (n_told, ==, 1);
  /* Somebody broke it, and it forms again. */
  f->now_ns += MS (30);
  story_wake (f, 2);
  inspector_session_check (f->session, f->now_ns);
  story_sleep_for (f, 2, LOCK (1));
  inspector_session_check (f->session, f->now_ns + MS (20));
  g_assert_cmpuint (n_told, ==, 2);
}

/* A report that is made meanwhile must not swallow the news. */
static void
test_told_after_a_report (Fixture *f, gconstpointer data)
{
  n_told = 0;
  g_signal_connect (f->session, "deadlock", G_CALLBACK (on_deadlock), NULL);
  story_cross (f);
  f->now_ns += MS (50);
  g_object_unref (
      inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns));
  inspector_session_check (f->session, f->now_ns);
  g_assert_cmpuint (n_told, ==, 1);
}

static guint n_stuck;

static void
on_stuck (InspectorSession *session, InspectorTask *task, gpointer data)
{
  n_stuck++;
}

/* It needs no limit: it does not get better. Also where a callback has not returned for long, it is
 * the deadlock that is told. */
static void
test_its_tasks_are_stuck_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;

  n_stuck = 0;
  g_signal_connect (f->session, "stuck", G_CALLBACK (on_stuck), NULL);
  story_cross (f);
  fixture_feed (f, CHANNEL_POLL_BEGIN, THREAD_TASK (2), 0, 0);
  story_thread (f, 3);
  story_sleep_for (f, 3, LOCK (1));
  f->now_ns += MS (25);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns), ==, 2);
  g_assert_cmpuint (n_stuck, ==, 2);
  f->now_ns += SECONDS (10);
  inspector_session_check (f->session, f->now_ns);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_STUCK, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpstr (((ReportTask *)g_ptr_array_index (target->stuck, i))->rule->id, ==,
                     "deadlock");
  /* It was told once and is the same episode still. */
  g_assert_cmpuint (n_stuck, ==, 3); /* and task 3, which waits behind it, after the limit */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/deadlock/" name, Fixture, NULL, fixture_setup_session, func, fixture_teardown)
  ADD ("order/transient-by-reordering", test_transient_by_reordering);
  ADD ("order/hold-told-too-late", test_hold_told_too_late);
  ADD ("order/hold-told-by-another", test_hold_told_by_another);
  ADD ("order/timed-wait", test_timed_wait);
  ADD ("order/told-once", test_told_once);
  ADD ("order/told-after-a-report", test_told_after_a_report);
  ADD ("order/its-tasks-are-stuck-at-once", test_its_tasks_are_stuck_at_once);
  return g_test_run ();
}
