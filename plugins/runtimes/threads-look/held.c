/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "held.h"

#include <string.h>
#include "inspector-probe-search.h"

/* A list of the locks that are held is kept nowhere. But those of POSIX in glibc note who has them, and what surrounds that
 * word is so much the same in all of them that nothing else looks like it. So memory is looked through for it. */

#define MAX_FIRST_BYTES (G_GUINT64_CONSTANT (256) << 20) /* of memory, at the first look */
#define MAX_NEXT_BYTES                                                                             \
  (G_GUINT64_CONSTANT (4) << 20) /* at each later one, going on where that has ended */
#define MAX_HELD 256u
#define MAX_PLACES 64u
/* What is larger is no stack; coroutines run on what was allocated. */
#define MAX_STACK (G_GUINT64_CONSTANT (64) << 20)
#define RED_ZONE 128u

/* ---- What a lock looks like ------------------------------------------------------------------------ */

/* glibc/sysdeps/x86/nptl/bits/struct_mutex.h. Between its waits for a condition each waiter still counts as a user. */
typedef struct
{
  guint32 lock, count;
  gint32 owner;
  guint32 n_users, kind;
  gint16 spins, elision;
  guint64 list[2]; /* of the robust ones that a thread has */
} Mutex;
G_STATIC_ASSERT (sizeof (Mutex) == 40);

#define MUTEX_TYPES 0x3u /* PTHREAD_MUTEX_TIMED_NP and so on */
#define MUTEX_RECURSIVE 1u
#define MUTEX_ADAPTIVE 3u
#define MUTEX_ROBUST 0x10u
#define MUTEX_INHERIT 0x20u
#define MUTEX_PROTECT 0x40u
#define MUTEX_KINDS 0x3ffu
#define OWNER_BITS                                                                                 \
  0x3fffffffu /* of a lock that has its owner in it; linux/futex.h, FUTEX_TID_MASK */
#define MAX_COUNT 65536u

/* glibc/sysdeps/x86/nptl/bits/struct_rwlock.h. */
typedef struct
{
  guint32 readers, writers, phase_futex, writers_futex, nothing[2];
  gint32 writer;
  gint32 is_shared;
  guint64 nothing_more[2];
  guint32 flags, end;
} RwLock;
G_STATIC_ASSERT (sizeof (RwLock) == 56);

#define RWLOCK_WRITTEN 0x3u /* PTHREAD_RWLOCK_WRPHASE | PTHREAD_RWLOCK_WRLOCKED */
#define RWLOCK_WORDS (sizeof (RwLock) / sizeof (guint64))

static gboolean
is_word_of_mutex (const Mutex *mutex)
{
  if ((mutex->kind & (MUTEX_ROBUST | MUTEX_INHERIT)) != 0)
    return (mutex->lock & OWNER_BITS) == (guint32)mutex->owner;
  if ((mutex->kind & MUTEX_PROTECT) != 0)
    return (mutex->lock & 3) == 1 || (mutex->lock & 3) == 2;
  return mutex->lock == 1 || mutex->lock == 2;
}

/* 0: it is no mutex, or nobody has it. */
static int
get_owner (const Mutex *mutex)
{
  gboolean is_recursive = (mutex->kind & MUTEX_TYPES) == MUTEX_RECURSIVE;

  if (mutex->owner <= 0 || mutex->n_users == 0 || mutex->n_users > MAX_COUNT ||
      (mutex->kind & ~MUTEX_KINDS) != 0 || !is_word_of_mutex (mutex))
    return 0;
  if (is_recursive ? mutex->count == 0 || mutex->count > MAX_COUNT : mutex->count != 0)
    return 0;
  if ((mutex->kind & MUTEX_TYPES) != MUTEX_ADAPTIVE && mutex->spins != 0)
    return 0;
  if ((mutex->kind & MUTEX_ROBUST) == 0 && (mutex->list[0] != 0 || mutex->list[1] != 0))
    return 0;
  return mutex->owner;
}

static int
get_writer (const RwLock *lock)
{
  if (lock->writer <= 0 || (lock->readers & RWLOCK_WRITTEN) != RWLOCK_WRITTEN ||
      lock->writers > MAX_COUNT || lock->phase_futex > 3 || lock->writers_futex > 3 ||
      (lock->is_shared & ~1) != 0 || lock->flags > 2 || lock->end != 0)
    return 0;
  if ((lock->nothing[0] | lock->nothing[1]) != 0 ||
      (lock->nothing_more[0] | lock->nothing_more[1]) != 0)
    return 0;
  return lock->writer;
}

/* ---- Those that were found -------------------------------------------------------------------------- */

typedef struct
{
  LookHeld said;
  int own_tid;      /* as the lock notes it */
  guint64 n_sleeps; /* of its holder when it was found; 0: it ran then, or has since */
} Held;

/* Where a thread sleeps; it is asked for once. */
typedef struct
{
  guint64 n_sleeps;
  gboolean is_known;
  InspectorProbeStack stack;
} Place;

struct _LookHeldLocks
{
  GHashTable *held;   /* address -> Held, which has it */
  GHashTable *places; /* tid -> Place */
  guint64 from;       /* where to go on */
  gboolean has_searched;
};

LookHeldLocks *
look_held_new (void)
{
  LookHeldLocks *self = g_new0 (LookHeldLocks, 1);

  self->held = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->places = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
look_held_free (LookHeldLocks *self)
{
  g_hash_table_unref (self->held);
  g_hash_table_unref (self->places);
  g_free (self);
}

typedef struct
{
  LookHeldLocks *locks;
  const InspectorProbeTarget *target;
  DebugSymbols *symbols;
  GHashTable *threads; /* what it calls itself -> InspectorProbeThread */
} Search;

/* What a function that has returned has left there. */
static gboolean
is_left_on_stack (const InspectorProbeTarget *target, guint64 address)
{
  const InspectorProbeRegion *region = inspector_probe_find_region (target, address);

  if (region == NULL || region->end - region->begin > MAX_STACK)
    return FALSE;
  for (guint i = 0; i < target->n_threads; i++)
    if (target->threads[i].sp > address + RED_ZONE && target->threads[i].sp < region->end)
      return TRUE;
  return FALSE;
}

/* FALSE: by its debug info something else is there. */
static gboolean
ask_debug_info (Search *search, guint64 address, gboolean is_rwlock, gboolean *ret_is_certain)
{
  const char *name = is_rwlock ? "__pthread_rwlock_arch_t" : "__pthread_mutex_s";
  DebugPart part = debug_symbols_find_part (search->symbols, address, name);

  *ret_is_certain = part == DEBUG_PART_FOUND;
  return part != DEBUG_PART_OTHER;
}

static void
note (Search *search, guint64 address, int owner, gboolean is_rwlock)
{
  const InspectorProbeThread *thread =
      g_hash_table_lookup (search->threads, GINT_TO_POINTER (owner));
  GHashTable *known = search->locks->held;
  gboolean is_certain;
  Held *held;

  if (thread == NULL || g_hash_table_size (known) == MAX_HELD ||
      g_hash_table_contains (known, &address) || is_left_on_stack (search->target, address) ||
      !ask_debug_info (search, address, is_rwlock, &is_certain))
    return;
  held = g_new (Held, 1);
  *held = (Held){ { address, thread->tid, is_rwlock, is_certain, FALSE },
                  owner,
                  thread->sp != 0 ? thread->n_sleeps : 0 };
  g_hash_table_insert (known, &held->said.lock, held);
}

static void
search_words (gpointer data, guint64 address, const guint64 *words, gsize n, gsize n_read)
{
  for (gsize i = 0; i < n && i + RWLOCK_WORDS <= n_read; i++)
    {
      const void *there = &words[i];
      int owner;

      if (words[i] == 0)
        continue;
      if ((owner = get_owner (there)) != 0)
        note (data, address + i * sizeof *words, owner, FALSE);
      if ((owner = get_writer (there)) != 0)
        note (data, address + i * sizeof *words, owner, TRUE);
    }
}

static gboolean
is_wanted (const InspectorProbeRegion *region)
{
  return region->is_writable && !region->is_code;
}

/* Another libc's locks look different. */
static gboolean
has_glibc (const InspectorProbeTarget *target)
{
  for (guint i = 0; i < target->n_modules; i++)
    if (g_str_has_prefix (target->modules[i].name, "libc.so.6") ||
        g_str_has_prefix (target->modules[i].name, "libc-2."))
      return TRUE;
  return FALSE;
}

void
look_held_search (LookHeldLocks *self, const InspectorProbeTarget *target, DebugSymbols *symbols)
{
  g_autoptr (GHashTable) threads = NULL;
  Search search = { .locks = self, .target = target, .symbols = symbols };
  InspectorProbeSearch memory = { .target = target,
                                  .max_bytes =
                                      self->has_searched ? MAX_NEXT_BYTES : MAX_FIRST_BYTES,
                                  .overlap = RWLOCK_WORDS,
                                  .wants = is_wanted,
                                  .visit = search_words,
                                  .data = &search,
                                  .from = self->from };

  if ((self->has_searched && target->only_before) || !has_glibc (target))
    return;
  search.threads = threads = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < target->n_threads; i++)
    g_hash_table_insert (threads, GINT_TO_POINTER (target->threads[i].own_tid),
                         (gpointer)&target->threads[i]);
  self->from = inspector_probe_search (&memory) ? 0 : memory.from;
  self->has_searched = TRUE;
}

/* ---- Those that are still held ------------------------------------------------------------------------ */

static gboolean
is_held (const InspectorProbeTarget *target, const Held *held)
{
  guint64 words[RWLOCK_WORDS];
  gsize length = held->said.is_rwlock ? sizeof (RwLock) : sizeof (Mutex);
  const void *there = words;

  if (!target->read (target->data, held->said.lock, words, length))
    return FALSE;
  return held->own_tid == (held->said.is_rwlock ? get_writer (there) : get_owner (there));
}

/* FALSE: it has ended. */
static gboolean
see_holder (const InspectorProbeTarget *target, Held *held)
{
  for (guint i = 0; i < target->n_threads; i++)
    if (target->threads[i].tid == held->said.tid)
      {
        held->said.has_run |= held->n_sleeps == 0 || target->threads[i].n_sleeps != held->n_sleeps;
        return TRUE;
      }
  return FALSE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const LookHeld *x = a, *y = b;

  return x->lock < y->lock ? -1 : x->lock > y->lock;
}

GArray *
look_held_list (LookHeldLocks *self, const InspectorProbeTarget *target)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (LookHeld));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->held);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Held *held = value;

      if (!see_holder (target, held) || !is_held (target, held))
        g_hash_table_iter_remove (&iter);
      else
        g_array_append_val (list, held->said);
    }
  g_array_sort (list, compare);
  return list;
}

const InspectorProbeStack *
look_held_get_stack (LookHeldLocks *self, const InspectorProbeTarget *target,
                     const InspectorProbeThread *thread)
{
  gpointer key = GINT_TO_POINTER (thread->tid);
  Place *place = g_hash_table_lookup (self->places, key);

  if (place == NULL && g_hash_table_size (self->places) < MAX_PLACES && thread->sp != 0)
    {
      place = g_new0 (Place, 1);
      place->n_sleeps = thread->n_sleeps;
      place->is_known = target->get_stack (target->data, thread, FALSE, &place->stack);
      g_hash_table_insert (self->places, key, place);
    }
  return place != NULL && place->is_known && place->n_sleeps == thread->n_sleeps ? &place->stack
                                                                                 : NULL;
}
