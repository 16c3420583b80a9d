/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Bad input: one clear line, an exit status of our own, nothing started, nothing left behind. */

#include "fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <glib/gstdio.h>

typedef struct
{
  char *folder;  /* the test's own, also XDG_RUNTIME_DIR */
  char *program; /* a path in it */
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("async-inspect-refusals-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->program = g_build_filename (fixture->folder, "program", NULL);
  g_setenv ("XDG_RUNTIME_DIR", fixture->folder, TRUE);
}

/* Whatever a test did, no socket may stay; then the folder goes. */
static void
assert_empty_runtime_folder (const char *folder)
{
  g_autofree char *sockets = g_build_filename (folder, "async-inspect", NULL);
  g_autoptr (GDir) dir = g_dir_open (sockets, 0, NULL);

  if (dir != NULL)
    g_assert_cmpstr (g_dir_read_name (dir), ==, NULL);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", fixture->folder, NULL };

  assert_empty_runtime_folder (fixture->folder);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (fixture->folder);
  g_free (fixture->program);
}

static void
write_program (Fixture *fixture, const char *bytes, gssize length, int mode)
{
  g_assert_true (g_file_set_contents (fixture->program, bytes, length, NULL));
  g_assert_cmpint (g_chmod (fixture->program, mode), ==, 0);
}

static void
refuse (Fixture *fixture, const char *program, int status, const char *says)
{
  RunResult result;

  run_plain (&result, PROGRAM ("run", program));
  run_assert_one_line (&result, says);
  run_assert_one_line (&result, program);
  g_assert_cmpint (result.status, ==, status);
  run_result_clear (&result);
}

static void
test_no_such_program (Fixture *fixture, gconstpointer data)
{
  refuse (fixture, "/nowhere/at/all", 127, "cannot");
  refuse (fixture, "no-such-program-in-path", 127, "cannot");
}

static void
test_not_executable (Fixture *fixture, gconstpointer data)
{
  write_program (fixture, "x", 1, 0644);
  refuse (fixture, fixture->program, 126, "executable");
}

static void
test_directory (Fixture *fixture, gconstpointer data)
{
  refuse (fixture, fixture->folder, 126, "directory");
}

static void
test_script (Fixture *fixture, gconstpointer data)
{
  write_program (fixture, "#!/none/interpreter\necho started\n", -1, 0755);
  refuse (fixture, fixture->program, 126, "/none/interpreter");
}

/* It is inspected as its interpreter is, and none of these is in the way of what it says and returns. */
static void
test_script_runs (Fixture *fixture, gconstpointer data)
{
  RunResult result;

  write_program (fixture, "#!/bin/sh\necho started $1\nexit 3\n", -1, 0755);
  run_plain (&result, PROGRAM ("run", "--output", "/dev/null", "--", fixture->program, "it"));
  g_assert_cmpstr (result.out, ==, "started it\n");
  g_assert_cmpint (result.status, ==, 3);
  run_result_clear (&result);
}

static void
test_empty_file (Fixture *fixture, gconstpointer data)
{
  write_program (fixture, "", 0, 0755);
  refuse (fixture, fixture->program, 126, "cannot");
}

static void
test_no_elf (Fixture *fixture, gconstpointer data)
{
  write_program (fixture, "MZ no program of this system", -1, 0755);
  refuse (fixture, fixture->program, 126, "cannot");
}

/* A copy of a real program with a byte of its header changed, or a mode bit set. */
static void
copy_program (Fixture *fixture, gsize offset, int byte, int mode)
{
  g_autofree char *source = run_app ("no-runtime");
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &bytes, &length, NULL));
  if (offset != 0)
    bytes[offset] = (char)byte;
  write_program (fixture, bytes, (gssize)length, mode);
}

static void
test_32_bit (Fixture *fixture, gconstpointer data)
{
  copy_program (fixture, 4 /* EI_CLASS */, 1, 0755);
  refuse (fixture, fixture->program, 126, "32-bit");
}

static void
test_other_machine (Fixture *fixture, gconstpointer data)
{
  copy_program (fixture, 18 /* e_machine */, 243 /* RISC-V */, 0755);
  refuse (fixture, fixture->program, 126, "machine");
}

static void
test_setuid (Fixture *fixture, gconstpointer data)
{
  copy_program (fixture, 0, 0, 04755);
  refuse (fixture, fixture->program, 126, "setuid");
}

static void
test_static (Fixture *fixture, gconstpointer data)
{
  g_autofree char *program = run_app ("static-program");

  if (!g_file_test (program, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("no static libc here");
      return;
    }
  refuse (fixture, program, 126, "static");
}

static void
test_no_runtime (Fixture *fixture, gconstpointer data)
{
  RunResult result;

  /* /bin/true ends with 0, so the status has to be ours. */
  run_plain (&result, PROGRAM ("run", "--output", "/dev/null", "true"));
  run_assert_one_line (&result, "libuv");
  g_assert_cmpint (result.status, ==, 125);
  run_result_clear (&result);
}

static void
test_unwritable_output (Fixture *fixture, gconstpointer data)
{
  g_autofree char *marker = g_build_filename (fixture->folder, "started", NULL);
  RunResult result;

  run_plain (&result, PROGRAM ("run", "--output", "/nowhere/report", "touch", marker));
  run_assert_one_line (&result, "/nowhere/report");
  g_assert_cmpint (result.status, ==, 125);
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
  run_result_clear (&result);
}

/* The report of a full disk goes to standard error, and the status says that something is amiss. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *program = run_app ("sleeper");
  RunResult result;

  run_plain (&result, PROGRAM ("run", "--output", "/dev/full", program));
  g_assert_nonnull (strstr (result.err, "/dev/full"));
  g_assert_nonnull (strstr (result.err, "No space left"));
  g_assert_cmpint (result.status, ==, 125);
  run_result_clear (&result);
}

static void
test_no_memory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *program = run_app ("sleeper");
  g_autofree char *command = g_strdup_printf ("ulimit -f 0; exec %s run --output /dev/null %s",
                                              g_getenv ("TEST_ASYNC_INSPECT"), program);
  const char *said;
  RunResult result;

  run_bare (&result, PROGRAM ("/bin/sh", "-c", command));
  said = strstr (result.err, "memory");
  g_assert_nonnull (said);
  /* Once, however many parts of the agent have tried. */
  g_assert_null (strstr (said + 1, "memory"));
  g_assert_cmpint (result.status, ==, 125);
  run_result_clear (&result);
}

static void
test_agent_of_another_version (Fixture *fixture, gconstpointer data)
{
  g_autofree char *real = g_strdup (g_getenv ("ASYNC_INSPECT_AGENT"));
  g_autofree char *sleeper = run_app ("sleeper");
  g_autofree char *bytes = NULL;
  char *version;
  gsize length;
  RunResult result;

  g_assert_true (g_file_get_contents (real, &bytes, &length, NULL));
  version = memmem (bytes, length, TEST_VERSION, sizeof TEST_VERSION);
  g_assert_nonnull (version);
  for (; version != NULL;
       version = memmem (version, length - (version - bytes), TEST_VERSION, sizeof TEST_VERSION))
    memcpy (version, "9", 1);
  write_program (fixture, bytes, (gssize)length, 0755);

  g_setenv ("ASYNC_INSPECT_AGENT", fixture->program, TRUE);
  run_plain (&result, PROGRAM ("run", sleeper));
  g_setenv ("ASYNC_INSPECT_AGENT", real, TRUE);
  run_assert_one_line (&result, fixture->program);
  run_assert_one_line (&result, "9.1.0");
  g_assert_cmpint (result.status, ==, 125);
  run_result_clear (&result);
}

static void
test_agent_missing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *real = g_strdup (g_getenv ("ASYNC_INSPECT_AGENT"));
  RunResult result;

  g_setenv ("ASYNC_INSPECT_AGENT", "/nowhere/agent.so", TRUE);
  run_plain (&result, PROGRAM ("run", "true"));
  g_setenv ("ASYNC_INSPECT_AGENT", real, TRUE);
  run_assert_one_line (&result, "/nowhere/agent.so");
  g_assert_cmpint (result.status, ==, 125);
  run_result_clear (&result);
}

static void
test_words (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *words;
    const char *says;
  } cases[] = {
    { "", "no command" },
    { "rnu ./app", "rnu" },
    { "run", "no program" },
    { "run --", "no program" },
    { "run --stuck-after 0 true", "0" },
    { "run --stuck-after -1s true", "-1s" },
    { "run --stuck-after 2parsecs true", "2parsecs" },
    { "run --stuck-after 1e300h true", "1e300h" },
    { "run --policy lose true", "lose" },
    { "run --no-such-option true", "--no-such-option" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) words = g_strsplit (cases[i].words, " ", -1);
      RunResult result;

      run_plain (&result, (const char *const *)words);
      g_test_message ("%s", cases[i].words);
      run_assert_one_line (&result, cases[i].says);
      g_assert_cmpint (result.status, ==, 125);
      run_result_clear (&result);
    }
}

#define CASE(name)                                                                                 \
  {                                                                                                \
    "/run/refusals/" #name, test_##name                                                            \
  }

/* Where those are listed that there are. */
static void
test_unknown_option (Fixture *fixture, gconstpointer data)
{
  static const char *const commands[] = { "run",    "record", "test",      "attach", "detach",
                                          "ps",     "open",   "info",      "export", "profile",
                                          "repair", "diff",   "flamegraph" };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *words = g_strdup_printf (
          "Unknown option --no-such; 'async-inspect %s --help' lists those that there are",
          commands[i]);

      run_assert_refused (PROGRAM (commands[i], "--no-such"), words);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    CASE (no_such_program),
    CASE (not_executable),
    CASE (directory),
    CASE (script),
    CASE (script_runs),
    CASE (empty_file),
    CASE (no_elf),
    CASE (32_bit),
    CASE (other_machine),
    CASE (setuid),
    CASE (static),
    CASE (no_runtime),
    CASE (unwritable_output),
    CASE (full_disk),
    CASE (no_memory),
    CASE (agent_of_another_version),
    CASE (agent_missing),
    CASE (words),
    CASE (unknown_option),
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, setup, cases[i].test, teardown);
  return g_test_run ();
}
