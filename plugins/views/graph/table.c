/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <string.h>

/* A spreadsheet takes what begins so for a formula. */
static const char formula[] = "=+-@\t\r";

static void
append_text (GString *csv, const char *text)
{
  g_string_append_c (csv, '"');
  if (*text != '\0' && strchr (formula, *text) != NULL)
    g_string_append_c (csv, '\'');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *text);
    }
  g_string_append_c (csv, '"');
}

static void
append_node (GString *csv, const GraphNode *node)
{
  static const char *const kinds[] = { "task", "thread", "resource" };

  g_string_append_printf (csv, "%s,", kinds[node->kind]);
  if (node->number != 0 && node->n_members == 1)
    g_string_append_printf (csv, "%" G_GUINT64_FORMAT, node->number);
  g_string_append_c (csv, ',');
  append_text (csv, node->title);
  g_string_append_printf (csv, ",%u,", node->n_members);
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
      g_string_append_printf (csv, "%s,%u,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",",
                              edge->is_hold ? "held-by" : "waits-for", edge->n, edge->since_ns,
                              picture->at_ns - edge->since_ns);
      append_text (csv, edge->place);
      g_string_append_printf (csv, ",%u,", edge->cycle);
      append_node (csv, graph_picture_node (picture, edge->to));
      g_string_truncate (csv, csv->len - 1);
      g_string_append (csv, "\r\n");
    }
  for (guint i = 0; i < picture->nodes->len; i++)
    if (!has_edge[i])
      {
        append_node (csv, graph_picture_node (picture, i));
        g_string_append (csv, ",,,,,,,,,\r\n");
      }
  return g_string_free (csv, FALSE);
}
