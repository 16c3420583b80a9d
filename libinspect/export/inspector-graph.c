/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-graph.h"

#include "analysis/inspector-history-private.h"
#include "export/wait-graph.h"

struct _InspectorGraph
{
  GObject parent_instance;
  GPtrArray *programs; /* ExportWaitGraph */
  guint n_nodes, n_edges, n_hidden, n_cycles;
};

G_DEFINE_TYPE (InspectorGraph, inspector_graph, G_TYPE_OBJECT)

static void
inspector_graph_finalize (GObject *object)
{
  g_ptr_array_unref (INSPECTOR_GRAPH (object)->programs);
  G_OBJECT_CLASS (inspector_graph_parent_class)->finalize (object);
}

static void
inspector_graph_class_init (InspectorGraphClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_graph_finalize;
}

static void
inspector_graph_init (InspectorGraph *self)
{
  self->programs = g_ptr_array_new_with_free_func ((GDestroyNotify)export_wait_graph_free);
}

typedef struct
{
  InspectorHistory *history;
  const HistoryProgram *program;
  gint64 at_ns;
} Moment;

/* The model of an instant counts its tasks itself. */
static guint64
get_number (const ModelTask *task, gpointer data)
{
  const Moment *moment = data;
  guint index = history_find_track (moment->history, moment->program, task->id, moment->at_ns);
  InspectorTrack track;

  return inspector_history_get_track (moment->history, index, &track) ? track.number : 0;
}

InspectorGraph *
inspector_history_build_graph (InspectorHistory *history, gint64 at_ns, guint max_nodes,
                               GError **error)
{
  g_autoptr (InspectorGraph) self = NULL;

  g_return_val_if_fail (INSPECTOR_IS_HISTORY (history), NULL);

  self = g_object_new (INSPECTOR_TYPE_GRAPH, NULL);
  for (guint i = 0; i < history->programs->len; i++)
    {
      HistoryProgram *program = history->programs->pdata[i];
      HistoryNames names;
      ModelTarget *model = history_load_moment (history, program, at_ns, &names, error);
      ReportInput input = { .pid = program->pid, .command = "", .model = model, .now_ns = at_ns };
      Moment moment = { history, program, at_ns };
      ExportWaitGraph *graph;

      if (model == NULL)
        return NULL;
      input.places = names.places;
      graph = export_wait_graph_new_numbered (&input, max_nodes - MIN (self->n_nodes, max_nodes),
                                              get_number, &moment);
      g_ptr_array_add (self->programs, graph);
      self->n_nodes += graph->nodes->len;
      self->n_edges += graph->edges->len;
      self->n_hidden += graph->n_hidden;
      self->n_cycles += graph->n_cycles;
    }
  return g_steal_pointer (&self);
}

guint
inspector_graph_get_n_nodes (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_nodes;
}

guint
inspector_graph_get_n_edges (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_edges;
}

guint
inspector_graph_get_n_hidden (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_hidden;
}

guint
inspector_graph_get_n_cycles (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_cycles;
}

gboolean
inspector_graph_get_node (InspectorGraph *self, guint index, InspectorNode *ret_node)
{
  guint n_cycles = 0;

  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), FALSE);

  for (guint i = 0; i < self->programs->len; i++)
    {
      const ExportWaitGraph *graph = self->programs->pdata[i];

      if (index < graph->nodes->len)
        {
          const ExportNode *node = &g_array_index (graph->nodes, ExportNode, index);

          *ret_node = (InspectorNode){ .kind = (InspectorNodeKind)node->of,
                                       .number = node->number,
                                       .pid = graph->pid,
                                       .label = node->label->str,
                                       .cycle = node->cycle != 0 ? n_cycles + node->cycle : 0,
                                       .n_edges = node->n_edges };
          return TRUE;
        }
      index -= graph->nodes->len;
      n_cycles += graph->n_cycles;
    }
  return FALSE;
}

gboolean
inspector_graph_get_edge (InspectorGraph *self, guint index, InspectorEdge *ret_edge)
{
  guint n_cycles = 0, n_nodes = 0;

  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), FALSE);

  for (guint i = 0; i < self->programs->len; i++)
    {
      const ExportWaitGraph *graph = self->programs->pdata[i];

      if (index < graph->edges->len)
        {
          const ExportEdge *edge = &g_array_index (graph->edges, ExportEdge, index);

          *ret_edge = (InspectorEdge){ .from = n_nodes + edge->from,
                                       .to = n_nodes + edge->to,
                                       .is_hold = edge->is_hold,
                                       .cycle = edge->cycle != 0 ? n_cycles + edge->cycle : 0,
                                       .place = edge->place,
                                       .duration = edge->duration };
          return TRUE;
        }
      index -= graph->edges->len;
      n_cycles += graph->n_cycles;
      n_nodes += graph->nodes->len;
    }
  return FALSE;
}
