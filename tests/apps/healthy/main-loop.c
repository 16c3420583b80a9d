/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Timers that repeat, idles, a child context in a thread, messages between both. */

#include <glib.h>
#include <stdio.h>

static int n_ticks, n_idles;
static GMainLoop *loop, *other_loop;

static gboolean
on_idle (gpointer data)
{
  n_idles++;
  return G_SOURCE_REMOVE;
}

static gboolean
in_other_thread (gpointer data)
{
  g_idle_add (on_idle, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer context)
{
  g_main_context_invoke (context, in_other_thread, NULL);
  return ++n_ticks < 15;
}

static gboolean
finish (gpointer data)
{
  g_main_loop_quit (other_loop);
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run_other (gpointer context)
{
  g_main_context_push_thread_default (context);
  g_main_loop_run (other_loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

int
main (void)
{
  GMainContext *context = g_main_context_new ();
  GThread *thread;

  loop = g_main_loop_new (NULL, FALSE);
  other_loop = g_main_loop_new (context, FALSE);
  thread = g_thread_new ("other", run_other, context);
  g_timeout_add (100, on_tick, context);
  g_timeout_add (2000, finish, NULL); /* AWAIT: end */
  g_main_loop_run (loop);
  g_thread_join (thread);
  g_main_loop_unref (other_loop);
  g_main_loop_unref (loop);
  g_main_context_unref (context);
  printf ("%d ticks, %d idles\n", n_ticks, n_idles);
  return 0;
}
