/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `profile`, `flamegraph` and `diff` on real programs, live and from recordings. */

#include "fixture.h"

#include <string.h>
#include <glib/gstdio.h>

typedef struct
{
  char *folder;
  char *recording;
  char *output; /* its suffix is the test's own */
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("async-inspect-profile-XXXXXX", NULL);
  f->recording = g_build_filename (f->folder, "run.airec", NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  GDir *folder = g_dir_open (f->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->folder, name, NULL);

      g_unlink (path);
    }
  g_dir_close (folder);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->folder);
  g_free (f->recording);
  g_free (f->output);
}

static const char *
output (Fixture *f, const char *name)
{
  g_free (f->output);
  f->output = g_build_filename (f->folder, name, NULL);
  return f->output;
}

static char *
read_output (Fixture *f)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (f->output, &text, NULL, NULL));
  return text;
}

static void
record (Fixture *f, const char *app)
{
  g_autofree char *program = run_app (app);
  g_autofree char *options = g_strdup_printf ("--record %s", f->recording);
  RunResult result;

  run_json (&result, options, PROGRAM (program));
  if (result.status == 125)
    g_error ("%s was not recorded: %s", app, result.err);
  run_result_clear (&result);
}

/* The first program of a profile as JSON. */
static JsonObject *
parse_profile (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = json_from_string (text, &error);
  JsonArray *programs;

  g_assert_no_error (error);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (root), "schema"), ==, 1);
  programs = json_object_get_array_member (json_node_get_object (root), "programs");
  g_assert_cmpuint (json_array_get_length (programs), >, 0);
  return json_object_ref (json_array_get_object_element (programs, 0));
}

/* It takes 2.6 s: one recording is enough for all who only read it. */
static char *pool_bytes;
static gsize pool_length;

static void
record_pool (Fixture *f)
{
  if (pool_bytes != NULL)
    {
      g_assert_true (g_file_set_contents (f->recording, pool_bytes, (gssize)pool_length, NULL));
      return;
    }
  record (f, "pool");
  g_assert_true (g_file_get_contents (f->recording, &pool_bytes, &pool_length, NULL));
}

static JsonObject *
profile_recording (Fixture *f, const char *app)
{
  RunResult result;
  JsonObject *profile;

  if (g_str_equal (app, "pool"))
    record_pool (f);
  else
    record (f, app);
  run_plain (&result, PROGRAM ("profile", "--format", "json", f->recording));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  profile = parse_profile (result.out);
  run_result_clear (&result);
  return profile;
}

static JsonObject *
profile_live (Fixture *f, const char *app)
{
  g_autofree char *program = run_app (app);
  g_autofree char *text = NULL;
  RunResult result;

  run_plain (&result, PROGRAM ("profile", "-o", output (f, "live.json"), "--", program));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  text = read_output (f);
  return parse_profile (text);
}

/* The row of that name (or function) in @table. */
static JsonObject *
find_row (JsonObject *profile, const char *table, const char *name)
{
  JsonArray *rows = json_object_get_array_member (profile, table);

  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);
      const char *found = json_object_has_member (row, "name")
                              ? json_object_get_string_member (row, "name")
                              : json_object_get_string_member_with_default (
                                    json_object_get_object_member (row, "place"), "function", "");

      if (g_strcmp0 (found, name) == 0)
        return row;
    }
  g_error ("there is no '%s' among the %s", name, table);
}

static gint64
figure (JsonObject *row, const char *histogram, const char *member)
{
  return json_object_get_int_member (json_object_get_object_member (row, histogram), member);
}

static void
assert_line (JsonObject *row, const char *app, const char *label)
{
  g_autofree char *source = g_strconcat (app, ".c", NULL);
  g_autofree char *base = g_path_get_basename (source);
  g_autofree char *where = g_strdup_printf ("%s:%u", base, run_label_line (source, label));

  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (row, "place"), "where"), ==,
      where);
}

static const char *
get_rule (JsonObject *row)
{
  if (json_object_get_null_member (row, "suggestion"))
    return NULL;
  return json_object_get_string_member (json_object_get_object_member (row, "suggestion"), "rule");
}

/* ---- Profiles ------------------------------------------------------------------------------- */

static void
check_pool (JsonObject *profile)
{
  JsonObject *operation = find_row (profile, "operations", "enqueue");
  JsonObject *pool =
      json_array_get_object_element (json_object_get_array_member (profile, "pools"), 0);

  assert_line (operation, "pool", "WORK");
  g_assert_cmpint (figure (operation, "durations", "count"), ==, 5);
  g_assert_cmpint (figure (operation, "durations", "min_ns"), >=, 1300 * 1000000);
  /* Four threads: the fifth job waits for one of them. */
  g_assert_cmpint (figure (operation, "durations", "max_ns"), >=,
                   2600 * G_GINT64_CONSTANT (1000000));
  g_assert_cmpint (figure (pool, "waits", "count"), ==, 5);
  g_assert_cmpint (figure (pool, "waits", "max_ns"), >=, 1300 * 1000000);
  g_assert_cmpint (json_object_get_int_member (pool, "most_running"), ==, 4);
  g_assert_cmpstr (get_rule (pool), ==, "pool-full");
}

static void
test_pool (Fixture *f, gconstpointer data)
{
  JsonObject *recorded = profile_recording (f, "pool");
  JsonObject *live = profile_live (f, "pool");

  check_pool (recorded);
  check_pool (live);
  json_object_unref (recorded);
  json_object_unref (live);
}

static void
test_http (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("http-client/http-client");
  g_autofree char *options = g_strdup_printf ("--record %s", f->recording);
  g_autoptr (JsonNode) root = NULL;
  JsonObject *profile, *posts, *tasks, *path;
  RunResult result;

  run_json (&result, options, PROGRAM (program, "--demo"));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("profile", "--format", "json", f->recording));
  profile = parse_profile (result.out);
  run_result_clear (&result);

  posts = find_row (profile, "operations", "fetch_posts");
  g_assert_cmpint (figure (posts, "durations", "count"), ==, 8);
  g_assert_cmpint (json_object_get_int_member (posts, "cancelled"), ==, 1);
  g_assert_cmpint (figure (posts, "durations", "max_ns"), >, 5 * G_GINT64_CONSTANT (1000000000));
  g_assert_cmpint (figure (posts, "durations", "p50_ns"), <, 1000000000);
  g_assert_cmpstr (json_object_get_string_member (posts, "class"), ==, "exchange");
  g_assert_nonnull (strstr (json_object_get_string_member (posts, "waits_for"), "/posts/…"));
  assert_line (posts, "http-client/client", "AWAIT: posts");
  g_assert_cmpint (figure (find_row (profile, "operations", "fetch_user"), "durations", "count"),
                   ==, 8);
  g_assert_cmpint (figure (find_row (profile, "operations", "fetch_friends"), "durations", "count"),
                   ==, 7);

  tasks = find_row (profile, "tasks", "fetch_user_data");
  g_assert_cmpint (json_object_get_int_member (tasks, "seen"), ==, 8);
  g_assert_cmpstr (
      json_object_get_string_member (
          json_array_get_object_element (json_object_get_array_member (tasks, "waits"), 0),
          "waits_for"),
      ==, "waiting for an answer");
  path = json_array_get_object_element (json_object_get_array_member (profile, "paths"), 0);
  g_assert_cmpint (json_object_get_int_member (path, "tasks"), ==, 7);
  json_object_unref (profile);
}

/* Live, the stack of what blocks the loop is there, too. */
static void
test_blocker (Fixture *f, gconstpointer data)
{
  JsonObject *profile = profile_live (f, "blocker");
  JsonObject *crunch = find_row (profile, "callbacks", "crunch");

  g_assert_cmpint (figure (crunch, "own", "count"), ==, 1);
  g_assert_cmpint (figure (crunch, "own", "max_ns"), >=, 1000000000);
  g_assert_cmpstr (get_rule (crunch), ==, "never-yields");
  g_assert_cmpint (
      json_object_get_int_member (json_object_get_object_member (crunch, "longest"), "held_up"), ==,
      1);
  json_object_unref (profile);
}

static void
test_locks (Fixture *f, gconstpointer data)
{
  JsonObject *profile = profile_recording (f, "abba-pthread");
  JsonArray *locks = json_object_get_array_member (profile, "locks");

  g_assert_cmpuint (json_array_get_length (locks), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      JsonObject *lock = json_array_get_object_element (locks, i);

      g_assert_cmpint (figure (lock, "waits", "count"), ==, 0);
      g_assert_cmpint (json_object_get_int_member (lock, "pending"), ==, 1);
    }
  json_object_unref (profile);
}

/* Nothing is wrong with it, and nothing is suggested. */
static void
test_healthy (Fixture *f, gconstpointer data)
{
  JsonObject *profile = profile_recording (f, data);

  for (guint i = 0; i < 2; i++)
    {
      JsonArray *rows = json_object_get_array_member (profile, i == 0 ? "operations" : "tasks");

      for (guint j = 0; j < json_array_get_length (rows); j++)
        g_assert_null (get_rule (json_array_get_object_element (rows, j)));
    }
  json_object_unref (profile);
}

static void
test_range (Fixture *f, gconstpointer data)
{
  RunResult result;
  JsonObject *profile;

  record_pool (f);
  run_plain (&result, PROGRAM ("profile", "--format", "json", "--until", "2s", f->recording));
  g_assert_cmpint (result.status, ==, 0);
  profile = parse_profile (result.out);
  /* The first four have ended by then. */
  g_assert_cmpint (figure (find_row (profile, "operations", "enqueue"), "durations", "count"), ==,
                   4);
  json_object_unref (profile);
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("profile", "--from", "1h", f->recording));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "nothing was seen that takes time"));
  run_result_clear (&result);
}

/* ---- Pages and pictures ---------------------------------------------------------------------- */

/* By a parser that is not ours. */
static void
assert_xml (const char *path, const char *expression)
{
  g_autofree char *script =
      g_strdup_printf ("import sys, xml.etree.ElementTree as e; t = e.parse (sys.argv[1]); "
                       "s = ''.join (t.getroot ().itertext ()); assert %s, s",
                       expression);
  RunResult result;

  run_bare (&result, PROGRAM ("python3", "-c", script, path));
  g_assert_cmpstr (result.err, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
}

/* Nothing of it comes from anywhere else, and nothing of it needs a script. */
static void
test_html (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  RunResult result;

  record_pool (f);
  run_plain (&result, PROGRAM ("profile", "-o", output (f, "profile.html"), f->recording));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  text = read_output (f);
  g_assert_null (strstr (text, "<script"));
  g_assert_null (strstr (text, "src="));
  g_assert_null (strstr (text, "href="));
  assert_xml (f->output, "'enqueue' in s and 'pool.c:' in s and 'resize_image' in s");
}

static void
test_svg (Fixture *f, gconstpointer data)
{
  static const char *const by[] = { "wall", "waiting", "running" };
  RunResult result;

  record_pool (f);
  for (guint i = 0; i < G_N_ELEMENTS (by); i++)
    {
      g_autofree char *text = NULL;

      run_plain (&result, PROGRAM ("flamegraph", "--by", by[i], "--output", output (f, "flame.svg"),
                                   f->recording));
      g_assert_cmpint (result.status, ==, 0);
      run_result_clear (&result);
      text = read_output (f);
      g_assert_null (strstr (text, "href="));
      assert_xml (f->output, i == 1 ? "'waiting for a thread of a pool' in s and 'enqueue' in s"
                                    : "'resize_image' in s and 'enqueue' in s");
    }
}

/* "frame;frame 123": what comes after the last space is a number, and there are no empty frames. */
static void
test_folded (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;
  RunResult result;
  guint64 resized = 0;

  record_pool (f);
  run_plain (&result, PROGRAM ("flamegraph", "--by", "running", "-o", "-", f->recording));
  g_assert_cmpint (result.status, ==, 0);
  lines = g_strsplit (result.out, "\n", -1);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      char *space = strrchr (lines[i], ' ');
      char *end = NULL;
      guint64 value;

      g_assert_nonnull (space);
      value = g_ascii_strtoull (space + 1, &end, 10);
      g_assert_cmpstr (end, ==, "");
      g_assert_cmpuint (value, >, 0);
      g_assert_null (strstr (lines[i], ";;"));
      g_assert_true (g_str_has_prefix (lines[i], "pool;"));
      if (strstr (lines[i], "enqueue") != NULL && strstr (lines[i], "resize_image") != NULL)
        resized += value;
    }
  /* Five jobs of 1.3 s, in microseconds. */
  g_assert_cmpuint (resized, >=, 5 * 1300 * 1000);
  run_result_clear (&result);
}

static void
test_speedscope (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *profile;
  JsonArray *weights, *samples;
  gint64 sum = 0;
  RunResult result;

  record_pool (f);
  run_plain (&result,
             PROGRAM ("flamegraph", "-o", output (f, "flame.speedscope.json"), f->recording));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  text = read_output (f);
  root = json_from_string (text, NULL);
  g_assert_nonnull (root);
  profile = json_array_get_object_element (
      json_object_get_array_member (json_node_get_object (root), "profiles"), 0);
  weights = json_object_get_array_member (profile, "weights");
  samples = json_object_get_array_member (profile, "samples");
  g_assert_cmpuint (json_array_get_length (weights), ==, json_array_get_length (samples));
  for (guint i = 0; i < json_array_get_length (weights); i++)
    sum += json_array_get_int_element (weights, i);
  g_assert_cmpint (sum, ==, json_object_get_int_member (profile, "endValue"));
}

/* Options stand before a recording or after it; after a program they are the program's. */
static void
test_order (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("pool");
  RunResult before, after;

  record_pool (f);
  run_plain (&before, PROGRAM ("profile", "--format", "json", "--until", "2s", f->recording));
  run_plain (&after, PROGRAM ("profile", f->recording, "--until", "2s", "--format", "json"));
  g_assert_cmpint (after.status, ==, 0);
  g_assert_cmpstr (after.err, ==, "");
  g_assert_cmpstr (before.out, ==, after.out);
  run_result_clear (&before);
  run_result_clear (&after);
  run_plain (&after, PROGRAM ("profile", "--until", "1s", f->recording, "--format=json"));
  g_assert_cmpint (after.status, ==, 0);
  g_assert_true (g_str_has_prefix (after.out, "{\"schema\""));
  run_result_clear (&after);
  run_plain (&after, PROGRAM ("flamegraph", f->recording, "-o", output (f, "after.svg")));
  g_assert_cmpint (after.status, ==, 0);
  g_assert_true (g_file_test (f->output, G_FILE_TEST_EXISTS));
  run_result_clear (&after);
  run_plain (&after, PROGRAM ("profile", program, "--format", "nonsense"));
  g_assert_cmpint (after.status, ==, 0);
  run_result_clear (&after);
}

/* ---- Comparisons ---------------------------------------------------------------------------- */

/* Tasks live for longer because of operations, which come first. */
static void
assert_operations_first (const char *out, const char *title)
{
  g_autofree char *rows = g_strdup (strstr (out, title));
  char *end = rows != NULL ? strstr (rows, "\n\n") : NULL;
  const char *task = rows != NULL ? strstr (rows, "\n  task ") : NULL;

  g_assert_nonnull (task);
  if (end != NULL)
    *end = '\0';
  g_assert_nonnull (strstr (rows, "\n  enqueue "));
  for (const char *p = task + 1; (p = strstr (p, "\n  ")) != NULL; p++)
    g_assert_true (g_str_has_prefix (p, "\n  task ") || g_str_has_prefix (p, "\n   "));
}

/* Of a program that has nothing in common with the other one. */
static void
test_diff_order (Fixture *f, gconstpointer data)
{
  g_autofree char *program = run_app ("brief");
  RunResult result;

  record_pool (f);
  run_plain (&result, PROGRAM ("run", "--record", output (f, "brief.airec"), program));
  g_assert_true (g_file_test (f->output, G_FILE_TEST_EXISTS));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("diff", f->recording, f->output));
  g_assert_cmpint (result.status, ==, 0);
  assert_operations_first (result.out, "Only on the first side");
  run_result_clear (&result);
}

static void
test_diff (Fixture *f, gconstpointer data)
{
  g_autofree char *thrice = NULL;
  RunResult result;

  record_pool (f);
  thrice = g_strdup_printf ("%s,%s,%s", f->recording, f->recording, f->recording);
  run_plain (&result,
             PROGRAM ("diff", "--fail-if", "p50(enqueue) > 1.01x", f->recording, f->recording));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.err, "p50(enqueue) > 1.01x: does not hold"));
  g_assert_null (strstr (result.out, "\nSlower"));
  run_result_clear (&result);

  run_plain (&result, PROGRAM ("diff", "--fail-if", "max(enqueue) > 2s and count(enqueue) >= 5",
                               thrice, thrice));
  g_assert_cmpint (result.status, ==, 1);
  g_assert_nonnull (strstr (result.out, "compared as wholes"));
  g_assert_nonnull (strstr (result.err, "max(enqueue) > 2s: holds"));
  run_result_clear (&result);

  run_plain (&result, PROGRAM ("diff", "--json", f->recording, f->recording));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "\"verdict\":\"unknown\""));
  run_result_clear (&result);
}

/* ---- Bad input ------------------------------------------------------------------------------ */

static void
test_bad_input (Fixture *f, gconstpointer data)
{
  g_autofree char *junk = g_build_filename (f->folder, "junk.airec", NULL);

  g_assert_true (g_file_set_contents (junk, "not one", -1, NULL));
  run_assert_refused (PROGRAM ("profile"), "nothing to look at");
  run_assert_refused (PROGRAM ("profile", junk), "junk.airec");
  run_assert_refused (PROGRAM ("profile", "/nowhere/x.airec"), "/nowhere/x.airec");
  run_assert_refused (PROGRAM ("profile", "--format", "xml", junk), "text, json, html");
  run_assert_refused (PROGRAM ("profile", "--from", "soon", junk), "--from 'soon'");
  run_assert_refused (PROGRAM ("profile", "--from", "3s", "--until", "2s", junk),
                      "nothing lies between");
  run_assert_refused (PROGRAM ("profile", junk, "--nonsense"), "--nonsense");
  run_assert_refused (PROGRAM ("profile", junk, junk), "is too much after the recording");
  run_assert_refused (PROGRAM ("flamegraph", junk), "--output flame.svg");
  run_assert_refused (PROGRAM ("flamegraph", "-o", "x.png", junk), "'x.png'");
  run_assert_refused (PROGRAM ("flamegraph", "--by", "luck", "-o", "x.svg", junk), "wall, waiting");
  run_assert_refused (PROGRAM ("diff", junk), "two sides are needed");
  run_assert_refused (PROGRAM ("diff", junk, junk), "junk.airec");
  run_assert_refused (PROGRAM ("diff", "--fail-if", "p99(x", junk, junk), "has no ')'");
  record (f, "brief");
  run_assert_refused (PROGRAM ("flamegraph", "-o", "/nowhere/x.svg", f->recording),
                      "/nowhere/x.svg");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                                      \
  g_test_add ("/run-profile/" name, Fixture, data, setup, func, teardown)
  ADD ("pool-live-and-recorded", NULL, test_pool);
  ADD ("http-client-says-where-its-time-goes", NULL, test_http);
  ADD ("callback-that-keeps-its-loop", NULL, test_blocker);
  ADD ("locks-that-never-come", NULL, test_locks);
  ADD ("healthy/main-loop", "healthy/main-loop", test_healthy);
  ADD ("healthy/socket-echo", "healthy/socket-echo", test_healthy);
  ADD ("range", NULL, test_range);
  ADD ("html-is-a-page-of-its-own", NULL, test_html);
  ADD ("svg-is-well-formed", NULL, test_svg);
  ADD ("folded-is-what-its-readers-expect", NULL, test_folded);
  ADD ("speedscope-adds-up", NULL, test_speedscope);
  ADD ("options-before-and-after-a-recording", NULL, test_order);
  ADD ("diff", NULL, test_diff);
  ADD ("diff-has-operations-first", NULL, test_diff_order);
  ADD ("bad-input-is-one-clear-line", NULL, test_bad_input);
  status = g_test_run ();
  g_free (pool_bytes);
  return status;
}
