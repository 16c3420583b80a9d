/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "harness.h"
#include "loops.h"

#include <glib-unix.h>
#include <setjmp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"
#include "inspect-keys.h"
#include "plugin.h"
#include "recorder.h"
#include "task.h"

static GMainLoop *loop;

static gboolean
on_quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
attach_idle (GMainContext *context, GSourceFunc function, gpointer data)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, function, data, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
}

static void
test_run_holds_the_context (void)
{
  GMainContext *context = g_main_context_new ();
  const Event *acquired;

  loop = g_main_loop_new (context, FALSE);
  attach_idle (context, on_quit, loop);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, 0);
  g_main_loop_run (loop);
  acquired = harness_first (EVENT_ACQUIRE, "glib.context");
  g_assert_cmpuint (acquired->object, ==, context_resource (context));
  g_assert_true (harness_is_in (acquired, test_run_holds_the_context));
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "glib.context"), ==, 1);
  /* The turns of it: waiting, in which something was dispatched, and ended. */
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.poll"), ==, 1);
  g_main_loop_unref (loop);
  g_main_context_unref (context);
}

static gboolean
on_fifth_last (gpointer data)
{
  int *n = data;

  return ++*n < 5;
}

static void
test_each_turn_with_a_dispatch_is_one_poll (void)
{
  int n = 0;

  attach_idle (NULL, on_fifth_last, &n);
  while (n < 5)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.poll"), ==, 5);
  /* One in which nothing was dispatched is none. */
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.poll"), ==, 5);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, 5);
}

static gboolean
on_run_inner (gpointer data)
{
  GMainLoop *inner = g_main_loop_new (NULL, FALSE);
  InspectId task = inspect_task_current ();

  g_timeout_add (1, on_quit, inner);
  g_main_loop_run (inner);
  g_assert_cmpuint (inspect_task_current (), ==, task);
  g_main_loop_unref (inner);
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* The callback waits for its inner loop, and runs when that has ended: it blocks nobody meanwhile. */
static void
test_nested_run (void)
{
  const Event *nested;
  const Event *end;

  loop = g_main_loop_new (NULL, FALSE);
  g_idle_add (on_run_inner, NULL);
  g_main_loop_run (loop);
  nested = harness_first (EVENT_AWAIT_BEGIN, "glib.nested-loop");
  g_assert_cmpuint (nested->task, ==, harness_task_of ("glib.idle"));
  g_assert_true (harness_is_in (nested, on_run_inner));
  end = harness_first (EVENT_AWAIT_END, "glib.nested-loop");
  g_assert_true (harness_first (EVENT_POLL_BEGIN, "glib.timeout") < end);
  g_assert_cmpuint (harness_first (EVENT_POLL_BEGIN, "glib.nested-loop")->task, ==, nested->task);
  g_main_loop_unref (loop);
}

static gboolean
on_run_inner_as_another (gpointer data)
{
  InspectId waiter = task_begin (TASK_STRAND, INSPECT_NONE, 0);
  InspectId previous = inspect_poll_begin (waiter, 0, 0);

  on_run_inner (data);
  inspect_poll_end (waiter, previous);
  task_unref (waiter);
  return G_SOURCE_REMOVE;
}

/* Where a completion is brought to the task that asked for it, none of the two runs on. */
static void
test_nested_run_in_a_completion (void)
{
  const Event *nested;
  unsigned int n_open = 0;

  loop = g_main_loop_new (NULL, FALSE);
  g_idle_add (on_run_inner_as_another, NULL);
  g_main_loop_run (loop);
  nested = harness_first (EVENT_AWAIT_BEGIN, "glib.nested-loop");
  g_assert_cmpuint (nested->task, !=, harness_task_of ("glib.idle"));
  /* Every poll that had begun before the inner loop polled has ended by then. */
  for (const Event *event = recorder_events;
       event < harness_first (EVENT_POLL_BEGIN, "glib.timeout"); event++)
    n_open += (event->type == EVENT_POLL_BEGIN) - (event->type == EVENT_POLL_END);
  g_assert_cmpuint (n_open, ==, 1); /* the turn of the inner loop */
  g_main_loop_unref (loop);
}

static gboolean
on_fork (gpointer data)
{
  int status;
  pid_t pid = fork ();

  if (pid == 0)
    {
      int n = 0;

      attach_idle (NULL, on_fifth_last, &n);
      loops_drain (NULL);
      _exit (n == 5 ? 7 : 1);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 7);
  return G_SOURCE_REMOVE;
}

static void
test_the_child_of_a_fork_goes_on (void)
{
  attach_idle (NULL, on_fork, NULL);
  loops_drain (NULL);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.idle"), ==, 1);
}

static gboolean
on_drain_inner (gpointer data)
{
  loops_drain (NULL);
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
test_nested_turns_that_do_not_wait (void)
{
  int n = 0;

  loop = g_main_loop_new (NULL, FALSE);
  g_idle_add (on_drain_inner, NULL);
  attach_idle (NULL, on_fifth_last, &n);
  g_main_loop_run (loop);
  g_assert_cmpint (n, ==, 5);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "glib.nested-loop"), ==, 0);
  g_main_loop_unref (loop);
}

static void
test_acquired_by_hand (void)
{
  GMainContext *context = g_main_context_new ();

  g_assert_true (g_main_context_acquire (context));
  g_assert_true (g_main_context_acquire (context));
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, "glib.context"), ==, 1);
  g_main_context_release (context);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "glib.context"), ==, 0);
  g_main_context_release (context);
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "glib.context"), ==, 1);
  g_main_context_unref (context);
}

/* ---- What the program sees is what it would see without us ------------------------------------- */

static int n_polled;

static gint
own_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  n_polled++;
  return g_poll (fds, n_fds, timeout);
}

static void
test_poll_function_is_the_program_s (void)
{
  GMainContext *context = g_main_context_new ();
  int n = 4;

  attach_idle (context, on_fifth_last, &n);
  g_main_context_iteration (context, TRUE);
  g_assert_true (g_main_context_get_poll_func (context) == g_poll);
  g_main_context_set_poll_func (context, own_poll);
  g_assert_true (g_main_context_get_poll_func (context) == own_poll);
  n = 4;
  n_polled = 0;
  attach_idle (context, on_fifth_last, &n);
  g_main_context_iteration (context, TRUE);
  g_assert_cmpint (n_polled, ==, 1);
  g_assert_true (g_main_context_get_poll_func (context) == own_poll);
  g_main_context_unref (context);
}

static gpointer
run_in_thread (gpointer data)
{
  g_main_loop_run (data);
  return NULL;
}

static void
test_threads_have_turns_of_their_own (void)
{
  GMainContext *context = g_main_context_new ();
  GMainLoop *other = g_main_loop_new (context, FALSE);
  GThread *thread = g_thread_new ("other", run_in_thread, other);
  bool done = false;

  attach_idle (context, on_quit, other);
  attach_idle (NULL, on_fifth_last, &(int){ 4 });
  loops_drain (NULL);
  g_thread_join (thread);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.idle"), ==, 2);
  g_assert_cmpuint (harness_first (EVENT_ACQUIRE, "glib.context")->thread, !=,
                    harness_nth (EVENT_ACQUIRE, "glib.context", 1)->thread);
  g_assert_false (done);
  g_main_loop_unref (other);
  g_main_context_unref (context);
}

static jmp_buf back;

static gint
jumping_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  longjmp (back, 1);
}

/* Not allowed by GLib, and done by programs: what was said of that run is taken back by the next. */
static void
test_a_run_that_is_left_by_a_jump (void)
{
  GMainContext *left = g_main_context_new ();
  int n = 4;

  g_main_context_set_poll_func (left, jumping_poll);
  if (setjmp (back) == 0)
    g_main_context_iteration (left, TRUE);
  attach_idle (NULL, on_fifth_last, &n);
  loops_drain (NULL);
  g_assert_cmpint (n, ==, 5);
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, NULL), ==, harness_count (EVENT_RELEASE, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  loops_add ("/glib/contexts/run-holds-the-context", test_run_holds_the_context);
  loops_add ("/glib/contexts/each-turn-with-a-dispatch-is-one-poll",
             test_each_turn_with_a_dispatch_is_one_poll);
  loops_add ("/glib/contexts/nested-run", test_nested_run);
  loops_add ("/glib/contexts/nested-run-in-a-completion", test_nested_run_in_a_completion);
  loops_add ("/glib/contexts/the-child-of-a-fork-goes-on", test_the_child_of_a_fork_goes_on);
  loops_add ("/glib/contexts/nested-turns-that-do-not-wait", test_nested_turns_that_do_not_wait);
  loops_add ("/glib/contexts/acquired-by-hand", test_acquired_by_hand);
  loops_add ("/glib/contexts/poll-function-is-the-program's", test_poll_function_is_the_program_s);
  loops_add ("/glib/contexts/threads-have-turns-of-their-own",
             test_threads_have_turns_of_their_own);
  loops_add ("/glib/contexts/a-run-that-is-left-by-a-jump", test_a_run_that_is_left_by_a_jump);
  return g_test_run ();
}
