/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SESSION_PRIVATE_H
#define UI_SESSION_PRIVATE_H

#include "session.h"

G_BEGIN_DECLS

/* What the shell alone does with a session. */

/* Starts a program. As inspector_launch_new(). NULL: it cannot be, and @error says why. */
UiSession *ui_session_new_launch (const char *const *argv, const char *const *environment,
                                  const char *folder, GError **error);
/* Reads a recording, in a thread of its own: it is loading at first. */
UiSession *ui_session_new_recording (const char *path);
/* (nullable): the recording that it was read from */
const char *ui_session_get_path (UiSession *session);
/* Writes what has happened so far to @path. */
gboolean ui_session_save (UiSession *session, const char *path, GError **error);
gboolean ui_session_can_save (UiSession *session);
/* Asks the program to end (SIGTERM; a second time SIGKILL). */
void ui_session_stop (UiSession *session);
/* Records that were lost, of all targets. */
guint64 ui_session_count_lost (UiSession *session);

G_END_DECLS

#endif
