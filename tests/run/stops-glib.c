/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A GLib program to stop in: a callback names a state of its task, and a variable. */

#include <glib.h>

#include "inspect.h"

static gboolean
on_timeout (gpointer loop)
{
  int attempts = 3;

  INSPECT_VAR (attempts);
  INSPECT_POINT (inspect_task_current (), "checked", attempts);
  INSPECT_STATE (inspect_task_current (), "reading");
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (1, on_timeout, loop);
  g_main_loop_run (loop);
  return 0;
}
