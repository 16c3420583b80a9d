/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* inspector-history.h from outside: all that is known of an instant, and the records around it. */

#include <fcntl.h>
#include <unistd.h>

#include "history-story.h"
#include "inspect.h"

static void
assert_moment (InspectorHistory *history, guint index, double at_s, const char *kind,
               const char *text)
{
  g_autoptr (GError) error = NULL;
  InspectorMoment *moment =
      inspector_history_get_moment (history, index, (gint64)(at_s * (double)SECOND), &error);
  const InspectorPending *pending;

  g_assert_no_error (error);
  g_assert_nonnull (moment);
  g_assert_cmpstr (moment->name, ==, "load");
  g_assert_cmpuint (moment->pending->len, ==, kind != NULL ? 1 : 0);
  if (kind != NULL)
    {
      pending = moment->pending->pdata[0];
      g_assert_cmpstr (pending->kind, ==, kind);
      g_assert_cmpstr (pending->text, ==, text);
      g_assert_cmpstr (pending->place, ==, "load at app.c:7");
    }
  inspector_moment_free (moment);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  GPtrArray **events = data;
  g_autoptr (GError) error = NULL;

  *events = inspector_history_list_events_finish (INSPECTOR_HISTORY (source), result, &error);
  g_assert_no_error (error);
}

/* What a thread finds is what is found without one. */
static void
assert_events (InspectorHistory *history, guint index, gint64 at_ns, gint n, guint n_wanted)
{
  g_autoptr (GPtrArray) now = inspector_history_list_events (history, index, at_ns, n, NULL, NULL);
  g_autoptr (GPtrArray) later = NULL;

  inspector_history_list_events_async (history, index, at_ns, n, NULL, NULL, on_listed, &later);
  while (later == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (later->len, ==, n_wanted);
  g_assert_cmpuint (now->len, ==, n_wanted);
  for (guint i = 0; i < n_wanted; i++)
    {
      const InspectorEvent *a = now->pdata[i], *b = later->pdata[i];

      g_assert_cmpint (a->at_ns, ==, b->at_ns);
      g_assert_cmpstr (a->type, ==, b->type);
      g_assert_cmpstr (a->kind, ==, b->kind);
      g_assert_cmpstr (a->place, ==, b->place);
      g_assert_cmpuint (a->track, ==, b->track);
    }
}

static void
assert_moments (InspectorHistory *history)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events =
      inspector_history_list_events (history, 1, 45 * SECOND / 10, -2, NULL, &error);

  g_assert_no_error (error);
  assert_moment (history, 1, 3, NULL, NULL);
  assert_moment (history, 1, 5, "t.read", "reading");
  assert_moment (history, 1, 8.5, "t.lock", "locking");
  g_assert_null (inspector_history_get_moment (history, 1, 95 * SECOND / 10, &error));
  g_assert_no_error (error);
  g_assert_null (inspector_history_get_moment (history, 1, 2 * SECOND, &error));
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpstr (((InspectorEvent *)events->pdata[0])->type, ==, "task-begin");
  g_assert_cmpstr (((InspectorEvent *)events->pdata[1])->type, ==, "await-begin");
  assert_events (history, G_MAXUINT, 0, 100, 8);
  assert_events (history, G_MAXUINT, 5 * SECOND, -2, 2);
  assert_events (history, 0, 0, 2, 2);
  assert_events (history, 1, 10 * SECOND, 5, 0);
}

/* Who asks while a program runs is answered when it has gone, too. */
static void
test_events_of_a_program_that_goes (void)
{
  InspectorHistory *history;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (GPtrArray) events = NULL;

  close (g_file_open_tmp ("async-inspect-history-XXXXXX", &path, &error));
  g_assert_no_error (error);
  session = history_story_open_recorded (&history, path);
  inspector_history_list_events_async (history, G_MAXUINT, 0, 100, NULL, NULL, on_listed, &events);
  inspector_target_set_ended (inspector_session_find_target (session, NOBODY), TRUE, 0);
  g_assert_true (inspector_session_stop_recording (session, NULL, &error));
  g_list_store_remove_all (G_LIST_STORE (inspector_session_get_targets (session)));
  while (events == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (events->len, ==, 8);
  g_assert_cmpstr (((InspectorEvent *)events->pdata[4])->kind, ==, "t.read");
  g_assert_cmpint (unlink (path), ==, 0);
}

/* What is said of a task just before it begins is of none; all that comes later is of that task. */
static void
test_events_of_one_named_before_it_begins (void)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint32 key =
      channel_builder_add_kind (builder, INSPECT_KIND_KEY, INSPECT_VALUE_U64, "t.odd", "odd");
  static const guint tracks[] = { 0, G_MAXUINT, 1, 1 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = NULL;

  close (g_file_open_tmp ("async-inspect-history-XXXXXX", &path, &error));
  channel_builder_record (builder, ring, SECOND, CHANNEL_TASK_BEGIN, 0, PARENT, 0);
  channel_builder_attribute (builder, ring, CHILD, key, 7);
  channel_builder_record (builder, ring, 2 * SECOND, CHANNEL_TASK_BEGIN, 0, CHILD, 0);
  channel_builder_record (builder, ring, 3 * SECOND, CHANNEL_POLL_BEGIN, 0, CHILD, 0);
  g_assert_true (inspector_session_start_recording (session, path, TRUE, &error));
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, F_SEAL_SHRINK | F_SEAL_GROW),
                                   &error);
  g_assert_no_error (error);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  events = inspector_history_list_events (history, G_MAXUINT, 0, 100, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (events->len, ==, G_N_ELEMENTS (tracks));
  for (guint i = 0; i < events->len; i++)
    g_assert_cmpuint (((InspectorEvent *)events->pdata[i])->track, ==, tracks[i]);
  g_assert_cmpint (unlink (path), ==, 0);
}

static void
on_refused (GObject *source, GAsyncResult *result, gpointer data)
{
  inspector_history_list_events_finish (INSPECTOR_HISTORY (source), result, data);
}

static void
test_events_without_a_recording (void)
{
  InspectorHistory *history;
  g_autoptr (InspectorSession) session = history_story_open (&history);
  g_autoptr (GError) error = NULL;

  inspector_history_list_events_async (history, G_MAXUINT, 0, 8, NULL, NULL, on_refused, &error);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* A view cannot tell a session that is being recorded, one that was, and a recording. */
static void
test_moments (void)
{
  InspectorHistory *history, *again;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorSession) session = NULL, replayed = inspector_session_new ();
  int fd = g_file_open_tmp ("async-inspect-history-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  session = history_story_open_recorded (&history, path);
  assert_moments (history);
  inspector_target_set_ended (inspector_session_find_target (session, NOBODY), TRUE, 0);
  assert_moments (history);
  g_assert_true (inspector_session_stop_recording (session, NULL, &error));
  g_assert_no_error (error);
  assert_moments (history);
  again = inspector_session_keep_history (replayed);
  g_assert_true (inspector_session_open_recording (replayed, path, NULL, &error));
  g_assert_no_error (error);
  assert_moments (again);
  g_assert_cmpint (unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/an-instant-in-full", test_moments);
  g_test_add_func ("/history/events-of-a-program-that-goes", test_events_of_a_program_that_goes);
  g_test_add_func ("/history/events-of-one-named-before-it-begins",
                   test_events_of_one_named_before_it_begins);
  g_test_add_func ("/history/events-without-a-recording", test_events_without_a_recording);
  return g_test_run ();
}
