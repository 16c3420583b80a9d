/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two locks in both orders, but one thread begins when the other has ended, and the main thread waits
 * for each: they cannot meet. */

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *
transfer (void *data)
{
  pthread_mutex_lock (&accounts); /* HOLDS: accounts */
  pthread_mutex_lock (&journal); /* TAKES: journal */
  pthread_mutex_unlock (&journal);
  pthread_mutex_unlock (&accounts);
  return NULL;
}

static void *
audit (void *data)
{
  pthread_mutex_lock (&journal); /* HOLDS: journal */
  pthread_mutex_lock (&accounts); /* TAKES: accounts */
  pthread_mutex_unlock (&accounts);
  pthread_mutex_unlock (&journal);
  return NULL;
}

static void
run (void *(*function) (void *))
{
  pthread_t thread;

  pthread_create (&thread, NULL, function, NULL);
  pthread_join (thread, NULL);
}

int
main (void)
{
  transfer (NULL);
  run (transfer);
  run (audit);
  transfer (NULL);
  puts ("done");
  return 0;
}
