/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_NO_TASK_H
#define UI_NO_TASK_H

#include "session.h"

G_BEGIN_DECLS

/**
 * ui_no_task_page_new:
 * @yet: translated: what will be there once there is a task
 *
 * What stands where tasks would: there is none yet, or there will be none, as all that there is of the program is known.
 */
UI_API GtkWidget *ui_no_task_page_new (UiSession *session, const char *yet);
/** Translated: that nothing in what is known is a task; NULL: there may be one yet. */
UI_API const char *ui_no_task_get_reason (UiSession *session);

G_END_DECLS

#endif
