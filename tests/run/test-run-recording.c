/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `run --record`, `open`, `info` and `repair`: a recording says what was said while it was made. */

#include "fixture.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "inspector-history.h"
#include "recording/format.h"
#include "replay.h"

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
  if (x.n_spans != y.n_spans)
    g_error ("track %u (%s, task %" G_GUINT64_FORMAT ") has %" G_GUINT64_FORMAT
             " spans when all is read, and %" G_GUINT64_FORMAT " beside the records",
             track, name, x.number, x.n_spans, y.n_spans);
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
assert_same_history (const char *program, const char *path)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *read = inspector_session_keep_history (session);
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (path, NULL, &error);
  gint64 first_ns, last_ns, other_first_ns, other_last_ns;
  guint n;

  if (error != NULL)
    g_error ("%s: %s", program, error->message);
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

/* ---- Every program of tests/apps ---------------------------------------------------------------- */

typedef struct
{
  const char *source;  /* below tests/apps */
  const char *program; /* NULL: that without its ending */
  const char *arguments[3];
  ReplayLength length;
  const char *needs; /* a program that has to be there */
} App;

/* Those that do not end by themselves, or have to be told what to do; all others are run to their end. */
static const App special_apps[] = {
  { "attach-glib.c", .length = REPLAY_UNTIL_IT_IS_READY },
  { "attach-stuck.c", .length = REPLAY_UNTIL_IT_IS_STUCK },
  { "attach-subject.c", .length = REPLAY_UNTIL_IT_IS_STUCK },
  { "blocker.c", .length = REPLAY_UNTIL_IT_IS_STUCK },
  { "connect-hang.c", .length = REPLAY_UNTIL_IT_IS_STUCK },
  { "dbus-self.c", .needs = "dbus-daemon" },
  { "echo-server.c", .length = REPLAY_UNTIL_IT_IS_READY },
  { "echo-server.c", NULL, { "--for", "700" } },
  { "embed/embed.c", NULL, { "draw" } },
  { "harness/gtest-hang.c", .length = REPLAY_UNTIL_IT_IS_STUCK },
  { "healthy/dbus-clock.c", .needs = "dbus-daemon" },
  { "http-client/client.c", "http-client/http-client", { "--demo" } },
  { "http-client/server.c", .length = REPLAY_UNTIL_IT_ANSWERED },
  { "torture/torture-glib.c", .length = REPLAY_UNTIL_IT_IS_READY },
  { "torture/torture-heap.c", .length = REPLAY_UNTIL_IT_IS_READY },
  { "torture/torture-uv.c", .length = REPLAY_UNTIL_IT_IS_READY },
};

/* Parts of others. What cargo builds is replayed by test-run-rust.c. */
static const char *const no_apps[] = { "http-client/server-process.c", "torture/checks.c", NULL };

static void
add_app (GPtrArray *apps, const char *source)
{
  App app = { source };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (special_apps); i++)
    if (g_str_equal (special_apps[i].source, source))
      {
        g_ptr_array_add (apps, g_memdup2 (&special_apps[i], sizeof app));
        n++;
      }
  if (n == 0)
    g_ptr_array_add (apps, g_memdup2 (&app, sizeof app));
}

/* (element-type App): of all sources below @folder; @sources keeps their names */
static void
find_apps (GPtrArray *apps, GPtrArray *sources, const char *root, const char *folder)
{
  g_autofree char *path = g_build_filename (root, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      char *source = *folder != '\0' ? g_strconcat (folder, "/", name, NULL) : g_strdup (name);
      g_autofree char *full = g_build_filename (root, source, NULL);

      g_ptr_array_add (sources, source);
      if (g_file_test (full, G_FILE_TEST_IS_DIR))
        find_apps (apps, sources, root, source);
      else if (g_str_has_suffix (name, ".c") && !g_strv_contains (no_apps, source))
        add_app (apps, source);
    }
}

static char *
dup_program (const App *app)
{
  g_autofree char *name = app->program != NULL
                              ? g_strdup (app->program)
                              : g_strndup (app->source, strlen (app->source) - strlen (".c"));

  return run_app (name);
}

static void
replay (const App *app)
{
  g_autofree char *program = dup_program (app);
  const char *argv[] = { program, app->arguments[0], app->arguments[1], NULL };
  g_autofree char *recording = NULL;
  Fixture f;

  setup (&f, NULL);
  g_test_message ("%s", app->source);
  recording = replay_assert_equal (argv, app->length, f.path);
  if (recording != NULL)
    assert_same_history (program, recording);
  teardown (&f, NULL);
}

/* Of several at once, for most of them sleep most of the time. */
static void
replay_in_thread (gpointer data, gpointer unused)
{
  const App *app = data;
  g_autofree char *program = dup_program (app);
  g_autofree char *needed = app->needs != NULL ? g_find_program_in_path (app->needs) : NULL;

  if (!g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    g_test_message ("%s is not replayed: it was not built", app->source);
  else if (app->needs != NULL && needed == NULL)
    g_test_message ("%s is not replayed: there is no %s", app->source, app->needs);
  else
    {
      replay (app);
      g_test_message ("%s is the same when it is replayed", app->source);
    }
}

static void
test_replay (void)
{
  g_autoptr (GPtrArray) apps = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_free);
  GThreadPool *pool = g_thread_pool_new (replay_in_thread, NULL, 8, FALSE, NULL);

  find_apps (apps, sources, g_getenv ("TEST_APPS_SOURCE"), "");
  g_assert_cmpuint (apps->len, >, G_N_ELEMENTS (special_apps));
  for (guint i = 0; i < apps->len; i++)
    g_thread_pool_push (pool, apps->pdata[i], NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
}

/* An index says where blocks are, and not what has become of them. */
static void
test_damage_with_an_index (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *program = run_app ("brief");
  g_autofree char *options = g_strdup_printf ("--record %s", f->path);
  g_autofree char *other = g_build_filename (f->folder, "other.airec", NULL);
  g_autofree char *bytes = NULL;
  gsize length;

  run_json (&result, options, PROGRAM (program));
  run_result_clear (&result);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  /* Behind the header of the file and that of the first block. */
  bytes[64 + 64 + 4] ^= 0x55;
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize)length, NULL));
  run_plain (&result, PROGRAM ("info", f->path));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, " of 0 events in "));
  g_assert_nonnull (strstr (result.out, "\ndamaged at byte 64: the last "));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("repair", f->path, other));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, ": 0 events are kept, "));
  g_assert_null (strstr (result.out, ", 0 B were not whole"));
  run_result_clear (&result);
}

/* Where the first block of symbols begins. */
static gsize
find_symbols (const char *bytes, gsize length)
{
  gsize offset = sizeof (RecordingHeader);
  RecordingBlock block;

  for (; offset + sizeof block < length; offset += sizeof block + RECORDING_PAD (block.stored_size))
    {
      memcpy (&block, bytes + offset, sizeof block);
      g_assert_cmpuint (block.magic, ==, RECORDING_BLOCK_MAGIC);
      if (block.type == RECORDING_SYMBOLS)
        return offset;
    }
  g_assert_not_reached ();
}

/* As long as its programs are here, their files have the names that were to be written last. */
static void
test_not_finished (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("brief");
  g_autofree char *options = g_strdup_printf ("--record %s", f->path);
  g_autofree char *bytes = NULL;
  RunResult result;
  gsize length;

  run_json (&result, options, PROGRAM (program));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("export", "--to", "csv", f->path));
  g_assert_nonnull (strstr (result.out, ",brief.c:"));
  run_result_clear (&result);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  length = find_symbols (bytes, length);
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize)length, NULL));
  run_plain (&result, PROGRAM ("export", "--to", "csv", f->path));
  g_assert_nonnull (strstr (result.out, ",brief.c:"));
  run_result_clear (&result);
}

static void
test_info_and_repair (Fixture *f, gconstpointer data)
{
  RunResult live, result;
  g_autofree char *program = run_app ("brief");
  g_autofree char *options = g_strdup_printf ("--record %s", f->path);
  g_autofree char *other = g_build_filename (f->folder, "other.airec", NULL);
  g_autofree char *fifo = g_build_filename (f->folder, "fifo", NULL);
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
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  run_plain (&result, PROGRAM ("repair", f->path, fifo));
  g_assert_cmpint (result.status, ==, 125);
  run_assert_one_line (&result, "it is no file, and is not replaced by one");
  run_result_clear (&result);
  g_assert_cmpint (g_unlink (fifo), ==, 0);
  run_plain (&result, PROGRAM ("repair", f->path, other));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("info", other));
  g_assert_nonnull (strstr (result.out, "\nwhole\n"));
  run_result_clear (&result);
}

/* The disk is full for who records, and not for the program. */
static void
run_on_a_small_disk (Fixture *f, RunResult *ret_result)
{
  g_autofree char *program = run_app ("many");
  g_autofree char *line = g_strdup_printf ("ulimit -S -f unlimited; exec '%s'", program);
  struct rlimit before, limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = (struct rlimit){ MIN (before.rlim_cur, 100000), before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  run_plain (ret_result,
             PROGRAM ("run", "--policy=block", "--record", f->path, "--", "/bin/sh", "-c", line));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
}

/* What was written stays readable and says how much is missing, and the program goes on to its end. */
static void
test_full_disk (Fixture *f, gconstpointer data)
{
  RunResult result;

  run_on_a_small_disk (f, &result);
  g_assert_cmpint (result.status, ==, 125);
  g_assert_nonnull (strstr (result.out, "10000\n"));
  g_assert_nonnull (strstr (result.err, "cannot write the recording"));
  g_assert_nonnull (strstr (result.err, " events were not recorded"));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("info", f->path));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "whole, but for "));
  g_assert_null (strstr (result.out, ": 0 events"));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("open", f->path));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_null (strstr (result.out, " 0 lost"));
  g_assert_nonnull (strstr (result.out, " lost ("));
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
    { { "run", "--record", "-", "/bin/true" },
      "--record - : a recording cannot go to standard output; name a file" },
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
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recording/replay-equals-live", test_replay);
  g_test_add ("/recording/info-and-repair", Fixture, NULL, setup, test_info_and_repair, teardown);
  g_test_add ("/recording/damage-with-an-index", Fixture, NULL, setup, test_damage_with_an_index,
              teardown);
  g_test_add ("/recording/not-finished", Fixture, NULL, setup, test_not_finished, teardown);
  g_test_add ("/recording/full-disk", Fixture, NULL, setup, test_full_disk, teardown);
  g_test_add ("/recording/what-is-none", Fixture, NULL, setup, test_no_recordings, teardown);
  g_test_add ("/recording/mistakes", Fixture, NULL, setup, test_mistakes, teardown);
  return g_test_run ();
}
