/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A worker that has nothing to do until the very end, and a main loop that waits, too. */

#include <glib.h>
#include <stdio.h>

static gpointer
work (gpointer queue)
{
  char *job;
  int n = 0;

  while (*(job = g_async_queue_pop (queue)) != '\0')
    n++;
  return GINT_TO_POINTER (n);
}

static gboolean
bring (gpointer queue)
{
  g_async_queue_push (queue, (gpointer) "job");
  g_async_queue_push (queue, (gpointer) "");
  return G_SOURCE_REMOVE;
}

static gboolean
finish (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GAsyncQueue *queue = g_async_queue_new ();
  GThread *worker = g_thread_new ("worker", work, queue);

  g_timeout_add (1500, bring, queue);
  g_timeout_add (2000, finish, loop);
  g_main_loop_run (loop);
  printf ("%d jobs\n", GPOINTER_TO_INT (g_thread_join (worker)));
  g_async_queue_unref (queue);
  g_main_loop_unref (loop);
  return 0;
}
