/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a profile tells of locks, of pools and of wake-ups that came to nothing. */

#include "profile-fixture.h"

#define LOCK OBJECT (KIND_LOCK, 0x77)
#define LOCKING(n) OBJECT (KIND_LOCKING, 0x80 + (n))

/* Thread @ring has to wait for what another one holds. */
static void
begin_locking (Story *story, guint32 ring, guint64 task, guint32 at)
{
  fixture_on (&story->f, ring);
  story_feed (story, CHANNEL_AWAIT_BEGIN, task, LOCKING (ring), at);
  fixture_value (&story->f, LOCKING (ring), KEY_RESOURCE, LOCK);
}

static void
test_locks (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 hold = fixture_place (f, "refill", "store.c", 61);
  guint32 wait = fixture_place (f, "take", "store.c", 70);
  ProfileResultLock *lock;
  const ProfileResultPlace *place;

  for (guint i = 1; i <= 3; i++)
    {
      fixture_on (f, i);
      story_feed (story, CHANNEL_TASK_BEGIN, i, 0, 0);
      fixture_value (f, i, KEY_TID, 100 + i);
    }
  fixture_on (f, 1);
  story_feed (story, CHANNEL_ACQUIRE, 1, LOCK, hold);
  story_pass (story, MS (10));
  begin_locking (story, 2, 2, wait);
  story_pass (story, MS (5));
  begin_locking (story, 3, 3, wait);
  story_pass (story, MS (15));
  fixture_on (f, 1);
  story_feed (story, CHANNEL_RELEASE, 1, LOCK, 0);
  fixture_on (f, 2);
  story_feed (story, CHANNEL_AWAIT_END, 2, LOCKING (2), 0);
  fixture_on (f, 3);
  story_pass (story, MS (1));
  lock = g_ptr_array_index (story_build (story)->locks, 0);
  g_assert_cmpuint (story->result->locks->len, ==, 1);
  g_assert_cmpuint (lock->waits.count, ==, 1);
  g_assert_cmpint (lock->waits.sum, ==, MS (20));
  g_assert_cmpuint (lock->most_waiting, ==, 2);
  g_assert_cmpuint (lock->n_pending, ==, 1);
  g_assert_cmpint (lock->oldest_ns, ==, MS (16));
  g_assert_cmpint (lock->holds.sum, ==, MS (30));
  place = g_ptr_array_index (lock->holding, 0);
  g_assert_cmpstr (place->place.where, ==, "store.c:61");
  g_assert_cmpint (place->max_ns, ==, MS (30));
  place = g_ptr_array_index (lock->waiting, 0);
  g_assert_cmpstr (place->place.where, ==, "store.c:70");
  /* What threads do beside is not known. */
  g_assert_cmpint (((ProfileResultTasks *)g_ptr_array_index (story->result->tasks, 0))->running_ns,
                   ==, 0);
}

/* Nobody waited: there is nothing to tell. */
static void
test_uncontended (Story *story, gconstpointer data)
{
  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  story_feed (story, CHANNEL_ACQUIRE, 1, LOCK, 0);
  story_pass (story, MS (10));
  story_feed (story, CHANNEL_RELEASE, 1, LOCK, 0);
  g_assert_cmpuint (story_build (story)->locks->len, ==, 0);
}

#define JOB(n) OBJECT (KIND_WORK, 0x90 + (n))

static void
test_pool (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 work = fixture_place (f, "resize", "image.c", 7);
  ProfileResultPool *pool;
  ProfileResultTasks *tasks;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "enqueue", "image.c", 20));
  for (guint i = 0; i < 3; i++)
    story_feed (story, CHANNEL_AWAIT_BEGIN, 1, JOB (i), 0);
  /* Two threads, 100 ms a job: the third waits for 100 ms. */
  for (guint i = 0; i < 2; i++)
    {
      fixture_on (f, 1 + i);
      story_feed (story, CHANNEL_POLL_BEGIN, 1, JOB (i), work);
    }
  story_pass (story, MS (100));
  for (guint i = 0; i < 2; i++)
    {
      fixture_on (f, 1 + i);
      story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
    }
  story_feed (story, CHANNEL_POLL_BEGIN, 1, JOB (2), work);
  story_pass (story, MS (100));
  story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
  pool = g_ptr_array_index (story_build (story)->pools, 0);
  g_assert_cmpuint (pool->waits.count, ==, 3);
  g_assert_cmpint (pool->waits.max, ==, MS (100));
  g_assert_cmpint (pool->waits.sum, ==, MS (100));
  g_assert_cmpint (pool->runs.sum, ==, MS (300));
  g_assert_cmpuint (pool->most_running, ==, 2);
  g_assert_cmpuint (pool->most_queued, ==, 2);
  g_assert_cmpint (pool->full_ns, ==, MS (100));
  g_assert_cmpstr (((ProfileResultPlace *)g_ptr_array_index (pool->jobs, 0))->place.where, ==,
                   "image.c:7");
  tasks = story_find_tasks (story->result, "enqueue");
  g_assert_cmpint (tasks->running_ns, ==, MS (300));
  /* It is what its threads are for. */
  g_assert_null (story_find_callback (story->result, "resize"));
}

/* A job that nobody waits for: its wait is over when a thread takes it up, and it runs in no poll. */
static void
test_pool_without_polls (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 work = fixture_place (f, "bring", "image.c", 7);
  const guint64 pool_object = OBJECT (KIND_POOL, 0x60);
  ProfileResultPool *pool;
  ProfileResultTasks *tasks;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "enqueue", "image.c", 20));
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, JOB (1), 0);
  fixture_value (f, JOB (1), KEY_RESOURCE, pool_object);
  story_pass (story, MS (5));
  fixture_on (f, 1);
  story_feed (story, CHANNEL_AWAIT_END, 1, JOB (1), 0);
  story_feed (story, CHANNEL_ACQUIRE, 1, pool_object, work);
  story_pass (story, MS (20));
  story_feed (story, CHANNEL_RELEASE, 1, pool_object, 0);
  story_feed (story, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "enqueue");
  g_assert_cmpint (tasks->running_ns, ==, MS (20));
  g_assert_cmpint (tasks->waiting_ns, ==, MS (5));
  g_assert_cmpuint (story->result->pools->len, ==, 1);
  pool = g_ptr_array_index (story->result->pools, 0);
  g_assert_cmpint (pool->waits.sum, ==, MS (5));
  g_assert_cmpint (pool->runs.sum, ==, MS (20));
  g_assert_cmpuint (pool->n_unknown, ==, 0);
}

/* ---- Wakes ---------------------------------------------------------------------------------- */

static void
test_wakes (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "spin", "exec.c", 5);
  ProfileResultTasks *tasks;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  for (guint i = 0; i < 100; i++)
    {
      story_feed (story, CHANNEL_POLL_BEGIN, 1, 0, place);
      story_feed (story, CHANNEL_WAKE, 1, 1, 0);
      story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
      story_pass (story, MS (2));
    }
  tasks = story_find_tasks (story_build (story), "spin");
  g_assert_cmpuint (tasks->n_wakes, ==, 100);
  g_assert_cmpuint (tasks->n_self_wakes, ==, 100);
  g_assert_cmpuint (tasks->n_idle_polls, ==, 0);
  g_assert_cmpuint (tasks->delays.count, ==, 99);
  g_assert_cmpint (tasks->delays.min, ==, MS (2));
  g_assert_cmpstr (tasks->advice->rule, ==, "self-wakes");
}

static void
test_idle_wakes (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "nap", "exec.c", 5);
  ProfileResultTasks *tasks;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  story_feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  for (guint i = 0; i < 200; i++)
    {
      story_feed (story, CHANNEL_WAKE, 2, 1, 0);
      story_feed (story, CHANNEL_POLL_BEGIN, 1, 0, place);
      if (i % 2 == 0)
        story_feed (story, CHANNEL_POINT, 1, 7, place);
      story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
    }
  tasks = story_find_tasks (story_build (story), "nap");
  g_assert_cmpuint (tasks->n_wakes, ==, 200);
  g_assert_cmpuint (tasks->n_self_wakes, ==, 0);
  g_assert_cmpuint (tasks->n_idle_polls, ==, 100);
  g_assert_cmpstr (tasks->advice->rule, ==, "idle-wakes");
}

/* A task whose kind tells what it waits for, and that waits for nothing. */
static void
forget_to_wake (Story *story, gboolean is_woken)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "future", "exec.c", 5);

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  story_pass (story, MS (1));
  story_feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_CONNECT, 1), place);
  story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
  if (is_woken)
    story_feed (story, CHANNEL_WAKE, 0, 1, 0);
  story_pass (story, SECONDS (3));
}

static void
test_lost_waker (Story *story, gconstpointer data)
{
  forget_to_wake (story, FALSE);
  g_assert_cmpuint (story_find_tasks (story_build (story), "future")->n_lost, ==, 1);
  g_assert_cmpstr (story_find_tasks (story->result, "future")->advice->rule, ==, "lost-waker");
}

static void
test_no_lost_waker (Story *story, gconstpointer data)
{
  forget_to_wake (story, TRUE);
  g_assert_cmpuint (story_find_tasks (story_build (story), "future")->n_lost, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                                      \
  g_test_add ("/profile/" name, Story, data, story_setup, func, story_teardown)
  ADD ("lock-says-who-waited-and-who-held-it", NULL, test_locks);
  ADD ("lock-that-nobody-waits-for-is-not-told", NULL, test_uncontended);
  ADD ("pool-says-when-it-was-full", NULL, test_pool);
  ADD ("pool-whose-jobs-are-no-polls", NULL, test_pool_without_polls);
  ADD ("task-that-wakes-itself", NULL, test_wakes);
  ADD ("task-that-is-woken-for-nothing", NULL, test_idle_wakes);
  ADD ("task-that-nobody-wakes", NULL, test_lost_waker);
  ADD ("task-that-was-woken-is-not-lost", NULL, test_no_lost_waker);
  return g_test_run ();
}
