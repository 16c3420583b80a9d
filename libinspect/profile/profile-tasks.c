/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks do with their time: run, wait for something, rest, are ready and not run. */

#include "config.h"

#include "profile/profile-private.h"

#include <string.h>

/* A wait in which nobody owes anything: a server's for clients, a watch, the turns of a loop. */
gboolean
profile_rests (const ModelAwait *await)
{
  /* An idle worker: it is for others to give it something to do. */
  if (model_await_is (await, INSPECT_AWAIT_BLOCKS) && model_await_is_for_signal (await))
    return TRUE;
  if (model_await_is (await, INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_WATCHES | INSPECT_AWAIT_LOOP))
    return TRUE;
  if (model_await_is (await, INSPECT_AWAIT_TIMER))
    return !model_await_is_sleep (await);
  /* The peer of a read owes something only while it was asked. */
  return model_await_is (await, INSPECT_AWAIT_REPEATS) &&
         (await->resource == NULL || await->resource->exchange.task == NULL ||
          !model_resource_is_client (await->resource));
}

/* Of other work, what is done with files, it is not known whether it is queued or under way. */
static gboolean
tells_when_taken_up (const ModelAwait *await)
{
  guint64 value;

  return model_await_get_value (await, MODEL_KEY_WORK, &value) ||
         model_await_get_value (await, MODEL_KEY_RUNNING, &value);
}

static ProfileWaitClass
classify (const ModelAwait *await)
{
  if (model_await_is (await, INSPECT_AWAIT_POOL) && await->observed_run_ns == 0 &&
      tells_when_taken_up (await))
    return PROFILE_WAIT_QUEUE;
  if (model_await_is (await, INSPECT_AWAIT_ANSWERS) && await->resource != NULL &&
      !await->awaits_task && await->resource->exchange.task != NULL &&
      model_resource_is_client (await->resource))
    return PROFILE_WAIT_ANSWER;
  return PROFILE_WAIT_PLAIN;
}

/* ---- Groups --------------------------------------------------------------------------------- */

static ProfileTaskGroup *
get_group (Profile *profile, const ModelTask *task)
{
  guint64 key = (guint64)1 << 32 | task->location;
  gboolean is_new;
  ProfileTaskGroup *group = profile_table_get (&profile->groups, key, sizeof *group, &is_new);

  if (group != NULL && is_new)
    group->location = task->location;
  return group;
}

/* What all tasks of a group are called, if they are. */
static void
note_name (ProfileTaskGroup *group, const ModelTask *task)
{
  const char *name = model_task_get_user_name (task);

  if (group->names_differ)
    return;
  if (name != NULL && group->name == NULL && group->n_ended <= 1)
    group->name = g_strdup (name);
  else if (g_strcmp0 (name, group->name) != 0)
    {
      group->names_differ = TRUE;
      g_clear_pointer (&group->name, g_free);
    }
}

/* What a thread runs names it better than what has made it. */
void
profile_note_thread (const ModelTask *task)
{
  ProfileTaskGroup *group = ((const ProfileTask *)task->observed)->group;

  if (group == NULL || task->tid == 0)
    return;
  group->is_thread = TRUE;
  if (group->code == 0)
    model_attributes_get_value (&task->attributes, MODEL_KEY_CALLBACK, &group->code);
}

static void
add_share (Profile *profile, ProfileTaskGroup *group, const ModelKind *kind, ProfileWaitClass as,
           gint64 ns, const AnalysisWait *wait)
{
  guint i;

  if (group == NULL)
    return;
  group->waiting_ns += ns;
  for (i = 0; i < group->n_shares; i++)
    if (group->shares[i].kind == kind && group->shares[i].as == as)
      break;
  if (i == PROFILE_MAX_SHARES)
    return;
  if (i == group->n_shares)
    group->shares[group->n_shares++] = (ProfileShare){ .kind = kind, .as = as };
  group->shares[i].ns += ns;
  group->shares[i].n++;
  if (as == PROFILE_WAIT_PLAIN)
    profile_words_add (profile, &group->shares[i].words, group->shares[i].n, wait);
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

static ProfileTask *
task_new (Profile *profile, ModelTask *task, guint32 parent_node)
{
  ProfileTask *self = model_slab_alloc (&profile->tasks);

  task->observed = self;
  self->group = get_group (profile, task);
  self->node = profile_node (profile, parent_node, PROFILE_NODE_TASK, task->location, NULL, FALSE);
  self->idle_since_ns = task->begin_ns;
  return self;
}

void
profile_count_task (const Profile *profile, const ModelTask *task, gint64 now_ns)
{
  ProfileTask *self = task->observed;

  if (self->is_counted || self->group == NULL || task->begin_ns > profile->range.to_ns ||
      now_ns < profile->range.from_ns)
    return;
  self->is_counted = TRUE;
  self->group->n_seen++;
}

ProfileTask *
profile_get_task (Profile *profile, ModelTask *task)
{
  return task->observed != NULL ? task->observed : task_new (profile, task, 0);
}

void
profile_task_began (gpointer data, ModelTask *task, const ModelTask *parent)
{
  const ProfileTask *above = parent != NULL ? parent->observed : NULL;

  if (task->observed == NULL)
    task_new (data, task, above != NULL ? above->node : 0);
}

/* ---- Waiting -------------------------------------------------------------------------------- */

void
profile_task_waited (Profile *profile, ModelTask *task, const ModelAwait *await, gint64 begin_ns,
                     gint64 end_ns, guint32 node)
{
  ProfileTask *self = profile_get_task (profile, task);
  gint64 ns = profile_clip (profile, begin_ns, end_ns);
  ProfileWaitClass as = classify (await);
  gboolean exchange = as == PROFILE_WAIT_ANSWER;
  guint32 location = exchange ? await->resource->exchange.location : await->location;
  const ModelKind *kind = exchange ? await->resource->exchange.kind : await->kind;
  const AnalysisWait wait = analysis_wait_of (profile->model, await, end_ns);
  const ModelTask *awaited;

  if (ns == 0)
    return;
  if (profile_rests (await))
    {
      if (self->group != NULL)
        self->group->resting_ns += ns;
      return;
    }
  add_share (profile, self->group, kind, as, ns, &wait);
  /* Time for which a task waits for one that it has begun is that one's. */
  awaited = model_await_get_awaited (profile->model, (ModelAwait *)await);
  if (awaited != NULL && awaited->observed != NULL &&
      profile_node_is_below (profile, ((const ProfileTask *)awaited->observed)->node, self->node))
    return;
  node = profile_node (profile, node, PROFILE_NODE_WAIT, location, kind, as);
  profile_get_node (profile, node)->waiting_ns += ns;
}

/* A timer that fires while something else has not come was the end of waiting for that. */
static const ModelAwait *
find_waited (const ModelTask *task, const ModelAwait *await)
{
  if (!model_await_is_sleep (await))
    return await;
  for (const ModelAwait *other = task->awaits; other != NULL; other = other->task_next)
    if (other != await && !model_await_is (other, INSPECT_AWAIT_TIMER | INSPECT_AWAIT_CLOSES) &&
        !profile_rests (other))
      return other;
  return await;
}

static void
add_ready (Profile *profile, ProfileTask *self, gint64 begin_ns, gint64 end_ns)
{
  gint64 ns = profile_clip (profile, begin_ns, end_ns);

  if (self->group != NULL)
    self->group->ready_ns += ns;
  profile_get_node (profile, self->node)->ready_ns += ns;
}

/* What it rested in is over, and it does not run for that. */
void
profile_task_rest_ends (Profile *profile, ModelTask *task, const ModelAwait *await, gint64 now_ns)
{
  ProfileTask *self = profile_get_task (profile, task);
  gint64 begin_ns = MAX (self->idle_since_ns, await->begin_ns);

  if (now_ns <= begin_ns)
    return;
  add_ready (profile, self, self->idle_since_ns, begin_ns);
  profile_task_waited (profile, task, await, begin_ns, now_ns, self->node);
  self->idle_since_ns = now_ns;
}

void
profile_task_idle_ends (Profile *profile, ModelTask *task, const ModelAwait *await, gint64 now_ns)
{
  ProfileTask *self = profile_get_task (profile, task);
  gint64 begin_ns = self->idle_since_ns;

  self->idle_since_ns = MAX (begin_ns, now_ns);
  if (await == NULL)
    {
      add_ready (profile, self, begin_ns, now_ns);
      return;
    }
  /* Before that began nobody knows what it waited for. */
  await = find_waited (task, await);
  if (await->begin_ns > begin_ns)
    {
      add_ready (profile, self, begin_ns, MIN (await->begin_ns, now_ns));
      begin_ns = MIN (await->begin_ns, now_ns);
    }
  /* Its job is done, and its loop has not come to it. */
  if (await->observed_run_ns != 0)
    add_ready (profile, self, begin_ns, now_ns);
  else
    profile_task_waited (profile, task, await, begin_ns, now_ns, self->node);
  /* What it does next is to run, as soon as it gets to. */
  if (self->woken_ns == 0)
    self->woken_ns = now_ns;
}

/* ---- The end -------------------------------------------------------------------------------- */

static void
add_path (Profile *profile, const ProfileTask *self, const ModelTask *task, gint64 lifetime)
{
  ProfilePath probe = { .node = self->node };
  ProfilePath *path;

  if (task->path != NULL)
    {
      probe.n = task->path->n;
      probe.is_cut = task->path->is_cut;
      probe.locations = task->path->locations;
    }
  profile->n_paths++;
  path = g_hash_table_lookup (profile->paths, &probe);
  if (path == NULL && g_hash_table_size (profile->paths) >= PROFILE_MAX_PATHS)
    {
      profile->n_other_paths++;
      return;
    }
  if (path == NULL)
    {
      path = g_memdup2 (&probe, sizeof probe);
      path->locations = g_memdup2 (probe.locations, probe.n * sizeof *probe.locations);
      g_hash_table_add (profile->paths, path);
    }
  path->count++;
  path->total_ns += lifetime;
}

void
profile_task_ended (gpointer data, ModelTask *task, gint64 end_ns, gint32 status)
{
  Profile *profile = data;
  ProfileTask *self = task->observed;
  ProfileTaskGroup *group = self != NULL ? self->group : NULL;
  gint64 lifetime = MAX (end_ns - task->begin_ns, 0);

  if (self == NULL)
    return;
  profile_count_task (profile, task, end_ns);
  if (group != NULL && task->tid != 0)
    group->life_ns += profile_clip (profile, task->begin_ns, end_ns);
  if (group != NULL && profile_counts (profile, end_ns))
    {
      group->n_ended++;
      group->n_failed += status != 0 && status != MODEL_END_NOT_SEEN;
      profile_note_thread (task);
      note_name (group, task);
      if (!task->began_before)
        histogram_add (&group->lifetimes, lifetime);
      profile_example_take (&group->worst, &(ProfileExample){ task->id, task->begin_ns, lifetime });
    }
  if (!task->began_before && profile_counts (profile, end_ns) && task->tid == 0)
    add_path (profile, self, task, lifetime);
  task->observed = NULL;
  model_slab_free (&profile->tasks, self);
}

/* ---- Wakes ---------------------------------------------------------------------------------- */

void
profile_woken (gpointer data, ModelTask *woken, const ModelTask *waker, gint64 now_ns,
               gboolean is_sure)
{
  Profile *profile = data;
  ProfileTask *self;

  if (woken->id == 0 || !is_sure)
    return;
  self = profile_get_task (profile, woken);
  if (self->woken_ns == 0)
    self->woken_ns = now_ns;
  self->wake_was_told = TRUE;
  if (self->group == NULL || !profile_counts (profile, now_ns))
    return;
  self->group->n_wakes++;
  self->group->n_self_wakes += waker == woken;
}
