/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_GRAPH_LAYOUT_H
#define EXPORT_GRAPH_LAYOUT_H

#include "export/wait-graph.h"

G_BEGIN_DECLS

/* Where the boxes of a graph lie: in layers from left to right, who waits before what it waits for,
 * each part that hangs together below the one before it. For some hundred nodes. */
typedef struct
{
  double x, y, width, height;
  guint layer;
} ExportBox;

typedef struct
{
  ExportBox *boxes; /* of each node */
  double width, height;
} ExportLayout;

#define EXPORT_LAYOUT_LINE 16.0
#define EXPORT_LAYOUT_CHAR 7.25 /* of 12 px of a monospaced font */

ExportLayout *export_layout_new (const ExportWaitGraph *graph);
void export_layout_free (ExportLayout *layout);

G_END_DECLS

#endif
