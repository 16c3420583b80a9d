/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Reads what a child process writes, piece by piece, and takes its time between them: the child has
 * to wait with a full pipe. Its end is waited for meanwhile. */

#include <gio/gio.h>

#define PIECE (256 * 1024)
#define PAUSE_MS 900 /* longer than anything else may take */

static GMainLoop *loop;
static char piece[PIECE];
static gsize total;
static guint n_pending = 2; /* the end of its output, and its own */

static void read_piece (GInputStream *output);

static void
end_one (void)
{
  if (--n_pending == 0)
    g_main_loop_quit (loop);
}

static gboolean
go_on (gpointer output)
{
  read_piece (output);
  return G_SOURCE_REMOVE;
}

static void
on_read (GObject *output, GAsyncResult *result, gpointer data)
{
  gsize length = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (output), result, &length, NULL))
    return;
  total += length;
  if (length == PIECE)
    g_timeout_add (PAUSE_MS, go_on, output);
  else
    end_one ();
}

static void
read_piece (GInputStream *output)
{
  g_input_stream_read_all_async (output, piece, PIECE, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
}

static void
on_exited (GObject *child, GAsyncResult *result, gpointer data)
{
  g_subprocess_wait_finish (G_SUBPROCESS (child), result, NULL);
  end_one ();
}

int
main (void)
{
  GSubprocess *child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, "head", "-c",
                                         "786432", "/dev/zero", NULL);

  if (child == NULL)
    return 1;
  loop = g_main_loop_new (NULL, FALSE);
  g_subprocess_wait_async (child, NULL, on_exited, NULL);
  read_piece (g_subprocess_get_stdout_pipe (child));
  g_main_loop_run (loop);
  g_print ("%" G_GSIZE_FORMAT " bytes\n", total);
  g_object_unref (child);
  g_main_loop_unref (loop);
  return 0;
}
