/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "stacks.h"

#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "hold.h"
#include "kinds.h"

/* Tasks that keep their thread until they have a lock of std::sync or parking_lot: a guard of one that another task keeps
 * across an await is what most often stops a whole program. Which function they sleep in the stack tells, and for which
 * word the kernel; the lock is known by its address, as its guards are (hold.c). */

/* ---- What the kernel says --------------------------------------------------------------------------- */

static gboolean
read_futex (const InspectorProbeTarget *target, const InspectorProbeThread *thread,
            guint64 *ret_address)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", target->pid, thread->tid);
  g_autofree char *text = NULL;
  unsigned long number, address, operation;

  if (target->pid == 0 || !g_file_get_contents (path, &text, NULL, NULL) ||
      sscanf (text, "%lu %lx %lx", &number, &address, &operation) != 3 || number != SYS_futex ||
      ((operation & FUTEX_CMD_MASK) != FUTEX_WAIT &&
       (operation & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET))
    return FALSE;
  *ret_address = address;
  return TRUE;
}

/* ---- What the stack says ---------------------------------------------------------------------------- */

/* Functions in which a thread sleeps. A lock of the standard library is the word that it sleeps for, or for a writer the
 * word behind it (std/src/sys/sync/rwlock/futex.rs). A thread in parking_lot sleeps for a word of its own, and notes
 * the address of the lock beside it; that of a RwLock's writer is one more where it waits for readers. */
static const struct
{
  const char *function; /* the end of its name */
  const char *lock;
  const InspectKind *kind, *resource;
  guint offset;
  gboolean is_parked;
  guint64 mask;
} functions[] = {
  { "lock_contended", "std::sync::Mutex", &rust_await_lock, &rust_resource_mutex, 0, FALSE, 0 },
  { "read_contended", "std::sync::RwLock", &rust_await_lock_read, &rust_resource_rwlock, 0, FALSE,
    0 },
  { "write_contended", "std::sync::RwLock", &rust_await_lock_write, &rust_resource_rwlock, 4, FALSE,
    0 },
  { "lock_shared_slow", "parking_lot::RwLock", &rust_await_lock_read, &rust_resource_rwlock, 0,
    TRUE, 7 },
  { "lock_upgradable_slow", "parking_lot::RwLock", &rust_await_lock_read, &rust_resource_rwlock, 0,
    TRUE, 7 },
  { "lock_exclusive_slow", "parking_lot::RwLock", &rust_await_lock_write, &rust_resource_rwlock, 0,
    TRUE, 7 },
  { "lock_slow", "parking_lot::Mutex", &rust_await_lock, &rust_resource_mutex, 0, TRUE, 0 },
};

#define MAX_INNER 10u
#define NOT_FOUND G_N_ELEMENTS (functions)

static guint
find_function (const char *symbol)
{
  g_autofree char *name = rust_name_dup_readable (symbol);

  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (g_str_has_suffix (name, functions[i].function))
      return i;
  return NOT_FOUND;
}

static guint
find_in_stack (RustStacks *stacks, const RustStack *stack)
{
  for (guint i = 0; i < MIN (stack->stack.n_calls, MAX_INNER); i++)
    for (const DebugSymbol *symbol = rust_stacks_get_symbol (stacks, &stack->stack.calls[i]);
         symbol != NULL; symbol = symbol->caller)
      {
        guint found = symbol->function != NULL ? find_function (symbol->function) : NOT_FOUND;

        if (found != NOT_FOUND)
          return found;
      }
  return NOT_FOUND;
}

/* ---- What the thread has noted ---------------------------------------------------------------------- */

static gboolean
read_key (const RustWalk *walk, guint64 futex, guint64 *ret_key)
{
  for (guint i = 0; i < walk->programs->len; i++)
    {
      DebugType *thread = rust_program_find_parked (walk->programs->pdata[i]);
      const DebugMember *parker = thread != NULL ? debug_type_find_member (thread, "parker") : NULL;
      const DebugMember *key = thread != NULL ? debug_type_find_member (thread, "key") : NULL;

      if (parker != NULL && key != NULL &&
          debug_memory_read_number (&walk->memory->memory, futex - parker->offset + key->offset, 8,
                                    ret_key) &&
          *ret_key != 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
rust_lock_wait_find (RustStacks *stacks, const RustWalk *walk, const InspectorProbeThread *thread,
                     const RustStack *stack, RustLockWait *ret_wait)
{
  guint found = find_in_stack (stacks, stack);
  guint64 address;

  if (found == NOT_FOUND || !read_futex (walk->memory->target, thread, &address) ||
      (functions[found].is_parked && !read_key (walk, address, &address)))
    return FALSE;
  address = (address - functions[found].offset) & ~functions[found].mask;
  *ret_wait =
      (RustLockWait){ functions[found].kind, functions[found].resource, functions[found].lock,
                      address & G_GUINT64_CONSTANT (0xffffffffffff) };
  return TRUE;
}
