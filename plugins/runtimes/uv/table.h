/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_TABLE_H
#define UV_TABLE_H

/* Address -> what is known of the handle or request there. Memory is the kernel's, in slabs that are
 * never given back. A record belongs to the loop thread of its subject: only the table's own links
 * and the keys are shared.
 *
 * Finding takes no lock: a chain may change under who walks it, but a record with the key that is
 * asked for is the right one, because only the thread that asks could have it removed. Making and
 * removing take the lock of a shard, for the walk of one chain and for nothing that calls anybody.
 *
 * The record of a request that is over stays where it is, idle: programs use a request's memory
 * again for the next one. Whatever else is to be made in that chain may take it, so a bucket has at
 * most one idle record more than it ever had in use at once, and all of them go before the table
 * counts as full. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"
#include "plugin.h"

typedef enum
{
  RECORD_HANDLE = 1,
  RECORD_REQUEST = 2,
  RECORD_GROUP = 3, /* a user's struct that embeds handles: only `bound` counts */
} RecordClass;

typedef enum
{
  RECORD_ACTIVE = 1 << 0,     /* the await of `operation` is pending, and holds `task` */
  RECORD_CLOSING = 1 << 1,    /* the close await is pending, and holds `close_task` */
  RECORD_BIRTH = 1 << 2,      /* accepted and not yet used: holds `bound` */
  RECORD_INTRODUCED = 1 << 3, /* the resource's loop has been said */
  RECORD_DESCRIBED = 1 << 4,  /* its descriptor has been said */
} RecordFlags;

/* The other bits: in which session they were set, for an inspector may go and another may come. What is
 * said of tasks in a record ended with its session; the callback is the program's and stays. */
#define RECORD_SESSION_SHIFT 5
#define RECORD_SESSIONS 8u

typedef struct Record Record;
struct Record
{
  Record *next;
  uint64_t key;      /* record_key(), perhaps with RECORD_IDLE; 0 while it is nobody's */
  uint8_t operation; /* an Operation */
  uint8_t flags;
  uint8_t type;   /* uv_handle_type of a handle */
  uint8_t unsaid; /* firings since `done` was last said */
  uint32_t bound_generation;
  InspectId bound; /* the task that a handle belongs to; weak */
  InspectId task;
  Callback callback;       /* of `operation`, as the program gave it: record_set_callback() */
  InspectLocationId place; /* of `callback`, once it was asked for; else 0 */
  uint32_t done;           /* what the await was last said to have transferred */
  Callback work;           /* of a request: what the pool thread runs */
  InspectId close_task;
  Callback close_callback;
} __attribute__ ((aligned (64))); /* what a firing needs is in the first line */

/* One word says whose a record is, so that it is never read half-changed. User space ends far below
 * these bits (a tag that a pointer carries on aarch64 is part of it). */
#define RECORD_CLASS_SHIFT 60
#define RECORD_IDLE (UINT64_C (1) << 62)

static inline uint64_t
record_key (RecordClass class, const void *address)
{
  return (uintptr_t)address ^ (uint64_t)class << RECORD_CLASS_SHIFT;
}

/* Whether @record, which was at some time the record of @address, still is. */
static inline bool
record_is_of (const Record *record, RecordClass class, const void *address)
{
  return record != NULL &&
         __atomic_load_n (&record->key, __ATOMIC_RELAXED) == record_key (class, address);
}

static inline InspectObject
record_await (const Record *record)
{
  const void *address = (const void *)(uintptr_t)inspect_id_of ((const void *)record->key);

  return operation_await (record->operation, address);
}

void record_renew_slowly (Record *record);

/* Before anything but the callback of a record counts. */
static inline void
record_renew (Record *record)
{
  if (__builtin_expect (record->flags >> RECORD_SESSION_SHIFT != plugin.session, false))
    record_renew_slowly (record);
}

static inline void
record_set_callback (Record *record, Callback callback)
{
  if (record->callback == callback)
    return;
  record->callback = callback;
  record->place = 0;
}

/* Where `callback` is. */
static inline InspectLocationId
record_place (Record *record)
{
  if (record->place == 0)
    record->place = inspect_location_of_function ((const void *)record->callback);
  return record->place;
}

/* Few, and records close together: after each system call the pages of the table have to be found
 * anew, and a program has more often a thousand handles than a million. */
#define N_BUCKETS 16384u
/* So far a chain is walked without the lock. */
#define FREE_STEPS 4

/* Records that were looked for lately: few enough to stay near, where the buckets do not. */
#define N_RECENT 512u

extern Record **table_buckets;
extern Record *table_recent[N_RECENT];

static inline uint32_t
table_hash (RecordClass class, const void *address)
{
  uint64_t mixed = ((uintptr_t)address + class) * UINT64_C (0x9e3779b97f4a7c15);

  return (uint32_t)(mixed >> 40) % N_BUCKETS;
}

/* Idle or not. */
static inline bool
record_has (const Record *record, uint64_t key)
{
  return (__atomic_load_n (&record->key, __ATOMIC_RELAXED) & ~RECORD_IDLE) == key;
}

/* One with that key near the head of its chain, idle or not. */
static inline Record *
table_look (RecordClass class, const void *address)
{
  uint32_t hash = table_hash (class, address);
  uint64_t key = record_key (class, address);
  Record **recent = &table_recent[hash % N_RECENT];
  Record *record = __atomic_load_n (recent, __ATOMIC_ACQUIRE);

  if (record != NULL && record_has (record, key))
    return record;
  record = __atomic_load_n (&table_buckets[hash], __ATOMIC_ACQUIRE);
  for (int i = 0; i < FREE_STEPS && record != NULL; i++)
    {
      if (record_has (record, key))
        {
          __atomic_store_n (recent, record, __ATOMIC_RELEASE);
          return record;
        }
      record = __atomic_load_n (&record->next, __ATOMIC_ACQUIRE);
    }
  return NULL;
}

Record *table_find_slowly (RecordClass class, const void *address);
Record *table_obtain_slowly (RecordClass class, const void *address);

/* NULL when there is none. */
static inline Record *
table_find (RecordClass class, const void *address)
{
  Record *record = table_look (class, address);

  return record_is_of (record, class, address) ? record : table_find_slowly (class, address);
}

/* Finds it or makes one: without flags, and what is left in it of an earlier request is of no
 * meaning. NULL when there is no room. */
static inline Record *
table_obtain (RecordClass class, const void *address)
{
  Record *record = table_look (class, address);
  uint64_t key = record_key (class, address);
  uint64_t idle = key | RECORD_IDLE;

  if (record_is_of (record, class, address))
    return record;
  /* Another thread may want it for something else. */
  if (record != NULL && __atomic_compare_exchange_n (&record->key, &idle, key, false,
                                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return record;
  return table_obtain_slowly (class, address);
}

/* The request of @record is over. */
static inline void
table_rest (Record *record)
{
  uint64_t key = __atomic_load_n (&record->key, __ATOMIC_RELAXED);

  record->flags = 0;
  /* Pairs with the acquire of who takes it next. */
  __atomic_store_n (&record->key, key | RECORD_IDLE, __ATOMIC_RELEASE);
}

/* Removes it. Returns: false when there is none */
bool table_take (RecordClass class, const void *address, Record *ret_record);
/* The task that the user's struct at @address is bound to; it may have ended. */
bool table_get_group (const void *address, InspectId *ret_task, uint32_t *ret_generation);
bool table_set_group (const void *address, InspectId task, uint32_t generation);
/* Removes it if it is still bound to @task. */
void table_drop_group (const void *address, InspectId task);

/* 0, or -ENOMEM. */
int table_start (void);

#endif
