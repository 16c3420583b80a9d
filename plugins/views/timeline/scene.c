/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "scene.h"

#include <adwaita.h>
#include <waits.h>

#include "ink.h"

#define ROW_HEIGHT 22
#define PATTERN_STRENGTH 0.28
#define PATTERN_STRENGTH_HIGH 0.75
/* New rows are looked for at most a tenth of the time. */
#define COST_FACTOR 10
/* Of the width, how far ahead of what happens the view goes. */
#define AHEAD 0.15

static const int row_heights[] = { 5, 10, 16, 22, 30, 44 };

struct _TimelineScene
{
  GObject parent_instance;
  UiSession *session;
  InspectorHistory *history;
  TimelineRows *rows;
  TimelineViewport viewport;
  TimelineTrail trail;
  TimelineInk ink;
  TimelineFollow follow;
  int scale, row_height;
  gboolean is_mirrored, has_patterns, is_placed;
  guint generation;
  gint64 first_ns, last_ns;
  gint64 rows_due_us;
  gint64 wanted_from_ns, wanted_to_ns; /* to be shown once there is a size; equal: nothing */

  double pointer_x, pointer_y;
  gint64 measure_ns;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (TimelineScene, timeline_scene, G_TYPE_OBJECT)

static void
tell (TimelineScene *self, TimelineChange change)
{
  if ((change & (TIMELINE_CHANGED_CONTENT | TIMELINE_CHANGED_ROWS)) != 0)
    self->generation++;
  g_signal_emit (self, signals[CHANGED], 0, change);
}

static void
clamp (TimelineScene *self)
{
  guint n;

  timeline_rows_get (self->rows, &n);
  self->viewport.row_height = self->row_height * self->scale;
  /* What is pinned leaves room for the others. */
  self->viewport.n_pinned =
      MIN ((int)timeline_rows_get_n_pinned (self->rows),
           self->viewport.height / MAX (self->viewport.row_height, 1) * 2 / 3);
  timeline_viewport_clamp (&self->viewport, self->first_ns, self->last_ns, n);
}

/* ---- What is asked ------------------------------------------------------------------------------- */

UiSession *
timeline_scene_get_session (TimelineScene *self)
{
  return self->session;
}

InspectorHistory *
timeline_scene_get_history (TimelineScene *self)
{
  return self->history;
}

TimelineRows *
timeline_scene_get_rows (TimelineScene *self)
{
  return self->rows;
}

const TimelineViewport *
timeline_scene_get_viewport (TimelineScene *self)
{
  return &self->viewport;
}

const TimelineInk *
timeline_scene_get_ink (TimelineScene *self)
{
  return &self->ink;
}

int
timeline_scene_get_scale (TimelineScene *self)
{
  return self->scale;
}

gboolean
timeline_scene_get_range (TimelineScene *self, gint64 *first_ns, gint64 *last_ns)
{
  *first_ns = self->first_ns;
  *last_ns = self->last_ns;
  return self->last_ns != 0;
}

guint
timeline_scene_get_generation (TimelineScene *self)
{
  return self->generation;
}

/* ---- Places -------------------------------------------------------------------------------------- */

gboolean
timeline_scene_is_mirrored (TimelineScene *self)
{
  return self->is_mirrored;
}

void
timeline_scene_set_mirrored (TimelineScene *self, gboolean mirrored)
{
  if (self->is_mirrored == !!mirrored)
    return;
  self->is_mirrored = !!mirrored;
  tell (self, TIMELINE_CHANGED_VIEW);
}

double
timeline_scene_get_width (TimelineScene *self)
{
  return (double)self->viewport.width / self->scale;
}

double
timeline_scene_get_height (TimelineScene *self)
{
  return (double)self->viewport.height / self->scale;
}

double
timeline_scene_get_row_height (TimelineScene *self)
{
  return self->row_height;
}

static double
mirror (TimelineScene *self, double x)
{
  return self->is_mirrored ? timeline_scene_get_width (self) - x : x;
}

gint64
timeline_scene_get_time_at (TimelineScene *self, double x)
{
  return timeline_viewport_get_time (&self->viewport, (int)(mirror (self, x) * self->scale));
}

double
timeline_scene_get_x_of (TimelineScene *self, gint64 at_ns)
{
  return mirror (self, timeline_viewport_get_x (&self->viewport, at_ns) / self->scale);
}

gboolean
timeline_scene_get_row_at (TimelineScene *self, double y, guint *ret_row)
{
  guint n;

  timeline_rows_get (self->rows, &n);
  *ret_row = timeline_viewport_get_row (&self->viewport, (int)(y * self->scale));
  return y >= 0 && *ret_row < n;
}

gboolean
timeline_scene_get_y_of (TimelineScene *self, guint row, double *ret_y)
{
  int y = timeline_viewport_get_y (&self->viewport, row);
  int edge = (int)row < self->viewport.n_pinned
                 ? 0
                 : timeline_viewport_get_band (&self->viewport) - self->viewport.row_height + 1;

  *ret_y = (double)y / self->scale;
  return y >= edge && y < self->viewport.height;
}

/* ---- Movements ----------------------------------------------------------------------------------- */

/* @view: what was seen before */
static void
moved (TimelineScene *self, const TimelineViewport *view)
{
  clamp (self);
  if (self->viewport.column == view->column &&
      self->viewport.ns_per_column == view->ns_per_column && self->viewport.top == view->top)
    return;
  timeline_trail_leave (&self->trail, view, g_get_monotonic_time ());
  tell (self, TIMELINE_CHANGED_VIEW);
}

/* Whoever moves away by hand is not taken back; whoever keeps the edge in sight stays with it. */
static void
moved_in_time (TimelineScene *self, const TimelineViewport *view)
{
  moved (self, view);
  if (self->viewport.column == view->column && self->viewport.ns_per_column == view->ns_per_column)
    return;
  self->follow = self->follow != TIMELINE_FOLLOW_NOT &&
                         timeline_viewport_get_to (&self->viewport) > self->last_ns
                     ? TIMELINE_FOLLOW_EDGE
                     : TIMELINE_FOLLOW_NOT;
}

void
timeline_scene_zoom (TimelineScene *self, double x, double factor)
{
  TimelineViewport view = self->viewport;

  timeline_viewport_zoom (&self->viewport, (int)(mirror (self, x) * self->scale),
                          (double)self->viewport.ns_per_column / factor);
  moved_in_time (self, &view);
}

void
timeline_scene_pan (TimelineScene *self, double pixels)
{
  TimelineViewport view = self->viewport;

  self->viewport.column += (gint64)((self->is_mirrored ? -pixels : pixels) * self->scale);
  moved_in_time (self, &view);
}

void
timeline_scene_scroll_to (TimelineScene *self, int top)
{
  TimelineViewport view = self->viewport;

  self->viewport.top = top;
  moved (self, &view);
}

void
timeline_scene_scroll (TimelineScene *self, double pixels)
{
  timeline_scene_scroll_to (self, self->viewport.top + (int)(pixels * self->scale));
}

void
timeline_scene_fit (TimelineScene *self, gint64 from_ns, gint64 to_ns)
{
  TimelineViewport view = self->viewport;

  timeline_viewport_fit (&self->viewport, from_ns, to_ns);
  moved_in_time (self, &view);
}

void
timeline_scene_fit_all (TimelineScene *self)
{
  timeline_scene_fit (self, self->first_ns, self->last_ns);
  self->follow = TIMELINE_FOLLOW_ALL;
}

void
timeline_scene_centre (TimelineScene *self, gint64 at_ns)
{
  TimelineViewport view = self->viewport;

  self->viewport.column +=
      (gint64)timeline_viewport_get_x (&self->viewport, at_ns) - self->viewport.width / 2;
  moved_in_time (self, &view);
}

void
timeline_scene_show_time (TimelineScene *self, gint64 at_ns)
{
  TimelineViewport view = self->viewport;

  timeline_viewport_show_time (&self->viewport, at_ns);
  moved_in_time (self, &view);
}

void
timeline_scene_show_track (TimelineScene *self, guint track)
{
  TimelineViewport view = self->viewport;
  guint row;

  if (!timeline_rows_find (self->rows, track, &row))
    return;
  timeline_viewport_show_row (&self->viewport, row);
  moved (self, &view);
}

void
timeline_scene_go_back (TimelineScene *self)
{
  if (!timeline_trail_go_back (&self->trail, &self->viewport))
    return;
  self->follow = TIMELINE_FOLLOW_NOT;
  clamp (self);
  tell (self, TIMELINE_CHANGED_VIEW);
}

void
timeline_scene_go_forth (TimelineScene *self)
{
  if (!timeline_trail_go_forth (&self->trail, &self->viewport))
    return;
  self->follow = TIMELINE_FOLLOW_NOT;
  clamp (self);
  tell (self, TIMELINE_CHANGED_VIEW);
}

/* Without a trace in the trail: nobody has moved. */
static void
keep_up (TimelineScene *self)
{
  gint64 to_ns = timeline_viewport_get_to (&self->viewport);

  if (self->last_ns <= to_ns && self->is_placed)
    return;
  if (self->follow == TIMELINE_FOLLOW_ALL || !self->is_placed)
    {
      gint64 whole_ns = self->last_ns - self->first_ns;

      /* Some room ahead, so that the scale does not change all the time. */
      timeline_viewport_fit (&self->viewport, self->first_ns,
                             ui_session_get_state (self->session) == UI_SESSION_LIVE
                                 ? self->last_ns + whole_ns / 4
                                 : self->last_ns);
    }
  else if (self->follow == TIMELINE_FOLLOW_EDGE)
    self->viewport.column += (gint64)timeline_viewport_get_x (&self->viewport, self->last_ns) -
                             (gint64)(self->viewport.width * (1 - AHEAD));
}

void
timeline_scene_set_follow (TimelineScene *self, TimelineFollow follow)
{
  TimelineViewport view = self->viewport;

  if (follow == TIMELINE_FOLLOW_EDGE)
    self->viewport.column += (gint64)timeline_viewport_get_x (&self->viewport, self->last_ns) -
                             (gint64)(self->viewport.width * (1 - AHEAD));
  moved (self, &view);
  self->follow = follow;
}

TimelineFollow
timeline_scene_get_follow (TimelineScene *self)
{
  return self->follow;
}

static void
place (TimelineScene *self)
{
  self->viewport.ns_per_column =
      MAX ((self->wanted_to_ns - self->wanted_from_ns) / self->viewport.width, 1);
  self->viewport.column =
      (self->wanted_from_ns - self->viewport.origin_ns) / self->viewport.ns_per_column;
  self->wanted_from_ns = self->wanted_to_ns = 0;
  self->follow = TIMELINE_FOLLOW_NOT;
  self->is_placed = TRUE;
}

void
timeline_scene_restore (TimelineScene *self, gint64 from_ns, gint64 to_ns)
{
  if (to_ns <= from_ns || self->last_ns == 0)
    return;
  self->wanted_from_ns = from_ns;
  self->wanted_to_ns = to_ns;
  if (self->viewport.width > 0)
    place (self);
  clamp (self);
  tell (self, TIMELINE_CHANGED_VIEW);
}

void
timeline_scene_set_size (TimelineScene *self, int width, int height, int scale)
{
  TimelineViewport *viewport = &self->viewport;

  if (viewport->width == width * scale && viewport->height == height * scale &&
      self->scale == scale)
    return;
  if (scale != self->scale)
    {
      gint64 from_ns = timeline_viewport_get_from (viewport);

      viewport->ns_per_column = MAX (viewport->ns_per_column * self->scale / scale, 1);
      viewport->column = (from_ns - viewport->origin_ns) / viewport->ns_per_column;
      viewport->top = viewport->top / self->scale * scale;
    }
  self->scale = scale;
  viewport->width = width * scale;
  viewport->height = height * scale;
  if (self->wanted_from_ns != self->wanted_to_ns && width > 0)
    place (self);
  else if (self->last_ns != 0 && self->follow == TIMELINE_FOLLOW_ALL)
    {
      self->is_placed = FALSE;
      keep_up (self);
      self->is_placed = TRUE;
    }
  clamp (self);
  tell (self, TIMELINE_CHANGED_VIEW);
}

/* ---- How it looks --------------------------------------------------------------------------------- */

int
timeline_scene_get_row_size (TimelineScene *self)
{
  return self->row_height;
}

void
timeline_scene_set_row_size (TimelineScene *self, int height)
{
  guint row =
      timeline_viewport_get_row (&self->viewport, timeline_viewport_get_band (&self->viewport));

  self->row_height = CLAMP (height, row_heights[0], row_heights[G_N_ELEMENTS (row_heights) - 1]);
  /* The first row that is seen stays the first. */
  self->viewport.top = ((int)row - self->viewport.n_pinned) * self->row_height * self->scale;
  clamp (self);
  tell (self, TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_ROWS);
}

void
timeline_scene_change_row_height (TimelineScene *self, int by)
{
  int at = 0;

  while (at + 1 < (int)G_N_ELEMENTS (row_heights) && row_heights[at] < self->row_height)
    at++;
  timeline_scene_set_row_size (
      self, row_heights[CLAMP (at + by, 0, (int)G_N_ELEMENTS (row_heights) - 1)]);
}

static void
mix (TimelineScene *self)
{
  UiStateLook looks[TIMELINE_N_TILES];

  for (guint family = 0; family < INSPECTOR_N_FAMILIES; family++)
    for (guint state = 0; state < INSPECTOR_N_STATES; state++)
      looks[TIMELINE_TILE_OF (state, family)] =
          ui_part_get_look ((InspectorState)state, (InspectorFamily)family);
  timeline_ink_mix (&self->ink, looks, ui_is_dark (),
                    ui_is_high_contrast () ? PATTERN_STRENGTH_HIGH
                    : self->has_patterns   ? PATTERN_STRENGTH
                                           : 0);
  tell (self, TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_CONTENT);
}

void
timeline_scene_set_patterns (TimelineScene *self, gboolean patterns)
{
  self->has_patterns = !!patterns;
  mix (self);
}

gboolean
timeline_scene_get_patterns (TimelineScene *self)
{
  return self->has_patterns;
}

void
timeline_scene_rows_changed (TimelineScene *self)
{
  clamp (self);
  tell (self, TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_ROWS);
}

/* ---- What is selected ----------------------------------------------------------------------------- */

gboolean
timeline_scene_get_selected (TimelineScene *self, guint *ret_track)
{
  guint64 number = ui_session_get_selection (self->session);

  return number != 0 && inspector_history_find_track (self->history, number, ret_track);
}

void
timeline_scene_select (TimelineScene *self, guint track)
{
  InspectorTrack info;

  if (inspector_history_get_track (self->history, track, &info))
    ui_session_set_selection (self->session, info.number);
}

void
timeline_scene_set_pointer (TimelineScene *self, double x, double y)
{
  if (self->pointer_x == x && self->pointer_y == y)
    return;
  self->pointer_x = x;
  self->pointer_y = y;
  tell (self, TIMELINE_CHANGED_POINTER);
}

gboolean
timeline_scene_get_pointer (TimelineScene *self, double *ret_x, double *ret_y)
{
  *ret_x = self->pointer_x;
  *ret_y = self->pointer_y;
  return self->pointer_x >= 0;
}

void
timeline_scene_set_measure (TimelineScene *self, gint64 from_ns)
{
  self->measure_ns = from_ns;
  tell (self, TIMELINE_CHANGED_POINTER);
}

gint64
timeline_scene_get_measure (TimelineScene *self)
{
  return self->measure_ns;
}

/* ---- What happens meanwhile ----------------------------------------------------------------------- */

static void
grow (TimelineScene *self)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  TimelineChange change = TIMELINE_CHANGED_CONTENT;
  gint64 first_ns, last_ns, now_us = g_get_monotonic_time ();

  if (history != self->history)
    {
      g_set_object (&self->history, history);
      timeline_rows_set_history (self->rows, history);
      self->is_placed = FALSE;
      self->rows_due_us = 0;
      change |= TIMELINE_CHANGED_ROWS;
    }
  if (!inspector_history_get_range (history, &first_ns, &last_ns))
    return;
  if (!self->is_placed)
    self->viewport.origin_ns = first_ns;
  self->first_ns = first_ns;
  self->last_ns = MAX (last_ns, first_ns + 1);
  if (now_us >= self->rows_due_us)
    {
      if (timeline_rows_update (self->rows))
        change |= TIMELINE_CHANGED_ROWS;
      self->rows_due_us =
          g_get_monotonic_time () + (g_get_monotonic_time () - now_us) * COST_FACTOR;
    }
  if (self->viewport.width > 0)
    {
      keep_up (self);
      self->is_placed = TRUE;
    }
  clamp (self);
  tell (self, change | TIMELINE_CHANGED_VIEW);
}

static void
show_selection (TimelineScene *self)
{
  guint track, row;

  if (!timeline_scene_get_selected (self, &track))
    return;
  if (!timeline_rows_find (self->rows, track, &row))
    {
      timeline_rows_reveal (self->rows, track);
      timeline_scene_rows_changed (self);
    }
  timeline_scene_show_track (self, track);
}

/* Somebody travels in another view: this one comes along. */
static void
show_cursor (TimelineScene *self)
{
  TimelineViewport view = self->viewport;

  timeline_viewport_show_time (&self->viewport, ui_session_get_cursor (self->session));
  moved_in_time (self, &view);
}

void
timeline_scene_take_changes (TimelineScene *self, UiChange changes)
{
  gboolean follows = ui_session_is_following (self->session);

  /* Time goes on, also while nothing happens. */
  if ((changes & (UI_CHANGE_GROWN | UI_CHANGE_STATE)) != 0 ||
      ((changes & UI_CHANGE_CURSOR) != 0 && follows))
    grow (self);
  if ((changes & UI_CHANGE_CURSOR) != 0 && !follows && self->is_placed)
    show_cursor (self);
  if ((changes & UI_CHANGE_SELECTION) != 0)
    show_selection (self);
  if ((changes & ~(UI_CHANGE_GROWN | UI_CHANGE_STATE)) != 0)
    tell (self, TIMELINE_CHANGED_SELECTION);
}

static void
on_style (AdwStyleManager *manager, GParamSpec *pspec, TimelineScene *self)
{
  mix (self);
}

/* ---- Life ----------------------------------------------------------------------------------------- */

static void
timeline_scene_dispose (GObject *object)
{
  TimelineScene *self = TIMELINE_SCENE (object);

  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), self);
  g_clear_pointer (&self->rows, timeline_rows_free);
  g_clear_object (&self->history);
  g_clear_object (&self->session);
  timeline_trail_clear (&self->trail);
  G_OBJECT_CLASS (timeline_scene_parent_class)->dispose (object);
}

static void
timeline_scene_class_init (TimelineSceneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = timeline_scene_dispose;
  signals[CHANGED] = g_signal_new ("changed", TIMELINE_TYPE_SCENE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
timeline_scene_init (TimelineScene *self)
{
  self->scale = 1;
  self->row_height = ROW_HEIGHT;
  self->viewport.ns_per_column = 1;
  self->viewport.row_height = ROW_HEIGHT;
  self->has_patterns = TRUE;
  self->pointer_x = -1;
  timeline_trail_init (&self->trail);
}

TimelineScene *
timeline_scene_new (UiSession *session)
{
  TimelineScene *self = g_object_new (TIMELINE_TYPE_SCENE, NULL);
  AdwStyleManager *style = adw_style_manager_get_default ();

  self->session = g_object_ref (session);
  self->history = g_object_ref (ui_session_get_history (session));
  self->rows = timeline_rows_new (self->history);
  g_signal_connect (style, "notify::dark", G_CALLBACK (on_style), self);
  g_signal_connect (style, "notify::high-contrast", G_CALLBACK (on_style), self);
  mix (self);
  grow (self);
  return self;
}
