/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Executors that report themselves by the public API: what a report makes of them. */

#include "fixture.h"

#include <string.h>

#define FOLDER "../../plugins/runtimes/coroutine/"
#define OPTIONS "--stuck-after 500ms"
#define ALARM (128 + 14)

static void
run_example (RunResult *result, const char *program, const char *fault)
{
  g_autofree char *name = g_strconcat (FOLDER, program, NULL);
  g_autofree char *path = run_app (name);

  run_json (result, OPTIONS, PROGRAM (path, fault));
  g_test_message ("%s", result->report_text);
}

static char *
place_of (const char *source, const char *label)
{
  g_autofree char *name = g_strconcat (FOLDER, source, NULL);

  return g_strdup_printf ("%s:%u", source, run_label_line (name, label));
}

static void
assert_at (JsonObject *object, const char *source, const char *label)
{
  g_autofree char *place = place_of (source, label);

  g_assert_cmpstr (json_object_get_string_member (object, "place"), ==, place);
}

static void
test_healthy (void)
{
  RunResult result;

  run_example (&result, "coroutine-example", "none");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpuint (run_count_stuck (&result), ==, 0);
  g_assert_null (run_find_finding (run_last_report (&result, "exit"), NULL));
  g_assert_nonnull (strstr (result.out, "9 orders"));
  run_result_clear (&result);
}

static JsonObject *
get_evidence (JsonObject *finding, const char *name)
{
  JsonArray *all = json_object_get_array_member (finding, "evidence");

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *evidence = json_array_get_object_element (all, i);

      if (g_str_equal (json_object_get_string_member (evidence, "name"), name))
        return evidence;
    }
  g_assert_not_reached ();
}

static void
assert_lock (JsonObject *evidence, const char *member, const char *name, const char *label)
{
  JsonObject *lock = json_object_get_object_member (evidence, member);

  g_assert_nonnull (strstr (json_object_get_string_member (lock, "name"), name));
  g_assert_cmpstr (json_object_get_string_member (lock, "kind"), ==, "co.mutex");
  assert_at (json_object_get_object_member (lock, "at"), "example.c", label);
}

static void
test_deadlock (void)
{
  RunResult result;
  JsonObject *finding;

  run_example (&result, "coroutine-example", "deadlock");
  g_assert_cmpint (result.status, ==, ALARM);
  finding = run_find_finding (run_last_report (&result, "stuck"), "deadlock");
  g_assert_nonnull (finding);
  g_assert_cmpstr (json_object_get_string_member (finding, "certainty"), ==, "certain");
  assert_lock (get_evidence (finding, "transfer"), "wants", "journal", "WAITS: journal");
  assert_lock (get_evidence (finding, "transfer"), "holds", "accounts", "HOLDS: accounts");
  assert_lock (get_evidence (finding, "audit"), "wants", "accounts", "WAITS: accounts");
  assert_lock (get_evidence (finding, "audit"), "holds", "journal", "HOLDS: journal");
  run_result_clear (&result);
}

static void
assert_stuck (const char *program, const char *fault, const char *task, const char *source,
              const char *label, const char *waits_for)
{
  RunResult result;
  JsonObject *stuck;

  run_example (&result, program, fault);
  stuck = run_find_stuck (run_last_report (&result, "stuck"), task);
  g_assert_nonnull (stuck);
  assert_at (stuck, source, label);
  g_assert_cmpstr (json_object_get_string_member (stuck, "waits_for"), ==, waits_for);
  run_result_clear (&result);
}

static void
test_silent (void)
{
  RunResult result;

  run_example (&result, "coroutine-example", "silent");
  g_assert_nonnull (run_find_stuck (run_last_report (&result, "stuck"), "listener"));
  assert_at (run_find_stuck (run_last_report (&result, "stuck"), "listener"), "example.c", "READS");
  run_result_clear (&result);
}

static void
test_starved (void)
{
  assert_stuck ("coroutine-example", "starved", "consumer", "example.c", "RECEIVES",
                "waiting for a message");
}

static void
test_machine (void)
{
  RunResult result;
  JsonObject *stuck;

  run_example (&result, "state-machine-example", "reply");
  stuck = run_find_stuck (run_last_report (&result, "stuck"), "session");
  g_assert_nonnull (stuck);
  g_assert_cmpstr (json_object_get_string_member (stuck, "state_name"), ==, "reply");
  assert_at (stuck, "machine.c", "REPLY");
  g_assert_null (run_find_stuck (run_last_report (&result, "stuck"), "other session"));
  run_result_clear (&result);
}

static void
test_healthy_machine (void)
{
  RunResult result;

  run_example (&result, "state-machine-example", "none");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpuint (run_count_stuck (&result), ==, 0);
  run_result_clear (&result);
}

/* ---- C++20 ---------------------------------------------------------------------------------------- */

#define CPP "../../plugins/runtimes/cpp20/"

static char *
get_cpp_program (void)
{
  g_autofree char *path = run_app (CPP "cpp20-example");

  if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&path);
  g_test_skip ("no compiler of C++20");
  return NULL;
}

static void
test_cpp_healthy (void)
{
  RunResult result = { 0 };
  g_autofree char *program = get_cpp_program ();

  if (program == NULL)
    return;
  run_json (&result, OPTIONS, PROGRAM (program));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpuint (run_count_stuck (&result), ==, 0);
  g_assert_nonnull (strstr (result.out, "done"));
  run_result_clear (&result);
}

static void
test_cpp_deadlock (void)
{
  RunResult result = { 0 };
  g_autofree char *program = get_cpp_program ();
  g_autofree char *place = NULL;
  JsonObject *finding, *evidence;

  if (program == NULL)
    return;
  run_json (&result, OPTIONS, PROGRAM (program, "abba"));
  finding = run_find_finding (run_last_report (&result, "stuck"), "deadlock");
  g_assert_nonnull (finding);
  g_assert_cmpstr (json_object_get_string_member (finding, "certainty"), ==, "certain");
  evidence = json_array_get_object_element (json_object_get_array_member (finding, "evidence"), 0);
  place = g_strdup_printf ("waits in transfer at example.cpp:%u",
                           run_label_line (CPP "example.cpp", "WAITS: second"));
  g_assert_nonnull (strstr (json_object_get_string_member (evidence, "sentence"), place));
  g_free (place);
  place = g_strdup_printf ("taken in transfer at example.cpp:%u",
                           run_label_line (CPP "example.cpp", "HOLDS: first"));
  g_assert_nonnull (strstr (json_object_get_string_member (evidence, "sentence"), place));
  run_result_clear (&result);
}

/* What the hooks need of a stack. */
#define MOST_MORE 2048

/* Coroutines have small stacks: a call that is hooked needs little more of them, and so does one that loads. */
static void
test_small_stacks (void)
{
  g_autofree char *program = run_app ("small-stack");
  RunResult plain, result;
  g_auto (GStrv) without = NULL;
  g_auto (GStrv) with = NULL;
  guint n = 0;

  run_bare (&plain, PROGRAM (program));
  run_plain (&result, PROGRAM ("run", "--output", "/dev/null", program));
  g_assert_cmpint (result.status, ==, 0);
  without = g_strsplit (plain.out, "\n", -1);
  with = g_strsplit (result.out, "\n", -1);
  for (; without[n] != NULL && *without[n] != '\0'; n++)
    {
      const char *before = strchr (without[n], ' '), *after = strchr (with[n], ' ');

      g_test_message ("%s, with an inspector%s", without[n], after);
      g_assert_cmpint (after - with[n], ==, before - without[n]);
      g_assert_cmpuint (g_ascii_strtoull (after, NULL, 10), <=,
                        g_ascii_strtoull (before, NULL, 10) + MOST_MORE);
    }
  g_assert_cmpuint (n, ==, 4);
  run_result_clear (&plain);
  run_result_clear (&result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coroutine/healthy", test_healthy);
  g_test_add_func ("/coroutine/deadlock", test_deadlock);
  g_test_add_func ("/coroutine/silent-pipe", test_silent);
  g_test_add_func ("/coroutine/starved-consumer", test_starved);
  g_test_add_func ("/coroutine/state-machine-names-its-state", test_machine);
  g_test_add_func ("/coroutine/healthy-state-machine", test_healthy_machine);
  g_test_add_func ("/run/cpp20/healthy", test_cpp_healthy);
  g_test_add_func ("/run/cpp20/deadlock", test_cpp_deadlock);
  g_test_add_func ("/coroutine/small-stacks", test_small_stacks);
  return g_test_run ();
}
