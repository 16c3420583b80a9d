/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "flame-view.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include <colours.h>

#include "flame-draw.h"

#define ANIMATION_US (G_TIME_SPAN_MILLISECOND * 160)
#define WHEEL_FACTOR 1.25
/* Deeper than that a frame is wider than the picture at any scale that says something. */
#define MIN_WIDTH 1e-9

struct _ProfileFlameView
{
  GtkWidget parent_instance;
  FlameLayout *layout; /* NULL: nothing yet */
  FlameSearch search;
  char *wanted; /* that is searched for */
  guint selected, hovered;
  double pointer; /* pixels */
  double dragged_from;
  double x, width;           /* that is shown */
  double from_x, from_width; /* while it moves there */
  double goal_x, goal_width;
  gint64 moves_since_us; /* 0: it does not */
  guint tick;
};

G_DEFINE_TYPE (ProfileFlameView, profile_flame_view, GTK_TYPE_WIDGET)

enum
{
  CHANGED,
  MENU,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- What is shown ----------------------------------------------------------------------------- */

static void
fill_colours (FlameViewport *viewport)
{
  gboolean is_dark = ui_is_dark ();

  viewport->colours[INSPECTOR_FLAME_PROGRAM] = is_dark ? 0x8a9299 : 0xd0d4d8;
  viewport->colours[INSPECTOR_FLAME_TASK] = is_dark ? 0xa9b6c2 : 0xb5c2ce;
  viewport->colours[INSPECTOR_FLAME_CALLBACK] = ui_state_get_colour (INSPECTOR_STATE_RUNNING, TRUE);
  viewport->colours[INSPECTOR_FLAME_WAIT] = ui_state_get_colour (INSPECTOR_STATE_WAITING, FALSE);
  viewport->background = is_dark ? 0x1e1e1e : 0xffffff;
  viewport->ink = 0x101010;
  viewport->found = 0xf0e442;
  viewport->selection = is_dark ? 0xffffff : 0x000000;
  viewport->has_patterns = ui_is_high_contrast ();
}

static FlameViewport
get_viewport (ProfileFlameView *self, int width, int height)
{
  FlameViewport viewport = { .x = self->x,
                             .width = self->width,
                             .pixels = width,
                             .height = height,
                             .selected = self->selected,
                             .hovered = self->hovered,
                             .search = &self->search };

  fill_colours (&viewport);
  return viewport;
}

static void
draw (ProfileFlameView *self, cairo_t *cr, const FlameViewport *viewport)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontDescription *font =
      pango_font_description_copy (pango_context_get_font_description (context));

  pango_font_description_set_absolute_size (font, 12 * PANGO_SCALE);
  flame_draw (cr, self->layout, viewport, font);
  pango_font_description_free (font);
}

/* Only as much of it as can be seen in the window is drawn. */
static void
profile_flame_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ProfileFlameView *self = PROFILE_FLAME_VIEW (widget);
  GtkWidget *scrolled = gtk_widget_get_ancestor (widget, GTK_TYPE_VIEWPORT);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t seen = GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height);
  FlameViewport viewport;
  cairo_t *cr;

  if (self->layout == NULL || width <= 0 || height <= 0)
    return;
  if (scrolled != NULL)
    {
      graphene_rect_t bounds;

      if (gtk_widget_compute_bounds (scrolled, widget, &bounds) &&
          !graphene_rect_intersection (&seen, &bounds, &seen))
        return;
    }
  viewport = get_viewport (self, width, (int)ceil (seen.size.height));
  viewport.top = (int)floor (seen.origin.y);
  cr = gtk_snapshot_append_cairo (snapshot, &seen);
  cairo_translate (cr, 0, viewport.top);
  draw (self, cr, &viewport);
  cairo_destroy (cr);
}

void
profile_flame_view_draw (ProfileFlameView *self, cairo_t *cr, int width, int height)
{
  FlameViewport viewport = get_viewport (self, width, height);

  viewport.hovered = FLAME_NONE;
  if (self->layout != NULL)
    draw (self, cr, &viewport);
}

int
profile_flame_view_get_full_height (ProfileFlameView *self)
{
  return self->layout != NULL ? (int)MAX (self->layout->n_rows, 1) * FLAME_ROW : FLAME_ROW;
}

static void
profile_flame_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  ProfileFlameView *self = PROFILE_FLAME_VIEW (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 100;
      *natural = 600;
      return;
    }
  *minimum = *natural = profile_flame_view_get_full_height (self);
}

/* Whoever hears the window hears the frame. */
static void
tell (ProfileFlameView *self)
{
  g_autofree char *text = self->layout != NULL && self->selected != FLAME_NONE
                              ? inspector_flame_dup_text (self->layout->flame, self->selected)
                              : g_strdup (_ ("Flame graph"));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- Moving ------------------------------------------------------------------------------------ */

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  ProfileFlameView *self = PROFILE_FLAME_VIEW (widget);
  double part = (double)(g_get_monotonic_time () - self->moves_since_us) / ANIMATION_US;
  double eased = 1 - pow (1 - CLAMP (part, 0, 1), 3);

  self->x = self->from_x + (self->goal_x - self->from_x) * eased;
  self->width = self->from_width + (self->goal_width - self->from_width) * eased;
  gtk_widget_queue_draw (widget);
  if (part < 1)
    return G_SOURCE_CONTINUE;
  self->x = self->goal_x;
  self->width = self->goal_width;
  self->moves_since_us = 0;
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

static void
stop_moving (ProfileFlameView *self)
{
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  self->moves_since_us = 0;
}

static void
show_part (ProfileFlameView *self, double x, double width, gboolean moves)
{
  gboolean wants_animations = TRUE;

  width = CLAMP (width, MIN_WIDTH, 1);
  x = CLAMP (x, 0, 1 - width);
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations",
                &wants_animations, NULL);
  stop_moving (self);
  self->goal_x = x;
  self->goal_width = width;
  if (!moves || !wants_animations || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      self->x = x;
      self->width = width;
    }
  else
    {
      self->from_x = self->x;
      self->from_width = self->width;
      self->moves_since_us = g_get_monotonic_time ();
      self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
    }
  tell (self);
}

void
profile_flame_view_zoom_in (ProfileFlameView *self)
{
  const FlameBox *box;

  if (self->layout == NULL || self->selected == FLAME_NONE)
    return;
  box = &self->layout->boxes[self->selected];
  show_part (self, box->x, box->width, TRUE);
}

void
profile_flame_view_reset (ProfileFlameView *self)
{
  show_part (self, 0, 1, TRUE);
}

gboolean
profile_flame_view_is_zoomed (ProfileFlameView *self)
{
  return self->goal_width < 1;
}

/* The selected frame is brought into what is shown. */
static void
reveal (ProfileFlameView *self)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_VIEWPORT);
  const FlameBox *box = &self->layout->boxes[self->selected];
  GtkAdjustment *down =
      viewport != NULL ? gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (viewport)) : NULL;
  double y = (double)box->depth * FLAME_ROW;

  if (down != NULL)
    gtk_adjustment_clamp_page (down, y, y + FLAME_ROW);
  if (box->x >= self->goal_x + self->goal_width || box->x + box->width <= self->goal_x)
    show_part (self, box->x + box->width / 2 - self->goal_width / 2, self->goal_width, TRUE);
}

static void
select_frame (ProfileFlameView *self, guint index)
{
  if (self->layout == NULL || index >= self->layout->n_boxes)
    index = FLAME_NONE;
  self->selected = index;
  if (index != FLAME_NONE)
    reveal (self);
  tell (self);
}

guint
profile_flame_view_get_selected (ProfileFlameView *self)
{
  return self->selected;
}

void
profile_flame_view_set_layout (ProfileFlameView *self, FlameLayout *layout)
{
  FlameLayout *before = self->layout;

  self->layout = flame_layout_ref (layout);
  self->hovered = FLAME_NONE;
  if (before != NULL && self->selected != FLAME_NONE)
    self->selected = flame_layout_match (layout, before, self->selected);
  flame_layout_unref (before);
  flame_search_run (&self->search, layout, self->wanted != NULL ? self->wanted : "");
  gtk_widget_queue_resize (GTK_WIDGET (self));
  tell (self);
}

const FlameLayout *
profile_flame_view_get_layout (ProfileFlameView *self)
{
  return self->layout;
}

/* ---- Searching --------------------------------------------------------------------------------- */

void
profile_flame_view_search (ProfileFlameView *self, const char *text)
{
  g_free (self->wanted);
  self->wanted = g_strdup (text);
  if (self->layout != NULL)
    flame_search_run (&self->search, self->layout, text);
  tell (self);
}

const FlameSearch *
profile_flame_view_get_search (ProfileFlameView *self)
{
  return &self->search;
}

void
profile_flame_view_next_found (ProfileFlameView *self, gboolean backwards)
{
  guint found = self->layout != NULL
                    ? flame_search_next (&self->search, self->layout, self->selected, backwards)
                    : FLAME_NONE;

  if (found != FLAME_NONE)
    select_frame (self, found);
}

/* ---- The pointer ------------------------------------------------------------------------------- */

static guint
find_at (ProfileFlameView *self, double x, double y)
{
  FlameViewport viewport = get_viewport (self, gtk_widget_get_width (GTK_WIDGET (self)), 0);

  if (self->layout == NULL || y < 0)
    return FLAME_NONE;
  return flame_layout_find (self->layout, (guint)(y / FLAME_ROW),
                            flame_viewport_to_layout (&viewport, x));
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, ProfileFlameView *self)
{
  guint hovered = find_at (self, x, y);

  self->pointer = x;
  if (hovered == self->hovered)
    return;
  self->hovered = hovered;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  gtk_widget_trigger_tooltip_query (GTK_WIDGET (self));
}

static void
on_leave (GtkEventControllerMotion *motion, ProfileFlameView *self)
{
  self->hovered = FLAME_NONE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, ProfileFlameView *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (click));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->selected = find_at (self, x, y);
  tell (self);
  if (button == GDK_BUTTON_SECONDARY && self->selected != FLAME_NONE)
    g_signal_emit (self, signals[MENU], 0, x, y);
  else if (button == GDK_BUTTON_PRIMARY && n_press == 2 && self->selected != FLAME_NONE)
    profile_flame_view_zoom_in (self);
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, ProfileFlameView *self)
{
  self->dragged_from = self->x;
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, ProfileFlameView *self)
{
  int width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1);

  if (self->goal_width < 1 && fabs (dx) > 3)
    show_part (self, self->dragged_from - dx / width * self->width, self->width, FALSE);
}

/* With Control at the pointer, with Shift to the sides; else the window scrolls. */
static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, ProfileFlameView *self)
{
  GdkModifierType state =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  FlameViewport viewport = get_viewport (self, gtk_widget_get_width (GTK_WIDGET (self)), 0);
  double width, at;

  if ((state & GDK_SHIFT_MASK) != 0 || dx != 0)
    {
      show_part (self, self->goal_x + (dx != 0 ? dx : dy) * 0.1 * self->goal_width,
                 self->goal_width, FALSE);
      return TRUE;
    }
  if ((state & GDK_CONTROL_MASK) == 0 || self->layout == NULL)
    return FALSE;
  at = flame_viewport_to_layout (&viewport, self->pointer);
  width = CLAMP (self->width * pow (WHEEL_FACTOR, dy), MIN_WIDTH, 1);
  show_part (self, at - (at - viewport.x) / viewport.width * width, width, FALSE);
  return TRUE;
}

static gboolean
on_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keys, GtkTooltip *tooltip,
                  gpointer data)
{
  ProfileFlameView *self = PROFILE_FLAME_VIEW (widget);
  guint index = by_keys ? self->selected : find_at (self, x, y);
  g_autofree char *text = NULL;
  g_autofree char *own = NULL;
  g_autofree char *line = NULL;
  const FlameBox *box;

  if (self->layout == NULL || index == FLAME_NONE)
    return FALSE;
  box = &self->layout->boxes[index];
  text = inspector_flame_dup_text (self->layout->flame, index);
  own = inspector_format_duration (box->own_ns);
  line = box->own_ns != box->total_ns ? g_strdup_printf (_ ("%s by itself"), own) : NULL;
  if (line != NULL)
    {
      g_autofree char *both = g_strjoin ("\n", text, line, NULL);

      gtk_tooltip_set_text (tooltip, both);
    }
  else
    gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* ---- Keys -------------------------------------------------------------------------------------- */

static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state,
        ProfileFlameView *self)
{
  static const struct
  {
    guint key;
    FlameStep step;
  } steps[] = {
    { GDK_KEY_Up, FLAME_OUT },
    { GDK_KEY_Down, FLAME_IN },
    { GDK_KEY_Left, FLAME_LEFT },
    { GDK_KEY_Right, FLAME_RIGHT },
  };

  if (self->layout == NULL || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].key == key)
      {
        select_frame (self, flame_layout_walk (self->layout, self->selected, steps[i].step));
        return TRUE;
      }
  switch (key)
    {
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      profile_flame_view_zoom_in (self);
      return TRUE;
    case GDK_KEY_Menu:
      if (self->selected != FLAME_NONE)
        {
          FlameViewport viewport = get_viewport (self, gtk_widget_get_width (GTK_WIDGET (self)), 0);
          const FlameBox *box = &self->layout->boxes[self->selected];
          double x = flame_viewport_to_pixel (&viewport, box->x + box->width / 2);

          g_signal_emit (self, signals[MENU], 0,
                         CLAMP (x, 0, gtk_widget_get_width (GTK_WIDGET (self))),
                         (double)(box->depth + 1) * FLAME_ROW);
        }
      return TRUE;
    default:
      return FALSE;
    }
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_flame_view_dispose (GObject *object)
{
  ProfileFlameView *self = PROFILE_FLAME_VIEW (object);

  stop_moving (self);
  flame_search_clear (&self->search);
  g_clear_pointer (&self->layout, flame_layout_unref);
  g_clear_pointer (&self->wanted, g_free);
  self->selected = self->hovered = FLAME_NONE;
  G_OBJECT_CLASS (profile_flame_view_parent_class)->dispose (object);
}

static void
profile_flame_view_class_init (ProfileFlameViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = profile_flame_view_dispose;
  widget_class->snapshot = profile_flame_view_snapshot;
  widget_class->measure = profile_flame_view_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[CHANGED] =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[MENU] = g_signal_new ("menu", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
profile_flame_view_init (ProfileFlameView *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->selected = self->hovered = FLAME_NONE;
  self->width = self->goal_width = 1;
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Flame graph"), -1);
}

GtkWidget *
profile_flame_view_new (void)
{
  return g_object_new (PROFILE_TYPE_FLAME_VIEW, NULL);
}
