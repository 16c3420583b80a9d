/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a user's program must not notice, and what signals to the command do. */

#include "fixture.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sys/resource.h>

static void
assert_same (const char *const *program)
{
  RunResult bare, inspected;

  run_bare (&bare, program);
  run_json (&inspected, "", program);
  g_test_message ("%s: %d", program[0], bare.status);
  g_assert_cmpint (inspected.status, ==, bare.status);
  g_assert_cmpstr (inspected.out, ==, bare.out);
  run_result_clear (&bare);
  run_result_clear (&inspected);
}

static void
test_status_is_the_programs (void)
{
  static const char *const names[] = { "no-runtime", "sleeper", "crasher", "forker" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *program = run_app (names[i]);

      assert_same (PROGRAM (program));
    }
}

/* Some libraries ask whether a program has threads; that makes it none that has. */
static void
test_weak_reference_is_no_use (void)
{
  g_autofree char *program = run_app ("weak-threads");
  RunResult result;

  assert_same (PROGRAM (program));
  run_plain (&result, PROGRAM ("run", "--", program));
  g_assert_cmpstr (result.out, ==, "could\n");
  g_assert_nonnull (strstr (result.err, "nothing to inspect"));
  run_result_clear (&result);
}

static void
test_output_is_the_programs (void)
{
  RunResult result;

  run_plain (&result, PROGRAM ("run", "--output", "/dev/null", "--", "sh", "-c",
                               "printf 'out %s' \"$1\"; printf err >&2; exit 7", "sh", "a b"));
  g_assert_cmpstr (result.out, ==, "out a b");
  g_assert_true (g_str_has_prefix (result.err, "err"));
  g_assert_cmpint (result.status, ==, 7);
  run_result_clear (&result);
}

static void
test_killed_program_gives_128_and_more (void)
{
  RunResult result;

  run_plain (&result, PROGRAM ("run", "--output", "/dev/null", "--", "sh", "-c", "kill -TERM $$"));
  g_assert_cmpint (result.status, ==, 128 + SIGTERM);
  run_result_clear (&result);
}

static void
test_children_are_followed (void)
{
  g_autofree char *program = run_app ("child-spawn");
  JsonObject *report;
  JsonArray *targets;
  RunResult result;

  run_json (&result, "--stuck-after 300ms", PROGRAM (program));
  report = run_last_report (&result, "stuck");
  targets = json_object_get_array_member (report, "targets");
  g_assert_cmpuint (json_array_get_length (targets), ==, 2);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (targets, 1),
                                               "parent_pid"), ==,
                   json_object_get_int_member (json_array_get_object_element (targets, 0), "pid"));
  /* The parent rests: its child still runs. The child is the one that is stuck. */
  g_assert_nonnull (run_find_other (report, "child-process"));
  g_assert_nonnull (run_find_stuck (report, NULL));
  run_result_clear (&result);
}

/* Also where one was gone before its messages were read; and those that are over take no
 * descriptor of the inspector. */
static void
test_short_children_are_counted_once (void)
{
  g_autofree char *program = run_app ("brief");
  g_autoptr (GHashTable) pids = g_hash_table_new (NULL, NULL);
  struct rlimit limit, low;
  JsonArray *targets;
  RunResult result;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  low = limit;
  low.rlim_cur = 64;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  run_json (&result, "", PROGRAM ("sh", "-c",
                                  "i=0; while [ $i -lt 120 ]; do \"$1\"; i=$((i+1)); done", "sh",
                                  program));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  targets = json_object_get_array_member (run_last_report (&result, "exit"), "targets");
  for (guint i = 0; i < json_array_get_length (targets); i++)
    {
      JsonObject *target = json_array_get_object_element (targets, i);
      gpointer pid = GINT_TO_POINTER ((int)json_object_get_int_member (target, "pid"));

      g_assert_true (g_hash_table_add (pids, pid));
    }
  g_assert_cmpuint (json_array_get_length (targets), ==, 121);
  run_result_clear (&result);
}

static void
test_damaged_channel_harms_nobody (void)
{
  g_autofree char *program = run_app ("scribbler");

  for (int i = 1; i <= 4; i++)
    {
      g_autofree char *seed = g_strdup_printf ("%d", i);
      RunResult result;

      run_json (&result, "--stuck-after 50ms", PROGRAM (program, seed));
      g_assert_cmpstr (result.out, ==, "scribbled\n");
      g_assert_cmpint (result.status, ==, 0);
      run_last_report (&result, "exit");
      run_result_clear (&result);
    }
}

/* ---- Signals ---------------------------------------------------------------------------------- */

typedef struct
{
  GSubprocess *process;
  GDataInputStream *err;
} Live;

/* Starts the command and waits until the program has said "ready" on its standard output. */
static void
start (Live *live, const char *program)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDataInputStream) out = NULL;
  g_autofree char *line = NULL;

  live->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                                    &error, g_getenv ("TEST_ASYNC_INSPECT"), "run", "--", program,
                                    NULL);
  g_assert_no_error (error);
  live->err = g_data_input_stream_new (g_subprocess_get_stderr_pipe (live->process));
  out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (live->process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (out), FALSE);
  line = g_data_input_stream_read_line_utf8 (out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (line, ==, "ready");
}

static void
assert_says (Live *live, const char *text)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line_utf8 (live->err, NULL, NULL, NULL);

      g_assert_nonnull (line);
      if (strstr (line, text) != NULL)
        return;
    }
}

static int
finish (Live *live)
{
  int status;

  g_assert_true (g_subprocess_wait (live->process, NULL, NULL));
  status = g_subprocess_get_if_exited (live->process) ? g_subprocess_get_exit_status (live->process)
                                                      : -1;
  g_object_unref (live->err);
  g_object_unref (live->process);
  return status;
}

static void
test_sigusr1_reports_and_goes_on (void)
{
  g_autofree char *program = run_app ("echo-server");
  Live live;

  start (&live, program);
  for (int i = 0; i < 3; i++)
    {
      g_subprocess_send_signal (live.process, SIGUSR1);
      assert_says (&live, "nothing is stuck");
    }
  g_subprocess_send_signal (live.process, SIGTERM);
  g_assert_cmpint (finish (&live), ==, 128 + SIGTERM);
}

static void
test_sigint_reports_and_reaches_the_program (void)
{
  g_autofree char *program = run_app ("echo-server");
  Live live;

  start (&live, program);
  g_subprocess_send_signal (live.process, SIGINT);
  assert_says (&live, "nothing is stuck");
  /* The server ends in order on SIGINT. */
  g_assert_cmpint (finish (&live), ==, 0);
}

/* Reads from the terminal until @text came; or to its end, for NULL. Returns: all that came */
static char *
read_terminal (int fd, const char *text)
{
  GString *all = g_string_new (NULL);
  char buffer[4096];
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
    {
      if (n > 0)
        g_string_append_len (all, buffer, n);
      if (text != NULL && strstr (all->str, text) != NULL)
        break;
    }
  return g_string_free (all, FALSE);
}

/* Ctrl-C on a terminal reaches the program at the same time, and this one dies of it at once: the
 * report comes all the same, with what the kernel said of the socket before. */
static void
test_interrupt_on_a_terminal (void)
{
  g_autofree char *program = run_app ("no-timeout");
  g_autofree char *before = NULL, *after = NULL;
  int fd, status;
  pid_t pid = forkpty (&fd, NULL, NULL, NULL);

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      execl (g_getenv ("TEST_ASYNC_INSPECT"), "async-inspect", "run", "--stuck-after", "200ms", "--",
             program, NULL);
      _exit (99);
    }
  before = read_terminal (fd, "0 lost");
  g_assert_nonnull (strstr (before, "/answer"));
  g_assert_cmpint (write (fd, "\003", 1), ==, 1);
  after = read_terminal (fd, NULL);
  g_test_message ("%s", after);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 128 + SIGINT);
  g_assert_nonnull (strstr (after, "/answer"));
  g_assert_nonnull (strstr (after, "ESTABLISHED"));
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/status/is-the-programs", test_status_is_the_programs);
  g_test_add_func ("/run/status/weak-reference-is-no-use", test_weak_reference_is_no_use);
  g_test_add_func ("/run/status/output-is-the-programs", test_output_is_the_programs);
  g_test_add_func ("/run/status/killed-program", test_killed_program_gives_128_and_more);
  g_test_add_func ("/run/status/children-are-followed", test_children_are_followed);
  g_test_add_func ("/run/status/short-children", test_short_children_are_counted_once);
  g_test_add_func ("/run/status/damaged-channel", test_damaged_channel_harms_nobody);
  g_test_add_func ("/run/signal/usr1", test_sigusr1_reports_and_goes_on);
  g_test_add_func ("/run/signal/terminal", test_interrupt_on_a_terminal);
  g_test_add_func ("/run/signal/int", test_sigint_reports_and_reaches_the_program);
  return g_test_run ();
}
