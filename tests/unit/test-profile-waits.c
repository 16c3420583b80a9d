/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What counts as waiting, for what, and by how many: of records by hand. */

#include <errno.h>
#include <string.h>

#include "profile-fixture.h"

static void
begin_thread (Story *story, guint ring)
{
  fixture_on (&story->f, ring);
  fixture_feed (&story->f, CHANNEL_TASK_BEGIN, ring, 0, 0);
  fixture_value (&story->f, ring, KEY_TID, 100 + ring);
}

/* ---- Who waits for a lock ----------------------------------------------------------------------- */

#define LOCK OBJECT (KIND_LOCK, 0x77)

static void
begin_waiting (Story *story, guint ring, TestKind kind)
{
  fixture_on (&story->f, ring);
  fixture_feed (&story->f, CHANNEL_AWAIT_BEGIN, ring, OBJECT (kind, 0x80 + ring),
                fixture_place (&story->f, "take", "store.c", 70));
  fixture_value (&story->f, OBJECT (kind, 0x80 + ring), KEY_RESOURCE, LOCK);
}

/* Two that were woken from a condition want its mutex back, and one waits for the mutex alone. */
static void
test_conditions (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  ProfileResultLock *lock;

  for (guint i = 1; i <= 4; i++)
    begin_thread (story, i);
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_ACQUIRE, 1, LOCK, fixture_place (f, "refill", "store.c", 61));
  begin_waiting (story, 2, KIND_WAKING);
  begin_waiting (story, 3, KIND_WAKING);
  begin_waiting (story, 4, KIND_LOCKING);
  story_pass (story, MS (10));
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_RELEASE, 1, LOCK, 0);
  fixture_on (f, 4);
  fixture_feed (f, CHANNEL_AWAIT_END, 4, OBJECT (KIND_LOCKING, 0x84), 0);
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_AWAIT_END, 2, OBJECT (KIND_WAKING, 0x82), 0);
  g_assert_cmpuint (story_build (story)->locks->len, ==, 1);
  lock = g_ptr_array_index (story->result->locks, 0);
  g_assert_cmpuint (lock->waits.count, ==, 1);
  g_assert_cmpuint (lock->most_waiting, ==, 1);
  g_assert_cmpint (lock->holds.sum, ==, MS (10));
}

/* Nobody but those: nobody has waited for the lock as such. */
static void
test_conditions_alone (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;

  begin_thread (story, 1);
  begin_thread (story, 2);
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_ACQUIRE, 1, LOCK, 0);
  begin_waiting (story, 2, KIND_WAKING);
  story_pass (story, MS (10));
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_RELEASE, 1, LOCK, 0);
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_AWAIT_END, 2, OBJECT (KIND_WAKING, 0x82), 0);
  g_assert_cmpuint (story_build (story)->locks->len, ==, 0);
}

/* ---- What a task waited for -------------------------------------------------------------------- */

/* Until it was called off by another task. */
static void
test_cancelled (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  ProfileResultTasks *tasks;

  fixture_feed (f, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "dial", "client.c", 20));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), 0);
  story_pass (story, SECONDS (1));
  fixture_feed_status (f, CHANNEL_AWAIT_END, 1, OBJECT (KIND_CONNECT, 1), -ECANCELED);
  fixture_feed (f, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "dial");
  g_assert_cmpint (tasks->waiting_ns, ==, SECONDS (1));
  g_assert_cmpint (tasks->ready_ns, ==, 0);
}

/* A timer that is stopped was the limit of what came before it fired. */
static void
test_stopped_timer (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  ProfileResultTasks *tasks;

  fixture_feed (f, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "dial", "client.c", 20));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_TIMER, 1), 0);
  story_pass (story, SECONDS (1));
  fixture_feed_status (f, CHANNEL_AWAIT_END, 1, OBJECT (KIND_TIMER, 1), -ECANCELED);
  fixture_feed (f, CHANNEL_RESUME, 1, OBJECT (KIND_CONNECT, 1), 0);
  fixture_feed (f, CHANNEL_POLL_END, 1, 0, 0);
  fixture_feed (f, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "dial");
  g_assert_cmpint (tasks->waiting_ns, ==, SECONDS (1));
  g_assert_cmpuint (tasks->shares->len, ==, 1);
  g_assert_cmpstr (((ProfileResultShare *)g_ptr_array_index (tasks->shares, 0))->what, ==,
                   "connecting to ?");
}

static const ProfileResultShare *
get_share (const ProfileResultTasks *tasks, guint i)
{
  g_assert_cmpuint (tasks->shares->len, >, i);
  return g_ptr_array_index (tasks->shares, i);
}

/* It is known to have been queued until it ran; once it is done, its task has only to be run. */
static void
test_queued_job (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  const guint64 job = OBJECT (KIND_WORK, 0x91);
  ProfileResultOperation *operation;
  ProfileResultTasks *tasks;

  fixture_feed (f, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "resize", "image.c", 20));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, job, fixture_place (f, "resize", "image.c", 21));
  fixture_value (f, job, KEY_WORK, 0x1234);
  story_pass (story, MS (60));
  fixture_on (f, 1);
  fixture_value (f, job, KEY_RUNNING, 1);
  fixture_feed (f, CHANNEL_POLL_BEGIN, 1, job, fixture_place (f, "scale", "image.c", 7));
  story_pass (story, MS (30));
  fixture_feed (f, CHANNEL_POLL_END, 1, 0, 0);
  story_pass (story, MS (10));
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_RESUME, 1, job, 0);
  fixture_feed (f, CHANNEL_POLL_END, 1, 0, 0);
  fixture_feed (f, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "resize");
  g_assert_cmpint (tasks->running_ns, ==, MS (30));
  g_assert_cmpint (tasks->waiting_ns, ==, MS (60));
  g_assert_cmpint (tasks->ready_ns, ==, MS (10));
  g_assert_cmpuint (tasks->shares->len, ==, 1);
  g_assert_cmpint (get_share (tasks, 0)->as, ==, PROFILE_WAIT_QUEUE);
  operation = story_find_operation (story->result, "resize");
  g_assert_cmpfloat_with_epsilon (operation->queued_share, 0.6, 1e-9);
}

/* What is done with a file has no function, and nobody says when a thread takes it up: it may be slow itself. */
static void
test_file_job (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  const guint64 job = OBJECT (KIND_WORK, 0x91);
  ProfileResultTasks *tasks;

  fixture_feed (f, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "load", "image.c", 20));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, job, fixture_place (f, "load", "image.c", 21));
  fixture_text (f, job, KEY_PATH, "/var/fifo");
  story_pass (story, MS (60));
  fixture_feed (f, CHANNEL_RESUME, 1, job, 0);
  fixture_feed (f, CHANNEL_POLL_END, 1, 0, 0);
  fixture_feed (f, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "load");
  g_assert_cmpint (tasks->waiting_ns, ==, MS (60));
  g_assert_cmpint (get_share (tasks, 0)->as, ==, PROFILE_WAIT_PLAIN);
  g_assert_cmpfloat (story_find_operation (story->result, "load")->queued_share, ==, 0);
}

/* A job of a pool that is no poll does not run while it sleeps in a call. */
static void
test_job_that_sleeps (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  const guint64 pool = OBJECT (KIND_POOL, 0x60), job = OBJECT (KIND_WORK, 0x91);
  const guint64 call = OBJECT (KIND_CALL, 0x92);
  ProfileResultTasks *tasks;

  fixture_feed (f, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "serve", "server.c", 20));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, job, 0);
  fixture_value (f, job, KEY_RESOURCE, pool);
  story_pass (story, MS (5));
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_AWAIT_END, 1, job, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, 1, pool, fixture_place (f, "echo", "server.c", 7));
  story_pass (story, MS (2));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, call, 0);
  story_pass (story, MS (90));
  fixture_feed (f, CHANNEL_AWAIT_END, 1, call, 0);
  story_pass (story, MS (3));
  fixture_feed (f, CHANNEL_RELEASE, 1, pool, 0);
  fixture_feed (f, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "serve");
  g_assert_cmpint (tasks->running_ns, ==, MS (5));
  g_assert_cmpint (tasks->waiting_ns, ==, MS (95));
}

/* A callback that has not come back from a call waits, however often it is asked, and does not run. */
static void
test_callback_that_sleeps (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  const guint64 call = OBJECT (KIND_CALL, 0x92);
  const ProfileResultCallback *callback;
  ProfileResultTasks *tasks;

  fixture_feed (f, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "serve", "server.c", 20));
  fixture_feed (f, CHANNEL_POLL_BEGIN, 1, 0, fixture_place (f, "on_request", "server.c", 30));
  story_pass (story, MS (10));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, call, fixture_place (f, "load", "config.c", 5));
  for (guint i = 1; i <= 3; i++)
    {
      story_pass (story, SECONDS (1));
      tasks = story_find_tasks (story_build (story), "serve");
      g_assert_cmpint (tasks->running_ns, ==, MS (10));
      g_assert_cmpint (tasks->waiting_ns, ==, SECONDS (i));
      callback = story_find_callback (story->result, "on_request");
      g_assert_cmpint (callback->open_slept_ns, ==, SECONDS (i));
      g_assert_cmpstr (callback->advice->rule, ==, "callback-sleeps");
      g_assert_nonnull (strstr (callback->advice->text, "config.c:5"));
    }
  fixture_feed (f, CHANNEL_AWAIT_END, 1, call, 0);
  fixture_feed (f, CHANNEL_POLL_END, 1, 0, 0);
  fixture_feed (f, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "serve");
  g_assert_cmpint (tasks->running_ns, ==, MS (10));
  g_assert_cmpint (tasks->waiting_ns, ==, SECONDS (3));
  callback = story_find_callback (story->result, "on_request");
  g_assert_cmpint (callback->worst_slept_ns, ==, SECONDS (3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, Story, NULL, story_setup, test, story_teardown)
  ADD ("/profile-waits/a-condition-is-no-contender", test_conditions);
  ADD ("/profile-waits/conditions-alone", test_conditions_alone);
  ADD ("/profile-waits/cancelled", test_cancelled);
  ADD ("/profile-waits/stopped-timer", test_stopped_timer);
  ADD ("/profile-waits/queued-job", test_queued_job);
  ADD ("/profile-waits/file-job", test_file_job);
  ADD ("/profile-waits/job-that-sleeps", test_job_that_sleeps);
  ADD ("/profile-waits/callback-that-sleeps", test_callback_that_sleeps);
  return g_test_run ();
}
