/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_PAGE_H
#define WHY_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define WHY_TYPE_PAGE (why_page_get_type ())
G_DECLARE_FINAL_TYPE (WhyPage, why_page, WHY, PAGE, GtkWidget)

GtkWidget *why_page_new (UiSession *session);
/** Puts the answer on the clipboard, as text. */
void why_page_copy (GtkWidget *page);
/** Goes from the task to the whole session. */
void why_page_show_session (GtkWidget *page);
/** Returns: (transfer full): the answer as a table */
char *why_page_dup_csv (GtkWidget *page);

G_END_DECLS

#endif
