/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "chart.h"

#include <colours.h>

#define ROW 20
#define LABEL_WIDTH 150
#define COUNT_WIDTH 80

struct _ProfileChart
{
  GtkWidget parent_instance;
  ProfileData *data;
  guint index;
};

G_DEFINE_TYPE (ProfileChart, profile_chart, GTK_TYPE_WIDGET)

static const InspectorProfileChart *
get_chart (ProfileChart *self)
{
  return self->data != NULL ? inspector_figures_get_chart (self->data->figures, self->index) : NULL;
}

static guint
count_rows (const InspectorProfileChart *chart)
{
  guint n = 0;

  for (guint i = 0; chart != NULL && i < chart->n_bars; i++)
    n += !chart->bars[i].is_gap;
  return n;
}

static void
draw_text (ProfileChart *self, GtkSnapshot *snapshot, const char *text, float x, float y,
           float width, gboolean right)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &colour);
  pango_layout_set_width (layout, (int)(width * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (layout, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
}

static void
get_colour (GdkRGBA *ret_colour)
{
  guint32 colour = ui_state_get_colour (INSPECTOR_STATE_WAITING, ui_is_dark ());

  *ret_colour = (GdkRGBA){ (float)(colour >> 16 & 255) / 255, (float)(colour >> 8 & 255) / 255,
                           (float)(colour & 255) / 255, 1 };
}

static void
profile_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ProfileChart *self = PROFILE_CHART (widget);
  const InspectorProfileChart *chart = get_chart (self);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  float width = (float)gtk_widget_get_width (widget);
  float room = MAX (width - LABEL_WIDTH - COUNT_WIDTH - 16, 1);
  guint64 most = 1;
  float y = 0;
  GdkRGBA colour;

  get_colour (&colour);
  for (guint i = 0; chart != NULL && i < chart->n_bars; i++)
    most = MAX (most, chart->bars[i].count);
  for (guint i = 0; chart != NULL && i < chart->n_bars; i++)
    {
      const InspectorProfileBar *bar = &chart->bars[i];
      float length = (float)((double)bar->count / (double)most) * room;
      float left = is_rtl ? width - LABEL_WIDTH - COUNT_WIDTH - 16 - MAX (length, 1)
                          : LABEL_WIDTH + COUNT_WIDTH + 16;
      g_autofree char *count = inspector_format_count (bar->count);

      if (bar->is_gap)
        continue;
      draw_text (self, snapshot, bar->label, is_rtl ? width - LABEL_WIDTH : 0, y, LABEL_WIDTH,
                 is_rtl);
      draw_text (self, snapshot, count,
                 is_rtl ? width - LABEL_WIDTH - COUNT_WIDTH - 8 : LABEL_WIDTH + 8, y, COUNT_WIDTH,
                 !is_rtl);
      if (bar->count > 0)
        gtk_snapshot_append_color (snapshot, &colour,
                                   &GRAPHENE_RECT_INIT (left, y + 3, MAX (length, 1), ROW - 7));
      y += ROW;
    }
}

static void
profile_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  guint n = count_rows (get_chart (PROFILE_CHART (widget)));

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = LABEL_WIDTH + COUNT_WIDTH + 60;
      *natural = 480;
    }
  else
    *minimum = *natural = (int)n * ROW;
}

static void
profile_chart_dispose (GObject *object)
{
  g_clear_pointer (&PROFILE_CHART (object)->data, profile_data_unref);
  G_OBJECT_CLASS (profile_chart_parent_class)->dispose (object);
}

static void
profile_chart_class_init (ProfileChartClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_chart_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = profile_chart_snapshot;
  GTK_WIDGET_CLASS (klass)->measure = profile_chart_measure;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
profile_chart_init (ProfileChart *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "numeric");
}

GtkWidget *
profile_chart_new (void)
{
  return g_object_new (PROFILE_TYPE_CHART, NULL);
}

/* What the bars say, for whoever hears them. */
static void
describe (ProfileChart *self, const InspectorProfileChart *chart)
{
  GString *text = g_string_new (chart->figures);

  for (guint i = 0; i < chart->n_bars; i++)
    {
      g_autofree char *count = inspector_format_count (chart->bars[i].count);

      if (chart->bars[i].count > 0)
        g_string_append_printf (text, "; %s: %s", chart->bars[i].label, count);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  chart->title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
  g_string_free (text, TRUE);
}

void
profile_chart_set_data (ProfileChart *self, ProfileData *data, guint index)
{
  guint before = count_rows (get_chart (self));

  profile_data_ref (data);
  profile_data_unref (self->data);
  self->data = data;
  self->index = index;
  if (get_chart (self) != NULL)
    describe (self, get_chart (self));
  if (count_rows (get_chart (self)) != before)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  else
    gtk_widget_queue_draw (GTK_WIDGET (self));
}
