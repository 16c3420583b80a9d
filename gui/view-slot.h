/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_VIEW_SLOT_H
#define UI_VIEW_SLOT_H

#include "views.h"

G_BEGIN_DECLS

/* Where a view is: makes its page when it is looked at for the first time, and says so where it cannot
 * be made. */
#define UI_TYPE_VIEW_SLOT (ui_view_slot_get_type ())
G_DECLARE_FINAL_TYPE (UiViewSlot, ui_view_slot, UI, VIEW_SLOT, GtkWidget)

/* @state: (nullable): what its page is to load */
GtkWidget *ui_view_slot_new (const UiView *view, UiSession *session, GKeyFile *state);
const UiView *ui_view_slot_get_view (UiViewSlot *slot);
GtkWidget *ui_view_slot_get_page (UiViewSlot *slot); /* (nullable): not looked at yet */
void ui_view_slot_save (UiViewSlot *slot, GKeyFile *state);
/* What the page shows, as a table; NULL: it has none. */
char *ui_view_slot_dup_csv (UiViewSlot *slot);

G_END_DECLS

#endif
