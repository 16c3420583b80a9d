/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A callback runs its own context until the answer is there, which the same callback would give:
 * a source is not dispatched again while it is being dispatched. */

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

static int n_calls;
static gboolean answered;

static void
wait_for_answer (void)
{
  while (!answered)
    g_main_context_iteration (NULL, TRUE); /* WAITS */
}

static gboolean
on_request (gpointer data)
{
  if (n_calls++ == 0)
    wait_for_answer ();
  else
    answered = TRUE;
  return G_SOURCE_CONTINUE;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (3);
  g_timeout_add (20, on_request, NULL);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
