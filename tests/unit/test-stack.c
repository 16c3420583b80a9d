/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where a thread of another process is, without that process noticing that anybody asked. */

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "target/facts.h"

/* On a busy machine a thread may not come to its stop in time, and nothing is known then. */
#define N_WHOLE 20
#define MAX_LOOKS 2000

typedef struct
{
  GSubprocess *process;
  GOutputStream *input;
  GDataInputStream *output;
  int pid, tid;
  guint64 wait, callback, turn; /* where its functions begin */
} Subject;

static int
find_other_thread (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (atoi (name) != pid)
      return atoi (name);
  g_assert_not_reached ();
}

static void
subject_start (Subject *subject, const char *way)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "stack-subject", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  subject->process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, way, NULL);
  g_assert_no_error (error);
  subject->input = g_subprocess_get_stdin_pipe (subject->process);
  subject->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (subject->process));
  subject->pid = atoi (g_subprocess_get_identifier (subject->process));
  line = g_data_input_stream_read_line (subject->output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (
      sscanf (line, "%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x",
              &subject->wait, &subject->callback, &subject->turn),
      ==, 3);
  subject->tid = find_other_thread (subject->pid);
}

static void
subject_end (Subject *subject)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  g_output_stream_write_all (subject->input, "x", 1, NULL, NULL, &error);
  g_assert_no_error (error);
  line = g_data_input_stream_read_line (subject->output, NULL, NULL, &error);
  g_assert_cmpstr (line, ==, "0 wrong");
  g_assert_true (g_subprocess_wait (subject->process, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (subject->process));
  g_object_unref (subject->output);
  g_object_unref (subject->process);
}

/* A return address within a small function that begins there. */
static gboolean
has_function (const guint64 *frames, guint n, guint64 start)
{
  for (guint i = 0; i < n; i++)
    if (frames[i] > start && frames[i] - start < 128)
      return TRUE;
  return FALSE;
}

static const char *const ways[] = { "spin",      "nanosleep", "sleep",
                                    "epoll",     "poll",      "socket-with-timeout",
                                    "semaphore", "signal",    "pipe" };

static void
test_looked_at (gconstpointer way)
{
  Subject subject;
  guint64 frames[32];
  guint n_whole = 0;

  subject_start (&subject, way);
  for (guint i = 0; i < MAX_LOOKS && n_whole < N_WHOLE; i++)
    {
      guint n = target_facts_get_stack (subject.pid, subject.tid, frames, G_N_ELEMENTS (frames));

      /* Nothing while it changes from one call to the next; not all of it in the midst of the code
       * that the loader runs, say. */
      n_whole += has_function (frames, n, subject.turn) &&
                 has_function (frames, n, subject.callback) &&
                 has_function (frames, n, subject.wait);
    }
  g_assert_cmpuint (n_whole, ==, N_WHOLE);
  subject_end (&subject);
}

static void
test_no_such_thread (void)
{
  guint64 frames[4];

  g_assert_cmpuint (target_facts_get_stack (getpid (), 1, frames, 4), ==, 0);
  g_assert_cmpuint (target_facts_get_stack (G_MAXINT, G_MAXINT, frames, 4), ==, 0);
}

static void
test_no_more_than_asked_for (void)
{
  Subject subject;
  guint64 frames[3] = { 0, 0, 47 };
  guint n = 0;

  subject_start (&subject, "pipe");
  for (guint i = 0; i < MAX_LOOKS && n == 0; i++)
    n = target_facts_get_stack (subject.pid, subject.tid, frames, 2);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (frames[2], ==, 47);
  g_assert_cmpuint (target_facts_get_stack (subject.pid, subject.tid, frames, 0), ==, 0);
  subject_end (&subject);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strdup_printf ("/stack/looked-at/%s", ways[i]);

      g_test_add_data_func (path, ways[i], test_looked_at);
    }
  g_test_add_func ("/stack/no-such-thread", test_no_such_thread);
  g_test_add_func ("/stack/no-more-than-asked-for", test_no_more_than_asked_for);
  return g_test_run ();
}
