/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_GRAPH_LAYOUT_H
#define GRAPH_GRAPH_LAYOUT_H

#include "graph/wait-graph.h"
#include "inspector-layout.h"

G_BEGIN_DECLS

/* The layout of a graph whose text is about as wide as it has characters: a file has no font. */

#define EXPORT_LAYOUT_LINE 16.0
#define EXPORT_LAYOUT_CHAR 7.25 /* of 12 px of a monospaced font */

/* (transfer full): a box for each node, a line for each edge */
InspectorLayout *export_layout_new (const ExportWaitGraph *graph);

G_END_DECLS

#endif
