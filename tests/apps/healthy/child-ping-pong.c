/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Sends a line to a child and reads it back, many times over. */

#include <gio/gio.h>
#include <stdio.h>

#define N_ROUNDS 15

static GSubprocess *child;
static GDataInputStream *answers;
static GMainLoop *loop;
static int n_rounds;

static void read_answer (void);

static gboolean
ask (gpointer data)
{
  GOutputStream *questions = g_subprocess_get_stdin_pipe (child);

  g_output_stream_write_all (questions, "ping\n", 5, NULL, NULL, NULL);
  read_answer ();
  return G_SOURCE_REMOVE;
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_subprocess_wait_finish (child, result, NULL);
  g_main_loop_quit (loop);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_free (g_data_input_stream_read_line_finish (answers, result, NULL, NULL));
  if (++n_rounds < N_ROUNDS)
    g_timeout_add (100, ask, NULL);
  else
    {
      g_output_stream_close (g_subprocess_get_stdin_pipe (child), NULL, NULL);
      g_subprocess_wait_async (child, NULL, on_ended, NULL);
    }
}

static void
read_answer (void)
{
  g_data_input_stream_read_line_async (answers, G_PRIORITY_DEFAULT, NULL, on_answer, NULL);
}

int
main (void)
{
  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
                            "cat", NULL);
  if (child == NULL)
    return 1;
  loop = g_main_loop_new (NULL, FALSE);
  answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  ask (NULL);
  g_main_loop_run (loop);
  printf ("%d answers\n", n_rounds);
  g_object_unref (answers);
  g_object_unref (child);
  g_main_loop_unref (loop);
  return 0;
}
