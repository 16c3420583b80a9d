/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Dies of a wild pointer while something is pending. */

#include <stdio.h>
#include <uv.h>

static void
on_crash (uv_timer_t *timer)
{
  *(volatile int *)timer->data = 1;
}

static void
on_never (uv_timer_t *timer)
{
}

int
main (void)
{
  uv_timer_t crash, pending;

  puts ("soon");
  fflush (stdout);
  uv_timer_init (uv_default_loop (), &crash);
  uv_timer_init (uv_default_loop (), &pending);
  crash.data = NULL;
  uv_timer_start (&pending, on_never, 60000, 0);
  uv_timer_start (&crash, on_crash, 200, 0);
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  return 0;
}
