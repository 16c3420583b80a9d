/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What one thread has at a time: who waits, who holds, and that the calls are what they were; the same of
 * each kind of lock. */

#include <string.h>
#include <threads.h>

#include "fixture.h"
#include "locks.h"

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
  return g_test_run ();
}
