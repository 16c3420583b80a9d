/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two threads take two mutexes in opposite orders, and meet. */

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold_one;

static void *
transfer (void *data)
{
  pthread_mutex_lock (&accounts); /* HOLDS: accounts */
  pthread_barrier_wait (&both_hold_one);
  pthread_mutex_lock (&journal); /* WAITS: journal */
  pthread_mutex_unlock (&journal);
  pthread_mutex_unlock (&accounts);
  return NULL;
}

static void *
audit (void *data)
{
  pthread_mutex_lock (&journal); /* HOLDS: journal */
  pthread_barrier_wait (&both_hold_one);
  pthread_mutex_lock (&accounts); /* WAITS: accounts */
  pthread_mutex_unlock (&accounts);
  pthread_mutex_unlock (&journal);
  return NULL;
}

int
main (void)
{
  pthread_t threads[2];

  alarm (3);
  pthread_barrier_init (&both_hold_one, NULL, 2);
  pthread_create (&threads[0], NULL, transfer, NULL);
  pthread_create (&threads[1], NULL, audit, NULL);
  pthread_join (threads[0], NULL);
  pthread_join (threads[1], NULL);
  return 0;
}
