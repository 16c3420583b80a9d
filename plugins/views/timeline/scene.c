/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "scene-private.h"

#include <adwaita.h>
#include <waits.h>

#include "ink.h"

#define ROW_HEIGHT 22
#define PATTERN_STRENGTH 0.28
#define PATTERN_STRENGTH_HIGH 0.75
/* New rows are looked for at most a tenth of the time. */
#define COST_FACTOR 10

static const int row_heights[] = { 5, 10, 16, 22, 30, 44 };

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (TimelineScene, timeline_scene, G_TYPE_OBJECT)

void
timeline_scene_tell (TimelineScene *self, TimelineChange change)
{
  if ((change & (TIMELINE_CHANGED_CONTENT | TIMELINE_CHANGED_ROWS)) != 0)
    self->generation++;
  g_signal_emit (self, signals[CHANGED], 0, change);
}

void
timeline_scene_clamp (TimelineScene *self)
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
  timeline_scene_clamp (self);
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_ROWS);
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
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_CONTENT);
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
  timeline_scene_clamp (self);
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_ROWS);
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
  timeline_scene_tell (self, TIMELINE_CHANGED_POINTER);
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
  timeline_scene_tell (self, TIMELINE_CHANGED_POINTER);
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
      timeline_scene_keep_up (self);
      self->is_placed = TRUE;
    }
  timeline_scene_clamp (self);
  timeline_scene_tell (self, change | TIMELINE_CHANGED_VIEW);
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
  timeline_scene_moved_in_time (self, &view);
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
    timeline_scene_tell (self, TIMELINE_CHANGED_SELECTION);
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
