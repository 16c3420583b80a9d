/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

#include <math.h>
#include <string.h>

/* Each item goes to the mean place of those that it is linked with in the layer before, then in the one
 * after, and so on; the order with fewest crossings is kept. */
#define SWEEPS 12
#define SWEEPS_OF_MANY 4
#define MANY_LINKS 100000u
/* An order that was seen before is given up for one with fewer crossings than this share. */
#define WORTH_IT 0.7

typedef struct
{
  LayeredPart *part;
  double *key; /* of each item */
  guint *tree; /* a Fenwick tree over the places of a layer */
  guint *ends; /* places that a layer is linked with, in order */
  gboolean was_before;
} Order;

static gboolean
is_cancelled (const LayeredPart *part)
{
  return g_cancellable_is_cancelled (part->self->cancellable);
}

static guint
layer_size (const LayeredPart *part, guint layer)
{
  return part->layer_first[layer + 1] - part->layer_first[layer];
}

/* ---- Links by item ------------------------------------------------------------------------------ */

static void
index_side (LayeredPart *part, gboolean is_out, guint **ret_first, guint **ret_links)
{
  guint n = part->items->len;
  guint *first = g_new0 (guint, (gsize)n + 2);
  guint *links = g_new0 (guint, (gsize)part->links->len + 1);

  for (guint i = 0; i < part->links->len; i++)
    first[(is_out ? layered_link (part, i)->from : layered_link (part, i)->to) + 1]++;
  for (guint i = 0; i < n; i++)
    first[i + 1] += first[i];
  for (guint i = 0; i < part->links->len; i++)
    links[first[is_out ? layered_link (part, i)->from : layered_link (part, i)->to]++] = i;
  memmove (first + 1, first, n * sizeof *first);
  first[0] = 0;
  *ret_first = first;
  *ret_links = links;
}

static void
index_layers (LayeredPart *part)
{
  part->layer_first = g_new0 (guint, (gsize)part->n_layers + 2);
  part->order = g_new0 (guint, (gsize)part->items->len + 1);
  for (guint i = 0; i < part->items->len; i++)
    part->layer_first[layered_item (part, i)->layer + 1]++;
  for (guint i = 0; i < part->n_layers; i++)
    part->layer_first[i + 1] += part->layer_first[i];
  for (guint i = 0; i < part->items->len; i++)
    part->order[part->layer_first[layered_item (part, i)->layer]++] = i;
  memmove (part->layer_first + 1, part->layer_first, part->n_layers * sizeof (guint));
  part->layer_first[0] = 0;
}

/* ---- Sorting ------------------------------------------------------------------------------------ */

static void
number_layer (LayeredPart *part, guint layer)
{
  for (guint i = 0; i < layer_size (part, layer); i++)
    layered_item (part, part->order[part->layer_first[layer] + i])->place = i;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Order *self = data;
  guint one = *(const guint *)a, other = *(const guint *)b;

  if (self->key[one] < self->key[other] || self->key[one] > self->key[other])
    return self->key[one] < self->key[other] ? -1 : 1;
  return layered_item (self->part, one)->place < layered_item (self->part, other)->place ? -1 : 1;
}

static void
sort_layer (Order *self, guint layer)
{
  LayeredPart *part = self->part;

  g_qsort_with_data (part->order + part->layer_first[layer], (int)layer_size (part, layer),
                     sizeof *part->order, compare, self);
  number_layer (part, layer);
}

/* Where items were before, orders them; what is new goes to what it is linked with. */
static void
sort_as_before (Order *self)
{
  LayeredPart *part = self->part;
  g_autofree guint *n_known = g_new0 (guint, (gsize)part->items->len + 1);

  for (guint i = 0; i < part->links->len; i++)
    {
      const LayeredLink *link = layered_link (part, i);
      double from = layered_item (part, link->from)->before;
      double to = layered_item (part, link->to)->before;

      if (!isnan (from) && n_known[link->to]++ < G_MAXUINT)
        self->key[link->to] += from;
      if (!isnan (to) && n_known[link->from]++ < G_MAXUINT)
        self->key[link->from] += to;
    }
  for (guint i = 0; i < part->items->len; i++)
    {
      double before = layered_item (part, i)->before;

      self->was_before |= !isnan (before);
      self->key[i] = !isnan (before)  ? before
                     : n_known[i] > 0 ? self->key[i] / n_known[i]
                                      : INFINITY;
    }
  for (guint layer = 0; layer < part->n_layers; layer++)
    {
      number_layer (part, layer);
      sort_layer (self, layer);
    }
}

static void
sweep_layer (Order *self, guint layer, gboolean rightwards)
{
  LayeredPart *part = self->part;
  const guint *first = rightwards ? part->in_first : part->out_first;
  const guint *links = rightwards ? part->in : part->out;

  for (guint i = part->layer_first[layer]; i < part->layer_first[layer + 1]; i++)
    {
      guint item = part->order[i];
      guint n = first[item + 1] - first[item];
      double sum = 0;

      for (guint k = first[item]; k < first[item + 1]; k++)
        {
          const LayeredLink *link = layered_link (part, links[k]);

          sum += layered_item (part, rightwards ? link->from : link->to)->place;
        }
      self->key[item] = n > 0 ? sum / n : layered_item (part, item)->place;
    }
  sort_layer (self, layer);
}

static void
sweep (Order *self, gboolean rightwards)
{
  guint n = self->part->n_layers;

  for (guint i = 1; i < n; i++)
    sweep_layer (self, rightwards ? i : n - 1 - i, rightwards);
}

/* ---- Crossings ---------------------------------------------------------------------------------- */

static int
compare_places (gconstpointer a, gconstpointer b)
{
  guint one = *(const guint *)a, other = *(const guint *)b;

  return one < other ? -1 : one > other;
}

/* How many ends lie behind the one that comes now (Barth, Mutzel and Jünger, 2004). */
static guint
count_behind (Order *self, guint n_places, guint place, guint n_before)
{
  guint n_at_most = 0;

  for (guint i = place + 1; i > 0; i -= i & -i)
    n_at_most += self->tree[i];
  for (guint i = place + 1; i <= n_places; i += i & -i)
    self->tree[i]++;
  return n_before - n_at_most;
}

static guint64
count_layer (Order *self, guint layer)
{
  LayeredPart *part = self->part;
  guint n_places = layer_size (part, layer + 1), n_before = 0;
  guint64 n = 0;

  memset (self->tree, 0, ((gsize)n_places + 1) * sizeof *self->tree);
  for (guint i = part->layer_first[layer]; i < part->layer_first[layer + 1]; i++)
    {
      guint item = part->order[i], n_ends = 0;

      for (guint k = part->out_first[item]; k < part->out_first[item + 1]; k++)
        self->ends[n_ends++] = layered_item (part, layered_link (part, part->out[k])->to)->place;
      if (n_ends > 1)
        qsort (self->ends, n_ends, sizeof *self->ends, compare_places);
      for (guint k = 0; k < n_ends; k++)
        n += count_behind (self, n_places, self->ends[k], n_before++);
    }
  return n;
}

static guint64
count_crossings (Order *self)
{
  guint64 n = 0;

  for (guint layer = 0; layer + 1 < self->part->n_layers; layer++)
    n += count_layer (self, layer);
  return n;
}

/* ---- The order ---------------------------------------------------------------------------------- */

static void
restore (LayeredPart *part, const guint *order)
{
  memcpy (part->order, order, part->items->len * sizeof *order);
  for (guint layer = 0; layer < part->n_layers; layer++)
    number_layer (part, layer);
}

static void
find_best (Order *self)
{
  LayeredPart *part = self->part;
  gsize size = ((gsize)part->items->len + 1) * sizeof (guint);
  guint n_sweeps = part->links->len > MANY_LINKS ? SWEEPS_OF_MANY : SWEEPS;
  g_autofree guint *first = g_memdup2 (part->order, size);
  g_autofree guint *best = g_memdup2 (part->order, size);
  guint64 n_first = count_crossings (self), n_best = n_first;

  for (guint i = 0, n_idle = 0; i < n_sweeps && n_best > 0 && n_idle < 4; i++, n_idle++)
    {
      guint64 n;

      if (is_cancelled (part))
        break;
      sweep (self, i % 2 == 0);
      n = count_crossings (self);
      if (n >= n_best)
        continue;
      n_best = n;
      n_idle = 0;
      memcpy (best, part->order, size);
    }
  if (self->was_before && (double)n_best > WORTH_IT * (double)n_first)
    {
      restore (part, first);
      n_best = n_first;
    }
  else
    restore (part, best);
  part->self->layout->n_crossings += (guint)MIN (n_best, G_MAXUINT / 2);
}

void
layered_order (LayeredPart *part)
{
  gsize n = (gsize)MAX (part->items->len, part->links->len) + 2;
  g_autofree double *key = g_new0 (double, n);
  g_autofree guint *tree = g_new0 (guint, n);
  g_autofree guint *ends = g_new0 (guint, n);
  Order self = { part, key, tree, ends, FALSE };

  index_layers (part);
  index_side (part, TRUE, &part->out_first, &part->out);
  index_side (part, FALSE, &part->in_first, &part->in);
  sort_as_before (&self);
  find_best (&self);
}
