/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_RING_H
#define EMIT_RING_H

/* The hot path: reserve, write, commit. A ring has one writing thread, so nothing here needs a
 * locked instruction; but a signal handler may run between any two of them and write records of
 * its own, so the reserve is one instruction. */

#include "emit/clock.h"
#include "emit/thread.h"

#define EMIT_LIKELY(condition) __builtin_expect (!!(condition), 1)

/* Adds as one instruction as far as this thread and its signal handlers can tell; not atomic
 * towards other threads. Returns: the value before. */
static inline uint64_t
emit_fetch_add_own (uint64_t *counter, uint64_t n)
{
#if defined(__x86_64__)
  __asm__ volatile("xaddq %0, %1" : "+r"(n), "+m"(*counter) : : "memory", "cc");
  return n;
#elif defined(__aarch64__)
  /* A handler in between clears the exclusive monitor, so the store fails and the loop adds again.
   * The barrier keeps the record's bytes behind the head: a reader that finds the head unmoved
   * after its copy knows that it copied no part of a later record. */
  uint64_t before, after;
  uint32_t failed;
  __asm__ volatile("1: ldxr %0, %3\n"
                   "   add %1, %0, %4\n"
                   "   stxr %w2, %1, %3\n"
                   "   cbnz %w2, 1b\n"
                   "   dmb ishst\n"
                   : "=&r"(before), "=&r"(after), "=&r"(failed), "+Q"(*counter)
                   : "r"(n)
                   : "memory");
  return before;
#endif
}

/* Room is checked before the reserve, for what is reserved has to be written. A handler that comes
 * in between may use up the room that was seen: the limit stays EMIT_MARGIN short of the end for
 * that (thread.c). */
static inline bool
emit_has_room (const EmitThread *self, uint32_t n)
{
  return EMIT_LIKELY (self->ring != NULL) &&
         EMIT_LIKELY (__atomic_load_n (&self->ring->head, __ATOMIC_RELAXED) + n <= self->limit);
}

static inline void
emit_write (ChannelRecord *record, uint64_t index, uint64_t time, uint32_t type_location,
            uint64_t task, uint64_t arg)
{
  record->time = time;
  record->type_location = type_location;
  record->task = task;
  record->arg = arg;
  /* Commits: pairs with the reader's acquire load of seq. */
  __atomic_store_n (&record->seq, (uint32_t)index + 1, __ATOMIC_RELEASE);
}

/* One record into a ring that has room for it. */
static inline void
emit_push (EmitThread *self, uint64_t time, uint32_t type_location, uint64_t task, uint64_t arg)
{
  uint64_t index = emit_fetch_add_own (&self->ring->head, 1);

  emit_write (&self->records[index & self->mask], index, time, type_location, task, arg);
}

#endif
