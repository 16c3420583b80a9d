/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_EDITOR_H
#define SOURCE_EDITOR_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* The user's editor: a command with {file} and {line} in it, as the user has set it, else as what is
 * installed is called. */

/* (transfer full): what the user has set; "": nothing */
char *source_editor_dup_setting (void);
gboolean source_editor_set_setting (const char *command, GError **error);
/* Whether a command can be run: it has {file}, and its quotes are closed. */
gboolean source_editor_check (const char *command, GError **error);
/* (transfer full): the command of an editor that is here; NULL: none is known. $VISUAL and $EDITOR come
 * first, where they open a window. @find: as g_find_program_in_path() */
typedef char *(*SourceFindProgram) (const char *name);
char *source_editor_detect (const char *visual, const char *editor, SourceFindProgram find);
/* (transfer full) (array zero-terminated=1) (nullable): the words to run */
char **source_editor_parse (const char *command, const char *path, guint line, GError **error);
/* Opens @path at @line. */
gboolean source_editor_open (const char *path, guint line, GError **error);

G_END_DECLS

#endif
