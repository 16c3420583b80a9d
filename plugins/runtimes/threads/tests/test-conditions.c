/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Conditions, semaphores, barriers: also where the thread is cancelled in them. */

#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <threads.h>
#include <time.h>

#include "fixture.h"
#include "waited.h"

typedef struct
{
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  sem_t semaphore;
  GMutex gmutex;
  GCond gcond;
  mtx_t mtx;
  cnd_t cnd;
  bool ready;
  int n_cleaned;
} Shared;

static Shared shared;

static void
shared_init (void)
{
  shared = (Shared){ .ready = false };
  pthread_mutex_init (&shared.mutex, NULL);
  pthread_cond_init (&shared.cond, NULL);
  sem_init (&shared.semaphore, 0, 0);
  g_mutex_init (&shared.gmutex);
  g_cond_init (&shared.gcond);
  mtx_init (&shared.mtx, mtx_plain);
  cnd_init (&shared.cnd);
}

static void
shared_clear (void)
{
  pthread_mutex_destroy (&shared.mutex);
  pthread_cond_destroy (&shared.cond);
  sem_destroy (&shared.semaphore);
  g_mutex_clear (&shared.gmutex);
  g_cond_clear (&shared.gcond);
  mtx_destroy (&shared.mtx);
  cnd_destroy (&shared.cnd);
}

/* ---- Conditions of all kinds -------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *resource;
  const char *mutex_resource;
  void (*lock) (void);
  void (*unlock) (void);
  void (*wait) (void);
  void (*signal) (void);
  void (*broadcast) (void);
} Kind;

#define DO(name, call)                                                                             \
  static void name (void) { call; }
DO (lock_pthread, pthread_mutex_lock (&shared.mutex))
DO (unlock_pthread, pthread_mutex_unlock (&shared.mutex))
DO (wait_pthread, pthread_cond_wait (&shared.cond, &shared.mutex))
DO (signal_pthread, pthread_cond_signal (&shared.cond))
DO (broadcast_pthread, pthread_cond_broadcast (&shared.cond))
DO (lock_glib, g_mutex_lock (&shared.gmutex))
DO (unlock_glib, g_mutex_unlock (&shared.gmutex))
DO (wait_glib, g_cond_wait (&shared.gcond, &shared.gmutex))
DO (signal_glib, g_cond_signal (&shared.gcond))
DO (broadcast_glib, g_cond_broadcast (&shared.gcond))
DO (lock_c11, mtx_lock (&shared.mtx))
DO (unlock_c11, mtx_unlock (&shared.mtx))
DO (wait_c11, cnd_wait (&shared.cnd, &shared.mtx))
DO (signal_c11, cnd_signal (&shared.cnd))
DO (broadcast_c11, cnd_broadcast (&shared.cnd))

static const Kind kinds[] = {
  { "pthread", "pthread.cond", "pthread.mutex", lock_pthread, unlock_pthread, wait_pthread,
    signal_pthread, broadcast_pthread },
  { "glib", "glib.cond", "glib.mutex", lock_glib, unlock_glib, wait_glib, signal_glib,
    broadcast_glib },
  { "c11", "c11.cnd", "c11.mtx", lock_c11, unlock_c11, wait_c11, signal_c11, broadcast_c11 },
};
static const Kind *kind;

static void *
wait_until_ready (void *data)
{
  kind->lock ();
  while (!shared.ready)
    kind->wait ();
  /* It has the mutex again, and that is known. */
  g_assert_cmpuint (thread_count (thread_self), ==, 1);
  kind->unlock ();
  return data;
}

static void
test_signal (void)
{
  pthread_t sleeper = threads_start (wait_until_ready, NULL);
  const Event *await;

  threads_until_awaits ("thread.condition", 1);
  await = harness_first (EVENT_AWAIT_BEGIN, "thread.condition");
  g_assert_cmpint (await->kind->flags & INSPECT_AWAIT_ONESHOT, ==, 0);
  g_assert_cmpstr (threads_resource_name (await, 0), ==, kind->resource);
  kind->lock ();
  shared.ready = true;
  kind->signal ();
  g_assert_cmpuint (harness_first (EVENT_WAKE, NULL)->object, ==, await->object);
  /* From here on it waits for the mutex, which this thread has. */
  g_assert_cmpstr (threads_resource_name (await, 1), ==, kind->mutex_resource);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, kind->mutex_resource), ==, 1);
  kind->unlock ();
  threads_finish (sleeper);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, kind->mutex_resource), ==,
                    harness_count (EVENT_ACQUIRE, kind->mutex_resource));
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "thread.condition"), ==, 1);
}

static void
test_broadcast (void)
{
  pthread_t sleepers[5];

  for (int i = 0; i < 5; i++)
    sleepers[i] = threads_start (wait_until_ready, NULL);
  threads_until_awaits ("thread.condition", 5);
  kind->lock ();
  shared.ready = true;
  kind->broadcast ();
  g_assert_cmpuint (harness_count (EVENT_WAKE, NULL), >=, 5);
  kind->unlock ();
  for (int i = 0; i < 5; i++)
    threads_finish (sleepers[i]);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "thread.condition"), ==, 5);
}

/* Which of several it is that a signal wakes is not known. */
static void
test_signal_of_several (void)
{
  pthread_t sleepers[3];

  for (int i = 0; i < 3; i++)
    sleepers[i] = threads_start (wait_until_ready, NULL);
  threads_until_awaits ("thread.condition", 3);
  kind->lock ();
  kind->unlock ();
  kind->signal ();
  g_assert_cmpstr (harness_first (EVENT_WAKE, NULL)->kind->name, ==, kind->resource);
  kind->lock ();
  shared.ready = true;
  kind->broadcast ();
  kind->unlock ();
  for (int i = 0; i < 3; i++)
    threads_finish (sleepers[i]);
}

static void
test_signal_of_nobody (void)
{
  for (int i = 0; i < 10; i++)
    {
      kind->signal ();
      kind->broadcast ();
    }
  g_assert_cmpuint (threads_count_records (), ==, 0);
}

static void
test_times (void)
{
  struct timespec past = { 5, 0 };

  lock_pthread ();
  g_assert_cmpint (pthread_cond_timedwait (&shared.cond, &shared.mutex, &past), ==, ETIMEDOUT);
  g_assert_cmpuint (thread_count (thread_self), ==, 1);
  g_assert_cmpint (pthread_cond_clockwait (&shared.cond, &shared.mutex, CLOCK_MONOTONIC, &past), ==,
                   ETIMEDOUT);
  unlock_pthread ();
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, NULL, 1)->status, ==, -ETIMEDOUT);
  lock_glib ();
  g_assert_false (g_cond_wait_until (&shared.gcond, &shared.gmutex, 1));
  g_assert_cmpuint (thread_count (thread_self), ==, 1);
  unlock_glib ();
  g_assert_cmpuint (
      harness_attribute (harness_nth (EVENT_AWAIT_BEGIN, NULL, 2)->object, "deadline")->value, ==,
      1000);
}

/* ---- Cancelled ------------------------------------------------------------------------------------ */

static void
clean (void *data)
{
  shared.n_cleaned++;
  g_assert_cmpint (pthread_mutex_unlock (data), ==, 0);
}

static void *
wait_for_ever (void *data)
{
  pthread_mutex_lock (&shared.mutex);
  pthread_cleanup_push (clean, &shared.mutex);
  for (;;)
    pthread_cond_wait (&shared.cond, &shared.mutex);
  pthread_cleanup_pop (1);
  return data;
}

static void
test_cancelled (void)
{
  pthread_t sleeper;

#ifdef __SANITIZE_ADDRESS__
  /* It takes what the unwinding has left behind for its own. */
  g_test_skip ("a cleanup handler of a cancelled thread, under AddressSanitizer");
  return;
#endif
  sleeper = threads_start (wait_for_ever, NULL);
  threads_until_awaits ("thread.condition", 1);
  pthread_cancel (sleeper);
  g_assert_true (threads_finish (sleeper) == PTHREAD_CANCELED);
  g_assert_cmpint (shared.n_cleaned, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "thread.condition")->status, ==, -ECANCELED);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

static void *
wait_for_permit (void *data)
{
  for (;;)
    sem_wait (&shared.semaphore);
  return data;
}

static void
test_semaphore_cancelled (void)
{
  pthread_t sleeper = threads_start (wait_for_permit, NULL);

  threads_until_awaits ("thread.semaphore", 1);
  pthread_cancel (sleeper);
  g_assert_true (threads_finish (sleeper) == PTHREAD_CANCELED);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "thread.semaphore")->status, ==, -ECANCELED);
}

/* A semaphore that has permits is a point where it may be cancelled all the same. */
static void *
cancel_myself (void *data)
{
  sem_post (&shared.semaphore);
  pthread_cancel (pthread_self ());
  sem_wait (&shared.semaphore);
  g_assert_not_reached ();
  return data;
}

static void
test_semaphore_is_a_cancellation_point (void)
{
  int value;

  g_assert_true (threads_finish (threads_start (cancel_myself, NULL)) == PTHREAD_CANCELED);
  g_assert_cmpint (sem_getvalue (&shared.semaphore, &value), ==, 0);
  g_assert_cmpint (value, ==, 1);
}

/* ---- Semaphores ------------------------------------------------------------------------------------ */

static void
test_semaphore_at_once (void)
{
  struct timespec past = { 5, 0 };

  for (int i = 0; i < 100; i++)
    {
      errno = EXDEV;
      g_assert_cmpint (sem_post (&shared.semaphore), ==, 0);
      g_assert_cmpint (sem_wait (&shared.semaphore), ==, 0);
      g_assert_cmpint (errno, ==, EXDEV);
    }
  g_assert_cmpint (sem_trywait (&shared.semaphore), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_cmpuint (threads_count_records (), ==, 0);
  g_assert_cmpint (sem_timedwait (&shared.semaphore, &past), ==, -1);
  g_assert_cmpint (errno, ==, ETIMEDOUT);
  g_assert_cmpint (sem_clockwait (&shared.semaphore, CLOCK_MONOTONIC, &past), ==, -1);
  g_assert_cmpint (errno, ==, ETIMEDOUT);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "thread.semaphore"), ==, 2);
}

static void
post (int signal)
{
  (void)signal;
  sem_post (&shared.semaphore);
}

/* The handler runs on the thread that sleeps, in the call. */
static void *
wait_for_signal (void *data)
{
  while (sem_wait (&shared.semaphore) != 0)
    g_assert_cmpint (errno, ==, EINTR);
  return data;
}

static void
test_semaphore_in_handler (void)
{
  struct sigaction action = { .sa_handler = post }, before;
  pthread_t sleeper;

  sigaction (SIGUSR1, &action, &before);
  sleeper = threads_start (wait_for_signal, NULL);
  threads_until_awaits ("thread.semaphore", 1);
  pthread_kill (sleeper, SIGUSR1);
  threads_finish (sleeper);
  sigaction (SIGUSR1, &before, NULL);
  g_assert_cmpstr (harness_first (EVENT_WAKE, NULL)->kind->name, ==, "pthread.semaphore");
}

static sigjmp_buf way_out;

static void
jump_out (int signal)
{
  siglongjmp (way_out, signal);
}

/* The call never returns; what it waited for is not waited for any more. */
static void *
wait_and_jump (void *data)
{
  struct timespec past = { 5, 0 };

  if (sigsetjmp (way_out, 1) == 0)
    {
      sem_wait (&shared.semaphore);
      g_assert_not_reached ();
    }
  g_assert_cmpint (sem_timedwait (&shared.semaphore, &past), ==, -1);
  return data;
}

static void
test_semaphore_jumped_out (void)
{
  struct sigaction action = { .sa_handler = jump_out }, before;
  pthread_t sleeper;

  sigaction (SIGUSR1, &action, &before);
  sleeper = threads_start (wait_and_jump, NULL);
  threads_until_awaits ("thread.semaphore", 1);
  pthread_kill (sleeper, SIGUSR1);
  threads_finish (sleeper);
  sigaction (SIGUSR1, &before, NULL);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "thread.semaphore", 0)->status, ==, -ECANCELED);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "thread.semaphore", 1)->status, ==, -ETIMEDOUT);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 2);
}

/* ---- Barriers -------------------------------------------------------------------------------------- */

static void *
meet (void *data)
{
  int status = pthread_barrier_wait (data);

  return GINT_TO_POINTER (status == PTHREAD_BARRIER_SERIAL_THREAD);
}

static void
test_barrier (void)
{
  pthread_barrier_t barrier;
  pthread_t threads[4];
  int n_serial = 0;

  pthread_barrier_init (&barrier, NULL, 4);
  for (int i = 0; i < 4; i++)
    threads[i] = threads_start (meet, &barrier);
  for (int i = 0; i < 4; i++)
    n_serial += GPOINTER_TO_INT (threads_finish (threads[i]));
  g_assert_cmpint (n_serial, ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "thread.barrier"), ==, 4);
  pthread_barrier_destroy (&barrier);
}

static void
run (gconstpointer test)
{
  shared_init ();
  harness_clear ();
  ((void (*) (void))test) ();
  shared_clear ();
  threads_check_end ();
}

static void
run_of_kind (gconstpointer data)
{
  const void *const *pair = data;

  kind = pair[0];
  run (pair[1]);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (void);
  } claims[] = {
    { "signal-turns-it-to-the-mutex", test_signal },
    { "broadcast-wakes-all", test_broadcast },
    { "signal-of-several-wakes-some", test_signal_of_several },
    { "signal-of-nobody-is-nothing", test_signal_of_nobody },
  };

  g_test_init (&argc, &argv, NULL);
  harness_install ();
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (unsigned int k = 0; k < G_N_ELEMENTS (claims); k++)
      {
        g_autofree char *path =
            g_strdup_printf ("/conditions/%s/%s", kinds[i].name, claims[k].name);
        const void **pair = g_new (const void *, 2);

        pair[0] = &kinds[i];
        pair[1] = (const void *)claims[k].test;
        g_test_add_data_func_full (path, pair, run_of_kind, g_free);
      }
#define ADD(path, test) g_test_add_data_func (path, (gconstpointer)(test), run)
  ADD ("/conditions/times", test_times);
  ADD ("/conditions/cancelled", test_cancelled);
  ADD ("/semaphore/at-once-leaves-no-record", test_semaphore_at_once);
  ADD ("/semaphore/posted-in-a-handler", test_semaphore_in_handler);
  ADD ("/semaphore/jumped-out-of", test_semaphore_jumped_out);
  ADD ("/semaphore/cancelled", test_semaphore_cancelled);
  ADD ("/semaphore/cancelled-where-it-would-not-sleep", test_semaphore_is_a_cancellation_point);
  ADD ("/barrier/all-wait", test_barrier);
  return g_test_run ();
}
