/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_VIEW_TITLE_H
#define UI_VIEW_TITLE_H

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * UiViewTitle:
 *
 * The middle of a header: the switcher of views where there is room for all of it, else a title. It never
 * asks for more room than the title, so that a window can be made narrower than its switcher.
 *
 * The property "is-folded" says that there was no room, or that there are no views: another switcher is to
 * be shown elsewhere.
 */
#define UI_TYPE_VIEW_TITLE (ui_view_title_get_type ())
G_DECLARE_FINAL_TYPE (UiViewTitle, ui_view_title, UI, VIEW_TITLE, GtkWidget)

GtkWidget *ui_view_title_new (void);
/* @stack: (nullable): where there are no views @title is what is shown */
void ui_view_title_set (UiViewTitle *title, AdwViewStack *stack, const char *text);

G_END_DECLS

#endif
