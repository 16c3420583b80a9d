/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Forks without exec; parent and child both go on with loops. */

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static int n_ticks;

static void
on_tick (uv_timer_t *timer)
{
  if (++n_ticks % 100 == 0)
    uv_close ((uv_handle_t *)timer, NULL);
}

static void
tick (uv_loop_t *loop)
{
  uv_timer_t timer;

  uv_timer_init (loop, &timer);
  uv_timer_start (&timer, on_tick, 1, 1);
  uv_run (loop, UV_RUN_DEFAULT);
}

int
main (void)
{
  int status = 0;
  pid_t child;

  tick (uv_default_loop ());
  child = fork ();
  if (child < 0 || (child == 0 && uv_loop_fork (uv_default_loop ()) < 0))
    return 1;
  tick (uv_default_loop ());
  if (child == 0)
    _exit (n_ticks == 200 ? 5 : 1);
  waitpid (child, &status, 0);
  printf ("%d ticks, child %d\n", n_ticks, WEXITSTATUS (status));
  return 0;
}
