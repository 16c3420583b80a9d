/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What programs of smol and async-std tell of themselves by the crate async-inspect, live, of a process that runs, and in
 * a core file. Those of tokio are in test-run-rust-crate.c. */

#include "cargo.h"
#include "dump.h"
#include "fixture.h"

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define PROJECT "rust-crate-smol"

static char *why_skipped; /* NULL: it is built */

static char *
dup_program (void)
{
  return run_cargo_program (PROJECT, "told-smol");
}

/* ---- Calls ---------------------------------------------------------------------------------------- */

static const struct
{
  const char *name, *marker;
  const char *status; /* how it ended; NULL: it has not */
} calls[] = {
  { "fetch_user", "CALL: user", "0" },
  { "fetch_slowly", "CALL: slowly", "-125" },
  { "posts", "CALL: posts", NULL },
  { "fetch_user_data", "CALL: data", NULL },
};

static const char *
get_field (char **columns, char **fields, const char *name)
{
  for (guint i = 0; columns[i] != NULL; i++)
    if (g_str_equal (columns[i], name))
      return fields[i];
  g_error ("there is no column %s", name);
}

/* How many calls of that kind there are in the table. */
static guint
count (char **lines, guint call)
{
  g_auto (GStrv) columns = g_strsplit (lines[0], ",", -1);
  g_autofree char *place = run_cargo_place (PROJECT, "src", calls[call].marker);
  guint n = 0;

  for (guint i = 1; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], ",", -1);

      n += g_strv_length (fields) == g_strv_length (columns) && g_str_equal (fields[0], "await") &&
           g_str_equal (get_field (columns, fields, "name"), calls[call].name) &&
           g_str_equal (get_field (columns, fields, "place"), place) &&
           g_str_equal (get_field (columns, fields, "task_name"), "user 42") &&
           g_str_equal (get_field (columns, fields, "open"),
                        calls[call].status == NULL ? "1" : "0") &&
           (calls[call].status == NULL ||
            g_str_equal (get_field (columns, fields, "status"), calls[call].status));
    }
  return n;
}

static void
test_calls (gconstpointer executor)
{
  g_autofree char *program = dup_program ();
  g_autofree char *file = NULL;
  g_auto (GStrv) lines = NULL;
  RunResult result;
  int fd;

  if (run_cargo_is_missing (why_skipped))
    return;
  fd = g_file_open_tmp ("rust-told-XXXXXX", &file, NULL);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  run_plain (&result,
             PROGRAM ("record", "--on=exit", "-o", file, "--", program, executor, "ends", "100"));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("export", "--to=csv", file));
  g_assert_cmpint (result.status, ==, 0);
  g_test_message ("%s", result.out);
  lines = g_strsplit (result.out, "\n", -1);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    g_assert_cmpuint (count (lines, i), ==, 1);
  run_result_clear (&result);
  g_unlink (file);
}

/* ---- Names of tasks and locks ------------------------------------------------------------------------- */

/* One who holds both, and names: nothing of a lock that is no more. */
static gboolean
has_names (JsonObject *target)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), target);
  g_autofree char *text = NULL;

  text = json_to_string (node, FALSE);
  g_assert_null (strstr (text, "“gone”"));
  return strstr (text, "\"deadlock\"") != NULL && strstr (text, "\"transfer\"") != NULL &&
         strstr (text, "\"audit\"") != NULL && strstr (text, "Mutex<i32> “accounts”") != NULL &&
         strstr (text, "Mutex<i32> “journal”") != NULL;
}

static void
test_a_process_that_runs (gconstpointer executor)
{
  g_autofree char *program = dup_program ();

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, executor, "locks", "200"), has_names));
}

static void
test_a_core_file (gconstpointer executor)
{
  g_autofree char *program = dup_program ();
  g_autofree char *path = NULL;
  RunResult result;
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped))
    return;
  dumped_begin (&dumped, PROGRAM (program, executor, "locks", "200"));
  path = dumped_write (&dumped);
  if (path == NULL)
    path = dumped_abort (&dumped);
  if (path == NULL)
    g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
  else
    {
      g_autoptr (JsonNode) node = NULL;

      run_plain (&result, PROGRAM ("open", "--json", path));
      g_test_message ("%s%s", result.out, result.err);
      node = json_from_string (result.out, NULL);
      g_assert_nonnull (node);
      g_assert_true (has_names (json_array_get_object_element (
          json_object_get_array_member (json_node_get_object (node), "targets"), 0)));
      run_result_clear (&result);
    }
  dumped_end (&dumped);
}

int
main (int argc, char **argv)
{
  static const char *const executors[] = { "smol", "async-std" };
  static const struct
  {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "calls", test_calls },
    { "a-process-that-runs", test_a_process_that_runs },
    { "a-core-file", test_a_core_file },
  };

  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins", "--features", "inspect"));
  for (guint i = 0; i < G_N_ELEMENTS (executors); i++)
    for (guint j = 0; j < G_N_ELEMENTS (tests); j++)
      {
        g_autofree char *path =
            g_strdup_printf ("/run/rust-told/%s/%s", tests[j].name, executors[i]);

        g_test_add_data_func (path, executors[i], tests[j].func);
      }
  return g_test_run ();
}
