/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "sheets.h"

#include <string.h>

void
timeline_sheets_init (TimelineSheets *self)
{
  *self = (TimelineSheets){ .raster = timeline_raster_new () };
}

static void
clear_sheet (TimelineSheets *self, guint index)
{
  g_clear_pointer (&self->surfaces[index], cairo_surface_destroy);
  g_free (self->sheets[index].pixels);
  self->sheets[index] = (TimelineSheet){ 0 };
}

void
timeline_sheets_clear (TimelineSheets *self)
{
  clear_sheet (self, 0);
  clear_sheet (self, 1);
  g_clear_pointer (&self->raster, timeline_raster_free);
}

/* The surface is never told that its pixels change: what has been drawn with it would be copied then,
 * 6 MB at a time. That is why there are two of them. */
static void
make_sheet (TimelineSheets *self, guint index, int width, int height)
{
  TimelineSheet *sheet = &self->sheets[index];

  if (sheet->width == width && sheet->height == height)
    return;
  clear_sheet (self, index);
  sheet->width = width;
  sheet->height = height;
  sheet->stride = cairo_format_stride_for_width (CAIRO_FORMAT_RGB24, width) / 4;
  sheet->pixels = g_new (guint32, (gsize)sheet->stride * height);
  self->surfaces[index] = cairo_image_surface_create_for_data (
      (unsigned char *)sheet->pixels, CAIRO_FORMAT_RGB24, width, height, sheet->stride * 4);
}

/* The lines from @y to @end of both, moved by (@dx, @dy): where they come to, what they show was seen
 * before. */
static void
copy_lines (const TimelineSheet *from, TimelineSheet *to, int dx, int dy, int y, int end)
{
  int width = to->width - ABS (dx);

  for (int line = MAX (y, y - dy); line < MIN (end, end - dy); line++)
    memcpy (&to->pixels[line * to->stride + MAX (-dx, 0)],
            &from->pixels[(line + dy) * from->stride + MAX (dx, 0)], (gsize)width * 4);
}

cairo_surface_t *
timeline_sheets_draw (TimelineSheets *self, InspectorHistory *history, const TimelineRow *rows,
                      guint n_rows, const TimelineViewport *viewport, const TimelineInk *ink,
                      gint64 last_ns, guint generation)
{
  guint next = 1 - self->current;
  const TimelineViewport *was = &self->viewport;
  const TimelineSheet *from = &self->sheets[self->current];
  gint64 far = viewport->column - was->column;
  int dx = (int)CLAMP (far, -viewport->width, viewport->width), dy = viewport->top - was->top;
  int band = timeline_viewport_get_band (viewport), width = viewport->width,
      height = viewport->height;
  int x = dx > 0 ? width - dx : 0, seen_y, seen_end;
  TimelineSheet *sheet;

  if (self->is_drawn && generation == self->generation && was->width == width &&
      was->height == height && was->ns_per_column == viewport->ns_per_column &&
      was->row_height == viewport->row_height && was->n_pinned == viewport->n_pinned &&
      was->origin_ns == viewport->origin_ns)
    {
      if (dx == 0 && dy == 0)
        return self->surfaces[self->current];
    }
  else
    {
      dx = width;
      dy = 0;
      x = 0;
    }
  make_sheet (self, next, width, height);
  sheet = &self->sheets[next];
  seen_y = CLAMP (band - MIN (dy, 0), band, height);
  seen_end = CLAMP (height - MAX (dy, 0), seen_y, height);
  if (ABS (dx) < width)
    {
      copy_lines (from, sheet, dx, 0, 0, band);
      copy_lines (from, sheet, dx, dy, band, height);
    }
  else
    x = 0;

#define DRAW(left, line, wide, high)                                                               \
  if ((wide) > 0 && (high) > 0)                                                                    \
  timeline_raster_draw (self->raster, history, rows, n_rows, viewport, ink, last_ns, sheet, left,  \
                        line, wide, high)
  /* Of what was seen before, the columns that were not; then the rows that were not. */
  DRAW (x, 0, ABS (dx), MIN (band, height));
  DRAW (x, seen_y, ABS (dx), seen_end - seen_y);
  DRAW (0, band, width, seen_y - band);
  DRAW (0, seen_end, width, height - seen_end);
#undef DRAW

  self->current = next;
  self->is_drawn = TRUE;
  self->viewport = *viewport;
  self->generation = generation;
  return self->surfaces[next];
}
