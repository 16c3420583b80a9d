/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "ruler.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include "ticks.h"

#define HEIGHT 30
#define LEAST_GAP 96
#define MARK_REACH 5

struct _TimelineRuler
{
  GtkWidget parent_instance;
  TimelineScene *scene;
  gint64 drag_ns;
  double drag_x;
};

G_DEFINE_TYPE (TimelineRuler, timeline_ruler, GTK_TYPE_WIDGET)

/* ---- Drawing ------------------------------------------------------------------------------------- */

static void
draw_text (GtkWidget *widget, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y,
           const GdkRGBA *colour)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_ticks (TimelineRuler *self, GtkSnapshot *snapshot, const GdkRGBA *ink, gint64 first_ns)
{
  GtkWidget *widget = GTK_WIDGET (self);
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  gint64 from_ns = timeline_viewport_get_from (viewport) - first_ns;
  gint64 to_ns = timeline_viewport_get_to (viewport) - first_ns;
  gint64 step_ns = timeline_ticks_get_step (viewport->ns_per_column * LEAST_GAP *
                                            timeline_scene_get_scale (self->scene));
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, NULL);
  GdkRGBA faint = *ink;

  faint.alpha *= 0.35f;
  for (gint64 at_ns = from_ns / step_ns * step_ns - step_ns; at_ns <= to_ns; at_ns += step_ns)
    {
      double x = floor (timeline_scene_get_x_of (self->scene, first_ns + at_ns));
      g_autofree char *label =
          timeline_ticks_dup_label (at_ns, step_ns, MAX (ABS (from_ns), ABS (to_ns)));
      int width;

      pango_layout_set_text (layout, label, -1);
      pango_layout_get_pixel_size (layout, &width, NULL);
      gtk_snapshot_append_color (snapshot, &faint,
                                 &GRAPHENE_RECT_INIT ((float)x, HEIGHT - 9, 1, 9));
      x += timeline_scene_is_mirrored (self->scene) ? -width - 4 : 4;
      /* A part of a number is another one. */
      if (x >= 0 && x + width <= gtk_widget_get_width (widget))
        draw_text (widget, snapshot, layout, x, 8, ink);
    }
}

static void
draw_marks (TimelineRuler *self, cairo_t *cr)
{
  GPtrArray *marks = ui_session_get_marks (timeline_scene_get_session (self->scene));

  cairo_set_source_rgb (cr, 0.57, 0.25, 0.67);
  for (guint i = 0; i < marks->len; i++)
    {
      double x = timeline_scene_get_x_of (self->scene, ((UiMark *)marks->pdata[i])->at_ns);

      cairo_move_to (cr, x - MARK_REACH, 0);
      cairo_line_to (cr, x + MARK_REACH, 0);
      cairo_line_to (cr, x + MARK_REACH, 5);
      cairo_line_to (cr, x, 11);
      cairo_line_to (cr, x - MARK_REACH, 5);
      cairo_close_path (cr);
      cairo_fill (cr);
    }
}

static void
draw_cursor (TimelineRuler *self, cairo_t *cr, const GdkRGBA *ink)
{
  double x = timeline_scene_get_x_of (
      self->scene, ui_session_get_cursor (timeline_scene_get_session (self->scene)));

  gdk_cairo_set_source_rgba (cr, ink);
  cairo_move_to (cr, x - 6, HEIGHT - 8);
  cairo_line_to (cr, x + 6, HEIGHT - 8);
  cairo_line_to (cr, x, HEIGHT);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
timeline_ruler_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TimelineRuler *self = TIMELINE_RULER (widget);
  int width = gtk_widget_get_width (widget);
  gint64 first_ns, last_ns, from_ns, to_ns;
  GdkRGBA ink;
  cairo_t *cr;

  if (!timeline_scene_get_range (self->scene, &first_ns, &last_ns))
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  if (ui_session_get_range (timeline_scene_get_session (self->scene), &from_ns, &to_ns))
    {
      double a = timeline_scene_get_x_of (self->scene, from_ns);
      double b = timeline_scene_get_x_of (self->scene, to_ns);

      a = CLAMP (a, 0, width);
      b = CLAMP (b, 0, width);
      gtk_snapshot_append_color (
          snapshot, &(GdkRGBA){ 0.21f, 0.52f, 0.89f, 0.3f },
          &GRAPHENE_RECT_INIT ((float)MIN (a, b), 0, (float)MAX (ABS (b - a), 1), HEIGHT));
    }
  draw_ticks (self, snapshot, &ink, first_ns);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, HEIGHT));
  draw_marks (self, cr);
  draw_cursor (self, cr, &ink);
  cairo_destroy (cr);
}

static void
timeline_ruler_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 50;
}

/* ---- Input --------------------------------------------------------------------------------------- */

static const UiMark *
find_mark (TimelineRuler *self, double x)
{
  GPtrArray *marks = ui_session_get_marks (timeline_scene_get_session (self->scene));

  for (guint i = 0; i < marks->len; i++)
    if (ABS (timeline_scene_get_x_of (self->scene, ((UiMark *)marks->pdata[i])->at_ns) - x) <=
        MARK_REACH)
      return marks->pdata[i];
  return NULL;
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, TimelineRuler *self)
{
  self->drag_x = x;
  self->drag_ns = timeline_scene_get_time_at (self->scene, x);
}

static void
on_drag_update (GtkGestureDrag *gesture, double x, double y, TimelineRuler *self)
{
  if (gtk_drag_check_threshold (GTK_WIDGET (self), 0, 0, (int)x, 0))
    ui_session_set_range (timeline_scene_get_session (self->scene), self->drag_ns,
                          timeline_scene_get_time_at (self->scene, self->drag_x + x));
}

static void
on_drag_end (GtkGestureDrag *gesture, double x, double y, TimelineRuler *self)
{
  const UiMark *mark = find_mark (self, self->drag_x);

  if (gtk_drag_check_threshold (GTK_WIDGET (self), 0, 0, (int)x, 0))
    return;
  ui_session_set_cursor (timeline_scene_get_session (self->scene),
                         mark != NULL ? mark->at_ns : self->drag_ns);
}

static gboolean
on_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip,
            TimelineRuler *self)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  const UiMark *mark = find_mark (self, x);
  g_autofree char *instant = ui_session_dup_instant (
      session, mark != NULL ? mark->at_ns : timeline_scene_get_time_at (self->scene, x));
  g_autofree char *text = mark != NULL && *mark->text != '\0'
                              ? g_strdup_printf ("%s\n%s", mark->text, instant)
                              : g_steal_pointer (&instant);

  gtk_tooltip_set_text (tooltip, text);
  return !by_keyboard;
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, TimelineRuler *self)
{
  timeline_scene_set_pointer (self->scene, x, -1);
}

static void
on_leave (GtkEventControllerMotion *controller, TimelineRuler *self)
{
  timeline_scene_set_pointer (self->scene, -1, -1);
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static void
timeline_ruler_dispose (GObject *object)
{
  TimelineRuler *self = TIMELINE_RULER (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_ruler_parent_class)->dispose (object);
}

static void
timeline_ruler_class_init (TimelineRulerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = timeline_ruler_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = timeline_ruler_snapshot;
  GTK_WIDGET_CLASS (klass)->measure = timeline_ruler_measure;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
timeline_ruler_init (TimelineRuler *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_tooltip), self);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Scale of time; drag to select a stretch of it"), -1);
}

static void
on_changed (TimelineScene *scene, guint change, TimelineRuler *self)
{
  if ((change & (TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_SELECTION)) != 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
timeline_ruler_new (TimelineScene *scene)
{
  TimelineRuler *self = g_object_new (TIMELINE_TYPE_RULER, NULL);

  self->scene = g_object_ref (scene);
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
