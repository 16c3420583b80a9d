/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* GThreadPool: what is queued, what runs, who has the threads. */

#include "turn.h"

static GMutex mutex;
static GCond cond;
static int n_running;
static bool may_go_on;

static void
block (gpointer data, gpointer user_data)
{
  g_assert_true (user_data == &mutex);
  g_mutex_lock (&mutex);
  n_running++;
  g_cond_broadcast (&cond);
  while (!may_go_on)
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
}

static void
wait_for_running (int n)
{
  g_mutex_lock (&mutex);
  while (n_running < n)
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
}

static void
go_on (void)
{
  g_mutex_lock (&mutex);
  may_go_on = true;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&mutex);
}

static void
test_queued_and_running (void)
{
  GThreadPool *pool;
  const Event *first;
  InspectObject resource;

  n_running = 0;
  may_go_on = false;
  pool = g_thread_pool_new (block, &mutex, 1, FALSE, NULL);
  g_assert_true (g_thread_pool_push (pool, GINT_TO_POINTER (1), NULL));
  wait_for_running (1);
  g_assert_true (g_thread_pool_push (pool, GINT_TO_POINTER (1), NULL));
  first = harness_nth (EVENT_AWAIT_BEGIN, "glib.pool-job", 0);
  resource = harness_attribute (first->object, "resource")->value;
  g_assert_cmpuint (harness_attribute (resource, "permits")->value, ==, 1);
  g_assert_cmpuint (harness_attribute (first->object, "work")->value, ==, (uintptr_t)block);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "glib.pool-job"), ==, 1);
  g_assert_cmpuint (harness_first (EVENT_ACQUIRE, "glib.thread-pool")->task, ==, first->task);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "glib.thread-pool"), ==, 0);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "glib.pool-job", 1)->task, !=, first->task);
  go_on ();
  g_thread_pool_free (pool, FALSE, TRUE);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "glib.thread-pool"), ==, 2);
}

/* What was queued never runs. */
static void
test_freed_at_once (void)
{
  GThreadPool *pool;

  n_running = 0;
  may_go_on = false;
  pool = g_thread_pool_new (block, &mutex, 1, FALSE, NULL);
  for (int i = 1; i <= 5; i++)
    g_thread_pool_push (pool, GINT_TO_POINTER (i), NULL);
  wait_for_running (1);
  g_thread_pool_free (pool, TRUE, FALSE);
  go_on ();
  while (harness_count (EVENT_RELEASE, "glib.thread-pool") < 1)
    g_thread_yield ();
}

/* ---- The work of a GTask --------------------------------------------------------------------- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  n_ready++;
}

static void
work (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_int (task, 7);
}

static void
run_task (gpointer task, gpointer user_data)
{
  work (task, NULL, NULL, NULL);
}

/* As libgio's own pool does it. */
static void
test_gtask (void)
{
  GThreadPool *pool = g_thread_pool_new (run_task, NULL, 1, FALSE, NULL);
  GTask *task = g_task_new (NULL, NULL, on_done, NULL);
  InspectId id =
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "gio.task")->object, "resource")->value;

  g_thread_pool_push (pool, task, NULL);
  turn_until_ready (1);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_assert_cmpuint (harness_task_of ("glib.pool-job"), ==, id);
  g_assert_true (harness_has_attribute (harness_first (EVENT_AWAIT_BEGIN, "glib.pool-job")->object,
                                        "running"));
  g_object_unref (task);
}

static void
test_run_in_thread (void)
{
  GTask *task = g_task_new (NULL, NULL, on_done, NULL);

  g_task_run_in_thread (task, work);
  turn_until_ready (1);
  g_assert_cmpint (g_task_propagate_int (task, NULL), ==, 7);
  g_object_unref (task);
}

/* ---- Hostile --------------------------------------------------------------------------------- */

static void
nothing (gpointer data, gpointer user_data)
{
  g_atomic_int_inc ((int *)user_data);
}

/* More than there are places for: those are passed. */
static void
test_many_pools (void)
{
  GThreadPool *pools[40];
  int n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    pools[i] = g_thread_pool_new (nothing, &n, 2, FALSE, NULL);
  for (int k = 0; k < 20; k++)
    for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
      g_thread_pool_push (pools[i], &n, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    g_thread_pool_free (pools[i], FALSE, TRUE);
  g_assert_cmpint (n, ==, 20 * (int)G_N_ELEMENTS (pools));
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return a > b ? -1 : a < b;
}

static void
test_sorted (void)
{
  int n = 0;
  GThreadPool *pool = g_thread_pool_new (nothing, &n, 1, FALSE, NULL);

  g_thread_pool_set_sort_function (pool, compare, NULL);
  for (int i = 1; i <= 500; i++)
    g_thread_pool_push (pool, GINT_TO_POINTER (i), NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_assert_cmpint (n, ==, 500);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "glib.thread-pool"), ==, 500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  turn_add ("/pools/queued-and-running", test_queued_and_running);
  turn_add ("/pools/freed-at-once", test_freed_at_once);
  turn_add ("/pools/work-of-a-gtask", test_gtask);
  turn_add ("/pools/run-in-thread", test_run_in_thread);
  turn_add ("/pools/more-than-are-followed", test_many_pools);
  turn_add ("/pools/sorted", test_sorted);
  return g_test_run ();
}
