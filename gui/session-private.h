/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SESSION_PRIVATE_H
#define UI_SESSION_PRIVATE_H

#include "session.h"

G_BEGIN_DECLS

/* What the shell alone does with a session. */

/* Starts a program. As inspector_launch_new(). NULL: it cannot be, and @error says why. */
UiSession *ui_session_new_launch (const char *const *argv, const char *const *environment,
                                  const char *folder, const char *const *breaks, GError **error);
/* Attaches to a process, while it is loading. @command: for people. NULL: it cannot be, and @error says
 * why */
UiSession *ui_session_new_attach (int pid, const char *command, GError **error);
/* Leaves it as it was. Nothing happens where it was not attached to. */
void ui_session_detach (UiSession *session);
/* Reads a recording, in a thread of its own: it is loading at first. */
UiSession *ui_session_new_recording (const char *path);
/* What a copy of has all that has happened so far. NULL: @error */
const char *ui_session_prepare_saving (UiSession *session, GError **error);
/* Writes what has happened so far to @path. */
gboolean ui_session_save (UiSession *session, const char *path, GError **error);
/* The same in a thread of its own. */
void ui_session_save_async (UiSession *session, const char *path, GAsyncReadyCallback callback,
                            gpointer data);
gboolean ui_session_save_finish (UiSession *session, GAsyncResult *result, GError **error);
gboolean ui_session_can_save (UiSession *session);
/* Where it is to be written at its end, from its beginning on. NULL: nowhere. */
void ui_session_set_record_path (UiSession *session, const char *path);
const char *ui_session_get_record_path (UiSession *session);
/* A program was started here, and runs. */
gboolean ui_session_has_program (UiSession *session);
/* Asks the program to end (SIGTERM; a second time SIGKILL). */
void ui_session_stop (UiSession *session);
/* Tasks that were seen, and records that were lost, of all targets. */
void ui_session_count (UiSession *session, guint64 *ret_tasks, guint64 *ret_lost);

G_END_DECLS

#endif
