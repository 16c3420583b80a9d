/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "profile/profile-result.h"

static void
advice_free (ProfileAdvice *advice)
{
  if (advice == NULL)
    return;
  finding_place_clear (&advice->place);
  g_free (advice->text);
  g_free (advice);
}

ProfileAdvice *
profile_advice_new (const char *rule, char *text, const FindingPlace *place)
{
  ProfileAdvice *advice = g_new0 (ProfileAdvice, 1);

  advice->rule = rule;
  advice->text = text;
  if (place != NULL)
    {
      advice->place.function = g_strdup (place->function);
      advice->place.where = g_strdup (place->where);
      advice->place.text = g_strdup (place->text);
    }
  return advice;
}

static void
share_free (gpointer data)
{
  ProfileResultShare *share = data;

  g_free (share->what);
  g_free (share->kind);
  g_free (share);
}

static void
operation_free (gpointer data)
{
  ProfileResultOperation *operation = data;

  g_free (operation->name);
  finding_place_clear (&operation->place);
  g_free (operation->what);
  g_free (operation->kind);
  histogram_clear (&operation->durations);
  advice_free (operation->advice);
  g_free (operation);
}

static void
tasks_free (gpointer data)
{
  ProfileResultTasks *tasks = data;

  g_free (tasks->name);
  finding_place_clear (&tasks->place);
  histogram_clear (&tasks->lifetimes);
  histogram_clear (&tasks->delays);
  if (tasks->shares != NULL)
    g_ptr_array_unref (tasks->shares);
  advice_free (tasks->advice);
  g_free (tasks);
}

static void
place_free (gpointer data)
{
  ProfileResultPlace *place = data;

  finding_place_clear (&place->place);
  g_free (place);
}

static void
lock_free (gpointer data)
{
  ProfileResultLock *lock = data;

  g_free (lock->name);
  g_free (lock->kind);
  histogram_clear (&lock->waits);
  histogram_clear (&lock->holds);
  g_ptr_array_unref (lock->waiting);
  g_ptr_array_unref (lock->holding);
  advice_free (lock->advice);
  g_free (lock);
}

static void
pool_free (gpointer data)
{
  ProfileResultPool *pool = data;

  g_free (pool->name);
  g_free (pool->permits_label);
  histogram_clear (&pool->waits);
  histogram_clear (&pool->runs);
  g_ptr_array_unref (pool->jobs);
  advice_free (pool->advice);
  g_free (pool);
}

static void
callback_free (gpointer data)
{
  ProfileResultCallback *callback = data;

  finding_place_clear (&callback->place);
  finding_place_clear (&callback->sleep);
  histogram_clear (&callback->own);
  g_free (callback->sleep_what);
  g_strfreev (callback->stack);
  advice_free (callback->advice);
  g_free (callback);
}

static void
path_free (gpointer data)
{
  ProfileResultPath *path = data;

  g_strfreev (path->names);
  g_free (path);
}

static void
node_free (gpointer data)
{
  ProfileResultNode *node = data;

  g_free (node->name);
  g_free (node->where);
  g_free (node);
}

ProfileResultTasks *
profile_result_add_tasks (ProfileResult *result)
{
  ProfileResultTasks *tasks = g_new0 (ProfileResultTasks, 1);

  tasks->shares = g_ptr_array_new_with_free_func (share_free);
  g_ptr_array_add (result->tasks, tasks);
  return tasks;
}

void
profile_example_take (ProfileExample *example, const ProfileExample *other)
{
  if (other->task != 0 && (example->task == 0 || other->ns > example->ns))
    *example = *other;
}

gint64
profile_result_tasks_get_time (const ProfileResultTasks *tasks)
{
  return tasks->running_ns + tasks->waiting_ns + tasks->ready_ns + tasks->resting_ns +
         tasks->unknown_ns;
}

ProfileResultLock *
profile_result_add_lock (ProfileResult *result)
{
  ProfileResultLock *lock = g_new0 (ProfileResultLock, 1);

  lock->waiting = g_ptr_array_new_with_free_func (place_free);
  lock->holding = g_ptr_array_new_with_free_func (place_free);
  g_ptr_array_add (result->locks, lock);
  return lock;
}

ProfileResultPool *
profile_result_add_pool (ProfileResult *result)
{
  ProfileResultPool *pool = g_new0 (ProfileResultPool, 1);

  pool->jobs = g_ptr_array_new_with_free_func (place_free);
  g_ptr_array_add (result->pools, pool);
  return pool;
}

ProfileResult *
profile_result_new (void)
{
  ProfileResult *result = g_atomic_rc_box_new0 (ProfileResult);

  result->operations = g_ptr_array_new_with_free_func (operation_free);
  result->tasks = g_ptr_array_new_with_free_func (tasks_free);
  result->locks = g_ptr_array_new_with_free_func (lock_free);
  result->pools = g_ptr_array_new_with_free_func (pool_free);
  result->callbacks = g_ptr_array_new_with_free_func (callback_free);
  result->paths = g_ptr_array_new_with_free_func (path_free);
  result->nodes = g_ptr_array_new_with_free_func (node_free);
  return result;
}

static void
result_clear (gpointer data)
{
  ProfileResult *result = data;

  g_free (result->command);
  g_free (result->program);
  g_ptr_array_unref (result->operations);
  g_ptr_array_unref (result->tasks);
  g_ptr_array_unref (result->locks);
  g_ptr_array_unref (result->pools);
  g_ptr_array_unref (result->callbacks);
  g_ptr_array_unref (result->paths);
  g_ptr_array_unref (result->nodes);
  histogram_clear (&result->polls);
  histogram_clear (&result->delays);
  histogram_clear (&result->lateness);
  advice_free (result->late_advice);
}

ProfileResult *
profile_result_ref (ProfileResult *result)
{
  return g_atomic_rc_box_acquire (result);
}

void
profile_result_unref (gpointer result)
{
  if (result != NULL)
    g_atomic_rc_box_release_full (result, result_clear);
}

const char *
profile_operation_class_get_word (ProfileOperationClass of)
{
  static const char *const words[PROFILE_OPERATION_N_CLASSES] = {
    [PROFILE_OPERATION_WAIT] = "wait",         [PROFILE_OPERATION_EXCHANGE] = "exchange",
    [PROFILE_OPERATION_CALL] = "call",         [PROFILE_OPERATION_TASK] = "task",
    [PROFILE_OPERATION_SLEEP] = "sleep",       [PROFILE_OPERATION_LOCK] = "lock",
    [PROFILE_OPERATION_FUNCTION] = "function",
  };

  return words[of];
}
