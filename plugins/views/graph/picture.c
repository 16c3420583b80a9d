/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "picture.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define LABEL_PADDING 8.0

/* ---- What it is made of ------------------------------------------------------------------------ */

static void
node_clear (gpointer data)
{
  GraphNode *node = data;

  g_free (node->title);
  g_strfreev (node->lines);
}

static void
edge_clear (gpointer data)
{
  GraphEdge *edge = data;

  g_free (edge->duration);
  g_free (edge->text);
  g_free (edge->place);
}

/* Folds have their group instead of an id. */
static guint64
get_key (const InspectorNode *node)
{
  guint64 key = node->n_members > 1 ? node->group ^ G_GUINT64_CONSTANT (0x5bd1e9955bd1e995)
                                    : node->id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  key ^= (guint64)node->kind << 61 ^ (guint64)(guint)node->pid << 20;
  return key != 0 ? key : 1;
}

static void
set_state (GraphNode *node, InspectorHistory *history, gint64 at_ns)
{
  InspectorSpan span;
  guint track;

  if (history == NULL || node->number == 0 || node->n_members > 1 ||
      !inspector_history_find_track (history, node->number, &track) ||
      !inspector_history_get_state_at (history, track, at_ns, &span))
    return;
  node->state = span.state;
  node->since_ns = span.begin_ns;
}

void
graph_picture_add_node (GraphPicture *self, const InspectorNode *said, InspectorHistory *history)
{
  g_auto (GStrv) lines = g_strsplit (said->label, "\n", -1);
  GraphNode node = { .kind = said->kind,
                     .key = get_key (said),
                     .number = said->number,
                     .group = said->group,
                     .n_members = said->n_members,
                     .pid = said->pid,
                     .cycle = said->cycle };

  node.title = g_strdup (lines[0] != NULL ? lines[0] : "");
  node.lines = g_strdupv (lines[0] != NULL ? lines + 1 : lines);
  set_state (&node, history, self->at_ns);
  if (node.n_members > 1)
    self->n_folded += node.n_members;
  g_array_append_val (self->nodes, node);
}

static char *
dup_edge_text (const InspectorEdge *edge)
{
  g_autofree char *count = edge->n > 1 ? inspector_format_count (edge->n) : NULL;

  if (count != NULL)
    return edge->is_hold ? g_strdup_printf (_ ("%s held, the oldest %s"), count, edge->duration)
                         : g_strdup_printf (_ ("%s wait, the oldest %s"), count, edge->duration);
  return edge->is_hold ? g_strdup_printf (_ ("held %s"), edge->duration)
                       : g_strdup_printf (_ ("waits %s"), edge->duration);
}

void
graph_picture_add_edge (GraphPicture *self, const InspectorEdge *said)
{
  GraphEdge edge = { .from = said->from,
                     .to = said->to,
                     .is_hold = said->is_hold,
                     .cycle = said->cycle,
                     .n = said->n,
                     .since_ns = said->since_ns };

  edge.duration = g_strdup (said->duration);
  edge.text = dup_edge_text (said);
  edge.place = g_strdup (said->place);
  g_array_append_val (self->edges, edge);
}

GraphPicture *
graph_picture_new_empty (gint64 at_ns)
{
  GraphPicture *self = g_new0 (GraphPicture, 1);

  g_ref_count_init (&self->references);
  self->at_ns = at_ns;
  self->nodes = g_array_new (FALSE, FALSE, sizeof (GraphNode));
  self->edges = g_array_new (FALSE, FALSE, sizeof (GraphEdge));
  g_array_set_clear_func (self->nodes, node_clear);
  g_array_set_clear_func (self->edges, edge_clear);
  return self;
}

GraphPicture *
graph_picture_new (InspectorGraph *graph, InspectorHistory *history, gint64 at_ns)
{
  GraphPicture *self = graph_picture_new_empty (at_ns);

  self->n_hidden = inspector_graph_get_n_hidden (graph);
  self->n_cycles = inspector_graph_get_n_cycles (graph);
  for (guint i = 0; i < inspector_graph_get_n_nodes (graph); i++)
    {
      InspectorNode node;

      inspector_graph_get_node (graph, i, &node);
      graph_picture_add_node (self, &node, history);
    }
  for (guint i = 0; i < inspector_graph_get_n_edges (graph); i++)
    {
      InspectorEdge edge;

      inspector_graph_get_edge (graph, i, &edge);
      graph_picture_add_edge (self, &edge);
    }
  return self;
}

GraphPicture *
graph_picture_ref (GraphPicture *self)
{
  g_ref_count_inc (&self->references);
  return self;
}

void
graph_picture_unref (GraphPicture *self)
{
  if (self == NULL || !g_ref_count_dec (&self->references))
    return;
  g_array_unref (self->nodes);
  g_array_unref (self->edges);
  inspector_layout_free (self->layout);
  g_free (self);
}

/* ---- How big it is ------------------------------------------------------------------------------ */

static void
measure_node (const GraphNode *node, const UiFont *font, InspectorLayoutBox *box)
{
  double width = font->measure (font->data, node->title, UI_FONT_TITLE);
  double height = font->height[UI_FONT_TITLE];

  for (guint i = 0; node->lines[i] != NULL; i++)
    {
      width = MAX (width, font->measure (font->data, node->lines[i], UI_FONT_TEXT));
      height += font->height[UI_FONT_TEXT];
    }
  /* Whole pixels: borders are sharp where it is not zoomed. */
  box->width = ceil (width + 2 * GRAPH_PADDING_X);
  box->height = ceil (height + 2 * GRAPH_PADDING_Y);
  if (node->kind == INSPECTOR_NODE_TASK)
    box->width += GRAPH_STRIPE;
  else if (node->kind == INSPECTOR_NODE_RESOURCE)
    box->width += GRAPH_PADDING_X;
  if (node->n_members > 1)
    {
      box->width += 2 * GRAPH_STACK;
      box->height += 2 * GRAPH_STACK;
    }
  box->cycle = node->cycle;
}

void
graph_picture_measure (GraphPicture *self, const UiFont *font, const GraphPicture *before)
{
  InspectorLayout *layout = inspector_layout_new (self->nodes->len, self->edges->len);
  g_autoptr (GHashTable) keys = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; before != NULL && before->layout != NULL && i < before->nodes->len; i++)
    g_hash_table_insert (keys, &graph_picture_node (before, i)->key, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < self->nodes->len; i++)
    {
      const GraphNode *node = graph_picture_node (self, i);

      guint old = GPOINTER_TO_UINT (g_hash_table_lookup (keys, &node->key));

      measure_node (node, font, &layout->boxes[i]);
      if (old != 0)
        layout->boxes[i].before =
            before->layout->boxes[old - 1].y + before->layout->boxes[old - 1].height / 2;
    }
  for (guint i = 0; i < self->edges->len; i++)
    {
      const GraphEdge *edge = graph_picture_edge (self, i);
      InspectorLayoutLine *line = &layout->lines[i];

      line->from = edge->from;
      line->to = edge->to;
      line->label_width = MAX (font->measure (font->data, edge->text, UI_FONT_SMALL),
                               font->measure (font->data, edge->place, UI_FONT_SMALL)) +
                          LABEL_PADDING;
      line->label_height = font->height[UI_FONT_SMALL] * 2;
    }
  inspector_layout_free (self->layout);
  self->layout = layout;
}

/* ---- What is in it ------------------------------------------------------------------------------ */

guint
graph_picture_find (const GraphPicture *self, guint64 key)
{
  for (guint i = 0; i < self->nodes->len; i++)
    if (graph_picture_node (self, i)->key == key)
      return i;
  return G_MAXUINT;
}

guint
graph_picture_find_task (const GraphPicture *self, guint64 number)
{
  for (guint i = 0; number != 0 && i < self->nodes->len; i++)
    if (graph_picture_node (self, i)->number == number &&
        graph_picture_node (self, i)->n_members == 1)
      return i;
  return G_MAXUINT;
}

gboolean
graph_picture_has_shape (const GraphPicture *self, const GraphPicture *other)
{
  if (other == NULL || other->layout == NULL || self->nodes->len != other->nodes->len ||
      self->edges->len != other->edges->len)
    return FALSE;
  for (guint i = 0; i < self->nodes->len; i++)
    if (graph_picture_node (self, i)->key != graph_picture_node (other, i)->key ||
        self->layout->boxes[i].width > other->layout->boxes[i].width ||
        self->layout->boxes[i].height != other->layout->boxes[i].height ||
        self->layout->boxes[i].cycle != other->layout->boxes[i].cycle)
      return FALSE;
  for (guint i = 0; i < self->edges->len; i++)
    if (self->layout->lines[i].from != other->layout->lines[i].from ||
        self->layout->lines[i].to != other->layout->lines[i].to ||
        self->layout->lines[i].label_width > other->layout->lines[i].label_width)
      return FALSE;
  return TRUE;
}

void
graph_picture_keep_layout (GraphPicture *self, const GraphPicture *other)
{
  const InspectorLayout *from = other->layout;
  InspectorLayout *layout = inspector_layout_new (from->n_boxes, from->n_lines);

  memcpy (layout->boxes, from->boxes, from->n_boxes * sizeof *from->boxes);
  memcpy (layout->lines, from->lines, from->n_lines * sizeof *from->lines);
  layout->points = g_memdup2 (from->points, from->n_points * sizeof *from->points);
  layout->n_points = from->n_points;
  layout->width = from->width;
  layout->height = from->height;
  layout->n_crossings = from->n_crossings;
  inspector_layout_free (self->layout);
  self->layout = layout;
}
