/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

/* A ring is two rows: boxes hold text and are wide, so that a circle of them would be mostly empty. The
 * upper row goes from left to right, the lower one back. Of two, both stand in one row. */

#define GAP_ROWS 64.0 /* labels of lines that lead down or up stand there */
#define BELOW 46.0    /* lines that lead back in a row run there */

static gboolean
is_in (const Layered *self, guint box, guint component)
{
  return self->component[box] == component;
}

/* The first that it leads to and that has no seat yet; G_MAXUINT: none. */
static guint
find_next (const Layered *self, guint box, guint component)
{
  for (guint i = self->out_first[box]; i < self->out_first[box + 1]; i++)
    {
      guint to = self->layout->lines[self->out_lines[i]].to;

      if (is_in (self, to, component) && self->seats[to].number == 0)
        return to;
    }
  return G_MAXUINT;
}

/* Along the lines, as far as they lead; then from the latest one that leads elsewhere. */
static void
walk (const Layered *self, guint component, guint *order, guint n)
{
  guint start = self->members[self->component_first[component]];

  for (guint i = 0; i < n; i++)
    start = MIN (start, self->members[self->component_first[component] + i]);
  for (guint i = 0; i < n; i++)
    {
      guint next = i == 0 ? start : G_MAXUINT;

      for (guint back = i; next == G_MAXUINT && back > 0; back--)
        next = find_next (self, order[back - 1], component);
      order[i] = next;
      self->seats[next].number = i + 1;
    }
}

static guint
get_column (guint number, guint n_columns)
{
  return number < n_columns ? number : 2 * n_columns - 1 - number;
}

/* What leads to the ring comes from the left, and what leads out of it goes to the right: how many lines
 * have it so, when the box that is at @start in @order is the first. */
static guint
count_suited (const guint *n_in, const guint *n_out, guint n, guint start)
{
  guint n_columns = MAX ((n + 1) / 2, 2), n_suited = 0;

  for (guint i = 0; i < n; i++)
    {
      guint column = get_column (i, n_columns);

      if (column == 0)
        n_suited += n_in[(start + i) % n];
      else if (column == n_columns - 1)
        n_suited += n_out[(start + i) % n];
    }
  return n_suited;
}

static void
turn (const Layered *self, guint component, guint *order, guint n)
{
  g_autofree guint *n_in = g_new0 (guint, n);
  g_autofree guint *n_out = g_new0 (guint, n);
  g_autofree guint *before = g_memdup2 (order, n * sizeof *order);
  guint best = 0;

  for (guint i = 0; i < n; i++)
    {
      n_in[i] = self->n_entering[order[i]];
      for (guint k = self->out_first[order[i]]; k < self->out_first[order[i] + 1]; k++)
        n_out[i] += !is_in (self, self->layout->lines[self->out_lines[k]].to, component);
    }
  for (guint start = 1; start < n; start++)
    if (count_suited (n_in, n_out, n, start) > count_suited (n_in, n_out, n, best))
      best = start;
  for (guint i = 0; i < n; i++)
    order[i] = before[(best + i) % n];
}

/* Between two columns stands what is written at the lines there. */
static double
get_gap (const Layered *self, guint component, const guint *order, guint n)
{
  double gap = LAYERED_GAP_X;

  for (guint i = 0; i < n; i++)
    for (guint k = self->out_first[order[i]]; k < self->out_first[order[i] + 1]; k++)
      {
        const InspectorLayoutLine *line = &self->layout->lines[self->out_lines[k]];

        if (is_in (self, line->to, component))
          gap = MAX (gap, line->label_width + 28);
      }
  return gap;
}

double
layered_get_loop (const Layered *self, guint box)
{
  for (guint i = self->out_first[box]; i < self->out_first[box + 1]; i++)
    if (self->layout->lines[self->out_lines[i]].to == box)
      return LAYERED_LOOP;
  return 0;
}

void
layered_ring_place (Layered *self, guint component, double *ret_width, double *ret_height)
{
  guint n = self->component_first[component + 1] - self->component_first[component];
  guint n_columns = MAX ((n + 1) / 2, 2);
  g_autofree guint *order = g_new (guint, n);
  g_autofree double *widths = g_new0 (double, n_columns);
  double heights[2] = { 0, 0 }, loops[2] = { 0, 0 }, gap, x = 0, lower;

  walk (self, component, order, n);
  turn (self, component, order, n);
  gap = get_gap (self, component, order, n);
  for (guint i = 0; i < n; i++)
    {
      InspectorLayoutBox *box = &self->layout->boxes[order[i]];
      guint row = i / n_columns;
      guint column = get_column (i, n_columns);

      self->seats[order[i]] = (LayeredSeat){ i + 1, n, row, column, n_columns };
      widths[column] = MAX (widths[column], box->width);
      heights[row] = MAX (heights[row], box->height);
      loops[row] = MAX (loops[row], layered_get_loop (self, order[i]));
    }
  lower = loops[0] + heights[0] + GAP_ROWS + loops[1];
  for (guint column = 0; column < n_columns; x += widths[column++] + gap)
    for (guint i = 0; i < n; i++)
      {
        InspectorLayoutBox *box = &self->layout->boxes[order[i]];
        const LayeredSeat *seat = &self->seats[order[i]];

        if (seat->column != column)
          continue;
        box->x = x + (widths[column] - box->width) / 2;
        box->y =
            (seat->row == 0 ? 0 : heights[0] + GAP_ROWS) + (heights[seat->row] - box->height) / 2;
      }
  *ret_width = x - gap;
  *ret_height = n > n_columns ? lower + heights[1] : loops[0] + heights[0] + BELOW;
}

void
layered_ring_get_sides (const Layered *self, const InspectorLayoutLine *line, LayeredSide *ret_from,
                        LayeredSide *ret_to)
{
  const LayeredSeat *from = &self->seats[line->from], *to = &self->seats[line->to];
  gboolean is_lower = from->row == 1 || from->n <= from->n_columns;

  if (from->row != to->row)
    {
      *ret_from = from->row == 0 ? LAYERED_BOTTOM : LAYERED_TOP;
      *ret_to = to->row == 0 ? LAYERED_BOTTOM : LAYERED_TOP;
    }
  else if (from->row == 0 && to->column == from->column + 1)
    {
      *ret_from = LAYERED_RIGHT;
      *ret_to = LAYERED_LEFT;
    }
  else if (from->row == 1 && to->column + 1 == from->column)
    {
      *ret_from = LAYERED_LEFT;
      *ret_to = LAYERED_RIGHT;
    }
  else
    *ret_from = *ret_to = is_lower ? LAYERED_BOTTOM : LAYERED_TOP;
}
