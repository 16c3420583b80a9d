/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where the time goes, of records by hand with answers that are known. */

#include "channel/layout.h"
#include "model-fixture.h"
#include "profile/profile.h"

#include <string.h>

typedef struct
{
  Fixture f;
  AnalysisPlaces *places;
  Profile *profile;
  ProfileResult *result;
  guint64 n_lost;
} Story;

static const ProfileRange always = { 0, G_MAXINT64, FALSE };

static void
setup (Story *story, gconstpointer data)
{
  fixture_setup (&story->f, NULL);
  story->places = analysis_places_new (&fixture_tables, &story->f, NULL, NULL);
  story->profile = profile_new (story->f.model, story->places, data != NULL ? data : &always);
  story->result = NULL;
  story->n_lost = 0;
}

static void
teardown (Story *story, gconstpointer data)
{
  profile_result_unref (story->result);
  profile_free (story->profile);
  analysis_places_free (story->places);
  fixture_teardown (&story->f, NULL);
}

/* The fixture feeds the model alone; the profile looks at each record before it. */
static void
feed (Story *story, guint type, guint64 task, guint64 arg, guint32 location)
{
  ChannelEvent event = { .time_ns = story->f.now_ns,
                         .type = type,
                         .ring = story->f.ring,
                         .tid = 100 + (gint32)story->f.ring,
                         .task = task,
                         .arg = arg };

  profile_event (story->profile, &event);
  fixture_feed (&story->f, type, task, arg, location);
}

static void
pass (Story *story, gint64 ns)
{
  story->f.now_ns += ns;
}

static ProfileResult *
build (Story *story)
{
  profile_result_unref (story->result);
  story->result = profile_build (story->profile, story->f.now_ns, story->n_lost);
  return story->result;
}

#define FIND(array, type, condition)                                                               \
  __extension__({                                                                                  \
    type *found_ = NULL;                                                                           \
    for (guint i_ = 0; i_ < (array)->len && found_ == NULL; i_++)                                  \
      {                                                                                            \
        type *it = g_ptr_array_index (array, i_);                                                  \
        if (condition)                                                                             \
          found_ = it;                                                                             \
      }                                                                                            \
    found_;                                                                                        \
  })

static ProfileResultOperation *
find_operation (ProfileResult *result, const char *name)
{
  return FIND (result->operations, ProfileResultOperation, g_str_equal (it->name, name));
}

static ProfileResultTasks *
find_tasks (ProfileResult *result, const char *name)
{
  return FIND (result->tasks, ProfileResultTasks, g_str_equal (it->name, name));
}

static ProfileResultCallback *
find_callback (ProfileResult *result, const char *name)
{
  return FIND (result->callbacks, ProfileResultCallback, g_strcmp0 (it->place.function, name) == 0);
}

#define FILE_AWAIT(n) OBJECT (KIND_CONNECT, 0x100 + (n))

/* A task that begins, waits once for @wait_ns and then runs for @run_ns. */
static void
one_task (Story *story, guint64 id, gint64 wait_ns, gint64 run_ns)
{
  Fixture *f = &story->f;
  guint32 origin = fixture_place (f, "handle", "server.c", 10);
  guint32 place = fixture_place (f, "dial", "server.c", 20);
  guint32 callback = fixture_place (f, "on_dialled", "server.c", 30);

  feed (story, CHANNEL_TASK_BEGIN, id, 0, origin);
  feed (story, CHANNEL_AWAIT_BEGIN, id, OBJECT (KIND_CONNECT, id), place);
  pass (story, wait_ns);
  feed (story, CHANNEL_RESUME, id, OBJECT (KIND_CONNECT, id), callback);
  pass (story, run_ns);
  feed (story, CHANNEL_POLL_END, id, 0, 0);
  feed (story, CHANNEL_TASK_END, id, 0, 0);
}

static void
test_operations (Story *story, gconstpointer data)
{
  ProfileResultOperation *dial;

  for (guint i = 1; i <= 100; i++)
    one_task (story, i, MS (i), MS (1));
  dial = find_operation (build (story), "dial");
  g_assert_nonnull (dial);
  g_assert_cmpuint (dial->durations.count, ==, 100);
  g_assert_cmpint (dial->durations.sum, ==, MS (5050));
  g_assert_cmpint (dial->durations.max, ==, MS (100));
  g_assert_cmpint (dial->durations.min, ==, MS (1));
  g_assert_cmpfloat_with_epsilon ((double)histogram_get_quantile (&dial->durations, 0.5), 50e6,
                                  4e5);
  g_assert_cmpfloat_with_epsilon ((double)histogram_get_quantile (&dial->durations, 0.95), 95e6,
                                  8e5);
  g_assert_cmpstr (dial->place.where, ==, "server.c:20");
  g_assert_cmpuint (dial->n_pending, ==, 0);
}

static void
test_tasks (Story *story, gconstpointer data)
{
  ProfileResultTasks *handle;
  const ProfileResultShare *share;

  for (guint i = 1; i <= 10; i++)
    one_task (story, i, MS (9), MS (1));
  handle = find_tasks (build (story), "handle");
  g_assert_nonnull (handle);
  g_assert_cmpuint (handle->n_seen, ==, 10);
  g_assert_cmpuint (handle->n_ended, ==, 10);
  g_assert_cmpint (handle->lifetimes.sum, ==, MS (100));
  g_assert_cmpint (handle->running_ns, ==, MS (10));
  g_assert_cmpint (handle->waiting_ns, ==, MS (90));
  g_assert_cmpint (handle->ready_ns, ==, 0);
  g_assert_cmpuint (handle->shares->len, ==, 1);
  share = g_ptr_array_index (handle->shares, 0);
  g_assert_cmpfloat_with_epsilon (share->share, 0.9, 1e-9);
  g_assert_cmpstr (share->what, ==, "connecting to ?");
}

/* What never ends is in no figure, and is told all the same. */
static void
test_pending (Story *story, gconstpointer data)
{
  guint32 place = fixture_place (&story->f, "dial", "server.c", 20);
  ProfileResultOperation *dial;

  one_task (story, 1, MS (5), MS (1));
  feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  feed (story, CHANNEL_AWAIT_BEGIN, 2, OBJECT (KIND_CONNECT, 2), place);
  pass (story, SECONDS (1));
  dial = find_operation (build (story), "dial");
  g_assert_cmpuint (dial->durations.count, ==, 1);
  g_assert_cmpuint (dial->n_pending, ==, 1);
  g_assert_cmpint (dial->oldest_ns, ==, SECONDS (1));
  g_assert_null (dial->advice);
  pass (story, SECONDS (1));
  dial = find_operation (build (story), "dial");
  g_assert_cmpstr (dial->advice->rule, ==, "not-over");
  g_assert_nonnull (strstr (dial->advice->text, "server.c:20"));
}

/* It has a timeout already; and a child process ends when it likes. */
static void
test_pending_with_timeout (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "dial", "server.c", 20);

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_TIMER, 1), place);
  fixture_value (f, OBJECT (KIND_TIMER, 1), KEY_DUE, (guint64)(f->now_ns + SECONDS (30)));
  feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  feed (story, CHANNEL_AWAIT_BEGIN, 2, OBJECT (KIND_CHILD, 2), fixture_place (f, "run", "a.c", 1));
  pass (story, SECONDS (20));
  g_assert_cmpuint (find_operation (build (story), "dial")->n_pending, ==, 1);
  g_assert_null (find_operation (story->result, "dial")->advice);
  g_assert_cmpuint (find_operation (story->result, "run")->n_pending, ==, 1);
  g_assert_null (find_operation (story->result, "run")->advice);
}

/* The end may have been among them. */
static void
test_lost_records (Story *story, gconstpointer data)
{
  guint32 place = fixture_place (&story->f, "dial", "server.c", 20);
  guint32 callback = fixture_place (&story->f, "on_data", "server.c", 22);

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  feed (story, CHANNEL_POLL_BEGIN, 2, 0, callback);
  pass (story, SECONDS (60));
  g_assert_nonnull (find_operation (build (story), "dial")->advice);
  g_assert_nonnull (find_callback (story->result, "on_data")->advice);
  story->n_lost = 1;
  g_assert_null (find_operation (build (story), "dial")->advice);
  g_assert_null (find_callback (story->result, "on_data"));
  feed (story, CHANNEL_POLL_END, 2, 0, 0);
  g_assert_nonnull (strstr (find_callback (build (story), "on_data")->advice->text, "inferred"));
}

/* Counted twice, nothing is: asking while something goes on changes no sum. */
static void
test_asking_changes_nothing (Story *story, gconstpointer data)
{
  guint32 place = fixture_place (&story->f, "dial", "server.c", 20);
  gint64 once, again;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (&story->f, "handle", "server.c", 10));
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  pass (story, MS (100));
  once = find_tasks (build (story), "handle")->waiting_ns;
  again = find_tasks (build (story), "handle")->waiting_ns;
  g_assert_cmpint (once, ==, MS (100));
  g_assert_cmpint (again, ==, once);
  pass (story, MS (50));
  feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_CONNECT, 1), place);
  pass (story, MS (20));
  g_assert_cmpint (find_tasks (build (story), "handle")->running_ns, ==, MS (20));
  pass (story, MS (20));
  feed (story, CHANNEL_POLL_END, 1, 0, 0);
  g_assert_cmpint (find_tasks (build (story), "handle")->running_ns, ==, MS (40));
  g_assert_cmpint (find_tasks (build (story), "handle")->waiting_ns, ==, MS (150));
}

static const ProfileRange second_half = { MS (50), MS (100), TRUE };

static void
test_range (Story *story, gconstpointer data)
{
  ProfileResult *result;

  for (guint i = 1; i <= 20; i++)
    one_task (story, i, MS (9), MS (1));
  result = build (story);
  /* Those that end from 50 to 100 ms after the first record; the one that ends at 100 is the last,
   * the one that began at 40 ends at 50 but waited until 49. */
  g_assert_cmpuint (find_operation (result, "dial")->durations.count, ==, 5);
  g_assert_cmpint (find_tasks (result, "handle")->waiting_ns, ==, MS (45));
  g_assert_cmpint (find_tasks (result, "handle")->running_ns, ==, MS (5));
}

/* It watched until somebody closed it: that is no waiting for the close. */
static void
test_rest (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "watch", "server.c", 60);
  ProfileResultTasks *tasks;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_SIGNAL, 1), place);
  pass (story, MS (500));
  fixture_feed_status (f, CHANNEL_AWAIT_END, 1, OBJECT (KIND_SIGNAL, 1), -125);
  pass (story, MS (3));
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CLOSE, 1), place);
  pass (story, MS (1));
  feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_CLOSE, 1), place);
  feed (story, CHANNEL_POLL_END, 1, 0, 0);
  feed (story, CHANNEL_TASK_END, 1, 0, 0);
  tasks = find_tasks (build (story), "watch");
  g_assert_cmpint (tasks->resting_ns, ==, MS (500));
  g_assert_cmpint (tasks->waiting_ns, ==, MS (1));
  g_assert_cmpint (tasks->ready_ns, ==, MS (3));
}

/* A timer that fires while an answer is out was the end of waiting for that. */
static void
test_timeout (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "dial", "client.c", 60);
  ProfileResultTasks *tasks;
  const ProfileResultShare *share;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_TIMER, 1), place);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  pass (story, MS (500));
  feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_TIMER, 1), place);
  feed (story, CHANNEL_POLL_END, 1, 0, 0);
  tasks = find_tasks (build (story), "dial");
  share = g_ptr_array_index (tasks->shares, 0);
  g_assert_cmpuint (tasks->shares->len, ==, 1);
  g_assert_cmpstr (share->kind, ==, "t.connect");
  g_assert_cmpint (share->ns, ==, MS (500));
}

/* ---- Loops ---------------------------------------------------------------------------------- */

static void
test_callbacks_own_time (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 outer = fixture_place (f, "outer", "a.c", 1);
  guint32 inner = fixture_place (f, "inner", "a.c", 2);
  ProfileResult *result;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  feed (story, CHANNEL_POLL_BEGIN, 1, 0, outer);
  pass (story, MS (10));
  feed (story, CHANNEL_POLL_BEGIN, 2, 0, inner);
  pass (story, MS (70));
  feed (story, CHANNEL_POLL_END, 2, 0, 0);
  pass (story, MS (5));
  feed (story, CHANNEL_POLL_END, 1, 0, 0);
  result = build (story);
  g_assert_cmpint (find_callback (result, "outer")->own.sum, ==, MS (15));
  g_assert_null (find_callback (result, "outer")->advice);
  g_assert_cmpint (find_callback (result, "inner")->own.sum, ==, MS (70));
  g_assert_cmpuint (find_callback (result, "inner")->n_long, ==, 1);
  g_assert_cmpstr (find_callback (result, "inner")->advice->rule, ==, "long-callback");
}

static void
run_for (Story *story, const char *function, gint64 ns)
{
  guint32 place = fixture_place (&story->f, function, "a.c", 9);

  feed (story, CHANNEL_POLL_BEGIN, 77, 0, place);
  pass (story, ns);
  feed (story, CHANNEL_POLL_END, 77, 0, 0);
}

static void
test_long_callbacks (Story *story, gconstpointer data)
{
  ProfileResult *result;

  run_for (story, "short", MS (50) - 1);
  run_for (story, "long", MS (50));
  result = build (story);
  g_assert_null (find_callback (result, "short")->advice);
  g_assert_cmpstr (find_callback (result, "long")->advice->rule, ==, "long-callback");
  g_assert_nonnull (strstr (find_callback (result, "long")->advice->text, "a.c:9 (long)"));
}

/* ---- Locks and pools ------------------------------------------------------------------------- */

#define LOCK OBJECT (KIND_LOCK, 0x77)
#define LOCKING(n) OBJECT (KIND_LOCKING, 0x80 + (n))

/* Thread @ring has to wait for what another one holds. */
static void
begin_locking (Story *story, guint32 ring, guint64 task, guint32 at)
{
  fixture_on (&story->f, ring);
  feed (story, CHANNEL_AWAIT_BEGIN, task, LOCKING (ring), at);
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
      feed (story, CHANNEL_TASK_BEGIN, i, 0, 0);
      fixture_value (f, i, KEY_TID, 100 + i);
    }
  fixture_on (f, 1);
  feed (story, CHANNEL_ACQUIRE, 1, LOCK, hold);
  pass (story, MS (10));
  begin_locking (story, 2, 2, wait);
  pass (story, MS (5));
  begin_locking (story, 3, 3, wait);
  pass (story, MS (15));
  fixture_on (f, 1);
  feed (story, CHANNEL_RELEASE, 1, LOCK, 0);
  fixture_on (f, 2);
  feed (story, CHANNEL_AWAIT_END, 2, LOCKING (2), 0);
  fixture_on (f, 3);
  pass (story, MS (1));
  lock = g_ptr_array_index (build (story)->locks, 0);
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
  feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  feed (story, CHANNEL_ACQUIRE, 1, LOCK, 0);
  pass (story, MS (10));
  feed (story, CHANNEL_RELEASE, 1, LOCK, 0);
  g_assert_cmpuint (build (story)->locks->len, ==, 0);
}

#define JOB(n) OBJECT (KIND_WORK, 0x90 + (n))

static void
test_pool (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 work = fixture_place (f, "resize", "image.c", 7);
  ProfileResultPool *pool;
  ProfileResultTasks *tasks;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "enqueue", "image.c", 20));
  for (guint i = 0; i < 3; i++)
    feed (story, CHANNEL_AWAIT_BEGIN, 1, JOB (i), 0);
  /* Two threads, 100 ms a job: the third waits for 100 ms. */
  for (guint i = 0; i < 2; i++)
    {
      fixture_on (f, 1 + i);
      feed (story, CHANNEL_POLL_BEGIN, 1, JOB (i), work);
    }
  pass (story, MS (100));
  for (guint i = 0; i < 2; i++)
    {
      fixture_on (f, 1 + i);
      feed (story, CHANNEL_POLL_END, 1, 0, 0);
    }
  feed (story, CHANNEL_POLL_BEGIN, 1, JOB (2), work);
  pass (story, MS (100));
  feed (story, CHANNEL_POLL_END, 1, 0, 0);
  pool = g_ptr_array_index (build (story)->pools, 0);
  g_assert_cmpuint (pool->waits.count, ==, 3);
  g_assert_cmpint (pool->waits.max, ==, MS (100));
  g_assert_cmpint (pool->waits.sum, ==, MS (100));
  g_assert_cmpint (pool->runs.sum, ==, MS (300));
  g_assert_cmpuint (pool->most_running, ==, 2);
  g_assert_cmpuint (pool->most_queued, ==, 2);
  g_assert_cmpint (pool->full_ns, ==, MS (100));
  g_assert_cmpstr (((ProfileResultPlace *)g_ptr_array_index (pool->jobs, 0))->place.where, ==,
                   "image.c:7");
  tasks = find_tasks (story->result, "enqueue");
  g_assert_cmpint (tasks->running_ns, ==, MS (300));
  /* It is what its threads are for. */
  g_assert_null (find_callback (story->result, "resize"));
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

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "enqueue", "image.c", 20));
  feed (story, CHANNEL_AWAIT_BEGIN, 1, JOB (1), 0);
  fixture_value (f, JOB (1), KEY_RESOURCE, pool_object);
  pass (story, MS (5));
  fixture_on (f, 1);
  feed (story, CHANNEL_AWAIT_END, 1, JOB (1), 0);
  feed (story, CHANNEL_ACQUIRE, 1, pool_object, work);
  pass (story, MS (20));
  feed (story, CHANNEL_RELEASE, 1, pool_object, 0);
  feed (story, CHANNEL_TASK_END, 1, 0, 0);
  tasks = find_tasks (build (story), "enqueue");
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

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  for (guint i = 0; i < 100; i++)
    {
      feed (story, CHANNEL_POLL_BEGIN, 1, 0, place);
      feed (story, CHANNEL_WAKE, 1, 1, 0);
      feed (story, CHANNEL_POLL_END, 1, 0, 0);
      pass (story, MS (2));
    }
  tasks = find_tasks (build (story), "spin");
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

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  for (guint i = 0; i < 200; i++)
    {
      feed (story, CHANNEL_WAKE, 2, 1, 0);
      feed (story, CHANNEL_POLL_BEGIN, 1, 0, place);
      if (i % 2 == 0)
        feed (story, CHANNEL_POINT, 1, 7, place);
      feed (story, CHANNEL_POLL_END, 1, 0, 0);
    }
  tasks = find_tasks (build (story), "nap");
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

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  pass (story, MS (1));
  feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_CONNECT, 1), place);
  feed (story, CHANNEL_POLL_END, 1, 0, 0);
  if (is_woken)
    feed (story, CHANNEL_WAKE, 0, 1, 0);
  pass (story, SECONDS (3));
}

static void
test_lost_waker (Story *story, gconstpointer data)
{
  forget_to_wake (story, FALSE);
  g_assert_cmpuint (find_tasks (build (story), "future")->n_lost, ==, 1);
  g_assert_cmpstr (find_tasks (story->result, "future")->advice->rule, ==, "lost-waker");
}

static void
test_no_lost_waker (Story *story, gconstpointer data)
{
  forget_to_wake (story, TRUE);
  g_assert_cmpuint (find_tasks (build (story), "future")->n_lost, ==, 0);
}

/* ---- Exchanges, paths, stacks ----------------------------------------------------------------- */

static void
test_exchanges_in_row (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "fetch", "client.c", 88);
  ProfileResultOperation *fetch;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "load", "client.c", 50));
  fixture_connection (f, 1, 0x50, TRUE);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *request = g_strdup_printf ("GET /posts/%u HTTP/1.1", 100 + i);

      fixture_ask (f, 1, 0x50, request, place);
      pass (story, MS (9));
      fixture_answer (f, 1, 0x50);
    }
  fetch = find_operation (build (story), "fetch");
  g_assert_cmpint (fetch->of, ==, PROFILE_OPERATION_EXCHANGE);
  g_assert_cmpuint (fetch->durations.count, ==, 12);
  g_assert_cmpint (fetch->durations.sum, ==, MS (120));
  g_assert_cmpuint (fetch->longest_row, ==, 12);
  g_assert_cmpstr (fetch->what, ==, "http GET 127.0.0.1:8080/posts/…");
  g_assert_cmpstr (fetch->advice->rule, ==, "one-by-one");
}

static void
test_paths (Story *story, gconstpointer data)
{
  const ProfileResultPath *path;

  for (guint i = 1; i <= 9; i++)
    one_task (story, i, MS (1), MS (1));
  feed (story, CHANNEL_TASK_BEGIN, 20, 0, fixture_place (&story->f, "other", "server.c", 90));
  feed (story, CHANNEL_TASK_END, 20, 0, 0);
  build (story);
  g_assert_cmpuint (story->result->paths->len, ==, 2);
  path = g_ptr_array_index (story->result->paths, 0);
  g_assert_cmpstr (path->names[0], ==, "handle");
  g_assert_cmpstr (path->names[1], ==, "dial");
  g_assert_null (path->names[2]);
  g_assert_cmpuint (path->count, ==, 9);
  g_assert_cmpfloat_with_epsilon (path->share, 0.9, 1e-9);
}

/* A task above the one that began it; for what it waits there, its parent does not wait as well. */
static void
test_stacks (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 parent = fixture_place (f, "request", "server.c", 1);
  guint32 child = fixture_place (f, "query", "server.c", 2);
  gint64 waiting = 0, running = 0;
  const ProfileResultNode *deepest = NULL;

  feed (story, CHANNEL_TASK_BEGIN, 1, 0, parent);
  feed (story, CHANNEL_TASK_BEGIN, 2, 1, child);
  feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_JOIN, 1), parent);
  fixture_value (f, OBJECT (KIND_JOIN, 1), KEY_RESOURCE, 2);
  feed (story, CHANNEL_AWAIT_BEGIN, 2, OBJECT (KIND_CONNECT, 2), child);
  pass (story, MS (30));
  feed (story, CHANNEL_RESUME, 2, OBJECT (KIND_CONNECT, 2), child);
  pass (story, MS (10));
  build (story);
  for (guint i = 0; i < story->result->nodes->len; i++)
    {
      const ProfileResultNode *node = g_ptr_array_index (story->result->nodes, i);

      waiting += node->waiting_ns;
      running += node->running_ns;
      if (node->waiting_ns > 0)
        deepest = node;
    }
  g_assert_cmpint (waiting, ==, MS (30));
  g_assert_cmpint (running, ==, MS (10));
  g_assert_cmpstr (deepest->name, ==, "query: connecting to …");
  deepest = g_ptr_array_index (story->result->nodes, deepest->parent);
  g_assert_cmpstr (deepest->name, ==, "query");
  deepest = g_ptr_array_index (story->result->nodes, deepest->parent);
  g_assert_cmpstr (deepest->name, ==, "request");
}

/* ---- Bounds --------------------------------------------------------------------------------- */

/* Ten thousand places, tasks within tasks, ends without beginnings: tables keep their size. */
static void
test_bounds (Story *story, gconstpointer data)
{
  ProfileResult *result;

  for (guint i = 1; i <= 10000; i++)
    {
      feed (story, CHANNEL_TASK_BEGIN, i, i - 1, i);
      feed (story, CHANNEL_AWAIT_BEGIN, i, OBJECT (KIND_CONNECT, i), i);
      feed (story, CHANNEL_POLL_END, i, 0, 0);
      feed (story, CHANNEL_RESUME, i, OBJECT (KIND_CONNECT, i), i);
      if (i % 3 == 0)
        feed (story, CHANNEL_POLL_END, i, 0, 0);
      if (i % 5 == 0)
        feed (story, CHANNEL_TASK_END, i - 2, 0, 0);
    }
  result = build (story);
  g_assert_cmpuint (result->operations->len, <=, 4096);
  g_assert_cmpuint (result->nodes->len, <=, 16384);
  g_assert_cmpuint (result->paths->len, <=, 1024);
  g_assert_cmpuint (result->n_turned_away, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func) g_test_add ("/profile/" name, Story, data, setup, func, teardown)
  ADD ("operations-have-their-percentiles", NULL, test_operations);
  ADD ("tasks-say-what-their-time-goes-to", NULL, test_tasks);
  ADD ("what-has-not-ended-is-told", NULL, test_pending);
  ADD ("what-has-a-timeout-needs-none", NULL, test_pending_with_timeout);
  ADD ("lost-records-are-no-proof", NULL, test_lost_records);
  ADD ("asking-changes-nothing", NULL, test_asking_changes_nothing);
  ADD ("range-counts-what-ends-in-it", &second_half, test_range);
  ADD ("rest-is-no-waiting-for-its-end", NULL, test_rest);
  ADD ("timeout-ends-what-was-waited-for", NULL, test_timeout);
  ADD ("callback-has-its-own-time", NULL, test_callbacks_own_time);
  ADD ("callback-is-long-from-50-ms-on", NULL, test_long_callbacks);
  ADD ("lock-says-who-waited-and-who-held-it", NULL, test_locks);
  ADD ("lock-that-nobody-waits-for-is-not-told", NULL, test_uncontended);
  ADD ("pool-says-when-it-was-full", NULL, test_pool);
  ADD ("pool-whose-jobs-are-no-polls", NULL, test_pool_without_polls);
  ADD ("task-that-wakes-itself", NULL, test_wakes);
  ADD ("task-that-is-woken-for-nothing", NULL, test_idle_wakes);
  ADD ("task-that-nobody-wakes", NULL, test_lost_waker);
  ADD ("task-that-was-woken-is-not-lost", NULL, test_no_lost_waker);
  ADD ("exchanges-in-a-row", NULL, test_exchanges_in_row);
  ADD ("paths-have-their-share", NULL, test_paths);
  ADD ("stacks-go-through-parents-and-count-once", NULL, test_stacks);
  ADD ("tables-keep-their-size", NULL, test_bounds);
  return g_test_run ();
}
