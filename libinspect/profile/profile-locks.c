/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Locks that somebody had to wait for, and pools of threads. */

#include "config.h"

#include "profile/profile-private.h"

#include <errno.h>
#include <string.h>

/* The places with most time are kept: a new one takes the row of the least. */
void
profile_add_place (ProfilePlaceTime *places, guint *n, guint32 location, gint64 ns)
{
  guint least = 0;

  for (guint i = 0; i < *n; i++)
    {
      if (places[i].location == location)
        {
          places[i].count++;
          places[i].total_ns += ns;
          places[i].max_ns = MAX (places[i].max_ns, ns);
          return;
        }
      if (places[i].total_ns < places[least].total_ns)
        least = i;
    }
  if (*n < PROFILE_LOCK_PLACES)
    places[(*n)++] = (ProfilePlaceTime){ location, 1, ns, ns };
  else if (places[least].total_ns < ns)
    places[least] = (ProfilePlaceTime){ location, 1, ns, ns };
}

/* ---- Locks ---------------------------------------------------------------------------------- */

ProfileLock *
profile_get_lock (Profile *profile, const ModelResource *resource)
{
  gboolean is_new;
  ProfileLock *lock = profile_table_get (&profile->locks, resource->serial, sizeof *lock, &is_new);

  if (lock != NULL && is_new)
    {
      const char *name = model_attributes_get_text (&resource->attributes, MODEL_KEY_NAME);

      lock->object = resource->object;
      lock->kind = resource->kind;
      lock->name = g_strdup (name != NULL && *name != '\0' ? name : NULL);
    }
  return lock;
}

/* Whoever waits for a condition has given its mutex back: it is on that only in the end, since when is not
 * known, and is no contender before that. */
static gboolean
contends (const ModelAwait *await)
{
  return model_await_is (await, INSPECT_AWAIT_ONESHOT);
}

static guint
count_waiting (const ModelResource *resource)
{
  guint n = 0, looked = 0;

  for (const ModelAwait *await = resource->awaits; await != NULL && looked < PROFILE_MAX_WAITERS;
       await = await->resource_next, looked++)
    n += contends (await);
  return n;
}

/* The number of those that wait only falls when one of them ends: it is highest before that. */
void
profile_lock_waited (Profile *profile, const ModelAwait *await, gint64 end_ns, gint32 status)
{
  ProfileLock *lock;
  gint64 ns = MAX (end_ns - await->begin_ns, 0);

  if (!profile_counts (profile, end_ns) || !contends (await))
    return;
  lock = profile_get_lock (profile, await->resource);
  if (lock == NULL)
    return;
  histogram_add (&lock->waits, ns);
  if (await->task != NULL)
    profile_example_take (&lock->worst, &(ProfileExample){ await->task->id, await->begin_ns, ns });
  lock->n_cancelled += status == -ECANCELED;
  lock->most_waiting = MAX (lock->most_waiting, count_waiting (await->resource));
  profile_add_place (lock->waiting, &lock->n_waiting, await->location, ns);
}

/* Only while somebody waits: of other times runtimes do not tell. Since when it is held is then known
 * at least. */
void
profile_let_go (gpointer data, const ModelHold *hold)
{
  Profile *profile = data;
  gint64 now_ns = profile->model->now_ns;
  gint64 ns = MAX (now_ns - hold->since_ns, 0);
  ProfileLock *lock;

  if (model_resource_is (hold->resource, INSPECT_RESOURCE_ANY) && hold->task != NULL)
    profile_job_is_over (profile, hold);
  if (count_waiting (hold->resource) == 0 ||
      !model_resource_is (hold->resource, INSPECT_RESOURCE_LOCK) ||
      !profile_counts (profile, now_ns))
    return;
  lock = profile_get_lock (profile, hold->resource);
  if (lock == NULL)
    return;
  histogram_add (&lock->holds, ns);
  lock->most_waiting = MAX (lock->most_waiting, count_waiting (hold->resource));
  profile_add_place (lock->holding, &lock->n_holding, hold->location, ns);
}

/* ---- Pools ---------------------------------------------------------------------------------- */

/* Kinds of one runtime begin alike: "uv.work" and "uv.random" share a pool. */
static guint64
get_key (const ModelAwait *await, gsize *ret_prefix)
{
  const char *dot = strchr (await->kind->name, '.');
  guint64 hash = 5381;

  *ret_prefix = dot != NULL ? (gsize)(dot - await->kind->name) : strlen (await->kind->name);
  if (await->resource != NULL && model_resource_is (await->resource, INSPECT_RESOURCE_ANY))
    return await->resource->object;
  for (gsize i = 0; i < *ret_prefix; i++)
    hash = hash * 33 + (guint8)await->kind->name[i];
  return G_GUINT64_CONSTANT (1) << 63 | hash;
}

static ProfilePool *
get_pool (Profile *profile, const ModelAwait *await)
{
  gboolean is_new;
  gsize prefix;
  guint64 key = get_key (await, &prefix);
  ProfilePool *pool = profile_table_get (&profile->pools, key, sizeof *pool, &is_new);
  const ModelResource *resource = await->resource;
  const ModelAttribute *permits;

  if (pool == NULL)
    return NULL;
  if (is_new)
    {
      pool->object = key >> 63 == 0 ? key : 0;
      pool->name = g_strndup (await->kind->name, prefix);
      pool->changed_ns = profile->model->now_ns;
    }
  permits =
      pool->object != 0 ? model_attributes_find (&resource->attributes, MODEL_KEY_PERMITS) : NULL;
  if (permits == NULL || permits->has_bytes)
    return pool;
  pool->permits = permits->value;
  if (pool->permits_label == NULL)
    pool->permits_label =
        g_strdup (model_target_get_kind (profile->model, permits->number)->phrase);
  return pool;
}

/* Called before each change of the numbers. As many run as ever, and there is more to do: the pool is
 * what it all waits for. @queued_ns: since when there is more to do, if that is after the last change */
static void
advance (Profile *profile, ProfilePool *pool, gint64 queued_ns, gint64 now_ns)
{
  if (pool->queued > 0 && pool->running > 0 &&
      pool->running >= (pool->permits > 0 ? pool->permits : pool->most_running))
    pool->full_ns += profile_clip (profile, MAX (pool->changed_ns, queued_ns), now_ns);
  pool->changed_ns = now_ns;
}

static guint32 *
get_queued_of_kind (Profile *profile, const ModelKind *kind)
{
  if (kind->number >= profile->queued->len)
    g_array_set_size (profile->queued, kind->number + 1);
  return &g_array_index (profile->queued, guint32, kind->number);
}

/* Those that wait for the resource and do not run; @kind: (nullable): any */
static guint
count_awaits (const ModelResource *resource, const ModelKind *kind)
{
  guint n = 0, looked = 0;

  for (const ModelAwait *await = resource->awaits; await != NULL && looked < PROFILE_MAX_WAITERS;
       await = await->resource_next, looked++)
    n += await->observed_run_ns == 0 && (kind == NULL || await->kind == kind);
  return n;
}

/* Of jobs of which nobody says when they are taken up, it is not known whether they are queued. That
 * is a matter of their kind, and known once one was. */
static guint
count_queued (Profile *profile, const ModelAwait *await)
{
  const ModelResource *resource = await->resource;

  if (resource == NULL || !model_resource_is (resource, INSPECT_RESOURCE_ANY))
    return *get_queued_of_kind (profile, await->kind);
  return count_awaits (resource, await->kind);
}

/* Where a job waits is said after it has begun to, and so it may have been queued since the last change
 * without being counted. Returns: since when; 0: none was */
static gint64
note_queued (Profile *profile, ProfilePool *pool)
{
  const ModelResource *resource = pool->object != 0 && pool->queued == 0 && pool->kind != NULL
                                      ? model_table_find (&profile->model->resources, pool->object)
                                      : NULL;
  gint64 since_ns = G_MAXINT64;
  guint looked = 0;

  if (resource == NULL)
    return 0;
  for (const ModelAwait *other = resource->awaits; other != NULL && looked < PROFILE_MAX_WAITERS;
       other = other->resource_next, looked++)
    if (other->observed_run_ns == 0 && other->kind == pool->kind)
      {
        pool->queued++;
        since_ns = MIN (since_ns, other->begin_ns);
      }
  return pool->queued > 0 ? since_ns : 0;
}

/* A job may be queued long after the last one was taken up: the pool is full from then on. */
void
profile_pool_queued (Profile *profile, const ModelAwait *await)
{
  ProfilePool *pool = get_pool (profile, await);

  ++*get_queued_of_kind (profile, await->kind);
  if (pool == NULL)
    return;
  advance (profile, pool, 0, await->begin_ns);
  pool->queued = count_queued (profile, await);
}

/* A job is a poll on a thread of the pool, which its await has caused. */
ProfilePool *
profile_pool_begins (Profile *profile, ModelAwait *await, gint64 now_ns)
{
  ProfilePool *pool = get_pool (profile, await);

  if (await->observed_run_ns != 0)
    return NULL;
  --*get_queued_of_kind (profile, await->kind);
  await->observed_run_ns = now_ns;
  if (pool == NULL)
    return NULL;
  advance (profile, pool, 0, now_ns);
  pool->kind = await->kind;
  pool->running++;
  /* It was not full before, then. */
  if (pool->running > pool->most_running)
    {
      pool->most_running = pool->running;
      pool->full_ns = 0;
    }
  pool->queued = count_queued (profile, await);
  pool->most_queued = MAX (pool->most_queued, pool->queued);
  if (profile_counts (profile, now_ns))
    histogram_add (&pool->waits, now_ns - await->begin_ns);
  return pool;
}

void
profile_pool_ran (Profile *profile, ProfilePool *pool, guint32 location, gint64 begin_ns,
                  gint64 end_ns)
{
  advance (profile, pool, note_queued (profile, pool), end_ns);
  pool->running -= pool->running > 0;
  if (!profile_counts (profile, end_ns))
    return;
  histogram_add (&pool->runs, MAX (end_ns - begin_ns, 0));
  profile_add_place (pool->jobs, &pool->n_jobs, location, MAX (end_ns - begin_ns, 0));
}

void
profile_pool_ended (Profile *profile, const ModelAwait *await, gint64 end_ns)
{
  ProfilePool *pool;
  ProfileTask *task;

  if (await->observed_run_ns != 0)
    return;
  --*get_queued_of_kind (profile, await->kind);
  pool = get_pool (profile, await);
  if (pool == NULL || !profile_counts (profile, end_ns))
    return;
  pool->n_unknown++;
  /* It is done, or a thread has taken it up: that shows in what its task holds next. */
  task = profile_get_task (profile, await->task);
  task->job_ended_ns = end_ns;
  task->job_slept_ns = 0;
  task->job_waited_ns = MAX (end_ns - await->begin_ns, 0);
}

/* A job that nobody waits for is no poll: its task holds a thread of the pool while it runs. */
void
profile_job_is_over (Profile *profile, const ModelHold *hold)
{
  gint64 now_ns = profile->model->now_ns;
  gint64 ran = profile_clip (profile, hold->since_ns, now_ns);
  ProfilePool *pool = model_table_find (&profile->pools.by_key, hold->resource->object);
  ProfileTask *task;

  if (pool == NULL || hold->task->n_open_polls > 0)
    return;
  task = profile_get_task (profile, hold->task);
  if (task->job_ended_ns == 0 || task->job_ended_ns > hold->since_ns)
    return;
  task->idle_since_ns = now_ns;
  /* What it slept in meanwhile is told of as waits. */
  ran = MAX (ran - task->job_slept_ns, 0);
  if (task->group != NULL)
    task->group->running_ns += ran;
  profile_get_node (profile, profile_node (profile, task->node, PROFILE_NODE_CALLBACK,
                                           hold->location, NULL, PROFILE_WAIT_PLAIN))
      ->running_ns += ran;
  pool->running = (guint)MIN (hold->resource->n_held, G_MAXUINT);
  pool->most_running = MAX (pool->most_running, pool->running);
  advance (profile, pool, note_queued (profile, pool), now_ns);
  pool->queued = count_awaits (hold->resource, NULL);
  pool->most_queued = MAX (pool->most_queued, pool->queued);
  if (profile_counts (profile, now_ns))
    {
      pool->n_unknown -= pool->n_unknown > 0;
      histogram_add (&pool->waits, task->job_waited_ns);
      histogram_add (&pool->runs, now_ns - hold->since_ns);
      profile_add_place (pool->jobs, &pool->n_jobs, hold->location, now_ns - hold->since_ns);
    }
  task->job_ended_ns = 0;
}
