/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "shared/lock.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "emit/sys.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define PAGE 4096u

static uint32_t no_process;
uint32_t *lock_process = &no_process;

uint32_t
lock_learn_process (void)
{
  uint32_t self = (uint32_t)sys_getpid ();

  __atomic_store_n (lock_process, self, __ATOMIC_RELAXED);
  return self;
}

static void
relax (void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void
lock_wait (Lock *lock, uint32_t self)
{
  for (uint32_t tries = 1;; tries++)
    {
      uint32_t holder = __atomic_load_n (&lock->holder, __ATOMIC_RELAXED);

      /* Free, or held by a thread that stayed behind in the parent. */
      if (holder != self && __atomic_compare_exchange_n (&lock->holder, &holder, self, false,
                                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
      if (tries % 128 == 0)
        sys_sched_yield (); /* its holder was preempted */
      else
        relax ();
    }
}

int
lock_start (void *(*reserve) (size_t size))
{
  void *page;

  if (lock_process != &no_process)
    return 0;
  page = reserve (PAGE);
  if (page == NULL)
    return -ENOMEM;
  /* Without it a lock that is held at a fork by another thread stays held in the child. */
  sys_madvise (page, PAGE, MADV_WIPEONFORK);
  lock_process = page;
  return 0;
}
