/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "export.h"

/* A profile may take a twentieth of the time, and is made at most once a second. */
#define LEAST_GAP_US G_TIME_SPAN_SECOND
#define COST_FACTOR 20

G_DEFINE_TYPE (ProfilePage, profile_page, GTK_TYPE_WIDGET)

static const struct
{
  const char *id, *title;
} table_pages[INSPECTOR_PROFILE_N_TABLES] = {
  [INSPECTOR_PROFILE_OPERATIONS] = { "operations", N_ ("Operations") },
  [INSPECTOR_PROFILE_TASKS] = { "tasks", N_ ("Tasks") },
  [INSPECTOR_PROFILE_LOCKS] = { "locks", N_ ("Locks") },
  [INSPECTOR_PROFILE_POOLS] = { "pools", N_ ("Thread pools") },
  [INSPECTOR_PROFILE_CALLBACKS] = { "callbacks", N_ ("Long callbacks") },
  [INSPECTOR_PROFILE_WAKES] = { "wakes", N_ ("Wake-ups") },
  [INSPECTOR_PROFILE_PATHS] = { "paths", N_ ("Hot paths") },
};

static void queue (ProfilePage *self);

/* ---- What is shown ----------------------------------------------------------------------------- */

static void
show_programs (ProfilePage *self)
{
  guint n = inspector_figures_get_n_programs (self->data->figures);
  GListModel *names = gtk_drop_down_get_model (GTK_DROP_DOWN (self->programs));
  GtkStringList *list;

  gtk_widget_set_visible (self->programs, n > 1);
  if (names != NULL && g_list_model_get_n_items (names) == n + 1)
    return;
  list = gtk_string_list_new (NULL);
  gtk_string_list_append (list, _ ("All programs"));
  for (guint i = 0; i < n; i++)
    gtk_string_list_append (list, inspector_figures_get_program (self->data->figures, i));
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->programs), G_LIST_MODEL (list));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->programs),
                              self->program < n ? self->program + 1 : 0);
  g_object_unref (list);
}

static void
show_pages (ProfilePage *self)
{
  if (self->data == NULL)
    return;
  profile_overview_set_data (self->overview, self->data, self->program);
  profile_flame_page_set_data (self->flame, self->data);
  profile_compare_page_set_data (self->compare, self->data);
  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    {
      profile_table_page_set_data (self->tables[i], self->data, self->program);
      profile_sidebar_set_count (
          self->sidebar, table_pages[i].id,
          profile_table_get_n_rows (profile_table_page_get_table (self->tables[i])));
    }
  profile_sidebar_set_count (self->sidebar, "flame",
                             self->data->flames[INSPECTOR_FLAME_WALL]->n_boxes);
  profile_sidebar_set_count (self->sidebar, "overview",
                             profile_overview_count_suggestions (self->data, self->program));
}

static void
show_range (ProfilePage *self)
{
  gint64 from_ns, to_ns;
  gboolean has_range = ui_session_get_range (self->session, &from_ns, &to_ns);
  g_autofree char *from = has_range ? ui_session_dup_instant (self->session, from_ns) : NULL;
  g_autofree char *to = has_range ? ui_session_dup_instant (self->session, to_ns) : NULL;
  g_autofree char *text =
      has_range ? g_strdup_printf (_ ("Of the time from %s to %s alone"), from, to) : NULL;

  gtk_widget_set_visible (self->range_bar, has_range);
  if (has_range)
    gtk_label_set_text (GTK_LABEL (self->range_label), text);
}

static void
show_trouble (ProfilePage *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_status_page_set_description (ADW_STATUS_PAGE (self->trouble), escaped);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
}

static void
on_program_chosen (GtkDropDown *programs, GParamSpec *property, ProfilePage *self)
{
  guint chosen = gtk_drop_down_get_selected (programs);

  self->program = chosen == 0 || chosen == GTK_INVALID_LIST_POSITION ? G_MAXUINT : chosen - 1;
  show_pages (self);
}

/* ---- Making it --------------------------------------------------------------------------------- */

static void
take_data (ProfilePage *self, ProfileData *data)
{
  ProfileData *before = self->data;
  gboolean is_empty = inspector_figures_get_n_programs (data->figures) == 0;

  self->data = data;
  if (!is_empty)
    {
      show_programs (self);
      show_pages (self);
    }
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), is_empty ? "empty" : "shown");
  /* After all pages have let go of it. */
  profile_data_drop (before);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ProfilePage) self = data;
  g_autoptr (GError) error = NULL;
  ProfileData *made = profile_data_load_finish (result, &error);

  /* Another one was asked for meanwhile, or nobody looks any more. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      profile_data_unref (made);
      return;
    }
  g_clear_object (&self->cancellable);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), FALSE);
  if (made != NULL)
    take_data (self, made);
  else
    show_trouble (self, error->message);
  self->made_us = g_get_monotonic_time ();
  self->gap_us = MAX (LEAST_GAP_US, (self->made_us - self->begun_us) * COST_FACTOR);
  if (self->is_stale)
    queue (self);
}

static void
load (ProfilePage *self)
{
  gint64 from_ns = 0, to_ns = 0;

  self->is_stale = FALSE;
  self->begun_us = g_get_monotonic_time ();
  self->cancellable = g_cancellable_new ();
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), TRUE);
  if (!ui_session_get_range (self->session, &from_ns, &to_ns))
    from_ns = to_ns = 0;
  profile_data_load_async (self->session, from_ns, to_ns, self->cancellable, on_loaded,
                           g_object_ref (self));
}

static gboolean
on_time (gpointer data)
{
  ProfilePage *self = data;

  self->source = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

static void
queue (ProfilePage *self)
{
  gint64 wait_us = self->made_us + self->gap_us - g_get_monotonic_time ();

  self->is_stale = TRUE;
  if (self->source != 0 || self->cancellable != NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->source = g_timeout_add ((guint)(MAX (wait_us, 0) / G_TIME_SPAN_MILLISECOND), on_time, self);
}

static void
stop (ProfilePage *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  if (self->cancellable == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->is_stale = TRUE;
}

/* A stretch that has been does not change. */
static void
on_grown (UiSession *session, ProfilePage *self)
{
  gint64 from_ns, to_ns, first_ns, last_ns;

  if (self->data != NULL && ui_session_get_range (session, &from_ns, &to_ns) &&
      self->data->from_ns == from_ns && self->data->to_ns == to_ns &&
      inspector_history_get_range (ui_session_get_history (session), &first_ns, &last_ns) &&
      self->data->to_ns < last_ns)
    return;
  queue (self);
}

/* What somebody has just asked for is made at once. */
static void
on_range_changed (UiSession *session, ProfilePage *self)
{
  show_range (self);
  stop (self);
  self->gap_us = MIN (self->gap_us, G_TIME_SPAN_MILLISECOND * 50);
  queue (self);
}

static void
on_state_changed (UiSession *session, ProfilePage *self)
{
  queue (self);
}

/* ---- Writing it -------------------------------------------------------------------------------- */

static gboolean
write_csv (GtkWidget *page, const char *path, GError **error)
{
  g_autofree char *csv = profile_page_dup_csv (page);

  return g_file_set_contents (path, csv, -1, error);
}

static gboolean
write_png (GtkWidget *page, const char *path, GError **error)
{
  return profile_flame_page_save_png (PROFILE_PAGE (page)->flame, path, error);
}

static void
on_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ProfilePage *self = data;
  ProfileExport as = (ProfileExport)g_variant_get_int32 (parameter);
  InspectorFlame *flame = profile_flame_page_get_flame (self->flame);
  ProfileExportFunc write = as == PROFILE_EXPORT_CSV   ? write_csv
                            : as == PROFILE_EXPORT_PNG ? write_png
                                                       : NULL;

  if (self->data != NULL && flame != NULL && (guint)as < PROFILE_EXPORT_N)
    profile_export_ask (GTK_WIDGET (self), as, self->data, flame, write);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_page_map (GtkWidget *widget)
{
  ProfilePage *self = PROFILE_PAGE (widget);

  GTK_WIDGET_CLASS (profile_page_parent_class)->map (widget);
  if (self->is_stale)
    queue (self);
}

static void
profile_page_unmap (GtkWidget *widget)
{
  stop (PROFILE_PAGE (widget));
  GTK_WIDGET_CLASS (profile_page_parent_class)->unmap (widget);
}

static void
profile_page_dispose (GObject *object)
{
  ProfilePage *self = PROFILE_PAGE (object);

  stop (self);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_pointer (&self->data, profile_data_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (profile_page_parent_class)->dispose (object);
}

static void
profile_page_class_init (ProfilePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_page_dispose;
  GTK_WIDGET_CLASS (klass)->map = profile_page_map;
  GTK_WIDGET_CLASS (klass)->unmap = profile_page_unmap;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
profile_page_init (ProfilePage *self)
{
  self->program = G_MAXUINT;
  self->is_stale = TRUE;
}

static GtkWidget *
new_status (const char *icon, const char *title, const char *text)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon);
  adw_status_page_set_title (ADW_STATUS_PAGE (page), title);
  adw_status_page_set_description (ADW_STATUS_PAGE (page), text);
  return page;
}

static void
on_whole_clicked (GtkButton *button, ProfilePage *self)
{
  ui_session_set_range (self->session, 0, 0);
}

static GtkWidget *
new_range_bar (ProfilePage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *whole = gtk_button_new_with_mnemonic (_ ("_Of all time"));

  self->range_label = gtk_label_new ("");
  gtk_label_set_xalign (GTK_LABEL (self->range_label), 0);
  gtk_widget_add_css_class (self->range_label, "heading");
  g_signal_connect (whole, "clicked", G_CALLBACK (on_whole_clicked), self);
  gtk_box_append (GTK_BOX (bar), self->range_label);
  gtk_box_append (GTK_BOX (bar), whole);
  return bar;
}

static GtkWidget *
new_export_button (void)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *button = gtk_menu_button_new ();

  for (guint i = 0; i < PROFILE_EXPORT_N; i++)
    {
      g_autofree char *action = g_strdup_printf ("profile.export(%u)", i);

      g_menu_append (menu, profile_export_get_label ((ProfileExport)i), action);
    }
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "document-save-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (button, _ ("Write the profile to a file"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Write the profile to a file"), -1);
  return button;
}

static GtkWidget *
new_bar (ProfilePage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *space = gtk_label_new ("");

  self->programs = gtk_drop_down_new (NULL, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->programs), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Program"), -1);
  gtk_widget_set_visible (self->programs, FALSE);
  g_signal_connect (self->programs, "notify::selected", G_CALLBACK (on_program_chosen), self);
  self->range_bar = new_range_bar (self);
  self->spinner = gtk_spinner_new ();
  gtk_widget_set_hexpand (space, TRUE);
  gtk_box_append (GTK_BOX (bar), self->programs);
  gtk_box_append (GTK_BOX (bar), self->range_bar);
  gtk_box_append (GTK_BOX (bar), space);
  gtk_box_append (GTK_BOX (bar), self->spinner);
  gtk_box_append (GTK_BOX (bar), new_export_button ());
  gtk_widget_set_margin_start (bar, 8);
  gtk_widget_set_margin_end (bar, 8);
  gtk_widget_set_margin_top (bar, 6);
  gtk_widget_set_margin_bottom (bar, 6);
  return bar;
}

static void
add_pages (ProfilePage *self)
{
  self->pages = GTK_STACK (gtk_stack_new ());
  self->flame = PROFILE_FLAME_PAGE (profile_flame_page_new (self->session));
  self->overview = PROFILE_OVERVIEW (profile_overview_new (self->session));
  gtk_stack_add_titled (self->pages, GTK_WIDGET (self->flame), "flame", _ ("Flame graph"));
  gtk_stack_add_titled (self->pages, GTK_WIDGET (self->overview), "overview", _ ("Overview"));
  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    {
      self->tables[i] = PROFILE_TABLE_PAGE (profile_table_page_new (self->session, i));
      gtk_stack_add_titled (self->pages, GTK_WIDGET (self->tables[i]), table_pages[i].id,
                            _ (table_pages[i].title));
    }
  self->compare = PROFILE_COMPARE_PAGE (profile_compare_page_new (self->session));
  gtk_stack_add_titled (self->pages, GTK_WIDGET (self->compare), "compare", _ ("Compared"));
}

static void
build (ProfilePage *self)
{
  GtkWidget *across = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  add_pages (self);
  self->sidebar = PROFILE_SIDEBAR (profile_sidebar_new (self->pages));
  gtk_widget_set_margin_start (GTK_WIDGET (self->sidebar), 6);
  gtk_widget_set_margin_end (GTK_WIDGET (self->sidebar), 6);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->sidebar));
  gtk_widget_set_hexpand (GTK_WIDGET (self->pages), TRUE);
  gtk_widget_set_vexpand (across, TRUE);
  gtk_box_append (GTK_BOX (across), scrolled);
  gtk_box_append (GTK_BOX (across), gtk_separator_new (GTK_ORIENTATION_VERTICAL));
  gtk_box_append (GTK_BOX (across), GTK_WIDGET (self->pages));
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->box), new_bar (self));
  gtk_box_append (GTK_BOX (self->box), across);
  self->trouble = new_status ("dialog-warning-symbolic", _ ("No profile"), "");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack),
                       new_status ("document-open-recent-symbolic", _ ("Counting…"), ""),
                       "loading");
  gtk_stack_add_named (GTK_STACK (self->stack), self->trouble, "failed");
  gtk_stack_add_named (
      GTK_STACK (self->stack),
      new_status ("document-open-recent-symbolic", _ ("Nothing that takes time yet"),
                  _ ("Where the time goes stands here once the program does something.")),
      "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), self->box, "shown");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
}

GtkWidget *
profile_page_new (UiSession *session)
{
  ProfilePage *self = g_object_new (PROFILE_TYPE_PAGE, NULL);
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) export = g_simple_action_new ("export", G_VARIANT_TYPE_INT32);

  self->session = g_object_ref (session);
  build (self);
  g_signal_connect (export, "activate", G_CALLBACK (on_export), self);
  g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (export));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "profile", G_ACTION_GROUP (actions));
  g_signal_connect (session, "grown", G_CALLBACK (on_grown), self);
  g_signal_connect (session, "range-changed", G_CALLBACK (on_range_changed), self);
  g_signal_connect (session, "state-changed", G_CALLBACK (on_state_changed), self);
  show_range (self);
  return GTK_WIDGET (self);
}
