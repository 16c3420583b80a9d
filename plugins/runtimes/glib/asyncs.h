/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_ASYNCS_H
#define GLIB_ASYNCS_H

/* Address -> what is known of the GTask there, and thread -> the extent that it runs.
 *
 * An extent is a stretch of a thread in which GTasks are made whose fields can be read when it is
 * over: a hooked call of GIO, a callback, a job of the pool. A GTask is constructed before it is
 * given its callback and its name, so that what is made in an extent is looked at when it ends.
 *
 * Memory is the kernel's, in slabs that are never given back. Keys are stored with bits that no
 * address has, so that who looks through memory for a reference to a GTask does not find ours. */

#include <stdbool.h>
#include <stdint.h>

#include <gio/gio.h>

#include "inspect.h"

typedef enum
{
  ASYNC_GTASK = 1,
  ASYNC_DATA = 2,   /* the task data of a GTask */
  ASYNC_THREAD = 3, /* the innermost extent of a thread */
} AsyncClass;

typedef enum
{
  ASYNC_WAITED = 1 << 0,   /* `await` is pending in `waiter`, and holds it */
  ASYNC_RETURNED = 1 << 1, /* `dispatch` is pending in `task` */
  ASYNC_CALLED = 1 << 2,   /* its callback has run or is running */
  ASYNC_FRESH = 1 << 3,    /* in the list of an extent */
  ASYNC_GONE = 1 << 4,     /* finalized while it was in that list */
} AsyncFlags;

typedef struct Async Async;
struct Async
{
  Async *next;
  uint64_t key;     /* async_key() */
  InspectId task;   /* that stands for the GTask; holds it */
  InspectId waiter; /* who waits for it */
  InspectObject await;
  InspectObject dispatch;
  GAsyncReadyCallback callback; /* the program's own, while ours stands in its place */
  Async *next_fresh;
  uint32_t flags;          /* AsyncFlags */
  InspectLocationId where; /* the place that made it */
  const void *data;        /* what ASYNC_DATA leads here */
  const void *work;        /* what a thread of the pool runs */
};

/* An address in a form in which it is found by nobody, and back. */
static inline const void *
async_hide (const void *address)
{
  return (const void *)~(uintptr_t)address;
}

/* Under a lock of the chain for the whole of a walk; none calls the program. */
Async *async_find (AsyncClass class, const void *address);
/* Finds it or makes one, zeroed. NULL when there is no room. */
Async *async_obtain (AsyncClass class, const void *address);
/* Takes it out of the table; its memory is given back by async_free(). */
Async *async_take (AsyncClass class, const void *address);
void async_free (Async *async);
/* Forgets all but the key. */
void async_reset (Async *async);
/* The address that it is known by. */
const void *async_get_address (const Async *async);

int asyncs_start (void);

#endif
