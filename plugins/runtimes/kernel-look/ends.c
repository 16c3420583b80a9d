/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "ends.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "target/facts.h"
#include "target/things.h"

#define OLD_NS G_GINT64_CONSTANT (2000000000)
#define OLDEST_NS (8 * OLD_NS)
/* Of the time that it has been waited for. */
#define OLD_PART 4
#define MAX_ENDS 262144u
/* Not asked yet. */
#define ACCESS_UNKNOWN (-2)

/* One that has a link open; of a process that has not run since they are what they were. */
typedef struct
{
  KernelEnd end;
  int access; /* as kernel_thing_get_access() */
} Found;

typedef struct
{
  int pid;
  guint64 runs;     /* from before its descriptors were read */
  GPtrArray *links; /* GRefString: those that it has open, each as often as that */
  guint pass;       /* which has found it */
  guint look;       /* in which it was last seen whether it has run */
  gboolean is_same; /* it had not */
} Process;

struct _KernelEnds
{
  GHashTable *by_link;   /* GRefString -> GArray of Found */
  GHashTable *processes; /* pid -> Process */
  guint n_ends;
  guint look, pass;
  gint64 now_ns, made_ns;
};

static void
array_free (gpointer data)
{
  g_array_unref (data);
}

static void
link_free (gpointer data)
{
  g_ref_string_release (data);
}

static void
process_free (gpointer data)
{
  Process *process = data;

  g_ptr_array_unref (process->links);
  g_free (process);
}

KernelEnds *
kernel_ends_new (void)
{
  KernelEnds *self = g_new0 (KernelEnds, 1);

  self->by_link = g_hash_table_new_full (g_str_hash, g_str_equal, link_free, array_free);
  self->processes = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, process_free);
  return self;
}

void
kernel_ends_free (KernelEnds *self)
{
  g_hash_table_unref (self->processes);
  g_hash_table_unref (self->by_link);
  g_free (self);
}

void
kernel_ends_begin (KernelEnds *self, gint64 now_ns)
{
  self->now_ns = now_ns;
  self->look++;
}

gboolean
kernel_is_old (gint64 asked_ns, gint64 since_ns, gint64 now_ns)
{
  gint64 age_ns = since_ns > 0 ? now_ns - since_ns : 0;

  return asked_ns == 0 || now_ns - asked_ns > CLAMP (age_ns / OLD_PART, OLD_NS, OLDEST_NS);
}

/* ---- What a process has open ---------------------------------------------------------------------------- */

static int
get_number (const char *name)
{
  char *end = NULL;
  gint64 number = g_ascii_strtoll (name, &end, 10);

  return end != name && *end == '\0' && number >= 0 && number <= G_MAXINT ? (int)number : -1;
}

static void
add_end (KernelEnds *self, Process *process, int fd)
{
  g_autofree char *link = kernel_thing_dup_link (process->pid, fd);
  const Found found = { { process->pid, fd }, ACCESS_UNKNOWN };
  gpointer key, ends;

  if (link == NULL || g_str_has_prefix (link, "anon_inode:") || g_str_equal (link, "/dev/null"))
    return;
  if (!g_hash_table_lookup_extended (self->by_link, link, &key, &ends))
    {
      key = g_ref_string_new (link);
      ends = g_array_new (FALSE, FALSE, sizeof (Found));
      g_hash_table_insert (self->by_link, key, ends);
    }
  g_array_append_val ((GArray *)ends, found);
  g_ptr_array_add (process->links, g_ref_string_acquire (key));
  self->n_ends++;
}

static void
forget (KernelEnds *self, Process *process)
{
  for (guint i = 0; i < process->links->len; i++)
    {
      GArray *ends = g_hash_table_lookup (self->by_link, process->links->pdata[i]);

      for (guint k = ends != NULL ? ends->len : 0; k > 0; k--)
        if (g_array_index (ends, Found, k - 1).end.pid == process->pid)
          g_array_remove_index_fast (ends, k - 1);
      if (ends != NULL && ends->len == 0)
        g_hash_table_remove (self->by_link, process->links->pdata[i]);
    }
  self->n_ends -= process->links->len;
  g_ptr_array_set_size (process->links, 0);
}

static void
read_ends (KernelEnds *self, Process *process)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", process->pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && self->n_ends < MAX_ENDS && (name = g_dir_read_name (dir)) != NULL)
    if (get_number (name) >= 0)
      add_end (self, process, get_number (name));
}

/* ---- Of all processes ------------------------------------------------------------------------------------- */

static void
see_process (KernelEnds *self, int pid)
{
  Process *process = g_hash_table_lookup (self->processes, GINT_TO_POINTER (pid));
  guint64 runs = target_facts_get_process_runs (pid);

  if (process == NULL)
    {
      process = g_new0 (Process, 1);
      process->pid = pid;
      process->links = g_ptr_array_new_with_free_func (link_free);
      g_hash_table_insert (self->processes, GINT_TO_POINTER (pid), process);
    }
  process->pass = self->pass;
  process->look = self->look;
  process->is_same = TRUE;
  if (target_runs_are_same (process->runs, runs))
    return;
  forget (self, process);
  process->runs = runs;
  read_ends (self, process);
}

static void
look (KernelEnds *self)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  GHashTableIter iter;
  gpointer value;
  const char *name;

  self->pass++;
  /* What looks at it has the same standard streams where it has started the program, and neither reads nor writes them. */
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (get_number (name) > 0 && get_number (name) != getpid ())
      see_process (self, get_number (name));
  g_hash_table_iter_init (&iter, self->processes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Process *)value)->pass != self->pass)
      {
        forget (self, value);
        g_hash_table_iter_remove (&iter);
      }
  self->made_ns = self->now_ns;
}

/* ---- What is found ---------------------------------------------------------------------------------------- */

/* Of one that has run since it is looked at again. */
static gboolean
is_still (KernelEnds *self, Found *found, const char *link)
{
  Process *process = g_hash_table_lookup (self->processes, GINT_TO_POINTER (found->end.pid));
  g_autofree char *now = NULL;

  if (process->look != self->look)
    {
      process->is_same =
          target_runs_are_same (process->runs, target_facts_get_process_runs (process->pid));
      process->look = self->look;
    }
  if (process->is_same)
    return TRUE;
  found->access = ACCESS_UNKNOWN;
  now = kernel_thing_dup_link (found->end.pid, found->end.fd);
  return g_strcmp0 (now, link) == 0;
}

/* (nullable) */
static GArray *
find (KernelEnds *self, const char *link, gint64 since_ns)
{
  if (kernel_is_old (self->made_ns, since_ns, self->now_ns))
    look (self);
  return g_hash_table_lookup (self->by_link, link);
}

GArray *
kernel_ends_find_all (KernelEnds *self, const char *link, gint64 since_ns)
{
  GArray *all = find (self, link, since_ns);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (KernelEnd));

  for (guint i = 0; all != NULL && i < all->len; i++)
    if (is_still (self, &g_array_index (all, Found, i), link))
      g_array_append_val (found, g_array_index (all, Found, i).end);
  return found;
}

static int
get_access (Found *found)
{
  if (found->access == ACCESS_UNKNOWN)
    found->access = kernel_thing_get_access (found->end.pid, found->end.fd);
  return found->access;
}

GArray *
kernel_ends_find (KernelEnds *self, const char *link, gboolean for_writing, gint64 since_ns)
{
  GArray *all = find (self, link, since_ns);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      Found *one = &g_array_index (all, Found, i);
      gboolean is_known = FALSE;

      if (!is_still (self, one, link) || get_access (one) < 0 ||
          get_access (one) == (for_writing ? O_RDONLY : O_WRONLY))
        continue;
      for (guint k = 0; k < found->len && !is_known; k++)
        is_known = g_array_index (found, int, k) == one->end.pid;
      if (!is_known)
        g_array_append_val (found, one->end.pid);
    }
  return found;
}
