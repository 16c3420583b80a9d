/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "waits.h"
#include "conditions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#define MAX_WAITS 1024u
/* Calls from the kernel up to the function that was called by whoever wants the lock. */
#define MAX_INNER 6u

/* ---- What the kernel says --------------------------------------------------------------------------- */

typedef struct
{
  guint64 address; /* of the word that it sleeps for */
  guint value;     /* that was in it */
} Sleep;

static gboolean
sleeps_for_futex (int pid, int tid, Sleep *ret_sleep)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", pid, tid);
  g_autofree char *text = NULL;
  unsigned long number, address, operation, value;

  if (!g_file_get_contents (path, &text, NULL, NULL) ||
      sscanf (text, "%lu %lx %lx %lx", &number, &address, &operation, &value) != 4 ||
      number != SYS_futex ||
      ((operation & FUTEX_CMD_MASK) != FUTEX_WAIT &&
       (operation & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET))
    return FALSE;
  *ret_sleep = (Sleep){ address, (guint)value };
  return TRUE;
}

/* ---- What the stack says ---------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  LookKind kind;
} LockFunction;

static const LockFunction functions[] = {
  { "pthread_mutex_lock", LOOK_MUTEX },
  { "pthread_mutex_timedlock", LOOK_MUTEX },
  { "pthread_mutex_clocklock", LOOK_MUTEX },
  { "pthread_rwlock_rdlock", LOOK_READ },
  { "pthread_rwlock_timedrdlock", LOOK_READ },
  { "pthread_rwlock_clockrdlock", LOOK_READ },
  { "pthread_rwlock_wrlock", LOOK_WRITE },
  { "pthread_rwlock_timedwrlock", LOOK_WRITE },
  { "pthread_rwlock_clockwrlock", LOOK_WRITE },
  { "g_mutex_lock", LOOK_GMUTEX },
  { "g_mutex_lock_slowpath", LOOK_GMUTEX },
  { "pthread_cond_wait", LOOK_CONDITION },
  { "pthread_cond_timedwait", LOOK_CONDITION },
  { "pthread_cond_timedwait64", LOOK_CONDITION },
  { "pthread_cond_clockwait", LOOK_CONDITION },
  { "pthread_cond_clockwait64", LOOK_CONDITION },
  { "cnd_wait", LOOK_CONDITION },
  { "cnd_timedwait", LOOK_CONDITION },
  { "g_cond_wait", LOOK_GCOND },
  { "g_cond_wait_until", LOOK_GCOND },
  { "new_sem_wait_slow64", LOOK_SEMAPHORE },
  { "new_sem_wait_slow", LOOK_SEMAPHORE },
  { "sem_wait", LOOK_SEMAPHORE },
  { "new_sem_wait", LOOK_SEMAPHORE },
  { "sem_timedwait", LOOK_SEMAPHORE },
  { "sem_timedwait64", LOOK_SEMAPHORE },
  { "sem_clockwait", LOOK_SEMAPHORE },
  { "sem_clockwait64", LOOK_SEMAPHORE },
  { "pthread_join", LOOK_JOIN },
  { "pthread_timedjoin_np", LOOK_JOIN },
  { "pthread_clockjoin_np", LOOK_JOIN },
  { "pthread_clockjoin_ex", LOOK_JOIN },
  { "thrd_join", LOOK_JOIN },
};

static const LockFunction *
find_function (const DebugSymbol *symbol)
{
  for (; symbol != NULL; symbol = symbol->caller)
    {
      const char *name = symbol->exact ? symbol->function : NULL;

      /* Debug info has them with underscores before, versions of symbols come after. */
      while (name != NULL && *name == '_')
        name++;
      for (guint i = 0; name != NULL && i < G_N_ELEMENTS (functions); i++)
        if (g_str_equal (name, functions[i].name))
          return &functions[i];
    }
  return NULL;
}

static gboolean
is_of (const DebugSymbol *symbol, const char *module)
{
  return symbol->module != NULL && g_str_has_prefix (symbol->module, module);
}

static gboolean
is_exported (const DebugSymbol *symbol, const char *prefix)
{
  return symbol->function != NULL && symbol->exact && g_str_has_prefix (symbol->function, prefix);
}

/* g_mutex_lock() goes on into a function that has no name where GLib was stripped, and leaves no frame itself. The other
 * one of that kind is called by g_bit_lock() and its like; g_cond_wait() makes the call itself. */
static gboolean
is_gmutex (const InspectorProbeStack *stack, DebugSymbols *symbols)
{
  const DebugSymbol *call;

  if (stack->n_calls < 3)
    return FALSE;
  call = debug_symbols_lookup (symbols, stack->calls[0].pc, DEBUG_ADDRESS_CALL);
  if (!is_of (call, "libc.") && !is_of (call, "ld-musl"))
    return FALSE;
  call = debug_symbols_lookup (symbols, stack->calls[1].pc, DEBUG_ADDRESS_CALL);
  if (!is_of (call, "libglib-2.0.") || (call->function != NULL && call->exact))
    return FALSE;
  call = debug_symbols_lookup (symbols, stack->calls[2].pc, DEBUG_ADDRESS_CALL);
  return !is_exported (call, "g_bit_") && !is_exported (call, "g_pointer_bit_");
}

/* FALSE: it sleeps for something else. @ret_caller: who has called that function; 0: that is not known */
static gboolean
find_kind (const InspectorProbeStack *stack, DebugSymbols *symbols, LookKind *ret_kind,
           guint64 *ret_caller)
{
  guint n = MIN (stack->n_calls, MAX_INNER);

  for (guint i = 0; i < n; i++)
    {
      const LockFunction *function =
          find_function (debug_symbols_lookup (symbols, stack->calls[i].pc, DEBUG_ADDRESS_CALL));

      if (function == NULL)
        continue;
      *ret_kind = function->kind;
      *ret_caller = i + 1 < stack->n_calls ? stack->calls[i + 1].pc : 0;
      return TRUE;
    }
  *ret_kind = LOOK_GMUTEX;
  *ret_caller = stack->n_calls > 2 ? stack->calls[2].pc : 0;
  return is_gmutex (stack, symbols);
}

/* ---- What the lock says ----------------------------------------------------------------------------- */

/* A lock notes what the thread calls itself. 0: there is none */
static int
find_thread (const InspectorProbeTarget *target, int own_tid)
{
  for (guint i = 0; i < target->n_threads; i++)
    if (target->threads[i].own_tid == own_tid)
      return target->threads[i].tid;
  return 0;
}

/* glibc/sysdeps/nptl/bits/struct_mutex.h: { int lock; unsigned count; int owner; unsigned nusers; int kind; ... };
 * lowlevellock.h: 2 is a lock that somebody waits for. */
static gboolean
read_mutex (const InspectorProbeTarget *target, const Sleep *sleep, guint64 *ret_lock,
            int *ret_holder)
{
  gint32 words[5];

  if (sleep->value != 2 || !target->read (target->data, sleep->address, words, sizeof words) ||
      words[0] != 2)
    return FALSE;
  *ret_lock = sleep->address;
  *ret_holder = words[2];
  return TRUE;
}

/* glibc/sysdeps/x86/nptl/bits/struct_rwlock.h: { readers, writers, wrphase_futex, writers_futex, pad, pad, cur_writer,
 * shared }; what is slept for is one of both futexes. A pthread_rwlock_t lies at a multiple of eight. */
static gboolean
read_rwlock (const InspectorProbeTarget *target, const Sleep *sleep, guint64 *ret_lock,
             int *ret_holder)
{
  guint64 lock = sleep->address - (sleep->address % 8 == 0 ? 8 : 12);
  gint32 words[8];

  if ((sleep->value & 2) == 0 || lock % 8 != 0 ||
      !target->read (target->data, lock, words, sizeof words))
    return FALSE;
  *ret_lock = lock;
  *ret_holder = words[6];
  return TRUE;
}

/* glib/gthread-posix.c: one word: 0, 1 taken, 2 taken and waited for. */
static gboolean
read_gmutex (const InspectorProbeTarget *target, const Sleep *sleep, guint64 *ret_lock,
             int *ret_holder)
{
  gint32 word;

  if (sleep->value != 2 || !target->read (target->data, sleep->address, &word, sizeof word) ||
      word != 2)
    return FALSE;
  *ret_lock = sleep->address;
  *ret_holder = 0;
  return TRUE;
}

static gboolean
read_lock (const InspectorProbeTarget *target, LookKind kind, const Sleep *sleep, guint64 *ret_lock,
           int *ret_holder)
{
  switch (kind)
    {
    case LOOK_MUTEX:
      return read_mutex (target, sleep, ret_lock, ret_holder);
    case LOOK_READ:
    case LOOK_WRITE:
      return read_rwlock (target, sleep, ret_lock, ret_holder);
    case LOOK_GMUTEX:
      return read_gmutex (target, sleep, ret_lock, ret_holder);
    default:
      return FALSE;
    }
}

/* ---- Threads ---------------------------------------------------------------------------------------- */

/* A sleep of a thread. */
typedef struct
{
  guint64 n_sleeps, word;
  gboolean is_judged;
  LookWait *
      wait; /* (nullable): it is none of those that are told of, or may be over before it is looked at again */
  gboolean is_used;
} Seen;

struct _LookWaits
{
  GHashTable *seen; /* tid -> Seen */
  gboolean has_looked;
};

static void
seen_free (gpointer data)
{
  g_clear_pointer (&((Seen *)data)->wait, g_rc_box_release);
  g_free (data);
}

LookWaits *
look_waits_new (void)
{
  LookWaits *self = g_new0 (LookWaits, 1);

  self->seen = g_hash_table_new_full (NULL, NULL, NULL, seen_free);
  return self;
}

void
look_waits_free (LookWaits *self)
{
  g_hash_table_unref (self->seen);
  g_free (self);
}

/* Whoever waits for a lock sleeps for a word with this bit, which is soon asked, unlike its stack. */
static gboolean
may_be_lock (const Sleep *sleep)
{
  return (sleep->value & ~1u) == 2;
}

/* Takes what the stack says for true where it was so at once: it still sleeps there, and the same one has the lock. */
static gboolean
judge (const InspectorProbeTarget *target, const Sleep *sleep, LookWait *wait)
{
  gboolean is_lock = wait->kind < LOOK_CONDITION;
  Sleep again;
  guint64 lock;
  int holder;

  if (is_lock &&
      (!may_be_lock (sleep) || !read_lock (target, wait->kind, sleep, &wait->lock, &wait->holder)))
    return FALSE;
  if (!is_lock)
    wait->lock = look_find_condition (target, wait->kind, sleep->address, &wait->stack);
  if (wait->kind == LOOK_JOIN)
    wait->holder = (int)sleep->value;
  if (!sleeps_for_futex (target->pid, wait->tid, &again) || again.address != sleep->address ||
      again.value != sleep->value)
    return FALSE;
  if (is_lock &&
      (!read_lock (target, wait->kind, &again, &lock, &holder) || holder != wait->holder))
    return FALSE;
  wait->holder = find_thread (target, wait->holder);
  return TRUE;
}

/* (nullable): to be released */
static LookWait *
look_at_stack (const InspectorProbeTarget *target, const InspectorProbeThread *thread,
               const Sleep *sleep, DebugSymbols *symbols, const InspectorProbeModule *reporter)
{
  LookWait *wait = g_rc_box_new0 (LookWait);
  guint64 caller = 0;

  wait->tid = thread->tid;
  if (target->get_stack (target->data, thread, FALSE, &wait->stack) && wait->stack.is_asleep &&
      find_kind (&wait->stack, symbols, &wait->kind, &caller) &&
      (reporter == NULL || caller < reporter->start || caller >= reporter->end) &&
      judge (target, sleep, wait))
    return wait;
  g_rc_box_release (wait);
  return NULL;
}

/* The same as in the look before, where it has not woken up in between. */
static Seen *
take_seen (LookWaits *self, const InspectorProbeThread *thread, const Sleep *sleep,
           gboolean *ret_is_same)
{
  Seen *seen = g_hash_table_lookup (self->seen, GINT_TO_POINTER (thread->tid));

  *ret_is_same = seen != NULL && seen->word == sleep->address &&
                 seen->n_sleeps == thread->n_sleeps && thread->n_sleeps != 0;
  if (!*ret_is_same)
    {
      seen = g_new0 (Seen, 1);
      seen->n_sleeps = thread->n_sleeps;
      seen->word = sleep->address;
      g_hash_table_replace (self->seen, GINT_TO_POINTER (thread->tid), seen);
    }
  seen->is_used = TRUE;
  return seen;
}

/* What may be a lock is looked at each time, for who holds it. Of all else that is not worth it, as threads of a pool sleep
 * and wake all the time: at first, and later where it has slept since the look before. */
static LookWait *
look_at (LookWaits *self, const InspectorProbeTarget *target, const InspectorProbeThread *thread,
         DebugSymbols *symbols, const InspectorProbeModule *reporter)
{
  gboolean is_same;
  Sleep sleep;
  Seen *seen;
  LookWait *wait;

  if (!sleeps_for_futex (target->pid, thread->tid, &sleep))
    return NULL;
  seen = take_seen (self, thread, &sleep, &is_same);
  if (seen->is_judged)
    return seen->wait != NULL ? g_rc_box_acquire (seen->wait) : NULL;
  if (!may_be_lock (&sleep) && self->has_looked && (!is_same || target->only_before))
    return NULL;
  wait = look_at_stack (target, thread, &sleep, symbols, reporter);
  if (wait != NULL && wait->kind < LOOK_CONDITION)
    return wait;
  if (wait == NULL && may_be_lock (&sleep))
    return NULL;
  seen->is_judged = TRUE;
  seen->wait = wait;
  return wait != NULL ? g_rc_box_acquire (wait) : NULL;
}

static gboolean
is_over (gpointer tid, gpointer value, gpointer data)
{
  Seen *seen = value;
  gboolean is_used = seen->is_used;

  seen->is_used = FALSE;
  return !is_used;
}

GPtrArray *
look_waits_find (LookWaits *self, const InspectorProbeTarget *target, DebugSymbols *symbols,
                 const InspectorProbeModule *reporter)
{
  GPtrArray *waits = g_ptr_array_new_with_free_func (g_rc_box_release);

  for (guint i = 0;
       i < target->n_threads && waits->len < MAX_WAITS && !target->is_cancelled (target->data); i++)
    {
      LookWait *wait = look_at (self, target, &target->threads[i], symbols, reporter);

      if (wait != NULL)
        g_ptr_array_add (waits, wait);
    }
  g_hash_table_foreach_remove (self->seen, is_over, NULL);
  self->has_looked = TRUE;
  return waits;
}
