/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* The formats that there are. */

#include "export/exporter.h"

#include <string.h>
#include <glib/gi18n-lib.h>

static const ExportFormat formats[] = {
  { "chrome", ".trace.json", N_ ("trace events of Chrome, for ui.perfetto.dev and others"),
    &export_chrome_writer },
  { "perfetto", ".pftrace .perfetto-trace",
    N_ ("a trace of Perfetto, for ui.perfetto.dev and its trace_processor"),
    &export_perfetto_writer },
  { "speedscope", ".speedscope.json", N_ ("what threads did, for speedscope.app"),
    &export_speedscope_writer },
  { "folded", ".folded .collapsed", N_ ("time of threads by stack, for flamegraph tools"),
    &export_folded_writer },
  { "otlp", ".otlp.json .otlp.jsonl",
    N_ ("spans of OpenTelemetry, OTLP/JSON, for collectors and Jaeger"), &export_otlp_writer },
  { "dot", ".dot .gv", N_ ("who waits for whom, at the end or at an instant, for Graphviz"),
    &export_dot_writer },
  { "svg", ".svg", N_ ("the same as a picture"), &export_svg_writer },
  { "html", ".html .htm", N_ ("a page with findings, tasks and a timeline, in one file"),
    &export_html_writer },
  { "json", ".json", N_ ("all of it as JSON, one record a line; data/export.schema.json"),
    &export_json_writer },
  { "csv", ".csv", N_ ("tasks, awaits and polls, one a line, for spreadsheets and pandas"),
    &export_csv_writer },
};

const ExportFormat *
export_formats_get (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (formats);
  return formats;
}

const ExportFormat *
export_format_find (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i].id, id))
      return &formats[i];
  return NULL;
}

const ExportFormat *
export_format_find_for_file (const char *path)
{
  const ExportFormat *found = NULL;
  gsize longest = 0;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_auto (GStrv) extensions = g_strsplit (formats[i].extensions, " ", -1);

      for (guint j = 0; extensions[j] != NULL; j++)
        if (strlen (extensions[j]) > longest && g_str_has_suffix (path, extensions[j]))
          {
            found = &formats[i];
            longest = strlen (extensions[j]);
          }
    }
  return found;
}
