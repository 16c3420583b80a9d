/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_REACH_H
#define GRAPH_REACH_H

#include "draw.h"

G_BEGIN_DECLS

/* What is at a place, and what is beside it. All of a picture that is laid out. */

/** Returns: the node at that place of the picture; %G_MAXUINT: none */
guint graph_reach_node (const GraphPicture *picture, double x, double y);
/** Returns: the edge that is no farther away than @within; %G_MAXUINT: none */
guint graph_reach_edge (const GraphPicture *picture, double x, double y, double within);

typedef enum
{
  GRAPH_LEFT,
  GRAPH_RIGHT,
  GRAPH_UP,
  GRAPH_DOWN,
} GraphDirection;

/**
 * graph_reach_next:
 * @node: where the keyboard is; %G_MAXUINT: nowhere yet
 *
 * Returns: along an edge, if one leads there, else the nearest node there; @node: there is none
 */
guint graph_reach_next (const GraphPicture *picture, guint node, GraphDirection direction);
/** Returns: where the keyboard comes in: a deadlock, else the top left; %G_MAXUINT: nothing is there */
guint graph_reach_first (const GraphPicture *picture);

/** All of it in the middle, no larger than it is. */
void graph_viewport_fit (GraphViewport *viewport, const GraphPicture *picture);
/** @factor times larger, and what is at @x, @y of the viewport stays there. */
void graph_viewport_zoom (GraphViewport *viewport, double factor, double x, double y);
/** Moves it as little as is needed for that box to be seen. */
void graph_viewport_reveal (GraphViewport *viewport, const InspectorLayoutBox *box);
/** Something of the picture stays in sight. */
void graph_viewport_clamp (GraphViewport *viewport, const GraphPicture *picture);

G_END_DECLS

#endif
