/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "input.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include "toolbar.h"
#include "words.h"

#define ZOOM_STEP 1.2
#define PAN_STEP 80
#define SCROLL_ROWS 3
/* Near an edge of the range, a drag moves that edge. */
#define EDGE_REACH 4

typedef enum
{
  DRAG_PAN,
  DRAG_RANGE,   /* Shift: selects a stretch of time */
  DRAG_ZOOM,    /* Ctrl: and shows it */
  DRAG_MEASURE, /* Alt: says how long it is */
} DragKind;

typedef struct
{
  GtkWidget *widget;
  TimelineScene *scene;
  GtkWidget *menu;
  DragKind kind;
  double x, y;             /* where the drag began */
  double panned, scrolled; /* so far */
  gint64 anchor_ns;
  gboolean has_moved;
} Input;

/* ---- Drag ---------------------------------------------------------------------------------------- */

static gboolean
is_near (Input *self, double x, gint64 at_ns)
{
  return ABS (timeline_scene_get_x_of (self->scene, at_ns) - x) <= EDGE_REACH;
}

static void
choose_kind (Input *self, GdkModifierType modifiers, guint button)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  gint64 from_ns, to_ns;

  self->anchor_ns = timeline_scene_get_time_at (self->scene, self->x);
  self->kind = button != GDK_BUTTON_PRIMARY          ? DRAG_PAN
               : (modifiers & GDK_SHIFT_MASK) != 0   ? DRAG_RANGE
               : (modifiers & GDK_CONTROL_MASK) != 0 ? DRAG_ZOOM
               : (modifiers & GDK_ALT_MASK) != 0     ? DRAG_MEASURE
                                                     : DRAG_PAN;
  if (self->kind != DRAG_PAN || button != GDK_BUTTON_PRIMARY ||
      !ui_session_get_range (session, &from_ns, &to_ns))
    return;
  if (is_near (self, self->x, from_ns) || is_near (self, self->x, to_ns))
    {
      self->kind = DRAG_RANGE;
      self->anchor_ns = is_near (self, self->x, from_ns) ? to_ns : from_ns;
    }
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, Input *self)
{
  gtk_widget_grab_focus (self->widget);
  self->x = x;
  self->y = y;
  self->panned = self->scrolled = 0;
  self->has_moved = FALSE;
  choose_kind (self, gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture)),
               gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)));
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, Input *self)
{
  UiSession *session = timeline_scene_get_session (self->scene);

  if (!self->has_moved && !gtk_drag_check_threshold (self->widget, 0, 0, (int)dx, (int)dy))
    return;
  self->has_moved = TRUE;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  timeline_scene_set_pointer (self->scene, self->x + dx, self->y + dy);
  switch (self->kind)
    {
    case DRAG_RANGE:
    case DRAG_ZOOM:
      ui_session_set_range (session, self->anchor_ns,
                            timeline_scene_get_time_at (self->scene, self->x + dx));
      break;
    case DRAG_MEASURE:
      timeline_scene_set_measure (self->scene, self->anchor_ns);
      break;
    case DRAG_PAN:
    default:
      gtk_widget_set_cursor_from_name (self->widget, "grabbing");
      timeline_scene_pan (self->scene, self->panned - dx);
      timeline_scene_scroll (self->scene, self->scrolled - dy);
      self->panned = dx;
      self->scrolled = dy;
      break;
    }
}

static void
click (Input *self)
{
  guint row, n;
  const TimelineRow *rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);

  /* The time first: what is selected is told at the instant that is looked at. */
  ui_session_set_cursor (timeline_scene_get_session (self->scene),
                         timeline_scene_get_time_at (self->scene, self->x));
  if (!timeline_scene_get_row_at (self->scene, self->y, &row))
    return;
  if (rows[row].track != G_MAXUINT)
    timeline_scene_select (self->scene, rows[row].track);
}

static void
on_drag_end (GtkGestureDrag *gesture, double dx, double dy, Input *self)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  gint64 from_ns, to_ns;

  gtk_widget_set_cursor (self->widget, NULL);
  if (!self->has_moved)
    {
      if (gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)) ==
          GDK_BUTTON_PRIMARY)
        click (self);
    }
  else if (self->kind == DRAG_ZOOM && ui_session_get_range (session, &from_ns, &to_ns))
    {
      timeline_scene_fit (self->scene, from_ns, to_ns);
      ui_session_set_range (session, 0, 0);
    }
  else if (self->kind == DRAG_MEASURE)
    timeline_scene_set_measure (self->scene, 0);
}

/* The stretch of what a task does there fills the view. */
static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, Input *self)
{
  InspectorHistory *history = timeline_scene_get_history (self->scene);
  gint64 first_ns, last_ns;
  InspectorSpan span;
  guint row, n;
  const TimelineRow *rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);

  if (n_press != 2 || !timeline_scene_get_row_at (self->scene, y, &row) ||
      rows[row].track == G_MAXUINT ||
      !inspector_history_get_state_at (history, rows[row].track,
                                       timeline_scene_get_time_at (self->scene, x), &span) ||
      span.state == INSPECTOR_STATE_NONE ||
      !timeline_scene_get_range (self->scene, &first_ns, &last_ns))
    return;
  timeline_scene_fit (self->scene, span.begin_ns, MIN (span.end_ns, last_ns));
}

static void
show_menu (Input *self, double x, double y)
{
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int)x, (int)y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

/* What can be done with the task there, which is selected first. */
static void
on_menu (GtkGestureClick *gesture, int n_press, double x, double y, Input *self)
{
  self->x = x;
  self->y = y;
  click (self);
  show_menu (self, x, y);
}

void
timeline_input_show_menu (GtkWidget *widget)
{
  Input *self = g_object_get_data (G_OBJECT (widget), "timeline-input");
  double x = timeline_scene_get_x_of (
      self->scene, ui_session_get_cursor (timeline_scene_get_session (self->scene)));
  guint track, row;
  double y = 0;

  if (timeline_scene_get_selected (self->scene, &track) &&
      timeline_rows_find (timeline_scene_get_rows (self->scene), track, &row))
    timeline_scene_get_y_of (self->scene, row, &y);
  show_menu (self, CLAMP (x, 0, timeline_scene_get_width (self->scene)),
             CLAMP (y + timeline_scene_get_row_height (self->scene), 0,
                    timeline_scene_get_height (self->scene)));
}

/* ---- Wheel --------------------------------------------------------------------------------------- */

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, Input *self)
{
  GdkModifierType modifiers =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  double x, y;

  if ((modifiers & GDK_CONTROL_MASK) != 0)
    {
      if (!timeline_scene_get_pointer (self->scene, &x, &y))
        x = timeline_scene_get_width (self->scene) / 2;
      timeline_scene_zoom (self->scene, x, pow (ZOOM_STEP, -dy));
      return GDK_EVENT_STOP;
    }
  if ((modifiers & GDK_SHIFT_MASK) != 0 && dx == 0)
    {
      dx = dy;
      dy = 0;
    }
  if (dx != 0)
    timeline_scene_pan (self->scene, dx * PAN_STEP);
  if (dy != 0)
    timeline_scene_scroll (self->scene,
                           dy * SCROLL_ROWS * timeline_scene_get_row_height (self->scene));
  return GDK_EVENT_STOP;
}

static void
on_scale_changed (GtkGestureZoom *gesture, double scale, Input *self)
{
  double x, y;

  if (!gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    return;
  if (self->panned == 0)
    self->panned = 1;
  timeline_scene_zoom (self->scene, x, scale / self->panned);
  self->panned = scale;
}

static void
on_scale_begin (GtkGesture *gesture, GdkEventSequence *sequence, Input *self)
{
  self->panned = 1;
}

/* ---- Pointer ------------------------------------------------------------------------------------- */

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, Input *self)
{
  UiSession *session = timeline_scene_get_session (self->scene);
  gint64 from_ns, to_ns;
  gboolean is_edge = ui_session_get_range (session, &from_ns, &to_ns) &&
                     (is_near (self, x, from_ns) || is_near (self, x, to_ns));

  timeline_scene_set_pointer (self->scene, x, y);
  gtk_widget_set_cursor_from_name (self->widget, is_edge ? "ew-resize" : NULL);
}

static void
on_leave (GtkEventControllerMotion *controller, Input *self)
{
  timeline_scene_set_pointer (self->scene, -1, -1);
}

static gboolean
on_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip, Input *self)
{
  guint row, n, track;
  const TimelineRow *rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);
  gint64 at_ns;
  g_autofree char *text = NULL;

  if (by_keyboard)
    {
      if (!timeline_scene_get_selected (self->scene, &track))
        return FALSE;
      at_ns = ui_session_get_cursor (timeline_scene_get_session (self->scene));
    }
  else
    {
      if (!timeline_scene_get_row_at (self->scene, y, &row) || rows[row].track == G_MAXUINT)
        return FALSE;
      track = rows[row].track;
      at_ns = timeline_scene_get_time_at (self->scene, x);
      gtk_tooltip_set_tip_area (tooltip, &(GdkRectangle){ x - 2, y - 2, 4, 4 });
    }
  text = timeline_words_dup_span (timeline_scene_get_session (self->scene), track, at_ns,
                                  timeline_scene_get_viewport (self->scene)->ns_per_column, widget,
                                  gtk_widget_trigger_tooltip_query);
  if (text == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* ---- Attaching ----------------------------------------------------------------------------------- */

static void
on_destroy (GtkWidget *widget, Input *self)
{
  g_clear_pointer (&self->menu, gtk_widget_unparent);
}

static void
input_free (gpointer data)
{
  Input *self = data;

  g_object_unref (self->scene);
  g_free (self);
}

void
timeline_input_attach (GtkWidget *widget, TimelineScene *scene)
{
  Input *self = g_new0 (Input, 1);
  GtkGesture *drag = gtk_gesture_drag_new (), *press = gtk_gesture_click_new (),
             *zoom = gtk_gesture_zoom_new (), *menu = gtk_gesture_click_new ();
  g_autoptr (GMenuModel) model = timeline_toolbar_new_menu ();
  GtkEventController *scroll =
                         gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES),
                     *motion = gtk_event_controller_motion_new ();

  self->widget = widget;
  self->scene = g_object_ref (scene);
  g_object_set_data_full (G_OBJECT (widget), "timeline-input", self, input_free);
  self->menu = gtk_popover_menu_new_from_model (model);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, widget);
  g_signal_connect (widget, "destroy", G_CALLBACK (on_destroy), self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (menu), GDK_BUTTON_SECONDARY);
  g_signal_connect (menu, "pressed", G_CALLBACK (on_menu), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (menu));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect (press, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (zoom, "begin", G_CALLBACK (on_scale_begin), self);
  g_signal_connect (zoom, "scale-changed", G_CALLBACK (on_scale_changed), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (widget, "query-tooltip", G_CALLBACK (on_tooltip), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (press));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (zoom));
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, motion);
}
