/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "flame-layout.h"

#include <string.h>

static void
place_box (FlameLayout *self, double *next, double *programs, guint index,
           const InspectorFlameNode *node)
{
  double total = (double)MAX (inspector_flame_get_total (self->flame), 1);
  double *from = node->parent != index ? &next[node->parent] : programs;
  FlameBox *box = &self->boxes[index];

  *box = (FlameBox){ .x = *from,
                     .width = (double)node->total_ns / total,
                     .parent = node->parent,
                     .depth = node->depth,
                     .end = index + 1,
                     .kind = node->kind,
                     .shade = g_str_hash (node->name) % FLAME_SHADES,
                     .own_ns = node->own_ns,
                     .total_ns = node->total_ns,
                     .name = node->name,
                     .where = node->where };
  next[index] = *from;
  *from += box->width;
}

FlameLayout *
flame_layout_new (InspectorFlame *flame)
{
  FlameLayout *self = g_atomic_rc_box_new0 (FlameLayout);
  g_autofree double *next = NULL;
  double programs = 0;
  InspectorFlameNode node;

  self->flame = g_object_ref (flame);
  self->n_boxes = inspector_flame_get_n_nodes (flame);
  self->boxes = g_new0 (FlameBox, MAX (self->n_boxes, 1));
  next = g_new0 (double, MAX (self->n_boxes, 1));
  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    {
      place_box (self, next, &programs, i, &node);
      self->n_rows = MAX (self->n_rows, node.depth + 1);
    }
  /* Children follow their parents, and end where the last one of them does. */
  for (guint i = self->n_boxes; i > 0; i--)
    {
      const FlameBox *box = &self->boxes[i - 1];

      if (box->parent != i - 1)
        self->boxes[box->parent].end = MAX (self->boxes[box->parent].end, box->end);
    }
  self->rows = g_new0 (GArray *, MAX (self->n_rows, 1));
  for (guint i = 0; i < self->n_rows; i++)
    self->rows[i] = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < self->n_boxes; i++)
    g_array_append_val (self->rows[self->boxes[i].depth], i);
  return self;
}

static void
clear (gpointer data)
{
  FlameLayout *self = data;

  for (guint i = 0; i < self->n_rows; i++)
    g_array_unref (self->rows[i]);
  g_free (self->rows);
  g_free (self->boxes);
  g_object_unref (self->flame);
}

FlameLayout *
flame_layout_ref (FlameLayout *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
flame_layout_unref (FlameLayout *self)
{
  if (self != NULL)
    g_atomic_rc_box_release_full (self, clear);
}

/* ---- Finding ----------------------------------------------------------------------------------- */

static const FlameBox *
get_in_row (const FlameLayout *self, guint depth, guint position)
{
  return &self->boxes[g_array_index (self->rows[depth], guint, position)];
}

guint
flame_layout_find_from (const FlameLayout *self, guint depth, double x)
{
  guint low = 0, high = depth < self->n_rows ? self->rows[depth]->len : 0;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const FlameBox *box = get_in_row (self, depth, middle);

      if (box->x + box->width <= x)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint
flame_layout_find (const FlameLayout *self, guint depth, double x)
{
  guint position = flame_layout_find_from (self, depth, x);

  if (depth >= self->n_rows || position >= self->rows[depth]->len ||
      get_in_row (self, depth, position)->x > x)
    return FLAME_NONE;
  return g_array_index (self->rows[depth], guint, position);
}

static guint
find_position (const FlameLayout *self, guint index)
{
  const GArray *row = self->rows[self->boxes[index].depth];
  guint low = 0, high = row->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (row, guint, middle) < index)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint
flame_layout_walk (const FlameLayout *self, guint from, FlameStep step)
{
  const FlameBox *box = from < self->n_boxes ? &self->boxes[from] : NULL;
  guint position;

  if (box == NULL)
    return self->n_boxes > 0 ? 0 : FLAME_NONE;
  switch (step)
    {
    case FLAME_OUT:
      return box->parent;
    case FLAME_IN:
      return box->end > from + 1 ? from + 1 : from;
    case FLAME_LEFT:
    case FLAME_RIGHT:
      break;
    }
  position = find_position (self, from);
  if (step == FLAME_LEFT)
    return position > 0 ? g_array_index (self->rows[box->depth], guint, position - 1) : from;
  return position + 1 < self->rows[box->depth]->len
             ? g_array_index (self->rows[box->depth], guint, position + 1)
             : from;
}

static gboolean
is_same (const FlameBox *a, const FlameBox *b)
{
  return a->kind == b->kind && g_str_equal (a->name, b->name) && g_str_equal (a->where, b->where);
}

static guint
find_child (const FlameLayout *self, guint parent, const FlameBox *like)
{
  guint i = parent != FLAME_NONE ? parent + 1 : 0;
  guint end = parent != FLAME_NONE ? self->boxes[parent].end : self->n_boxes;

  for (; i < end; i = self->boxes[i].end)
    if (is_same (&self->boxes[i], like))
      return i;
  return FLAME_NONE;
}

guint
flame_layout_match (const FlameLayout *self, const FlameLayout *other, guint index)
{
  guint parent, above, found;

  if (index >= other->n_boxes)
    return FLAME_NONE;
  parent = other->boxes[index].parent;
  above = parent != index ? flame_layout_match (self, other, parent) : FLAME_NONE;
  /* Where a frame above is gone, so is what was in it. */
  if (parent != index &&
      (above == FLAME_NONE || self->boxes[above].depth + 1 != other->boxes[index].depth))
    return above;
  found = find_child (self, above, &other->boxes[index]);
  return found != FLAME_NONE ? found : above;
}

/* ---- Searching --------------------------------------------------------------------------------- */

static gboolean
has_text (const char *text, const char *wanted)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  return strstr (folded, wanted) != NULL;
}

void
flame_search_run (FlameSearch *self, const FlameLayout *layout, const char *text)
{
  g_autofree char *wanted = g_utf8_casefold (text, -1);
  guint counted = 0; /* what comes before is in a box whose time is counted */

  flame_search_clear (self);
  if (*wanted == '\0')
    return;
  self->is_found = g_new0 (guint8, MAX (layout->n_boxes, 1));
  for (guint i = 0; i < layout->n_boxes; i++)
    {
      const FlameBox *box = &layout->boxes[i];

      if (!has_text (box->name, wanted) && !has_text (box->where, wanted))
        continue;
      self->is_found[i] = 1;
      self->n_found++;
      if (i < counted)
        continue;
      self->total_ns += box->total_ns;
      counted = box->end;
    }
}

void
flame_search_clear (FlameSearch *self)
{
  g_clear_pointer (&self->is_found, g_free);
  self->n_found = 0;
  self->total_ns = 0;
}

guint
flame_search_next (const FlameSearch *self, const FlameLayout *layout, guint from,
                   gboolean backwards)
{
  guint n = layout->n_boxes;
  guint start = from < n ? from : backwards ? 0 : n - 1;

  if (self->is_found == NULL || n == 0)
    return FLAME_NONE;
  for (guint i = 1; i <= n; i++)
    {
      guint index = backwards ? (start + n - i % n) % n : (start + i) % n;

      if (self->is_found[index])
        return index;
    }
  return FLAME_NONE;
}
