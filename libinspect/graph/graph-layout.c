/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/graph-layout.h"

#include <string.h>

#define PADDING 10.0
#define LABEL_CHAR 6.1
#define LABEL_WORD 14 /* characters: "waits 12 m 34 s" */

static guint
count_columns (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    n += g_unichar_iswide (g_utf8_get_char (text)) ? 2 : 1;
  return n;
}

static void
measure (const ExportNode *node, InspectorLayoutBox *box)
{
  g_auto (GStrv) lines = g_strsplit (node->label->str, "\n", -1);
  guint n_columns = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n_columns = MAX (n_columns, count_columns (lines[i]));
  box->width = n_columns * EXPORT_LAYOUT_CHAR + 2 * PADDING;
  box->height = g_strv_length (lines) * EXPORT_LAYOUT_LINE + 2 * PADDING - 4;
  box->cycle = node->cycle;
}

InspectorLayout *
export_layout_new (const ExportWaitGraph *graph)
{
  InspectorLayout *layout = inspector_layout_new (graph->nodes->len, graph->edges->len);

  for (guint i = 0; i < graph->nodes->len; i++)
    measure (&g_array_index (graph->nodes, ExportNode, i), &layout->boxes[i]);
  for (guint i = 0; i < graph->edges->len; i++)
    {
      const ExportEdge *edge = &g_array_index (graph->edges, ExportEdge, i);

      layout->lines[i].from = edge->from;
      layout->lines[i].to = edge->to;
      layout->lines[i].label_width = MAX (count_columns (edge->place), LABEL_WORD) * LABEL_CHAR;
      layout->lines[i].label_height = 26;
    }
  inspector_layout_run (layout, NULL);
  return layout;
}
