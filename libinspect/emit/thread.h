/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_THREAD_H
#define EMIT_THREAD_H

#include <stdbool.h>
#include <stdint.h>
#include "channel/layout.h"

/* What a thread needs to write a record. One stands beside each ring, in pages that a fork wipes in
 * the child: there `ring` reads as NULL, and the first record takes the slow path, which notices.
 * This catches every way to fork, raw clone() and _Fork() included, which no handler would. */
typedef struct
{
  ChannelRing *ring; /* NULL: this thread has none in this process */
  ChannelRecord *records;
  uint64_t mask;
  uint64_t quick_limit; /* `limit`, or 0 where reading the clock is more than an instruction */
  uint64_t current;     /* the task that this thread polls */
  uint32_t cost_left; /* calls until one is timed */
  uint32_t index; /* of the ring */
  uint64_t limit; /* head may rise to here before the slow path has to look again */
  uint32_t stop_pending; /* 1 + the number of a breakpoint at which it stops shortly; 0: none */
  uint32_t is_parked;

  /* The slow path's. */
  uint64_t populated;    /* the head up to which the pages of the first lap are present */
  uint64_t populate_end; /* of that lap */
  uint64_t gave_up_tail; /* the tail at which waiting for space was in vain; UINT64_MAX: none */
  uint32_t n_checks;
  uint32_t cost_all;   /* calls that were timed because they were the first */
  uint32_t cost_place; /* of the latest that was timed, in its sixty-four */
  uint32_t cost_random;
  uint64_t stack_limits[2]; /* the agent's; 0 when the thread takes its ring */
  uint64_t due_await; /* an await that has just begun, while breakpoints are armed */
} __attribute__ ((aligned (64))) EmitThread;

static_assert (sizeof (EmitThread) == 128, "a pair of lines, as a ring");

/* What a thread is before its first record: no ring. Never written to. */
extern EmitThread emit_nobody __attribute__ ((visibility ("hidden")));

/* The only thread-local variable: a library that is loaded late has little room for them. Never
 * NULL, which saves the hot path a branch. */
extern __thread EmitThread *emit_self
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));

typedef enum
{
  EMIT_WIPED = 0, /* this process is a fork of the one that had the channel */
  EMIT_OPENING = 1,
  EMIT_LIVE = 2,
  EMIT_STOPPED = 3, /* in order; may start again */
  EMIT_SILENT = 4,  /* a fork that could not have a channel */
} EmitState;

/* What belongs to one process and must not pass to its forks: MADV_WIPEONFORK. */
typedef struct
{
  uint32_t state; /* an EmitState */
  int32_t pid;
  uint32_t unplaced; /* records of threads without a ring, to search for one only now and then */
  uint32_t pad;
  /* The inspector's heartbeat as it was last seen, when that was looked at, and for how long it
   * has not moved. Nanoseconds. */
  uint64_t beat_seen;
  uint64_t beat_checked;
  uint64_t beat_stale;
  EmitThread threads[] __attribute__ ((aligned (64)));
} EmitLocal;

/* NULL until the first channel is whole; then never another address. */
extern EmitLocal *emit_local __attribute__ ((visibility ("hidden")));

/* Makes that memory, @n_rings threads large. Returns: 0; -ENOMEM; -ENOSYS: the kernel cannot wipe
 */
int emit_local_create (uint32_t n_rings, EmitLocal **ret_local);
/* Makes every thread look again before its next record (another channel is in place). */
void emit_local_reset_threads (void);

/* The slow path: makes room for @n records, by taking a ring, looking at the tail again or waiting,
 * as the policy says. Returns: the thread; NULL when the records have to be dropped, which is
 * counted. */
EmitThread *emit_thread_make_room (uint32_t n);

#endif
