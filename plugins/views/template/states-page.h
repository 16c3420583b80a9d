/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef STATES_PAGE_H
#define STATES_PAGE_H

#include <session.h>

G_BEGIN_DECLS

/* How many tasks do what, at the instant that the session looks at. */
#define STATES_TYPE_PAGE (states_page_get_type ())
G_DECLARE_FINAL_TYPE (StatesPage, states_page, STATES, PAGE, GtkWidget)

GtkWidget *states_page_new (UiSession *session);

/* What plugin.c puts into its table. */
void states_page_toggle_order (GtkWidget *page);
char *states_page_dup_csv (GtkWidget *page);
void states_page_save (GtkWidget *page, GKeyFile *state, const char *group);
void states_page_load (GtkWidget *page, GKeyFile *state, const char *group);

G_END_DECLS

#endif
