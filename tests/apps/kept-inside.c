/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A library that has a libuv of its own in it, as extensions of interpreters do, and is all that uses it; of libuv there
 * is no more than it takes to look so, and what there is cannot be led elsewhere. */

#include <stdio.h>
#include <unistd.h>

#define EXPORTED __attribute__ ((visibility ("default")))

EXPORTED int uv_loop_init (void *loop);
EXPORTED int uv_run (void *loop, int mode);
EXPORTED void kept_inside_run (void);

static int keep_running (void);

EXPORTED int
uv_loop_init (void *loop)
{
  puts ("ready");
  fflush (stdout);
  return 0;
}

#if defined(__x86_64__)
/* Two bytes, which no jump to elsewhere fits into. */
__asm__ (".globl uv_run\n"
         ".type uv_run, @function\n"
         "uv_run: jmp 1f\n"
         ".size uv_run, . - uv_run\n"
         "1: jmp keep_running\n");
#else
EXPORTED int
uv_run (void *loop, int mode)
{
  return keep_running ();
}
#endif

static __attribute__ ((used)) int
keep_running (void)
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
