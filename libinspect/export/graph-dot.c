/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/exporter.h"
/* Who waits for whom, for Graphviz. */

#include "graph/wait-graph.h"

/* dot itself takes minutes beyond some thousand. */
#define MAX_NODES 1000

typedef struct
{
  ExportOutput *output;
  guint n_graphs;
} Dot;

static const char *const shapes[] = {
  [EXPORT_NODE_TASK] = "box, style=\"rounded,filled\"",
  [EXPORT_NODE_THREAD] = "box, style=filled",
  [EXPORT_NODE_RESOURCE] = "ellipse, style=filled",
};

static void
put_node (Dot *dot, const ExportNode *node, guint number)
{
  export_printf (dot->output, "    n%u_%u [shape=%s, %slabel=\"", dot->n_graphs, number,
                 shapes[node->of],
                 node->cycle != 0 ? "color=\"#c01c28\", fillcolor=\"#fbe4e6\", penwidth=2, "
                                  : "fillcolor=\"#f6f5f4\", ");
  export_put_dot (dot->output, node->label->str);
  export_put (dot->output, "\"];\n");
}

static void
put_edge (Dot *dot, const ExportEdge *edge)
{
  export_printf (dot->output, "    n%u_%u -> n%u_%u [%s%slabel=\"%s ", dot->n_graphs, edge->from,
                 dot->n_graphs, edge->to, edge->is_hold ? "style=dashed, " : "",
                 edge->cycle != 0 ? "color=\"#c01c28\", fontcolor=\"#c01c28\", penwidth=2, " : "",
                 edge->is_hold ? "held" : "waits");
  export_put_dot (dot->output, edge->duration);
  export_put (dot->output, "\\n");
  export_put_dot (dot->output, edge->place);
  export_put (dot->output, "\"];\n");
}

static void
dot_process_end (gpointer self, const ReportInput *state)
{
  Dot *dot = self;
  ExportWaitGraph *graph = export_wait_graph_new (state, MAX_NODES);

  export_printf (dot->output, "  subgraph cluster_%u {\n    label=\"", ++dot->n_graphs);
  export_put_dot (dot->output, graph->command);
  export_printf (dot->output, " (pid %d)\";\n", graph->pid);
  for (guint i = 0; i < graph->nodes->len; i++)
    put_node (dot, &g_array_index (graph->nodes, ExportNode, i), i);
  for (guint i = 0; i < graph->edges->len; i++)
    put_edge (dot, &g_array_index (graph->edges, ExportEdge, i));
  if (graph->nodes->len == 0)
    export_printf (dot->output, "    n%u_0 [shape=plaintext, label=\"nothing waits\"];\n",
                   dot->n_graphs);
  if (graph->n_hidden > 0)
    export_printf (dot->output, "    n%u_more [shape=plaintext, label=\"and %u more\"];\n",
                   dot->n_graphs, graph->n_hidden);
  export_put (dot->output, "  }\n");
  export_wait_graph_free (graph);
}

static gpointer
dot_new (ExportOutput *output, const ExportTrace *trace)
{
  Dot *dot = g_new0 (Dot, 1);

  dot->output = output;
  export_put (output, "digraph \"waits\" {\n  rankdir=LR;\n"
                      "  node [fontname=\"sans-serif\", fontsize=11];\n"
                      "  edge [fontname=\"sans-serif\", fontsize=9];\n");
  return dot;
}

static void
dot_end (gpointer self, InspectorSession *session)
{
  export_put (((Dot *)self)->output, "}\n");
}

const ExportWriter export_dot_writer = {
  .new = dot_new,
  .process_end = dot_process_end,
  .end = dot_end,
  .free = g_free,
};
