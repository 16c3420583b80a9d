/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_WAIT_GRAPH_PRIVATE_H
#define GRAPH_WAIT_GRAPH_PRIVATE_H

/* A graph is built of all that waits or is waited for (wait-graph.c); what is shown of it is chosen, and
 * the rest folded (wait-graph-fold.c); only what is shown is put into words (wait-graph-label.c). */

#include "graph/wait-graph.h"

G_BEGIN_DECLS

struct _WaitGraph
{
  ModelTarget *model;
  const ExportGraphChoice *choice; /* while it is made */
  ExportWaitGraph *graph;          /* NULL: it has been told */
  GHashTable *cycles;              /* object of the model -> number of its cycle */
  GHashTable *nodes;               /* the same -> number of its node + 1, of all that there are */
  /* While it is told. */
  const ReportInput *state;
  ExportNumberFunc get_number;
  gpointer get_number_data;
};

static inline ExportNode *
wait_graph_get_node (const WaitGraph *self, guint number)
{
  return &g_array_index (self->graph->nodes, ExportNode, number);
}

static inline ExportEdge *
wait_graph_get_edge (const WaitGraph *self, guint number)
{
  return &g_array_index (self->graph->edges, ExportEdge, number);
}

/* Leaves those nodes, and the edges between them, that the choice wants. */
void wait_graph_choose (WaitGraph *self);
/* Sets ExportNode.group, which is of what can be said of many at once. */
void wait_graph_set_group (const WaitGraph *self, ExportNode *node);
void wait_graph_label (WaitGraph *self);

G_END_DECLS

#endif
