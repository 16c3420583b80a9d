/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "raster.h"

#include "stacks.h"

/* Columns that are drawn at a time: one line of cache. */
#define BLOCK 16
#define MAX_ROW_HEIGHT 255
/* A row this high has a line below it. */
#define LEAST_WITH_LINE 8
/* What goes on, fades out over so many columns. */
#define FADE 28

G_STATIC_ASSERT (TIMELINE_N_TILES <= G_MAXUINT8);

struct _TimelineRaster
{
  TimelineStacks stacks;
};

TimelineRaster *
timeline_raster_new (void)
{
  return g_new0 (TimelineRaster, 1);
}

void
timeline_raster_free (TimelineRaster *self)
{
  g_free (self);
}

/* ---- Pixels ------------------------------------------------------------------------------------ */

/* Of one column, from its top to its bottom: which tile each line is of, in steps of BLOCK bytes. */
static void
spread (const TimelineStacks *stacks, const TimelineStack *stack, int height, guint8 *ret_tiles)
{
  int line = height - 1;

  for (guint i = 0; i + 1 < stacks->n_parts; i++)
    {
      const InspectorPart *part = &stacks->parts[stacks->order[i]];
      guint8 tile = (guint8)TIMELINE_TILE_OF (part->state, part->family);

      for (int k = stack->heights[stacks->order[i]]; k > 0 && line >= 0; k--)
        ret_tiles[line-- * BLOCK] = tile;
    }
  for (; line >= 0; line--)
    ret_tiles[line * BLOCK] = INSPECTOR_STATE_NONE;
}

/* Half of the way to @ground. */
static inline guint32
halve (guint32 colour, guint32 ground)
{
  return ((colour & 0xfefefe) >> 1) + ((ground & 0xfefefe) >> 1);
}

static void
draw_stacks (TimelineRaster *self, const TimelineInk *ink, gint64 column, int offset, int x,
             int width, int height, int y, int first_line, int end_line, TimelineSheet *sheet)
{
  const TimelineStack *stacks = self->stacks.stacks + offset;
  guint8 tiles[MAX_ROW_HEIGHT * BLOCK];

  for (int at = 0; at < width; at += BLOCK)
    {
      int n = MIN (BLOCK, width - at);

      for (int i = 0; i < n; i++)
        {
          const TimelineStack *stack = &stacks[at + i];

          if (i > 0 && stack->words[0] == stack[-1].words[0] &&
              stack->words[1] == stack[-1].words[1])
            for (int line = 0; line < height; line++)
              tiles[line * BLOCK + i] = tiles[line * BLOCK + i - 1];
          else
            spread (&self->stacks, stack, height, tiles + i);
        }
      for (int line = first_line; line < end_line; line++)
        {
          guint32 *pixels = &sheet->pixels[(y + line) * sheet->stride + x + at];
          const guint8 *row = tiles + line * BLOCK;
          const guint tile_line = (guint)line % TIMELINE_TILE * TIMELINE_TILE;

          for (int i = 0; i < n; i++)
            pixels[i] =
                ink->tiles[row[i]][tile_line + ((guint64)(column + at + i) % TIMELINE_TILE)];
        }
    }
}

static void
draw_joints (TimelineRaster *self, const TimelineInk *ink, int offset, int x, int width, int y,
             int first_line, int end_line, TimelineSheet *sheet)
{
  for (int i = 0; i < width; i++)
    for (int line = first_line; self->stacks.joints[offset + i] && line < end_line; line++)
      {
        guint32 *pixel = &sheet->pixels[(y + line) * sheet->stride + x + i];

        *pixel = halve (*pixel, ink->ground);
      }
}

/* It has not ended, and what it will do is not known. */
static void
draw_fade (const TimelineInk *ink, guint tile, gint64 column, gint64 edge, int x, int width, int y,
           int first_line, int end_line, TimelineSheet *sheet)
{
  for (gint64 i = MAX (edge, column); i < MIN (edge + FADE, column + width); i++)
    {
      /* A dither: no colour is made that is not in the ink. */
      guint level = (guint)(i - edge) * 16 / FADE;
      static const guint8 bayer[16] = { 0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5 };

      for (int line = first_line; line < end_line; line++)
        if (bayer[(line & 3) * 4 + (i & 3)] >= level)
          sheet->pixels[(y + line) * sheet->stride + x + (int)(i - column)] =
              ink->tiles[tile]
                        [line % TIMELINE_TILE * TIMELINE_TILE + (int)((guint64)i % TIMELINE_TILE)];
    }
}

static void
fill (TimelineSheet *sheet, guint32 colour, int x, int y, int width, int height)
{
  for (int line = y; line < y + height; line++)
    for (int i = x; i < x + width; i++)
      sheet->pixels[line * sheet->stride + i] = colour;
}

/* ---- Rows -------------------------------------------------------------------------------------- */

/* Columns @x to @x + @width of the row, which lie in one tile: what is looked at does not depend on
 * which part of the tile is asked for, so that a picture in parts is the picture. */
static void
draw_tile (TimelineRaster *self, InspectorHistory *history, guint track,
           const TimelineViewport *viewport, const TimelineInk *ink, gint64 last_ns,
           TimelineSheet *sheet, int x, int width, int y, int height, int first_line, int end_line)
{
  const gint64 column = viewport->column + x;
  const int offset = (int)(column & (TIMELINE_TILE_COLUMNS - 1));

  timeline_stacks_fill (&self->stacks, history, track,
                        timeline_viewport_get_time (viewport, x - offset), viewport->ns_per_column,
                        offset, width, height, last_ns);
  draw_stacks (self, ink, column, offset, x, width, height, y, first_line, end_line, sheet);
  draw_joints (self, ink, offset, x, width, y, first_line, end_line, sheet);
}

static void
draw_track (TimelineRaster *self, InspectorHistory *history, guint track,
            const TimelineViewport *viewport, const TimelineInk *ink, gint64 last_ns,
            TimelineSheet *sheet, int x, int width, int y, int height, int first_line, int end_line)
{
  const gint64 column = viewport->column + x;
  InspectorTrack info;
  InspectorSpan span;

  for (int at = x; at < x + width;)
    {
      int part =
          MIN (TIMELINE_TILE_COLUMNS - (int)((viewport->column + at) & (TIMELINE_TILE_COLUMNS - 1)),
               x + width - at);

      draw_tile (self, history, track, viewport, ink, last_ns, sheet, at, part, y, height,
                 first_line, end_line);
      at += part;
    }
  if (last_ns < timeline_viewport_get_time (viewport, x + width) &&
      inspector_history_get_track (history, track, &info) && info.end_ns == G_MAXINT64 &&
      inspector_history_get_state_at (history, track, last_ns, &span) &&
      span.state != INSPECTOR_STATE_NONE)
    draw_fade (ink, TIMELINE_TILE_OF (span.state, span.family), column,
               (last_ns - viewport->origin_ns) / viewport->ns_per_column, x, width, y, first_line,
               end_line, sheet);
}

static void
draw_row (TimelineRaster *self, InspectorHistory *history, const TimelineRow *row,
          const TimelineViewport *viewport, const TimelineInk *ink, gint64 last_ns,
          TimelineSheet *sheet, int x, int width, int y, int clip_y, int clip_end)
{
  int gap = viewport->row_height >= LEAST_WITH_LINE ? 2 : 0;
  int height = MIN (viewport->row_height - gap, MAX_ROW_HEIGHT);
  int first = MAX (clip_y - y, 0), end = MIN (clip_end - y, viewport->row_height);

  if (end <= first)
    return;
  if (row->track == G_MAXUINT)
    {
      fill (sheet, ink->header, x, y + first, width, end - first);
      return;
    }
  if (first < height)
    draw_track (self, history, row->track, viewport, ink, last_ns, sheet, x, width, y, height,
                first, MIN (end, height));
  for (int line = MAX (first, height); line < end; line++)
    fill (sheet, line == height && gap > 0 ? ink->ground : ink->line, x, y + line, width, 1);
}

void
timeline_raster_draw (TimelineRaster *self, InspectorHistory *history, const TimelineRow *rows,
                      guint n_rows, const TimelineViewport *viewport, const TimelineInk *ink,
                      gint64 last_ns, TimelineSheet *sheet, int x, int y, int width, int height)
{
  int band = timeline_viewport_get_band (viewport), end = y + height;

  while (y < end)
    {
      guint row = timeline_viewport_get_row (viewport, y);
      int row_y = timeline_viewport_get_y (viewport, row);
      int row_end = row_y + viewport->row_height;

      /* A pinned row is whole; one that scrolls may lie partly below them. */
      if (y < band)
        row_end = MIN (row_end, band);
      row_end = MIN (row_end, end);
      if (row >= n_rows)
        {
          fill (sheet, ink->ground, x, y, width, end - y);
          return;
        }
      draw_row (self, history, &rows[row], viewport, ink, last_ns, sheet, x, width, row_y, y,
                row_end);
      y = row_end;
    }
}
