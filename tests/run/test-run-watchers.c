/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Programs of event libraries, one by one: a client whose server never answers, the same in health, and the
 * same while it runs already. Which there are, was seen when this was built. */

#include "faults.h"
#include "subject.h"

#include <string.h>

static const char *const libraries[] = { TEST_LIBRARIES };

static char *
source_of (const char *library)
{
  return g_strconcat (library, "-slow.c", NULL);
}

static char *
program_of (const char *library)
{
  g_autofree char *name = g_strconcat (library, "-slow", NULL);

  return run_app (name);
}

static char *
place_of (const char *library, const char *label)
{
  g_autofree char *source = source_of (library);

  return g_strdup_printf ("%s:%u", source, run_label_line (source, label));
}

static const char *
text_of (JsonObject *object, const char *member)
{
  return json_object_get_string_member (object, member);
}

/* Who waits, where, and for whom. */
static void
test_stuck (gconstpointer library)
{
  g_autofree char *program = program_of (library);
  g_autofree char *place = place_of (library, "ASKS");
  JsonObject *task, *step;
  RunResult result;

  run_json (&result, "--stuck-after 500ms", PROGRAM (program));
  g_test_message ("%s%s", result.report_text, result.err);
  task = run_find_stuck (run_last_report (&result, "stuck"), "fetch_posts");
  g_assert_nonnull (task);
  g_assert_cmpstr (text_of (task, "place"), ==, place);
  g_assert_cmpstr (text_of (task, "rule"), ==, "peer-silent");
  step = run_find_step (task, "waiting", "fetch_posts");
  g_assert_nonnull (step);
  g_assert_true (g_str_has_prefix (text_of (step, "waits_for"), "5 B to 127.0.0.1:"));
  g_assert_cmpstr (text_of (json_object_get_object_member (step, "socket"), "state"), ==,
                   "ESTABLISHED");
  run_result_clear (&result);
}

static void
test_healthy (gconstpointer library)
{
  g_autofree char *name = g_strconcat (library, "-slow", NULL);

  g_setenv ("HEALTHY", "1", TRUE);
  fault_check_nothing (name);
  g_unsetenv ("HEALTHY");
}

/* sd-event says nothing of the sources that it has. */
static gboolean
tells_of_before (const char *library)
{
  return !g_str_equal (library, "sd-event");
}

/* The second inspector sees what the first one saw, for the first has left all as it was. */
static void
test_since_before (gconstpointer library)
{
  static const struct
  {
    const char *waits_for;
    const char *name;
  } pending[] = {
    { "waiting for connections on 127.0.0.1:", "on_client" },
    { "waiting to read from 127.0.0.1:", NULL },
    { "timer every 20.0 ms", "on_tick" },
    { "watching descriptor 0", "on_input" },
  };
  g_autofree char *program = program_of (library);
  Subject subject;

  subject_begin (&subject, PROGRAM (program, "wait"));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      RunResult result;

      subject_attach (&result, &subject, "150ms");
      g_assert_cmpint (result.status, ==, 0);
      for (guint k = 0; tells_of_before (library) && k < G_N_ELEMENTS (pending); k++)
        {
          JsonObject *found =
              subject_find_pending (run_last_report (&result, NULL), pending[k].waits_for);

          g_test_message ("%s", pending[k].waits_for);
          g_assert_nonnull (found);
          g_assert_true (json_object_get_boolean_member (found, "began_before_inspection"));
          if (pending[k].name != NULL)
            g_assert_cmpstr (text_of (found, "name"), ==, pending[k].name);
        }
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

/* libevent takes another method of the kernel where it is told so, as tmux does. */
static void
test_poll (gconstpointer library)
{
  g_setenv ("EVENT_NOEPOLL", "1", TRUE);
  test_since_before (library);
  g_unsetenv ("EVENT_NOEPOLL");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    GTestDataFunc test;
    const char *only; /* for that library; NULL: for all */
  } tests[] = {
    { "stuck", test_stuck },
    { "healthy", test_healthy },
    { "since-before", test_since_before },
    { "since-before-by-poll", test_poll, "libevent" },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (libraries); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (tests); k++)
      {
        g_autofree char *path = g_strdup_printf ("/watchers/%s/%s", libraries[i], tests[k].name);

        if (tests[k].only == NULL || g_str_equal (tests[k].only, libraries[i]))
          g_test_add_data_func (path, libraries[i], tests[k].test);
      }
  return g_test_run ();
}
