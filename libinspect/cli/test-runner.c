/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/test-runner.h"

#include <string.h>

/* What stands in a working directory, and how its tests are run. In the order of the table. */
static const struct
{
  const char *file;
  const char *contains; /* a line of it begins so; NULL: any */
  const char *what;
  const char *argv[4];
} projects[] = {
  { "meson-private/coredata.dat", NULL, "meson", { "meson", "test", "--no-rebuild" } },
  { "build/meson-private/coredata.dat", NULL, "meson", { "meson", "test", "-C", "build" } },
  { "CTestTestfile.cmake", NULL, "ctest", { "ctest", "--output-on-failure" } },
  { "Makefile", "check:", "make check", { "make", "check" } },
  { "Makefile", "test:", "make test", { "make", "test" } },
};

static const char *const runners[] = { "meson",  "meson.py", "ctest", "make",   "gmake", "ninja",
                                       "prove",  "cmake",    "sh",    "bash",   "dash",  "env",
                                       "xvfb-run", "dbus-run-session",
                                       "gnome-desktop-testing-runner", NULL };

static gboolean
has_line (const char *file, const char *prefix)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], prefix))
      return TRUE;
  return FALSE;
}

char **
cli_runner_find (const char **ret_what)
{
  for (guint i = 0; i < G_N_ELEMENTS (projects); i++)
    {
      g_autoptr (GStrvBuilder) argv = NULL;

      if (!g_file_test (projects[i].file, G_FILE_TEST_IS_REGULAR) ||
          (projects[i].contains != NULL && !has_line (projects[i].file, projects[i].contains)))
        continue;
      argv = g_strv_builder_new ();
      for (guint k = 0; k < G_N_ELEMENTS (projects[i].argv) && projects[i].argv[k] != NULL; k++)
        g_strv_builder_add (argv, projects[i].argv[k]);
      *ret_what = projects[i].what;
      return g_strv_builder_end (argv);
    }
  return NULL;
}

gboolean
cli_runner_is_one (const char *const *program)
{
  g_autofree char *name = g_path_get_basename (program[0]);

  return g_strv_contains (runners, name);
}

/* The words of "#!/usr/bin/env python3", as the kernel takes them: two at most. */
static char **
read_interpreter (const char *path)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL) || length < 3 || text[0] != '#' ||
      text[1] != '!')
    return NULL;
  line = g_strndup (text + 2, strcspn (text + 2, "\n"));
  g_strstrip (line);
  words = g_strsplit_set (line, " \t", 2);
  if (words[0] == NULL || *words[0] == '\0')
    return NULL;
  if (words[1] != NULL)
    g_strstrip (words[1]);
  return g_steal_pointer (&words);
}

char **
cli_runner_resolve (const char *const *program)
{
  g_autofree char *path = g_find_program_in_path (program[0]);
  g_auto (GStrv) words = path != NULL ? read_interpreter (path) : NULL;
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *name = words != NULL ? g_path_get_basename (words[0]) : NULL;

  if (words == NULL)
    return g_strdupv ((char **)program);
  /* env looks the interpreter up, and so do we. */
  if (!g_str_equal (name, "env") || words[1] == NULL)
    g_strv_builder_add (argv, words[0]);
  if (words[1] != NULL && *words[1] != '\0')
    g_strv_builder_add (argv, words[1]);
  g_strv_builder_add (argv, path);
  for (guint i = 1; program[i] != NULL; i++)
    g_strv_builder_add (argv, program[i]);
  return g_strv_builder_end (argv);
}
