/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Waits for a cond that nobody is left to signal: the producer has ended without a word. */

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int n_items;

static void *
produce (void *data)
{
  pthread_mutex_lock (&mutex);
  pthread_mutex_unlock (&mutex);
  return NULL;
}

static void *
consume (void *data)
{
  pthread_mutex_lock (&mutex);
  while (n_items == 0)
    pthread_cond_wait (&changed, &mutex); /* WAITS */
  pthread_mutex_unlock (&mutex);
  return NULL;
}

int
main (void)
{
  pthread_t producer, consumer;

  alarm (3);
  pthread_create (&consumer, NULL, consume, NULL);
  pthread_create (&producer, NULL, produce, NULL);
  pthread_join (producer, NULL);
  pthread_join (consumer, NULL); /* JOINS */
  return 0;
}
