/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Ten thousand equal sleeps. */

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define SLEEPS 10000

static int n_woken;

static void
on_wake (uv_timer_t *timer)
{
  n_woken++;
}

int
main (void)
{
  uv_timer_t *timers = calloc (SLEEPS, sizeof *timers);

  for (int i = 0; i < SLEEPS; i++)
    {
      uv_timer_init (uv_default_loop (), &timers[i]);
      uv_timer_start (&timers[i], on_wake, 1000 + (unsigned)i % 200, 0);
    }
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  printf ("%d\n", n_woken);
  free (timers);
  return 0;
}
