/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Processes that wait for each other by system calls alone, which no runtime tells of: attached to, and looked at from
 * outside. A machine with little time finds it later, so that each is looked at again and again. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "subject.h"

#define MAX_TRIES 30

typedef struct
{
  const char *what;
  const char *label;   /* where it waits; NULL: it is not told */
  const char *says[4]; /* all of it is in one report; "%d" is the other process */
  const char *never;   /* (nullable): in no report */
} Case;

static const Case sick[] = {
  { "crossed",
    "WAITS: write",
    { "Deadlock: 2 processes or threads wait for each other through pipes or connections",
      "kernel-waits crossed (process %d) (task", "for room in pipe " } },
  { "own-end",
    "WAITS: read",
    { "Deadlock: a process waits for the other end of a pipe or connection that nobody but itself",
      "for bytes from pipe ", "close the end that is not used" } },
  { "unread-child",
    "WAITS: child",
    { "Deadlock: 2 processes or threads wait for each other through pipes or connections",
      "its own end is waited for", "for room in pipe " } },
  { "record-lock",
    "WAITS: record",
    { "waiting for the lock of /tmp/kernel-waits-",
      "held by kernel-waits record-lock (process %d), reading from pipe ",
      "the lock is held by another, who has not let go" } },
  { "flock",
    "WAITS: flock",
    { "waiting for the lock of /tmp/kernel-waits-",
      "held by kernel-waits flock (process %d), reading from pipe " } },
  { "stopped",
    "WAITS: read",
    { "kernel-waits stopped (process %d), stopped by a signal; “kill -CONT %d” lets it go on",
      "whoever could end it is stopped by a signal or a debugger" } },
  { "elsewhere",
    "WAITS: read",
    { "at its other end: kernel-waits elsewhere (process %d), reading from pipe ",
      "why (inferred): the other end waits for something else, and not for more from here" } },
  { "server-elsewhere",
    "WAITS: read",
    { "at its other end: kernel-waits server-elsewhere (process %d), reading from pipe ",
      "why (inferred): the other end waits for something else, and not for more from here" } },
  { "fifo",
    "WAITS: open",
    { "opening FIFO /tmp/kernel-waits-", "at its other end: nobody who is known" } },
  { "full-queue",
    "WAITS: connect",
    { "connecting to @kernel-waits-full-", "the operation was started and has not ended" },
    "Deadlock" },
  /* Who waits for any of several things is not held fast by one of them. */
  { "asks-itself", "WAITS: question", { "waiting to read from 127.0.0.1:" }, "Deadlock" },
};

static const struct
{
  const char *what;
  const char *says, *waits; /* both in one report */
  gboolean has_other;       /* the other process is told, and not as a task */
} healthy[] = {
  /* Whatever is at the other end does not have to say anything. */
  { "idle", "nothing is stuck: 1 task, ", "reading from ", TRUE },
  { "idle-client", "nothing is stuck: 1 task, ", "reading from 127.0.0.1:", TRUE },
  { "idle-pair", "nothing is stuck: 1 task, ", "reading from ", TRUE },
  { "pipeline", "nothing is stuck: 1 task, ", "reading from pipe ", TRUE },
  { "sleeps", "nothing is stuck: 1 task", "sleeping for some time" },
  { "listens", "nothing is stuck: 1 task", "waiting for connections on 0.0.0.0:" },
};

typedef struct
{
  GSubprocess *process;
  char *pid;
  int other;
} Pair;

static void
pair_begin (Pair *pair, const char *what)
{
  g_autofree char *program = run_app ("kernel-waits");
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  int pid;

  pair->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                    &error, program, what, NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (pair->process));
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  g_assert_cmpint (sscanf (line, "ready %d %d", &pid, &pair->other), ==, 2);
  pair->pid = g_strdup_printf ("%d", pid);
}

static void
pair_end (Pair *pair)
{
  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (pair->process), NULL, NULL));
  g_assert_true (g_subprocess_wait_check (pair->process, NULL, NULL));
  g_object_unref (pair->process);
  g_free (pair->pid);
}

/* In one line, as it was before it was wrapped. */
static char *
look (const Pair *pair, gboolean only_looks)
{
  g_autoptr (GRegex) space = g_regex_new ("\\s+", 0, 0, NULL);
  RunResult result;
  char *text;

  run_plain (&result, PROGRAM ("attach", only_looks ? "--look" : "--no-payload", "--for", "900ms",
                               "--stuck-after", "300ms", "--output", "-", "--pid", pair->pid));
  g_test_message ("%s%s", result.out, result.err);
  text = g_regex_replace_literal (space, result.out, -1, 0, " ", 0, NULL);
  run_result_clear (&result);
  return text;
}

static gboolean
is_told (const Case *row, const Pair *pair, const char *text)
{
  g_autofree char *other = g_strdup_printf ("%d", pair->other);
  g_autofree char *place =
      g_strdup_printf ("kernel-waits.c:%u", run_label_line ("kernel-waits.c", row->label));

  for (guint i = 0; i < G_N_ELEMENTS (row->says) && row->says[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (row->says[i], "%d", -1);
      g_autofree char *says = g_strjoinv (other, parts);

      if (strstr (text, says) == NULL)
        return FALSE;
    }
  return strstr (text, place) != NULL;
}

static gboolean
may_attach (const Pair *pair)
{
  Subject subject = { .pid = pair->pid };

  return subject_may_be_attached_to (&subject);
}

static void
test_sick (gconstpointer only_looks)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sick); i++)
    {
      gboolean is_found = FALSE;
      Pair pair;

      pair_begin (&pair, sick[i].what);
      if (!may_attach (&pair))
        is_found = TRUE;
      for (guint n = 0; n < MAX_TRIES && !is_found; n++)
        {
          g_autofree char *text = look (&pair, only_looks != NULL);

          is_found = is_told (&sick[i], &pair, text);
          g_assert_true (sick[i].never == NULL || strstr (text, sick[i].never) == NULL);
        }
      if (!is_found)
        g_error ("%s is not told of", sick[i].what);
      pair_end (&pair);
    }
}

static void
test_healthy (gconstpointer only_looks)
{
  for (gsize i = 0; i < G_N_ELEMENTS (healthy); i++)
    {
      gboolean is_seen = FALSE;
      Pair pair;

      pair_begin (&pair, healthy[i].what);
      if (!may_attach (&pair))
        is_seen = TRUE;
      for (guint n = 0; n < MAX_TRIES && !is_seen; n++)
        {
          g_autofree char *text = look (&pair, only_looks != NULL);

          g_assert_null (strstr (text, "BLOCKED"));
          g_assert_null (strstr (text, "Deadlock"));
          is_seen =
              strstr (text, healthy[i].says) != NULL && strstr (text, healthy[i].waits) != NULL &&
              (!healthy[i].has_other || (strstr (text, "; 1 process that is waited for") != NULL &&
                                         strstr (text, "Processes that are waited for: ") != NULL));
        }
      if (!is_seen)
        g_error ("%s is not seen", healthy[i].what);
      pair_end (&pair);
    }
}

/* A loop of libuv whose own other end owes it an answer: libuv tells of the connection, and nobody else does. */
static void
test_loop_is_told_once (gconstpointer only_looks)
{
  g_autofree char *program = run_app ("attach-subject");
  const char *const argv[] = { program, NULL };
  Subject subject;

  subject_begin (&subject, argv);
  if (subject_may_be_attached_to (&subject))
    {
      const Pair pair = { .pid = subject.pid };
      gboolean is_seen = FALSE;

      g_usleep (1200 * 1000); /* by then an answer is owed (ASKED_NS) */
      for (guint n = 0; n < MAX_TRIES && !is_seen; n++)
        {
          g_autofree char *text = look (&pair, only_looks != NULL);

          g_assert_null (strstr (text, "at its other end: attach-subject"));
          is_seen = strstr (text, ": 5 tasks") != NULL && strstr (text, "on_answer") != NULL;
        }
      g_assert_true (is_seen);
    }
  subject_end (&subject, "ticked");
}

/* It is told while the program runs, and by one line for each of both. */
static void
test_run (void)
{
  g_autofree char *program = run_app ("kernel-waits");
  const char *argv[] = { g_getenv ("TEST_ASYNC_INSPECT"),
                         "run",
                         "--stuck-after",
                         "300ms",
                         "--output",
                         "/dev/stdout",
                         "--",
                         program,
                         "crossed",
                         NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) inspector = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_autoptr (GDataInputStream) lines = NULL;
  gboolean is_found = FALSE;
  char *line;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (inspector));
  while (!is_found && (line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL)
    {
      is_found = g_str_has_prefix (line, "Deadlock: 2 processes or threads wait for each other");
      g_free (line);
    }
  g_assert_true (is_found);
  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (inspector), NULL, NULL));
  g_assert_true (g_subprocess_wait (inspector, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (inspector), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/kernel/sick/looked-at", "look", test_sick);
  g_test_add_data_func ("/kernel/sick/attached-to", NULL, test_sick);
  g_test_add_data_func ("/kernel/healthy/looked-at", "look", test_healthy);
  g_test_add_data_func ("/kernel/healthy/attached-to", NULL, test_healthy);
  g_test_add_data_func ("/kernel/loop-is-told-once/looked-at", "look", test_loop_is_told_once);
  g_test_add_data_func ("/kernel/loop-is-told-once/attached-to", NULL, test_loop_is_told_once);
  g_test_add_func ("/kernel/run", test_run);
  return g_test_run ();
}
