/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which part of time and of the rows is seen: moved by hand, or along with what happens. */

#include "scene-private.h"

/* Of the width, how far ahead of what happens the view goes. */
#define AHEAD 0.15

/* @view: what was seen before */
static void
moved (TimelineScene *self, const TimelineViewport *view)
{
  timeline_scene_clamp (self);
  if (self->viewport.column == view->column &&
      self->viewport.ns_per_column == view->ns_per_column && self->viewport.top == view->top)
    return;
  timeline_trail_leave (&self->trail, view, g_get_monotonic_time ());
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW);
}

void
timeline_scene_moved_in_time (TimelineScene *self, const TimelineViewport *view)
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

  timeline_viewport_zoom (&self->viewport, (int)(timeline_scene_mirror (self, x) * self->scale),
                          (double)self->viewport.ns_per_column / factor);
  timeline_scene_moved_in_time (self, &view);
}

void
timeline_scene_pan (TimelineScene *self, double pixels)
{
  TimelineViewport view = self->viewport;

  self->viewport.column += (gint64)((self->is_mirrored ? -pixels : pixels) * self->scale);
  timeline_scene_moved_in_time (self, &view);
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
  timeline_scene_moved_in_time (self, &view);
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
  timeline_scene_moved_in_time (self, &view);
}

void
timeline_scene_show_time (TimelineScene *self, gint64 at_ns)
{
  TimelineViewport view = self->viewport;

  timeline_viewport_show_time (&self->viewport, at_ns);
  timeline_scene_moved_in_time (self, &view);
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
  timeline_scene_clamp (self);
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW);
}

void
timeline_scene_go_forth (TimelineScene *self)
{
  if (!timeline_trail_go_forth (&self->trail, &self->viewport))
    return;
  self->follow = TIMELINE_FOLLOW_NOT;
  timeline_scene_clamp (self);
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW);
}

void
timeline_scene_keep_up (TimelineScene *self)
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
  timeline_scene_clamp (self);
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW);
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
      timeline_scene_keep_up (self);
      self->is_placed = TRUE;
    }
  timeline_scene_clamp (self);
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW);
}
