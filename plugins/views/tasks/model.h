/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_MODEL_H
#define TASKS_MODEL_H

#include <gtk/gtk.h>

#include "steps.h"

G_BEGIN_DECLS

/* What a GtkColumnView does when it is told of lines is dear: it has two hundred rows, and each takes a while to
 * make. So it is told of few at first and of more in the next frames, and what is seen is read before the rest.
 *
 * The lines of a table as a list for a GtkColumnView: objects exist for what is on the screen alone, and
 * stand for a place in the list; the table behind it is exchanged under them. It is its own selection, which
 * is that of a task wherever its line goes. */

#define TASKS_TYPE_MODEL (tasks_model_get_type ())
G_DECLARE_FINAL_TYPE (TasksModel, tasks_model, TASKS, MODEL, GObject)

#define TASKS_TYPE_ITEM (tasks_item_get_type ())
G_DECLARE_FINAL_TYPE (TasksItem, tasks_item, TASKS, ITEM, GObject)

/* TasksItem::changed: another line stands there, or the same at another instant */

TasksModel *tasks_model_new (void);
TasksWays *tasks_model_get_ways (TasksModel *model);
/* (nullable) (transfer none) */
TasksTable *tasks_model_get_table (TasksModel *model);
void tasks_model_set_table (TasksModel *model, TasksTable *table);
/* The lines that are seen. */
void tasks_model_set_window (TasksModel *model, guint first, guint last);
/* (transfer container) (element-type TasksItem): those on the screen and around it */
GPtrArray *tasks_model_list_items (TasksModel *model);

/* The line with @key, of a group or of the task of that number, is selected; 0: none. */
void tasks_model_set_selected (TasksModel *model, guint64 key);
guint64 tasks_model_get_selected (TasksModel *model);
/* TasksModel::picked (guint64 key): somebody has selected a line
 * TasksModel::toggled (guint64 key): somebody wants it to be open, or closed */
void tasks_model_toggle (TasksModel *model, guint position);

/* G_MAXUINT: it is no longer in the list. */
guint tasks_item_get_position (TasksItem *item);
TasksModel *tasks_item_get_model (TasksItem *item);
/* FALSE: its line is gone. */
gboolean tasks_item_is_there (TasksItem *item);
/* What it waits for in full, as it was read; it is forgotten when that wait is over. (nullable) */
const char *tasks_item_get_waits_for (TasksItem *item);
/* That was of another instant: "due in 2.1 s". */
gboolean tasks_item_is_waits_for_old (TasksItem *item);
void tasks_item_set_waits_for (TasksItem *item, const char *text);

G_END_DECLS

#endif
