/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_PAGE_H
#define PROFILE_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define PROFILE_TYPE_PAGE (profile_page_get_type ())
G_DECLARE_FINAL_TYPE (ProfilePage, profile_page, PROFILE, PAGE, GtkWidget)

GtkWidget *profile_page_new (UiSession *session);
void profile_page_find (GtkWidget *page);
void profile_page_find_next (GtkWidget *page);
void profile_page_find_previous (GtkWidget *page);
void profile_page_zoom_frame (GtkWidget *page);
void profile_page_show_all (GtkWidget *page);
void profile_page_show_source (GtkWidget *page);
void profile_page_list_tasks (GtkWidget *page);
void profile_page_show_flame (GtkWidget *page);
void profile_page_show_operations (GtkWidget *page);
char *profile_page_dup_csv (GtkWidget *page); /* (transfer full): of what is shown */
void profile_page_save_state (GtkWidget *page, GKeyFile *state, const char *group);
void profile_page_load_state (GtkWidget *page, GKeyFile *state, const char *group);

G_END_DECLS

#endif
