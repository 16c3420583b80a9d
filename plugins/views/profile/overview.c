/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "overview.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "chart.h"

struct _ProfileOverview
{
  GtkWidget parent_instance;
  UiSession *session;
  GtkWidget *scrolled, *box;
  char *shape;       /* of what was built: as long as it is the same, only figures change */
  GPtrArray *labels; /* GtkLabel; (transfer none): in the order in which they are filled */
  GPtrArray *charts; /* ProfileChart; (transfer none) */
};

G_DEFINE_TYPE (ProfileOverview, profile_overview, GTK_TYPE_WIDGET)

/* ---- Suggestions ------------------------------------------------------------------------------- */

typedef struct
{
  const InspectorProfileRow *row; /* of data */
  InspectorProfileTable of;
} Suggestion;

/* A row of wake-ups has the suggestion of its tasks. */
static GArray *
list_suggestions (ProfileData *data, guint program)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Suggestion));

  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    for (guint j = 0; j < inspector_figures_get_n_rows (data->figures, i); j++)
      {
        const InspectorProfileRow *row = inspector_figures_get_row (data->figures, i, j);

        if (row->program == program && *row->advice != '\0' && i != INSPECTOR_PROFILE_WAKES)
          g_array_append_val (found, ((Suggestion){ row, i }));
      }
  return found;
}

guint
profile_overview_count_suggestions (ProfileData *data, guint program)
{
  guint n = 0;

  for (guint i = 0; i < inspector_figures_get_n_programs (data->figures); i++)
    {
      g_autoptr (GArray) suggestions = list_suggestions (data, i);

      n += program == G_MAXUINT || program == i ? suggestions->len : 0;
    }
  return n;
}

static void
on_place_clicked (GtkButton *button, ProfileOverview *self)
{
  ui_session_show_place (self->session, g_object_get_data (G_OBJECT (button), "place"));
}

/* ---- Building ---------------------------------------------------------------------------------- */

static GtkWidget *
add_label (ProfileOverview *self, GtkWidget *box, const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  g_ptr_array_add (self->labels, label);
  return label;
}

static GtkWidget *
add_heading (GtkWidget *box, const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_set_margin_top (label, 12);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static void
add_suggestion (ProfileOverview *self, const Suggestion *suggestion)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_box_append (GTK_BOX (row), gtk_image_new_from_icon_name ("dialog-information-symbolic"));
  gtk_widget_set_hexpand (texts, TRUE);
  add_label (self, texts, NULL);
  add_label (self, texts, "dim-label");
  gtk_box_append (GTK_BOX (row), texts);
  if (*suggestion->row->place != '\0')
    {
      GtkWidget *button = gtk_button_new_with_label (_ ("Show the source"));

      g_object_set_data_full (G_OBJECT (button), "place", g_strdup (suggestion->row->place),
                              g_free);
      gtk_widget_set_tooltip_text (button, suggestion->row->place);
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      g_signal_connect (button, "clicked", G_CALLBACK (on_place_clicked), self);
      gtk_box_append (GTK_BOX (row), button);
    }
  gtk_box_append (GTK_BOX (self->box), row);
}

static void
add_charts (ProfileOverview *self, ProfileData *data, guint program)
{
  for (guint i = 0; i < inspector_figures_get_n_charts (data->figures); i++)
    {
      const InspectorProfileChart *chart = inspector_figures_get_chart (data->figures, i);

      if (chart->program != program)
        continue;
      add_heading (self->box, chart->title);
      add_label (self, self->box, "dim-label");
      g_ptr_array_add (self->charts, profile_chart_new ());
      gtk_box_append (GTK_BOX (self->box), self->charts->pdata[self->charts->len - 1]);
    }
}

static void
build (ProfileOverview *self, ProfileData *data, guint program)
{
  g_autoptr (GArray) suggestions = list_suggestions (data, program);

  GtkWidget *title = add_label (self, self->box, "title-4");

  /* Where the focus comes first, and would mark it. */
  gtk_label_set_selectable (GTK_LABEL (title), FALSE);
  gtk_widget_set_margin_top (title, 12);
  add_label (self, self->box, "warning");
  add_heading (self->box, _ ("What could be done"));
  if (suggestions->len == 0)
    add_label (self, self->box, "dim-label");
  for (guint i = 0; i < suggestions->len; i++)
    add_suggestion (self, &g_array_index (suggestions, Suggestion, i));
  add_charts (self, data, program);
}

/* ---- Filling ----------------------------------------------------------------------------------- */

typedef struct
{
  guint label, chart;
} Position;

static void
fill_label (ProfileOverview *self, Position *at, const char *text)
{
  GtkWidget *label = self->labels->pdata[at->label++];

  gtk_label_set_text (GTK_LABEL (label), text != NULL ? text : "");
  gtk_widget_set_visible (label, text != NULL && *text != '\0');
}

static void
fill (ProfileOverview *self, ProfileData *data, guint program, Position *at)
{
  g_autoptr (GArray) suggestions = list_suggestions (data, program);

  fill_label (self, at, inspector_figures_get_title (data->figures, program));
  fill_label (self, at, inspector_figures_get_note (data->figures, program));
  if (suggestions->len == 0)
    fill_label (self, at, _ ("Nothing that stands out."));
  for (guint i = 0; i < suggestions->len; i++)
    {
      const InspectorProfileRow *row = g_array_index (suggestions, Suggestion, i).row;
      g_autofree char *of =
          g_strdup_printf ("%s%s%s", row->name, *row->details != '\0' ? "   " : "", row->details);

      fill_label (self, at, row->advice);
      fill_label (self, at, of);
    }
  for (guint i = 0; i < inspector_figures_get_n_charts (data->figures); i++)
    {
      const InspectorProfileChart *chart = inspector_figures_get_chart (data->figures, i);
      g_autofree char *text = NULL;

      if (chart->program != program)
        continue;
      text = *chart->advice != '\0' ? g_strjoin ("\n", chart->figures, chart->advice, NULL)
                                    : g_strdup (chart->figures);
      fill_label (self, at, text);
      profile_chart_set_data (self->charts->pdata[at->chart++], data, i);
    }
}

/* What decides which widgets there are. */
static char *
dup_shape (ProfileData *data, guint program)
{
  GString *shape = g_string_new (NULL);

  for (guint i = 0; i < inspector_figures_get_n_programs (data->figures); i++)
    {
      g_autoptr (GArray) suggestions = list_suggestions (data, i);

      if (program != G_MAXUINT && program != i)
        continue;
      g_string_append_printf (shape, "#%u\n", i);
      for (guint j = 0; j < suggestions->len; j++)
        g_string_append_printf (shape, "%s\n",
                                g_array_index (suggestions, Suggestion, j).row->place);
      for (guint j = 0; j < inspector_figures_get_n_charts (data->figures); j++)
        if (inspector_figures_get_chart (data->figures, j)->program == i)
          g_string_append_printf (shape, "%s\n",
                                  inspector_figures_get_chart (data->figures, j)->title);
    }
  return g_string_free (shape, FALSE);
}

static void
rebuild (ProfileOverview *self, ProfileData *data, guint program)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);
  g_ptr_array_set_size (self->labels, 0);
  g_ptr_array_set_size (self->charts, 0);
  for (guint i = 0; i < inspector_figures_get_n_programs (data->figures); i++)
    if (program == G_MAXUINT || program == i)
      build (self, data, i);
}

void
profile_overview_set_data (ProfileOverview *self, ProfileData *data, guint program)
{
  char *shape = dup_shape (data, program);
  Position at = { 0, 0 };

  if (g_strcmp0 (shape, self->shape) != 0)
    rebuild (self, data, program);
  g_free (self->shape);
  self->shape = shape;
  for (guint i = 0; i < inspector_figures_get_n_programs (data->figures); i++)
    if (program == G_MAXUINT || program == i)
      fill (self, data, i, &at);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_overview_dispose (GObject *object)
{
  ProfileOverview *self = PROFILE_OVERVIEW (object);

  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_pointer (&self->labels, g_ptr_array_unref);
  g_clear_pointer (&self->charts, g_ptr_array_unref);
  g_clear_pointer (&self->shape, g_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (profile_overview_parent_class)->dispose (object);
}

static void
profile_overview_class_init (ProfileOverviewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_overview_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
profile_overview_init (ProfileOverview *self)
{
  self->labels = g_ptr_array_new ();
  self->charts = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_margin_start (self->box, 12);
  gtk_widget_set_margin_end (self->box, 12);
  gtk_widget_set_margin_top (self->box, 12);
  gtk_widget_set_margin_bottom (self->box, 12);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->box);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}

GtkWidget *
profile_overview_new (UiSession *session)
{
  ProfileOverview *self = g_object_new (PROFILE_TYPE_OVERVIEW, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
