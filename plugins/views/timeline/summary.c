/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "summary.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>
#include <state-paint.h>

#include "operation.h"

#define HEIGHT 210
/* After the last change of the stretch. */
#define SETTLE_MS 150

struct _TimelineSummary
{
  GtkWidget parent_instance;
  TimelineScene *scene;
  GtkWidget *revealer, *title, *only, *spinner;
  GListStore *operations;
  GListModel *sorted;
  gint64 from_ns, to_ns; /* that are counted, or about to be */
  guint track;           /* G_MAXUINT: all */
  GCancellable *cancellable;
  guint source;
};

G_DEFINE_TYPE (TimelineSummary, timeline_summary, GTK_TYPE_WIDGET)

/* ---- Counting ------------------------------------------------------------------------------------ */

static void
show_title (TimelineSummary *self, gboolean is_counted)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  g_autofree char *from = ui_session_dup_instant (session, self->from_ns);
  g_autofree char *to = ui_session_dup_instant (session, self->to_ns);
  g_autofree char *length = inspector_format_duration (self->to_ns - self->from_ns);
  g_autofree char *title = NULL;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->operations));

  if (is_counted && n == 0)
    title = g_strdup_printf (_ ("%s, from %s to %s: nothing ended in it"), length, from, to);
  else
    title = g_strdup_printf (_ ("%s, from %s to %s: what ended in it"), length, from, to);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), !is_counted);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  TimelineSummary *self = data;
  g_autoptr (GPtrArray) said =
      inspector_history_summarize_finish (INSPECTOR_HISTORY (source), result, NULL);

  if (said != NULL && self->scene != NULL)
    {
      g_autoptr (GPtrArray) operations = g_ptr_array_new_with_free_func (g_object_unref);

      for (guint i = 0; i < said->len; i++)
        g_ptr_array_add (operations, timeline_operation_new (said->pdata[i]));
      g_list_store_splice (self->operations, 0,
                           g_list_model_get_n_items (G_LIST_MODEL (self->operations)),
                           operations->pdata, operations->len);
      show_title (self, TRUE);
    }
  g_object_unref (self);
}

static gboolean
on_settled (gpointer data)
{
  TimelineSummary *self = data;

  self->source = 0;
  self->cancellable = g_cancellable_new ();
  inspector_history_summarize_async (timeline_scene_get_history (self->scene), self->track,
                                     self->from_ns, self->to_ns, self->cancellable, on_counted,
                                     g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
update (TimelineSummary *self)
{
  gint64 from_ns = 0, to_ns = 0;
  gboolean has_range =
      ui_session_get_range (timeline_scene_get_session (self->scene), &from_ns, &to_ns);
  guint track = G_MAXUINT, selected;

  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->only)) &&
      timeline_scene_get_selected (self->scene, &selected))
    track = selected;
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), has_range);
  if (from_ns == self->from_ns && to_ns == self->to_ns && track == self->track)
    return;
  self->from_ns = from_ns;
  self->to_ns = to_ns;
  self->track = track;
  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (!has_range)
    {
      g_list_store_remove_all (self->operations);
      return;
    }
  show_title (self, FALSE);
  self->source = g_timeout_add (SETTLE_MS, on_settled, self);
}

char *
timeline_summary_dup_csv (TimelineSummary *self)
{
  return self->to_ns != self->from_ns ? timeline_operations_to_csv (self->sorted) : NULL;
}

/* ---- The table ----------------------------------------------------------------------------------- */

static void
on_setup_cell (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  TimelineColumn column = (TimelineColumn)GPOINTER_TO_UINT (data);
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), timeline_column_is_number (column) ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  if (timeline_column_is_number (column))
    gtk_widget_add_css_class (label, "numeric");
  if (column == TIMELINE_COLUMN_STATE)
    {
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

      gtk_box_append (GTK_BOX (box), ui_state_swatch_new (INSPECTOR_STATE_NONE));
      gtk_box_append (GTK_BOX (box), label);
      gtk_list_item_set_child (item, box);
    }
  else
    gtk_list_item_set_child (item, label);
}

static void
on_bind_cell (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  TimelineColumn column = (TimelineColumn)GPOINTER_TO_UINT (data);
  TimelineOperation *operation = gtk_list_item_get_item (item);
  g_autofree char *text = timeline_operation_dup_text (operation, column);
  GtkWidget *child = gtk_list_item_get_child (item);

  if (column == TIMELINE_COLUMN_STATE)
    {
      UiStateLook look = timeline_operation_get_look (operation);

      ui_look_swatch_set (gtk_widget_get_first_child (child), &look);
      child = gtk_widget_get_last_child (child);
    }
  gtk_label_set_text (GTK_LABEL (child), text);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  return timeline_operation_compare ((TimelineOperation *)a, (TimelineOperation *)b,
                                     (TimelineColumn)GPOINTER_TO_UINT (data));
}

static void
add_column (GtkColumnView *view, TimelineColumn column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) added = NULL;
  g_autoptr (GtkSorter) sorter = NULL;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_cell), GUINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_cell), GUINT_TO_POINTER (column));
  added = gtk_column_view_column_new (timeline_column_get_title (column), factory);
  sorter = GTK_SORTER (gtk_custom_sorter_new (compare, GUINT_TO_POINTER (column), NULL));
  gtk_column_view_column_set_sorter (added, sorter);
  gtk_column_view_column_set_resizable (added, TRUE);
  gtk_column_view_column_set_expand (added, column == TIMELINE_COLUMN_PLACE);
  gtk_column_view_append_column (view, added);
  if (column == TIMELINE_COLUMN_TOTAL)
    gtk_column_view_sort_by_column (view, added, GTK_SORT_DESCENDING);
}

static void
on_activated (GtkColumnView *view, guint position, TimelineSummary *self)
{
  g_autoptr (TimelineOperation) operation = g_list_model_get_item (self->sorted, position);

  if (operation != NULL && *timeline_operation_get_place (operation) != '\0')
    ui_session_show_place (timeline_scene_get_session (self->scene),
                           timeline_operation_get_place (operation));
}

static GtkWidget *
new_table (TimelineSummary *self)
{
  GtkWidget *view = gtk_column_view_new (NULL), *scrolled = gtk_scrolled_window_new ();
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (view));
  GtkSelectionModel *selection;

  for (guint column = 0; column < TIMELINE_N_COLUMNS; column++)
    add_column (GTK_COLUMN_VIEW (view), (TimelineColumn)column);
  self->operations = g_list_store_new (TIMELINE_TYPE_OPERATION);
  self->sorted = G_LIST_MODEL (gtk_sort_list_model_new (
      G_LIST_MODEL (g_object_ref (self->operations)), g_object_ref (sorter)));
  selection = GTK_SELECTION_MODEL (gtk_single_selection_new (g_object_ref (self->sorted)));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (view), selection);
  g_object_unref (selection);
  gtk_widget_add_css_class (view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What was done in the selected time"), -1);
  g_signal_connect (view, "activate", G_CALLBACK (on_activated), self);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_size_request (scrolled, -1, HEIGHT);
  return scrolled;
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static void
on_close (GtkButton *button, TimelineSummary *self)
{
  ui_session_set_range (timeline_scene_get_session (self->scene), 0, 0);
}

static void
on_only (GtkToggleButton *button, TimelineSummary *self)
{
  update (self);
}

static GtkWidget *
new_head (TimelineSummary *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *close = ui_named_button_new ("window-close-symbolic", _ ("Select no stretch of time"));

  self->title = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->title), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->title, "heading");
  self->spinner = gtk_spinner_new ();
  self->only = gtk_toggle_button_new_with_label (_ ("Selected task only"));
  gtk_widget_add_css_class (self->only, "flat");
  gtk_widget_set_hexpand (self->spinner, TRUE);
  gtk_widget_set_halign (self->spinner, GTK_ALIGN_START);
  gtk_widget_set_margin_start (head, 12);
  gtk_widget_add_css_class (close, "flat");
  g_signal_connect (self->only, "toggled", G_CALLBACK (on_only), self);
  g_signal_connect (close, "clicked", G_CALLBACK (on_close), self);
  gtk_box_append (GTK_BOX (head), self->title);
  gtk_box_append (GTK_BOX (head), self->spinner);
  gtk_box_append (GTK_BOX (head), self->only);
  gtk_box_append (GTK_BOX (head), close);
  return head;
}

static void
timeline_summary_dispose (GObject *object)
{
  TimelineSummary *self = TIMELINE_SUMMARY (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->revealer, gtk_widget_unparent);
  g_clear_object (&self->sorted);
  g_clear_object (&self->operations);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_summary_parent_class)->dispose (object);
}

static void
timeline_summary_class_init (TimelineSummaryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = timeline_summary_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
timeline_summary_init (TimelineSummary *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->track = G_MAXUINT;
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), new_head (self));
  gtk_box_append (GTK_BOX (box), new_table (self));
  self->revealer = gtk_revealer_new ();
  gtk_revealer_set_transition_type (GTK_REVEALER (self->revealer),
                                    GTK_REVEALER_TRANSITION_TYPE_SLIDE_UP);
  gtk_revealer_set_child (GTK_REVEALER (self->revealer), box);
  gtk_widget_set_parent (self->revealer, GTK_WIDGET (self));
}

static void
on_changed (TimelineScene *scene, guint change, TimelineSummary *self)
{
  if ((change & TIMELINE_CHANGED_SELECTION) != 0)
    update (self);
}

GtkWidget *
timeline_summary_new (TimelineScene *scene)
{
  TimelineSummary *self = g_object_new (TIMELINE_TYPE_SUMMARY, NULL);

  self->scene = g_object_ref (scene);
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  update (self);
  return GTK_WIDGET (self);
}
