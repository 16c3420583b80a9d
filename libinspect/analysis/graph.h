/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_GRAPH_H
#define ANALYSIS_GRAPH_H

/* Who waits for whom, as far as it can be reached from some waits: built when it is asked for,
 * from the model alone. A node is held fast when what it needs is held fast; a cycle of such nodes
 * is a deadlock. README.md has the edges. */

#include "model/model.h"

G_BEGIN_DECLS

typedef enum
{
  GRAPH_AWAIT,    /* held fast: by any of what it waits for */
  GRAPH_TASK,     /* by its thread while it runs; else when all its awaits are */
  GRAPH_THREAD,   /* by the await that its call sleeps in */
  GRAPH_RESOURCE, /* a lock: by any holder; permits: when all are held and all holders are fast */
} AnalysisNodeOf;

typedef struct
{
  AnalysisNodeOf of;
  union
  {
    gpointer object;
    ModelAwait *await;
    ModelTask *task;
    ModelThread *thread;
    ModelResource *resource;
  };
  gboolean needs_all; /* every edge must lead to a node that is held fast, else any */
  gboolean is_free;
  guint32 first_edge, n_edges;
  guint32 n_fast;    /* of them */
  guint32 component; /* of a cycle, from 1; 0: it is in none */
  guint32 order, low;
} AnalysisNode;

typedef struct
{
  ModelTarget *model;
  GArray *nodes; /* AnalysisNode */
  GArray *edges; /* guint32: a node; those of one node are neighbours */
  guint32 n_components;
} AnalysisGraph;

AnalysisGraph *analysis_graph_new (ModelTarget *model);
void analysis_graph_free (AnalysisGraph *graph);

/* Valid until a record is ingested. What is reached is watched from then on (MODEL_WATCHED). */
void analysis_graph_begin (AnalysisGraph *graph);
void analysis_graph_add_await (AnalysisGraph *graph, ModelAwait *await);
void analysis_graph_add_task (AnalysisGraph *graph, ModelTask *task);
void analysis_graph_add_resource (AnalysisGraph *graph, ModelResource *resource);
/* Follows all edges from what was added, finds what is held fast and the cycles in it. */
void analysis_graph_solve (AnalysisGraph *graph);

static inline AnalysisNode *
analysis_graph_get (const AnalysisGraph *graph, guint32 index)
{
  return &g_array_index (graph->nodes, AnalysisNode, index);
}

static inline guint32
analysis_graph_get_edge (const AnalysisGraph *graph, const AnalysisNode *node, guint32 index)
{
  return g_array_index (graph->edges, guint32, node->first_edge + index);
}

/* A job that a pool has taken up waits for no thread of it any more, but for the one it runs on. */
gboolean analysis_graph_is_taken_up (const ModelAwait *await);
/* The loop that has to turn for @await to end; NULL: none is known, or it turns in the await. */
ModelResource *analysis_graph_get_loop (ModelTarget *model, const ModelAwait *await);

G_END_DECLS

#endif
