/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* From numbers to words. */

#include "config.h"

#include "profile/profile-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "model/format.h"

/* ---- Words ---------------------------------------------------------------------------------- */

/* "connecting to {peer}" of all such waits: "connecting to …". */
char *
profile_describe_kind (const ModelKind *kind, ProfileWaitClass as)
{
  if (as == PROFILE_WAIT_ANSWER)
    return g_strdup (_ ("waiting for an answer"));
  if (as == PROFILE_WAIT_QUEUE)
    return g_strdup (_ ("waiting for a thread of a pool"));
  if ((kind->flags & INSPECT_AWAIT_TIMER) != 0)
    return g_strdup (_ ("a timer"));
  if (*kind->phrase == '\0' && *kind->name == '\0')
    return g_strdup (_ ("something that has not described itself"));
  return analysis_describe_kind (kind->name, kind->phrase);
}

static char *
describe_words (const ProfileWords *words, const ModelKind *kind, ProfileWaitClass as)
{
  if (words->text == NULL || (words->differ && strlen (words->text) < 4))
    return profile_describe_kind (kind, as);
  return words->differ ? g_strdup_printf ("%s…", words->text) : g_strdup (words->text);
}

static char *
dup_function (const FindingPlace *place, const char *otherwise)
{
  return g_strdup (place->function != NULL ? place->function : otherwise);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static gint
compare_operations (gconstpointer a, gconstpointer b)
{
  const ProfileResultOperation *x = *(const ProfileResultOperation *const *)a;
  const ProfileResultOperation *y = *(const ProfileResultOperation *const *)b;

  if (x->durations.sum != y->durations.sum)
    return x->durations.sum < y->durations.sum ? 1 : -1;
  return g_strcmp0 (x->name, y->name);
}

/* Stacks that differ above one line are one operation. (transfer full) */
static char *
dup_operation_key (const FindingPlace *place, const ProfileOperation *operation)
{
  return g_strdup_printf ("%u\n%s\n%s", (guint)operation->of, operation->kind->name, place->text);
}

static void
add_operation (Profile *profile, ProfileResult *result, GHashTable *known,
               const ProfileOperation *from)
{
  g_autofree char *key = NULL;
  FindingPlace place = { 0 };
  ProfileResultOperation *operation;
  guint64 before;

  if (from->durations.count == 0 && from->n_pending == 0)
    return;
  finding_place_set (&place, profile->places, from->location);
  key = dup_operation_key (&place, from);
  operation = g_hash_table_lookup (known, key);
  if (operation == NULL)
    {
      operation = g_new0 (ProfileResultOperation, 1);
      operation->what = describe_words (
          &from->words, from->kind,
          from->of == PROFILE_OPERATION_EXCHANGE ? PROFILE_WAIT_ANSWER : PROFILE_WAIT_PLAIN);
      operation->name = dup_function (&place, operation->what);
      operation->kind = g_strdup (from->kind->name);
      operation->of = from->of;
      operation->place = place;
      g_ptr_array_add (result->operations, operation);
      g_hash_table_insert (known, g_steal_pointer (&key), operation);
    }
  else
    finding_place_clear (&place);
  before = operation->durations.count;
  histogram_merge (&operation->durations, &from->durations);
  profile_example_take (&operation->worst, &from->worst);
  operation->n_failed += from->n_failed;
  operation->n_cancelled += from->n_cancelled;
  operation->n_pending += from->n_pending;
  operation->oldest_ns = MAX (operation->oldest_ns, from->oldest_ns);
  operation->n_endless += from->n_endless;
  operation->endless_ns = MAX (operation->endless_ns, from->endless_ns);
  operation->longest_row = MAX (operation->longest_row, from->longest_row);
  if (operation->durations.count > 0)
    operation->in_row_share = (operation->in_row_share * (double)before + (double)from->n_in_row) /
                              (double)operation->durations.count;
  /* In nanoseconds, until all are added. */
  operation->loop_busy_share += (double)from->loop_busy_ns;
  operation->queued_share += (double)from->queued_ns;
}

/* @ns: of the durations of @operation */
static double
get_share (const ProfileResultOperation *operation, double ns)
{
  return operation->durations.sum > 0 ? MIN (ns / (double)operation->durations.sum, 1) : 0;
}

static void
add_operations (Profile *profile, ProfileResult *result)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < profile->operations.rows->len; i++)
    add_operation (profile, result, known, g_ptr_array_index (profile->operations.rows, i));
  for (guint i = 0; i < result->operations->len; i++)
    {
      ProfileResultOperation *operation = g_ptr_array_index (result->operations, i);

      operation->loop_busy_share = get_share (operation, operation->loop_busy_share);
      operation->queued_share = get_share (operation, operation->queued_share);
    }
  g_ptr_array_sort (result->operations, compare_operations);
}

static gint
compare_shares (gconstpointer a, gconstpointer b)
{
  const ProfileResultShare *x = *(const ProfileResultShare *const *)a;
  const ProfileResultShare *y = *(const ProfileResultShare *const *)b;

  return x->ns < y->ns ? 1 : x->ns > y->ns ? -1 : 0;
}

static void
add_shares (ProfileResultTasks *tasks, const ProfileTaskGroup *group)
{
  for (guint i = 0; i < group->n_shares; i++)
    {
      const ProfileShare *from = &group->shares[i];
      g_autofree char *what = describe_words (&from->words, from->kind, from->as);
      ProfileResultShare *share = NULL;

      for (guint j = 0; j < tasks->shares->len && share == NULL; j++)
        if (g_str_equal (((ProfileResultShare *)g_ptr_array_index (tasks->shares, j))->what, what))
          share = g_ptr_array_index (tasks->shares, j);
      if (share == NULL)
        {
          share = g_new0 (ProfileResultShare, 1);
          share->what = g_steal_pointer (&what);
          share->kind = g_strdup (from->kind->name);
          share->as = from->as;
          g_ptr_array_add (tasks->shares, share);
        }
      share->ns += from->ns;
    }
}

static void
finish_shares (ProfileResultTasks *tasks)
{
  gint64 all = MAX (profile_result_tasks_get_time (tasks), 1);

  for (guint i = 0; i < tasks->shares->len; i++)
    {
      ProfileResultShare *share = g_ptr_array_index (tasks->shares, i);

      share->share = (double)share->ns / (double)all;
    }
  g_ptr_array_sort (tasks->shares, compare_shares);
}

static char *
name_group (Profile *profile, const ProfileTaskGroup *group, const FindingPlace *place)
{
  const char *function = NULL;

  if (group->name != NULL)
    return model_format_text (group->name, strlen (group->name));
  if (group->code != 0)
    function = analysis_places_get_code (profile->places, group->code)->function;
  if (function != NULL)
    return model_format_text (function, strlen (function));
  return dup_function (place, _ ("began before we looked"));
}

static gint
compare_tasks (gconstpointer a, gconstpointer b)
{
  const ProfileResultTasks *x = *(const ProfileResultTasks *const *)a;
  const ProfileResultTasks *y = *(const ProfileResultTasks *const *)b;
  gint64 x_ns = x->running_ns + x->waiting_ns + x->ready_ns;
  gint64 y_ns = y->running_ns + y->waiting_ns + y->ready_ns;

  return x_ns < y_ns ? 1 : x_ns > y_ns ? -1 : g_strcmp0 (x->name, y->name);
}

/* Stacks that differ above one line are one place. */
static ProfileResultTasks *
get_tasks (Profile *profile, ProfileResult *result, GHashTable *known,
           const ProfileTaskGroup *group)
{
  FindingPlace place = { 0 };
  g_autofree char *name = NULL;
  g_autofree char *key = NULL;
  ProfileResultTasks *tasks;

  finding_place_set (&place, profile->places, group->location);
  name = name_group (profile, group, &place);
  key = g_strdup_printf ("%d\n%s\n%s", group->is_thread, name, place.text);
  tasks = g_hash_table_lookup (known, key);
  if (tasks != NULL)
    {
      finding_place_clear (&place);
      return tasks;
    }
  tasks = profile_result_add_tasks (result);
  tasks->name = g_steal_pointer (&name);
  tasks->place = place;
  tasks->is_thread = group->is_thread;
  g_hash_table_insert (known, g_steal_pointer (&key), tasks);
  return tasks;
}

static void
add_tasks (Profile *profile, ProfileResult *result)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < profile->groups.rows->len; i++)
    {
      const ProfileTaskGroup *group = g_ptr_array_index (profile->groups.rows, i);
      ProfileResultTasks *tasks;

      if (group->n_seen == 0)
        continue;
      tasks = get_tasks (profile, result, known, group);
      histogram_merge (&tasks->lifetimes, &group->lifetimes);
      profile_example_take (&tasks->worst, &group->worst);
      histogram_merge (&tasks->delays, &group->delays);
      tasks->n_seen += group->n_seen;
      tasks->n_ended += group->n_ended;
      tasks->n_failed += group->n_failed;
      tasks->running_ns += group->running_ns;
      tasks->waiting_ns += group->waiting_ns;
      tasks->ready_ns += group->ready_ns;
      tasks->resting_ns += group->resting_ns;
      if (group->is_thread)
        tasks->unknown_ns += MAX (group->life_ns + group->open_life_ns - group->running_ns -
                                      group->waiting_ns - group->ready_ns - group->resting_ns,
                                  0);
      tasks->n_polls += group->n_polls;
      tasks->n_wakes += group->n_wakes;
      tasks->n_self_wakes += group->n_self_wakes;
      tasks->n_idle_polls += group->n_idle_polls;
      add_shares (tasks, group);
      tasks->n_lost += group->n_lost;
      tasks->longest_lost_ns = MAX (tasks->longest_lost_ns, group->longest_lost_ns);
      result->n_tasks += group->n_seen;
    }
  for (guint i = 0; i < result->tasks->len; i++)
    finish_shares (g_ptr_array_index (result->tasks, i));
  g_ptr_array_sort (result->tasks, compare_tasks);
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const ProfileResultPlace *x = *(const ProfileResultPlace *const *)a;
  const ProfileResultPlace *y = *(const ProfileResultPlace *const *)b;

  return x->total_ns < y->total_ns ? 1 : x->total_ns > y->total_ns ? -1 : 0;
}

static void
add_places (Profile *profile, GPtrArray *rows, const ProfilePlaceTime *places, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      FindingPlace place = { 0 };
      ProfileResultPlace *row = NULL;

      finding_place_set (&place, profile->places, places[i].location);
      for (guint j = 0; j < rows->len; j++)
        if (g_strcmp0 (((ProfileResultPlace *)g_ptr_array_index (rows, j))->place.text,
                       place.text) == 0)
          row = g_ptr_array_index (rows, j);
      if (row == NULL)
        {
          row = g_new0 (ProfileResultPlace, 1);
          row->place = place;
          g_ptr_array_add (rows, row);
        }
      else
        finding_place_clear (&place);
      row->count += places[i].count;
      row->total_ns += places[i].total_ns;
      row->max_ns = MAX (row->max_ns, places[i].max_ns);
    }
  g_ptr_array_sort (rows, compare_places);
}

static char *
describe_lock (Profile *profile, const ProfileLock *lock)
{
  guint64 address = lock->object & G_GUINT64_CONSTANT (0xffffffffffff);
  g_autofree char *noun = profile_describe_kind (lock->kind, PROFILE_WAIT_PLAIN);
  g_autofree char *variable = NULL;
  g_autofree char *safe = NULL;

  if (lock->name == NULL)
    variable = analysis_places_dup_variable (profile->places, address);
  if (variable != NULL)
    return g_strdup_printf ("%s %s", noun, variable);
  if (lock->name == NULL)
    return g_strdup_printf ("%s 0x%" G_GINT64_MODIFIER "x", noun, address);
  safe = model_format_text (lock->name, strlen (lock->name));
  return g_strdup_printf ("%s “%s”", noun, safe);
}

static gint
compare_locks (gconstpointer a, gconstpointer b)
{
  const ProfileResultLock *x = *(const ProfileResultLock *const *)a;
  const ProfileResultLock *y = *(const ProfileResultLock *const *)b;

  gint64 x_ns = x->waits.sum + x->oldest_ns, y_ns = y->waits.sum + y->oldest_ns;

  return x_ns < y_ns ? 1 : x_ns > y_ns ? -1 : g_strcmp0 (x->name, y->name);
}

static void
add_locks (Profile *profile, ProfileResult *result)
{
  for (guint i = 0; i < profile->locks.rows->len; i++)
    {
      const ProfileLock *from = g_ptr_array_index (profile->locks.rows, i);
      ProfileResultLock *lock;

      if (from->waits.count == 0 && from->n_pending == 0)
        continue;
      lock = profile_result_add_lock (result);
      lock->name = describe_lock (profile, from);
      lock->kind = g_strdup (from->kind->name);
      histogram_merge (&lock->waits, &from->waits);
      histogram_merge (&lock->holds, &from->holds);
      lock->most_waiting = from->most_waiting;
      lock->n_cancelled = from->n_cancelled;
      lock->n_pending = from->n_pending;
      lock->worst = from->worst;
      lock->oldest_ns = from->oldest_ns;
      add_places (profile, lock->waiting, from->waiting, from->n_waiting);
      add_places (profile, lock->holding, from->holding, from->n_holding);
    }
  g_ptr_array_sort (result->locks, compare_locks);
}

static void
add_pools (Profile *profile, ProfileResult *result)
{
  for (guint i = 0; i < profile->pools.rows->len; i++)
    {
      const ProfilePool *from = g_ptr_array_index (profile->pools.rows, i);
      ProfileResultPool *pool;

      if (from->runs.count == 0 && from->waits.count == 0)
        continue;
      pool = profile_result_add_pool (result);
      pool->name = model_format_text (from->name, strlen (from->name));
      pool->permits = from->permits;
      pool->permits_label =
          from->permits_label != NULL
              ? model_format_text (from->permits_label, strlen (from->permits_label))
              : NULL;
      pool->most_queued = from->most_queued;
      pool->most_running = from->most_running;
      pool->n_unknown = from->n_unknown;
      pool->full_ns = from->full_ns;
      histogram_merge (&pool->waits, &from->waits);
      histogram_merge (&pool->runs, &from->runs);
      add_places (profile, pool->jobs, from->jobs, from->n_jobs);
    }
}

/* ---- All of it ------------------------------------------------------------------------------- */

ProfileResult *
profile_build (Profile *profile, gint64 now_ns, guint64 n_lost)
{
  ProfileResult *result = profile_result_new ();

  now_ns = MAX (now_ns, profile->model->now_ns);
  profile_find_open (profile, now_ns, n_lost > 0);
  result->n_lost = n_lost;
  result->begin_ns = profile->first_ns;
  result->duration_ns =
      profile->first_ns == 0 ? 0 : MAX (MIN (now_ns, profile->range.to_ns) - profile->first_ns, 0);
  result->n_events = profile->n_events;
  add_operations (profile, result);
  add_tasks (profile, result);
  add_locks (profile, result);
  add_pools (profile, result);
  profile_add_callbacks (profile, result);
  profile_add_paths (profile, result);
  profile_add_nodes (profile, result);
  histogram_merge (&result->polls, &profile->polls);
  histogram_merge (&result->delays, &profile->delays);
  histogram_merge (&result->lateness, &profile->lateness);
  result->n_turned_away = profile->operations.n_turned_away + profile->groups.n_turned_away +
                          profile->callbacks.n_turned_away + profile->locks.n_turned_away +
                          profile->pools.n_turned_away + profile->n_nodes_turned_away +
                          profile->n_other_paths;
  profile_suggest (result);
  return result;
}
