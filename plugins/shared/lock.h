/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SHARED_LOCK_H
#define SHARED_LOCK_H

#include <stddef.h>
#include <stdint.h>

/* Held for a few instructions, and never while anybody is called. The word is the holder's process,
 * so that a lock which was held by another thread at a fork is free in the child, where that thread
 * is not. Not for signal handlers. */
typedef struct
{
  uint32_t holder;
} Lock;

/* Before the first lock is taken; again does nothing. @reserve: pages from the kernel, NULL where there are
 * none. 0, or -ENOMEM. */
int lock_start (void *(*reserve) (size_t size));

void lock_wait (Lock *lock, uint32_t self);
/* This process, from a page that is empty in the child of a fork. */
extern uint32_t *lock_process;
uint32_t lock_learn_process (void);

static inline void
lock_enter (Lock *lock)
{
  uint32_t self = __atomic_load_n (lock_process, __ATOMIC_RELAXED);
  uint32_t nobody = 0;

  if (__builtin_expect (self == 0, 0))
    self = lock_learn_process ();
  if (!__atomic_compare_exchange_n (&lock->holder, &nobody, self, 0, __ATOMIC_ACQUIRE,
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
