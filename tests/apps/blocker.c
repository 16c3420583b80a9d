/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A callback that does all its work at once, while a client of the same loop waits. */

#include <stdio.h>
#include <time.h>
#include <uv.h>

static uv_timer_t timer, other;

static void
think (int milliseconds)
{
  uint64_t end = uv_hrtime () + (uint64_t)milliseconds * 1000000;

  while (uv_hrtime () < end)
    ;
}

static void
crunch (uv_timer_t *handle) /* BLOCKS */
{
  think (1500);
  puts ("crunched");
}

static void
on_other (uv_timer_t *handle)
{
  puts ("other");
}

int
main (void)
{
  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_init (uv_default_loop (), &other);
  uv_timer_start (&timer, crunch, 10, 0);
  uv_timer_start (&other, on_other, 50, 0);
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  return 0;
}
