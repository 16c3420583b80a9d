/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is under way when somebody comes to look and is in no main context that they stop in: another thread's context
 * with a timeout and a pipe, GTasks that wait and one that a thread runs. Ends when its standard input does. */

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

static guint n_ticks;
static GMutex lock;
static GCond cond;
static gint n_begun; /* under the lock */
static char buffer[16];

static void
tell_begun (void)
{
  g_mutex_lock (&lock);
  n_begun++;
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
}

static int
make_silent_pipe (void)
{
  int ends[2];

  if (pipe (ends) != 0)
    perror ("pipe");
  return ends[0];
}

/* ---- The other context -------------------------------------------------------------------------- */

static gboolean
on_other_timeout (gpointer data) /* OTHER TIMEOUT */
{
  return G_SOURCE_CONTINUE;
}

static gboolean
on_other_input (gint fd, GIOCondition condition, gpointer data) /* OTHER INPUT */
{
  return G_SOURCE_CONTINUE;
}

static gpointer
run_other (gpointer nothing)
{
  GMainContext *context = g_main_context_new ();
  GMainLoop *loop = g_main_loop_new (context, FALSE);
  GSource *timeout = g_timeout_source_new (3600 * 1000);
  GSource *input = g_unix_fd_source_new (make_silent_pipe (), G_IO_IN);

  g_source_set_callback (timeout, on_other_timeout, NULL, NULL);
  g_source_attach (timeout, context);
  g_source_set_callback (input, G_SOURCE_FUNC (on_other_input), NULL, NULL);
  g_source_attach (input, context);
  tell_begun ();
  g_main_loop_run (loop);
  return NULL;
}

/* ---- GTasks -------------------------------------------------------------------------------------- */

static void
on_late (GObject *object, GAsyncResult *result, gpointer data) /* LATE */
{
}

static void
on_read (GObject *object, GAsyncResult *result, gpointer data) /* READ */
{
}

static void
on_saved (GObject *object, GAsyncResult *result, gpointer data) /* SAVED */
{
}

static void
save_slowly (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  tell_begun ();
  for (;;)
    pause ();
}

static void
begin_gtasks (void)
{
  GInputStream *stream = g_unix_input_stream_new (make_silent_pipe (), TRUE);
  GTask *task = g_task_new (NULL, NULL, on_saved, NULL);

  g_task_set_name (g_task_new (NULL, NULL, on_late, NULL), "late settings");
  g_task_run_in_thread (task, save_slowly);
  g_object_unref (task);
  g_input_stream_read_async (stream, buffer, sizeof buffer, G_PRIORITY_DEFAULT, NULL, on_read,
                             NULL);
}

/* ---- The program --------------------------------------------------------------------------------- */

static gboolean
on_tick (gpointer data) /* TICKS */
{
  if (n_ticks++ == 0)
    {
      puts ("ready");
      fflush (stdout);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer data)
{
  char bytes[16];

  if (read (fd, bytes, sizeof bytes) > 0)
    return G_SOURCE_CONTINUE;
  puts (n_ticks > 0 ? "ticked" : "never ticked");
  fflush (stdout);
  _exit (0);
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (300); /* should nobody end it */
  g_thread_new ("other", run_other, NULL);
  begin_gtasks ();
  g_mutex_lock (&lock);
  while (n_begun < 2)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
  g_timeout_add (20, on_tick, NULL);
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input, loop);
  g_main_loop_run (loop);
  return 0;
}
