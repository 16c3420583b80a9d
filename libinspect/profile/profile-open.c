/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What still goes on when a result is built, counted up to that instant. */

#include "config.h"

#include "profile/profile-private.h"

/* A task that nothing is known to wake may be about to be woken. */
#define LOST_AFTER_NS (2 * G_GINT64_CONSTANT (1000000000))

/* Of what a task waits for, what it is said to: the latest that is neither rest nor its timeout. */
static const ModelAwait *
choose_await (const ModelTask *task)
{
  const ModelAwait *chosen = NULL;

  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    {
      gboolean is_sleep = model_await_is (await, INSPECT_AWAIT_TIMER);

      if (profile_rests (await))
        continue;
      if (!is_sleep)
        return await;
      if (chosen == NULL)
        chosen = await;
    }
  return chosen != NULL ? chosen : task->awaits;
}

static void
tell_waits (Profile *profile, ModelTask *task, gint64 now_ns)
{
  ProfileTask *self = task->observed;
  const ModelAwait *await = choose_await (task);
  gint64 begin_ns;

  if (await == NULL || task->n_open_polls > 0)
    return;
  begin_ns =
      MAX (self->idle_since_ns,
           model_await_is (await, INSPECT_AWAIT_BLOCKS) ? await->begin_ns : self->idle_since_ns);
  profile_task_waited (profile, task, await, begin_ns, now_ns, self->node);
  self->idle_since_ns = MAX (self->idle_since_ns, now_ns);
}

static void
tell_open (const ProfileFrame *frame, gint64 now_ns)
{
  ProfileCallback *callback = frame->callback;
  gint64 open_ns = MAX (now_ns - frame->begin_ns - frame->inner_ns, 0);

  if (open_ns <= callback->open_ns)
    return;
  callback->open_ns = open_ns;
  callback->open_slept_ns = frame->slept_ns;
  if (frame->sleep.ns > callback->sleep.ns)
    callback->sleep = frame->sleep;
}

static void
tell_running (Profile *profile, gint64 now_ns)
{
  for (guint i = 0; i < profile->threads->len; i++)
    {
      ProfileThread *thread = g_ptr_array_index (profile->threads, i);
      ProfileFrame *frame =
          thread != NULL && thread->depth > 0 ? &thread->frames[thread->depth - 1] : NULL;
      const ModelThread *of_model = model_target_get_thread (profile->model, i);
      gint64 ran;

      if (frame == NULL)
        continue;
      if (of_model != NULL && of_model->blocking != NULL && of_model->blocking->task != NULL)
        profile_frame_slept (profile, frame, of_model->blocking, now_ns);
      ran = profile_clip (profile, frame->begin_ns, now_ns) - frame->inner_ns - frame->slept_ns -
            frame->told_ns;
      if (frame->callback != NULL && frame->counts)
        tell_open (frame, now_ns);
      if (ran <= 0 || frame->node == 0)
        continue;
      profile_get_node (profile, frame->node)->running_ns += ran;
      if (frame->group != NULL)
        frame->group->running_ns += ran;
      frame->told_ns += ran;
    }
}

static void
note_pending (Profile *profile, guint32 location, const ModelKind *kind, ProfileOperationClass of,
              const ProfileExample *pending, gboolean endless)
{
  gint64 age_ns = pending->ns;
  ProfileOperation *operation = profile_get_operation (profile, location, kind, of);

  if (operation == NULL)
    return;
  operation->n_pending++;
  profile_example_take (&operation->worst, pending);
  operation->oldest_ns = MAX (operation->oldest_ns, age_ns);
  if (!endless)
    return;
  operation->n_endless++;
  operation->endless_ns = MAX (operation->endless_ns, age_ns);
}

static void
note_pending_lock (Profile *profile, const ModelAwait *await, gint64 now_ns)
{
  ProfileLock *lock = profile_get_lock (profile, await->resource);

  if (lock == NULL)
    return;
  lock->n_pending++;
  if (await->task != NULL)
    profile_example_take (&lock->worst, &(ProfileExample){ await->task->id, await->begin_ns,
                                                           now_ns - await->begin_ns });
  lock->oldest_ns = MAX (lock->oldest_ns, now_ns - await->begin_ns);
  lock->most_waiting = MAX (lock->most_waiting, (guint)MIN (lock->n_pending, G_MAXUINT));
  if (lock->n_waiting == 0)
    profile_add_place (lock->waiting, &lock->n_waiting, await->location, 0);
}

/* Neither a timer of its task, nor a time of its own, nor another process that has its own mind will
 * end it. @await: NULL: an exchange */
static gboolean
is_endless (const ModelTask *task, const ModelAwait *await)
{
  guint64 deadline;
  gint64 due_ns;

  if (model_task_get_deadline (task, await, G_MAXINT64, &due_ns) != NULL)
    return FALSE;
  return await == NULL || (!model_await_is (await, INSPECT_AWAIT_EXTERNAL) &&
                           !model_await_get_value (await, MODEL_KEY_DEADLINE, &deadline));
}

/* What did not end counts in no figure, and would be missed most. */
static void
find_pending (Profile *profile, const ModelTask *task, gint64 now_ns)
{
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    {
      ProfileOperationClass of;

      /* The writing is no operation of its own where an answer is owed. */
      if (profile_classify (await, &of) &&
          !(model_await_is (await, INSPECT_AWAIT_ASKS) && await->resource != NULL &&
            model_resource_is_client (await->resource)))
        note_pending (profile, await->location, await->kind, of,
                      &(ProfileExample){ task->id, await->begin_ns, now_ns - await->begin_ns },
                      is_endless (task, await));
      if (await->resource != NULL && !await->awaits_task &&
          model_await_is (await, INSPECT_AWAIT_ONESHOT) &&
          model_resource_is (await->resource, INSPECT_RESOURCE_LOCK))
        note_pending_lock (profile, await, now_ns);
    }
  for (const ModelResource *resource = task->exchanges; resource != NULL;
       resource = resource->exchange.next)
    if (model_resource_is_client (resource))
      note_pending (profile, resource->exchange.location, resource->exchange.kind,
                    PROFILE_OPERATION_EXCHANGE,
                    &(ProfileExample){ task->id, resource->exchange.begin_ns,
                                       now_ns - resource->exchange.begin_ns },
                    is_endless (task, NULL));
}

/* A task that nobody is left to resume: it waits for nothing that it told of, though those of its kind
 * do, and nothing has woken it since it ran. */
static void
find_lost (const ModelTask *task, gint64 now_ns)
{
  const ProfileTask *self = task->observed;

  if (self->group == NULL || self->group->waiting_ns == 0 || task->tid != 0 || task->n_polls == 0 ||
      task->n_open_polls > 0 || task->awaits != NULL || self->woken_ns != 0 || self->ran_ns == 0 ||
      now_ns - self->ran_ns < LOST_AFTER_NS)
    return;
  self->group->n_lost++;
  self->group->longest_lost_ns = MAX (self->group->longest_lost_ns, now_ns - self->ran_ns);
}

void
profile_find_open (Profile *profile, gint64 now_ns, gboolean has_losses)
{
  for (guint i = 0; i < profile->operations.rows->len; i++)
    {
      ProfileOperation *operation = g_ptr_array_index (profile->operations.rows, i);

      operation->n_pending = 0;
      operation->oldest_ns = 0;
      operation->n_endless = 0;
      operation->endless_ns = 0;
    }
  for (guint i = 0; i < profile->callbacks.rows->len; i++)
    ((ProfileCallback *)g_ptr_array_index (profile->callbacks.rows, i))->open_ns = 0;
  for (guint i = 0; i < profile->locks.rows->len; i++)
    {
      ProfileLock *lock = g_ptr_array_index (profile->locks.rows, i);

      lock->n_pending = 0;
      lock->oldest_ns = 0;
    }
  for (guint i = 0; i < profile->groups.rows->len; i++)
    {
      ProfileTaskGroup *group = g_ptr_array_index (profile->groups.rows, i);

      group->n_lost = 0;
      group->open_life_ns = 0;
      group->longest_lost_ns = 0;
    }
  for (ModelTask *task = profile->model->first_task; task != NULL; task = task->next)
    if (task->id != 0)
      {
        profile_get_task (profile, task);
        profile_count_task (profile, task, now_ns);
      }
  /* How it was at the end of a range that is over is not known any more. */
  if (!profile_counts (profile, now_ns))
    return;
  /* What has no end may have had one that was lost. */
  if (!has_losses)
    tell_running (profile, now_ns);
  for (ModelTask *task = profile->model->first_task; task != NULL; task = task->next)
    {
      if (task->id == 0)
        continue;
      profile_get_task (profile, task);
      profile_note_thread (task);
      if (task->tid != 0 && ((const ProfileTask *)task->observed)->group != NULL)
        ((const ProfileTask *)task->observed)->group->open_life_ns +=
            profile_clip (profile, task->begin_ns, now_ns);
      tell_waits (profile, task, now_ns);
      find_pending (profile, task, now_ns);
      if (!has_losses)
        find_lost (task, now_ns);
    }
}
