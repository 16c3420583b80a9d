/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two locks in both orders, and what only looks like it. */

#include <errno.h>

#include "channel/layout.h"
#include "model-fixture.h"

#define LOCK(n) OBJECT (KIND_LOCK, 0xa0 + (n))
#define RWLOCK(n) OBJECT (KIND_RWLOCK, 0xb0 + (n))
#define THREAD_TASK(ring) (0x1000 + (ring))

static void
thread (Fixture *f, guint32 ring, guint64 parent)
{
  f->now_ns += MS (1);
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_TASK_BEGIN, THREAD_TASK (ring), parent, 1);
  fixture_value (f, THREAD_TASK (ring), KEY_TID, 100 + ring);
}

static void
end_thread (Fixture *f, guint32 ring)
{
  f->now_ns += MS (1);
  fixture_on (f, ring);
  fixture_feed_status (f, CHANNEL_TASK_END, THREAD_TASK (ring), 0, 0);
}

/* @ring waits for the end of the thread of @other; one that has ended is waited for, too. */
static void
join (Fixture *f, guint32 ring, guint32 other, gint32 status)
{
  const guint64 await = OBJECT (KIND_JOINING, 0x500 + other);

  f->now_ns += MS (1);
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, THREAD_TASK (ring), await, 1);
  fixture_value (f, await, KEY_RESOURCE, THREAD_TASK (other));
  fixture_feed_status (f, CHANNEL_AWAIT_END, THREAD_TASK (ring), await, status);
}

static void
take (Fixture *f, guint32 ring, guint64 lock)
{
  f->now_ns += MS (1);
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (ring), lock,
                fixture_place (f, "take", "app.c", 10 * ring + (lock & 0xf)));
}

static void
let_go (Fixture *f, guint32 ring, guint64 lock)
{
  f->now_ns += MS (1);
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_RELEASE, THREAD_TASK (ring), lock, 0);
}

/* Both, and lets go. */
static void
take_two (Fixture *f, guint32 ring, guint64 first, guint64 second)
{
  take (f, ring, first);
  take (f, ring, second);
  let_go (f, ring, second);
  let_go (f, ring, first);
}

static GPtrArray *
find (Fixture *f, InspectorReport **ret_report)
{
  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  return ((ReportTarget *)g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0))
      ->findings;
}

static guint
count (Fixture *f)
{
  g_autoptr (InspectorReport) report = NULL;

  return find (f, &report)->len;
}

/* ---- Found ---------------------------------------------------------------------------------- */

static void
test_both_orders (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const FindingEvidence *first, *second;
  const Finding *finding;
  GPtrArray *findings;

  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take_two (f, 1, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 0);
  take_two (f, 2, LOCK (2), LOCK (1));
  f->now_ns += SECONDS (3);
  findings = find (f, &report);
  g_assert_cmpuint (findings->len, ==, 1);
  finding = g_ptr_array_index (findings, 0);
  g_assert_cmpint (finding->kind, ==, FINDING_LOCK_ORDER);
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_false (finding->is_pending);
  g_assert_cmpuint (finding->count, ==, 3);
  g_assert_cmpuint (finding->evidence->len, ==, 2);
  first = g_ptr_array_index (finding->evidence, 0);
  second = g_ptr_array_index (finding->evidence, 1);
  g_assert_cmpint (first->role, ==, FINDING_TAKES);
  g_assert_cmpstr (first->held.name, ==, "mutex 0xa1");
  g_assert_cmpstr (first->held.place.where, ==, "app.c:11");
  g_assert_cmpstr (first->wanted.name, ==, "mutex 0xa2");
  g_assert_cmpstr (first->wanted.place.where, ==, "app.c:12");
  g_assert_cmpint (first->tid, ==, 101);
  g_assert_cmpstr (second->sentence, ==,
                   "app (thread 102) took mutex 0xa2 in take at app.c:22, and then mutex 0xa1 in "
                   "take at app.c:21");
  g_assert_cmpstr (finding->suggestion, ==,
                   "take these locks in one order everywhere, for instance the other one at "
                   "app.c:21 (take)");
  /* Nothing hangs, so no task does. */
  g_assert_cmpuint (inspector_report_get_n_stuck (report), ==, 0);
}

static void
test_each_pair_once (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    thread (f, i, 0);
  for (guint i = 0; i < 100; i++)
    {
      take_two (f, 1, LOCK (1), LOCK (2));
      take_two (f, 2, LOCK (2), LOCK (1));
      take_two (f, 3, LOCK (2), LOCK (1));
    }
  g_assert_cmpuint (count (f), ==, 1);
  take_two (f, 3, LOCK (1), LOCK (3));
  take_two (f, 1, LOCK (3), LOCK (1));
  g_assert_cmpuint (count (f), ==, 2);
}

/* A lock in each of many objects, taken by the same code. */
static void
test_same_places_are_one (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  for (guint i = 1; i <= 16; i++)
    {
      take_two (f, 1, LOCK (0x10), LOCK (0x10 + 0x10 * i));
      take_two (f, 2, LOCK (0x10 + 0x10 * i), LOCK (0x10));
    }
  g_assert_cmpuint (count (f), ==, 1);
}

/* The locks and threads of it have ended: it is history, and still true. */
static void
test_outlives_its_locks (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take_two (f, 2, LOCK (2), LOCK (1));
  fixture_feed (f, CHANNEL_RESOURCE_END, 0, LOCK (1), 0);
  fixture_feed (f, CHANNEL_RESOURCE_END, 0, LOCK (2), 0);
  end_thread (f, 1);
  end_thread (f, 2);
  g_assert_cmpuint (count (f), ==, 1);
}

static void
test_lock_in_the_middle (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take (f, 1, LOCK (1));
  take_two (f, 1, LOCK (2), LOCK (3));
  let_go (f, 1, LOCK (1));
  take_two (f, 2, LOCK (3), LOCK (1));
  g_assert_cmpuint (count (f), ==, 1);
}

/* No two of them in both orders. */
static void
test_three_in_a_circle (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const Finding *finding;

  for (guint i = 1; i <= 3; i++)
    thread (f, i, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take_two (f, 2, LOCK (2), LOCK (3));
  g_assert_cmpuint (count (f), ==, 0);
  take_two (f, 3, LOCK (3), LOCK (1));
  finding = g_ptr_array_index (find (f, &report), 0);
  g_assert_cmpuint (finding->evidence->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const FindingEvidence *evidence = g_ptr_array_index (finding->evidence, i);
      const FindingEvidence *next = g_ptr_array_index (finding->evidence, (i + 1) % 3);

      g_assert_cmpuint (evidence->wanted.object, ==, next->held.object);
    }
  g_assert_cmpstr (finding->title, ==,
                   "possible deadlock: 3 locks are taken in a circle, each while the one before is "
                   "held");
}

/* Two threads cannot wait for each other with three locks so. */
static void
test_circle_of_two_threads (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take_two (f, 1, LOCK (2), LOCK (3));
  take_two (f, 2, LOCK (3), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

static void
test_circle_with_a_gate (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    {
      thread (f, i, 0);
      if (i > 1)
        take (f, i, LOCK (9));
      take_two (f, i, LOCK (i), LOCK (i % 3 + 1));
      if (i > 1)
        let_go (f, i, LOCK (9));
    }
  g_assert_cmpuint (count (f), ==, 0);
}

/* ---- Left out ------------------------------------------------------------------------------- */

static void
test_one_order (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take_two (f, 2, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 0);
}

/* One after the other, not one within the other. */
static void
test_not_nested (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take (f, 2, LOCK (2));
  let_go (f, 2, LOCK (2));
  take (f, 2, LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

static void
test_one_thread (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take_two (f, 1, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

static void
test_common_gate (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 2; i++)
    {
      thread (f, i, 0);
      take (f, i, LOCK (9));
      take_two (f, i, LOCK (i), LOCK (3 - i));
      let_go (f, i, LOCK (9));
    }
  g_assert_cmpuint (count (f), ==, 0);
  /* Once without it. */
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 1);
}

static void
test_gates_that_differ (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 2; i++)
    {
      thread (f, i, 0);
      take (f, i, LOCK (8 + i));
      take_two (f, i, LOCK (i), LOCK (3 - i));
    }
  g_assert_cmpuint (count (f), ==, 1);
}

/* Two readers hold a read lock at once: it keeps nobody out. */
static void
test_read_lock_is_no_gate (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 2; i++)
    {
      thread (f, i, 0);
      take (f, i, RWLOCK (1));
      take_two (f, i, LOCK (i), LOCK (3 - i));
    }
  g_assert_cmpuint (count (f), ==, 1);
}

/* Whether they were taken to read is not known. */
static void
test_read_locks (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, RWLOCK (1), RWLOCK (2));
  take_two (f, 2, RWLOCK (2), RWLOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

/* By the first thread, which nobody began, before it began the other. */
static void
test_before_the_thread_began (Fixture *f, gconstpointer data)
{
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, LOCK (1), 1);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, LOCK (2), 1);
  fixture_feed (f, CHANNEL_RELEASE, 0, LOCK (2), 0);
  fixture_feed (f, CHANNEL_RELEASE, 0, LOCK (1), 0);
  thread (f, 1, 0);
  take_two (f, 1, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
  /* And again while the other one lives. */
  f->now_ns += MS (200);
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, LOCK (1), 1);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, LOCK (2), 1);
  g_assert_cmpuint (count (f), ==, 1);
}

static void
test_thread_that_has_ended (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  end_thread (f, 1);
  thread (f, 2, 0);
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

/* What it did was over before the other began: that it lived on shows that nobody saw to it. */
static void
test_thread_that_ends_later (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  thread (f, 2, 0);
  end_thread (f, 1);
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 1);
}

/* Before it began the other, and after it has seen it end. */
static void
test_around_a_thread_that_is_joined (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  thread (f, 2, THREAD_TASK (1));
  take_two (f, 2, LOCK (2), LOCK (1));
  end_thread (f, 2);
  join (f, 1, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 0);
}

static void
test_thread_that_others_join (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    thread (f, i, 0);
  take_two (f, 2, LOCK (2), LOCK (1));
  end_thread (f, 2);
  join (f, 3, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 1);
}

static void
test_join_that_gave_up (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 2, LOCK (2), LOCK (1));
  join (f, 1, 2, -ETIMEDOUT);
  take_two (f, 1, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 1);
}

/* Its task began when it first had to wait; it may be as old as the program. */
static void
test_thread_of_unknown_age (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  end_thread (f, 1);
  f->now_ns += MS (1);
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_TASK_BEGIN, THREAD_TASK (2), 0, 0);
  fixture_value (f, THREAD_TASK (2), KEY_TID, 102);
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 1);
}

/* Many have come and gone before the two that can meet. */
static void
test_after_many_threads (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 30; i++)
    {
      thread (f, i, 0);
      take_two (f, i, LOCK (1), LOCK (2));
      end_thread (f, i);
    }
  thread (f, 31, 0);
  thread (f, 32, 0);
  take_two (f, 31, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
  take_two (f, 32, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 1);
}

static void
test_parent_before_its_child (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  thread (f, 2, THREAD_TASK (1));
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

/* Nobody says that the second thread came because the first was through. */
static void
test_thread_of_another_parent (Fixture *f, gconstpointer data)
{
  thread (f, 3, 0);
  thread (f, 1, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  thread (f, 2, THREAD_TASK (3));
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 1);
}

/* Told by the one that waits, at a time that says nothing of when it was taken. */
static void
test_hearsay (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 2, LOCK (1), LOCK (2));
  take (f, 1, LOCK (1));
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (1), LOCK (2), 0);
  take (f, 2, LOCK (3));
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (1), LOCK (4), 0);
  take (f, 1, LOCK (5));
  g_assert_cmpuint (count (f), ==, 0);
  take_two (f, 2, LOCK (5), LOCK (4));
  g_assert_cmpuint (count (f), ==, 0);
}

/* Whoever tries, and takes another way when it fails, never waits. */
static void
test_tried_for (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  take (f, 2, LOCK (2));
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (2), LOCK (1), 0);
  g_assert_cmpuint (count (f), ==, 0);
  /* What is taken then, is. */
  take (f, 2, LOCK (3));
  take_two (f, 1, LOCK (3), LOCK (1));
  g_assert_cmpuint (count (f), ==, 1);
}

static void
test_taken_again (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take (f, 1, LOCK (1));
  take (f, 1, LOCK (2));
  take (f, 1, LOCK (1)); /* it has it already */
  for (guint i = 0; i < 2; i++)
    let_go (f, 1, LOCK (1));
  let_go (f, 1, LOCK (2));
  take_two (f, 2, LOCK (1), LOCK (2));
  g_assert_cmpuint (count (f), ==, 0);
}

/* Locks of objects that come and go at one address. */
static void
test_another_lock_of_that_address (Fixture *f, gconstpointer data)
{
  thread (f, 1, 0);
  thread (f, 2, 0);
  take_two (f, 1, LOCK (1), LOCK (2));
  fixture_feed (f, CHANNEL_RESOURCE_END, 0, LOCK (1), 0);
  take_two (f, 2, LOCK (2), LOCK (1));
  g_assert_cmpuint (count (f), ==, 0);
}

/* A program with a lock in each of a million objects, and one with a million locks for ever. */
static void
test_memory_is_bounded (Fixture *f, gconstpointer data)
{
  gboolean ends = GPOINTER_TO_INT (data);

  thread (f, 1, 0);
  thread (f, 2, 0);
  for (guint i = 0; i < 60000; i++)
    {
      guint64 lock = OBJECT (KIND_LOCK, 0x10000 + (guint64)i * 64);

      take_two (f, 1, LOCK (1), lock);
      if (ends)
        fixture_feed (f, CHANNEL_RESOURCE_END, 0, lock, 0);
    }
  take_two (f, 1, LOCK (2), LOCK (3));
  take_two (f, 2, LOCK (3), LOCK (2));
  /* What has ended makes room for what lives. */
  g_assert_cmpuint (count (f), ==, ends ? 1 : 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/lock-order/" name, Fixture, NULL, fixture_setup_session, func, fixture_teardown)
  ADD ("found/both-orders", test_both_orders);
  ADD ("found/each-pair-once", test_each_pair_once);
  ADD ("found/same-places-are-one", test_same_places_are_one);
  ADD ("found/outlives-its-locks", test_outlives_its_locks);
  ADD ("found/lock-in-the-middle", test_lock_in_the_middle);
  ADD ("found/gates-that-differ", test_gates_that_differ);
  ADD ("found/read-lock-is-no-gate", test_read_lock_is_no_gate);
  ADD ("found/thread-of-another-parent", test_thread_of_another_parent);
  ADD ("found/thread-that-ends-later", test_thread_that_ends_later);
  ADD ("found/thread-that-others-join", test_thread_that_others_join);
  ADD ("found/join-that-gave-up", test_join_that_gave_up);
  ADD ("found/thread-of-unknown-age", test_thread_of_unknown_age);
  ADD ("found/after-many-threads", test_after_many_threads);
  ADD ("left-out/around-a-thread-that-is-joined", test_around_a_thread_that_is_joined);
  ADD ("found/three-in-a-circle", test_three_in_a_circle);
  ADD ("left-out/circle-of-two-threads", test_circle_of_two_threads);
  ADD ("left-out/circle-with-a-gate", test_circle_with_a_gate);
  ADD ("left-out/one-order", test_one_order);
  ADD ("left-out/not-nested", test_not_nested);
  ADD ("left-out/one-thread", test_one_thread);
  ADD ("left-out/common-gate", test_common_gate);
  ADD ("left-out/read-locks", test_read_locks);
  ADD ("left-out/before-the-thread-began", test_before_the_thread_began);
  ADD ("left-out/thread-that-has-ended", test_thread_that_has_ended);
  ADD ("left-out/parent-before-its-child", test_parent_before_its_child);
  ADD ("left-out/hearsay", test_hearsay);
  ADD ("left-out/tried-for", test_tried_for);
  ADD ("left-out/taken-again", test_taken_again);
  ADD ("left-out/another-lock-of-that-address", test_another_lock_of_that_address);
  g_test_add ("/lock-order/bounded/locks-that-end", Fixture, GINT_TO_POINTER (TRUE),
              fixture_setup_session, test_memory_is_bounded, fixture_teardown);
  g_test_add ("/lock-order/bounded/locks-that-stay", Fixture, GINT_TO_POINTER (FALSE),
              fixture_setup_session, test_memory_is_bounded, fixture_teardown);
  return g_test_run ();
}
