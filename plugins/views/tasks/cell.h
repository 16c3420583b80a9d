/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_CELL_H
#define TASKS_CELL_H

#include <session.h>

G_BEGIN_DECLS

/* A cell of the table: one line of text, and what may stand before and behind it. A list keeps some two hundred
 * rows ready, whatever is seen of them: a cell is one widget, and what it shows is laid out when it is drawn. */

typedef enum
{
  TASKS_EXPANDER_NONE,
  TASKS_EXPANDER_ROOM, /* only its room */
  TASKS_EXPANDER_CLOSED,
  TASKS_EXPANDER_OPEN,
} TasksExpander;

#define TASKS_TYPE_CELL (tasks_cell_get_type ())
G_DECLARE_FINAL_TYPE (TasksCell, tasks_cell, TASKS, CELL, GtkWidget)

/* TasksCell::toggled: its expander was clicked */

/* @is_number: it stands at the end. @width: least width, in characters */
GtkWidget *tasks_cell_new (gboolean is_number, int width);
void tasks_cell_set_text (TasksCell *cell, const char *text);
/* "× 2,000", at the end; (nullable) */
void tasks_cell_set_count (TasksCell *cell, const char *count);
void tasks_cell_set_expander (TasksCell *cell, TasksExpander expander, guint depth);
/* The colours of states before the text, by how many are in each. */
void tasks_cell_set_states (TasksCell *cell, const guint32 counts[INSPECTOR_N_STATES]);
void tasks_cell_set_dim (TasksCell *cell, gboolean is_dim);

G_END_DECLS

#endif
