/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where the time goes, of records by hand with answers that are known. */

#include "analysis/profile.h"
#include "channel/layout.h"
#include "model-fixture.h"

#include <string.h>

typedef struct
{
  Fixture f;
  AnalysisPlaces *places;
  Profile *profile;
  ProfileResult *result;
} Story;

static const ProfileRange always = { 0, G_MAXINT64, FALSE };

static void
setup (Story *story, gconstpointer data)
{
  fixture_setup (&story->f, NULL);
  story->places = analysis_places_new (&fixture_tables, &story->f, NULL, NULL);
  story->profile = profile_new (story->f.model, story->places, data != NULL ? data : &always);
  story->result = NULL;
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
  story->result = profile_build (story->profile, story->f.now_ns);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func) g_test_add ("/profile/" name, Story, data, setup, func, teardown)
  ADD ("operations-have-their-percentiles", NULL, test_operations);
  ADD ("tasks-say-what-their-time-goes-to", NULL, test_tasks);
  ADD ("what-has-not-ended-is-told", NULL, test_pending);
  ADD ("asking-changes-nothing", NULL, test_asking_changes_nothing);
  ADD ("range-counts-what-ends-in-it", &second_half, test_range);
  ADD ("callback-has-its-own-time", NULL, test_callbacks_own_time);
  ADD ("callback-is-long-from-50-ms-on", NULL, test_long_callbacks);
  return g_test_run ();
}
