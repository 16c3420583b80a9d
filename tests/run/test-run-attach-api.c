/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a window does: it lists processes, attaches to one, looks, and lets it go. */

#include <string.h>
#include <gio/gio.h>

#include "inspector-launch.h"
#include "inspector-process.h"

static GSubprocess *process;
static int pid;

static void
setup (void)
{
  g_autofree char *program =
      g_build_filename (g_getenv ("TEST_APPS_BUILD"), "attach-subject", NULL);
  const char *argv[] = { program, NULL };
  g_autoptr (GError) error = NULL;
  char byte;

  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                               &error);
  g_assert_no_error (error);
  pid = (int)g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  g_assert_cmpint (
      g_input_stream_read (g_subprocess_get_stdout_pipe (process), &byte, 1, NULL, NULL), ==, 1);
}

/* It goes on, whatever was done to it. */
static void
teardown (void)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_clear_object (&process);
}

static void
take_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static InspectorLaunch *
begin (GCancellable *cancellable, GError **error)
{
  g_autoptr (InspectorLaunch) attach = inspector_launch_new_attach (pid, error);
  g_autoptr (GAsyncResult) result = NULL;

  if (attach == NULL)
    return NULL;
  inspector_launch_attach_async (attach, cancellable, take_result, &result);
  if (!inspector_launch_attach_finish (attach, wait_for (&result), error))
    return NULL;
  return g_steal_pointer (&attach);
}

static void
test_list (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) processes = NULL;
  g_autoptr (InspectorProcess) one = NULL;
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;

  setup ();
  inspector_processes_list_async (INSPECTOR_PROCESSES_OWN, NULL, take_result, &result);
  processes = inspector_processes_list_finish (wait_for (&result), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < processes->len; i++)
    found |= inspector_process_get_pid (processes->pdata[i]) == pid;
  g_assert_true (found);
  one = inspector_process_look_up (pid);
  g_assert_true (g_strv_contains (inspector_process_get_runtimes (one), "uv"));
  g_assert_false (inspector_process_is_inspected (one));
  teardown ();
}

static void
test_attach_twice (void)
{
  setup ();
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (InspectorLaunch) attach = begin (NULL, &error);
      g_autoptr (InspectorTarget) target = NULL;
      InspectorTargetStats stats = { 0 };

      if (attach == NULL)
        {
          g_test_skip (error->message);
          break;
        }
      target = inspector_session_find_target (inspector_launch_get_session (attach), pid);
      g_assert_nonnull (target);
      g_object_ref (target);
      while (stats.pending_tasks < 3)
        {
          g_main_context_iteration (NULL, TRUE);
          inspector_target_get_stats (target, &stats);
        }
      g_assert_true (inspector_launch_detach (attach, &error));
      g_assert_no_error (error);
    }
  teardown ();
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  setup ();
  g_cancellable_cancel (cancellable);
  g_assert_null (begin (cancellable, &error));
  if (error->domain != G_IO_ERROR)
    g_test_skip (error->message);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  teardown ();
}

static void
on_ended (InspectorLaunch *attach, gpointer data)
{
  *(gboolean *)data = TRUE;
}

static void
test_ends_meanwhile (void)
{
  g_autoptr (InspectorLaunch) attach = NULL;
  g_autoptr (GError) error = NULL;
  gboolean has_ended = FALSE;

  setup ();
  attach = begin (NULL, &error);
  teardown ();
  if (attach == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  g_signal_connect (attach, "ended", G_CALLBACK (on_ended), &has_ended);
  while (!has_ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (inspector_launch_detach (attach, &error));
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;

  pid = G_MAXINT;
  g_assert_null (begin (NULL, &error));
  g_assert_nonnull (strstr (error->message, "no such process"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attach-api/list", test_list);
  g_test_add_func ("/attach-api/attach-twice", test_attach_twice);
  g_test_add_func ("/attach-api/cancelled", test_cancelled);
  g_test_add_func ("/attach-api/ends-meanwhile", test_ends_meanwhile);
  g_test_add_func ("/attach-api/refused", test_refused);
  return g_test_run ();
}
