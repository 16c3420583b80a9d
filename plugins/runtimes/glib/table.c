/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <errno.h>
#include <string.h>

#include "shared/lock.h"

#define N_BUCKETS 16384u
#define N_SHARDS 64u
#define PORTION 4u                                          /* records that a shard takes at once */
#define MAX_RESERVED ((size_t)(1u << 20) * sizeof (Record)) /* of about a million in all */
#define FIRST_SLAB (16u << 10)
#define LARGEST_SLAB (1u << 20)

typedef struct
{
  Lock lock;
  Record *free;
} __attribute__ ((aligned (64))) Shard;

/* What the shards take their records from. */
typedef struct
{
  Lock lock;
  char *slab; /* what is left of the newest one */
  char *slab_end;
  size_t slab_size; /* of the next one, in bytes */
  size_t reserved;  /* in all of them */
} Arena;

/* Static because the dispatch function of every source of the process leads here. */
static Shard shards[N_SHARDS];
static Arena arena = { .slab_size = FIRST_SLAB };
static Record **buckets;

static inline uint32_t
hash_of (uintptr_t source)
{
  return (uint32_t)((source * UINT64_C (0x9e3779b97f4a7c15)) >> 40) % N_BUCKETS;
}

static inline Shard *
shard_of (uint32_t hash)
{
  return &shards[hash % N_SHARDS];
}

/* Under the lock: where the record is linked, or where the chain ends. */
static inline Record **
slot_of (uint32_t hash, uintptr_t source)
{
  Record **slot = &buckets[hash];

  while (*slot != NULL && (*slot)->source != source)
    slot = &(*slot)->next;
  return slot;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Under the arena's lock. */
static Record *
carve (void)
{
  Record *record = (Record *)arena.slab;

  if (arena.slab_end - arena.slab < (ptrdiff_t)sizeof *record)
    return NULL;
  arena.slab += sizeof *record;
  return record;
}

static bool
add_slab (void)
{
  size_t size = __atomic_load_n (&arena.slab_size, __ATOMIC_RELAXED);
  char *memory;

  if (__atomic_load_n (&arena.reserved, __ATOMIC_RELAXED) + size > MAX_RESERVED)
    return false;
  memory = plugin.agent.reserve (size);
  if (memory == NULL)
    return false;
  lock_enter (&arena.lock);
  arena.slab = memory;
  arena.slab_end = memory + size;
  arena.reserved += size;
  if (arena.slab_size < LARGEST_SLAB)
    arena.slab_size = 2 * size;
  lock_leave (&arena.lock);
  return true;
}

/* Gives the shard some free records. */
static bool
refill (Shard *shard)
{
  Record *records[PORTION];
  uint32_t n = 0;

  do
    {
      lock_enter (&arena.lock);
      while (n < PORTION && (records[n] = carve ()) != NULL)
        n++;
      lock_leave (&arena.lock);
    }
  while (n == 0 && add_slab ());
  lock_enter (&shard->lock);
  for (uint32_t i = 0; i < n; i++)
    {
      records[i]->next = shard->free;
      shard->free = records[i];
    }
  lock_leave (&shard->lock);
  return n > 0;
}

/* ---- Records --------------------------------------------------------------------------------- */

Record *
table_open (const void *source)
{
  uint32_t hash = hash_of ((uintptr_t)source);
  Shard *shard = shard_of (hash);
  Record *record;

  lock_enter (&shard->lock);
  record = *slot_of (hash, (uintptr_t)source);
  if (record == NULL)
    lock_leave (&shard->lock);
  return record;
}

/* Under the lock. */
static Record *
make (Shard *shard, Record **slot, uintptr_t source)
{
  Record *record = shard->free;

  if (record == NULL)
    return NULL;
  shard->free = record->next;
  *record = (Record){ .source = source };
  *slot = record;
  return record;
}

Record *
table_open_new (const void *source)
{
  uint32_t hash = hash_of ((uintptr_t)source);
  Shard *shard = shard_of (hash);

  do
    {
      Record **slot;

      lock_enter (&shard->lock);
      slot = slot_of (hash, (uintptr_t)source);
      if (*slot != NULL || make (shard, slot, (uintptr_t)source) != NULL)
        return *slot;
      lock_leave (&shard->lock);
    }
  while (refill (shard));
  return NULL;
}

void
table_close (Record *record)
{
  lock_leave (&shard_of (hash_of (record->source))->lock);
}

void
table_remove (Record *record)
{
  uint32_t hash = hash_of (record->source);
  Shard *shard = shard_of (hash);

  *slot_of (hash, record->source) = record->next;
  record->source = 0;
  record->next = shard->free;
  shard->free = record;
  lock_leave (&shard->lock);
}

int
table_start (void)
{
  if (buckets == NULL)
    buckets = plugin.agent.reserve (N_BUCKETS * sizeof *buckets);
  return buckets != NULL ? 0 : -ENOMEM;
}
