/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/keyframe.h"

/* Objects lie all over the memory of a program of many tasks: what is needed next is asked for before. So many records
 * before an object is told its record is asked for, then who takes it asks for what it needs, then once more. */
#define ITEM_AT 24u
#define FAR_AT 16u
#define NEAR_AT 8u
#define LINE 64u

/* Of one object, by when it began. */
typedef struct
{
  gint64 at_ns;
  ChannelEvent event;
  const ModelAttributes *attributes; /* (nullable): what is told of @event.arg, or of a task */
  guint64 object;
} Item;

typedef struct
{
  guint64 number, id;
} Id;

typedef struct
{
  ModelTarget *model;
  GArray *items;
  GArray *ids; /* Id: of live tasks, by number */
  /* Of some thread: of what belongs to none, so that it does not look as if the ring were another thread's. */
  guint32 ring;
  gint32 tid;
} Keyframe;

static Item *
add (Keyframe *self, guint32 type, gint64 at_ns, guint64 task, guint64 arg, guint32 location)
{
  Item item = { .at_ns = at_ns };

  item.event = (ChannelEvent){ .time_ns = at_ns,
                               .type = type,
                               .location = location,
                               .ring = self->ring,
                               .tid = self->tid,
                               .task = task,
                               .arg = arg };
  g_array_append_val (self->items, item);
  return &g_array_index (self->items, Item, self->items->len - 1);
}

static void
on_thread (Item *item, const ModelThread *thread)
{
  if (thread == NULL)
    return;
  item->event.ring = thread->ring;
  item->event.tid = thread->tid;
}

static void
from_outside (Item *item)
{
  item->event.ring = MODEL_OUTSIDE_RING;
  item->event.tid = 0;
}

/* ---- What there is ----------------------------------------------------------------------------- */

/* 0: it has ended. */
static guint64
find_id (const Keyframe *self, guint64 number)
{
  const Id *ids = (const Id *)self->ids->data;
  guint low = 0, high = self->ids->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (ids[middle].number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->ids->len && ids[low].number == number ? ids[low].id : 0;
}

static void
add_task (Keyframe *self, const ModelTask *task)
{
  Item *item;

  if (task->id == 0)
    return;
  item = add (self, CHANNEL_TASK_BEGIN, task->begin_ns, task->id,
              task->parent != 0 ? find_id (self, task->parent) : 0, task->location);
  item->attributes = &task->attributes;
  item->object = task->id;
  if (task->is_from_outside)
    from_outside (item);
  if (task->began_before)
    from_outside (add (self, CHANNEL_TASK_BEGIN, task->begin_ns, task->id, task->id, 0));
  if (task->state_name != 0)
    add (self, CHANNEL_STATE_NAME, self->model->now_ns, task->id, task->state_name, 0);
}

/* What its peer owes an answer to was asked by something that is over. */
static void
add_exchange (Keyframe *self, const ModelResource *resource)
{
  const ModelExchange *exchange = &resource->exchange;
  guint64 await;
  Item *item;

  if (exchange->task == NULL)
    return;
  await = (guint64)exchange->kind->number << 48 | (resource->object & 0xffffffffffff);
  add (self, CHANNEL_AWAIT_BEGIN, exchange->begin_ns, exchange->task->id, await,
       exchange->location);
  item = add (self, CHANNEL_ATTRIBUTE, exchange->begin_ns, await, 0, 0);
  item->event.value = resource->object;
  add (self, CHANNEL_AWAIT_END, exchange->begin_ns, exchange->task->id, await, 0);
}

static void
add_holds (Keyframe *self, const ModelResource *resource)
{
  for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
    for (guint32 i = 0; i < hold->count && i < 16; i++)
      on_thread (add (self, CHANNEL_ACQUIRE, i == 0 ? hold->since_ns : hold->again_ns,
                      hold->task != NULL ? hold->task->id : 0, resource->object, hold->location),
                 hold->thread);
}

static void
add_resource (Keyframe *self, const ModelResource *resource)
{
  /* Whoever made it is named: also because their ids are near to each other, which is how a recording says them. */
  Item *item = add (self, CHANNEL_RESOURCE_BEGIN, resource->begin_ns,
                    resource->owner_task != 0 ? find_id (self, resource->owner_task) : 0,
                    resource->object, resource->location);

  item->attributes = &resource->attributes;
  item->object = resource->object;
  add_exchange (self, resource);
  add_holds (self, resource);
}

static void
add_awaits (Keyframe *self, const ModelAwait *first)
{
  for (const ModelAwait *await = first; await != NULL; await = await->task_next)
    {
      Item *item = add (self, CHANNEL_AWAIT_BEGIN, await->begin_ns, await->task->id, await->object,
                        await->location);

      item->attributes = &await->attributes;
      item->object = await->object;
      if (await->ring == MODEL_OUTSIDE_RING)
        from_outside (item);
      on_thread (item, model_target_get_thread (self->model, await->ring));
    }
}

static void
add_polls (Keyframe *self, const ModelThread *thread)
{
  for (guint i = 0; i < thread->depth && i < MODEL_POLL_DEPTH; i++)
    {
      const ModelPoll *poll = &thread->polls[i];

      on_thread (add (self, CHANNEL_POLL_BEGIN, poll->begin_ns,
                      poll->task != NULL ? poll->task->id : 0, poll->cause, poll->location),
                 thread);
    }
}

/* After all else, as a poll of it would say that it is over. */
static void
add_ready (Keyframe *self, const ModelTask *task)
{
  if (task->id != 0 && task->was_made_ready)
    from_outside (add (self, CHANNEL_WAKE, self->model->now_ns, task->id, task->id, 0));
}

/* ---- Told in order ----------------------------------------------------------------------------- */

/* What is sorted is small; what it stands for stays where it is. */
typedef struct
{
  gint64 at_ns;
  guint32 item;
} Key;

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Key *x = a, *y = b;

  return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

/* By time; those of one instant in the order in which they were added. */
static Key *
sort (const GArray *items)
{
  Key *keys = g_new (Key, items->len);

  for (guint i = 0; i < items->len; i++)
    keys[i] = (Key){ g_array_index (items, Item, i).at_ns, i };
  g_qsort_with_data (keys, (gint)items->len, sizeof *keys, compare, NULL);
  return keys;
}

/* A text, and behind it the name of its type. */
static void
set_bytes (const Keyframe *self, const ModelAttribute *attribute, GString *typed,
           ChannelEvent *event)
{
  const char *type = model_target_get_type (self->model, attribute->type);

  event->bytes = attribute->bytes->data;
  event->n_bytes = attribute->bytes->length;
  if (type == NULL)
    return;
  g_string_truncate (typed, 0);
  g_string_append_len (typed, event->bytes, event->n_bytes);
  g_string_append_c (typed, '\0');
  g_string_append (typed, type);
  event->bytes = typed->str;
  event->n_type = (guint32)(typed->len - event->n_bytes - 1);
}

static void
tell_attributes (const Keyframe *self, const Item *item, ChannelEventFunc func, gpointer data)
{
  g_autoptr (GString) typed = NULL;
  const ModelAttribute *items = model_attributes_items (item->attributes);

  for (guint i = 0; i < item->attributes->n; i++)
    {
      ChannelEvent event = { .time_ns = item->at_ns,
                             .type = CHANNEL_ATTRIBUTE,
                             .ring = item->event.ring,
                             .tid = item->event.tid,
                             .task = item->object,
                             .key = items[i].number };

      if (items[i].has_bytes)
        {
          if (typed == NULL)
            typed = g_string_new (NULL);
          set_bytes (self, &items[i], typed, &event);
        }
      else
        event.value = items[i].value;
      func (&event, data);
    }
}

/* The number of the key that says what an await waits on; 0: nobody has said it. */
static guint16
find_resource_key (ModelTarget *model)
{
  for (guint i = 1; i < model->kinds->len; i++)
    {
      const ModelKind *kind = g_ptr_array_index (model->kinds, i);

      if (kind != NULL && kind->key == MODEL_KEY_RESOURCE)
        return (guint16)i;
    }
  return 0;
}

static Item *
get_item (const Keyframe *self, const Key *keys, guint i)
{
  return i < self->items->len ? &g_array_index (self->items, Item, keys[i].item) : NULL;
}

/* What is told soon after the @i-th. */
static void
prepare (const Keyframe *self, const Key *keys, guint i, const ModelAheadFuncs *funcs,
         gpointer data)
{
  const Item *item = get_item (self, keys, i + ITEM_AT);

  if (item != NULL)
    {
      __builtin_prefetch (item, 1);
      __builtin_prefetch ((const char *)item + LINE, 1);
    }
  item = get_item (self, keys, i + FAR_AT);
  if (item != NULL && item->attributes != NULL)
    {
      __builtin_prefetch (item->attributes);
      __builtin_prefetch ((const char *)item->attributes + LINE);
    }
  if (item != NULL && funcs->prepare != NULL)
    funcs->prepare (&item->event, FALSE, data);
  item = get_item (self, keys, i + NEAR_AT);
  if (item != NULL && funcs->prepare != NULL)
    funcs->prepare (&item->event, TRUE, data);
}

static void
tell (Keyframe *self, const ModelAheadFuncs *funcs, gpointer data)
{
  guint16 resource_key = find_resource_key (self->model);
  g_autofree Key *keys = sort (self->items);

  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = get_item (self, keys, i);

      prepare (self, keys, i, funcs, data);
      if (item->event.type == CHANNEL_ATTRIBUTE)
        item->event.key = resource_key;
      if (item->event.type != CHANNEL_ATTRIBUTE || resource_key != 0)
        funcs->take (&item->event, data);
      if (item->attributes != NULL)
        tell_attributes (self, item, funcs->take, data);
    }
}

static void
look_up_ids (Keyframe *self)
{
  for (const ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    {
      const Id id = { task->number, task->id };

      g_array_append_val (self->ids, id);
    }
  for (guint i = 0; i < self->model->threads->len && self->ring == 0; i++)
    {
      const ModelThread *thread = g_ptr_array_index (self->model->threads, i);

      if (thread == NULL)
        continue;
      self->ring = i;
      self->tid = thread->tid;
    }
}

static void
add_resources (Keyframe *self)
{
  const ModelTable *resources = &self->model->resources;

  for (guint64 i = 0; i <= resources->mask; i++)
    {
      const char *soon = resources->slots[(i + ITEM_AT) & resources->mask].value;

      if (soon != NULL)
        {
          __builtin_prefetch (soon);
          __builtin_prefetch (soon + G_STRUCT_OFFSET (ModelResource, exchange));
        }
      if (resources->slots[i].key != 0)
        add_resource (self, resources->slots[i].value);
    }
}

void
model_keyframe_tell_ahead (ModelTarget *model, const ModelAheadFuncs *funcs, gpointer data)
{
  Keyframe keyframe = { model, g_array_new (FALSE, FALSE, sizeof (Item)),
                        g_array_new (FALSE, FALSE, sizeof (Id)), 0, 0 };

  look_up_ids (&keyframe);
  add_resources (&keyframe);
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    {
      add_task (&keyframe, task);
      add_awaits (&keyframe, task->awaits);
      add_awaits (&keyframe, task->calls);
    }
  for (guint i = 0; i < model->threads->len; i++)
    if (g_ptr_array_index (model->threads, i) != NULL)
      add_polls (&keyframe, g_ptr_array_index (model->threads, i));
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    add_ready (&keyframe, task);
  tell (&keyframe, funcs, data);
  g_array_unref (keyframe.items);
  g_array_unref (keyframe.ids);
}

void
model_keyframe_tell (ModelTarget *model, ChannelEventFunc func, gpointer data)
{
  const ModelAheadFuncs funcs = { func, NULL };

  model_keyframe_tell_ahead (model, &funcs, data);
}
