/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "dump.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <glib/gstdio.h>

static void
allow_core_files (gpointer data)
{
  const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
  struct rlimit limit;

  if (setrlimit (RLIMIT_CORE, &all) == 0 || getrlimit (RLIMIT_CORE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_CORE, &limit);
}

void
dumped_begin (Dumped *dumped, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  dumped->folder = g_dir_make_tmp ("async-inspect-core-XXXXXX", &error);
  g_assert_no_error (error);
  g_subprocess_launcher_set_cwd (launcher, dumped->folder);
  g_subprocess_launcher_set_child_setup (launcher, allow_core_files, NULL, NULL);
  /* Each arena is 64 MiB of a debugger's core file. */
  g_subprocess_launcher_setenv (launcher, "MALLOC_ARENA_MAX", "1", TRUE);
  dumped->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  dumped->pid = atoi (g_subprocess_get_identifier (dumped->process));
  dumped->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (dumped->process));
  line = g_data_input_stream_read_line (dumped->lines, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, "ready");
}

/* The only file that is there and begins so. */
static char *
find_file (const Dumped *dumped, const char *begin)
{
  g_autoptr (GDir) folder = g_dir_open (dumped->folder, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (g_str_has_prefix (name, begin))
      return g_build_filename (dumped->folder, name, NULL);
  return NULL;
}

char *
dumped_write (Dumped *dumped)
{
  g_autofree char *path = g_build_filename (dumped->folder, "written", NULL);
  g_autofree char *pid = g_strdup_printf ("%d", dumped->pid);
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                        "gcore", "-o", path, pid, NULL);

  if (process == NULL)
    return NULL;
  g_subprocess_wait (process, NULL, NULL);
  return find_file (dumped, "written");
}

char *
dumped_abort (Dumped *dumped)
{
  g_autofree char *pattern = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/core_pattern", &pattern, NULL, NULL) ||
      strpbrk (pattern, "|/") != NULL)
    return NULL;
  g_subprocess_send_signal (dumped->process, SIGABRT);
  g_subprocess_wait (dumped->process, NULL, NULL);
  return find_file (dumped, "core");
}

void
dumped_end (Dumped *dumped)
{
  g_autoptr (GDir) folder = g_dir_open (dumped->folder, 0, NULL);
  const char *name;

  g_subprocess_force_exit (dumped->process);
  g_subprocess_wait (dumped->process, NULL, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (dumped->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (dumped->folder);
  g_object_unref (dumped->lines);
  g_object_unref (dumped->process);
  g_free (dumped->folder);
}
