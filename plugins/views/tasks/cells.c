/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "cells.h"

#include <string.h>

#include "cell.h"
#include "progress.h"

#define ITEM "tasks-item"
/* Of what is as wide as there is room. */
#define LEAST_CHARS 26

TasksItem *
tasks_cells_get_item (GtkWidget *widget)
{
  return widget != NULL ? g_object_get_data (G_OBJECT (widget), ITEM) : NULL;
}

static guint
get_column (GtkListItemFactory *factory)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "column"));
}

static gboolean
is_steps (guint column)
{
  return tasks_columns[column].dup_text == NULL;
}

/* ---- What a cell shows -------------------------------------------------------------------------- */

static void
show_text (TasksCell *cell, guint column, TasksItem *item)
{
  const TasksTable *table = tasks_model_get_table (tasks_item_get_model (item));
  guint line = tasks_item_get_position (item);
  /* In full, where that was read. */
  const char *waits_for =
      tasks_columns[column].width < 0 && tasks_table_get_group (table, line) == NULL
          ? tasks_item_get_waits_for (item)
          : NULL;
  g_autofree char *text =
      waits_for == NULL ? tasks_columns[column].dup_text (table, line, FALSE) : NULL;

  tasks_cell_set_text (cell, waits_for != NULL ? waits_for : text);
}

/* Names below one another begin at one place, where some of them can be opened. */
static void
show_name (TasksCell *cell, const TasksTable *table, guint line)
{
  const TasksLine *shown = tasks_table_get_line (table, line);
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  g_autofree char *n = group != NULL ? inspector_format_count (group->n) : NULL;
  g_autofree char *times = n != NULL ? g_strconcat ("× ", n, NULL) : NULL;
  TasksExpander expander =
      table->is_tree || table->groups->len > 0 ? TASKS_EXPANDER_ROOM : TASKS_EXPANDER_NONE;

  if ((shown->flags & TASKS_LINE_HAS_CHILDREN) != 0)
    expander =
        (shown->flags & TASKS_LINE_IS_OPEN) != 0 ? TASKS_EXPANDER_OPEN : TASKS_EXPANDER_CLOSED;
  tasks_cell_set_expander (cell, expander, shown->depth);
  tasks_cell_set_count (cell, times);
  tasks_cell_set_dim (cell, (shown->flags & TASKS_LINE_IS_DIM) != 0 ||
                                (group == NULL && tasks_table_get_row (table, line)->is_process));
}

static void
show_state (TasksCell *cell, const TasksTable *table, guint line)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  guint32 alone[INSPECTOR_N_STATES] = { 0 };

  alone[tasks_table_get_row (table, line)->said.state] = 1;
  tasks_cell_set_states (cell, group != NULL ? group->states : alone);
}

static void
show_steps (TasksProgress *cell, TasksItem *item)
{
  TasksModel *model = tasks_item_get_model (item);
  const TasksTable *table = tasks_model_get_table (model);
  guint line = tasks_item_get_position (item);
  const TasksRow *row = tasks_table_get_row (table, line);
  TasksSteps steps;

  if (tasks_table_get_group (table, line) != NULL)
    {
      tasks_progress_set_steps (cell, NULL);
      return;
    }
  tasks_steps_read (&steps, table->history, table->words, tasks_model_get_ways (model), row->track,
                    row->name, table->at_ns);
  tasks_progress_set_steps (cell, &steps);
}

/* Its line is gone, and it will be so soon. */
static void
show_nothing (GtkWidget *cell, guint column)
{
  static const guint32 none[INSPECTOR_N_STATES];

  if (is_steps (column))
    {
      tasks_progress_set_steps (TASKS_PROGRESS (cell), NULL);
      return;
    }
  tasks_cell_set_text (TASKS_CELL (cell), "");
  tasks_cell_set_expander (TASKS_CELL (cell), TASKS_EXPANDER_NONE, 0);
  tasks_cell_set_count (TASKS_CELL (cell), NULL);
  if (tasks_columns[column].sort == TASKS_SORT_STATE)
    tasks_cell_set_states (TASKS_CELL (cell), none);
}

static void
show (GtkWidget *cell, guint column, TasksItem *item)
{
  const TasksTable *table = tasks_model_get_table (tasks_item_get_model (item));

  if (!tasks_item_is_there (item))
    {
      show_nothing (cell, column);
      return;
    }
  if (is_steps (column))
    {
      show_steps (TASKS_PROGRESS (cell), item);
      return;
    }
  if (tasks_columns[column].sort == TASKS_SORT_NAME)
    show_name (TASKS_CELL (cell), table, tasks_item_get_position (item));
  else if (tasks_columns[column].sort == TASKS_SORT_STATE)
    show_state (TASKS_CELL (cell), table, tasks_item_get_position (item));
  show_text (TASKS_CELL (cell), column, item);
}

/* ---- The factory -------------------------------------------------------------------------------- */

static void
on_changed (TasksItem *item, GtkWidget *cell)
{
  show (cell, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (cell), "column")), item);
}

static void
on_toggled (TasksCell *cell, gpointer data)
{
  TasksItem *item = tasks_cells_get_item (GTK_WIDGET (cell));

  if (item != NULL)
    tasks_model_toggle (tasks_item_get_model (item), tasks_item_get_position (item));
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  guint column = get_column (factory);
  GtkWidget *cell = is_steps (column)
                        ? tasks_progress_new ()
                        : tasks_cell_new (tasks_columns[column].is_number,
                                          tasks_columns[column].width < 0 ? LEAST_CHARS : 0);

  if (tasks_columns[column].sort == TASKS_SORT_NAME)
    g_signal_connect (cell, "toggled", G_CALLBACK (on_toggled), NULL);
  g_object_set_data (G_OBJECT (cell), "column", GUINT_TO_POINTER (column));
  gtk_list_item_set_child (list_item, cell);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  GtkWidget *cell = gtk_list_item_get_child (list_item);
  TasksItem *item = gtk_list_item_get_item (list_item);

  g_object_set_data_full (G_OBJECT (cell), ITEM, g_object_ref (item), g_object_unref);
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), cell);
  show (cell, get_column (factory), item);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  GtkWidget *cell = gtk_list_item_get_child (list_item);

  g_signal_handlers_disconnect_by_data (gtk_list_item_get_item (list_item), cell);
  g_object_set_data (G_OBJECT (cell), ITEM, NULL);
}

GtkListItemFactory *
tasks_cells_new_factory (guint column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_object_set_data (G_OBJECT (factory), "column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  return factory;
}
