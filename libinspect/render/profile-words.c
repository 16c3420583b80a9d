/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a profile says, line by line. */

#include "config.h"

#include "render/profile-text.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"

/* A callback that runs for less is no news by itself. */
#define SHOWN_CALLBACK_NS (10 * G_GINT64_CONSTANT (1000000))
#define MIN_SHARE 0.005

static void
append (GString *text, char *part)
{
  if (part != NULL && *part != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
  g_free (part);
}

static char *
count_of (guint64 count, const char *one, const char *many)
{
  g_autofree char *number = model_format_count (count);
  const char *format = count == 1 ? one : many;
  const char *gap = strstr (format, "%s");

  if (count == 0)
    return NULL;
  if (gap == NULL)
    return g_strdup (format);
  return g_strdup_printf ("%.*s%s%s", (int)(gap - format), format, number, gap + 2);
}

#define COUNT(count, one, many)                                                                    \
  count_of ((count), g_dngettext (GETTEXT_PACKAGE, one, many, 1),                                  \
            g_dngettext (GETTEXT_PACKAGE, one, many, (gulong)(count)))

char *
export_profile_program (const ProfileResult *result)
{
  return g_strdup_printf (_ ("%s (pid %d)"), result->program, result->pid);
}

char *
export_profile_title (const ProfileResult *result)
{
  g_autofree char *duration = model_format_duration (result->duration_ns);
  g_autofree char *lost = model_format_count (result->n_lost);
  g_autofree char *who = export_profile_program (result);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("where the time of %s went: %s"), who, duration);
  append (text, COUNT (result->n_tasks, "%s task", "%s tasks"));
  append (text, COUNT (result->n_events, "%s event", "%s events"));
  append (text, g_strdup_printf (_ ("%s lost"), lost));
  return g_string_free (text, FALSE);
}

char *
export_profile_figures (const Histogram *histogram)
{
  GString *text = g_string_new (NULL);
  g_autofree char *mean = model_format_duration ((gint64)histogram_get_mean (histogram));
  g_autofree char *p99 = model_format_duration (histogram_get_quantile (histogram, 0.99));
  g_autofree char *max = model_format_duration (histogram->max);

  append (text, COUNT (histogram->count, "%s time", "%s times"));
  if (histogram->count == 1)
    append (text, g_strdup (max));
  else if (histogram->count > 1)
    append (text, g_strdup_printf (_ ("avg %s, p99 %s, max %s"), mean, p99, max));
  return g_string_free (text, FALSE);
}

char *
export_profile_operation_detail (const ProfileResultOperation *operation)
{
  GString *text = g_string_new (NULL);
  g_autofree char *oldest = model_format_duration (operation->oldest_ns);
  g_autofree char *pending = COUNT (operation->n_pending, "%s has not ended", "%s have not ended");

  if (operation->durations.count > 1)
    {
      g_autofree char *p50 =
          model_format_duration (histogram_get_quantile (&operation->durations, 0.5));
      g_autofree char *p95 =
          model_format_duration (histogram_get_quantile (&operation->durations, 0.95));

      append (text, g_strdup_printf (_ ("p50 %s, p95 %s"), p50, p95));
    }
  append (text, COUNT (operation->n_failed, "%s failed", "%s failed"));
  append (text, COUNT (operation->n_cancelled, "%s cancelled", "%s cancelled"));
  if (pending != NULL)
    append (text, g_strdup_printf (_ ("%s, the oldest for %s"), pending, oldest));
  if (operation->loop_busy_share >= 0.05)
    {
      g_autofree char *share = model_format_percent (operation->loop_busy_share);

      append (text, g_strdup_printf (_ ("%s of it while its loop ran callbacks"), share));
    }
  if (operation->queued_share >= 0.05)
    {
      g_autofree char *share = model_format_percent (operation->queued_share);

      append (text, g_strdup_printf (_ ("%s of it waiting for a thread of its pool"), share));
    }
  return g_string_free (text, FALSE);
}

char *
export_profile_tasks_figures (const ProfileResultTasks *tasks)
{
  GString *text = g_string_new (NULL);
  guint64 n_open = tasks->n_seen - MIN (tasks->n_ended, tasks->n_seen);
  g_autofree char *mean = model_format_duration ((gint64)histogram_get_mean (&tasks->lifetimes));
  g_autofree char *p99 = model_format_duration (histogram_get_quantile (&tasks->lifetimes, 0.99));

  append (text, tasks->is_thread ? COUNT (tasks->n_seen, "%s thread", "%s threads")
                                 : COUNT (tasks->n_seen, "%s task", "%s tasks"));
  if (tasks->lifetimes.count == 1)
    append (text, g_strdup (mean));
  else if (tasks->lifetimes.count > 1)
    append (text, g_strdup_printf (_ ("avg %s, p99 %s"), mean, p99));
  append (text, COUNT (n_open, "%s not over", "%s not over"));
  append (text, COUNT (tasks->n_failed, "%s failed", "%s failed"));
  return g_string_free (text, FALSE);
}

static void
append_share (GString *text, gint64 ns, gint64 all, const char *format)
{
  g_autofree char *share = NULL;

  if ((double)ns < MIN_SHARE * (double)all)
    return;
  share = model_format_percent ((double)ns / (double)all);
  append (text, g_strdup_printf ("%s %s", share, format));
}

char *
export_profile_tasks_shares (const ProfileResultTasks *tasks)
{
  GString *text = g_string_new (NULL);
  gint64 all = profile_result_tasks_get_time (tasks);

  if (all == 0)
    return g_string_free (text, FALSE);
  append_share (text, tasks->running_ns, all, _ ("running"));
  for (guint i = 0; i < tasks->shares->len; i++)
    {
      const ProfileResultShare *share = g_ptr_array_index (tasks->shares, i);

      append_share (text, share->ns, all, share->what);
    }
  append_share (text, tasks->ready_ns, all, _ ("ready, or not known"));
  append_share (text, tasks->resting_ns, all, _ ("at rest"));
  append_share (text, tasks->unknown_ns, all, _ ("running, or not known"));
  return g_string_free (text, FALSE);
}

char *
export_profile_lock_figures (const ProfileResultLock *lock)
{
  GString *text = g_string_new (NULL);
  g_autofree char *all = model_format_duration (lock->waits.sum);
  g_autofree char *p99 = model_format_duration (histogram_get_quantile (&lock->waits, 0.99));
  g_autofree char *oldest = model_format_duration (lock->oldest_ns);
  g_autofree char *pending = COUNT (lock->n_pending, "%s has not ended", "%s have not ended");

  append (text, COUNT (lock->waits.count, "%s wait", "%s waits"));
  if (lock->waits.count > 0)
    append (text, g_strdup_printf (_ ("%s in all, p99 %s"), all, p99));
  if (pending != NULL)
    append (text, g_strdup_printf (_ ("%s, the oldest for %s"), pending, oldest));
  append (text, COUNT ((guint64)lock->most_waiting, "up to %s waiting", "up to %s waiting"));
  return g_string_free (text, FALSE);
}

char *
export_profile_holding (const ProfileResultLock *lock)
{
  const ProfileResultPlace *holder =
      lock->holding->len > 0 ? g_ptr_array_index (lock->holding, 0) : NULL;
  g_autofree char *longest = NULL;
  g_autofree char *line = NULL;

  if (holder == NULL || *holder->place.text == '\0')
    return NULL;
  longest = model_format_duration (holder->max_ns);
  line = finding_place_dup_line (&holder->place);
  return g_strdup_printf (_ ("meanwhile held longest from %s, once for at least %s"), line,
                          longest);
}

char *
export_profile_pool_figures (const ProfileResultPool *pool)
{
  GString *text = g_string_new (NULL);
  g_autofree char *full = model_format_duration (pool->full_ns);
  g_autofree char *waited = model_format_duration (histogram_get_quantile (&pool->waits, 0.95));
  g_autofree char *ran = model_format_duration (histogram_get_quantile (&pool->runs, 0.95));

  append (text, COUNT (pool->waits.count, "%s job", "%s jobs"));
  append (text, COUNT ((guint64)pool->most_running, "up to %s running", "up to %s running"));
  append (text, COUNT ((guint64)pool->most_queued, "up to %s queued", "up to %s queued"));
  append (text, g_strdup_printf (_ ("p95 of waiting for a thread %s, of running %s"), waited, ran));
  if (pool->full_ns > 0)
    append (text, g_strdup_printf (_ ("all its threads busy with more to do for %s"), full));
  return g_string_free (text, FALSE);
}

char *
export_profile_callback_figures (const ProfileResultCallback *callback)
{
  GString *text = g_string_new (NULL);
  g_autofree char *longest = model_format_duration (callback->own.max);
  g_autofree char *all = model_format_duration (callback->own.sum);
  g_autofree char *open = model_format_duration (callback->open_ns);

  append (text, COUNT (callback->own.count, "called %s time", "called %s times"));
  if (callback->own.count > 0)
    append (text, g_strdup_printf (_ ("longest %s, %s in all"), longest, all));
  if (callback->open_ns > 0)
    append (text, g_strdup_printf (_ ("has not returned for %s"), open));
  return g_string_free (text, FALSE);
}

char *
export_profile_callback_detail (const ProfileResultCallback *callback)
{
  GString *text = g_string_new (NULL);

  if (callback->worst_ns > 0)
    {
      g_autofree char *at = model_format_duration (callback->worst_begin_ns);

      g_string_append_printf (text, _ ("the longest began after %s"), at);
      if (callback->worst_slept_ns > 0)
        {
          g_autofree char *slept = model_format_duration (callback->worst_slept_ns);

          append (text, g_strdup_printf (_ ("slept for %s of it"), slept));
        }
      append (text, COUNT ((guint64)callback->worst_held_up, "%s other task waited for the loop",
                           "%s other tasks waited for the loop"));
    }
  if (text->len == 0)
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  return g_string_free (text, FALSE);
}

char *
export_profile_pool_name (const ProfileResultPool *pool)
{
  return g_strdup_printf (_ ("pool of %s"), pool->name);
}

const char *
export_profile_callback_name (const ProfileResultCallback *callback)
{
  return callback->place.function != NULL ? callback->place.function : _ ("an unknown function");
}

char *
export_profile_callback_frame (const ProfileResultCallback *callback, guint index)
{
  return g_strdup_printf (index == 0 ? _ ("was in %s") : _ ("called from %s"),
                          callback->stack[index]);
}

char *
export_profile_lost (const ProfileResult *result)
{
  return result->n_lost > 0
             ? g_strdup (_ ("records were lost: where an end was among them, what it ended seems "
                            "longer"))
             : NULL;
}

char *
export_profile_full (const ProfileResult *result)
{
  g_autofree char *turned = model_format_count (result->n_turned_away);

  return result->n_turned_away > 0
             ? g_strdup_printf (ngettext ("%s thing was not counted: the tables were full",
                                          "%s things were not counted: the tables were full",
                                          (gulong)result->n_turned_away),
                                turned)
             : NULL;
}

#define MAX_PATH_NAMES 8

char *
export_profile_path (const ProfileResultPath *path)
{
  GString *text = g_string_new (NULL);
  guint n = g_strv_length (path->names);

  for (guint i = 0; i < MIN (n, MAX_PATH_NAMES); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " -> " : "", path->names[i]);
  if (n > MAX_PATH_NAMES || path->is_cut)
    g_string_append (text, " -> …");
  return g_string_free (text, FALSE);
}

/* ---- Histograms ----------------------------------------------------------------------------- */

static void
bar_clear (gpointer data)
{
  g_free (((ExportProfileBar *)data)->label);
}

static gboolean
bar_is_empty (GArray *bars, guint index)
{
  return g_array_index (bars, ExportProfileBar, index).count == 0;
}

GArray *
export_profile_bars (const Histogram *histogram)
{
  GArray *bars = g_array_new (FALSE, FALSE, sizeof (ExportProfileBar));
  guint64 seen = 0;

  g_array_set_clear_func (bars, bar_clear);
  for (guint bit = 10; bit < 60 && seen < histogram->count; bit += 2)
    {
      gint64 from = bit == 10 ? 0 : G_GINT64_CONSTANT (1) << (bit - 2);
      gint64 to = G_GINT64_CONSTANT (1) << bit;
      ExportProfileBar bar = { .count = histogram_count_between (histogram, from, to) };
      g_autofree char *low = NULL;
      g_autofree char *high = NULL;

      seen += bar.count;
      if (seen == 0)
        continue;
      low = model_format_duration (from);
      high = model_format_duration (to);
      bar.label = from == 0 ? g_strdup_printf (_ ("below %s"), high)
                            : g_strdup_printf (_ ("%s to %s"), low, high);
      g_array_append_val (bars, bar);
    }
  for (guint i = 1; i + 1 < bars->len; i++)
    if (bar_is_empty (bars, i) && bar_is_empty (bars, i - 1) && bar_is_empty (bars, i + 1))
      g_array_index (bars, ExportProfileBar, i).is_gap = TRUE;
  return bars;
}

/* ---- What is worth a line -------------------------------------------------------------------- */

gboolean
export_profile_shows_operation (const ProfileResultOperation *operation)
{
  return operation->of != PROFILE_OPERATION_SLEEP && operation->of != PROFILE_OPERATION_LOCK &&
         operation->of != PROFILE_OPERATION_TASK;
}

gboolean
export_profile_shows_callback (const ProfileResultCallback *callback)
{
  return callback->advice != NULL || callback->own.max >= SHOWN_CALLBACK_NS ||
         callback->open_ns >= SHOWN_CALLBACK_NS;
}

gboolean
export_profile_shows_tasks (const ProfileResultTasks *tasks)
{
  return tasks->n_seen > 0 && profile_result_tasks_get_time (tasks) > 0;
}
