/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "command-palette.h"

#include <glib/gi18n-lib.h>

#include "commands.h"
#include "named-button.h"

typedef struct
{
  UiWindow *window;
  GtkWidget *dialog;
  GtkWidget *entry;
  GtkListBox *list;
  GtkSizeGroup *groups, *keys; /* columns of all rows: of what part of the app, and by which keys */
} Palette;

/* ---- Rows -------------------------------------------------------------------------------------- */

static void
add_row (Palette *self, const char *group, const char *label, const char *keys,
         const UiCommand *command, const InspectViewCommand *of_view)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *name = gtk_label_new (label);
  GtkWidget *where = gtk_label_new (group);
  g_autofree char *keys_text = keys != NULL ? ui_commands_dup_keys_label (keys) : g_strdup ("");
  GtkWidget *keys_label = gtk_label_new (keys_text);
  g_autofree char *searched = g_strdup_printf ("%s %s", group, label);
  g_autofree char *said = g_strdup_printf ("%s, %s", label, group);

  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (where), 0);
  gtk_label_set_xalign (GTK_LABEL (keys_label), 1);
  gtk_size_group_add_widget (self->groups, where);
  gtk_size_group_add_widget (self->keys, keys_label);
  gtk_widget_add_css_class (where, "dim-label");
  gtk_widget_add_css_class (keys_label, "dim-label");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), where);
  gtk_box_append (GTK_BOX (box), keys_label);
  gtk_widget_add_css_class (box, "palette-row");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
  g_object_set_data (G_OBJECT (row), "command", (gpointer)command);
  g_object_set_data (G_OBJECT (row), "view-command", (gpointer)of_view);
  g_object_set_data_full (G_OBJECT (row), "searched", g_utf8_casefold (searched, -1), g_free);
  gtk_list_box_append (self->list, row);
}

static void
add_rows (Palette *self)
{
  UiSessionPage *page = ui_window_get_session_page (self->window);
  UiViewSlot *slot = page != NULL ? ui_session_page_get_slot (page) : NULL;
  const UiView *view = slot != NULL ? ui_view_slot_get_view (slot) : NULL;
  guint n;
  const UiCommand *commands = ui_commands_get (&n);

  if (view != NULL && ui_view_slot_get_page (slot) != NULL && UI_VIEW_HAS (view->table, commands))
    for (const InspectViewCommand *command = view->table->commands; command->id != NULL; command++)
      add_row (self, ui_view_translate (view->table, view->plugin->name),
               ui_view_translate (view->table, command->label), command->keys, NULL, command);
  for (guint i = 0; i < n; i++)
    if (ui_commands_can_run (&commands[i], self->window))
      add_row (self, _ (commands[i].group), _ (commands[i].label), commands[i].keys, &commands[i],
               NULL);
}

/* Every word that was typed is somewhere in it. */
static gboolean
matches (GtkListBoxRow *row, gpointer data)
{
  Palette *self = data;
  const char *searched = g_object_get_data (G_OBJECT (row), "searched");
  g_autofree char *typed = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->entry)), -1);
  g_auto (GStrv) words = g_strsplit (typed, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (searched, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

static GtkListBoxRow *
get_first (Palette *self)
{
  for (int i = 0;; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, i);

      if (row == NULL || gtk_widget_get_child_visible (GTK_WIDGET (row)))
        return row;
    }
}

/* ---- What is chosen ---------------------------------------------------------------------------- */

static void
run (Palette *self, GtkListBoxRow *row)
{
  const UiCommand *command = g_object_get_data (G_OBJECT (row), "command");
  const InspectViewCommand *of_view = g_object_get_data (G_OBJECT (row), "view-command");
  UiSessionPage *page = ui_window_get_session_page (self->window);
  UiViewSlot *slot = page != NULL ? ui_session_page_get_slot (page) : NULL;
  GtkWidget *view_page = slot != NULL ? ui_view_slot_get_page (slot) : NULL;
  UiWindow *window = self->window;

  gtk_window_destroy (GTK_WINDOW (self->dialog)); /* @self goes with it */
  if (command != NULL)
    command->run (window);
  else if (view_page != NULL)
    of_view->run (view_page);
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, Palette *self)
{
  run (self, row);
}

static void
on_changed (GtkSearchEntry *entry, Palette *self)
{
  gtk_list_box_invalidate_filter (self->list);
  gtk_list_box_select_row (self->list, get_first (self));
}

static void
on_activate (GtkSearchEntry *entry, Palette *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (row == NULL)
    row = get_first (self);
  if (row != NULL)
    run (self, row);
}

static void
on_stop (GtkSearchEntry *entry, Palette *self)
{
  gtk_window_destroy (GTK_WINDOW (self->dialog));
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers,
        Palette *self)
{
  GtkListBoxRow *row;

  if (key != GDK_KEY_Down)
    return GDK_EVENT_PROPAGATE;
  row = gtk_list_box_get_selected_row (self->list);
  if (row == NULL)
    row = get_first (self);
  if (row != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (row));
  return GDK_EVENT_STOP;
}

static void
palette_free (gpointer data)
{
  Palette *self = data;

  g_object_unref (self->groups);
  g_object_unref (self->keys);
  g_free (self);
}

static GtkWidget *
new_nothing (void)
{
  GtkWidget *label = gtk_label_new (_ ("No command has all of these words"));

  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "palette-row");
  return label;
}

void
ui_command_palette_show (UiWindow *window)
{
  Palette *self = g_new0 (Palette, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->window = window;
  self->dialog =
      g_object_new (GTK_TYPE_WINDOW, "modal", TRUE, "transient-for", window, "default-width", 560,
                    "default-height", 420, "title", _ ("Find a command"), NULL);
  self->entry = gtk_search_entry_new ();
  g_object_set (self->entry, "placeholder-text", _ ("Words of what it does, or of a view"), NULL);
  ui_named_button_set (self->entry, _ ("Find a command"));
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_placeholder (self->list, new_nothing ());
  self->groups = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  self->keys = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  add_rows (self);
  gtk_list_box_set_filter_func (self->list, matches, self, NULL);
  gtk_list_box_select_row (self->list, get_first (self));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->list));
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), self->entry);
  gtk_box_append (GTK_BOX (box), scrolled);
  gtk_widget_add_css_class (box, "palette");
  gtk_window_set_child (GTK_WINDOW (self->dialog), box);
  g_signal_connect (self->entry, "search-changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->entry, "activate", G_CALLBACK (on_activate), self);
  g_signal_connect (self->entry, "stop-search", G_CALLBACK (on_stop), self);
  g_signal_connect (self->list, "row-activated", G_CALLBACK (on_row_activated), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (self->entry, keys);
  g_object_set_data_full (G_OBJECT (self->dialog), "palette", self, palette_free);
  gtk_window_present (GTK_WINDOW (self->dialog));
  gtk_widget_grab_focus (self->entry);
}
