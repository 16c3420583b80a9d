/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "extent.h"

#include "gtask-private.h"
#include "task.h"

#define SLAB_EXTENTS 32u

/* Never on a stack: a thread may leave its callbacks by a jump, or end in one, and another
 * thread has that memory then. */
static Extent *free_extents;
static Lock lock;
uint32_t extent_n_loose;

static inline const void *
this_thread (void)
{
#if defined(__x86_64__)
  const void *pointer;

  __asm__("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
#else
  return __builtin_thread_pointer ();
#endif
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static bool
add_extents (void)
{
  Extent *slab = plugin.agent.reserve (SLAB_EXTENTS * sizeof *slab);

  if (slab == NULL)
    return false;
  for (uint32_t i = 0; i + 1 < SLAB_EXTENTS; i++)
    slab[i].outer = &slab[i + 1];
  lock_enter (&lock);
  slab[SLAB_EXTENTS - 1].outer = free_extents;
  free_extents = slab;
  lock_leave (&lock);
  return true;
}

static Extent *
allocate (void)
{
  Extent *extent;

  do
    {
      lock_enter (&lock);
      extent = free_extents;
      if (extent != NULL)
        free_extents = extent->outer;
      lock_leave (&lock);
    }
  while (extent == NULL && add_extents ());
  return extent;
}

static void
give_back (Extent *extent)
{
  lock_enter (&lock);
  extent->outer = free_extents;
  free_extents = extent;
  lock_leave (&lock);
}

/* ---- What was made --------------------------------------------------------------------------- */

/* Of a GTask that was made by code which is not hooked, mostly libgio's own. */
static void
look_at (Async *async)
{
  GTask *gtask = gtask_of (async);
  bool is_called;

  if ((async->flags & (ASYNC_WAITED | ASYNC_CALLED)) != 0 || async->task == INSPECT_NONE)
    return;
  is_called = gtask_exchange_callback (async, gtask);
  gtask_say (async, gtask);
  if (async->waiter == INSPECT_NONE)
    return;
  if (is_called)
    {
      gtask_begin_wait (async, gtask, &gtask_kind_step);
      return;
    }
  task_unref (async->waiter);
  async->waiter = INSPECT_NONE;
}

static void
look_at_fresh (Async *async)
{
  bool is_gone;

  lock_enter (&gtask_lock);
  is_gone = (async->flags & ASYNC_GONE) != 0;
  if (!is_gone)
    look_at (async);
  async->flags &= ~ASYNC_FRESH;
  lock_leave (&gtask_lock);
  if (is_gone)
    async_free (async);
}

static void
look_at_all (Async **list)
{
  while (*list != NULL)
    {
      Async *async = *list;

      *list = async->next_fresh;
      look_at_fresh (async);
    }
}

/* ---- Extents --------------------------------------------------------------------------------- */

static void
finish (Async *thread)
{
  Extent *extent = (Extent *)thread->data;

  look_at_all (&extent->fresh);
  thread->data = extent->outer;
  give_back (extent);
}

/* The stack grows down: who is called now has a lower frame than whoever is still running. */
static void
drop_left (Async *thread, uintptr_t frame)
{
  while (thread->data != NULL && ((const Extent *)thread->data)->frame <= frame)
    finish (thread);
}

/* There is nothing to keep it for. */
static void
release_thread (const Async *thread)
{
  if (thread->data == NULL && thread->next_fresh == NULL)
    async_free (async_take (ASYNC_THREAD, this_thread ()));
}

Extent *
extent_begin (uintptr_t frame)
{
  Async *thread = async_obtain (ASYNC_THREAD, this_thread ());
  Extent *extent = thread != NULL ? allocate () : NULL;

  if (extent == NULL)
    return NULL;
  drop_left (thread, frame);
  *extent = (Extent){ .outer = (Extent *)thread->data, .frame = frame };
  thread->data = extent;
  return extent;
}

/* A coroutine may have come back after others took its extent for left. */
static bool
is_open (const Async *thread, const Extent *extent, uintptr_t frame)
{
  for (const Extent *open = thread != NULL ? thread->data : NULL; open != NULL; open = open->outer)
    if (open == extent)
      return open->frame == frame;
  return false;
}

bool
extent_is_open (const Extent *extent, uintptr_t frame)
{
  return extent != NULL && is_open (async_find (ASYNC_THREAD, this_thread ()), extent, frame);
}

void
extent_end (Extent *extent, uintptr_t frame)
{
  Async *thread = async_find (ASYNC_THREAD, this_thread ());

  if (extent == NULL || !is_open (thread, extent, frame))
    return;
  while (thread->data != extent)
    finish (thread);
  finish (thread);
  release_thread (thread);
}

bool
extent_add (Async *async, uintptr_t frame, Extent **ret_extent)
{
  Async *thread = async_obtain (ASYNC_THREAD, this_thread ());
  Async **first;

  if (thread == NULL)
    return false;
  drop_left (thread, frame);
  *ret_extent = (Extent *)thread->data;
  first = *ret_extent != NULL ? &(*ret_extent)->fresh : &thread->next_fresh;
  async_reset (async);
  async->flags = ASYNC_FRESH;
  async->next_fresh = *first;
  *first = async;
  if (*ret_extent == NULL)
    __atomic_add_fetch (&extent_n_loose, 1, __ATOMIC_RELAXED);
  return true;
}

void
extent_look_at_loose (void)
{
  Async *thread = async_find (ASYNC_THREAD, this_thread ());

  if (thread == NULL)
    return;
  for (const Async *async = thread->next_fresh; async != NULL; async = async->next_fresh)
    __atomic_sub_fetch (&extent_n_loose, 1, __ATOMIC_RELAXED);
  look_at_all (&thread->next_fresh);
  release_thread (thread);
}
