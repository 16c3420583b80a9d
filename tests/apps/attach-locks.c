/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads that have locks, and wait for those of others, before anybody looks. Says a line when they run, and ends with
 * the status 0 when its standard input is closed. With "healthy" they pass the locks on all the time. */

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold_one;

static void *
transfer (void *data)
{
  pthread_mutex_lock (&accounts);
  pthread_barrier_wait (&both_hold_one);
  pthread_mutex_lock (&journal); /* WAITS: journal */
  pthread_mutex_unlock (&journal);
  pthread_mutex_unlock (&accounts);
  return NULL;
}

static void *
audit (void *data)
{
  pthread_mutex_lock (&journal);
  pthread_barrier_wait (&both_hold_one);
  pthread_mutex_lock (&accounts); /* WAITS: accounts */
  pthread_mutex_unlock (&accounts);
  pthread_mutex_unlock (&journal);
  return NULL;
}

static void *
pass_on (void *data)
{
  for (;;)
    {
      pthread_mutex_lock (&accounts);
      usleep (100);
      pthread_mutex_unlock (&accounts);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  int is_healthy = argc > 1 && strcmp (argv[1], "healthy") == 0;
  pthread_t threads[2];
  char byte;

  pthread_barrier_init (&both_hold_one, NULL, 2);
  pthread_create (&threads[0], NULL, is_healthy ? pass_on : transfer, NULL);
  pthread_create (&threads[1], NULL, is_healthy ? pass_on : audit, NULL);
  puts ("ready");
  fflush (stdout);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  puts ("still here");
  fflush (stdout);
  _exit (0);
}
