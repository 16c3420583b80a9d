/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <csv.h>

#define N_COLUMNS 14
#define N_NODE_COLUMNS 4

static void
append_node (GString *csv, const GraphNode *node)
{
  static const char *const kinds[] = { "task", "thread", "resource", "process" };

  ui_csv_append (csv, kinds[node->kind]);
  if (node->number != 0 && node->n_members == 1)
    ui_csv_append_number (csv, (gint64)node->number);
  else
    ui_csv_append (csv, "");
  ui_csv_append (csv, node->title);
  ui_csv_append_number (csv, node->n_members);
}

char *
graph_table_new (const GraphPicture *picture)
{
  GString *csv =
      g_string_new ("from_kind,from_task,from,from_count,edge,count,since_ns,age_ns,place,"
                    "deadlock,to_kind,to_task,to,to_count\r\n");
  g_autofree gboolean *has_edge = g_new0 (gboolean, picture->nodes->len + 1);

  for (guint i = 0; i < picture->edges->len; i++)
    {
      const GraphEdge *edge = graph_picture_edge (picture, i);

      has_edge[edge->from] = has_edge[edge->to] = TRUE;
      append_node (csv, graph_picture_node (picture, edge->from));
      ui_csv_append (csv, edge->is_hold ? "held-by" : "waits-for");
      ui_csv_append_number (csv, edge->n);
      ui_csv_append_number (csv, edge->since_ns);
      ui_csv_append_number (csv, picture->at_ns - edge->since_ns);
      ui_csv_append (csv, edge->place);
      ui_csv_append_number (csv, edge->cycle);
      append_node (csv, graph_picture_node (picture, edge->to));
      ui_csv_end_line (csv);
    }
  for (guint i = 0; i < picture->nodes->len; i++)
    if (!has_edge[i])
      {
        append_node (csv, graph_picture_node (picture, i));
        for (guint k = 0; k < N_COLUMNS - N_NODE_COLUMNS; k++)
          ui_csv_append (csv, "");
        ui_csv_end_line (csv);
      }
  return g_string_free (csv, FALSE);
}
