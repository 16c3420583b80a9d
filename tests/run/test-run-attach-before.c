/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `attach` to programs in which things are under way since before that the thread which was stopped cannot reach: each
 * is told of, once, as from before. A machine with little time finds them later, so that each is looked for again
 * and again. */

#include "subject.h"

#include <string.h>
#include <glib/gstdio.h>

#define MAX_TRIES 40

typedef struct
{
  const char *name, *label; /* of the function that will be called, and its line */
  const char *waits_for;    /* beginning */
  const char *rule;         /* NULL: any */
} Pending;

typedef struct
{
  const char *name, *program, *argument;
  Pending pending[12];
} Case;

static const Case cases[] = {
  { "libuv",
    "attach-before",
    NULL,
    { { "on_tick", NULL, "timer every 20.0 ms" },
      { "on_work", "WORKS", "running on_work in the thread pool" },
      { "on_file_read", "READS", "read 16 B from file " },
      { "on_asked", "ASKS", "stat /some/where/else" },
      { "on_named", "NAMES", "looking up nobody.invalid" },
      { "on_other_timer", "OTHER TIMER", "a timer" },
      { "on_other_read", "OTHER READS", "waiting to read from " },
      { "on_quiet_read", "QUIET", "waiting to read from ", "watching" },
      { "on_written", "OTHER WRITES", "writing " } } },
  /* What is followed by hooks is judged by more than a look at it. */
  { "lively-loop",
    "attach-before",
    "lively",
    { { "on_quiet_read", "QUIET", "waiting to read from ", "reading" },
      { "on_written", "OTHER WRITES", "writing " },
      { "on_work", "WORKS", "running on_work in the thread pool" } } },
  { "glib",
    "attach-before-glib",
    NULL,
    { { "on_tick", "TICKS", "timeout every 20.0 ms" },
      { "on_other_timeout", "OTHER TIMEOUT", "timeout of 1" },
      { "on_other_input", "OTHER INPUT", "watching descriptor " },
      { "on_late", "LATE", "waiting for late settings" },
      { "on_saved", "SAVED", "running save_slowly in a thread" } } },
  { "sd-event",
    "attach-before-sd-event",
    NULL,
    { { "on_connection", "LISTENS", "waiting for connections on 127.0.0.1:" },
      { "on_pipe", "PIPE", "watching descriptor " },
      { "on_late", "LATE", "timer, due in " },
      { "on_tick", "TICKS", "timer that stays, " } } },
};

/* Nothing is stuck so soon. Returns: (transfer full) (nullable): of the report, the tasks that are not */
static JsonNode *
attach (const Subject *subject, const char *duration)
{
  g_autoptr (JsonNode) report = NULL;
  JsonNode *others = NULL;
  RunResult result;

  run_plain (&result, PROGRAM ("attach", "--json", "--stuck-after", "1h", "--for", duration,
                               "--output", "-", "--pid", subject->pid));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_cmpint (result.status, ==, 0);
  report = json_from_string (result.out, NULL);
  if (report != NULL)
    others = json_node_copy (json_object_get_member (
        json_array_get_object_element (
            json_object_get_array_member (json_node_get_object (report), "targets"), 0),
        "others"));
  run_result_clear (&result);
  return others;
}

/* Once, with all that is known of it. */
static gboolean
is_told (const char *program, const Pending *pending, JsonArray *others)
{
  g_autofree char *source = g_strconcat (program, ".c", NULL);
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (others); i++)
    {
      JsonObject *other = json_array_get_object_element (others, i);

      if (!g_str_equal (json_object_get_string_member (other, "name"), pending->name))
        continue;
      /* The first look from outside, which completes it, is not over: there is much to do on this machine. */
      if (strchr (json_object_get_string_member (other, "waits_for"), '?') != NULL)
        return FALSE;
      n += (guint)json_object_get_int_member (other, "count");
      g_assert_true (json_object_get_boolean_member (other, "began_before_inspection"));
      g_assert_true (g_str_has_prefix (json_object_get_string_member (other, "waits_for"),
                                       pending->waits_for));
      if (pending->rule != NULL &&
          !g_str_equal (json_object_get_string_member (other, "rule"), pending->rule))
        n--;
      if (pending->label != NULL)
        {
          g_autofree char *place =
              g_strdup_printf ("%s:%u", source, run_label_line (source, pending->label));

          g_assert_cmpstr (json_object_get_string_member (other, "place"), ==, place);
        }
    }
  g_assert_cmpuint (n, <=, 1);
  return n == 1;
}

/* The second inspector sees what the first one saw. */
static void
test_found (gconstpointer data)
{
  const Case *row = data;
  g_autofree char *program = run_app (row->program);
  Subject subject;

  if (!g_file_test (program, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the runtime's library is not here");
      return;
    }
  subject_begin (&subject, PROGRAM (program, row->argument));
  for (guint round = 0; round < 2 && subject_may_be_attached_to (&subject); round++)
    {
      guint n_found = 0, n_wanted = 0;

      for (guint try = 0; try < MAX_TRIES && (try == 0 || n_found < n_wanted); try++)
        {
          g_autoptr (JsonNode) others = attach (&subject, try < 3 ? "300ms" : "2s");

          n_found = 0;
          for (n_wanted = 0; row->pending[n_wanted].name != NULL; n_wanted++)
            n_found += others != NULL && is_told (row->program, &row->pending[n_wanted],
                                                  json_node_get_array (others));
        }
      g_assert_cmpuint (n_found, ==, n_wanted);
    }
  subject_end (&subject, "ticked");
}

static JsonArray *
get_others (JsonNode *report)
{
  return json_object_get_array_member (
      json_array_get_object_element (
          json_object_get_array_member (json_node_get_object (report), "targets"), 0),
      "others");
}

/* How many of @pending are told of as from before, each bit one of them. */
static guint
find_before (JsonArray *others, const Pending *pending)
{
  guint found = 0;

  for (guint i = 0; i < json_array_get_length (others); i++)
    {
      JsonObject *other = json_array_get_object_element (others, i);

      for (guint k = 0; pending[k].name != NULL; k++)
        if (g_str_equal (json_object_get_string_member (other, "name"), pending[k].name) &&
            json_object_get_boolean_member (other, "began_before_inspection"))
          found |= 1u << k;
    }
  return found;
}

/* Of a recording all is told as it was live, also what nobody had seen begin. */
static void
test_recorded (gconstpointer data)
{
  const Case *row = data;
  g_autofree char *program = run_app (row->program);
  g_autofree char *folder = NULL, *path = NULL;
  gboolean may;
  Subject subject;
  guint found = 0;

  if (!g_file_test (program, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the runtime's library is not here");
      return;
    }
  folder = g_dir_make_tmp ("async-inspect-before-XXXXXX", NULL);
  path = g_build_filename (folder, "run.airec", NULL);
  subject_begin (&subject, PROGRAM (program, row->argument));
  may = subject_may_be_attached_to (&subject);
  for (guint try = 0; may && try < MAX_TRIES && found == 0; try++)
    {
      g_autoptr (JsonNode) live = NULL, again = NULL;
      RunResult result;

      run_plain (&result, PROGRAM ("attach", "--json", "--stuck-after", "1h", "--for",
                                   try < 3 ? "300ms" : "2s", "--record", path, "--output", "-",
                                   "--pid", subject.pid));
      g_test_message ("%s%s", result.out, result.err);
      g_assert_cmpint (result.status, ==, 0);
      live = json_from_string (result.out, NULL);
      run_result_clear (&result);
      run_plain (&result, PROGRAM ("open", "--json", path));
      g_assert_cmpint (result.status, ==, 0);
      again = json_from_string (result.out, NULL);
      g_test_message ("%s", result.out);
      run_result_clear (&result);
      g_unlink (path);
      if (live == NULL)
        continue;
      found = find_before (get_others (live), row->pending);
      g_assert_cmphex (find_before (get_others (again), row->pending), ==, found);
    }
  g_assert_true (!may || found != 0);
  subject_end (&subject, "ticked");
  g_rmdir (folder);
}

static const struct
{
  const char *name, *rule, *says;
} stuck[] = {
  { "on_work", "work-running",
    "queued at a place that nobody saw, and its callback is attach-before.c:" },
  { "on_asked", "work-queued", "its callback is attach-before.c:" },
  { "on_named", "work-queued", "its callback is attach-before.c:" },
  { "on_file_read", "descriptor-job", "its callback is attach-before.c:" },
};

/* What has been under way for long enough is said to be stuck, and nobody claims to know where it began. */
static void
test_stuck (void)
{
  g_autofree char *program = run_app ("attach-before");
  gboolean may = FALSE;
  guint n_found = 0;
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  may = subject_may_be_attached_to (&subject);
  for (guint try = 0; may && try < MAX_TRIES && n_found < G_N_ELEMENTS (stuck); try++)
    {
      RunResult result;

      subject_attach (&result, &subject, try == 0 ? "1s" : "5s");
      n_found = 0;
      for (gsize i = 0; i < G_N_ELEMENTS (stuck); i++)
        {
          JsonObject *task = run_find_stuck (run_last_report (&result, NULL), stuck[i].name);

          if (task == NULL)
            continue;
          n_found++;
          g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, stuck[i].rule);
          g_assert_true (json_object_get_boolean_member (task, "began_before_inspection"));
          g_assert_nonnull (
              strstr (json_object_get_string_member (task, "suggestion"), stuck[i].says));
        }
      run_result_clear (&result);
    }
  g_assert_true (!may || n_found == G_N_ELEMENTS (stuck));
  subject_end (&subject, "ticked");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/attach-before/", cases[i].name, NULL);

      g_autofree char *recorded = g_strconcat ("/attach-before/recorded/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_found);
      g_test_add_data_func (recorded, &cases[i], test_recorded);
    }
  g_test_add_func ("/attach-before/stuck", test_stuck);
  return g_test_run ();
}
