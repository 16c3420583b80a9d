/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_VIEWPORT_H
#define TIMELINE_VIEWPORT_H

#include <glib.h>

G_BEGIN_DECLS

/* Which part of time and of the rows is seen. Lengths are device pixels, so that what is computed is what
 * is shown. Time is divided into columns of a whole number of nanoseconds, counted from a fixed instant:
 * a column covers the same time wherever it is seen, and what has been drawn can be moved instead of
 * being drawn again. */
typedef struct
{
  gint64 origin_ns;     /* where column 0 begins */
  gint64 column;        /* the first one that is seen */
  gint64 ns_per_column; /* at least 1 */
  int width, height;
  int row_height;
  int top;      /* of the rows that scroll, what is above the edge */
  int n_pinned; /* rows at the top, which do not scroll */
} TimelineViewport;

/** Of the column at @x; also outside of what is seen. */
gint64 timeline_viewport_get_time (const TimelineViewport *self, int x);
/** Where @at_ns is; may be far outside. */
double timeline_viewport_get_x (const TimelineViewport *self, gint64 at_ns);
gint64 timeline_viewport_get_from (const TimelineViewport *self);
gint64 timeline_viewport_get_to (const TimelineViewport *self);
/** Makes columns of @ns_per_column, and keeps what is at @x there. */
void timeline_viewport_zoom (TimelineViewport *self, int x, double ns_per_column);
/** Shows the time from @from_ns to @to_ns, with a little on either side. */
void timeline_viewport_fit (TimelineViewport *self, gint64 from_ns, gint64 to_ns);
/** Goes there, a little further than needed; nowhere, where it is seen already. */
void timeline_viewport_show_time (TimelineViewport *self, gint64 at_ns);
/** Keeps it within reach of what has happened, and of @n_rows. */
void timeline_viewport_clamp (TimelineViewport *self, gint64 first_ns, gint64 last_ns,
                              guint n_rows);

/** The row at @y; may be beyond the last one. */
guint timeline_viewport_get_row (const TimelineViewport *self, int y);
/** Where row @row begins; may be outside. A row that scrolls can lie below the pinned ones: compare with
 * timeline_viewport_get_band(). */
int timeline_viewport_get_y (const TimelineViewport *self, guint row);
/** Where the rows that scroll begin. */
int timeline_viewport_get_band (const TimelineViewport *self);
void timeline_viewport_show_row (TimelineViewport *self, guint row);

G_END_DECLS

#endif
