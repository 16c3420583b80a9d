/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "standing.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>

#define INDENT 18

struct _BreakpointsStanding
{
  GtkWidget parent_instance;
  UiSession *session;
  GtkWidget *box;  /* all of it */
  GtkWidget *body; /* of the stop that is looked at; made anew for another one */
  GtkWidget *others;
  guint shown;         /* id of that; 0: none */
  guint n_shown;       /* stops there were then */
  GString *text;       /* of what is shown */
  gboolean is_filling; /* nobody has chosen */
};

G_DEFINE_TYPE (BreakpointsStanding, breakpoints_standing, GTK_TYPE_WIDGET)

/* ---- Lines -------------------------------------------------------------------------------------- */

static void
add_line (BreakpointsStanding *self, GtkWidget *to, const char *text, const char *style, int indent)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_margin_start (label, indent);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (to), label);
  g_string_append_printf (self->text, "%*s%s\n", indent / INDENT * 2, "", text);
}

static void
add_local (BreakpointsStanding *self, GtkWidget *to, const InspectorLocal *local, int indent)
{
  g_autofree char *text = g_strdup_printf (
      "%s%s%s = %s", local->type, *local->type != '\0' ? " " : "", local->name, local->value);

  add_line (self, to, text, "caption", indent);
}

/* ---- The stack ---------------------------------------------------------------------------------- */

static void
on_place_clicked (GtkButton *button, UiSession *session)
{
  ui_session_show_place (session, g_object_get_data (G_OBJECT (button), "place"));
}

static GtkWidget *
new_place_button (BreakpointsStanding *self, const InspectorFrame *frame)
{
  GtkWidget *button = gtk_button_new_with_label (frame->place);
  GtkWidget *label = gtk_button_get_child (GTK_BUTTON (button));

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_START);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Show it in the source"));
  g_object_set_data_full (G_OBJECT (button), "place", g_strdup (frame->place), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_place_clicked), self->session, 0);
  return button;
}

/* A frame of a runtime is seldom what anybody wants to look into: it is paler, and its variables are
 * not spread out. */
static void
add_frame (BreakpointsStanding *self, const InspectorFrame *frame, guint number)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autofree char *title = g_strdup_printf ("#%u %s", number, frame->function);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, frame->is_runtime ? "dim-label" : "heading");
  gtk_box_append (GTK_BOX (line), label);
  if (*frame->place != '\0')
    gtk_box_append (GTK_BOX (line), new_place_button (self, frame));
  gtk_box_append (GTK_BOX (self->body), line);
  g_string_append_printf (self->text, "%s%s%s\n", title, *frame->place != '\0' ? " " : "",
                          frame->place);
  for (guint i = 0; !frame->is_runtime && i < frame->locals->len; i++)
    add_local (self, self->body, frame->locals->pdata[i], INDENT);
}

static void
add_stack (BreakpointsStanding *self, const InspectorStop *stop)
{
  InspectorSession *inspector = ui_session_get_inspector (self->session);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) frames =
      stop->tid != 0 ? inspector_session_dup_stop_frames (inspector, stop->id, &error) : NULL;

  if (stop->tid == 0)
    return;
  add_line (self, self->body, _ ("Stack"), "caption-heading", 0);
  if (frames == NULL)
    add_line (self, self->body, error->message, "warning", 0);
  for (guint i = 0; frames != NULL && i < frames->len; i++)
    add_frame (self, frames->pdata[i], i);
}

/* ---- The rest of it ----------------------------------------------------------------------------- */

static void
add_variables (BreakpointsStanding *self, guint id)
{
  g_autoptr (GPtrArray) variables =
      inspector_session_dup_stop_variables (ui_session_get_inspector (self->session), id);

  if (variables->len == 0)
    return;
  add_line (self, self->body, _ ("State and variables of the task"), "caption-heading", 0);
  for (guint i = 0; i < variables->len; i++)
    add_local (self, self->body, variables->pdata[i], INDENT);
}

static void
add_holds (BreakpointsStanding *self, guint id)
{
  g_auto (GStrv) holds =
      inspector_session_dup_stop_holds (ui_session_get_inspector (self->session), id);

  for (guint i = 0; holds[i] != NULL; i++)
    add_line (self, self->body, holds[i], "warning", 0);
}

static void
on_chosen (GtkDropDown *others, GParamSpec *property, BreakpointsStanding *self)
{
  g_autoptr (GPtrArray) stops = ui_session_list_stops (self->session);
  guint index = gtk_drop_down_get_selected (others);

  if (!self->is_filling && index < stops->len)
    ui_session_set_stop (self->session, ((const InspectorStop *)stops->pdata[index])->id);
}

/* Where more than one thread stands still, one chooses. */
static void
show_others (BreakpointsStanding *self, GPtrArray *stops, guint shown)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;

  for (guint i = 0; i < stops->len; i++)
    {
      const InspectorStop *stop = stops->pdata[i];

      gtk_string_list_append (names, stop->what);
      if (stop->id == shown)
        selected = i;
    }
  self->is_filling = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->others), G_LIST_MODEL (names));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->others), selected);
  self->is_filling = FALSE;
  gtk_widget_set_visible (self->others, stops->len > 1);
}

static void
show (BreakpointsStanding *self, const InspectorStop *stop)
{
  g_clear_pointer (&self->body, gtk_widget_unparent);
  g_string_truncate (self->text, 0);
  self->shown = stop != NULL ? stop->id : 0;
  if (stop == NULL)
    return;
  self->body = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_box_append (GTK_BOX (self->box), self->body);
  add_line (self, self->body, stop->what, "heading", 0);
  if (*stop->place != '\0')
    add_line (self, self->body, stop->place, NULL, 0);
  add_holds (self, stop->id);
  add_variables (self, stop->id);
  add_stack (self, stop);
}

void
breakpoints_standing_update (BreakpointsStanding *self)
{
  const InspectorStop *stop = ui_session_get_stop (self->session);
  g_autoptr (GPtrArray) stops = ui_session_list_stops (self->session);
  guint id = stop != NULL ? stop->id : 0;

  if (id == self->shown && stops->len == self->n_shown)
    return;
  self->n_shown = stops->len;
  show_others (self, stops, id);
  if (id != self->shown)
    show (self, stop);
  gtk_widget_set_visible (GTK_WIDGET (self), id != 0);
}

char *
breakpoints_standing_dup_text (BreakpointsStanding *self)
{
  return g_strdup (self->text->str);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
breakpoints_standing_dispose (GObject *object)
{
  BreakpointsStanding *self = BREAKPOINTS_STANDING (object);

  self->body = NULL;
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (breakpoints_standing_parent_class)->dispose (object);
}

static void
breakpoints_standing_finalize (GObject *object)
{
  g_string_free (BREAKPOINTS_STANDING (object)->text, TRUE);
  G_OBJECT_CLASS (breakpoints_standing_parent_class)->finalize (object);
}

static void
breakpoints_standing_class_init (BreakpointsStandingClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = breakpoints_standing_dispose;
  G_OBJECT_CLASS (klass)->finalize = breakpoints_standing_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
breakpoints_standing_init (BreakpointsStanding *self)
{
  self->text = g_string_new (NULL);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->others = gtk_drop_down_new (NULL, NULL);
  ui_named_button_set (self->others, _ ("Which thread is looked at"));
  g_signal_connect (self->others, "notify::selected", G_CALLBACK (on_chosen), self);
  gtk_widget_set_visible (self->others, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->others);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What stands still"), -1);
}

GtkWidget *
breakpoints_standing_new (UiSession *session)
{
  BreakpointsStanding *self = g_object_new (BREAKPOINTS_TYPE_STANDING, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
