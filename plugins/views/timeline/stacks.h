/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_STACKS_H
#define TIMELINE_STACKS_H

#include <inspector-history.h>

G_BEGIN_DECLS

/* Columns of which it is decided at once how they are looked at; a power of two. */
#define TIMELINE_TILE_COLUMNS 256
/* Spans of a tile up to which each is looked at, and no sums are asked for. */
#define TIMELINE_MAX_SPANS 128u

/** TimelineStack: a column, and how many pixels high each part is in it. Two words, so that equal ones are
 * found at once. */
typedef union
{
  guint8 heights[16]; /* by number of the part; the first: nothing, which has no height */
  guint64 words[2];
} TimelineStack;

G_STATIC_ASSERT (INSPECTOR_MAX_PARTS <= 16);

/** TimelineStacks: the columns of a tile, of one track. */
typedef struct
{
  guint n_parts;
  InspectorPart parts[INSPECTOR_MAX_PARTS];
  guint8 order
      [INSPECTOR_MAX_PARTS]; /* numbers of parts, from the bottom to the top; without the first */
  TimelineStack stacks[TIMELINE_TILE_COLUMNS];
  guint8
      joints[TIMELINE_TILE_COLUMNS]; /* columns where a span begins beside one that looks like it */
  gint64 sums[TIMELINE_TILE_COLUMNS * INSPECTOR_MAX_PARTS];
  InspectorSpan spans[TIMELINE_MAX_SPANS];
} TimelineStacks;

/**
 * timeline_stacks_fill:
 * @from_ns, @step_ns: where the tile begins, and the time of a column
 * @offset, @width: columns that are wanted; where spans are few, all are filled
 * @height: pixels
 * @last_ns: until when it is known what happened
 *
 * Each part is as high as it lasted, none that was there is lower than one pixel, and what was blocked has a
 * sixth of the height.
 */
void timeline_stacks_fill (TimelineStacks *stacks, InspectorHistory *history, guint track,
                           gint64 from_ns, gint64 step_ns, int offset, int width, int height,
                           gint64 last_ns);

G_END_DECLS

#endif
