/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "waits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#define MAX_WAITS 1024u
/* Calls from the kernel up to the function of libc that was called. */
#define MAX_INNER 6u

/* What is asked of the kernel: for which word a thread sleeps. @ret_address: of a futex. */
static gboolean
sleeps_for_futex (int pid, int tid, guint64 *ret_address)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", pid, tid);
  g_autofree char *text = NULL;
  unsigned long number, address, operation, value;

  if (!g_file_get_contents (path, &text, NULL, NULL) ||
      sscanf (text, "%lu %lx %lx %lx", &number, &address, &operation, &value) != 4 ||
      number != SYS_futex)
    return FALSE;
  *ret_address = address;
  /* glibc/nptl/lowlevellock.c: 2 is a lock that somebody waits for. */
  return value == 2 && ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT ||
                        (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET);
}

static gboolean
is_lock_function (const char *name)
{
  static const char *const names[] = { "pthread_mutex_lock", "pthread_mutex_timedlock",
                                       "pthread_mutex_clocklock" };

  /* Debug info has them with underscores before. */
  while (name != NULL && *name == '_')
    name++;
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_in_lock_function (DebugSymbols *symbols, const InspectorProbeStack *stack)
{
  for (guint i = 0; i < MIN (stack->n_calls, MAX_INNER); i++)
    for (const DebugSymbol *symbol =
             debug_symbols_lookup (symbols, stack->calls[i].pc, DEBUG_ADDRESS_CALL);
         symbol != NULL; symbol = symbol->caller)
      if (symbol->exact && is_lock_function (symbol->function))
        return TRUE;
  return FALSE;
}

static gboolean
is_thread (const InspectorProbeTarget *target, int tid)
{
  for (guint i = 0; i < target->n_threads; i++)
    if (target->threads[i].tid == tid)
      return TRUE;
  return FALSE;
}

/* nptl/struct_mutex.h: { int lock; unsigned count; int owner; unsigned nusers; int kind; ... }. */
static int
read_holder (const InspectorProbeTarget *target, guint64 mutex)
{
  gint32 words[5];

  if (!target->read (target->data, mutex, words, sizeof words) || words[0] != 2)
    return 0;
  return words[2];
}

static LookWait *
look_at (const InspectorProbeTarget *target, const InspectorProbeThread *thread,
         DebugSymbols *symbols)
{
  g_autofree LookWait *wait = g_new0 (LookWait, 1);
  guint64 again;

  wait->tid = thread->tid;
  if (!sleeps_for_futex (target->pid, thread->tid, &wait->mutex))
    return NULL;
  wait->holder = read_holder (target, wait->mutex);
  if (wait->holder == 0 || wait->holder == thread->tid || !is_thread (target, wait->holder) ||
      !target->get_stack (target->data, thread, FALSE, &wait->stack) || !wait->stack.is_asleep ||
      !is_in_lock_function (symbols, &wait->stack))
    return NULL;
  /* All of it was so at once: it still sleeps there, and the same one has it. */
  if (!sleeps_for_futex (target->pid, thread->tid, &again) || again != wait->mutex ||
      read_holder (target, wait->mutex) != wait->holder)
    return NULL;
  return g_steal_pointer (&wait);
}

GPtrArray *
look_find_waits (const InspectorProbeTarget *target, DebugSymbols *symbols)
{
  GPtrArray *waits = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0;
       i < target->n_threads && waits->len < MAX_WAITS && !target->is_cancelled (target->data); i++)
    {
      LookWait *wait = look_at (target, &target->threads[i], symbols);

      if (wait != NULL)
        g_ptr_array_add (waits, wait);
    }
  return waits;
}
