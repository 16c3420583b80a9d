/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Places in widgets: pixels to times and rows, and back. */

#include "scene-private.h"

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
  timeline_scene_tell (self, TIMELINE_CHANGED_VIEW);
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

double
timeline_scene_mirror (TimelineScene *self, double x)
{
  return self->is_mirrored ? timeline_scene_get_width (self) - x : x;
}

gint64
timeline_scene_get_time_at (TimelineScene *self, double x)
{
  return timeline_viewport_get_time (&self->viewport,
                                     (int)(timeline_scene_mirror (self, x) * self->scale));
}

double
timeline_scene_get_x_of (TimelineScene *self, gint64 at_ns)
{
  return timeline_scene_mirror (self,
                                timeline_viewport_get_x (&self->viewport, at_ns) / self->scale);
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
