/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A client of io_uring whose server never answers, and the same in health. */

#include "faults.h"

#include <string.h>

static gboolean
has_rings (void)
{
  g_autofree char *program = run_app ("liburing-slow");
  const char *argv[] = { program, NULL };
  int status = 0;

  g_setenv ("HEALTHY", "1", TRUE);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                NULL, NULL, NULL, NULL, &status, NULL);
  g_unsetenv ("HEALTHY");
  if (status != 0)
    g_test_skip ("the kernel has no io_uring, or allows none");
  return status == 0;
}

static void
test_stuck (void)
{
  g_autofree char *program = run_app ("liburing-slow");
  g_autofree char *place =
      g_strdup_printf ("liburing-slow.c:%u", run_label_line ("liburing-slow.c", "SUBMITS"));
  JsonObject *task, *step;
  RunResult result;

  if (!has_rings ())
    return;
  run_json (&result, "--stuck-after 500ms", PROGRAM (program));
  g_test_message ("%s%s", result.report_text, result.err);
  task = run_find_stuck (run_last_report (&result, "stuck"), "turn");
  g_assert_nonnull (task);
  g_assert_cmpstr (json_object_get_string_member (task, "place"), ==, place);
  g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, "peer-silent");
  step = run_find_step (task, "waiting", "turn");
  g_assert_nonnull (step);
  g_assert_true (
      g_str_has_prefix (json_object_get_string_member (step, "waits_for"), "5 B to 127.0.0.1:"));
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (step, "socket"), "state"), ==,
      "ESTABLISHED");
  g_assert_cmpstr (result.out, ==, "ada\n");
  run_result_clear (&result);
}

static void
test_healthy (void)
{
  if (!has_rings ())
    return;
  g_setenv ("HEALTHY", "1", TRUE);
  fault_check_nothing ("liburing-slow");
  g_unsetenv ("HEALTHY");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/liburing/stuck", test_stuck);
  g_test_add_func ("/liburing/healthy", test_healthy);
  return g_test_run ();
}
