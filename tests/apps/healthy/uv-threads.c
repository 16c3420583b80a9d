/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A loop, its pool, and threads that share locks with both. */

#include <stdio.h>
#include <unistd.h>
#include <uv.h>

static uv_mutex_t mutex;
static uv_timer_t timer;
static uv_async_t woken;
static uv_work_t jobs[6];
static int n_done, n_ticks, n_wakes;

static void
work (uv_work_t *job)
{
  usleep (200000);
  uv_mutex_lock (&mutex);
  n_done++;
  uv_mutex_unlock (&mutex);
}

static void
after (uv_work_t *job, int status)
{
}

static void
on_woken (uv_async_t *handle)
{
  n_wakes++;
}

static void
wake (void *data)
{
  for (int i = 0; i < 10; i++)
    {
      uv_mutex_lock (&mutex);
      usleep (20000);
      uv_mutex_unlock (&mutex);
      uv_async_send (&woken);
      usleep (100000);
    }
}

static void
on_timer (uv_timer_t *handle)
{
  uv_mutex_lock (&mutex);
  n_ticks++;
  uv_mutex_unlock (&mutex);
  if (n_ticks == 15)
    {
      uv_close ((uv_handle_t *)&timer, NULL);
      uv_close ((uv_handle_t *)&woken, NULL);
    }
}

int
main (void)
{
  uv_loop_t *loop = uv_default_loop ();
  uv_thread_t thread;

  uv_mutex_init (&mutex);
  uv_async_init (loop, &woken, on_woken);
  uv_timer_init (loop, &timer);
  uv_timer_start (&timer, on_timer, 100, 100);
  for (int i = 0; i < 6; i++)
    uv_queue_work (loop, &jobs[i], work, after);
  uv_thread_create (&thread, wake, NULL);
  uv_run (loop, UV_RUN_DEFAULT);
  uv_thread_join (&thread);
  uv_mutex_destroy (&mutex);
  printf ("%d jobs, %d ticks, %s\n", n_done, n_ticks, n_wakes > 0 ? "woken" : "never woken");
  return 0;
}
