/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model/model-private.h"

#include "channel/layout.h"

#define DEFAULT_MAX_LIVE (2 * 1000 * 1000)
#define DEFAULT_MAX_HISTORY (100 * 1000)
#define MAX_TIME_NS (G_GINT64_CONSTANT (1) << 59) /* 18 years after the machine was started */

ModelTarget *
model_target_new (const ModelTables *tables, gpointer tables_data, guint64 *next_number)
{
  ModelTarget *target = g_new0 (ModelTarget, 1);

  target->tables = tables;
  target->tables_data = tables_data;
  target->next_number = next_number;
  target->limits.max_live = DEFAULT_MAX_LIVE;
  target->limits.max_history = DEFAULT_MAX_HISTORY;
  model_slab_init (&target->task_slab, sizeof (ModelTask));
  model_slab_init (&target->await_slab, sizeof (ModelAwait));
  model_slab_init (&target->resource_slab, sizeof (ModelResource));
  model_slab_init (&target->hold_slab, sizeof (ModelHold));
  model_slab_init (&target->path_slab, sizeof (ModelPath));
  for (guint i = 0; i < MODEL_STEPS_SIZES; i++)
    model_slab_init (&target->step_slabs[i], model_steps_get_room (i) * sizeof (ModelStep));
  model_table_init (&target->tasks);
  model_table_init (&target->awaits);
  model_table_init (&target->resources);
  model_table_init (&target->lineages);
  model_table_init (&target->threads_by_tid);
  model_table_init (&target->tasks_by_tid);
  target->lineage_list = g_ptr_array_new ();
  target->threads = g_ptr_array_new_with_free_func (g_free);
  target->kinds = g_ptr_array_new ();
  return target;
}

static void
free_kinds (ModelTarget *target)
{
  for (guint i = 0; i < target->kinds->len; i++)
    {
      ModelKind *kind = g_ptr_array_index (target->kinds, i);

      if (kind == NULL)
        continue;
      g_free ((char *)kind->name);
      g_free ((char *)kind->phrase);
      g_free (kind);
    }
  g_ptr_array_unref (target->kinds);
}

void
model_target_free (ModelTarget *target)
{
  if (target == NULL)
    return;
  for (ModelTask *task = target->first_task; task != NULL; task = task->next)
    {
      for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
        model_attributes_clear (&await->attributes);
      for (ModelAwait *await = task->calls; await != NULL; await = await->task_next)
        model_attributes_clear (&await->attributes);
      model_task_free_steps (target, task);
      model_attributes_clear (&task->attributes);
    }
  for (guint64 i = 0; i <= target->resources.mask; i++)
    if (target->resources.slots[i].key != 0)
      {
        ModelResource *resource = target->resources.slots[i].value;

        model_bytes_unref (resource->exchange.request);
        model_attributes_clear (&resource->attributes);
      }
  for (guint i = 0; i < G_N_ELEMENTS (target->early); i++)
    model_attributes_clear (&target->early[i].attributes);
  model_lineage_clear (target);
  model_table_clear (&target->tasks);
  model_table_clear (&target->awaits);
  model_table_clear (&target->resources);
  model_table_clear (&target->threads_by_tid);
  model_table_clear (&target->tasks_by_tid);
  model_slab_clear (&target->task_slab);
  model_slab_clear (&target->await_slab);
  model_slab_clear (&target->resource_slab);
  model_slab_clear (&target->hold_slab);
  model_slab_clear (&target->path_slab);
  for (guint i = 0; i < MODEL_STEPS_SIZES; i++)
    model_slab_clear (&target->step_slabs[i]);
  g_ptr_array_unref (target->threads);
  free_kinds (target);
  model_target_forget_types (target);
  g_free (target->history);
  g_free (target->changes);
  g_free (target);
}

static void
fill_kind (ModelTarget *target, ModelKind *kind)
{
  ChannelKindInfo info;

  if (kind->number == 0 || !target->tables->get_kind (target->tables_data, kind->number, &info))
    return;
  g_free ((char *)kind->name);
  g_free ((char *)kind->phrase);
  kind->of = info.of;
  kind->flags = info.of == INSPECT_KIND_RESOURCE ? 0 : info.flags;
  kind->resource_flags = info.of == INSPECT_KIND_RESOURCE ? info.flags : 0;
  kind->name = g_strdup (info.name);
  kind->phrase = g_strdup (info.phrase);
  if (info.of == INSPECT_KIND_KEY)
    kind->key = model_key_from_name (info.name);
  if (info.of == INSPECT_KIND_AWAIT)
    kind->family = model_family_of (info.name, info.flags);
}

const ModelKind *
model_target_get_kind (ModelTarget *target, guint32 number)
{
  ModelKind *kind;

  if (number > CHANNEL_MAX_KINDS)
    number = 0;
  if (number >= target->kinds->len)
    g_ptr_array_set_size (target->kinds, number + 1);
  kind = g_ptr_array_index (target->kinds, number);
  if (kind == NULL)
    {
      kind = g_new0 (ModelKind, 1);
      kind->number = number;
      kind->name = g_strdup ("");
      kind->phrase = g_strdup ("");
      g_ptr_array_index (target->kinds, number) = kind;
    }
  /* An entry may become readable after the first record that uses it. */
  if (G_UNLIKELY (kind->of == 0))
    fill_kind (target, kind);
  return kind;
}

/* A cause that is not pending is no loss: its await may have ended just before, with an error. */
static void
ingest_poll_begin (ModelTarget *target, const ChannelEvent *event)
{
  ModelAwait *cause = model_table_find (&target->awaits, event->arg);

  model_poll_begin (target, event, cause);
  if (cause != NULL)
    model_await_fire (target, cause, event->time_ns);
}

/* Of a task that has not run for a while nothing is in the processor's cache: what is needed last is asked for
 * first. */
static void
prefetch (const ModelAwait *await)
{
  if (await == NULL)
    return;
  __builtin_prefetch (await->task);
  __builtin_prefetch (await->resource);
  model_task_prefetch_step (await->task);
}

static void
ingest_resume (ModelTarget *target, const ChannelEvent *event)
{
  ModelAwait *cause = model_table_find (&target->awaits, event->arg);

  prefetch (cause);
  model_poll_begin (target, event, cause);
  model_await_end (target, event, 0);
}

static void
set_made_ready (ModelTarget *target, ModelTask *task, gboolean is_ready, gint64 now_ns)
{
  if (task->was_made_ready == is_ready)
    return;
  task->was_made_ready = is_ready != FALSE;
  /* Of one that runs it is known once it does no more. */
  if (task->n_open_polls == 0)
    model_tell (target, ready_changed, task, now_ns);
}

/* What a look from outside has seen, and what a keyframe says: that a task is ready, and by itself as nobody knows who
 * woke it; by nobody, that it is so no more. It is no wake. */
static void
ingest_seen_ready (ModelTarget *target, const ChannelEvent *event)
{
  ModelTask *task = model_table_find (&target->tasks, event->arg);

  if (task != NULL)
    set_made_ready (target, task, event->task == event->arg, event->time_ns);
}

static void
ingest_wake (ModelTarget *target, const ChannelEvent *event)
{
  ModelTask *waker = model_table_find (&target->tasks, event->task);
  ModelThread *thread = model_target_get_thread (target, event->ring);
  ModelTask *woken = model_table_find (&target->tasks, event->arg);
  ModelAwait *await = model_table_find (&target->awaits, event->arg);
  ModelResource *resource = model_table_find (&target->resources, event->arg);

  gboolean is_sure;

  if (event->ring == MODEL_OUTSIDE_RING)
    {
      ingest_seen_ready (target, event);
      return;
    }
  if (await == NULL && resource != NULL)
    await = resource->awaits;
  if (await != NULL)
    woken = await->task;
  if (woken == NULL)
    return;
  is_sure = resource == NULL || await == NULL || await->resource_next == NULL;
  woken->n_wakes++;
  model_tell (target, woken, woken, waker, event->time_ns, is_sure);
  if (is_sure)
    set_made_ready (target, woken, TRUE, event->time_ns);
  woken->last_waker = waker != NULL ? waker->number : 0;
  woken->last_waker_location = event->location;
  if (event->location == 0 && thread != NULL && thread->depth > 0 &&
      thread->depth <= MODEL_POLL_DEPTH)
    woken->last_waker_location = thread->polls[thread->depth - 1].location;
}

void
model_target_add_observer (ModelTarget *target, const ModelObserver *funcs, gpointer data)
{
  g_return_if_fail (target->n_observers < MODEL_MAX_OBSERVERS);
  target->observers[target->n_observers].funcs = funcs;
  target->observers[target->n_observers++].data = data;
  target->awaits_are_marked |= funcs->marks_awaits;
}

void
model_target_remove_observer (ModelTarget *target, gpointer data)
{
  for (guint i = 0; i < target->n_observers; i++)
    if (target->observers[i].data == data)
      {
        target->observers[i] = target->observers[--target->n_observers];
        return;
      }
}

void
model_target_ingest (ModelTarget *target, const ChannelEvent *event)
{
  ChannelEvent sane;
  ModelTask *task;

  /* From here on differences of times, and sums of a few of them, cannot overflow. */
  if (G_UNLIKELY (event->time_ns < 0 || event->time_ns > MAX_TIME_NS))
    {
      sane = *event;
      sane.time_ns = CLAMP (event->time_ns, 0, MAX_TIME_NS);
      event = &sane;
    }

  if (target->stats.events++ == 0)
    target->first_ns = event->time_ns;
  target->now_ns = MAX (target->now_ns, event->time_ns);

  switch ((ChannelType)event->type)
    {
    case CHANNEL_TASK_BEGIN:
      model_task_begin (target, event);
      break;
    case CHANNEL_TASK_END:
      model_task_end (target, event);
      break;
    case CHANNEL_POLL_BEGIN:
      ingest_poll_begin (target, event);
      break;
    case CHANNEL_POLL_END:
      model_poll_end (target, event);
      break;
    case CHANNEL_AWAIT_BEGIN:
      model_await_begin (target, event);
      break;
    case CHANNEL_AWAIT_END:
      model_await_end (target, event, event->status);
      break;
    case CHANNEL_RESUME:
      ingest_resume (target, event);
      break;
    case CHANNEL_SUSPEND:
      model_await_begin (target, event);
      model_poll_end (target, event);
      break;
    case CHANNEL_WAKE:
      ingest_wake (target, event);
      break;
    case CHANNEL_RESOURCE_BEGIN:
      model_resource_begin (target, event);
      break;
    case CHANNEL_RESOURCE_END:
      model_resource_end (target, event);
      break;
    case CHANNEL_ACQUIRE:
      model_hold_acquire (target, event);
      break;
    case CHANNEL_RELEASE:
      model_hold_release (target, event);
      break;
    case CHANNEL_STATE_NAME:
      task = model_task_get (target, event->task, event->time_ns);
      if (task != NULL)
        task->state_name = event->arg <= G_MAXUINT32 ? event->arg : 0;
      break;
    case CHANNEL_ATTRIBUTE:
      model_attribute_set (target, event);
      break;
    case CHANNEL_POINT:
      task = model_table_find (&target->tasks, event->task);
      if (task != NULL)
        {
          task->last_point = event->location;
          task->last_point_value = (gint64)event->arg;
        }
      break;
    case CHANNEL_BYTES: /* comes with its attribute */
    case CHANNEL_TYPE_COUNT:
      break;
    }
}
