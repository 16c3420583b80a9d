/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BENCH_INSTANTS_H
#define BENCH_INSTANTS_H

#include <time.h>

#include "inspector-history.h"

#define BENCH_N_MOMENTS 41u

static inline double
bench_now (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Of doubles, for qsort(). */
static inline int
bench_compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

/* Prints what all tasks take, each by itself, and why one waits. What they did is in memory. */
void bench_ask_for_all (InspectorHistory *history, gint64 first_ns, gint64 last_ns);
void bench_ask_for_tasks (InspectorHistory *history, gint64 first_ns, gint64 last_ns);
void bench_ask_why (InspectorHistory *history, gint64 first_ns, gint64 last_ns);

#endif
