/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "tree.h"

#include <glib/gi18n-lib.h>

#include "row.h"

struct _VariablesTree
{
  GtkWidget parent_instance;
  GListStore *store;
  GtkTreeListModel *model;
  GtkSingleSelection *selection;
  GtkWidget *scrolled, *view;
};

static guint activated_signal;

G_DEFINE_TYPE (VariablesTree, variables_tree, GTK_TYPE_WIDGET)

/* ---- Cells -------------------------------------------------------------------------------------- */

typedef enum
{
  COLUMN_NAME,
  COLUMN_VALUE,
  COLUMN_TYPE,
} Column;

static GtkWidget *
get_label (GtkListItem *item)
{
  GtkWidget *child = gtk_list_item_get_child (item);

  return GTK_IS_TREE_EXPANDER (child) ? gtk_tree_expander_get_child (GTK_TREE_EXPANDER (child))
                                      : child;
}

static VariablesRow *
get_row (GtkListItem *item)
{
  GtkTreeListRow *row = gtk_list_item_get_item (item);

  return row != NULL ? VARIABLES_ROW (gtk_tree_list_row_get_item (row)) : NULL;
}

static char *
dup_tooltip (const Value *value)
{
  GString *text = g_string_new (value->name);

  if (*value->text != '\0')
    g_string_append_printf (text, ": %s", value->text);
  if (value->change == VALUE_NEW)
    g_string_append_printf (text, "\n%s", _ ("new since before the last turn"));
  else if (value->before != NULL)
    g_string_append_printf (text, _ ("\nbefore the last turn: %s"), value->before);
  if (*value->place != '\0')
    g_string_append_printf (text, "\n%s", value->place);
  return g_string_free (text, FALSE);
}

/* A change is told by a mark, too, and not by the colour alone. */
static void
show_value (GtkListItem *item, const Value *value)
{
  GtkWidget *label = get_label (item);
  Column column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (item), "column"));
  gboolean is_changed = value->change != VALUE_SAME && *value->text != '\0';
  g_autofree char *tooltip = dup_tooltip (value);
  g_autofree char *text = NULL;

  if (column == COLUMN_NAME)
    text = g_strdup (value->name);
  else if (column == COLUMN_VALUE && value->change == VALUE_CHANGED && *value->text != '\0')
    text = g_strdup_printf ("● %s", value->text);
  else if (column == COLUMN_VALUE && value->change == VALUE_NEW)
    text = g_strdup_printf ("✚ %s", value->text);
  else
    text = g_strdup (column == COLUMN_VALUE ? value->text : value->type);
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_widget_set_tooltip_text (label, tooltip);
  if (is_changed && column == COLUMN_VALUE)
    gtk_widget_add_css_class (label, "variables-changed");
  else
    gtk_widget_remove_css_class (label, "variables-changed");
}

static void
on_row_changed (VariablesRow *row, GtkListItem *item)
{
  show_value (item, variables_row_get_value (row));
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (GPOINTER_TO_UINT (column) == COLUMN_TYPE)
    gtk_widget_add_css_class (label, "dim-label");
  g_object_set_data (G_OBJECT (item), "column", column);
  if (GPOINTER_TO_UINT (column) == COLUMN_NAME)
    {
      GtkWidget *expander = gtk_tree_expander_new ();

      /* What a task waits for is a sentence. */
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_lines (GTK_LABEL (label), 3);

      gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), label);
      gtk_list_item_set_child (item, expander);
    }
  else
    gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  g_autoptr (VariablesRow) row = get_row (item);

  if (GPOINTER_TO_UINT (column) == COLUMN_NAME)
    gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (gtk_list_item_get_child (item)),
                                    gtk_list_item_get_item (item));
  g_signal_connect (row, "changed", G_CALLBACK (on_row_changed), item);
  show_value (item, variables_row_get_value (row));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  g_autoptr (VariablesRow) row = get_row (item);

  if (row != NULL)
    g_signal_handlers_disconnect_by_func (row, on_row_changed, item);
  if (GPOINTER_TO_UINT (column) == COLUMN_NAME)
    gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (gtk_list_item_get_child (item)), NULL);
}

static void
add_column (VariablesTree *self, const char *title, Column column, gboolean expands)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *view_column;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GUINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GUINT_TO_POINTER (column));
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), GUINT_TO_POINTER (column));
  view_column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (view_column, expands);
  gtk_column_view_column_set_resizable (view_column, TRUE);
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), view_column);
  g_object_unref (view_column);
}

/* ---- The list ----------------------------------------------------------------------------------- */

static GListModel *
create_parts (gpointer item, gpointer data)
{
  GListModel *parts = variables_row_get_parts (item);

  return g_list_model_get_n_items (parts) > 0 ? g_object_ref (parts) : NULL;
}

static void
on_activate (GtkColumnView *view, guint position, VariablesTree *self)
{
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  g_autoptr (VariablesRow) item = row != NULL ? gtk_tree_list_row_get_item (row) : NULL;
  const Value *value = item != NULL ? variables_row_get_value (item) : NULL;

  if (value == NULL)
    return;
  if (value->task != 0 || *value->place != '\0')
    g_signal_emit (self, activated_signal, 0, value->task, value->place);
  else
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
}

/* Groups that have just come are open. */
static void
on_groups_changed (GListModel *store, guint position, guint n_removed, guint n_added,
                   VariablesTree *self)
{
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_child_row (self->model, i);

      if (row != NULL)
        gtk_tree_list_row_set_expanded (row, TRUE);
    }
}

void
variables_tree_set_value (VariablesTree *self, const Value *value)
{
  variables_rows_update (self->store, value->parts);
}

char *
variables_tree_dup_selected (VariablesTree *self)
{
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (VariablesRow) item = row != NULL ? gtk_tree_list_row_get_item (row) : NULL;
  const Value *value = item != NULL ? variables_row_get_value (item) : NULL;

  if (value == NULL)
    return NULL;
  return *value->text != '\0' ? g_strdup_printf ("%s: %s", value->name, value->text)
                              : g_strdup (value->name);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
variables_tree_dispose (GObject *object)
{
  VariablesTree *self = VARIABLES_TREE (object);

  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (variables_tree_parent_class)->dispose (object);
}

static void
variables_tree_class_init (VariablesTreeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = variables_tree_dispose;
  activated_signal = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
variables_tree_init (VariablesTree *self)
{
  self->store = g_list_store_new (VARIABLES_TYPE_ROW);
  self->model = gtk_tree_list_model_new (g_object_ref (G_LIST_MODEL (self->store)), FALSE, FALSE,
                                         create_parts, NULL, NULL);
  /* After the model has its rows of them. */
  g_signal_connect (self->store, "items-changed", G_CALLBACK (on_groups_changed), self);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (self->model));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  self->view = gtk_column_view_new (GTK_SELECTION_MODEL (self->selection));
  gtk_widget_add_css_class (self->view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Variables"), -1);
  g_signal_connect (self->view, "activate", G_CALLBACK (on_activate), self);
  add_column (self, _ ("Name"), COLUMN_NAME, TRUE);
  add_column (self, _ ("Value"), COLUMN_VALUE, TRUE);
  add_column (self, _ ("Type"), COLUMN_TYPE, FALSE);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->view);
  gtk_widget_set_vexpand (self->scrolled, TRUE);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}

GtkWidget *
variables_tree_new (void)
{
  return g_object_new (VARIABLES_TYPE_TREE, NULL);
}
