/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <stops.h>
#include <watch.h>

#include "breaks.h"

G_DEFINE_TYPE (SourcePage, source_page, GTK_TYPE_WIDGET)

/* ---- What the session says --------------------------------------------------------------------- */

static void
on_show_source (UiSession *session, const char *file, guint line, SourcePage *self)
{
  g_autofree char *where = g_strdup_printf ("%s:%u", file, line);
  g_auto (GStrv) files = source_place_find_files (session, where);
  GtkStringList *list;

  self->is_pinned = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->follow), FALSE);
  source_page_show_file (self, files[0] != NULL ? files[0] : file, line);
  /* Two files have that name, and that line: who looks chooses. */
  if (files[0] == NULL || files[1] == NULL)
    return;
  list = gtk_string_list_new ((const char *const *)files);
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->files), G_LIST_MODEL (list));
  gtk_widget_set_visible (self->files, TRUE);
  g_object_unref (list);
}

static void
on_file_chosen_from_list (GtkDropDown *files, GParamSpec *property, SourcePage *self)
{
  GtkStringObject *chosen = gtk_drop_down_get_selected_item (files);
  const char *told = chosen != NULL ? gtk_string_object_get_string (chosen) : NULL;

  if (told == NULL || !gtk_widget_get_visible (self->files) || g_strcmp0 (told, self->told) == 0)
    return;
  source_page_show_file (self, told, self->line);
  gtk_widget_set_visible (self->files, TRUE);
}

static void
on_selection_changed (UiSession *session, SourcePage *self)
{
  source_page_set_pinned (self, FALSE);
}

/* Who travels in time wants to see where the task was. */
static void
on_cursor_changed (UiSession *session, SourcePage *self)
{
  if (self->is_pinned && !ui_session_is_following (session) &&
      ui_session_get_state (session) != UI_SESSION_LIVE)
    {
      self->is_pinned = FALSE;
      self->goes_there = TRUE;
    }
  source_page_queue_place (self);
  source_page_queue_tasks (self);
}

static void
on_grown (UiSession *session, SourcePage *self)
{
  source_page_queue_figures (self);
  source_page_queue_tasks (self);
}

static void
on_range_changed (UiSession *session, SourcePage *self)
{
  source_chore_stop (&self->figures_chore);
  self->figures_chore.gap_us = 0;
  source_page_queue_figures (self);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
on_follow_toggled (GtkToggleButton *button, SourcePage *self)
{
  gboolean follows = gtk_toggle_button_get_active (button);

  if (follows == self->is_pinned)
    source_page_set_pinned (self, !follows);
}

static void
on_line_changed (SourceViewer *viewer, SourcePage *self)
{
  source_page_show_line (self);
}

static void
on_line_activated (SourceViewer *viewer, guint line, SourcePage *self)
{
  if (source_line_panel_select_slowest (self->session, self->lines, line))
    self->is_pinned = TRUE; /* whoever has clicked there looks there */
}

/* Where nothing can stop, it is as if the other column had been clicked. */
static void
on_mark_activated (SourceViewer *viewer, guint line, SourcePage *self)
{
  if (ui_session_can_break (self->session))
    source_page_toggle_break (GTK_WIDGET (self));
  else
    on_line_activated (viewer, line, self);
}

static void
on_stops_changed (GtkWidget *page, UiChange changes)
{
  SourcePage *self = SOURCE_PAGE (page);
  const InspectorStop *stop = ui_session_get_stop (self->session);
  guint id = stop != NULL ? stop->id : 0;

  /* Where it has stopped is what one wants to see. */
  if (id != self->stop)
    source_page_set_pinned (self, id == 0 && self->is_pinned);
  self->stop = id;
  source_breaks_show (self->session, self->told, source_viewer_get_marks (self->viewer));
}

static void
source_page_map (GtkWidget *widget)
{
  SourcePage *self = SOURCE_PAGE (widget);

  GTK_WIDGET_CLASS (source_page_parent_class)->map (widget);
  if (self->figures_chore.is_stale)
    source_page_queue_figures (self);
  if (self->tasks_chore.is_stale)
    source_page_queue_tasks (self);
  if (self->place_chore.is_stale)
    source_page_queue_place (self);
}

static void
source_page_unmap (GtkWidget *widget)
{
  SourcePage *self = SOURCE_PAGE (widget);

  source_chore_stop (&self->figures_chore);
  source_chore_stop (&self->tasks_chore);
  source_chore_stop (&self->place_chore);
  GTK_WIDGET_CLASS (source_page_parent_class)->unmap (widget);
}

static void
source_page_dispose (GObject *object)
{
  SourcePage *self = SOURCE_PAGE (object);

  source_chore_stop (&self->figures_chore);
  source_chore_stop (&self->tasks_chore);
  source_chore_stop (&self->place_chore);
  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->lines, source_lines_free);
  g_clear_object (&self->figures);
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  g_clear_pointer (&self->document, source_document_free);
  g_clear_pointer (&self->folders, source_folders_free);
  g_clear_pointer (&self->places, source_places_free);
  g_clear_pointer (&self->told, g_free);
  source_place_clear (&self->here);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (source_page_parent_class)->dispose (object);
}

static void
source_page_class_init (SourcePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = source_page_dispose;
  GTK_WIDGET_CLASS (klass)->map = source_page_map;
  GTK_WIDGET_CLASS (klass)->unmap = source_page_unmap;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
source_page_init (SourcePage *self)
{
  self->goes_there = TRUE;
  self->figures_chore.is_stale = self->tasks_chore.is_stale = self->place_chore.is_stale = TRUE;
}

static void
on_open_clicked (GtkButton *button, SourcePage *self)
{
  source_page_open_editor (GTK_WIDGET (self));
}

static void
on_choose_clicked (GtkButton *button, SourcePage *self)
{
  source_page_choose_file (GTK_WIDGET (self));
}

static void
on_settings_clicked (GtkButton *button, SourcePage *self)
{
  source_page_show_settings (GTK_WIDGET (self));
}

static GtkWidget *
add_button (GtkWidget *bar, GtkWidget *button, const char *name)
{
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (bar), button);
  return button;
}

static GtkWidget *
new_bar (SourcePage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *settings;

  self->path = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->path), PANGO_ELLIPSIZE_START);
  gtk_label_set_xalign (GTK_LABEL (self->path), 0);
  gtk_widget_add_css_class (self->path, "heading");
  self->status = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->status), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->status), 0);
  gtk_widget_add_css_class (self->status, "caption");
  gtk_box_append (GTK_BOX (texts), self->path);
  gtk_box_append (GTK_BOX (texts), self->status);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (bar), texts);
  self->files = gtk_drop_down_new (NULL, NULL);
  g_signal_connect (self->files, "notify::selected", G_CALLBACK (on_file_chosen_from_list), self);
  add_button (bar, self->files, _ ("Files of that name"));
  gtk_widget_set_visible (self->files, FALSE);
  self->follow = add_button (bar, gtk_toggle_button_new_with_label (_ ("Follow")),
                             _ ("Follow the selected task"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->follow), TRUE);
  g_signal_connect (self->follow, "toggled", G_CALLBACK (on_follow_toggled), self);
  self->open = add_button (bar, gtk_button_new_from_icon_name ("document-edit-symbolic"),
                           _ ("Open the file in the editor"));
  gtk_widget_set_sensitive (self->open, FALSE);
  g_signal_connect (self->open, "clicked", G_CALLBACK (on_open_clicked), self);
  settings = add_button (bar, gtk_button_new_from_icon_name ("emblem-system-symbolic"),
                         _ ("Editor and folders of source files"));
  g_signal_connect (settings, "clicked", G_CALLBACK (on_settings_clicked), self);
  gtk_widget_set_margin_start (bar, 12);
  gtk_widget_set_margin_end (bar, 8);
  gtk_widget_set_margin_top (bar, 6);
  gtk_widget_set_margin_bottom (bar, 6);
  return bar;
}

static GtkWidget *
new_note (SourcePage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->note_label = gtk_label_new ("");
  gtk_label_set_wrap (GTK_LABEL (self->note_label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->note_label), 0);
  gtk_widget_add_css_class (self->note_label, "warning");
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  gtk_box_append (GTK_BOX (box), self->note_label);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_widget_set_visible (box, FALSE);
  return box;
}

static GtkWidget *
new_source (SourcePage *self)
{
  GtkWidget *paned = gtk_paned_new (GTK_ORIENTATION_VERTICAL);

  self->viewer = SOURCE_VIEWER (source_viewer_new ());
  self->panel = SOURCE_LINE_PANEL (source_line_panel_new (self->session));
  g_signal_connect (self->viewer, "line-changed", G_CALLBACK (on_line_changed), self);
  g_signal_connect (self->viewer, "line-activated", G_CALLBACK (on_line_activated), self);
  g_signal_connect (self->viewer, "mark-activated", G_CALLBACK (on_mark_activated), self);
  gtk_paned_set_start_child (GTK_PANED (paned), GTK_WIDGET (self->viewer));
  gtk_paned_set_end_child (GTK_PANED (paned), GTK_WIDGET (self->panel));
  gtk_paned_set_resize_end_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  return paned;
}

static GtkWidget *
new_trouble (SourcePage *self)
{
  self->trouble = adw_status_page_new ();
  self->choose = gtk_button_new_with_mnemonic (_ ("_Say where it is…"));
  gtk_widget_set_halign (self->choose, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->choose, "pill");
  g_signal_connect (self->choose, "clicked", G_CALLBACK (on_choose_clicked), self);
  adw_status_page_set_child (ADW_STATUS_PAGE (self->trouble), self->choose);
  return self->trouble;
}

static GtkWidget *
new_empty (void)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "text-x-generic-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("No source yet"));
  adw_status_page_set_description (
      ADW_STATUS_PAGE (page),
      _ ("Select a task to see the line at which it waits or runs, or follow the place of anything "
         "that has one. Programs that were built with -g have lines."));
  return page;
}

GtkWidget *
source_page_new (UiSession *session)
{
  SourcePage *self = g_object_new (SOURCE_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  self->folders = source_folders_new_default ();
  self->places = source_places_new (ui_session_get_history (session));
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->note = new_note (self);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), new_empty (), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), new_trouble (self), "trouble");
  gtk_stack_add_named (GTK_STACK (self->stack), new_source (self), "source");
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_box_append (GTK_BOX (self->box), new_bar (self));
  gtk_box_append (GTK_BOX (self->box), self->note);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect (session, "show-source", G_CALLBACK (on_show_source), self);
  g_signal_connect (session, "selection-changed", G_CALLBACK (on_selection_changed), self);
  g_signal_connect (session, "cursor-changed", G_CALLBACK (on_cursor_changed), self);
  g_signal_connect (session, "range-changed", G_CALLBACK (on_range_changed), self);
  g_signal_connect (session, "grown", G_CALLBACK (on_grown), self);
  ui_session_watch (session, GTK_WIDGET (self), UI_CHANGE_STOPS | UI_CHANGE_GROWN,
                    on_stops_changed);
  return GTK_WIDGET (self);
}
