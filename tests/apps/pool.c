/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* More long jobs than the pool has threads: the last ones are not taken up. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define JOBS 5

static uv_work_t jobs[JOBS];
static int n_done;

static void
resize_image (uv_work_t *job)
{
  usleep (1300 * 1000);
}

static void
on_resized (uv_work_t *job, int status)
{
  n_done++;
}

static void
enqueue (void)
{
  for (int i = 0; i < JOBS; i++)
    {
      int result = uv_queue_work (uv_default_loop (), &jobs[i], resize_image, on_resized); /* WORK */

      if (result < 0)
        abort ();
    }
}

int
main (void)
{
  enqueue ();
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  printf ("%d images\n", n_done);
  return 0;
}
