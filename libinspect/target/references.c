/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Whether anybody still knows an address: all of a process's memory and registers are looked
 * through for it, from outside. What looks like it counts, so that "nobody" is certain as far as
 * addresses are kept as such in the process. */

#include "config.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "target/memory-map.h"
#include "target/stack-private.h"
#include "target/target-private.h"

/* An object is pointed to at its beginning, or a little into it: bits of the address may be flags. */
#define REACH 64
#define MAX_ADDRESSES 64
#define MAX_THREADS 64
/* What takes longer, for there is so much memory, is given up; its threads stand still for so long. */
#define MAX_LOOK_US (40 * 1000)
#define BLOCK_BYTES (256 * 1024)
/* What a function may use below the stack pointer. */
#define RED_ZONE 128

typedef struct
{
  int tid; /* 0: it is not stopped */
  int status;
  guint64 sp;
  guint64 own; /* its thread pointer, which libc keeps at the upper end of a stack it makes; 0 */
  guint64 registers[32];
  guint n_registers;
  guint64 vectors[128]; /* and what else there is */
  gsize n_vectors;      /* bytes */
} Thread;

typedef struct
{
  int pid;
  const guint64 *addresses;
  guint n;
  guint64 lowest, highest;
  gboolean *is_found;
  guint n_found;
  GPtrArray *threads; /* Thread */
  gboolean is_stopped;
  gint64 until_us;
  guint8 *block;
} Search;

/* ---- Words ---------------------------------------------------------------------------------- */

static void
look_at (Search *search, guint64 word)
{
  if (G_LIKELY (word < search->lowest || word > search->highest))
    return;
  for (guint i = 0; i < search->n; i++)
    if (!search->is_found[i] && word - search->addresses[i] < REACH)
      {
        search->is_found[i] = TRUE;
        search->n_found++;
      }
}

static void
look_at_all (Search *search, const void *bytes, gsize length)
{
  const guint64 *words = bytes;

  for (gsize i = 0; i < length / sizeof *words; i++)
    look_at (search, words[i]);
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* FALSE: it could not be read whole. */
static gboolean
look_through (Search *search, guint64 begin, guint64 end)
{
  while (begin < end && search->n_found < search->n)
    {
      gsize length = MIN (end - begin, BLOCK_BYTES);
      struct iovec to = { search->block, length };
      struct iovec from = { GSIZE_TO_POINTER (begin), length };

      if (g_get_monotonic_time () > search->until_us ||
          process_vm_readv (search->pid, &to, 1, &from, 1, 0) != (gssize)length)
        return FALSE;
      look_at_all (search, search->block, length);
      begin += length;
    }
  return TRUE;
}

/* Whether all of @region below the stack pointer is the unused part of this thread's stack: the
 * kernel says so, or libc has made it, with a page below that nobody may touch. What else there are of
 * stacks may lie side by side in one region, each with a life of its own. */
static gboolean
is_stack_of (const Search *search, const Thread *thread, const TargetRegion *region)
{
  if (thread->sp < region->begin + RED_ZONE || thread->sp >= region->end)
    return FALSE;
  if (region->is_main_stack)
    return TRUE;
  /* While nothing is stopped it is a guess, and only what is found counts. */
  return region->has_guard &&
         (!search->is_stopped || (thread->own > thread->sp && thread->own < region->end));
}

/* Of a stack what lies below the stack pointer is over. */
static guint64
get_begin (const Search *search, const TargetRegion *region)
{
  guint64 begin = region->begin;
  guint n = 0;

  for (guint i = 0; i < search->threads->len; i++)
    {
      const Thread *thread = g_ptr_array_index (search->threads, i);

      if (thread->sp < region->begin || thread->sp >= region->end)
        continue;
      if (!is_stack_of (search, thread, region) || n++ > 0)
        return region->begin;
      begin = (thread->sp - RED_ZONE) & ~(guint64)7;
    }
  return begin;
}

/* Pages that were never touched hold nothing, and reading them would make the process larger. */
static gboolean
look_through_memory (Search *search)
{
  g_autoptr (TargetMemoryMap) map = target_memory_map_new (search->pid, search->until_us);
  gboolean is_read = map != NULL;

  for (guint i = 0; is_read && i < target_memory_map_count (map); i++)
    {
      const TargetRegion *region = target_memory_map_get (map, i);
      guint64 at = get_begin (search, region), begin, end;

      while (is_read && search->n_found < search->n &&
             target_memory_map_next_touched (map, region, at, &begin, &end))
        {
          is_read = look_through (search, begin, end);
          at = end;
        }
    }
  return is_read && !target_memory_map_has_failed (map);
}

/* ---- Threads -------------------------------------------------------------------------------- */

/* FALSE: one of them runs, or a stop might show. */
static gboolean
find_stacks (Search *search, const GArray *threads)
{
  if (threads == NULL || threads->len == 0 || threads->len > MAX_THREADS)
    return FALSE;
  for (guint i = 0; i < threads->len; i++)
    {
      Thread *thread = g_new0 (Thread, 1);

      g_ptr_array_add (search->threads, thread);
      if (!target_stop_is_harmless (search->pid, g_array_index (threads, int, i), &thread->sp))
        return FALSE;
    }
  return TRUE;
}

static guint64
read_thread_pointer (int tid)
{
#if defined(__x86_64__)
  struct user_regs_struct registers;
  struct iovec bytes = { &registers, sizeof registers };

  if (ptrace (PTRACE_GETREGSET, tid, NT_PRSTATUS, &bytes) == 0)
    return registers.fs_base;
#endif
  return 0;
}

static gboolean
stop_thread (Search *search, int tid)
{
  Thread *thread = g_new0 (Thread, 1);
  g_autofree TargetStack *stack = g_new (TargetStack, 1);
  struct iovec bytes = { thread->vectors, sizeof thread->vectors };

  thread->tid = tid;
  if (!target_stop_begin (tid, &thread->status))
    {
      g_free (thread);
      return FALSE;
    }
  g_ptr_array_add (search->threads, thread);
  if (!target_stop_take_registers (tid, stack))
    return FALSE;
  thread->sp = stack->sp;
  /* That of the first thread is not at the end of its stack, which the kernel has made. */
  thread->own = tid != search->pid ? read_thread_pointer (tid) : 0;
  thread->n_registers = stack->n_registers;
  memcpy (thread->registers, stack->registers, sizeof thread->registers);
  if (ptrace (PTRACE_GETREGSET, tid, NT_PRFPREG, &bytes) == 0)
    thread->n_vectors = bytes.iov_len;
  return TRUE;
}

static void
let_all_go (Search *search)
{
  for (guint i = 0; i < search->threads->len; i++)
    {
      const Thread *thread = g_ptr_array_index (search->threads, i);

      target_stop_end (thread->tid, thread->status);
    }
}

/* All of them, and no other has begun meanwhile. */
static gboolean
stop_all (Search *search, const GArray *threads)
{
  g_autoptr (GArray) after = NULL;

  for (guint i = 0; i < threads->len; i++)
    if (!stop_thread (search, g_array_index (threads, int, i)))
      return FALSE;
  after = target_facts_get_threads (search->pid);
  return after != NULL && after->len == threads->len &&
         memcmp (after->data, threads->data, threads->len * sizeof (int)) == 0;
}

static void
look_at_registers (Search *search)
{
  for (guint i = 0; i < search->threads->len; i++)
    {
      const Thread *thread = g_ptr_array_index (search->threads, i);

      look_at_all (search, thread->registers, thread->n_registers * sizeof thread->registers[0]);
      look_at_all (search, thread->vectors, thread->n_vectors);
    }
}

/* ---- The search ----------------------------------------------------------------------------- */

/* Returns: whether what it has not found is not there */
static gboolean
look_while_stopped (Search *search, const GArray *threads)
{
  gboolean is_done;

  g_ptr_array_set_size (search->threads, 0);
  search->is_stopped = TRUE;
  is_done = stop_all (search, threads);
  search->until_us = g_get_monotonic_time () + MAX_LOOK_US;
  if (is_done)
    {
      look_at_registers (search);
      is_done = look_through_memory (search);
    }
  let_all_go (search);
  return is_done;
}

/* In a thread of its own, which is what traces. Most are found while the process goes on, and nothing
 * has to be stopped for it. */
static gpointer
run (gpointer data)
{
  Search *search = data;
  g_autoptr (GArray) threads = target_facts_get_threads (search->pid);
  gboolean is_known;

  search->until_us = g_get_monotonic_time () + MAX_LOOK_US;
  is_known = find_stacks (search, threads) && look_through_memory (search) &&
             (search->n_found == search->n || look_while_stopped (search, threads));
  return GINT_TO_POINTER (is_known);
}

gboolean
target_facts_find_references (int pid, const guint64 *addresses, guint n, gboolean *ret_is_found)
{
  Search search = { .pid = pid, .addresses = addresses, .n = n, .lowest = G_MAXUINT64 };
  gboolean is_known = FALSE;
  GThread *thread;

  if (pid <= 0 || n == 0 || n > MAX_ADDRESSES || target_memory_is_known_elsewhere (pid))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      ret_is_found[i] = FALSE;
      search.lowest = MIN (search.lowest, addresses[i]);
      search.highest = MAX (search.highest, addresses[i] + REACH - 1);
    }
  search.is_found = ret_is_found;
  search.threads = g_ptr_array_new_with_free_func (g_free);
  search.block = g_malloc (BLOCK_BYTES);
  thread = g_thread_try_new ("references", run, &search, NULL);
  if (thread != NULL)
    is_known = GPOINTER_TO_INT (g_thread_join (thread));
  g_ptr_array_unref (search.threads);
  g_free (search.block);
  return is_known;
}
