/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "stop-bar.h"

#include <glib/gi18n-lib.h>

#include "named-button.h"
#include "stops.h"
#include "watch.h"

/* The id of the view that has the stack and the variables. */
#define VIEW "breakpoints"

static const struct
{
  const char *action;
  const char *icon;
  const char *name;
} steps[] = {
  { "win.continue", "media-playback-start-symbolic", N_ ("Go on") },
  { "win.step-await", "go-next-symbolic", N_ ("Go on until this task begins to wait") },
  { "win.step-poll", "go-jump-symbolic", N_ ("Go on until this task runs again") },
  { "win.step-any", "media-skip-forward-symbolic", N_ ("Go on until anything happens") },
};

static void
on_changed (GtkWidget *bar, UiChange changes)
{
  UiSession *session = g_object_get_data (G_OBJECT (bar), "session");
  GtkWidget *label = g_object_get_data (G_OBJECT (bar), "label");
  const InspectorStop *stop = ui_session_get_stop (session);
  GtkWidget *revealer = gtk_widget_get_first_child (bar);
  g_autofree char *text = NULL;

  gtk_revealer_set_reveal_child (GTK_REVEALER (revealer), stop != NULL);
  if (stop == NULL)
    return;
  text = *stop->place != '\0' ? g_strdup_printf (_ ("Stopped: %s, %s"), stop->what, stop->place)
                              : g_strdup_printf (_ ("Stopped: %s"), stop->what);
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_widget_set_tooltip_text (label, text);
}

static void
on_show (GtkButton *button, UiSession *session)
{
  ui_session_show_view (session, VIEW);
}

GtkWidget *
ui_stop_bar_new (UiSession *session)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *revealer = gtk_revealer_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new ("");
  GtkWidget *show = ui_named_button_new_text (_ ("S_how"), _ ("Show the stack and the variables"));

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("media-playback-pause-symbolic"));
  gtk_box_append (GTK_BOX (box), label);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      GtkWidget *button = ui_named_button_new (steps[i].icon, _ (steps[i].name));

      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), steps[i].action);
      gtk_widget_add_css_class (button, "flat");
      gtk_box_append (GTK_BOX (box), button);
    }
  gtk_box_append (GTK_BOX (box), show);
  gtk_widget_add_css_class (box, "stop-bar");
  gtk_revealer_set_child (GTK_REVEALER (revealer), box);
  gtk_box_append (GTK_BOX (bar), revealer);
  g_object_set_data_full (G_OBJECT (bar), "session", g_object_ref (session), g_object_unref);
  g_object_set_data (G_OBJECT (bar), "label", label);
  g_signal_connect_object (show, "clicked", G_CALLBACK (on_show), session, 0);
  ui_session_watch (session, bar, UI_CHANGE_STOPS, on_changed);
  return bar;
}
