/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two locks in both orders. The first time there was one thread alone; it does the same again once
 * there are two. */

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t turn;

static void
transfer (void)
{
  pthread_mutex_lock (&accounts); /* HOLDS: accounts */
  pthread_mutex_lock (&journal);  /* TAKES: journal */
  pthread_mutex_unlock (&journal);
  pthread_mutex_unlock (&accounts);
}

static void *
audit (void *data)
{
  pthread_mutex_lock (&journal);  /* HOLDS: journal */
  pthread_mutex_lock (&accounts); /* TAKES: accounts */
  pthread_mutex_unlock (&accounts);
  pthread_mutex_unlock (&journal);
  pthread_barrier_wait (&turn);
  pthread_barrier_wait (&turn);
  return NULL;
}

int
main (void)
{
  pthread_t thread;

  pthread_barrier_init (&turn, NULL, 2);
  transfer ();
  pthread_create (&thread, NULL, audit, NULL);
  pthread_barrier_wait (&turn);
  transfer ();
  pthread_barrier_wait (&turn);
  pthread_join (thread, NULL);
  puts ("done");
  return 0;
}
