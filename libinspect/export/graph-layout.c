/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/graph-layout.h"

#include <string.h>

#define PADDING 10.0
#define GAP_X 90.0 /* at least: labels of edges stand there */
#define LABEL_CHAR 6.1
#define GAP_Y 22.0
#define GAP_PARTS 40.0
#define BELOW 44.0 /* edges that lead back run there */
#define SWEEPS 8
#define GRID_WIDTH 1200.0

typedef struct
{
  const ExportWaitGraph *graph;
  ExportLayout *layout;
  guint n;
  guint *part;          /* of each node */
  guint8 *state;        /* of the search: 0 new, 1 on the way, 2 done */
  gboolean *leads_back; /* of each edge */
  double *order;        /* of each node in its layer */
  double gap;           /* between two layers */
} Layout;

static const ExportNode *
get_node (const Layout *self, guint i)
{
  return &g_array_index (self->graph->nodes, ExportNode, i);
}

static const ExportEdge *
get_edge (const Layout *self, guint i)
{
  return &g_array_index (self->graph->edges, ExportEdge, i);
}

/* ---- Sizes ---------------------------------------------------------------------------------- */

static void
measure (Layout *self, guint i)
{
  ExportBox *box = &self->layout->boxes[i];
  g_auto (GStrv) lines = g_strsplit (get_node (self, i)->label->str, "\n", -1);
  guint n_chars = 0;

  for (guint j = 0; lines[j] != NULL; j++)
    {
      guint chars = 0;

      for (const char *at = lines[j]; *at != '\0'; at = g_utf8_next_char (at))
        chars += g_unichar_iswide (g_utf8_get_char (at)) ? 2 : 1;
      n_chars = MAX (n_chars, chars);
    }
  box->width = n_chars * EXPORT_LAYOUT_CHAR + 2 * PADDING;
  box->height = g_strv_length (lines) * EXPORT_LAYOUT_LINE + 2 * PADDING - 4;
}

/* ---- Layers --------------------------------------------------------------------------------- */

/* As deep as there are nodes, of which there are few. */
static void
search (Layout *self, guint node)
{
  self->state[node] = 1;
  for (guint i = 0; i < self->graph->edges->len; i++)
    {
      const ExportEdge *edge = get_edge (self, i);

      if (edge->from != node)
        continue;
      if (self->state[edge->to] == 1)
        self->leads_back[i] = TRUE;
      else if (self->state[edge->to] == 0)
        search (self, edge->to);
    }
  self->state[node] = 2;
}

/* Each one layer after the last of those that wait for it. */
static void
set_layers (Layout *self)
{
  gboolean has_changed = TRUE;

  for (guint i = 0; i < self->n; i++)
    if (self->state[i] == 0)
      search (self, i);
  for (guint round = 0; has_changed && round < self->n; round++)
    {
      has_changed = FALSE;
      for (guint i = 0; i < self->graph->edges->len; i++)
        {
          const ExportEdge *edge = get_edge (self, i);
          ExportBox *from = &self->layout->boxes[edge->from];
          ExportBox *to = &self->layout->boxes[edge->to];

          if (self->leads_back[i] || to->layer > from->layer)
            continue;
          to->layer = from->layer + 1;
          has_changed = TRUE;
        }
    }
}

static void
set_parts (Layout *self)
{
  gboolean has_changed = TRUE;

  for (guint i = 0; i < self->n; i++)
    self->part[i] = i;
  while (has_changed)
    {
      has_changed = FALSE;
      for (guint i = 0; i < self->graph->edges->len; i++)
        {
          const ExportEdge *edge = get_edge (self, i);
          guint least = MIN (self->part[edge->from], self->part[edge->to]);

          if (self->part[edge->from] == self->part[edge->to])
            continue;
          self->part[edge->from] = self->part[edge->to] = least;
          has_changed = TRUE;
        }
    }
}

/* ---- Order ---------------------------------------------------------------------------------- */

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Layout *self = data;
  guint one = *(const guint *)a, other = *(const guint *)b;

  if (self->layout->boxes[one].layer != self->layout->boxes[other].layer)
    return self->layout->boxes[one].layer < self->layout->boxes[other].layer ? -1 : 1;
  if (self->order[one] < self->order[other] || self->order[one] > self->order[other])
    return self->order[one] < self->order[other] ? -1 : 1;
  return one < other ? -1 : 1;
}

/* Beside what they are joined to: each goes to the mean place of its neighbours. */
static void
sort_part (Layout *self, GArray *part)
{
  for (guint sweep = 0; sweep < SWEEPS; sweep++)
    {
      guint place = 0, layer = G_MAXUINT;

      g_qsort_with_data (part->data, (int)part->len, sizeof (guint), compare, self);
      for (guint i = 0; i < part->len; i++)
        {
          guint node = g_array_index (part, guint, i);

          place = self->layout->boxes[node].layer == layer ? place + 1 : 0;
          layer = self->layout->boxes[node].layer;
          self->order[node] = place;
        }
      for (guint i = 0; sweep + 1 < SWEEPS && i < part->len; i++)
        {
          guint node = g_array_index (part, guint, i), n = 0;
          double sum = 0;

          for (guint j = 0; j < self->graph->edges->len; j++)
            {
              const ExportEdge *edge = get_edge (self, j);

              if (edge->from != node && edge->to != node)
                continue;
              sum += self->order[edge->from == node ? edge->to : edge->from];
              n++;
            }
          if (n > 0)
            self->order[node] = (self->order[node] + sum / n) / 2;
        }
    }
}

/* ---- Places --------------------------------------------------------------------------------- */

/* The layers of a part, each in the middle of the tallest. */
static void
place_part (Layout *self, GArray *part)
{
  guint n_layers = self->layout->boxes[g_array_index (part, guint, part->len - 1)].layer + 1;
  g_autofree double *heights = g_new0 (double, n_layers);
  g_autofree double *widths = g_new0 (double, n_layers);
  double height = 0, top = self->layout->height, x = PADDING;

  for (guint i = 0; i < part->len; i++)
    {
      const ExportBox *box = &self->layout->boxes[g_array_index (part, guint, i)];

      heights[box->layer] += box->height + (heights[box->layer] > 0 ? GAP_Y : 0);
      widths[box->layer] = MAX (widths[box->layer], box->width);
      height = MAX (height, heights[box->layer]);
    }
  for (guint layer = 0, i = 0; layer < n_layers; x += widths[layer++] + self->gap)
    {
      double y = top + (height - heights[layer]) / 2;

      for (; i < part->len; i++)
        {
          ExportBox *box = &self->layout->boxes[g_array_index (part, guint, i)];

          if (box->layer != layer)
            break;
          box->x = x + (widths[layer] - box->width) / 2;
          box->y = y;
          y += box->height + GAP_Y;
        }
    }
  self->layout->width = MAX (self->layout->width, x - self->gap + PADDING);
  self->layout->height = top + height + GAP_PARTS + BELOW;
}

static void
place_parts (Layout *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_autoptr (GArray) part = NULL;

      if (self->part[i] != i || get_node (self, i)->n_edges == 0)
        continue;
      part = g_array_new (FALSE, FALSE, sizeof (guint));
      for (guint j = i; j < self->n; j++)
        if (self->part[j] == i)
          g_array_append_val (part, j);
      sort_part (self, part);
      place_part (self, part);
    }
}

/* What nothing leads to stands in rows. */
static void
place_others (Layout *self)
{
  double x = PADDING, y = self->layout->height, row = 0;

  for (guint i = 0; i < self->n; i++)
    {
      ExportBox *box = &self->layout->boxes[i];

      if (get_node (self, i)->n_edges > 0)
        continue;
      if (x > PADDING && x + box->width > GRID_WIDTH)
        {
          x = PADDING;
          y += row + GAP_Y;
          row = 0;
        }
      box->x = x;
      box->y = y;
      x += box->width + GAP_Y;
      row = MAX (row, box->height);
      self->layout->width = MAX (self->layout->width, x);
    }
  self->layout->height = y + (row > 0 ? row + GAP_Y : 0);
}

ExportLayout *
export_layout_new (const ExportWaitGraph *graph)
{
  guint n = graph->nodes->len;
  ExportLayout *layout = g_new0 (ExportLayout, 1);
  g_autofree guint *part = g_new0 (guint, n + 1);
  g_autofree guint8 *state = g_new0 (guint8, n + 1);
  g_autofree gboolean *leads_back = g_new0 (gboolean, graph->edges->len + 1);
  g_autofree double *order = g_new0 (double, n + 1);
  Layout self = { graph, layout, n, part, state, leads_back, order, GAP_X };

  layout->boxes = g_new0 (ExportBox, n + 1);
  for (guint i = 0; i < n; i++)
    {
      measure (&self, i);
      order[i] = i;
    }
  for (guint i = 0; i < graph->edges->len; i++)
    self.gap = MAX (self.gap, 30 + (double)strlen (get_edge (&self, i)->place) * LABEL_CHAR);
  set_layers (&self);
  set_parts (&self);
  place_parts (&self);
  place_others (&self);
  return layout;
}

void
export_layout_free (ExportLayout *layout)
{
  g_free (layout->boxes);
  g_free (layout);
}
