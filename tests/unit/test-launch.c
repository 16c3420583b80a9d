/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "channel/layout.h"
#include "launch-fixture.h"

/* ---- Programs that are refused --------------------------------------------------------------- */

static void
assert_refused (const char *program, int code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = target_launch_check (program, &error);

  g_assert_null (path);
  g_assert_error (error, TARGET_ERROR, code);
  if (strstr (error->message, says) == NULL)
    g_error ("\"%s\" is not in: %s", says, error->message);
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_good_program (Fixture *fixture, gconstpointer data)
{
  g_autofree char *probe = launch_fixture_dup_built ("launch", "probe");
  g_autofree char *folder = launch_fixture_dup_built ("launch", "");
  g_autofree char *old_path = g_strdup (g_getenv ("PATH"));
  g_autofree char *new_path = g_strconcat (fixture->folder, "::", folder, ":", old_path, NULL);
  g_autofree char *unusable = g_build_filename (fixture->folder, "probe", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *by_path = target_launch_check (probe, &error);
  g_autofree char *by_name = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (by_path, ==, probe);
  /* As execvp: one that cannot be executed does not hide a later one. */
  launch_fixture_write (unusable, "x", 1, 0644);
  g_setenv ("PATH", new_path, TRUE);
  by_name = target_launch_check ("probe", &error);
  g_setenv ("PATH", old_path, TRUE);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (by_name, "launch/probe"));
}

static void
test_not_found (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture->program, TARGET_ERROR_NOT_FOUND, "no such program");
  assert_refused ("no-program-of-this-name", TARGET_ERROR_NOT_FOUND, "PATH");
  assert_refused ("", TARGET_ERROR_NOT_FOUND, "name");
  assert_refused ("/etc/passwd/x", TARGET_ERROR_NOT_FOUND, "no such program");
}

static const struct
{
  const char *name;
  const char *bytes;
  gssize length;
  int mode;
  const char *says;
} file_cases[] = {
  { "not-executable", "x", 1, 0644, "not executable" },
  { "empty", "", 0, 0755, "empty file" },
  { "unknown", "MZ nothing of ours", 18, 0755, "no format" },
  { "script-of-nothing", "#!\n", -1, 0755, "names no interpreter" },
  { "script-of-none", "#!/none/interpreter -x\n", -1, 0755, "no interpreter /none/interpreter" },
  { "script-by-env-of-none", "#!/usr/bin/env -S A=b no-such-interpreter\n", -1, 0755,
    "no interpreter no-such-interpreter" },
  { "script-by-what-is-none", "#!/etc/passwd\n", -1, 0755, "no interpreter /etc/passwd" },
  { "elf-magic-alone", "\177ELF", 4, 0755, "damaged" },
  { "elf-header-cut", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0", 18, 0755, "damaged" },
};

static void
test_refused_file (Fixture *fixture, gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  launch_fixture_write (fixture->program, file_cases[i].bytes, file_cases[i].length,
                        file_cases[i].mode);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, file_cases[i].says);
}

/* They run as what interprets them. */
static void
test_script (Fixture *fixture, gconstpointer data)
{
  static const char *const scripts[] = { "#!/bin/sh\necho\n", "#! /bin/sh -e\n", "#!/bin/sh",
                                         "#!/usr/bin/env sh\n", "#!/usr/bin/env -S sh -e\n" };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = NULL;

      launch_fixture_write (fixture->program, scripts[i], -1, 0755);
      path = target_launch_check (fixture->program, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (path, ==, fixture->program);
    }
}

/* One that is its own interpreter. */
static void
test_script_without_end (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = g_strdup_printf ("#!%s\n", fixture->program);

  launch_fixture_write (fixture->program, bytes, -1, 0755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "again and again");
}

static void
test_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *fifo = g_build_filename (fixture->folder, "fifo", NULL);

  assert_refused (fixture->folder, TARGET_ERROR_CANNOT_RUN, "directory");
  g_assert_cmpint (mkfifo (fifo, 0755), ==, 0);
  assert_refused (fifo, TARGET_ERROR_CANNOT_RUN, "not executable");
}

static char *
read_probe (gsize *ret_length)
{
  g_autofree char *probe = launch_fixture_dup_built ("launch", "probe");
  char *bytes = NULL;

  g_assert_true (g_file_get_contents (probe, &bytes, ret_length, NULL));
  return bytes;
}

static Elf64_Phdr *
find_interpreter (char *bytes)
{
  Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
  Elf64_Phdr *segments = (Elf64_Phdr *)(bytes + header->e_phoff);

  for (guint i = 0; i < header->e_phnum; i++)
    if (segments[i].p_type == PT_INTERP)
      return &segments[i];
  g_assert_not_reached ();
}

static void
test_other_kinds_of_elf (Fixture *fixture, gconstpointer data)
{
  gsize length;
  g_autofree char *bytes = read_probe (&length);
  Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
  Elf64_Half machine = header->e_machine;
  Elf64_Phdr *interpreter = find_interpreter (bytes);

  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  {
    g_autoptr (GError) error = NULL;
    g_autofree char *path = target_launch_check (fixture->program, &error);

    g_assert_no_error (error);
  }

  header->e_ident[EI_CLASS] = ELFCLASS32;
  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "32-bit");
  header->e_ident[EI_CLASS] = ELFCLASS64;

  header->e_machine = EM_RISCV;
  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "another machine");
  header->e_machine = machine;

  header->e_type = ET_REL;
  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "no program");
  header->e_type = ET_DYN;

  memcpy (bytes + interpreter->p_offset, "/none/", 6);
  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "loader /none/");

  interpreter->p_type = PT_NULL;
  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "statically linked");
}

static void
test_privileged (Fixture *fixture, gconstpointer data)
{
  /* cap_net_raw+ep, linux/capability.h revision 2 */
  static const guint32 capability[5] = { 0x02000001, 1u << 13, 0, 0, 0 };
  gsize length;
  g_autofree char *bytes = read_probe (&length);

  launch_fixture_write (fixture->program, bytes, (gssize)length, 04755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "setuid");
  launch_fixture_write (fixture->program, bytes, (gssize)length, 02755);
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "setgid");
  launch_fixture_write (fixture->program, bytes, (gssize)length, 0755);
  if (setxattr (fixture->program, "security.capability", capability, sizeof capability, 0) < 0)
    {
      g_test_skip ("only root can give a file capabilities");
      return;
    }
  assert_refused (fixture->program, TARGET_ERROR_CANNOT_RUN, "capabilities");
}

/* ---- The agent ------------------------------------------------------------------------------- */

static void
refuse_agent (const char *agent, const char *says)
{
  g_autofree char *probe = launch_fixture_dup_built ("launch", "probe");

  g_setenv ("ASYNC_INSPECT_AGENT", agent, TRUE);
  assert_refused (probe, TARGET_ERROR_FAILED, says);
}

static void
test_other_agent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = launch_fixture_dup_built ("launch", "agent-old.so");
  g_autofree char *abi = launch_fixture_dup_built ("launch", "agent-abi.so");
  g_autofree char *library = launch_fixture_dup_built ("symbols", "libsubject.so");

  refuse_agent (old, "0.0.1-old");
  refuse_agent (old, old);
  refuse_agent (abi, "channel 77");
  refuse_agent (library, "no agent");
  refuse_agent (fixture->program, "No such file");
  refuse_agent (fixture->folder, "not a file");
  launch_fixture_write (fixture->program, "text", 4, 0755);
  refuse_agent (fixture->program, "no agent");
}

static void
test_agent_path (Fixture *fixture, gconstpointer data)
{
  g_autofree char *good = launch_fixture_dup_built ("launch", "agent-good.so");
  g_autofree char *spaced = g_build_filename (fixture->folder, "the agent.so", NULL);
  g_autofree char *dollar = g_build_filename (fixture->folder, "$LIB.so", NULL);
  g_autofree char *open = g_build_filename (fixture->folder, "open.so", NULL);
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (good, &bytes, &length, NULL));
  launch_fixture_write (spaced, bytes, (gssize)length, 0755);
  launch_fixture_write (dollar, bytes, (gssize)length, 0755);
  launch_fixture_write (open, bytes, (gssize)length, 0757);
  refuse_agent (spaced, "LD_PRELOAD");
  refuse_agent (dollar, "LD_PRELOAD");
  refuse_agent (open, "others can write");
}

/* ---- Starting -------------------------------------------------------------------------------- */

static void
on_hello (int pid, const void *message, int fd, gpointer data)
{
  Fixture *fixture = data;
  LaunchHello hello = { pid, fd, *(const ChannelHello *)message };

  g_array_append_val (fixture->hellos, hello);
}

static TargetLauncher *
start (Fixture *fixture, GPtrArray *runtimes)
{
  g_autoptr (GError) error = NULL;
  TargetLauncher *launcher = target_launcher_new (runtimes, "payload=0", on_hello, fixture, &error);

  g_assert_no_error (error);
  return launcher;
}

static int
wait_for (int pid)
{
  int status = 0;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static char *
get_value (const char *text, const char *key)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], key) && strchr (" \t:", lines[i][strlen (key)]) != NULL)
      return g_strdup (g_strstrip (lines[i] + strlen (key) + 1));
  return NULL;
}

static char *own_status; /* of this process when it began */

static void
on_ignored_signal (int number)
{
}

static void
test_start (Fixture *fixture, gconstpointer data)
{
  g_autofree char *probe = launch_fixture_dup_built ("launch", "probe");
  g_autofree char *agent = launch_fixture_dup_built ("launch", "agent-good.so");
  g_autofree char *output = g_build_filename (fixture->folder, "output", NULL);
  const char *argv[] = { "the-name", output, NULL };
  g_autofree char *preload = NULL;
  g_autofree char *expected_preload = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) runtimes = NULL;
  g_autoptr (GError) error = NULL;
  struct sigaction before;
  sigset_t blocked;
  TargetLauncher *launcher;
  const LaunchHello *hello;
  char content[16] = "";
  int pid;

  launch_fixture_write_plugin (fixture, "a", "rt", GOOD_MANIFEST);
  runtimes = launch_fixture_find_runtimes (fixture, "a", NULL);
  /* What an inspector does to itself must not reach its program. */
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGINT);
  sigaddset (&blocked, SIGUSR1);
  sigprocmask (SIG_BLOCK, &blocked, NULL);
  sigaction (SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, &before);
  signal (SIGUSR2, on_ignored_signal);
  preload = launch_fixture_dup_built ("symbols", "libsubject.so");
  g_setenv ("LD_PRELOAD", preload, TRUE);

  launcher = start (fixture, runtimes);
  pid = target_launcher_spawn (launcher, probe, argv, NULL, &error);
  g_assert_no_error (error);
  sigprocmask (SIG_UNBLOCK, &blocked, NULL);
  sigaction (SIGPIPE, &before, NULL);
  signal (SIGUSR2, SIG_DFL);
  g_unsetenv ("LD_PRELOAD");
  g_assert_cmpint (WEXITSTATUS (wait_for (pid)), ==, 7);

  g_assert_true (g_file_get_contents (output, &text, NULL, NULL));
  expected_preload = g_strconcat (agent, ":", preload, NULL);
#define ASSERT_VALUE(key, value)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *found_ = get_value (text, key);                                               \
    g_autofree char *wanted_ = (value);                                                            \
    g_assert_cmpstr (found_, ==, wanted_);                                                         \
  }                                                                                                \
  G_STMT_END
  ASSERT_VALUE ("LD_PRELOAD", g_strdup (expected_preload));
  ASSERT_VALUE ("ASYNC_INSPECT_OPTIONS", g_strdup ("payload=0"));
  ASSERT_VALUE ("ASYNC_INSPECT_RUNTIMES",
                g_strdup_printf ("rt=%s/a/rt/rt.so=rt_run,rt_go,^rt_use", fixture->folder));
  ASSERT_VALUE ("argv0", g_strdup ("the-name"));
  ASSERT_VALUE ("group", g_strdup_printf ("%d", (int)getpgrp ()));
  ASSERT_VALUE ("SigBlk", get_value (own_status, "SigBlk"));
  ASSERT_VALUE ("SigIgn", get_value (own_status, "SigIgn"));

  target_launcher_flush (launcher);
  g_assert_cmpuint (fixture->hellos->len, ==, 1);
  hello = &g_array_index (fixture->hellos, LaunchHello, 0);
  g_assert_cmpint (hello->pid, ==, pid);
  g_assert_cmpint (hello->fd, >=, 0);
  g_assert_cmpint (pread (hello->fd, content, sizeof content, 0), ==, 7);
  g_assert_cmpstr (content, ==, "channel");
  close (hello->fd);
  target_launcher_free (launcher);
}

static void
test_exec_fails (Fixture *fixture, gconstpointer data)
{
  TargetLauncher *launcher = start (fixture, NULL);
  const char *argv[] = { "program", NULL };
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) format = NULL;

  /* It has been checked, and has changed since. */
  g_assert_cmpint (target_launcher_spawn (launcher, fixture->program, argv, NULL, &missing), ==,
                   -1);
  g_assert_error (missing, TARGET_ERROR, TARGET_ERROR_NOT_FOUND);
  launch_fixture_write (fixture->program, "no format", 9, 0755);
  g_assert_cmpint (target_launcher_spawn (launcher, fixture->program, argv, NULL, &format), ==, -1);
  g_assert_error (format, TARGET_ERROR, TARGET_ERROR_CANNOT_RUN);
  /* No child is left to be waited for. */
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
  target_launcher_free (launcher);
}

static gboolean
on_timeout (gpointer data)
{
  g_error ("the main context has not been told within 20 s");
  return G_SOURCE_REMOVE;
}

static void
test_many_children_at_once (Fixture *fixture, gconstpointer data)
{
  g_autofree char *probe = launch_fixture_dup_built ("launch", "probe");
  const char *argv[] = { "probe", "/dev/null", NULL };
  TargetLauncher *launcher = start (fixture, NULL);
  guint timeout = g_timeout_add_seconds (20, on_timeout, NULL);
  g_autoptr (GHashTable) pids = g_hash_table_new (NULL, NULL);

  /* None of them is listened to before all of them have ended. */
  for (guint i = 0; i < 100; i++)
    {
      int pid = target_launcher_spawn (launcher, probe, argv, NULL, NULL);

      g_hash_table_add (pids, GINT_TO_POINTER (pid));
      wait_for (pid);
    }
  while (fixture->hellos->len < 100)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
  for (guint i = 0; i < fixture->hellos->len; i++)
    {
      const LaunchHello *hello = &g_array_index (fixture->hellos, LaunchHello, i);

      g_assert_true (g_hash_table_remove (pids, GINT_TO_POINTER (hello->pid)));
      close (hello->fd);
    }
  target_launcher_free (launcher);
}

int
main (int argc, char **argv)
{
  g_assert_true (g_file_get_contents ("/proc/self/status", &own_status, NULL, NULL));
  g_test_init (&argc, &argv, NULL);
#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, launch_fixture_setup, func, launch_fixture_teardown)
  ADD ("/launch/check/good-program", NULL, test_good_program);
  ADD ("/launch/check/not-found", NULL, test_not_found);
  for (guint i = 0; i < G_N_ELEMENTS (file_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/launch/check/", file_cases[i].name, NULL);

      ADD (path, GUINT_TO_POINTER (i), test_refused_file);
    }
  ADD ("/launch/check/script", NULL, test_script);
  ADD ("/launch/check/script-without-end", NULL, test_script_without_end);
  ADD ("/launch/check/directory", NULL, test_directory);
  ADD ("/launch/check/other-kinds-of-elf", NULL, test_other_kinds_of_elf);
  ADD ("/launch/check/privileged", NULL, test_privileged);
  ADD ("/launch/agent/other", NULL, test_other_agent);
  ADD ("/launch/agent/path", NULL, test_agent_path);
  ADD ("/launch/start/as-from-a-shell", NULL, test_start);
  ADD ("/launch/start/exec-fails", NULL, test_exec_fails);
  ADD ("/launch/start/many-children-at-once", NULL, test_many_children_at_once);
  return g_test_run ();
}
