/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A thread waits for a lock longer than anybody likes, and gets it: slow, and nothing else. */

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_for_it (void *data)
{
  pthread_mutex_lock (&lock);
  pthread_mutex_unlock (&lock);
  return NULL;
}

int
main (void)
{
  pthread_t thread;

  pthread_mutex_lock (&lock);
  pthread_create (&thread, NULL, wait_for_it, NULL);
  sleep (4);
  pthread_mutex_unlock (&lock);
  pthread_join (thread, NULL);
  puts ("slow and sound");
  return 0;
}
