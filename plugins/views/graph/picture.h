/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_PICTURE_H
#define GRAPH_PICTURE_H

#include <font.h>
#include <inspector-graph.h>
#include <inspector-layout.h>

G_BEGIN_DECLS

/** GraphNode: a box. */
typedef struct
{
  InspectorNodeKind kind;
  guint64 key;    /* the same from one picture to the next */
  guint64 number; /* of a task; else 0 */
  guint64 group;
  guint n_members; /* more than 1: a fold */
  int pid;
  guint cycle;
  InspectorState state; /* of a task; else none */
  gint64 since_ns;      /* in that state; 0 unknown */
  char *title;
  char **lines;
} GraphNode;

/** GraphEdge: a line between two boxes. */
typedef struct
{
  guint from, to;
  gboolean is_hold;
  guint cycle;
  guint n;
  gint64 since_ns;
  char *duration; /* "2.3 s" */
  char *text;     /* "waits 2.3 s" */
  char *place;    /* "request.c:88"; "" */
} GraphEdge;

/**
 * GraphPicture: a graph that can be drawn
 *
 * It does not change once it is laid out, so that a thread may draw or lay out while another one has it.
 */
typedef struct
{
  grefcount references;
  GArray *nodes; /* GraphNode */
  GArray *edges; /* GraphEdge */
  guint n_hidden, n_cycles, n_folded;
  gint64 at_ns;
  InspectorLayout *layout;
} GraphPicture;

#define graph_picture_node(picture, i) (&g_array_index ((picture)->nodes, GraphNode, (i)))
#define graph_picture_edge(picture, i) (&g_array_index ((picture)->edges, GraphEdge, (i)))

#define GRAPH_PADDING_X 10.0
#define GRAPH_PADDING_Y 7.0
#define GRAPH_STRIPE 8.0 /* of the state, at the left of a task */
#define GRAPH_STACK 4.0  /* by which each sheet of a fold is seen behind the one before it */

/**
 * graph_picture_new:
 * @history: (nullable): what the states of tasks are asked of
 *
 * Returns: (transfer full): of @graph, without a layout
 */
GraphPicture *graph_picture_new (InspectorGraph *graph, InspectorHistory *history, gint64 at_ns);
GraphPicture *graph_picture_new_empty (gint64 at_ns);
void graph_picture_add_node (GraphPicture *picture, const InspectorNode *node,
                             InspectorHistory *history);
void graph_picture_add_edge (GraphPicture *picture, const InspectorEdge *edge);
GraphPicture *graph_picture_ref (GraphPicture *picture);
void graph_picture_unref (GraphPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GraphPicture, graph_picture_unref)

/** How big its boxes are, and where they were @before (nullable). */
void graph_picture_measure (GraphPicture *picture, const UiFont *font, const GraphPicture *before);
/** Returns: its node of that key; %G_MAXUINT: there is none */
guint graph_picture_find (const GraphPicture *picture, guint64 key);
/** Returns: the node of that task; of a fold never; %G_MAXUINT: there is none */
guint graph_picture_find_task (const GraphPicture *picture, guint64 number);
/** Whether it has the nodes and edges of @other, and finds room in its layout. */
gboolean graph_picture_has_shape (const GraphPicture *picture, const GraphPicture *other);
/** Lies as @other does, which has its shape. */
void graph_picture_keep_layout (GraphPicture *picture, const GraphPicture *other);

G_END_DECLS

#endif
