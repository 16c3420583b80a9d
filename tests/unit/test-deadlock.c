/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Cycles of waits of every shape, and what only looks like one. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LOCK(n) OBJECT (KIND_LOCK, 0xa0 + (n))
#define RWLOCK(n) OBJECT (KIND_RWLOCK, 0xb0 + (n))
#define LOOP OBJECT (KIND_LOOP, 0x100)
#define OTHER_LOOP OBJECT (KIND_LOOP, 0x101)
#define POOL OBJECT (KIND_POOL, 0x200)
#define THREAD_TASK(ring) (0x1000 + (ring))
#define TASK_A 0x11
#define TASK_B 0x12

/* ---- Sentences of the story ----------------------------------------------------------------- */

/* A thread that stands for a task, as plugins/runtimes/threads tells it. */
static void
thread (Fixture *f, guint32 ring)
{
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_TASK_BEGIN, THREAD_TASK (ring), 0, 0);
  fixture_value (f, THREAD_TASK (ring), KEY_TID, 100 + ring);
}

static void
take (Fixture *f, guint32 ring, guint64 resource)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (ring), resource,
                fixture_place (f, "take", "app.c", 10 + ring));
}

static void
let_go (Fixture *f, guint32 ring, guint64 resource)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_RELEASE, THREAD_TASK (ring), resource, 0);
}

static guint64
await_of (guint32 kind, guint64 task)
{
  return OBJECT (kind, task);
}

static void
wait_as (Fixture *f, guint64 task, guint32 kind, guint64 what)
{
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, await_of (kind, task),
                fixture_place (f, "wait", "app.c", 20 + f->ring));
  if (what != 0)
    fixture_value (f, await_of (kind, task), KEY_RESOURCE, what);
}

static void
sleep_for (Fixture *f, guint32 ring, guint64 what)
{
  fixture_on (f, ring);
  wait_as (f, THREAD_TASK (ring), KIND_LOCKING, what);
}

static void
wake (Fixture *f, guint32 ring)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_AWAIT_END, THREAD_TASK (ring),
                await_of (KIND_LOCKING, THREAD_TASK (ring)), 0);
}

/* Outside of any task, and it is the loop's holder. */
static void
run_loop (Fixture *f, guint32 ring, guint64 loop)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, loop, fixture_place (f, "main", "app.c", 99));
}

/* ---- What is found -------------------------------------------------------------------------- */

static guint
look (Fixture *f, gint64 after_ns)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  guint n = 0;

  f->now_ns += after_ns;
  inspector_session_check (f->session, f->now_ns);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    n += ((Finding *)g_ptr_array_index (target->findings, i))->kind == FINDING_DEADLOCK;
  return n;
}

static void
assert_deadlock (Fixture *f)
{
  g_assert_cmpuint (look (f, MS (25)), ==, 1);
}

static void
assert_none (Fixture *f)
{
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  g_assert_cmpuint (look (f, SECONDS (10)), ==, 0);
}

/* The one deadlock that there is. */
typedef struct
{
  InspectorReport *report;
  const Finding *finding;
} Found;

static Found
find (Fixture *f)
{
  Found found;
  const ReportTarget *target;

  f->now_ns += MS (25);
  found.report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (found.report)->targets, 0);
  g_assert_cmpuint (target->findings->len, ==, 1);
  found.finding = g_ptr_array_index (target->findings, 0);
  g_assert_cmpint (found.finding->kind, ==, FINDING_DEADLOCK);
  return found;
}

static const FindingEvidence *
evidence (const Found *found, guint index)
{
  g_assert_cmpuint (index, <, found->finding->evidence->len);
  return g_ptr_array_index (found->finding->evidence, index);
}

static ModelAwait *
find_await (Fixture *f, guint64 object)
{
  return model_table_find (&f->model->awaits, object);
}

/* ---- Locks ---------------------------------------------------------------------------------- */

static void
cross (Fixture *f)
{
  thread (f, 1);
  thread (f, 2);
  take (f, 1, LOCK (1));
  take (f, 2, LOCK (2));
  sleep_for (f, 1, LOCK (2));
  sleep_for (f, 2, LOCK (1));
}

static void
test_two_locks (Fixture *f, gconstpointer data)
{
  Found found;
  const FindingEvidence *first, *second;

  cross (f);
  found = find (f);
  g_assert_cmpint (found.finding->certainty, ==, ANALYSIS_CERTAIN);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: 2 tasks hold locks and wait for each other's");
  g_assert_cmpuint (found.finding->evidence->len, ==, 2);
  first = evidence (&found, 0);
  second = evidence (&found, 1);
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
  cross (f);
  found = find (f);
  g_assert_cmpstr (evidence (&found, 0)->wanted.name, ==, "mutex locks");
  g_assert_cmpstr (evidence (&found, 0)->held.name, ==, "mutex locks+0x28");
  g_object_unref (found.report);
  wake (f, 1);
  wake (f, 2);
  take (f, 1, LOCK (3));
  sleep_for (f, 1, LOCK (3));
  found = find (f);
  g_assert_cmpstr (evidence (&found, 0)->wanted.name, ==, "mutex 0xa3");
  g_object_unref (found.report);
}

static void
test_id_is_the_same_in_another_run (Fixture *f, gconstpointer data)
{
  g_autofree char *id = NULL;
  Found found;

  cross (f);
  found = find (f);
  id = g_strdup (found.finding->id);
  g_object_unref (found.report);
  wake (f, 2);
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  /* The other one closes it now, and numbers, times and the order of the evidence differ. */
  thread (f, 3);
  wake (f, 1);
  sleep_for (f, 2, LOCK (1));
  sleep_for (f, 1, LOCK (2));
  found = find (f);
  g_assert_cmpstr (found.finding->id, ==, id);
  g_object_unref (found.report);
}

static void
test_is_proof_for_rules (Fixture *f, gconstpointer data)
{
  cross (f);
  assert_deadlock (f);
  g_assert_true (analysis_deadlock_of (fixture_task (f, THREAD_TASK (1))));
  g_assert_true (
      analysis_deadlock_of_await (find_await (f, await_of (KIND_LOCKING, THREAD_TASK (2)))));
  wake (f, 1);
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  g_assert_false (analysis_deadlock_of (fixture_task (f, THREAD_TASK (2))));
}

static void
test_ring_of_five (Fixture *f, gconstpointer data)
{
  Found found;

  for (guint i = 0; i < 5; i++)
    {
      thread (f, i);
      take (f, i, LOCK (i));
    }
  for (guint i = 0; i < 5; i++)
    sleep_for (f, i, LOCK ((i + 1) % 5));
  found = find (f);
  g_assert_cmpuint (found.finding->evidence->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (evidence (&found, i)->wanted.object, ==,
                      evidence (&found, (i + 1) % 5)->held.object);
  g_object_unref (found.report);
}

static void
test_own_lock (Fixture *f, gconstpointer data)
{
  Found found;

  thread (f, 1);
  take (f, 1, LOCK (1));
  sleep_for (f, 1, LOCK (1));
  found = find (f);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: a thread waits for a lock that it holds itself");
  g_assert_cmpuint (found.finding->evidence->len, ==, 1);
  g_assert_cmpstr (evidence (&found, 0)->held.place.where, ==, "app.c:11");
  g_assert_cmpstr (evidence (&found, 0)->wanted.place.where, ==, "app.c:21");
  g_object_unref (found.report);
}

/* Taken in a callback, which is another task of the same thread. */
static void
test_lock_of_the_thread_in_another_task (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  take (f, 1, LOCK (1));
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_LOCKING, LOCK (1));
  assert_deadlock (f);
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
  found = find (f);
  g_assert_cmpuint (found.finding->evidence->len, ==, 2);
  g_assert_cmpuint (evidence (&found, 0)->task, ==, 0);
  g_assert_cmpstr (evidence (&found, 0)->thread, ==, "app (thread 102)");
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
  wait_as (f, TASK_A, KIND_ASYNC_LOCKING, LOCK (2));
  fixture_feed (f, CHANNEL_POLL_END, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_B, LOCK (2), 0);
  wait_as (f, TASK_B, KIND_ASYNC_LOCKING, LOCK (1));
  g_assert_cmpuint (look (f, MS (25)), ==, 0); /* it still runs */
  fixture_feed (f, CHANNEL_POLL_END, TASK_B, 0, 0);
  assert_deadlock (f);
}

/* Whoever has two things to wait for goes on with either. */
static void
test_a_second_wait_that_can_end (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_A, LOCK (1), 0);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_B, LOCK (2), 0);
  wait_as (f, TASK_A, KIND_ASYNC_LOCKING, LOCK (2));
  wait_as (f, TASK_A, KIND_TIMER, 0);
  wait_as (f, TASK_B, KIND_ASYNC_LOCKING, LOCK (1));
  assert_none (f);
  /* The timer was its last way out. */
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK_A, await_of (KIND_TIMER, TASK_A), -125);
  assert_deadlock (f);
}

static void
test_readers_and_a_writer (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    thread (f, i);
  take (f, 1, RWLOCK (1));
  take (f, 2, RWLOCK (1));
  take (f, 3, LOCK (1));
  sleep_for (f, 3, RWLOCK (1)); /* to write: both readers have to let go */
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  sleep_for (f, 2, LOCK (1)); /* one reader waits for the writer */
  assert_deadlock (f);
}

static void
test_shared_readers_do_not_wait (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++)
    {
      thread (f, i);
      take (f, i, RWLOCK (1));
    }
  take (f, 1, LOCK (1));
  sleep_for (f, 2, LOCK (1));
  sleep_for (f, 3, LOCK (1));
  assert_none (f);
}

static void
test_upgrade_of_a_read_lock (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  take (f, 1, RWLOCK (1));
  sleep_for (f, 1, RWLOCK (1));
  assert_deadlock (f);
}

static void
test_recursive_lock (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  thread (f, 2);
  for (guint i = 0; i < 3; i++)
    take (f, 1, LOCK (1));
  sleep_for (f, 2, LOCK (1));
  assert_none (f);
  let_go (f, 1, LOCK (1));
  let_go (f, 1, LOCK (1));
  take (f, 2, LOCK (2));
  sleep_for (f, 1, LOCK (2)); /* taken thrice, released twice: it is still held */
  assert_deadlock (f);
}

static void
test_released_in_time (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  thread (f, 2);
  take (f, 1, LOCK (1));
  take (f, 2, LOCK (2));
  sleep_for (f, 1, LOCK (2));
  let_go (f, 2, LOCK (2));
  sleep_for (f, 2, LOCK (1));
  assert_none (f);
}

/* ---- Order and time ------------------------------------------------------------------------- */

/* A release that comes late, as of a thread that was held up while it wrote it. */
static void
test_transient_by_reordering (Fixture *f, gconstpointer data)
{
  cross (f);
  g_assert_cmpuint (look (f, MS (10)), ==, 0);
  let_go (f, 2, LOCK (2));
  g_assert_cmpuint (look (f, MS (1)), ==, 0);
  assert_none (f);
}

/* Said by the one that waits, just when the holder lets go. */
static void
test_hold_told_too_late (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  thread (f, 2);
  take (f, 1, LOCK (1));
  sleep_for (f, 1, LOCK (2));
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (2), LOCK (2), 0);
  sleep_for (f, 2, LOCK (1));
  g_assert_cmpuint (look (f, MS (2)), ==, 0);
  wake (f, 1);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (1), LOCK (2), 0);
  assert_none (f);
  /* Two holders of a mutex there are not. */
  g_assert_cmpuint (((ModelResource *)model_table_find (&f->model->resources, LOCK (2)))->n_holds,
                    ==, 1);
}

/* A lock that somebody holds is told of by who waits for it, and is the holder's, not the
 * teller's. */
static void
test_hold_told_by_another (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  thread (f, 2);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0); /* entered by thread 2, never polled */
  sleep_for (f, 1, LOCK (1));
  fixture_feed (f, CHANNEL_ACQUIRE, TASK_A, LOCK (1), 0);
  assert_none (f);
  take (f, 1, LOCK (2));
  fixture_on (f, 2);
  wait_as (f, TASK_A, KIND_LOCKING, LOCK (2));
  assert_deadlock (f);
}

static void
test_timed_wait (Fixture *f, gconstpointer data)
{
  Found found;

  cross (f);
  fixture_value (f, await_of (KIND_LOCKING, THREAD_TASK (2)), KEY_DEADLINE,
                 f->now_ns + SECONDS (30));
  /* Within what a wait may take it is nothing to talk of. */
  g_assert_cmpuint (look (f, MS (100)), ==, 0);
  g_assert_cmpuint (look (f, SECONDS (5)), ==, 1);
  found = find (f);
  g_assert_cmpint (found.finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_true (found.finding->has_deadline);
  g_assert_cmpstr (found.finding->detail, ==,
                   "not for ever: one of these waits gives up in 24.9 s");
  g_assert_true (evidence (&found, 0)->has_deadline);
  g_assert_false (evidence (&found, 1)->has_deadline);
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
  cross (f);
  inspector_session_check (f->session, f->now_ns);
  g_assert_cmpuint (n_told, ==, 0);
  for (guint i = 0; i < 5; i++)
    inspector_session_check (f->session, f->now_ns + MS (20 + i));
  g_assert_cmpuint (n_told, ==, 1);
  /* Somebody broke it, and it forms again. */
  f->now_ns += MS (30);
  wake (f, 2);
  inspector_session_check (f->session, f->now_ns);
  sleep_for (f, 2, LOCK (1));
  inspector_session_check (f->session, f->now_ns + MS (20));
  g_assert_cmpuint (n_told, ==, 2);
}

/* A report that is made meanwhile must not swallow the news. */
static void
test_told_after_a_report (Fixture *f, gconstpointer data)
{
  n_told = 0;
  g_signal_connect (f->session, "deadlock", G_CALLBACK (on_deadlock), NULL);
  cross (f);
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
  cross (f);
  fixture_feed (f, CHANNEL_POLL_BEGIN, THREAD_TASK (2), 0, 0);
  thread (f, 3);
  sleep_for (f, 3, LOCK (1));
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

/* ---- Tasks ---------------------------------------------------------------------------------- */

static void
test_tasks_that_wait_for_each_other (Fixture *f, gconstpointer data)
{
  Found found;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  wait_as (f, TASK_A, KIND_JOIN, TASK_B);
  wait_as (f, TASK_B, KIND_JOIN, TASK_A);
  found = find (f);
  g_assert_cmpstr (found.finding->title, ==, "deadlock: 2 tasks wait for each other");
  g_assert_cmpint (evidence (&found, 0)->wanted.relation, ==, FINDING_COMPLETES);
  g_assert_cmpuint (evidence (&found, 0)->wanted.object, ==, fixture_task (f, TASK_A)->number);
  g_object_unref (found.report);
}

static void
test_task_that_waits_for_itself (Fixture *f, gconstpointer data)
{
  Found found;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_JOIN, TASK_A);
  found = find (f);
  g_assert_cmpstr (found.finding->title, ==, "deadlock: a task waits for its own end");
  g_object_unref (found.report);
}

/* An id is used again: what is waited for was the task before. */
static void
test_awaited_task_is_not_its_successor (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  wait_as (f, TASK_A, KIND_JOIN, TASK_B);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  wait_as (f, TASK_B, KIND_JOIN, TASK_A);
  assert_none (f);
}

/* A joins B's thread, which wants a lock of A. */
static void
test_join_under_a_lock (Fixture *f, gconstpointer data)
{
  Found found;

  thread (f, 1);
  thread (f, 2);
  take (f, 1, LOCK (1));
  sleep_for (f, 1, THREAD_TASK (2));
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  sleep_for (f, 2, LOCK (1));
  found = find (f);
  g_assert_cmpint (evidence (&found, 1)->wanted.relation, ==, FINDING_COMPLETES);
  g_assert_cmpstr (found.finding->suggestion, ==,
                   "let go of the lock before the wait at app.c:21 (wait)");
  g_object_unref (found.report);
}

/* ---- Loops ---------------------------------------------------------------------------------- */

/* A callback of the loop calls something synchronously that the same loop has to answer. */
static void
test_call_that_the_own_loop_answers (Fixture *f, gconstpointer data)
{
  Found found;

  run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_text (f, await_of (KIND_CALL, TASK_A), KEY_NAME, "org.example.Method");
  g_assert_cmpuint (look (f, MS (25)), ==, 0); /* another process may answer it */
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  found = find (f);
  g_assert_cmpstr (found.finding->title, ==,
                   "deadlock: a thread sleeps in a call that only its own loop can end");
  g_assert_cmpstr (evidence (&found, 0)->sentence, ==,
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

  run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_B, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_LOCKING, TASK_B);
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_B, 0, 0);
  wait_as (f, TASK_B, KIND_TIMER, 0);
  fixture_value (f, await_of (KIND_TIMER, TASK_B), KEY_OWNER, LOOP);
  g_assert_cmpuint (look (f, MS (25)), ==, 0);
  fixture_feed (f, CHANNEL_POLL_END, TASK_B, 0, 0);
  found = find (f);
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
  run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, OTHER_LOOP);
  run_loop (f, 1, OTHER_LOOP);
  assert_none (f);
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  assert_deadlock (f);
}

static void
test_same_loop_turns_within (Fixture *f, gconstpointer data)
{
  run_loop (f, 1, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  run_loop (f, 1, LOOP);
  assert_none (f);
}

/* A thread that sleeps in its own loop is what makes it turn. */
static void
test_loop_at_rest (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  run_loop (f, 1, LOOP);
  wait_as (f, THREAD_TASK (1), KIND_TURNING, LOOP);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK_A, 0, 0);
  wait_as (f, TASK_A, KIND_JOIN, THREAD_TASK (1));
  assert_none (f);
}

static void
test_loop_that_nobody_runs (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  wait_as (f, THREAD_TASK (1), KIND_CALL, OBJECT (KIND_TCP, 7));
  fixture_value (f, OBJECT (KIND_TCP, 7), KEY_OWNER, LOOP);
  assert_none (f);
}

/* A condition that anybody may signal. */
static void
test_condition (Fixture *f, gconstpointer data)
{
  thread (f, 1);
  thread (f, 2);
  take (f, 1, LOCK (1));
  sleep_for (f, 1, OBJECT (KIND_COND, 5));
  sleep_for (f, 2, LOCK (1));
  assert_none (f);
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
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, JOB (i), await_of (KIND_QUEUED, JOB (i)), 0);
      fixture_value (f, await_of (KIND_QUEUED, JOB (i)), KEY_RESOURCE, POOL);
      if (permits != 0)
        fixture_value (f, POOL, KEY_PERMITS, permits);
      fixture_value (f, await_of (KIND_QUEUED, JOB (i)), KEY_RUNNING, 1);
      fixture_feed (f, CHANNEL_POLL_BEGIN, JOB (i), await_of (KIND_QUEUED, JOB (i)), 0);
      fixture_feed (f, CHANNEL_ACQUIRE, JOB (i), POOL, fixture_place (f, "worker", "pool.c", i));
      fixture_feed (f, CHANNEL_TASK_BEGIN, JOB (i + 2), 0, 0);
      wait_as (f, JOB (i + 2), KIND_QUEUED, POOL);
    }
}

static void
wait_for_inner_jobs (Fixture *f, guint n)
{
  for (guint i = 1; i <= n; i++)
    {
      fixture_on (f, i);
      wait_as (f, JOB (i), KIND_LOCKING, JOB (i + 2));
    }
}

static void
test_pool_whose_workers_all_wait (Fixture *f, gconstpointer data)
{
  Found found;

  fill_pool (f, 2);
  wait_for_inner_jobs (f, 2);
  found = find (f);
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
  assert_none (f);
}

static void
test_pool_with_a_thread_left (Fixture *f, gconstpointer data)
{
  fill_pool (f, 3);
  wait_for_inner_jobs (f, 2);
  assert_none (f);
}

static void
test_pool_of_unknown_size (Fixture *f, gconstpointer data)
{
  fill_pool (f, 0);
  wait_for_inner_jobs (f, 2);
  assert_none (f);
}

/* The jobs wait for conditions, and whoever would signal those is not known. */
static void
sleep_in_conditions (Fixture *f, guint n)
{
  for (guint i = 1; i <= n; i++)
    {
      fixture_on (f, i);
      wait_as (f, JOB (i), KIND_LOCKING, OBJECT (KIND_COND, i));
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
      wait_as (f, JOB (4 + i), KIND_QUEUED, POOL);
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
  g_assert_cmpuint (look (f, 0), ==, 0); /* no deadlock, for nothing is proven */
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

/* ---- Beside it ------------------------------------------------------------------------------ */

/* Who waits behind a deadlock is not in it, and the next one is another one. */
static void
test_two_deadlocks_and_who_waits_behind (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  const Finding *finding;
  const FindingEvidence *behind;

  cross (f);
  thread (f, 3);
  sleep_for (f, 3, LOCK (1));
  thread (f, 4);
  take (f, 4, LOCK (4));
  sleep_for (f, 4, LOCK (4));
  g_assert_cmpuint (look (f, MS (25)), ==, 2);
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
  cross (f);
  g_assert_true (f->model->changes_overflowed);
  assert_deadlock (f);
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
  wait_as (f, 0x100000, KIND_JOIN, 0x100000 + n - 1);
  begin_us = g_get_monotonic_time ();
  assert_deadlock (f);
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
  ADD ("order/transient-by-reordering", test_transient_by_reordering);
  ADD ("order/hold-told-too-late", test_hold_told_too_late);
  ADD ("order/hold-told-by-another", test_hold_told_by_another);
  ADD ("order/timed-wait", test_timed_wait);
  ADD ("order/told-once", test_told_once);
  ADD ("order/told-after-a-report", test_told_after_a_report);
  ADD ("order/its-tasks-are-stuck-at-once", test_its_tasks_are_stuck_at_once);
  ADD ("tasks/wait-for-each-other", test_tasks_that_wait_for_each_other);
  ADD ("tasks/waits-for-itself", test_task_that_waits_for_itself);
  ADD ("tasks/awaited-one-is-not-its-successor", test_awaited_task_is_not_its_successor);
  ADD ("tasks/join-under-a-lock", test_join_under_a_lock);
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
  ADD ("many/two-and-who-waits-behind", test_two_deadlocks_and_who_waits_behind);
  ADD ("many/more-changes-than-the-list-holds", test_more_changes_than_the_list_holds);
  ADD ("many/hundred-thousand-tasks", test_hundred_thousand_tasks);
  return g_test_run ();
}
