/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Over as soon as it has begun. */

#include <uv.h>

static void
on_timer (uv_timer_t *timer)
{
}

int
main (void)
{
  uv_timer_t timer;

  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_start (&timer, on_timer, 1, 0);
  return uv_run (uv_default_loop (), UV_RUN_DEFAULT);
}
