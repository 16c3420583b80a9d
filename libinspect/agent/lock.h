/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_LOCK_H
#define AGENT_LOCK_H

/* The one lock of the agent, around every change of its tables and of other people's slots. It is
 * only ever tried, never waited for: whoever finds it taken goes on and leaves the work to a later
 * call. So a signal handler, a constructor that runs under the loader's lock, and a thread that is
 * killed in the middle cannot make the program hang. */

#include <stdbool.h>
#include <stdint.h>
#include "emit/sys.h"

/* The pid of its holder, so that the child of a fork, whose copy may have been taken in the middle
 * of another thread's work, sees that the holder is not of this process. What that thread left
 * half done is harmless: tables are published by their last store. */
typedef struct
{
  uint32_t holder;
} AgentLock;

static inline bool
agent_lock_try (AgentLock *lock)
{
  uint32_t me = (uint32_t)sys_getpid ();
  uint32_t holder = __atomic_load_n (&lock->holder, __ATOMIC_RELAXED);

  if (holder == me)
    return false;
  /* Pairs with the release in agent_lock_release(). */
  return __atomic_compare_exchange_n (&lock->holder, &holder, me, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED);
}

static inline void
agent_lock_release (AgentLock *lock)
{
  __atomic_store_n (&lock->holder, 0, __ATOMIC_RELEASE);
}

#endif
