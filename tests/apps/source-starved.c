/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* An idle callback that never gets its turn: another one with a higher priority never rests. */

#include <glib.h>
#include <unistd.h>

static gboolean
look_again (gpointer data)
{
  g_usleep (2000);
  return G_SOURCE_CONTINUE;
}

static gboolean
save (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (4);
  g_idle_add_full (G_PRIORITY_HIGH_IDLE, look_again, NULL, NULL); /* RIVAL */
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, save, loop, NULL); /* STARVES */
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
