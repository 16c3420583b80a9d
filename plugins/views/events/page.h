/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_PAGE_H
#define EVENTS_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define EVENTS_TYPE_PAGE (events_page_get_type ())
G_DECLARE_FINAL_TYPE (EventsPage, events_page, EVENTS, PAGE, GtkWidget)

GtkWidget *events_page_new (UiSession *session);
char *events_page_dup_csv (GtkWidget *page);
void events_page_save_state (GtkWidget *page, GKeyFile *state, const char *group);
void events_page_load_state (GtkWidget *page, GKeyFile *state, const char *group);

/* Commands. */
void events_page_filter (GtkWidget *page);
void events_page_copy (GtkWidget *page);
void events_page_of_task (GtkWidget *page);
void events_page_go_to_instant (GtkWidget *page);
void events_page_next (GtkWidget *page);
void events_page_previous (GtkWidget *page);

G_END_DECLS

#endif
