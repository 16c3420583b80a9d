/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "overlay.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include <stops.h>

#include "arrows.h"

/* While somebody moves, causes are not looked for. */
#define SETTLE_MS 60

struct _TimelineOverlay
{
  GtkWidget parent_instance;
  TimelineScene *scene;
  TimelineCauses *causes;
  GCancellable *cancellable;
  guint settle_source;
};

G_DEFINE_TYPE (TimelineOverlay, timeline_overlay, GTK_TYPE_WIDGET)

static const GdkRGBA blue = { 0.21f, 0.52f, 0.89f, 1 };
static const GdkRGBA red = { 0.75f, 0.11f, 0.16f, 1 };
static const GdkRGBA purple = { 0.57f, 0.25f, 0.67f, 1 };

/* ---- Causes -------------------------------------------------------------------------------------- */

static void
on_causes (GObject *source, GAsyncResult *result, gpointer data)
{
  TimelineOverlay *self = data;
  TimelineCauses *causes = timeline_causes_find_finish (result);

  if (causes != NULL)
    {
      g_clear_pointer (&self->causes, timeline_causes_free);
      self->causes = causes;
      gtk_widget_queue_draw (GTK_WIDGET (self));
    }
  g_object_unref (self);
}

static gboolean
on_settled (gpointer data)
{
  TimelineOverlay *self = data;
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  guint64 number = ui_session_get_selection (timeline_scene_get_session (self->scene));

  self->settle_source = 0;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (number == 0)
    return G_SOURCE_REMOVE;
  self->cancellable = g_cancellable_new ();
  timeline_causes_find_async (
      timeline_scene_get_history (self->scene), number, timeline_viewport_get_from (viewport),
      timeline_viewport_get_to (viewport), self->cancellable, on_causes, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
settle (TimelineOverlay *self)
{
  guint64 number = ui_session_get_selection (timeline_scene_get_session (self->scene));

  if (self->causes != NULL && self->causes->number != number)
    g_clear_pointer (&self->causes, timeline_causes_free);
  if (self->settle_source == 0 && number != 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->settle_source = g_timeout_add (SETTLE_MS, on_settled, self);
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static void
append_line (TimelineOverlay *self, GtkSnapshot *snapshot, gint64 at_ns, double width,
             const GdkRGBA *colour)
{
  double x = floor (timeline_scene_get_x_of (self->scene, at_ns)) - floor (width / 2);

  if (x > -width && x < gtk_widget_get_width (GTK_WIDGET (self)))
    gtk_snapshot_append_color (
        snapshot, colour,
        &GRAPHENE_RECT_INIT ((float)x, 0, (float)width,
                             (float)gtk_widget_get_height (GTK_WIDGET (self))));
}

static void
append_range (TimelineOverlay *self, GtkSnapshot *snapshot, gint64 from_ns, gint64 to_ns,
              const GdkRGBA *colour)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double a = CLAMP (timeline_scene_get_x_of (self->scene, from_ns), 0, width);
  double b = CLAMP (timeline_scene_get_x_of (self->scene, to_ns), 0, width);

  gtk_snapshot_append_color (
      snapshot, colour,
      &GRAPHENE_RECT_INIT ((float)MIN (a, b), 0, (float)MAX (ABS (b - a), 1),
                           (float)gtk_widget_get_height (GTK_WIDGET (self))));
}

/* A short text on a plate, kept within the widget. */
static void
append_plate (TimelineOverlay *self, GtkSnapshot *snapshot, const char *text, double x, double y)
{
  GtkWidget *widget = GTK_WIDGET (self);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  GskRoundedRect plate;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  x = CLAMP (x, 8, MAX (gtk_widget_get_width (widget) - width - 8, 8));
  y = CLAMP (y, 4, MAX (gtk_widget_get_height (widget) - height - 4, 4));
  gsk_rounded_rect_init_from_rect (
      &plate,
      &GRAPHENE_RECT_INIT ((float)x - 6, (float)y - 3, (float)width + 12, (float)height + 6), 5);
  gtk_snapshot_push_rounded_clip (snapshot, &plate);
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0.1f, 0.1f, 0.1f, 0.9f }, &plate.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_layout (snapshot, layout, &(GdkRGBA){ 1, 1, 1, 1 });
  gtk_snapshot_restore (snapshot);
}

static void
append_selected_row (TimelineOverlay *self, GtkSnapshot *snapshot)
{
  float width = (float)gtk_widget_get_width (GTK_WIDGET (self));
  float height = (float)timeline_scene_get_row_height (self->scene);
  guint track, row;
  double y;

  if (!timeline_scene_get_selected (self->scene, &track) ||
      !timeline_rows_find (timeline_scene_get_rows (self->scene), track, &row) ||
      !timeline_scene_get_y_of (self->scene, row, &y))
    return;
  gtk_snapshot_append_color (snapshot, &blue, &GRAPHENE_RECT_INIT (0, (float)y - 2, width, 2));
  gtk_snapshot_append_color (snapshot, &blue,
                             &GRAPHENE_RECT_INIT (0, (float)y + height - 2, width, 2));
}

/* Where a thread stands still: an instant, and the row of its task. */
static void
append_stop (TimelineOverlay *self, GtkSnapshot *snapshot, const InspectorStop *stop)
{
  double x = timeline_scene_get_x_of (self->scene, stop->at_ns), y;
  float height = (float)timeline_scene_get_row_height (self->scene);
  guint track, row;

  append_line (self, snapshot, stop->at_ns, 2, &red);
  if (stop->task == 0 ||
      !inspector_history_find_track (timeline_scene_get_history (self->scene), stop->task,
                                     &track) ||
      !timeline_rows_find (timeline_scene_get_rows (self->scene), track, &row) ||
      !timeline_scene_get_y_of (self->scene, row, &y))
    return;
  /* As everybody knows it from what plays: two bars. */
  for (int i = 0; i < 2; i++)
    gtk_snapshot_append_color (
        snapshot, &red,
        &GRAPHENE_RECT_INIT ((float)x + (i == 0 ? -7 : 3), (float)y + 1, 4, height - 2));
}

static void
append_stops (TimelineOverlay *self, GtkSnapshot *snapshot)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  const InspectorStop *looked_at = ui_session_get_stop (session);
  g_autoptr (GPtrArray) stops = ui_session_list_stops (session);

  for (guint i = 0; i < stops->len; i++)
    append_stop (self, snapshot, stops->pdata[i]);
  if (looked_at != NULL)
    append_plate (self, snapshot, looked_at->what,
                  timeline_scene_get_x_of (self->scene, looked_at->at_ns) + 14, 4);
}

static void
append_pointer (TimelineOverlay *self, GtkSnapshot *snapshot, const GdkRGBA *ink)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  gint64 measured_ns = timeline_scene_get_measure (self->scene), at_ns;
  GdkRGBA faint = *ink;
  double x, y;

  if (!timeline_scene_get_pointer (self->scene, &x, &y))
    return;
  at_ns = timeline_scene_get_time_at (self->scene, x);
  faint.alpha = 0.35f;
  append_line (self, snapshot, at_ns, 1, &faint);
  if (measured_ns != 0)
    {
      g_autofree char *duration = inspector_format_duration (ABS (at_ns - measured_ns));

      append_range (self, snapshot, measured_ns, at_ns, &(GdkRGBA){ 0.9f, 0.65f, 0.04f, 0.22f });
      append_plate (self, snapshot, duration, x + 12, MAX (y, 0) - 30);
    }
  else if (y < 0)
    {
      g_autofree char *instant = ui_session_dup_instant (session, at_ns);

      append_plate (self, snapshot, instant, x + 10, 6);
    }
}

static void
append_range_label (TimelineOverlay *self, GtkSnapshot *snapshot, gint64 from_ns, gint64 to_ns)
{
  g_autofree char *duration = inspector_format_duration (to_ns - from_ns);
  double a = timeline_scene_get_x_of (self->scene, from_ns),
         b = timeline_scene_get_x_of (self->scene, to_ns);

  append_plate (self, snapshot, duration, (a + b) / 2 - 20, 4);
}

static void
timeline_overlay_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TimelineOverlay *self = TIMELINE_OVERLAY (widget);
  UiSession *session = timeline_scene_get_session (self->scene);
  GPtrArray *marks = ui_session_get_marks (session);
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  gint64 first_ns, last_ns, from_ns, to_ns;
  GdkRGBA ink;

  if (!timeline_scene_get_range (self->scene, &first_ns, &last_ns))
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  append_selected_row (self, snapshot);
  if (viewport->n_pinned > 0)
    gtk_snapshot_append_color (
        snapshot, &(GdkRGBA){ ink.red, ink.green, ink.blue, 0.4f },
        &GRAPHENE_RECT_INIT (0,
                             (float)timeline_viewport_get_band (viewport) /
                                     (float)timeline_scene_get_scale (self->scene) -
                                 1,
                             (float)width, 1));
  if (ui_session_get_range (session, &from_ns, &to_ns))
    {
      append_range (self, snapshot, from_ns, to_ns, &(GdkRGBA){ 0.21f, 0.52f, 0.89f, 0.2f });
      append_line (self, snapshot, from_ns, 1, &blue);
      append_line (self, snapshot, to_ns, 1, &blue);
      append_range_label (self, snapshot, from_ns, to_ns);
    }
  for (guint i = 0; i < marks->len; i++)
    append_line (self, snapshot, ((UiMark *)marks->pdata[i])->at_ns, 1, &purple);
  append_line (self, snapshot, ui_session_get_cursor (session), 2, &ink);
  if (self->causes != NULL && self->causes->number == ui_session_get_selection (session))
    {
      cairo_t *cr = gtk_snapshot_append_cairo (
          snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));

      timeline_arrows_draw (self->scene, self->causes, cr, &ink);
      cairo_destroy (cr);
      if (self->causes->n > self->causes->causes->len)
        {
          g_autofree char *all = inspector_format_count (self->causes->n);
          g_autofree char *text =
              g_strdup_printf (_ ("the first %u of %s arrows; zoom in for the others"),
                               self->causes->causes->len, all);

          append_plate (self, snapshot, text, width, height);
        }
    }
  append_stops (self, snapshot);
  append_pointer (self, snapshot, &ink);
  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, gtk_widget_get_style_context (widget), 0, 0, width,
                               height);
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static void
timeline_overlay_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (timeline_overlay_parent_class)->map (widget);
  settle (TIMELINE_OVERLAY (widget));
}

static void
timeline_overlay_dispose (GObject *object)
{
  TimelineOverlay *self = TIMELINE_OVERLAY (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_handle_id (&self->settle_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->causes, timeline_causes_free);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_overlay_parent_class)->dispose (object);
}

static void
timeline_overlay_class_init (TimelineOverlayClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = timeline_overlay_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = timeline_overlay_snapshot;
  GTK_WIDGET_CLASS (klass)->map = timeline_overlay_map;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
timeline_overlay_init (TimelineOverlay *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Timeline of all tasks"), -1);
}

static void
on_changed (TimelineScene *scene, guint change, TimelineOverlay *self)
{
  if ((change & ~(guint)TIMELINE_CHANGED_POINTER) != 0)
    settle (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
timeline_overlay_new (TimelineScene *scene)
{
  TimelineOverlay *self = g_object_new (TIMELINE_TYPE_OVERLAY, NULL);

  self->scene = g_object_ref (scene);
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
