/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_LIST_H
#define TASKS_LIST_H

#include "model.h"

G_BEGIN_DECLS

/* The GtkColumnView of a model: its columns, what they are sorted by, what is saved of them, keys. */

#define TASKS_TYPE_LIST (tasks_list_get_type ())
G_DECLARE_FINAL_TYPE (TasksList, tasks_list, TASKS, LIST, GtkWidget)

/* TasksList::sort-changed
 * TasksList::activated (guint position)
 * TasksList::menu (guint position, GtkWidget *over, double x, double y): of the line there */

GtkWidget *tasks_list_new (TasksModel *model);
void tasks_list_get_sort (TasksList *list, TasksSort *sort, gboolean *is_descending);
void tasks_list_scroll_to (TasksList *list, guint position);
void tasks_list_save_state (TasksList *list, GKeyFile *state, const char *group);
void tasks_list_load_state (TasksList *list, GKeyFile *state, const char *group);

G_END_DECLS

#endif
