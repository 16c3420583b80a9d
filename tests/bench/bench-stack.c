/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the place of a call costs with the stack above it: sixteen frames of functions without frame
 * pointers, seen before, against glibc's backtrace() in the same run. Slices of all cases take turns;
 * the table has the median of each and its 10th percentile ("quiet"). */

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/code.h"
#include "agent/kernel.h"
#include "agent/stack.h"
#include "agent/unwind.h"
#include "bench-emit.h"
#include "emit/process.h"

#define DEPTH 16
#define N_SLICES 101
#define SLICE_CALLS 1000

typedef enum
{
  PLACE,
  WALK,
  STACK,
  GLIBC,
  N_CASES
} Case;

static const char *const names[N_CASES] = {
  [PLACE] = "the place of the call alone",
  [WALK] = "16 frames, unwound",
  [STACK] = "16 frames, as a location",
  [GLIBC] = "16 frames, glibc's backtrace()",
};

static uint64_t
now_ns (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static bool
is_ours (const AgentObject *object)
{
  return false;
}

static void
take_snapshot (const AgentObjects *objects, void *data)
{
  agent_objects_mark_start (objects, false);
  agent_code_update (objects, is_ours);
}

/* ---- Sixteen frames -------------------------------------------------------------------------- */

static double results[N_CASES][N_SLICES];
static volatile unsigned sink;

static unsigned
walk (void)
{
  uintptr_t frames[DEPTH];
  AgentFrame frame;

  AGENT_FRAME_HERE (frame);
  return agent_unwind (&frame, agent_stack_find_end (frame.sp, emit_thread_get_stack_limits ()),
                       frames, DEPTH);
}

static __attribute__ ((noinline)) unsigned
call_once (Case which)
{
  void *frames[DEPTH];

  switch (which)
    {
    case PLACE:
      return inspect_location_of_call (__builtin_return_address (0));
    case WALK:
      return walk ();
    case STACK:
      return agent_stack_take (__builtin_return_address (0));
    default:
      return (unsigned)backtrace (frames, DEPTH);
    }
}

static void
measure (void)
{
  for (int slice = 0; slice < N_SLICES; slice++)
    for (Case which = 0; which < N_CASES; which++)
      {
        uint64_t begin = now_ns ();

        for (int i = 0; i < SLICE_CALLS; i++)
          sink += call_once (which);
        results[which][slice] = (double)(now_ns () - begin) / SLICE_CALLS;
      }
}

/* Frames of several sizes and registers, so that no two rules are the same by chance. */
#define FRAME(number, next)                                                                        \
  static __attribute__ ((noinline)) unsigned frame_##number (unsigned a)                           \
  {                                                                                                \
    volatile char space[(number)*24 + 8];                                                          \
                                                                                                   \
    space[0] = (char)a;                                                                            \
    next;                                                                                          \
    return (unsigned)space[0] + a;                                                                 \
  }
FRAME (1, measure ())
FRAME (2, frame_1 (a))
FRAME (3, frame_2 (a))
FRAME (4, frame_3 (a))
FRAME (5, frame_4 (a))
FRAME (6, frame_5 (a))
FRAME (7, frame_6 (a))
FRAME (8, frame_7 (a))
FRAME (9, frame_8 (a))
FRAME (10, frame_9 (a))
FRAME (11, frame_10 (a))
FRAME (12, frame_11 (a))
FRAME (13, frame_12 (a))

/* ---- The table ------------------------------------------------------------------------------- */

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static double
percentile (Case which, int percent)
{
  return results[which][(N_SLICES - 1) * percent / 100];
}

int
main (void)
{
  bench_start_target ();
  agent_kernel_begin ();
  agent_objects_with (take_snapshot, NULL);
  sink += frame_13 (1);
  for (Case which = 0; which < N_CASES; which++)
    qsort (results[which], N_SLICES, sizeof **results, compare);

  printf ("%-34s %8s %8s %14s\n", "", "ns", "quiet", "of backtrace()");
  for (Case which = 0; which < N_CASES; which++)
    printf ("%-34s %8.0f %8.0f %13.2fx\n", names[which], percentile (which, 50),
            percentile (which, 10), percentile (which, 50) / percentile (GLIBC, 50));
  printf ("\nA location of 16 frames: %.0f ns, wanted: at most 200\n", percentile (STACK, 50));
  return 0;
}
