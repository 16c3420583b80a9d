/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_COUNTS_H
#define TASKS_COUNTS_H

#include <session.h>

#include "table.h"

G_BEGIN_DECLS

/* The line below the table: how many tasks there are in each state, each a button that asks for them alone,
 * and how many of them are shown. */
#define TASKS_TYPE_COUNTS (tasks_counts_get_type ())
G_DECLARE_FINAL_TYPE (TasksCounts, tasks_counts, TASKS, COUNTS, GtkWidget)

/* TasksCounts::chosen (const char *term): "state:blocked" */
GtkWidget *tasks_counts_new (void);
/* @note: (nullable): what else is to be said */
void tasks_counts_show (TasksCounts *counts, const TasksTable *table, const char *note);

G_END_DECLS

#endif
