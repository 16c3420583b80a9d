/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recent.h"

#include <string.h>

#define MAX_KEPT 12
#define MAX_BYTES (256 * 1024)

/* Programs are no documents, which the desktop remembers: they are kept in a file of our own. */
static char *
dup_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "async-inspect", "programs.ini", NULL);
}

static gboolean
is_same (const UiLaunchWords *a, const UiLaunchWords *b)
{
  return g_strv_equal ((const char *const *)a->argv, (const char *const *)b->argv) &&
         g_strcmp0 (a->folder, b->folder) == 0;
}

static UiLaunchWords *
load_one (GKeyFile *file, const char *group)
{
  UiLaunchWords *words = g_new0 (UiLaunchWords, 1);

  words->argv = g_key_file_get_string_list (file, group, "argv", NULL, NULL);
  words->environment = g_key_file_get_string_list (file, group, "environment", NULL, NULL);
  words->folder = g_key_file_get_string (file, group, "folder", NULL);
  words->breaks = g_key_file_get_string_list (file, group, "breakpoints", NULL, NULL);
  if (words->argv != NULL && words->argv[0] != NULL)
    return words;
  ui_launch_words_free (words);
  return NULL;
}

GPtrArray *
ui_recent_list_programs (void)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify)ui_launch_words_free);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = dup_path ();
  g_autofree char *text = NULL;
  g_auto (GStrv) groups = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL) || length > MAX_BYTES ||
      !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, NULL))
    return all;
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL && all->len < MAX_KEPT; i++)
    {
      UiLaunchWords *words = load_one (file, groups[i]);

      if (words != NULL)
        g_ptr_array_add (all, words);
    }
  return all;
}

static void
save_one (GKeyFile *file, const UiLaunchWords *words, guint number)
{
  g_autofree char *group = g_strdup_printf ("%02u", number);

  g_key_file_set_string_list (file, group, "argv", (const char *const *)words->argv,
                              g_strv_length (words->argv));
  if (words->environment != NULL)
    g_key_file_set_string_list (file, group, "environment", (const char *const *)words->environment,
                                g_strv_length (words->environment));
  if (words->folder != NULL)
    g_key_file_set_string (file, group, "folder", words->folder);
  if (words->breaks != NULL)
    g_key_file_set_string_list (file, group, "breakpoints", (const char *const *)words->breaks,
                                g_strv_length (words->breaks));
}

void
ui_recent_add_program (const UiLaunchWords *words)
{
  g_autoptr (GPtrArray) before = ui_recent_list_programs ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = dup_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  guint n = 0;

  save_one (file, words, n++);
  for (guint i = 0; i < before->len && n < MAX_KEPT; i++)
    if (!is_same (before->pdata[i], words))
      save_one (file, before->pdata[i], n++);
  g_mkdir_with_parents (folder, 0700);
  g_key_file_save_to_file (file, path, NULL);
}

void
ui_recent_add_recording (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);

  gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri,
                               &(GtkRecentData){ .mime_type = (char *)"application/x-async-inspect",
                                                 .app_name = (char *)"async-inspect",
                                                 .app_exec = (char *)"async-inspect-gui %f" });
}

GPtrArray *
ui_recent_list_recordings (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GList *items = gtk_recent_manager_get_items (gtk_recent_manager_get_default ());

  for (GList *at = items; at != NULL && paths->len < MAX_KEPT; at = at->next)
    {
      g_autofree char *path = g_filename_from_uri (gtk_recent_info_get_uri (at->data), NULL, NULL);

      if (path != NULL && gtk_recent_info_has_application (at->data, "async-inspect") &&
          g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_list_free_full (items, (GDestroyNotify)gtk_recent_info_unref);
  return paths;
}
