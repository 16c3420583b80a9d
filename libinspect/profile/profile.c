/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A profile as it is counted: who is told of what. */

#include "config.h"

#include "profile/profile-private.h"

#include <errno.h>

gpointer
profile_table_get (ProfileTable *table, guint64 key, gsize size, gboolean *ret_is_new)
{
  gpointer row = model_table_find (&table->by_key, key);

  if (ret_is_new != NULL)
    *ret_is_new = row == NULL;
  if (row != NULL)
    return row;
  if (table->rows->len >= PROFILE_MAX_ROWS)
    {
      table->n_turned_away++;
      return NULL;
    }
  row = g_malloc0 (size);
  model_table_add (&table->by_key, key, row);
  g_ptr_array_add (table->rows, row);
  return row;
}

static void
table_init (ProfileTable *table, GDestroyNotify free_row)
{
  model_table_init (&table->by_key);
  table->rows = g_ptr_array_new_with_free_func (free_row);
}

static void
table_clear (ProfileTable *table)
{
  model_table_clear (&table->by_key);
  g_ptr_array_unref (table->rows);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static void
operation_free (gpointer data)
{
  ProfileOperation *operation = data;

  histogram_clear (&operation->durations);
  g_free (operation->words.text);
  g_free (operation);
}

static void
group_free (gpointer data)
{
  ProfileTaskGroup *group = data;

  histogram_clear (&group->lifetimes);
  histogram_clear (&group->delays);
  for (guint i = 0; i < group->n_shares; i++)
    g_free (group->shares[i].words.text);
  g_free (group->name);
  g_free (group);
}

static void
callback_free (gpointer data)
{
  ProfileCallback *callback = data;

  histogram_clear (&callback->own);
  g_free (callback);
}

static void
lock_free (gpointer data)
{
  ProfileLock *lock = data;

  histogram_clear (&lock->waits);
  histogram_clear (&lock->holds);
  g_free (lock->name);
  g_free (lock);
}

static void
pool_free (gpointer data)
{
  ProfilePool *pool = data;

  histogram_clear (&pool->waits);
  histogram_clear (&pool->runs);
  g_free (pool->name);
  g_free (pool->permits_label);
  g_free (pool);
}

static guint
path_hash (gconstpointer data)
{
  const ProfilePath *path = data;
  guint hash = path->node * 31 + path->n;

  for (guint i = 0; i < path->n; i++)
    hash = hash * 33 + path->locations[i];
  return hash;
}

static gboolean
path_equal (gconstpointer a, gconstpointer b)
{
  const ProfilePath *x = a, *y = b;

  return x->node == y->node && x->n == y->n && x->is_cut == y->is_cut &&
         (x->n == 0 || memcmp (x->locations, y->locations, x->n * sizeof *x->locations) == 0);
}

static void
path_free (gpointer data)
{
  ProfilePath *path = data;

  g_free (path->locations);
  g_free (path);
}

/* ---- Awaits --------------------------------------------------------------------------------- */

static void
await_began (gpointer data, ModelAwait *await)
{
  Profile *profile = data;

  await->observed_ns = profile_get_busy (profile, await->ring, await->begin_ns);
  if (model_await_is (await, INSPECT_AWAIT_POOL))
    profile_pool_queued (profile, await);
}

/* How late a timer is says how long its loop did not come to it. */
static void
note_lateness (Profile *profile, const ModelAwait *await, gint64 now_ns)
{
  guint64 due;

  if (!model_await_is_sleep (await) || !profile_counts (profile, now_ns) ||
      !model_await_get_value (await, MODEL_KEY_DUE, &due) || due > (guint64)now_ns)
    return;
  histogram_add (&profile->lateness, now_ns - (gint64)due);
}

static void
await_ended (gpointer data, const ModelAwait *await, gint64 end_ns, gint32 status)
{
  Profile *profile = data;
  ModelTask *task = await->task;

  if (await->resource != NULL && model_resource_is (await->resource, INSPECT_RESOURCE_LOCK))
    profile_lock_waited (profile, await, end_ns, status);
  if (model_await_is (await, INSPECT_AWAIT_POOL))
    profile_pool_ended (profile, await, end_ns);
  if (status == 0)
    note_lateness (profile, await, end_ns);
  if (model_await_is (await, INSPECT_AWAIT_BLOCKS))
    {
      profile_poll_slept (profile, await, end_ns);
      return;
    }
  /* What makes a task ready to run, where its runtime says so before it runs. */
  if (task == NULL || task->id == 0 || task->n_open_polls > 0 || await->is_call)
    return;
  if (status != -ECANCELED)
    profile_task_idle_ends (profile, task, await, end_ns);
  /* It has waited for that all the same. A timer that is stopped was there for what came instead. */
  else if (profile_rests (await) ||
           !model_await_is (await, INSPECT_AWAIT_TIMER | INSPECT_AWAIT_CLOSES))
    profile_task_rest_ends (profile, task, await, end_ns);
}

static void
asked (gpointer data, ModelResource *resource)
{
  ModelExchange *exchange = &resource->exchange;
  Profile *profile = data;
  guint32 ring = resource->awaits != NULL ? resource->awaits->ring : exchange->task->poll_ring;

  exchange->observed_ns = profile_get_busy (profile, ring, exchange->begin_ns);
}

static const ModelObserver observer = {
  .task_began = profile_task_began,
  .task_ended = profile_task_ended,
  .poll_began = profile_poll_began,
  .poll_ended = profile_poll_ended,
  .await_began = await_began,
  .await_ended = await_ended,
  .asked = asked,
  .done = profile_done,
  .let_go = profile_let_go,
  .woken = profile_woken,
  .marks_awaits = TRUE,
};

/* ---- The profile ---------------------------------------------------------------------------- */

Profile *
profile_new (ModelTarget *model, AnalysisPlaces *places, const ProfileRange *range)
{
  Profile *profile = g_new0 (Profile, 1);
  const ProfileNode root = { .of = PROFILE_NODE_ROOT };

  profile->model = model;
  profile->places = places;
  profile->range = *range;
  model_slab_init (&profile->tasks, sizeof (ProfileTask));
  table_init (&profile->operations, operation_free);
  table_init (&profile->groups, group_free);
  table_init (&profile->callbacks, callback_free);
  table_init (&profile->locks, lock_free);
  table_init (&profile->pools, pool_free);
  profile->queued = g_array_new (FALSE, TRUE, sizeof (guint32));
  profile->paths = g_hash_table_new_full (path_hash, path_equal, path_free, NULL);
  profile->threads = g_ptr_array_new_with_free_func (g_free);
  profile->nodes = g_array_new (FALSE, TRUE, sizeof (ProfileNode));
  model_table_init (&profile->nodes_by_key);
  g_array_append_val (profile->nodes, root);
  model_target_add_observer (model, &observer, profile);
  return profile;
}

void
profile_free (Profile *profile)
{
  if (profile == NULL)
    return;
  model_target_remove_observer (profile->model, profile);
  for (ModelTask *task = profile->model->first_task; task != NULL; task = task->next)
    task->observed = NULL;
  model_slab_clear (&profile->tasks);
  table_clear (&profile->operations);
  table_clear (&profile->groups);
  table_clear (&profile->callbacks);
  table_clear (&profile->locks);
  table_clear (&profile->pools);
  g_array_unref (profile->queued);
  g_hash_table_unref (profile->paths);
  g_ptr_array_unref (profile->threads);
  g_array_unref (profile->nodes);
  model_table_clear (&profile->nodes_by_key);
  histogram_clear (&profile->polls);
  histogram_clear (&profile->delays);
  histogram_clear (&profile->lateness);
  g_free (profile);
}

/* A range that counts from the start is known once there is a first record. */
void
profile_begin_at (Profile *profile, gint64 now_ns)
{
  if (!profile->range.from_start)
    return;
  profile->range.from_start = FALSE;
  if (profile->range.from_ns == 0)
    profile->first_ns = now_ns;
  profile->range.from_ns = MIN (profile->range.from_ns, G_MAXINT64 - now_ns) + now_ns;
  profile->range.to_ns = MIN (profile->range.to_ns, G_MAXINT64 - now_ns) + now_ns;
}

void
profile_event (Profile *profile, const ChannelEvent *event)
{
  ProfileThread *thread;

  if (G_UNLIKELY (profile->range.from_start))
    profile_begin_at (profile, event->time_ns);
  thread = profile_get_thread (profile, event->ring);
  if (thread != NULL)
    thread->n_events++;
  if (!profile_counts (profile, event->time_ns))
    return;
  profile->n_events++;
  if (profile->first_ns == 0)
    profile->first_ns = event->time_ns;
  profile->last_ns = MAX (profile->last_ns, event->time_ns);
}
