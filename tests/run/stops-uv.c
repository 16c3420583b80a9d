/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A libuv program to stop in. Its argument says what it does:
 *
 *     state        a callback names a state of its task, and a variable
 *     holds        a callback has a lock that another thread wants, and starts a timer
 *     deadlock     two threads take two locks in both orders
 *     threads FILE each of some threads counts in FILE, in a loop of its own; the main one in checkpoint() */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "inspect.h"
#include "stops-uv.h"

static uv_loop_t *loop;
static uv_timer_t timer, other_timer;
static uv_mutex_t first, second;
static uv_barrier_t both;
static uv_sem_t go;

static void
on_state (uv_timer_t *of)
{
  int attempts = 3;

  INSPECT_VAR (attempts);
  INSPECT_POINT (inspect_task_current (), "checked", attempts);
  INSPECT_STATE (inspect_task_current (), "reading");
  uv_stop (of->loop);
}

static void
on_other (uv_timer_t *of)
{
  uv_stop (of->loop);
}

static void
want (void *data)
{
  uv_sem_wait (&go);
  uv_mutex_lock (&first);
  uv_mutex_unlock (&first);
}

static void
on_hold (uv_timer_t *of)
{
  uv_mutex_lock (&first);
  uv_sem_post (&go);
  uv_timer_init (of->loop, &other_timer);
  uv_timer_start (&other_timer, on_other, 1, 1000);
  uv_mutex_unlock (&first);
}

static void
lock_both (void *data)
{
  uv_mutex_t *one = data, *other = one == &first ? &second : &first;

  uv_mutex_lock (one);
  uv_barrier_wait (&both);
  uv_mutex_lock (other);
  uv_mutex_unlock (other);
  uv_mutex_unlock (one);
}

static void
on_count (uv_timer_t *of)
{
  volatile unsigned long *counter = of->data;

  ++*counter;
}

/* With a loop of its own. */
static void
count (void *data)
{
  uv_timer_t own_timer;
  uv_loop_t own;

  uv_loop_init (&own);
  uv_timer_init (&own, &own_timer);
  own_timer.data = data;
  uv_timer_start (&own_timer, on_count, 1, 1);
  uv_run (&own, UV_RUN_DEFAULT);
}

static void __attribute__ ((noinline)) checkpoint (uv_timer_t *of)
{
  volatile unsigned long *counter = of->data;

  ++*counter;
  uv_timer_start (of, checkpoint, 1, 0);
}

static int
run_threads (const char *path)
{
  int fd = open (path, O_RDWR);
  unsigned long *counters =
      mmap (NULL, N_COUNTERS * sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  uv_thread_t threads[N_COUNTERS - 1];

  if (counters == MAP_FAILED)
    return 1;
  for (int i = 0; i < N_COUNTERS - 1; i++)
    uv_thread_create (&threads[i], count, &counters[i]);
  uv_timer_init (loop, &timer);
  timer.data = &counters[N_COUNTERS - 1];
  uv_timer_start (&timer, checkpoint, 1, 0);
  return uv_run (loop, UV_RUN_DEFAULT);
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  uv_thread_t one, two;

  loop = uv_default_loop ();
  uv_mutex_init (&first);
  uv_mutex_init (&second);
  uv_sem_init (&go, 0);
  uv_barrier_init (&both, 2);
  if (strcmp (what, "threads") == 0 && argc > 2)
    return run_threads (argv[2]);
  if (strcmp (what, "deadlock") == 0)
    {
      uv_thread_create (&one, lock_both, &first);
      uv_thread_create (&two, lock_both, &second);
      uv_thread_join (&one);
      return 0;
    }
  uv_timer_init (loop, &timer);
  uv_timer_start (&timer, strcmp (what, "holds") == 0 ? on_hold : on_state, 1, 0);
  if (strcmp (what, "holds") == 0)
    uv_thread_create (&one, want, NULL);
  uv_run (loop, UV_RUN_DEFAULT);
  return 0;
}
