/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Processes that are waited for. */

#include <stdlib.h>

#include "turn.h"

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  n_ready++;
}

static GSubprocess *
spawn (const char *command, GSubprocessFlags flags)
{
  GError *error = NULL;
  GSubprocess *process = g_subprocess_new (flags, &error, "/bin/sh", "-c", command, NULL);

  g_assert_no_error (error);
  return process;
}

static void
test_wait (void)
{
  GSubprocess *process = spawn ("read line; exit 0", G_SUBPROCESS_FLAGS_STDIN_PIPE);
  InspectObject await;

  g_subprocess_wait_async (process, NULL, on_done, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.subprocess-wait")->object;
  g_assert_cmpint (harness_attribute (await, "pid")->value, ==,
                   atoi (g_subprocess_get_identifier (process)));
  g_assert_cmpstr (harness_attribute (await, "command")->bytes, ==, "/bin/sh -c read line; exit 0");
  g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
  turn_until_ready (1);
  g_object_unref (process);
}

/* What it takes to find out that the child waits for us to read. */
static void
test_pipes (void)
{
  GSubprocess *process =
      spawn ("exit 0", G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  InspectObject await;
  guint64 out, err;

  g_subprocess_wait_async (process, NULL, on_done, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.subprocess-wait")->object;
  out = harness_attribute (await, "stdout")->value;
  err = harness_attribute (await, "stderr")->value;
  g_assert_cmpuint (out, >, 2);
  g_assert_cmpuint (err, >, 2);
  g_assert_cmpuint (out, !=, err);
  g_assert_false (harness_has_attribute (await, "stdin"));
  turn_until_ready (1);
  g_object_unref (process);
}

static void
test_communicate (void)
{
  GSubprocess *process =
      spawn ("cat", G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);

  g_subprocess_communicate_utf8_async (process, "text", NULL, on_done, NULL);
  g_assert_true (harness_has_attribute (
      harness_first (EVENT_AWAIT_BEGIN, "gio.subprocess-communicate-utf8")->object, "pid"));
  turn_until_ready (1);
  g_object_unref (process);
}

/* Its process is over before it is asked about: there is no identifier. */
static void
test_over_before (void)
{
  GSubprocess *process = spawn ("exit 3", 0);

  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  harness_first (EVENT_AWAIT_END, "gio.subprocess-wait-sync");
  g_subprocess_wait_async (process, NULL, on_done, NULL);
  turn_until_ready (1);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 3);
  g_object_unref (process);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  turn_add ("/children/wait", test_wait);
  turn_add ("/children/pipes", test_pipes);
  turn_add ("/children/communicate", test_communicate);
  turn_add ("/children/over-before", test_over_before);
  return g_test_run ();
}
