/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is left of a libuv that was optimised together with what uses it: what it asks the kernel for, and functions
 * of which nobody knows what they take any more. There is no more of it here than it takes to look so. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define KEPT __attribute__ ((noinline, noclone, used))

int uv_loop_init (int *loop);
int uv_run (int *loop);
int kept_main (int argc, char **argv);

static KEPT void
uv__run_timers (int *loop)
{
  if (*loop < 0)
    abort ();
}

static KEPT int
uv__io_poll (void)
{
  char byte;

  return read (STDIN_FILENO, &byte, 1) > 0;
}

KEPT int
uv_loop_init (int *loop)
{
  *loop = epoll_create1 (getenv ("UV_THREADPOOL_SIZE") != NULL ? EPOLL_CLOEXEC : 0);
  puts ("ready");
  fflush (stdout);
  return 0;
}

KEPT int
uv_run (int *loop)
{
  do
    uv__run_timers (loop);
  while (uv__io_poll ());
  puts ("still here");
  return 0;
}

int
kept_main (int argc, char **argv)
{
  int loop;

  uv_loop_init (&loop);
  return uv_run (&loop);
}
