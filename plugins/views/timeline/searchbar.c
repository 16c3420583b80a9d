/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "searchbar.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>

#include "search.h"

/* Of each turn of the main loop. */
#define BUDGET_US 4000

struct _TimelineSearchbar
{
  GtkWidget parent_instance;
  TimelineScene *scene;
  TimelineHeads *heads;
  GtkWidget *back;
  GtkWidget *box, *entry, *count;
  TimelineSearch *search;
  guint idle;
};

G_DEFINE_TYPE (TimelineSearchbar, timeline_searchbar, GTK_TYPE_WIDGET)

/* ---- Going --------------------------------------------------------------------------------------- */

static gboolean
is_found (TimelineSearchbar *self, guint track)
{
  return track != G_MAXUINT && self->search != NULL &&
         g_hash_table_contains (self->search->found, GUINT_TO_POINTER (track));
}

static void
show_count (TimelineSearchbar *self)
{
  guint n = self->search != NULL ? g_hash_table_size (self->search->found) : 0;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autofree char *said = NULL;

  if (*text != '\0')
    said = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u found", "%u found", n), n);
  gtk_label_set_text (GTK_LABEL (self->count), said != NULL ? said : "");
}

/* From the selected row on, and round. */
void
timeline_searchbar_go (TimelineSearchbar *self, gboolean forth)
{
  TimelineRows *rows = timeline_scene_get_rows (self->scene);
  UiSession *session = timeline_scene_get_session (self->scene);
  guint n, selected, at = 0;
  const TimelineRow *all = timeline_rows_get (rows, &n);
  InspectorSpan span;
  gboolean has_selected = timeline_scene_get_selected (self->scene, &selected) &&
                          timeline_rows_find (rows, selected, &at);

  if (self->search == NULL || n == 0)
    return;
  /* In a task that is found there may be another such time. */
  if (has_selected && forth && is_found (self, selected) &&
      timeline_search_find_span (self->search, selected, ui_session_get_cursor (session), &span))
    {
      ui_session_set_cursor (session, span.begin_ns);
      timeline_scene_show_time (self->scene, span.begin_ns);
      return;
    }
  if (!has_selected)
    at = forth ? n - 1 : 0;
  for (guint i = 1; i <= n; i++)
    {
      guint row = forth ? (at + i) % n : (at + n - i) % n;

      if (!is_found (self, all[row].track))
        continue;
      selected = all[row].track;
      timeline_scene_select (self->scene, selected);
      if (self->search->state != INSPECTOR_STATE_NONE)
        {
          timeline_search_find_span (self->search, selected, G_MININT64 / 2, &span);
          ui_session_set_cursor (session, span.begin_ns);
          timeline_scene_show_time (self->scene, span.begin_ns);
        }
      return;
    }
}

static gboolean
on_idle (gpointer data)
{
  TimelineSearchbar *self = data;
  gboolean goes_on = timeline_search_go_on (self->search, BUDGET_US);

  show_count (self);
  timeline_heads_set_found (self->heads, self->search->found);
  if (goes_on)
    return G_SOURCE_CONTINUE;
  self->idle = 0;
  return G_SOURCE_REMOVE;
}

static void
look (TimelineSearchbar *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->search, timeline_search_free);
  if (*text != '\0')
    {
      self->search = timeline_search_new (timeline_scene_get_history (self->scene), text);
      self->idle = g_idle_add (on_idle, self);
    }
  else
    timeline_heads_set_found (self->heads, NULL);
  show_count (self);
}

/* ---- Signals ------------------------------------------------------------------------------------- */

static void
on_text_changed (GtkEditable *entry, TimelineSearchbar *self)
{
  look (self);
}

static void
on_next (GtkWidget *widget, TimelineSearchbar *self)
{
  timeline_searchbar_go (self, TRUE);
}

static void
on_previous (GtkWidget *widget, TimelineSearchbar *self)
{
  timeline_searchbar_go (self, FALSE);
}

static void
on_stop (GtkSearchEntry *entry, TimelineSearchbar *self)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  look (self);
  gtk_widget_grab_focus (self->back);
}

static void
on_changed (TimelineScene *scene, guint change, TimelineSearchbar *self)
{
  /* Those that have come since. */
  if ((change & TIMELINE_CHANGED_ROWS) == 0 || self->search == NULL || self->idle != 0)
    return;
  if (self->search->history != timeline_scene_get_history (scene))
    look (self);
  else
    self->idle = g_idle_add (on_idle, self);
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static gboolean
timeline_searchbar_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (TIMELINE_SEARCHBAR (widget)->entry);
}

static void
timeline_searchbar_dispose (GObject *object)
{
  TimelineSearchbar *self = TIMELINE_SEARCHBAR (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->search, timeline_search_free);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_searchbar_parent_class)->dispose (object);
}

static void
timeline_searchbar_class_init (TimelineSearchbarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = timeline_searchbar_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = timeline_searchbar_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
timeline_searchbar_init (TimelineSearchbar *self)
{
  GtkWidget *next = ui_named_button_new ("go-down-symbolic", _ ("Next task that is found"));
  GtkWidget *previous = ui_named_button_new ("go-up-symbolic", _ ("Previous task that is found"));

  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  self->entry = gtk_search_entry_new ();
  g_object_set (self->entry, "placeholder-text", _ ("Find tasks: name, #number, state:blocked"),
                NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Find tasks"), -1);
  gtk_widget_set_hexpand (self->entry, TRUE);
  self->count = gtk_label_new ("");
  gtk_widget_add_css_class (self->count, "dim-label");
  g_signal_connect (self->entry, "changed", G_CALLBACK (on_text_changed), self);
  g_signal_connect (self->entry, "activate", G_CALLBACK (on_next), self);
  g_signal_connect (self->entry, "next-match", G_CALLBACK (on_next), self);
  g_signal_connect (self->entry, "previous-match", G_CALLBACK (on_previous), self);
  g_signal_connect (self->entry, "stop-search", G_CALLBACK (on_stop), self);
  g_signal_connect (next, "clicked", G_CALLBACK (on_next), self);
  g_signal_connect (previous, "clicked", G_CALLBACK (on_previous), self);
  gtk_box_append (GTK_BOX (self->box), self->entry);
  gtk_box_append (GTK_BOX (self->box), self->count);
  gtk_box_append (GTK_BOX (self->box), previous);
  gtk_box_append (GTK_BOX (self->box), next);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
timeline_searchbar_new (TimelineScene *scene, TimelineHeads *heads, GtkWidget *back)
{
  TimelineSearchbar *self = g_object_new (TIMELINE_TYPE_SEARCHBAR, NULL);

  self->scene = g_object_ref (scene);
  self->heads = heads;
  self->back = back;
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
