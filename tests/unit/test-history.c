/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* inspector-history.h from outside: what tasks did and when. */

#include <fcntl.h>
#include <string.h>

#include "history-story.h"
#include "inspect.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static void
assert_state (InspectorHistory *history, guint index, double at_s, InspectorState state,
              const char *kind)
{
  InspectorSpan span;

  g_assert_true (
      inspector_history_get_state_at (history, index, (gint64)(at_s * (double)SECOND), &span));
  g_assert_cmpint (span.state, ==, state);
  g_assert_cmpstr (inspector_history_get_kind (history, index, span.kind), ==, kind);
}

static void
test_states (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  InspectorSpan span;
  guint parent, child;

  g_assert_cmpuint (inspector_history_get_n_tracks (history), ==, 2);
  g_assert_true (inspector_history_find_track (history, 1, &parent));
  g_assert_true (inspector_history_find_track (history, 2, &child));
  g_assert_false (inspector_history_find_track (history, 3, &child));

  g_assert_false (inspector_history_get_state_at (history, parent, SECOND / 2, &span));
  assert_state (history, parent, 1.5, INSPECTOR_STATE_UNKNOWN, "");
  assert_state (history, parent, 2.2, INSPECTOR_STATE_RUNNING, "");
  assert_state (history, parent, 3.5, INSPECTOR_STATE_UNKNOWN, "");
  g_assert_false (inspector_history_get_state_at (history, child, 2 * SECOND, &span));
  assert_state (history, child, 3, INSPECTOR_STATE_UNKNOWN, "");
  assert_state (history, child, 4, INSPECTOR_STATE_WAITING, "t.read");
  assert_state (history, child, 8.5, INSPECTOR_STATE_BLOCKED, "t.lock");
  assert_state (history, child, 9.5, INSPECTOR_STATE_NONE, "");
}

/* From a wake, and from the end of a wait, until it runs it is ready; else it is not known what it does. */
static void
test_ready (void)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint64 file = (guint64)channel_builder_add_kind (
                     builder, INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT, "t.read", "reading {path}")
                     << 48 |
                 0x50;
  const struct
  {
    guint64 at;
    guint16 type;
    guint64 task, arg;
  } records[] = {
    { 10, CHANNEL_TASK_BEGIN, PARENT, 0 },     { 20, CHANNEL_WAKE, 0, PARENT },
    { 30, CHANNEL_POLL_BEGIN, PARENT, 0 },     { 40, CHANNEL_POLL_END, PARENT, 0 },
    { 50, CHANNEL_AWAIT_BEGIN, PARENT, file }, { 60, CHANNEL_AWAIT_END, PARENT, file },
    { 70, CHANNEL_POLL_BEGIN, PARENT, 0 },     { 80, CHANNEL_TASK_END, PARENT, 0 },
  };
  static const InspectorState wanted[] = { INSPECTOR_STATE_UNKNOWN, INSPECTOR_STATE_READY,
                                           INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_UNKNOWN,
                                           INSPECTOR_STATE_WAITING, INSPECTOR_STATE_READY,
                                           INSPECTOR_STATE_RUNNING };
  InspectorSpan spans[8];

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    channel_builder_record (builder, ring, records[i].at * (guint64)SECOND / 10, records[i].type, 0,
                            records[i].task, records[i].arg);
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), NULL);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  g_assert_cmpuint (inspector_history_get_spans (history, 0, 0, 79 * SECOND / 10, spans, 8), ==,
                    G_N_ELEMENTS (wanted));
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_assert_cmpint (spans[i].state, ==, wanted[i]);
      g_assert_cmpint (spans[i].begin_ns, ==, (gint64)(i + 1) * SECOND);
    }
  g_assert_cmpstr (inspector_history_get_kind (history, 0, spans[4].kind), ==, "t.read");
  g_assert_cmpstr (inspector_history_get_kind_words (history, 0, spans[4].kind), ==, "reading …");
}

static void
test_tracks (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  InspectorTrack track;
  InspectorSpan spans[8];
  g_autofree char *name = inspector_history_dup_name (history, 1);
  g_autofree char *place = NULL;

  g_assert_true (inspector_history_get_track (history, 1, &track));
  g_assert_cmpuint (track.number, ==, 2);
  g_assert_cmpuint (track.parent, ==, 1);
  g_assert_cmpint (track.pid, ==, NOBODY);
  g_assert_cmpint (track.begin_ns, ==, 25 * SECOND / 10);
  g_assert_cmpint (track.end_ns, ==, 9 * SECOND);
  g_assert_cmpstr (name, ==, "load");
  g_assert_true (inspector_history_get_track (history, 0, &track));
  g_assert_cmpint (track.end_ns, ==, G_MAXINT64);
  g_assert_false (inspector_history_get_track (history, 2, &track));

  g_assert_cmpuint (
      inspector_history_get_spans (history, 1, 5 * SECOND, 85 * SECOND / 10, spans, 8), ==, 2);
  g_assert_cmpint (spans[0].begin_ns, ==, 4 * SECOND);
  g_assert_cmpint (spans[1].end_ns, ==, 9 * SECOND);
  place = inspector_history_dup_place (history, 1, spans[0].location);
  g_assert_cmpstr (place, ==, "load at app.c:7");
  g_assert_cmpuint (inspector_history_get_spans (history, 7, 0, SECOND, spans, 8), ==, 0);
}

static void
test_rows (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  InspectorPollCount counts[2] = { 0 };
  InspectorRow rows[4];

  g_assert_cmpuint (inspector_history_get_rows (history, 0, 4, 3 * SECOND, rows), ==, 2);
  g_assert_cmpuint (inspector_history_get_rows (history, 2, 4, 3 * SECOND, rows), ==, 0);
  g_assert_cmpuint (rows[0].number, ==, 1);
  g_assert_cmpint (rows[0].state, ==, INSPECTOR_STATE_UNKNOWN);
  g_assert_cmpint (rows[0].since_ns, ==, 3 * SECOND);
  g_assert_cmpint (rows[0].tid, ==, 100);
  g_assert_cmpuint (rows[0].last_kind, ==, 0);
  g_assert_cmpuint (rows[1].parent, ==, 1);
  g_assert_cmpint (rows[1].tid, ==, 0);

  g_assert_cmpuint (inspector_history_get_rows (history, 1, 1, 2 * SECOND, rows), ==, 1);
  g_assert_cmpint (rows[0].state, ==, INSPECTOR_STATE_NONE);
  g_assert_cmpint (rows[0].begin_ns, >, 2 * SECOND);
  inspector_history_get_rows (history, 1, 1, 85 * SECOND / 10, rows);
  g_assert_cmpint (rows[0].state, ==, INSPECTOR_STATE_BLOCKED);
  g_assert_cmpstr (inspector_history_get_kind (history, 1, rows[0].kind), ==, "t.lock");
  inspector_history_get_rows (history, 1, 1, 95 * SECOND / 10, rows);
  g_assert_cmpint (rows[0].state, ==, INSPECTOR_STATE_NONE);
  g_assert_cmpuint (rows[0].kind, ==, 0);
  g_assert_cmpstr (inspector_history_get_kind (history, 1, rows[0].last_kind), ==, "t.lock");
  g_assert_cmpint (rows[0].since_ns, ==, 9 * SECOND);

  g_assert_cmpuint (inspector_history_count_polls (history, 0, SECOND, &counts[0]), ==, 0);
  g_assert_cmpuint (inspector_history_count_polls (history, 0, 9 * SECOND, &counts[0]), ==, 1);
  g_assert_cmpuint (inspector_history_count_polls (history, 0, 2 * SECOND, &counts[0]), ==, 1);
  g_assert_cmpuint (inspector_history_count_polls (history, 0, 2 * SECOND - 1, &counts[0]), ==, 0);
  g_assert_cmpuint (inspector_history_count_polls (history, 1, 9 * SECOND, &counts[1]), ==, 0);
}

/* A poll in which the task waits for a lock is one; the turns of two threads are told apart. */
static void
test_polls_and_threads (void)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  guint32 rings[] = { channel_builder_add_ring (builder, 100),
                      channel_builder_add_ring (builder, 200) };
  guint64 lock = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL |
                                                        INSPECT_AWAIT_BLOCKS,
                                                    "t.lock", "locking")
                     << 48 |
                 0x50;
  const struct
  {
    guint ring;
    guint64 at;
    guint16 type;
    guint64 arg;
  } records[] = {
    { 0, 10, CHANNEL_TASK_BEGIN, 0 },     { 0, 20, CHANNEL_POLL_BEGIN, 0 },
    { 0, 30, CHANNEL_AWAIT_BEGIN, lock }, { 0, 40, CHANNEL_AWAIT_END, lock },
    { 0, 50, CHANNEL_POLL_END, 0 },       { 1, 60, CHANNEL_POLL_BEGIN, 0 },
    { 1, 70, CHANNEL_POLL_END, 0 },
  };
  InspectorPollCount count = { 0 };
  InspectorSpan spans[8];
  InspectorRow row;

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    channel_builder_record (builder, rings[records[i].ring], records[i].at * (guint64)SECOND / 10,
                            records[i].type, 0, PARENT, records[i].arg);
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), NULL);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  g_assert_cmpuint (inspector_history_get_spans (history, 0, 0, 10 * SECOND, spans, 8), ==, 7);
  g_assert_cmpint (spans[1].state, ==, INSPECTOR_STATE_RUNNING);
  g_assert_cmpuint (spans[1].kind, ==, 0);
  g_assert_cmpint (spans[1].tid, ==, 100);
  g_assert_cmpint (spans[2].state, ==, INSPECTOR_STATE_BLOCKED);
  g_assert_cmpint (spans[2].tid, ==, 0);
  g_assert_cmpint (spans[3].state, ==, INSPECTOR_STATE_RUNNING);
  g_assert_cmpint (spans[3].tid, ==, 100);
  g_assert_cmpint (spans[5].tid, ==, 200);
  g_assert_cmpuint (inspector_history_count_polls (history, 0, 45 * SECOND / 10, &count), ==, 1);
  g_assert_cmpuint (inspector_history_count_polls (history, 0, 65 * SECOND / 10, &count), ==, 2);
  g_assert_cmpuint (inspector_history_count_polls (history, 0, 90 * SECOND / 10, &count), ==, 2);
  inspector_history_get_rows (history, 0, 1, 55 * SECOND / 10, &row);
  g_assert_cmpint (row.tid, ==, 100);
  inspector_history_get_rows (history, 0, 1, 9 * SECOND, &row);
  g_assert_cmpint (row.tid, ==, 200);
}

static void
test_coverage (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  gint64 columns[10 * INSPECTOR_N_STATES];

  inspector_history_get_coverage (history, 1, 0, 10 * SECOND, 10, columns);
  g_assert_cmpint (columns[5 * INSPECTOR_N_STATES + INSPECTOR_STATE_WAITING], ==, SECOND);
  g_assert_cmpint (columns[2 * INSPECTOR_N_STATES + INSPECTOR_STATE_UNKNOWN], ==, SECOND / 2);
  g_assert_cmpint (columns[8 * INSPECTOR_N_STATES + INSPECTOR_STATE_BLOCKED], ==, SECOND);
  inspector_history_get_coverage (history, 99, 0, 10 * SECOND, 10, columns);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_assert_cmpint (columns[i], ==, 0);
}

static void
test_causes_and_activity (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  InspectorCause causes[4];
  double activity[2];
  gint64 first_ns, last_ns;

  g_assert_true (inspector_history_get_range (history, &first_ns, &last_ns));
  g_assert_cmpint (first_ns, ==, SECOND);
  /* Its program is there and does nothing: time goes on for it. */
  g_assert_cmpint (last_ns, >, 9 * SECOND);
  g_assert_cmpuint (inspector_history_get_causes (history, 0, 10 * SECOND, causes, 4), ==, 1);
  g_assert_cmpuint (causes[0].from, ==, 1);
  g_assert_cmpuint (causes[0].to, ==, 2);
  g_assert_cmpuint (inspector_history_get_causes (history, 3 * SECOND, 10 * SECOND, causes, 4), ==,
                    0);
  inspector_history_get_activity (history, 0, 20 * SECOND, 2, activity);
  g_assert_cmpfloat (activity[0], >, 6);
  g_assert_cmpfloat (activity[1], <, 1);
}

static void
test_the_range_ends_with_the_last_program (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  g_autoptr (InspectorTarget) target =
      g_list_model_get_item (inspector_session_get_targets (session), 0);
  gint64 first_ns, end_ns, last_ns;

  inspector_target_set_ended (target, FALSE, 0);
  g_assert_true (inspector_history_get_range (history, &first_ns, &end_ns));
  g_assert_cmpint (end_ns, >, 9 * SECOND);
  inspector_session_poll (session);
  g_assert_true (inspector_history_get_range (history, &first_ns, &last_ns));
  g_assert_cmpint (last_ns, ==, end_ns);
}

static void
test_summary (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  g_autoptr (GPtrArray) operations = inspector_history_summarize (history, 1, 0, 10 * SECOND);
  const InspectorOperation *first = operations->pdata[0];

  g_assert_cmpuint (operations->len, ==, 3);
  g_assert_cmpstr (first->kind, ==, "t.read");
  g_assert_cmpstr (first->place, ==, "load at app.c:7");
  g_assert_cmpuint (first->count, ==, 1);
  g_assert_cmpint (first->total_ns, ==, 4 * SECOND);
  g_assert_cmpint (first->max_ns, ==, 4 * SECOND);
  g_assert_cmpint (ABS (first->p50_ns - 4 * SECOND), <=, SECOND / 25 * 4);
}

typedef struct
{
  GMainLoop *loop;
  GPtrArray *operations;
  GError *error;
} Answer;

static void
on_summarized (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->operations =
      inspector_history_summarize_finish (INSPECTOR_HISTORY (source), result, &answer->error);
  g_main_loop_quit (answer->loop);
}

static void
test_summary_in_a_thread (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  g_autoptr (GPtrArray) expected = inspector_history_summarize (history, G_MAXUINT, 0, 10 * SECOND);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer answer = { loop, NULL, NULL };

  inspector_history_summarize_async (history, G_MAXUINT, 0, 10 * SECOND, NULL, on_summarized,
                                     &answer);
  g_main_loop_run (loop);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.operations->len, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    {
      const InspectorOperation *a = answer.operations->pdata[i], *b = expected->pdata[i];

      g_assert_cmpstr (a->kind, ==, b->kind);
      g_assert_cmpstr (a->place, ==, b->place);
      g_assert_cmpint (a->total_ns, ==, b->total_ns);
    }
  g_ptr_array_unref (answer.operations);
  g_cancellable_cancel (cancellable);
  inspector_history_summarize_async (history, G_MAXUINT, 0, 10 * SECOND, cancellable, on_summarized,
                                     &answer);
  g_main_loop_run (loop);
  g_assert_null (answer.operations);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
}

/* "app.c:7" is said of a place; a view that shows the line needs the whole path. */
static void
assert_file (InspectorHistory *history, guint32 location)
{
  guint line = 0;
  g_autofree char *file = inspector_history_dup_place_file (history, 1, location, &line);
  g_auto (GStrv) by_line = inspector_history_find_files (history, "app.c:7");
  g_auto (GStrv) by_name = inspector_history_find_files (history, "app.c");
  g_auto (GStrv) other = inspector_history_find_files (history, "app.c:77");
  g_auto (GStrv) shorter = inspector_history_find_files (history, "app");

  g_assert_cmpstr (file, ==, "src/app.c");
  g_assert_cmpuint (line, ==, 7);
  g_assert_cmpstr (by_line[0], ==, "src/app.c");
  g_assert_null (by_line[1]);
  g_assert_cmpstr (by_name[0], ==, "src/app.c");
  g_assert_null (by_name[1]);
  g_assert_null (other[0]);
  g_assert_null (shorter[0]);
}

static void
test_files (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  g_auto (GStrv) of_session = NULL;
  g_autofree char *nowhere = NULL;
  guint line = 1;
  InspectorSpan span;

  g_assert_true (inspector_history_get_state_at (history, 1, 5 * SECOND, &span));
  assert_file (history, span.location);
  of_session = inspector_session_find_files (session, "app.c:7");
  g_assert_cmpstr (of_session[0], ==, "src/app.c");
  g_assert_null (of_session[1]);
  nowhere = inspector_history_dup_place_file (history, 1, 0, &line);
  g_assert_cmpstr (nowhere, ==, "");
  g_assert_cmpuint (line, ==, 0);
}

/* What a program named is known when it is gone. */
static void
test_ended (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  InspectorTarget *target = inspector_session_find_target (session, NOBODY);
  g_autofree char *name = NULL;
  InspectorSpan span;

  inspector_target_set_ended (target, TRUE, 0);
  g_list_store_remove_all (G_LIST_STORE (inspector_session_get_targets (session)));
  name = inspector_history_dup_name (history, 1);
  g_assert_cmpstr (name, ==, "load");
  assert_state (history, 1, 8.5, INSPECTOR_STATE_BLOCKED, "t.lock");
  g_assert_true (inspector_history_get_state_at (history, 1, 5 * SECOND, &span));
  g_free (name);
  name = inspector_history_dup_place (history, 1, span.location);
  g_assert_cmpstr (name, ==, "load at app.c:7");
  assert_file (history, span.location);
}

static void
count (gpointer counter)
{
  ++*(guint *)counter;
}

static void
test_grown (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  InspectorTarget *target = inspector_session_add_target (session, NOBODY - 1, "./app", 0);
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  guint n_grown = 0;

  g_signal_connect_swapped (history, "grown", G_CALLBACK (count), &n_grown);
  inspector_session_poll (session);
  g_assert_cmpuint (n_grown, ==, 0);
  history_story_tell (builder);
  g_assert_true (
      inspector_target_attach_channel (target, channel_builder_dup_memfd (builder, SEALS), NULL));
  channel_builder_free (builder);
  inspector_session_poll (session);
  g_assert_cmpuint (n_grown, ==, 1);
  inspector_session_poll (session);
  g_assert_cmpuint (n_grown, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/states-at-any-instant", test_states);
  g_test_add_func ("/history/ready-is-what-was-seen-to-become-so", test_ready);
  g_test_add_func ("/history/tracks-and-spans", test_tracks);
  g_test_add_func ("/history/rows-at-an-instant", test_rows);
  g_test_add_func ("/history/polls-and-threads", test_polls_and_threads);
  g_test_add_func ("/history/coverage", test_coverage);
  g_test_add_func ("/history/causes-and-activity", test_causes_and_activity);
  g_test_add_func ("/history/the-range-ends-with-the-last-program",
                   test_the_range_ends_with_the_last_program);
  g_test_add_func ("/history/summary", test_summary);
  g_test_add_func ("/history/summary/in-a-thread", test_summary_in_a_thread);
  g_test_add_func ("/history/source-files", test_files);
  g_test_add_func ("/history/outlives-the-program", test_ended);
  g_test_add_func ("/history/says-that-it-has-grown", test_grown);
  return g_test_run ();
}
