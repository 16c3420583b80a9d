/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a word of the command line means where it may be a recording, a program of PATH or something else. */

#include "fixture.h"

#include <glib/gstdio.h>

/* A program of tests/apps, whose folder is in PATH. */
#define WORD "brief"

typedef struct
{
  char *folder; /* the test works in it */
  char *before; /* and worked here */
  char *path;   /* of the tests */
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  g_autofree char *app = run_app (WORD);
  g_autofree char *programs = g_path_get_dirname (app);
  g_autofree char *path = NULL;

  f->folder = g_dir_make_tmp ("async-inspect-words-XXXXXX", NULL);
  f->before = g_get_current_dir ();
  f->path = g_strdup (g_getenv ("PATH"));
  path = g_strjoin (":", programs, f->path, NULL);
  g_setenv ("PATH", path, TRUE);
  g_assert_cmpint (g_chdir (f->folder), ==, 0);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", f->folder, NULL };

  g_setenv ("PATH", f->path, TRUE);
  g_assert_cmpint (g_chdir (f->before), ==, 0);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (f->folder);
  g_free (f->before);
  g_free (f->path);
}

static void
assert_done (const char *const *arguments)
{
  RunResult result;

  run_plain (&result, arguments);
  if (result.status != 0)
    g_error ("%s %s: status %d: %s", arguments[0], arguments[1], result.status, result.err);
  run_result_clear (&result);
}

static void
test_program_beside_a_folder (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_mkdir (WORD, 0700), ==, 0);
  assert_done (PROGRAM ("profile", "-o", "profile.json", WORD));
  g_assert_true (g_file_test ("profile.json", G_FILE_TEST_IS_REGULAR));
  assert_done (PROGRAM ("flamegraph", "-o", "flame.folded", WORD));
  run_assert_refused (PROGRAM ("profile", "./" WORD), "'./" WORD "' is a folder: neither");
  run_assert_refused (PROGRAM ("flamegraph", "-o", "flame.svg", "./" WORD),
                      "' is a folder: neither");
}

static void
test_program_beside_a_file (Fixture *f, gconstpointer data)
{
  g_assert_true (g_file_set_contents (WORD, "no recording", -1, NULL));
  assert_done (PROGRAM ("profile", "-o", "profile.json", WORD));
  run_assert_refused (PROGRAM ("profile", "./" WORD), "'./" WORD "' is neither a recording nor");
}

static void
test_recording_before_a_program (Fixture *f, gconstpointer data)
{
  assert_done (PROGRAM ("run", "--record", "run.airec", WORD));
  g_assert_cmpint (g_rename ("run.airec", WORD), ==, 0);
  /* Options may follow a recording; those that follow a program are its own. */
  assert_done (PROGRAM ("profile", WORD, "-o", "recording.json"));
  g_assert_true (g_file_test ("recording.json", G_FILE_TEST_IS_REGULAR));
  assert_done (PROGRAM ("info", WORD));
  assert_done (PROGRAM ("open", WORD));
  assert_done (PROGRAM ("export", WORD, "--to", "csv"));
  assert_done (PROGRAM ("diff", WORD, WORD));
  assert_done (PROGRAM ("profile", "-o", "program.json", "--", WORD));
}

static void
test_no_program (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_mkdir ("no-such-program", 0700), ==, 0);
  g_assert_true (g_file_set_contents ("no-such-words", "no recording", -1, NULL));
  run_assert_refused (PROGRAM ("profile", "no-such-program"),
                      "'no-such-program' is a folder: neither");
  run_assert_refused (PROGRAM ("profile", "no-such-words"),
                      "'no-such-words' is neither a recording");
}

/* Where only a recording is meant. */
static void
test_recordings_alone (Fixture *f, gconstpointer data)
{
  static const char *const commands[][6] = {
    { "info", WORD },
    { "open", WORD },
    { "export", "--to", "csv", WORD },
    { "diff", WORD, WORD },
    { "repair", WORD, "new.airec" },
  };

  g_assert_cmpint (g_mkdir (WORD, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    run_assert_refused (commands[i], "'" WORD "' is a folder, and no recording");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/run-words/" name, Fixture, NULL, setup, func, teardown)
  ADD ("program-beside-a-folder", test_program_beside_a_folder);
  ADD ("program-beside-a-file", test_program_beside_a_file);
  ADD ("recording-before-a-program", test_recording_before_a_program);
  ADD ("no-program", test_no_program);
  ADD ("recordings-alone", test_recordings_alone);
  return g_test_run ();
}
