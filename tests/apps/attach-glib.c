/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A main loop of GLib that runs already when somebody comes to look: timeouts, a watched pipe, a signal,
 * a named source of its own. Ends when its standard input does. */

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

static guint n_ticks;

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
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_hangup (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
on_minutes (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (60); /* should nobody end it */
  g_timeout_add (20, on_tick, NULL);
  g_timeout_add_seconds (300, on_minutes, NULL);
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input, loop);
  g_unix_signal_add (SIGHUP, on_hangup, NULL);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
