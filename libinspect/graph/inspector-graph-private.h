/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_INSPECTOR_GRAPH_PRIVATE_H
#define GRAPH_INSPECTOR_GRAPH_PRIVATE_H

/* An InspectorGraph is made of one program after the other: in the session's thread (inspector-graph.c), or, of very many
 * tasks, by another one (graph-aside.c). */

#include "graph/wait-graph.h"
#include "inspector-graph.h"
#include "session/inspector-history-private.h"

G_BEGIN_DECLS

struct _InspectorGraph
{
  GObject parent_instance;
  GPtrArray *programs; /* ExportWaitGraph */
  guint n_nodes, n_edges, n_hidden, n_cycles;
};

/* The last of them; (transfer full) */
void inspector_graph_add (InspectorGraph *graph, ExportWaitGraph *program);
/* What is made of @program in the session's thread. FALSE: @error */
gboolean inspector_graph_build_program (InspectorGraph *graph, InspectorHistory *history,
                                        HistoryProgram *program, gint64 at_ns,
                                        const InspectorGraphChoice *choice, GError **error);
/* The track of the task of that number, where it was of @program and had begun; (nullable) */
const ModelTrack *inspector_graph_find_track (InspectorHistory *history,
                                              const HistoryProgram *program, guint64 number,
                                              gint64 at_ns);

G_END_DECLS

#endif
