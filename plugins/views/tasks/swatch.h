/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_SWATCH_H
#define TASKS_SWATCH_H

#include <session.h>

G_BEGIN_DECLS

/* The colours of states, by how many tasks are in each: a bit of one colour, or a bar of several. */
#define TASKS_TYPE_SWATCH (tasks_swatch_get_type ())
G_DECLARE_FINAL_TYPE (TasksSwatch, tasks_swatch, TASKS, SWATCH, GtkWidget)

GtkWidget *tasks_swatch_new (void);
void tasks_swatch_set_counts (TasksSwatch *swatch, const guint32 counts[INSPECTOR_N_STATES]);
void tasks_swatch_set_state (TasksSwatch *swatch, InspectorState state);

G_END_DECLS

#endif
