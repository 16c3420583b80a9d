/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_RECENT_H
#define UI_RECENT_H

#include "session-page.h"

G_BEGIN_DECLS

/* What was started and opened before, the latest first. */
GPtrArray *ui_recent_list_programs (void); /* (transfer full) (element-type UiLaunchWords) */
void ui_recent_add_program (const UiLaunchWords *words);
GPtrArray *ui_recent_list_recordings (void); /* (transfer full) (element-type filename) */
void ui_recent_add_recording (const char *path);

G_END_DECLS

#endif
