/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include "shared/lock.h"
#include "task.h"
#include "watchers.h"

#define N_BUCKETS 4096u
#define N_SHARDS 64u
#define FEW 4u     /* so many of a chain are never taken for others */
#define SLAB 4096u /* bytes that a shard reserves at once */
#define MAX_SLABS (1024u * 1024u / (SLAB / sizeof (Record))) /* about a million records in all */
#define PART_SHIFT 56

typedef struct
{
  Lock lock;
  Record *free;
} __attribute__ ((aligned (64))) Shard;

/* Static because the callbacks of every thread of the process lead here. */
static Shard shards[N_SHARDS];
static Record *buckets[N_BUCKETS];
static uint32_t n_slabs;

/* ---- Keys ------------------------------------------------------------------------------------ */

/* User space ends far below these bits. */
static uint64_t
key_of (const void *address, unsigned part)
{
  return inspect_id_of (address) | (uint64_t)(part + 1) << PART_SHIFT;
}

const void *
table_key_address (uint64_t key)
{
  return (const void *)(uintptr_t)(key & UINT64_C (0xffffffffffff));
}

unsigned
table_key_part (uint64_t key)
{
  return (unsigned)(key >> PART_SHIFT) - 1;
}

static uint32_t
bucket_of (uint64_t key)
{
  return (uint32_t)((key * UINT64_C (0x9e3779b97f4a7c15)) >> 40) % N_BUCKETS;
}

static Shard *
shard_of (uint32_t bucket)
{
  return &shards[bucket % N_SHARDS];
}

/* ---- Under the lock of the shard ------------------------------------------------------------- */

static Record *
find (uint64_t key)
{
  Record *record = buckets[bucket_of (key)];

  while (record != NULL && record->key != key)
    record = record->next;
  return record;
}

/* A record of an earlier session: its tasks ended with that, and nobody is told of it. */
static void
renew (Record *record)
{
  if (record->session == watchers.session)
    return;
  if (record->kind != NULL)
    task_forget (record->task);
  record->session = watchers.session;
  record->kind = NULL;
  record->task = record->bound = INSPECT_NONE;
  record->flags = 0;
}

static Record *
find_renewed (uint64_t key)
{
  Record *record = find (key);

  if (record != NULL)
    renew (record);
  return record;
}

static Record *
find_idle (uint32_t bucket)
{
  Record *idle = NULL;
  uint32_t n = 0;

  for (Record *record = buckets[bucket]; record != NULL; record = record->next, n++)
    {
      renew (record);
      if (record->kind == NULL)
        idle = record;
    }
  return n >= FEW || (idle != NULL && idle->key == 0) ? idle : NULL;
}

static Record *
take_free (Shard *shard, uint32_t bucket)
{
  Record *record = find_idle (bucket);

  if (record != NULL)
    return record;
  record = shard->free;
  if (record == NULL)
    return NULL;
  shard->free = record->next;
  record->next = buckets[bucket];
  buckets[bucket] = record;
  return record;
}

static void
copy_over (Record *record, const Record *from)
{
  Record *next = record->next;
  uint64_t key = record->key;

  *record = *from;
  record->next = next;
  record->key = key;
  record->session = watchers.session;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static bool
add_slab (Shard *shard)
{
  Record *records;

  if (__atomic_fetch_add (&n_slabs, 1, __ATOMIC_RELAXED) >= MAX_SLABS)
    {
      __atomic_fetch_sub (&n_slabs, 1, __ATOMIC_RELAXED);
      return false;
    }
  records = watchers.agent.reserve (SLAB);
  if (records == NULL)
    return false;
  lock_enter (&shard->lock);
  for (size_t i = 0; i < SLAB / sizeof (Record); i++)
    {
      records[i].next = shard->free;
      shard->free = &records[i];
    }
  lock_leave (&shard->lock);
  return true;
}

/* ---- Records --------------------------------------------------------------------------------- */

bool
table_get (const void *address, unsigned part, Record *ret_record)
{
  uint64_t key = key_of (address, part);
  Shard *shard = shard_of (bucket_of (key));
  Record *record;
  bool is_there;

  lock_enter (&shard->lock);
  record = find_renewed (key);
  is_there = record != NULL;
  if (is_there)
    *ret_record = *record;
  lock_leave (&shard->lock);
  return is_there;
}

bool
table_put (const void *address, unsigned part, const Record *next, Record *ret_before)
{
  uint64_t key = key_of (address, part);
  uint32_t bucket = bucket_of (key);
  Shard *shard = shard_of (bucket);
  Record *record;

  do
    {
      lock_enter (&shard->lock);
      record = find_renewed (key);
      if (record == NULL)
        {
          record = take_free (shard, bucket);
          if (record != NULL)
            copy_over (record, &(Record){ .kind = NULL });
        }
      if (record != NULL)
        {
          *ret_before = *record;
          record->key = key;
          copy_over (record, next);
        }
      lock_leave (&shard->lock);
    }
  while (record == NULL && add_slab (shard));
  return record != NULL;
}

bool
table_take (const void *address, unsigned part, Record *ret_record)
{
  uint64_t key = key_of (address, part);
  Shard *shard = shard_of (bucket_of (key));
  Record *record;
  bool is_pending;

  lock_enter (&shard->lock);
  record = find_renewed (key);
  is_pending = record != NULL && record->kind != NULL;
  if (is_pending)
    {
      *ret_record = *record;
      record->kind = NULL;
      record->task = INSPECT_NONE;
    }
  lock_leave (&shard->lock);
  return is_pending;
}

bool
table_change (const void *address, unsigned part, const Record *changed)
{
  uint64_t key = key_of (address, part);
  Shard *shard = shard_of (bucket_of (key));
  Record *record;
  bool is_same;

  lock_enter (&shard->lock);
  record = find_renewed (key);
  is_same = record != NULL && record->kind == changed->kind && record->task == changed->task;
  if (is_same)
    copy_over (record, changed);
  lock_leave (&shard->lock);
  return is_same;
}

void
table_drop (const void *address, unsigned part)
{
  uint64_t key = key_of (address, part);
  Shard *shard = shard_of (bucket_of (key));
  Record *record;

  lock_enter (&shard->lock);
  record = find_renewed (key);
  if (record != NULL && record->kind == NULL)
    {
      copy_over (record, &(Record){ .kind = NULL });
      record->key = 0;
    }
  lock_leave (&shard->lock);
}

bool
table_next (uint32_t *cursor, const void *loop, uint64_t *ret_key, Record *ret_record)
{
  bool is_found = false;

  while (!is_found && *cursor >> 16 < N_BUCKETS)
    {
      uint32_t bucket = *cursor >> 16, skip = *cursor & 0xffff;
      Shard *shard = shard_of (bucket);
      Record *record;

      lock_enter (&shard->lock);
      record = buckets[bucket];
      for (uint32_t i = 0; record != NULL && i < skip; i++)
        record = record->next;
      for (; record != NULL && !is_found; record = record->next)
        {
          (*cursor)++;
          renew (record);
          if (record->kind == NULL || (loop != NULL && record->loop != loop))
            continue;
          is_found = true;
          *ret_key = record->key;
          *ret_record = *record;
        }
      if (!is_found)
        *cursor = (bucket + 1) << 16;
      lock_leave (&shard->lock);
    }
  return is_found;
}
