/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Locks of special kinds, locks that several hold, and locks that are misused. */

#include <threads.h>
#include <time.h>

#include "fixture.h"
#include "locks.h"

/* Taken by a constructor, before anything is hooked. */
static pthread_mutex_t early = PTHREAD_MUTEX_INITIALIZER;

static __attribute__ ((constructor)) void
take_early (void)
{
  pthread_mutex_lock (&early);
}

static struct timespec
in_ms (clockid_t clock, int ms)
{
  struct timespec then;

  clock_gettime (clock, &then);
  then.tv_nsec += ms % 1000 * 1000000;
  then.tv_sec += ms / 1000 + then.tv_nsec / 1000000000;
  then.tv_nsec %= 1000000000;
  return then;
}

static void
init_mutex (pthread_mutex_t *mutex, int type, bool robust, int protocol)
{
  pthread_mutexattr_t attributes;

  pthread_mutexattr_init (&attributes);
  g_assert_cmpint (pthread_mutexattr_settype (&attributes, type), ==, 0);
  if (robust)
    g_assert_cmpint (pthread_mutexattr_setrobust (&attributes, PTHREAD_MUTEX_ROBUST), ==, 0);
  g_assert_cmpint (pthread_mutexattr_setprotocol (&attributes, protocol), ==, 0);
  g_assert_cmpint (pthread_mutex_init (mutex, &attributes), ==, 0);
  pthread_mutexattr_destroy (&attributes);
}

static void
test_recursive (void)
{
  pthread_mutex_t mutex;

  init_mutex (&mutex, PTHREAD_MUTEX_RECURSIVE, false, PTHREAD_PRIO_NONE);
  for (unsigned int i = 1; i <= 5; i++)
    {
      g_assert_cmpint (pthread_mutex_lock (&mutex), ==, 0);
      g_assert_cmpuint (thread_count (thread_self), ==, i);
    }
  for (unsigned int i = 5; i > 0; i--)
    g_assert_cmpint (pthread_mutex_unlock (&mutex), ==, 0);
  g_assert_cmpint (pthread_mutex_unlock (&mutex), ==, EPERM);
  g_assert_cmpuint (threads_count_records (), ==, 0);
  pthread_mutex_destroy (&mutex);
}

static void
test_errorcheck (void)
{
  pthread_mutex_t mutex;

  init_mutex (&mutex, PTHREAD_MUTEX_ERRORCHECK, false, PTHREAD_PRIO_NONE);
  g_assert_cmpint (pthread_mutex_unlock (&mutex), ==, EPERM);
  g_assert_cmpint (pthread_mutex_lock (&mutex), ==, 0);
  g_assert_cmpint (pthread_mutex_lock (&mutex), ==, EDEADLK);
  g_assert_cmpint (pthread_mutex_trylock (&mutex), ==, EBUSY);
  g_assert_cmpuint (thread_count (thread_self), ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "thread.lock")->status, ==, -EDEADLK);
  g_assert_cmpint (pthread_mutex_unlock (&mutex), ==, 0);
  pthread_mutex_destroy (&mutex);
}

static void
test_inheriting (void)
{
  pthread_mutex_t mutex;

  init_mutex (&mutex, PTHREAD_MUTEX_NORMAL, false, PTHREAD_PRIO_INHERIT);
  g_assert_cmpint (pthread_mutex_lock (&mutex), ==, 0);
  g_assert_cmpint (pthread_mutex_trylock (&mutex), ==, EBUSY);
  g_assert_cmpint (pthread_mutex_unlock (&mutex), ==, 0);
  g_assert_cmpuint (threads_count_records (), ==, 0);
  pthread_mutex_destroy (&mutex);
}

static void *
lock_and_die (void *data)
{
  g_assert_cmpint (pthread_mutex_lock (data), ==, 0);
  return NULL;
}

static void *
lock_lost (void *data)
{
  g_assert_cmpint (pthread_mutex_lock (data), ==, ENOTRECOVERABLE);
  return NULL;
}

static void
test_robust (void)
{
  pthread_mutex_t mutex;

  init_mutex (&mutex, PTHREAD_MUTEX_NORMAL, true, PTHREAD_PRIO_NONE);
  threads_finish (threads_start (lock_and_die, &mutex));
  g_assert_cmpint (pthread_mutex_lock (&mutex), ==, EOWNERDEAD);
  g_assert_cmpint (pthread_mutex_unlock (&mutex), ==, 0);
  /* In this thread and in another one: no call of ours has left it locked. */
  g_assert_cmpint (pthread_mutex_lock (&mutex), ==, ENOTRECOVERABLE);
  g_assert_cmpint (pthread_mutex_lock (&mutex), ==, ENOTRECOVERABLE);
  threads_finish (threads_start (lock_lost, &mutex));
  g_assert_cmpint (pthread_mutex_trylock (&mutex), ==, ENOTRECOVERABLE);
  g_assert_cmpuint (thread_self->top - &thread_self->held[1], ==, 0);
  pthread_mutex_destroy (&mutex);
}

/* A normal mutex that is taken twice waits for its own thread. */
static void
test_own (void)
{
  Locks *locks = locks_new ();
  struct timespec until = in_ms (CLOCK_REALTIME, 30), soon = in_ms (CLOCK_MONOTONIC, 0);
  const Event *await;
  uint64_t deadline;

  g_assert_cmpint (pthread_mutex_lock (&locks->mutex), ==, 0);
  g_assert_cmpint (pthread_mutex_timedlock (&locks->mutex, &until), ==, ETIMEDOUT);
  await = harness_first (EVENT_AWAIT_BEGIN, "thread.lock");
  g_assert_cmpuint (harness_first (EVENT_ACQUIRE, "pthread.mutex")->task, ==, await->task);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "thread.lock")->status, ==, -ETIMEDOUT);
  deadline = harness_attribute (await->object, "deadline")->value;
  g_assert_cmpuint (deadline / 1000000, >=, (uint64_t)soon.tv_sec * 1000);
  g_assert_cmpuint (deadline / 1000000, <, (uint64_t)soon.tv_sec * 1000 + 10000);
  g_assert_cmpuint (thread_count (thread_self), ==, 1);
  pthread_mutex_unlock (&locks->mutex);
  locks_free (locks);
}

static void
test_clocks (void)
{
  Locks *locks = locks_new ();
  struct timespec past = { 1, 0 }, bad = { 1, -1 };

  pthread_rwlock_wrlock (&locks->rwlock);
  pthread_mutex_lock (&locks->mutex);
  mtx_lock (&locks->mtx);
  g_assert_cmpint (pthread_mutex_clocklock (&locks->mutex, CLOCK_MONOTONIC, &past), ==, ETIMEDOUT);
  g_assert_cmpint (pthread_mutex_timedlock (&locks->mutex, &past), ==, ETIMEDOUT);
  g_assert_cmpint (pthread_mutex_timedlock (&locks->mutex, &bad), ==, EINVAL);
  g_assert_cmpint (mtx_timedlock (&locks->mtx, &past), ==, thrd_timedout);
  mtx_unlock (&locks->mtx);
  pthread_mutex_unlock (&locks->mutex);
  pthread_rwlock_unlock (&locks->rwlock);
  pthread_rwlock_rdlock (&locks->rwlock);
  g_assert_cmpint (pthread_rwlock_timedwrlock (&locks->rwlock, &past), ==, ETIMEDOUT);
  g_assert_cmpint (pthread_rwlock_clockwrlock (&locks->rwlock, CLOCK_MONOTONIC, &past), ==,
                   ETIMEDOUT);
  g_assert_cmpint (pthread_rwlock_timedrdlock (&locks->rwlock, &past), ==, 0);
  g_assert_cmpint (pthread_rwlock_clockrdlock (&locks->rwlock, CLOCK_MONOTONIC, &past), ==, 0);
  g_assert_cmpuint (thread_count (thread_self), ==, 3);
  for (int i = 0; i < 3; i++)
    pthread_rwlock_unlock (&locks->rwlock);
  locks_free (locks);
}

/* ---- Several readers ------------------------------------------------------------------------------ */

static void *
read_and_wait (void *data)
{
  Locks *locks = data;

  pthread_rwlock_rdlock (&locks->rwlock);
  __atomic_add_fetch (&locks->status, 1, __ATOMIC_ACQ_REL);
  threads_until (&locks->let_go);
  pthread_rwlock_unlock (&locks->rwlock);
  return NULL;
}

static void *
write_and_go (void *data)
{
  Locks *locks = data;

  g_assert_cmpint (pthread_rwlock_wrlock (&locks->rwlock), ==, 0);
  pthread_rwlock_unlock (&locks->rwlock);
  return NULL;
}

static void
test_readers (void)
{
  Locks *locks = locks_new ();
  pthread_t readers[3], writer;

  for (int i = 0; i < 3; i++)
    readers[i] = threads_start (read_and_wait, locks);
  while (__atomic_load_n (&locks->status, __ATOMIC_ACQUIRE) < 3)
    thrd_yield ();
  writer = threads_start (write_and_go, locks);
  threads_until_awaits ("thread.write-lock", 1);
  while (harness_count (EVENT_ACQUIRE, "pthread.rwlock") < 3)
    thrd_yield ();
  threads_raise (&locks->let_go);
  for (int i = 0; i < 3; i++)
    threads_finish (readers[i]);
  threads_finish (writer);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, "pthread.rwlock"), ==, 4);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "pthread.rwlock"), ==, 4);
  locks_free (locks);
}

/* ---- Misuse ---------------------------------------------------------------------------------------- */

static void *
unlock_for_another (void *data)
{
  g_assert_cmpint (pthread_mutex_unlock (data), ==, 0);
  return NULL;
}

/* As long as the list would be after so many of these, and longer. */
static void
test_unlocked_by_another (void)
{
  Locks *locks = locks_new ();

  for (unsigned int i = 0; i < HELD_MAX * 2; i++)
    {
      g_assert_cmpint (pthread_mutex_lock (&locks->mutex), ==, 0);
      threads_finish (threads_start (unlock_for_another, &locks->mutex));
    }
  for (unsigned int i = 0; i < HELD_MAX; i++)
    {
      unsigned int before = thread_count (thread_self);

      g_assert_cmpint (pthread_mutex_lock (&locks->mutex), ==, 0);
      g_assert_cmpuint (thread_count (thread_self), <=, before + 1);
      g_assert_true ((thread_self->top - 1)->lock == &locks->mutex);
      g_assert_cmpint (pthread_mutex_unlock (&locks->mutex), ==, 0);
    }
  /* Nobody waited. */
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, 0);
  locks_free (locks);
}

static void
test_taken_before (void)
{
  g_assert_cmpint (pthread_mutex_unlock (&early), ==, 0);
  g_assert_cmpint (pthread_mutex_lock (&early), ==, 0);
  g_assert_cmpint (pthread_mutex_unlock (&early), ==, 0);
}

static void
test_many (void)
{
  pthread_mutex_t mutexes[HELD_MAX * 2];

  for (unsigned int i = 0; i < HELD_MAX * 2; i++)
    {
      pthread_mutex_init (&mutexes[i], NULL);
      g_assert_cmpint (pthread_mutex_lock (&mutexes[i]), ==, 0);
    }
  g_assert_cmpuint (thread_count (thread_self), ==, HELD_MAX);
  /* In the order in which they were taken, the worst one. */
  for (unsigned int i = 0; i < HELD_MAX * 2; i++)
    {
      g_assert_cmpint (pthread_mutex_unlock (&mutexes[i]), ==, 0);
      pthread_mutex_destroy (&mutexes[i]);
    }
}

/* ---- GLib's, which come through pthread -------------------------------------------------------------- */

static void
test_glib_recursive (void)
{
  Locks *locks = locks_new ();

  g_rec_mutex_lock (&locks->grec);
  g_assert_true (g_rec_mutex_trylock (&locks->grec));
  g_rec_mutex_unlock (&locks->grec);
  g_rec_mutex_unlock (&locks->grec);
  g_rw_lock_reader_lock (&locks->grw);
  g_assert_false (g_rw_lock_writer_trylock (&locks->grw));
  g_rw_lock_reader_unlock (&locks->grw);
  g_rw_lock_writer_lock (&locks->grw);
  g_rw_lock_writer_unlock (&locks->grw);
  locks_free (locks);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  threads_add ("/locks/mutex/recursive", test_recursive);
  threads_add ("/locks/mutex/errorcheck", test_errorcheck);
  threads_add ("/locks/mutex/inheriting", test_inheriting);
  threads_add ("/locks/mutex/robust-owner-died", test_robust);
  threads_add ("/locks/mutex/own-thread-has-it", test_own);
  threads_add ("/locks/clocks-and-bad-times", test_clocks);
  threads_add ("/locks/readers-all-hold", test_readers);
  threads_add ("/locks/unlocked-by-another-thread", test_unlocked_by_another);
  threads_add ("/locks/taken-before-it-was-hooked", test_taken_before);
  threads_add ("/locks/more-than-are-followed", test_many);
  threads_add ("/locks/glib-through-pthread", test_glib_recursive);
  return g_test_run ();
}
