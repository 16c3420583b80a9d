/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_PAGE_H
#define TASKS_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define TASKS_TYPE_PAGE (tasks_page_get_type ())
G_DECLARE_FINAL_TYPE (TasksPage, tasks_page, TASKS, PAGE, GtkWidget)

GtkWidget *tasks_page_new (UiSession *session);
char *tasks_page_dup_csv (GtkWidget *page);
void tasks_page_save_state (GtkWidget *page, GKeyFile *state, const char *group);
void tasks_page_load_state (GtkWidget *page, GKeyFile *state, const char *group);

/* Commands; on the line that is selected, where it is of one. */
void tasks_page_filter (GtkWidget *page);
void tasks_page_clear_filter (GtkWidget *page);
void tasks_page_copy (GtkWidget *page);
void tasks_page_show_timeline (GtkWidget *page);
void tasks_page_show_events (GtkWidget *page);
void tasks_page_show_place (GtkWidget *page);
void tasks_page_select_parent (GtkWidget *page);
void tasks_page_same_name (GtkWidget *page);
void tasks_page_same_wait (GtkWidget *page);
void tasks_page_same_state (GtkWidget *page);
void tasks_page_open_all (GtkWidget *page);
void tasks_page_close_all (GtkWidget *page);
void tasks_page_toggle_ended (GtkWidget *page);
void tasks_page_group_none (GtkWidget *page);
void tasks_page_group_equal (GtkWidget *page);
void tasks_page_group_name (GtkWidget *page);
void tasks_page_group_tree (GtkWidget *page);

G_END_DECLS

#endif
