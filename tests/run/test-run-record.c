/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `record`: what came last is kept, with what was waited for before. */

#include "fixture.h"
#include "inspector-history.h"

#include <signal.h>
#include <string.h>
#include <gio/gio.h>
#include <glib/gstdio.h>

#define EXAMPLE "../../plugins/runtimes/coroutine/coroutine-example"
#define ALARM (128 + 14)

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("async-inspect-record-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "last.airec", NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  /* Nothing else was left. */
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

static JsonObject *
read_json (const char *command, const char *path)
{
  g_autoptr (JsonNode) node = NULL;
  RunResult result;

  run_plain (&result, PROGRAM (command, "--json", path));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  g_test_message ("%s", result.out);
  node = json_from_string (result.out, NULL);
  g_assert_true (node != NULL && JSON_NODE_HOLDS_OBJECT (node));
  run_result_clear (&result);
  return json_node_dup_object (node);
}

/* Once the command has ended it is as quick to open as a recording from the beginning on. */
static void
assert_has_timeline (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (inspector_history_get_n_tracks (opened), >, 0);
}

static void
test_crash (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("abba-gmutex");
  JsonObject *report, *finding;
  RunResult result;

  run_plain (&result, PROGRAM ("record", "--on", "crash", "--output", f->path, program));
  g_assert_cmpint (result.status, ==, ALARM);
  run_assert_one_line (&result, "the program was ended by a signal: wrote the last ");
  run_result_clear (&result);

  assert_has_timeline (f->path);
  report = read_json ("open", f->path);
  finding = run_find_finding (report, "deadlock");
  g_assert_nonnull (finding);
  g_assert_cmpstr (json_object_get_string_member (finding, "certainty"), ==, "certain");
  json_object_unref (report);
}

static void
assert_ran (JsonObject *report, const char *function)
{
  JsonObject *target =
      json_array_get_object_element (json_object_get_array_member (report, "targets"), 0);
  JsonArray *ran = json_object_get_array_member (target, "ran_at_end");
  JsonObject *callback;

  g_assert_cmpuint (json_array_get_length (ran), ==, 1);
  callback = json_object_get_object_member (json_array_get_object_element (ran, 0), "callback");
  g_assert_cmpstr (json_object_get_string_member (callback, "function"), ==, function);
}

/* What a core file would show, without one. */
static void
test_crash_names_what_ran (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("crasher"),
                  *options = g_strdup_printf ("--record %s", f->path);
  JsonObject *report;
  RunResult result;

  run_json (&result, options, PROGRAM (program));
  assert_ran (run_last_report (&result, "exit"), "on_crash");
  run_result_clear (&result);
  report = read_json ("open", f->path);
  assert_ran (report, "on_crash");
  json_object_unref (report);
  run_plain (&result, PROGRAM ("open", f->path));
  g_assert_nonnull (strstr (result.out, "at its end it ran on_crash at crasher.c:"));
  run_result_clear (&result);
}

/* Half a second is kept. What it waits for began two seconds before, and is in it all the same. */
static void
test_old_waits_are_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app (EXAMPLE);
  JsonObject *report, *info, *stuck;
  RunResult result;

  run_plain (&result, PROGRAM ("record", "--last", "500ms", "--on", "crash", "--stuck-after", "1s",
                               "-o", f->path, program, "silent"));
  g_assert_cmpint (result.status, ==, ALARM);
  run_result_clear (&result);

  assert_has_timeline (f->path);
  info = read_json ("info", f->path);
  g_assert_cmpint (json_object_get_int_member (info, "events"), <, 20);
  json_object_unref (info);
  report = read_json ("open", f->path);
  stuck = run_find_stuck (report, "listener");
  g_assert_nonnull (stuck);
  g_assert_cmpint (json_object_get_int_member (stuck, "waiting_ns"), >, 1500000000);
  g_assert_true (g_str_has_prefix (json_object_get_string_member (stuck, "place"), "example.c:"));
  json_object_unref (report);
}

static void
test_stuck (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app (EXAMPLE);
  JsonObject *report;
  RunResult result;

  run_plain (&result, PROGRAM ("record", "--on", "stuck", "--stuck-after", "300ms", "-o", f->path,
                               program, "starved"));
  run_assert_one_line (&result, "a task is stuck: wrote the last ");
  run_result_clear (&result);
  report = read_json ("open", f->path);
  g_assert_nonnull (run_find_stuck (report, "consumer"));
  json_object_unref (report);
}

/* Written while the program goes on, which may be asked for again. */
static void
test_signal (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("echo-server");
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error,
      g_getenv ("TEST_ASYNC_INSPECT"), "record", "-o", f->path, "--", program, NULL);
  g_autoptr (GDataInputStream) out = NULL;
  g_autoptr (GDataInputStream) err = NULL;
  g_autofree char *ready = NULL;
  gint64 n_events = 0;

  g_assert_no_error (error);
  out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  err = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  ready = g_data_input_stream_read_line_utf8 (out, NULL, NULL, NULL);
  g_assert_cmpstr (ready, ==, "ready");
  /* What the program has said before may not have been read yet when it is asked for. */
  for (guint i = 0; i < 2 || n_events == 0; i++)
    {
      g_autofree char *line = NULL;
      JsonObject *info;

      g_subprocess_send_signal (process, SIGUSR1);
      line = g_data_input_stream_read_line_utf8 (err, NULL, NULL, NULL);
      g_assert_nonnull (line);
      g_assert_nonnull (strstr (line, "asked by SIGUSR1: wrote the last "));
      info = read_json ("info", f->path);
      g_assert_true (json_object_get_boolean_member (info, "has_index"));
      n_events = json_object_get_int_member (info, "events");
      json_object_unref (info);
    }
  g_subprocess_send_signal (process, SIGTERM);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
}

/* Nothing has happened that is worth a file. */
static void
test_healthy (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app (EXAMPLE);
  RunResult result;

  run_plain (&result, PROGRAM ("record", "-o", f->path, program, "none"));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  run_result_clear (&result);
}

static void
test_bad_input (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *option, *value, *says;
  } rows[] = {
    { "--last", "0", "--last '0' is no duration above 0" },
    { "--size", "lots", "--size 'lots' is no size from 64K on" },
    { "--size", "0", "--size '0' is no size from 64K on" },
    { "--size", "65535", "--size '65535' is no size from 64K on" },
    { "--size", "99999999999G", "is no size from 64K on" },
    { "--on", "stuck,never", "--on 'never' is not known" },
    { "--on", "", "--on '' is not known" },
    { "--output", "-", "--output - : a recording cannot go to standard output" },
    { "--output", "/nowhere/last.airec", "cannot write '/nowhere/last.airec'" },
  };
  g_autofree char *program = run_app (EXAMPLE);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      RunResult result;

      run_plain (&result, PROGRAM ("record", rows[i].option, rows[i].value, program));
      g_assert_cmpint (result.status, ==, 125);
      run_assert_one_line (&result, rows[i].says);
      run_result_clear (&result);
    }
}

/* Who keeps it running for days has to know. */
static void
test_nothing_to_inspect (Fixture *f, gconstpointer data)
{
  RunResult result;

  run_plain (&result, PROGRAM ("record", "--output", f->path, "/bin/true"));
  g_assert_cmpint (result.status, ==, 125);
  run_assert_one_line (&result, "nothing to inspect in '/bin/true'");
  run_result_clear (&result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, setup, function, teardown)
  ADD ("/record/on-a-crash", test_crash);
  ADD ("/record/names-what-ran", test_crash_names_what_ran);
  ADD ("/record/old-waits-are-kept", test_old_waits_are_kept);
  ADD ("/record/on-a-stuck-task", test_stuck);
  ADD ("/record/on-a-signal", test_signal);
  ADD ("/record/a-healthy-program-leaves-nothing", test_healthy);
  ADD ("/record/bad-input", test_bad_input);
  ADD ("/record/nothing-to-inspect", test_nothing_to_inspect);
  return g_test_run ();
}
