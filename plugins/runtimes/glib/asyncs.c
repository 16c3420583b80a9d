/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "asyncs.h"

#include <errno.h>

#include "shared/lock.h"
#include "plugin.h"

#define N_CHAINS 4096u
#define SLAB_ASYNCS 128u
#define CLASS_SHIFT 60

/* Static because the callbacks of every thread of the process lead here. */
static Async **chains;
static Async *free_asyncs;
static Lock lock;

static inline uint64_t
async_key (AsyncClass class, const void *address)
{
  return (uintptr_t)address ^ (uint64_t) class << CLASS_SHIFT;
}

static inline Async **
chain_of (uint64_t key)
{
  return &chains[(uint32_t)((key * UINT64_C (0x9e3779b97f4a7c15)) >> 40) % N_CHAINS];
}

/* Under the lock: where it is linked, or where the chain ends. */
static inline Async **
slot_of (uint64_t key)
{
  Async **slot = chain_of (key);

  while (*slot != NULL && (*slot)->key != key)
    slot = &(*slot)->next;
  return slot;
}

Async *
async_find (AsyncClass class, const void *address)
{
  Async *found;

  if (chains == NULL || address == NULL)
    return NULL;
  lock_enter (&lock);
  found = *slot_of (async_key (class, address));
  lock_leave (&lock);
  return found;
}

/* Asks the kernel, and so holds no lock. */
static bool
grow (void)
{
  Async *slab = plugin.agent.reserve (SLAB_ASYNCS * sizeof *slab);

  if (slab == NULL)
    return false;
  for (uint32_t i = 0; i + 1 < SLAB_ASYNCS; i++)
    slab[i].next = &slab[i + 1];
  lock_enter (&lock);
  slab[SLAB_ASYNCS - 1].next = free_asyncs;
  free_asyncs = slab;
  lock_leave (&lock);
  return true;
}

/* Under the lock. NULL when memory has to be asked for. */
static Async *
find_or_make (uint64_t key)
{
  Async **slot = slot_of (key);
  Async *made = free_asyncs;

  if (*slot != NULL)
    return *slot;
  if (made == NULL)
    return NULL;
  free_asyncs = made->next;
  *made = (Async){ .key = key };
  *slot = made;
  return made;
}

Async *
async_obtain (AsyncClass class, const void *address)
{
  Async *found;

  if (chains == NULL)
    return NULL;
  do
    {
      lock_enter (&lock);
      found = find_or_make (async_key (class, address));
      lock_leave (&lock);
    }
  while (found == NULL && grow ());
  return found;
}

Async *
async_take (AsyncClass class, const void *address)
{
  Async **slot;
  Async *found;

  if (chains == NULL || address == NULL)
    return NULL;
  lock_enter (&lock);
  slot = slot_of (async_key (class, address));
  found = *slot;
  if (found != NULL)
    *slot = found->next;
  lock_leave (&lock);
  return found;
}

void
async_free (Async *async)
{
  if (async == NULL)
    return;
  lock_enter (&lock);
  async->key = 0;
  async->next = free_asyncs;
  free_asyncs = async;
  lock_leave (&lock);
}

void
async_reset (Async *async)
{
  async->task = INSPECT_NONE;
  async->waiter = INSPECT_NONE;
  async->await = 0;
  async->callback = NULL;
  async->next_fresh = NULL;
  async->flags = 0;
  async->where = 0;
  async->data = NULL;
  async->work = NULL;
}

const void *
async_get_address (const Async *async)
{
  return (const void *)(uintptr_t)inspect_id_of ((const void *)(uintptr_t)async->key);
}

int
asyncs_start (void)
{
  if (chains == NULL)
    chains = plugin.agent.reserve (N_CHAINS * sizeof *chains);
  return chains != NULL ? 0 : -ENOMEM;
}
