/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Memory that looks like a loop of libuv, in a program that has none of it: a ring, before which there is the number of
 * a descriptor. Says a line, and ends when its standard input is closed. */

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static uv_loop_t like;

int
main (void)
{
  char *ring = (char *)&like + offsetof (uv_loop_t, handle_queue), byte;

  memcpy (ring, &ring, sizeof ring);
  memcpy (ring + sizeof ring, &ring, sizeof ring);
  puts ("ready");
  fflush (stdout);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  puts (like.backend_fd == 0 ? "still here" : "it is a loop");
  return 0;
}
