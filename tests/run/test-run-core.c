/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a program has left is opened as what runs is looked at. */

#include "fixture.h"

#include <elf.h>
#include <string.h>
#include <glib/gstdio.h>

#include "dump.h"

#define EXIT_REFUSED 125

static JsonArray *
get_others (RunResult *result, JsonNode **ret_root)
{
  g_autoptr (GError) error = NULL;

  g_strstrip (result->out);
  *ret_root = json_from_string (
      strrchr (result->out, '\n') != NULL ? strrchr (result->out, '\n') : result->out, &error);
  g_assert_no_error (error);
  return json_object_get_array_member (
      json_array_get_object_element (
          json_object_get_array_member (json_node_get_object (*ret_root), "targets"), 0),
      "others");
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Each task by its name and its place; who is at the other end of a socket only the kernel knows. */
static GPtrArray *
list_tasks (RunResult *result)
{
  g_autoptr (JsonNode) root = NULL;
  JsonArray *others = get_others (result, &root);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (others); i++)
    {
      JsonObject *other = json_array_get_object_element (others, i);
      const char *waits_for = json_object_get_string_member (other, "waits_for");

      g_ptr_array_add (
          names, g_strdup_printf ("%s %s %.12s", json_object_get_string_member (other, "name"),
                                  json_object_get_string_member (other, "place"), waits_for));
    }
  g_ptr_array_sort (names, compare_texts);
  return names;
}

static void
assert_same (GPtrArray *a, GPtrArray *b)
{
  for (guint i = 0; i < MAX (a->len, b->len); i++)
    g_test_message ("%s | %s", i < a->len ? (char *)a->pdata[i] : "-",
                    i < b->len ? (char *)b->pdata[i] : "-");
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    g_assert_cmpstr (a->pdata[i], ==, b->pdata[i]);
}

static GPtrArray *
open_core (const char *path)
{
  RunResult result;
  GPtrArray *tasks;

  run_plain (&result, PROGRAM ("open", "--json", path));
  g_test_message ("%s", result.err);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  tasks = list_tasks (&result);
  run_result_clear (&result);
  return tasks;
}

/* On a machine with much to do the first look may take longer than is looked. NULL: skipped */
static GPtrArray *
look_at (const char *pid, guint n)
{
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GPtrArray) tasks = NULL;
      RunResult result;

      run_plain (&result, PROGRAM ("attach", "--look", "--json", "--for", "1s", "--output", "-",
                                   "--pid", pid));
      if (result.status != 0)
        {
          g_test_skip (result.err);
          run_result_clear (&result);
          return NULL;
        }
      tasks = list_tasks (&result);
      run_result_clear (&result);
      if (tasks->len >= n)
        return g_steal_pointer (&tasks);
    }
  g_error ("there are no %u tasks", n);
}

typedef struct
{
  const char *app;
  guint n_tasks;
  const char *tasks[4]; /* some of them: patterns */
} Left;

static const Left left_by_uv = { "attach-subject", 5, { NULL } };
static const Left left_by_glib = { "attach-glib",
                                   4,
                                   { "on_tick attach-glib.c:* timeout of 2*",
                                     "on_minutes attach-glib.c:* timeout of 5*",
                                     "on_input attach-glib.c:* watching des*",
                                     "on_hangup attach-glib.c:* waiting for *" } };

static void
assert_has (const Left *left, GPtrArray *tasks)
{
  for (guint i = 0; i < G_N_ELEMENTS (left->tasks) && left->tasks[i] != NULL; i++)
    {
      gboolean is_there = FALSE;

      for (guint j = 0; j < tasks->len; j++)
        is_there |= g_pattern_match_simple (left->tasks[i], tasks->pdata[j]);
      if (!is_there)
        g_error ("there is no '%s'", left->tasks[i]);
    }
}

static void
test_is_as_what_runs (gconstpointer data)
{
  const Left *test = data;
  g_autofree char *program = run_app (test->app);
  g_autofree char *pid = NULL;
  g_autofree char *written = NULL;
  g_autofree char *left = NULL;
  g_autoptr (GPtrArray) live = NULL;
  Dumped dumped;

  dumped_begin (&dumped, PROGRAM (program));
  pid = g_strdup_printf ("%d", dumped.pid);
  live = look_at (pid, test->n_tasks);
  if (live == NULL)
    {
      dumped_end (&dumped);
      return;
    }
  assert_has (test, live);
  written = dumped_write (&dumped);
  if (written != NULL)
    {
      g_autoptr (GPtrArray) tasks = open_core (written);

      assert_same (live, tasks);
    }
  left = dumped_abort (&dumped);
  if (left != NULL)
    {
      g_autoptr (GPtrArray) tasks = open_core (left);

      assert_same (live, tasks);
    }
  if (written == NULL && left == NULL)
    g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
  dumped_end (&dumped);
}

static void
test_says_by_which_signal (void)
{
  g_autofree char *program = run_app ("attach-subject");
  g_autofree char *left = NULL;
  RunResult result;
  Dumped dumped;

  dumped_begin (&dumped, PROGRAM (program));
  left = dumped_abort (&dumped);
  if (left == NULL)
    g_test_skip ("the kernel writes core files elsewhere");
  else
    {
      run_plain (&result, PROGRAM ("open", left));
      g_assert_cmpint (result.status, ==, 0);
      g_strdelimit (result.out, "\n", ' ');
      g_assert_nonnull (strstr (result.out, "as signal 6 (Aborted) has left it"));
      g_assert_nonnull (strstr (result.out, "-> on_connection "));
      g_assert_nonnull (strstr (result.out, "(attach-subject.c:"));
      run_result_clear (&result);
    }
  dumped_end (&dumped);
}

/* ---- Bad input --------------------------------------------------------------------------------- */

/* One that stands for all, as small as they come: a program that waits in main(). */
static char *
dup_core (Dumped *dumped, const char *program)
{
  char *path;

  dumped_begin (dumped, PROGRAM (program));
  path = dumped_write (dumped);
  return path != NULL ? path : dumped_abort (dumped);
}

/* What is queued is there, too, which is not read of what runs. */
static void
test_has_requests (void)
{
  static const Left left = { "left-writes",
                             3,
                             { "on_much left-writes.c:* writing *",
                               "on_more left-writes.c:* writing 1000*",
                               "on_last left-writes.c:* shutting *" } };
  g_autofree char *program = run_app (left.app);
  g_autofree char *path = NULL;
  Dumped dumped;

  path = dup_core (&dumped, program);
  if (path == NULL)
    g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
  else
    {
      g_autoptr (GPtrArray) tasks = open_core (path);

      assert_has (&left, tasks);
    }
  dumped_end (&dumped);
}

static void
assert_refused (const char *path, const char *exe, const char *why)
{
  RunResult result;

  run_plain (&result, exe != NULL ? PROGRAM ("open", "--exe", exe, path) : PROGRAM ("open", path));
  g_test_message ("%s", result.err);
  g_assert_cmpint (result.status, ==, EXIT_REFUSED);
  run_assert_one_line (&result, why);
  run_result_clear (&result);
}

static char *
write_file (const Dumped *dumped, const char *name, const char *bytes, gsize length)
{
  char *path = g_build_filename (dumped->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, bytes, (gssize)length, NULL));
  return path;
}

/* Cut off anywhere it says so, or shows what is left; and never falls over. */
static void
test_what_is_cut_off_or_damaged (void)
{
  static const gsize lengths[] = { 3, 17, 63, 65, 1000, 5000, 70000, 300000 };
  g_autofree char *program = run_app ("attach-subject");
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  gsize length;
  Dumped dumped;

  path = dup_core (&dumped, program);
  if (path == NULL)
    {
      g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
      dumped_end (&dumped);
      return;
    }
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *cut = write_file (&dumped, "cut", bytes, MIN (lengths[i], length));
      RunResult result;

      run_plain (&result, PROGRAM ("open", cut));
      g_assert_cmpint (result.status, <=, EXIT_REFUSED);
      g_assert_cmpuint (strcspn (result.err, "\n") + 1, ==, strlen (result.err));
      run_result_clear (&result);
    }
  /* Its headers and notes, a byte at a time. */
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *damaged = NULL;
      g_autofree char *copy = g_memdup2 (bytes, length);
      RunResult result;

      for (guint j = 0; j < 40; j++)
        copy[g_rand_int_range (random, 16, (gint32)MIN (length, 16384))] =
            (char)g_rand_int (random);
      damaged = write_file (&dumped, "damaged", copy, length);
      run_plain (&result, PROGRAM ("open", damaged));
      g_assert_cmpint (result.status, <=, EXIT_REFUSED);
      run_result_clear (&result);
    }
  ((Elf64_Ehdr *)(gpointer)bytes)->e_machine = EM_S390;
  {
    g_autofree char *other = write_file (&dumped, "other", bytes, length);

    assert_refused (other, NULL, "of a machine of another kind");
  }
  assert_refused (program, NULL, "it is a program or library");
  assert_refused (path, "/bin/sh", "is not the program that the core file is of");
  assert_refused (path, "/nowhere/program", "there is no program '/nowhere/program'");
  dumped_end (&dumped);
}

static char *
copy_file (const Dumped *dumped, const char *from, const char *name)
{
  g_autofree char *bytes = NULL;
  gsize length;
  char *path;

  g_assert_true (g_file_get_contents (from, &bytes, &length, NULL));
  path = write_file (dumped, name, bytes, length);
  g_chmod (path, 0700);
  return path;
}

/* A program that was built anew since is not taken for the one that left the core file. */
static void
test_another_program_by_now (void)
{
  g_autofree char *program = run_app ("attach-subject");
  g_autofree char *path = NULL;
  g_autofree char *copy = NULL;
  g_autofree char *other = NULL;
  RunResult result;
  Dumped place = { 0 }, dumped;

  place.folder = g_dir_make_tmp ("async-inspect-core-XXXXXX", NULL);
  copy = copy_file (&place, program, "program");
  path = dup_core (&dumped, copy);
  if (path == NULL)
    g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
  else
    {
      g_unlink (copy);
      run_plain (&result, PROGRAM ("open", path));
      g_assert_nonnull (strstr (result.err, "is not there any more"));
      g_assert_cmpuint (strcspn (result.err, "\n") + 1, ==, strlen (result.err));
      run_result_clear (&result);
      other = copy_file (&place, "/bin/sh", "program");
      run_plain (&result, PROGRAM ("open", path));
      g_assert_nonnull (strstr (result.err, "it was built anew since"));
      g_assert_cmpuint (strcspn (result.err, "\n") + 1, ==, strlen (result.err));
      run_result_clear (&result);
      run_plain (&result, PROGRAM ("open", "--exe", program, path));
      g_assert_cmpstr (result.err, ==, "");
      g_assert_nonnull (strstr (result.out, "-> on_connection "));
      run_result_clear (&result);
    }
  g_unlink (copy);
  g_rmdir (place.folder);
  g_free (place.folder);
  dumped_end (&dumped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/run/core/is-as-what-runs/uv", &left_by_uv, test_is_as_what_runs);
  g_test_add_data_func ("/run/core/is-as-what-runs/glib", &left_by_glib, test_is_as_what_runs);
  g_test_add_func ("/run/core/has-requests", test_has_requests);
  g_test_add_func ("/run/core/says-by-which-signal", test_says_by_which_signal);
  g_test_add_func ("/run/core/what-is-cut-off-or-damaged", test_what_is_cut_off_or_damaged);
  g_test_add_func ("/run/core/another-program-by-now", test_another_program_by_now);
  return g_test_run ();
}
