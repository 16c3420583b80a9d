/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A flame graph as a picture: programs at the bottom, what they did above. A click makes a frame as
 * wide as the picture, typing into the box finds frames; without a script the picture and its
 * tooltips are all there. */

#include "config.h"

#include "export/flame.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"

#define WIDTH 1200
#define MARGIN 10
#define TOP 56
#define ROW 18
#define BOTTOM 14
#define LEGEND_AT 620
#define LEGEND_STEP 110
#define TEXT_WIDTH 6.6 /* of a character, about */
/* What is thinner cannot be seen, nor hit with a pointer; how much of it there is, is said. */
#define MIN_WIDTH 0.2

/* Lightness tells them apart for those who see no colours. */
static const char *const classes[] = { [INSPECTOR_FLAME_PROGRAM] = "p",
                                       [INSPECTOR_FLAME_TASK] = "t",
                                       [INSPECTOR_FLAME_CALLBACK] = "c",
                                       [INSPECTOR_FLAME_WAIT] = "w" };

static const char style[] =
    "text{font:12px sans-serif;fill:#1c1c1c}"
    "svg{background:#fff}"
    ".h{font-size:16px;font-weight:bold}"
    ".f text{font:11px monospace;pointer-events:none}"
    ".f rect{stroke:#fff;stroke-width:.5}"
    ".p rect{fill:#d0d4d8}.t rect{fill:#9dc3e6}.c rect{fill:#f4b183}.w rect{fill:#c5e0b4}"
    ".f:hover rect{stroke:#000;stroke-width:1}.found rect{fill:#ff66cc}.dim{opacity:.5}"
    "#reset{cursor:pointer;text-decoration:underline}";

/* Positions are in the frames' own attributes, so that the script has no data of its own. */
static const char script[] =
    "'use strict';(function(){"
    "var "
    "svg=document.documentElement,W=1180,M=10,frames=Array.from(document.querySelectorAll('.f'));"
    "var info=document.getElementById('info'),reset=document.getElementById('reset');"
    "var find=document.getElementById('find'),shown={x:0,w:1,d:-1};"
    "function num(g,n){return parseFloat(g.getAttribute(n));}"
    "function draw(){frames.forEach(function(g){"
    "var x=(num(g,'data-x')-shown.x)/shown.w,w=num(g,'data-w')/shown.w,d=num(g,'data-d');"
    "var below=d<shown.d;if(below){x=Math.max(x,0);w=1;}"
    "var "
    "hit=below?num(g,'data-x')<=shown.x+1e-9&&num(g,'data-x')+num(g,'data-w')>=shown.x+shown.w-1e-9"
    ":x>=-1e-9&&x+w<=1+1e-9;"
    "g.style.display=hit&&w*W>=.2?'':'none';g.classList.toggle('dim',below);"
    "if(!hit)return;if(below)x=0;var r=g.querySelector('rect'),t=g.querySelector('text');"
    "r.setAttribute('x',M+x*W);r.setAttribute('width',Math.max(w*W,.2));"
    "t.setAttribute('x',M+x*W+3);var n=Math.floor((w*W-6)/6.6),name=g.getAttribute('data-n');"
    "t.textContent=n<3?'':name.length<=n?name:name.slice(0,n-1)+'\\u2026';});"
    "reset.style.display=shown.d<0?'none':'';}"
    "frames.forEach(function(g){g.addEventListener('click',function(){"
    "shown={x:num(g,'data-x'),w:num(g,'data-w'),d:num(g,'data-d')};draw();});"
    "g.addEventListener('mouseover',function(){info.textContent=g.querySelector('title')."
    "textContent"
    ".replace(/\\n/g,'   ');});"
    "g.addEventListener('mouseout',function(){info.textContent='';});});"
    "reset.addEventListener('click',function(){shown={x:0,w:1,d:-1};draw();});"
    "function search(){var q=window.prompt(find.getAttribute('data-q'),'');if(q===null)return;"
    "q=q.toLowerCase();frames.forEach(function(g){g.classList.toggle('found',q!==''&&"
    "g.querySelector('title').textContent.toLowerCase().indexOf(q)>=0);});}"
    "find.addEventListener('click',search);find.style.display='';"
    "window.addEventListener('keydown',function(e){if((e.ctrlKey&&e.key==='f')||e.key==='/'){"
    "e.preventDefault();search();}else if(e.key==='Escape'){shown={x:0,w:1,d:-1};draw();}});"
    "draw();})();";

/* g_ascii_formatd: a comma is no decimal point here. */
static void
put_real (ExportOutput *output, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  export_put (output, g_ascii_formatd (buffer, sizeof buffer, "%.9f", value));
}

static void
put_attribute (ExportOutput *output, const char *name, double value)
{
  export_printf (output, " %s=\"", name);
  put_real (output, value);
  export_put_char (output, '"');
}

static void
put_title (ExportOutput *output, InspectorFlame *flame, guint index)
{
  g_autofree char *text = inspector_flame_dup_text (flame, index);

  export_put (output, "<title>");
  export_put_xml (output, text);
  export_put (output, "</title>");
}

static void
put_node (ExportOutput *output, InspectorFlame *flame, guint index, const InspectorFlameNode *node,
          double x, double width, guint height)
{
  guint y = height - BOTTOM - (node->depth + 1) * ROW;
  double pixels = width * (WIDTH - 2 * MARGIN);
  guint room = pixels > 6 ? (guint)((pixels - 6) / TEXT_WIDTH) : 0;
  g_autofree char *cut = NULL;

  export_printf (output, "<g class=\"f %s\" data-d=\"%u\"", classes[node->kind], node->depth);
  put_attribute (output, "data-x", x);
  put_attribute (output, "data-w", width);
  export_put (output, " data-n=\"");
  export_put_xml (output, node->name);
  export_put (output, "\">");
  put_title (output, flame, index);
  export_printf (output, "<rect y=\"%u\" height=\"%u\"", y, ROW - 1);
  put_attribute (output, "x", MARGIN + x * (WIDTH - 2 * MARGIN));
  put_attribute (output, "width", pixels);
  export_printf (output, "/><text y=\"%u\"", y + 13);
  put_attribute (output, "x", MARGIN + x * (WIDTH - 2 * MARGIN) + 3);
  export_put_char (output, '>');
  if (room >= 3 && g_utf8_strlen (node->name, -1) > (glong)room)
    {
      g_autofree char *part = g_utf8_substring (node->name, 0, room - 1);

      cut = g_strconcat (part, "…", NULL);
    }
  if (room >= 3)
    export_put_xml (output, cut != NULL ? cut : node->name);
  export_put (output, "</text></g>\n");
}

/* What the colours mean. */
static void
put_legend (ExportOutput *output)
{
  const char *const names[] = { [INSPECTOR_FLAME_PROGRAM] = _ ("program"),
                                [INSPECTOR_FLAME_TASK] = _ ("task"),
                                [INSPECTOR_FLAME_CALLBACK] = _ ("running"),
                                [INSPECTOR_FLAME_WAIT] = _ ("waiting") };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint x = LEGEND_AT + i * LEGEND_STEP;

      export_printf (output,
                     "<g class=\"%s\"><rect x=\"%u\" y=\"12\" width=\"12\" height=\"12\"/>"
                     "<text x=\"%u\" y=\"22\">",
                     classes[i], x, x + 17);
      export_put_xml (output, names[i]);
      export_put (output, "</text></g>\n");
    }
}

static void
put_head (InspectorFlame *flame, ExportOutput *output, guint height)
{
  g_autofree char *total = model_format_duration (inspector_flame_get_total (flame));

  export_printf (output,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
                 "height=\"%u\" role=\"img\">\n<style>%s</style>\n",
                 WIDTH, height, WIDTH, height, style);
  export_printf (output, "<text class=\"h\" x=\"%u\" y=\"22\">", MARGIN);
  export_put_xml (output, export_flame_describe (flame));
  export_put (output, ": ");
  export_put_xml (output, total);
  export_printf (output, "</text>\n<text id=\"info\" x=\"%u\" y=\"44\"></text>\n", MARGIN);
  export_printf (output,
                 "<text id=\"reset\" x=\"%u\" y=\"22\" text-anchor=\"end\" style=\"display:none\">",
                 WIDTH - MARGIN - 60);
  export_put_xml (output, _ ("show all"));
  export_printf (output,
                 "</text>\n<text id=\"find\" x=\"%u\" y=\"22\" text-anchor=\"end\" "
                 "style=\"display:none;cursor:pointer;text-decoration:underline\" data-q=\"",
                 WIDTH - MARGIN);
  export_put_xml (output, _ ("Frames with this text:"));
  export_put (output, "\">");
  export_put_xml (output, _ ("find"));
  export_put (output, "</text>\n");
  put_legend (output);
}

void
export_flame_svg (InspectorFlame *flame, ExportOutput *output)
{
  guint n = inspector_flame_get_n_nodes (flame);
  double total = (double)MAX (inspector_flame_get_total (flame), 1);
  /* Where the next child of each begins. */
  g_autofree double *next = g_new0 (double, n + 1);
  InspectorFlameNode node;
  guint depth = 0, height;
  double programs = 0;

  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    depth = MAX (depth, node.depth + 1);
  height = TOP + MAX (depth, 1) * ROW + BOTTOM;
  put_head (flame, output, height);
  if (n == 0)
    {
      export_printf (output, "<text x=\"%u\" y=\"%u\">", MARGIN, TOP + 12);
      export_put_xml (output, _ ("Nothing took any time."));
      export_put (output, "</text>\n");
    }
  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    {
      double *from = node.parent != i ? &next[node.parent] : &programs;
      double width = (double)node.total_ns / total;

      next[i] = *from;
      if (width * (WIDTH - 2 * MARGIN) >= MIN_WIDTH)
        put_node (output, flame, i, &node, *from, width, height);
      *from += width;
    }
  export_put (output, "<script>//<![CDATA[\n");
  export_put (output, script);
  export_put (output, "\n//]]></script>\n</svg>\n");
}
