/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "draw.h"

#include <math.h>

/* Text smaller than this many pixels cannot be read. */
#define LEAST_TITLE 5.0
#define LEAST_TEXT 5.5
#define LEAST_SMALL 5.0
#define LEAST_ARROW 0.12 /* scale */
#define LEAST_PATTERN 0.35
#define ARROW 9.0
#define RADIUS 6.0
#define RING 4.0 /* around what is selected */

typedef struct
{
  cairo_t *cr;
  const GraphPicture *picture;
  const GraphViewport *viewport;
  const GraphEmphasis *emphasis;
  const GraphLook *look;
  double left, top, right, bottom; /* of the picture, that is seen */
} Draw;

void
graph_look_init (GraphLook *look, gboolean is_dark, gboolean is_high_contrast)
{
  *look = is_dark ? (GraphLook){ .background = 0x242424,
                                 .box = 0x36363a,
                                 .border = is_high_contrast ? 0xffffff : 0x8a8a90,
                                 .ink = 0xffffff,
                                 .dim = is_high_contrast ? 0xffffff : 0xb8b8be,
                                 .wrong = 0xff7b63,
                                 .wrong_box = 0x4c2320,
                                 .accent = 0x78aeed }
                  : (GraphLook){ .background = 0xfafafa,
                                 .box = 0xffffff,
                                 .border = is_high_contrast ? 0x000000 : 0x8a8a90,
                                 .ink = 0x1e1e1e,
                                 .dim = is_high_contrast ? 0x000000 : 0x5e5c64,
                                 .wrong = 0xc01c28,
                                 .wrong_box = 0xfbe4e6,
                                 .accent = 0x1c71d8 };
  look->is_high_contrast = is_high_contrast;
  for (guint i = 0; i < INSPECTOR_N_STATES; i++)
    {
      look->states[i] = ui_state_get_colour ((InspectorState)i, is_dark);
      look->patterns[i] = ui_state_get_look ((InspectorState)i)->pattern;
    }
}

static void
set_colour (const Draw *self, guint32 colour)
{
  cairo_set_source_rgb (self->cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                        (colour & 255) / 255.0);
}

/* A line that is so many pixels wide at any scale up to its own, and never thinner than one. */
static void
set_width (const Draw *self, double width)
{
  cairo_set_line_width (self->cr, MAX (width, 1 / self->viewport->scale));
}

static gboolean
is_legible (const Draw *self, UiFontStyle style, double least)
{
  return self->look->font->height[style] * 0.75 * self->viewport->scale >= least;
}

/* ---- Lines -------------------------------------------------------------------------------------- */

static const InspectorLayoutPoint *
get_points (const Draw *self, const InspectorLayoutLine *line)
{
  return &self->picture->layout->points[line->first_point];
}

static gboolean
is_line_seen (const Draw *self, const InspectorLayoutLine *line)
{
  const InspectorLayoutPoint *points = get_points (self, line);
  double left = G_MAXDOUBLE, top = G_MAXDOUBLE, right = -G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

  for (guint i = 0; i < line->n_points; i++)
    {
      left = MIN (left, points[i].x);
      right = MAX (right, points[i].x);
      top = MIN (top, points[i].y);
      bottom = MAX (bottom, points[i].y);
    }
  return line->n_points > 0 && right >= self->left && left <= self->right && bottom >= self->top &&
         top <= self->bottom;
}

/* How much of a line is a curve is not seen where it is small. */
static void
add_path (const Draw *self, const InspectorLayoutLine *line)
{
  const InspectorLayoutPoint *points = get_points (self, line);

  cairo_move_to (self->cr, points[0].x, points[0].y);
  for (guint i = 1; i + 2 < line->n_points; i += 3)
    if (self->viewport->scale < LEAST_ARROW)
      cairo_line_to (self->cr, points[i + 2].x, points[i + 2].y);
    else
      cairo_curve_to (self->cr, points[i].x, points[i].y, points[i + 1].x, points[i + 1].y,
                      points[i + 2].x, points[i + 2].y);
}

static void
draw_arrow (const Draw *self, const InspectorLayoutLine *line, double size)
{
  const InspectorLayoutPoint *points = get_points (self, line);
  InspectorLayoutPoint end = points[line->n_points - 1], before = points[line->n_points - 2];
  double length = hypot (end.x - before.x, end.y - before.y);
  double x = length > 0 ? (end.x - before.x) / length : 1,
         y = length > 0 ? (end.y - before.y) / length : 0;

  cairo_move_to (self->cr, end.x, end.y);
  cairo_line_to (self->cr, end.x - x * size - y * size / 2.5, end.y - y * size + x * size / 2.5);
  cairo_line_to (self->cr, end.x - x * size + y * size / 2.5, end.y - y * size - x * size / 2.5);
  cairo_close_path (self->cr);
  cairo_fill (self->cr);
}

static gboolean
is_emphasised (const Draw *self, guint node)
{
  guint64 key = graph_picture_node (self->picture, node)->key;

  return key == self->emphasis->selected || key == self->emphasis->hovered ||
         (self->emphasis->shows_focus && key == self->emphasis->focused);
}

static void
draw_line (const Draw *self, guint index)
{
  const GraphEdge *edge = graph_picture_edge (self->picture, index);
  const InspectorLayoutLine *line = &self->picture->layout->lines[index];
  gboolean stands_out = is_emphasised (self, edge->from) || is_emphasised (self, edge->to);
  double width = edge->cycle != 0 ? 3.5 : stands_out ? 2.2 : 1.2;

  if (!is_line_seen (self, line))
    return;
  set_colour (self, edge->cycle != 0 ? self->look->wrong
                    : stands_out     ? self->look->ink
                                     : self->look->dim);
  set_width (self, width);
  if (edge->is_hold && self->viewport->scale >= LEAST_ARROW)
    cairo_set_dash (self->cr, (double[]){ 6, 4 }, 2, 0);
  add_path (self, line);
  cairo_stroke_preserve (self->cr);
  cairo_set_dash (self->cr, NULL, 0, 0);
  /* A deadlock is a double line: it is told apart without its colour. */
  if (edge->cycle != 0 && self->viewport->scale >= LEAST_PATTERN)
    {
      set_colour (self, self->look->background);
      cairo_set_line_width (self->cr, 1.1);
      cairo_stroke (self->cr);
    }
  cairo_new_path (self->cr);
  set_colour (self, edge->cycle != 0 ? self->look->wrong
                    : stands_out     ? self->look->ink
                                     : self->look->dim);
  if (self->viewport->scale >= LEAST_ARROW)
    draw_arrow (self, line, edge->cycle != 0 ? ARROW * 1.3 : ARROW);
}

static void
draw_words (const Draw *self, double x, double y, const char *text, guint32 colour)
{
  const UiFont *font = self->look->font;
  double width = font->measure (font->data, text, UI_FONT_SMALL);

  if (*text == '\0')
    return;
  set_colour (self, self->look->background);
  cairo_rectangle (self->cr, x - width / 2 - 2, y, width + 4, font->height[UI_FONT_SMALL]);
  cairo_fill (self->cr);
  set_colour (self, colour);
  font->draw (font->data, self->cr, x - width / 2, y, text, UI_FONT_SMALL);
}

static void
draw_label (const Draw *self, guint index)
{
  const GraphEdge *edge = graph_picture_edge (self->picture, index);
  const InspectorLayoutLine *line = &self->picture->layout->lines[index];
  double height = self->look->font->height[UI_FONT_SMALL];
  guint32 colour = edge->cycle != 0 ? self->look->wrong : self->look->dim;

  if (line->label_x + line->label_width / 2 < self->left ||
      line->label_x - line->label_width / 2 > self->right || line->label_y + height < self->top ||
      line->label_y - height > self->bottom)
    return;
  draw_words (self, line->label_x, line->label_y - height, edge->text, colour);
  draw_words (self, line->label_x, line->label_y, edge->place, colour);
}

/* ---- Boxes -------------------------------------------------------------------------------------- */

static void
add_box (const Draw *self, InspectorNodeKind kind, double x, double y, double width, double height)
{
  double r = kind == INSPECTOR_NODE_RESOURCE ? MIN (height / 2, 18)
             : kind == INSPECTOR_NODE_TASK   ? RADIUS
                                             : 0;

  if (r == 0 || self->viewport->scale < LEAST_ARROW)
    {
      cairo_rectangle (self->cr, x, y, width, height);
      return;
    }
  cairo_new_sub_path (self->cr);
  cairo_arc (self->cr, x + width - r, y + r, r, -G_PI / 2, 0);
  cairo_arc (self->cr, x + width - r, y + height - r, r, 0, G_PI / 2);
  cairo_arc (self->cr, x + r, y + height - r, r, G_PI / 2, G_PI);
  cairo_arc (self->cr, x + r, y + r, r, G_PI, 3 * G_PI / 2);
  cairo_close_path (self->cr);
}

/* Lines across what is clipped to; @slope: 1 they rise, -1 they fall. */
static void
hatch (const Draw *self, double x, double y, double width, double height, double gap, double slope)
{
  for (double at = -height; at < width + height; at += gap)
    {
      cairo_move_to (self->cr, x + at, slope > 0 ? y + height : y);
      cairo_line_to (self->cr, x + at + height, slope > 0 ? y : y + height);
    }
  cairo_stroke (self->cr);
}

static void
draw_pattern (const Draw *self, UiPattern pattern, double x, double y, double width, double height)
{
  set_colour (self, self->look->background);
  set_width (self, 1.2);
  if (pattern == UI_PATTERN_STRIPES || pattern == UI_PATTERN_CROSS)
    hatch (self, x, y, width, height, 6, 1);
  if (pattern == UI_PATTERN_FALLING || pattern == UI_PATTERN_CROSS)
    hatch (self, x, y, width, height, 6, -1);
  for (double at = 3; pattern == UI_PATTERN_DOTS && at < height; at += 5)
    {
      cairo_arc (self->cr, x + width / 2, y + at, 1.3, 0, 2 * G_PI);
      cairo_fill (self->cr);
    }
}

static void
draw_stripe (const Draw *self, const GraphNode *node, double x, double y, double height)
{
  if (node->state == INSPECTOR_STATE_NONE)
    return;
  cairo_rectangle (self->cr, x, y, GRAPH_STRIPE, height);
  cairo_clip (self->cr);
  set_colour (self, self->look->states[node->state]);
  cairo_paint (self->cr);
  if (self->viewport->scale >= LEAST_PATTERN)
    draw_pattern (self, self->look->patterns[node->state], x, y, GRAPH_STRIPE, height);
}

static void
fill_box (const Draw *self, const GraphNode *node, double x, double y, double width, double height)
{
  cairo_save (self->cr);
  add_box (self, node->kind, x, y, width, height);
  set_colour (self, node->cycle != 0 ? self->look->wrong_box : self->look->box);
  cairo_fill_preserve (self->cr);
  cairo_clip (self->cr);
  if (node->kind == INSPECTOR_NODE_TASK)
    draw_stripe (self, node, x, y, height);
  cairo_restore (self->cr);
  add_box (self, node->kind, x, y, width, height);
  set_colour (self, node->cycle != 0 ? self->look->wrong : self->look->border);
  set_width (self, node->cycle != 0 ? 2.5 : 1);
  cairo_stroke (self->cr);
}

static void
draw_text (const Draw *self, const GraphNode *node, double x, double y)
{
  const UiFont *font = self->look->font;

  x += GRAPH_PADDING_X + (node->kind == INSPECTOR_NODE_TASK       ? GRAPH_STRIPE
                          : node->kind == INSPECTOR_NODE_RESOURCE ? GRAPH_PADDING_X / 2
                                                                  : 0);
  y += GRAPH_PADDING_Y;
  if (!is_legible (self, UI_FONT_TITLE, LEAST_TITLE))
    return;
  set_colour (self, self->look->ink);
  font->draw (font->data, self->cr, x, y, node->title, UI_FONT_TITLE);
  y += font->height[UI_FONT_TITLE];
  for (guint i = 0; is_legible (self, UI_FONT_TEXT, LEAST_TEXT) && node->lines[i] != NULL; i++)
    {
      font->draw (font->data, self->cr, x, y, node->lines[i], UI_FONT_TEXT);
      y += font->height[UI_FONT_TEXT];
    }
}

static void
draw_ring (const Draw *self, const GraphNode *node, const InspectorLayoutBox *box)
{
  const GraphEmphasis *emphasis = self->emphasis;
  gboolean is_selected = node->key == emphasis->selected;
  gboolean is_focused = emphasis->shows_focus && node->key == emphasis->focused;

  if (!is_selected && !is_focused && node->key != emphasis->hovered)
    return;
  set_colour (self, self->look->accent);
  set_width (self, is_selected ? 3 / MIN (self->viewport->scale, 1) : 1.5);
  if (!is_selected && is_focused)
    cairo_set_dash (self->cr, (double[]){ 4, 3 }, 2, 0);
  add_box (self, node->kind, box->x - RING, box->y - RING, box->width + 2 * RING,
           box->height + 2 * RING);
  cairo_stroke (self->cr);
  cairo_set_dash (self->cr, NULL, 0, 0);
}

static void
draw_box (const Draw *self, guint index)
{
  const GraphNode *node = graph_picture_node (self->picture, index);
  const InspectorLayoutBox *box = &self->picture->layout->boxes[index];
  double width = box->width, height = box->height;

  if (box->x - RING > self->right || box->x + box->width + RING < self->left ||
      box->y - RING > self->bottom || box->y + box->height + RING < self->top)
    return;
  if (node->n_members > 1)
    {
      width -= 2 * GRAPH_STACK;
      height -= 2 * GRAPH_STACK;
      fill_box (self, node, box->x + 2 * GRAPH_STACK, box->y + 2 * GRAPH_STACK, width, height);
      fill_box (self, node, box->x + GRAPH_STACK, box->y + GRAPH_STACK, width, height);
    }
  fill_box (self, node, box->x, box->y, width, height);
  draw_text (self, node, box->x, box->y);
  draw_ring (self, node, box);
}

/* ---- The picture -------------------------------------------------------------------------------- */

void
graph_draw (cairo_t *cr, const GraphPicture *picture, const GraphViewport *viewport,
            const GraphEmphasis *emphasis, const GraphLook *look)
{
  Draw self = { cr,
                picture,
                viewport,
                emphasis,
                look,
                viewport->x,
                viewport->y,
                viewport->x + viewport->width / viewport->scale,
                viewport->y + viewport->height / viewport->scale };

  cairo_save (cr);
  set_colour (&self, look->background);
  cairo_rectangle (cr, 0, 0, viewport->width, viewport->height);
  cairo_fill (cr);
  cairo_scale (cr, viewport->scale, viewport->scale);
  cairo_translate (cr, -viewport->x, -viewport->y);
  for (guint i = 0; i < picture->edges->len; i++)
    if (graph_picture_edge (picture, i)->cycle == 0)
      draw_line (&self, i);
  for (guint i = 0; i < picture->edges->len; i++)
    if (graph_picture_edge (picture, i)->cycle != 0)
      draw_line (&self, i);
  for (guint i = 0; is_legible (&self, UI_FONT_SMALL, LEAST_SMALL) && i < picture->edges->len; i++)
    draw_label (&self, i);
  for (guint i = 0; i < picture->nodes->len; i++)
    draw_box (&self, i);
  cairo_restore (cr);
}
