/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A GLib program that says nothing of itself: what its callbacks are handed. */

#include <gio/gio.h>

typedef struct
{
  int n_ticks;
  const char *title;
  GMainLoop *loop;
} App;

static GMainLoop *main_loop;

typedef struct
{
  GFile *file;
  int attempts;
} Load;

static gboolean
on_tick (gpointer user_data)
{
  App *app = user_data;

  app->n_ticks++;
  g_main_loop_quit (app->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_typed (App *app)
{
  /* Not the same as on_tick(), of which the compiler would make one function. */
  app->n_ticks += 2;
  g_main_loop_quit (app->loop);
  return G_SOURCE_REMOVE;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Load *load = user_data;

  g_file_load_contents_finish (G_FILE (source), result, NULL, NULL, NULL, NULL);
  load->attempts++;
  g_main_loop_quit (main_loop);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  App app = { 0, "the title", loop };
  Load load = { g_file_new_for_path ("/etc/passwd"), 7 };
  const char *what = argc > 1 ? argv[1] : "";

  main_loop = loop;
  if (g_str_equal (what, "typed"))
    g_timeout_add (1, G_SOURCE_FUNC (on_typed), &app);
  else if (g_str_equal (what, "task"))
    g_file_load_contents_async (load.file, NULL, on_loaded, &load);
  else
    g_timeout_add (1, on_tick, &app);
  g_main_loop_run (loop);
  g_object_unref (load.file);
  return 0;
}
