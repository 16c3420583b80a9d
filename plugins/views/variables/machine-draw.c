/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "machine-draw.h"

#include <math.h>

#define ARROW 8.0
#define RADIUS 8.0
#define DOT 4.0
#define LEAST_SCALE 0.35

typedef struct
{
  cairo_t *cr;
  const Machine *machine;
  const MachineLook *look;
} Draw;

void
machine_look_init (MachineLook *look, gboolean is_dark, gboolean is_high_contrast)
{
  *look = is_dark ? (MachineLook){ .background = 0x242424,
                                   .box = 0x36363a,
                                   .border = is_high_contrast ? 0xffffff : 0x8a8a90,
                                   .ink = 0xffffff,
                                   .dim = is_high_contrast ? 0xffffff : 0xb8b8be,
                                   .accent = 0x78aeed,
                                   .accent_box = 0x1f3a5c }
                  : (MachineLook){ .background = 0xfafafa,
                                   .box = 0xffffff,
                                   .border = is_high_contrast ? 0x000000 : 0x8a8a90,
                                   .ink = 0x1e1e1e,
                                   .dim = is_high_contrast ? 0x000000 : 0x5e5c64,
                                   .accent = 0x1c71d8,
                                   .accent_box = 0xdceaf9 };
}

static void
set_colour (const Draw *self, guint32 colour)
{
  cairo_set_source_rgb (self->cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                        (colour & 255) / 255.0);
}

/* ---- Where it is -------------------------------------------------------------------------------- */

/* What is wider than there is room is smaller; further than this it is cut off. */
static double
get_scale (const Machine *machine, double width, double height)
{
  double scale =
      MIN (width / MAX (machine->layout->width, 1), height / MAX (machine->layout->height, 1));

  return CLAMP (scale, LEAST_SCALE, 1);
}

static double
get_left (const Machine *machine, double width, double scale)
{
  return MAX ((width - machine->layout->width * scale) / 2, 0);
}

double
machine_get_height (const Machine *machine, double width)
{
  return machine->layout->height * get_scale (machine, width, G_MAXDOUBLE);
}

guint
machine_find_state (const Machine *machine, double width, double height, double x, double y)
{
  double scale = get_scale (machine, width, height);

  x = (x - get_left (machine, width, scale)) / scale;
  y /= scale;
  for (guint i = 0; i < machine->states->len; i++)
    {
      const InspectorLayoutBox *box = &machine->layout->boxes[i];

      if (x >= box->x && x <= box->x + box->width && y >= box->y && y <= box->y + box->height)
        return i;
    }
  return G_MAXUINT;
}

/* ---- Drawing ------------------------------------------------------------------------------------ */

static void
draw_step (const Draw *self, guint index)
{
  const InspectorLayoutLine *line = &self->machine->layout->lines[index];
  const InspectorLayoutPoint *p = &self->machine->layout->points[line->first_point];
  gboolean is_last = index == self->machine->last;
  InspectorLayoutPoint end, before;
  double length, x, y;

  if (line->n_points < 4)
    return;
  end = p[line->n_points - 1];
  before = p[line->n_points - 2];
  length = MAX (hypot (end.x - before.x, end.y - before.y), 0.01);
  x = (end.x - before.x) / length;
  y = (end.y - before.y) / length;
  set_colour (self, is_last ? self->look->accent : self->look->dim);
  /* What happens often is thicker, up to a limit. */
  cairo_set_line_width (self->cr,
                        MIN (1 + log10 ((double)machine_step (self->machine, index)->n), 4));
  cairo_move_to (self->cr, p[0].x, p[0].y);
  for (guint i = 1; i + 2 < line->n_points; i += 3)
    cairo_curve_to (self->cr, p[i].x, p[i].y, p[i + 1].x, p[i + 1].y, p[i + 2].x, p[i + 2].y);
  cairo_stroke (self->cr);
  cairo_move_to (self->cr, end.x, end.y);
  cairo_line_to (self->cr, end.x - x * ARROW - y * ARROW / 2, end.y - y * ARROW + x * ARROW / 2);
  cairo_line_to (self->cr, end.x - x * ARROW + y * ARROW / 2, end.y - y * ARROW - x * ARROW / 2);
  cairo_close_path (self->cr);
  cairo_fill (self->cr);
}

static void
draw_label (const Draw *self, guint index)
{
  const InspectorLayoutLine *line = &self->machine->layout->lines[index];
  const UiFont *font = self->look->font;
  const char *label = machine_step (self->machine, index)->label;
  double width = font->measure (font->data, label, UI_FONT_SMALL);
  double x = line->label_x - width / 2, y = line->label_y - font->height[UI_FONT_SMALL] / 2;

  set_colour (self, self->look->background);
  cairo_rectangle (self->cr, x - 2, y, width + 4, font->height[UI_FONT_SMALL]);
  cairo_fill (self->cr);
  set_colour (self, index == self->machine->last ? self->look->accent : self->look->dim);
  font->draw (font->data, self->cr, x, y, label, UI_FONT_SMALL);
}

static void
add_box (const Draw *self, const InspectorLayoutBox *box)
{
  cairo_new_sub_path (self->cr);
  cairo_arc (self->cr, box->x + box->width - RADIUS, box->y + RADIUS, RADIUS, -G_PI / 2, 0);
  cairo_arc (self->cr, box->x + box->width - RADIUS, box->y + box->height - RADIUS, RADIUS, 0,
             G_PI / 2);
  cairo_arc (self->cr, box->x + RADIUS, box->y + box->height - RADIUS, RADIUS, G_PI / 2, G_PI);
  cairo_arc (self->cr, box->x + RADIUS, box->y + RADIUS, RADIUS, G_PI, 3 * G_PI / 2);
  cairo_close_path (self->cr);
}

static void
draw_state (const Draw *self, guint index)
{
  const InspectorLayoutBox *box = &self->machine->layout->boxes[index];
  const MachineState *state = machine_state (self->machine, index);
  const UiFont *font = self->look->font;
  gboolean is_current = index == self->machine->current;
  double text = font->height[UI_FONT_TITLE] + font->height[UI_FONT_SMALL];
  double y = box->y + (box->height - text) / 2;

  add_box (self, box);
  set_colour (self, is_current ? self->look->accent_box : self->look->box);
  cairo_fill_preserve (self->cr);
  set_colour (self, is_current ? self->look->accent : self->look->border);
  cairo_set_line_width (self->cr, is_current ? 2.5 : 1);
  cairo_stroke (self->cr);
  set_colour (self, self->look->ink);
  font->draw (font->data, self->cr,
              box->x + (box->width - font->measure (font->data, state->name, UI_FONT_TITLE)) / 2, y,
              state->name, UI_FONT_TITLE);
  set_colour (self, self->look->dim);
  font->draw (font->data, self->cr,
              box->x + (box->width - font->measure (font->data, state->detail, UI_FONT_SMALL)) / 2,
              y + font->height[UI_FONT_TITLE], state->detail, UI_FONT_SMALL);
  if (index != self->machine->first)
    return;
  /* Here it began. */
  cairo_arc (self->cr, box->x, box->y, DOT, 0, 2 * G_PI);
  set_colour (self, self->look->ink);
  cairo_fill (self->cr);
}

void
machine_draw (cairo_t *cr, const Machine *machine, double width, double height,
              const MachineLook *look)
{
  Draw self = { cr, machine, look };
  double scale = get_scale (machine, width, height);

  cairo_save (cr);
  set_colour (&self, look->background);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  cairo_translate (cr, get_left (machine, width, scale), 0);
  cairo_scale (cr, scale, scale);
  for (guint i = 0; i < machine->steps->len; i++)
    draw_step (&self, i);
  for (guint i = 0; i < machine->steps->len; i++)
    draw_label (&self, i);
  for (guint i = 0; i < machine->states->len; i++)
    draw_state (&self, i);
  cairo_restore (cr);
}
