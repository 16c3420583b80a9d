/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program of libsoup: two runtime plugins beside each other, and one on top. */

#include "faults.h"

#include <string.h>

static const char *
text_of (JsonObject *object, const char *member)
{
  return json_object_get_string_member (object, member);
}

/* Who waits, where, for what, and how far that has got. */
static void
test_slow (void)
{
  g_autofree char *program = run_app ("soup-slow");
  g_autofree char *place = NULL;
  RunResult result;
  JsonObject *task, *step;

  place = g_strdup_printf ("soup-slow.c:%u", run_label_line ("soup-slow.c", "POSTS"));
  run_json (&result, "--stuck-after 500ms", PROGRAM (program));
  g_test_message ("%s", result.report_text);
  task = run_find_stuck (run_last_report (&result, "stuck"), "fetch_posts");
  g_assert_nonnull (task);
  g_assert_cmpstr (text_of (task, "place"), ==, place);
  step = run_find_step (task, "waiting", "fetch_posts");
  g_assert_nonnull (step);
  g_assert_true (g_str_has_prefix (text_of (step, "waits_for"),
                                   "waiting for the answer to GET http://127.0.0.1:"));
  g_assert_true (g_str_has_suffix (text_of (step, "waits_for"), "/posts?of=ada"));
  g_assert_cmpstr (text_of (step, "rule"), ==, "not-done");
  /* The other end of it is in the same program. */
  g_assert_nonnull (strstr (result.report_text, "/posts?of=ada is paused"));
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
