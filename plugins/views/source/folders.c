/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "folders.h"

#include <string.h>
#include <gio/gio.h>

#define GROUP "folders"
#define MAX_FOLDERS 256
#define MAX_BYTES (256 * 1024)

typedef struct
{
  char *from, *to;
} Folder;

struct _SourceFolders
{
  char *path;
  GPtrArray *folders; /* Folder: what was said last first */
};

static void
folder_free (gpointer data)
{
  Folder *folder = data;

  g_free (folder->from);
  g_free (folder->to);
  g_free (folder);
}

static void
put (SourceFolders *self, guint place, const char *from, const char *to)
{
  Folder *folder = g_new0 (Folder, 1);

  folder->from = g_strdup (from);
  folder->to = g_strdup (to);
  g_ptr_array_insert (self->folders, (int)place, folder);
}

/* Pairs of strings: a folder's name may have any character. */
static void
load (SourceFolders *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  g_auto (GStrv) pairs = NULL;
  gsize length, n = 0;

  if (!g_file_get_contents (self->path, &text, &length, NULL) || length > MAX_BYTES ||
      !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, NULL))
    return;
  pairs = g_key_file_get_string_list (file, GROUP, "pairs", &n, NULL);
  for (gsize i = 0; i + 1 < n && self->folders->len < MAX_FOLDERS; i += 2)
    if (g_path_is_absolute (pairs[i + 1]))
      put (self, self->folders->len, pairs[i], pairs[i + 1]);
}

SourceFolders *
source_folders_new (const char *path)
{
  SourceFolders *self = g_new0 (SourceFolders, 1);

  self->path = g_strdup (path);
  self->folders = g_ptr_array_new_with_free_func (folder_free);
  load (self);
  return self;
}

SourceFolders *
source_folders_new_default (void)
{
  g_autofree char *path =
      g_build_filename (g_get_user_config_dir (), "async-inspect", "source-folders.ini", NULL);

  return source_folders_new (path);
}

void
source_folders_free (SourceFolders *self)
{
  g_ptr_array_unref (self->folders);
  g_free (self->path);
  g_free (self);
}

guint
source_folders_get_n (const SourceFolders *self)
{
  return self->folders->len;
}

void
source_folders_get (const SourceFolders *self, guint index, const char **ret_from,
                    const char **ret_to)
{
  const Folder *folder = self->folders->pdata[index];

  *ret_from = folder->from;
  *ret_to = folder->to;
}

/* ---- Saying ------------------------------------------------------------------------------------ */

static gboolean
save (SourceFolders *self, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GPtrArray) pairs = g_ptr_array_new ();
  g_autofree char *folder = g_path_get_dirname (self->path);

  for (guint i = 0; i < self->folders->len; i++)
    {
      g_ptr_array_add (pairs, ((Folder *)self->folders->pdata[i])->from);
      g_ptr_array_add (pairs, ((Folder *)self->folders->pdata[i])->to);
    }
  g_key_file_set_string_list (file, GROUP, "pairs", (const char *const *)pairs->pdata, pairs->len);
  g_mkdir_with_parents (folder, 0700);
  return g_key_file_save_to_file (file, self->path, error);
}

gboolean
source_folders_add (SourceFolders *self, const char *from, const char *to, GError **error)
{
  for (guint i = self->folders->len; i > 0; i--)
    if (g_str_equal (((Folder *)self->folders->pdata[i - 1])->from, from))
      g_ptr_array_remove_index (self->folders, i - 1);
  put (self, 0, from, to);
  if (self->folders->len > MAX_FOLDERS)
    g_ptr_array_set_size (self->folders, MAX_FOLDERS);
  return save (self, error);
}

gboolean
source_folders_remove (SourceFolders *self, guint index, GError **error)
{
  g_ptr_array_remove_index (self->folders, index);
  return save (self, error);
}

/* How much of the end of both is the same, in whole parts. */
static gsize
measure_common_end (const char *a, const char *b)
{
  const char *x = a + strlen (a), *y = b + strlen (b);
  gsize common = 0;

  while (x > a && y > b && x[-1] == y[-1])
    {
      x--;
      y--;
      if (*x == '/')
        common = strlen (x);
    }
  /* A relative path is a part by itself. */
  if (x == a && *a != '/' && y > b && y[-1] == '/')
    common = strlen (x) + 1;
  return common;
}

gboolean
source_folders_compare (const char *told, const char *chosen, char **ret_from, char **ret_to)
{
  gsize common = measure_common_end (told, chosen);
  gsize length = strlen (told);

  if (common == 0)
    return FALSE;
  if (length > common)
    *ret_from = g_strndup (told, length - common);
  else
    *ret_from = g_strdup (g_path_is_absolute (told) ? "/" : "");
  *ret_to =
      strlen (chosen) > common ? g_strndup (chosen, strlen (chosen) - common) : g_strdup ("/");
  return TRUE;
}

/* ---- Finding ----------------------------------------------------------------------------------- */

/* Takes @path. */
static gboolean
try_path (GPtrArray *tried, char *path)
{
  if (g_ptr_array_find_with_equal_func (tried, path, g_str_equal, NULL))
    {
      g_free (path);
      return FALSE;
    }
  g_ptr_array_add (tried, path);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* What comes behind the folder in the path; NULL: the file does not lie in it. */
static const char *
get_rest (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  /* None is where relative paths begin. */
  if (length == 0)
    return g_path_is_absolute (path) ? NULL : path;
  if (strncmp (path, folder, length) != 0)
    return NULL;
  if (folder[length - 1] == '/')
    return path + length;
  return path[length] == '/' ? path + length + 1 : NULL;
}

static gboolean
try_all (const SourceFolders *self, const char *told, const char *const *bases, GPtrArray *tried)
{
  for (guint i = 0; i < self->folders->len; i++)
    {
      const Folder *folder = self->folders->pdata[i];
      const char *rest = get_rest (told, folder->from);

      if (rest != NULL && try_path (tried, g_build_filename (folder->to, rest, NULL)))
        return TRUE;
    }
  if (g_path_is_absolute (told))
    return try_path (tried, g_strdup (told));
  for (guint i = 0; bases != NULL && bases[i] != NULL; i++)
    {
      /* Compilers run in a folder beside or below the one with the sources. */
      if (try_path (tried, g_canonicalize_filename (told, bases[i])))
        return TRUE;
    }
  return FALSE;
}

char *
source_folders_find (const SourceFolders *self, const char *told, const char *const *bases,
                     char ***ret_tried)
{
  GPtrArray *tried = g_ptr_array_new ();
  gboolean found = *told != '\0' && try_all (self, told, bases, tried);
  char *path = found ? g_strdup (tried->pdata[tried->len - 1]) : NULL;

  g_ptr_array_add (tried, NULL);
  *ret_tried = (char **)g_ptr_array_free (tried, FALSE);
  return path;
}
