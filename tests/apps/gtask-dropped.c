/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two GTasks that are never returned: one is dropped, one is forgotten by its owner. */

#include <gio/gio.h>
#include <unistd.h>

/* Who only writes to a variable has none, once it is optimised. */
static GTask *volatile forgotten;

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
  g_main_loop_quit (data);
}

static void
load_async (GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data); /* DROPPED */

  g_task_set_name (task, "load settings");
  g_object_unref (task);
}

static void
save_async (GAsyncReadyCallback callback, gpointer data)
{
  forgotten = g_task_new (NULL, NULL, callback, data); /* FORGOTTEN */
  g_task_set_name (forgotten, "save settings");
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (3);
  load_async (on_done, loop);
  save_async (on_done, loop);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
