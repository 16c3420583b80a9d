/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

#include <math.h>
#include <string.h>

static guint
count_members (const Layered *self, guint component)
{
  return self->component_first[component + 1] - self->component_first[component];
}

gboolean
layered_is_reversed (const Layered *self, const InspectorLayoutLine *line)
{
  guint component = self->component[line->from];

  /* In the order of the search nothing leads round. */
  return component == self->component[line->to] &&
         count_members (self, component) > LAYERED_RING_MAX &&
         self->rank[line->from] > self->rank[line->to];
}

/* ---- Items -------------------------------------------------------------------------------------- */

static double
get_before (const Layered *self, guint component)
{
  guint first = self->component_first[component], n = 0;
  double sum = 0;

  for (guint i = first; i < self->component_first[component + 1]; i++)
    if (!isnan (self->layout->boxes[self->members[i]].before))
      {
        sum += self->layout->boxes[self->members[i]].before;
        n++;
      }
  return n > 0 ? sum / n : NAN;
}

/* @boxes is sorted by item meanwhile. */
static void
add_ring (LayeredPart *part, guint component, GArray *boxes)
{
  Layered *self = part->self;
  guint first = self->component_first[component];
  LayeredItem item = { .before = get_before (self, component), .first = boxes->len };

  item.n = count_members (self, component);
  layered_ring_place (self, component, &item.width, &item.height);
  for (guint i = first; i < first + item.n; i++)
    {
      self->item[self->members[i]] = part->items->len;
      g_array_append_val (boxes, self->members[i]);
    }
  g_array_append_val (part->items, item);
}

static void
add_items (LayeredPart *part)
{
  Layered *self = part->self;
  GArray *boxes = g_array_sized_new (FALSE, FALSE, sizeof (guint), part->boxes->len);

  for (guint i = 0; i < part->boxes->len; i++)
    {
      guint box = g_array_index (part->boxes, guint, i);
      guint n = count_members (self, self->component[box]);

      if (n > 1 && n <= LAYERED_RING_MAX)
        {
          if (self->seats[box].number == 0)
            add_ring (part, self->component[box], boxes);
          continue;
        }
      self->item[box] = part->items->len;
      self->layout->boxes[box].y = layered_get_loop (self, box);
      g_array_append_val (part->items, ((LayeredItem){ .width = self->layout->boxes[box].width,
                                                       .height = self->layout->boxes[box].height +
                                                                 layered_get_loop (self, box),
                                                       .before = self->layout->boxes[box].before,
                                                       .first = boxes->len,
                                                       .n = 1 }));
      g_array_append_val (boxes, box);
    }
  g_array_unref (part->boxes);
  part->boxes = boxes;
}

/* ---- Layers ------------------------------------------------------------------------------------- */

/* The items that line @i of the part leads from and to, from left to right. FALSE: it stays in one. */
static gboolean
get_ends (const LayeredPart *part, guint i, guint *ret_from, guint *ret_to)
{
  const Layered *self = part->self;
  const InspectorLayoutLine *line = &self->layout->lines[g_array_index (part->lines, guint, i)];
  gboolean is_reversed = layered_is_reversed (self, line);

  *ret_from = self->item[is_reversed ? line->to : line->from];
  *ret_to = self->item[is_reversed ? line->from : line->to];
  return *ret_from != *ret_to;
}

static void
index_ends (const LayeredPart *part, guint *first, guint *to, guint *n_in)
{
  guint from, other, n = part->items->len;

  for (guint i = 0; i < part->lines->len; i++)
    if (get_ends (part, i, &from, &other))
      {
        first[from + 1]++;
        n_in[other]++;
      }
  for (guint i = 0; i < n; i++)
    first[i + 1] += first[i];
  for (guint i = 0; i < part->lines->len; i++)
    if (get_ends (part, i, &from, &other))
      to[first[from]++] = other;
  memmove (first + 1, first, n * sizeof *first);
  first[0] = 0;
}

/* Each one layer after the last of those that lead to it; what nothing leads to, just before the first
 * that it leads to. */
static void
set_layers (LayeredPart *part)
{
  guint n = part->items->len, n_ready = 0;
  g_autofree guint *first = g_new0 (guint, (gsize)n + 2);
  g_autofree guint *to = g_new0 (guint, (gsize)part->lines->len + 1);
  g_autofree guint *n_in = g_new0 (guint, (gsize)n + 1);
  g_autofree guint *n_left = g_new0 (guint, (gsize)n + 1);
  g_autofree guint *ready = g_new0 (guint, (gsize)n + 1);

  index_ends (part, first, to, n_in);
  memcpy (n_left, n_in, n * sizeof *n_in);
  for (guint i = 0; i < n; i++)
    if (n_in[i] == 0)
      ready[n_ready++] = i;
  for (guint i = 0; i < n_ready; i++)
    for (guint k = first[ready[i]]; k < first[ready[i] + 1]; k++)
      {
        LayeredItem *next = layered_item (part, to[k]);

        next->layer = MAX (next->layer, layered_item (part, ready[i])->layer + 1);
        if (--n_left[to[k]] == 0)
          ready[n_ready++] = to[k];
      }
  for (guint i = 0; i < n; i++)
    {
      guint least = G_MAXUINT;

      for (guint k = first[i]; n_in[i] == 0 && k < first[i + 1]; k++)
        least = MIN (least, layered_item (part, to[k])->layer);
      if (least != G_MAXUINT)
        layered_item (part, i)->layer = least - 1;
      part->n_layers = MAX (part->n_layers, layered_item (part, i)->layer + 1);
    }
}

/* ---- Lines that pass layers --------------------------------------------------------------------- */

static guint
add_bend (LayeredPart *part, guint from, guint to, guint layer)
{
  const LayeredItem *one = layered_item (part, from), *other = layered_item (part, to);
  double share = (double)(layer - one->layer) / (double)(other->layer - one->layer);
  LayeredItem bend = { .layer = layer,
                       .before = one->before + (other->before - one->before) * share };

  g_array_append_val (part->items, bend);
  return part->items->len - 1;
}

static void
add_chain (LayeredPart *part, guint i)
{
  guint from, to, n_passed;

  part->chain_first[i] = part->chains->len;
  if (!get_ends (part, i, &from, &to))
    return;
  n_passed = layered_item (part, to)->layer - layered_item (part, from)->layer - 1;
  g_array_append_val (part->chains, from);
  if (n_passed <= part->self->n_bends)
    {
      guint last = from, layer = layered_item (part, from)->layer;

      part->self->n_bends -= n_passed;
      for (guint k = 1; k <= n_passed + 1; k++)
        {
          guint next = k > n_passed ? to : add_bend (part, from, to, layer + k);
          LayeredLink link = { last, next };

          g_array_append_val (part->links, link);
          if (k <= n_passed)
            g_array_append_val (part->chains, next);
          last = next;
        }
    }
  g_array_append_val (part->chains, to);
}

void
layered_rank (LayeredPart *part)
{
  add_items (part);
  set_layers (part);
  part->chain_first = g_new0 (guint, (gsize)part->lines->len + 2);
  for (guint i = 0; i < part->lines->len; i++)
    add_chain (part, i);
  part->chain_first[part->lines->len] = part->chains->len;
}
