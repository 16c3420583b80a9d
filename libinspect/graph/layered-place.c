/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

/* Each item wants to be where those are that it is linked with; in a layer the order stays, and so do the
 * gaps. What is nearest to all wishes is found by joining items that press on one another to blocks, which
 * stand at the mean of their wishes (isotonic regression). */
#define ROUNDS 4
/* What wants nothing stays where it is, and gives way. */
#define WEIGHT_OF_NONE 0.05
/* A long line is straight before a box is in the middle. */
#define WEIGHT_OF_LINE 4.0

typedef struct
{
  double sum, weight; /* of the wishes */
  guint n;            /* items */
} Block;

typedef struct
{
  LayeredPart *part;
  Block *blocks;
  double *from; /* how far an item is from the first of its layer, at least */
} Place;

static double
get_gap (const LayeredItem *above, const LayeredItem *below)
{
  double gap = above->n > 0 && below->n > 0 ? LAYERED_GAP_Y : LAYERED_GAP_LINE;

  return (above->height + below->height) / 2 + gap;
}

static void
add_wishes (const LayeredPart *part, guint item, gboolean of_left, double *sum, double *weight)
{
  const guint *first = of_left ? part->in_first : part->out_first;
  const guint *links = of_left ? part->in : part->out;

  for (guint k = first[item]; k < first[item + 1]; k++)
    {
      const LayeredLink *link = layered_link (part, links[k]);
      const LayeredItem *other = layered_item (part, of_left ? link->from : link->to);
      double w = other->n == 0 && layered_item (part, item)->n == 0 ? WEIGHT_OF_LINE : 1;

      *sum += other->y * w;
      *weight += w;
    }
}

static void
add_block (Place *self, guint *n_blocks, double wish, double weight)
{
  self->blocks[(*n_blocks)++] = (Block){ wish * weight, weight, 1 };
  while (*n_blocks > 1)
    {
      Block *last = &self->blocks[*n_blocks - 1], *before = last - 1;

      if (before->sum / before->weight <= last->sum / last->weight)
        return;
      before->sum += last->sum;
      before->weight += last->weight;
      before->n += last->n;
      --*n_blocks;
    }
}

static void
place_layer (Place *self, guint layer, gboolean by_left, gboolean by_right)
{
  LayeredPart *part = self->part;
  guint first = part->layer_first[layer], last = part->layer_first[layer + 1];
  guint n_blocks = 0, at = first;
  double from = 0;

  for (guint i = first; i < last; i++)
    {
      LayeredItem *item = layered_item (part, part->order[i]);
      double sum = 0, weight = 0;

      if (i > first)
        from += get_gap (layered_item (part, part->order[i - 1]), item);
      self->from[i - first] = from;
      if (by_left)
        add_wishes (part, part->order[i], TRUE, &sum, &weight);
      if (by_right)
        add_wishes (part, part->order[i], FALSE, &sum, &weight);
      if (weight > 0)
        add_block (self, &n_blocks, sum / weight - from, weight);
      else
        add_block (self, &n_blocks, item->y - from, WEIGHT_OF_NONE);
    }
  for (guint i = 0; i < n_blocks; i++)
    for (guint k = 0; k < self->blocks[i].n; k++, at++)
      layered_item (part, part->order[at])->y =
          self->blocks[i].sum / self->blocks[i].weight + self->from[at - first];
}

static void
stack_layer (LayeredPart *part, guint layer)
{
  double y = 0;

  for (guint i = part->layer_first[layer]; i < part->layer_first[layer + 1]; i++)
    {
      LayeredItem *item = layered_item (part, part->order[i]);

      if (i > part->layer_first[layer])
        y += get_gap (layered_item (part, part->order[i - 1]), item);
      item->y = y;
    }
  for (guint i = part->layer_first[layer]; i < part->layer_first[layer + 1]; i++)
    layered_item (part, part->order[i])->y -= y / 2;
}

static void
set_width (LayeredPart *part)
{
  InspectorLayout *layout = part->self->layout;
  g_autofree double *gaps = g_new0 (double, (gsize)part->n_layers + 1);
  double x = 0;

  part->layer_x = g_new0 (double, (gsize)part->n_layers + 1);
  part->layer_width = g_new0 (double, (gsize)part->n_layers + 1);
  for (guint i = 0; i < part->items->len; i++)
    {
      const LayeredItem *item = layered_item (part, i);

      part->layer_width[item->layer] = MAX (part->layer_width[item->layer], item->width);
    }
  /* A label stands in the gap after the first box that its line leaves. */
  for (guint i = 0; i < part->lines->len; i++)
    {
      guint line = g_array_index (part->lines, guint, i), layer;

      if (part->chain_first[i] == part->chain_first[i + 1])
        continue;
      layer = layered_item (part, g_array_index (part->chains, guint, part->chain_first[i]))->layer;
      gaps[layer] = MAX (gaps[layer], layout->lines[line].label_width * 1.25 + 16);
    }
  for (guint layer = 0; layer < part->n_layers; layer++)
    {
      part->layer_x[layer] = x;
      x += part->layer_width[layer];
      part->width = x;
      x += MAX (gaps[layer], LAYERED_GAP_X);
    }
}

static void
set_height (LayeredPart *part)
{
  double top = G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

  for (guint i = 0; i < part->items->len; i++)
    {
      const LayeredItem *item = layered_item (part, i);

      top = MIN (top, item->y - item->height / 2);
      bottom = MAX (bottom, item->y + item->height / 2);
    }
  for (guint i = 0; i < part->items->len; i++)
    layered_item (part, i)->y -= top;
  part->height = bottom - top;
}

void
layered_place (LayeredPart *part)
{
  gsize n = (gsize)part->items->len + 1;
  g_autofree Block *blocks = g_new (Block, n);
  g_autofree double *from = g_new (double, n);
  Place self = { part, blocks, from };

  for (guint layer = 0; layer < part->n_layers; layer++)
    stack_layer (part, layer);
  for (guint round = 0; round < ROUNDS; round++)
    {
      for (guint layer = 1; layer < part->n_layers; layer++)
        place_layer (&self, layer, TRUE, FALSE);
      for (guint layer = part->n_layers - 1; layer > 0; layer--)
        place_layer (&self, layer - 1, FALSE, TRUE);
    }
  for (guint layer = 0; layer < part->n_layers; layer++)
    place_layer (&self, layer, TRUE, TRUE);
  set_width (part);
  set_height (part);
}
