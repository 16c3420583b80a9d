/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/wait-graph-private.h"

#include <string.h>

/* More of a kind than this are one node; near to what is looked at there may be more. */
#define FOLD_LEAST 6u
#define FOLD_LEAST_NEAR 25u
/* So many steps are near. */
#define NEAR 3u
/* Groups beyond are counted only. */
#define MAX_FOLDS 48u

typedef struct
{
  guint64 group;
  guint n, n_near;
  guint node;  /* that it has become; G_MAXUINT: none */
  guint first; /* of its members */
} Group;

typedef struct
{
  WaitGraph *graph;
  guint n;
  guint *first, *others; /* of each node: edges that it is an end of */
  guint8 *steps;         /* from the focus; G_MAXUINT8: not near */
  gboolean *is_ahead;    /* the focus needs it, in any number of steps */
  gboolean *is_in_part;
  guint *group_of; /* of each node: number of its group */
  GArray *groups;  /* Group */
  guint *place;    /* of each node among those that are shown; G_MAXUINT: it is not */
} Fold;

/* ---- What is near ------------------------------------------------------------------------------ */

static void
index_edges (Fold *self)
{
  GArray *edges = self->graph->graph->edges;

  for (guint i = 0; i < edges->len; i++)
    {
      self->first[wait_graph_get_edge (self->graph, i)->from + 1]++;
      self->first[wait_graph_get_edge (self->graph, i)->to + 1]++;
    }
  for (guint i = 0; i < self->n; i++)
    self->first[i + 1] += self->first[i];
  for (guint i = 0; i < edges->len; i++)
    {
      self->others[self->first[wait_graph_get_edge (self->graph, i)->from]++] = i;
      self->others[self->first[wait_graph_get_edge (self->graph, i)->to]++] = i;
    }
  memmove (self->first + 1, self->first, self->n * sizeof (guint));
  self->first[0] = 0;
}

/* What hangs together with @start, or what it needs alone. */
static void
walk (Fold *self, guint start, gboolean ahead, gboolean *seen)
{
  g_autofree guint *queue = g_new (guint, (gsize)self->n + 1);
  guint n = 1;

  queue[0] = start;
  seen[start] = TRUE;
  if (!ahead)
    self->steps[start] = 0;
  for (guint i = 0; i < n; i++)
    for (guint k = self->first[queue[i]]; k < self->first[queue[i] + 1]; k++)
      {
        const ExportEdge *edge = wait_graph_get_edge (self->graph, self->others[k]);
        guint next = edge->from == queue[i] ? edge->to : edge->from;

        if (seen[next] || (ahead && edge->from != queue[i]))
          continue;
        seen[next] = TRUE;
        if (!ahead && self->steps[queue[i]] < NEAR)
          self->steps[next] = self->steps[queue[i]] + 1;
        queue[n++] = next;
      }
}

static void
find_near (Fold *self)
{
  gpointer node = NULL;

  memset (self->steps, G_MAXUINT8, self->n);
  if (self->graph->choice->focus != NULL)
    node = g_hash_table_lookup (self->graph->nodes, self->graph->choice->focus);
  if (node == NULL)
    return;
  walk (self, GPOINTER_TO_UINT (node) - 1, TRUE, self->is_ahead);
  walk (self, GPOINTER_TO_UINT (node) - 1, FALSE, self->is_in_part);
}

/* ---- What is alike ------------------------------------------------------------------------------ */

static Group *
get_group (const Fold *self, guint node)
{
  return &g_array_index (self->groups, Group, self->group_of[node]);
}

static void
find_groups (Fold *self)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < self->n; i++)
    {
      ExportNode *node = wait_graph_get_node (self->graph, i);
      guint number;

      wait_graph_set_group (self->graph, node);
      number = GPOINTER_TO_UINT (g_hash_table_lookup (known, &node->group));
      if (number == 0)
        {
          const Group group = { .group = node->group, .node = G_MAXUINT, .first = i };

          g_array_append_val (self->groups, group);
          number = self->groups->len;
          g_hash_table_insert (known, &node->group, GUINT_TO_POINTER (number));
        }
      self->group_of[i] = number - 1;
      get_group (self, i)->n++;
      get_group (self, i)->n_near += self->steps[i] != G_MAXUINT8;
    }
}

static gboolean
is_open (const Fold *self, guint64 group)
{
  const ExportGraphChoice *choice = self->graph->choice;

  for (guint i = 0; i < choice->n_open; i++)
    if (choice->open[i] == group)
      return TRUE;
  return FALSE;
}

static gboolean
stands_alone (const Fold *self, guint node)
{
  const Group *group = get_group (self, node);

  return wait_graph_get_node (self->graph, node)->cycle != 0 || self->is_ahead[node] ||
         self->steps[node] == 0 || group->n < FOLD_LEAST ||
         (self->steps[node] != G_MAXUINT8 && group->n_near < FOLD_LEAST_NEAR) ||
         is_open (self, group->group);
}

/* ---- What is shown ------------------------------------------------------------------------------ */

static gboolean
is_of_crowd (const Fold *self, guint node)
{
  return self->groups->len > 0 && get_group (self, node)->n >= FOLD_LEAST;
}

/* Deadlocks, then what is near, then what there are few of, then what has edges, then the oldest. */
static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Fold *self = data;
  const GArray *nodes = self->graph->graph->nodes;
  const ExportNode *one = &g_array_index (nodes, ExportNode, *(const guint *)a);
  const ExportNode *other = &g_array_index (nodes, ExportNode, *(const guint *)b);

  if ((one->cycle != 0) != (other->cycle != 0))
    return one->cycle != 0 ? -1 : 1;
  if (one->cycle != other->cycle)
    return one->cycle < other->cycle ? -1 : 1;
  if (self->steps[*(const guint *)a] != self->steps[*(const guint *)b])
    return self->steps[*(const guint *)a] < self->steps[*(const guint *)b] ? -1 : 1;
  if (is_of_crowd (self, *(const guint *)a) != is_of_crowd (self, *(const guint *)b))
    return is_of_crowd (self, *(const guint *)a) ? 1 : -1;
  if ((one->n_edges != 0) != (other->n_edges != 0))
    return one->n_edges != 0 ? -1 : 1;
  if (one->since_ns != other->since_ns)
    return one->since_ns < other->since_ns ? -1 : 1;
  return *(const guint *)a < *(const guint *)b ? -1 : 1;
}

static guint
show (Fold *self, GArray *shown, guint node, guint n_members)
{
  ExportNode *at = wait_graph_get_node (self->graph, node);
  ExportNode copy = *at;

  copy.n_members = n_members;
  copy.n_edges = 0;
  g_array_append_val (shown, copy);
  return shown->len - 1;
}

static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const Group *x = *(Group *const *)a, *y = *(Group *const *)b;

  if (x->n != y->n)
    return x->n > y->n ? -1 : 1;
  return x->first < y->first ? -1 : 1;
}

/* Those that have not found a place become nodes by kind, the largest first. */
static void
fold (Fold *self, GArray *shown, const gboolean *is_left)
{
  g_autoptr (GPtrArray) order = g_ptr_array_new ();

  for (guint i = 0; i < self->groups->len; i++)
    g_array_index (self->groups, Group, i).n = 0;
  for (guint i = 0; i < self->n; i++)
    if (is_left[i])
      {
        Group *group = get_group (self, i);

        if (group->n++ == 0)
          {
            group->first = i;
            g_ptr_array_add (order, group);
          }
      }
  g_ptr_array_sort (order, compare_groups);
  for (guint i = 0; i < order->len; i++)
    {
      Group *group = order->pdata[i];

      if (i < MAX_FOLDS)
        group->node = show (self, shown, group->first, group->n);
      else
        self->graph->graph->n_hidden += group->n;
    }
  for (guint i = 0; i < self->n; i++)
    if (is_left[i])
      self->place[i] = get_group (self, i)->node;
}

static gboolean
is_fold (const GArray *shown, guint node)
{
  return g_array_index (shown, ExportNode, node).n_members > 1;
}

/* Edges of a fold to one and the same node are one edge. */
static void
join_edges (Fold *self, GArray *shown)
{
  ExportWaitGraph *graph = self->graph->graph;
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  guint n = 0;

  for (guint i = 0; i < graph->edges->len; i++)
    {
      ExportEdge edge = *wait_graph_get_edge (self->graph, i);
      gint64 key;
      guint number = 0;

      edge.from = self->place[edge.from];
      edge.to = self->place[edge.to];
      if (edge.from == G_MAXUINT || edge.to == G_MAXUINT)
        continue;
      key = (gint64)edge.from << 33 | (gint64)edge.to << 1 | (edge.is_hold ? 1 : 0);
      if (is_fold (shown, edge.from) || is_fold (shown, edge.to))
        {
          number = GPOINTER_TO_UINT (g_hash_table_lookup (known, &key));
          if (number == 0)
            g_hash_table_insert (known, g_memdup2 (&key, sizeof key), GUINT_TO_POINTER (n + 1));
        }
      if (number != 0)
        {
          ExportEdge *same = wait_graph_get_edge (self->graph, number - 1);

          same->n++;
          if (edge.location != same->location)
            same->location = 0;
          same->since_ns = MIN (same->since_ns, edge.since_ns);
          continue;
        }
      g_array_index (shown, ExportNode, edge.from).n_edges++;
      g_array_index (shown, ExportNode, edge.to).n_edges++;
      *wait_graph_get_edge (self->graph, n++) = edge;
    }
  g_array_set_size (graph->edges, n);
}

/* The first ones in order of what they have to say; the others are folded, or counted. */
static void
choose (Fold *self)
{
  const ExportGraphChoice *choice = self->graph->choice;
  ExportWaitGraph *graph = self->graph->graph;
  g_autofree guint *order = g_new (guint, (gsize)self->n + 1);
  g_autofree gboolean *is_left = g_new0 (gboolean, (gsize)self->n + 1);
  GArray *shown = g_array_new (FALSE, TRUE, sizeof (ExportNode));
  guint n_alone = 0;

  for (guint i = 0; i < self->n; i++)
    {
      self->place[i] = G_MAXUINT;
      if ((choice->only_part && !self->is_in_part[i]) || (choice->only_ahead && !self->is_ahead[i]))
        graph->n_hidden++;
      else if (!choice->folds || stands_alone (self, i))
        order[n_alone++] = i;
      else
        is_left[i] = TRUE;
    }
  g_qsort_with_data (order, (int)n_alone, sizeof *order, compare, self);
  for (guint i = 0; i < n_alone; i++)
    if (shown->len < choice->max_nodes)
      self->place[order[i]] = show (self, shown, order[i], 1);
    else if (choice->folds)
      is_left[order[i]] = TRUE;
    else
      graph->n_hidden++;
  if (choice->folds)
    fold (self, shown, is_left);
  join_edges (self, shown);
  g_array_unref (graph->nodes);
  graph->nodes = shown;
}

void
wait_graph_choose (WaitGraph *graph)
{
  gsize n = graph->graph->nodes->len, n_edges = graph->graph->edges->len;
  g_autofree guint *numbers = g_new0 (guint, 3 * n + 2 * n_edges + 4);
  g_autofree gboolean *flags = g_new0 (gboolean, 2 * n + 2);
  g_autofree guint8 *steps = g_new0 (guint8, n + 1);
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (Group));
  Fold self = { .graph = graph,
                .n = (guint)n,
                .first = numbers,
                .place = numbers + n + 2,
                .group_of = numbers + 2 * n + 2,
                .others = numbers + 3 * n + 3,
                .steps = steps,
                .is_ahead = flags,
                .is_in_part = flags + n,
                .groups = groups };

  index_edges (&self);
  find_near (&self);
  if (graph->choice->folds)
    find_groups (&self);
  choose (&self);
}
