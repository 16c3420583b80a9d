/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A task that looks from outside meet while it runs: it is said to run, what it waited for before is no more than what
 * is known last, and it goes on where it waits for the same again. */

#include "session/inspector-target-private.h"
#include "session/probe-feed.h"

#include <string.h>
#include <unistd.h>

#define TASK 0x1000u
#define OTHER 0x2000u
#define STEP_NS (100 * G_GINT64_CONSTANT (1000000))
#define N_RUNNING 12

static const InspectKind lock = {
  "test.lock", "to lock the door", INSPECT_KIND_AWAIT, INSPECT_AWAIT_SUSPENDS, 0, 0
};

typedef struct
{
  InspectorSession *session;
  InspectorTarget *target;
  ProbeFeed *feed;
  gint64 now_ns;
} Fixture;

static void
on_event (gpointer data, const ChannelEvent *event)
{
  inspector_target_ingest (data, event);
}

static void
setup (Fixture *f, gconstpointer data)
{
  f->session = inspector_session_new ();
  f->target = inspector_session_add_target (f->session, getpid (), "test", 0);
  inspector_target_attach_nothing (f->target);
  f->feed = probe_feed_new (f->target->tables, 0, on_event, f->target);
  probe_feed_set_model (f->feed, f->target->model);
  f->now_ns = inspector_target_now () - 100 * STEP_NS;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  probe_feed_free (f->feed);
  g_object_unref (f->session);
}

static void
look (Fixture *f, guint64 id, InspectorProbeState state, gboolean waits)
{
  const InspectorProbeFrame frame = { .place = { "opens", "door.rs", 7, FALSE } };
  const InspectorProbeAwait await = { .kind = &lock, .id = 77, .frames = &frame, .n_frames = 1 };
  const InspectorProbeTask task = { .id = id,
                                    .serial = 1,
                                    .state = state,
                                    .place = frame.place,
                                    .awaits = &await,
                                    .n_awaits = waits ? 1 : 0 };
  g_autofree ProbeLook *seen = g_new0 (ProbeLook, 1);

  seen->tasks = g_array_new (FALSE, FALSE, sizeof task);
  seen->parts = g_array_new (FALSE, FALSE, sizeof (ProbeLookPart));
  seen->is_whole = seen->has_clock = TRUE;
  g_array_append_val (seen->tasks, task);
  probe_feed_look (f->feed, seen, f->now_ns += STEP_NS);
  g_array_unref (seen->tasks);
  g_array_unref (seen->parts);
}

static const ModelTask *
find (Fixture *f, guint64 id)
{
  return model_table_find (&f->target->model->tasks, id);
}

static void
assert_said (Fixture *f, const char *text, gboolean is_said)
{
  g_autoptr (InspectorReport) report =
      inspector_session_build_report (f->session, INSPECTOR_REPORT_INTERRUPTED);
  g_autofree char *said = inspector_report_to_text (report, INSPECTOR_TEXT_PLAIN, 200);

  g_test_message ("%s", said);
  g_assert_cmpint (strstr (said, text) != NULL, ==, is_said);
}

static void
test_runs_and_waits_on (Fixture *f, gconstpointer data)
{
  gint64 begin_ns;

  look (f, TASK, INSPECTOR_PROBE_WAITING, TRUE);
  begin_ns = find (f, TASK)->awaits->begin_ns;
  assert_said (f, "to lock the door", TRUE);
  assert_said (f, "it runs", FALSE);
  /* However often it is met so. */
  for (guint i = 0; i < N_RUNNING; i++)
    {
      look (f, TASK, INSPECTOR_PROBE_RUNNING, FALSE);
      g_assert_cmpint (model_task_get_state (find (f, TASK)), ==, MODEL_TASK_RUNNING);
    }
  assert_said (f, "for nothing: it runs; last known wait: to lock the door", TRUE);
  look (f, TASK, INSPECTOR_PROBE_WAITING, TRUE);
  g_assert_cmpint (model_task_get_state (find (f, TASK)), ==, MODEL_TASK_WAITING);
  g_assert_cmpint (find (f, TASK)->awaits->begin_ns, ==, begin_ns);
  assert_said (f, "it runs", FALSE);
  /* Not what it waits for by then. */
  look (f, TASK, INSPECTOR_PROBE_RUNNING, FALSE);
  look (f, TASK, INSPECTOR_PROBE_WAITING, FALSE);
  g_assert_null (find (f, TASK)->awaits);
}

static void
test_was_never_seen_to_wait (Fixture *f, gconstpointer data)
{
  look (f, OTHER, INSPECTOR_PROBE_RUNNING, FALSE);
  assert_said (f, "for nothing: it runs", TRUE);
  look (f, OTHER, INSPECTOR_PROBE_RUNNING, FALSE);
  g_assert_nonnull (find (f, OTHER)->awaits);
  g_assert_null (find (f, OTHER)->awaits->task_next);
  look (f, OTHER, INSPECTOR_PROBE_WAITING, TRUE);
  g_assert_nonnull (find (f, OTHER)->awaits);
  g_assert_null (find (f, OTHER)->awaits->task_next);
  assert_said (f, "it runs", FALSE);
  assert_said (f, "to lock the door", TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/probe-running/runs-and-waits-on", Fixture, NULL, setup, test_runs_and_waits_on,
              teardown);
  g_test_add ("/probe-running/was-never-seen-to-wait", Fixture, NULL, setup,
              test_was_never_seen_to_wait, teardown);
  return g_test_run ();
}
