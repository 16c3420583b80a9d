/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Many threads wait for one lock, whose holder reads from a pipe into which nobody writes for long. */

#include <pthread.h>
#include <unistd.h>

#define N_READERS 12

static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begun;
static int quiet[2];

static void *
load (void *data)
{
  char c;

  pthread_mutex_lock (&disk); /* HOLDS: disk */
  pthread_barrier_wait (&begun);
  (void)!read (quiet[0], &c, 1);
  pthread_mutex_unlock (&disk);
  return NULL;
}

static void *
refresh (void *data)
{
  pthread_mutex_lock (&cache); /* HOLDS: cache */
  pthread_barrier_wait (&begun);
  pthread_mutex_lock (&disk); /* WAITS: disk */
  pthread_mutex_unlock (&disk);
  pthread_mutex_unlock (&cache);
  return NULL;
}

static void *
look_up (void *data)
{
  pthread_mutex_lock (&cache); /* WAITS: cache */
  pthread_mutex_unlock (&cache);
  return NULL;
}

int
main (void)
{
  pthread_t loader, refresher, readers[N_READERS];

  alarm (3);
  if (pipe (quiet) < 0)
    return 1;
  pthread_barrier_init (&begun, NULL, 3);
  pthread_create (&loader, NULL, load, NULL);
  pthread_create (&refresher, NULL, refresh, NULL);
  pthread_barrier_wait (&begun);
  for (int i = 0; i < N_READERS; i++)
    pthread_create (&readers[i], NULL, look_up, NULL);
  for (int i = 0; i < N_READERS; i++)
    pthread_join (readers[i], NULL);
  return 0;
}
