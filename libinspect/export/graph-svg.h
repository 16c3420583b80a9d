/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_GRAPH_SVG_H
#define EXPORT_GRAPH_SVG_H

#include "export/output.h"
#include "graph/graph-layout.h"

G_BEGIN_DECLS

/* Writes boxes and edges as elements of SVG, @top below the origin. The styles of
 * export_graph_svg_style are theirs. */
void export_graph_svg_put (ExportOutput *output, const ExportWaitGraph *graph,
                           const InspectorLayout *layout, double top);
extern const char export_graph_svg_style[];
/* Arrow heads that edges name. */
extern const char export_graph_svg_markers[];

G_END_DECLS

#endif
