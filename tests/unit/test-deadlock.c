/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Cycles of waits for locks and tasks, and what only looks like one. */

#include "channel/layout.h"
#include "deadlock-story.h"

/* ---- Locks ---------------------------------------------------------------------------------- */

static void
test_two_locks (Fixture *f, gconstpointer data)
{
  Found found;
  const FindingEvidence *first, *second;

  story_cross (f);
  found = story_find (f);
  g_assert_cmpint (found.finding->certainty, ==, ANALYSIS_CERTAIN);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: 2 tasks hold locks and wait for each other's");
  g_assert_cmpuint (found.finding->evidence->len, ==, 2);
  first = story_evidence (&found, 0);
  second = story_evidence (&found, 1);
  /* From the wait that closed the cycle. */
  g_assert_cmpuint (first->task, ==, fixture_task (f, THREAD_TASK (2))->number);
  g_assert_cmpint (first->tid, ==, 102);
  g_assert_cmpint (first->pid, ==, 4711);
  g_assert_cmpstr (first->wanted.name, ==, "mutex 0xa1");
  g_assert_cmpstr (first->wanted.place.where, ==, "app.c:22");
  g_assert_cmpstr (first->held.name, ==, "mutex 0xa2");
  g_assert_cmpstr (first->held.place.where, ==, "app.c:12");
  g_assert_cmpstr (first->held.kind, ==, "t.lock");
  g_assert_cmpstr (first->sentence, ==,
                   "wait (task 2) waits in wait at app.c:22 for mutex 0xa1; it holds mutex 0xa2, "
                   "taken in take at app.c:12");
  g_assert_cmpstr (second->wanted.name, ==, "mutex 0xa2");
  g_assert_cmpstr (second->held.name, ==, "mutex 0xa1");
  g_assert_cmpstr (second->held.place.where, ==, "app.c:11");
  g_assert_cmpint (found.finding->since_ns, ==, MS (25));
  g_assert_cmpint (second->wanted.since_ns, ==, MS (26));
  g_assert_cmpint (second->held.since_ns, ==, MS (28));
  g_assert_cmpstr (found.finding->suggestion, ==,
                   "take the locks in the same order everywhere; at app.c:22 (wait) it is another "
                   "one");
  g_assert_true (finding_involves (found.finding, first->task));
  g_assert_false (finding_involves (found.finding, 77));
  g_object_unref (found.report);
}

static const DebugSymbol *
symbolize (gpointer data, guint64 address, DebugAddressClass of)
{
  static const DebugSymbol locks = { .function = "locks", .module = "app", .exact = TRUE };
  static const DebugSymbol second = {
    .function = "locks", .module = "app", .exact = TRUE, .offset = 0x28
  };
  static const DebugSymbol before = { .function = "data", .module = "app", .offset = 0x900 };

  return address == 0xa1 ? &locks : address == 0xa2 ? &second : &before;
}

/* The nearest symbol that does not reach as far is none. */
static void
test_global_variables_have_names (Fixture *f, gconstpointer data)
{
  Found found;

  inspector_target_attach_tables (f->target, &fixture_tables, f, symbolize, NULL);
  f->model = inspector_target_get_model (f->target);
  story_cross (f);
  found = story_find (f);
  g_assert_cmpstr (story_evidence (&found, 0)->wanted.name, ==, "mutex locks");
  g_assert_cmpstr (story_evidence (&found, 0)->held.name, ==, "mutex locks+0x28");
  g_object_unref (found.report);
  story_wake (f, 1);
  story_wake (f, 2);
  story_take (f, 1, LOCK (3));
  story_sleep_for (f, 1, LOCK (3));
  found = story_find (f);
  g_assert_cmpstr (story_evidence (&found, 0)->wanted.name, ==, "mutex 0xa3");
  g_object_unref (found.report);
}

static void
test_id_is_the_same_in_another_run (Fixture *f, gconstpointer data)
{
  g_autofree char *id = NULL;
  Found found;

  story_cross (f);
  found = story_find (f);
  id = g_strdup (found.finding->id);
  g_object_unref (found.report);
  story_wake (f, 2);
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  /* The other one closes it now, and numbers, times and the order of the evidence differ. */
  story_thread (f, 3);
  story_wake (f, 1);
  story_sleep_for (f, 2, LOCK (1));
  story_sleep_for (f, 1, LOCK (2));
  found = story_find (f);
  g_assert_cmpstr (found.finding->id, ==, id);
  g_object_unref (found.report);
}

static void
test_is_proof_for_rules (Fixture *f, gconstpointer data)
{
  story_cross (f);
  story_assert_deadlock (f);
  g_assert_true (analysis_deadlock_of (fixture_task (f, THREAD_TASK (1))));
  g_assert_true (analysis_deadlock_of_await (
      story_find_await (f, story_await_of (KIND_LOCKING, THREAD_TASK (2)))));
  story_wake (f, 1);
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  g_assert_false (analysis_deadlock_of (fixture_task (f, THREAD_TASK (2))));
}

static void
test_ring_of_five (Fixture *f, gconstpointer data)
{
  Found found;

  for (guint i = 0; i < 5; i++)
    {
      story_thread (f, i);
      story_take (f, i, LOCK (i));
    }
  for (guint i = 0; i < 5; i++)
    story_sleep_for (f, i, LOCK ((i + 1) % 5));
  found = story_find (f);
  g_assert_cmpuint (found.finding->evidence->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (story_evidence (&found, i)->wanted.object, ==,
                      story_evidence (&found, (i + 1) % 5)->held.object);
  g_object_unref (found.report);
}

static void
test_own_lock (Fixture *f, gconstpointer data)
{
  Found found;

  story_thread (f, 1);
  story_take (f, 1, LOCK (1));
  story_sleep_for (f, 1, LOCK (1));
  found = story_find (f);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: a thread waits for a lock that it holds itself");
  g_assert_cmpuint (found.finding->evidence->len, ==, 1);
  g_assert_cmpstr (story_evidence (&found, 0)->held.place.where, ==, "app.c:11");
  g_assert_cmpstr (story_evidence (&found, 0)->wanted.place.where, ==, "app.c:21");
  g_object_unref (found.report);
}

/* Taken in a callback, which is another task of the same thread. */
static void
test_lock_of_the_thread_in_another_task (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_take (f, 1, LOCK (1));
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_LOCKING, LOCK (1));
  story_assert_deadlock (f);
}

/* Outside of any task both. */
static void
test_locks_of_bare_threads (Fixture *f, gconstpointer data)
{
  Found found;

  for (guint ring = 1; ring <= 2; ring++)
    {
      fixture_on (f, ring);
      fixture_feed (f, CHANNEL_ACQUIRE, 0, LOCK (ring), 0);
    }
  for (guint ring = 1; ring <= 2; ring++)
    {
      fixture_on (f, ring);
      f->now_ns += MS (1);
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0, OBJECT (KIND_LOCKING, ring), 0);
      fixture_value (f, OBJECT (KIND_LOCKING, ring), KEY_RESOURCE, LOCK (3 - ring));
    }
  found = story_find (f);
  g_assert_cmpuint (found.finding->evidence->len, ==, 2);
  g_assert_cmpuint (story_evidence (&found, 0)->task, ==, 0);
  g_assert_cmpstr (story_evidence (&found, 0)->thread, ==, "app (thread 102)");
  g_object_unref (found.report);
}

/* Tasks of an executor, no thread of which sleeps. */
static void
test_asynchronous_locks (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_A, LOCK (1), 0);
  story_wait_as (f, TASK_A, KIND_ASYNC_LOCKING, LOCK (2));
  fixture_feed (f, CHANNEL_POLL_END, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_B, LOCK (2), 0);
  story_wait_as (f, TASK_B, KIND_ASYNC_LOCKING, LOCK (1));
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0); /* it still runs */
  fixture_feed (f, CHANNEL_POLL_END, TASK_B, 0, 0);
  story_assert_deadlock (f);
}

/* Whoever has two things to wait for goes on with either. */
static void
test_a_second_wait_that_can_end (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_A, LOCK (1), 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_B, LOCK (2), 0);
  story_wait_as (f, TASK_A, KIND_ASYNC_LOCKING, LOCK (2));
  story_wait_as (f, TASK_A, KIND_TIMER, 0);
  story_wait_as (f, TASK_B, KIND_ASYNC_LOCKING, LOCK (1));
  story_assert_none (f);
  /* The timer was its last way out. */
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK_A, story_await_of (KIND_TIMER, TASK_A), -125);
  story_assert_deadlock (f);
}

static void
test_readers_and_a_writer (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    story_thread (f, i);
  story_take (f, 1, RWLOCK (1));
  story_take (f, 2, RWLOCK (1));
  story_take (f, 3, LOCK (1));
  story_sleep_for (f, 3, RWLOCK (1)); /* to write: both readers have to let go */
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  story_sleep_for (f, 2, LOCK (1)); /* one reader waits for the writer */
  story_assert_deadlock (f);
}

static void
test_shared_readers_do_not_wait (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    {
      story_thread (f, i);
      story_take (f, i, RWLOCK (1));
    }
  story_take (f, 1, LOCK (1));
  story_sleep_for (f, 2, LOCK (1));
  story_sleep_for (f, 3, LOCK (1));
  story_assert_none (f);
}

static void
test_upgrade_of_a_read_lock (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_take (f, 1, RWLOCK (1));
  story_sleep_for (f, 1, RWLOCK (1));
  story_assert_deadlock (f);
}

static void
test_recursive_lock (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_thread (f, 2);
  for (guint i = 0; i < 3; i++)
    story_take (f, 1, LOCK (1));
  story_sleep_for (f, 2, LOCK (1));
  story_assert_none (f);
  story_let_go (f, 1, LOCK (1));
  story_let_go (f, 1, LOCK (1));
  story_take (f, 2, LOCK (2));
  story_sleep_for (f, 1, LOCK (2)); /* taken thrice, released twice: it is still held */
  story_assert_deadlock (f);
}

static void
test_released_in_time (Fixture *f, gconstpointer data)
{
  story_thread (f, 1);
  story_thread (f, 2);
  story_take (f, 1, LOCK (1));
  story_take (f, 2, LOCK (2));
  story_sleep_for (f, 1, LOCK (2));
  story_let_go (f, 2, LOCK (2));
  story_sleep_for (f, 2, LOCK (1));
  story_assert_none (f);
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

static void
test_tasks_that_wait_for_each_other (Fixture *f, gconstpointer data)
{
  Found found;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  story_wait_as (f, TASK_A, KIND_JOIN, TASK_B);
  story_wait_as (f, TASK_B, KIND_JOIN, TASK_A);
  found = story_find (f);
  g_assert_cmpstr (found.finding->title, ==, "deadlock: 2 tasks wait for each other");
  g_assert_cmpint (story_evidence (&found, 0)->wanted.relation, ==, FINDING_COMPLETES);
  g_assert_cmpuint (story_evidence (&found, 0)->wanted.object, ==,
                    fixture_task (f, TASK_A)->number);
  g_object_unref (found.report);
}

static void
test_task_that_waits_for_itself (Fixture *f, gconstpointer data)
{
  Found found;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  story_wait_as (f, TASK_A, KIND_JOIN, TASK_A);
  found = story_find (f);
  g_assert_cmpstr (found.finding->title, ==, "deadlock: a task waits for its own end");
  g_object_unref (found.report);
}

/* An id is used again: what is waited for was the task before. */
static void
test_awaited_task_is_not_its_successor (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  story_wait_as (f, TASK_A, KIND_JOIN, TASK_B);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  story_wait_as (f, TASK_B, KIND_JOIN, TASK_A);
  story_assert_none (f);
}

/* A joins B's thread, which wants a lock of A. */
static void
test_join_under_a_lock (Fixture *f, gconstpointer data)
{
  Found found;

  story_thread (f, 1);
  story_thread (f, 2);
  story_take (f, 1, LOCK (1));
  story_sleep_for (f, 1, THREAD_TASK (2));
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  story_sleep_for (f, 2, LOCK (1));
  found = story_find (f);
  g_assert_cmpint (story_evidence (&found, 1)->wanted.relation, ==, FINDING_COMPLETES);
  g_assert_cmpstr (found.finding->suggestion, ==,
                   "let go of the lock before the wait at app.c:21 (wait)");
  g_object_unref (found.report);
}

/* ---- Beside it ------------------------------------------------------------------------------ */

/* Who waits behind a deadlock is not in it, and the next one is another one. */
static void
test_two_deadlocks_and_who_waits_behind (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  const Finding *finding;
  const FindingEvidence *behind;

  story_cross (f);
  story_thread (f, 3);
  story_sleep_for (f, 3, LOCK (1));
  story_thread (f, 4);
  story_take (f, 4, LOCK (4));
  story_sleep_for (f, 4, LOCK (4));
  g_assert_cmpuint (story_look (f, MS (25)), ==, 2);
  g_assert_false (analysis_deadlock_of (fixture_task (f, THREAD_TASK (3))));
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  finding = g_ptr_array_index (target->findings, 0);
  g_assert_cmpuint (finding->evidence->len, ==, 3);
  behind = g_ptr_array_index (finding->evidence, 2);
  g_assert_cmpint (behind->role, ==, FINDING_AFFECTED);
  g_assert_cmpuint (behind->task, ==, fixture_task (f, THREAD_TASK (3))->number);
  g_assert_cmpstr (behind->wanted.name, ==, "mutex 0xa1");
  g_assert_false (finding_involves (finding, behind->task));
}

/* More changes than are listed one by one. */
static void
test_more_changes_than_the_list_holds (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < MODEL_MAX_CHANGES + 10; i++)
    {
      fixture_feed (f, CHANNEL_TASK_BEGIN, 0x100000 + i, 0, 0);
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0x100000 + i, OBJECT (KIND_JOIN, 0x100000 + i), 0);
      fixture_value (f, OBJECT (KIND_JOIN, 0x100000 + i), KEY_RESOURCE, TASK_A);
    }
  story_cross (f);
  g_assert_true (f->model->changes_overflowed);
  story_assert_deadlock (f);
  g_assert_cmpuint (f->model->n_changes, ==, 0);
}

/* A chain that is as long as there are tasks, closed at its end. */
static void
test_hundred_thousand_tasks (Fixture *f, gconstpointer data)
{
  const guint n = 100000;
  gint64 begin_us;

  for (guint i = 0; i < n; i++)
    {
      guint64 task = 0x100000 + i, await = OBJECT (KIND_JOIN, task);

      fixture_feed (f, CHANNEL_TASK_BEGIN, task, 0, 0);
      if (i == 0)
        continue;
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, await, 0);
      fixture_value (f, await, KEY_RESOURCE, task - 1);
    }
  inspector_session_check (f->session, f->now_ns);
  story_wait_as (f, 0x100000, KIND_JOIN, 0x100000 + n - 1);
  begin_us = g_get_monotonic_time ();
  story_assert_deadlock (f);
  g_test_message ("found after %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - begin_us) / 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/deadlock/" name, Fixture, NULL, fixture_setup_session, func, fixture_teardown)
  ADD ("locks/two", test_two_locks);
  ADD ("locks/global-variables-have-names", test_global_variables_have_names);
  ADD ("locks/id-is-the-same-in-another-run", test_id_is_the_same_in_another_run);
  ADD ("locks/is-proof-for-rules", test_is_proof_for_rules);
  ADD ("locks/ring-of-five", test_ring_of_five);
  ADD ("locks/own", test_own_lock);
  ADD ("locks/of-the-thread-in-another-task", test_lock_of_the_thread_in_another_task);
  ADD ("locks/of-bare-threads", test_locks_of_bare_threads);
  ADD ("locks/asynchronous", test_asynchronous_locks);
  ADD ("locks/a-second-wait-that-can-end", test_a_second_wait_that_can_end);
  ADD ("locks/readers-and-a-writer", test_readers_and_a_writer);
  ADD ("locks/shared-readers-do-not-wait", test_shared_readers_do_not_wait);
  ADD ("locks/upgrade-of-a-read-lock", test_upgrade_of_a_read_lock);
  ADD ("locks/recursive", test_recursive_lock);
  ADD ("locks/released-in-time", test_released_in_time);
  ADD ("tasks/wait-for-each-other", test_tasks_that_wait_for_each_other);
  ADD ("tasks/waits-for-itself", test_task_that_waits_for_itself);
  ADD ("tasks/awaited-one-is-not-its-successor", test_awaited_task_is_not_its_successor);
  ADD ("tasks/join-under-a-lock", test_join_under_a_lock);
  ADD ("many/two-and-who-waits-behind", test_two_deadlocks_and_who_waits_behind);
  ADD ("many/more-changes-than-the-list-holds", test_more_changes_than_the_list_holds);
  ADD ("many/hundred-thousand-tasks", test_hundred_thousand_tasks);
  return g_test_run ();
}
