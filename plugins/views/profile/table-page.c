/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table-page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <query.h>
#include <scroll-start.h>

struct _ProfileTablePage
{
  GtkWidget parent_instance;
  UiSession *session;
  InspectorProfileTable of;
  ProfileTable *table;
  ProfileData *data;
  guint program;

  GtkWidget *stack;
  GtkWidget *all;
  GtkWidget *details, *name, *what, *text, *advice, *advice_box;
  GtkWidget *slowest, *tasks, *source;
};

G_DEFINE_TYPE (ProfileTablePage, profile_table_page, GTK_TYPE_WIDGET)

static const InspectorProfileRow *
get_row (ProfileTablePage *self)
{
  ProfileItem *item = profile_table_get_selected (self->table);

  return item != NULL ? profile_item_get_row (item) : NULL;
}

static gboolean
is_of_tasks (ProfileTablePage *self)
{
  return self->of == INSPECTOR_PROFILE_TASKS || self->of == INSPECTOR_PROFILE_WAKES;
}

static gboolean
has_query (ProfileTablePage *self, const InspectorProfileRow *row)
{
  return is_of_tasks (self) || row->line > 0;
}

/* Tasks that have the name, or are at the place. */
static void
show_tasks (ProfileTablePage *self)
{
  const InspectorProfileRow *row = get_row (self);
  g_autofree char *name = row != NULL ? g_path_get_basename (row->file) : NULL;
  g_autofree char *where = row != NULL ? g_strdup_printf ("%s:%u", name, row->line) : NULL;
  g_autofree char *query = NULL;

  if (row == NULL || !has_query (self, row))
    return;
  query = is_of_tasks (self) ? ui_query_dup_term ("name", "=", row->name)
                             : ui_query_dup_term ("place", ":", where);
  ui_session_show_tasks (self->session, query);
}

static void
on_tasks_clicked (GtkButton *button, ProfileTablePage *self)
{
  show_tasks (self);
}

static void
set_line (GtkWidget *label, const char *text)
{
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_widget_set_visible (label, *text != '\0');
}

static void
show_details (ProfileTablePage *self)
{
  const InspectorProfileRow *row = get_row (self);

  gtk_widget_set_visible (self->details, row != NULL);
  if (row == NULL)
    return;
  set_line (self->name, row->name);
  set_line (self->what, g_strcmp0 (row->what, row->name) != 0 ? row->what : "");
  set_line (self->text, row->details);
  gtk_label_set_text (GTK_LABEL (self->advice), row->advice);
  gtk_widget_set_visible (self->advice_box, *row->advice != '\0');
  gtk_widget_set_visible (self->slowest, row->task != 0);
  gtk_widget_set_visible (self->tasks, has_query (self, row));
  gtk_widget_set_visible (self->source, *row->place != '\0');
  gtk_widget_set_tooltip_text (self->source, row->place);
}

static void
on_selected (GtkSingleSelection *selection, GParamSpec *property, ProfileTablePage *self)
{
  show_details (self);
}

/* Its task is selected, and an instant shown at which it was in the middle of it. */
static void
show_slowest (ProfileTablePage *self)
{
  const InspectorProfileRow *row = get_row (self);
  InspectorHistory *history = ui_session_get_history (self->session);
  InspectorTrack track;
  guint index;

  if (row == NULL || row->task == 0 ||
      !inspector_history_find_task (history, row->pid, row->task, row->at_ns, &index) ||
      !inspector_history_get_track (history, index, &track))
    return;
  ui_session_set_selection (self->session, track.number);
  ui_session_set_cursor (self->session, row->at_ns + row->took_ns / 2);
}

static void
on_slowest_clicked (GtkButton *button, ProfileTablePage *self)
{
  show_slowest (self);
}

static void
on_activated (GtkColumnView *view, guint position, ProfileTablePage *self)
{
  show_slowest (self);
}

static void
on_source_clicked (GtkButton *button, ProfileTablePage *self)
{
  const InspectorProfileRow *row = get_row (self);

  if (row != NULL)
    ui_session_show_place (self->session, row->place);
}

/* ---- What is in it ----------------------------------------------------------------------------- */

static void
show_data (ProfileTablePage *self)
{
  gboolean all = gtk_check_button_get_active (GTK_CHECK_BUTTON (self->all));
  g_autofree char *label = NULL;
  g_autofree char *count = NULL;
  guint n_minor;

  if (self->data == NULL)
    return;
  profile_table_set_data (self->table, self->data, self->program, all ? PROFILE_ALL_ROWS : 0);
  n_minor = profile_table_get_n_minor (self->table);
  count = inspector_format_count (n_minor);
  label = g_strdup_printf (ngettext ("_Show %s that is of little weight, too",
                                     "_Show %s that are of little weight, too", n_minor),
                           count);
  gtk_check_button_set_label (GTK_CHECK_BUTTON (self->all), label);
  gtk_widget_set_visible (self->all, n_minor > 0);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack),
                                    profile_table_get_n_rows (self->table) > 0 ? "table" : "empty");
  show_details (self);
}

static void
on_all_toggled (GtkCheckButton *button, ProfileTablePage *self)
{
  show_data (self);
}

void
profile_table_page_set_data (ProfileTablePage *self, ProfileData *data, guint program)
{
  profile_data_ref (data);
  profile_data_unref (self->data);
  self->data = data;
  self->program = program;
  show_data (self);
}

ProfileTable *
profile_table_page_get_table (ProfileTablePage *self)
{
  return self->table;
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_table_page_dispose (GObject *object)
{
  ProfileTablePage *self = PROFILE_TABLE_PAGE (object);
  GtkWidget *child;

  if (self->table != NULL)
    g_signal_handlers_disconnect_by_data (profile_table_get_selection (self->table), self);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->table, profile_table_free);
  g_clear_pointer (&self->data, profile_data_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (profile_table_page_parent_class)->dispose (object);
}

static void
profile_table_page_class_init (ProfileTablePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_table_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
profile_table_page_init (ProfileTablePage *self)
{
}

static GtkWidget *
add_text (GtkWidget *box, const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static GtkWidget *
new_details (ProfileTablePage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->name = add_text (box, "heading");
  gtk_label_set_selectable (GTK_LABEL (self->name), FALSE);
  self->what = add_text (box, NULL);
  self->text = add_text (box, "dim-label");
  self->advice_box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (self->advice_box),
                  gtk_image_new_from_icon_name ("dialog-information-symbolic"));
  self->advice = add_text (self->advice_box, "accent");
  gtk_box_append (GTK_BOX (box), self->advice_box);
  self->slowest = gtk_button_new_with_mnemonic (_ ("Select the one that took _longest"));
  gtk_widget_set_tooltip_text (self->slowest,
                               _ ("Selects its task, and goes to the middle of that time"));
  self->tasks = gtk_button_new_with_mnemonic (_ ("List its _tasks"));
  gtk_widget_set_tooltip_text (self->tasks,
                               _ ("Shows the tasks of that name, or that are at that place"));
  g_signal_connect (self->tasks, "clicked", G_CALLBACK (on_tasks_clicked), self);
  self->source = gtk_button_new_with_mnemonic (_ ("Show the s_ource"));
  g_signal_connect (self->slowest, "clicked", G_CALLBACK (on_slowest_clicked), self);
  g_signal_connect (self->source, "clicked", G_CALLBACK (on_source_clicked), self);
  gtk_box_append (GTK_BOX (buttons), self->slowest);
  gtk_box_append (GTK_BOX (buttons), self->tasks);
  gtk_box_append (GTK_BOX (buttons), self->source);
  gtk_box_append (GTK_BOX (box), buttons);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 8);
  gtk_widget_set_margin_bottom (box, 8);
  return box;
}

static GtkWidget *
new_empty (void)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "document-open-recent-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("Nothing of that kind"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page),
                                   _ ("Nothing of it was seen in this stretch of time."));
  gtk_widget_add_css_class (page, "compact");
  return page;
}

GtkWidget *
profile_table_page_new (UiSession *session, InspectorProfileTable of)
{
  ProfileTablePage *self = g_object_new (PROFILE_TYPE_TABLE_PAGE, NULL);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *separator = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);

  gtk_orientable_set_orientation (
      GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))), GTK_ORIENTATION_VERTICAL);
  self->session = g_object_ref (session);
  self->of = of;
  self->table = profile_table_new (session, of);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled),
                                 profile_table_get_widget (self->table));
  ui_scroll_start_keep (scrolled);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), new_empty (), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "table");
  gtk_widget_set_vexpand (self->stack, TRUE);
  self->all = gtk_check_button_new_with_mnemonic ("");
  gtk_check_button_set_use_underline (GTK_CHECK_BUTTON (self->all), TRUE);
  gtk_widget_set_margin_start (self->all, 12);
  self->details = new_details (self);
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  gtk_widget_set_parent (self->all, GTK_WIDGET (self));
  gtk_widget_set_parent (separator, GTK_WIDGET (self));
  gtk_widget_set_parent (self->details, GTK_WIDGET (self));
  gtk_widget_set_visible (self->all, FALSE);
  gtk_widget_set_visible (self->details, FALSE);
  g_signal_connect (self->all, "toggled", G_CALLBACK (on_all_toggled), self);
  g_signal_connect (profile_table_get_selection (self->table), "notify::selected-item",
                    G_CALLBACK (on_selected), self);
  g_signal_connect (profile_table_get_widget (self->table), "activate", G_CALLBACK (on_activated),
                    self);
  return GTK_WIDGET (self);
}
