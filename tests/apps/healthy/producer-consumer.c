/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A bounded queue with two conditions; the producer is slow, so that consumers wait for most of the
 * time. */

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define SIZE 4
#define N_ITEMS 30
#define N_CONSUMERS 3

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;
static int items[SIZE];
static int first, n_items;

static void
put (int item)
{
  pthread_mutex_lock (&mutex);
  while (n_items == SIZE)
    pthread_cond_wait (&emptied, &mutex);
  items[(first + n_items++) % SIZE] = item;
  pthread_cond_signal (&filled);
  pthread_mutex_unlock (&mutex);
}

static int
take (void)
{
  int item;

  pthread_mutex_lock (&mutex);
  while (n_items == 0)
    pthread_cond_wait (&filled, &mutex);
  item = items[first];
  first = (first + 1) % SIZE;
  n_items--;
  pthread_cond_signal (&emptied);
  pthread_mutex_unlock (&mutex);
  return item;
}

static void *
consume (void *data)
{
  while (take () != 0)
    ;
  return NULL;
}

int
main (void)
{
  pthread_t consumers[N_CONSUMERS];

  for (int i = 0; i < N_CONSUMERS; i++)
    pthread_create (&consumers[i], NULL, consume, NULL);
  for (int i = 1; i <= N_ITEMS; i++)
    {
      usleep (50000);
      put (i);
    }
  for (int i = 0; i < N_CONSUMERS; i++)
    put (0);
  for (int i = 0; i < N_CONSUMERS; i++)
    pthread_join (consumers[i], NULL);
  puts ("all consumed");
  return 0;
}
