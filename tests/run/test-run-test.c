/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `async-inspect test` on programs that hang, that pass, and that are odd; below runners of others. */

#include "fixture.h"

#include <fcntl.h>
#include <pty.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>

typedef struct
{
  char *folder;
  char *before;
  char *junit;
  char *trace;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("async-inspect-test-XXXXXX", NULL);
  f->before = g_get_current_dir ();
  f->junit = g_build_filename (f->folder, "junit.xml", NULL);
  f->trace = g_build_filename (f->folder, "async-inspect-trace.json", NULL);
  g_assert_cmpint (g_chdir (f->folder), ==, 0);
}

static void
remove_all (const char *path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_chdir (f->before), ==, 0);
  remove_all (f->folder);
  g_free (f->folder);
  g_free (f->before);
  g_free (f->junit);
  g_free (f->trace);
}

static void
assert_contains (const char *text, const char *words)
{
  if (strstr (text, words) == NULL)
    g_error ("'%s' is not in:\n%s", words, text);
}

static char *
place (const char *source, const char *label)
{
  g_autofree char *base = g_path_get_basename (source);

  return g_strdup_printf ("%s:%u", base, run_label_line (source, label));
}

/* ---- What hangs ----------------------------------------------------------------------------- */

static void
assert_trace (const char *path)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonArray *events;

  g_assert_true (json_parser_load_from_file (parser, path, &error));
  g_assert_no_error (error);
  events = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)),
                                         "traceEvents");
  g_assert_cmpuint (json_array_get_length (events), >, 0);
}

static void
test_case_is_named (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/gtest-hang");
  g_autofree char *where = place ("harness/gtest-hang.c", "FETCH");
  g_autofree char *xml = NULL;

  run_plain (&result, PROGRAM ("test", "--timeout", "1s", "--junit", f->junit, "--", app));
  g_assert_cmpint (result.status, ==, 99);
  assert_contains (result.out, "ok 1 /client/connect\n");
  assert_contains (result.out, "\nnot ok 2 /client/timeout\n# Found test stuck at:\n");
  assert_contains (result.out, where);
  assert_contains (result.out, "fetch_data");
  assert_contains (result.out, "\nBail out! the test has taken more than 1 s: ");
  g_assert_null (strstr (result.out, "/client/later"));
  g_assert_true (g_file_get_contents (f->junit, &xml, NULL, NULL));
  assert_contains (xml, "tests=\"2\" failures=\"1\"");
  assert_contains (xml, "name=\"/client/connect\"/>");
  assert_contains (xml, "name=\"/client/timeout\">\n      <failure message=");
  assert_trace (f->trace);
  run_result_clear (&result);
}

static void
test_deadlock_is_proof (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("abba-pthread");
  gint64 begin = g_get_monotonic_time ();

  /* Long before its time: the machine may be busy, but not for a minute. */
  run_plain (&result, PROGRAM ("test", "--timeout", "5m", "--", app));
  g_assert_cmpint (result.status, ==, 99);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 60 * G_TIME_SPAN_SECOND);
  assert_contains (result.err, "the test cannot make progress\nFound test stuck at:\nDeadlock: ");
  assert_contains (result.err, "abba-pthread.c:");
  assert_trace (f->trace);
  run_result_clear (&result);
}

static void
test_annotations (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("abba-pthread");
  g_autofree char *summary = g_build_filename (f->folder, "summary.md", NULL);
  g_autofree char *text = NULL;

  g_setenv ("GITHUB_ACTIONS", "true", TRUE);
  g_setenv ("GITHUB_STEP_SUMMARY", summary, TRUE);
  run_plain (&result, PROGRAM ("test", "--no-trace", "--", app));
  g_unsetenv ("GITHUB_ACTIONS");
  g_unsetenv ("GITHUB_STEP_SUMMARY");
  g_assert_cmpint (result.status, ==, 99);
  assert_contains (result.err, "::error file=abba-pthread.c,line=");
  assert_contains (result.err, "title=Hang in abba-pthread::");
  g_assert_true (g_file_get_contents (summary, &text, NULL, NULL));
  assert_contains (text, "### Hang in `abba-pthread`");
  g_assert_false (g_file_test (f->trace, G_FILE_TEST_EXISTS));
  run_result_clear (&result);
}

/* ---- What passes ---------------------------------------------------------------------------- */

static void
test_pass_leaves_nothing (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/gtest-hang");
  g_autoptr (GDir) dir = NULL;

  g_setenv ("PASS", "1", TRUE);
  run_plain (&result, PROGRAM ("test", "--fail-on-hang", "--", app));
  g_unsetenv ("PASS");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  assert_contains (result.out, "ok 3 /client/later\n");
  dir = g_dir_open (f->folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
  run_result_clear (&result);
}

static void
test_own_status (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/oddities");

  run_plain (&result, PROGRAM ("test", "--junit", f->junit, "--no-trace", "--", app, "half"));
  g_assert_cmpint (result.status, ==, 3);
  g_assert_cmpstr (result.out, ==, "TAP version 13\n1..3\nok 1 first\nnot o");
  g_assert_true (g_file_test (f->junit, G_FILE_TEST_EXISTS));
  run_result_clear (&result);
}

/* A test that says less than it announced has not passed, whatever its status. */
static void
test_stops_half_way (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/oddities");
  g_autofree char *xml = NULL;

  run_plain (&result, PROGRAM ("test", "--junit", f->junit, "--no-trace", "--", app, "short"));
  g_assert_cmpint (result.status, ==, 1);
  assert_contains (result.err, "has not told of 2 of the cases");
  g_assert_true (g_file_get_contents (f->junit, &xml, NULL, NULL));
  assert_contains (xml, "failures=\"1\"");
  assert_contains (xml, "the test ended half-way");
  run_result_clear (&result);
}

static void
test_binary_output (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/oddities");
  g_autofree char *command =
      g_strdup_printf ("'%s' test -- '%s' binary | wc -c", g_getenv ("TEST_ASYNC_INSPECT"), app);

  run_bare (&result, PROGRAM ("/bin/sh", "-c", command));
  g_assert_cmpint (atoi (result.out), ==, 409600);
  run_result_clear (&result);
}

/* ---- What does not want to end -------------------------------------------------------------- */

static void
test_daemon_is_ended (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/oddities");
  const char *at;
  int pid;

  run_plain (&result, PROGRAM ("test", "--", app, "daemon"));
  g_assert_cmpint (result.status, ==, 0);
  assert_contains (result.out, "left one behind");
  at = strstr (result.err, "left process ");
  g_assert_nonnull (at);
  pid = atoi (at + strlen ("left process "));
  g_assert_cmpint (pid, >, 1);
  assert_contains (result.err, "oddities daemon");
  g_assert_cmpint (kill (pid, 0), ==, -1);
  run_result_clear (&result);
}

static void
test_stubborn_is_killed (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/oddities");

  run_plain (&result, PROGRAM ("test", "--timeout", "500ms", "--no-trace", "--", app, "stubborn"));
  g_assert_cmpint (result.status, ==, 99);
  assert_contains (result.err, "the test has taken more than 0.5 s");
  run_result_clear (&result);
}

/* Waits for what the other end does when it has gone: end of file. */
static void
test_dies_with_us (Fixture *f, gconstpointer data)
{
  g_autofree char *app = run_app ("harness/oddities");
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char bytes[64];

  /* Its standard error is held by the test alone, once we have been killed. */
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                              &error, g_getenv ("TEST_ASYNC_INSPECT"), "test", "--no-trace", "--",
                              "/bin/sh", "-c", "echo begun >&2; exec \"$0\" stubborn", app, NULL);
  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stderr_pipe (process), bytes, sizeof bytes,
                                        NULL, &error),
                   >, 0);
  g_subprocess_force_exit (process);
  while (g_input_stream_read (g_subprocess_get_stderr_pipe (process), bytes, sizeof bytes, NULL,
                              &error) > 0)
    ;
  g_assert_no_error (error);
  g_subprocess_wait (process, NULL, NULL);
}

/* A status tells little of why. */
static void
assert_status (const RunResult *result, int status)
{
  if (result->status != status)
    g_test_message ("it wrote: %s\n%s", result->out, result->err);
  g_assert_cmpint (result->status, ==, status);
}

/* ---- Runners -------------------------------------------------------------------------------- */

static void
write_meson_project (Fixture *f, const char *timeout)
{
  g_autofree char *app = run_app ("harness/gtest-hang");
  g_autofree char *text = g_strdup_printf (
      "project('demo')\ntest('client', find_program('%s'), protocol: 'tap', timeout: %s)\n", app,
      timeout);
  RunResult result;

  g_assert_true (g_file_set_contents ("meson.build", text, -1, NULL));
  run_bare (&result, PROGRAM ("meson", "setup", "out"));
  assert_status (&result, 0);
  run_result_clear (&result);
}

static char *
read_junit (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  char *text = NULL;

  while (text == NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".junit.xml"))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      }
  g_dir_close (dir);
  return text;
}

#define ATTEMPTS 5

/* Meson asks by SIGTERM and kills half a second later: by then all is said. */
static void
test_wrapper_of_meson (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *wrapper = g_strdup_printf ("'%s' test --", g_getenv ("TEST_ASYNC_INSPECT"));
  g_autofree char *xml = NULL;

  if (g_find_program_in_path ("meson") == NULL)
    {
      g_test_skip ("meson is not installed");
      return;
    }
  write_meson_project (f, "2");
  /* Half a second may be too little on a machine that is busy with other things. */
  for (guint i = 0; i < ATTEMPTS; i++)
    {
      run_bare (&result, PROGRAM ("meson", "test", "-C", "out", "--wrapper", wrapper));
      g_assert_cmpint (result.status, !=, 0);
      if (strstr (result.out, "killed by signal 9") == NULL || i + 1 == ATTEMPTS)
        break;
      g_test_message ("killed before it had said all");
      run_result_clear (&result);
    }
  assert_contains (result.out, "exit status 99");
  xml = read_junit ("out/meson-logs");
  g_assert_nonnull (xml);
  assert_contains (xml, "name=\"2 /client/timeout\"");
  assert_contains (xml, "<failure");
  run_result_clear (&result);
}

static void
test_finds_meson (Fixture *f, gconstpointer data)
{
  RunResult result;

  if (g_find_program_in_path ("meson") == NULL)
    {
      g_test_skip ("meson is not installed");
      return;
    }
  write_meson_project (f, "60");
  g_assert_cmpint (g_chdir ("out"), ==, 0);
  run_plain (&result, PROGRAM ("test", "--timeout", "1s"));
  assert_status (&result, 99);
  assert_contains (result.err, "a project of meson: running 'meson test --no-rebuild'");
  assert_contains (result.err, "the test has taken more than 1 s");
  assert_contains (result.err, "Found test stuck at:\n  /client/timeout\n");
  assert_contains (result.err, "gtest-hang.c:");
  run_result_clear (&result);
}

/* What is proven of one test ends that one, whatever another waits for at the same time. */
static void
test_one_of_two (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *hangs = run_app ("abba-pthread");
  g_autofree char *slow = run_app ("harness/slow-lock");

  run_plain (&result, PROGRAM ("test", "--no-trace", "--timeout", "60s", "--", "sh", "-c",
                               "\"$0\" & \"$1\"; echo status $?; wait", hangs, slow));
  assert_status (&result, 99);
  assert_contains (result.out, "slow and sound\nstatus 0\n");
  assert_contains (result.err, "abba-pthread.c:");
  g_assert_null (strstr (result.err, "slow-lock"));
  run_result_clear (&result);
}

static void
test_finds_make (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("abba-pthread");
  g_autofree char *text = g_strdup_printf ("check:\n\t%s\n", app);

  if (g_find_program_in_path ("make") == NULL)
    {
      g_test_skip ("make is not installed");
      return;
    }
  g_assert_true (g_file_set_contents ("Makefile", text, -1, NULL));
  run_plain (&result, PROGRAM ("test"));
  assert_status (&result, 99);
  assert_contains (result.err, "running 'make check'");
  assert_contains (result.err, "Deadlock: ");
  run_result_clear (&result);
}

static void
test_finds_ctest (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("abba-pthread");
  g_autofree char *text = g_strdup_printf ("add_test(abba \"%s\")\n", app);

  if (g_find_program_in_path ("ctest") == NULL)
    {
      g_test_skip ("ctest is not installed");
      return;
    }
  g_assert_true (g_file_set_contents ("CTestTestfile.cmake", text, -1, NULL));
  run_plain (&result, PROGRAM ("test", "--timeout", "20s"));
  assert_status (&result, 99);
  assert_contains (result.err, "a project of ctest");
  assert_contains (result.err, "Deadlock: ");
  run_result_clear (&result);
}

/* ---- Mistakes ------------------------------------------------------------------------------- */

static void
test_mistakes (Fixture *f, gconstpointer data)
{
  g_autofree char *app = run_app ("harness/oddities");

  run_assert_refused (PROGRAM ("test"), "no test command was given, and none is known");
  run_assert_refused (PROGRAM ("test", "--timeout", "0", app), "--timeout '0' is no duration above 0");
  run_assert_refused (PROGRAM ("test", "--timeout", "soon", app), "--timeout 'soon' is no duration");
  run_assert_refused (PROGRAM ("test", "--trace", "none/such/trace.json", app),
                  "cannot write 'none/such/trace.json': No such file or directory");
  run_assert_refused (PROGRAM ("test", "--junit", f->folder, app), "Is a directory");
}

/* A device stays one; and what was asked for and is not there is told. */
static void
test_file_that_is_full (Fixture *f, gconstpointer data)
{
  RunResult result;
  g_autofree char *app = run_app ("harness/oddities");
  GStatBuf status;

  if (g_stat ("/dev/full", &status) != 0 || !S_ISCHR (status.st_mode))
    {
      g_test_skip ("there is no /dev/full");
      return;
    }
  run_plain (&result, PROGRAM ("test", "--junit", "/dev/full", "--", app));
  assert_status (&result, 125);
  assert_contains (result.err, "'/dev/full': No space left on device");
  run_result_clear (&result);
  g_assert_cmpint (g_stat ("/dev/full", &status), ==, 0);
  g_assert_true (S_ISCHR (status.st_mode));
}

static const struct
{
  const char *path;
  void (*test) (Fixture *f, gconstpointer data);
} tests[] = {
  { "/test/hang/case-is-named", test_case_is_named },
  { "/test/hang/deadlock-is-proof", test_deadlock_is_proof },
  { "/test/hang/annotations", test_annotations },
  { "/test/pass/leaves-nothing", test_pass_leaves_nothing },
  { "/test/pass/own-status", test_own_status },
  { "/test/end/half-way-is-no-pass", test_stops_half_way },
  { "/test/pass/binary-output", test_binary_output },
  { "/test/end/daemon-is-ended", test_daemon_is_ended },
  { "/test/end/stubborn-is-killed", test_stubborn_is_killed },
  { "/test/end/dies-with-us", test_dies_with_us },
  { "/test/runner/wrapper-of-meson", test_wrapper_of_meson },
  { "/test/runner/meson", test_finds_meson },
  { "/test/runner/one-of-two", test_one_of_two },
  { "/test/runner/make", test_finds_make },
  { "/test/runner/ctest", test_finds_ctest },
  { "/test/mistakes", test_mistakes },
  { "/test/file-that-is-full", test_file_that_is_full },
};

/* Who sits before a terminal is told the case, too, and the test sees a terminal. */
static void
test_on_a_terminal (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("harness/gtest-hang");
  g_autoptr (GString) said = g_string_new (NULL);
  char bytes[4096];
  gssize n;
  int fd, status;
  pid_t pid = forkpty (&fd, NULL, NULL, NULL);

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      execl (g_getenv ("TEST_ASYNC_INSPECT"), "async-inspect", "test", "--timeout", "1s",
             "--no-trace", "--", program, NULL);
      _exit (77);
    }
  while ((n = read (fd, bytes, sizeof bytes)) > 0)
    g_string_append_len (said, bytes, n);
  close (fd);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_test_message ("%s", said->str);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 99);
  g_assert_nonnull (strstr (said->str, "ok 1 /client/connect\r\n"));
  g_assert_nonnull (strstr (said->str, "Found test stuck at:\r\n  /client/timeout\r\n"));
  g_assert_nonnull (strstr (said->str, "fetch_data"));
  g_assert_null (strstr (said->str, "Bail out!"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, setup, tests[i].test, teardown);
  g_test_add ("/test/on-a-terminal", Fixture, NULL, setup, test_on_a_terminal, teardown);
  return g_test_run ();
}
