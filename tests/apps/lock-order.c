/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two locks in both orders, by two threads that happen not to meet: it went well, this time. */

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t turn; /* of the second thread */

static void *
transfer (void *data)
{
  pthread_mutex_lock (&accounts); /* HOLDS: accounts */
  pthread_mutex_lock (&journal); /* TAKES: journal */
  pthread_mutex_unlock (&journal);
  pthread_mutex_unlock (&accounts);
  pthread_barrier_wait (&turn);
  return NULL;
}

static void *
audit (void *data)
{
  pthread_barrier_wait (&turn);
  pthread_mutex_lock (&journal); /* HOLDS: journal */
  pthread_mutex_lock (&accounts); /* TAKES: accounts */
  pthread_mutex_unlock (&accounts);
  pthread_mutex_unlock (&journal);
  return NULL;
}

int
main (void)
{
  pthread_t threads[2];

  pthread_barrier_init (&turn, NULL, 2);
  pthread_create (&threads[0], NULL, transfer, NULL);
  pthread_create (&threads[1], NULL, audit, NULL);
  pthread_join (threads[0], NULL);
  pthread_join (threads[1], NULL);
  puts ("done");
  return 0;
}
