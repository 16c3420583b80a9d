/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A thread ends with a lock in its hands; whoever needs it afterwards waits for ever. */

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *
append (void *data)
{
  pthread_mutex_lock (&journal); /* TAKES */
  return NULL; /* an early way out, without unlocking */
}

int
main (void)
{
  pthread_t writer;

  alarm (3);
  pthread_create (&writer, NULL, append, NULL);
  pthread_join (writer, NULL);
  pthread_mutex_lock (&journal); /* WAITS */
  pthread_mutex_unlock (&journal);
  return 0;
}
