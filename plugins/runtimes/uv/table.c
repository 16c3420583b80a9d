/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define N_SHARDS 64u
#define N_BUCKETS 65536u
/* Of about a million records in all. */
#define MAX_RESERVED ((1u << 20) / N_SHARDS * (uint32_t)sizeof (Record))
#define FIRST_SLAB (16u << 10)
#define LARGEST_SLAB (1u << 20)
#define PAGE 4096u

typedef struct
{
  Lock lock;
  uint32_t slab_size; /* of the next one, in bytes */
  uint32_t reserved;  /* bytes of all of them */
  Record *free;
  char *slab; /* what is left of the newest one */
  char *slab_end;
} __attribute__ ((aligned (64))) Shard;

/* Static because the trampolines of every loop of the process lead here. */
static Shard shards[N_SHARDS];
static Record **buckets;

/* ---- Locks --------------------------------------------------------------------------------------
 */

static uint32_t no_process;
uint32_t *lock_process = &no_process;

uint32_t
lock_learn_process (void)
{
  uint32_t self = (uint32_t)getpid ();

  __atomic_store_n (lock_process, self, __ATOMIC_RELAXED);
  return self;
}

static void
relax (void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void
lock_wait (Lock *lock, uint32_t self)
{
  for (uint32_t tries = 1;; tries++)
    {
      uint32_t holder = __atomic_load_n (&lock->holder, __ATOMIC_RELAXED);

      /* Free, or held by a thread that stayed behind in the parent. */
      if (holder != self && __atomic_compare_exchange_n (&lock->holder, &holder, self, false,
                                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
      if (tries % 128 == 0)
        sched_yield (); /* its holder was preempted; never fails, so errno stays */
      else
        relax ();
    }
}

/* ---- Records
 * -------------------------------------------------------------------------------------- */

static inline uint32_t
hash_of (RecordClass class, const void *address)
{
  uint64_t mixed = ((uintptr_t)address + class) * UINT64_C (0x9e3779b97f4a7c15);

  return (uint32_t)(mixed >> 40) % N_BUCKETS;
}

static inline Shard *
shard_of (uint32_t hash)
{
  return &shards[hash % N_SHARDS];
}

static inline Record **
slot_of (uint32_t hash, RecordClass class, const void *address)
{
  Record **slot = &buckets[hash];

  while (*slot != NULL && ((*slot)->address != address || (*slot)->class != class))
    slot = &(*slot)->next;
  return slot;
}

Record *
table_find (RecordClass class, const void *address)
{
  uint32_t hash = hash_of (class, address);
  Shard *shard = shard_of (hash);
  Record *found;

  lock_enter (&shard->lock);
  found = *slot_of (hash, class, address);
  lock_leave (&shard->lock);
  return found;
}

/* Under the lock. */
static inline Record *
allocate (Shard *shard)
{
  Record *record = shard->free;

  if (record != NULL)
    shard->free = record->next;
  else if (shard->slab_end - shard->slab >= (ptrdiff_t)sizeof (Record))
    {
      record = (Record *)shard->slab;
      shard->slab += sizeof (Record);
    }
  return record;
}

/* Not under the lock: asks the kernel. What another thread got meanwhile is as good. */
static bool
refill (Shard *shard)
{
  uint32_t size = __atomic_load_n (&shard->slab_size, __ATOMIC_RELAXED);
  char *slab;

  if (__atomic_load_n (&shard->reserved, __ATOMIC_RELAXED) >= MAX_RESERVED)
    return false;
  slab = plugin.agent.reserve (size);
  if (slab == NULL)
    return false;
  lock_enter (&shard->lock);
  shard->slab = slab;
  shard->slab_end = slab + size;
  shard->slab_size = size < LARGEST_SLAB ? size * 2 : size;
  shard->reserved += size;
  lock_leave (&shard->lock);
  return true;
}

/* Under the lock. */
static inline Record *
find_or_make (Shard *shard, uint32_t hash, RecordClass class, const void *address)
{
  Record **slot = slot_of (hash, class, address);
  Record *record = *slot;

  if (record == NULL && (record = allocate (shard)) != NULL)
    {
      *record = (Record){ .address = address, .class = class };
      *slot = record;
    }
  return record;
}

Record *
table_obtain (RecordClass class, const void *address)
{
  uint32_t hash = hash_of (class, address);
  Shard *shard = shard_of (hash);
  Record *record;

  do
    {
      lock_enter (&shard->lock);
      record = find_or_make (shard, hash, class, address);
      lock_leave (&shard->lock);
    }
  while (record == NULL && refill (shard));
  return record;
}

/* Under the lock. */
static inline void
remove_at (Shard *shard, Record **slot)
{
  Record *record = *slot;

  *slot = record->next;
  record->next = shard->free;
  shard->free = record;
}

bool
table_take (RecordClass class, const void *address, Record *ret_record)
{
  uint32_t hash = hash_of (class, address);
  Shard *shard = shard_of (hash);
  Record **slot;
  bool found;

  lock_enter (&shard->lock);
  slot = slot_of (hash, class, address);
  found = *slot != NULL;
  if (found)
    {
      *ret_record = **slot;
      remove_at (shard, slot);
    }
  lock_leave (&shard->lock);
  return found;
}

/* ---- Groups
 * --------------------------------------------------------------------------------------- */

/* Any thread may use a group, so its record never leaves the lock. */

bool
table_get_group (const void *address, InspectId *ret_task, uint32_t *ret_generation)
{
  uint32_t hash = hash_of (RECORD_GROUP, address);
  Shard *shard = shard_of (hash);
  Record *record;

  lock_enter (&shard->lock);
  record = *slot_of (hash, RECORD_GROUP, address);
  if (record != NULL)
    {
      *ret_task = record->bound;
      *ret_generation = record->bound_generation;
    }
  lock_leave (&shard->lock);
  return record != NULL;
}

bool
table_set_group (const void *address, InspectId task, uint32_t generation)
{
  uint32_t hash = hash_of (RECORD_GROUP, address);
  Shard *shard = shard_of (hash);
  Record *record;

  do
    {
      lock_enter (&shard->lock);
      record = find_or_make (shard, hash, RECORD_GROUP, address);
      if (record != NULL)
        {
          record->bound = task;
          record->bound_generation = generation;
        }
      lock_leave (&shard->lock);
    }
  while (record == NULL && refill (shard));
  return record != NULL;
}

void
table_drop_group (const void *address, InspectId task)
{
  uint32_t hash = hash_of (RECORD_GROUP, address);
  Shard *shard = shard_of (hash);
  Record **slot;

  lock_enter (&shard->lock);
  slot = slot_of (hash, RECORD_GROUP, address);
  if (*slot != NULL && (*slot)->bound == task)
    remove_at (shard, slot);
  lock_leave (&shard->lock);
}

int
table_start (void)
{
  int saved_errno = errno;
  void *page;

  if (buckets != NULL)
    return 0;
  page = plugin.agent.reserve (PAGE);
  buckets = plugin.agent.reserve (N_BUCKETS * sizeof *buckets);
  if (page == NULL || buckets == NULL)
    return -ENOMEM;
  /* Without it a lock that is held at a fork by another thread stays held in the child. */
  (void)madvise (page, PAGE, MADV_WIPEONFORK);
  lock_process = page;
  for (uint32_t i = 0; i < N_SHARDS; i++)
    shards[i].slab_size = FIRST_SLAB;
  errno = saved_errno;
  return 0;
}
