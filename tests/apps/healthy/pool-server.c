/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A pool of threads works through the jobs that a timer brings. */

#include <glib.h>
#include <stdio.h>

static int n_done;
static int n_pushed;

static void
work (gpointer job, gpointer data)
{
  g_usleep (20000);
  g_atomic_int_inc (&n_done);
}

static gboolean
bring (gpointer pool)
{
  for (int i = 0; i < 4; i++)
    g_thread_pool_push (pool, GINT_TO_POINTER (1), NULL);
  return ++n_pushed < 30;
}

static gboolean
finish_when_all_is_done (gpointer loop)
{
  if (g_atomic_int_get (&n_done) < 120)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GThreadPool *pool = g_thread_pool_new (work, NULL, 3, FALSE, NULL);

  g_timeout_add (50, bring, pool);
  g_timeout_add (25, finish_when_all_is_done, loop);
  g_main_loop_run (loop);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_main_loop_unref (loop);
  printf ("%d jobs\n", n_done);
  return 0;
}
