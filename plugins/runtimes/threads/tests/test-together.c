/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Many threads at once: whatever they do to each other, the books are balanced at the end. The
 * recorder checks that no lock is released more often than it was acquired. */

#include <semaphore.h>

#include "fixture.h"
#include "recorder.h"

#define N_THREADS 64
#define N_LOCKS 8
#define LONGEST_US (G_USEC_PER_SEC)
/* As many records as the recorder can be sure to hold. */
#define MOST_RECORDS (RECORDER_MAX / 2)

static pthread_mutex_t locks[N_LOCKS];
static pthread_rwlock_t rwlocks[N_LOCKS];
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static unsigned int counts[N_LOCKS];
static gint64 end_us;

static bool
is_over (void)
{
  return g_get_monotonic_time () > end_us || recorder_count () > MOST_RECORDS;
}

static uint32_t
next_random (uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

/* In the order of their numbers, so that there is no deadlock. */
static void *
hammer (void *data)
{
  uint32_t random = GPOINTER_TO_UINT (data);

  while (!is_over ())
    {
      unsigned int i = next_random (&random) % N_LOCKS, k = next_random (&random) % N_LOCKS;

      pthread_mutex_lock (&locks[MIN (i, k)]);
      if (i != k)
        pthread_mutex_lock (&locks[MAX (i, k)]);
      counts[i]++;
      if (i != k)
        pthread_mutex_unlock (&locks[MAX (i, k)]);
      pthread_mutex_unlock (&locks[MIN (i, k)]);
    }
  return NULL;
}

static void *
hammer_all (void *data)
{
  uint32_t random = GPOINTER_TO_UINT (data);

  while (!is_over ())
    {
      unsigned int i = next_random (&random) % N_LOCKS;

      switch (next_random (&random) % 5)
        {
        case 0:
          pthread_rwlock_rdlock (&rwlocks[i]);
          pthread_rwlock_unlock (&rwlocks[i]);
          break;
        case 1:
          pthread_rwlock_wrlock (&rwlocks[i]);
          pthread_rwlock_unlock (&rwlocks[i]);
          break;
        case 2:
          if (pthread_mutex_trylock (&locks[i]) == 0)
            pthread_mutex_unlock (&locks[i]);
          break;
        case 3:
          pthread_mutex_lock (&locks[0]);
          pthread_cond_broadcast (&cond);
          pthread_mutex_unlock (&locks[0]);
          break;
        default:
          {
            struct timespec soon = { 0, 0 };

            pthread_mutex_lock (&locks[0]);
            pthread_cond_timedwait (&cond, &locks[0], &soon);
            pthread_mutex_unlock (&locks[0]);
          }
        }
    }
  return NULL;
}

static void
run_together (void *(*run) (void *))
{
  pthread_t threads[N_THREADS];

  end_us = g_get_monotonic_time () + LONGEST_US;
  for (int i = 0; i < N_THREADS; i++)
    threads[i] = threads_start (run, GUINT_TO_POINTER (i * 7919 + 1));
  for (int i = 0; i < N_THREADS; i++)
    threads_finish (threads[i]);
  g_assert_cmpuint (recorder_count (), <, RECORDER_MAX);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, harness_count (EVENT_RELEASE, NULL));
  g_test_message ("%u records, %u acquires", recorder_count (),
                  harness_count (EVENT_ACQUIRE, NULL));
}

static void
test_mutexes (void)
{
  run_together (hammer);
}

static void
test_all (void)
{
  run_together (hammer_all);
}

/* Threads that come and go while others look at what they hold. */
static void *
take_once (void *data)
{
  pthread_mutex_lock (data);
  pthread_mutex_unlock (data);
  return NULL;
}

static void *
spawn (void *data)
{
  while (!is_over ())
    threads_finish (threads_start (take_once, data));
  return NULL;
}

static void
test_short_lives (void)
{
  pthread_t threads[8];

  end_us = g_get_monotonic_time () + LONGEST_US / 2;
  for (int i = 0; i < 8; i++)
    threads[i] = threads_start (spawn, &locks[i % 2]);
  for (int i = 0; i < 8; i++)
    threads_finish (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  for (int i = 0; i < N_LOCKS; i++)
    {
      pthread_mutex_init (&locks[i], NULL);
      pthread_rwlock_init (&rwlocks[i], NULL);
    }
  threads_add ("/together/64-threads-8-locks", test_mutexes);
  threads_add ("/together/everything", test_all);
  threads_add ("/together/short-lives", test_short_lives);
  return g_test_run ();
}
