/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A callback runs a loop of its own, as a modal dialog does, until it is answered. */

#include <glib.h>
#include <stdio.h>

static int n_ticks;

static gboolean
on_tick (gpointer data)
{
  n_ticks++;
  return G_SOURCE_CONTINUE;
}

static gboolean
answer (gpointer dialog)
{
  g_main_loop_quit (dialog);
  return G_SOURCE_REMOVE;
}

static gboolean
ask (gpointer loop)
{
  GMainLoop *dialog = g_main_loop_new (NULL, FALSE);

  g_timeout_add (1500, answer, dialog);
  g_main_loop_run (dialog);
  g_main_loop_unref (dialog);
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  guint ticks = g_timeout_add (100, on_tick, NULL);

  g_idle_add (ask, loop);
  g_main_loop_run (loop);
  g_source_remove (ticks);
  g_main_loop_unref (loop);
  puts (n_ticks > 5 ? "ticked" : "did not tick");
  return 0;
}
