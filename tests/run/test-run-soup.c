/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program of libsoup: two runtime plugins beside each other, and one on top. */

#include "faults.h"

#include <string.h>

static void
test_slow (void)
{
  g_autofree char *program = run_app ("soup-slow");
  RunResult result;
  JsonObject *task, *step;

  run_json (&result, "--stuck-after 500ms", PROGRAM (program));
  g_test_message ("%s", result.report_text);
  task = run_find_stuck (run_last_report (&result, "stuck"), "fetch_posts");
  g_assert_nonnull (task);
  step = run_find_step (task, "waiting", "fetch_posts");
  g_assert_nonnull (step);
  g_assert_nonnull (strstr (json_object_get_string_member (step, "waits_for"),
                            "/posts?of=ada: sent, not answered"));
  g_assert_nonnull (
      strstr (json_object_get_string_member (step, "waits_for"), "http GET http://127.0.0.1:"));
  g_assert_cmpstr (json_object_get_string_member (step, "rule"), ==, "not-done");
  run_result_clear (&result);
}

static void
test_healthy (void)
{
  g_setenv ("HEALTHY", "1", TRUE);
  fault_check_nothing ("soup-slow");
  g_unsetenv ("HEALTHY");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/soup/answer-that-does-not-come", test_slow);
  g_test_add_func ("/soup/healthy", test_healthy);
  return g_test_run ();
}
