/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which processes are listed, and what is said of them. */

#include "subject.h"

#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static JsonObject *
find_process (const char *text, gint64 pid, JsonNode **ret_root)
{
  g_autoptr (GError) error = NULL;
  JsonArray *processes;

  *ret_root = json_from_string (text, &error);
  g_assert_no_error (error);
  processes = json_object_get_array_member (json_node_get_object (*ret_root), "processes");
  for (guint i = 0; i < json_array_get_length (processes); i++)
    if (json_object_get_int_member (json_array_get_object_element (processes, i), "pid") == pid)
      return json_array_get_object_element (processes, i);
  return NULL;
}

static GSubprocess *
begin (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process;
  char byte;

  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                               &error);
  g_assert_no_error (error);
  /* It says a word when it is in its main(). */
  g_assert_cmpint (
      g_input_stream_read (g_subprocess_get_stdout_pipe (process), &byte, 1, NULL, NULL), ==, 1);
  return process;
}

static void
end (GSubprocess *process)
{
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
}

static void
test_uses_libuv (void)
{
  g_autofree char *program = run_app ("attach-subject");
  GSubprocess *process = begin (PROGRAM (program));
  gint64 pid = g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  g_autoptr (JsonNode) root = NULL;
  JsonObject *found;
  RunResult result;

  run_plain (&result, PROGRAM ("ps", "--json"));
  g_assert_cmpint (result.status, ==, 0);
  found = find_process (result.out, pid, &root);
  g_assert_nonnull (found);
  g_assert_cmpstr (
      json_array_get_string_element (
          json_object_get_array_member (found, "runtimes"),
          json_array_get_length (json_object_get_array_member (found, "runtimes")) - 1),
      ==, "uv");
  g_assert_true (g_str_has_prefix (json_object_get_string_member (found, "command"), program));
  g_assert_cmpstr (json_object_get_string_member (found, "executable"), ==, program);
  g_assert_false (json_object_get_boolean_member (found, "inspected"));
  g_assert_cmpint (json_object_get_boolean_member (found, "attachable"), !=,
                   json_object_has_member (found, "refusal"));
  run_result_clear (&result);

  run_plain (&result, PROGRAM ("ps"));
  g_assert_nonnull (strstr (result.out, "libuv"));
  g_assert_nonnull (strstr (result.out, program));
  run_result_clear (&result);
  end (process);
}

/* It has nothing to show, so that only --all has it. */
static void
test_uses_none (void)
{
  GSubprocess *process = begin (PROGRAM ("sh", "-c", "echo; read line"));
  gint64 pid = g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  g_autoptr (JsonNode) some = NULL, all = NULL;
  RunResult result;

  run_plain (&result, PROGRAM ("ps", "--json"));
  g_assert_null (find_process (result.out, pid, &some));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("ps", "--all", "--json"));
  g_assert_nonnull (find_process (result.out, pid, &all));
  run_result_clear (&result);
  end (process);
}

static char *
read_terminal (int fd)
{
  GString *all = g_string_new (NULL);
  char buffer[4096];
  ssize_t n;

  /* The terminal of a program that has ended gives an error. */
  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (all, buffer, n);
  return g_string_free (all, FALSE);
}

/* One line for each process: its end is cut off where the terminal ends. */
static void
test_fits_a_terminal (void)
{
#define COLUMNS 60
  g_autofree char *program = run_app ("attach-subject");
  g_autofree char *much = g_strnfill (300, 'x');
  GSubprocess *process = begin (PROGRAM (program, much));
  g_autofree char *row = g_strdup_printf ("%7s  ", g_subprocess_get_identifier (process));
  const struct winsize size = { .ws_row = 24, .ws_col = COLUMNS };
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean is_found = FALSE;
  int fd, status;
  pid_t pid = forkpty (&fd, NULL, NULL, &size);

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      execl (g_getenv ("TEST_ASYNC_INSPECT"), "async-inspect", "ps", NULL);
      _exit (99);
    }
  text = read_terminal (fd);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  lines = g_strsplit (text, "\r\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], row))
      {
        g_test_message ("%s", lines[i]);
        g_assert_cmpint (g_utf8_strlen (lines[i], -1), ==, COLUMNS);
        g_assert_true (g_str_has_suffix (lines[i], "…"));
        is_found = TRUE;
      }
  g_assert_true (is_found);
  close (fd);
  end (process);
}

/* Much has what Rust's panics need, LLVM for one: that alone makes it no program of tokio. */
static void
test_uses_tokio (void)
{
  static const char *const apps[] = { "unwinder", "unwinder-tokio" };

  for (guint i = 0; i < G_N_ELEMENTS (apps); i++)
    {
      g_autofree char *program = run_app (apps[i]);
      GSubprocess *process = begin (PROGRAM (program));
      gint64 pid = g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
      g_autoptr (JsonNode) root = NULL;
      JsonObject *found;
      RunResult result;

      run_plain (&result, PROGRAM ("ps", "--json"));
      found = find_process (result.out, pid, &root);
      g_assert_cmpint (found != NULL, ==, i == 1);
      if (found != NULL)
        g_assert_cmpstr (
            json_array_get_string_element (json_object_get_array_member (found, "runtimes"), 0), ==,
            "rust-live");
      run_result_clear (&result);
      end (process);
    }
}

static void
test_inspected_already (void)
{
  g_autofree char *program = run_app ("attach-subject");
  const char *command = g_getenv ("TEST_ASYNC_INSPECT");
  GSubprocess *process = begin (PROGRAM (command, "run", "--output", "/dev/null", "--", program));
  g_autoptr (JsonNode) root = NULL;
  JsonArray *processes;
  gboolean found = FALSE;
  RunResult result;

  run_plain (&result, PROGRAM ("ps", "--json"));
  root = json_from_string (result.out, NULL);
  processes = json_object_get_array_member (json_node_get_object (root), "processes");
  for (guint i = 0; i < json_array_get_length (processes); i++)
    {
      JsonObject *one = json_array_get_object_element (processes, i);

      found |= g_str_equal (json_object_get_string_member (one, "executable"), program) &&
               json_object_get_boolean_member (one, "inspected");
    }
  g_assert_true (found);
  run_result_clear (&result);
  g_subprocess_send_signal (process, 15);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
}

static void
test_mistakes (void)
{
  RunResult result;

  run_plain (&result, PROGRAM ("ps", "4711"));
  g_assert_cmpint (result.status, ==, 125);
  run_assert_one_line (&result, "4711");
  run_result_clear (&result);
}

/* A library with a runtime of its own in it, which cannot be led anywhere: one line says so when it is attached to. */
static void
test_kept_inside (void)
{
  static const char *const line = "libkept-inside.so has a runtime of its own in it";
  g_autofree char *program = run_app ("kept-inside-user");
  Subject subject;
  RunResult result;

  subject_begin (&subject, PROGRAM (program));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      subject_attach (&result, &subject, "10ms");
      g_assert_null (strstr (result.err, "nothing to inspect"));
      g_assert_nonnull (strstr (result.err, line));
      g_assert_nonnull (strstr (result.err, "attach --look --pid "));
      run_result_clear (&result);
    }
  subject_end (&subject, "still here");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ps/uses-libuv", test_uses_libuv);
  g_test_add_func ("/ps/uses-none", test_uses_none);
  g_test_add_func ("/ps/fits-a-terminal", test_fits_a_terminal);
  g_test_add_func ("/ps/uses-tokio", test_uses_tokio);
  g_test_add_func ("/ps/inspected-already", test_inspected_already);
  g_test_add_func ("/ps/mistakes", test_mistakes);
  g_test_add_func ("/ps/kept-inside", test_kept_inside);
  return g_test_run ();
}
