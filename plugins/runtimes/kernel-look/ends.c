/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "ends.h"

#include <fcntl.h>
#include <string.h>

#include "things.h"

#define OLD_NS G_GINT64_CONSTANT (2000000000)
#define MAX_ENDS 262144u

struct _KernelEnds
{
  GHashTable *by_link; /* link -> GArray of KernelEnd; NULL: not looked yet */
  gint64 now_ns, made_ns;
};

KernelEnds *
kernel_ends_new (void)
{
  return g_new0 (KernelEnds, 1);
}

void
kernel_ends_free (KernelEnds *self)
{
  g_clear_pointer (&self->by_link, g_hash_table_unref);
  g_free (self);
}

void
kernel_ends_begin (KernelEnds *self, gint64 now_ns)
{
  self->now_ns = now_ns;
}

static void
array_free (gpointer data)
{
  g_array_unref (data);
}

static int
get_number (const char *name)
{
  char *end = NULL;
  gint64 number = g_ascii_strtoll (name, &end, 10);

  return end != name && *end == '\0' && number >= 0 && number <= G_MAXINT ? (int)number : -1;
}

static void
add_end (KernelEnds *self, int pid, int fd)
{
  g_autofree char *link = kernel_thing_dup_link (pid, fd);
  const KernelEnd end = { pid, fd };
  GArray *ends;

  if (link == NULL || g_str_has_prefix (link, "anon_inode:") || g_str_equal (link, "/dev/null"))
    return;
  ends = g_hash_table_lookup (self->by_link, link);
  if (ends == NULL)
    {
      ends = g_array_new (FALSE, FALSE, sizeof (KernelEnd));
      g_hash_table_insert (self->by_link, g_steal_pointer (&link), ends);
    }
  g_array_append_val (ends, end);
}

static guint
add_process (KernelEnds *self, int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (get_number (name) >= 0)
      {
        add_end (self, pid, get_number (name));
        n++;
      }
  return n;
}

static void
look (KernelEnds *self)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  g_clear_pointer (&self->by_link, g_hash_table_unref);
  self->by_link = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, array_free);
  while (dir != NULL && n < MAX_ENDS && (name = g_dir_read_name (dir)) != NULL)
    if (get_number (name) > 0)
      n += add_process (self, get_number (name));
  self->made_ns = self->now_ns;
}

/* What has changed since is looked at again where it is found. */
static gboolean
is_still (const KernelEnd *end, const char *link)
{
  g_autofree char *now = kernel_thing_dup_link (end->pid, end->fd);

  return g_strcmp0 (now, link) == 0;
}

GArray *
kernel_ends_find_all (KernelEnds *self, const char *link)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (KernelEnd));
  const GArray *ends;

  if (self->by_link == NULL || self->now_ns - self->made_ns > OLD_NS)
    look (self);
  ends = g_hash_table_lookup (self->by_link, link);
  for (guint i = 0; ends != NULL && i < ends->len; i++)
    if (is_still (&g_array_index (ends, KernelEnd, i), link))
      g_array_append_val (found, g_array_index (ends, KernelEnd, i));
  return found;
}

GArray *
kernel_ends_find (KernelEnds *self, const char *link, gboolean for_writing)
{
  g_autoptr (GArray) all = kernel_ends_find_all (self, link);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; i < all->len; i++)
    {
      const KernelEnd *end = &g_array_index (all, KernelEnd, i);
      int access = kernel_thing_get_access (end->pid, end->fd);
      gboolean is_known = FALSE;

      if (access < 0 || access == (for_writing ? O_RDONLY : O_WRONLY))
        continue;
      for (guint k = 0; k < found->len && !is_known; k++)
        is_known = g_array_index (found, int, k) == end->pid;
      if (!is_known)
        g_array_append_val (found, end->pid);
    }
  return found;
}
