/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A GTask that is neither returned nor freed, and whose address nobody has kept; and one beside it
 * that is only late. */

#include <gio/gio.h>
#include <unistd.h>

static void
on_saved (GObject *object, GAsyncResult *result, gpointer loop)
{
  g_main_loop_quit (loop);
}

static gboolean
finish (gpointer task)
{
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
save_late (GMainLoop *loop)
{
  GTask *task = g_task_new (NULL, NULL, on_saved, loop); /* LATE */

  g_timeout_add_full (G_PRIORITY_DEFAULT, 60000, finish, task, g_object_unref);
}

static void
save_async (GMainLoop *loop)
{
  g_task_set_name (g_task_new (NULL, NULL, on_saved, loop), "save settings"); /* LOST */
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (4);
  save_async (loop);
  save_late (loop);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
