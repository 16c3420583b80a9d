/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_TELL_H
#define GRAPH_TELL_H

#include "picture.h"

G_BEGIN_DECLS

/* What is drawn, in words: for tooltips, and for who does not see it. All (transfer full). */

/** "4 nodes, 5 edges, 1 deadlock" */
char *graph_tell_picture (const GraphPicture *picture);
/** All that is known of a node, lines. */
char *graph_tell_node (const GraphPicture *picture, guint node);
char *graph_tell_edge (const GraphPicture *picture, guint edge);

G_END_DECLS

#endif
