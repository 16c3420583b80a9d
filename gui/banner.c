/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "banner.h"

#include <glib/gi18n-lib.h>

#include "named-button.h"
#include "names.h"
#include "stops.h"
#include "trouble.h"

#define TROUBLE_MS 1000

struct _UiBanner
{
  GtkWidget parent_instance;
  UiSession *session;
  GtkWidget *revealer, *label;
  UiTrouble trouble;
  guint timer;
};

G_DEFINE_TYPE (UiBanner, ui_banner, GTK_TYPE_WIDGET)

static void
show_trouble (UiBanner *self)
{
  InspectorReport *report = ui_session_get_report (self->session);

  ui_trouble_clear (&self->trouble);
  /* What waits for a thread that stands still for us is not stuck. */
  if (ui_session_get_stop (self->session) == NULL)
    ui_trouble_find (report, &self->trouble);
  if (self->trouble.text != NULL)
    ui_names_set_label (self->label, self->trouble.text);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), self->trouble.text != NULL);
}

static gboolean
on_timer (gpointer data)
{
  UiBanner *self = data;

  /* Of a session that nobody looks at it says nothing to anybody. */
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    show_trouble (self);
  if (ui_session_get_state (self->session) == UI_SESSION_LIVE)
    return G_SOURCE_CONTINUE;
  self->timer = 0;
  return G_SOURCE_REMOVE;
}

static void
on_state_changed (UiSession *session, UiBanner *self)
{
  UiSessionState state = ui_session_get_state (session);

  if (state == UI_SESSION_RECORDED || state == UI_SESSION_ENDED)
    show_trouble (self);
}

/* A program that is ended may end before its children do, which are recorded, too: what was wrong with it is seen
 * as long as it was there. */
static void
go_to_end_of (UiBanner *self, guint64 number)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  InspectorTrack track;
  guint index;

  if (inspector_history_find_track (history, number, &index) &&
      inspector_history_get_track (history, index, &track) && track.end_ns != G_MAXINT64)
    ui_session_set_cursor (self->session, track.end_ns - 1);
}

void
ui_banner_go (UiBanner *self)
{
  show_trouble (self);
  if (self->trouble.text == NULL)
    return;
  ui_session_set_following (self->session, TRUE);
  go_to_end_of (self, self->trouble.task);
  ui_session_set_selection (self->session, self->trouble.task);
  ui_session_show_view (self->session, self->trouble.view);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
ui_banner_map (GtkWidget *widget)
{
  show_trouble (UI_BANNER (widget));
  GTK_WIDGET_CLASS (ui_banner_parent_class)->map (widget);
}

static void
ui_banner_dispose (GObject *object)
{
  UiBanner *self = UI_BANNER (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->revealer, gtk_widget_unparent);
  g_clear_object (&self->session);
  ui_trouble_clear (&self->trouble);
  G_OBJECT_CLASS (ui_banner_parent_class)->dispose (object);
}

static void
ui_banner_class_init (UiBannerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ui_banner_dispose;
  GTK_WIDGET_CLASS (klass)->map = ui_banner_map;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
ui_banner_init (UiBanner *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = gtk_image_new_from_icon_name ("dialog-warning-symbolic");
  GtkWidget *button = ui_named_button_new_text (_ ("_Show"), _ ("Show what is wrong"));

  self->label = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_widget_set_hexpand (self->label, TRUE);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_box_append (GTK_BOX (box), button);
  gtk_widget_add_css_class (box, "trouble");
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (ui_banner_go), self);
  self->revealer = gtk_revealer_new ();
  gtk_revealer_set_child (GTK_REVEALER (self->revealer), box);
  gtk_widget_set_parent (self->revealer, GTK_WIDGET (self));
}

GtkWidget *
ui_banner_new (UiSession *session)
{
  UiBanner *self = g_object_new (UI_TYPE_BANNER, NULL);

  self->session = g_object_ref (session);
  g_signal_connect (session, "state-changed", G_CALLBACK (on_state_changed), self);
  self->timer = g_timeout_add (TROUBLE_MS, on_timer, self);
  return GTK_WIDGET (self);
}
