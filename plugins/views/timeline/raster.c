/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "raster.h"

#include <string.h>

/* Columns that are drawn at a time: one line of cache. */
#define BLOCK 16
#define MAX_ROW_HEIGHT 255
/* Columns of which it is decided at once how they are looked at; a power of two. */
#define TILE 256
/* Spans of a tile up to which each is looked at, and no sums are asked for. */
#define MAX_SPANS 128u
/* A row this high has a line below it. */
#define LEAST_WITH_LINE 8
/* What is blocked is looked for, and gets at least so large a part of the height. */
#define LEAST_BLOCKED 6
/* What goes on, fades out over so many columns. */
#define FADE 28
/* From this width on, a span that follows one of the same state is set off. */
#define LEAST_SET_OFF 4

/* A column: how many pixels high each state is. Eight bytes, so that equal ones are found at once. */
typedef union
{
  guint8 heights[8]; /* by state; INSPECTOR_STATE_NONE: nothing */
  guint64 all;
} Stack;

struct _TimelineRaster
{
  gint64 sums[TILE * INSPECTOR_N_STATES];
  Stack stacks[TILE];
  guint8 joints[TILE]; /* columns where a span begins beside one of its own state */
  InspectorSpan spans[MAX_SPANS];
};

/* From the bottom to the top: what is wanted first is nearest to the line that the eye follows. */
static const guint8 order[] = { INSPECTOR_STATE_RUNNING,  INSPECTOR_STATE_BLOCKED,
                                INSPECTOR_STATE_READY,    INSPECTOR_STATE_WAITING,
                                INSPECTOR_STATE_SLEEPING, INSPECTOR_STATE_RESTING };

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

/* ---- How high each state is in a column -------------------------------------------------------- */

/* @per_ns: pixels of a nanosecond */
static Stack
stack_up (const gint64 *sums, int height, double per_ns)
{
  Stack stack = { .all = 0 };
  int used = 0, n = 0, least = MAX (height / LEAST_BLOCKED, 1);

  for (guint state = 1; state < INSPECTOR_N_STATES; state++)
    if (sums[state] > 0)
      {
        int wanted = (int)((double)sums[state] * per_ns + 0.5);

        stack.heights[state] =
            (guint8)CLAMP (wanted, state == INSPECTOR_STATE_BLOCKED ? least : 1, height);
        used += stack.heights[state];
        n++;
      }
  /* What is rare has got more than its share: what is frequent gives it. */
  while (used > height && used > n)
    {
      guint most = 1;

      for (guint state = 2; state < INSPECTOR_N_STATES; state++)
        if (stack.heights[state] > stack.heights[most])
          most = state;
      stack.heights[most]--;
      used--;
    }
  return stack;
}

static Stack
stack_of_one (InspectorState state, int height)
{
  Stack stack = { .all = 0 };

  if (state != INSPECTOR_STATE_NONE)
    stack.heights[state] = (guint8)height;
  return stack;
}

static void
stack_sums (TimelineRaster *self, int offset, int width, int height, double per_ns)
{
  for (int i = offset; i < offset + width; i++)
    self->stacks[i] = stack_up (&self->sums[i * INSPECTOR_N_STATES], height, per_ns);
}

/* As stack_sums() of what was asked of the history, where the spans are few: those within a column are
 * summed up, and one that fills columns is done with them at once. */
static void
stack_spans (TimelineRaster *self, guint n, gint64 from_ns, gint64 ns_per_column, int width,
             int height, gint64 last_ns)
{
  const double per_ns = (double)height / (double)ns_per_column;
  gint64 sums[INSPECTOR_N_STATES] = { 0 };
  gint64 column = 0; /* that @sums is of */

  memset (self->stacks, 0, (gsize)width * sizeof *self->stacks);
  for (guint i = 0; i < n; i++)
    {
      const InspectorSpan *span = &self->spans[i];
      gint64 begin_ns = MAX (span->begin_ns, from_ns) - from_ns;
      gint64 end_ns = MIN (span->end_ns, last_ns) - from_ns;
      gint64 first = begin_ns / ns_per_column, last;

      if (end_ns <= begin_ns)
        continue;
      last = MIN (end_ns / ns_per_column, width);
      if (first > column)
        {
          if (column < width)
            self->stacks[column] = stack_up (sums, height, per_ns);
          memset (sums, 0, sizeof sums);
          column = first;
        }
      if (last == first)
        {
          sums[span->state] += end_ns - begin_ns;
          continue;
        }
      if (begin_ns > first * ns_per_column && first < width)
        {
          sums[span->state] += (first + 1) * ns_per_column - begin_ns;
          self->stacks[first++] = stack_up (sums, height, per_ns);
        }
      for (gint64 k = first; k < last && k < width; k++)
        self->stacks[k] = stack_of_one (span->state, height);
      memset (sums, 0, sizeof sums);
      column = last;
      sums[span->state] = end_ns - last * ns_per_column;
    }
  if (column < width)
    self->stacks[column] = stack_up (sums, height, per_ns);
}

/* Two waits, one after the other, are two. */
static void
find_joints (TimelineRaster *self, guint n, gint64 from_ns, gint64 ns_per_column, int width)
{
  for (guint i = 1; i < n; i++)
    {
      const InspectorSpan *span = &self->spans[i];
      gint64 column = (span->begin_ns - from_ns) / ns_per_column;

      if (span->begin_ns >= from_ns && column < width && self->spans[i - 1].state == span->state &&
          (span->end_ns == G_MAXINT64 ||
           span->end_ns - span->begin_ns >= LEAST_SET_OFF * ns_per_column))
        self->joints[column] = 1;
    }
}

/* ---- Pixels ------------------------------------------------------------------------------------ */

/* Of one column, from its top to its bottom: the state at each line, in steps of BLOCK bytes. */
static void
spread (const Stack *stack, int height, guint8 *ret_states)
{
  int line = height - 1;

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    for (int k = stack->heights[order[i]]; k > 0 && line >= 0; k--)
      ret_states[line-- * BLOCK] = order[i];
  for (; line >= 0; line--)
    ret_states[line * BLOCK] = INSPECTOR_STATE_NONE;
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
  const Stack *stacks = self->stacks + offset;
  guint8 states[MAX_ROW_HEIGHT * BLOCK];

  for (int at = 0; at < width; at += BLOCK)
    {
      int n = MIN (BLOCK, width - at);

      for (int i = 0; i < n; i++)
        {
          if (i > 0 && stacks[at + i].all == stacks[at + i - 1].all)
            for (int line = 0; line < height; line++)
              states[line * BLOCK + i] = states[line * BLOCK + i - 1];
          else
            spread (&stacks[at + i], height, states + i);
        }
      for (int line = first_line; line < end_line; line++)
        {
          guint32 *pixels = &sheet->pixels[(y + line) * sheet->stride + x + at];
          const guint8 *row = states + line * BLOCK;
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
    for (int line = first_line; self->joints[offset + i] && line < end_line; line++)
      {
        guint32 *pixel = &sheet->pixels[(y + line) * sheet->stride + x + i];

        *pixel = halve (*pixel, ink->ground);
      }
}

/* It has not ended, and what it will do is not known. */
static void
draw_fade (const TimelineInk *ink, InspectorState state, gint64 column, gint64 edge, int x,
           int width, int y, int first_line, int end_line, TimelineSheet *sheet)
{
  for (gint64 i = MAX (edge, column); i < MIN (edge + FADE, column + width); i++)
    {
      /* A dither: no colour is made that is not in the ink. */
      guint level = (guint)(i - edge) * 16 / FADE;
      static const guint8 bayer[16] = { 0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5 };

      for (int line = first_line; line < end_line; line++)
        if (bayer[(line & 3) * 4 + (i & 3)] >= level)
          sheet->pixels[(y + line) * sheet->stride + x + (int)(i - column)] =
              ink->tiles[state]
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
  const gint64 step_ns = viewport->ns_per_column;
  const gint64 column = viewport->column + x;
  const int offset = (int)(column & (TILE - 1));
  const gint64 from_ns = timeline_viewport_get_time (viewport, x - offset);
  /* The span before tells whether one begins beside another of its state. */
  guint n = inspector_history_get_spans (history, track, from_ns - 1, from_ns + TILE * step_ns,
                                         self->spans, MAX_SPANS);

  memset (self->joints, 0, sizeof self->joints);
  if (n < MAX_SPANS)
    {
      stack_spans (self, n, from_ns, step_ns, TILE, height, last_ns);
      find_joints (self, n, from_ns, step_ns, TILE);
    }
  else
    {
      inspector_history_get_coverage (history, track, from_ns + offset * step_ns,
                                      from_ns + (offset + width) * step_ns, (guint)width,
                                      self->sums + offset * INSPECTOR_N_STATES);
      stack_sums (self, offset, width, height, (double)height / (double)step_ns);
    }
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
      int part = MIN (TILE - (int)((viewport->column + at) & (TILE - 1)), x + width - at);

      draw_tile (self, history, track, viewport, ink, last_ns, sheet, at, part, y, height,
                 first_line, end_line);
      at += part;
    }
  if (last_ns < timeline_viewport_get_time (viewport, x + width) &&
      inspector_history_get_track (history, track, &info) && info.end_ns == G_MAXINT64 &&
      inspector_history_get_state_at (history, track, last_ns, &span) &&
      span.state != INSPECTOR_STATE_NONE)
    draw_fade (ink, span.state, column, (last_ns - viewport->origin_ns) / viewport->ns_per_column,
               x, width, y, first_line, end_line, sheet);
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
