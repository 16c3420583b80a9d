/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Keys, the pointer, the wheel and fingers. */

#include "canvas-private.h"

#include <math.h>

#include "reach.h"
#include "tell.h"

#define ZOOM_STEP 1.25
#define PAN_STEP 60.0
#define NEAR_EDGE 6.0 /* pixels */

/* ---- Keys --------------------------------------------------------------------------------------- */

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers,
        GraphCanvas *self)
{
  static const struct
  {
    guint key, other_key;
    GraphDirection direction;
    double x, y;
  } arrows[] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left, GRAPH_LEFT, -1, 0 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, GRAPH_RIGHT, 1, 0 },
    { GDK_KEY_Up, GDK_KEY_KP_Up, GRAPH_UP, 0, -1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, GRAPH_DOWN, 0, 1 },
  };
  guint focused = graph_canvas_get_focused (self);

  if (self->picture == NULL || (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  for (guint i = 0; i < G_N_ELEMENTS (arrows); i++)
    {
      if (key != arrows[i].key && key != arrows[i].other_key)
        continue;
      if ((modifiers & GDK_SHIFT_MASK) != 0)
        {
          self->viewport.x += arrows[i].x * PAN_STEP / self->viewport.scale;
          self->viewport.y += arrows[i].y * PAN_STEP / self->viewport.scale;
          graph_canvas_look_around (self);
        }
      else
        graph_canvas_set_focused (self,
                                  graph_reach_next (self->picture, focused, arrows[i].direction));
      return GDK_EVENT_STOP;
    }
  if (key == GDK_KEY_Home)
    {
      graph_canvas_set_focused (self, graph_reach_first (self->picture));
      return GDK_EVENT_STOP;
    }
  if (focused == G_MAXUINT ||
      (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter && key != GDK_KEY_space))
    return GDK_EVENT_PROPAGATE;
  graph_canvas_activate (self, focused);
  return GDK_EVENT_STOP;
}

/* ---- The pointer -------------------------------------------------------------------------------- */

static void
get_place (const GraphCanvas *self, double x, double y, double *ret_x, double *ret_y)
{
  *ret_x = self->viewport.x + x / self->viewport.scale;
  *ret_y = self->viewport.y + y / self->viewport.scale;
}

static guint
find_node (const GraphCanvas *self, double x, double y)
{
  if (self->picture == NULL)
    return G_MAXUINT;
  get_place (self, x, y, &x, &y);
  return graph_reach_node (self->picture, x, y);
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, GraphCanvas *self)
{
  guint node = find_node (self, x, y);
  guint64 key = node != G_MAXUINT ? graph_picture_node (self->picture, node)->key : 0;

  self->pointer_x = x;
  self->pointer_y = y;
  if (key == self->emphasis.hovered)
    return;
  self->emphasis.hovered = key;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), key != 0 ? "pointer" : NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_leave (GtkEventControllerMotion *controller, GraphCanvas *self)
{
  self->emphasis.hovered = 0;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_click (GtkGestureClick *gesture, int n_presses, double x, double y, GraphCanvas *self)
{
  guint node = find_node (self, x, y);

  self->by_keys = FALSE;
  if (node == G_MAXUINT)
    return;
  self->emphasis.focused = graph_picture_node (self->picture, node)->key;
  graph_canvas_say (self);
  graph_canvas_activate (self, node);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, GraphCanvas *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_x = self->viewport.x;
  self->drag_y = self->viewport.y;
}

static void
on_drag_update (GtkGestureDrag *gesture, double x, double y, GraphCanvas *self)
{
  if (!gtk_drag_check_threshold (GTK_WIDGET (self), 0, 0, (int)x, (int)y))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->viewport.x = self->drag_x - x / self->viewport.scale;
  self->viewport.y = self->drag_y - y / self->viewport.scale;
  graph_canvas_look_around (self);
}

/* The wheel zooms at the pointer, as in maps; with a key held it scrolls. */
static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, GraphCanvas *self)
{
  GdkModifierType modifiers =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));
  gboolean is_touchpad =
      event != NULL && gdk_event_get_device (event) != NULL &&
      gdk_device_get_source (gdk_event_get_device (event)) == GDK_SOURCE_TOUCHPAD;

  if ((modifiers & GDK_SHIFT_MASK) != 0 || (is_touchpad && (modifiers & GDK_CONTROL_MASK) == 0))
    {
      gboolean turned = (modifiers & GDK_SHIFT_MASK) != 0 && dx == 0;

      self->viewport.x += (turned ? dy : dx) * PAN_STEP / self->viewport.scale;
      self->viewport.y += (turned ? 0 : dy) * PAN_STEP / self->viewport.scale;
    }
  else
    graph_viewport_zoom (&self->viewport, pow (ZOOM_STEP, -dy), self->pointer_x, self->pointer_y);
  graph_canvas_look_around (self);
  return GDK_EVENT_STOP;
}

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, GraphCanvas *self)
{
  self->pinch_scale = self->viewport.scale;
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, GraphCanvas *self)
{
  double x = self->viewport.width / 2, y = self->viewport.height / 2;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  graph_viewport_zoom (&self->viewport, self->pinch_scale * scale / self->viewport.scale, x, y);
  graph_canvas_look_around (self);
}

static gboolean
on_query_tooltip (GraphCanvas *self, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip,
                  gpointer data)
{
  guint node = by_keyboard ? graph_canvas_get_focused (self) : find_node (self, x, y);
  g_autofree char *text = NULL;
  double at_x, at_y;
  guint edge;

  if (self->picture == NULL)
    return FALSE;
  get_place (self, x, y, &at_x, &at_y);
  edge = node == G_MAXUINT && !by_keyboard
             ? graph_reach_edge (self->picture, at_x, at_y, NEAR_EDGE / self->viewport.scale)
             : G_MAXUINT;
  if (node == G_MAXUINT && edge == G_MAXUINT)
    return FALSE;
  text = node != G_MAXUINT ? graph_tell_node (self->picture, node)
                           : graph_tell_edge (self->picture, edge);
  gtk_tooltip_set_text (tooltip, text);
  if (node != G_MAXUINT)
    {
      const InspectorLayoutBox *box = &self->picture->layout->boxes[node];
      double scale = self->viewport.scale;

      gtk_tooltip_set_tip_area (
          tooltip, &(GdkRectangle){ (int)((box->x - self->viewport.x) * scale),
                                    (int)((box->y - self->viewport.y) * scale),
                                    (int)(box->width * scale), (int)(box->height * scale) });
    }
  return TRUE;
}

void
graph_canvas_add_input (GraphCanvas *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *click = gtk_gesture_click_new (), *drag = gtk_gesture_drag_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkWidget *widget = GTK_WIDGET (self);

  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect (click, "released", G_CALLBACK (on_click), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
}
