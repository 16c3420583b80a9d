/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A profile for a terminal: what took longest first, and below it what could be done. */

#include "config.h"

#include "render/profile-text.h"

#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "render/layout.h"

#define MAX_SHOWN 10
#define MAX_FEW 6
#define BAR_COLUMNS 40
#define MIN_DRAWN 10 /* fewer make no picture */

static void
add_section (Layout *layout, const char *title)
{
  layout_add_line (layout, 0, FALSE, "", LAYOUT_PLAIN);
  layout_add_line (layout, 0, FALSE, title, LAYOUT_BOLD);
}

/* "  1. fetch_posts   450 times, ...   (request.c:88)" */
static void
add_entry (Layout *layout, guint number, const char *name, const char *figures,
           const FindingPlace *place)
{
  g_autofree char *left = g_strdup_printf ("%2u. %s", number, name);
  g_autofree char *right = place != NULL && place->where != NULL && *place->where != '\0'
                               ? g_strdup_printf ("%s   (%s)", figures, place->where)
                               : g_strdup (figures);

  layout_add_header (layout, 2, left, LAYOUT_BOLD, right, LAYOUT_PLAIN);
}

static void
add_detail (Layout *layout, char *text)
{
  if (text != NULL && *text != '\0')
    layout_add_line (layout, 6, FALSE, text, LAYOUT_PLAIN);
  g_free (text);
}

static void
add_advice (Layout *layout, const ProfileAdvice *advice)
{
  if (advice != NULL)
    add_detail (layout, g_strdup_printf (_ ("try: %s"), advice->text));
}

static void
add_more (Layout *layout, guint n)
{
  g_autofree char *count = model_format_count (n);
  g_autofree char *line = g_strdup_printf (ngettext ("… and %s more", "… and %s more", n), count);

  if (n > 0)
    layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
}

static void
add_operations (Layout *layout, const ProfileResult *result)
{
  guint n = 0, hidden = 0;

  for (guint i = 0; i < result->operations->len; i++)
    {
      const ProfileResultOperation *operation = g_ptr_array_index (result->operations, i);
      g_autofree char *figures = export_profile_figures (&operation->durations);

      if (!export_profile_shows_operation (operation))
        continue;
      if (n == MAX_SHOWN)
        {
          hidden++;
          continue;
        }
      if (n++ == 0)
        add_section (layout, _ ("Slowest operations, by what they took in all"));
      add_entry (layout, n, operation->name, figures, &operation->place);
      if (g_strcmp0 (operation->name, operation->what) != 0)
        add_detail (layout, g_strdup (operation->what));
      add_detail (layout, export_profile_operation_detail (operation));
      add_advice (layout, operation->advice);
    }
  add_more (layout, hidden);
}

static void
add_tasks (Layout *layout, const ProfileResult *result)
{
  guint n = 0, hidden = 0;

  for (guint i = 0; i < result->tasks->len; i++)
    {
      const ProfileResultTasks *tasks = g_ptr_array_index (result->tasks, i);
      g_autofree char *figures = export_profile_tasks_figures (tasks);

      if (!export_profile_shows_tasks (tasks))
        continue;
      if (n == MAX_FEW && tasks->advice == NULL)
        {
          hidden++;
          continue;
        }
      if (n++ == 0)
        add_section (layout, _ ("Tasks, by where they began"));
      add_entry (layout, n, tasks->name, figures, &tasks->place);
      add_detail (layout, export_profile_tasks_shares (tasks));
      add_advice (layout, tasks->advice);
    }
  add_more (layout, hidden);
}

static void
add_locks (Layout *layout, const ProfileResult *result)
{
  guint shown = MIN (result->locks->len, MAX_FEW);

  if (shown > 0)
    add_section (layout, _ ("Locks that were waited for"));
  for (guint i = 0; i < shown; i++)
    {
      const ProfileResultLock *lock = g_ptr_array_index (result->locks, i);
      const ProfileResultPlace *waiter =
          lock->waiting->len > 0 ? g_ptr_array_index (lock->waiting, 0) : NULL;
      g_autofree char *figures = export_profile_lock_figures (lock);

      add_entry (layout, i + 1, lock->name, figures, waiter != NULL ? &waiter->place : NULL);
      add_detail (layout, export_profile_holding (lock));
      add_advice (layout, lock->advice);
    }
  add_more (layout, result->locks->len - shown);
}

static void
add_pools (Layout *layout, const ProfileResult *result)
{
  if (result->pools->len > 0)
    add_section (layout, _ ("Thread pools"));
  for (guint i = 0; i < MIN (result->pools->len, MAX_FEW); i++)
    {
      const ProfileResultPool *pool = g_ptr_array_index (result->pools, i);
      const ProfileResultPlace *jobs =
          pool->jobs->len > 0 ? g_ptr_array_index (pool->jobs, 0) : NULL;
      g_autofree char *figures = export_profile_pool_figures (pool);

      g_autofree char *name = export_profile_pool_name (pool);

      add_entry (layout, i + 1, name,
                 jobs != NULL && jobs->place.function != NULL ? jobs->place.function : "",
                 jobs != NULL ? &jobs->place : NULL);
      add_detail (layout, g_steal_pointer (&figures));
      add_advice (layout, pool->advice);
    }
}

static void
add_callbacks (Layout *layout, const ProfileResult *result)
{
  guint n = 0, hidden = 0;

  for (guint i = 0; i < result->callbacks->len; i++)
    {
      const ProfileResultCallback *callback = g_ptr_array_index (result->callbacks, i);
      g_autofree char *figures = export_profile_callback_figures (callback);

      if (!export_profile_shows_callback (callback))
        continue;
      if (n == MAX_FEW)
        {
          hidden++;
          continue;
        }
      if (n++ == 0)
        add_section (layout, _ ("Callbacks that kept their loop longest"));
      add_entry (layout, n, export_profile_callback_name (callback), figures, &callback->place);
      add_detail (layout, export_profile_callback_detail (callback));
      for (guint j = 0; callback->stack != NULL && callback->stack[j] != NULL && j < MAX_FEW; j++)
        add_detail (layout, export_profile_callback_frame (callback, j));
      add_advice (layout, callback->advice);
    }
  add_more (layout, hidden);
}

static void
add_paths (Layout *layout, const ProfileResult *result)
{
  guint shown = MIN (result->paths->len, MAX_FEW);
  guint64 others = result->n_paths;

  if (shown > 0)
    add_section (layout, _ ("Hot paths"));
  for (guint i = 0; i < shown; i++)
    {
      const ProfileResultPath *path = g_ptr_array_index (result->paths, i);
      g_autofree char *names = export_profile_path (path);
      g_autofree char *share = model_format_percent (path->share);
      g_autofree char *line =
          i == 0 ? g_strdup_printf (_ ("%s of tasks"), share) : g_strdup (share);
      g_autofree char *row = g_strdup_printf ("%s     %s", names, line);

      layout_add_line (layout, 2, FALSE, row, LAYOUT_PLAIN);
      others -= path->count;
    }
  if (shown > 0 && others > 0)
    {
      g_autofree char *share =
          model_format_percent ((double)others / (double)MAX (result->n_paths, 1));
      g_autofree char *line = g_strdup_printf (_ ("other ways     %s"), share);

      layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
    }
}

static void
add_histogram (GString *text, const char *title, const Histogram *histogram,
               const ProfileAdvice *advice, InspectorTextFlags flags, guint width)
{
  g_autoptr (GArray) bars = export_profile_bars (histogram);
  g_autofree char *figures = export_profile_figures (histogram);
  g_autofree char *heading = NULL;
  Layout *layout;
  guint64 most = 1;

  if (histogram->count == 0)
    return;
  layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  heading = g_strdup_printf ("%s: %s", title, figures);
  layout_add_line (layout, 0, FALSE, "", LAYOUT_PLAIN);
  layout_add_line (layout, 0, FALSE, heading, LAYOUT_BOLD);
  for (guint i = 0; histogram->count < MIN_DRAWN && i < bars->len; i++)
    g_array_index (bars, ExportProfileBar, i).is_gap = TRUE;
  for (guint i = 0; i < bars->len; i++)
    most = MAX (most, g_array_index (bars, ExportProfileBar, i).count);
  for (guint i = 0; i < bars->len; i++)
    {
      const ExportProfileBar *bar = &g_array_index (bars, ExportProfileBar, i);
      g_autofree char *count = model_format_count (bar->count);
      guint columns = (guint)((double)bar->count / (double)most * BAR_COLUMNS + 0.5);
      g_autoptr (GString) drawn = g_string_new (NULL);

      if (bar->is_gap)
        continue;
      for (guint j = 0; j < columns; j++)
        g_string_append (drawn, "█");
      if (columns == 0 && bar->count > 0)
        g_string_append (drawn, "▏");
      layout_add_row (layout, 2, (const char *[]){ bar->label, count, NULL, NULL, drawn->str },
                      LAYOUT_PLAIN);
    }
  add_advice (layout, advice);
  layout_finish (layout, text);
}

/* Nothing of it is worth a word: a shell that starts other programs. */
static gboolean
is_empty (const ProfileResult *result)
{
  return result->operations->len == 0 && result->tasks->len == 0 && result->locks->len == 0 &&
         result->polls.count == 0;
}

static void
add_note (Layout *layout, const ProfileResult *result)
{
  g_autofree char *lost = export_profile_lost (result);
  g_autofree char *full = export_profile_full (result);

  if (lost != NULL)
    {
      layout_add_line (layout, 0, FALSE, "", LAYOUT_PLAIN);
      layout_add_line (layout, 0, FALSE, lost, LAYOUT_ALERT);
    }
  if (full == NULL)
    return;
  layout_add_line (layout, 0, FALSE, "", LAYOUT_PLAIN);
  layout_add_line (layout, 0, FALSE, full, LAYOUT_DIM);
}

/* Names differ in length from section to section: each is laid out by itself. */
static void
add_part (GString *text, const ProfileResult *result, InspectorTextFlags flags, guint width,
          void (*part) (Layout *layout, const ProfileResult *result))
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);

  part (layout, result);
  layout_finish (layout, text);
}

static void
add_title (Layout *layout, const ProfileResult *result)
{
  g_autofree char *title = export_profile_title (result);
  g_autofree char *line = g_strdup_printf ("async-inspect: %s", title);

  layout_add_line (layout, 0, FALSE, line, LAYOUT_PLAIN);
}

static void
add_program (GString *text, const ProfileResult *result, InspectorTextFlags flags, guint width)
{
  add_part (text, result, flags, width, add_title);
  add_part (text, result, flags, width, add_operations);
  add_part (text, result, flags, width, add_tasks);
  add_part (text, result, flags, width, add_locks);
  add_part (text, result, flags, width, add_pools);
  add_part (text, result, flags, width, add_callbacks);
  add_part (text, result, flags, width, add_paths);
  add_histogram (text, _ ("Callbacks, each by itself"), &result->polls, NULL, flags, width);
  add_histogram (text, _ ("From being woken to running"), &result->delays, NULL, flags, width);
  add_histogram (text, _ ("Timers, how late"), &result->lateness, result->late_advice, flags,
                 width);
  add_part (text, result, flags, width, add_note);
}

char *
export_profile_text (const GPtrArray *results, InspectorTextFlags flags, guint width)
{
  GString *text = g_string_new (NULL);
  guint n_empty = 0;

  for (guint i = 0; i < results->len; i++)
    {
      const ProfileResult *result = g_ptr_array_index (results, i);

      if (is_empty (result))
        {
          n_empty++;
          continue;
        }
      if (text->len > 0)
        g_string_append_c (text, '\n');
      add_program (text, result, flags, width);
    }
  if (text->len == 0)
    g_string_append_printf (text, "%s\n",
                            _ ("async-inspect: nothing was seen that takes time: no task, no wait, "
                               "no callback"));
  else if (n_empty > 0)
    {
      g_autofree char *count = model_format_count (n_empty);

      g_string_append_c (text, '\n');
      g_string_append_printf (text,
                              ngettext ("%s other process did nothing that takes time",
                                        "%s other processes did nothing that takes time", n_empty),
                              count);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}
