/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BREAKPOINTS_PAGE_H
#define BREAKPOINTS_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define BREAKPOINTS_TYPE_PAGE (breakpoints_page_get_type ())
G_DECLARE_FINAL_TYPE (BreakpointsPage, breakpoints_page, BREAKPOINTS, PAGE, GtkWidget)

GtkWidget *breakpoints_page_new (UiSession *session);

/* Of the table of the view. */
char *breakpoints_page_dup_csv (GtkWidget *page);
void breakpoints_page_copy (GtkWidget *page);

G_END_DECLS

#endif
