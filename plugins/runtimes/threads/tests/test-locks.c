/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What one thread has at a time: who waits, who holds, and that the calls are what they were. */

#include <string.h>
#include <threads.h>
#include <time.h>

#include "fixture.h"

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

/* ---- One table for all kinds of lock ------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *await;
  const char *resource;
  size_t offset; /* of what waits are for */
  int (*lock) (Locks *locks);
  int (*try) (Locks *locks); /* 0: taken */
  int (*unlock) (Locks *locks);
} Kind;

#define STATUS(name, call)                                                                         \
  static int name (Locks *locks) { return (call); }
STATUS (lock_mutex, pthread_mutex_lock (&locks->mutex))
STATUS (try_mutex, pthread_mutex_trylock (&locks->mutex))
STATUS (unlock_mutex, pthread_mutex_unlock (&locks->mutex))
STATUS (lock_write, pthread_rwlock_wrlock (&locks->rwlock))
STATUS (try_write, pthread_rwlock_trywrlock (&locks->rwlock))
STATUS (unlock_rwlock, pthread_rwlock_unlock (&locks->rwlock))
STATUS (lock_spin, pthread_spin_lock (&locks->spin))
STATUS (try_spin, pthread_spin_trylock (&locks->spin))
STATUS (unlock_spin, pthread_spin_unlock (&locks->spin))
STATUS (lock_mtx, mtx_lock (&locks->mtx))
STATUS (try_mtx, mtx_trylock (&locks->mtx) == thrd_busy ? EBUSY : 0)
STATUS (unlock_mtx, mtx_unlock (&locks->mtx))
STATUS (lock_gmutex, (g_mutex_lock (&locks->gmutex), 0))
STATUS (try_gmutex, g_mutex_trylock (&locks->gmutex) ? 0 : EBUSY)
STATUS (unlock_gmutex, (g_mutex_unlock (&locks->gmutex), 0))

static const Kind kinds[] = {
  { "mutex", "thread.lock", "pthread.mutex", offsetof (Locks, mutex), lock_mutex, try_mutex,
    unlock_mutex },
  { "write", "thread.write-lock", "pthread.rwlock", offsetof (Locks, rwlock), lock_write, try_write,
    unlock_rwlock },
  { "spin", "thread.spin-lock", "pthread.spin", offsetof (Locks, spin), lock_spin, try_spin,
    unlock_spin },
  { "mtx", "thread.lock", "c11.mtx", offsetof (Locks, mtx), lock_mtx, try_mtx, unlock_mtx },
  { "gmutex", "thread.lock", "glib.mutex", offsetof (Locks, gmutex), lock_gmutex, try_gmutex,
    unlock_gmutex },
};

static const Kind *kind;

static Locks *
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

static void
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

static const void *
lock_of (Locks *locks)
{
  return (const char *)locks + kind->offset;
}

static void
test_uncontended (void)
{
  Locks *locks = locks_new ();

  for (int i = 0; i < 1000; i++)
    {
      g_assert_cmpint (kind->lock (locks), ==, 0);
      g_assert_cmpint (thread_count (thread_self), ==, 1);
      g_assert_true (thread_self->held[1].lock == lock_of (locks));
      g_assert_cmpint (kind->unlock (locks), ==, 0);
      g_assert_cmpint (thread_count (thread_self), ==, 0);
    }
  g_assert_cmpuint (threads_count_records (), ==, 0);
  locks_free (locks);
  g_assert_cmpuint (threads_count_records (), ==, 0);
}

static void *
hold (void *data)
{
  Locks *locks = data;

  locks->status = kind->lock (locks);
  threads_raise (&locks->started);
  threads_until (&locks->let_go);
  kind->unlock (locks);
  return NULL;
}

static void *
want (void *data)
{
  Locks *locks = data;
  int before;

  errno = before = EXDEV;
  locks->status = kind->lock (locks);
  g_assert_cmpint (errno, ==, before);
  kind->unlock (locks);
  return NULL;
}

static void
test_contended (void)
{
  Locks *locks = locks_new ();
  pthread_t holder = threads_start (hold, locks), waiter;
  InspectId holder_task, waiter_task;
  const Event *await;

  threads_until (&locks->started);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, 0);
  waiter = threads_start (want, locks);
  threads_until_awaits (kind->await, 1);
  holder_task = threads_task_of (holder);
  waiter_task = threads_task_of (waiter);
  while (harness_count (EVENT_ACQUIRE, kind->resource) == 0)
    thrd_yield ();
  threads_raise (&locks->let_go);
  threads_finish (holder);
  threads_finish (waiter);

  g_assert_cmpint (locks->status, ==, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, kind->await);
  g_assert_cmpuint (await->task, ==, waiter_task);
  g_assert_true (threads_waits_for (await, lock_of (locks)));
  g_assert_cmpuint (harness_first (EVENT_ACQUIRE, kind->resource)->task, ==, holder_task);
  g_assert_cmpuint (harness_first (EVENT_RELEASE, kind->resource)->task, ==, holder_task);
  g_assert_cmpuint (harness_nth (EVENT_ACQUIRE, kind->resource, 1)->task, ==, waiter_task);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, kind->await)->status, ==, 0);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, 2);
  locks_free (locks);
}

static void
test_try (void)
{
  Locks *locks = locks_new ();
  pthread_t holder = threads_start (hold, locks);

  threads_until (&locks->started);
  g_assert_cmpint (kind->try (locks), ==, EBUSY);
  g_assert_cmpuint (thread_count (thread_self), ==, 0);
  threads_raise (&locks->let_go);
  threads_finish (holder);
  g_assert_cmpint (kind->try (locks), ==, 0);
  g_assert_cmpuint (thread_count (thread_self), ==, 1);
  kind->unlock (locks);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  locks_free (locks);
}

static void
test_nobody_looks (void)
{
  Locks *locks = locks_new ();
  pthread_t holder, waiter;

  harness_set_on (false);
  holder = threads_start (hold, locks);
  threads_until (&locks->started);
  waiter = threads_start (want, locks);
  threads_raise (&locks->let_go);
  threads_finish (holder);
  threads_finish (waiter);
  harness_set_on (true);
  g_assert_cmpuint (threads_count_records (), ==, 0);
  locks_free (locks);
}

/* In a callback both belong to its task, not to the thread's. */
static void *
hold_in_callback (void *data)
{
  InspectId before;

  inspect_task_begin (0x1111, INSPECT_NONE, 0);
  before = inspect_poll_begin (0x1111, 0, 0);
  hold (data);
  inspect_poll_end (0x1111, before);
  inspect_task_end (0x1111, 0);
  return NULL;
}

static void *
want_in_callback (void *data)
{
  InspectId before;

  inspect_task_begin (0x2222, INSPECT_NONE, 0);
  before = inspect_poll_begin (0x2222, 0, 0);
  want (data);
  inspect_poll_end (0x2222, before);
  inspect_task_end (0x2222, 0);
  return NULL;
}

static void
test_callbacks (void)
{
  Locks *locks = locks_new ();
  pthread_t holder, waiter;

  kind = &kinds[0];
  holder = threads_start (hold_in_callback, locks);
  threads_until (&locks->started);
  waiter = threads_start (want_in_callback, locks);
  while (harness_count (EVENT_ACQUIRE, kind->resource) == 0)
    thrd_yield ();
  threads_raise (&locks->let_go);
  threads_finish (holder);
  threads_finish (waiter);
  g_assert_cmpuint (harness_first (EVENT_AWAIT_BEGIN, kind->await)->task, ==, 0x2222);
  g_assert_cmpuint (harness_first (EVENT_ACQUIRE, kind->resource)->task, ==, 0x1111);
  g_assert_cmpuint (harness_nth (EVENT_ACQUIRE, kind->resource, 1)->task, ==, 0x2222);
  locks_free (locks);
}

/* The agent leaves while a lock is held and a thread runs, and comes again. */
static void
test_stopped (void)
{
  Locks *locks = locks_new ();
  pthread_t holder, waiter;

  kind = &kinds[0];
  holder = threads_start (hold, locks);
  threads_until (&locks->started);
  harness_stop_plugin ();
  waiter = threads_start (want, locks);
  threads_raise (&locks->let_go);
  threads_finish (waiter);
  harness_set_payload (true);
  threads_finish (holder);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  locks_free (locks);
}

/* ---- Special mutexes ------------------------------------------------------------------------------ */

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

static void
run_of_kind (gconstpointer data)
{
  const void *const *pair = data;

  kind = pair[0];
  threads_run (pair[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      static const struct
      {
        const char *name;
        void (*test) (void);
      } claims[] = {
        { "uncontended-leaves-no-record", test_uncontended },
        { "contended-tells-who-holds-it", test_contended },
        { "try-never-waits", test_try },
        { "nobody-looks", test_nobody_looks },
      };

      for (unsigned int k = 0; k < G_N_ELEMENTS (claims); k++)
        {
          g_autofree char *path = g_strdup_printf ("/locks/%s/%s", kinds[i].name, claims[k].name);
          g_autofree const void **pair = g_new (const void *, 2);

          pair[0] = &kinds[i];
          pair[1] = (const void *)claims[k].test;
          g_test_add_data_func_full (path, g_steal_pointer (&pair), run_of_kind, g_free);
        }
    }
  threads_add ("/locks/in-callbacks", test_callbacks);
  threads_add ("/locks/agent-leaves-meanwhile", test_stopped);
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
