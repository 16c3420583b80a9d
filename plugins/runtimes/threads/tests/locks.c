/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "locks.h"

Locks *
locks_new (void)
{
  Locks *locks = g_new0 (Locks, 1);

  pthread_mutex_init (&locks->mutex, NULL);
  pthread_rwlock_init (&locks->rwlock, NULL);
  pthread_spin_init (&locks->spin, 0);
  mtx_init (&locks->mtx, mtx_timed);
  g_mutex_init (&locks->gmutex);
  g_rec_mutex_init (&locks->grec);
  g_rw_lock_init (&locks->grw);
  return locks;
}

void
locks_free (Locks *locks)
{
  pthread_mutex_destroy (&locks->mutex);
  pthread_rwlock_destroy (&locks->rwlock);
  pthread_spin_destroy (&locks->spin);
  mtx_destroy (&locks->mtx);
  g_mutex_clear (&locks->gmutex);
  g_rec_mutex_clear (&locks->grec);
  g_rw_lock_clear (&locks->grw);
  g_free (locks);
}
