/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What becomes of a wait that is over: the history of its task. */

#include "model/model-private.h"

#include <errno.h>
#include <string.h>

/* Two lines of the processor's cache. */
G_STATIC_ASSERT (sizeof (ModelStep) <= 128);

/* One that is cut gets no longer, and is not looked at any more. */
static void
path_append (ModelTarget *target, ModelTask *task, guint32 location)
{
  ModelPath *path = task->path;

  if (task->path_is_cut)
    return;
  if (path == NULL)
    path = task->path = model_slab_alloc (&target->path_slab);
  if (path->n > 0 && path->locations[path->n - 1] == location)
    return;
  if (path->n == MODEL_PATH_MAX)
    path->is_cut = task->path_is_cut = TRUE;
  else
    path->locations[path->n++] = location;
}

/* Of very many tasks all steps together would be most of what there is in memory. */
static guint
get_most (const ModelTarget *target)
{
  return target->task_slab.used <= MODEL_STEPS_TASKS ? MODEL_STEPS_MAX : model_steps_get_room (0);
}

static ModelSlab *
get_slab (ModelTarget *target, guint room)
{
  guint size = 0;

  while (model_steps_get_room (size) < room)
    size++;
  return &target->step_slabs[size];
}

/* The ring is full. */
static void
grow (ModelTarget *target, ModelTask *task)
{
  guint room = task->steps_capacity == 0 ? model_steps_get_room (0) : task->steps_capacity * 2u;
  ModelStep *steps = model_slab_alloc_begin (get_slab (target, room), 0);

  for (guint i = 0; i < task->n_steps; i++)
    steps[i] = *model_task_get_step (task, i);
  if (task->steps != NULL)
    model_slab_free (get_slab (target, task->steps_capacity), task->steps);
  task->steps = steps;
  task->first_step = 0;
  task->steps_capacity = (guint16)room;
}

static ModelStep *
append (ModelTarget *target, ModelTask *task, gint64 begin_ns, gint64 end_ns)
{
  ModelStep *step;

  task->n_steps_seen++;
  if (task->n_steps == task->steps_capacity && task->steps_capacity < get_most (target))
    grow (target, task);
  if (task->n_steps < task->steps_capacity)
    step = &task->steps[task->n_steps++];
  else
    {
      step = &task->steps[task->first_step];
      model_attributes_clear (&step->attributes);
      task->first_step = (task->first_step + 1) % task->steps_capacity;
    }
  memset (step, 0, sizeof *step);
  step->begin_ns = begin_ns;
  step->end_ns = MAX (end_ns, begin_ns);
  step->total_ns = step->end_ns - step->begin_ns;
  step->n = 1;
  return step;
}

void
model_task_prefetch_step (const ModelTask *task)
{
  const char *step = (const char *)&task->steps[task->first_step];

  if (task->n_steps > 0 && task->n_steps == task->steps_capacity)
    for (gsize i = 0; i < sizeof (ModelStep); i += 64)
      __builtin_prefetch (step + i, 1);
}

/* A server writes answer after answer at one place: that is one step, done many times. Other
 * operations at one place differ in what they are on, so each is kept. */
static gboolean
repeat (ModelTask *task, const ModelAwait *await, gint64 end_ns, gint32 status)
{
  const ModelAttribute *bytes;
  ModelStep *last;

  if (task->n_steps == 0 || status != 0 || await->resource == NULL ||
      !model_await_is (await, INSPECT_AWAIT_ASKS))
    return FALSE;
  last = &task->steps[(task->first_step + task->n_steps - 1) % task->steps_capacity];
  if (last->is_exchange || last->status != 0 || last->location != await->location ||
      last->kind != await->kind->number || last->resource != await->resource->object)
    return FALSE;
  last->begin_ns = await->begin_ns;
  last->end_ns = MAX (end_ns, await->begin_ns);
  last->total_ns += last->end_ns - last->begin_ns;
  last->n++;
  bytes = model_attributes_find (&await->attributes, MODEL_KEY_BYTES);
  if (bytes != NULL && !bytes->has_bytes)
    model_attributes_set_value (&last->attributes, bytes->number, bytes->key, bytes->value);
  return TRUE;
}

const ModelStep *
model_task_get_step (const ModelTask *task, guint index)
{
  g_assert (index < task->n_steps);
  return &task->steps[(task->first_step + index) % task->steps_capacity];
}

void
model_task_free_steps (ModelTarget *target, ModelTask *task)
{
  for (guint i = 0; i < task->n_steps; i++)
    model_attributes_clear (&task->steps[i].attributes);
  if (task->steps != NULL)
    model_slab_free (get_slab (target, task->steps_capacity), task->steps);
  if (task->path != NULL)
    model_slab_free (&target->path_slab, task->path);
  task->steps = NULL;
  task->path = NULL;
  task->n_steps = task->steps_capacity = task->first_step = 0;
}

/* Whether an await is history once it has ended. */
static gboolean
is_step (const ModelAwait *await, gint32 status)
{
  if (!model_await_is (await, INSPECT_AWAIT_ONESHOT) ||
      model_await_is (await, INSPECT_AWAIT_CLOSES))
    return FALSE;
  if (model_await_is (await, INSPECT_AWAIT_TIMER))
    return status == 0; /* a timer that was stopped was a deadline that was met */
  if (model_await_is (await, INSPECT_AWAIT_ASKS) && await->resource != NULL &&
      model_resource_is_client (await->resource) && status == 0)
    return FALSE; /* the exchange is the step */
  return TRUE;
}

static void
take_resource_facts (ModelStep *step, const ModelResource *resource)
{
  if (resource == NULL)
    return;
  for (guint i = 0; i < resource->attributes.n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (&resource->attributes)[i];

      /* The last request of a connection is not that of each step on it. */
      if (attribute->key != MODEL_KEY_REQUEST && attribute->key != MODEL_KEY_OWNER)
        model_attributes_merge_one (&step->attributes, attribute);
    }
}

static void
tell_done (ModelTarget *target, const ModelDone *done)
{
  model_tell (target, done, done);
}

void
model_step_add (ModelTarget *target, ModelAwait *await, gint64 end_ns, gint32 status)
{
  ModelStep *step;

  if (await->task == NULL || await->task == target->outside || !is_step (await, status))
    return;
  if (target->n_observers > 0)
    tell_done (target, &(ModelDone){ .task = await->task,
                                     .await = await,
                                     .resource = await->resource,
                                     .kind = await->kind,
                                     .location = await->location,
                                     .begin_ns = await->begin_ns,
                                     .end_ns = MAX (end_ns, await->begin_ns),
                                     .observed_ns = await->observed_ns,
                                     .status = status });
  if (target->forgets_steps || repeat (await->task, await, end_ns, status))
    return;
  step = append (target, await->task, await->begin_ns, end_ns);
  step->kind = await->kind->number;
  step->location = await->location;
  step->status = status;
  /* The await ends here: its attributes are moved, not copied. */
  model_attributes_move (&step->attributes, &await->attributes);
  step->resource = await->resource != NULL ? await->resource->object : 0;
  take_resource_facts (step, await->resource);
  path_append (target, await->task, step->location);
}

/* ---- Exchanges ------------------------------------------------------------------------------ */

gboolean
model_resource_is_client (const ModelResource *resource)
{
  guint64 client;

  if (model_attributes_get_value (&resource->attributes, MODEL_KEY_CLIENT, &client))
    return client != 0;
  return !resource->peer_spoke_first && resource->n_answered > 0;
}

static void
link_exchange (ModelResource *resource, ModelTask *task)
{
  ModelExchange *exchange = &resource->exchange;

  exchange->task = task;
  exchange->previous = NULL;
  exchange->next = task->exchanges;
  if (task->exchanges != NULL)
    task->exchanges->exchange.previous = resource;
  task->exchanges = resource;
}

static void
forget_exchange (ModelResource *resource)
{
  ModelExchange *exchange = &resource->exchange;

  if (exchange->task == NULL)
    return;
  if (exchange->previous != NULL)
    exchange->previous->exchange.next = exchange->next;
  else
    exchange->task->exchanges = exchange->next;
  if (exchange->next != NULL)
    exchange->next->exchange.previous = exchange->previous;
  model_bytes_unref (exchange->request);
  memset (exchange, 0, sizeof *exchange);
}

static void
tell_exchange (ModelTarget *target, const ModelResource *resource, gint64 end_ns, gint32 status)
{
  const ModelExchange *exchange = &resource->exchange;

  tell_done (target, &(ModelDone){ .task = exchange->task,
                                   .resource = resource,
                                   .kind = exchange->kind,
                                   .location = exchange->location,
                                   .begin_ns = exchange->begin_ns,
                                   .end_ns = MAX (end_ns, exchange->begin_ns),
                                   .observed_ns = exchange->observed_ns,
                                   .status = status });
}

/* Nobody waits for the answer any more. */
void
model_exchange_drop (ModelTarget *target, ModelResource *resource)
{
  if (resource->exchange.task != NULL && model_resource_is_client (resource))
    tell_exchange (target, resource, target->now_ns, -ECANCELED);
  forget_exchange (resource);
}

void
model_exchange_ask (ModelTarget *target, ModelAwait *await)
{
  ModelResource *resource = await->resource;
  ModelExchange *exchange = &resource->exchange;
  guint64 bytes = 0;

  if (await->task == NULL)
    return;
  model_attributes_get_value (&await->attributes, MODEL_KEY_BYTES, &bytes);
  if (exchange->task == NULL)
    {
      link_exchange (resource, await->task);
      resource->n_asked++;
      exchange->begin_ns = await->begin_ns;
      exchange->location = await->location;
      exchange->kind = await->kind;
      model_tell (target, asked, resource);
    }
  exchange->n_asks++;
  exchange->bytes += bytes;
  if (resource->request_is_fresh && exchange->request == NULL)
    model_exchange_set_request (resource,
                                model_attributes_find (&resource->attributes, MODEL_KEY_REQUEST));
  resource->request_is_fresh = FALSE;
}

/* The text may be said just before the ask or just after it. */
void
model_exchange_set_request (ModelResource *resource, const ModelAttribute *text)
{
  ModelExchange *exchange = &resource->exchange;

  if (text == NULL || !text->has_bytes)
    return;
  if (exchange->task == NULL)
    resource->request_is_fresh = TRUE;
  /* A second one before the answer to the first: which of them comes back is not known. */
  if (exchange->task == NULL || exchange->request != NULL)
    return;
  exchange->request = text->bytes;
  exchange->request->references++;
}

static void
add_exchange (ModelTarget *target, ModelResource *resource, gint64 now_ns, gint32 status)
{
  const ModelExchange *exchange = &resource->exchange;
  const ModelAttribute *request =
      exchange->request != NULL ? model_attributes_find (&resource->attributes, MODEL_KEY_REQUEST)
                                : NULL;
  ModelStep *step = append (target, exchange->task, exchange->begin_ns, now_ns);

  step->kind = exchange->kind->number;
  step->location = exchange->location;
  step->status = status;
  step->is_exchange = TRUE;
  step->bytes = exchange->bytes;
  take_resource_facts (step, resource);
  if (request != NULL)
    model_attributes_merge_one (&step->attributes, &(ModelAttribute){ .number = request->number,
                                                                      .key = MODEL_KEY_REQUEST,
                                                                      .has_bytes = TRUE,
                                                                      .bytes = exchange->request });
  path_append (target, exchange->task, step->location);
}

void
model_exchange_answer (ModelTarget *target, ModelResource *resource, gint64 now_ns, gint32 status)
{
  ModelExchange *exchange = &resource->exchange;

  if (resource->n_asked == 0)
    resource->peer_spoke_first = TRUE;
  resource->last_answer_ns = now_ns;
  if (exchange->task == NULL)
    return;
  resource->n_answered++;
  if (model_resource_is_client (resource))
    {
      tell_exchange (target, resource, now_ns, status);
      if (!target->forgets_steps)
        add_exchange (target, resource, now_ns, status);
    }
  forget_exchange (resource);
}
