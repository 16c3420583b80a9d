/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "cargo.h"

#include <string.h>

#include "fixture.h"

char *
run_cargo_target (const char *project)
{
  g_autofree char *folder = g_strconcat (project, "-target", NULL);

  return g_build_filename (g_getenv ("TEST_APPS_BUILD"), folder, NULL);
}

static char *
cargo (const char *project, gboolean is_offline, const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *folder = g_build_filename (g_getenv ("TEST_APPS_SOURCE"), project, NULL);
  g_autofree char *target = run_cargo_target (project);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *said = NULL;
  char *why;

  g_ptr_array_add (argv, (gpointer) "cargo");
  g_ptr_array_add (argv, (gpointer) "build");
  if (is_offline)
    g_ptr_array_add (argv, (gpointer) "--offline");
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)arguments[i]);
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_set_cwd (launcher, folder);
  g_subprocess_launcher_setenv (launcher, "CARGO_TARGET_DIR", target, TRUE);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *)argv->pdata, NULL);
  if (process == NULL)
    return g_strdup ("there is no cargo");
  g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &said, NULL);
  if (g_subprocess_get_successful (process))
    return NULL;
  why = g_strdup_printf ("cargo cannot build it: %.300s", said != NULL ? said : "");
  return g_strdelimit (why, "\n", ' ');
}

/* What was fetched before is enough; else it is fetched, where that can be done. */
char *
run_cargo_build (const char *project, const char *const *arguments)
{
  g_autofree char *why = cargo (project, TRUE, arguments);

  return why != NULL ? cargo (project, FALSE, arguments) : NULL;
}

gboolean
run_cargo_is_missing (const char *why)
{
  if (why != NULL)
    g_test_skip (why);
  return why != NULL;
}

char *
run_cargo_program (const char *project, const char *name)
{
  g_autofree char *target = run_cargo_target (project);

  return g_build_filename (target, "debug", name, NULL);
}

char *
run_cargo_strip (const char *project, const char *program, const char *name)
{
  char *stripped = run_cargo_program (project, name);
  RunResult result;

  run_bare (&result, PROGRAM ("strip", "-o", stripped, program));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  return stripped;
}

/* (nullable) */
static char *
find_marker (const char *path, const char *marker)
{
  g_autofree char *wanted = g_strdup_printf ("// %s\n", marker);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *text = NULL;
  const char *at;
  guint line = 1;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  at = strstr (text, wanted);
  if (at == NULL)
    return NULL;
  for (const char *c = text; c < at; c++)
    line += *c == '\n';
  return g_strdup_printf ("%s:%u", base, line);
}

char *
run_cargo_place (const char *project, const char *folder, const char *marker)
{
  g_autofree char *path = g_build_filename (g_getenv ("TEST_APPS_SOURCE"), project, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  char *place = NULL;
  const char *name;

  g_assert_nonnull (dir);
  while (place == NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      if (g_str_has_suffix (name, ".rs"))
        place = find_marker (file, marker);
    }
  if (place == NULL)
    g_error ("no %s in %s", marker, path);
  return place;
}

GSubprocess *
run_cargo_start (const char *program, const char *scenario, const char *seconds)
{
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *line = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, program, scenario,
                                           "2", seconds, NULL);

  g_assert_nonnull (process);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, "ready");
  return process;
}

static gboolean
look (const char *pid, const char *duration, RunSeenFunc is_seen)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_auto (GStrv) lines = NULL;
  gboolean has_seen = FALSE;
  RunResult result;
  guint n;

  run_plain (&result, PROGRAM ("attach", "--look", "--json", "--stuck-after", "300ms", "--for",
                               duration, "--output", "-", "--pid", pid));
  g_test_message ("%s%s", result.out, result.err);
  /* In that time it may not have come so far as to use a runtime, or the look to find one. */
  if (result.status == 0)
    {
      lines = g_strsplit (g_strchomp (result.out), "\n", -1);
      n = g_strv_length (lines);
      g_assert_cmpuint (n, >, 0);
      g_assert_true (json_parser_load_from_data (parser, lines[n - 1], -1, NULL));
      has_seen = is_seen (json_array_get_object_element (
          json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)),
                                        "targets"),
          0));
    }
  run_result_clear (&result);
  return has_seen;
}

gboolean
run_cargo_see (const char *const *argv, RunSeenFunc is_seen)
{
  static const char *const durations[] = { "2s", "4s", "8s", "16s", "30s" };
  g_autoptr (GSubprocess) process =
      g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);
  gboolean has_seen = FALSE;

  g_assert_nonnull (process);
  for (guint i = 0; i < G_N_ELEMENTS (durations) && !has_seen; i++)
    has_seen = look (g_subprocess_get_identifier (process), durations[i], is_seen);
  /* The signal is sent by another thread. */
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  return has_seen;
}

gboolean
run_cargo_follow (const char *program, const char *scenario, RunSeenFunc is_seen)
{
  static const char *const seconds[] = { "4", "12", "30" };
  gboolean has_seen = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (seconds) && !has_seen; i++)
    {
      RunResult result;

      run_json (&result, "--stuck-after 300ms", PROGRAM (program, scenario, seconds[i]));
      g_test_message ("%s%s", result.out, result.report_text);
      for (guint k = 0; k < result.reports->len && !has_seen; k++)
        has_seen = is_seen (json_array_get_object_element (
            json_object_get_array_member (result.reports->pdata[k], "targets"), 0));
      run_result_clear (&result);
    }
  return has_seen;
}

/* ---- What tasks wait for ------------------------------------------------------------------------------ */

static gboolean
is_text (JsonObject *task, const char *member, const char *text)
{
  return g_str_equal (json_object_get_string_member_with_default (task, member, ""), text);
}

static gboolean
is_like (JsonObject *task, const char *member, const char *pattern)
{
  return g_pattern_match_simple (pattern,
                                 json_object_get_string_member_with_default (task, member, ""));
}

static gboolean
is_wait (JsonObject *task, const char *project, const RunCargoWait *wait)
{
  g_autofree char *marker = wait->label != NULL ? g_strconcat ("AWAIT: ", wait->label, NULL) : NULL;
  g_autofree char *place = marker != NULL ? run_cargo_place (project, "src", marker) : NULL;

  return (is_text (task, "began_in", wait->task) || is_text (task, "name", wait->task)) &&
         is_like (task, "waits_for", wait->waits_for) &&
         (place == NULL || is_text (task, "place", place)) &&
         (wait->behind == NULL || is_like (task, "behind", wait->behind));
}

static gboolean
has_wait (JsonObject *target, const char *project, const char *const *lists,
          const RunCargoWait *wait)
{
  for (guint i = 0; lists[i] != NULL; i++)
    {
      JsonArray *tasks = json_object_get_array_member (target, lists[i]);

      for (guint j = 0; j < json_array_get_length (tasks); j++)
        if (is_wait (json_array_get_object_element (tasks, j), project, wait))
          return TRUE;
    }
  g_test_message ("not seen: %s, %s", wait->task, wait->waits_for);
  return FALSE;
}

gboolean
run_cargo_has_waits (JsonObject *target, const char *project, const char *const *lists,
                     const RunCargoWait *waits, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!has_wait (target, project, lists, &waits[i]))
      return FALSE;
  return TRUE;
}
