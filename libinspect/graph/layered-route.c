/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

#include <math.h>

#define LABEL_AT 0.38 /* of the first curve: lines that end at one box are still apart there */
#define LEAST_PULL 24.0
/* Around a line, so that it is not at the edge; how often a curve is looked at. */
#define ROOM 3.0
#define LOOKS_A_CURVE 8u

/* An end of a line at a box, and what those at its side are sorted by. */
typedef struct
{
  guint box, line;
  LayeredSide side;
  gboolean is_from;
  double key;
  InspectorLayoutPoint at;
} End;

typedef struct
{
  Layered *self;
  GArray *bends;
  const guint *bend_first, *n_bends;
  End *ends; /* two of each line */
  GArray *points;
} Route;

static const struct
{
  double x, y;
} outwards[] = {
  [LAYERED_LEFT] = { -1, 0 },
  [LAYERED_RIGHT] = { 1, 0 },
  [LAYERED_TOP] = { 0, -1 },
  [LAYERED_BOTTOM] = { 0, 1 },
};

/* ---- Sides -------------------------------------------------------------------------------------- */

/* A box in the middle of a ring is reached from above or below. */
static LayeredSide
get_side (const Layered *self, guint box, gboolean is_right)
{
  const LayeredSeat *seat = &self->seats[box];

  if (seat->number == 0 || (is_right ? seat->column + 1 == seat->n_columns : seat->column == 0))
    return is_right ? LAYERED_RIGHT : LAYERED_LEFT;
  return seat->row == 0 ? LAYERED_TOP : LAYERED_BOTTOM;
}

static void
get_sides (const Layered *self, const InspectorLayoutLine *line, LayeredSide *ret_from,
           LayeredSide *ret_to)
{
  gboolean is_reversed = layered_is_reversed (self, line);

  if (line->from != line->to && self->item[line->from] == self->item[line->to] &&
      self->seats[line->from].number != 0)
    layered_ring_get_sides (self, line, ret_from, ret_to);
  else if (line->from == line->to)
    *ret_from = *ret_to = LAYERED_TOP;
  else
    {
      *ret_from = get_side (self, line->from, !is_reversed);
      *ret_to = get_side (self, line->to, is_reversed);
    }
}

static InspectorLayoutPoint
get_middle (const InspectorLayoutBox *box)
{
  return (InspectorLayoutPoint){ box->x + box->width / 2, box->y + box->height / 2 };
}

/* Where the line goes next, seen from that end. */
static InspectorLayoutPoint
get_next (const Route *self, guint line, gboolean is_from)
{
  const InspectorLayoutLine *at = &self->self->layout->lines[line];
  gboolean is_left = is_from != layered_is_reversed (self->self, at);
  guint n = self->n_bends[line];

  if (n > 0)
    {
      const LayeredBend *bend =
          &g_array_index (self->bends, LayeredBend, self->bend_first[line] + (is_left ? 0 : n - 1));

      return is_left ? bend->left : bend->right;
    }
  return get_middle (&self->self->layout->boxes[is_from ? at->to : at->from]);
}

static void
set_end (Route *self, guint line, gboolean is_from, LayeredSide side)
{
  const InspectorLayoutLine *at = &self->self->layout->lines[line];
  InspectorLayoutPoint next = get_next (self, line, is_from);

  self->ends[2 * (gsize)line + !is_from] =
      (End){ .box = is_from ? at->from : at->to,
             .line = line,
             .side = side,
             .is_from = is_from,
             .key = side == LAYERED_LEFT || side == LAYERED_RIGHT ? next.y : next.x };
}

static int
compare_ends (gconstpointer a, gconstpointer b)
{
  const End *x = *(End *const *)a, *y = *(End *const *)b;

  if (x->box != y->box)
    return x->box < y->box ? -1 : 1;
  if (x->side != y->side)
    return x->side < y->side ? -1 : 1;
  if (x->key < y->key || x->key > y->key)
    return x->key < y->key ? -1 : 1;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  return x->is_from ? -1 : 1;
}

/* The ends at a side share it. */
static void
share_side (const Layered *self, End **ends, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      const InspectorLayoutBox *box = &self->layout->boxes[ends[i]->box];
      double share = (i + 1.0) / (n + 1.0);

      ends[i]->at.x = box->x + box->width * (ends[i]->side == LAYERED_LEFT    ? 0
                                             : ends[i]->side == LAYERED_RIGHT ? 1
                                                                              : share);
      ends[i]->at.y = box->y + box->height * (ends[i]->side == LAYERED_TOP      ? 0
                                              : ends[i]->side == LAYERED_BOTTOM ? 1
                                                                                : share);
    }
}

static void
set_ends (Route *self)
{
  const InspectorLayout *layout = self->self->layout;
  g_autofree End **order = g_new (End *, (gsize)layout->n_lines * 2 + 1);
  guint n = 0;

  for (guint i = 0; i < layout->n_lines; i++)
    {
      const InspectorLayoutLine *line = &layout->lines[i];
      LayeredSide from, to;

      if (line->from >= layout->n_boxes || line->to >= layout->n_boxes)
        continue;
      get_sides (self->self, line, &from, &to);
      set_end (self, i, TRUE, from);
      set_end (self, i, FALSE, to);
      order[n++] = &self->ends[2 * (gsize)i];
      order[n++] = &self->ends[2 * (gsize)i + 1];
    }
  qsort (order, n, sizeof *order, compare_ends);
  for (guint i = 0, k; i < n; i = k)
    {
      for (k = i + 1; k < n && order[k]->box == order[i]->box && order[k]->side == order[i]->side;)
        k++;
      share_side (self->self, order + i, k - i);
    }
}

/* ---- Curves ------------------------------------------------------------------------------------- */

static void
add_point (Route *self, double x, double y)
{
  InspectorLayoutPoint point = { x, y };

  g_array_append_val (self->points, point);
}

/* From the last point to @to, leaving as @leaves says and coming in against @comes. */
static void
add_curve (Route *self, LayeredSide leaves, InspectorLayoutPoint to, LayeredSide comes)
{
  InspectorLayoutPoint from =
      g_array_index (self->points, InspectorLayoutPoint, self->points->len - 1);
  double dx = fabs (to.x - from.x), dy = fabs (to.y - from.y);
  double pull_from = MAX ((outwards[leaves].x != 0 ? dx : dy) / 2, LEAST_PULL);
  double pull_to = MAX ((outwards[comes].x != 0 ? dx : dy) / 2, LEAST_PULL);

  /* From side to side of boxes that face one another. */
  if (leaves != comes && outwards[leaves].x != 0 && outwards[comes].x != 0)
    pull_from = pull_to = dx / 2;
  add_point (self, from.x + outwards[leaves].x * pull_from,
             from.y + outwards[leaves].y * pull_from);
  add_point (self, to.x + outwards[comes].x * pull_to, to.y + outwards[comes].y * pull_to);
  add_point (self, to.x, to.y);
}

static void
add_bends (Route *self, guint line)
{
  gboolean is_reversed = layered_is_reversed (self->self, &self->self->layout->lines[line]);
  LayeredSide side = self->ends[2 * (gsize)line].side;
  guint n = self->n_bends[line];

  for (guint i = 0; i < n; i++)
    {
      const LayeredBend *bend = &g_array_index (
          self->bends, LayeredBend, self->bend_first[line] + (is_reversed ? n - 1 - i : i));

      add_curve (self, side, is_reversed ? bend->right : bend->left,
                 is_reversed ? LAYERED_RIGHT : LAYERED_LEFT);
      side = is_reversed ? LAYERED_LEFT : LAYERED_RIGHT;
      add_curve (self, side, is_reversed ? bend->left : bend->right,
                 is_reversed ? LAYERED_RIGHT : LAYERED_LEFT);
    }
  add_curve (self, side, self->ends[2 * (gsize)line + 1].at, self->ends[2 * (gsize)line + 1].side);
}

static void
add_loop (Route *self, const InspectorLayoutBox *box)
{
  double middle = box->x + box->width / 2;

  add_point (self, middle - LAYERED_LOOP / 2, box->y);
  add_point (self, middle - LAYERED_LOOP, box->y - LAYERED_LOOP);
  add_point (self, middle + LAYERED_LOOP, box->y - LAYERED_LOOP);
  add_point (self, middle + LAYERED_LOOP / 2, box->y);
}

/* On the first curve; in the middle of one that stays in its ring. */
static void
set_label (Route *self, InspectorLayoutLine *line)
{
  const InspectorLayoutPoint *p =
      &g_array_index (self->points, InspectorLayoutPoint, line->first_point);
  gboolean is_in_ring = self->self->item[line->from] == self->self->item[line->to];
  double t = is_in_ring ? 0.5 : LABEL_AT, s = 1 - t;

  line->label_x =
      s * s * s * p[0].x + 3 * s * s * t * p[1].x + 3 * s * t * t * p[2].x + t * t * t * p[3].x;
  line->label_y =
      s * s * s * p[0].y + 3 * s * s * t * p[1].y + 3 * s * t * t * p[2].y + t * t * t * p[3].y;
}

/* ---- Room --------------------------------------------------------------------------------------- */

typedef struct
{
  double left, top, right, bottom;
} Extent;

static void
add_to_extent (Extent *self, double x, double y)
{
  self->left = MIN (self->left, x - ROOM);
  self->top = MIN (self->top, y - ROOM);
  self->right = MAX (self->right, x + ROOM);
  self->bottom = MAX (self->bottom, y + ROOM);
}

static void
add_line (Extent *self, const InspectorLayoutLine *line, const InspectorLayoutPoint *p)
{
  for (guint i = 0; i + 3 < line->n_points; i += 3)
    for (guint k = 0; k <= LOOKS_A_CURVE; k++)
      {
        double t = (double)k / LOOKS_A_CURVE, s = 1 - t;

        add_to_extent (self,
                       s * s * s * p[i].x + 3 * s * s * t * p[i + 1].x +
                           3 * s * t * t * p[i + 2].x + t * t * t * p[i + 3].x,
                       s * s * s * p[i].y + 3 * s * s * t * p[i + 1].y +
                           3 * s * t * t * p[i + 2].y + t * t * t * p[i + 3].y);
      }
  add_to_extent (self, line->label_x - line->label_width / 2,
                 line->label_y - line->label_height / 2);
  add_to_extent (self, line->label_x + line->label_width / 2,
                 line->label_y + line->label_height / 2);
}

/* Lines that go back, and those of a ring, may reach beyond all boxes. */
static void
make_room (InspectorLayout *layout)
{
  Extent all = { 0, 0, layout->width, layout->height };

  for (guint i = 0; i < layout->n_lines; i++)
    if (layout->lines[i].n_points > 0)
      add_line (&all, &layout->lines[i], &layout->points[layout->lines[i].first_point]);
  layout->width = all.right - all.left;
  layout->height = all.bottom - all.top;
  if (all.left == 0 && all.top == 0)
    return;
  for (guint i = 0; i < layout->n_boxes; i++)
    {
      layout->boxes[i].x -= all.left;
      layout->boxes[i].y -= all.top;
    }
  for (guint i = 0; i < layout->n_points; i++)
    {
      layout->points[i].x -= all.left;
      layout->points[i].y -= all.top;
    }
  for (guint i = 0; i < layout->n_lines; i++)
    {
      layout->lines[i].label_x -= all.left;
      layout->lines[i].label_y -= all.top;
    }
}

void
layered_route (Layered *self, GArray *bends, const guint *bend_first, const guint *n_bends)
{
  InspectorLayout *layout = self->layout;
  g_autofree End *ends = g_new0 (End, (gsize)layout->n_lines * 2 + 1);
  Route route = { self, bends, bend_first, n_bends, ends, NULL };

  route.points =
      g_array_sized_new (FALSE, FALSE, sizeof (InspectorLayoutPoint), layout->n_lines * 4 + 1);
  set_ends (&route);
  for (guint i = 0; i < layout->n_lines; i++)
    {
      InspectorLayoutLine *line = &layout->lines[i];

      if (line->from >= layout->n_boxes || line->to >= layout->n_boxes)
        continue;
      line->first_point = route.points->len;
      if (line->from == line->to)
        add_loop (&route, &layout->boxes[line->from]);
      else
        {
          add_point (&route, ends[2 * (gsize)i].at.x, ends[2 * (gsize)i].at.y);
          add_bends (&route, i);
        }
      line->n_points = route.points->len - line->first_point;
      set_label (&route, line);
    }
  layout->n_points = route.points->len;
  layout->points = (InspectorLayoutPoint *)(gpointer)g_array_free (route.points, FALSE);
  make_room (layout);
}
