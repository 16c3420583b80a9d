/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <errno.h>
#include <string.h>

#include "shared/arena.h"

#define N_SHARDS 64u
#define PORTION 4u                                          /* records that a shard takes at once */
#define MAX_RESERVED ((size_t)(1u << 20) * sizeof (Record)) /* of about a million in all */

typedef struct
{
  Lock lock;
  Record *free;
} __attribute__ ((aligned (64))) Shard;

/* Static because the trampolines of every loop of the process lead here. */
static Shard shards[N_SHARDS];
static Arena arena = ARENA_INIT; /* that the shards take their records from */
Record **table_buckets;
Record *table_recent[N_RECENT];

/* ---- Records --------------------------------------------------------------------------------- */

static inline Shard *
shard_of (uint32_t hash)
{
  return &shards[hash % N_SHARDS];
}

static inline uint64_t
key_of (const Record *record)
{
  return __atomic_load_n (&record->key, __ATOMIC_RELAXED);
}

/* Others walk the chains meanwhile, and come to records that are whole. */
static inline void
link_to (Record **slot, Record *record)
{
  __atomic_store_n (slot, record, __ATOMIC_RELEASE);
}

/* Under the lock: where the record is linked, or where the chain ends. */
static inline Record **
slot_of (uint32_t hash, RecordClass class, const void *address)
{
  uint64_t key = record_key (class, address);
  Record **slot = &table_buckets[hash];

  while (*slot != NULL && key_of (*slot) != key)
    slot = &(*slot)->next;
  return slot;
}

Record *
table_find_slowly (RecordClass class, const void *address)
{
  uint32_t hash = table_hash (class, address);
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
  return record;
}

static inline void
set_free (Shard *shard, Record *record)
{
  link_to (&record->next, shard->free);
  shard->free = record;
}

/* Under the lock. False: it is not idle, or its own thread has just taken it again. */
static inline bool
claim_idle (Record *record)
{
  uint64_t key = key_of (record);

  return (key & RECORD_IDLE) != 0 &&
         __atomic_compare_exchange_n (&record->key, &key, 0, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED);
}

static bool
refill (Shard *shard)
{
  Record *records =
      arena_take (&arena, PORTION * sizeof *records, MAX_RESERVED, plugin.agent.reserve);

  if (records == NULL)
    return false;
  lock_enter (&shard->lock);
  for (uint32_t i = 0; i < PORTION; i++)
    set_free (shard, &records[i]);
  lock_leave (&shard->lock);
  return true;
}

/* All idle records of a shard, when there is no other room. */
static bool
free_idle (Shard *shard)
{
  bool found = false;

  lock_enter (&shard->lock);
  for (uint32_t hash = (uint32_t)(shard - shards); hash < N_BUCKETS; hash += N_SHARDS)
    for (Record **slot = &table_buckets[hash]; *slot != NULL;)
      {
        Record *record = *slot;

        if (!claim_idle (record))
          {
            slot = &record->next;
            continue;
          }
        link_to (slot, record->next);
        set_free (shard, record);
        found = true;
      }
  lock_leave (&shard->lock);
  return found;
}

/* Field by field, because others may look at `next` and `key` meanwhile. */
static inline void
clear (Record *record)
{
  record->operation = 0;
  record->flags = 0;
  record->type = 0;
  record->unsaid = 0;
  record->bound_generation = 0;
  record->bound = INSPECT_NONE;
  record->task = INSPECT_NONE;
  record->callback = NULL;
  record->place = 0;
  record->done = 0;
  record->work = NULL;
  record->close_task = INSPECT_NONE;
  record->close_callback = NULL;
}

/* Under the lock. */
static inline Record *
find_or_make (Shard *shard, uint32_t hash, RecordClass class, const void *address)
{
  uint64_t key = record_key (class, address);
  Record **slot = &table_buckets[hash];
  Record *record;
  bool is_linked;

  for (; (record = *slot) != NULL; slot = &record->next)
    if (record_has (record, key))
      break;
  /* In use, or idle, which none but its own thread and the holder of this lock changes. */
  if (record != NULL && (key_of (record) == key || claim_idle (record)))
    {
      __atomic_store_n (&record->key, key, __ATOMIC_RELEASE);
      return record;
    }
  for (record = table_buckets[hash]; record != NULL && !claim_idle (record);)
    record = record->next;
  is_linked = record != NULL;
  if (!is_linked && (record = allocate (shard)) == NULL)
    return NULL;
  clear (record);
  if (!is_linked)
    link_to (&record->next, NULL);
  __atomic_store_n (&record->key, key, __ATOMIC_RELEASE);
  if (!is_linked)
    link_to (slot, record);
  return record;
}

Record *
table_obtain_slowly (RecordClass class, const void *address)
{
  uint32_t hash = table_hash (class, address);
  Shard *shard = shard_of (hash);
  Record *record;

  do
    {
      lock_enter (&shard->lock);
      record = find_or_make (shard, hash, class, address);
      lock_leave (&shard->lock);
    }
  while (record == NULL && (refill (shard) || free_idle (shard)));
  return record;
}

/* Under the lock. */
static inline void
remove_at (Shard *shard, Record **slot)
{
  Record *record = *slot;

  link_to (slot, record->next);
  __atomic_store_n (&record->key, 0, __ATOMIC_RELAXED);
  set_free (shard, record);
}

bool
table_take (RecordClass class, const void *address, Record *ret_record)
{
  uint32_t hash = table_hash (class, address);
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

/* ---- Groups ---------------------------------------------------------------------------------- */

/* Any thread may use a group, so its record never leaves the lock. */

bool
table_get_group (const void *address, InspectId *ret_task, uint32_t *ret_generation)
{
  uint32_t hash = table_hash (RECORD_GROUP, address);
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
  uint32_t hash = table_hash (RECORD_GROUP, address);
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
  while (record == NULL && (refill (shard) || free_idle (shard)));
  return record != NULL;
}

void
table_drop_group (const void *address, InspectId task)
{
  uint32_t hash = table_hash (RECORD_GROUP, address);
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
  int status;

  if (table_buckets != NULL)
    return 0;
  status = lock_start (plugin.agent.reserve);
  if (status == 0)
    table_buckets = plugin.agent.reserve (N_BUCKETS * sizeof *table_buckets);
  if (table_buckets == NULL)
    status = -ENOMEM;
  errno = saved_errno;
  return status;
}
