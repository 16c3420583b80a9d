/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Why": the chain of what a task waits for, with deadlines, and the critical path of its time. */

#include <string.h>

#include "chain.h"
#include "channel/layout.h"
#include "model-fixture.h"
#include "path.h"

#define CLIENT 0x11
#define WORKER 0x12
#define HELPER 0x13
#define LOCK OBJECT (KIND_LOCK, 0x77)

typedef struct
{
  Fixture f;
  InspectorHistory *history;
  GPtrArray *lines;
  WhyHolders *holders;
} Story;

static void
setup (Story *s, gconstpointer data)
{
  fixture_setup (&s->f, NULL);
  model_target_free (s->f.model);
  s->f.session = inspector_session_new ();
  s->history = inspector_session_keep_history (s->f.session);
  inspector_session_set_facts_source (s->f.session, &fixture_facts);
  s->f.target = inspector_session_add_target (s->f.session, 4711, "./app", 0);
  inspector_target_attach_tables (s->f.target, &fixture_tables, &s->f, NULL, NULL);
  s->f.model = inspector_target_get_model (s->f.target);
  s->lines = why_lines_new ();
  s->holders = why_holders_new (s->history, NULL, NULL);
}

static void
teardown (Story *s, gconstpointer data)
{
  g_ptr_array_unref (s->lines);
  why_holders_free (s->holders);
  fixture_teardown (&s->f, NULL);
}

static void
after (Story *s, gint64 ms)
{
  s->f.now_ns += MS (ms);
}

static void
feed (Story *s, guint type, guint64 task, guint64 arg, const char *function)
{
  fixture_feed (&s->f, type, task, arg,
                function != NULL ? fixture_place (&s->f, function, "app.c", 10) : 0);
}

static guint
find_track (Story *s, guint64 id)
{
  for (guint i = 0; i < inspector_history_get_n_tracks (s->history); i++)
    {
      InspectorTrack info;
      ModelTask *task = fixture_task (&s->f, id);

      inspector_history_get_track (s->history, i, &info);
      if (task != NULL && info.number == task->number)
        return i;
    }
  g_assert_not_reached ();
}

static const WhyLine *
find_line (Story *s, const char *text)
{
  for (guint i = 0; i < s->lines->len; i++)
    if (strstr (((WhyLine *)s->lines->pdata[i])->text, text) != NULL)
      return s->lines->pdata[i];
  return NULL;
}

/* The client runs for 10 ms and waits for 100; meanwhile the worker runs for 30 ms, waits for a file for 50,
 * runs for 20 and wakes the client, which runs for 5 ms more and ends. */
static void
tell_request (Story *s, gboolean wakes)
{
  feed (s, CHANNEL_TASK_BEGIN, CLIENT, 0, "client");
  feed (s, CHANNEL_TASK_BEGIN, WORKER, 0, "worker");
  fixture_on (&s->f, 1);
  feed (s, CHANNEL_POLL_BEGIN, CLIENT, 0, "ask");
  after (s, 10);
  feed (s, CHANNEL_AWAIT_BEGIN, CLIENT, OBJECT (KIND_QUEUED, 1), "ask");
  feed (s, CHANNEL_POLL_END, CLIENT, 0, NULL);
  fixture_on (&s->f, 2);
  feed (s, CHANNEL_POLL_BEGIN, WORKER, 0, "work");
  after (s, 30);
  feed (s, CHANNEL_AWAIT_BEGIN, WORKER, OBJECT (KIND_FILE, 2), "read_all");
  feed (s, CHANNEL_POLL_END, WORKER, 0, NULL);
  after (s, 50);
  feed (s, CHANNEL_AWAIT_END, WORKER, OBJECT (KIND_FILE, 2), NULL);
  feed (s, CHANNEL_POLL_BEGIN, WORKER, 0, "work");
  after (s, 20);
  if (wakes)
    feed (s, CHANNEL_WAKE, WORKER, CLIENT, NULL);
  fixture_on (&s->f, 1);
  feed (s, CHANNEL_AWAIT_END, CLIENT, OBJECT (KIND_QUEUED, 1), NULL);
  feed (s, CHANNEL_POLL_BEGIN, CLIENT, 0, "finish");
  after (s, 5);
  feed (s, CHANNEL_POLL_END, CLIENT, 0, NULL);
}

static gint64
sum (const GArray *pieces, guint track, InspectorState state)
{
  gint64 total_ns = 0;

  for (guint i = 0; i < pieces->len; i++)
    {
      const WhyPiece *piece = &g_array_index (pieces, WhyPiece, i);

      if (piece->track == track && piece->state == state)
        total_ns += piece->to_ns - piece->from_ns;
    }
  return total_ns;
}

static void
assert_whole (const GArray *pieces, gint64 from_ns, gint64 to_ns)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      const WhyPiece *piece = &g_array_index (pieces, WhyPiece, i);

      g_assert_cmpint (piece->from_ns, ==, from_ns);
      g_assert_cmpint (piece->to_ns, >, piece->from_ns);
      from_ns = piece->to_ns;
    }
  g_assert_cmpint (from_ns, ==, to_ns);
}

static void
test_path (Story *s, gconstpointer data)
{
  gint64 begin_ns = s->f.now_ns;
  g_autoptr (GArray) pieces = NULL;
  guint client, worker;

  tell_request (s, TRUE);
  client = find_track (s, CLIENT);
  worker = find_track (s, WORKER);
  pieces = why_path_find (s->history, s->holders, client, begin_ns, s->f.now_ns);
  assert_whole (pieces, begin_ns, s->f.now_ns);
  g_assert_cmpint (sum (pieces, client, INSPECTOR_STATE_RUNNING), ==, MS (15));
  g_assert_cmpint (sum (pieces, worker, INSPECTOR_STATE_RUNNING), ==, MS (50));
  g_assert_cmpint (sum (pieces, worker, INSPECTOR_STATE_WAITING), ==, MS (50));
}

/* Nobody was seen to wake it: its own wait is what the time went to. */
static void
test_path_without_a_cause (Story *s, gconstpointer data)
{
  gint64 begin_ns = s->f.now_ns;
  g_autoptr (GArray) pieces = NULL;
  guint client, worker;

  tell_request (s, FALSE);
  client = find_track (s, CLIENT);
  worker = find_track (s, WORKER);
  pieces = why_path_find (s->history, s->holders, client, begin_ns, s->f.now_ns);
  assert_whole (pieces, begin_ns, s->f.now_ns);
  g_assert_cmpint (sum (pieces, worker, INSPECTOR_STATE_RUNNING), ==, 0);
  g_assert_cmpint (sum (pieces, client, INSPECTOR_STATE_RUNNING), ==, MS (15));
}

static void
test_path_is_told (Story *s, gconstpointer data)
{
  guint client;

  tell_request (s, TRUE);
  client = find_track (s, CLIENT);
  /* Of a task that goes on, nothing is told. */
  why_path_add (s->history, s->holders, client, s->f.now_ns, s->lines);
  g_assert_cmpuint (s->lines->len, ==, 0);
  feed (s, CHANNEL_TASK_END, CLIENT, 0, NULL);
  why_path_add (s->history, s->holders, client, s->f.now_ns, s->lines);
  g_assert_nonnull (find_line (s, "Critical path"));
  g_assert_nonnull (find_line (s, "worker: waiting: opening …"));
  g_assert_cmpstr (find_line (s, "worker: waiting: opening …")->age, ==, "50.0 ms");
  g_assert_cmpuint (find_line (s, "worker: waiting: opening …")->task, !=, 0);
  g_assert_nonnull (strstr (find_line (s, "worker: waiting")->text, "43 %"));
}

static void
test_end_is_told (Story *s, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 end_ns;
  guint client;

  tell_request (s, TRUE);
  client = find_track (s, CLIENT);
  end_ns = s->f.now_ns;
  feed (s, CHANNEL_TASK_END, CLIENT, 0, NULL);
  g_assert_true (why_chain_add (s->history, client, end_ns + MS (5), NULL, s->lines, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (find_line (s, "has ended, after ")->text, "; that was 5.0 ms ago"));
}

/* Two that wake each other all the time: the path is cut, and whole. */
static void
test_path_of_many (Story *s, gconstpointer data)
{
  gint64 begin_ns = s->f.now_ns;
  g_autoptr (GArray) pieces = NULL;

  feed (s, CHANNEL_TASK_BEGIN, CLIENT, 0, "client");
  feed (s, CHANNEL_TASK_BEGIN, WORKER, 0, "worker");
  for (guint i = 0; i < 6000; i++)
    {
      guint64 one = i % 2 == 0 ? CLIENT : WORKER, other = i % 2 == 0 ? WORKER : CLIENT;

      fixture_on (&s->f, i % 2);
      feed (s, CHANNEL_POLL_BEGIN, one, 0, "turn");
      after (s, 1);
      feed (s, CHANNEL_WAKE, one, other, NULL);
      if (i > 0)
        feed (s, CHANNEL_AWAIT_END, other, OBJECT (KIND_QUEUED, other), NULL);
      feed (s, CHANNEL_AWAIT_BEGIN, one, OBJECT (KIND_QUEUED, one), "turn");
      feed (s, CHANNEL_POLL_END, one, 0, NULL);
    }
  pieces = why_path_find (s->history, s->holders, find_track (s, CLIENT), begin_ns, s->f.now_ns);
  assert_whole (pieces, begin_ns, s->f.now_ns);
}

static gboolean
answer (gpointer data, guint track, gint64 at_ns)
{
  return *(gboolean *)data;
}

/* While who had what it waited for is being read, the path is not told by half. */
static void
test_path_waits_for_holders (Story *s, gconstpointer data)
{
  gboolean is_there = FALSE;
  WhyHolders *holders = why_holders_new (s->history, answer, &is_there);
  guint client;

  feed (s, CHANNEL_TASK_BEGIN, CLIENT, 0, "client");
  feed (s, CHANNEL_TASK_BEGIN, HELPER, 0, "helper");
  feed (s, CHANNEL_ACQUIRE, HELPER, LOCK, "take");
  feed (s, CHANNEL_AWAIT_BEGIN, CLIENT, OBJECT (KIND_ASYNC_LOCKING, 1), "need");
  fixture_value (&s->f, OBJECT (KIND_ASYNC_LOCKING, 1), KEY_RESOURCE, LOCK);
  after (s, 1000);
  feed (s, CHANNEL_AWAIT_END, CLIENT, OBJECT (KIND_ASYNC_LOCKING, 1), NULL);
  after (s, 1);
  client = find_track (s, CLIENT);
  feed (s, CHANNEL_TASK_END, CLIENT, 0, NULL);
  after (s, 1);
  why_path_add (s->history, holders, client, s->f.now_ns, s->lines);
  g_assert_nonnull (find_line (s, "Critical path"));
  g_assert_nonnull (find_line (s, "being read"));
  g_assert_cmpuint (s->lines->len, ==, 2);
  is_there = TRUE;
  g_ptr_array_set_size (s->lines, 0);
  why_path_add (s->history, holders, client, s->f.now_ns, s->lines);
  g_assert_null (find_line (s, "being read"));
  g_assert_nonnull (find_line (s, "waiting"));
  why_holders_free (holders);
}

/* ---- The chain ---------------------------------------------------------------------------------- */

/* Who waits for a lock is told who has it; what has a timeout, when that will end it. */
static void
test_chain (Story *s, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const WhyLine *line;

  feed (s, CHANNEL_TASK_BEGIN, CLIENT, 0, "client");
  feed (s, CHANNEL_TASK_BEGIN, HELPER, 0, "helper");
  feed (s, CHANNEL_ACQUIRE, HELPER, LOCK, "take");
  after (s, 10);
  feed (s, CHANNEL_AWAIT_BEGIN, CLIENT, OBJECT (KIND_ASYNC_LOCKING, 1), "need");
  fixture_value (&s->f, OBJECT (KIND_ASYNC_LOCKING, 1), KEY_RESOURCE, LOCK);
  fixture_value (&s->f, OBJECT (KIND_ASYNC_LOCKING, 1), KEY_DEADLINE,
                 (guint64)(s->f.now_ns + SECONDS (3)));
  after (s, 1000);
  g_assert_true (
      why_chain_add (s->history, find_track (s, CLIENT), s->f.now_ns, NULL, s->lines, &error));
  g_assert_no_error (error);
  line = find_line (s, "helper has mutex");
  g_assert_nonnull (line);
  g_assert_cmpuint (line->task, !=, 0);
  g_assert_nonnull (find_line (s, "times out in 2.0 s"));
  g_assert_null (find_line (s, "holder unknown"));
}

/* A connection of a program that runs: the kernel is asked. */
static void
test_kernel (Story *s, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  feed (s, CHANNEL_TASK_BEGIN, CLIENT, 0, "client");
  fixture_connection (&s->f, CLIENT, 0x5, TRUE);
  fixture_value (&s->f, OBJECT (KIND_TCP, 0x5), KEY_FD, 7);
  fixture_set_socket ("ESTABLISHED");
  after (s, 1000);
  g_assert_true (
      why_chain_add (s->history, find_track (s, CLIENT), s->f.now_ns, NULL, s->lines, &error));
  g_assert_no_error (error);
  g_assert_nonnull (find_line (s, "the kernel: "));
  g_assert_nonnull (strstr (find_line (s, "the kernel: ")->text, "ESTABLISHED"));
  /* Where it does not know, nothing is made up. */
  fixture_set_socket (NULL);
  after (s, 1000);
  g_ptr_array_set_size (s->lines, 0);
  g_assert_true (
      why_chain_add (s->history, find_track (s, CLIENT), s->f.now_ns, NULL, s->lines, &error));
  g_assert_null (find_line (s, "the kernel: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/why/" path, Story, NULL, setup, func, teardown)
  ADD ("path", test_path);
  ADD ("path-without-a-cause", test_path_without_a_cause);
  ADD ("path-is-told", test_path_is_told);
  ADD ("path-waits-for-holders", test_path_waits_for_holders);
  ADD ("end-is-told", test_end_is_told);
  ADD ("path-of-many", test_path_of_many);
  ADD ("chain", test_chain);
  ADD ("kernel", test_kernel);
#undef ADD
  return g_test_run ();
}
