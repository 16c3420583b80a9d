/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "counts.h"

#include <glib/gi18n-lib.h>

#include <state-paint.h>

struct _TasksCounts
{
  GtkWidget parent_instance;
  GtkWidget *box, *total;
  GtkWidget *buttons[INSPECTOR_N_STATES], *labels[INSPECTOR_N_STATES];
};

enum
{
  CHOSEN,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (TasksCounts, tasks_counts, GTK_TYPE_WIDGET)

static const InspectorState shown[] = {
  INSPECTOR_STATE_BLOCKED,  INSPECTOR_STATE_WAITING, INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_READY,
  INSPECTOR_STATE_SLEEPING, INSPECTOR_STATE_RESTING, INSPECTOR_STATE_UNKNOWN, TASKS_ENDED,
};

static void
set_label (GtkWidget *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (label)), text) != 0)
    gtk_label_set_text (GTK_LABEL (label), text);
}

static void
show_total (TasksCounts *self, const TasksTable *table, const char *note)
{
  guint n_all = table->rows->len - table->n_processes;
  guint n_shown = table->n_order - table->n_processes_in_order;
  g_autofree char *of = inspector_format_count (n_all);
  g_autofree char *n = inspector_format_count (n_shown), *text = NULL;

  /* A tree has those that have ended for its own use. */
  if (table->is_tree || table->n_order == table->rows->len)
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s task", "%s tasks", n_shown), n);
  else
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s of %s task", "%s of %s tasks", n_all),
                            n, of);
  if (table->n_processes_in_order > 0)
    {
      g_autofree char *before = text;
      g_autofree char *processes = inspector_format_count (table->n_processes_in_order);

      text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s, %s process", "%s, %s processes",
                                           table->n_processes_in_order),
                              before, processes);
    }
  if (note != NULL)
    {
      g_autofree char *before = text;

      text = g_strdup_printf ("%s · %s", before, note);
    }
  set_label (self->total, text);
}

void
tasks_counts_show (TasksCounts *self, const TasksTable *table, const char *note)
{
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      InspectorState state = shown[i];
      const char *name = state == TASKS_ENDED ? _ ("ended") : ui_state_get_name (state);
      g_autofree char *n = inspector_format_count (table->counts[state]);
      g_autofree char *text = g_strdup_printf ("%s %s", n, name);

      gtk_widget_set_visible (self->buttons[state], table->counts[state] > 0 &&
                                                        !(table->is_tree && state == TASKS_ENDED));
      set_label (self->labels[state], text);
    }
  show_total (self, table, note);
}

static void
on_clicked (GtkButton *button, TasksCounts *self)
{
  guint state = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "state"));
  g_autofree char *term =
      g_strconcat ("state:", tasks_fields[TASKS_FIELD_STATE].words[state], NULL);

  g_signal_emit (self, signals[CHOSEN], 0, term);
}

static void
add_button (TasksCounts *self, InspectorState state)
{
  GtkWidget *button = gtk_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 5);
  GtkWidget *swatch = ui_state_swatch_new (state);
  g_autofree char *tip = g_strdup_printf (
      _ ("Only these, or all again: %s"),
      state == TASKS_ENDED ? _ ("those that have ended") : _ (ui_state_get_look (state)->meaning));

  gtk_widget_set_visible (swatch, state != TASKS_ENDED);
  self->labels[state] = gtk_label_new ("");
  gtk_widget_add_css_class (self->labels[state], "numeric");
  gtk_box_append (GTK_BOX (box), swatch);
  gtk_box_append (GTK_BOX (box), self->labels[state]);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_set_tooltip_text (button, tip);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "caption");
  gtk_widget_set_visible (button, FALSE);
  g_object_set_data (G_OBJECT (button), "state", GUINT_TO_POINTER (state));
  g_signal_connect (button, "clicked", G_CALLBACK (on_clicked), self);
  gtk_box_append (GTK_BOX (self->box), button);
  self->buttons[state] = button;
}

static void
tasks_counts_dispose (GObject *object)
{
  g_clear_pointer (&TASKS_COUNTS (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (tasks_counts_parent_class)->dispose (object);
}

static void
tasks_counts_class_init (TasksCountsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tasks_counts_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[CHOSEN] = g_signal_new ("chosen", TASKS_TYPE_COUNTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tasks_counts_init (TasksCounts *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    add_button (self, shown[i]);
  self->total = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->total), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->total), 1);
  gtk_widget_set_hexpand (self->total, TRUE);
  gtk_widget_set_margin_end (self->total, 9);
  gtk_widget_add_css_class (self->total, "caption");
  gtk_widget_add_css_class (self->total, "dim-label");
  gtk_box_append (GTK_BOX (self->box), self->total);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
tasks_counts_new (void)
{
  return g_object_new (TASKS_TYPE_COUNTS, NULL);
}
