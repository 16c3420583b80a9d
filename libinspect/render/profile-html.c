/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "render/profile-html.h"

#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "render/profile-text.h"

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;"
    "color:#1c1c1c;background:#fff}"
    "h1{font-size:1.3em}h2{font-size:1.1em;margin-top:2em}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.35em .8em .35em 0;"
    "border-bottom:1px solid #ddd}"
    "td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "code{font-family:ui-monospace,monospace;font-size:.92em}"
    ".d{color:#555;font-size:.92em}.a{background:#fff6d6;padding:.1em .4em;border-radius:.3em}"
    ".b{background:#4a90c2;height:.8em;min-width:1px}"
    "@media(prefers-color-scheme:dark){body{background:#181a1c;color:#e4e4e4}"
    "th,td{border-color:#383c40}.d{color:#a0a4a8}.a{background:#453c14}}";

/* ---- Parts ---------------------------------------------------------------------------------- */

static void
put (GString *html, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text != NULL ? text : "", -1);

  g_string_append (html, escaped);
}

static void
put_taken (GString *html, char *text)
{
  put (html, text);
  g_free (text);
}

static void
put_cell (GString *html, char *text)
{
  g_string_append (html, "<td class=\"n\">");
  put_taken (html, text);
  g_string_append (html, "</td>");
}

static void
put_place (GString *html, const FindingPlace *place)
{
  g_string_append (html, "<td><code>");
  put (html, place->where);
  g_string_append (html, "</code></td>");
}

static void
put_detail (GString *html, char *text)
{
  if (text != NULL && *text != '\0')
    {
      g_string_append (html, "<div class=\"d\">");
      put (html, text);
      g_string_append (html, "</div>");
    }
  g_free (text);
}

static void
put_advice (GString *html, const ProfileAdvice *advice)
{
  if (advice == NULL)
    return;
  g_string_append (html, "<div><span class=\"a\">");
  put_taken (html, g_strdup_printf (_ ("try: %s"), advice->text));
  g_string_append (html, "</span></div>");
}

/* @columns: NULL-terminated; those after the first two are numbers */
static void
begin_table (GString *html, const char *title, const char *const *columns)
{
  g_string_append (html, "<h2>");
  put (html, title);
  g_string_append (html, "</h2>\n<table><tr>");
  for (guint i = 0; columns[i] != NULL; i++)
    {
      g_string_append (html, i < 2 ? "<th>" : "<th class=\"n\">");
      put (html, columns[i]);
      g_string_append (html, "</th>");
    }
  g_string_append (html, "</tr>\n");
}

static void
begin_row (GString *html, const char *name)
{
  g_string_append (html, "<tr><td><code>");
  put (html, name);
  g_string_append (html, "</code>");
}

static void
put_durations (GString *html, const Histogram *histogram)
{
  static const double shares[] = { 0.5, 0.95, 0.99 };

  put_cell (html, model_format_count (histogram->count));
  put_cell (html, model_format_duration (histogram->sum));
  put_cell (html, model_format_duration ((gint64)histogram_get_mean (histogram)));
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    put_cell (html, model_format_duration (histogram_get_quantile (histogram, shares[i])));
  put_cell (html, model_format_duration (histogram->max));
}

/* ---- Sections ------------------------------------------------------------------------------- */

static void
add_operations (GString *html, const ProfileResult *result)
{
  if (result->operations->len == 0)
    return;
  begin_table (html, _ ("Operations, by what they took in all"),
               (const char *[]){ _ ("operation"), _ ("place"), _ ("times"), _ ("in all"),
                                 _ ("average"), "p50", "p95", "p99", _ ("longest"), NULL });
  for (guint i = 0; i < result->operations->len; i++)
    {
      const ProfileResultOperation *operation = g_ptr_array_index (result->operations, i);

      begin_row (html, operation->name);
      put_detail (html, g_strdup (operation->what));
      put_detail (html, export_profile_operation_detail (operation));
      put_advice (html, operation->advice);
      g_string_append (html, "</td>");
      put_place (html, &operation->place);
      put_durations (html, &operation->durations);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
add_tasks (GString *html, const ProfileResult *result)
{
  begin_table (html, _ ("Tasks, by where they began"),
               (const char *[]){ _ ("task"), _ ("place"), _ ("ended"), _ ("in all"), _ ("average"),
                                 "p50", "p95", "p99", _ ("longest"), NULL });
  for (guint i = 0; i < result->tasks->len; i++)
    {
      const ProfileResultTasks *tasks = g_ptr_array_index (result->tasks, i);

      begin_row (html, tasks->name);
      put_detail (html, export_profile_tasks_figures (tasks));
      put_detail (html, export_profile_tasks_shares (tasks));
      put_advice (html, tasks->advice);
      g_string_append (html, "</td>");
      put_place (html, &tasks->place);
      put_durations (html, &tasks->lifetimes);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
add_locks (GString *html, const ProfileResult *result)
{
  if (result->locks->len == 0)
    return;
  begin_table (html, _ ("Locks that were waited for"),
               (const char *[]){ _ ("lock"), _ ("place"), _ ("waits"), _ ("in all"), _ ("average"),
                                 "p50", "p95", "p99", _ ("longest"), NULL });
  for (guint i = 0; i < result->locks->len; i++)
    {
      const ProfileResultLock *lock = g_ptr_array_index (result->locks, i);
      const ProfileResultPlace *waiter =
          lock->waiting->len > 0 ? g_ptr_array_index (lock->waiting, 0) : NULL;
      const FindingPlace nowhere = { 0 };

      begin_row (html, lock->name);
      put_detail (html, export_profile_lock_figures (lock));
      put_detail (html, export_profile_holding (lock));
      put_advice (html, lock->advice);
      g_string_append (html, "</td>");
      put_place (html, waiter != NULL ? &waiter->place : &nowhere);
      put_durations (html, &lock->waits);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
add_pools (GString *html, const ProfileResult *result)
{
  if (result->pools->len == 0)
    return;
  begin_table (html, _ ("Thread pools, by how long jobs waited for a thread"),
               (const char *[]){ _ ("pool"), _ ("place"), _ ("jobs"), _ ("in all"), _ ("average"),
                                 "p50", "p95", "p99", _ ("longest"), NULL });
  for (guint i = 0; i < result->pools->len; i++)
    {
      const ProfileResultPool *pool = g_ptr_array_index (result->pools, i);
      const ProfileResultPlace *jobs =
          pool->jobs->len > 0 ? g_ptr_array_index (pool->jobs, 0) : NULL;
      const FindingPlace nowhere = { 0 };

      begin_row (html, pool->name);
      put_detail (html, export_profile_pool_figures (pool));
      put_advice (html, pool->advice);
      g_string_append (html, "</td>");
      put_place (html, jobs != NULL ? &jobs->place : &nowhere);
      put_durations (html, &pool->waits);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
add_callbacks (GString *html, const ProfileResult *result)
{
  if (result->callbacks->len == 0)
    return;
  begin_table (html, _ ("Callbacks, the one that kept its loop longest first"),
               (const char *[]){ _ ("callback"), _ ("place"), _ ("times"), _ ("in all"),
                                 _ ("average"), "p50", "p95", "p99", _ ("longest"), NULL });
  for (guint i = 0; i < result->callbacks->len; i++)
    {
      const ProfileResultCallback *callback = g_ptr_array_index (result->callbacks, i);

      begin_row (html, export_profile_callback_name (callback));
      if (export_profile_shows_callback (callback))
        put_detail (html, export_profile_callback_detail (callback));
      for (guint j = 0; callback->stack != NULL && callback->stack[j] != NULL; j++)
        put_detail (html, export_profile_callback_frame (callback, j));
      put_advice (html, callback->advice);
      g_string_append (html, "</td>");
      put_place (html, &callback->place);
      put_durations (html, &callback->own);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
add_paths (GString *html, const ProfileResult *result)
{
  if (result->paths->len == 0)
    return;
  begin_table (html, _ ("Hot paths"),
               (const char *[]){ _ ("path"), "", _ ("tasks"), _ ("share"), NULL });
  for (guint i = 0; i < result->paths->len; i++)
    {
      const ProfileResultPath *path = g_ptr_array_index (result->paths, i);
      g_autofree char *names = export_profile_path (path);

      begin_row (html, names);
      g_string_append (html, "</td><td></td>");
      put_cell (html, model_format_count (path->count));
      put_cell (html, model_format_percent (path->share));
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
add_histogram (GString *html, const char *title, const Histogram *histogram,
               const ProfileAdvice *advice)
{
  g_autoptr (GArray) bars = export_profile_bars (histogram);
  guint64 most = 1;

  if (histogram->count == 0)
    return;
  g_string_append (html, "<h2>");
  put (html, title);
  g_string_append (html, "</h2>\n");
  put_detail (html, export_profile_figures (histogram));
  put_advice (html, advice);
  g_string_append (html, "<table>");
  for (guint i = 0; i < bars->len; i++)
    most = MAX (most, g_array_index (bars, ExportProfileBar, i).count);
  for (guint i = 0; i < bars->len; i++)
    {
      const ExportProfileBar *bar = &g_array_index (bars, ExportProfileBar, i);
      guint width = (guint)((double)bar->count / (double)most * 100);

      g_string_append (html, "<tr><td style=\"width:14em\">");
      put (html, bar->label);
      g_string_append (html, "</td>");
      put_cell (html, model_format_count (bar->count));
      g_string_append_printf (html,
                              "<td style=\"width:70%%\">%s<div class=\"b\" style=\"width:%u%%\">"
                              "</div>%s</td></tr>\n",
                              bar->count > 0 ? "" : "<!--", width, bar->count > 0 ? "" : "-->");
    }
  g_string_append (html, "</table>\n");
}

static void
add_program (GString *html, const ProfileResult *result)
{
  g_string_append (html, "<h1>");
  put_taken (html, export_profile_title (result));
  g_string_append (html, "</h1>\n<p class=\"d\"><code>");
  put (html, result->command);
  g_string_append (html, "</code></p>\n");
  add_operations (html, result);
  if (result->tasks->len > 0)
    add_tasks (html, result);
  add_locks (html, result);
  add_pools (html, result);
  add_callbacks (html, result);
  add_paths (html, result);
  add_histogram (html, _ ("Callbacks, each by itself"), &result->polls, NULL);
  add_histogram (html, _ ("From being woken to running"), &result->delays, NULL);
  add_histogram (html, _ ("Timers, how late"), &result->lateness, result->late_advice);
}

char *
export_profile_html (const GPtrArray *results)
{
  GString *html = g_string_new ("<!DOCTYPE html>\n"
                                "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
                                "<meta charset=\"utf-8\"/>\n"
                                "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                                "<title>async-inspect profile</title>\n<style>");

  g_string_append_printf (html, "%s</style>\n</head>\n<body>\n", style);
  for (guint i = 0; i < results->len; i++)
    add_program (html, g_ptr_array_index (results, i));
  if (results->len == 0)
    {
      g_string_append (html, "<p>");
      put (html, _ ("Nothing was seen that takes time."));
      g_string_append (html, "</p>\n");
    }
  g_string_append_printf (html, "<p class=\"d\">async-inspect %s</p>\n</body>\n</html>\n",
                          PACKAGE_VERSION);
  return g_string_free (html, FALSE);
}
