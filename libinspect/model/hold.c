/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who holds what. */

#include "model/model-private.h"

#include "channel/layout.h"

/* ---- Lists ---------------------------------------------------------------------------------- */

#define LINK(hold, head, previous_, next_)                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    (hold)->next_ = *(head);                                                                       \
    if (*(head) != NULL)                                                                           \
      (*(head))->previous_ = (hold);                                                               \
    *(head) = (hold);                                                                              \
  }                                                                                                \
  G_STMT_END

#define UNLINK(hold, head, previous_, next_)                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((hold)->previous_ != NULL)                                                                 \
      (hold)->previous_->next_ = (hold)->next_;                                                    \
    else                                                                                           \
      *(head) = (hold)->next_;                                                                     \
    if ((hold)->next_ != NULL)                                                                     \
      (hold)->next_->previous_ = (hold)->previous_;                                                \
    (hold)->previous_ = (hold)->next_ = NULL;                                                      \
  }                                                                                                \
  G_STMT_END

static void
unlink_from_thread (ModelHold *hold)
{
  if (hold->thread != NULL)
    UNLINK (hold, &hold->thread->holds, thread_previous, thread_next);
  hold->thread = NULL;
}

static void
drop (ModelTarget *target, ModelHold *hold)
{
  ModelResource *resource = hold->resource;

  UNLINK (hold, &resource->holds, resource_previous, resource_next);
  resource->n_holds--;
  resource->n_held -= hold->count;
  resource->released_ns = target->now_ns;
  if (hold->task != NULL)
    UNLINK (hold, &hold->task->holds, task_previous, task_next);
  unlink_from_thread (hold);
  model_slab_free (&target->hold_slab, hold);
}

/* A million locks of one task, or a million holders of one lock: both lists are walked at once, and
 * the shorter one decides how long that takes. */
static ModelHold *
find_of_task (ModelResource *resource, const ModelTask *task)
{
  ModelHold *a = resource->holds, *b = task->holds;

  for (; a != NULL && b != NULL; a = a->resource_next, b = b->task_next)
    {
      if (a->task == task)
        return a;
      if (b->resource == resource)
        return b;
    }
  return NULL;
}

static ModelHold *
find_of_thread (ModelResource *resource, const ModelThread *thread, gboolean outside_only)
{
  ModelHold *a = resource->holds, *b = thread->holds;

  for (; a != NULL && b != NULL; a = a->resource_next, b = b->thread_next)
    {
      if (a->thread == thread && (a->task == NULL || !outside_only))
        return a;
      if (b->resource == resource && (b->task == NULL || !outside_only))
        return b;
    }
  return NULL;
}

/* ---- Whose it is ---------------------------------------------------------------------------- */

static gboolean
is_polled_on (const ModelThread *thread, const ModelTask *task)
{
  for (guint i = MIN (thread->depth, MODEL_POLL_DEPTH); i > 0; i--)
    if (thread->polls[i - 1].task == task)
      return TRUE;
  return FALSE;
}

/* The thread that has it, which need not be the one that says so: whoever has to wait for a lock
 * tells who holds it. A loop is taken by the thread that runs it. */
static ModelThread *
find_thread (ModelTarget *target, const ModelResource *resource, const ModelTask *task,
             const ChannelEvent *event)
{
  ModelThread *teller = model_thread_of_event (target, event);

  if (task == NULL || teller == NULL || model_resource_is (resource, INSPECT_RESOURCE_LOOP))
    return teller;
  if (task->tid != 0)
    return model_target_find_thread (target, task->tid);
  return task->n_open_polls > 0 && is_polled_on (teller, task) ? teller : NULL;
}

/* ---- Records -------------------------------------------------------------------------------- */

static ModelHold *
hold_new (ModelTarget *target, ModelResource *resource, ModelTask *task, ModelThread *thread,
          const ChannelEvent *event)
{
  ModelHold *hold;

  if (target->hold_slab.used >= target->limits.max_live)
    {
      target->stats.beyond_limit++;
      return NULL;
    }
  hold = model_slab_alloc (&target->hold_slab);
  hold->resource = resource;
  hold->task = task;
  hold->thread = thread;
  hold->location = event->location;
  hold->since_ns = hold->again_ns = event->time_ns;
  hold->count = 1;
  hold->is_hearsay = thread == NULL || thread->ring != event->ring;
  LINK (hold, &resource->holds, resource_previous, resource_next);
  resource->n_holds++;
  resource->n_held++;
  if (task != NULL)
    LINK (hold, &task->holds, task_previous, task_next);
  if (thread != NULL)
    LINK (hold, &thread->holds, thread_previous, thread_next);
  return hold;
}

void
model_hold_acquire (ModelTarget *target, const ChannelEvent *event)
{
  ModelResource *resource = model_resource_get (target, event->arg, event->time_ns);
  ModelTask *task = model_table_find (&target->tasks, event->task);
  ModelThread *thread;
  ModelHold *hold;

  if (resource == NULL)
    return;
  resource->abandoned.since_ns = 0;
  if (event->task != 0 && task == NULL)
    {
      target->stats.unknown_holders++;
      return;
    }
  thread = find_thread (target, resource, task, event);
  if (task == NULL && thread == NULL)
    return;
  hold = task != NULL ? find_of_task (resource, task) : find_of_thread (resource, thread, TRUE);
  if (hold != NULL)
    {
      if (hold->count < G_MAXUINT32)
        {
          hold->count++;
          resource->n_held++;
        }
      hold->again_ns = event->time_ns;
      /* A lock that was only tried for is told without its place first. */
      if (hold->location == 0)
        hold->location = event->location;
      return;
    }
  /* Whoever had it has let go: the record of that is late, lost, or was never made. */
  while (resource->holds != NULL && model_resource_is_exclusive (resource))
    {
      target->stats.ends_not_seen++;
      drop (target, resource->holds);
    }
  hold = hold_new (target, resource, task, thread, event);
  if (hold == NULL)
    return;
  if ((resource->changes & MODEL_CHANGED) == 0 &&
      (resource->awaits != NULL || (resource->changes & MODEL_WATCHED) != 0))
    model_change_list (target, &resource->changes, MODEL_CHANGE_RESOURCE, resource->object);
  if (target->acquired != NULL && model_resource_is (resource, INSPECT_RESOURCE_LOCK))
    target->acquired (target->order_data, hold);
}

void
model_hold_release (ModelTarget *target, const ChannelEvent *event)
{
  ModelResource *resource = model_table_find (&target->resources, event->arg);
  ModelTask *task = model_table_find (&target->tasks, event->task);
  ModelThread *thread = model_thread_of_event (target, event);
  ModelHold *hold = NULL;

  if (resource != NULL)
    resource->abandoned.since_ns = 0;
  if (resource != NULL && task != NULL)
    hold = find_of_task (resource, task);
  /* The same thread may be in another task by then than when it took it. */
  if (resource != NULL && hold == NULL && thread != NULL)
    hold = find_of_thread (resource, thread, FALSE);
  if (hold == NULL)
    {
      target->stats.unknown_ends++;
      return;
    }
  if (hold->count > 1)
    {
      hold->count--;
      resource->n_held--;
    }
  else
    {
      model_tell (target, let_go, hold);
      drop (target, hold);
    }
}

/* ---- What ends with its holder -------------------------------------------------------------- */

static void
abandon (ModelTarget *target, ModelHold *hold, gint32 tid, gint64 now_ns)
{
  ModelResource *resource = hold->resource;

  if (model_resource_is_exclusive (resource))
    {
      resource->abandoned.task = hold->task != NULL ? hold->task->number : 0;
      resource->abandoned.tid = tid;
      resource->abandoned.location = hold->location;
      resource->abandoned.since_ns = MAX (now_ns, 1);
    }
  drop (target, hold);
}

void
model_hold_drop_task (ModelTarget *target, ModelTask *task, gint64 now_ns)
{
  while (task->holds != NULL)
    abandon (target, task->holds,
             task->tid != 0                ? task->tid
             : task->holds->thread != NULL ? task->holds->thread->tid
                                           : 0,
             now_ns);
}

void
model_hold_drop_resource (ModelTarget *target, ModelResource *resource)
{
  while (resource->holds != NULL)
    drop (target, resource->holds);
}

/* What a task acquired there is still the task's. */
void
model_hold_drop_thread (ModelTarget *target, ModelThread *thread, gint64 now_ns)
{
  while (thread->holds != NULL)
    if (thread->holds->task != NULL)
      unlink_from_thread (thread->holds);
    else
      abandon (target, thread->holds, thread->tid, now_ns);
}
