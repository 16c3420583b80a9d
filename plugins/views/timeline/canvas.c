/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "canvas.h"

#include "labels.h"
#include "sheets.h"

struct _TimelineCanvas
{
  GtkWidget parent_instance;
  TimelineScene *scene;
  TimelineSheets sheets;
  TimelineLabels *labels;
};

G_DEFINE_TYPE (TimelineCanvas, timeline_canvas, GTK_TYPE_WIDGET)

static void
timeline_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TimelineCanvas *self = TIMELINE_CANVAS (widget);
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int scale = timeline_scene_get_scale (self->scene);
  gint64 first_ns, last_ns;
  const TimelineRow *rows;
  cairo_surface_t *surface;
  cairo_t *cr;
  guint n;

  if (!timeline_scene_get_range (self->scene, &first_ns, &last_ns) || viewport->width <= 0 ||
      viewport->height <= 0)
    return;
  rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);
  surface = timeline_sheets_draw (&self->sheets, timeline_scene_get_history (self->scene), rows, n,
                                  viewport, timeline_scene_get_ink (self->scene), last_ns,
                                  timeline_scene_get_generation (self->scene));
  cr =
      gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  cairo_save (cr);
  if (timeline_scene_is_mirrored (self->scene))
    {
      cairo_translate (cr, width, 0);
      cairo_scale (cr, -1, 1);
    }
  cairo_scale (cr, 1.0 / scale, 1.0 / scale);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  cairo_restore (cr);
  timeline_labels_draw (self->labels, widget, cr);
  cairo_destroy (cr);
}

static void
timeline_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  timeline_scene_set_size (TIMELINE_CANVAS (widget)->scene, width, height,
                           gtk_widget_get_scale_factor (widget));
}

static void
timeline_canvas_direction_changed (GtkWidget *widget, GtkTextDirection previous)
{
  TimelineCanvas *self = TIMELINE_CANVAS (widget);

  if (self->scene != NULL)
    timeline_scene_set_mirrored (self->scene,
                                 gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL);
}

static void
timeline_canvas_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  timeline_labels_forget (TIMELINE_CANVAS (widget)->labels);
  GTK_WIDGET_CLASS (timeline_canvas_parent_class)->system_setting_changed (widget, setting);
}

static void
timeline_canvas_dispose (GObject *object)
{
  TimelineCanvas *self = TIMELINE_CANVAS (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_pointer (&self->labels, timeline_labels_free);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_canvas_parent_class)->dispose (object);
}

static void
timeline_canvas_finalize (GObject *object)
{
  timeline_sheets_clear (&TIMELINE_CANVAS (object)->sheets);
  G_OBJECT_CLASS (timeline_canvas_parent_class)->finalize (object);
}

static void
timeline_canvas_class_init (TimelineCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = timeline_canvas_dispose;
  G_OBJECT_CLASS (klass)->finalize = timeline_canvas_finalize;
  widget_class->snapshot = timeline_canvas_snapshot;
  widget_class->size_allocate = timeline_canvas_size_allocate;
  widget_class->direction_changed = timeline_canvas_direction_changed;
  widget_class->system_setting_changed = timeline_canvas_system_setting_changed;
}

static void
timeline_canvas_init (TimelineCanvas *self)
{
  timeline_sheets_init (&self->sheets);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
}

static void
on_changed (TimelineScene *scene, guint change, TimelineCanvas *self)
{
  if ((change & (TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_CONTENT | TIMELINE_CHANGED_ROWS)) != 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
timeline_canvas_new (TimelineScene *scene)
{
  TimelineCanvas *self = g_object_new (TIMELINE_TYPE_CANVAS, NULL);

  self->scene = g_object_ref (scene);
  self->labels = timeline_labels_new (scene);
  timeline_scene_set_mirrored (scene,
                               gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL);
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
