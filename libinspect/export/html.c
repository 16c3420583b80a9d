/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A page that says what a recording holds: findings, stuck tasks, who waits for whom, a timeline,
 * tasks by where they began. One file, without scripts, that asks nothing of any network. */

#include "export/exporter.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "export/graph-svg.h"
#include "export/timeline.h"
#include "model/format.h"
#include "session/session-private.h"

#define MAX_GRAPH_NODES 80
#define MAX_KINDS 4096  /* of tasks that are counted apart */
#define MAX_ROWS 60     /* of a table */
#define MAX_SHRUNK 1800 /* pixels: a wider graph is not made to fit, but scrolls */

/* Tasks that began at one place. */
typedef struct
{
  char *name, *where;
  guint64 count, n_open, n_polls;
  gint64 total_ns, longest_ns, polled_ns;
} Kind;

/* One of those that lived longest. */
typedef struct
{
  gint64 duration_ns;
  guint64 number;
} Old;

typedef struct
{
  ExportOutput *output;
  const ExportTrace *trace;
  gboolean is_again;
  GHashTable *kinds; /* name and place -> Kind */
  guint64 n_uncounted;
  Old oldest[EXPORT_TIMELINE_TASKS]; /* longest first */
  guint n_oldest;
  GPtrArray *graphs; /* ExportWaitGraph */
  guint n_nodes;
  ExportTimeline *timeline;
} Html;

static void
kind_free (gpointer data)
{
  Kind *kind = data;

  g_free (kind->name);
  g_free (kind->where);
  g_free (kind);
}

/* ---- What is told --------------------------------------------------------------------------- */

static void
html_process (gpointer self, const ExportProcess *process)
{
  export_timeline_set_process (((Html *)self)->timeline, process);
}

static void
count_kind (Html *html, const ExportTask *task)
{
  g_autofree char *key = g_strdup_printf ("%s\n%s", task->name, task->place.where);
  Kind *kind = g_hash_table_lookup (html->kinds, key);

  if (kind == NULL && g_hash_table_size (html->kinds) >= MAX_KINDS)
    {
      html->n_uncounted++;
      return;
    }
  if (kind == NULL)
    {
      kind = g_new0 (Kind, 1);
      kind->name = g_strdup (task->name);
      kind->where = g_strdup (task->place.where);
      g_hash_table_insert (html->kinds, g_steal_pointer (&key), kind);
    }
  kind->count++;
  kind->n_open += task->is_alive;
  kind->n_polls += task->n_polls;
  kind->total_ns += task->end_ns - task->begin_ns;
  kind->longest_ns = MAX (kind->longest_ns, task->end_ns - task->begin_ns);
  kind->polled_ns += task->polled_ns;
}

static void
note_old (Html *html, const ExportTask *task)
{
  gint64 duration_ns = task->end_ns - task->begin_ns;
  guint at = html->n_oldest;

  while (at > 0 && html->oldest[at - 1].duration_ns < duration_ns)
    at--;
  if (at == G_N_ELEMENTS (html->oldest))
    return;
  html->n_oldest = MIN (html->n_oldest + 1, G_N_ELEMENTS (html->oldest));
  memmove (&html->oldest[at + 1], &html->oldest[at],
           (html->n_oldest - 1 - at) * sizeof *html->oldest);
  html->oldest[at] = (Old){ duration_ns, task->number };
}

static void
html_task (gpointer self, const ExportTask *task)
{
  Html *html = self;

  if (html->is_again)
    export_timeline_add_task (html->timeline, task);
  else if (!task->is_outside)
    {
      count_kind (html, task);
      note_old (html, task);
    }
}

static void
html_span (gpointer self, const ExportSpan *span)
{
  Html *html = self;

  if (html->is_again)
    export_timeline_add_span (html->timeline, span);
}

static void
html_process_end (gpointer self, const ReportInput *state)
{
  Html *html = self;
  ExportWaitGraph *graph;

  if (html->is_again)
    return;
  graph = export_wait_graph_new (state, MAX_GRAPH_NODES - html->n_nodes);
  if (graph->edges->len == 0)
    {
      export_wait_graph_free (graph);
      return;
    }
  html->n_nodes += graph->nodes->len;
  g_ptr_array_add (html->graphs, graph);
}

/* The tasks that the report speaks of, then those that lived longest, have a row. */
static gboolean
html_wants_again (gpointer self, InspectorSession *session)
{
  Html *html = self;
  g_autoptr (InspectorReport) report =
      inspector_session_build_report (session, INSPECTOR_REPORT_EXIT);
  const GPtrArray *targets = inspector_report_peek (report)->targets;

  for (guint i = 0; i < targets->len; i++)
    {
      const ReportTarget *target = g_ptr_array_index (targets, i);

      for (guint j = 0; j < target->findings->len; j++)
        {
          const Finding *finding = g_ptr_array_index (target->findings, j);

          for (guint k = 0; k < finding->evidence->len; k++)
            export_timeline_want (
                html->timeline,
                ((const FindingEvidence *)g_ptr_array_index (finding->evidence, k))->task);
        }
      for (guint j = 0; j < target->stuck->len; j++)
        export_timeline_want (html->timeline,
                              ((const ReportTask *)g_ptr_array_index (target->stuck, j))->number);
    }
  for (guint i = 0; i < html->n_oldest; i++)
    export_timeline_want (html->timeline, html->oldest[i].number);
  html->is_again = TRUE;
  return TRUE;
}

/* ---- The page ------------------------------------------------------------------------------- */

static void
put_element (Html *html, const char *name, const char *text)
{
  export_printf (html->output, "<%s>", name);
  export_put_xml (html->output, text);
  export_printf (html->output, "</%s>", name);
}

static void
put_cell (Html *html, const char *text)
{
  put_element (html, "td", text != NULL ? text : "");
}

static void
put_count (Html *html, guint64 count)
{
  g_autofree char *text = model_format_count (count);

  export_put (html->output, "<td class=\"number\">");
  export_put_xml (html->output, text);
  export_put (html->output, "</td>");
}

static void
put_duration (Html *html, gint64 ns)
{
  g_autofree char *text = model_format_duration (ns);

  export_put (html->output, "<td class=\"number\">");
  export_put_xml (html->output, text);
  export_put (html->output, "</td>");
}

static void
begin_table (Html *html, const char *const *headings)
{
  export_put (html->output, "<table><thead><tr>");
  for (guint i = 0; headings[i] != NULL; i++)
    put_element (html, "th", _ (headings[i]));
  export_put (html->output, "</tr></thead><tbody>\n");
}

static void
put_hidden (Html *html, guint64 n)
{
  g_autofree char *count = model_format_count (n);
  g_autofree char *line = NULL;

  if (n == 0)
    return;
  line = g_strdup_printf (_ ("and %s more"), count);
  put_element (html, "p", line);
}

static void
put_finding (Html *html, const Finding *finding)
{
  export_put (html->output, "<section class=\"finding\">");
  put_element (html, "h3", finding->title);
  if (finding->detail != NULL)
    put_element (html, "p", finding->detail);
  export_put (html->output, "<ul>");
  for (guint i = 0; i < finding->evidence->len; i++)
    put_element (html, "li",
                 ((const FindingEvidence *)g_ptr_array_index (finding->evidence, i))->sentence);
  export_put (html->output, "</ul>");
  if (finding->suggestion != NULL)
    {
      g_autofree char *line = g_strdup_printf (_ ("Try: %s"), finding->suggestion);

      export_put (html->output, "<p class=\"try\">");
      export_put_xml (html->output, line);
      export_put (html->output, "</p>");
    }
  export_put (html->output, "</section>\n");
}

static void
put_stuck (Html *html, const ReportTarget *target)
{
  static const char *const headings[] = { N_ ("Task"), N_ ("Stuck for"), N_ ("Waits for"),
                                          N_ ("At"),   N_ ("Try"),       NULL };

  begin_table (html, headings);
  for (guint i = 0; i < MIN (target->stuck->len, MAX_ROWS); i++)
    {
      const ReportTask *task = g_ptr_array_index (target->stuck, i);
      g_autofree char *name =
          g_strdup_printf ("#%" G_GUINT64_FORMAT " %s", task->number, task->name);

      export_put (html->output, "<tr>");
      put_cell (html, task->number != 0 ? name : task->name);
      put_duration (html, task->waiting_ns);
      put_cell (html, task->waits_for);
      put_cell (html, task->place);
      put_cell (html, task->suggestion);
      export_put (html->output, "</tr>\n");
    }
  export_put (html->output, "</tbody></table>\n");
  put_hidden (html, target->stuck->len > MAX_ROWS ? target->stuck->len - MAX_ROWS : 0);
}

static void
put_others (Html *html, const ReportTarget *target)
{
  static const char *const headings[] = { N_ ("Tasks"), N_ ("Name"),   N_ ("Wait for"),
                                          N_ ("At"),    N_ ("Oldest"), NULL };

  begin_table (html, headings);
  for (guint i = 0; i < MIN (target->others->len, MAX_ROWS); i++)
    {
      const ReportGroup *group = g_ptr_array_index (target->others, i);

      export_put (html->output, "<tr>");
      put_count (html, group->count);
      put_cell (html, group->name);
      put_cell (html, group->waits_for);
      put_cell (html, group->place);
      put_duration (html, group->oldest_ns);
      export_put (html->output, "</tr>\n");
    }
  export_put (html->output, "</tbody></table>\n");
  put_hidden (html, target->others->len > MAX_ROWS ? target->others->len - MAX_ROWS : 0);
}

static void
put_target (Html *html, const ReportTarget *target)
{
  g_autofree char *command = model_format_text (target->command, strlen (target->command));
  g_autofree char *title = g_strdup_printf (_ ("%s (pid %d)"), command, target->pid);

  put_element (html, "h2", title);
  for (guint i = 0; i < target->ran->len; i++)
    {
      g_autofree char *ran = report_ran_dup_text (target->ran->pdata[i]);

      put_element (html, "p", ran);
    }
  for (guint i = 0; i < target->findings->len; i++)
    put_finding (html, g_ptr_array_index (target->findings, i));
  if (target->stuck->len > 0)
    {
      put_element (html, "h3", _ ("Stuck"));
      put_stuck (html, target);
    }
  else if (target->findings->len == 0)
    put_element (html, "p", _ ("Nothing is stuck."));
  if (target->others->len > 0)
    {
      put_element (html, "h3", _ ("Other tasks"));
      put_others (html, target);
    }
}

static void
put_graphs (Html *html)
{
  if (html->graphs->len == 0)
    return;
  put_element (html, "h2", _ ("Who waits for whom"));
  for (guint i = 0; i < html->graphs->len; i++)
    {
      const ExportWaitGraph *graph = g_ptr_array_index (html->graphs, i);
      InspectorLayout *layout = export_layout_new (graph);

      int width = (int)layout->width + 1, height = (int)layout->height + 5;

      export_printf (html->output,
                     "<div class=\"wide\"><svg xmlns=\"http://www.w3.org/2000/svg\"%s "
                     "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n%s",
                     width <= MAX_SHRUNK ? " class=\"fits\"" : "", width, height, width, height,
                     i == 0 ? export_graph_svg_markers : "");
      export_graph_svg_put (html->output, graph, layout, 4);
      export_put (html->output, "</svg></div>\n");
      put_hidden (html, graph->n_hidden);
      inspector_layout_free (layout);
    }
}

static void
put_timeline (Html *html)
{
  static const struct
  {
    const char *class;
    const char *text;
  } legend[] = {
    { "poll", N_ ("runs") },
    { "await", N_ ("waits") },
    { "exchange", N_ ("waits for an answer") },
    { "open", N_ ("waits at the end") },
    { "life", N_ ("exists") },
  };

  put_element (html, "h2", _ ("Timeline"));
  export_put (html->output, "<p class=\"legend\">");
  for (guint i = 0; i < G_N_ELEMENTS (legend); i++)
    {
      export_printf (html->output,
                     "<svg class=\"timeline\" width=\"14\" height=\"10\"><rect "
                     "class=\"%s\" width=\"14\" height=\"10\"/></svg> ",
                     legend[i].class);
      export_put_xml (html->output, _ (legend[i].text));
      export_put (html->output, " &#160; ");
    }
  export_put (html->output, "</p>\n<div class=\"wide\">");
  export_timeline_put (html->timeline, html->output);
  export_put (html->output, "</div>\n");
}

static int
compare_kinds (gconstpointer a, gconstpointer b)
{
  const Kind *one = *(const Kind *const *)a, *other = *(const Kind *const *)b;

  if (one->total_ns != other->total_ns)
    return one->total_ns > other->total_ns ? -1 : 1;
  return strcmp (one->name, other->name);
}

static void
put_kind (Html *html, const Kind *kind)
{
  export_put (html->output, "<tr>");
  put_cell (html, kind->name);
  put_cell (html, kind->where);
  put_count (html, kind->count);
  put_count (html, kind->n_open);
  put_duration (html, kind->total_ns / (gint64)kind->count);
  put_duration (html, kind->longest_ns);
  put_count (html, kind->n_polls);
  put_duration (html, kind->polled_ns);
  export_put (html->output, "</tr>\n");
}

static void
put_kinds (Html *html)
{
  static const char *const headings[] = { N_ ("Task"),      N_ ("Began at"), N_ ("Count"),
                                          N_ ("Not ended"), N_ ("Average"),  N_ ("Longest"),
                                          N_ ("Polls"),     N_ ("Running"),  NULL };
  g_autoptr (GPtrArray) kinds = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer kind;

  g_hash_table_iter_init (&iter, html->kinds);
  while (g_hash_table_iter_next (&iter, NULL, &kind))
    g_ptr_array_add (kinds, kind);
  g_ptr_array_sort (kinds, compare_kinds);
  put_element (html, "h2", _ ("Tasks by where they began"));
  begin_table (html, headings);
  for (guint i = 0; i < MIN (kinds->len, MAX_ROWS); i++)
    put_kind (html, g_ptr_array_index (kinds, i));
  export_put (html->output, "</tbody></table>\n");
  put_hidden (html, html->n_uncounted + (kinds->len > MAX_ROWS ? kinds->len - MAX_ROWS : 0));
}

static void
put_head (Html *html, const char *title)
{
  export_printf (
      html->output,
      "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<meta name=\"generator\" content=\"async-inspect %s\">\n",
      PACKAGE_VERSION);
  put_element (html, "title", title);
  export_printf (
      html->output,
      "\n<style>\nbody{font:15px/1.45 system-ui,sans-serif;color:#241f31;background:#fff;margin:"
      "24px auto;max-width:1200px;padding:0 16px}h1{font-size:24px}h2{font-size:19px;margin:32px 0 "
      "8px}h3{font-size:16px;margin:16px 0 "
      "6px}table{border-collapse:collapse}th,td{text-align:left;"
      "padding:3px 12px 3px 0;border-bottom:1px solid #deddda;vertical-align:top}th{color:#5e5c64;"
      "font-weight:600}.number{text-align:right;white-space:nowrap}.wide{overflow-x:auto}.fits{max-"
      "width:100%%;height:auto}.finding h3::first-letter{text-"
      "transform:uppercase}"
      ".finding{border-left:4px solid #c01c28;background:#fbf3f4;padding:4px 16px;margin:12px 0}"
      ".try{font-weight:600}p.about,p.legend{color:#5e5c64}\n%s\n%s\n</style>\n</head>\n<body>\n",
      export_graph_svg_style, export_timeline_style);
}

static void
put_about (Html *html, const Report *report)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_local (html->trace->zero_real_ns / 1000000000);
  g_autofree char *when =
      time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
  g_autofree char *duration = model_format_duration (html->trace->end_ns - html->trace->zero_ns);
  g_autofree char *stuck = model_format_count (report->n_stuck);
  g_autofree char *line = g_strdup_printf (_ ("recorded %s, %s long; tasks stuck at its end: %s"),
                                           when, duration, stuck);

  export_put (html->output, "<p class=\"about\">");
  export_put_xml (html->output, line);
  if (html->trace->n_lost > 0)
    {
      g_autofree char *lost = model_format_count (html->trace->n_lost);
      g_autofree char *losses =
          g_strdup_printf (_ ("; %s records were lost: what is said may be incomplete"), lost);

      export_put_xml (html->output, losses);
    }
  export_put (html->output, "</p>\n");
}

static void
html_end (gpointer self, InspectorSession *session)
{
  Html *html = self;
  g_autoptr (InspectorReport) built =
      inspector_session_build_report (session, INSPECTOR_REPORT_EXIT);
  const Report *report = inspector_report_peek (built);
  g_autofree char *title = g_path_get_basename (html->trace->path);

  put_head (html, title);
  put_element (html, "h1", title);
  put_about (html, report);
  for (guint i = 0; i < report->targets->len; i++)
    put_target (html, g_ptr_array_index (report->targets, i));
  put_graphs (html);
  put_timeline (html);
  put_kinds (html);
  export_put (html->output, "</body>\n</html>\n");
}

static gpointer
html_new (ExportOutput *output, const ExportTrace *trace)
{
  Html *html = g_new0 (Html, 1);

  html->output = output;
  html->trace = trace;
  html->kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, kind_free);
  html->graphs = g_ptr_array_new_with_free_func ((GDestroyNotify)export_wait_graph_free);
  html->timeline = export_timeline_new (trace);
  return html;
}

static void
html_free (gpointer self)
{
  Html *html = self;

  g_hash_table_unref (html->kinds);
  g_ptr_array_unref (html->graphs);
  export_timeline_free (html->timeline);
  g_free (html);
}

const ExportWriter export_html_writer = {
  .new = html_new,
  .process = html_process,
  .task = html_task,
  .span = html_span,
  .process_end = html_process_end,
  .wants_again = html_wants_again,
  .end = html_end,
  .free = html_free,
};
