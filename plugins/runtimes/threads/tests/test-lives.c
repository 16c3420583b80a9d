/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads as tasks: how they begin and end, who waits for their end, and what a fork makes of all
 * of it. */

#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include "fixture.h"
#include "waited.h"

static int go;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_for_go (void *data)
{
  threads_until (&go);
  return data;
}

static void
test_joined (void)
{
  pthread_t thread;
  const Event *begin;
  void *value;

  go = 1;
  g_assert_cmpint (pthread_create (&thread, NULL, wait_for_go, &go), ==, 0);
  g_assert_cmpint (pthread_join (thread, &value), ==, 0);
  g_assert_true (value == &go);
  begin = harness_first (EVENT_TASK_BEGIN, NULL);
  g_assert_true (harness_is_in (begin, (const void *)test_joined));
  g_assert_true ((const void *)(uintptr_t)harness_attribute (begin->task, "callback")->value ==
                 (const void *)wait_for_go);
  g_assert_cmpint (harness_first (EVENT_TASK_END, NULL)->status, ==, 0);
}

static void *
join_other (void *data)
{
  g_assert_cmpint (pthread_join (*(pthread_t *)data, NULL), ==, 0);
  return NULL;
}

static void
test_join_waits_for_its_task (void)
{
  pthread_t awaited, joiner;
  InspectId task;

  go = 0;
  awaited = threads_start (wait_for_go, NULL);
  task = threads_task_of (awaited);
  joiner = threads_start (join_other, &awaited);
  threads_until_awaits ("thread.join", 1);
  g_assert_cmpuint (
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "thread.join")->object, "resource")
          ->value,
      ==, task);
  threads_raise (&go);
  threads_finish (joiner);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "thread.join")->status, ==, 0);
}

static void
test_join_in_time (void)
{
  struct timespec past = { 5, 0 };
  pthread_t thread;

  go = 0;
  thread = threads_start (wait_for_go, NULL);
  g_assert_cmpint (pthread_timedjoin_np (thread, NULL, &past), ==, ETIMEDOUT);
  g_assert_cmpint (pthread_clockjoin_np (thread, NULL, CLOCK_MONOTONIC, &past), ==, ETIMEDOUT);
  g_assert_cmpint (pthread_join (pthread_self (), NULL), ==, EDEADLK);
  threads_raise (&go);
  threads_finish (thread);
}

static void *
name_myself (void *data)
{
  pthread_setname_np (pthread_self (), "myself");
  return data;
}

static void
test_named (void)
{
  pthread_t thread;

  go = 0;
  thread = threads_start (wait_for_go, NULL);
  g_assert_cmpint (pthread_setname_np (thread, "worker"), ==, 0);
  g_assert_cmpint (pthread_setname_np (thread, "a name that is much too long"), ==, ERANGE);
  g_assert_cmpstr (harness_first (EVENT_NAME, NULL)->bytes, ==, "worker");
  threads_raise (&go);
  threads_finish (thread);
  threads_finish (threads_start (name_myself, NULL));
  g_assert_cmpstr (harness_nth (EVENT_NAME, NULL, 1)->bytes, ==, "myself");
  g_assert_cmpuint (harness_count (EVENT_NAME, NULL), ==, 2);
}

static void *
exit_early (void *data)
{
  pthread_exit (data);
}

static void
test_exits (void)
{
  g_assert_true (threads_finish (threads_start (exit_early, &go)) == &go);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

static pthread_key_t key;
static int n_destroyed;

static void
lock_at_the_end (void *data)
{
  g_assert_cmpint (pthread_mutex_lock (data), ==, 0);
  g_assert_cmpint (pthread_mutex_unlock (data), ==, 0);
  n_destroyed++;
}

static void *
set_key (void *data)
{
  pthread_setspecific (key, data);
  return NULL;
}

static void
test_destructors (void)
{
  pthread_key_create (&key, lock_at_the_end);
  threads_finish (threads_start (set_key, &mutex));
  g_assert_cmpint (n_destroyed, ==, 1);
  pthread_key_delete (key);
}

static void
test_cannot_be_created (void)
{
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init (&attributes);
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, (size_t)1 << 46), ==, 0);
  g_assert_cmpint (pthread_create (&thread, &attributes, wait_for_go, NULL), ==, EAGAIN);
  g_assert_cmpint (harness_first (EVENT_TASK_END, NULL)->status, ==, -EAGAIN);
  pthread_attr_destroy (&attributes);
}

static int
run_c11 (void *data)
{
  return *(int *)data;
}

static void
test_c11 (void)
{
  thrd_t thread;
  int in = 42, out = 0;

  g_assert_cmpint (thrd_create (&thread, run_c11, &in), ==, thrd_success);
  g_assert_cmpint (thrd_join (thread, &out), ==, thrd_success);
  g_assert_cmpint (out, ==, 42);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

static void *
create_child (void *data)
{
  pthread_t child;

  g_assert_cmpint (pthread_create (&child, NULL, wait_for_go, NULL), ==, 0);
  g_assert_cmpint (pthread_join (child, NULL), ==, 0);
  return data;
}

static void
test_parent (void)
{
  go = 1;
  threads_finish (threads_start (create_child, NULL));
  g_assert_cmpuint (harness_nth (EVENT_TASK_BEGIN, NULL, 1)->object, ==,
                    harness_nth (EVENT_TASK_BEGIN, NULL, 0)->task);
}

static void *
run_empty (void *data)
{
  return data;
}

/* Records are used again. */
static void
test_many (void)
{
  for (int i = 0; i < 2000; i++)
    threads_finish (threads_start (run_empty, NULL));
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 2000);
  g_assert_null (registry_get (256));
}

static void
test_no_memory (void)
{
  pthread_t threads[70];
  unsigned int before = harness_count_skipped ();

  /* More than the first portion of records has room for. */
  go = 0;
  harness_fail_memory (100);
  for (int i = 0; i < 70; i++)
    threads[i] = threads_start (wait_for_go, NULL);
  harness_fail_memory (0);
  threads_raise (&go);
  for (int i = 0; i < 70; i++)
    threads_finish (threads[i]);
  g_assert_cmpuint (harness_count_skipped (), >, before);
}

/* ---- Forks ------------------------------------------------------------------------------------------ */

static void *
hold_until_go (void *data)
{
  pthread_mutex_lock (&mutex);
  threads_raise (data);
  threads_until (&go);
  pthread_mutex_unlock (&mutex);
  return NULL;
}

/* Of the thread that stayed behind. */
static int
look_in_child (void)
{
  struct timespec past = { 5, 0 };
  InspectId teller;

  harness_clear ();
  if (pthread_mutex_timedlock (&mutex, &past) != ETIMEDOUT)
    return 1;
  if (harness_count (EVENT_ACQUIRE, NULL) != 1)
    return 2;
  teller = harness_first (EVENT_ACQUIRE, NULL)->task;
  if (harness_first (EVENT_AWAIT_BEGIN, NULL)->task == teller)
    return 3;
  if (harness_first (EVENT_TASK_END, NULL)->task != teller)
    return 4;
  /* Once is enough. */
  if (pthread_mutex_timedlock (&mutex, &past) != ETIMEDOUT ||
      harness_count (EVENT_TASK_END, NULL) != 1)
    return 5;
  return thread_count (thread_self) == 0 ? 0 : 6;
}

static void
test_fork_while_held (void)
{
  int is_held = 0, status;
  pthread_t holder;
  pid_t child;

  go = 0;
  holder = threads_start (hold_until_go, &is_held);
  threads_until (&is_held);
  child = fork ();
  if (child == 0)
    _exit (look_in_child ());
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  threads_raise (&go);
  threads_finish (holder);
}

/* The thread that forks gives back in both what it has. */
static void
test_fork_while_holding (void)
{
  int status;
  pid_t child;

  pthread_mutex_lock (&mutex);
  child = fork ();
  if (child == 0)
    {
      harness_clear ();
      if (thread_count (thread_self) != 1 || pthread_mutex_unlock (&mutex) != 0 ||
          thread_count (thread_self) != 0)
        _exit (1);
      threads_finish (threads_start (run_empty, NULL));
      _exit (harness_count (EVENT_TASK_END, NULL) == 1 ? 0 : 2);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  pthread_mutex_unlock (&mutex);
}

/* It has ended, and that is told: what comes after the join comes after all that it did. */
static void
test_join_of_what_has_ended (void)
{
  pthread_t thread = threads_start (run_empty, NULL);
  InspectId task;

  while (harness_count (EVENT_TASK_END, NULL) == 0)
    g_thread_yield ();
  task = harness_first (EVENT_TASK_END, NULL)->task;
  g_assert_cmpint (hook_pthread_join (thread, NULL), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 2); /* and that of who joins */
  g_assert_cmpuint (
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "thread.join")->object, "resource")
          ->value,
      ==, task);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "thread.join")->status, ==, 0);
  g_assert_cmpuint (thread_take_ended ((uintptr_t)thread), ==, INSPECT_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  threads_add ("/lives/no-memory", test_no_memory);
  threads_add ("/lives/joined", test_joined);
  threads_add ("/lives/join-waits-for-its-task", test_join_waits_for_its_task);
  threads_add ("/lives/join-of-what-has-ended", test_join_of_what_has_ended);
  threads_add ("/lives/join-in-time", test_join_in_time);
  threads_add ("/lives/named", test_named);
  threads_add ("/lives/exits", test_exits);
  threads_add ("/lives/destructors-take-locks", test_destructors);
  threads_add ("/lives/cannot-be-created", test_cannot_be_created);
  threads_add ("/lives/c11", test_c11);
  threads_add ("/lives/parent", test_parent);
  threads_add ("/lives/many", test_many);
  threads_add ("/lives/fork-while-another-holds", test_fork_while_held);
  threads_add ("/lives/fork-while-holding", test_fork_while_holding);
  return g_test_run ();
}
