/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Waits for a timer, and is healthy while it does. */

#include <stdio.h>
#include <uv.h>

static void
on_timer (uv_timer_t *timer)
{
  puts ("awake");
}

int
main (void)
{
  uv_timer_t timer;

  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_start (&timer, on_timer, 1200, 0);
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  return 0;
}
