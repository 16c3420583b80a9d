/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "index.h"

#include <string.h>
#include <glib/gstdio.h>

/* One file for each build id. A build id is that of one content, so that an entry is never out of date;
 * the format has a number of its own. What is damaged is made again, and of all files only the
 * latest are kept.
 *
 * What is in it refers to DIEs by their offset. Whoever follows that takes what is there for what
 * debug info is anyway: not to be believed. */

#define MAGIC "async-inspect rust index 7\n"
#define MAX_FILES 64
#define MAX_BYTES (256 << 20)

typedef struct
{
  char magic[32];
  guint32 has_types, is_async;
  guint64 n_entries;
} Header;

static char *
dup_name (const guint8 *build_id, gsize length)
{
  GString *name = g_string_new ("rust-");

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (name, "%02x", build_id[i]);
  g_string_append (name, ".index");
  return g_string_free (name, FALSE);
}

RustIndex *
rust_cache_load (const char *folder, const guint8 *build_id, gsize length)
{
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GMappedFile) file = NULL;
  RustIndex *index;
  Header header;

  if (folder == NULL || length == 0)
    return NULL;
  name = dup_name (build_id, length);
  path = g_build_filename (folder, name, NULL);
  file = g_mapped_file_new (path, FALSE, NULL);
  if (file == NULL || g_mapped_file_get_length (file) < sizeof header)
    return NULL;
  memcpy (&header, g_mapped_file_get_contents (file), sizeof header);
  if (strncmp (header.magic, MAGIC, sizeof header.magic) != 0 ||
      header.n_entries > MAX_BYTES / sizeof (RustEntry) ||
      g_mapped_file_get_length (file) != sizeof header + header.n_entries * sizeof (RustEntry))
    return NULL;
  index = g_new0 (RustIndex, 1);
  index->has_types = header.has_types != 0;
  index->is_async = header.is_async != 0;
  index->entries = g_array_new (FALSE, FALSE, sizeof (RustEntry));
  g_array_append_vals (index->entries, g_mapped_file_get_contents (file) + sizeof header,
                       (guint)header.n_entries);
  return index;
}

static int
compare_ages (gconstpointer a, gconstpointer b)
{
  GStatBuf x, y;

  if (g_stat (*(char *const *)a, &x) != 0 || g_stat (*(char *const *)b, &y) != 0)
    return 0;
  return (x.st_mtime < y.st_mtime) - (x.st_mtime > y.st_mtime);
}

/* The latest come first. */
static void
drop_old (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "rust-") && g_str_has_suffix (name, ".index"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  if (paths->len <= MAX_FILES)
    return;
  g_ptr_array_sort (paths, compare_ages);
  for (guint i = MAX_FILES; i < paths->len; i++)
    g_unlink (paths->pdata[i]);
}

void
rust_cache_save (const char *folder, const guint8 *build_id, gsize length, const RustIndex *index)
{
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Header header = { MAGIC, index->has_types, index->is_async, index->entries->len };

  if (folder == NULL || length == 0 || g_mkdir_with_parents (folder, 0700) != 0)
    return;
  name = dup_name (build_id, length);
  path = g_build_filename (folder, name, NULL);
  g_byte_array_append (bytes, (const guint8 *)&header, sizeof header);
  g_byte_array_append (bytes, (const guint8 *)index->entries->data,
                       index->entries->len * sizeof (RustEntry));
  /* By way of another file: two inspectors may be at it. Without it, it is only slower. */
  if (g_file_set_contents_full (path, (const char *)bytes->data, (gssize)bytes->len,
                                G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
    drop_old (folder);
}
