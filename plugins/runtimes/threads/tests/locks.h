/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_TEST_LOCKS_H
#define THREADS_TEST_LOCKS_H

#include <pthread.h>
#include <threads.h>
#include <glib.h>

/* One of each, and by which threads that use them talk to each other. */

typedef struct
{
  pthread_mutex_t mutex;
  pthread_rwlock_t rwlock;
  pthread_spinlock_t spin;
  mtx_t mtx;
  GMutex gmutex;
  GRecMutex grec;
  GRWLock grw;
  int started;
  int let_go;
  int status;
} Locks;

Locks *locks_new (void);
void locks_free (Locks *locks);

#endif
