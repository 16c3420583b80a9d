/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Programs of Rust, as people build them: nothing in them knows of async-inspect. What is said of them. */

#include "cargo.h"
#include "dump.h"
#include "fixture.h"
#include "replay.h"

#include <string.h>
#include <glib/gstdio.h>

#define PROJECT "rust"

static char *why_skipped; /* NULL: they are built */

static char *
dup_program (void)
{
  return run_cargo_program (PROJECT, "waits");
}

/* ---- As it is delivered ---------------------------------------------------------------------------- */

/* How it is built, and its threads. All builds there are and all runtimes are looked at by rust-matrix. */
typedef struct
{
  const char *name;
  gboolean is_release;
  const char *threads;
  const char *split; /* (nullable): "split-debuginfo" of its profile */
} Build;

static const Build builds[] = {
  { "many-threads", FALSE, "2" },      { "one-thread", FALSE, "0" },       { "release", TRUE, "2" },
  { "split", FALSE, "2", "unpacked" }, { "packed", FALSE, "2", "packed" },
};

/* (transfer full) (nullable): the release build, optimised and with debug info */
static char *
build_release (void)
{
  g_autofree char *target = run_cargo_target (PROJECT);
  g_autofree char *why = run_cargo_build (PROJECT, PROGRAM ("--release", "--bins"));

  if (why == NULL)
    return g_build_filename (target, "release", "waits", NULL);
  g_test_skip (why);
  return NULL;
}

/* (transfer full) (nullable): the debug build, with its types in files beside it */
static char *
build_split (const char *split)
{
  g_autofree char *target = run_cargo_target (PROJECT);
  g_autofree char *folder = g_strconcat (target, "-", split, NULL);
  g_autofree char *why = NULL;

  g_setenv ("CARGO_PROFILE_DEV_SPLIT_DEBUGINFO", split, TRUE);
  why = run_cargo_build (PROJECT, PROGRAM ("--bins", "--target-dir", folder));
  g_unsetenv ("CARGO_PROFILE_DEV_SPLIT_DEBUGINFO");
  if (why == NULL)
    return g_build_filename (folder, "debug", "waits", NULL);
  g_test_skip (why);
  return NULL;
}

/* FALSE: it cannot be built */
static gboolean
run_build (RunResult *result, const Build *build, const char *scenario, const char *seconds)
{
  g_autofree char *program = NULL;

  if (run_cargo_is_missing (why_skipped))
    return FALSE;
  program = build->split != NULL ? build_split (build->split)
            : build->is_release  ? build_release ()
                                 : dup_program ();
  if (program != NULL)
    run_json (result, "", PROGRAM (program, scenario, build->threads, seconds));
  return program != NULL;
}

static void
assert_place (JsonObject *object, const char *label)
{
  g_autofree char *marker = g_strconcat ("AWAIT: ", label, NULL);
  g_autofree char *place = run_cargo_place (PROJECT, "src", marker);

  g_assert_cmpstr (json_object_get_string_member (object, "place"), ==, place);
}

/* ---- A chain of awaits ---------------------------------------------------------------------------- */

static JsonObject *
get_frame (JsonObject *task, guint index)
{
  JsonArray *stack = json_object_get_array_member (task, "stack");

  g_assert_cmpuint (json_array_get_length (stack), >, index);
  return json_array_get_object_element (stack, index);
}

static void
assert_has (JsonObject *object, const char *text)
{
  const char *variables = json_object_get_string_member (object, "variables");

  if (strstr (variables, text) == NULL)
    g_error ("no %s in %s", text, variables);
}

static void
test_an_answer_that_does_not_come (void)
{
  RunResult result;
  JsonObject *task, *step;

  if (!run_build (&result, &builds[0], "fetch", "9"))
    return;
  task = run_find_stuck (run_last_report (&result, "stuck"), "http_get");
  g_assert_nonnull (task);
  g_assert_cmpstr (json_object_get_string_member (task, "began_in"), ==, "fetch_user_data");
  g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, "http-unanswered");
  g_assert_true (
      g_str_has_prefix (json_object_get_string_member (task, "waits_for"), "http GET 127.0.0.1:"));
  g_assert_true (g_str_has_suffix (json_object_get_string_member (task, "waits_for"),
                                   "/users/42/posts?limit=25"));
  assert_place (task, "read");
  assert_has (task, "path=\"/users/42/posts?limit=25\"");
  g_assert_cmpstr (json_object_get_string_member (get_frame (task, 0), "function"), ==,
                   "fetch_posts");
  assert_place (get_frame (task, 0), "posts");
  assert_has (get_frame (task, 0), "limit=25");
  assert_has (get_frame (task, 0), "user=User{id: 42, name: \"user-42 ");
  assert_place (get_frame (task, 1), "user-data");

  g_assert_nonnull (run_find_step (task, "done", "fetch_user"));
  g_assert_nonnull (run_find_step (task, "not-yet", "fetch_friends"));
  step = run_find_step (task, "waiting", "fetch_posts");
  g_assert_nonnull (step);
  step = json_object_get_object_member (step, "socket");
  g_assert_cmpstr (json_object_get_string_member (step, "state"), ==, "ESTABLISHED");
  run_result_clear (&result);
}

/* ---- A deadlock ------------------------------------------------------------------------------------ */

static JsonObject *
get_object (JsonArray *array, guint index, const char *name)
{
  return json_object_get_object_member (json_array_get_object_element (array, index), name);
}

static void
test_two_locks_in_opposite_orders (gconstpointer build)
{
  RunResult result;
  JsonObject *finding;
  JsonArray *evidence;
  const char *wants[2], *holds[2];

  if (!run_build (&result, build, "locks", "6"))
    return;
  finding = run_find_finding (run_last_report (&result, "stuck"), "deadlock");
  g_assert_nonnull (finding);
  evidence = json_object_get_array_member (finding, "evidence");
  g_assert_cmpuint (json_array_get_length (evidence), >=, 2);
  for (guint i = 0; i < 2; i++)
    {
      JsonObject *wanted = get_object (evidence, i, "wants");
      JsonObject *held = get_object (evidence, i, "holds");

      assert_place (json_object_get_object_member (wanted, "at"), "second");
      assert_place (json_object_get_object_member (held, "at"), "first");
      wants[i] = json_object_get_string_member (wanted, "name");
      holds[i] = json_object_get_string_member (held, "name");
      g_assert_true (g_str_has_prefix (wants[i], "Mutex<i32> "));
    }
  g_assert_cmpstr (wants[0], ==, holds[1]);
  g_assert_cmpstr (wants[1], ==, holds[0]);
  run_result_clear (&result);
}

/* ---- All that tokio waits for ------------------------------------------------------------------------ */

static const struct
{
  const char *name;
  const char *waits_for;
  const char *label;
} waits[] = {
  { "wait_oneshot", "for the value of a oneshot channel", "oneshot" },
  { "wait_mpsc", "for a message from a channel", "mpsc" },
  { "wait_full", "for room in a channel", "mpsc-full" },
  { "wait_broadcast", "for a message from a broadcast channel", "broadcast" },
  { "wait_watch", "for a watched value to change", "watch" },
  { "wait_notify", "to be notified", "notify" },
  { "wait_barrier", "for others to come to a barrier", "barrier" },
  { "wait_permit", "for 1 of a semaphore's permits", "semaphore" },
  { "hold_read", "a timer due in 59 m ", "reader" },
  { "variables", "a timer due in 59 m ", "variables" },
  { "long_operation", "a timer due in 59 m ", "long" },
  { "wait_join", "for a task to end", "joinhandle" },
};

static JsonObject *
find_other (JsonObject *report, const char *name)
{
  JsonObject *target =
      json_array_get_object_element (json_object_get_array_member (report, "targets"), 0);
  JsonArray *others = json_object_get_array_member (target, "others");

  for (guint i = 0; i < json_array_get_length (others); i++)
    {
      JsonObject *other = json_array_get_object_element (others, i);

      if (g_str_equal (json_object_get_string_member (other, "name"), name))
        return other;
    }
  g_error ("there is no %s", name);
}

static void
test_everything_that_is_waited_for (gconstpointer build)
{
  RunResult result;
  JsonObject *report, *task;

  if (!run_build (&result, build, "waits", "9"))
    return;
  report = run_last_report (&result, "exit");
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      JsonObject *other = find_other (report, waits[i].name);

      assert_place (other, waits[i].label);
      g_assert_true (g_str_has_prefix (json_object_get_string_member (other, "waits_for"),
                                       waits[i].waits_for));
    }
  task = run_find_stuck (report, "wait_write");
  g_assert_nonnull (task);
  assert_place (task, "rwlock");
  g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, "lock-held");
  g_assert_cmpstr (json_object_get_string_member (task, "waits_for"), ==,
                   "to write to what RwLock<u32> has");
  g_assert_nonnull (strstr (json_object_get_string_member (task, "behind"), "held by hold_read"));
  run_result_clear (&result);
}

/* ---- What has several values in it --------------------------------------------------------------------- */

/* Those of a table are in no order, those of a tree and a ring are. */
static const char *const collections[] = {
  "map={\"one\": 1}",
  "pairs={1: (-7, true)}",
  "set={(4, 'x')}",
  ": true, … 32 more}",
  "tree={0: None, 1: None, 2: Some(\"two\"), 3: None, 4: None, 5: None, 6: None, 7: None, … 992 "
  "more}",
  "sorted={(1, 10), (2, 20), (3, 30)}",
  "ring=[1, 2, 3, 4]",
  "heap=[5]",
  "linked=[\"a\", \"b\", \"c\"]",
  "empty=({}, {}, [], {})",
  "nested={\"k\": [{7}]}",
};

static void
test_collections_are_written_as_what_they_are (gconstpointer build)
{
  RunResult result;
  JsonObject *task;

  if (!run_build (&result, build, "collections", "9"))
    return;
  task = run_find_stuck (run_last_report (&result, "exit"), "collections");
  g_assert_nonnull (task);
  g_test_message ("%s", json_object_get_string_member (task, "variables"));
  for (guint i = 0; i < G_N_ELEMENTS (collections); i++)
    assert_has (task, collections[i]);
  run_result_clear (&result);
}

/* ---- A program that says nothing ------------------------------------------------------------------- */

static void
test_what_debug_info_would_show_is_said (void)
{
  g_autofree char *program = NULL;
  g_autofree char *stripped = NULL;
  RunResult result;
  JsonObject *target;

  if (run_cargo_is_missing (why_skipped))
    return;
  program = dup_program ();
  stripped = run_cargo_strip (PROJECT, program, "stripped");
  run_json (&result, "", PROGRAM (stripped, "limit", "0", "5"));
  target = json_array_get_object_element (
      json_object_get_array_member (run_last_report (&result, "exit"), "targets"), 0);
  g_assert_nonnull (strstr (json_object_get_string_member (target, "remark"), "debug = true"));
  run_result_clear (&result);
}

/* (nullable): what is said of a core file of it; NULL: there is none here */
static char *
dup_said_of_core (Dumped *dumped, const char *program)
{
  g_autofree char *core = dumped_write (dumped);
  RunResult result;
  char *said;

  if (core == NULL)
    return NULL;
  run_plain (&result, PROGRAM ("open", "--exe", program, core));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_cmpint (result.status, ==, 0);
  g_remove (core);
  said = g_strdup (result.out);
  run_result_clear (&result);
  return said;
}

/* In what it has left its tasks are as well, once they wait, and what is missing is said there, too. */
static void
test_a_core_file_says_so_too (void)
{
  g_autofree char *program = NULL;
  g_autofree char *stripped = NULL;
  g_autofree char *said = NULL;
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped))
    return;
  program = dup_program ();
  stripped = run_cargo_strip (PROJECT, program, "stripped");
  dumped_begin (&dumped, PROGRAM (stripped, "locks", "2", "200"));
  for (guint i = 0; i < 30; i++)
    {
      g_free (said);
      said = dup_said_of_core (&dumped, stripped);
      if (said == NULL || strstr (said, "for what only debug info would tell") != NULL)
        break;
    }
  if (said == NULL)
    g_test_skip ("there is no gcore here");
  else
    {
      g_assert_nonnull (strstr (said, "-> task "));
      g_assert_nonnull (strstr (said, "for what only debug info would tell"));
      g_assert_nonnull (strstr (said, "debug = true"));
    }
  dumped_end (&dumped);
}

/* ---- One that runs already --------------------------------------------------------------------------- */

static void
test_a_process_that_runs (void)
{
  RunResult result;
  g_autofree char *program = dup_program ();
  g_autoptr (GSubprocess) process = NULL;

  if (run_cargo_is_missing (why_skipped))
    return;
  process = run_cargo_start (program, "locks", "60");
  run_plain (&result, PROGRAM ("attach", "--for", "6s", "--output", "-", "--pid",
                               g_subprocess_get_identifier (process)));
  g_test_message ("%s", result.out);
  g_assert_nonnull (strstr (result.out, "Deadlock: 2 tasks"));
  g_assert_nonnull (strstr (result.out, "taken in lock_two at main.rs:"));
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  run_result_clear (&result);
}

/* ---- A test that hangs ------------------------------------------------------------------------------ */

/* cargo-nextest has a process for each test. It is a program of its own, which may not be there. */
static gboolean
has_nextest (void)
{
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                        "cargo", "nextest", "--version", NULL);

  return process != NULL && g_subprocess_wait_check (process, NULL, NULL);
}

static void
test_a_case_that_hangs_is_named (gconstpointer runner)
{
  static const char *const limits[] = { "--timeout=4s", "--timeout=12s", "--timeout=20s" };
  g_autofree char *manifest =
      g_build_filename (g_getenv ("TEST_APPS_SOURCE"), PROJECT, "Cargo.toml", NULL);
  g_autofree char *target = run_cargo_target (PROJECT);
  g_autofree char *here = run_cargo_place (PROJECT, "tests", "AWAIT: test");
  g_autofree char *there = run_cargo_place (PROJECT, "tests", "AWAIT: operation");
  RunResult result;

  gboolean is_nextest = g_str_equal (runner, "nextest");

  if (run_cargo_is_missing (why_skipped))
    return;
  if (is_nextest && !has_nextest ())
    {
      g_test_skip ("there is no cargo-nextest");
      return;
    }
  g_setenv ("CARGO_TARGET_DIR", target, TRUE);
  /* On a machine with much to do the first look takes long. The operation has 30 s. */
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      if (is_nextest)
        run_plain (&result,
                   PROGRAM ("test", "--no-trace", limits[i], "--", "cargo", "nextest", "run",
                            "--offline", "--manifest-path", manifest, "--test", "limit"));
      else
        run_plain (&result, PROGRAM ("test", "--no-trace", limits[i], "--", "cargo", "test",
                                     "--offline", "--manifest-path", manifest, "--test", "limit"));
      if ((strstr (result.err, "\n  operation_ends\n") != NULL &&
           strstr (result.err, "-> long_operation") != NULL &&
           strstr (result.err, "\n  nothing_to_do_ends\n") == NULL) ||
          i + 1 == G_N_ELEMENTS (limits))
        break;
      run_result_clear (&result);
    }
  g_unsetenv ("CARGO_TARGET_DIR");
  g_test_message ("%s", result.err);
  g_assert_cmpint (result.status, !=, 0);
  g_assert_nonnull (strstr (result.err, "\n  operation_ends\n"));
  g_assert_nonnull (strstr (result.err, here));
  g_assert_nonnull (strstr (result.err, "-> long_operation"));
  g_assert_nonnull (strstr (result.err, there));
  g_assert_nonnull (strstr (result.err, "timeout: in "));
  g_assert_null (strstr (result.err, "\n  nothing_to_do_ends\n"));
  /* What the one waits for that runs the tests is nobody's concern. */
  g_assert_null (strstr (result.err, "for what only debug info would tell"));
  run_result_clear (&result);
}

/* ---- Recorded --------------------------------------------------------------------------------------- */

/* What was read from outside is in the recording as what an agent says. */
static void
test_a_recording_is_what_was_seen (gconstpointer scenario)
{
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-rust-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "run.airec", NULL);
  g_autofree char *program = NULL;
  g_autofree char *recording = NULL;

  if (!run_cargo_is_missing (why_skipped))
    {
      program = dup_program ();
      recording = replay_assert_equal (PROGRAM (program, scenario, "2", "30"),
                                       REPLAY_UNTIL_IT_IS_STUCK, path);
      g_assert_nonnull (recording);
    }
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
add (const char *name, const Build *build, GTestDataFunc test)
{
  g_autofree char *path = g_strconcat ("/run/rust/", name, "/", build->name, NULL);

  g_test_add_data_func (path, build, test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--tests", "--bins"));
  g_test_add_func ("/run/rust/an-answer-that-does-not-come", test_an_answer_that_does_not_come);
  for (guint i = 0; i < G_N_ELEMENTS (builds); i++)
    {
      if (builds[i].split == NULL)
        add ("two-locks-in-opposite-orders", &builds[i], test_two_locks_in_opposite_orders);
      /* With one thread it takes as long, and shows the same. */
      if (!g_str_equal (builds[i].name, "one-thread"))
        add ("everything-that-is-waited-for", &builds[i], test_everything_that_is_waited_for);
      /* Debug builds are looked at by test-types.c. */
      if (builds[i].is_release)
        add ("collections-are-written-as-what-they-are", &builds[i],
             test_collections_are_written_as_what_they_are);
    }
  g_test_add_func ("/run/rust/what-debug-info-would-show-is-said",
                   test_what_debug_info_would_show_is_said);
  g_test_add_func ("/run/rust/a-core-file-says-so-too", test_a_core_file_says_so_too);
  g_test_add_func ("/run/rust/a-process-that-runs", test_a_process_that_runs);
  g_test_add_data_func ("/run/rust/a-case-that-hangs-is-named/test", "test",
                        test_a_case_that_hangs_is_named);
  g_test_add_data_func ("/run/rust/a-case-that-hangs-is-named/nextest", "nextest",
                        test_a_case_that_hangs_is_named);
  g_test_add_data_func ("/run/rust/a-recording-is-what-was-seen/fetch", "fetch",
                        test_a_recording_is_what_was_seen);
  g_test_add_data_func ("/run/rust/a-recording-is-what-was-seen/locks", "locks",
                        test_a_recording_is_what_was_seen);
  return g_test_run ();
}
