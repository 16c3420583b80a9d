/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <errno.h>
#include <string.h>

#include "shared/arena.h"

#define N_BUCKETS 16384u
#define N_SHARDS 64u
#define PORTION 4u                                          /* records that a shard takes at once */
#define MAX_RESERVED ((size_t)(1u << 20) * sizeof (Record)) /* of about a million in all */

typedef struct
{
  Lock lock;
  Record *free;
} __attribute__ ((aligned (64))) Shard;

/* Static because the dispatch function of every source of the process leads here. */
static Shard shards[N_SHARDS];
static Arena arena = ARENA_INIT; /* that the shards take their records from */
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

/* Gives the shard some free records. */
static bool
refill (Shard *shard)
{
  Record *records =
      arena_take (&arena, PORTION * sizeof *records, MAX_RESERVED, plugin.agent.reserve);

  if (records == NULL)
    return false;
  lock_enter (&shard->lock);
  for (uint32_t i = 0; i < PORTION; i++)
    {
      records[i].next = shard->free;
      shard->free = &records[i];
    }
  lock_leave (&shard->lock);
  return true;
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
