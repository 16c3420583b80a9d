/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What could be done about it. One rule a function, one threshold a line of profile-suggest.h; for
 * each subject the first rule that holds counts. tests/unit/test-profile-suggest.c has both sides of each. */

#include "config.h"

#include "profile/profile-result.h"

#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "profile/profile-suggest.h"

/* A line and its function, or what is known of it: a module and how far into it. NULL: nothing is. */
static char *
describe_place (const FindingPlace *place)
{
  char *line = finding_place_dup_line (place);

  return line != NULL && *line != '\0' ? line : (g_free (line), NULL);
}

/* Where nothing is known of the place, a sentence does without. */
static char *
describe_where (const FindingPlace *place)
{
  g_autofree char *line = describe_place (place);

  /* TRANSLATORS: a place in a program, as an end of many sentences: "give it a timeout at main.c:12 (main)" */
  return line != NULL ? g_strdup_printf (_ (" at %s"), line) : g_strdup ("");
}

/* The callback that has run for longest in all. */
static const ProfileResultCallback *
get_busiest (const ProfileResult *result)
{
  const ProfileResultCallback *busiest = NULL;

  for (guint i = 0; i < result->callbacks->len; i++)
    {
      const ProfileResultCallback *callback = g_ptr_array_index (result->callbacks, i);

      if (busiest == NULL || callback->own.sum > busiest->own.sum)
        busiest = callback;
    }
  return busiest;
}

/* ---- Operations ----------------------------------------------------------------------------- */

static ProfileAdvice *
suggest_timeout (const ProfileResult *result, const ProfileResultOperation *operation)
{
  gint64 usual =
      operation->durations.count > 0 ? histogram_get_quantile (&operation->durations, 0.99) : 0;
  g_autofree char *count = NULL;
  g_autofree char *oldest = NULL;
  g_autofree char *where = NULL;

  /* What has no end may have had one that was lost. */
  if (result->n_lost > 0 || operation->n_endless == 0 || operation->endless_ns < SUGGEST_OPEN_NS ||
      operation->endless_ns / SUGGEST_OPEN_TIMES < usual ||
      operation->of == PROFILE_OPERATION_TASK || operation->of == PROFILE_OPERATION_SLEEP ||
      operation->of == PROFILE_OPERATION_LOCK || operation->of == PROFILE_OPERATION_FUNCTION)
    return NULL;
  count = model_format_count (operation->n_endless);
  oldest = model_format_duration (operation->endless_ns);
  where = describe_where (&operation->place);
  return profile_advice_new (
      "not-over",
      g_strdup_printf (ngettext ("%s has not ended, for %s: give it a timeout%s",
                                 "%s have not ended, the oldest for %s: give them a timeout%s",
                                 (gulong)operation->n_endless),
                       count, oldest, where),
      &operation->place);
}

static ProfileAdvice *
suggest_free_loop (const ProfileResult *result, const ProfileResultOperation *operation)
{
  const ProfileResultCallback *busiest = get_busiest (result);
  g_autofree char *share = NULL;
  g_autofree char *where = NULL;

  if (operation->loop_busy_share < SUGGEST_LOOP_BUSY_SHARE || busiest == NULL ||
      histogram_get_mean (&operation->durations) < SUGGEST_LOOP_BUSY_NS)
    return NULL;
  share = model_format_percent (operation->loop_busy_share);
  where = describe_place (&busiest->place);
  return profile_advice_new (
      "loop-busy",
      where != NULL
          ? g_strdup_printf (_ ("for %s of that time its loop ran callbacks, most of all %s: make "
                                "that one shorter, or give its work to a thread"),
                             share, where)
          : g_strdup_printf (_ ("for %s of that time its loop ran callbacks: make them shorter, or "
                                "give their work to a thread"),
                             share),
      &busiest->place);
}

/* "4 threads (UV_THREADPOOL_SIZE)", "4 threads", as its runtime calls them. NULL: how many it has is not known */
static char *
describe_threads (const ProfileResultPool *pool)
{
  g_autofree char *count = model_format_count (pool->permits);

  if (pool->permits == 0 || pool->permits_label == NULL || *pool->permits_label == '\0')
    return NULL;
  return g_strdup_printf ("%s %s", count, pool->permits_label);
}

/* The place whose jobs have had the threads of all pools for longest. */
static const ProfileResultPlace *
get_longest_jobs (const ProfileResult *result)
{
  const ProfileResultPlace *longest = NULL;

  for (guint i = 0; i < result->pools->len; i++)
    {
      const ProfileResultPool *pool = g_ptr_array_index (result->pools, i);
      const ProfileResultPlace *jobs =
          pool->jobs->len > 0 ? g_ptr_array_index (pool->jobs, 0) : NULL;

      if (jobs != NULL && (longest == NULL || jobs->total_ns > longest->total_ns))
        longest = jobs;
    }
  return longest;
}

static ProfileAdvice *
suggest_more_threads (const ProfileResult *result, const ProfileResultOperation *operation)
{
  const ProfileResultPlace *jobs = get_longest_jobs (result);
  g_autofree char *share = NULL;
  g_autofree char *where = NULL;

  if (operation->queued_share < SUGGEST_QUEUED_SHARE || jobs == NULL)
    return NULL;
  share = model_format_percent (operation->queued_share);
  where = describe_where (&jobs->place);
  return profile_advice_new (
      "queued",
      g_strdup_printf (
          _ ("for %s of that time no thread of the pool had taken it up: give the pool "
             "more threads, or it less to do%s"),
          share, where),
      &jobs->place);
}

static ProfileAdvice *
suggest_together (const ProfileResult *result, const ProfileResultOperation *operation)
{
  g_autofree char *row = NULL;
  g_autofree char *where = NULL;

  if (operation->of != PROFILE_OPERATION_EXCHANGE || operation->longest_row < SUGGEST_ROW ||
      operation->in_row_share < SUGGEST_ROW_SHARE)
    return NULL;
  row = model_format_count (operation->longest_row);
  where = describe_where (&operation->place);
  return profile_advice_new (
      "one-by-one",
      g_strdup_printf (_ ("up to %s run one after the other in one task: where none needs the "
                          "answer to another, issue them together%s, or cache them"),
                       row, where),
      &operation->place);
}

static ProfileAdvice *
suggest_cache (const ProfileResult *result, const ProfileResultOperation *operation)
{
  gint64 half = histogram_get_quantile (&operation->durations, 0.5);
  g_autofree char *duration = NULL;
  g_autofree char *where = NULL;

  if (operation->of != PROFILE_OPERATION_EXCHANGE || half < SUGGEST_SLOW_ANSWER_NS)
    return NULL;
  duration = model_format_duration (half);
  where = describe_where (&operation->place);
  return profile_advice_new (
      "slow-answer",
      g_strdup_printf (_ ("every second answer takes %s or longer: cache what is asked for%s, or "
                          "see what keeps the other side"),
                       duration, where),
      &operation->place);
}

/* Whoever waits for the slowest one could have given up long before, and asked again. */
static ProfileAdvice *
suggest_giving_up (const ProfileResult *result, const ProfileResultOperation *operation)
{
  gint64 half = histogram_get_quantile (&operation->durations, 0.5);
  g_autofree char *usual = NULL;
  g_autofree char *longest = NULL;
  g_autofree char *where = NULL;

  if (operation->of != PROFILE_OPERATION_EXCHANGE ||
      operation->durations.max < SUGGEST_STRAGGLER_NS ||
      operation->durations.max / SUGGEST_STRAGGLER_TIMES < half)
    return NULL;
  usual = model_format_duration (half);
  longest = model_format_duration (operation->durations.max);
  where = describe_where (&operation->place);
  return profile_advice_new (
      "straggler",
      g_strdup_printf (_ ("every second answer is there within %s, the slowest was waited for %s: "
                          "set a shorter timeout%s, or see what keeps the other side"),
                       usual, longest, where),
      &operation->place);
}

static ProfileAdvice *
suggest_for_operation (const ProfileResult *result, const ProfileResultOperation *operation)
{
  ProfileAdvice *advice = suggest_timeout (result, operation);

  if (advice != NULL || operation->of == PROFILE_OPERATION_SLEEP ||
      operation->of == PROFILE_OPERATION_LOCK || operation->of == PROFILE_OPERATION_TASK ||
      operation->of == PROFILE_OPERATION_FUNCTION ||
      operation->durations.count < SUGGEST_OPERATION_COUNT ||
      operation->durations.sum < SUGGEST_OPERATION_NS)
    return advice;
  if ((advice = suggest_free_loop (result, operation)) == NULL &&
      (advice = suggest_more_threads (result, operation)) == NULL &&
      (advice = suggest_together (result, operation)) == NULL &&
      (advice = suggest_cache (result, operation)) == NULL)
    advice = suggest_giving_up (result, operation);
  return advice;
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

static ProfileAdvice *
suggest_for_tasks (const ProfileResultTasks *tasks)
{
  g_autofree char *where = describe_where (&tasks->place);
  g_autofree char *share = NULL;
  double wakes = (double)MAX (tasks->n_wakes, 1);

  if (tasks->n_lost > 0)
    {
      g_autofree char *count = model_format_count (tasks->n_lost);
      g_autofree char *longest = model_format_duration (tasks->longest_lost_ns);

      return profile_advice_new (
          "lost-waker",
          g_strdup_printf (
              ngettext (
                  "%s is not over, waits for nothing that it told of, and was not woken for %s: "
                  "see%s that who completes it wakes it (inferred)",
                  "%s are not over, wait for nothing that they told of, and were not woken "
                  "for up to %s: see%s that who completes them wakes them (inferred)",
                  (gulong)tasks->n_lost),
              count, longest, where),
          &tasks->place);
    }
  if (tasks->n_wakes < SUGGEST_WAKES)
    return NULL;
  if ((double)tasks->n_self_wakes / wakes >= SUGGEST_SELF_WAKE_SHARE)
    {
      share = model_format_percent ((double)tasks->n_self_wakes / wakes);
      return profile_advice_new (
          "self-wakes",
          g_strdup_printf (_ ("%s of its wake-ups are its own: wait for what it asks for again and "
                              "again%s"),
                           share, where),
          &tasks->place);
    }
  if ((double)tasks->n_idle_polls / wakes >= SUGGEST_IDLE_WAKE_SHARE)
    {
      share = model_format_percent ((double)tasks->n_idle_polls / wakes);
      return profile_advice_new (
          "idle-wakes",
          g_strdup_printf (_ ("after %s of its wake-ups it did nothing that was told of: wake what "
                              "began%s only when there is something to do (inferred)"),
                           share, where),
          &tasks->place);
    }
  return NULL;
}

/* ---- Locks and pools ------------------------------------------------------------------------- */

static ProfileAdvice *
suggest_for_lock (const ProfileResult *result, const ProfileResultLock *lock)
{
  const ProfileResultPlace *holder = NULL;
  g_autofree char *longest = NULL;
  g_autofree char *where = NULL;
  double share = (double)lock->waits.sum / (double)MAX (result->duration_ns, 1);

  if (lock->waits.count < SUGGEST_LOCK_COUNT || lock->holding->len == 0 ||
      (share < SUGGEST_LOCK_SHARE &&
       histogram_get_quantile (&lock->waits, 0.99) < SUGGEST_LOCK_P99_NS))
    return NULL;
  holder = g_ptr_array_index (lock->holding, 0);
  longest = model_format_duration (holder->max_ns);
  where = describe_place (&holder->place);
  return profile_advice_new (
      "contended",
      where != NULL
          ? g_strdup_printf (_ ("hold it for less than the up to %s for which it is held from %s "
                                "while others wait"),
                             longest, where)
          : g_strdup_printf (_ ("hold it for less than the up to %s for which it is held while "
                                "others wait"),
                             longest),
      &holder->place);
}

static ProfileAdvice *
suggest_for_pool (const ProfileResult *result, const ProfileResultPool *pool)
{
  gint64 waited = histogram_get_quantile (&pool->waits, 0.95);
  const ProfileResultPlace *jobs = pool->jobs->len > 0 ? g_ptr_array_index (pool->jobs, 0) : NULL;
  g_autofree char *duration = NULL;
  g_autofree char *where = NULL;
  g_autofree char *threads = describe_threads (pool);

  if (pool->waits.count < SUGGEST_POOL_COUNT || waited < SUGGEST_POOL_P95_NS || jobs == NULL ||
      (double)pool->full_ns < SUGGEST_POOL_FULL_SHARE * (double)result->duration_ns)
    return NULL;
  duration = model_format_duration (waited);
  where = describe_where (&jobs->place);
  return profile_advice_new (
      "pool-full",
      threads != NULL
          /* TRANSLATORS: the second %s is "4 threads (UV_THREADPOOL_SIZE)" */
          ? g_strdup_printf (
                _ ("one in twenty jobs waits %s or longer: give the pool more than its "
                   "%s, or it less to do%s"),
                duration, threads, where)
          : g_strdup_printf (
                ngettext ("one in twenty jobs waits %s or longer while %u runs: give the pool "
                          "more threads, or it less to do%s",
                          "one in twenty jobs waits %s or longer while %u run: give the pool "
                          "more threads, or it less to do%s",
                          pool->most_running),
                duration, pool->most_running, where),
      &jobs->place);
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

static ProfileAdvice *
suggest_for_callback (const ProfileResultCallback *callback)
{
  gint64 longest = MAX (callback->worst_ns, callback->open_ns);
  gint64 slept_ns =
      callback->open_ns > callback->worst_ns ? callback->open_slept_ns : callback->worst_slept_ns;
  g_autofree char *where = describe_where (&callback->place);

  if (longest < SUGGEST_CALLBACK_NS)
    return NULL;
  if (callback->sleep_what != NULL && (double)slept_ns >= SUGGEST_SLEEP_SHARE * (double)longest)
    {
      g_autofree char *slept = model_format_duration (callback->sleep_ns);
      g_autofree char *sleep = describe_where (&callback->sleep);

      return profile_advice_new (
          "callback-sleeps",
          g_strdup_printf (
              _ ("it sleeps for up to %s in one call (%s): do that without blocking, or "
                 "in a thread%s"),
              slept, callback->sleep_what, sleep),
          &callback->sleep);
    }
  if (callback->never_yields)
    return profile_advice_new (
        "never-yields",
        g_strdup_printf (_ ("it does not let anything else run: do it in parts%s, or in a thread"),
                         where),
        &callback->place);
  return profile_advice_new (
      "long-callback",
      g_strdup_printf (_ ("nothing else runs on its thread meanwhile: do it in parts%s, or in a "
                          "thread"),
                       where),
      &callback->place);
}

static ProfileAdvice *
suggest_for_lateness (const ProfileResult *result)
{
  const ProfileResultCallback *longest =
      result->callbacks->len > 0 ? g_ptr_array_index (result->callbacks, 0) : NULL;
  g_autofree char *late = NULL;
  g_autofree char *where = NULL;
  gint64 p99 = histogram_get_quantile (&result->lateness, 0.99);

  if (result->lateness.count < SUGGEST_LATE_COUNT || p99 < SUGGEST_LATE_P99_NS || longest == NULL ||
      longest->worst_ns < SUGGEST_LATE_P99_NS)
    return NULL;
  late = model_format_duration (p99);
  where = describe_place (&longest->place);
  return profile_advice_new (
      "late-timers",
      where != NULL
          ? g_strdup_printf (
                _ ("one timer in a hundred is late by %s or more: the longest callback is %s"),
                late, where)
          : g_strdup_printf (_ ("one timer in a hundred is late by %s or more"), late),
      &longest->place);
}

/* Durations, too, are longer than they were where an end was lost. */
static ProfileAdvice *
qualify (const ProfileResult *result, ProfileAdvice *advice)
{
  char *text;

  if (advice == NULL || result->n_lost == 0)
    return advice;
  text = g_strdup_printf (_ ("%s (inferred: records were lost)"), advice->text);
  g_free (advice->text);
  advice->text = text;
  return advice;
}

void
profile_suggest (ProfileResult *result)
{
  for (guint i = 0; i < result->operations->len; i++)
    {
      ProfileResultOperation *operation = g_ptr_array_index (result->operations, i);

      operation->advice = qualify (result, suggest_for_operation (result, operation));
    }
  for (guint i = 0; i < result->tasks->len; i++)
    {
      ProfileResultTasks *tasks = g_ptr_array_index (result->tasks, i);

      tasks->advice = qualify (result, suggest_for_tasks (tasks));
    }
  for (guint i = 0; i < result->locks->len; i++)
    {
      ProfileResultLock *lock = g_ptr_array_index (result->locks, i);

      lock->advice = qualify (result, suggest_for_lock (result, lock));
    }
  for (guint i = 0; i < result->pools->len; i++)
    {
      ProfileResultPool *pool = g_ptr_array_index (result->pools, i);

      pool->advice = qualify (result, suggest_for_pool (result, pool));
    }
  for (guint i = 0; i < result->callbacks->len; i++)
    {
      ProfileResultCallback *callback = g_ptr_array_index (result->callbacks, i);

      callback->advice = qualify (result, suggest_for_callback (callback));
    }
  result->late_advice = qualify (result, suggest_for_lateness (result));
}
