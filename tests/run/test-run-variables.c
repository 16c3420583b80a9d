/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What INSPECT_VAR() shows, of a program that stands still and of one that was recorded. */

#include <signal.h>
#include <string.h>
#include <glib/gstdio.h>

#include <inspector-history.h>

#include "fixture.h"

static char *
get_program (void)
{
  return g_build_filename (g_getenv ("TEST_RUN_BUILD"), "variables", NULL);
}

static const char *const shown[] = {
  "  int attempts = -3\n",
  "  unsigned char small = 200\n",
  "  double ratio = 0.25\n",
  "  Colour colour = COLOUR_GREEN\n",
  "  char *text = \"some text\"\n",
  "  int[3] numbers = [1, 2, 3]\n",
  " -> Request {id: 12, name: \"fetch\", colour: COLOUR_RED, is_open: 1, level: 17, either: "
  "{as_int: "
  "5, as_float: ",
  ", code: \"abc\", ",
  "at: {x: 3, y: -4}",
  "  int request->id = 12\n",
  "  Request *nothing = NULL\n",
  " -> unreadable\n",
  "  GString *string = \"a string\"\n",
  "  GList *list = [\"one\", \"two\"]\n",
  "  GPtrArray *array = [\"first\"]\n",
  "  GHashTable *table = {\"key\": \"content\"} (inferred)\n",
  "  GBytes *bytes = 5 B: \"bytes\" (inferred)\n",
  "  GError *error = \"went wrong\" (code 7)\n",
  "  GVariant *built = (7, \"seven\", []) (inferred)\n",
  "  GVariant *whole = {'a': <1>, 'b': <'two'>} (inferred)\n",
  "  GVariant *number = 42 (inferred)\n",
  "  GVariant *words = \"some words\" (inferred)\n",
  " -> {parent_instance: GObject with 1 reference, size: 5} private: {title: \"a title\", width: "
  "640} "
  "(inferred)\n",
};

static void
test_shown (void)
{
  RunResult result = { 0 };
  g_autofree char *program = get_program ();
  const char *at;

  run_plain (&result, PROGRAM ("run", "--break", "state:shown", "--command", "vars", "--command",
                               "kill", "--", program));
  at = result.err;
  for (gsize i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      const char *found = strstr (at, shown[i]);

      if (found == NULL)
        g_test_message ("no '%s' in %s", shown[i], at);
      g_assert_nonnull (found);
      at = found;
    }
  g_assert_cmpint (result.status, ==, 128 + SIGKILL);
  run_result_clear (&result);
}

static void
test_condition (void)
{
  RunResult result = { 0 };
  g_autofree char *program = get_program ();

  run_plain (&result, PROGRAM ("run", "--break", "state:shown if attempts < -2 and text ~ some",
                               "--", program));
  g_assert_nonnull (strstr (result.err, "Breakpoint 1: task 1"));
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("run", "--break", "state:shown if attempts > -2", "--", program));
  g_assert_nonnull (strstr (result.err, "was not met"));
  run_result_clear (&result);
}

/* How many different values of "request" a recording has. */
static guint
count_values (const char *path)
{
  static const char *const types[] = { "attribute", NULL };
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (inspector_session_open_recording (session, path, NULL, &error));
  g_assert_no_error (error);
  events = inspector_history_list_events (history, G_MAXUINT, 0, 1000, types, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < events->len; i++)
    {
      const InspectorEvent *event = events->pdata[i];

      if (strstr (event->text, "{id: ") != NULL)
        g_hash_table_add (values, g_strdup (event->text));
    }
  return g_hash_table_size (values);
}

static guint
record (const char *option)
{
  g_autofree char *folder = g_dir_make_tmp ("inspect-variables-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "one.airec", NULL);
  g_autofree char *program = get_program ();
  RunResult result = { 0 };
  guint n;

  run_plain (&result, PROGRAM ("run", option, "--record", path, "--", program, "again"));
  g_assert_cmpint (result.status, ==, 0);
  n = count_values (path);
  run_result_clear (&result);
  g_unlink (path);
  g_rmdir (folder);
  return n;
}

/* As it was said, and with --vars as it changed. */
static void
test_recorded (void)
{
  g_assert_cmpuint (record ("--no-payload"), ==, 1);
  g_assert_cmpuint (record ("--vars"), >, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/variables/shown", test_shown);
  g_test_add_func ("/run/variables/condition", test_condition);
  g_test_add_func ("/run/variables/recorded", test_recorded);
  return g_test_run ();
}
