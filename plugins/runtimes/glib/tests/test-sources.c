/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "harness.h"
#include "loops.h"

#include <errno.h>
#include <glib-object.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect-keys.h"
#include "plugin.h"

static int n_fired;
static bool done;

static uint64_t
resource_of (const Event *await)
{
  return harness_attribute (await->object, INSPECT_KEY_RESOURCE)->value;
}

static gboolean
on_once (gpointer data)
{
  n_fired++;
  done = true;
  return G_SOURCE_REMOVE;
}

static gboolean
on_third_last (gpointer data)
{
  done = ++n_fired == 3;
  return done ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
start (void)
{
  n_fired = 0;
  done = false;
}

/* ---- Each sort of source ---------------------------------------------------------------------- */

static void
test_idle (void)
{
  const Event *await;

  start ();
  g_idle_add (on_once, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.idle");
  g_assert_true (harness_is_in (await, test_idle));
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_CALLBACK)->value, ==,
                    (uintptr_t)on_once);
  g_assert_cmpint ((int64_t)harness_attribute (await->object, INSPECT_KEY_PRIORITY)->value, ==,
                   G_PRIORITY_DEFAULT_IDLE);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_OWNER)->value, ==,
                    inspect_object (&resource_context, inspect_id_of (g_main_context_default ())));
  loops_run_until (&done);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, "glib.idle"), on_once));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.idle")->status, ==, 0);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_BEGIN, NULL), ==, 0);
}

static void
test_timeout (void)
{
  const Event *await;
  int64_t before = g_get_monotonic_time ();

  start ();
  g_timeout_add_full (G_PRIORITY_HIGH, 2, on_third_last, NULL, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.timeout");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_REPEAT)->value, ==, 2000000);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, >=,
                    (uint64_t)(before + 2000) * 1000);
  g_assert_cmpint ((int64_t)harness_attribute (resource_of (await), INSPECT_KEY_PRIORITY)->value,
                   ==, G_PRIORITY_HIGH);
  loops_run_until (&done);
  /* What goes on is due again; what has ended is not. */
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.timeout"), ==, 3);
  g_assert_cmpuint (harness_count (EVENT_ATTRIBUTE, INSPECT_KEY_DUE), >=, 3);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "glib.timeout"), ==, 1);
}

static void
test_timeout_of_seconds (void)
{
  guint id = g_timeout_add_seconds (1000, on_once, NULL);
  const Event *await = harness_first (EVENT_AWAIT_BEGIN, "glib.timeout");
  GSource *source = g_main_context_find_source_by_id (NULL, id);

  /* GLib rounds these: it is what the source says that counts. */
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, ==,
                    (uint64_t)g_source_get_ready_time (source) * 1000);
  g_assert_true (g_source_remove (id));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.timeout")->status, ==, -ECANCELED);
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer data)
{
  char byte;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  return on_once (data);
}

static void
test_descriptor (void)
{
  int pipe_fds[2];
  const Event *await;

  start ();
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  g_unix_fd_add (pipe_fds[0], G_IO_IN, on_readable, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.fd");
  g_assert_cmpint ((int)harness_attribute (resource_of (await), INSPECT_KEY_FD)->value, ==,
                   pipe_fds[0]);
  g_assert_cmpint (write (pipe_fds[1], "x", 1), ==, 1);
  loops_run_until (&done);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, "glib.fd"), on_readable));
  close (pipe_fds[0]);
  close (pipe_fds[1]);
}

static gboolean
on_channel (GIOChannel *channel, GIOCondition condition, gpointer data)
{
  return on_once (data);
}

static void
test_channel (void)
{
  int pipe_fds[2];
  GIOChannel *channel;
  GSource *source;
  const Event *await;

  start ();
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  channel = g_io_channel_unix_new (pipe_fds[0]);
  source = g_io_create_watch (channel, G_IO_IN | G_IO_HUP);
  g_source_set_callback (source, G_SOURCE_FUNC (on_channel), NULL, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  g_source_attach (source, NULL);
  g_source_unref (source);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.fd");
  g_assert_cmpint ((int)harness_attribute (resource_of (await), INSPECT_KEY_FD)->value, ==,
                   pipe_fds[0]);
  close (pipe_fds[1]);
  loops_run_until (&done);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.fd"), ==, 1);
  g_io_channel_unref (channel);
  close (pipe_fds[0]);
}

static void
test_signal (void)
{
  const Event *await;

  start ();
  g_unix_signal_add (SIGUSR1, on_once, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.signal");
  g_assert_cmpuint (harness_attribute (resource_of (await), INSPECT_KEY_SIGNAL)->value, ==,
                    SIGUSR1);
  raise (SIGUSR1);
  loops_run_until (&done);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.signal"), ==, 1);
}

static void
on_exit_of_child (GPid pid, gint status, gpointer data)
{
  done = true;
}

static void
test_child (void)
{
  const Event *await;
  pid_t pid = fork ();

  start ();
  if (pid == 0)
    _exit (0);
  g_child_watch_add (pid, on_exit_of_child, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.child");
  g_assert_cmpint ((int)harness_attribute (resource_of (await), INSPECT_KEY_PID)->value, ==, pid);
  loops_run_until (&done);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, "glib.child"), on_exit_of_child));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.child")->status, ==, 0);
}

/* ---- Sources of a program's own sort ----------------------------------------------------------- */

static gboolean
dispatch_own (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_ready_time (source, -1);
  return callback (data);
}

static GSourceFuncs own_funcs = { .dispatch = dispatch_own };

static void
test_own_sort (void)
{
  GSource *source = g_source_new (&own_funcs, sizeof (GSource));
  const Event *await;

  start ();
  g_source_set_name (source, "heart");
  g_source_set_callback (source, on_third_last, NULL, NULL);
  g_source_attach (source, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.named-source");
  g_assert_cmpstr (harness_attribute (resource_of (await), INSPECT_KEY_NAME)->bytes, ==, "heart");
  g_assert_false (harness_has_attribute (await->object, INSPECT_KEY_DUE));
  while (!done)
    {
      g_source_set_ready_time (source, 0);
      g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, >, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (
      harness_is_in (harness_first (EVENT_POLL_BEGIN, "glib.named-source"), on_third_last));
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "glib.named-source"), ==, 1);
  g_source_unref (source);
}

/* GLib compares the pointer to the table: it is the program's. */
static void
test_is_found_by_its_table (void)
{
  guint id = g_idle_add (on_once, &n_fired);
  GSource *source = g_main_context_find_source_by_funcs_user_data (NULL, &g_idle_funcs, &n_fired);

  g_assert_nonnull (source);
  g_assert_cmpuint (g_source_get_id (source), ==, id);
  g_assert_true (g_source_remove_by_funcs_user_data (&g_idle_funcs, &n_fired));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.idle")->status, ==, -ECANCELED);
}

static void
test_child_source (void)
{
  GSource *parent = g_source_new (&own_funcs, sizeof (GSource));
  GSource *child = g_timeout_source_new (1);

  start ();
  g_source_set_callback (parent, on_once, NULL, NULL);
  g_source_set_dummy_callback (child);
  g_source_add_child_source (parent, child);
  g_source_unref (child);
  g_source_attach (parent, NULL);
  loops_run_until (&done);
  /* The parent alone is what is waited for. */
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "glib.timeout"), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.source"), ==, 1);
  g_source_unref (parent);
}

/* ---- What comes late ---------------------------------------------------------------------------- */

static void
test_made_before_anybody_looked (void)
{
  const Event *await;

  start ();
  harness_set_on (false);
  g_timeout_add (1, on_third_last, NULL);
  harness_set_on (true);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  loops_run_until (&done);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.timeout");
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "glib.timeout"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.timeout"), ==, 3);
  g_assert_cmpuint (harness_attribute (resource_of (await), INSPECT_KEY_OWNER)->value, ==,
                    inspect_object (&resource_context, inspect_id_of (g_main_context_default ())));
}

static void
test_changed_when_attached (void)
{
  guint id = g_timeout_add (100000, on_once, NULL);
  GSource *source = g_main_context_find_source_by_id (NULL, id);
  const Event *await = harness_first (EVENT_AWAIT_BEGIN, "glib.timeout");
  uint64_t resource = resource_of (await);

  g_source_set_priority (source, G_PRIORITY_LOW);
  g_assert_cmpint ((int64_t)harness_attribute (resource, INSPECT_KEY_PRIORITY)->value, ==,
                   G_PRIORITY_LOW);
  g_source_set_name_by_id (id, "tide");
  g_assert_cmpstr (harness_attribute (resource, INSPECT_KEY_NAME)->bytes, ==, "tide");
  g_source_set_ready_time (source, 4711);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, ==, 4711000);
  g_source_set_ready_time (source, -1); /* never */
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, ==, INT64_MAX);
  g_source_set_callback (source, on_third_last, NULL, NULL);
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_CALLBACK)->value, ==,
                    (uintptr_t)on_third_last);
  g_source_destroy (source);
  /* What is changed of a source that is over is nobody's concern any more. */
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.timeout")->status, ==, -ECANCELED);
}

static void
test_without_memory (void)
{
  start ();
  harness_fail_memory (1000);
  for (int i = 0; i < 2000; i++)
    g_idle_add_full (G_PRIORITY_DEFAULT, on_once, NULL, NULL);
  loops_drain (NULL);
  harness_fail_memory (0);
  g_assert_cmpint (n_fired, ==, 2000);
  g_assert_cmpuint (harness_count_skipped (), >, 0);
}

/* ---- Ends --------------------------------------------------------------------------------------- */

static gboolean
on_destroy_itself (gpointer data)
{
  g_source_destroy (g_main_current_source ());
  done = true;
  return G_SOURCE_CONTINUE;
}

static void
test_destroyed_by_its_callback (void)
{
  start ();
  g_timeout_add (1, on_destroy_itself, NULL);
  loops_run_until (&done);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "glib.timeout"), ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.timeout")->status, ==, 0);
}

static void
test_destroyed_with_its_context (void)
{
  GMainContext *context = g_main_context_new ();
  GSource *source = g_timeout_source_new (100000);

  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_unref (context);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "glib.timeout")->status, ==, -ECANCELED);
}

static void
test_never_attached (void)
{
  GSource *source = g_timeout_source_new (1);

  g_source_set_callback (source, on_once, NULL, NULL);
  g_source_unref (source);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_BEGIN, NULL), ==, 0);
}

/* ---- Tasks -------------------------------------------------------------------------------------- */

static gboolean
on_first_step (gpointer data)
{
  g_timeout_add (1, on_once, NULL);
  return G_SOURCE_REMOVE;
}

static void
test_what_follows_belongs_to_the_task (void)
{
  start ();
  g_idle_add (on_first_step, NULL);
  loops_run_until (&done);
  g_assert_cmpuint (harness_task_of ("glib.timeout"), ==, harness_task_of ("glib.idle"));
  g_assert_true (harness_is_in (harness_first (EVENT_AWAIT_BEGIN, "glib.timeout"), on_first_step));
}

/* The call is a jump where this is compiled so. */
__attribute__ ((optimize ("O2"), noinline)) static void
on_jump (gpointer data)
{
  g_timeout_add (1, on_once, data);
}

static void
test_a_callback_that_jumps_into_glib (void)
{
  GSource *source = g_idle_source_new ();

  start ();
  /* A callback without a result, as those of g_idle_add_once(): what it returns is then any value, and
   * the source may go on. */
  g_source_set_callback (source, G_SOURCE_FUNC (on_jump), NULL, NULL);
  g_source_attach (source, NULL);
  g_main_context_iteration (NULL, FALSE);
  g_source_destroy (source);
  g_source_unref (source);
  loops_run_until (&done);
  loops_drain (NULL);
  g_assert_true (harness_is_in (harness_first (EVENT_AWAIT_BEGIN, "glib.timeout"), on_jump));
}

static gboolean
on_hand_over (gpointer context)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, on_once, NULL, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  return G_SOURCE_REMOVE;
}

static void
test_what_goes_to_another_context_is_a_child (void)
{
  GMainContext *context = g_main_context_new ();
  const Event *first;
  const Event *second;

  start ();
  g_idle_add (on_hand_over, context);
  loops_drain (NULL);
  first = harness_nth (EVENT_AWAIT_BEGIN, "glib.idle", 0);
  second = harness_nth (EVENT_AWAIT_BEGIN, "glib.idle", 1);
  g_assert_cmpuint (second->task, !=, first->task);
  g_assert_cmpuint (harness_parent_of (second->task), ==, first->task);
  loops_drain (context);
  g_assert_true (done);
  g_main_context_unref (context);
}

static void
test_invoked_in_a_context_of_others (void)
{
  GMainContext *context = g_main_context_new ();
  const Event *await;

  start ();
  g_main_context_invoke (context, on_once, &n_fired);
  g_assert_false (done);
  await = harness_first (EVENT_AWAIT_BEGIN, "glib.idle");
  g_assert_true (harness_is_in (await, test_invoked_in_a_context_of_others));
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_OWNER)->value, ==,
                    inspect_object (&resource_context, inspect_id_of (context)));
  loops_drain (context);
  g_assert_true (done);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "glib.idle"), ==, 1);
  /* What is called at once waits for nothing. */
  g_assert_true (g_main_context_acquire (context));
  g_main_context_invoke_full (context, G_PRIORITY_LOW, on_once, NULL, NULL);
  g_main_context_release (context);
  g_assert_cmpint (n_fired, ==, 2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "glib.idle"), ==, 1);
  g_main_context_unref (context);
}

static gpointer
add_from_thread (gpointer data)
{
  for (int i = 0; i < 2000; i++)
    g_idle_add (on_once, NULL);
  return NULL;
}

/* The loop runs and frees what is being added: each is followed once, or not at all. */
static void
test_added_while_the_loop_runs (void)
{
  GThread *threads[2];

  start ();
  for (int i = 0; i < 2; i++)
    threads[i] = g_thread_new ("add", add_from_thread, NULL);
  while (n_fired < 4000)
    g_main_context_iteration (NULL, TRUE);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.idle"), <=, 4000);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.idle"), >=, 3000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  loops_add ("/glib/sources/idle", test_idle);
  loops_add ("/glib/sources/timeout", test_timeout);
  loops_add ("/glib/sources/timeout-of-seconds", test_timeout_of_seconds);
  loops_add ("/glib/sources/descriptor", test_descriptor);
  loops_add ("/glib/sources/channel", test_channel);
  loops_add ("/glib/sources/signal", test_signal);
  loops_add ("/glib/sources/child-process", test_child);
  loops_add ("/glib/sources/own-sort", test_own_sort);
  loops_add ("/glib/sources/is-found-by-its-table", test_is_found_by_its_table);
  loops_add ("/glib/sources/child-source", test_child_source);
  loops_add ("/glib/sources/made-before-anybody-looked", test_made_before_anybody_looked);
  loops_add ("/glib/sources/changed-when-attached", test_changed_when_attached);
  loops_add ("/glib/sources/without-memory", test_without_memory);
  loops_add ("/glib/sources/destroyed-by-its-callback", test_destroyed_by_its_callback);
  loops_add ("/glib/sources/destroyed-with-its-context", test_destroyed_with_its_context);
  loops_add ("/glib/sources/never-attached", test_never_attached);
  loops_add ("/glib/tasks/what-follows-belongs-to-the-task", test_what_follows_belongs_to_the_task);
  loops_add ("/glib/tasks/a-callback-that-jumps-into-glib", test_a_callback_that_jumps_into_glib);
  loops_add ("/glib/tasks/what-goes-to-another-context-is-a-child",
             test_what_goes_to_another_context_is_a_child);
  loops_add ("/glib/tasks/invoked-in-a-context-of-others", test_invoked_in_a_context_of_others);
  loops_add ("/glib/tasks/added-while-the-loop-runs", test_added_while_the_loop_runs);
  return g_test_run ();
}
