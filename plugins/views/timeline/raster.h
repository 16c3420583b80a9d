/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_RASTER_H
#define TIMELINE_RASTER_H

#include <inspector-history.h>

#include "viewport.h"

G_BEGIN_DECLS

/* What is drawn is a function of what happened, of which rows and of the viewport alone: it needs no
 * display, and is tested by pictures. */

#define TIMELINE_TILE 8
/* Which tile is that of a task in @state which waits for something of @family. */
#define TIMELINE_TILE_OF(state, family) ((guint)(family)*INSPECTOR_N_STATES + (guint)(state))
#define TIMELINE_N_TILES (INSPECTOR_N_FAMILIES * INSPECTOR_N_STATES)

/** TimelineInk: tiles of pixels, 0x00RRGGBB, with their patterns in them: those of the states, and behind them
 * those of the states again for each family of waits. */
typedef struct
{
  guint32 tiles[TIMELINE_N_TILES][TIMELINE_TILE * TIMELINE_TILE];
  guint32 ground; /* where nothing is */
  guint32 line;   /* between rows */
  guint32 header; /* the row that names a group */
} TimelineInk;

/** TimelineRow: what is drawn in a row. */
typedef struct
{
  guint track; /* %G_MAXUINT: none, it names a group */
  guint group; /* that it belongs to; %G_MAXUINT: to none */
  guint16 depth;
  guint8 has_children, is_folded;
} TimelineRow;

/** TimelineSheet: pixels. */
typedef struct
{
  guint32 *pixels;
  int width, height;
  int stride; /* pixels from a line to the next */
} TimelineSheet;

typedef struct _TimelineRaster TimelineRaster;

TimelineRaster *timeline_raster_new (void);
void timeline_raster_free (TimelineRaster *raster);

/**
 * timeline_raster_draw:
 * @last_ns: until when it is known what happened
 * @x, @y, @width, @height: the part to draw; what is outside of it is left alone
 *
 * Draws rows as they are seen in @viewport. Where much happens in a column, states and what was waited for are
 * stacked, each as high as it lasted, and none that was there is lower than one pixel; where something was
 * blocked, a sixth of the height says so.
 */
void timeline_raster_draw (TimelineRaster *raster, InspectorHistory *history,
                           const TimelineRow *rows, guint n_rows, const TimelineViewport *viewport,
                           const TimelineInk *ink, gint64 last_ns, TimelineSheet *sheet, int x,
                           int y, int width, int height);

G_END_DECLS

#endif
