/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "viewport.h"

#include <math.h>

/* So much of the width stays empty on either side of what is made to fit. */
#define MARGIN 0.02
/* Zoomed out at most to this many times of what has happened. */
#define MOST_EMPTY 4
/* Of the width, what has happened is kept this far inside. */
#define LEAST_SEEN 0.1

/* As integers are divided by people: towards the past. */
static gint64
divide (gint64 a, gint64 b)
{
  return a / b - (a % b < 0);
}

gint64
timeline_viewport_get_time (const TimelineViewport *self, int x)
{
  return self->origin_ns + (self->column + x) * self->ns_per_column;
}

double
timeline_viewport_get_x (const TimelineViewport *self, gint64 at_ns)
{
  return (double)(at_ns - timeline_viewport_get_from (self)) / (double)self->ns_per_column;
}

gint64
timeline_viewport_get_from (const TimelineViewport *self)
{
  return timeline_viewport_get_time (self, 0);
}

gint64
timeline_viewport_get_to (const TimelineViewport *self)
{
  return timeline_viewport_get_time (self, self->width);
}

void
timeline_viewport_zoom (TimelineViewport *self, int x, double ns_per_column)
{
  gint64 at_ns = timeline_viewport_get_time (self, x) - self->origin_ns + self->ns_per_column / 2;
  gint64 wanted = (gint64)llround (MIN (ns_per_column, 1e15));

  /* The smallest columns are whole numbers, too: each step has to lead somewhere. */
  if (wanted == self->ns_per_column)
    wanted += ns_per_column > (double)self->ns_per_column   ? 1
              : ns_per_column < (double)self->ns_per_column ? -1
                                                            : 0;
  self->ns_per_column = MAX (wanted, 1);
  self->column = divide (at_ns, self->ns_per_column) - x;
}

void
timeline_viewport_fit (TimelineViewport *self, gint64 from_ns, gint64 to_ns)
{
  double width = MAX (self->width, 1) * (1 - 2 * MARGIN);

  self->ns_per_column = MAX ((gint64)ceil ((double)(to_ns - from_ns) / width), 1);
  self->column = divide (from_ns - self->origin_ns, self->ns_per_column) -
                 (gint64)(MAX (self->width, 1) * MARGIN);
}

void
timeline_viewport_show_time (TimelineViewport *self, gint64 at_ns)
{
  gint64 column = divide (at_ns - self->origin_ns, self->ns_per_column) - self->column;
  gint64 margin = (gint64)(self->width * LEAST_SEEN);

  if (column < 0)
    self->column += column - margin;
  else if (column >= self->width)
    self->column += column - self->width + margin;
}

void
timeline_viewport_clamp (TimelineViewport *self, gint64 first_ns, gint64 last_ns, guint n_rows)
{
  gint64 most = (last_ns - first_ns) / MAX (self->width, 1) * MOST_EMPTY + MOST_EMPTY;
  gint64 margin = (gint64)(self->width * LEAST_SEEN);
  gint64 rows_height;

  if (self->ns_per_column > most)
    timeline_viewport_zoom (self, self->width / 2, (double)most);
  self->column = CLAMP (
      self->column, divide (first_ns - self->origin_ns, self->ns_per_column) - self->width + margin,
      divide (last_ns - self->origin_ns, self->ns_per_column) - margin);
  self->n_pinned = MIN (self->n_pinned, (int)n_rows);
  rows_height = (gint64)((int)n_rows - self->n_pinned) * self->row_height -
                (self->height - timeline_viewport_get_band (self));
  self->top = (int)CLAMP (self->top, 0, MAX (rows_height, 0));
}

int
timeline_viewport_get_band (const TimelineViewport *self)
{
  return self->n_pinned * self->row_height;
}

guint
timeline_viewport_get_row (const TimelineViewport *self, int y)
{
  int band = timeline_viewport_get_band (self);

  if (y < 0)
    return 0;
  return (guint)(y < band ? y / self->row_height
                          : self->n_pinned + (y - band + self->top) / self->row_height);
}

int
timeline_viewport_get_y (const TimelineViewport *self, guint row)
{
  gint64 y = (gint64)row * self->row_height;

  return (int)CLAMP ((int)row < self->n_pinned ? y : y - self->top, G_MININT, G_MAXINT);
}

void
timeline_viewport_show_row (TimelineViewport *self, guint row)
{
  int y = timeline_viewport_get_y (self, row), band = timeline_viewport_get_band (self);

  if ((int)row < self->n_pinned)
    return;
  if (y < band)
    self->top -= band - y;
  else if (y + self->row_height > self->height)
    self->top += MIN (y + self->row_height - self->height, y - band);
}
