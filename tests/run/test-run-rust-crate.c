/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program of Rust that tells of itself by the crate async-inspect: what it tells is one with what is seen of it
 * anyway, and without the feature nothing of the crate is in it. */

#include "cargo.h"
#include "fixture.h"
#include "replay.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define PROJECT "rust-crate"

static char *why_skipped; /* NULL: it is built */
static char *without;     /* the program as it is without the feature */

/* ---- Building ------------------------------------------------------------------------------------- */

static char *
dup_program (void)
{
  return run_cargo_program (PROJECT, "told");
}

static void
build (void)
{
  g_autofree char *program = dup_program ();
  g_autoptr (GFile) from = g_file_new_for_path (program);
  g_autoptr (GFile) to = NULL;
  g_autoptr (GError) error = NULL;

  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  if (why_skipped != NULL)
    return;
  without = run_cargo_program (PROJECT, "told-without");
  to = g_file_new_for_path (without);
  g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins", "--features", "inspect"));
}

/* ---- With and without the feature ------------------------------------------------------------------ */

/* All forms of functions, each of which says whether it came through the attribute as it was. */
static void
test_forms (gconstpointer data)
{
  g_autofree char *with = dup_program ();
  const char *program = g_str_equal (data, "without") ? without : with;
  RunResult result;

  if (run_cargo_is_missing (why_skipped))
    return;
  run_bare (&result, PROGRAM (program, "forms", "2"));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.out, ==, "ready\n");
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("run", "--", program, "forms", "2"));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "ready\n"));
  run_result_clear (&result);
}

/* How many symbols there are of what the crate does. What a lock is wrapped in has a name in either case. */
static guint
count_symbols (const char *program)
{
  RunResult result;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  run_bare (&result, PROGRAM ("nm", program));
  g_assert_cmpint (result.status, ==, 0);
  lines = g_strsplit (result.out, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    n += strstr (lines[i], "ASYNC_INSPECT") != NULL ||
         (strstr (lines[i], "async_inspect") != NULL && strstr (lines[i], "untold") == NULL);
  run_result_clear (&result);
  return n;
}

static void
test_nothing_is_left (void)
{
  g_autofree char *with = dup_program ();
  g_autofree char *text = NULL;
  gsize length;

  if (run_cargo_is_missing (why_skipped))
    return;
  g_assert_cmpuint (count_symbols (with), >, 20);
  g_assert_cmpuint (count_symbols (without), ==, 0);
  g_assert_true (g_file_get_contents (without, &text, &length, NULL));
  g_assert_null (memmem (text, length, "libinspect", strlen ("libinspect")));
}

/* ---- Calls ---------------------------------------------------------------------------------------- */

typedef struct
{
  char **lines; /* of CSV, the first one has the names of the columns */
  char **columns;
} Table;

static const char *
get_field (const Table *table, char **fields, const char *name)
{
  for (guint i = 0; table->columns[i] != NULL; i++)
    if (g_str_equal (table->columns[i], name))
      return fields[i];
  g_error ("there is no column %s", name);
}

/* Rows of @record that are called @name, at @place, with that @status (NULL: any), of which @open are. */
static guint
count (const Table *table, const char *record, const char *name, const char *marker,
       const char *status, const char *open)
{
  g_autofree char *place = marker != NULL ? run_cargo_place (PROJECT, "src", marker) : NULL;
  guint n = 0;

  for (guint i = 1; table->lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (table->lines[i], ",", -1);

      n += g_strv_length (fields) == g_strv_length (table->columns) &&
           g_str_equal (fields[0], record) &&
           g_str_equal (get_field (table, fields, "name"), name) &&
           (place == NULL || g_str_equal (get_field (table, fields, "place"), place)) &&
           (status == NULL || g_str_equal (get_field (table, fields, "status"), status)) &&
           (open == NULL || g_str_equal (get_field (table, fields, "open"), open)) &&
           (marker == NULL || g_str_equal (get_field (table, fields, "task_name"), "user 42"));
    }
  return n;
}

typedef struct
{
  const char *name;
  const char *threads;
  gboolean is_stripped;
} CallsCase;

static const CallsCase calls_cases[] = {
  { "one-thread", "0", FALSE },
  { "many-threads", "2", FALSE },
  { "stripped/one-thread", "0", TRUE },
  { "stripped/many-threads", "2", TRUE },
};

/* Each call once, of the task that is seen anyway: where, and how it ended. */
static void
test_calls (gconstpointer data)
{
  const CallsCase *test = data;
  g_autofree char *program = dup_program ();
  g_autofree char *file = NULL;
  RunResult result;
  Table table;
  int fd;

  if (run_cargo_is_missing (why_skipped))
    return;
  if (test->is_stripped)
    {
      g_autofree char *whole = program;

      program = run_cargo_strip (PROJECT, whole, "told-stripped");
    }
  fd = g_file_open_tmp ("rust-crate-XXXXXX", &file, NULL);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  run_plain (&result,
             PROGRAM ("record", "--on=exit", "-o", file, "--", program, "ends", test->threads));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("export", "--to=csv", file));
  g_assert_cmpint (result.status, ==, 0);
  g_test_message ("%s", result.out);
  table.lines = g_strsplit (result.out, "\n", -1);
  table.columns = g_strsplit (table.lines[0], ",", -1);
  g_assert_cmpuint (count (&table, "await", "fetch_user", "CALL: user", "0", "0"), ==, 1);
  g_assert_cmpuint (count (&table, "await", "fetch_slowly", "CALL: slowly", "-125", "0"), ==, 1);
  g_assert_cmpuint (count (&table, "await", "posts", "CALL: posts", NULL, "1"), ==, 1);
  g_assert_cmpuint (count (&table, "await", "wait_for_answer", "CALL: answer", NULL, "1"), ==, 1);
  g_assert_cmpuint (count (&table, "await", "fetch_user_data", "CALL: data", NULL, "1"), ==, 1);
  g_strfreev (table.lines);
  g_strfreev (table.columns);
  run_result_clear (&result);
  g_unlink (file);
}

/* A breakpoint at a point, and what the program is then in. */
static void
test_point (void)
{
  g_autofree char *program = dup_program ();
  RunResult result;

  if (run_cargo_is_missing (why_skipped))
    return;
  run_plain (&result, PROGRAM ("run", "--break", "point:fetched", "--command", "kill", "--",
                               program, "ends"));
  g_test_message ("%s", result.err);
  g_assert_nonnull (strstr (result.err, "Breakpoint 1: task "));
  g_assert_nonnull (strstr (result.err, "(user 42)"));
  g_assert_nonnull (strstr (result.err, "fetched"));
  run_result_clear (&result);
}

static void
test_profile (void)
{
  g_autofree char *program = dup_program ();
  RunResult result;

  if (run_cargo_is_missing (why_skipped))
    return;
  run_plain (&result, PROGRAM ("profile", "--", program, "ends"));
  g_test_message ("%s", result.err);
  g_assert_nonnull (strstr (result.err, "fetch_user "));
  g_assert_nonnull (strstr (result.err, "1 time, "));
  g_assert_nonnull (strstr (result.err, "1 cancelled"));
  run_result_clear (&result);
}

/* ---- Together with what is seen from outside ----------------------------------------------------------- */

/* (transfer full): what is said of a program that was attached to, once it has @wanted in it: on a machine with
 * much to do the first look takes long. */
static JsonObject *
attach (RunResult *result, GSubprocess *process, const char *wanted)
{
  static const char *const lengths[] = { "2s", "6s", "20s", "60s" };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      run_plain (result, PROGRAM ("attach", "--json", "--for", lengths[i], "--output", "-", "--pid",
                                  g_subprocess_get_identifier (process)));
      g_test_message ("%s", result->out);
      if (strstr (result->out, wanted) != NULL || i + 1 == G_N_ELEMENTS (lengths))
        break;
      run_result_clear (result);
    }
  {
    g_auto (GStrv) lines = g_strsplit (g_strchomp (result->out), "\n", -1);
    g_autoptr (JsonNode) node = json_from_string (lines[g_strv_length (lines) - 1], NULL);
    JsonArray *targets = json_object_get_array_member (json_node_get_object (node), "targets");

    return json_object_ref (json_array_get_object_element (targets, 0));
  }
}

/* Of all tasks in that list, those of that name. */
static guint
find_named (JsonObject *target, const char *list, const char *name, JsonObject **ret_found)
{
  JsonArray *array = json_object_get_array_member (target, list);
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *one = json_array_get_object_element (array, i);

      if (!g_str_equal (json_object_get_string_member (one, "name"), name))
        continue;
      n++;
      *ret_found = one;
    }
  return n;
}

static void
assert_member (JsonObject *object, const char *member, const char *marker)
{
  g_autofree char *place = run_cargo_place (PROJECT, "src", marker);

  g_assert_cmpstr (json_object_get_string_member (object, member), ==, place);
}

/* It has its name, and each function is in its stack once. */
static void
test_a_process_that_runs (void)
{
  g_autofree char *program = dup_program ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (JsonObject) target = NULL;
  static const struct
  {
    const char *function;
    const char *marker;
  } frames[] = { { "fetch_posts", "AWAIT: posts" }, { "fetch_user_data", "AWAIT: data" } };
  JsonObject *found = NULL;
  JsonArray *stack;
  RunResult result;

  if (run_cargo_is_missing (why_skipped))
    return;
  process = run_cargo_start (program, "calls", "200");
  target = attach (&result, process, "\"user 42\"");
  g_assert_cmpuint (find_named (target, "others", "user 42", &found), ==, 1);
  g_assert_cmpuint (find_named (target, "pending", "user 42", &found), ==, 1);
  g_assert_cmpuint (find_named (target, "others", "fetch_user_data", &found), ==, 0);
  g_assert_cmpstr (json_object_get_string_member (found, "current"), ==, "wait_for_answer");
  g_assert_cmpstr (json_object_get_string_member (found, "began_in"), ==, "fetch_user_data");
  assert_member (found, "place", "AWAIT: answer");
  stack = json_object_get_array_member (found, "stack");
  g_assert_cmpuint (json_array_get_length (stack), ==, G_N_ELEMENTS (frames));
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      JsonObject *frame = json_array_get_object_element (stack, i);

      g_assert_cmpstr (json_object_get_string_member (frame, "function"), ==, frames[i].function);
      assert_member (frame, "place", frames[i].marker);
    }
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  run_result_clear (&result);
}

/* Without debug info it is known of no task what it waits for: the innermost function is. */
static void
test_without_debug_info (void)
{
  g_autofree char *whole = NULL;
  g_autofree char *program = NULL;
  JsonObject *target, *found = NULL;
  RunResult result;

  if (run_cargo_is_missing (why_skipped))
    return;
  whole = dup_program ();
  program = run_cargo_strip (PROJECT, whole, "told-stripped");
  run_json (&result, "", PROGRAM (program, "calls", "2", "9"));
  target = json_array_get_object_element (
      json_object_get_array_member (run_last_report (&result, "exit"), "targets"), 0);
  g_assert_cmpuint (find_named (target, "others", "user 42", &found), ==, 1);
  assert_member (found, "place", "CALL: answer");
  run_result_clear (&result);
}

/* The future that block_on() waits for is no task of a runtime; it is one, and it is there once. */
static void
test_block_on (void)
{
  static const char *const seconds[] = { "6", "20", "60" };
  g_autofree char *program = dup_program ();
  g_autofree char *place = NULL;

  if (run_cargo_is_missing (why_skipped))
    return;
  place = run_cargo_place (PROJECT, "src", "AWAIT: whole");
  /* On a machine with much to do the first look takes long. */
  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      JsonObject *target, *found = NULL;
      gboolean is_seen;
      RunResult result;

      run_json (&result, "", PROGRAM (program, "main", "2", seconds[i]));
      target = json_array_get_object_element (
          json_object_get_array_member (run_last_report (&result, "exit"), "targets"), 0);
      g_assert_cmpuint (find_named (target, "others", "the whole", &found), ==, 1);
      is_seen = g_str_equal (json_object_get_string_member (found, "place"), place);
      g_assert_cmpuint (find_named (target, "others", "traced_main", &found), ==, 0);
      g_assert_cmpuint (find_named (target, "others", "real_main", &found), ==, 0);
      run_result_clear (&result);
      if (is_seen)
        return;
    }
  g_error ("it is not seen at %s", place);
}

/* ---- Locks ----------------------------------------------------------------------------------------- */

static void
assert_named_deadlock (const char *text)
{
  g_assert_nonnull (strstr (text, "Deadlock: 2 tasks"));
  g_assert_nonnull (strstr (text, "- transfer (task "));
  g_assert_nonnull (strstr (text, "- audit (task "));
  g_assert_nonnull (strstr (text, "“accounts”"));
  g_assert_nonnull (strstr (text, "“journal”"));
  g_assert_null (strstr (text, "“gone”"));
}

/* "a  b\n c" as "a b c". */
static char *
dup_on_one_line (const char *text)
{
  g_autoptr (GRegex) spaces = g_regex_new ("\\s+", 0, 0, NULL);

  return g_regex_replace_literal (spaces, text, -1, 0, " ", 0, NULL);
}

static void
test_locks (gconstpointer way)
{
  static const char *const lengths[] = { "6s", "20s", "60s" };
  g_autofree char *program = dup_program ();
  g_autofree char *text = NULL;
  g_autoptr (GSubprocess) process = NULL;
  RunResult result;

  if (run_cargo_is_missing (why_skipped))
    return;
  process = run_cargo_start (program, "locks", "200");
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      if (g_str_equal (way, "look"))
        run_plain (&result, PROGRAM ("attach", "--look", "--for", lengths[i], "--output", "-",
                                     "--pid", g_subprocess_get_identifier (process)));
      else
        run_plain (&result, PROGRAM ("attach", "--for", lengths[i], "--output", "-", "--pid",
                                     g_subprocess_get_identifier (process)));
      g_free (text);
      text = dup_on_one_line (result.out);
      run_result_clear (&result);
      if (strstr (text, "Deadlock") != NULL && strstr (text, "held by holder") != NULL)
        break;
    }
  g_test_message ("%s", text);
  assert_named_deadlock (text);
  /* It was used before it was moved to where it is. */
  g_assert_nonnull (strstr (text, "“moved”, held by holder"));
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

static void
test_a_recording_is_what_was_seen (void)
{
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-rust-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "run.airec", NULL);
  g_autofree char *program = dup_program ();
  g_autofree char *recording = NULL;
  RunResult result;

  if (!run_cargo_is_missing (why_skipped))
    {
      g_autofree char *text = NULL;

      recording = replay_assert_equal (PROGRAM (program, "locks", "2", "120"),
                                       REPLAY_UNTIL_IT_IS_STUCK, path);
      g_assert_nonnull (recording);
      run_plain (&result, PROGRAM ("open", recording));
      text = dup_on_one_line (result.out);
      assert_named_deadlock (text);
      run_result_clear (&result);
    }
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  build ();
  g_test_add_data_func ("/run/rust-crate/forms/with", "with", test_forms);
  g_test_add_data_func ("/run/rust-crate/forms/without", "without", test_forms);
  g_test_add_func ("/run/rust-crate/without-the-feature-nothing-is-left", test_nothing_is_left);
  for (guint i = 0; i < G_N_ELEMENTS (calls_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/run/rust-crate/calls/", calls_cases[i].name, NULL);

      g_test_add_data_func (path, &calls_cases[i], test_calls);
    }
  g_test_add_func ("/run/rust-crate/point", test_point);
  g_test_add_func ("/run/rust-crate/profile", test_profile);
  g_test_add_func ("/run/rust-crate/a-process-that-runs", test_a_process_that_runs);
  g_test_add_func ("/run/rust-crate/without-debug-info", test_without_debug_info);
  g_test_add_func ("/run/rust-crate/block-on", test_block_on);
  g_test_add_data_func ("/run/rust-crate/locks/attach", "attach", test_locks);
  g_test_add_data_func ("/run/rust-crate/locks/look", "look", test_locks);
  g_test_add_func ("/run/rust-crate/a-recording-is-what-was-seen",
                   test_a_recording_is_what_was_seen);
  return g_test_run ();
}
