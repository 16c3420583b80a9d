/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/ahead.h"

#include <string.h>

/* What one turn of a task says is some five records, and waiting for memory takes as long as two or three. So many
 * records after one has come it is known which objects it is about, and later what these hang together with. */
#define N_QUEUED 128u
#define OBJECTS_AT 24u
#define NEXT_AT 44u
#define STEP_AT(step) (NEXT_AT + (step)*20u)
/* Longer texts do not wait: all before them is taken, and they are. */
#define MAX_TEXT 120u
#define LINE 64u

G_STATIC_ASSERT ((N_QUEUED & (N_QUEUED - 1)) == 0);
#if GLIB_SIZEOF_VOID_P == 8
G_STATIC_ASSERT (G_STRUCT_OFFSET (ModelTask, n_polls) == LINE);
G_STATIC_ASSERT (G_STRUCT_OFFSET (ModelTask, logged) == 3 * LINE);
G_STATIC_ASSERT (G_STRUCT_OFFSET (ModelAwait, location) == LINE);
G_STATIC_ASSERT (G_STRUCT_OFFSET (ModelAwait, attributes.few[2]) == 2 * LINE);
G_STATIC_ASSERT (G_STRUCT_OFFSET (ModelResource, attributes) == LINE);
#endif

struct _ModelAhead
{
  ModelTarget *model;
  const ModelAheadFuncs *funcs;
  gpointer data;
  guint64 first, end; /* taken so far; pushed so far */
  ChannelEvent events[N_QUEUED];
  char texts[N_QUEUED][MAX_TEXT];
};

/* Of a function that asks for memory and does nothing else, the compiler says that it does nothing, and leaves it
 * out: such are part of their caller before it looks at that. */
#define ASKS static inline __attribute__ ((always_inline)) void

ASKS
ask_for_lines (const void *object, gsize size)
{
  for (gsize i = 0; i < size; i += LINE)
    __builtin_prefetch ((const char *)object + i, 1);
}

ASKS
ask_for_slot (const ModelTable *table, guint64 key)
{
  __builtin_prefetch (&table->slots[model_table_hash (key) & table->mask], 1);
}

/* Of a structure as much as most records look at: there are only so many lines that a processor waits for at once. */

/* The first line of a task is who it is, and not asked for. */
ASKS
ask_for_task (const ModelTarget *model, const ModelTask *task)
{
  const char *begin = (const char *)task + G_STRUCT_OFFSET (ModelTask, n_polls);

  ask_for_lines (begin, 2 * LINE);
  if (model->n_observers > 0)
    __builtin_prefetch (begin + 2 * LINE, 1);
}

ASKS
ask_for_await (const ModelTarget *model, const ModelAwait *await)
{
  ask_for_lines (await, model->awaits_are_marked ? sizeof *await : 2 * LINE);
}

ASKS
ask_for_resource (const ModelResource *resource)
{
  __builtin_prefetch (resource, 1);
  __builtin_prefetch (&resource->attributes);
}

/* The object that a record is about beside its task; 0: none. */
static inline guint64
get_other (const ChannelEvent *event)
{
  if (event->type == CHANNEL_ATTRIBUTE)
    return event->bytes == NULL && event->value >> 48 != 0 ? event->value : 0;
  return event->type != CHANNEL_STATE_NAME && event->type != CHANNEL_POINT ? event->arg : 0;
}

/* What its kind says that an object is, an InspectKindClass; 0: that is not known yet. */
static inline guint
get_class (const ModelTarget *model, guint64 object)
{
  const ModelKind *kind =
      object >> 48 < model->kinds->len ? model->kinds->pdata[object >> 48] : NULL;

  return kind != NULL ? kind->of : 0;
}

ASKS
ask_for_slots (const ModelTarget *model, guint64 object)
{
  guint of;

  if (object >> 48 == 0)
    {
      ask_for_slot (&model->tasks, object);
      return;
    }
  of = get_class (model, object);
  if (of != INSPECT_KIND_RESOURCE)
    ask_for_slot (&model->awaits, object);
  if (of != INSPECT_KIND_AWAIT)
    ask_for_slot (&model->resources, object);
}

ASKS
ask_for_objects (const ModelTarget *model, guint64 object)
{
  const void *found;
  guint of;

  if (object >> 48 == 0)
    {
      if ((found = model_table_find (&model->tasks, object)) != NULL)
        ask_for_task (model, found);
      return;
    }
  of = get_class (model, object);
  if (of != INSPECT_KIND_RESOURCE && (found = model_table_find (&model->awaits, object)) != NULL)
    ask_for_await (model, found);
  else if (of != INSPECT_KIND_AWAIT &&
           (found = model_table_find (&model->resources, object)) != NULL)
    ask_for_resource (found);
}

/* How long it is, and where the next step goes: there at the latest. */
ASKS
ask_for_path (const ModelTask *task)
{
  guint next = (guint)MIN (task->n_steps_seen, MODEL_PATH_MAX - 1);

  __builtin_prefetch (task->path, 1);
  __builtin_prefetch (&task->path->locations[next], 1);
}

/* What the objects hang together with. None of them is gone for good: their memory stays until the model is
 * freed. */
ASKS
ask_for_next (const ModelTarget *model, guint64 object)
{
  const ModelAwait *await;
  const ModelTask *task;

  if (object >> 48 == 0)
    {
      task = model_table_find (&model->tasks, object);
      if (task == NULL || model->forgets_steps)
        return;
      if (task->steps != NULL)
        ask_for_lines (&task->steps[task->first_step], sizeof (ModelStep));
      if (task->path != NULL && !task->path_is_cut)
        ask_for_path (task);
    }
  else if ((await = model_table_find (&model->awaits, object)) != NULL && await->resource != NULL)
    ask_for_resource (await->resource);
}

static inline const ChannelEvent *
peek (const ModelAhead *self, guint64 number)
{
  return &self->events[number & (N_QUEUED - 1)];
}

static inline gboolean
is_turn (const ChannelEvent *event)
{
  return event->type == CHANNEL_RESUME || event->type == CHANNEL_AWAIT_END ||
         event->type == CHANNEL_POLL_BEGIN;
}

static void
prepare_observers (const ModelAhead *self)
{
  const ModelTarget *model = self->model;

  for (guint step = 0; step < MODEL_PREPARE_STEPS && self->end - self->first > STEP_AT (step);
       step++)
    {
      const ChannelEvent *event = peek (self, self->end - 1 - STEP_AT (step));
      const ModelTask *task =
          is_turn (event) ? model_table_find (&model->tasks, event->task) : NULL;

      for (guint i = 0; task != NULL && i < model->n_observers; i++)
        if (model->observers[i].funcs->prepare != NULL)
          model->observers[i].funcs->prepare (model->observers[i].data, task, step);
    }
}

/* Records of one turn name the same objects: each is asked for once. */
static void
prepare (const ModelAhead *self)
{
  const ChannelEvent *event = peek (self, self->end - 1), *before;
  guint64 other = get_other (event);

  if (self->end - 1 == self->first || peek (self, self->end - 2)->task != event->task)
    ask_for_slots (self->model, event->task);
  if (other != 0)
    ask_for_slots (self->model, other);
  if (self->funcs->prepare != NULL)
    self->funcs->prepare (event, FALSE, self->data);
  if (self->end - self->first <= OBJECTS_AT)
    return;
  event = peek (self, self->end - 1 - OBJECTS_AT);
  before = peek (self, self->end - 2 - OBJECTS_AT);
  other = get_other (event);
  if (before->task != event->task)
    ask_for_objects (self->model, event->task);
  if (other != 0)
    ask_for_objects (self->model, other);
  if (self->funcs->prepare != NULL)
    self->funcs->prepare (event, TRUE, self->data);
  if (self->end - self->first <= NEXT_AT)
    return;
  event = peek (self, self->end - 1 - NEXT_AT);
  other = get_other (event);
  if (is_turn (event))
    {
      ask_for_next (self->model, event->task);
      ask_for_next (self->model, other);
    }
  if (self->model->n_observers > 0)
    prepare_observers (self);
}

static void
take_first (ModelAhead *self)
{
  const ChannelEvent *event = peek (self, self->first++);

  self->funcs->take (event, self->data);
}

ModelAhead *
model_ahead_new (ModelTarget *model, const ModelAheadFuncs *funcs, gpointer data)
{
  ModelAhead *self = g_new0 (ModelAhead, 1);

  self->model = model;
  self->funcs = funcs;
  self->data = data;
  return self;
}

void
model_ahead_free (ModelAhead *self)
{
  g_free (self);
}

void
model_ahead_flush (ModelAhead *self)
{
  while (self->first != self->end)
    take_first (self);
}

static void
push (ModelAhead *self, const ChannelEvent *event)
{
  guint slot = (guint)(self->end & (N_QUEUED - 1));

  self->events[slot] = *event;
  if (event->bytes != NULL)
    {
      memcpy (self->texts[slot], event->bytes, channel_event_count_bytes (event));
      self->events[slot].bytes = self->texts[slot];
    }
  self->end++;
  prepare (self);
}

void
model_ahead_push (ModelAhead *self, const ChannelEvent *event)
{
  if (self->model->tasks.count < MODEL_AHEAD_TASKS ||
      (event->bytes != NULL && channel_event_count_bytes (event) > MAX_TEXT))
    {
      model_ahead_flush (self);
      self->funcs->take (event, self->data);
      return;
    }
  if (self->end - self->first == N_QUEUED)
    take_first (self);
  push (self, event);
}
