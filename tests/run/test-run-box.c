/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The bundled example, as `./bootstrap run` shows it: each fact of the box against the labels in
 * the example's source. */

#include "fixture.h"

#include <string.h>

#define CLIENT "http-client/client.c"

static char *
label_place (const char *label)
{
  return g_strdup_printf ("client.c:%u", run_label_line (CLIENT, label));
}

static void
test_json (void)
{
  g_autofree char *program = run_app ("http-client/http-client");
  g_autofree char *posts = label_place ("AWAIT: posts");
  g_autofree char *timeout = label_place ("TIMEOUT");
  JsonObject *report, *task, *step, *socket, *deadline;
  RunResult result;

  run_json (&result, "--stuck-after 1s", PROGRAM (program, "--demo"));
  g_assert_cmpint (result.status, ==, 0);

  report = run_last_report (&result, "stuck");
  g_assert_cmpint (json_object_get_int_member (report, "stuck"), ==, 1);
  task = run_find_stuck (report, "fetch_posts");
  g_assert_nonnull (task);
  g_assert_cmpstr (json_object_get_string_member (task, "began_in"), ==, "fetch_user_data");
  g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, "http-unanswered");
  g_assert_cmpstr (json_object_get_string_member (task, "certainty"), ==, "certain");
  g_assert_cmpstr (json_object_get_string_member (task, "place"), ==, posts);
  g_assert_nonnull (strstr (json_object_get_string_member (task, "suggestion"), posts));
  g_assert_cmpint (json_object_get_int_member (task, "waiting_ns"), >=, 1000000000);
  g_assert_cmpint (json_object_get_int_member (task, "waiting_ns"), <, 4000000000);

  step = run_find_step (task, "done", "fetch_user");
  g_assert_nonnull (step);
  g_assert_nonnull (strstr (json_object_get_string_member (step, "waits_for"), "/user/12345"));
  step = run_find_step (task, "waiting", "fetch_posts");
  g_assert_nonnull (step);
  g_assert_nonnull (strstr (json_object_get_string_member (step, "waits_for"), "http GET 127.0.0.1:"));
  g_assert_nonnull (strstr (json_object_get_string_member (step, "waits_for"), "/posts/12345"));
  socket = json_object_get_object_member (step, "socket");
  g_assert_nonnull (socket);
  g_assert_cmpstr (json_object_get_string_member (socket, "state"), ==, "ESTABLISHED");
  g_assert_true (g_str_has_prefix (json_object_get_string_member (socket, "peer"), "127.0.0.1:"));
  g_assert_nonnull (strstr (json_object_get_string_member (socket, "peer_command"), "server"));
  g_assert_nonnull (run_find_step (task, "not-yet", "fetch_friends"));
  g_assert_cmpint (json_object_get_int_member (task, "predicted_from"), >=, 1);

  deadline = json_object_get_object_member (task, "deadline");
  g_assert_nonnull (deadline);
  g_assert_nonnull (strstr (json_object_get_string_member (deadline, "place"), timeout));
  g_assert_cmpint (json_object_get_int_member (deadline, "in_ns"), >, 0);

  /* After its timeout the program has ended in order: nothing is stuck any more. */
  report = run_last_report (&result, "exit");
  g_assert_cmpint (json_object_get_int_member (report, "stuck"), ==, 0);
  run_result_clear (&result);
}

static void
test_text (void)
{
  static const char *const lines[]
      = { "fetch_user_data", "BLOCKED", "done", "WAITING", "fetch_posts", "<--", "http GET 127.0.0.1:",
          "/posts/12345", "ESTABLISHED", "times out in", "not yet", "fetch_friends",
          "earlier tasks of this kind", "resumed", "of the program's CPU", "0 lost",
          /* It is called as a key that probes have, too. */
          "request = {user_id: 12345, " };
  g_autofree char *program = run_app ("http-client/http-client");
  g_autofree char *posts = label_place ("AWAIT: posts");
  RunResult result;

  run_plain (&result, PROGRAM ("run", "--stuck-after", "1s", "--", program, "--demo"));
  g_assert_cmpint (result.status, ==, 0);
  g_test_message ("%s", result.err);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_nonnull (strstr (result.err, lines[i]));
  g_assert_nonnull (strstr (result.err, posts));
  /* No terminal, no colour. */
  g_assert_null (strchr (result.err, '\033'));
  run_result_clear (&result);
}

static void
test_no_payload (void)
{
  g_autofree char *program = run_app ("http-client/http-client");
  RunResult result;

  run_json (&result, "--stuck-after 1s --no-payload", PROGRAM (program, "--demo"));
  g_assert_null (strstr (result.report_text, "/posts/"));
  g_assert_null (strstr (result.report_text, "/user/"));
  g_assert_nonnull (run_find_stuck (run_last_report (&result, "stuck"), "fetch_posts"));
  run_result_clear (&result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/box/json", test_json);
  g_test_add_func ("/run/box/text", test_text);
  g_test_add_func ("/run/box/no-payload", test_no_payload);
  return g_test_run ();
}
