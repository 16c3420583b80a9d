/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_TIMELINE_FIXTURE_H
#define TEST_TIMELINE_FIXTURE_H

#include "ink.h"
#include "raster.h"
#include "rows.h"
#include "timeline-story.h"
#include "viewport.h"

G_BEGIN_DECLS

/* A story, rows of it, and what is needed to draw them. */

#define WIDTH 320
#define HEIGHT 120
#define ROW 22

typedef struct
{
  InspectorSession *session;
  InspectorHistory *history;
  TimelineRows *rows;
  TimelineViewport viewport;
  TimelineInk ink;
  TimelineRaster *raster;
  gint64 last_ns;
} TimelineFixture;

void timeline_fixture_setup (TimelineFixture *f, gconstpointer data);
/* With the other story, of waits. */
void timeline_fixture_setup_waits (TimelineFixture *f, gconstpointer data);
void timeline_fixture_teardown (TimelineFixture *f, gconstpointer data);
/* Colours that are fixed, and need not be those of the app. */
void timeline_fixture_mix (TimelineFixture *f, gboolean is_dark, double strength);
guint32 *timeline_fixture_draw (TimelineFixture *f, TimelineSheet *sheet);
/* @tile: one of TIMELINE_TILE_OF(), or a state alone */
gboolean timeline_fixture_is_of (const TimelineFixture *f, guint32 pixel, guint tile);
/* Pixels of @state in the row and the column, with the family that the story tells of. */
guint timeline_fixture_count (const TimelineFixture *f, const guint32 *pixels, guint row,
                              int column, InspectorState state);
guint timeline_fixture_count_part (const TimelineFixture *f, const guint32 *pixels, guint row,
                                   int column, InspectorState state, InspectorFamily family);

G_END_DECLS

#endif
