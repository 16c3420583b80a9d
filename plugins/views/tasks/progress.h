/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_PROGRESS_H
#define TASKS_PROGRESS_H

#include <session.h>

#include "steps.h"

G_BEGIN_DECLS

/* The steps of a task in a row: full ones are done, the one that is waited for has the colour of its state,
 * and empty ones are to come. What each is stands where the pointer rests. */
#define TASKS_TYPE_PROGRESS (tasks_progress_get_type ())
G_DECLARE_FINAL_TYPE (TasksProgress, tasks_progress, TASKS, PROGRESS, GtkWidget)

GtkWidget *tasks_progress_new (void);
/* (nullable): none */
void tasks_progress_set_steps (TasksProgress *progress, const TasksSteps *steps);

G_END_DECLS

#endif
