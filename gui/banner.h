/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_BANNER_H
#define UI_BANNER_H

#include "session.h"

G_BEGIN_DECLS

/* The line above all views that says what is wrong now, and leads there. Nothing is wrong: it is not there. */
#define UI_TYPE_BANNER (ui_banner_get_type ())
G_DECLARE_FINAL_TYPE (UiBanner, ui_banner, UI, BANNER, GtkWidget)

GtkWidget *ui_banner_new (UiSession *session);
/* Selects the task that it speaks of, at the last instant at which it is wrong, in the view that tells of it. */
void ui_banner_go (UiBanner *banner);

G_END_DECLS

#endif
