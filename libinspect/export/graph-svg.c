/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Who waits for whom, as a picture: no script, no font, nothing from elsewhere. */

#include "export/graph-svg.h"

#include <glib/gi18n-lib.h>

#include "export/exporter.h"

/* In all programs together. */
#define MAX_NODES 300
#define TITLE 34.0

const char export_graph_svg_style[] =
    ".box{fill:#f6f5f4;stroke:#77767b}.resource .box{fill:#fff}"
    ".cycle .box{fill:#fbe4e6;stroke:#c01c28;stroke-width:2}"
    ".graph text{font:12px ui-monospace,\"DejaVu Sans Mono\",monospace;fill:#241f31}"
    ".graph .title{font-weight:bold;font-size:14px}.graph .name{font-weight:bold}"
    ".edge path{fill:none;stroke:#5e5c64}.edge.hold path{stroke-dasharray:5 3}"
    ".graph .edge text{font-size:10px;fill:#5e5c64;stroke:#fff;stroke-width:3px;paint-order:stroke}"
    ".edge.cycle path{stroke:#c01c28;stroke-width:2}.graph .edge.cycle text{fill:#c01c28}";

const char export_graph_svg_markers[] =
    "<defs><marker id=\"to\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"8\" "
    "markerHeight=\"8\" orient=\"auto\" markerUnits=\"userSpaceOnUse\">"
    "<path d=\"M0 0L10 5L0 10z\" fill=\"#5e5c64\"/></marker>"
    "<marker id=\"red\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"9\" "
    "markerHeight=\"9\" orient=\"auto\" markerUnits=\"userSpaceOnUse\">"
    "<path d=\"M0 0L10 5L0 10z\" fill=\"#c01c28\"/></marker></defs>\n";

/* Numbers with a point in any locale. */
static void
put_number (ExportOutput *output, const char *before, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  export_put (output, before);
  export_put (output, g_ascii_formatd (text, sizeof text, "%.1f", number));
}

static void
put_box (ExportOutput *output, const ExportNode *node, const InspectorLayoutBox *box, double top)
{
  g_auto (GStrv) lines = g_strsplit (node->label->str, "\n", -1);
  double radius = node->of == EXPORT_NODE_RESOURCE ? box->height / 2
                  : node->of == EXPORT_NODE_TASK   ? 6
                                                   : 0;

  export_printf (output, "<g class=\"%s%s\">",
                 node->of == EXPORT_NODE_RESOURCE ? "resource" : "who",
                 node->cycle != 0 ? " cycle" : "");
  put_number (output, "<rect class=\"box\" x=\"", box->x);
  put_number (output, "\" y=\"", box->y + top);
  put_number (output, "\" width=\"", box->width);
  put_number (output, "\" height=\"", box->height);
  put_number (output, "\" rx=\"", MIN (radius, 18));
  export_put (output, "\"/>");
  for (guint i = 0; lines[i] != NULL; i++)
    {
      put_number (output, i == 0 ? "<text class=\"name\" x=\"" : "<text x=\"", box->x + 10);
      put_number (output, "\" y=\"", box->y + top + 18 + i * EXPORT_LAYOUT_LINE);
      export_put (output, "\">");
      export_put_xml (output, lines[i]);
      export_put (output, "</text>");
    }
  export_put (output, "</g>\n");
}

static void
put_path (ExportOutput *output, const InspectorLayout *layout, const InspectorLayoutLine *line,
          double top, gboolean is_red)
{
  for (guint i = 0; i < line->n_points; i++)
    {
      const InspectorLayoutPoint *point = &layout->points[line->first_point + i];

      put_number (output, i == 0 ? "<path d=\"M" : i == 1 ? "C" : " ", point->x);
      put_number (output, " ", point->y + top);
    }
  export_printf (output, "\" marker-end=\"url(#%s)\"/>", is_red ? "red" : "to");
}

static void
put_label (ExportOutput *output, double x, double y, const char *text, const char *more)
{
  put_number (output, "<text text-anchor=\"middle\" x=\"", x);
  put_number (output, "\" y=\"", y);
  export_put (output, "\">");
  export_put_xml (output, text);
  export_put_char (output, ' ');
  export_put_xml (output, more);
  export_put (output, "</text>");
}

static void
put_edge (ExportOutput *output, const ExportEdge *edge, const InspectorLayout *layout,
          const InspectorLayoutLine *line, double top)
{
  export_printf (output, "<g class=\"edge%s%s\">", edge->is_hold ? " hold" : "",
                 edge->cycle != 0 ? " cycle" : "");
  put_path (output, layout, line, top, edge->cycle != 0);
  put_label (output, line->label_x, line->label_y - 5 + top,
             edge->is_hold ? _ ("held") : _ ("waits"), edge->duration);
  put_label (output, line->label_x, line->label_y + 13 + top, edge->place, "");
  export_put (output, "</g>\n");
}

void
export_graph_svg_put (ExportOutput *output, const ExportWaitGraph *graph,
                      const InspectorLayout *layout, double top)
{
  export_put (output, "<g class=\"graph\">\n");
  for (guint i = 0; i < graph->nodes->len; i++)
    put_box (output, &g_array_index (graph->nodes, ExportNode, i), &layout->boxes[i], top);
  for (guint i = 0; i < graph->edges->len; i++)
    put_edge (output, &g_array_index (graph->edges, ExportEdge, i), layout, &layout->lines[i], top);
  export_put (output, "</g>\n");
}

/* ---- The document --------------------------------------------------------------------------- */

typedef struct
{
  ExportOutput *output;
  GPtrArray *graphs;
  guint n_nodes;
  guint n_hidden; /* of graphs that have no picture */
} Svg;

static void
svg_process_end (gpointer self, const ReportInput *state)
{
  Svg *svg = self;
  ExportWaitGraph *graph = export_wait_graph_new (state, MAX_NODES - svg->n_nodes);

  if (graph->nodes->len == 0)
    {
      svg->n_hidden += graph->n_hidden;
      export_wait_graph_free (graph);
      return;
    }
  svg->n_nodes += graph->nodes->len;
  g_ptr_array_add (svg->graphs, graph);
}

static void
put_title (Svg *svg, double y, const char *text)
{
  put_number (svg->output, "<text class=\"title\" x=\"10\" y=\"", y);
  export_put (svg->output, "\">");
  export_put_xml (svg->output, text);
  export_put (svg->output, "</text>\n");
}

static char *
dup_title (const ExportWaitGraph *graph)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("%s (pid %d)"), graph->command, graph->pid);
  if (graph->n_cycles > 0)
    g_string_append_printf (
        text, g_dngettext (GETTEXT_PACKAGE, ": %u deadlock", ": %u deadlocks", graph->n_cycles),
        graph->n_cycles);
  if (graph->n_hidden > 0)
    g_string_append_printf (text,
                            g_dngettext (GETTEXT_PACKAGE, "; %u box more is not shown",
                                         "; %u boxes more are not shown", graph->n_hidden),
                            graph->n_hidden);
  return g_string_free (text, FALSE);
}

static void
put_graphs (Svg *svg, InspectorLayout *const *layouts)
{
  double top = 0;

  export_put (svg->output, "<g class=\"graph\">\n");
  if (svg->graphs->len == 0)
    put_title (svg, 24, _ ("nothing waits"));
  for (guint i = 0; i < svg->graphs->len; i++)
    {
      const ExportWaitGraph *graph = g_ptr_array_index (svg->graphs, i);
      g_autofree char *title = dup_title (graph);

      put_title (svg, top + 24, title);
      export_graph_svg_put (svg->output, graph, layouts[i], top + TITLE);
      top += TITLE + layouts[i]->height;
    }
  export_put (svg->output, "</g>\n");
}

static void
svg_end (gpointer self, InspectorSession *session)
{
  Svg *svg = self;
  g_autofree InspectorLayout **layouts = g_new0 (InspectorLayout *, svg->graphs->len + 1);
  double width = 400, height = 0;

  for (guint i = 0; i < svg->graphs->len; i++)
    {
      g_autofree char *title = dup_title (g_ptr_array_index (svg->graphs, i));

      layouts[i] = export_layout_new (g_ptr_array_index (svg->graphs, i));
      width = MAX (width, MAX (layouts[i]->width, (double)g_utf8_strlen (title, -1) * 9 + 20));
      height += TITLE + layouts[i]->height;
    }
  height = MAX (height, 40);
  put_number (svg->output, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width);
  put_number (svg->output, "\" height=\"", height);
  put_number (svg->output, "\" viewBox=\"0 0 ", width);
  put_number (svg->output, " ", height);
  export_printf (svg->output, "\">\n<style>%s</style>\n%s", export_graph_svg_style,
                 export_graph_svg_markers);
  export_put (svg->output, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
  put_graphs (svg, layouts);
  export_put (svg->output, "</svg>\n");
  for (guint i = 0; i < svg->graphs->len; i++)
    inspector_layout_free (layouts[i]);
}

static gpointer
svg_new (ExportOutput *output, const ExportTrace *trace)
{
  Svg *svg = g_new0 (Svg, 1);

  svg->output = output;
  svg->graphs = g_ptr_array_new_with_free_func ((GDestroyNotify)export_wait_graph_free);
  return svg;
}

static void
svg_free (gpointer self)
{
  Svg *svg = self;

  g_ptr_array_unref (svg->graphs);
  g_free (svg);
}

const ExportWriter export_svg_writer = {
  .new = svg_new,
  .process_end = svg_process_end,
  .end = svg_end,
  .free = svg_free,
};
