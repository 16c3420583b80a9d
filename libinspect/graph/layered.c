/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

#include <math.h>
#include <string.h>

/* All together is about so much wider than high. */
#define WIDER 1.6
#define LEAST_WIDTH 1000.0
/* Lines that pass many layers need an item in each: so many for each box, and no more. */
#define BENDS_A_BOX 4
#define LEAST_BENDS 2000

/* A part, where it is put and what it is sorted by. */
typedef struct
{
  guint first, n;            /* boxes, in Parts.boxes */
  guint first_line, n_lines; /* in Parts.lines */
  guint cycle;               /* the least of its boxes; G_MAXUINT: none */
  double before;             /* the least of its boxes; INFINITY: none */
  gboolean is_single;        /* one box that no line touches */
  double x, y, width, height;
} Part;

typedef struct
{
  Layered *self;
  Part *parts;
  guint n_parts;
  guint *boxes, *lines;
  guint *part_of;    /* of the least box of a part */
  GArray *bends;     /* LayeredBend */
  guint *bend_first; /* of each line */
  guint *n_bends;
} Parts;

InspectorLayout *
inspector_layout_new (guint n_boxes, guint n_lines)
{
  InspectorLayout *layout = g_new0 (InspectorLayout, 1);

  layout->n_boxes = n_boxes;
  layout->n_lines = n_lines;
  layout->boxes = g_new0 (InspectorLayoutBox, (gsize)n_boxes + 1);
  layout->lines = g_new0 (InspectorLayoutLine, (gsize)n_lines + 1);
  for (guint i = 0; i < n_boxes; i++)
    layout->boxes[i].before = NAN;
  return layout;
}

void
inspector_layout_free (InspectorLayout *layout)
{
  if (layout == NULL)
    return;
  g_free (layout->boxes);
  g_free (layout->lines);
  g_free (layout->points);
  g_free (layout);
}

/* ---- Parts -------------------------------------------------------------------------------------- */

static guint
find_part (guint *part, guint box)
{
  while (part[box] != box)
    {
      part[box] = part[part[box]];
      box = part[box];
    }
  return box;
}

static gboolean
is_there (const InspectorLayout *layout, const InspectorLayoutLine *line)
{
  return line->from < layout->n_boxes && line->to < layout->n_boxes;
}

static void
join (Layered *self)
{
  InspectorLayout *layout = self->layout;

  for (guint i = 0; i < layout->n_boxes; i++)
    self->part[i] = i;
  for (guint i = 0; i < layout->n_lines; i++)
    if (is_there (layout, &layout->lines[i]))
      {
        guint one = find_part (self->part, layout->lines[i].from);
        guint other = find_part (self->part, layout->lines[i].to);

        self->part[MAX (one, other)] = MIN (one, other);
      }
  for (guint i = 0; i < layout->n_boxes; i++)
    self->part[i] = find_part (self->part, i);
}

static void
index_lines (Layered *self)
{
  InspectorLayout *layout = self->layout;

  for (guint i = 0; i < layout->n_lines; i++)
    if (is_there (layout, &layout->lines[i]))
      self->out_first[layout->lines[i].from + 1]++;
  for (guint i = 0; i < layout->n_boxes; i++)
    self->out_first[i + 1] += self->out_first[i];
  for (guint i = 0; i < layout->n_lines; i++)
    if (is_there (layout, &layout->lines[i]))
      self->out_lines[self->out_first[layout->lines[i].from]++] = i;
  /* Each begin has become the next one's. */
  memmove (self->out_first + 1, self->out_first, layout->n_boxes * sizeof (guint));
  self->out_first[0] = 0;
}

static void
count_part (Parts *parts, guint box)
{
  InspectorLayoutBox *at = &parts->self->layout->boxes[box];
  guint least = parts->self->part[box];
  Part *part;

  if (least == box)
    {
      parts->part_of[box] = parts->n_parts;
      part = &parts->parts[parts->n_parts++];
      *part = (Part){ .cycle = G_MAXUINT, .before = INFINITY };
    }
  part = &parts->parts[parts->part_of[least]];
  part->n++;
  if (at->cycle != 0)
    part->cycle = MIN (part->cycle, at->cycle);
  if (!isnan (at->before))
    part->before = MIN (part->before, at->before - at->height / 2);
}

static Part *
get_part (const Parts *parts, guint box)
{
  return &parts->parts[parts->part_of[parts->self->part[box]]];
}

static void
split (Parts *parts)
{
  InspectorLayout *layout = parts->self->layout;
  guint n_boxes = 0, n_lines = 0;

  for (guint i = 0; i < layout->n_boxes; i++)
    count_part (parts, i);
  for (guint i = 0; i < layout->n_lines; i++)
    if (is_there (layout, &layout->lines[i]))
      get_part (parts, layout->lines[i].from)->n_lines++;
  for (guint i = 0; i < parts->n_parts; i++)
    {
      Part *part = &parts->parts[i];

      part->is_single = part->n == 1 && part->n_lines == 0;
      part->first = n_boxes;
      part->first_line = n_lines;
      n_boxes += part->n;
      n_lines += part->n_lines;
      part->n = part->n_lines = 0;
    }
  for (guint i = 0; i < layout->n_boxes; i++)
    {
      Part *part = get_part (parts, i);

      parts->boxes[part->first + part->n++] = i;
    }
  for (guint i = 0; i < layout->n_lines; i++)
    if (is_there (layout, &layout->lines[i]))
      {
        Part *part = get_part (parts, layout->lines[i].from);

        parts->lines[part->first_line + part->n_lines++] = i;
      }
}

/* ---- One part ----------------------------------------------------------------------------------- */

/* Where the boxes of an item are, now that the item has its place. */
static void
set_boxes (LayeredPart *part)
{
  InspectorLayout *layout = part->self->layout;

  for (guint i = 0; i < part->items->len; i++)
    {
      const LayeredItem *item = layered_item (part, i);
      double x = part->layer_x[item->layer] + (part->layer_width[item->layer] - item->width) / 2;

      for (guint k = 0; k < item->n; k++)
        {
          InspectorLayoutBox *box =
              &layout->boxes[g_array_index (part->boxes, guint, item->first + k)];

          box->x += x;
          box->y += item->y - item->height / 2;
        }
    }
}

static void
keep_bends (LayeredPart *part, Parts *parts)
{
  for (guint i = 0; i < part->lines->len; i++)
    {
      guint line = g_array_index (part->lines, guint, i);

      parts->bend_first[line] = parts->bends->len;
      /* The ends are boxes. */
      for (guint k = part->chain_first[i] + 1; k + 1 < part->chain_first[i + 1]; k++)
        {
          const LayeredItem *item = layered_item (part, g_array_index (part->chains, guint, k));
          double x = part->layer_x[item->layer];
          LayeredBend bend = { { x, item->y }, { x + part->layer_width[item->layer], item->y } };

          g_array_append_val (parts->bends, bend);
        }
      parts->n_bends[line] = parts->bends->len - parts->bend_first[line];
    }
}

static void
lay_part (Parts *parts, Part *at)
{
  LayeredPart part = { .self = parts->self };

  part.boxes = g_array_sized_new (FALSE, FALSE, sizeof (guint), at->n);
  part.lines = g_array_sized_new (FALSE, FALSE, sizeof (guint), at->n_lines + 1);
  part.items = g_array_sized_new (FALSE, FALSE, sizeof (LayeredItem), at->n);
  part.links = g_array_sized_new (FALSE, FALSE, sizeof (LayeredLink), at->n_lines + 1);
  part.chains = g_array_sized_new (FALSE, FALSE, sizeof (guint), at->n_lines * 2 + 1);
  g_array_append_vals (part.boxes, &parts->boxes[at->first], at->n);
  g_array_append_vals (part.lines, &parts->lines[at->first_line], at->n_lines);
  layered_rank (&part);
  layered_order (&part);
  layered_place (&part);
  set_boxes (&part);
  keep_bends (&part, parts);
  at->width = part.width;
  at->height = part.height;
  g_array_unref (part.boxes);
  g_array_unref (part.lines);
  g_array_unref (part.items);
  g_array_unref (part.links);
  g_array_unref (part.chains);
  g_free (part.chain_first);
  g_free (part.layer_first);
  g_free (part.order);
  g_free (part.out_first);
  g_free (part.out);
  g_free (part.in_first);
  g_free (part.in);
  g_free (part.layer_x);
  g_free (part.layer_width);
}

static gboolean
lay_parts (Parts *parts)
{
  InspectorLayout *layout = parts->self->layout;

  for (guint i = 0; i < parts->n_parts; i++)
    {
      Part *part = &parts->parts[i];

      if (i % 64 == 0 && g_cancellable_is_cancelled (parts->self->cancellable))
        return FALSE;
      if (part->is_single)
        {
          part->width = layout->boxes[parts->boxes[part->first]].width;
          part->height = layout->boxes[parts->boxes[part->first]].height;
        }
      else
        lay_part (parts, part);
    }
  return !g_cancellable_is_cancelled (parts->self->cancellable);
}

/* ---- All parts ---------------------------------------------------------------------------------- */

/* Deadlocks first; then where they were before; what is new stands below, single boxes last. */
static int
compare_parts (gconstpointer a, gconstpointer b)
{
  const Part *x = *(Part *const *)a, *y = *(Part *const *)b;

  if (x->cycle != y->cycle)
    return x->cycle < y->cycle ? -1 : 1;
  if (x->is_single != y->is_single)
    return x->is_single ? 1 : -1;
  if (x->before < y->before || x->before > y->before)
    return x->before < y->before ? -1 : 1;
  return x->first < y->first ? -1 : 1;
}

static double
get_row_width (const Parts *parts)
{
  double area = 0, widest = LEAST_WIDTH;

  for (guint i = 0; i < parts->n_parts; i++)
    {
      area += (parts->parts[i].width + LAYERED_GAP_PARTS) *
              (parts->parts[i].height + LAYERED_GAP_PARTS);
      widest = MAX (widest, parts->parts[i].width);
    }
  return MAX (widest, sqrt (area) * WIDER);
}

/* In rows, as words in a paragraph. */
static void
pack (Parts *parts)
{
  InspectorLayout *layout = parts->self->layout;
  g_autofree Part **order = g_new (Part *, (gsize)parts->n_parts + 1);
  double row_width = get_row_width (parts), x = 0, y = 0, row = 0;

  for (guint i = 0; i < parts->n_parts; i++)
    order[i] = &parts->parts[i];
  qsort (order, parts->n_parts, sizeof *order, compare_parts);
  for (guint i = 0; i < parts->n_parts; i++)
    {
      Part *part = order[i];
      gboolean is_other =
          i > 0 && ((part->cycle == G_MAXUINT) != (order[i - 1]->cycle == G_MAXUINT) ||
                    part->is_single != order[i - 1]->is_single);
      double gap = part->is_single ? LAYERED_GAP_Y : LAYERED_GAP_PARTS;

      if (x > 0 && (is_other || x + part->width > row_width))
        {
          x = 0;
          y += row + (is_other ? LAYERED_GAP_PARTS : gap);
          row = 0;
        }
      part->x = LAYERED_MARGIN + x;
      part->y = LAYERED_MARGIN + y;
      x += part->width + gap;
      row = MAX (row, part->height);
      layout->width = MAX (layout->width, part->x + part->width + LAYERED_MARGIN);
    }
  layout->height = parts->n_parts > 0 ? y + row + 2 * LAYERED_MARGIN : 0;
}

static void
move_parts (Parts *parts)
{
  InspectorLayout *layout = parts->self->layout;

  for (guint i = 0; i < layout->n_boxes; i++)
    {
      layout->boxes[i].x += get_part (parts, i)->x;
      layout->boxes[i].y += get_part (parts, i)->y;
    }
  for (guint i = 0; i < layout->n_lines; i++)
    {
      const Part *part;

      if (!is_there (layout, &layout->lines[i]))
        continue;
      part = get_part (parts, layout->lines[i].from);
      for (guint k = 0; k < parts->n_bends[i]; k++)
        {
          LayeredBend *bend = &g_array_index (parts->bends, LayeredBend, parts->bend_first[i] + k);

          bend->left.x += part->x;
          bend->left.y += part->y;
          bend->right.x += part->x;
          bend->right.y += part->y;
        }
    }
}

static void
clear (InspectorLayout *layout)
{
  for (guint i = 0; i < layout->n_boxes; i++)
    layout->boxes[i].x = layout->boxes[i].y = 0;
  for (guint i = 0; i < layout->n_lines; i++)
    layout->lines[i].first_point = layout->lines[i].n_points = 0;
  g_clear_pointer (&layout->points, g_free);
  layout->n_points = 0;
  layout->n_crossings = 0;
  layout->width = layout->height = 0;
}

gboolean
inspector_layout_run (InspectorLayout *layout, GCancellable *cancellable)
{
  gsize n = (gsize)layout->n_boxes + 2, m = (gsize)layout->n_lines + 1;
  g_autofree guint *numbers = g_new0 (guint, n * 10 + m * 4);
  g_autofree LayeredSeat *seats = g_new0 (LayeredSeat, n);
  g_autofree Part *all = g_new0 (Part, n);
  g_autoptr (GArray) bends = g_array_new (FALSE, FALSE, sizeof (LayeredBend));
  Layered self = { .layout = layout,
                   .cancellable = cancellable,
                   .part = numbers,
                   .out_first = numbers + n,
                   .component = numbers + 2 * n,
                   .component_first = numbers + 3 * n,
                   .members = numbers + 4 * n,
                   .rank = numbers + 5 * n,
                   .item = numbers + 6 * n,
                   .n_entering = numbers + 9 * n,
                   .out_lines = numbers + 10 * n,
                   .seats = seats,
                   .n_bends = MAX ((gsize)layout->n_boxes * BENDS_A_BOX, LEAST_BENDS) };
  Parts parts = { .self = &self,
                  .parts = all,
                  .boxes = numbers + 7 * n,
                  .part_of = numbers + 8 * n,
                  .lines = numbers + 10 * n + m,
                  .bend_first = numbers + 10 * n + 2 * m,
                  .n_bends = numbers + 10 * n + 3 * m,
                  .bends = bends };

  clear (layout);
  join (&self);
  index_lines (&self);
  split (&parts);
  if (!layered_find_components (&self) || !lay_parts (&parts))
    return FALSE;
  pack (&parts);
  move_parts (&parts);
  layered_route (&self, bends, parts.bend_first, parts.n_bends);
  return TRUE;
}
