/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Copies a file over and over, asynchronously, with progress. */

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>

static GFile *from, *to;
static GMainLoop *loop;
static gint64 end;
static gboolean failed;

static void
on_copied (GObject *source, GAsyncResult *result, gpointer data);

static gboolean
copy (gpointer data)
{
  g_file_copy_async (from, to, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT, NULL, NULL, NULL,
                     on_copied, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_copied (GObject *source, GAsyncResult *result, gpointer data)
{
  failed = !g_file_copy_finish (from, result, NULL) || failed;
  if (g_get_monotonic_time () < end)
    g_timeout_add (40, copy, NULL);
  else
    g_main_loop_quit (loop);
}

int
main (void)
{
  char *folder = g_dir_make_tmp ("file-copy-XXXXXX", NULL);
  GFile *parent = g_file_new_for_path (folder);
  char *text = g_strnfill (1 << 20, 'x');

  loop = g_main_loop_new (NULL, FALSE);
  from = g_file_get_child (parent, "from");
  to = g_file_get_child (parent, "to");
  end = g_get_monotonic_time () + 1500 * G_TIME_SPAN_MILLISECOND;
  g_file_replace_contents (from, text, 1 << 20, NULL, FALSE, 0, NULL, NULL, NULL);
  copy (NULL);
  g_main_loop_run (loop);
  g_file_delete (from, NULL, NULL);
  g_file_delete (to, NULL, NULL);
  g_rmdir (folder);
  puts (failed ? "failed" : "copied");
  g_object_unref (from);
  g_object_unref (to);
  g_object_unref (parent);
  g_main_loop_unref (loop);
  g_free (text);
  g_free (folder);
  return failed;
}
