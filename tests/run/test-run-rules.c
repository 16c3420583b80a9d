/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Small real programs, each with one fault or with none: what the report says of them. */

#include "fixture.h"

#include <string.h>

/* The same program with libuv in it. */
#define INSIDE "-inside"

typedef struct
{
  const char *program;
  const char *label; /* of the place in PROGRAM.c; NULL: healthy, nothing may be said to be stuck */
  const char *rule;  /* of the stuck task, or of a wait at rest that must be there */
  const char *says;  /* in what it waits for; NULL: whatever */
} RuleCase;

static const RuleCase cases[] = {
  { "blocker", "BLOCKS", "callback-blocks", NULL },
  { "pool", "WORK", "work-queued", NULL },
  { "pool-inside", "WORK", "work-queued", NULL },
  { "connect-hang", "AWAIT: connect", "connecting", "127.0.0.1:" },
  { "connect-hang-inside", "AWAIT: connect", "connecting", "127.0.0.1:" },
  { "no-timeout", "AWAIT: answer", "http-unanswered", NULL },
  { "sleeper", NULL, "timer", NULL },
  { "echo-server --for 1500", NULL, "listening", NULL },
  { "many", NULL, "timer", NULL },
};

static JsonObject *
find_by_rule (RunResult *result, const char *rule)
{
  for (guint i = 0; i < result->reports->len; i++)
    {
      JsonArray *targets = json_object_get_array_member (result->reports->pdata[i], "targets");

      for (guint t = 0; t < json_array_get_length (targets); t++)
        {
          JsonArray *stuck =
              json_object_get_array_member (json_array_get_object_element (targets, t), "stuck");

          for (guint k = 0; k < json_array_get_length (stuck); k++)
            {
              JsonObject *task = json_array_get_object_element (stuck, k);

              if (g_str_equal (json_object_get_string_member (task, "rule"), rule))
                return task;
            }
        }
    }
  return NULL;
}

static void
assert_stuck (const RuleCase *test, RunResult *result, const char *name)
{
  JsonObject *task = find_by_rule (result, test->rule);
  const char *inside = strstr (name, INSIDE);
  g_autofree char *source = g_strdup_printf (
      "%.*s.c", (int)(inside != NULL ? inside - name : (gssize)strlen (name)), name);
  g_autofree char *place = g_strdup_printf ("%s:%u", source, run_label_line (source, test->label));

  g_assert_nonnull (task);
  g_assert_cmpstr (json_object_get_string_member (task, "place"), ==, place);
  if (test->says != NULL)
    g_assert_nonnull (strstr (json_object_get_string_member (task, "waits_for"), test->says));
}

static gboolean
is_seen_in (RunResult *result, const char *function, const char *source)
{
  JsonArray *stack =
      json_object_get_array_member (find_by_rule (result, "callback-blocks"), "stack");

  for (guint i = 0; i < json_array_get_length (stack); i++)
    {
      JsonObject *frame = json_array_get_object_element (stack, i);

      if (g_str_equal (json_object_get_string_member (frame, "function"), function) &&
          g_str_has_prefix (json_object_get_string_member (frame, "place"), source))
        return TRUE;
    }
  return FALSE;
}

/* A callback that runs is somewhere: in a function of the program that it called. A thread that gets
 * no processor does not come to the stop at which it is seen. */
static void
test_where_it_runs (void)
{
  g_autofree char *program = run_app ("blocker");
  gboolean seen = FALSE;
  RunResult result;

  for (guint i = 0; i < 5 && !seen; i++)
    {
      run_json (&result, "--stuck-after 500ms", PROGRAM (program));
      g_assert_cmpstr (result.out, ==, "crunched\nother\n");
      seen = is_seen_in (&result, "think", "blocker.c:");
      run_result_clear (&result);
    }
  g_assert_true (seen);
}

static const struct
{
  const char *call;
  const char *says[2];
} sleeps[] = {
  { "read", { "sleeping in read() on pipe ", "" } },
  { "recv", { "sleeping in recv() on 127.0.0.1:", "at whose other end is " } },
  { "accept", { "sleeping in accept() on 127.0.0.1:", "" } },
};

/* A callback that sleeps in the kernel: in which call, and on what. */
static void
test_what_it_sleeps_on (void)
{
  g_autofree char *program = run_app ("callback-sleeps");

  for (gsize i = 0; i < G_N_ELEMENTS (sleeps); i++)
    {
      gboolean is_seen = FALSE;

      for (guint try = 0; try < 5 && !is_seen; try++)
        {
          JsonObject *task;
          RunResult result;
          const char *thread;

          run_json (&result, "--stuck-after 200ms", PROGRAM (program, sleeps[i].call));
          g_test_message ("%s", result.report_text);
          task = find_by_rule (&result, "callback-blocks");
          thread = task != NULL ? json_object_get_string_member (task, "thread") : NULL;
          is_seen = thread != NULL && strstr (thread, sleeps[i].says[0]) != NULL &&
                    strstr (thread, sleeps[i].says[1]) != NULL;
          run_result_clear (&result);
        }
      g_assert_true (is_seen);
    }
}

static void
test_rule (gconstpointer data)
{
  const RuleCase *test = data;
  g_auto (GStrv) words = g_strsplit (test->program, " ", -1);
  g_autofree char *name = g_strdup (words[0]);
  RunResult result;

  g_free (words[0]);
  words[0] = run_app (name);
  if (g_str_has_suffix (name, INSIDE) && !g_file_test (words[0], G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no libuv here that can be linked into a program");
      return;
    }
  run_json (&result, "--stuck-after 500ms", (const char *const *)words);
  g_test_message ("%s", result.report_text);
  if (test->label != NULL)
    assert_stuck (test, &result, name);
  else
    g_assert_cmpuint (run_count_stuck (&result), ==, 0);
  run_result_clear (&result);
}

/* An executor that nobody knows, by the five calls of inspect.h. */
static void
test_executor (void)
{
  g_autofree char *program = g_build_filename (g_getenv ("TEST_RUN_BUILD"), "executor", NULL);
  g_autofree char *source = g_build_filename (g_getenv ("TEST_RUN_SOURCE"), "executor.c", NULL);
  g_autofree char *place = g_strdup_printf ("executor.c:%u", run_label_line (source, "AWAIT"));
  JsonObject *task;
  RunResult result;

  run_json (&result, "--stuck-after 300ms", PROGRAM (program));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.out, ==, "quick\nlate\n");
  task = find_by_rule (&result, "not-done");
  g_assert_nonnull (task);
  g_assert_cmpstr (json_object_get_string_member (task, "name"), ==, "late");
  g_assert_true (json_object_get_boolean_member (task, "named_by_program"));
  g_assert_cmpstr (json_object_get_string_member (task, "waits_for"), ==, "waiting for a message");
  g_assert_cmpstr (json_object_get_string_member (task, "place"), ==, place);
  run_result_clear (&result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/rules/own-executor", test_executor);
  g_test_add_func ("/run/rules/callback-blocks/where-it-runs", test_where_it_runs);
  g_test_add_func ("/run/rules/callback-blocks/what-it-sleeps-on", test_what_it_sleeps_on);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/rules/%s", cases[i].rule);
      g_auto (GStrv) words = g_strsplit (cases[i].program, " ", 2);
      g_autofree char *full = g_strdup_printf ("%s/%s", path, words[0]);

      g_test_add_data_func (full, &cases[i], test_rule);
    }
  return g_test_run ();
}
