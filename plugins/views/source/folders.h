/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_FOLDERS_H
#define SOURCE_FOLDERS_H

#include <glib.h>

G_BEGIN_DECLS

/* Where source files lie that a program was made from elsewhere: "this folder is that folder", as the
 * user has said it once, kept in the user's settings. */

typedef struct _SourceFolders SourceFolders;

/* @path: of the key file; it need not be there */
SourceFolders *source_folders_new (const char *path);
/* That of the user. */
SourceFolders *source_folders_new_default (void);
void source_folders_free (SourceFolders *folders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SourceFolders, source_folders_free)

guint source_folders_get_n (const SourceFolders *folders);
/* (transfer none): the folder that the compiler knew, and the one of this machine */
void source_folders_get (const SourceFolders *folders, guint index, const char **ret_from,
                         const char **ret_to);
/* Takes the place of what was said of @from before. FALSE: it holds, but could not be kept. */
gboolean source_folders_add (SourceFolders *folders, const char *from, const char *to,
                             GError **error);
gboolean source_folders_remove (SourceFolders *folders, guint index, GError **error);

/* What @chosen, which the user says is @told, says of folders: what differs of both before what they have
 * in common. FALSE: the files have different names. */
gboolean source_folders_compare (const char *told, const char *chosen, char **ret_from,
                                 char **ret_to);

/* The file that @told is on this machine; NULL: it is not here. @bases: (array zero-terminated=1)
 * (nullable): folders from which a relative path may be meant. @ret_tried: (transfer full): all
 * paths that were looked at, in order. (transfer full) (nullable) */
char *source_folders_find (const SourceFolders *folders, const char *told, const char *const *bases,
                           char ***ret_tried);

G_END_DECLS

#endif
