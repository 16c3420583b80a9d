/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which nestings of locks are told, and how often. */

#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "held.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;

/* A function of its own, for its place is looked at. */
static __attribute__ ((noinline)) void
nest (pthread_mutex_t *outer, pthread_mutex_t *inner)
{
  pthread_mutex_lock (outer);
  pthread_mutex_lock (inner);
  pthread_mutex_unlock (inner);
  pthread_mutex_unlock (outer);
}

static bool
was_named (const pthread_mutex_t *mutex)
{
  for (unsigned int i = 0; i < harness_count (EVENT_ACQUIRE, NULL); i++)
    if ((harness_nth (EVENT_ACQUIRE, NULL, i)->object & 0xffffffffffff) == inspect_id_of (mutex))
      return true;
  return false;
}

static unsigned int
count (void)
{
  unsigned int n = harness_count (EVENT_ACQUIRE, NULL);

  g_assert_cmpuint (harness_count (EVENT_RELEASE, NULL), ==, n);
  return n;
}

static void
test_once (void)
{
  nest (&a, &b);
  g_assert_cmpuint (count (), ==, 2);
  g_assert_cmpuint (harness_nth (EVENT_ACQUIRE, NULL, 0)->object & 0xffffffffffff, ==,
                    inspect_id_of (&a));
  g_assert_cmpuint (harness_nth (EVENT_ACQUIRE, NULL, 1)->object & 0xffffffffffff, ==,
                    inspect_id_of (&b));
  g_assert_true (harness_is_in (harness_nth (EVENT_ACQUIRE, NULL, 0), (const void *)nest));
  for (int i = 0; i < 100; i++)
    nest (&a, &b);
  g_assert_cmpuint (count (), ==, 2);
  nest (&b, &a);
  g_assert_cmpuint (count (), ==, 4);
  nest (&b, &a);
  g_assert_cmpuint (count (), ==, 4);
}

static void
test_guard (void)
{
  pthread_mutex_lock (&c);
  nest (&a, &b);
  pthread_mutex_unlock (&c);
  /* c then a; c, a and then b: what a guard covers can be told. */
  g_assert_cmpuint (count (), ==, 3);
}

static void
test_again_after_destroy (void)
{
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

  nest (&a, &mutex);
  g_assert_cmpuint (count (), ==, 2);
  pthread_mutex_destroy (&mutex);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, NULL), ==, 1);
  pthread_mutex_init (&mutex, NULL);
  nest (&a, &mutex);
  g_assert_cmpuint (count (), ==, 4);
  pthread_mutex_destroy (&mutex);
}

/* One lock in each of many objects is one order, not so many. */
static void
test_bounded (void)
{
  static pthread_mutex_t many[100000];

  for (unsigned int i = 0; i < G_N_ELEMENTS (many); i++)
    {
      pthread_mutex_init (&many[i], NULL);
      nest (&a, &many[i]);
    }
  g_assert_cmpuint (count (), >=, 2 * 128);
  g_assert_cmpuint (count (), <, 2 * (128 + G_N_ELEMENTS (many) / 64 + 1));
}

static void
test_out_of_order (void)
{
  for (int i = 0; i < 10; i++)
    {
      pthread_mutex_lock (&a);
      pthread_mutex_lock (&b);
      pthread_mutex_unlock (&a);
      pthread_mutex_lock (&c);
      g_assert_cmpuint (thread_count (thread_self), ==, 3);
      pthread_mutex_unlock (&c);
      pthread_mutex_unlock (&b);
      g_assert_cmpuint (thread_count (thread_self), ==, 0);
    }
}

static void
test_same_lock (void)
{
  pthread_mutexattr_t attributes;
  pthread_mutex_t mutex;

  pthread_mutexattr_init (&attributes);
  pthread_mutexattr_settype (&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init (&mutex, &attributes);
  nest (&mutex, &mutex);
  g_assert_cmpuint (count (), ==, 0);
  pthread_mutex_destroy (&mutex);
}

/* What one thread does in both orders is no fault; it takes two of them. */
static void *
nest_both (void *data)
{
  nest (&a, &b);
  nest (&b, &a);
  return NULL;
}

static void
test_of_each_thread (void)
{
  order_tell_again ();
  nest (&a, &b);
  nest (&b, &a);
  g_assert_cmpuint (count (), ==, 4);
  threads_finish (threads_start (nest_both, NULL));
  g_assert_cmpuint (count (), ==, 8);
}

/* What was over before a thread began could not meet it; what comes after it has begun, can. */
static void *
wait_for_flag (void *data)
{
  threads_until (data);
  return NULL;
}

static void
test_again_after_a_thread_began (void)
{
  int flag = 0;
  pthread_t thread;

  order_tell_again ();
  nest (&a, &b);
  nest (&a, &b);
  g_assert_cmpuint (count (), ==, 2);
  thread = threads_start (wait_for_flag, &flag);
  nest (&a, &b);
  nest (&a, &b);
  g_assert_cmpuint (count (), ==, 4);
  threads_raise (&flag);
  threads_finish (thread);
}

/* In the child of a fork nothing was told yet. */
static void
test_again_in_a_child (void)
{
  int status;
  pid_t child;

  order_tell_again ();
  nest (&a, &b);
  child = fork ();
  if (child == 0)
    {
      harness_clear ();
      nest (&a, &b);
      _exit (harness_count (EVENT_ACQUIRE, NULL) == 2 ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (count (), ==, 2);
}

/* An inspector that comes later. */
static void
test_again_after_a_stop (void)
{
  order_tell_again ();
  nest (&a, &b);
  harness_stop_plugin ();
  nest (&a, &b);
  harness_set_payload (true);
  nest (&a, &b);
  g_assert_cmpuint (count (), ==, 4);
}

/* Whoever waits for a lock told of its holder, at a time that shows no order: the holder tells it when
 * it does the same again. */
static void *
lock_c (void *data)
{
  pthread_mutex_lock (&c);
  pthread_mutex_unlock (&c);
  return NULL;
}

static void
test_again_after_hearsay (void)
{
  pthread_t thread;

  pthread_mutex_lock (&c);
  thread = threads_start (lock_c, NULL);
  threads_until_awaits ("thread.lock", 1);
  while (harness_count (EVENT_ACQUIRE, "pthread.mutex") == 0)
    g_thread_yield ();
  pthread_mutex_lock (&a);
  pthread_mutex_unlock (&a);
  g_assert_false (was_named (&a));
  pthread_mutex_unlock (&c);
  threads_finish (thread);
  nest (&c, &a);
  g_assert_true (was_named (&a));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  threads_add ("/order/each-is-told-once", test_once);
  threads_add ("/order/with-its-guard", test_guard);
  threads_add ("/order/again-where-another-lock-lived", test_again_after_destroy);
  threads_add ("/order/of-each-thread", test_of_each_thread);
  threads_add ("/order/again-after-a-thread-began", test_again_after_a_thread_began);
  threads_add ("/order/again-in-the-child-of-a-fork", test_again_in_a_child);
  threads_add ("/order/again-after-a-stop", test_again_after_a_stop);
  threads_add ("/order/again-after-hearsay", test_again_after_hearsay);
  threads_add ("/order/of-many-locks-is-bounded", test_bounded);
  threads_add ("/order/given-back-out-of-order", test_out_of_order);
  threads_add ("/order/taken-once-more-is-none", test_same_lock);
  return g_test_run ();
}
