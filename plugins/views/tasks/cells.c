/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "cells.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "progress.h"
#include "swatch.h"

#define INDENT 16
#define MAX_INDENT 20
#define LEAST_CHARS 12
#define ITEM "tasks-item"
#define TEXT "tasks-text"

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

/* ---- Text --------------------------------------------------------------------------------------- */

static void
set_text (GtkWidget *cell, const char *text)
{
  GtkWidget *inscription = g_object_get_data (G_OBJECT (cell), TEXT);

  if (g_strcmp0 (gtk_inscription_get_text (GTK_INSCRIPTION (inscription)), text) != 0)
    gtk_inscription_set_text (GTK_INSCRIPTION (inscription), text);
}

static GtkWidget *
new_inscription (gboolean is_number)
{
  GtkWidget *inscription = gtk_inscription_new (NULL);

  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (inscription),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_inscription_set_xalign (GTK_INSCRIPTION (inscription), is_number ? 1 : 0);
  gtk_widget_set_hexpand (inscription, TRUE);
  /* One line, however high the row is. */
  gtk_inscription_set_nat_lines (GTK_INSCRIPTION (inscription), 1);
  gtk_widget_set_valign (inscription, GTK_ALIGN_CENTER);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (inscription), is_number ? 0 : LEAST_CHARS);
  if (is_number)
    gtk_widget_add_css_class (inscription, "numeric");
  return inscription;
}

static char *
dup_waiting (TasksItem *item, const TasksTable *table, guint line)
{
  const char *whole =
      tasks_table_get_group (table, line) == NULL ? tasks_item_get_waits_for (item) : NULL;

  return whole != NULL ? g_strdup (whole) : NULL;
}

static void
show_text (GtkWidget *cell, guint column, TasksItem *item)
{
  const TasksTable *table = tasks_model_get_table (tasks_item_get_model (item));
  guint line = tasks_item_get_position (item);
  g_autofree char *text = tasks_columns[column].sort == TASKS_SORT_WAITING &&
                                  strcmp (tasks_columns[column].id, "waiting") == 0
                              ? dup_waiting (item, table, line)
                              : NULL;

  if (text == NULL)
    text = tasks_columns[column].dup_text (table, line, FALSE);
  set_text (cell, text);
}

/* ---- The name, with what opens a line -------------------------------------------------------------- */

static void
on_expander_clicked (GtkButton *button, GtkWidget *cell)
{
  TasksItem *item = tasks_cells_get_item (cell);

  if (item != NULL)
    tasks_model_toggle (tasks_item_get_model (item), tasks_item_get_position (item));
}

static GtkWidget *
new_name (void)
{
  GtkWidget *cell = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *expander = gtk_button_new_from_icon_name ("pan-end-symbolic");
  GtkWidget *text = new_inscription (FALSE);
  GtkWidget *count = gtk_label_new (NULL);

  gtk_widget_add_css_class (expander, "flat");
  gtk_widget_add_css_class (expander, "row-expander");
  gtk_widget_set_focusable (expander, FALSE);
  gtk_widget_set_valign (expander, GTK_ALIGN_CENTER);
  g_signal_connect (expander, "clicked", G_CALLBACK (on_expander_clicked), cell);
  gtk_widget_add_css_class (count, "caption-heading");
  gtk_widget_add_css_class (count, "numeric");
  gtk_box_append (GTK_BOX (cell), expander);
  gtk_box_append (GTK_BOX (cell), text);
  gtk_box_append (GTK_BOX (cell), count);
  g_object_set_data (G_OBJECT (cell), TEXT, text);
  g_object_set_data (G_OBJECT (cell), "expander", expander);
  g_object_set_data (G_OBJECT (cell), "count", count);
  return cell;
}

static void
show_name (GtkWidget *cell, const TasksTable *table, guint line)
{
  GtkWidget *expander = g_object_get_data (G_OBJECT (cell), "expander");
  GtkWidget *count = g_object_get_data (G_OBJECT (cell), "count");
  const TasksLine *shown = tasks_table_get_line (table, line);
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  gboolean is_open = (shown->flags & TASKS_LINE_IS_OPEN) != 0;
  gboolean opens = (shown->flags & TASKS_LINE_HAS_CHILDREN) != 0;
  gboolean is_nested = table->is_tree || shown->depth > 0;
  g_autofree char *n = group != NULL ? inspector_format_count (group->n) : NULL;
  g_autofree char *times = n != NULL ? g_strconcat ("× ", n, NULL) : NULL;

  gtk_widget_set_margin_start (cell, INDENT * MIN (shown->depth, MAX_INDENT));
  /* Names below one another begin at one place, where some can be opened. */
  gtk_widget_set_visible (expander, opens || is_nested || table->groups->len > 0);
  gtk_widget_set_opacity (expander, opens ? 1 : 0);
  gtk_widget_set_sensitive (expander, opens);
  gtk_button_set_icon_name (GTK_BUTTON (expander),
                            is_open ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (expander), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  is_open ? _ ("Close") : _ ("Open"), -1);
  gtk_label_set_text (GTK_LABEL (count), times != NULL ? times : "");
  gtk_widget_set_visible (count, times != NULL);
  if ((shown->flags & TASKS_LINE_IS_DIM) != 0)
    gtk_widget_add_css_class (cell, "dim-label");
  else
    gtk_widget_remove_css_class (cell, "dim-label");
}

/* ---- The state ---------------------------------------------------------------------------------- */

static GtkWidget *
new_state (void)
{
  GtkWidget *cell = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *swatch = tasks_swatch_new (), *text = new_inscription (FALSE);

  gtk_box_append (GTK_BOX (cell), swatch);
  gtk_box_append (GTK_BOX (cell), text);
  g_object_set_data (G_OBJECT (cell), TEXT, text);
  g_object_set_data (G_OBJECT (cell), "swatch", swatch);
  return cell;
}

static void
show_state (GtkWidget *cell, const TasksTable *table, guint line)
{
  TasksSwatch *swatch = g_object_get_data (G_OBJECT (cell), "swatch");
  const TasksGroupInfo *group = tasks_table_get_group (table, line);

  if (group != NULL)
    tasks_swatch_set_counts (swatch, group->states);
  else
    tasks_swatch_set_state (swatch, tasks_table_get_row (table, line)->said.state);
}

/* ---- The steps ---------------------------------------------------------------------------------- */

static gboolean
is_steps (guint column)
{
  return tasks_columns[column].dup_text == NULL;
}

static void
show_steps (GtkWidget *cell, TasksItem *item)
{
  TasksModel *model = tasks_item_get_model (item);
  const TasksTable *table = tasks_model_get_table (model);
  guint line = tasks_item_get_position (item);
  const TasksRow *row = tasks_table_get_row (table, line);
  TasksSteps steps;

  if (tasks_table_get_group (table, line) != NULL)
    {
      tasks_progress_set_steps (TASKS_PROGRESS (cell), NULL);
      return;
    }
  tasks_steps_read (&steps, table->history, table->words, tasks_model_get_ways (model), row->track,
                    row->name, table->at_ns);
  tasks_progress_set_steps (TASKS_PROGRESS (cell), &steps);
}

/* ---- The factory -------------------------------------------------------------------------------- */

static void
show (GtkWidget *cell, guint column, TasksItem *item)
{
  const TasksTable *table = tasks_model_get_table (tasks_item_get_model (item));

  if (!tasks_item_is_there (item))
    return;
  if (is_steps (column))
    {
      show_steps (cell, item);
      return;
    }
  if (tasks_columns[column].sort == TASKS_SORT_NAME)
    show_name (cell, table, tasks_item_get_position (item));
  else if (tasks_columns[column].sort == TASKS_SORT_STATE)
    show_state (cell, table, tasks_item_get_position (item));
  show_text (cell, column, item);
}

static void
on_changed (TasksItem *item, GtkWidget *cell)
{
  show (cell, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (cell), "column")), item);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  guint column = get_column (factory);
  GtkWidget *cell;

  if (tasks_columns[column].sort == TASKS_SORT_NAME)
    cell = new_name ();
  else if (tasks_columns[column].sort == TASKS_SORT_STATE)
    cell = new_state ();
  else if (is_steps (column))
    cell = tasks_progress_new ();
  else
    {
      cell = new_inscription (tasks_columns[column].is_number);
      g_object_set_data (G_OBJECT (cell), TEXT, cell);
    }
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
