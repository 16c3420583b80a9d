/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A libuv loop that never rests, with a hundred handles: for how long does it not turn? For each line on its
 * standard input it says one: the median, the 99.9th percentile and the longest time from one turn to the
 * next since the line before, in microseconds of its own processor time, which waiting for a processor is
 * no part of. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define N_HANDLES 100
#define MAX_GAPS (1 << 22)

static uv_timer_t timers[N_HANDLES];
static uv_idle_t idle;
static uv_pipe_t input;
static unsigned int gaps[MAX_GAPS];
static unsigned int n_gaps;
static long long last_ns;
static char bytes[64];

static long long
get_cpu_ns (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void
on_turn (uv_idle_t *handle)
{
  long long now_ns = get_cpu_ns ();

  if (n_gaps < MAX_GAPS)
    gaps[n_gaps++] = (unsigned int)(now_ns - last_ns);
  last_ns = now_ns;
}

static int
compare (const void *a, const void *b)
{
  unsigned int left = *(const unsigned int *)a, right = *(const unsigned int *)b;

  return left < right ? -1 : left > right;
}

static void
give_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  *buf = uv_buf_init (bytes, sizeof bytes);
}

static void
on_line (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  if (length < 0)
    exit (0);
  qsort (gaps, n_gaps, sizeof *gaps, compare);
  printf ("%.2f %.2f %.2f %u\n", gaps[n_gaps / 2] / 1e3, gaps[n_gaps / 1000 * 999] / 1e3,
          gaps[n_gaps - 1] / 1e3, n_gaps);
  fflush (stdout);
  n_gaps = 0;
  last_ns = get_cpu_ns ();
}

static void
on_timer (uv_timer_t *timer)
{
}

int
main (void)
{
  uv_loop_t *loop = uv_default_loop ();

  for (int i = 0; i < N_HANDLES; i++)
    {
      uv_timer_init (loop, &timers[i]);
      uv_timer_start (&timers[i], on_timer, 10 + (uint64_t)i, 10 + (uint64_t)i);
    }
  uv_pipe_init (loop, &input, 0);
  uv_pipe_open (&input, 0);
  uv_read_start ((uv_stream_t *)&input, give_room, on_line);
  uv_idle_init (loop, &idle);
  uv_idle_start (&idle, on_turn);
  last_ns = get_cpu_ns ();
  return uv_run (loop, UV_RUN_DEFAULT);
}
