/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A main loop of GLib under load on the heap: every source allocates, GTasks run in threads, timeouts and
 * idles come and go. */

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"

static gulong n_tasks_begun, n_tasks_done;
static gint64 last_tick_us;

static void
load_the_heap (guint seed)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < 64; i++)
    g_hash_table_insert (table, g_strdup_printf ("key %u", seed + i),
                         g_strnfill (16u << i % 10, (char)('a' + i % 26)));
  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %u", seed + i);
      const char *value = g_hash_table_lookup (table, key);

      check (value != NULL && value[0] == (char)('a' + i % 26) && strlen (value) == 16u << i % 10,
             "the heap");
    }
  g_hash_table_unref (table);
}

static void
run_task (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  load_the_heap (GPOINTER_TO_UINT (data));
  g_task_return_int (task, (gssize)GPOINTER_TO_UINT (data) * 2);
}

static void begin_task (guint number);

static void
on_task_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  check (g_task_propagate_int (G_TASK (result), &error) == (gssize)GPOINTER_TO_UINT (data) * 2 &&
             error == NULL,
         "a task has another result");
  n_tasks_done++;
  check_count (1);
  begin_task (GPOINTER_TO_UINT (data) + 1);
}

static void
begin_task (guint number)
{
  GTask *task = g_task_new (NULL, NULL, on_task_done, GUINT_TO_POINTER (number));

  n_tasks_begun++;
  g_task_set_task_data (task, GUINT_TO_POINTER (number), NULL);
  g_task_run_in_thread (task, run_task);
  g_object_unref (task);
}

static gboolean
on_idle (gpointer data)
{
  load_the_heap (GPOINTER_TO_UINT (data));
  check_count (1);
  g_idle_add (on_idle, GUINT_TO_POINTER (GPOINTER_TO_UINT (data) + 1));
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer data)
{
  last_tick_us = g_get_monotonic_time ();
  return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate (gpointer data)
{
  check (n_tasks_done > 0 && n_tasks_begun - n_tasks_done == 4, "tasks are lost");
  check (g_get_monotonic_time () - last_tick_us < 5 * G_TIME_SPAN_SECOND, "a timeout has stopped");
  check_finish ();
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  alarm (600); /* should nobody end it */
  for (guint i = 0; i < 4; i++)
    begin_task (i * 1000);
  g_idle_add (on_idle, NULL);
  g_timeout_add (5, on_tick, NULL);
  last_tick_us = g_get_monotonic_time ();
  g_unix_signal_add (SIGTERM, on_terminate, NULL);
  check_begin_sleepers (7);
  puts ("ready");
  fflush (stdout);
  g_main_loop_run (g_main_loop_new (NULL, FALSE));
  return 0;
}
