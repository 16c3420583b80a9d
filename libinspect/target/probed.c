/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/probed.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "target/facts.h"
#include "target/probed-module.h"
#include "target/probed-stack.h"
#include "target/probed-used.h"

#define MAX_REGIONS 65536u
#define MAX_MODULES 4096u
/* What one call of process_vm_readv() takes. */
#define MAX_PIECES 512u

struct _TargetProbed
{
  int pid;          /* 0: of a core file */
  TargetCore *core; /* (nullable) */
  char *cache_folder;
  gint is_cancelled;                    /* atomic */
  GArray *regions;                      /* InspectorProbeRegion */
  GArray *modules;                      /* InspectorProbeModule, which own their texts */
  GArray *threads;                      /* InspectorProbeThread */
  GArray *runs;                         /* guint64: of each of them, from before it was read */
  GArray *threads_before, *runs_before; /* of the last look */
  GHashTable *known;                    /* "start path" -> of those that were looked at before */
  InspectorProbeTarget target;
  TargetUnwinder *unwinder; /* of its modules; NULL: nobody has asked for a stack */
  gboolean may_stop;        /* threads that run, to see where they are */
  gboolean only_before;
  TargetProbedUsed *used; /* NULL: nobody has asked in this look */
};

/* ---- Memory ------------------------------------------------------------------------------------- */

static gboolean
read_memory (gpointer data, guint64 address, void *buffer, gsize length)
{
  TargetProbed *self = data;
  struct iovec local = { buffer, length };
  struct iovec remote = { (void *)(gsize)address, length };

  return process_vm_readv (self->pid, &local, 1, &remote, 1, 0) == (gssize)length;
}

/* One that cannot be read ends the call: the rest of it is asked for again behind that. */
static void
read_many (gpointer data, InspectorProbeRead *reads, guint n)
{
  TargetProbed *self = data;
  struct iovec local[MAX_PIECES], remote[MAX_PIECES];

  for (guint i = 0; i < n;)
    {
      guint m = MIN (n - i, MAX_PIECES);
      gssize got;

      for (guint j = 0; j < m; j++)
        {
          local[j] = (struct iovec){ reads[i + j].buffer, reads[i + j].length };
          remote[j] = (struct iovec){ (void *)(gsize)reads[i + j].address, reads[i + j].length };
        }
      got = process_vm_readv (self->pid, local, m, remote, m, 0);
      for (; m > 0 && got >= (gssize)reads[i].length; m--, i++)
        {
          got -= (gssize)reads[i].length;
          reads[i].is_read = TRUE;
        }
      if (m > 0)
        {
          reads[i].is_read = FALSE;
          i++;
        }
    }
}

static guint64
find_used (gpointer data, guint64 address, guint64 end, guint64 *ret_end)
{
  TargetProbed *self = data;

  if (self->used == NULL)
    self->used = target_probed_used_new (self->pid);
  return target_probed_used_find (self->used, address, end, ret_end);
}

static gboolean
is_cancelled (gpointer data)
{
  return g_atomic_int_get (&((TargetProbed *)data)->is_cancelled) != 0;
}

/* ---- Modules ------------------------------------------------------------------------------------- */

/* The program's own file is always to be had, whatever has become of its name. */
static char *
dup_path (TargetProbed *self, const char *mapped, gboolean is_program)
{
  g_autofree char *path = NULL;

  if (is_program)
    return g_strdup_printf ("/proc/%d/exe", self->pid);
  path = g_strdup_printf ("/proc/%d/root%s", self->pid, mapped);
  return g_file_test (mapped, G_FILE_TEST_IS_REGULAR) ? g_strdup (mapped) : g_steal_pointer (&path);
}

static void
add_module (TargetProbed *self, const char *mapped, const char *program, guint64 begin)
{
  g_autofree char *key = g_strdup_printf ("%" G_GINT64_MODIFIER "x %s", begin, mapped);
  InspectorProbeModule *known = g_hash_table_lookup (self->known, key);
  InspectorProbeModule module = { .start = begin };

  if (known == NULL)
    {
      module.is_program = g_strcmp0 (mapped, program) == 0;
      module.path = dup_path (self, mapped, module.is_program);
      module.name = g_path_get_basename (mapped);
      if (!target_probed_read_headers (&module, read_memory, self))
        module.bias = G_MAXUINT64;
      known = g_memdup2 (&module, sizeof module);
      g_hash_table_insert (self->known, g_steal_pointer (&key), known);
    }
  if (known->bias != G_MAXUINT64 && self->modules->len < MAX_MODULES)
    g_array_append_val (self->modules, *known);
}

/* ---- The map -------------------------------------------------------------------------------------- */

static void
extend_module (TargetProbed *self, const char *path, const char *last, guint64 end)
{
  if (self->modules->len > 0 && g_strcmp0 (path, last) == 0)
    {
      InspectorProbeModule *module =
          &g_array_index (self->modules, InspectorProbeModule, self->modules->len - 1);

      module->end = MAX (module->end, end);
    }
}

/* What the agent writes its events to. */
static gboolean
is_channel (const char *path)
{
  return g_str_equal (path, "/memfd:async-inspect (deleted)");
}

/* "55d0 .. r-xp 00001000 08:01 1234   /usr/bin/app" */
static void
take_line (TargetProbed *self, const char *line, const char *program, char **last)
{
  unsigned long long begin, end, offset, inode;
  unsigned major, minor;
  char access[5];
  int length = 0;
  const char *path;
  InspectorProbeRegion region;

  if (sscanf (line, "%llx-%llx %4s %llx %x:%x %llu %n", &begin, &end, access, &offset, &major,
              &minor, &inode, &length) < 7)
    return;
  path = line + length;
  region = (InspectorProbeRegion){ .begin = begin,
                                   .end = end,
                                   .is_writable = access[1] == 'w',
                                   .is_code = access[2] == 'x',
                                   .is_stack = g_str_has_prefix (path, "[stack"),
                                   .is_module = *path == '/' };
  if (region.is_module && offset == 0 && access[0] == 'r' && g_strcmp0 (path, *last) != 0)
    {
      add_module (self, path, program, begin);
      g_free (*last);
      *last = g_strdup (path);
    }
  if (region.is_module)
    extend_module (self, path, *last, end);
  if (access[0] == 'r' && self->regions->len < MAX_REGIONS && !g_str_has_prefix (path, "[v") &&
      !g_str_has_prefix (path, "/dev/") && !is_channel (path))
    g_array_append_val (self->regions, region);
}

static char *
read_link (int pid)
{
  char name[64], path[PATH_MAX];
  gssize length;

  g_snprintf (name, sizeof name, "/proc/%d/exe", pid);
  length = readlink (name, path, sizeof path);
  return length > 0 ? g_strndup (path, (gsize)length) : NULL;
}

static gboolean
read_map (TargetProbed *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/maps", self->pid);
  g_autofree char *program = read_link (self->pid);
  g_autofree char *text = NULL;
  g_autofree char *last = NULL;
  char *line, *next;

  g_array_set_size (self->regions, 0);
  g_array_set_size (self->modules, 0);
  if (!g_file_get_contents (path, &text, NULL, NULL) || *text == '\0')
    return FALSE;
  for (line = text; line != NULL && *line != '\0'; line = next)
    {
      next = strchr (line, '\n');
      if (next != NULL)
        *next++ = '\0';
      take_line (self, line, program, &last);
    }
  return TRUE;
}

/* ---- Threads -------------------------------------------------------------------------------------- */

#define MAX_THREADS 1024u

static guint64
find_end (TargetProbed *self, guint64 address)
{
  for (guint i = 0; i < self->regions->len; i++)
    {
      const InspectorProbeRegion *region = &g_array_index (self->regions, InspectorProbeRegion, i);

      if (address >= region->begin && address < region->end)
        return region->end;
    }
  return 0;
}

/* Of a thread that sleeps the kernel tells the call, its six arguments, and where its stack and its code
 * are; of one that runs just that. proc(5), /proc/PID/syscall. */
static char *
dup_thread_name (TargetProbed *self, int tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/comm", self->pid, tid);
  char *name = NULL;

  if (!g_file_get_contents (path, &name, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (name);
}

static void
thread_clear (gpointer data)
{
  g_free ((char *)((InspectorProbeThread *)data)->name);
}

static GArray *
new_threads (void)
{
  GArray *threads = g_array_new (FALSE, FALSE, sizeof (InspectorProbeThread));

  g_array_set_clear_func (threads, thread_clear);
  return threads;
}

/* Of a thread that sleeps as it did in the look before; what another one calls it may be known late. @at: where it was then, as
 * they come in the same order again. Returns: FALSE: it has run, or was not there */
static gboolean
keep_sleeping (TargetProbed *self, int tid, guint64 runs, guint at)
{
  const GArray *before = self->threads_before;

  for (guint i = 0; i < before->len; i++)
    {
      guint index = (at + i) % before->len;
      InspectorProbeThread *known = &g_array_index (before, InspectorProbeThread, index);
      InspectorProbeThread thread = *known;

      if (thread.tid != tid)
        continue;
      if (thread.n_sleeps == 0 ||
          !target_runs_are_same (g_array_index (self->runs_before, guint64, index), runs))
        return FALSE;
      known->name = NULL;
      thread.stack_end = find_end (self, thread.sp);
      g_array_append_val (self->threads, thread);
      return TRUE;
    }
  return FALSE;
}

static void
add_thread (TargetProbed *self, int tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", self->pid, tid);
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  InspectorProbeThread thread = { .tid = tid, .name = dup_thread_name (self, tid) };
  guint64 n_sleeps = target_probed_count_sleeps (self->pid, tid, &thread.own_tid);
  guint n;

  if (thread.own_tid == 0)
    thread.own_tid = tid;
  if (g_file_get_contents (path, &text, NULL, NULL))
    {
      words = g_strsplit (g_strchomp (text), " ", -1);
      n = g_strv_length (words);
      if (n >= 3)
        {
          thread.sp = g_ascii_strtoull (words[n - 2], NULL, 16);
          thread.pc = g_ascii_strtoull (words[n - 1], NULL, 16);
          thread.stack_end = find_end (self, thread.sp);
          thread.n_sleeps = n_sleeps;
        }
    }
  g_array_append_val (self->threads, thread);
}

static void
swap (GArray **a, GArray **b)
{
  GArray *kept = *a;

  *a = *b;
  *b = kept;
}

static void
read_threads (TargetProbed *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", self->pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  swap (&self->threads, &self->threads_before);
  swap (&self->runs, &self->runs_before);
  g_array_set_size (self->threads, 0);
  g_array_set_size (self->runs, 0);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && self->threads->len < MAX_THREADS)
    {
      int tid = atoi (name);
      guint64 runs = target_facts_get_runs (self->pid, tid);

      if (!keep_sleeping (self, tid, runs, self->threads->len))
        add_thread (self, tid);
      g_array_append_val (self->runs, runs);
    }
}

/* ---- What is called -------------------------------------------------------------------------------- */

static void
known_free (gpointer data)
{
  target_probed_module_clear (data);
  g_free (data);
}

TargetProbed *
target_probed_new (int pid, const char *cache_folder)
{
  TargetProbed *self = g_new0 (TargetProbed, 1);

  self->pid = pid;
  self->cache_folder = g_strdup (cache_folder);
  self->regions = g_array_new (FALSE, FALSE, sizeof (InspectorProbeRegion));
  self->modules = g_array_new (FALSE, FALSE, sizeof (InspectorProbeModule));
  self->threads = new_threads ();
  self->threads_before = new_threads ();
  self->runs = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->runs_before = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  return self;
}

TargetProbed *
target_probed_new_core (TargetCore *core, const char *cache_folder)
{
  TargetProbed *self = target_probed_new (0, cache_folder);

  self->core = core;
  return self;
}

void
target_probed_allow_stops (TargetProbed *self)
{
  self->may_stop = TRUE;
}

void
target_probed_want_before (TargetProbed *self)
{
  self->only_before = TRUE;
}

void
target_probed_free (TargetProbed *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->unwinder, target_unwinder_free);
  g_clear_pointer (&self->core, target_core_free);
  g_clear_pointer (&self->used, target_probed_used_free);
  g_array_unref (self->regions);
  g_array_unref (self->modules);
  g_array_unref (self->threads);
  g_array_unref (self->threads_before);
  g_array_unref (self->runs);
  g_array_unref (self->runs_before);
  g_hash_table_unref (self->known);
  g_free (self->cache_folder);
  g_free (self);
}

static gboolean
read_core (gpointer data, guint64 address, void *buffer, gsize length)
{
  return target_core_read (((TargetProbed *)data)->core, address, buffer, length);
}

/* What was never used is in no core file. */
static guint64
find_used_core (gpointer data, guint64 address, guint64 end, guint64 *ret_end)
{
  *ret_end = end;
  return address;
}

static void
read_many_core (gpointer data, InspectorProbeRead *reads, guint n)
{
  for (guint i = 0; i < n; i++)
    reads[i].is_read = read_core (data, reads[i].address, reads[i].buffer, reads[i].length);
}

static gboolean
get_stack (gpointer data, const InspectorProbeThread *thread, gboolean may_stop,
           InspectorProbeStack *ret_stack)
{
  TargetProbed *self = data;

  if (self->core != NULL)
    return target_probed_get_core_stack (self->core, &self->unwinder, &self->target, thread,
                                         ret_stack);
  return target_probed_get_stack (self->pid, &self->unwinder, &self->target, thread,
                                  may_stop && self->may_stop, ret_stack);
}

/* Libraries may have come and gone. */
static void
forget_unwinder (TargetProbed *self, guint n_modules)
{
  if (self->modules->len != n_modules)
    g_clear_pointer (&self->unwinder, target_unwinder_free);
}

static const InspectorProbeTarget *
look_at_core (TargetProbed *self)
{
  self->target = (InspectorProbeTarget){
    .size = sizeof (InspectorProbeTarget),
    .data = self,
    .cache_folder = self->cache_folder,
    .read = read_core,
    .read_many = read_many_core,
    .is_cancelled = is_cancelled,
    .get_stack = get_stack,
    .find_used = find_used_core,
  };
  target_core_fill (self->core, &self->target);
  return &self->target;
}

const InspectorProbeTarget *
target_probed_look (TargetProbed *self)
{
  guint n_modules = self->modules->len;

  if (self->core != NULL)
    return look_at_core (self);
  if (!read_map (self))
    return NULL;
  forget_unwinder (self, n_modules);
  g_clear_pointer (&self->used, target_probed_used_free);
  read_threads (self);
  self->target = (InspectorProbeTarget){
    .size = sizeof (InspectorProbeTarget),
    .data = self,
    .pid = self->pid,
    .now_ns = g_get_monotonic_time () * 1000,
    .cache_folder = self->cache_folder,
    .regions = (const InspectorProbeRegion *)self->regions->data,
    .n_regions = self->regions->len,
    .modules = (const InspectorProbeModule *)self->modules->data,
    .n_modules = self->modules->len,
    .threads = (const InspectorProbeThread *)self->threads->data,
    .n_threads = self->threads->len,
    .read = read_memory,
    .read_many = read_many,
    .is_cancelled = is_cancelled,
    .get_stack = get_stack,
    .only_before = self->only_before,
    .find_used = find_used,
  };
  return &self->target;
}

void
target_probed_cancel (TargetProbed *self)
{
  g_atomic_int_set (&self->is_cancelled, 1);
}
