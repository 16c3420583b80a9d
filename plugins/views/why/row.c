/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "row.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>
#include <names.h>

#define INDENT 16
#define MAX_INDENT 8

struct _WhyRow
{
  GtkWidget parent_instance;
  UiSession *session;
  guint64 task;
  char *place;

  GtkWidget *icon, *box, *text, *details, *inferred, *age, *place_button, *task_button;
  const char *style; /* of the text */
};

G_DEFINE_TYPE (WhyRow, why_row, GTK_TYPE_WIDGET)

/* How a line looks, and what its age is the age of. */
static const struct
{
  const char *icon, *style, *age;
} looks[WHY_N_KINDS] = {
  [WHY_TITLE] = { NULL, "title-4", N_ ("Since when it has been in this state") },
  [WHY_SECTION] = { NULL, "heading", NULL },
  [WHY_WRONG] = { "dialog-warning-symbolic", "error", N_ ("For how long") },
  [WHY_TASK] = { "media-record-symbolic", "heading", N_ ("How long it has lived") },
  [WHY_WAIT] = { "document-open-recent-symbolic", NULL, N_ ("How long it has waited") },
  [WHY_HOLDER] = { "changes-prevent-symbolic", NULL, N_ ("How long it has been had") },
  [WHY_UNKNOWN] = { "dialog-question-symbolic", "warning", NULL },
  [WHY_FACT] = { NULL, NULL, N_ ("For how long, or how long ago") },
  [WHY_SUGGESTION] = { "emblem-system-symbolic", "accent", NULL },
  [WHY_NOTE] = { NULL, "dim-label", NULL },
};

static void
on_place_clicked (GtkButton *button, WhyRow *self)
{
  ui_session_show_place (self->session, self->place);
}

static void
on_task_clicked (GtkButton *button, WhyRow *self)
{
  ui_session_set_selection (self->session, self->task);
}

static void
set_style (WhyRow *self, const char *style)
{
  if (self->style != NULL)
    gtk_widget_remove_css_class (self->text, self->style);
  self->style = style;
  if (style != NULL)
    gtk_widget_add_css_class (self->text, style);
}

void
why_row_set_line (WhyRow *self, const WhyLine *line)
{
  const char *age = looks[line->kind].age;

  self->task = line->task;
  g_free (self->place);
  self->place = g_strdup (line->place);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon),
                                line->is_cycle ? "dialog-error-symbolic" : looks[line->kind].icon);
  gtk_widget_set_visible (self->icon, line->is_cycle || looks[line->kind].icon != NULL);
  gtk_widget_set_tooltip_text (self->icon, line->is_cycle ? _ ("Part of a deadlock") : NULL);
  ui_names_set_label (self->text, line->text);
  set_style (self, line->is_cycle && line->kind != WHY_SECTION ? "error" : looks[line->kind].style);
  gtk_label_set_text (GTK_LABEL (self->age), line->age);
  gtk_widget_set_tooltip_text (self->age, age != NULL ? _ (age) : NULL);
  gtk_widget_set_visible (self->age, *line->age != '\0');
  gtk_widget_set_visible (self->inferred, line->is_inferred);
  ui_names_set_label (gtk_button_get_child (GTK_BUTTON (self->place_button)), line->place);
  ui_named_button_set (self->place_button, line->place);
  gtk_widget_set_visible (self->place_button, *line->place != '\0');
  gtk_widget_set_visible (self->details,
                          *line->age != '\0' || *line->place != '\0' || line->is_inferred);
  gtk_widget_set_visible (self->task_button, line->task != 0);
  gtk_widget_set_margin_start (GTK_WIDGET (self), (int)MIN (line->depth, MAX_INDENT) * INDENT);
  gtk_widget_set_margin_top (GTK_WIDGET (self), line->kind == WHY_SECTION ? 12 : 2);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, line->text,
                                  -1);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
why_row_dispose (GObject *object)
{
  WhyRow *self = WHY_ROW (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->session);
  g_clear_pointer (&self->place, g_free);
  G_OBJECT_CLASS (why_row_parent_class)->dispose (object);
}

static void
why_row_class_init (WhyRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = why_row_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_LIST_ITEM);
}

static GtkWidget *
new_place_button (WhyRow *self)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *label = gtk_label_new ("");

  /* The file and the line stand at the end of a place. */
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_START);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_add_css_class (button, "link");
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "why-place");
  g_signal_connect (button, "clicked", G_CALLBACK (on_place_clicked), self);
  return button;
}

static void
why_row_init (WhyRow *self)
{
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                              6);
  self->icon = gtk_image_new ();
  gtk_widget_set_valign (self->icon, GTK_ALIGN_START);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_hexpand (self->box, TRUE);
  self->text = gtk_label_new ("");
  gtk_label_set_wrap (GTK_LABEL (self->text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_label_set_selectable (GTK_LABEL (self->text), FALSE);
  self->details = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  self->age = gtk_label_new ("");
  gtk_widget_add_css_class (self->age, "numeric");
  gtk_widget_add_css_class (self->age, "caption-heading");
  self->inferred = gtk_label_new (_ ("inferred"));
  gtk_widget_set_tooltip_text (self->inferred,
                               _ ("A likely reading of what was seen, not certain"));
  gtk_widget_add_css_class (self->inferred, "caption");
  gtk_widget_add_css_class (self->inferred, "warning");
  self->place_button = new_place_button (self);
  self->task_button = gtk_button_new_from_icon_name ("go-next-symbolic");
  gtk_widget_set_tooltip_text (self->task_button, _ ("Select this task"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->task_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Select this task"), -1);
  gtk_widget_add_css_class (self->task_button, "flat");
  gtk_widget_set_valign (self->task_button, GTK_ALIGN_START);
  g_signal_connect (self->task_button, "clicked", G_CALLBACK (on_task_clicked), self);
  gtk_box_append (GTK_BOX (self->details), self->age);
  gtk_box_append (GTK_BOX (self->details), self->inferred);
  gtk_box_append (GTK_BOX (self->details), self->place_button);
  gtk_box_append (GTK_BOX (self->box), self->text);
  gtk_box_append (GTK_BOX (self->box), self->details);
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_parent (self->task_button, GTK_WIDGET (self));
}

GtkWidget *
why_row_new (UiSession *session)
{
  WhyRow *self = g_object_new (WHY_TYPE_ROW, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
