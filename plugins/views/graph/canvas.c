/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "canvas.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include <colours.h>

#include "reach.h"
#include "tell.h"

#define ZOOM_STEP 1.25
#define PAN_STEP 60.0
#define NEAR_EDGE 6.0 /* pixels */

struct _GraphCanvas
{
  GtkWidget parent_instance;
  GraphPicture *picture;
  UiFont *font;
  GraphViewport viewport;
  GraphEmphasis emphasis;
  gboolean was_moved; /* by the user: it is not fitted any more */
  gboolean by_keys;   /* the keyboard is what is used */

  double pointer_x, pointer_y;
  double drag_x, drag_y;
  double pinch_scale;
};

enum
{
  ACTIVATED,
  LOOKED_AROUND,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (GraphCanvas, graph_canvas, GTK_TYPE_WIDGET)

/* ---- What is seen ------------------------------------------------------------------------------- */

static void
look_around (GraphCanvas *self)
{
  self->was_moved = TRUE;
  if (self->picture != NULL)
    graph_viewport_clamp (&self->viewport, self->picture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[LOOKED_AROUND], 0);
}

static void
fit (GraphCanvas *self)
{
  self->viewport.width = gtk_widget_get_width (GTK_WIDGET (self));
  self->viewport.height = gtk_widget_get_height (GTK_WIDGET (self));
  if (self->picture != NULL && self->viewport.width > 0)
    graph_viewport_fit (&self->viewport, self->picture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
graph_canvas_fit (GraphCanvas *self)
{
  self->was_moved = FALSE;
  fit (self);
  g_signal_emit (self, signals[LOOKED_AROUND], 0);
}

void
graph_canvas_zoom (GraphCanvas *self, double factor)
{
  graph_viewport_zoom (&self->viewport, factor, self->viewport.width / 2,
                       self->viewport.height / 2);
  look_around (self);
}

void
graph_canvas_set_scale (GraphCanvas *self, double scale)
{
  graph_canvas_zoom (self, scale / self->viewport.scale);
}

const GraphViewport *
graph_canvas_get_viewport (GraphCanvas *self)
{
  return &self->viewport;
}

void
graph_canvas_set_viewport (GraphCanvas *self, double x, double y, double scale)
{
  self->viewport.x = x;
  self->viewport.y = y;
  self->viewport.scale = scale;
  graph_viewport_zoom (&self->viewport, 1, 0, 0);
  self->was_moved = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
graph_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GraphCanvas *self = GRAPH_CANVAS (widget);
  GraphLook look;
  cairo_t *cr;

  if (self->picture == NULL)
    return;
  graph_look_init (&look, ui_is_dark (), ui_is_high_contrast ());
  look.font = self->font;
  self->emphasis.shows_focus =
      gtk_widget_has_visible_focus (widget) || (self->by_keys && gtk_widget_has_focus (widget));
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)self->viewport.width,
                                                                 (float)self->viewport.height));
  graph_draw (cr, self->picture, &self->viewport, &self->emphasis, &look);
  cairo_destroy (cr);
}

static void
graph_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GraphCanvas *self = GRAPH_CANVAS (widget);

  self->viewport.width = width;
  self->viewport.height = height;
  if (!self->was_moved)
    fit (self);
}

static void
graph_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = 80;
  *natural = 400;
}

/* ---- The picture -------------------------------------------------------------------------------- */

GraphPicture *
graph_canvas_get_picture (GraphCanvas *self)
{
  return self->picture;
}

const UiFont *
graph_canvas_get_font (GraphCanvas *self)
{
  return self->font;
}

/* What is looked at: what is selected or has the focus, if it is seen; else what is in the middle. */
static guint
find_anchor (const GraphCanvas *self)
{
  const GraphViewport *viewport = &self->viewport;
  double x = viewport->x + viewport->width / viewport->scale / 2;
  double y = viewport->y + viewport->height / viewport->scale / 2;
  double least = G_MAXDOUBLE;
  guint anchor = G_MAXUINT;

  for (guint i = 0; i < self->picture->nodes->len; i++)
    {
      const InspectorLayoutBox *box = &self->picture->layout->boxes[i];
      guint64 key = graph_picture_node (self->picture, i)->key;
      double way = hypot (box->x + box->width / 2 - x, box->y + box->height / 2 - y);

      if (key == self->emphasis.selected || key == self->emphasis.focused)
        way /= 1000;
      if (way < least)
        {
          least = way;
          anchor = i;
        }
    }
  return anchor;
}

/* The same node; of a fold that was opened, one of those that it stood for. */
static guint
find_heir (const GraphPicture *picture, const GraphNode *node)
{
  guint same = graph_picture_find (picture, node->key);

  for (guint i = 0; same == G_MAXUINT && i < picture->nodes->len; i++)
    if (graph_picture_node (picture, i)->group == node->group)
      same = i;
  return same;
}

static void
keep_focus (GraphCanvas *self, GraphPicture *picture)
{
  guint old = graph_canvas_get_focused (self), heir;

  if (old == G_MAXUINT)
    return;
  heir = find_heir (picture, graph_picture_node (self->picture, old));
  if (heir != G_MAXUINT)
    self->emphasis.focused = graph_picture_node (picture, heir)->key;
}

static void
keep_in_place (GraphCanvas *self, GraphPicture *picture)
{
  guint old = find_anchor (self), new;

  if (old == G_MAXUINT)
    return;
  new = find_heir (picture, graph_picture_node (self->picture, old));
  if (new == G_MAXUINT)
    return;
  self->viewport.x += picture->layout->boxes[new].x - self->picture->layout->boxes[old].x;
  self->viewport.y += picture->layout->boxes[new].y - self->picture->layout->boxes[old].y;
}

/* To who does not see it: all in brief, and where the keyboard is. */
static void
say (GraphCanvas *self)
{
  guint focused = graph_canvas_get_focused (self);
  g_autofree char *all = graph_tell_picture (self->picture);
  g_autofree char *node = focused != G_MAXUINT ? graph_tell_node (self->picture, focused) : NULL;
  g_autofree char *text = g_strjoin ("\n", all, node, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Dependency graph"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

void
graph_canvas_set_picture (GraphCanvas *self, GraphPicture *picture)
{
  if (self->picture != NULL && picture != NULL && self->was_moved)
    keep_in_place (self, picture);
  if (self->picture != NULL && picture != NULL)
    keep_focus (self, picture);
  if (picture != NULL)
    graph_picture_ref (picture);
  graph_picture_unref (self->picture);
  self->picture = picture;
  if (!self->was_moved)
    fit (self);
  if (picture != NULL)
    say (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- What stands out ---------------------------------------------------------------------------- */

static void
reveal (GraphCanvas *self, guint node)
{
  graph_viewport_reveal (&self->viewport, &self->picture->layout->boxes[node]);
  look_around (self);
}

void
graph_canvas_set_selected (GraphCanvas *self, guint64 key)
{
  guint node =
      self->picture != NULL && key != 0 ? graph_picture_find (self->picture, key) : G_MAXUINT;

  if (self->emphasis.selected == key)
    return;
  self->emphasis.selected = key;
  if (node != G_MAXUINT)
    {
      self->emphasis.focused = key;
      reveal (self, node);
      say (self);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
graph_canvas_get_focused (GraphCanvas *self)
{
  return self->picture != NULL && self->emphasis.focused != 0
             ? graph_picture_find (self->picture, self->emphasis.focused)
             : G_MAXUINT;
}

static void
set_focused (GraphCanvas *self, guint node)
{
  if (node == G_MAXUINT)
    return;
  self->by_keys = TRUE;
  self->emphasis.focused = graph_picture_node (self->picture, node)->key;
  reveal (self, node);
  say (self);
}

/* What it stands for comes where it was, and not where all of it fits. */
static void
activate (GraphCanvas *self, guint node)
{
  if (graph_picture_node (self->picture, node)->n_members > 1)
    self->was_moved = TRUE;
  g_signal_emit (self, signals[ACTIVATED], 0, node);
}

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
          look_around (self);
        }
      else
        set_focused (self, graph_reach_next (self->picture, focused, arrows[i].direction));
      return GDK_EVENT_STOP;
    }
  if (key == GDK_KEY_Home)
    {
      set_focused (self, graph_reach_first (self->picture));
      return GDK_EVENT_STOP;
    }
  if (focused == G_MAXUINT ||
      (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter && key != GDK_KEY_space))
    return GDK_EVENT_PROPAGATE;
  activate (self, focused);
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
  say (self);
  activate (self, node);
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
  look_around (self);
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
  look_around (self);
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
  look_around (self);
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

/* ---- The widget --------------------------------------------------------------------------------- */

static void
graph_canvas_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (graph_canvas_parent_class)->css_changed (widget, change);
  gtk_widget_queue_draw (widget);
}

static void
graph_canvas_finalize (GObject *object)
{
  GraphCanvas *self = GRAPH_CANVAS (object);

  graph_picture_unref (self->picture);
  ui_font_free (self->font);
  G_OBJECT_CLASS (graph_canvas_parent_class)->finalize (object);
}

static void
graph_canvas_class_init (GraphCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = graph_canvas_finalize;
  widget_class->snapshot = graph_canvas_snapshot;
  widget_class->size_allocate = graph_canvas_size_allocate;
  widget_class->measure = graph_canvas_measure;
  widget_class->css_changed = graph_canvas_css_changed;
  signals[ACTIVATED] = g_signal_new ("activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[LOOKED_AROUND] =
      g_signal_new ("looked-around", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "graph");
}

static void
add_controllers (GraphCanvas *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *click = gtk_gesture_click_new (), *drag = gtk_gesture_drag_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkWidget *widget = GTK_WIDGET (self);

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

static void
graph_canvas_init (GraphCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->font = ui_font_new (widget);
  self->viewport.scale = 1;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (widget, TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  add_controllers (self);
}

GtkWidget *
graph_canvas_new (void)
{
  return g_object_new (GRAPH_TYPE_CANVAS, NULL);
}
