/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_HELD_H
#define THREADS_HELD_H

/* The list of the locks that a thread has: filled and emptied without a record while nobody waits
 * for them. */

#include "registry.h"
#include "waited.h"

static inline uint32_t
held_generation (uint32_t word)
{
  return word & ~(uint32_t)HELD_BITS;
}

/* The place without the mark that it was a try. */
static inline const void *
held_place (const void *caller)
{
  return (const void *)((uintptr_t)caller & ~HELD_TRIED);
}

Held *held_begin_slowly (const void *lock, InspectKind *kind, const void *caller);
void held_taken_slowly (Thread *self, Held *held);
void held_drop_published (Held *held);
void held_drop_late (Held *held, uint32_t generation);
/* Unlocked by a thread that does not have it: whoever does, has it no more. */
void held_drop_foreign (const void *lock);
/* False where no other thread has unlocked it. */
bool held_remove_stale (Thread *self, Held *held);

/* Before it is tried for. NULL: this thread has no list yet, or it is full. A signal handler that
 * comes in between finds the next entry. */
static inline Held *
held_begin (Thread *self, const void *lock, InspectKind *kind, const void *caller, InspectId task)
{
  Held *held = self->top;

  if (UNLIKELY (__atomic_load_n (&held->publish, __ATOMIC_RELAXED) != 0))
    return NULL;
  __atomic_store_n (&self->top, held + 1, __ATOMIC_RELAXED);
  __atomic_signal_fence (__ATOMIC_SEQ_CST);
  held->lock = lock;
  held->caller = caller;
  held->kind = kind;
  held->task = task;
  __atomic_store_n (&held->state, held->state | HELD_TENTATIVE, __ATOMIC_RELEASE);
  return held;
}

static inline bool
held_is_free (const Held *held)
{
  return (__atomic_load_n (&held->state, __ATOMIC_RELAXED) & HELD_BITS) == HELD_FREE;
}

/* What is free at the end of the list is cut off; the wall below it never is. */
static inline void
held_remove (Thread *self, Held *held)
{
  __atomic_store_n (&held->state, held_generation (held->state) + HELD_BITS + 1, __ATOMIC_RELEASE);
  if (LIKELY (held == self->top - 1))
    {
      while (UNLIKELY (held_is_free (held - 1)))
        held--;
      __atomic_store_n (&self->top, held, __ATOMIC_RELAXED);
    }
}

/* The lock is taken: the atomic operation that took it lies between the entry and this, so either
 * this sees who waits, or who waits sees the entry. */
static inline void
held_taken (Thread *self, Held *held, const void *lock)
{
#if !defined(__x86_64__)
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
#endif
  __atomic_store_n (&held->state, held->state ^ (HELD_TENTATIVE | HELD_TAKEN), __ATOMIC_RELEASE);
  if (UNLIKELY (waited_is_asked (lock) || held != &self->held[1]))
    held_taken_slowly (self, held);
}

/* The latest entry of @lock; NULL: this thread does not have it, or nobody knows. */
static inline Held *
held_find (Thread *self, const void *lock)
{
  for (Held *held = self->top; held-- > &self->held[1];)
    if (held->lock == lock && !held_is_free (held))
      return held;
  return NULL;
}

/* Whether it is the latest, and nobody has published it. */
static inline bool
held_is_simple (const Held *held, const void *lock)
{
  return LIKELY (held->lock == lock) && LIKELY ((held->state & HELD_BITS) == HELD_TAKEN) &&
         LIKELY (__atomic_load_n (&held->publish, __ATOMIC_RELAXED) == 0) &&
         LIKELY (!held_is_free (held - 1));
}

/* Before the lock is given back. */
static inline uint32_t
held_drop (Thread *self, Held *held)
{
  uint32_t generation = held_generation (held->state);

  if (UNLIKELY (__atomic_load_n (&held->publish, __ATOMIC_RELAXED) != 0))
    held_drop_published (held);
  held_remove (self, held);
  return generation;
}

/* After it: somebody may have published it in the meantime. The operation that gave the lock back
 * lies in between. */
static inline void
held_dropped (Held *held, uint32_t generation)
{
#if !defined(__x86_64__)
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
#endif
  if (UNLIKELY (__atomic_load_n (&held->publish, __ATOMIC_RELAXED) != 0))
    held_drop_late (held, generation);
}

/* Tells of all that the calling thread holds that it is held. */
void held_publish_all (Thread *self);
/* The same for what somebody waits for: it goes to sleep. */
void held_publish_waited_for (Thread *self);
/* For whoever has to wait for @lock: tells who has it. False: that is in nobody's list. */
bool held_publish_holders (const void *lock);
/* A lock that was taken after a wait, or taken again by a condition. */
void held_add_taken (Thread *self, const void *lock, InspectKind *kind, const void *caller,
                     bool publish);

/* The thread has ended. */
void held_abandon_all (Thread *thread);
/* In the child of a fork: nothing was published here. */
void held_forget_all (Thread *thread);

/* order.c: whether this thread has taken its latest lock while it held others in a way that was
 * not seen before. */
bool order_is_new (Thread *self);
/* A thread has begun, or somebody looks who was told nothing. */
void order_tell_again (void);

#endif
