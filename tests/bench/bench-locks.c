/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-locks [ROUNDS]: what an uncontended lock costs with the hooks of plugins/runtimes/threads and
 * without them. Run it by `async-inspect run`: then calls of this program go through the hooks, and
 * those of the addresses that dlsym (RTLD_NEXT) gives do not. Both alternate, round by round, in one
 * process; medians of the rounds, nanoseconds for one pair. */

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAIRS 200000
#define MAX_ROUNDS 1001

typedef int (*Call) (void *lock);

/* Addresses that the agent patches: each is a word of this program that names the function. */
static volatile Call hooked_calls[] = {
  (Call)pthread_mutex_lock, (Call)pthread_mutex_unlock,    (Call)pthread_rwlock_rdlock,
  (Call)pthread_rwlock_wrlock, (Call)pthread_rwlock_unlock, (Call)sem_wait,
  (Call)sem_post,
};
enum
{
  LOCK,
  UNLOCK,
  READ,
  WRITE,
  UNLOCK_RW,
  WAIT,
  POST
};
static const char *const names[] = { "pthread_mutex_lock",    "pthread_mutex_unlock",
                                     "pthread_rwlock_rdlock", "pthread_rwlock_wrlock",
                                     "pthread_rwlock_unlock", "sem_wait",
                                     "sem_post" };

static long long
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static __attribute__ ((noinline)) double
time_pairs (Call take, Call give, void *lock)
{
  long long begin = now_ns ();

  for (int i = 0; i < PAIRS; i++)
    {
      take (lock);
      give (lock);
    }
  return (double)(now_ns () - begin) / PAIRS;
}

/* A lock within another. */
static __attribute__ ((noinline)) double
time_nested (Call take, Call give, void *lock)
{
  void **locks = lock;
  long long begin = now_ns ();

  for (int i = 0; i < PAIRS; i++)
    {
      take (locks[0]);
      take (locks[1]);
      give (locks[1]);
      give (locks[0]);
    }
  return (double)(now_ns () - begin) / PAIRS / 2;
}

static int
compare (const void *a, const void *b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

static void
compare_ways (const char *name, double (*measure) (Call, Call, void *), const Call hooked[2],
              const Call real[2], void *lock, int rounds)
{
  static double with[MAX_ROUNDS], without[MAX_ROUNDS], more[MAX_ROUNDS];

  measure (hooked[0], hooked[1], lock);
  for (int i = 0; i < rounds; i++)
    {
      without[i] = measure (real[0], real[1], lock);
      with[i] = measure (hooked[0], hooked[1], lock);
      more[i] = with[i] - without[i];
    }
  qsort (with, rounds, sizeof *with, compare);
  qsort (without, rounds, sizeof *without, compare);
  qsort (more, rounds, sizeof *more, compare);
  printf ("%-28s %8.1f %8.1f %8.1f   %.1f-%.1f\n", name, without[rounds / 2], with[rounds / 2],
          more[rounds / 2], more[rounds / 10], more[rounds * 9 / 10]);
}

/* GLib's, where it can be had; nothing here links it. */
static void
compare_gmutex (int rounds)
{
  void *library = dlopen ("libglib-2.0.so.0", RTLD_NOW | RTLD_GLOBAL);
  static void *mutex;
  Call hooked[2], real[2];

  if (library == NULL)
    return;
  /* What dlsym() finds for a program is hooked; what is next after it in the global scope is not. */
  hooked[0] = (Call)dlsym (library, "g_mutex_lock");
  hooked[1] = (Call)dlsym (library, "g_mutex_unlock");
  real[0] = (Call)dlsym (RTLD_NEXT, "g_mutex_lock");
  real[1] = (Call)dlsym (RTLD_NEXT, "g_mutex_unlock");
  if (hooked[0] != NULL && real[0] != NULL)
    compare_ways ("GMutex", time_pairs, hooked, real, &mutex, rounds);
}

static void *
do_nothing (void *data)
{
  return data;
}

int
main (int argc, char **argv)
{
  int rounds = argc > 1 ? atoi (argv[1]) : 51;
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
  static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
  void *both[2] = { &mutex, &other };
  static sem_t semaphore;
  Call real[sizeof names / sizeof *names];
  pthread_t thread;

  if (rounds < 1 || rounds > MAX_ROUNDS)
    return 2;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    real[i] = (Call)dlsym (RTLD_NEXT, names[i]);
  sem_init (&semaphore, 0, 0);
  /* A program that never makes a thread has no such runtime. */
  if (pthread_create (&thread, NULL, do_nothing, NULL) == 0)
    pthread_join (thread, NULL);
  if (hooked_calls[LOCK] == real[LOCK])
    puts ("not inspected: both ways are the same");
  puts ("one pair, ns                  without     with     more   10-90 %");
#define COMPARE(name, measure, take, give, lock)                                                   \
  compare_ways (name, measure, (Call[2]){ hooked_calls[take], hooked_calls[give] },                \
                (Call[2]){ real[take], real[give] }, lock, rounds)
  COMPARE ("pthread_mutex", time_pairs, LOCK, UNLOCK, &mutex);
  COMPARE ("pthread_mutex in another", time_nested, LOCK, UNLOCK, both);
  COMPARE ("pthread_rwlock, reading", time_pairs, READ, UNLOCK_RW, &rwlock);
  COMPARE ("pthread_rwlock, writing", time_pairs, WRITE, UNLOCK_RW, &rwlock);
  /* The other way round: a post, so that the wait does not sleep. */
  COMPARE ("sem_post and sem_wait", time_pairs, POST, WAIT, &semaphore);
  compare_gmutex (rounds);
  return 0;
}
