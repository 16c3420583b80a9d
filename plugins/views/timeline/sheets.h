/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_SHEETS_H
#define TIMELINE_SHEETS_H

#include <cairo.h>

#include "raster.h"

G_BEGIN_DECLS

/* Two pictures of the rows, in turns: what was drawn last is shown until the next is whole, and is what
 * the next is made of. */
typedef struct
{
  cairo_surface_t *surfaces[2];
  TimelineSheet sheets[2];
  guint current;
  gboolean is_drawn;         /* the current one shows something */
  TimelineViewport viewport; /* what it shows */
  guint generation;          /* of what */
  TimelineRaster *raster;
} TimelineSheets;

void timeline_sheets_init (TimelineSheets *sheets);
void timeline_sheets_clear (TimelineSheets *sheets);
/**
 * timeline_sheets_draw:
 * @generation: another one: nothing that was drawn is of use
 *
 * Returns: (transfer none): a picture as large as @viewport, which stays as it is until the next but one
 *   is drawn
 */
cairo_surface_t *timeline_sheets_draw (TimelineSheets *sheets, InspectorHistory *history,
                                       const TimelineRow *rows, guint n_rows,
                                       const TimelineViewport *viewport, const TimelineInk *ink,
                                       gint64 last_ns, guint generation);

G_END_DECLS

#endif
