/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "list.h"

#include <glib/gi18n-lib.h>

#include <scroll-start.h>

#define LEAST_CHARS 12

static guint
get_column (gpointer object)
{
  return GPOINTER_TO_UINT (g_object_get_data (object, "column"));
}

static void
show (GtkWidget *cell, EventsItem *item)
{
  g_autofree char *text = events_columns[get_column (cell)].dup_text (
      events_item_get_event (item), events_item_get_origin (item));

  if (g_strcmp0 (gtk_inscription_get_text (GTK_INSCRIPTION (cell)), text) != 0)
    gtk_inscription_set_text (GTK_INSCRIPTION (cell), text);
  /* It has not happened yet. */
  if (events_item_is_later (item))
    gtk_widget_add_css_class (cell, "dim-label");
  else
    gtk_widget_remove_css_class (cell, "dim-label");
}

static void
on_changed (EventsItem *item, GtkWidget *cell)
{
  show (cell, item);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  const EventsColumn *column = &events_columns[get_column (factory)];
  GtkWidget *cell = gtk_inscription_new (NULL);

  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (cell),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_inscription_set_xalign (GTK_INSCRIPTION (cell), column->is_number ? 1 : 0);
  gtk_inscription_set_nat_lines (GTK_INSCRIPTION (cell), 1);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (cell), column->width < 0 ? LEAST_CHARS : 0);
  gtk_widget_set_valign (cell, GTK_ALIGN_CENTER);
  if (column->is_number)
    gtk_widget_add_css_class (cell, "numeric");
  g_object_set_data (G_OBJECT (cell), "column", GUINT_TO_POINTER (get_column (factory)));
  gtk_list_item_set_child (list_item, cell);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  GtkWidget *cell = gtk_list_item_get_child (list_item);
  EventsItem *item = gtk_list_item_get_item (list_item);

  g_signal_connect (item, "changed", G_CALLBACK (on_changed), cell);
  show (cell, item);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  g_signal_handlers_disconnect_by_data (gtk_list_item_get_item (list_item),
                                        gtk_list_item_get_child (list_item));
}

static void
add_column (GtkColumnView *list, guint i)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *column;

  g_object_set_data (G_OBJECT (factory), "column", GUINT_TO_POINTER (i));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  column = gtk_column_view_column_new (_ (events_columns[i].title), factory);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_fixed_width (column, events_columns[i].width);
  gtk_column_view_column_set_expand (column, events_columns[i].width < 0);
  gtk_column_view_append_column (list, column);
  g_object_unref (column);
}

GtkWidget *
events_list_new (GtkSelectionModel *model)
{
  GtkWidget *list = gtk_column_view_new (g_object_ref (model));
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_widget_add_css_class (list, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Events"), -1);
  for (guint i = 0; i < EVENTS_N_COLUMNS; i++)
    add_column (GTK_COLUMN_VIEW (list), i);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), list);
  ui_scroll_start_keep (scrolled);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

/* The list inside of it has the action. */
void
events_list_scroll_to (GtkWidget *list, guint position)
{
  GtkWidget *child = gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (list));

  for (child = gtk_widget_get_first_child (child); child != NULL && !GTK_IS_LIST_VIEW (child);)
    child = gtk_widget_get_next_sibling (child);
  if (child != NULL)
    gtk_widget_activate_action (child, "list.scroll-to-item", "u", position);
}
