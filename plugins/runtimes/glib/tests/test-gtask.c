/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* GTasks of a program, and what waits for them. */

#include <errno.h>
#include <gio/gio.h>

#include "turn.h"

static const void *seen_user_data;
static bool was_valid;

static void fetch_async (GObject *source, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);

/* ---- A program with an asynchronous function of its own -------------------------------------- */

static GTask *pending;

static __attribute__ ((noinline)) void
fetch_async (GObject *source, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  GTask *task = g_task_new (source, cancellable, callback, user_data);

  g_task_set_source_tag (task, fetch_async);
  pending = task;
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  n_ready++;
  seen_user_data = user_data;
  was_valid = g_task_is_valid (result, source) && g_async_result_is_tagged (result, fetch_async) &&
              g_async_result_get_user_data (result) == user_data;
}

static void
on_nothing (GObject *source, GAsyncResult *result, gpointer user_data)
{
  n_ready++;
}

static void
setup (void)
{
  seen_user_data = NULL;
  was_valid = false;
}

static void
finish (void)
{
  g_task_return_boolean (pending, TRUE);
  turn_until_ready (1);
  g_object_unref (pending);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void
test_own_function (void)
{
  const Event *begin;
  const Event *end;

  setup ();
  fetch_async (NULL, NULL, on_fetched, &n_ready);
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.task");
  g_assert_true (harness_is_in (begin, fetch_async));
  g_assert_cmpuint (harness_attribute (begin->object, "resource")->value, !=, begin->task);
  g_assert_cmpuint (harness_attribute (begin->object, "callback")->value, ==,
                    (uintptr_t)on_fetched);
  g_assert_cmpuint (harness_parent_of (harness_attribute (begin->object, "resource")->value), ==,
                    begin->task);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "gio.task"), ==, 0);
  finish ();
  end = harness_first (EVENT_AWAIT_END, "gio.task");
  g_assert_cmpuint (end->task, ==, begin->task);
  g_assert_cmpint (end->status, ==, 0);
  g_assert_cmpstr (harness_first (EVENT_NAME, NULL)->bytes, ==, "fetch_async");
}

static void
test_callback_is_a_poll (void)
{
  InspectObject await;

  setup ();
  fetch_async (NULL, NULL, on_fetched, &n_ready);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.task")->object;
  finish ();
  for (unsigned int i = 0;; i++)
    {
      const Event *poll = harness_nth (EVENT_POLL_BEGIN, NULL, i);

      if (poll->object == await)
        {
          g_assert_true (harness_is_in (poll, on_fetched));
          break;
        }
    }
}

static void
test_identities (void)
{
  GObject *source = g_object_new (G_TYPE_OBJECT, NULL);

  setup ();
  fetch_async (source, NULL, on_fetched, source);
  finish ();
  g_assert_true (seen_user_data == source);
  g_assert_true (was_valid);
  g_object_unref (source);
}

/* Legal: nobody wants to know. */
static void
test_no_callback (void)
{
  setup ();
  fetch_async (NULL, NULL, NULL, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "gio.task"), ==, 0);
  g_task_return_boolean (pending, TRUE);
  g_object_unref (pending);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_failure (void)
{
  setup ();
  fetch_async (NULL, NULL, on_nothing, NULL);
  g_task_return_new_error (pending, G_IO_ERROR, G_IO_ERROR_FAILED, "no");
  turn_until_ready (1);
  g_object_unref (pending);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "gio.task")->status, ==, -EIO);
}

static void
test_cancelled (void)
{
  GCancellable *cancellable = g_cancellable_new ();
  InspectObject resource;

  setup ();
  fetch_async (NULL, cancellable, on_nothing, NULL);
  resource =
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "gio.task")->object, "cancellable")
          ->value;
  g_assert_cmpstr (harness_attribute (resource, "state")->bytes, ==, "not cancelled");
  g_cancellable_cancel (cancellable);
  g_assert_cmpstr (harness_attribute (resource, "state")->bytes, ==, "cancelled");
  g_assert_true (g_task_return_error_if_cancelled (pending));
  turn_until_ready (1);
  g_object_unref (pending);
  g_object_unref (cancellable);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "gio.task")->status, ==, -ECANCELED);
}

static void
test_returned_but_not_dispatched (void)
{
  const Event *begin;

  setup ();
  fetch_async (NULL, NULL, on_nothing, NULL);
  g_task_return_boolean (pending, TRUE);
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.dispatch");
  g_assert_cmpuint (
      begin->task, ==,
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "gio.task")->object, "resource")->value);
  g_assert_true (harness_has_attribute (begin->object, "resource"));
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "gio.dispatch"), ==, 0);
  turn_until_ready (1);
  g_object_unref (pending);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "gio.dispatch"), ==, 1);
}

/* The wait goes on for ever, and says so. */
static void
test_dropped (void)
{
  InspectObject await;
  GLogLevelFlags fatal;

  harness_clear ();
  n_ready = 0;
  setup ();
  fetch_async (NULL, NULL, on_nothing, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.task")->object;
  /* Newer GLibs complain themselves. */
  fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_object_unref (pending);
  g_log_set_always_fatal (fatal);
  g_assert_cmpstr (harness_attribute (await, "state")->bytes, ==, "dropped");
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "gio.task"), ==, 0);
  context_forget ();
  harness_check (false);
}

/* What is done for a GTask belongs to it: by user_data, and by its task data. */

static void
on_step (GObject *source, GAsyncResult *result, gpointer user_data)
{
  char *contents;

  n_ready++;
  g_assert_false (
      g_file_load_contents_finish (G_FILE (source), result, &contents, NULL, NULL, NULL));
}

static InspectId
task_of_pending (void)
{
  return harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "gio.task")->object, "resource")
      ->value;
}

static void
run_step (gpointer user_data)
{
  GFile *file = g_file_new_for_path ("/nonexistent/file");

  g_file_load_contents_async (file, NULL, on_step, user_data);
  g_object_unref (file);
  turn_until_ready (1);
  g_assert_cmpuint (harness_task_of ("gio.file-load-contents"), ==, task_of_pending ());
  g_task_return_boolean (pending, TRUE);
  turn_until_ready (2);
  g_object_unref (pending);
}

static void
test_step_by_user_data (void)
{
  setup ();
  fetch_async (NULL, NULL, on_nothing, NULL);
  run_step (pending);
}

static void
test_step_by_task_data (void)
{
  static int data;

  setup ();
  fetch_async (NULL, NULL, on_nothing, NULL);
  g_task_set_task_data (pending, &data, NULL);
  run_step (&data);
}

/* ---- Hostile --------------------------------------------------------------------------------- */

static void
test_many_at_once (void)
{
  enum
  {
    N = 5000
  };
  GTask **tasks = g_new (GTask *, N);

  setup ();
  for (int i = 0; i < N; i++)
    {
      fetch_async (NULL, NULL, on_nothing, tasks);
      tasks[i] = pending;
    }
  for (int i = N; i-- > 0;)
    {
      g_task_return_int (tasks[i], i);
      g_object_unref (tasks[i]);
    }
  turn_until_ready (N);
  g_free (tasks);
}

static void
test_off_and_on (void)
{
  setup ();
  fetch_async (NULL, NULL, on_fetched, &n_ready);
  harness_set_on (false);
  g_task_return_boolean (pending, TRUE);
  turn_until_ready (1);
  g_object_unref (pending);
  g_assert_true (was_valid);
  harness_set_on (true);
  harness_clear ();
}

static gpointer
return_it (gpointer task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  return NULL;
}

static void
test_returned_by_other_threads (void)
{
  setup ();
  for (int i = 0; i < 200; i++)
    {
      fetch_async (NULL, NULL, on_fetched, &n_ready);
      g_thread_unref (g_thread_new ("returns", return_it, pending));
      turn_until_ready (i + 1);
      g_assert_true (was_valid);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  turn_add ("/gtask/own-function-is-waited-for", test_own_function);
  turn_add ("/gtask/callback-is-a-poll-of-who-waited", test_callback_is_a_poll);
  turn_add ("/gtask/user-data-tag-and-source-are-kept", test_identities);
  turn_add ("/gtask/no-callback", test_no_callback);
  turn_add ("/gtask/failure", test_failure);
  turn_add ("/gtask/cancelled", test_cancelled);
  turn_add ("/gtask/returned-but-not-dispatched", test_returned_but_not_dispatched);
  g_test_add_func ("/gtask/dropped", test_dropped);
  turn_add ("/gtask/step-by-user-data", test_step_by_user_data);
  turn_add ("/gtask/step-by-task-data", test_step_by_task_data);
  turn_add ("/gtask/many-at-once", test_many_at_once);
  turn_add ("/gtask/inspector-goes-away", test_off_and_on);
  turn_add ("/gtask/returned-by-other-threads", test_returned_by_other_threads);
  return g_test_run ();
}
