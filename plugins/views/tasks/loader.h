/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_LOADER_H
#define TASKS_LOADER_H

#include <session.h>

#include "table.h"

G_BEGIN_DECLS

/* Makes tables of what a session is at the instant that is looked at, in a thread, one after the other, and
 * reads words between them: as often as it is worth, and not while nobody looks. */

typedef struct _TasksLoader TasksLoader;

typedef void (*TasksLoadedFunc) (TasksTable *table, gpointer data);

TasksLoader *tasks_loader_new (UiSession *session, TasksLoadedFunc loaded, gpointer data);
/* What runs is cancelled. */
void tasks_loader_free (TasksLoader *loader);
void tasks_loader_set_running (TasksLoader *loader, gboolean is_running);

/* The session is another: at once where somebody has asked for it, else as soon as it is worth. */
void tasks_loader_refresh (TasksLoader *loader, gboolean is_asked);
/* Any of them makes another table soon. */
void tasks_loader_set_query (TasksLoader *loader, UiQuery *query); /* (transfer full) (nullable) */
void tasks_loader_set_group (TasksLoader *loader, TasksGroup group);
void tasks_loader_set_sort (TasksLoader *loader, TasksSort sort, gboolean is_descending);
void tasks_loader_set_with_ended (TasksLoader *loader, gboolean with_ended);
void tasks_loader_toggle (TasksLoader *loader, guint64 key);
/* All groups are closed, and all trees open; or the other way. */
void tasks_loader_open_all (TasksLoader *loader, gboolean open);
TasksGroup tasks_loader_get_group (TasksLoader *loader);
gboolean tasks_loader_get_with_ended (TasksLoader *loader);
/* Whether names are still being read, or no table is there yet. */
gboolean tasks_loader_is_busy (TasksLoader *loader);

G_END_DECLS

#endif
