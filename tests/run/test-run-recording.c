/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `run --record`, `open`, `info` and `repair`: a recording says what was said while it was made. */

#include "fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "inspector-history.h"

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("async-inspect-recording-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename (f->folder, "other.airec", NULL);

  g_unlink (f->path);
  g_unlink (other);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

/* Records the program and opens what came of it. */
static void
record_and_open (Fixture *f, const char *app, RunResult *live, JsonObject **ret_replayed)
{
  g_autofree char *program = run_app (app);
  g_autofree char *options = g_strdup_printf ("--stuck-after 300ms --record %s", f->path);
  RunResult opened;
  g_autoptr (JsonNode) node = NULL;

  run_json (live, options, PROGRAM (program));
  run_plain (&opened, PROGRAM ("open", "--json", f->path));
  g_assert_cmpint (opened.status, ==, 0);
  g_assert_cmpstr (opened.err, ==, "");
  node = json_from_string (opened.out, NULL);
  g_assert_true (node != NULL && JSON_NODE_HOLDS_OBJECT (node));
  *ret_replayed = json_node_dup_object (node);
  run_result_clear (&opened);
}

static void
assert_same_text (JsonObject *a, JsonObject *b, const char *member)
{
  g_assert_cmpstr (json_object_get_string_member_with_default (a, member, ""), ==,
                   json_object_get_string_member_with_default (b, member, ""));
}

/* (nullable): NULL: the program used nothing that is inspected */
static JsonObject *
get_target (JsonObject *report)
{
  JsonArray *targets = json_object_get_array_member (report, "targets");

  return json_array_get_length (targets) > 0 ? json_array_get_object_element (targets, 0) : NULL;
}

/* What got stuck, where, on what and why: as it was told live. */
static void
assert_same_stuck (JsonObject *live, JsonObject *replayed)
{
  JsonArray *a = json_object_get_array_member (get_target (live), "stuck");
  JsonArray *b = json_object_get_array_member (get_target (replayed), "stuck");

  g_assert_cmpuint (json_array_get_length (a), ==, json_array_get_length (b));
  for (guint i = 0; i < json_array_get_length (a); i++)
    {
      JsonObject *task = json_array_get_object_element (a, i);
      JsonObject *again = run_find_stuck (replayed, json_object_get_string_member (task, "name"));

      g_assert_nonnull (again);
      assert_same_text (task, again, "place");
      assert_same_text (task, again, "waits_for");
      assert_same_text (task, again, "rule");
      assert_same_text (task, again, "suggestion");
    }
}

static void
assert_same_findings (JsonObject *live, JsonObject *replayed)
{
  JsonArray *a = json_object_get_array_member (get_target (live), "findings");
  JsonArray *b = json_object_get_array_member (get_target (replayed), "findings");

  g_assert_cmpuint (json_array_get_length (a), ==, json_array_get_length (b));
  for (guint i = 0; i < json_array_get_length (a); i++)
    {
      assert_same_text (json_array_get_object_element (a, i), json_array_get_object_element (b, i),
                        "id");
      assert_same_text (json_array_get_object_element (a, i), json_array_get_object_element (b, i),
                        "title");
    }
}

/* ---- What lies beside the records --------------------------------------------------------------- */

static void
assert_same_track (InspectorHistory *a, InspectorHistory *b, guint track, gint64 first_ns,
                   gint64 last_ns)
{
  gint64 columns[40 * INSPECTOR_N_STATES], others[40 * INSPECTOR_N_STATES];
  InspectorTrack x, y;
  InspectorRow row, other_row;
  g_autofree char *name = inspector_history_dup_name (a, track);
  g_autofree char *other_name = inspector_history_dup_name (b, track);

  inspector_history_get_track (a, track, &x);
  inspector_history_get_track (b, track, &y);
  g_assert_cmpuint (x.number, ==, y.number);
  g_assert_cmpuint (x.parent, ==, y.parent);
  g_assert_cmpint (x.pid, ==, y.pid);
  g_assert_cmpint (x.begin_ns, ==, y.begin_ns);
  g_assert_cmpint (x.end_ns, ==, y.end_ns);
  g_assert_cmpuint (x.n_spans, ==, y.n_spans);
  g_assert_cmpstr (name, ==, other_name);
  inspector_history_get_coverage (a, track, first_ns, last_ns, 40, columns);
  inspector_history_get_coverage (b, track, first_ns, last_ns, 40, others);
  g_assert_cmpmem (columns, sizeof columns, others, sizeof others);
  inspector_history_get_rows (a, track, 1, first_ns + (last_ns - first_ns) / 2, &row);
  inspector_history_get_rows (b, track, 1, first_ns + (last_ns - first_ns) / 2, &other_row);
  g_assert_cmpint (row.state, ==, other_row.state);
  g_assert_cmpint (row.since_ns, ==, other_row.since_ns);
  g_assert_cmpint (row.tid, ==, other_row.tid);
  g_assert_cmpstr (inspector_history_get_kind (a, track, row.kind), ==,
                   inspector_history_get_kind (b, track, other_row.kind));
}

/* What a view sees before the records were read is what it sees after. */
static void
assert_same_history (const char *path)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *read = inspector_session_keep_history (session);
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (path, NULL, &error);
  gint64 first_ns, last_ns, other_first_ns, other_last_ns;
  guint n;

  g_assert_no_error (error);
  g_assert_true (inspector_session_open_recording (session, path, NULL, &error));
  g_assert_no_error (error);
  n = inspector_history_get_n_tracks (read);
  g_assert_cmpuint (inspector_history_get_n_tracks (opened), ==, n);
  if (n == 0)
    return;
  inspector_history_get_range (read, &first_ns, &last_ns);
  inspector_history_get_range (opened, &other_first_ns, &other_last_ns);
  g_assert_cmpint (first_ns, ==, other_first_ns);
  g_assert_cmpint (last_ns, ==, other_last_ns);
  for (guint i = 0; i < n; i++)
    assert_same_track (read, opened, i, first_ns, last_ns);
}

static void
test_replay (Fixture *f, gconstpointer data)
{
  RunResult live;
  JsonObject *report, *replayed;

  record_and_open (f, data, &live, &replayed);
  report = run_last_report (&live, "exit");
  g_assert_true ((get_target (report) == NULL) == (get_target (replayed) == NULL));
  g_test_message ("%s is replayed", (const char *)data);
  if (get_target (report) != NULL)
    {
      assert_same_stuck (report, replayed);
      assert_same_findings (report, replayed);
      assert_same_history (f->path);
    }
  json_object_unref (replayed);
  run_result_clear (&live);
}

/* ---- All programs at once: most of them sleep most of the time ---------------------------------- */

static void
replay_in_thread (gpointer app, gpointer data)
{
  Fixture f;

  setup (&f, app);
  g_test_message ("%s", (const char *)app);
  test_replay (&f, app);
  teardown (&f, app);
}

static void
test_replay_all (void)
{
  static const char *const apps[] = {
    "abba-gmutex",
    "blocker",
    "child-spawn",
    "cond-forgotten",
    "crasher",
    "dns-hang",
    "forker",
    "full-pipe",
    "gtask-dropped",
    "gtask-lost",
    "lock-abandoned",
    "lock-crowd",
    "lock-order",
    "lock-order-again",
    "lock-order-guarded",
    "lock-order-joined",
    "loop-not-run",
    "many",
    "nested-iteration",
    "pool-starved",
    "scribbler",
    "sleeper",
    "source-starved",
    "timeout-first",
    "http-client/http-client",
    "healthy/child-ping-pong",
    "healthy/file-copy",
    "healthy/idle-worker",
    "healthy/main-loop",
    "healthy/many-locks",
    "healthy/pool-server",
    "healthy/producer-consumer",
    "healthy/slow-reader",
    "healthy/socket-echo",
    "healthy/task-fan-out",
    "healthy/uv-threads",
  };
  GThreadPool *pool = g_thread_pool_new (replay_in_thread, NULL, 6, FALSE, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (apps); i++)
    {
      g_autofree char *path = run_app (apps[i]);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        g_thread_pool_push (pool, (gpointer)apps[i], NULL);
      else
        g_test_message ("%s was not built", apps[i]);
    }
  g_thread_pool_free (pool, FALSE, TRUE);
}

static void
test_info_and_repair (Fixture *f, gconstpointer data)
{
  RunResult live, result;
  g_autofree char *program = run_app ("brief");
  g_autofree char *options = g_strdup_printf ("--record %s", f->path);
  g_autofree char *other = g_build_filename (f->folder, "other.airec", NULL);
  g_autofree char *bytes = NULL;
  gsize length;

  run_json (&live, options, PROGRAM (program));
  run_result_clear (&live);
  run_plain (&result, PROGRAM ("info", f->path));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "a recording of "));
  g_assert_nonnull (strstr (result.out, "/brief (pid "));
  g_assert_nonnull (strstr (result.out, "\nwhole\n"));
  run_result_clear (&result);

  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize)(length - 8), NULL));
  run_plain (&result, PROGRAM ("info", f->path));
  g_assert_nonnull (strstr (result.out, "without an index"));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("repair", f->path, f->path));
  g_assert_cmpint (result.status, ==, 125);
  run_assert_one_line (&result, "would be written over itself");
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("repair", f->path, other));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("info", other));
  g_assert_nonnull (strstr (result.out, "\nwhole\n"));
  run_result_clear (&result);
}

static void
assert_refused (const char *path, const char *words)
{
  static const char *const commands[] = { "open", "info" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      RunResult result;

      run_plain (&result, PROGRAM (commands[i], path));
      g_assert_cmpint (result.status, ==, 125);
      run_assert_one_line (&result, words);
      run_result_clear (&result);
    }
}

/* A pipe that nobody writes to is not waited for. */
static void
test_no_recordings (Fixture *f, gconstpointer data)
{
  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  assert_refused (f->path, "is empty, and no recording");
  g_assert_true (g_file_set_contents (f->path, "AIREC", -1, NULL));
  assert_refused (f->path, "is no recording of async-inspect");
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  assert_refused (f->path, "is no file");
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  if (geteuid () == 0)
    return;
  g_assert_true (g_file_set_contents (f->path, "AIREC", -1, NULL));
  g_assert_cmpint (g_chmod (f->path, 0), ==, 0);
  assert_refused (f->path, "Permission denied");
}

static void
test_mistakes (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *const arguments[4];
    const char *words;
  } mistakes[] = {
    { { "open", "/none/such" }, "cannot open '/none/such': No such file or directory" },
    { { "open", "/" }, "'/' is a folder, and no recording" },
    { { "info", "/dev/null" }, "'/dev/null' is no file" },
    { { "info", "/etc/passwd" }, "'/etc/passwd' is no recording of async-inspect" },
    { { "open", "/dev/full" }, "'/dev/full' is no file" },
    { { "run", "--record", "/dev/full", "/bin/true" },
      "cannot write the recording '/dev/full': No space left on device" },
    { { "run", "--record", "/", "/bin/true" }, "cannot write the recording '/': Is a directory" },
    { { "info" }, "wrong arguments; usage: async-inspect info FILE" },
    { { "run", "--record", "/none/such/file", "/bin/true" }, "cannot write the recording" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      const char *arguments[5] = { NULL };
      RunResult result;

      memcpy (arguments, mistakes[i].arguments, sizeof mistakes[i].arguments);
      run_plain (&result, arguments);
      g_assert_cmpint (result.status, ==, 125);
      run_assert_one_line (&result, mistakes[i].words);
      run_result_clear (&result);
    }
}

int
main (int argc, char **argv)
{
  static const char *const apps[] = { "no-timeout", "connect-hang", "abba-pthread", "pool",
                                      "brief" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (apps); i++)
    {
      g_autofree char *path = g_strdup_printf ("/recording/replay/%s", apps[i]);

      g_test_add (path, Fixture, apps[i], setup, test_replay, teardown);
    }
  g_test_add_func ("/recording/replay/all-others", test_replay_all);
  g_test_add ("/recording/info-and-repair", Fixture, NULL, setup, test_info_and_repair, teardown);
  g_test_add ("/recording/what-is-none", Fixture, NULL, setup, test_no_recordings, teardown);
  g_test_add ("/recording/mistakes", Fixture, NULL, setup, test_mistakes, teardown);
  return g_test_run ();
}
