/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_TABLE_H
#define UV_TABLE_H

/* Address -> what is known of the handle or request there. Sharded; a shard's lock is held for the
 * walk of one chain and for nothing that calls anybody. Memory is the kernel's, in slabs that are
 * never given back. A record belongs to the loop thread of its subject: only the table's own links
 * are shared. */

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

typedef struct Record Record;
struct Record
{
  Record *next;
  const void *address;
  uint8_t class;     /* a RecordClass */
  uint8_t operation; /* an Operation */
  uint8_t flags;
  uint8_t type; /* uv_handle_type of a handle */
  uint32_t bound_generation;
  InspectId bound; /* the task that a handle belongs to; weak */
  InspectId task;
  Callback callback; /* of `operation`, as the program gave it */
  Callback work;     /* of a request: what the pool thread runs */
  InspectId close_task;
  Callback close_callback;
} __attribute__ ((aligned (64))); /* what a firing needs is in the first line */

/* Whether @record, which was at some time the record of @address, still is. */
static inline bool
record_is_of (const Record *record, RecordClass class, const void *address)
{
  return record != NULL && __atomic_load_n (&record->address, __ATOMIC_RELAXED) == address &&
         record->class == class;
}

/* NULL when there is none. */
Record *table_find (RecordClass class, const void *address);
/* Finds it or makes an empty one. NULL when there is no room. */
Record *table_obtain (RecordClass class, const void *address);
/* Removes it. Returns: false when there is none */
bool table_take (RecordClass class, const void *address, Record *ret_record);
/* The task that the user's struct at @address is bound to; it may have ended. */
bool table_get_group (const void *address, InspectId *ret_task, uint32_t *ret_generation);
bool table_set_group (const void *address, InspectId task, uint32_t generation);
/* Removes it if it is still bound to @task. */
void table_drop_group (const void *address, InspectId task);

/* 0, or -ENOMEM. */
int table_start (void);

/* ---- Locks of our own ------------------------------------------------------------------------ */

/* Held for a few instructions. The word is the holder's process, so that a lock which was held by
 * another thread at a fork is free in the child, where that thread is not. */
typedef struct
{
  uint32_t holder;
} Lock;

void lock_wait (Lock *lock, uint32_t self);
/* This process, from a page that is empty in the child of a fork. */
extern uint32_t *lock_process;
uint32_t lock_learn_process (void);

static inline void
lock_enter (Lock *lock)
{
  uint32_t self = __atomic_load_n (lock_process, __ATOMIC_RELAXED);
  uint32_t nobody = 0;

  if (__builtin_expect (self == 0, false))
    self = lock_learn_process ();
  if (!__atomic_compare_exchange_n (&lock->holder, &nobody, self, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
    lock_wait (lock, self);
}

static inline void
lock_leave (Lock *lock)
{
  /* Pairs with the acquire in lock_enter() and lock_wait(). */
  __atomic_store_n (&lock->holder, 0, __ATOMIC_RELEASE);
}

#endif
