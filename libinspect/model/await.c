/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Awaits and the resources that they are on. */

#include "model/model-private.h"

#include <errno.h>
#include <string.h>

/* ---- Attributes that came early ------------------------------------------------------------- */

void
model_early_take (ModelTarget *target, guint64 object, ModelAttributes *attributes)
{
  for (guint i = 0; i < G_N_ELEMENTS (target->early); i++)
    if (target->early[i].object == object)
      {
        model_attributes_clear (attributes);
        model_attributes_move (attributes, &target->early[i].attributes);
        target->early[i].object = 0;
      }
}

static ModelAttributes *
early_attributes (ModelTarget *target, guint64 object)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (target->early); i++)
    if (target->early[i].object == object)
      return &target->early[i].attributes;
  i = target->next_early;
  target->next_early = (i + 1) % G_N_ELEMENTS (target->early);
  model_attributes_clear (&target->early[i].attributes);
  target->early[i].object = object;
  return &target->early[i].attributes;
}

/* ---- Resources ------------------------------------------------------------------------------ */

static ModelResource *
resource_new (ModelTarget *target, guint64 object, gint64 now_ns)
{
  ModelResource *resource;

  if (target->resource_slab.used >= target->limits.max_live)
    {
      target->stats.beyond_limit++;
      return NULL;
    }
  resource = model_slab_alloc (&target->resource_slab);
  resource->object = object;
  resource->kind = model_target_get_kind (target, object >> 48);
  resource->begin_ns = now_ns;
  resource->serial = ++target->next_serial;
  model_early_take (target, object, &resource->attributes);
  model_table_add (&target->resources, object, resource);
  return resource;
}

ModelResource *
model_resource_get (ModelTarget *target, guint64 object, gint64 now_ns)
{
  ModelResource *resource = model_table_find (&target->resources, object);

  if (resource != NULL || object == 0)
    return resource;
  resource = resource_new (target, object, now_ns);
  if (resource != NULL)
    resource->began_before = TRUE;
  return resource;
}

static void
unlink_from_resource (ModelAwait *await)
{
  ModelResource *resource = await->resource;

  if (resource == NULL)
    return;
  if (await->resource_previous != NULL)
    await->resource_previous->resource_next = await->resource_next;
  else
    resource->awaits = await->resource_next;
  if (await->resource_next != NULL)
    await->resource_next->resource_previous = await->resource_previous;
  if (model_await_is (await, INSPECT_AWAIT_ANSWERS))
    resource->n_answering--;
  await->resource = NULL;
  await->resource_previous = await->resource_next = NULL;
}

/* Cycles of waits go through locks, permits, tasks and threads that sleep; each has one of those
 * that is looked at when it begins. A job that is queued comes into one only through who waits for
 * it. */
void
model_await_list (ModelTarget *target, ModelAwait *await)
{
  if ((await->changes & MODEL_CHANGED) == 0)
    model_change_list (target, &await->changes, MODEL_CHANGE_AWAIT, await->object);
}

static void
link_to_resource (ModelTarget *target, ModelAwait *await, ModelResource *resource)
{
  if (await->resource == resource || resource == NULL)
    return;
  unlink_from_resource (await);
  await->awaits_task = FALSE;
  if (model_resource_is (resource, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY) &&
      !model_await_is (await, INSPECT_AWAIT_POOL))
    model_await_list (target, await);
  else
    model_await_changed (target, await);
  await->resource_previous = NULL;
  await->resource = resource;
  await->resource_next = resource->awaits;
  if (resource->awaits != NULL)
    resource->awaits->resource_previous = await;
  resource->awaits = await;
  if (model_await_is (await, INSPECT_AWAIT_ANSWERS))
    resource->n_answering++;
  if (model_await_is (await, INSPECT_AWAIT_ASKS))
    model_exchange_ask (target, await);
}

/* It waits for the end of a task. */
static void
link_to_task (ModelTarget *target, ModelAwait *await, guint64 id)
{
  ModelTask *task = model_table_find (&target->tasks, id);

  unlink_from_resource (await);
  await->awaits_task = TRUE;
  await->awaited.id = id;
  await->awaited.number = task != NULL ? task->number : 0;
  model_await_list (target, await);
}

static void
link_to_object (ModelTarget *target, ModelAwait *await, guint64 object, gint64 now_ns)
{
  if (object != 0 && object >> 48 == 0)
    link_to_task (target, await, object);
  else
    link_to_resource (target, await, model_resource_get (target, object, now_ns));
}

ModelTask *
model_await_get_awaited (ModelTarget *target, ModelAwait *await)
{
  ModelTask *task =
      await->awaits_task ? model_table_find (&target->tasks, await->awaited.id) : NULL;

  if (task == NULL)
    return NULL;
  /* It may have been named before its begin was seen. Another number: the id was used again. */
  if (await->awaited.number == 0)
    await->awaited.number = task->number;
  return await->awaited.number == task->number ? task : NULL;
}

static void
close_resource (ModelTarget *target, ModelResource *resource)
{
  while (resource->awaits != NULL)
    unlink_from_resource (resource->awaits);
  if (resource->holds != NULL)
    model_hold_drop_resource (target, resource);
  model_exchange_drop (target, resource);
  model_table_remove (&target->resources, resource->object);
  model_attributes_clear (&resource->attributes);
  model_slab_free (&target->resource_slab, resource);
}

void
model_resource_begin (ModelTarget *target, const ChannelEvent *event)
{
  ModelResource *resource = model_table_find (&target->resources, event->arg);
  ModelTask *task = model_table_find (&target->tasks, event->task);

  if (event->arg == 0)
    return;
  if (resource != NULL)
    {
      target->stats.ends_not_seen++;
      close_resource (target, resource);
    }
  resource = resource_new (target, event->arg, event->time_ns);
  if (resource == NULL)
    return;
  resource->location = event->location;
  resource->owner_task = task != NULL ? task->number : 0;
}

void
model_resource_end (ModelTarget *target, const ChannelEvent *event)
{
  ModelResource *resource = model_table_find (&target->resources, event->arg);

  if (resource == NULL)
    target->stats.unknown_ends++;
  else
    close_resource (target, resource);
}

/* ---- Awaits --------------------------------------------------------------------------------- */

static void
tell_joined (ModelTarget *target, const ModelAwait *await, const ChannelEvent *event)
{
  const ModelThread *thread = model_thread_of_event (target, event);

  if (target->joined != NULL && thread != NULL)
    target->joined (target->order_data, await->awaited.id, thread->tid, event->time_ns);
}

static ModelAwait **
get_list (const ModelAwait *await)
{
  return await->is_call ? &await->task->calls : &await->task->awaits;
}

static void
link_to_its_task (ModelAwait *await)
{
  ModelAwait **list;

  await->is_call = model_await_is (await, INSPECT_AWAIT_CALLS);
  list = get_list (await);
  await->task_next = *list;
  if (*list != NULL)
    (*list)->task_previous = await;
  *list = await;
  await->task->n_awaits += list == &await->task->awaits;
}

static void
unlink_from_task (ModelAwait *await)
{
  ModelAwait **list = get_list (await);

  if (await->task_previous != NULL)
    await->task_previous->task_next = await->task_next;
  else
    *list = await->task_next;
  if (await->task_next != NULL)
    await->task_next->task_previous = await->task_previous;
  await->task->n_awaits -= list == &await->task->awaits;
}

/* Of nearly all awaits the end of the structure is never written to, nor read: they leave it as it was. */
static void
clear_rest (ModelTarget *target, ModelAwait *await)
{
  gsize offset = G_STRUCT_OFFSET (ModelAwait, thread_previous);

  if (await->has_fired || target->awaits_are_marked)
    memset ((char *)await + offset, 0, sizeof *await - offset);
}

static void
close_await (ModelTarget *target, ModelAwait *await)
{
  ModelTask *task = await->task;

  unlink_from_resource (await);
  if (await->blocks)
    model_thread_unblock (target, await);
  if (G_UNLIKELY (await->episode != 0))
    target->cycle_broken = TRUE;
  unlink_from_task (await);
  model_task_changed (target, task);
  model_table_remove (&target->awaits, await->object);
  model_attributes_clear (&await->attributes);
  clear_rest (target, await);
  model_slab_free (&target->await_slab, await);
}

static void
await_new (ModelTarget *target, const ChannelEvent *event, ModelTask *task)
{
  ModelAwait *await;
  ModelThread *thread;
  guint64 resource;

  if (target->await_slab.used >= target->limits.max_live)
    {
      target->stats.beyond_limit++;
      return;
    }
  await =
      model_slab_alloc_begin (&target->await_slab, G_STRUCT_OFFSET (ModelAwait, attributes.few));
  await->object = event->arg;
  await->task = task;
  await->kind = model_target_get_kind (target, event->arg >> 48);
  await->location = event->location;
  await->ring = MIN (event->ring, G_MAXUINT16);
  await->begin_ns = event->time_ns;
  link_to_its_task (await);
  model_table_add (&target->awaits, await->object, await);
  target->stats.awaits++;
  model_task_changed (target, task);
  if (G_UNLIKELY (model_await_is (await, INSPECT_AWAIT_BLOCKS)) &&
      (thread = model_thread_of_event (target, event)) != NULL)
    {
      model_thread_block (thread, await);
      model_await_list (target, await);
    }
  model_early_take (target, await->object, &await->attributes);
  if (model_attributes_get_value (&await->attributes, MODEL_KEY_RESOURCE, &resource))
    link_to_object (target, await, resource, event->time_ns);
  model_tell (target, await_began, await);
}

void
model_await_begin (ModelTarget *target, const ChannelEvent *event)
{
  ModelAwait *await = model_table_find (&target->awaits, event->arg);
  ModelTask *task;

  if (event->arg == 0)
    return;
  if (await != NULL)
    {
      /* Starting again what repeats, or a timer, replaces it; another one has lost its end. */
      if (!model_await_is (await, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_TIMER |
                                      INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_WATCHES |
                                      INSPECT_AWAIT_LOOP))
        target->stats.ends_not_seen++;
      model_tell (target, await_ended, await, event->time_ns, -ECANCELED);
      close_await (target, await);
    }
  task = model_task_get (target, event->task, event->time_ns);
  if (task != NULL)
    await_new (target, event, task);
}

void
model_await_end (ModelTarget *target, const ChannelEvent *event, gint32 status)
{
  ModelAwait *await = model_table_find (&target->awaits, event->arg);

  if (await == NULL)
    {
      target->stats.unknown_ends++;
      return;
    }
  if (model_await_is (await, INSPECT_AWAIT_ANSWERS) && await->resource != NULL &&
      status != -ECANCELED)
    model_exchange_answer (target, await->resource, event->time_ns, status);
  if (await->awaits_task && status == 0)
    tell_joined (target, await, event);
  /* What it waited for has come: it is up to its program to run it. What was given up says nothing of that, and a
   * thread that comes back from a call goes on by itself. */
  if (await->task->n_open_polls == 0 && status != -ECANCELED && event->ring != MODEL_OUTSIDE_RING &&
      !model_await_is (await, INSPECT_AWAIT_BLOCKS))
    await->task->was_made_ready = TRUE;
  model_tell (target, await_ended, await, event->time_ns, status);
  model_step_add (target, await, event->time_ns, status);
  /* What could not be sent will not be answered. */
  if (model_await_is (await, INSPECT_AWAIT_ASKS) && status != 0 && await->resource != NULL)
    model_exchange_drop (target, await->resource);
  close_await (target, await);
}

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

/* A second that has passed without a firing was none of many. */
static void
end_second (ModelAwait *await, gint64 now_ns)
{
  gint64 begin_ns = await->busy.begin_ns;
  guint64 n = await->n_fired - await->busy.n_before;

  if (begin_ns != 0)
    await->busy.rate =
        (guint32)MIN ((double)n * SECOND_NS / (double)(now_ns - begin_ns), (double)G_MAXUINT32);
  if (await->busy.rate < MODEL_BUSY_RATE)
    await->busy.since_ns = 0;
  else if (await->busy.since_ns == 0)
    await->busy.since_ns = begin_ns;
  await->busy.begin_ns = now_ns;
  await->busy.n_before = await->n_fired;
}

void
model_await_fire (ModelTarget *target, ModelAwait *await, gint64 now_ns)
{
  if (G_UNLIKELY (now_ns - await->busy.begin_ns >= SECOND_NS))
    end_second (await, now_ns);
  await->has_fired = TRUE;
  await->n_fired++;
  await->last_fired_ns = now_ns;
  model_tell (target, await_fired, await, now_ns);
  if (model_await_is (await, INSPECT_AWAIT_ANSWERS) && await->resource != NULL)
    model_exchange_answer (target, await->resource, now_ns, 0);
}

const ModelAttribute *
model_await_find (const ModelAwait *await, ModelKey key)
{
  const ModelAttribute *attribute = model_attributes_find (&await->attributes, key);

  if (attribute == NULL && await->resource != NULL)
    attribute = model_attributes_find (&await->resource->attributes, key);
  return attribute;
}

gboolean
model_await_get_value (const ModelAwait *await, ModelKey key, guint64 *ret_value)
{
  const ModelAttribute *attribute = model_await_find (await, key);

  if (attribute == NULL || attribute->has_bytes)
    return FALSE;
  *ret_value = attribute->value;
  return TRUE;
}

gboolean
model_await_is_sleep (const ModelAwait *await)
{
  guint64 repeat = 0;

  return model_await_is (await, INSPECT_AWAIT_TIMER) &&
         !model_await_is (await, INSPECT_AWAIT_REPEATS) &&
         !(model_await_get_value (await, MODEL_KEY_REPEAT, &repeat) && repeat != 0);
}

gboolean
model_await_is_for_signal (const ModelAwait *await)
{
  return model_await_is (await, INSPECT_AWAIT_INTERNAL) &&
         !model_await_is (await, INSPECT_AWAIT_ONESHOT) && !await->awaits_task &&
         (await->resource == NULL || !model_resource_is (await->resource, INSPECT_RESOURCE_LOCK));
}

void
model_await_set_cannot_end (ModelTarget *target, ModelAwait *await, gboolean cannot_end)
{
  if (await->cannot_end == cannot_end)
    return;
  await->cannot_end = cannot_end;
  model_tell (target, await_judged, await, target->now_ns);
}

/* ---- Attributes ----------------------------------------------------------------------------- */

static gboolean
store (ModelTarget *target, ModelAttributes *attributes, const ChannelEvent *event, ModelKey key)
{
  if (event->bytes != NULL)
    return model_attributes_set_bytes (
        attributes, event->key, key, event->bytes, event->n_bytes,
        model_target_number_type (target, channel_event_get_type_name (event)));
  return model_attributes_set_value (attributes, event->key, key, event->value);
}

static void
await_attribute (ModelTarget *target, ModelAwait *await, const ChannelEvent *event, ModelKey key)
{
  gboolean is_first = model_attributes_find (&await->attributes, key) == NULL;

  if (!store (target, &await->attributes, event, key))
    target->stats.beyond_limit++;
  else if (key == MODEL_KEY_RESOURCE && event->bytes == NULL)
    link_to_object (target, await, event->value, event->time_ns);
  else if (key == MODEL_KEY_OWNER || key == MODEL_KEY_RUNNING)
    model_await_changed (target, await);
  else if (key == MODEL_KEY_BYTES && is_first && event->bytes == NULL && await->resource != NULL &&
           model_await_is (await, INSPECT_AWAIT_ASKS) && await->resource->exchange.task != NULL)
    await->resource->exchange.bytes += event->value;
}

/* What it says of itself bears on those that wait for it. */
static void
resource_changed (ModelTarget *target, ModelResource *resource)
{
  if (resource->changes != MODEL_WATCHED)
    return;
  model_change_list (target, &resource->changes, MODEL_CHANGE_RESOURCE, resource->object);
  for (ModelAwait *await = resource->awaits; await != NULL; await = await->resource_next)
    model_await_changed (target, await);
}

static void
resource_attribute (ModelTarget *target, ModelResource *resource, const ChannelEvent *event,
                    ModelKey key)
{
  if (!store (target, &resource->attributes, event, key))
    target->stats.beyond_limit++;
  else if (key == MODEL_KEY_OWNER || key == MODEL_KEY_PERMITS)
    resource_changed (target, resource);
  else if (key == MODEL_KEY_REQUEST)
    model_exchange_set_request (resource,
                                model_attributes_find (&resource->attributes, MODEL_KEY_REQUEST));
}

void
model_attribute_set (ModelTarget *target, const ChannelEvent *event)
{
  const ModelKind *kind = model_target_get_kind (target, event->key);
  guint8 of = event->task >> 48 != 0 ? model_target_get_kind (target, event->task >> 48)->of : 0;
  ModelKey key = kind->key;
  ModelTask *task;
  ModelAwait *await;
  ModelResource *resource;

  if (event->task == 0)
    return;
  /* The kind in an object's number says which table it is in; one that is missing, in any. */
  if (of == 0 && (task = model_table_find (&target->tasks, event->task)) != NULL)
    {
      if (!store (target, &task->attributes, event, key))
        target->stats.beyond_limit++;
      else if (G_UNLIKELY (key == MODEL_KEY_TID) && event->bytes == NULL)
        model_task_set_tid (target, task, event->value);
    }
  else if (of != INSPECT_KIND_RESOURCE &&
           (await = model_table_find (&target->awaits, event->task)) != NULL)
    await_attribute (target, await, event, key);
  else if (of != INSPECT_KIND_AWAIT &&
           (resource = model_table_find (&target->resources, event->task)) != NULL)
    resource_attribute (target, resource, event, key);
  else if (!store (target, early_attributes (target, event->task), event, key))
    target->stats.beyond_limit++;
}
