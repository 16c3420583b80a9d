/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_WAITED_H
#define THREADS_WAITED_H

/* What is waited for: counters by the hash of an address. Two objects that share one cost some
 * records that nobody needed, and nothing else. */

#include "plugin.h"

#define WAITED_BITS 10u
#define WAITED_SIZE (1u << WAITED_BITS)

/* Where a lock is taken a million times a second and somebody always waits, telling of each time
 * would cost more than the locks. Each wait has so many told; more are not needed to find a cycle,
 * for whoever goes to sleep tells what it has that is waited for. */
#define WAITED_BUDGET 4
#define WAITED_BUDGET_MAX 64

typedef struct
{
  uint32_t waiters;
  int32_t budget;      /* so many more that take it are told of */
  uint32_t generation; /* raised when an object that lived there ends: order.c */
  uint32_t pad;
} Waited;

extern Waited waited_table[WAITED_SIZE] __attribute__ ((visibility ("hidden")));

static inline Waited *
waited_of (const void *object)
{
  return &waited_table[((uint64_t)(uintptr_t)object >> 2) * UINT64_C (0x9e3779b97f4a7c15) >>
                       (64 - WAITED_BITS)];
}

static inline bool
waited_for (const void *object)
{
  return UNLIKELY (__atomic_load_n (&waited_of (object)->waiters, __ATOMIC_RELAXED) != 0);
}

/* Whether to tell of who takes it. */
static inline bool
waited_is_asked (const void *object)
{
  return UNLIKELY (__atomic_load_n (&waited_of (object)->budget, __ATOMIC_RELAXED) > 0);
}

static inline void
waited_answer (const void *object)
{
  __atomic_fetch_sub (&waited_of (object)->budget, 1, __ATOMIC_RELAXED);
}

/* A full fence: README.md, "Who holds it". */
static inline void
waited_add (const void *object)
{
  Waited *waited = waited_of (object);

  __atomic_fetch_add (&waited->waiters, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&waited->budget, __ATOMIC_RELAXED) < WAITED_BUDGET_MAX)
    __atomic_fetch_add (&waited->budget, WAITED_BUDGET, __ATOMIC_SEQ_CST);
}

static inline void
waited_remove (const void *object)
{
  Waited *waited = waited_of (object);

  if (__atomic_fetch_sub (&waited->waiters, 1, __ATOMIC_RELAXED) == 1)
    __atomic_store_n (&waited->budget, 0, __ATOMIC_RELAXED);
}

/* In the child of a fork nobody waits. */
void waited_reset (void);

/* Notes that @object was named in a record, so that its end has to be told. */
void waited_note_named (const void *object);
/* An object ends, or one begins at that address. */
void waited_end_object (InspectKind *kind, const void *object);

#endif
