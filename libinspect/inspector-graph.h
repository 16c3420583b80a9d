/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_GRAPH_H
#define INSPECTOR_GRAPH_H

#include "inspector-history.h"

/**
 * SECTION: inspector-graph.h
 *
 * The wait-for graph at one instant: who waits for what, and who has it.
 */

G_BEGIN_DECLS

#define INSPECTOR_TYPE_GRAPH (inspector_graph_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorGraph, inspector_graph, INSPECTOR, GRAPH, GObject)

    /** InspectorNodeKind: what a node is. */
    typedef enum {
      INSPECTOR_NODE_TASK,
      INSPECTOR_NODE_THREAD,   /* one that is no task */
      INSPECTOR_NODE_RESOURCE, /* what is waited for or held: a lock, a pool, a loop */
      INSPECTOR_NODE_PROCESS,  /* another process, that a task waits for */
    } InspectorNodeKind;

/** InspectorNode: a task, a thread or a resource. */
typedef struct
{
  InspectorNodeKind kind;
  guint64 number; /* of a task, or what stands for a process; else 0 */
  int pid;
  const char *label; /* lines: what it is; of a task, what it waits for */
  guint cycle;       /* of a deadlock, from 1; 0: it is in none */
  guint n_edges;
  guint64 id;      /* with @kind and @pid the same at each instant; 0: a fold */
  guint64 group;   /* what is alike has the same */
  guint n_members; /* of a fold, a node for many that are alike: how many; else 1 */
  const char
      *title; /* the first line of @label, where names are short and what is long is cut, in full */
} InspectorNode;

/** InspectorEdge: a task or a thread waits, or a resource is held. */
typedef struct
{
  guint from, to;       /* nodes */
  gboolean is_hold;     /* @from is had by @to; else @from waits for @to */
  guint cycle;          /* that it is part of; 0: none */
  const char *place;    /* where it was begun, or taken: "request.c:88"; "" */
  const char *duration; /* since then: "2.3 s" */
  gint64 since_ns;      /* then */
  guint n;              /* of a fold: how many it stands for, and the oldest is told; else 1 */
} InspectorEdge;

/**
 * InspectorGraphChoice: what is shown of a graph
 * @max_nodes: at most so many stand for themselves: those of deadlocks first, then what is near
 *   @focus, then what waits for somebody or has what others wait for, then what waits longest
 * @folds: of what is alike, and more than a few, there is one node, which counts it; else it is
 *   hidden where there is no room
 * @focus: number of a task; 0: none. What it waits for, in any number of steps, stands for itself, and
 *   so does what is within three steps, where that is not too much
 * @only_part: what does not hang together with @focus is hidden
 * @only_ahead: so is what @focus does not wait for, in any number of steps. Of a program of very many tasks that
 *   is there much sooner than all of them
 * @open: (array length=n_open): groups whose members stand for themselves
 */
typedef struct
{
  guint max_nodes;
  gboolean folds;
  guint64 focus;
  gboolean only_part;
  gboolean only_ahead;
  const guint64 *open;
  guint n_open;
} InspectorGraphChoice;

/**
 * inspector_history_build_graph:
 * @at_ns: an instant; what is later than all that has happened is now
 * @max_nodes: those of deadlocks first, then those with edges, then those that wait longest
 *
 * As inspector_history_get_moment(), the past takes a recording.
 *
 * Returns: (transfer full) (nullable): of all programs of the session; independent of it
 */
INSPECTOR_API InspectorGraph *inspector_history_build_graph (InspectorHistory *history,
                                                             gint64 at_ns, guint max_nodes,
                                                             GError **error);
/**
 * inspector_history_build_graph_of: (skip)
 *
 * As inspector_history_build_graph(), and what is shown is chosen.
 */
INSPECTOR_API InspectorGraph *inspector_history_build_graph_of (InspectorHistory *history,
                                                                gint64 at_ns,
                                                                const InspectorGraphChoice *choice,
                                                                GError **error);
/**
 * inspector_history_has_graph:
 * @at_ns: an instant
 *
 * Of very many tasks a graph takes a while: of 200,000 some hundred ms. Who must not be kept waiting asks first, and has
 * it made by inspector_history_build_graph_async() where it would take long.
 *
 * Returns: whether inspector_history_build_graph_of() answers within a few ms, whatever is shown
 */
INSPECTOR_API gboolean inspector_history_has_graph (InspectorHistory *history, gint64 at_ns);
/**
 * inspector_history_build_graph_async: (skip)
 * @choice: for this call; without #InspectorGraphChoice.only_ahead
 *
 * As inspector_history_build_graph_of(), in a thread of its own; @callback is called in the session's thread. What a
 * program does now is read from its recording, too, where it has very many tasks. A thread that has begun to read goes
 * on when it is cancelled, and what it has read is there for the next one.
 */
INSPECTOR_API void inspector_history_build_graph_async (InspectorHistory *history, gint64 at_ns,
                                                        const InspectorGraphChoice *choice,
                                                        GCancellable *cancellable,
                                                        GAsyncReadyCallback callback,
                                                        gpointer data);
/** Returns: (transfer full) (nullable): %NULL: @error, or cancelled */
INSPECTOR_API InspectorGraph *inspector_history_build_graph_finish (InspectorHistory *history,
                                                                    GAsyncResult *result,
                                                                    GError **error);
INSPECTOR_API guint inspector_graph_get_n_nodes (InspectorGraph *graph);
/** @ret_node: (out caller-allocates): its texts are @graph's */
INSPECTOR_API gboolean inspector_graph_get_node (InspectorGraph *graph, guint index,
                                                 InspectorNode *ret_node);
INSPECTOR_API guint inspector_graph_get_n_edges (InspectorGraph *graph);
/** @ret_edge: (out caller-allocates): its texts are @graph's */
INSPECTOR_API gboolean inspector_graph_get_edge (InspectorGraph *graph, guint index,
                                                 InspectorEdge *ret_edge);
/** How many nodes found no room. */
INSPECTOR_API guint inspector_graph_get_n_hidden (InspectorGraph *graph);
/** How many deadlocks there are in it. */
INSPECTOR_API guint inspector_graph_get_n_cycles (InspectorGraph *graph);

G_END_DECLS

#endif
