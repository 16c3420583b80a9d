/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A library that has a libuv of its own in it, as extensions of interpreters do, and is all that uses it; of libuv there
 * is no more than it takes to look so. */

#include <stdio.h>
#include <unistd.h>

#define EXPORTED __attribute__ ((visibility ("default")))

EXPORTED int uv_loop_init (void *loop);
EXPORTED int uv_run (void *loop, int mode);
EXPORTED void kept_inside_run (void);

EXPORTED int
uv_loop_init (void *loop)
{
  puts ("ready");
  fflush (stdout);
  return 0;
}

EXPORTED int
uv_run (void *loop, int mode)
{
  char byte;

  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  puts ("still here");
  return 0;
}

EXPORTED void
kept_inside_run (void)
{
  static int loop;

  uv_loop_init (&loop);
  uv_run (&loop, 0);
}
