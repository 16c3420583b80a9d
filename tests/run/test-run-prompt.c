/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Somebody at the prompt: says something, reads the answer, and goes on from there. */

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "fixture.h"
#include "stops-uv.h"

typedef struct
{
  GSubprocess *process;
  GOutputStream *input;
  GInputStream *output;
  GString *read; /* what was read, and not expected yet */
  char *passed;  /* what came before what was expected last */
} Prompt;

/* @options: (nullable) (array zero-terminated=1) */
static void
prompt_begin (Prompt *prompt, const char *const *options, const char *const *program)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (argv, (gpointer)g_getenv ("TEST_ASYNC_INSPECT"));
  g_ptr_array_add (argv, (gpointer) "run");
  g_ptr_array_add (argv, (gpointer) "--prompt");
  for (; options != NULL && *options != NULL; options++)
    g_ptr_array_add (argv, (gpointer)*options);
  g_ptr_array_add (argv, (gpointer) "--");
  for (; *program != NULL; program++)
    g_ptr_array_add (argv, (gpointer)*program);
  g_ptr_array_add (argv, NULL);
  prompt->process =
      g_subprocess_newv ((const char *const *)argv->pdata,
                         G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                             G_SUBPROCESS_FLAGS_STDERR_MERGE,
                         &error);
  g_assert_no_error (error);
  prompt->input = g_subprocess_get_stdin_pipe (prompt->process);
  prompt->output = g_subprocess_get_stdout_pipe (prompt->process);
  prompt->read = g_string_new (NULL);
  prompt->passed = NULL;
}

static void
say (Prompt *prompt, const char *line)
{
  g_autofree char *bytes = g_strdup_printf ("%s\n", line);

  g_test_message ("> %s", line);
  g_assert_true (
      g_output_stream_write_all (prompt->input, bytes, strlen (bytes), NULL, NULL, NULL));
}

static void
expect (Prompt *prompt, const char *words)
{
  for (;;)
    {
      const char *found = strstr (prompt->read->str, words);
      char bytes[512];
      gssize n;

      if (found != NULL)
        {
          g_free (prompt->passed);
          prompt->passed = g_strndup (prompt->read->str, (gsize)(found - prompt->read->str));
          g_string_erase (prompt->read, 0, found + strlen (words) - prompt->read->str);
          return;
        }
      n = g_input_stream_read (prompt->output, bytes, sizeof bytes, NULL, NULL);
      if (n <= 0)
        g_test_message ("no '%s' in: %s", words, prompt->read->str);
      g_assert_cmpint (n, >, 0);
      g_string_append_len (prompt->read, bytes, n);
      g_test_message ("< %.*s", (int)n, bytes);
    }
}

/* Returns: the exit status; what was said last is in @prompt->read. */
static int
prompt_wait (Prompt *prompt)
{
  char bytes[512];
  gssize n;

  while ((n = g_input_stream_read (prompt->output, bytes, sizeof bytes, NULL, NULL)) > 0)
    g_string_append_len (prompt->read, bytes, n);
  g_subprocess_wait (prompt->process, NULL, NULL);
  g_test_message ("%s", prompt->read->str);
  g_assert_true (g_subprocess_get_if_exited (prompt->process));
  return g_subprocess_get_exit_status (prompt->process);
}

static void
prompt_clear (Prompt *prompt)
{
  g_string_free (prompt->read, TRUE);
  g_free (prompt->passed);
  g_object_unref (prompt->process);
}

/* A libuv program to stop in, which ends by itself. */
static char *
subject (void)
{
  return g_build_filename (g_getenv ("TEST_RUN_BUILD"), "stops-uv", NULL);
}

/* All of it, from a program that waits to be let go to one that is ended. */
static void
test_session (void)
{
  g_autofree char *program = subject ();
  Prompt prompt;

  prompt_begin (&prompt, NULL, PROGRAM (program, "state"));
  expect (&prompt, "The program has not begun");
  say (&prompt, "bt");
  expect (&prompt, "the program has not begun; 'continue' starts it");
  say (&prompt, "dance");
  expect (&prompt, "there is no command 'dance'");
  say (&prompt, "break state:reading");
  expect (&prompt, "Breakpoint 1 at state:reading");
  say (&prompt, "continue");
  expect (&prompt, "Breakpoint 1: task ");
  say (&prompt, "bt");
  expect (&prompt, "#0 ");
  expect (&prompt, "on_state at stops-uv.c:");
  say (&prompt, "vars");
  expect (&prompt, "attempts = 3");
  say (&prompt, "locals");
  expect (&prompt, "int attempts = ");
  /* What the compiler has made is not the program's. */
  expect (&prompt, "(async-inspect) ");
  g_assert_null (strstr (prompt.passed, "__func__"));
  say (&prompt, "why");
  expect (&prompt, "it has stood at a breakpoint for ");
  say (&prompt, "where");
  expect (&prompt, "* 1  task ");
  say (&prompt, "delete 1");
  say (&prompt, "step any");
  expect (&prompt, "Stopped: task ");
  say (&prompt, "kill");
  g_assert_cmpint (prompt_wait (&prompt), ==, 128 + SIGKILL);
  prompt_clear (&prompt);
}

static void
test_never_begins (void)
{
  g_autofree char *program = subject ();
  Prompt prompt;

  prompt_begin (&prompt, NULL, PROGRAM (program, "state"));
  expect (&prompt, "The program has not begun");
  say (&prompt, "kill");
  g_assert_cmpint (prompt_wait (&prompt), ==, 0);
  g_assert_null (strstr (prompt.read->str, "(pid "));
  prompt_clear (&prompt);
}

/* Whoever goes away leaves the program to run, to its own end. */
static void
test_end_of_input (void)
{
  g_autofree char *program = subject ();
  Prompt prompt;

  prompt_begin (&prompt, NULL, PROGRAM (program, "state"));
  expect (&prompt, "The program has not begun");
  g_output_stream_close (prompt.input, NULL, NULL);
  g_assert_cmpint (prompt_wait (&prompt), ==, 0);
  g_assert_nonnull (strstr (prompt.read->str, "(pid "));
  prompt_clear (&prompt);
}

/* Where it is to stop is known: there is nothing to wait for. */
static void
test_begins_with_a_breakpoint (void)
{
  g_autofree char *program = subject ();
  Prompt prompt;

  prompt_begin (&prompt, PROGRAM ("--break", "state:reading"), PROGRAM (program, "state"));
  expect (&prompt, "Breakpoint 1: task ");
  say (&prompt, "quit");
  g_assert_cmpint (prompt_wait (&prompt), ==, 0);
  prompt_clear (&prompt);
}

/* The inspector is killed while a thread stands still: the program goes on by itself, to its own end. That has come when
 * nobody has its output any more. */
static void
test_inspector_is_killed (void)
{
  g_autofree char *program = subject ();
  Prompt prompt;
  char bytes[512];

  prompt_begin (&prompt, PROGRAM ("--break", "state:reading"), PROGRAM (program, "state"));
  expect (&prompt, "Breakpoint 1: task ");
  g_subprocess_force_exit (prompt.process);
  while (g_input_stream_read (prompt.output, bytes, sizeof bytes, NULL, NULL) > 0)
    ;
  g_subprocess_wait (prompt.process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (prompt.process));
  prompt_clear (&prompt);
}

/* Ctrl-C stops what runs, and does not end it. */
static void
test_interrupt (void)
{
  g_autofree char *program = subject ();
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("inspect-prompt-XXXXXX", &path, NULL);
  Prompt prompt;

  g_assert_cmpint (ftruncate (fd, 4096), ==, 0);
  close (fd);
  prompt_begin (&prompt, PROGRAM ("--break", "checkpoint"), PROGRAM (program, "threads", path));
  expect (&prompt, "Breakpoint 1: task ");
  say (&prompt, "delete 1");
  say (&prompt, "continue");
  /* That it was read is known by the next answer, which needs a program that runs. */
  say (&prompt, "bt");
  expect (&prompt, "none does");
  g_subprocess_send_signal (prompt.process, SIGINT);
  expect (&prompt, "asked to stop at its next event");
  expect (&prompt, "Stopped: task ");
  say (&prompt, "bt");
  expect (&prompt, "#0 ");
  say (&prompt, "step any");
  expect (&prompt, "Stopped: task ");
  /* Return alone is the same once more. */
  say (&prompt, "");
  expect (&prompt, "Stopped: task ");
  say (&prompt, "kill");
  g_assert_cmpint (prompt_wait (&prompt), ==, 128 + SIGKILL);
  prompt_clear (&prompt);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt/session", test_session);
  g_test_add_func ("/prompt/never-begins", test_never_begins);
  g_test_add_func ("/prompt/end-of-input", test_end_of_input);
  g_test_add_func ("/prompt/begins-with-a-breakpoint", test_begins_with_a_breakpoint);
  g_test_add_func ("/prompt/inspector-is-killed", test_inspector_is_killed);
  g_test_add_func ("/prompt/interrupt", test_interrupt);
  return g_test_run ();
}
