/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A profile as JSON: data/profile.schema.json. Numbers have their unit in their name, what is not known
 * is null, words for machines are never translated. */

#include "config.h"

#include "render/profile-json.h"

static void
set (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)MIN (value, (guint64)G_MAXINT64));
}

static void
set_share (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
set_bool (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

/* NULL is null: not known is not the same as empty. */
static void
set_text (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
begin (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static void
add_place (JsonBuilder *builder, const char *name, const FindingPlace *place)
{
  begin (builder, name);
  set_text (builder, "function", place->function);
  set_text (builder, "where", place->where != NULL && *place->where != '\0' ? place->where : NULL);
  json_builder_end_object (builder);
}

static void
add_advice (JsonBuilder *builder, const ProfileAdvice *advice)
{
  if (advice == NULL)
    {
      set_text (builder, "suggestion", NULL);
      return;
    }
  begin (builder, "suggestion");
  set_text (builder, "rule", advice->rule);
  set_text (builder, "text", advice->text);
  add_place (builder, "place", &advice->place);
  json_builder_end_object (builder);
}

static void
add_histogram (JsonBuilder *builder, const char *name, const Histogram *histogram)
{
  static const struct
  {
    const char *name;
    double share;
  } quantiles[] = { { "p50_ns", 0.5 }, { "p90_ns", 0.9 }, { "p95_ns", 0.95 }, { "p99_ns", 0.99 } };

  begin (builder, name);
  set (builder, "count", histogram->count);
  set (builder, "sum_ns", histogram->sum);
  set (builder, "mean_ns", (guint64)histogram_get_mean (histogram));
  set (builder, "min_ns", histogram->min);
  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    set (builder, quantiles[i].name, histogram_get_quantile (histogram, quantiles[i].share));
  set (builder, "max_ns", histogram->max);
  json_builder_end_object (builder);
}

/* With its counters, from the first power of two that has something to the last. */
static void
add_distribution (JsonBuilder *builder, const char *name, const Histogram *histogram)
{
  guint64 seen = 0;

  begin (builder, name);
  add_histogram (builder, "durations", histogram);
  json_builder_set_member_name (builder, "buckets");
  json_builder_begin_array (builder);
  for (guint bit = 6; bit < 62 && seen < histogram->count; bit++)
    {
      gint64 from = bit == 6 ? 0 : G_GINT64_CONSTANT (1) << (bit - 1);
      guint64 n = histogram_count_between (histogram, from, G_GINT64_CONSTANT (1) << bit);

      seen += n;
      if (n == 0)
        continue;
      json_builder_begin_object (builder);
      set (builder, "from_ns", from);
      set (builder, "below_ns", G_GINT64_CONSTANT (1) << bit);
      set (builder, "count", n);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static void
add_operation (JsonBuilder *builder, gconstpointer row)
{
  const ProfileResultOperation *operation = row;

  set_text (builder, "name", operation->name);
  add_place (builder, "place", &operation->place);
  set_text (builder, "class", profile_operation_class_get_word (operation->of));
  set_text (builder, "kind", operation->kind);
  set_text (builder, "waits_for", operation->what);
  add_histogram (builder, "durations", &operation->durations);
  set (builder, "failed", operation->n_failed);
  set (builder, "cancelled", operation->n_cancelled);
  set (builder, "pending", operation->n_pending);
  set (builder, "oldest_pending_ns", operation->oldest_ns);
  set_share (builder, "loop_busy_share", operation->loop_busy_share);
  set_share (builder, "queued_share", operation->queued_share);
  set_share (builder, "in_row_share", operation->in_row_share);
  set (builder, "longest_row", operation->longest_row);
  add_advice (builder, operation->advice);
}

static void
add_tasks (JsonBuilder *builder, gconstpointer row)
{
  const ProfileResultTasks *tasks = row;

  set_text (builder, "name", tasks->name);
  add_place (builder, "place", &tasks->place);
  set_bool (builder, "threads", tasks->is_thread);
  set (builder, "seen", tasks->n_seen);
  set (builder, "ended", tasks->n_ended);
  set (builder, "failed", tasks->n_failed);
  add_histogram (builder, "lifetimes", &tasks->lifetimes);
  set (builder, "running_ns", tasks->running_ns);
  set (builder, "waiting_ns", tasks->waiting_ns);
  set (builder, "ready_ns", tasks->ready_ns);
  set (builder, "resting_ns", tasks->resting_ns);
  set (builder, "unknown_ns", tasks->unknown_ns);
  json_builder_set_member_name (builder, "waits");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tasks->shares->len; i++)
    {
      const ProfileResultShare *share = g_ptr_array_index (tasks->shares, i);

      json_builder_begin_object (builder);
      set_text (builder, "kind", share->kind);
      set_text (builder, "waits_for", share->what);
      set (builder, "ns", share->ns);
      set_share (builder, "share", share->share);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  set (builder, "polls", tasks->n_polls);
  set (builder, "wakes", tasks->n_wakes);
  set (builder, "self_wakes", tasks->n_self_wakes);
  set (builder, "idle_polls", tasks->n_idle_polls);
  add_histogram (builder, "delays", &tasks->delays);
  set (builder, "lost", tasks->n_lost);
  add_advice (builder, tasks->advice);
}

static void
add_places (JsonBuilder *builder, const char *name, const GPtrArray *places)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < places->len; i++)
    {
      const ProfileResultPlace *place = g_ptr_array_index (places, i);

      json_builder_begin_object (builder);
      add_place (builder, "place", &place->place);
      set (builder, "count", place->count);
      set (builder, "total_ns", place->total_ns);
      set (builder, "max_ns", place->max_ns);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_lock (JsonBuilder *builder, gconstpointer row)
{
  const ProfileResultLock *lock = row;

  set_text (builder, "name", lock->name);
  set_text (builder, "kind", lock->kind);
  add_histogram (builder, "waits", &lock->waits);
  add_histogram (builder, "holds", &lock->holds);
  set (builder, "most_waiting", lock->most_waiting);
  set (builder, "cancelled", lock->n_cancelled);
  set (builder, "pending", lock->n_pending);
  set (builder, "oldest_pending_ns", lock->oldest_ns);
  add_places (builder, "waiting", lock->waiting);
  add_places (builder, "holding", lock->holding);
  add_advice (builder, lock->advice);
}

static void
add_pool (JsonBuilder *builder, gconstpointer row)
{
  const ProfileResultPool *pool = row;

  set_text (builder, "name", pool->name);
  json_builder_set_member_name (builder, "threads");
  if (pool->permits > 0)
    json_builder_add_int_value (builder, (gint64)MIN (pool->permits, (guint64)G_MAXINT64));
  else
    json_builder_add_null_value (builder);
  set (builder, "most_running", pool->most_running);
  set (builder, "most_queued", pool->most_queued);
  set (builder, "not_followed", pool->n_unknown);
  add_histogram (builder, "waits", &pool->waits);
  add_histogram (builder, "runs", &pool->runs);
  set (builder, "full_ns", pool->full_ns);
  add_places (builder, "jobs", pool->jobs);
  add_advice (builder, pool->advice);
}

static void
add_sleep (JsonBuilder *builder, const ProfileResultCallback *callback)
{
  if (callback->sleep_what == NULL)
    {
      set_text (builder, "sleep", NULL);
      return;
    }
  begin (builder, "sleep");
  add_place (builder, "place", &callback->sleep);
  set_text (builder, "waits_for", callback->sleep_what);
  set (builder, "ns", callback->sleep_ns);
  json_builder_end_object (builder);
}

static void
add_callback (JsonBuilder *builder, gconstpointer row)
{
  const ProfileResultCallback *callback = row;

  add_place (builder, "place", &callback->place);
  add_histogram (builder, "own", &callback->own);
  set (builder, "long", callback->n_long);
  begin (builder, "longest");
  set (builder, "ns", callback->worst_ns);
  set (builder, "begin_ns", callback->worst_begin_ns);
  set (builder, "slept_ns", callback->worst_slept_ns);
  set (builder, "task", callback->worst_task);
  set (builder, "thread", MAX (callback->worst_tid, 0));
  set (builder, "held_up", callback->worst_held_up);
  json_builder_end_object (builder);
  set (builder, "running_ns", callback->open_ns);
  set_bool (builder, "never_yields", callback->never_yields);
  add_sleep (builder, callback);
  json_builder_set_member_name (builder, "stack");
  json_builder_begin_array (builder);
  for (guint i = 0; callback->stack != NULL && callback->stack[i] != NULL; i++)
    json_builder_add_string_value (builder, callback->stack[i]);
  json_builder_end_array (builder);
  add_advice (builder, callback->advice);
}

static void
add_path (JsonBuilder *builder, gconstpointer row)
{
  const ProfileResultPath *path = row;

  json_builder_set_member_name (builder, "functions");
  json_builder_begin_array (builder);
  for (guint i = 0; path->names[i] != NULL; i++)
    json_builder_add_string_value (builder, path->names[i]);
  json_builder_end_array (builder);
  set_bool (builder, "goes_on", path->is_cut);
  set (builder, "tasks", path->count);
  set (builder, "total_ns", path->total_ns);
  set_share (builder, "share", path->share);
}

static void
add_rows (JsonBuilder *builder, const char *name, const GPtrArray *rows,
          void (*add) (JsonBuilder *builder, gconstpointer row))
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++)
    {
      json_builder_begin_object (builder);
      add (builder, g_ptr_array_index (rows, i));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_program (JsonBuilder *builder, const ProfileResult *result)
{
  json_builder_begin_object (builder);
  set (builder, "pid", MAX (result->pid, 0));
  set_text (builder, "command", result->command);
  set (builder, "begin_ns", result->begin_ns);
  set (builder, "duration_ns", result->duration_ns);
  set (builder, "events", result->n_events);
  set (builder, "lost", result->n_lost);
  set (builder, "tasks_seen", result->n_tasks);
  set (builder, "not_counted", result->n_turned_away);
  add_rows (builder, "operations", result->operations, add_operation);
  add_rows (builder, "tasks", result->tasks, add_tasks);
  add_rows (builder, "locks", result->locks, add_lock);
  add_rows (builder, "pools", result->pools, add_pool);
  add_rows (builder, "callbacks", result->callbacks, add_callback);
  add_rows (builder, "paths", result->paths, add_path);
  add_distribution (builder, "polls", &result->polls);
  add_distribution (builder, "delays", &result->delays);
  add_distribution (builder, "lateness", &result->lateness);
  add_advice (builder, result->late_advice);
  json_builder_end_object (builder);
}

JsonNode *
export_profile_json (const GPtrArray *results)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  set (builder, "schema", EXPORT_PROFILE_SCHEMA_VERSION);
  set_text (builder, "version", PACKAGE_VERSION);
  set_share (builder, "percentile_error", HISTOGRAM_MAX_ERROR);
  json_builder_set_member_name (builder, "programs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < results->len; i++)
    add_program (builder, g_ptr_array_index (results, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
