/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#if defined(__x86_64__)

#include "target/inside.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "agent/inside-layout.h"
#include "target/mappings.h"
#include "target/target-private.h"
#include "target/tracee.h"
#include "target/turns.h"

/* For threads to come to their stop, in all. */
#define STOP_US (500 * G_TIME_SPAN_MILLISECOND)
/* How often a moment is waited for in which no thread is in the way, and how long between: never for as long as before, for
 * a thread may have to do the same thing again and again, at as regular times. */
#define MAX_TRIES 80u
#define PAUSE_US 500u
#define LONGER_US 370u
#define LONGEST_US 4000u
/* Nearly always one of the first will do. What may not go by as fast is a word on a stack that nobody needs any more, such as
 * in the room for events of a poll: it is taken for a way back until something is written over it. */
#define QUICK_TRIES 40u
#define SLOW_US 25000u
/* Of one stack; who has a deeper one is not looked through any further, and nothing is written. */
#define MAX_STACK (G_GUINT64_CONSTANT (16) << 20)
#define CHUNK 65536u
#define PAGE 4096u
/* Of code, in one call. */
#define PIECES 64u

typedef struct
{
  Tracee tracee;
  gboolean is_running;  /* it was when it was seized */
  gboolean is_prepared; /* to be let go of by the kernel */
} StoppedThread;

typedef struct
{
  int pid;
  int mem_fd;
  AgentInside *inside; /* as it was read; its patches sorted by address */
  guint64 first, end;  /* of all that is written to */
  GArray *tracees;     /* StoppedThread */
  GPtrArray *mappings;
  guint8 *chunk;
  gboolean is_install;
  int tid;                /* of who traces them */
  gboolean is_in_the_way; /* one of those that were looked at */
  gint64 begin_us;        /* since when they are stopped; 0: they are not */
  gboolean is_done;
  const char *why; /* it cannot be done */
} Writer;

/* ---- Who is in the way ------------------------------------------------------------------------ */

/* Whether @address is in the middle of what is written to. */
static gboolean
is_in_a_patch (const Writer *self, guint64 address)
{
  guint low = 0, high = self->inside->n;
  const AgentInsidePatch *patch;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (self->inside->patches[middle].address < address)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0)
    return FALSE;
  patch = &self->inside->patches[low - 1];
  return address - patch->address < patch->length;
}

/* Nearly all words of a stack are somewhere else. */
static inline gboolean
is_in_the_way (const Writer *self, guint64 address)
{
  return address - self->first < self->end - self->first && is_in_a_patch (self, address);
}

static gboolean
read_stack (const Writer *self, guint64 from, gsize bytes)
{
  struct iovec to = { self->chunk, bytes };
  struct iovec their = { GSIZE_TO_POINTER (from), bytes };

  return process_vm_readv (self->pid, &to, 1, &their, 1, 0) == (gssize)bytes;
}

/* The stack of a thread that has come since the mappings were read is none that is known: then it is tried
 * again. Return addresses, and what a signal handler goes back to, lie there among all else: any word that
 * looks like one is taken for one. */
static gboolean
is_stack_in_the_way (const Writer *self, guint64 sp)
{
  const TargetMapping *mapping = target_mappings_find (self->mappings, sp);
  guint64 from = sp & ~(guint64)7, end = mapping != NULL ? mapping->end : 0;

  if (mapping == NULL || end - from > MAX_STACK)
    return TRUE;
  while (from < end)
    {
      gsize bytes = MIN (end - from, CHUNK);

      if (!read_stack (self, from, bytes))
        return TRUE;
      for (gsize at = 0; at < bytes; at += 8)
        {
          guint64 word;

          memcpy (&word, self->chunk + at, sizeof word);
          if (is_in_the_way (self, word))
            return TRUE;
        }
      from += bytes;
    }
  return FALSE;
}

/* A thread that has just stopped; the others may still be on their way to it, for nobody but a thread itself has a way
 * back on its stack. */
static void
look_at (Writer *self, StoppedThread *thread)
{
  struct user_regs_struct registers;
  struct iovec bytes = { &registers, sizeof registers };

  if (ptrace (PTRACE_GETREGSET, thread->tracee.tid, NT_PRSTATUS, &bytes) != 0 ||
      is_in_the_way (self, registers.rip) || is_stack_in_the_way (self, registers.rsp))
    self->is_in_the_way = TRUE;
  else
    thread->is_prepared = tracee_prepare_end (&thread->tracee, &registers);
}

/* ---- Stopping all ----------------------------------------------------------------------------- */

static gboolean
is_traced (const Writer *self, int tid)
{
  for (guint i = 0; i < self->tracees->len; i++)
    if (g_array_index (self->tracees, StoppedThread, i).tracee.tid == tid)
      return TRUE;
  return FALSE;
}

/* Those that are not stopped yet. Returns: how many; -1: one of them cannot be traced */
static int
seize_others (Writer *self)
{
  g_autoptr (GArray) threads = target_facts_get_threads (self->pid);
  int n = 0;

  for (guint i = 0; threads != NULL && i < threads->len; i++)
    {
      int tid = g_array_index (threads, int, i);
      StoppedThread thread = { 0 };
      char state = 'X';

      if (is_traced (self, tid) || !target_facts_get_thread (self->pid, tid, NULL, &state) ||
          state == 'Z' || state == 'X')
        continue;
      if (!tracee_attach (&thread.tracee, self->pid, tid))
        {
          /* It may have ended just now. */
          if (target_facts_get_thread (self->pid, tid, NULL, &state) && state != 'Z' &&
              state != 'X')
            return -1;
          continue;
        }
      thread.is_running = state == 'R';
      g_array_append_val (self->tracees, thread);
      n++;
    }
  return n;
}

/* The last @n of them, which are not stopped yet. Those that run first: they have the processors that the others need to
 * come to their stop. */
static void
interrupt (Writer *self, guint n)
{
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = self->tracees->len - n; i < self->tracees->len; i++)
      {
        StoppedThread *thread = &g_array_index (self->tracees, StoppedThread, i);

        if (thread->is_running == (pass == 0))
          tracee_interrupt (&thread->tracee);
      }
}

/* The last @n of them. A thread that ends meanwhile is no longer attached, and is in nobody's way. */
static gboolean
wait_for_stops (Writer *self, guint n, gint64 until_us)
{
  for (guint i = self->tracees->len - n; i < self->tracees->len; i++)
    {
      StoppedThread *thread = &g_array_index (self->tracees, StoppedThread, i);
      Tracee *tracee = &thread->tracee;

      while (tracee->is_attached && !tracee->is_stopped)
        if (!tracee_wait (tracee, until_us) && g_get_monotonic_time () >= until_us)
          return FALSE;
      if (tracee->is_attached)
        look_at (self, thread);
    }
  return TRUE;
}

/* Returns with all of them seized, and none stopped. */
static gboolean
seize_all (Writer *self)
{
  g_clear_pointer (&self->mappings, g_ptr_array_unref);
  self->mappings = target_mappings_read (self->pid);
  return self->mappings != NULL && seize_others (self) > 0;
}

/* A thread that is not stopped yet may make another: until there is none that was not seen. */
static gboolean
stop_all (Writer *self)
{
  gint64 until_us = g_get_monotonic_time () + STOP_US;
  int n = (int)self->tracees->len;

  do
    {
      interrupt (self, (guint)n);
      if (!wait_for_stops (self, (guint)n, until_us))
        return FALSE;
      n = self->is_in_the_way ? 0 : seize_others (self);
    }
  while (n > 0);
  return n == 0;
}

/* Those that the kernel does not let go of as they should when this thread ends: what has a signal for the program, or
 * has not come to its stop yet. */
static void
let_go (Writer *self)
{
  for (guint i = 0; i < self->tracees->len; i++)
    if (!g_array_index (self->tracees, StoppedThread, i).is_prepared)
      tracee_detach (&g_array_index (self->tracees, StoppedThread, i).tracee);
}

/* ---- The table -------------------------------------------------------------------------------- */

static int
compare_patches (const void *a, const void *b)
{
  guint64 one = ((const AgentInsidePatch *)a)->address;
  guint64 other = ((const AgentInsidePatch *)b)->address;

  return one < other ? -1 : one > other;
}

static gboolean
read_table (Writer *self, guint64 table)
{
  AgentInside *inside = self->inside;

  if (pread (self->mem_fd, inside, sizeof *inside, (off_t)table) != sizeof *inside ||
      inside->size != sizeof *inside || inside->patch_size != sizeof inside->patches[0] ||
      inside->n > AGENT_INSIDE_MAX)
    return FALSE;
  for (guint i = 0; i < inside->n; i++)
    if (inside->patches[i].length < 5 || inside->patches[i].length > AGENT_INSIDE_BYTES)
      return FALSE;
  qsort (inside->patches, inside->n, sizeof inside->patches[0], compare_patches);
  if (inside->n > 0)
    {
      const AgentInsidePatch *last = &inside->patches[inside->n - 1];

      self->first = inside->patches[0].address;
      self->end = last->address + last->length;
    }
  return TRUE;
}

/* Whether @n of them are as one of both: many in one call, for all threads may stand still meanwhile. */
static gboolean
are_code (const Writer *self, const AgentInsidePatch *patches, guint n, gboolean after)
{
  guint8 bytes[PIECES][AGENT_INSIDE_BYTES];
  struct iovec here[PIECES], there[PIECES];
  gssize total = 0;

  for (guint i = 0; i < n; i++)
    {
      here[i] = (struct iovec){ bytes[i], patches[i].length };
      there[i] = (struct iovec){ GSIZE_TO_POINTER (patches[i].address), patches[i].length };
      total += patches[i].length;
    }
  if (process_vm_readv (self->pid, here, n, there, n, 0) != total)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (memcmp (bytes[i], after ? patches[i].after : patches[i].before, patches[i].length) != 0)
      return FALSE;
  return TRUE;
}

static gboolean
is_code (const Writer *self, gboolean after)
{
  for (guint i = 0; i < self->inside->n; i += PIECES)
    if (!are_code (self, &self->inside->patches[i], MIN (self->inside->n - i, PIECES), after))
      return FALSE;
  return TRUE;
}

/* How many of @n patches lie in one page with the first, from its beginning to the end of the last. */
static guint
count_in_page (const AgentInsidePatch *patches, guint n)
{
  guint64 page = patches[0].address / PAGE;
  guint count = 1;

  while (count < n && (patches[count].address + patches[count].length - 1) / PAGE == page)
    count++;
  return count;
}

/* With what lies between them, as it is: a call for each would take longer, while all threads stand still. */
static gboolean
write_piece (const Writer *self, const AgentInsidePatch *patches, guint n, gboolean after)
{
  guint8 code[PAGE];
  guint64 from = patches[0].address;
  gsize size = patches[n - 1].address + patches[n - 1].length - from;

  if (size > sizeof code || pread (self->mem_fd, code, size, (off_t)from) != (gssize)size)
    return FALSE;
  for (guint i = 0; i < n; i++)
    memcpy (code + (patches[i].address - from), after ? patches[i].after : patches[i].before,
            patches[i].length);
  return pwrite (self->mem_fd, code, size, (off_t)from) == (gssize)size;
}

static gboolean
write_code (const Writer *self, gboolean after, guint n)
{
  guint count;

  for (guint i = 0; i < n; i += count)
    {
      const AgentInsidePatch *patches = &self->inside->patches[i];

      count = count_in_page (patches, n - i);
      if (!write_piece (self, patches, count, after))
        {
          /* Nothing or all of it. */
          if (i > 0)
            write_code (self, !after, i);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- Both ------------------------------------------------------------------------------------- */

static void
try_once (Writer *self)
{
  self->is_in_the_way = FALSE;
  if (!stop_all (self) || self->is_in_the_way)
    return;
  if (!is_code (self, !self->is_install))
    self->why = N_ ("the code of the runtime in it is not as it was; another tool has changed it");
  else if (!write_code (self, self->is_install, self->inside->n))
    self->why = N_ ("the system does not let its code be written to");
  else
    self->is_done = TRUE;
}

/* A thread that ends lets go of all that it traces, in one go. Let go one after the other, the first to run would have a
 * processor that the others, or we, wait for. */
static gpointer
try_in_thread (gpointer data)
{
  Writer *self = data;

  self->tid = (int)syscall (SYS_gettid);
  target_turns_shorten ();
  if (seize_all (self))
    {
      target_turns_begin_rush ();
      self->begin_us = g_get_monotonic_time ();
      try_once (self);
    }
  let_go (self);
  return NULL;
}

/* Until it has ended for the kernel, too, which is a little later than for those that have joined it. */
static void
wait_for_end (const Writer *self)
{
  while (syscall (SYS_tgkill, getpid (), self->tid, 0) == 0)
    g_usleep (1);
}

static const char *
write_when_safe (Writer *self, gboolean is_install, gint64 *ret_stop_ns)
{
  self->is_install = is_install;
  for (guint i = 0; i < MAX_TRIES && self->why == NULL; i++)
    {
      self->begin_us = 0;
      target_turns_begin_rush ();
      g_thread_join (g_thread_new ("write", try_in_thread, self));
      wait_for_end (self);
      if (self->begin_us != 0)
        *ret_stop_ns += (g_get_monotonic_time () - self->begin_us) * 1000;
      target_turns_end_rush ();
      g_array_set_size (self->tracees, 0);
      if (self->is_done)
        return NULL;
      g_usleep (PAUSE_US + i * LONGER_US % LONGEST_US + (i < QUICK_TRIES ? 0 : SLOW_US));
    }
  return self->why != NULL
             ? self->why
             : N_ ("no moment came in which none of its threads was at the beginning of a "
                   "function of the runtime; try again");
}

static void
forget_wish (const Writer *self, guint64 table)
{
  guint32 nothing = AGENT_INSIDE_NOTHING;

  if (pwrite (self->mem_fd, &nothing, sizeof nothing,
              (off_t)(table + offsetof (AgentInside, wish))) != sizeof nothing)
    g_debug ("process %d is asked again the next time", self->pid);
}

char *
target_inside_do (int pid, int mem_fd, guint64 table, gint64 *ret_stop_ns)
{
  Writer self = { .pid = pid, .mem_fd = mem_fd, .inside = g_new0 (AgentInside, 1) };
  const char *why = NULL;

  if (!read_table (&self, table))
    why = N_ ("the agent in it is of another version; start the process again");
  else if (self.inside->wish != AGENT_INSIDE_NOTHING)
    {
      gboolean is_install = self.inside->wish == AGENT_INSIDE_INSTALL;

      self.tracees = g_array_new (FALSE, FALSE, sizeof (StoppedThread));
      self.chunk = g_malloc (CHUNK);
      if (!is_code (&self, is_install))
        why = write_when_safe (&self, is_install, ret_stop_ns);
      if (why == NULL)
        forget_wish (&self, table);
      g_array_unref (self.tracees);
      g_free (self.chunk);
      g_clear_pointer (&self.mappings, g_ptr_array_unref);
    }
  g_free (self.inside);
  return why != NULL ? g_strdup (_ (why)) : NULL;
}

gboolean
target_inside_fulfil (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", pid);
  g_autoptr (GPtrArray) mappings = target_mappings_read (pid);
  g_autofree char *why = NULL;
  int mem_fd = open (path, O_RDWR | O_CLOEXEC);
  gboolean done = FALSE;
  gint64 stop_ns = 0;
  guint64 table;

  if (mem_fd < 0)
    return FALSE;
  if (mappings != NULL &&
      target_mappings_look_up (mappings, mem_fd, "", AGENT_INSIDE_SYMBOL, &table))
    {
      why = target_inside_do (pid, mem_fd, table, &stop_ns);
      done = why == NULL;
    }
  if (why != NULL)
    g_debug ("process %d: %s", pid, why);
  close (mem_fd);
  return done;
}

#else

#include "target/inside.h"

gboolean
target_inside_fulfil (int pid)
{
  return FALSE;
}

#endif
