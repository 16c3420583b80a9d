/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Its result waits for a context that nobody runs: the program turns the default one. */

#include <gio/gio.h>
#include <unistd.h>

static void
on_loaded (GObject *object, GAsyncResult *result, gpointer loop)
{
  g_main_loop_quit (loop);
}

static void
load_async (GMainLoop *loop)
{
  GTask *task = g_task_new (NULL, NULL, on_loaded, loop); /* BEGINS */

  g_task_set_source_tag (task, load_async);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GMainContext *context = g_main_context_new ();

  alarm (3);
  g_main_context_push_thread_default (context);
  load_async (loop);
  g_main_context_pop_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_unref (context);
  g_main_loop_unref (loop);
  return 0;
}
