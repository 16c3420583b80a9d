/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "scrubber.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include "state-paint.h"

#define HEIGHT 52
#define MARGIN 10
/* What is drawn of activity stands below the times. */
#define TOP 18
#define BOTTOM 4
/* From one time that is written to the next, at least. */
#define TICK_WIDTH 110
#define LABEL_SIZE 8
#define MAX_COLUMNS 4096
/* Where nearly nothing happened is seen to be not nothing. */
#define LEAST_HEIGHT 1.5

struct _UiScrubber
{
  GtkWidget parent_instance;
  UiSession *session;
  gboolean is_range;
  double drag_x;
};

G_DEFINE_TYPE (UiScrubber, ui_scrubber, GTK_TYPE_WIDGET)

/* ---- Time and place ---------------------------------------------------------------------------- */

static gboolean
get_range (UiScrubber *self, gint64 *first_ns, gint64 *last_ns)
{
  if (!inspector_history_get_range (ui_session_get_history (self->session), first_ns, last_ns))
    return FALSE;
  *last_ns = MAX (*last_ns, *first_ns + 1);
  return TRUE;
}

static double
get_inner_width (UiScrubber *self)
{
  return MAX (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN, 1);
}

static double
get_x (UiScrubber *self, gint64 first_ns, gint64 last_ns, gint64 at_ns)
{
  return MARGIN +
         (double)(at_ns - first_ns) / (double)(last_ns - first_ns) * get_inner_width (self);
}

static gint64
get_time (UiScrubber *self, double x)
{
  gint64 first_ns, last_ns;

  if (!get_range (self, &first_ns, &last_ns))
    return 0;
  return first_ns + (gint64)(CLAMP ((x - MARGIN) / get_inner_width (self), 0, 1) *
                             (double)(last_ns - first_ns));
}

/* ---- Drawing ----------------------------------------------------------------------------------- */

static void
draw_activity (UiScrubber *self, cairo_t *cr, gint64 first_ns, gint64 last_ns)
{
  guint n = (guint)CLAMP (get_inner_width (self) / 2, 1, MAX_COLUMNS);
  g_autofree double *counts = g_new0 (double, n);
  double most = 0;

  inspector_history_get_activity (ui_session_get_history (self->session), first_ns, last_ns, n,
                                  counts);
  for (guint i = 0; i < n; i++)
    most = MAX (most, counts[i]);
  ui_set_source (cr, ui_state_get_colour (INSPECTOR_STATE_WAITING, ui_is_dark ()), 1);
  for (guint i = 0; i < n && most > 0; i++)
    {
      /* The root, so that quiet times are seen beside busy ones. */
      double height = sqrt (counts[i] / most) * (HEIGHT - TOP - BOTTOM);

      if (counts[i] > 0)
        cairo_rectangle (cr, MARGIN + i * get_inner_width (self) / n,
                         HEIGHT - BOTTOM - MAX (height, LEAST_HEIGHT), get_inner_width (self) / n,
                         MAX (height, LEAST_HEIGHT));
    }
  cairo_fill (cr);
}

/* 1, 2 or 5 times a power of ten. */
static gint64
get_step (gint64 least_ns)
{
  static const int factors[] = { 2, 5, 10 };
  gint64 step = 1;

  while (step < G_MAXINT64 / 10)
    {
      if (step >= least_ns)
        return step;
      for (guint i = 0; i < G_N_ELEMENTS (factors); i++)
        if (step * factors[i] >= least_ns)
          return step * factors[i];
      step *= 10;
    }
  return step;
}

/* Times are written as people read, also where time runs from right to left. */
static void
draw_times (UiScrubber *self, cairo_t *cr, gint64 first_ns, gint64 last_ns, const GdkRGBA *ink)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  double n_ticks = MAX (get_inner_width (self) / TICK_WIDTH, 1);
  gint64 step = get_step (MAX ((gint64)((double)(last_ns - first_ns) / n_ticks), 1));
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, NULL);
  PangoFontDescription *font = pango_font_description_copy (
      pango_context_get_font_description (gtk_widget_get_pango_context (widget)));

  pango_font_description_set_size (font, LABEL_SIZE * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  for (gint64 at = 0; at <= last_ns - first_ns; at += step)
    {
      double x = get_x (self, first_ns, last_ns, first_ns + at);
      g_autofree char *text = at == 0 ? g_strdup ("0") : inspector_format_duration (at);
      int width;

      if (is_mirrored)
        x = gtk_widget_get_width (widget) - x;
      pango_layout_set_text (layout, text, -1);
      pango_layout_get_pixel_size (layout, &width, NULL);
      cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.15);
      cairo_rectangle (cr, floor (x), 2, 1, HEIGHT - BOTTOM - 2);
      cairo_fill (cr);
      cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.6);
      x += is_mirrored ? -width - 4 : 4;
      cairo_move_to (cr, x, 1);
      /* A part of a number is another one. */
      if (x >= 0 && x + width <= gtk_widget_get_width (widget))
        pango_cairo_show_layout (cr, layout);
      if (last_ns - first_ns - at < step)
        break;
    }
  pango_font_description_free (font);
  g_object_unref (layout);
}

/* The instant that is looked at, with something to take hold of. */
static void
draw_playhead (cairo_t *cr, double x)
{
  cairo_rectangle (cr, x - 1, TOP - 4, 2, HEIGHT - TOP + 2);
  cairo_fill (cr);
  cairo_move_to (cr, x - 5, TOP - 8);
  cairo_line_to (cr, x + 5, TOP - 8);
  cairo_line_to (cr, x + 5, TOP - 4);
  cairo_line_to (cr, x, TOP + 1);
  cairo_line_to (cr, x - 5, TOP - 4);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
draw_marks (UiScrubber *self, cairo_t *cr, gint64 first_ns, gint64 last_ns, const GdkRGBA *ink)
{
  GPtrArray *marks = ui_session_get_marks (self->session);

  gdk_cairo_set_source_rgba (cr, ink);
  for (guint i = 0; i < marks->len; i++)
    {
      double x = get_x (self, first_ns, last_ns, ((UiMark *)marks->pdata[i])->at_ns);

      cairo_move_to (cr, x - 4, HEIGHT);
      cairo_line_to (cr, x + 4, HEIGHT);
      cairo_line_to (cr, x, HEIGHT - 8);
      cairo_close_path (cr);
      cairo_rectangle (cr, x - 0.5, TOP, 1, HEIGHT - TOP - 4);
      cairo_fill (cr);
    }
}

static void
ui_scrubber_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  UiScrubber *self = UI_SCRUBBER (widget);
  int width = gtk_widget_get_width (widget);
  gint64 first_ns, last_ns, from_ns, to_ns;
  GdkRGBA ink;
  cairo_t *cr;

  if (!get_range (self, &first_ns, &last_ns))
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, HEIGHT));
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.05);
  cairo_rectangle (cr, MARGIN, TOP, get_inner_width (self), HEIGHT - TOP - BOTTOM);
  cairo_fill (cr);
  draw_times (self, cr, first_ns, last_ns, &ink);
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    {
      /* Time runs as people read. */
      cairo_translate (cr, width, 0);
      cairo_scale (cr, -1, 1);
    }
  draw_activity (self, cr, first_ns, last_ns);
  if (ui_session_get_range (self->session, &from_ns, &to_ns))
    {
      double x = get_x (self, first_ns, last_ns, MAX (from_ns, first_ns));

      ui_set_source (cr, 0x3584e4, 0.25);
      cairo_rectangle (cr, x, TOP,
                       MAX (get_x (self, first_ns, last_ns, MIN (to_ns, last_ns)) - x, 1),
                       HEIGHT - TOP - BOTTOM);
      cairo_fill (cr);
    }
  draw_marks (self, cr, first_ns, last_ns, &ink);
  gdk_cairo_set_source_rgba (cr, &ink);
  draw_playhead (cr, get_x (self, first_ns, last_ns, ui_session_get_cursor (self->session)));
  cairo_destroy (cr);
  if (gtk_widget_has_focus (widget))
    gtk_snapshot_render_focus (snapshot, gtk_widget_get_style_context (widget), 0, 0, width,
                               HEIGHT);
}

static void
ui_scrubber_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                     int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 100;
}

/* ---- Input ------------------------------------------------------------------------------------- */

static double
mirror (UiScrubber *self, double x)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL
             ? gtk_widget_get_width (GTK_WIDGET (self)) - x
             : x;
}

static void
travel (UiScrubber *self, double x)
{
  if (self->is_range)
    ui_session_set_range (self->session, get_time (self, mirror (self, self->drag_x)),
                          get_time (self, mirror (self, x)));
  else
    ui_session_set_cursor (self->session, get_time (self, mirror (self, x)));
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, UiScrubber *self)
{
  GdkModifierType modifiers =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->is_range = (modifiers & GDK_SHIFT_MASK) != 0;
  self->drag_x = x;
  travel (self, x);
}

static void
on_drag_update (GtkGestureDrag *gesture, double x, double y, UiScrubber *self)
{
  travel (self, self->drag_x + x);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers,
        UiScrubber *self)
{
  gint64 first_ns, last_ns;
  int steps = (modifiers & GDK_SHIFT_MASK) != 0 ? 10 : 1;
  int direction = key == GDK_KEY_Left ? -1 : key == GDK_KEY_Right ? 1 : 0;

  if (direction == 0 || !get_range (self, &first_ns, &last_ns))
    return GDK_EVENT_PROPAGATE;
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    direction = -direction;
  ui_session_set_cursor (self->session, ui_session_get_cursor (self->session) +
                                            direction * steps * (last_ns - first_ns) / 1000);
  return GDK_EVENT_STOP;
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
on_changed (UiSession *session, UiScrubber *self)
{
  g_autofree char *instant = ui_session_dup_instant (session, ui_session_get_cursor (session));
  g_autofree char *text = NULL;

  text = g_strdup_printf (_ ("at %s"), instant);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text,
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
on_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip,
            UiScrubber *self)
{
  g_autofree char *text = ui_session_dup_instant (self->session, get_time (self, mirror (self, x)));

  gtk_tooltip_set_text (tooltip, text);
  return !by_keyboard;
}

static void
ui_scrubber_dispose (GObject *object)
{
  UiScrubber *self = UI_SCRUBBER (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (ui_scrubber_parent_class)->dispose (object);
}

static void
ui_scrubber_class_init (UiScrubberClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ui_scrubber_dispose;
  widget_class->snapshot = ui_scrubber_snapshot;
  widget_class->measure = ui_scrubber_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_widget_class_set_css_name (widget_class, "scrubber");
}

static void
ui_scrubber_init (UiScrubber *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_tooltip), self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Time"),
                                  -1);
}

GtkWidget *
ui_scrubber_new (UiSession *session)
{
  static const char *const names[] = { "grown", "cursor-changed", "range-changed", "marks-changed",
                                       "state-changed" };
  UiScrubber *self = g_object_new (UI_TYPE_SCRUBBER, NULL);

  self->session = g_object_ref (session);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect (session, names[i], G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
