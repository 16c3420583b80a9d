/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `attach` to a program that has locks which nobody waits for: each is told of, with who has it, and nothing is said to be
 * wrong. A machine with little time finds them later, so that they are looked for again and again. */

#include <signal.h>
#include <string.h>

#include "subject.h"

#define MAX_TRIES 20
/* On a machine that has little time for it, the looks come late. */
#define DURATION(try) ((try) < 3 ? "1s" : "5s")

typedef struct
{
  const char *what; /* how it begins */
  const char *certainty;
  gboolean has_run; /* its holder goes on */
  gboolean is_given_back;
} HeldLock;

static const HeldLock held_locks[] = {
  { "mutex “accounts”", "certain", FALSE, TRUE },
  { "mutex “shelves[1].lock”", "certain", FALSE, TRUE },
  { "read-write lock “prices”", "certain", FALSE, TRUE },
  { "mutex 0x", "inferred", FALSE, TRUE },
  { "mutex “journal”", "certain", TRUE, FALSE },
};

/* Where no file says what is what. */
static const HeldLock held_stripped[] = {
  { "mutex 0x", "inferred", FALSE, TRUE },
  { "mutex 0x", "inferred", TRUE, FALSE },
  { "read-write lock 0x", "inferred", FALSE, TRUE },
};

typedef struct
{
  const char *program;
  gboolean only_looks;
  const HeldLock *locks;
  guint n_locks;
} HeldCase;

static const HeldCase held_cases[] = {
  { "attach-held", FALSE, held_locks, G_N_ELEMENTS (held_locks) },
  { "attach-held", TRUE, held_locks, G_N_ELEMENTS (held_locks) },
  { "attach-held-stripped", FALSE, held_stripped, G_N_ELEMENTS (held_stripped) },
  { "attach-held-stripped", TRUE, held_stripped, G_N_ELEMENTS (held_stripped) },
};

/* Nothing is said to be wrong. */
static JsonArray *
find_held (RunResult *result)
{
  JsonObject *report = run_last_report (result, NULL);
  JsonObject *target;

  g_assert_cmpint (result->status, ==, 0);
  g_assert_cmpint (json_object_get_int_member (report, "stuck"), ==, 0);
  target = json_array_get_object_element (json_object_get_array_member (report, "targets"), 0);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (target, "findings")), ==,
                    0);
  return json_object_get_array_member (target, "held");
}

static gboolean
is_that (JsonObject *held, const HeldLock *lock)
{
  return g_str_has_prefix (json_object_get_string_member (held, "what"), lock->what) &&
         g_str_equal (json_object_get_string_member (held, "certainty"), lock->certainty) &&
         json_object_get_boolean_member (held, "holder_ran_since") == lock->has_run;
}

/* That thread is one of the program's. */
static void
check_holder (const Subject *subject, JsonObject *held)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/%s/task/%" G_GINT64_FORMAT, subject->pid,
                       json_object_get_int_member_with_default (held, "tid", 0));

  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
}

/* How many of them there are; those that are not given back alone: @only_kept */
static guint
count (const Subject *subject, JsonArray *array, const HeldCase *row, gboolean only_kept)
{
  guint n = 0;

  for (guint k = 0; k < row->n_locks; k++)
    for (guint i = 0; i < json_array_get_length (array); i++)
      if (is_that (json_array_get_object_element (array, i), &row->locks[k]) &&
          !(only_kept && row->locks[k].is_given_back))
        {
          check_holder (subject, json_array_get_object_element (array, i));
          n++;
          break;
        }
  return n;
}

/* What is free, what is read, and what is something else. */
static void
check_others (JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *what =
          json_object_get_string_member (json_array_get_object_element (array, i), "what");

      g_assert_null (strstr (what, "unused"));
      g_assert_null (strstr (what, "stock"));
      g_assert_null (strstr (what, "settings"));
    }
}

/* What is told of is not told of any more. */
static gboolean
has_given_back (JsonArray *array, const HeldCase *row)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    for (guint k = 0; k < row->n_locks; k++)
      if (row->locks[k].is_given_back && !g_str_has_suffix (row->locks[k].what, "0x") &&
          g_str_has_prefix (
              json_object_get_string_member (json_array_get_object_element (array, i), "what"),
              row->locks[k].what))
        return TRUE;
  return FALSE;
}

/* Until @n_wanted are told of. */
static void
look_for (const Subject *subject, const HeldCase *row, gboolean only_kept, guint n_wanted)
{
  for (guint try = 0; try < MAX_TRIES; try++)
    {
      RunResult result;
      JsonArray *held;
      gboolean is_found;

      (row->only_looks ? subject_look : subject_attach) (&result, subject, DURATION (try));
      held = find_held (&result);
      is_found = count (subject, held, row, only_kept) == n_wanted &&
                 !(only_kept && has_given_back (held, row));
      check_others (held);
      run_result_clear (&result);
      if (is_found)
        return;
    }
  g_error ("%s: not all of %u", row->program, n_wanted);
}

static void
test_held (gconstpointer data)
{
  const HeldCase *row = data;
  g_autofree char *program = run_app (row->program);
  g_autofree char *line = NULL;
  guint n_kept = 0;
  Subject subject;

  for (guint i = 0; i < row->n_locks; i++)
    n_kept += !row->locks[i].is_given_back;
  subject_begin (&subject, PROGRAM (program));
  if (subject_may_be_attached_to (&subject))
    {
      look_for (&subject, row, FALSE, row->n_locks);
      g_subprocess_send_signal (subject.process, SIGUSR1);
      line = g_data_input_stream_read_line (subject.lines, NULL, NULL, NULL);
      g_assert_cmpstr (line, ==, "given back");
      look_for (&subject, row, TRUE, n_kept);
    }
  subject_end (&subject, "still here");
}

/* As people read it: who has it, where that is, and what. */
static void
test_as_text (void)
{
  g_autofree char *program = run_app ("attach-held");
  gboolean is_found = FALSE;
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  is_found = !subject_may_be_attached_to (&subject);
  for (guint try = 0; try < MAX_TRIES && !is_found; try++)
    {
      RunResult result;
      const char *heading;

      run_plain (&result, PROGRAM ("attach", "--for", DURATION (try), "--output", "-", "--pid",
                                   subject.pid));
      g_test_message ("%s%s", result.out, result.err);
      heading = strstr (result.out, "Locks that are held, and that nobody waits for:\n");
      is_found =
          heading != NULL && strstr (heading, "), now in keep_books at attach-held.c:") != NULL &&
          strstr (heading, "mutex “accounts”, since before it was looked at\n") != NULL &&
          strstr (heading, "mutex “journal”, at each look; that thread has run in between\n") !=
              NULL;
      run_result_clear (&result);
    }
  g_assert_true (is_found);
  subject_end (&subject, "still here");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (held_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/attach/held/%s%s", held_cases[i].program,
                                               held_cases[i].only_looks ? "/only-looking" : "");

      g_test_add_data_func (path, &held_cases[i], test_held);
    }
  g_test_add_func ("/run/attach/held/as-text", test_as_text);
  return g_test_run ();
}
