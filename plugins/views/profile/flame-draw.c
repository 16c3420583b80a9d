/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "flame-draw.h"

#include <math.h>
#include <pango/pangocairo.h>

#define PADDING 4
#define MIN_NAMED 24 /* pixels: less has no room for letters */
#define MIN_APART 3  /* less has no gap to the next one */
#define DIMMED 0.45

double
flame_viewport_to_layout (const FlameViewport *viewport, double pixel)
{
  return viewport->x + pixel / MAX (viewport->pixels, 1) * viewport->width;
}

double
flame_viewport_to_pixel (const FlameViewport *viewport, double x)
{
  return (x - viewport->x) / viewport->width * viewport->pixels;
}

static void
set_colour (cairo_t *cr, guint32 colour, double alpha)
{
  cairo_set_source_rgba (cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0, alpha);
}

/* Frames beside each other are told apart by how light they are. */
static guint32
shade (guint32 colour, guint32 background, guint step)
{
  double part = 0.045 * step;
  guint32 mixed = 0;

  for (guint bit = 0; bit < 24; bit += 8)
    {
      double own = colour >> bit & 255, other = background >> bit & 255;

      mixed |= (guint32)(own + (other - own) * part + 0.5) << bit;
    }
  return mixed;
}

typedef struct
{
  cairo_t *cr;
  const FlameLayout *layout;
  const FlameViewport *viewport;
  PangoLayout *text;
} Picture;

typedef struct
{
  double left, right; /* pixels, within the picture */
  double y;
  double alpha;
} Bounds;

/* Waits have stripes, callbacks none: whoever sees no colours tells them apart. */
static void
draw_pattern (const Picture *self, const FlameBox *box, const Bounds *bounds)
{
  cairo_t *cr = self->cr;

  if (!self->viewport->has_patterns || box->kind != INSPECTOR_FLAME_WAIT ||
      bounds->right - bounds->left < 2 * MIN_APART)
    return;
  cairo_save (cr);
  cairo_rectangle (cr, bounds->left, bounds->y, bounds->right - bounds->left, FLAME_ROW - 1);
  cairo_clip (cr);
  set_colour (cr, self->viewport->background, 0.6);
  cairo_set_line_width (cr, 1.5);
  for (double x = floor (bounds->left / 8) * 8 - FLAME_ROW; x < bounds->right; x += 8)
    {
      cairo_move_to (cr, x, bounds->y + FLAME_ROW);
      cairo_line_to (cr, x + FLAME_ROW, bounds->y);
    }
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
draw_name (const Picture *self, const FlameBox *box, const Bounds *bounds)
{
  double room = bounds->right - bounds->left - 2 * PADDING;
  int width, height;

  if (self->text == NULL || room < MIN_NAMED)
    return;
  pango_layout_set_text (self->text, box->name, -1);
  pango_layout_set_width (self->text, (int)room * PANGO_SCALE);
  pango_layout_get_pixel_size (self->text, &width, &height);
  /* What is pale is nearly the background, and so is no ink on it. */
  set_colour (self->cr, bounds->alpha < 1 ? self->viewport->selection : self->viewport->ink, 1);
  cairo_move_to (self->cr, bounds->left + PADDING, bounds->y + (FLAME_ROW - 1 - height) / 2.0);
  pango_cairo_show_layout (self->cr, self->text);
}

static void
draw_frame (const Picture *self, const Bounds *bounds, guint32 colour, double width)
{
  set_colour (self->cr, colour, 1);
  cairo_set_line_width (self->cr, width);
  cairo_rectangle (self->cr, bounds->left + width / 2, bounds->y + width / 2,
                   MAX (bounds->right - bounds->left - width, 1), FLAME_ROW - 1 - width);
  cairo_stroke (self->cr);
}

static void
draw_box (const Picture *self, guint index, const Bounds *bounds)
{
  const FlameViewport *viewport = self->viewport;
  const FlameBox *box = &self->layout->boxes[index];
  gboolean is_found = viewport->search != NULL && viewport->search->is_found != NULL &&
                      viewport->search->is_found[index];
  guint32 colour = is_found
                       ? viewport->found
                       : shade (viewport->colours[box->kind], viewport->background, box->shade);

  set_colour (self->cr, colour, bounds->alpha);
  cairo_rectangle (self->cr, bounds->left, bounds->y, bounds->right - bounds->left, FLAME_ROW - 1);
  cairo_fill (self->cr);
  draw_pattern (self, box, bounds);
  draw_name (self, box, bounds);
  if (index == viewport->selected)
    draw_frame (self, bounds, viewport->selection, 2);
  else if (index == viewport->hovered)
    draw_frame (self, bounds, viewport->ink, 1);
}

/* A frame that takes in all that is shown, and more, is only there to say where one is. */
static gboolean
is_around (const FlameViewport *viewport, const FlameBox *box)
{
  const double tiny = viewport->width * 1e-6;

  return box->width > viewport->width + tiny && box->x <= viewport->x + tiny &&
         box->x + box->width >= viewport->x + viewport->width - tiny;
}

/* What is thinner than a pixel shares it with those beside it. */
static void
draw_row (const Picture *self, guint depth, double y)
{
  const FlameViewport *viewport = self->viewport;
  const GArray *row = self->layout->rows[depth];
  double drawn = -1; /* up to that pixel */

  for (guint i = flame_layout_find_from (self->layout, depth, viewport->x); i < row->len; i++)
    {
      guint index = g_array_index (row, guint, i);
      const FlameBox *box = &self->layout->boxes[index];
      double left = flame_viewport_to_pixel (viewport, box->x);
      double right = flame_viewport_to_pixel (viewport, box->x + box->width);
      Bounds bounds = { .y = y, .alpha = is_around (viewport, box) ? DIMMED : 1 };

      if (left >= viewport->pixels)
        break;
      if (right <= 0 || (right - left < 1 && floor (right) <= drawn))
        continue;
      bounds.left = floor (MAX (left, 0));
      bounds.right = MIN (MAX (floor (right), bounds.left + 1), viewport->pixels);
      drawn = bounds.right;
      if (bounds.right - bounds.left >= MIN_APART)
        bounds.right -= 1;
      draw_box (self, index, &bounds);
    }
}

void
flame_draw (cairo_t *cr, const FlameLayout *layout, const FlameViewport *viewport,
            const PangoFontDescription *font)
{
  Picture self = { cr, layout, viewport, NULL };

  set_colour (cr, viewport->background, 1);
  cairo_rectangle (cr, 0, 0, viewport->pixels, viewport->height);
  cairo_fill (cr);
  if (font != NULL)
    {
      self.text = pango_cairo_create_layout (cr);
      pango_layout_set_font_description (self.text, font);
      pango_layout_set_ellipsize (self.text, PANGO_ELLIPSIZE_END);
      pango_layout_set_single_paragraph_mode (self.text, TRUE);
    }
  for (guint depth = (guint)MAX (viewport->top / FLAME_ROW, 0); depth < layout->n_rows; depth++)
    {
      double y = (double)depth * FLAME_ROW - viewport->top;

      if (y >= viewport->height)
        break;
      draw_row (&self, depth, y);
    }
  g_clear_object (&self.text);
}
