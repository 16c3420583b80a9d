/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_START_PAGE_H
#define UI_START_PAGE_H

#include "session-page.h"

G_BEGIN_DECLS

/* Where one begins: launch a program, open a recording, or one of those that were used before. */
#define UI_TYPE_START_PAGE (ui_start_page_get_type ())
G_DECLARE_FINAL_TYPE (UiStartPage, ui_start_page, UI, START_PAGE, GtkWidget)

GtkWidget *ui_start_page_new (void);

G_END_DECLS

#endif
