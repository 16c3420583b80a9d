/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "details.h"

#include <glib/gi18n-lib.h>

struct _EventsDetails
{
  GtkWidget parent_instance;
  UiSession *session;
  GtkWidget *revealer;
  GtkWidget *titles[EVENTS_N_COLUMNS], *values[EVENTS_N_COLUMNS];
  GtkWidget *task_button, *place_button;
  EventsEvent *event; /* (nullable) */
};

G_DEFINE_TYPE (EventsDetails, events_details, GTK_TYPE_WIDGET)

static void
on_task_clicked (GtkButton *button, EventsDetails *self)
{
  ui_session_set_selection (self->session, self->event->task);
  ui_session_show_view (self->session, "tasks");
}

static void
on_place_clicked (GtkButton *button, EventsDetails *self)
{
  ui_session_show_place (self->session, self->event->said->place);
}

void
events_details_show (EventsDetails *self, const EventsEvent *event, gint64 origin_ns)
{
  EventsEvent *kept = event != NULL ? events_event_ref (event) : NULL;

  g_clear_pointer (&self->event, events_event_unref);
  self->event = kept;
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), kept != NULL);
  if (kept == NULL)
    return;
  for (guint i = 0; i < EVENTS_N_COLUMNS; i++)
    {
      g_autofree char *text = events_columns[i].dup_text (kept, origin_ns);

      gtk_label_set_text (GTK_LABEL (self->values[i]), text);
      gtk_widget_set_visible (self->values[i], *text != '\0');
      gtk_widget_set_visible (self->titles[i], *text != '\0');
    }
  gtk_widget_set_visible (self->task_button, kept->task != 0);
  gtk_widget_set_visible (self->place_button, *kept->said->place != '\0');
}

char *
events_details_dup_text (EventsDetails *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; self->event != NULL && i < EVENTS_N_COLUMNS; i++)
    {
      const char *value = gtk_label_get_text (GTK_LABEL (self->values[i]));

      if (*value != '\0')
        g_string_append_printf (text, "%s: %s\n", _ (events_columns[i].title), value);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
events_details_dispose (GObject *object)
{
  EventsDetails *self = EVENTS_DETAILS (object);

  g_clear_pointer (&self->revealer, gtk_widget_unparent);
  g_clear_pointer (&self->event, events_event_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (events_details_parent_class)->dispose (object);
}

static void
events_details_class_init (EventsDetailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = events_details_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_label (gboolean is_value)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), is_value);
  gtk_label_set_wrap (GTK_LABEL (label), is_value);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_valign (label, GTK_ALIGN_START);
  gtk_widget_set_hexpand (label, is_value);
  if (!is_value)
    gtk_widget_add_css_class (label, "dim-label");
  return label;
}

static void
events_details_init (EventsDetails *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *grid = gtk_grid_new ();
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  /* Two of them beside one another: the pane stays low. */
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 2);
  gtk_widget_set_hexpand (grid, TRUE);
  for (guint i = 0; i < EVENTS_N_COLUMNS; i++)
    {
      self->titles[i] = new_label (FALSE);
      self->values[i] = new_label (TRUE);
      gtk_label_set_text (GTK_LABEL (self->titles[i]), _ (events_columns[i].title));
      gtk_grid_attach (GTK_GRID (grid), self->titles[i], (int)(i % 2) * 2, (int)i / 2, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), self->values[i], (int)(i % 2) * 2 + 1, (int)i / 2, 1, 1);
    }
  self->task_button = gtk_button_new_with_mnemonic (_ ("Show the _Task"));
  self->place_button = gtk_button_new_with_mnemonic (_ ("Show the _Source"));
  g_signal_connect (self->task_button, "clicked", G_CALLBACK (on_task_clicked), self);
  g_signal_connect (self->place_button, "clicked", G_CALLBACK (on_place_clicked), self);
  gtk_box_append (GTK_BOX (buttons), self->task_button);
  gtk_box_append (GTK_BOX (buttons), self->place_button);
  gtk_box_append (GTK_BOX (box), grid);
  gtk_box_append (GTK_BOX (box), buttons);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  self->revealer = gtk_revealer_new ();
  gtk_revealer_set_child (GTK_REVEALER (self->revealer), box);
  gtk_widget_set_parent (self->revealer, GTK_WIDGET (self));
}

GtkWidget *
events_details_new (UiSession *session)
{
  EventsDetails *self = g_object_new (EVENTS_TYPE_DETAILS, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
