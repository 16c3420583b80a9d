/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where the time goes, of records by hand with answers that are known. */

#include <string.h>

#include "profile-fixture.h"

/* A task that begins, waits once for @wait_ns and then runs for @run_ns. */
static void
one_task (Story *story, guint64 id, gint64 wait_ns, gint64 run_ns)
{
  Fixture *f = &story->f;
  guint32 origin = fixture_place (f, "handle", "server.c", 10);
  guint32 place = fixture_place (f, "dial", "server.c", 20);
  guint32 callback = fixture_place (f, "on_dialled", "server.c", 30);

  story_feed (story, CHANNEL_TASK_BEGIN, id, 0, origin);
  story_feed (story, CHANNEL_AWAIT_BEGIN, id, OBJECT (KIND_CONNECT, id), place);
  story_pass (story, wait_ns);
  story_feed (story, CHANNEL_RESUME, id, OBJECT (KIND_CONNECT, id), callback);
  story_pass (story, run_ns);
  story_feed (story, CHANNEL_POLL_END, id, 0, 0);
  story_feed (story, CHANNEL_TASK_END, id, 0, 0);
}

static void
test_operations (Story *story, gconstpointer data)
{
  ProfileResultOperation *dial;

  for (guint i = 1; i <= 100; i++)
    one_task (story, i, MS (i), MS (1));
  dial = story_find_operation (story_build (story), "dial");
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
  handle = story_find_tasks (story_build (story), "handle");
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
  story_feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 2, OBJECT (KIND_CONNECT, 2), place);
  story_pass (story, SECONDS (1));
  dial = story_find_operation (story_build (story), "dial");
  g_assert_cmpuint (dial->durations.count, ==, 1);
  g_assert_cmpuint (dial->n_pending, ==, 1);
  g_assert_cmpint (dial->oldest_ns, ==, SECONDS (1));
  g_assert_null (dial->advice);
  story_pass (story, SECONDS (1));
  dial = story_find_operation (story_build (story), "dial");
  g_assert_cmpstr (dial->advice->rule, ==, "not-over");
  g_assert_nonnull (strstr (dial->advice->text, "server.c:20"));
}

/* It has a timeout already; and a child process ends when it likes. */
static void
test_pending_with_timeout (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "dial", "server.c", 20);

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_TIMER, 1), place);
  fixture_value (f, OBJECT (KIND_TIMER, 1), KEY_DUE, (guint64)(f->now_ns + SECONDS (30)));
  story_feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 2, OBJECT (KIND_CHILD, 2),
              fixture_place (f, "run", "a.c", 1));
  story_pass (story, SECONDS (20));
  g_assert_cmpuint (story_find_operation (story_build (story), "dial")->n_pending, ==, 1);
  g_assert_null (story_find_operation (story->result, "dial")->advice);
  g_assert_cmpuint (story_find_operation (story->result, "run")->n_pending, ==, 1);
  g_assert_null (story_find_operation (story->result, "run")->advice);
}

/* The end may have been among them. */
static void
test_lost_records (Story *story, gconstpointer data)
{
  guint32 place = fixture_place (&story->f, "dial", "server.c", 20);
  guint32 callback = fixture_place (&story->f, "on_data", "server.c", 22);

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  story_feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  story_feed (story, CHANNEL_POLL_BEGIN, 2, 0, callback);
  story_pass (story, SECONDS (60));
  g_assert_nonnull (story_find_operation (story_build (story), "dial")->advice);
  g_assert_nonnull (story_find_callback (story->result, "on_data")->advice);
  story->n_lost = 1;
  g_assert_null (story_find_operation (story_build (story), "dial")->advice);
  g_assert_null (story_find_callback (story->result, "on_data"));
  story_feed (story, CHANNEL_POLL_END, 2, 0, 0);
  g_assert_nonnull (
      strstr (story_find_callback (story_build (story), "on_data")->advice->text, "inferred"));
}

/* Counted twice, nothing is: asking while something goes on changes no sum. */
static void
test_asking_changes_nothing (Story *story, gconstpointer data)
{
  guint32 place = fixture_place (&story->f, "dial", "server.c", 20);
  gint64 once, again;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (&story->f, "handle", "server.c", 10));
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  story_pass (story, MS (100));
  once = story_find_tasks (story_build (story), "handle")->waiting_ns;
  again = story_find_tasks (story_build (story), "handle")->waiting_ns;
  g_assert_cmpint (once, ==, MS (100));
  g_assert_cmpint (again, ==, once);
  story_pass (story, MS (50));
  story_feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_CONNECT, 1), place);
  story_pass (story, MS (20));
  g_assert_cmpint (story_find_tasks (story_build (story), "handle")->running_ns, ==, MS (20));
  story_pass (story, MS (20));
  story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
  g_assert_cmpint (story_find_tasks (story_build (story), "handle")->running_ns, ==, MS (40));
  g_assert_cmpint (story_find_tasks (story_build (story), "handle")->waiting_ns, ==, MS (150));
}

static const ProfileRange second_half = { MS (50), MS (100), TRUE };

static void
test_range (Story *story, gconstpointer data)
{
  ProfileResult *result;

  for (guint i = 1; i <= 20; i++)
    one_task (story, i, MS (9), MS (1));
  result = story_build (story);
  /* Those that end from 50 to 100 ms after the first record; the one that ends at 100 is the last,
   * the one that began at 40 ends at 50 but waited until 49. */
  g_assert_cmpuint (story_find_operation (result, "dial")->durations.count, ==, 5);
  g_assert_cmpint (story_find_tasks (result, "handle")->waiting_ns, ==, MS (45));
  g_assert_cmpint (story_find_tasks (result, "handle")->running_ns, ==, MS (5));
}

/* It watched until somebody closed it: that is no waiting for the close. */
static void
test_rest (Story *story, gconstpointer data)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "watch", "server.c", 60);
  ProfileResultTasks *tasks;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_SIGNAL, 1), place);
  story_pass (story, MS (500));
  fixture_feed_status (f, CHANNEL_AWAIT_END, 1, OBJECT (KIND_SIGNAL, 1), -125);
  story_pass (story, MS (3));
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CLOSE, 1), place);
  story_pass (story, MS (1));
  story_feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_CLOSE, 1), place);
  story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
  story_feed (story, CHANNEL_TASK_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "watch");
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

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, place);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_TIMER, 1), place);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, 1), place);
  story_pass (story, MS (500));
  story_feed (story, CHANNEL_RESUME, 1, OBJECT (KIND_TIMER, 1), place);
  story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
  tasks = story_find_tasks (story_build (story), "dial");
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

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, 0);
  story_feed (story, CHANNEL_TASK_BEGIN, 2, 0, 0);
  story_feed (story, CHANNEL_POLL_BEGIN, 1, 0, outer);
  story_pass (story, MS (10));
  story_feed (story, CHANNEL_POLL_BEGIN, 2, 0, inner);
  story_pass (story, MS (70));
  story_feed (story, CHANNEL_POLL_END, 2, 0, 0);
  story_pass (story, MS (5));
  story_feed (story, CHANNEL_POLL_END, 1, 0, 0);
  result = story_build (story);
  g_assert_cmpint (story_find_callback (result, "outer")->own.sum, ==, MS (15));
  g_assert_null (story_find_callback (result, "outer")->advice);
  g_assert_cmpint (story_find_callback (result, "inner")->own.sum, ==, MS (70));
  g_assert_cmpuint (story_find_callback (result, "inner")->n_long, ==, 1);
  g_assert_cmpstr (story_find_callback (result, "inner")->advice->rule, ==, "long-callback");
}

static void
run_for (Story *story, const char *function, gint64 ns)
{
  guint32 place = fixture_place (&story->f, function, "a.c", 9);

  story_feed (story, CHANNEL_POLL_BEGIN, 77, 0, place);
  story_pass (story, ns);
  story_feed (story, CHANNEL_POLL_END, 77, 0, 0);
}

static void
test_long_callbacks (Story *story, gconstpointer data)
{
  ProfileResult *result;

  run_for (story, "short", MS (50) - 1);
  run_for (story, "long", MS (50));
  result = story_build (story);
  g_assert_null (story_find_callback (result, "short")->advice);
  g_assert_cmpstr (story_find_callback (result, "long")->advice->rule, ==, "long-callback");
  g_assert_nonnull (strstr (story_find_callback (result, "long")->advice->text, "a.c:9 (long)"));
}

/* ---- Exchanges, paths, stacks ----------------------------------------------------------------- */

static void
ask_in_row (Story *story, gboolean has_connections)
{
  Fixture *f = &story->f;
  guint32 place = fixture_place (f, "fetch", "client.c", 88);
  ProfileResultOperation *fetch;

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, fixture_place (f, "load", "client.c", 50));
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *request = g_strdup_printf ("GET /posts/%u HTTP/1.1", 100 + i);
      guint64 id = 0x50 + (has_connections ? i : 0);

      if (has_connections)
        {
          fixture_feed (f, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_CONNECT, id), 0);
          fixture_feed (f, CHANNEL_AWAIT_END, 1, OBJECT (KIND_CONNECT, id), 0);
        }
      if (has_connections || i == 0)
        fixture_connection (f, 1, id, TRUE);
      fixture_ask (f, 1, id, request, place);
      story_pass (story, MS (9));
      fixture_answer (f, 1, id);
    }
  fetch = story_find_operation (story_build (story), "fetch");
  g_assert_cmpint (fetch->of, ==, PROFILE_OPERATION_EXCHANGE);
  g_assert_cmpuint (fetch->durations.count, ==, 12);
  g_assert_cmpint (fetch->durations.sum, ==, MS (120));
  g_assert_cmpuint (fetch->longest_row, ==, 12);
  g_assert_cmpstr (fetch->what, ==, "http GET 127.0.0.1:8080/posts/…");
  g_assert_cmpstr (fetch->advice->rule, ==, "one-by-one");
}

static void
test_exchanges_in_row (Story *story, gconstpointer data)
{
  ask_in_row (story, FALSE);
}

/* To connect is no request that came between two of them. */
static void
test_exchanges_with_connections (Story *story, gconstpointer data)
{
  ask_in_row (story, TRUE);
}

static void
test_paths (Story *story, gconstpointer data)
{
  const ProfileResultPath *path;

  for (guint i = 1; i <= 9; i++)
    one_task (story, i, MS (1), MS (1));
  story_feed (story, CHANNEL_TASK_BEGIN, 20, 0, fixture_place (&story->f, "other", "server.c", 90));
  story_feed (story, CHANNEL_TASK_END, 20, 0, 0);
  story_build (story);
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

  story_feed (story, CHANNEL_TASK_BEGIN, 1, 0, parent);
  story_feed (story, CHANNEL_TASK_BEGIN, 2, 1, child);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 1, OBJECT (KIND_JOIN, 1), parent);
  fixture_value (f, OBJECT (KIND_JOIN, 1), KEY_RESOURCE, 2);
  story_feed (story, CHANNEL_AWAIT_BEGIN, 2, OBJECT (KIND_CONNECT, 2), child);
  story_pass (story, MS (30));
  story_feed (story, CHANNEL_RESUME, 2, OBJECT (KIND_CONNECT, 2), child);
  story_pass (story, MS (10));
  story_build (story);
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
      story_feed (story, CHANNEL_TASK_BEGIN, i, i - 1, i);
      story_feed (story, CHANNEL_AWAIT_BEGIN, i, OBJECT (KIND_CONNECT, i), i);
      story_feed (story, CHANNEL_POLL_END, i, 0, 0);
      story_feed (story, CHANNEL_RESUME, i, OBJECT (KIND_CONNECT, i), i);
      if (i % 3 == 0)
        story_feed (story, CHANNEL_POLL_END, i, 0, 0);
      if (i % 5 == 0)
        story_feed (story, CHANNEL_TASK_END, i - 2, 0, 0);
    }
  result = story_build (story);
  g_assert_cmpuint (result->operations->len, <=, 4096);
  g_assert_cmpuint (result->nodes->len, <=, 16384);
  g_assert_cmpuint (result->paths->len, <=, 1024);
  g_assert_cmpuint (result->n_turned_away, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                                      \
  g_test_add ("/profile/" name, Story, data, story_setup, func, story_teardown)
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
  ADD ("exchanges-in-a-row", NULL, test_exchanges_in_row);
  ADD ("exchanges-with-connections", NULL, test_exchanges_with_connections);
  ADD ("paths-have-their-share", NULL, test_paths);
  ADD ("stacks-go-through-parents-and-count-once", NULL, test_stacks);
  ADD ("tables-keep-their-size", NULL, test_bounds);
  return g_test_run ();
}
