/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A GTask starts others, in threads, and returns when all of them have. */

#include <gio/gio.h>
#include <stdio.h>

#define N_PARTS 12

static void
compute (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_usleep (150000 + 10000 * GPOINTER_TO_INT (data));
  g_task_return_int (task, GPOINTER_TO_INT (data));
}

static void
on_part (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *whole = data;
  int *left = g_task_get_task_data (whole);

  g_task_propagate_int (G_TASK (result), NULL);
  if (--*left == 0)
    g_task_return_int (whole, N_PARTS);
  g_object_unref (whole);
}

static void
compute_all_async (GAsyncReadyCallback callback, gpointer data)
{
  GTask *whole = g_task_new (NULL, NULL, callback, data);
  int *left = g_new (int, 1);

  *left = N_PARTS;
  g_task_set_task_data (whole, left, g_free);
  for (int i = 0; i < N_PARTS; i++)
    {
      GTask *part = g_task_new (NULL, NULL, on_part, g_object_ref (whole));

      g_task_set_task_data (part, GINT_TO_POINTER (i), NULL);
      g_task_run_in_thread (part, compute);
      g_object_unref (part);
    }
  g_object_unref (whole);
}

static void
on_all (GObject *source, GAsyncResult *result, gpointer loop)
{
  static int round;

  printf ("%d parts\n", (int)g_task_propagate_int (G_TASK (result), NULL));
  if (++round < 5)
    compute_all_async (on_all, loop);
  else
    g_main_loop_quit (loop);
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  compute_all_async (on_all, loop);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
