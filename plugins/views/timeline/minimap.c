/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "minimap.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include "density.h"

#define HEIGHT 40
#define MAX_COLUMNS 800
#define EDGE_REACH 5
#define LEAST_BOX 6.0
#define ZOOM_STEP 1.2
/* Counting may take a tenth of the time, and is done at most so often. */
#define LEAST_GAP_US G_TIME_SPAN_SECOND
#define COST_FACTOR 10

struct _TimelineMinimap
{
  GtkWidget parent_instance;
  TimelineScene *scene;

  TimelineDensity *density;
  GCancellable *cancellable; /* of what is being counted; NULL: nothing is */
  gint64 begun_us, due_us;
  guint generation; /* that is counted */
  guint source;

  cairo_surface_t *surface; /* of @density */
  TimelineSheet sheet;

  double drag_x;
  gint64 drag_from_ns, drag_to_ns;
  int drag_edge; /* -1, 1; 0: both */
};

G_DEFINE_TYPE (TimelineMinimap, timeline_minimap, GTK_TYPE_WIDGET)

/* ---- Counting ------------------------------------------------------------------------------------ */

static void
forget_surface (TimelineMinimap *self)
{
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  g_clear_pointer (&self->sheet.pixels, g_free);
}

static void count (TimelineMinimap *self);

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  TimelineMinimap *self = data;
  TimelineDensity *density = timeline_density_count_finish (result);

  if (density != NULL && self->scene != NULL)
    {
      g_clear_pointer (&self->density, timeline_density_free);
      self->density = g_steal_pointer (&density);
      forget_surface (self);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      self->due_us = g_get_monotonic_time () +
                     MAX ((g_get_monotonic_time () - self->begun_us) * COST_FACTOR, LEAST_GAP_US);
      g_clear_object (&self->cancellable);
      count (self);
    }
  g_clear_pointer (&density, timeline_density_free);
  g_object_unref (self);
}

static gboolean
on_due (gpointer data)
{
  TimelineMinimap *self = data;

  self->source = 0;
  count (self);
  return G_SOURCE_REMOVE;
}

static void
count (TimelineMinimap *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  gint64 first_ns, last_ns, now_us = g_get_monotonic_time ();

  if (self->cancellable != NULL || self->source != 0 || width <= 0 ||
      !gtk_widget_get_mapped (GTK_WIDGET (self)) ||
      self->generation == timeline_scene_get_generation (self->scene) ||
      !timeline_scene_get_range (self->scene, &first_ns, &last_ns))
    return;
  if (now_us < self->due_us)
    {
      self->source = g_timeout_add ((guint)((self->due_us - now_us) / 1000) + 1, on_due, self);
      return;
    }
  self->begun_us = now_us;
  self->generation = timeline_scene_get_generation (self->scene);
  self->cancellable = g_cancellable_new ();
  timeline_density_count_async (timeline_scene_get_history (self->scene), first_ns, last_ns,
                                (guint)MIN (width, MAX_COLUMNS), self->cancellable, on_counted,
                                g_object_ref (self));
}

/* ---- Times and places ------------------------------------------------------------------------------ */

static double
mirror (TimelineMinimap *self, double x)
{
  return timeline_scene_is_mirrored (self->scene) ? gtk_widget_get_width (GTK_WIDGET (self)) - x
                                                  : x;
}

static double
get_x (TimelineMinimap *self, gint64 at_ns)
{
  gint64 first_ns, last_ns;

  timeline_scene_get_range (self->scene, &first_ns, &last_ns);
  return (double)(at_ns - first_ns) / (double)MAX (last_ns - first_ns, 1) *
         gtk_widget_get_width (GTK_WIDGET (self));
}

static gint64
get_ns (TimelineMinimap *self, double pixels)
{
  gint64 first_ns, last_ns;

  timeline_scene_get_range (self->scene, &first_ns, &last_ns);
  return (gint64)(pixels / MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1) *
                  (double)(last_ns - first_ns));
}

/* What is seen below, in pixels. */
static void
get_box (TimelineMinimap *self, double *ret_left, double *ret_right)
{
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double left = get_x (self, timeline_viewport_get_from (viewport));
  double right = get_x (self, timeline_viewport_get_to (viewport));

  if (right - left < LEAST_BOX)
    {
      left = (left + right - LEAST_BOX) / 2;
      right = left + LEAST_BOX;
    }
  *ret_left = CLAMP (left, 0, width);
  *ret_right = CLAMP (right, 0, width);
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static void
make_surface (TimelineMinimap *self, int width)
{
  int scale = timeline_scene_get_scale (self->scene);

  if (self->surface != NULL && self->sheet.width == width * scale)
    return;
  forget_surface (self);
  self->sheet.width = width * scale;
  self->sheet.height = HEIGHT * scale;
  self->sheet.stride = cairo_format_stride_for_width (CAIRO_FORMAT_RGB24, self->sheet.width) / 4;
  self->sheet.pixels = g_new (guint32, (gsize)self->sheet.stride * self->sheet.height);
  timeline_density_draw (self->density, timeline_scene_get_ink (self->scene), &self->sheet);
  self->surface = cairo_image_surface_create_for_data ((unsigned char *)self->sheet.pixels,
                                                       CAIRO_FORMAT_RGB24, self->sheet.width,
                                                       self->sheet.height, self->sheet.stride * 4);
  cairo_surface_set_device_scale (self->surface, scale, scale);
}

static void
draw_density (TimelineMinimap *self, cairo_t *cr, int width)
{
  gint64 first_ns, last_ns;
  double share;

  if (self->density == NULL)
    return;
  timeline_scene_get_range (self->scene, &first_ns, &last_ns);
  make_surface (self, width);
  /* Since it was counted, more may have happened. */
  share = (double)(self->density->last_ns - self->density->first_ns) /
          (double)MAX (last_ns - first_ns, 1);
  cairo_save (cr);
  cairo_scale (cr, MIN (share, 1), 1);
  cairo_set_source_surface (cr, self->surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_restore (cr);
}

static void
draw_box (TimelineMinimap *self, cairo_t *cr, int width, const GdkRGBA *ink)
{
  guint32 ground = timeline_scene_get_ink (self->scene)->ground;
  double left, right;

  get_box (self, &left, &right);
  cairo_set_source_rgba (cr, (ground >> 16 & 255) / 255.0, (ground >> 8 & 255) / 255.0,
                         (ground & 255) / 255.0, 0.65);
  cairo_rectangle (cr, 0, 0, left, HEIGHT);
  cairo_rectangle (cr, right, 0, width - right, HEIGHT);
  cairo_fill (cr);
  gdk_cairo_set_source_rgba (cr, ink);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, left + 0.5, 0.5, MAX (right - left - 1, 1), HEIGHT - 1);
  cairo_stroke (cr);
}

static void
timeline_minimap_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TimelineMinimap *self = TIMELINE_MINIMAP (widget);
  int width = gtk_widget_get_width (widget);
  gint64 first_ns, last_ns;
  GdkRGBA ink;
  cairo_t *cr;

  if (!timeline_scene_get_range (self->scene, &first_ns, &last_ns) || width <= 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, HEIGHT));
  if (timeline_scene_is_mirrored (self->scene))
    {
      cairo_translate (cr, width, 0);
      cairo_scale (cr, -1, 1);
    }
  draw_density (self, cr, width);
  draw_box (self, cr, width, &ink);
  gdk_cairo_set_source_rgba (cr, &ink);
  cairo_rectangle (
      cr,
      floor (get_x (self, ui_session_get_cursor (timeline_scene_get_session (self->scene)))) - 1, 0,
      2, HEIGHT);
  cairo_fill (cr);
  cairo_destroy (cr);
  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, gtk_widget_get_style_context (widget), 0, 0, width,
                               HEIGHT);
}

static void
timeline_minimap_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 50;
}

static void
timeline_minimap_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  count (TIMELINE_MINIMAP (widget));
}

/* ---- Input --------------------------------------------------------------------------------------- */

static int
find_edge (TimelineMinimap *self, double x)
{
  double left, right;

  get_box (self, &left, &right);
  return right - left < 3 * EDGE_REACH   ? 0
         : ABS (x - left) <= EDGE_REACH  ? -1
         : ABS (x - right) <= EDGE_REACH ? 1
                                         : 0;
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, TimelineMinimap *self)
{
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  gint64 first_ns, last_ns;
  double left, right;

  if (!timeline_scene_get_range (self->scene, &first_ns, &last_ns))
    return;
  x = mirror (self, x);
  self->drag_x = x;
  self->drag_edge = find_edge (self, x);
  get_box (self, &left, &right);
  if (self->drag_edge == 0 && (x < left || x > right))
    timeline_scene_centre (self->scene, first_ns + get_ns (self, x));
  self->drag_from_ns = timeline_viewport_get_from (viewport);
  self->drag_to_ns = timeline_viewport_get_to (viewport);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, TimelineMinimap *self)
{
  gint64 by_ns = get_ns (self, timeline_scene_is_mirrored (self->scene) ? -dx : dx);

  if (self->drag_edge == 0)
    timeline_scene_centre (self->scene, self->drag_from_ns +
                                            (self->drag_to_ns - self->drag_from_ns) / 2 + by_ns);
  else if (self->drag_edge < 0 && self->drag_from_ns + by_ns < self->drag_to_ns)
    timeline_scene_fit (self->scene, self->drag_from_ns + by_ns, self->drag_to_ns);
  else if (self->drag_edge > 0 && self->drag_to_ns + by_ns > self->drag_from_ns)
    timeline_scene_fit (self->scene, self->drag_from_ns, self->drag_to_ns + by_ns);
}

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, TimelineMinimap *self)
{
  timeline_scene_zoom (self->scene, timeline_scene_get_width (self->scene) / 2,
                       pow (ZOOM_STEP, -dy));
  return GDK_EVENT_STOP;
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, TimelineMinimap *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self),
                                   find_edge (self, mirror (self, x)) != 0 ? "ew-resize" : "grab");
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers,
        TimelineMinimap *self)
{
  double step = timeline_scene_get_width (self->scene) / 4;

  if ((modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
      timeline_scene_pan (self->scene, -step);
      return GDK_EVENT_STOP;
    case GDK_KEY_Right:
      timeline_scene_pan (self->scene, step);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static void
timeline_minimap_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (timeline_minimap_parent_class)->map (widget);
  count (TIMELINE_MINIMAP (widget));
}

static void
timeline_minimap_dispose (GObject *object)
{
  TimelineMinimap *self = TIMELINE_MINIMAP (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->density, timeline_density_free);
  forget_surface (self);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_minimap_parent_class)->dispose (object);
}

static void
timeline_minimap_class_init (TimelineMinimapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = timeline_minimap_dispose;
  widget_class->snapshot = timeline_minimap_snapshot;
  widget_class->measure = timeline_minimap_measure;
  widget_class->size_allocate = timeline_minimap_size_allocate;
  widget_class->map = timeline_minimap_map;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
timeline_minimap_init (TimelineMinimap *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What all tasks did, and the part that is shown"), -1);
}

static void
on_changed (TimelineScene *scene, guint change, TimelineMinimap *self)
{
  if ((change & TIMELINE_CHANGED_CONTENT) != 0)
    {
      /* The colours may be others. */
      forget_surface (self);
      count (self);
    }
  if ((change & ~(guint)TIMELINE_CHANGED_POINTER) != 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
timeline_minimap_new (TimelineScene *scene)
{
  TimelineMinimap *self = g_object_new (TIMELINE_TYPE_MINIMAP, NULL);

  self->scene = g_object_ref (scene);
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
