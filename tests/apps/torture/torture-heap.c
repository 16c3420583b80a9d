/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* One thread alone, in which libc takes no lock around the heap: it does nothing but allocate, and a signal
 * handler sleeps on top of that, so that the thread seems to be at rest where it is not. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "checks.h"

#define N_PIECES 512

static volatile sig_atomic_t is_over;

static void
on_alarm (int number)
{
  int saved = errno;

  poll (NULL, 0, 1);
  errno = saved;
}

static void
on_terminate (int number)
{
  is_over = 1;
}

static void
change (unsigned char **piece, unsigned int seed)
{
  size_t size = 24u << seed % 8;

  if (*piece != NULL)
    check ((*piece)[0] == (*piece)[15], "the heap");
  free (*piece);
  *piece = malloc (size);
  memset (*piece, (int)seed, size);
}

int
main (void)
{
  static unsigned char *pieces[N_PIECES];
  struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
  struct itimerval interval = { { 0, 4000 }, { 0, 4000 } };
  unsigned int seed = 1;

  sigaction (SIGALRM, &action, NULL);
  action.sa_handler = on_terminate;
  sigaction (SIGTERM, &action, NULL);
  setitimer (ITIMER_REAL, &interval, NULL);
  puts ("ready");
  fflush (stdout);
  while (is_over == 0)
    {
      seed = seed * 1103515245u + 12345u;
      change (&pieces[seed / 65536 % N_PIECES], seed >> 8);
      check_count (1);
    }
  check_finish ();
}
