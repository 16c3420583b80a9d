/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "editor.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define GROUP "source"
#define KEY "editor"

/* Editors that have windows, and how each is told of a line. */
static const struct
{
  const char *program;
  const char *arguments;
} editors[] = {
  { "gnome-builder", "{file}:{line}" },
  { "code", "--goto {file}:{line}" },
  { "codium", "--goto {file}:{line}" },
  { "zed", "{file}:{line}" },
  { "zeditor", "{file}:{line}" },
  { "subl", "{file}:{line}" },
  { "kate", "--line {line} {file}" },
  { "kdevelop", "{file}:{line}" },
  { "qtcreator", "-client {file}:{line}" },
  { "clion", "--line {line} {file}" },
  { "idea", "--line {line} {file}" },
  { "gedit", "{file} +{line}" },
  { "xed", "{file} +{line}" },
  { "pluma", "{file} +{line}" },
  { "mousepad", "--line={line} {file}" },
  { "geany", "--line {line} {file}" },
  { "kwrite", "--line {line} {file}" },
  { "gvim", "+{line} {file}" },
  { "emacsclient", "--no-wait --create-frame +{line} {file}" },
  { "emacs", "+{line} {file}" },
};

/* Those that live in a terminal, and the terminals that start them. */
static const char *const terminal_editors[] = { "nvim", "vim", "vi",  "nano", "micro",
                                                "hx",   "kak", "joe", "ne",   NULL };
static const char *const terminals[] = {
  "x-terminal-emulator -e", "gnome-terminal --", "konsole -e", "kgx --", "xterm -e", NULL
};

static char *
dup_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "async-inspect", "source.ini", NULL);
}

char *
source_editor_dup_setting (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = dup_path ();
  char *command;

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  command = g_key_file_get_string (file, GROUP, KEY, NULL);
  return command != NULL ? command : g_strdup ("");
}

gboolean
source_editor_set_setting (const char *command, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = dup_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_key_file_load_from_file (file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
  g_key_file_set_string (file, GROUP, KEY, command);
  g_mkdir_with_parents (folder, 0700);
  return g_key_file_save_to_file (file, path, error);
}

/* ---- What is here ------------------------------------------------------------------------------ */

static char *
dup_program (const char *command)
{
  g_auto (GStrv) words = NULL;

  if (command == NULL || !g_shell_parse_argv (command, NULL, &words, NULL))
    return NULL;
  return g_path_get_basename (words[0]);
}

static gboolean
has_program (SourceFindProgram find, const char *name)
{
  g_autofree char *path = find (name);

  return path != NULL;
}

static char *
dup_in_terminal (const char *command, SourceFindProgram find)
{
  for (guint i = 0; terminals[i] != NULL; i++)
    {
      g_autofree char *program = dup_program (terminals[i]);

      if (has_program (find, program))
        return g_strdup_printf ("%s %s +{line} {file}", terminals[i], command);
    }
  return NULL;
}

/* What a variable says, if it is an editor that we know how to tell of a line. */
static char *
dup_known (const char *command, SourceFindProgram find)
{
  g_autofree char *program = dup_program (command);

  if (program == NULL || !has_program (find, program))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (editors); i++)
    if (g_str_equal (program, editors[i].program))
      return g_strdup_printf ("%s %s", command, editors[i].arguments);
  return g_strv_contains (terminal_editors, program) ? dup_in_terminal (command, find) : NULL;
}

char *
source_editor_detect (const char *visual, const char *editor, SourceFindProgram find)
{
  char *command = dup_known (visual, find);

  if (command == NULL)
    command = dup_known (editor, find);
  for (guint i = 0; command == NULL && i < G_N_ELEMENTS (editors); i++)
    if (has_program (find, editors[i].program))
      command = g_strdup_printf ("%s %s", editors[i].program, editors[i].arguments);
  for (guint i = 0; command == NULL && terminal_editors[i] != NULL; i++)
    if (has_program (find, terminal_editors[i]))
      command = dup_in_terminal (terminal_editors[i], find);
  return command;
}

/* ---- Running it -------------------------------------------------------------------------------- */

gboolean
source_editor_check (const char *command, GError **error)
{
  g_auto (GStrv) words = source_editor_parse (command, "/file", 1, error);

  return words != NULL;
}

static char *
replace (const char *word, const char *what, const char *with)
{
  g_auto (GStrv) parts = g_strsplit (word, what, -1);

  return g_strjoinv (with, parts);
}

/* The words are made first: whatever is in a file's name stays one word. */
char **
source_editor_parse (const char *command, const char *path, guint line, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%u", MAX (line, 1));
  g_auto (GStrv) words = NULL;

  if (!g_shell_parse_argv (command, NULL, &words, error))
    return NULL;
  if (strstr (command, "{file}") == NULL)
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          _ ("the editor's command '%s' has no {file} in it: it stands for the file's path, "
             "and {line} for the line"),
          command);
      return NULL;
    }
  for (guint i = 0; words[i] != NULL; i++)
    {
      /* The path last: it may have "{line}" in it. */
      g_autofree char *with_line = replace (words[i], "{line}", number);

      g_free (words[i]);
      words[i] = replace (with_line, "{file}", path);
    }
  return g_steal_pointer (&words);
}

/* A program within a flatpak sees no editor but through this. */
static gboolean
is_in_flatpak (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

static char *
find_on_host (const char *name)
{
  const char *const words[] = { "flatpak-spawn", "--host", "which", name, NULL };
  g_autofree char *output = NULL;
  int status = 1;

  if (!g_spawn_sync (NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, &output, NULL, &status, NULL) ||
      status != 0 || output == NULL || *g_strstrip (output) == '\0')
    return NULL;
  return g_steal_pointer (&output);
}

static gboolean
run (char **words, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;

  if (is_in_flatpak ())
    {
      g_ptr_array_add (all, (gpointer) "flatpak-spawn");
      g_ptr_array_add (all, (gpointer) "--host");
    }
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (all, words[i]);
  g_ptr_array_add (all, NULL);
  process = g_subprocess_newv (
      (const char *const *)all->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error);
  return process != NULL;
}

gboolean
source_editor_open (const char *path, guint line, GError **error)
{
  g_autofree char *command = source_editor_dup_setting ();
  g_auto (GStrv) words = NULL;
  g_autofree char *uri = NULL;

  if (*command == '\0')
    {
      g_free (command);
      command = source_editor_detect (g_getenv ("VISUAL"), g_getenv ("EDITOR"),
                                      is_in_flatpak () ? find_on_host : g_find_program_in_path);
    }
  if (command != NULL)
    {
      words = source_editor_parse (command, path, line, error);
      return words != NULL && run (words, error);
    }
  uri = g_filename_to_uri (path, NULL, error);
  if (uri == NULL)
    return FALSE;
  if (g_app_info_launch_default_for_uri (uri, NULL, NULL))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("no editor was found to open %s with: set its command"), path);
  return FALSE;
}
