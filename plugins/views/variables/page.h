/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_PAGE_H
#define VARIABLES_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define VARIABLES_TYPE_PAGE (variables_page_get_type ())
G_DECLARE_FINAL_TYPE (VariablesPage, variables_page, VARIABLES, PAGE, GtkWidget)

GtkWidget *variables_page_new (UiSession *session);

/* Commands: all of it, or the one that is selected, to the clipboard. */
void variables_page_copy (GtkWidget *page);
void variables_page_copy_text (GtkWidget *page);
void variables_page_copy_json (GtkWidget *page);
char *variables_page_dup_csv (GtkWidget *page);

G_END_DECLS

#endif
