/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A test program of GLib: its second case waits for a task that nobody returns. With an argument it
 * passes. */

#include <gio/gio.h>

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer loop)
{
  g_main_loop_quit (loop);
}

static void
fetch_data (GMainLoop *loop)
{
  static GTask *kept;

  kept = g_task_new (NULL, NULL, on_fetched, loop); /* FETCH */
  g_task_set_name (kept, "fetch_data");
}

static void
test_connect (void)
{
}

static void
test_timeout (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  if (g_getenv ("PASS") == NULL)
    {
      fetch_data (loop);
      g_main_loop_run (loop);
    }
  g_main_loop_unref (loop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/connect", test_connect);
  g_test_add_func ("/client/timeout", test_timeout);
  g_test_add_func ("/client/later", test_connect);
  return g_test_run ();
}
