/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-feed.h"

#include <errno.h>
#include <string.h>

#include "channel/layout.h"
#include "inspect-keys.h"
#include "session/probe-plan.h"
#include "session/probe-socket.h"
#include "session/probe-variables.h"

/* What looks say is no thread's. */
#define RING MODEL_OUTSIDE_RING
#define OBJECT_ID G_GUINT64_CONSTANT (0xffffffffffff)
/* Ids of awaits that no address has. */
#define FIRST_AWAIT (G_GUINT64_CONSTANT (1) << 46)
#define MAX_VARIABLES 16
/* The kernel is asked about so many sockets a look. */
#define MAX_SOCKETS_A_LOOK 64

typedef struct
{
  guint64 id; /* as the probe says it */
  guint64 object;
  guint64 resource; /* object; 0: none */
  guint32 location;
  gboolean answers;
  gboolean is_asked;
  gboolean is_there; /* at this look */
  char *request;     /* (nullable) */
} FedAwait;

typedef struct
{
  guint64 resource;
  guint count;
  gboolean is_there;
} FedHold;

typedef struct
{
  guint64 id, serial;
  guint64 number;    /* of the model's task; 0: it has none */
  guint64 test_case; /* object; 0: it is none */
  guint32 look;      /* the last one that had it */
  GArray *awaits;    /* FedAwait */
  GArray *holds;     /* FedHold */
  ProbePlan *plan;
} FedTask;

typedef struct
{
  guint64 object;
  guint32 look;
  int fd;            /* -1: it is none */
  gboolean is_known; /* the kernel was asked */
} FedResource;

struct _ProbeFeed
{
  AnalysisTables *tables;
  const ModelTarget *model; /* (nullable) */
  int pid;
  ProbeFeedFunc func;
  gpointer data;
  GHashTable *tasks;     /* id -> FedTask */
  GHashTable *resources; /* object -> FedResource */
  GHashTable *kinds;     /* InspectKind -> its number */
  guint64 next_await;
  guint32 look;
  ProbeVariables *variables;
  guint n_sockets; /* asked about in this look */
  gint64 now_ns;
  guint32 key_resource, key_name, key_request, key_local, key_peer, key_client, key_plan, ask,
      resource_case;
};

/* ---- Records ------------------------------------------------------------------------------------- */

static void
tell (ProbeFeed *self, ChannelType type, guint64 task, guint64 arg, guint32 location, gint32 status)
{
  const ChannelEvent event = { .time_ns = self->now_ns,
                               .type = type,
                               .location = location,
                               .status = status,
                               .ring = RING,
                               .task = task,
                               .arg = arg };

  self->func (self->data, &event);
}

static void
tell_value (ProbeFeed *self, guint64 object, guint32 key, guint64 value)
{
  const ChannelEvent event = { .time_ns = self->now_ns,
                               .type = CHANNEL_ATTRIBUTE,
                               .ring = RING,
                               .task = object,
                               .key = key,
                               .value = value };

  if (key != 0)
    self->func (self->data, &event);
}

static void
tell_text (ProbeFeed *self, guint64 object, guint32 key, const char *text)
{
  ChannelEvent event = { .time_ns = self->now_ns,
                         .type = CHANNEL_ATTRIBUTE,
                         .ring = RING,
                         .task = object,
                         .key = key,
                         .bytes = text };

  event.n_bytes = (guint32)MIN (strlen (text), INSPECT_TEXT_MAX);
  if (key != 0)
    self->func (self->data, &event);
}

static guint32
get_kind (ProbeFeed *self, const InspectKind *kind)
{
  guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (self->kinds, kind));

  if (number == 0)
    {
      number =
          analysis_tables_add_kind (self->tables, kind->of, kind->flags, kind->name, kind->phrase);
      g_hash_table_insert (self->kinds, (gpointer)kind, GUINT_TO_POINTER (number));
    }
  return number;
}

static void
tell_attributes (ProbeFeed *self, guint64 object, const InspectorProbeAttribute *attributes,
                 guint n)
{
  for (guint i = 0; i < n; i++)
    if (attributes[i].text != NULL)
      tell_text (self, object, get_kind (self, attributes[i].key), attributes[i].text);
    else
      tell_value (self, object, get_kind (self, attributes[i].key), attributes[i].value);
}

/* ---- Places -------------------------------------------------------------------------------------- */

static DebugSymbol
get_symbol (const InspectorProbePlace *place)
{
  return (DebugSymbol){
    .function = place->function, .file = place->file, .line = place->line, .exact = TRUE
  };
}

static guint32
get_location (ProbeFeed *self, const InspectorProbePlace *place)
{
  DebugSymbol symbol = get_symbol (place);

  return place->function == NULL && place->file == NULL
             ? 0
             : analysis_tables_add_places (self->tables, &symbol, 1);
}

/* Of a stack that is too long the innermost functions are kept, and the outermost one. */
static guint32
get_stack (ProbeFeed *self, const InspectorProbeAwait *await)
{
  DebugSymbol symbols[CHANNEL_MAX_FRAMES];
  guint n = MIN (await->n_frames, G_N_ELEMENTS (symbols));

  for (guint i = 0; i < n; i++)
    symbols[i] = get_symbol (&await->frames[i].place);
  if (n < await->n_frames)
    symbols[n - 1] = get_symbol (&await->frames[await->n_frames - 1].place);
  return analysis_tables_add_places (self->tables, symbols, n);
}

/* ---- Resources ----------------------------------------------------------------------------------- */

static void
resource_free (gpointer data)
{
  g_free (data);
}

static int
find_fd (const InspectorProbeResource *resource)
{
  for (guint i = 0; i < resource->n_attributes; i++)
    if (g_str_equal (resource->attributes[i].key->name, INSPECT_KEY_FD) &&
        resource->attributes[i].value <= G_MAXINT)
      return (int)resource->attributes[i].value;
  return -1;
}

static void
ask_kernel (ProbeFeed *self, FedResource *fed)
{
  ProbeSocket socket;

  if (fed->is_known || fed->fd < 0 || self->pid == 0 || self->n_sockets >= MAX_SOCKETS_A_LOOK)
    return;
  self->n_sockets++;
  fed->is_known = TRUE;
  if (!probe_socket_get (self->pid, fed->fd, &socket))
    return;
  if (*socket.local != '\0')
    tell_text (self, fed->object, self->key_local, socket.local);
  if (*socket.peer != '\0')
    tell_text (self, fed->object, self->key_peer, socket.peer);
  if (socket.is_client_known)
    tell_value (self, fed->object, self->key_client, socket.is_client);
  probe_socket_clear (&socket);
}

static guint64
see_resource (ProbeFeed *self, const InspectorProbeResource *resource)
{
  guint64 object = (guint64)get_kind (self, resource->kind) << 48 | (resource->id & OBJECT_ID);
  FedResource *fed = g_hash_table_lookup (self->resources, &object);

  if (fed == NULL)
    {
      fed = g_new0 (FedResource, 1);
      fed->object = object;
      fed->fd = find_fd (resource);
      g_hash_table_insert (self->resources, &fed->object, fed);
      tell (self, CHANNEL_RESOURCE_BEGIN, 0, object, 0, 0);
      tell_attributes (self, object, resource->attributes, resource->n_attributes);
    }
  fed->look = self->look;
  ask_kernel (self, fed);
  return object;
}

/* ---- Awaits -------------------------------------------------------------------------------------- */

static void
await_clear (gpointer data)
{
  g_free (((FedAwait *)data)->request);
}

static void
tell_variables (ProbeFeed *self, guint64 object, const InspectorProbeAwait *await)
{
  guint n = 0;

  for (guint i = 0; i < await->n_frames; i++)
    for (guint j = 0; j < await->frames[i].n_variables && n < MAX_VARIABLES; j++, n++)
      {
        const InspectorProbeVariable *variable = &await->frames[i].variables[j];
        guint32 key = probe_variables_get_key (self->variables, await->frames[i].place.function,
                                               variable->name);

        if (key != 0)
          tell_text (self, object, key, variable->value);
      }
}

static FedAwait *
find_await (FedTask *task, guint64 id)
{
  for (guint i = 0; i < task->awaits->len; i++)
    {
      FedAwait *await = &g_array_index (task->awaits, FedAwait, i);

      if (await->id == id && !await->is_there)
        return await;
    }
  return NULL;
}

static void
begin_await (ProbeFeed *self, FedTask *task, const InspectorProbeAwait *await)
{
  FedAwait fed = { .id = await->id, .is_there = TRUE };

  fed.object = (guint64)get_kind (self, await->kind) << 48 | self->next_await++;
  fed.location = get_stack (self, await);
  fed.answers = (await->kind->flags & INSPECT_AWAIT_ANSWERS) != 0;
  if (await->resource != NULL)
    fed.resource = see_resource (self, await->resource);
  tell (self, CHANNEL_AWAIT_BEGIN, task->id, fed.object, fed.location, 0);
  if (fed.resource != 0)
    tell_value (self, fed.object, self->key_resource, fed.resource);
  else if (await->task != 0)
    tell_value (self, fed.object, self->key_resource, await->task & OBJECT_ID);
  tell_attributes (self, fed.object, await->attributes, await->n_attributes);
  if (fed.answers)
    fed.request = probe_socket_dup_request (await);
  tell_variables (self, fed.object, await);
  g_array_append_val (task->awaits, fed);
}

static void
end_awaits (ProbeFeed *self, FedTask *task, gint32 status)
{
  for (guint i = 0; i < task->awaits->len;)
    {
      FedAwait *await = &g_array_index (task->awaits, FedAwait, i);

      if (await->is_there)
        {
          i++;
          continue;
        }
      tell (self, CHANNEL_AWAIT_END, task->id, await->object, 0, status);
      g_array_remove_index_fast (task->awaits, i);
    }
}

/* Who reads, and has sent something after the last thing that came, waits for an answer: the kernel
 * knows when that was. */
static void
see_question (ProbeFeed *self, const FedTask *task, FedAwait *await)
{
  FedResource *fed = g_hash_table_lookup (self->resources, &await->resource);
  gint64 now_ns = self->now_ns;
  ProbeSocket socket;

  if (!await->answers || await->is_asked || fed == NULL || fed->fd < 0 || self->pid == 0 ||
      self->n_sockets >= MAX_SOCKETS_A_LOOK)
    return;
  self->n_sockets++;
  await->is_asked = TRUE;
  if (!probe_socket_get (self->pid, fed->fd, &socket))
    return;
  if (socket.is_client_known && socket.is_client && socket.asked_ns >= 0)
    {
      guint64 ask = (guint64)self->ask << 48 | self->next_await++;

      if (await->request != NULL)
        tell_text (self, await->resource, self->key_request, await->request);
      self->now_ns -= socket.asked_ns;
      tell (self, CHANNEL_AWAIT_BEGIN, task->id, ask, await->location, 0);
      tell_value (self, ask, self->key_resource, await->resource);
      tell (self, CHANNEL_AWAIT_END, task->id, ask, 0, 0);
      self->now_ns = now_ns;
    }
  probe_socket_clear (&socket);
}

static void
see_awaits (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said)
{
  /* What woke it is over, whatever it is going to wait for next. */
  guint n = said->state != INSPECTOR_PROBE_READY ? said->n_awaits : 0;
  g_autofree gboolean *is_known = g_new0 (gboolean, n + 1);

  for (guint i = 0; i < task->awaits->len; i++)
    g_array_index (task->awaits, FedAwait, i).is_there = FALSE;
  for (guint i = 0; i < n; i++)
    {
      FedAwait *await = find_await (task, said->awaits[i].id);

      is_known[i] = await != NULL;
      if (await == NULL)
        continue;
      await->is_there = TRUE;
      if (said->awaits[i].resource != NULL)
        see_resource (self, said->awaits[i].resource);
    }
  end_awaits (self, task, 0);
  for (guint i = 0; i < n; i++)
    if (!is_known[i])
      begin_await (self, task, &said->awaits[i]);
  for (guint i = 0; i < task->awaits->len; i++)
    see_question (self, task, &g_array_index (task->awaits, FedAwait, i));
}

/* ---- Holds --------------------------------------------------------------------------------------- */

static FedHold *
find_hold (FedTask *task, guint64 resource)
{
  for (guint i = 0; i < task->holds->len; i++)
    if (g_array_index (task->holds, FedHold, i).resource == resource)
      return &g_array_index (task->holds, FedHold, i);
  return NULL;
}

static void
release (ProbeFeed *self, FedTask *task, guint64 resource, guint n)
{
  for (guint i = 0; i < n; i++)
    tell (self, CHANNEL_RELEASE, task->id, resource, 0, 0);
}

static void
see_hold (ProbeFeed *self, FedTask *task, const InspectorProbeHold *said)
{
  guint64 resource = see_resource (self, said->resource);
  FedHold *hold = find_hold (task, resource);
  FedHold fresh = { .resource = resource };
  guint32 location = get_location (self, &said->place);

  if (hold == NULL)
    {
      g_array_append_val (task->holds, fresh);
      hold = &g_array_index (task->holds, FedHold, task->holds->len - 1);
    }
  hold->is_there = TRUE;
  for (; hold->count < MIN (said->count, 1024u); hold->count++)
    tell (self, CHANNEL_ACQUIRE, task->id, resource, location, 0);
  if (hold->count > said->count)
    {
      release (self, task, resource, hold->count - said->count);
      hold->count = said->count;
    }
}

/* Of a task that runs nobody knows what it holds by now: what it held is believed until it waits. */
static void
see_holds (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said)
{
  if (said->state == INSPECTOR_PROBE_RUNNING)
    {
      for (guint i = 0; i < task->holds->len; i++)
        {
          FedResource *fed = g_hash_table_lookup (
              self->resources, &g_array_index (task->holds, FedHold, i).resource);

          if (fed != NULL)
            fed->look = self->look;
        }
      return;
    }
  for (guint i = 0; i < task->holds->len; i++)
    g_array_index (task->holds, FedHold, i).is_there = FALSE;
  for (guint i = 0; i < said->n_holds; i++)
    see_hold (self, task, &said->holds[i]);
  for (guint i = 0; i < task->holds->len;)
    {
      const FedHold *hold = &g_array_index (task->holds, FedHold, i);

      if (hold->is_there)
        {
          i++;
          continue;
        }
      release (self, task, hold->resource, hold->count);
      g_array_remove_index_fast (task->holds, i);
    }
}

/* ---- Tasks --------------------------------------------------------------------------------------- */

static void
task_free (gpointer data)
{
  FedTask *task = data;

  g_array_unref (task->awaits);
  g_array_unref (task->holds);
  probe_plan_free (task->plan);
  g_free (task);
}

static void
end_task (ProbeFeed *self, FedTask *task)
{
  for (guint i = 0; i < task->awaits->len; i++)
    g_array_index (task->awaits, FedAwait, i).is_there = FALSE;
  end_awaits (self, task, 0);
  for (guint i = 0; i < task->holds->len; i++)
    {
      const FedHold *hold = &g_array_index (task->holds, FedHold, i);

      release (self, task, hold->resource, hold->count);
    }
  if (task->test_case != 0)
    tell (self, CHANNEL_RESOURCE_END, 0, task->test_case, 0, 0);
  tell (self, CHANNEL_TASK_END, task->id, 0, 0, 0);
}

/* 0: there is none of that id, or that is not known. */
static guint64
get_number (const ProbeFeed *self, guint64 id)
{
  const ModelTask *task = self->model != NULL ? model_table_find (&self->model->tasks, id) : NULL;

  return task != NULL ? task->number : 0;
}

/* The program has said itself what it is called. */
static gboolean
is_named (const ProbeFeed *self, guint64 id)
{
  const ModelTask *task = self->model != NULL ? model_table_find (&self->model->tasks, id) : NULL;

  return task != NULL && model_task_get_user_name (task) != NULL;
}

/* What the program calls it where it has told of it itself. There are a few of those that are asked for. */
static guint64
find_id (const ProbeFeed *self, const InspectorProbeTask *said)
{
  guint64 id = said->id & OBJECT_ID;

  if (said->within_end == 0 || self->model == NULL)
    return id;
  for (const ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    if (task->id >= said->within && task->id < said->within_end && !task->is_from_outside)
      return task->id;
  return id;
}

/* The program has said itself that it has ended, and all that it had with it. */
static gboolean
has_ended (const ProbeFeed *self, const FedTask *task)
{
  return task->number != get_number (self, task->id);
}

static FedTask *
begin_task (ProbeFeed *self, guint64 id, const InspectorProbeTask *said)
{
  FedTask *task = g_new0 (FedTask, 1);

  task->id = id;
  task->serial = said->serial;
  task->awaits = g_array_new (FALSE, FALSE, sizeof (FedAwait));
  g_array_set_clear_func (task->awaits, await_clear);
  task->holds = g_array_new (FALSE, FALSE, sizeof (FedHold));
  task->plan = probe_plan_new ();
  g_hash_table_insert (self->tasks, &task->id, task);
  tell (self, CHANNEL_TASK_BEGIN, task->id, said->parent & OBJECT_ID,
        get_location (self, &said->place), 0);
  task->number = get_number (self, task->id);
  if (said->name != NULL && !is_named (self, task->id))
    tell_text (self, task->id, self->key_name, said->name);
  if (said->test_case != NULL)
    {
      task->test_case = (guint64)self->resource_case << 48 | task->id;
      tell (self, CHANNEL_RESOURCE_BEGIN, task->id, task->test_case,
            get_location (self, &said->place), 0);
      tell_text (self, task->test_case, self->key_name, said->test_case);
    }
  return task;
}

static void
see_task (ProbeFeed *self, const InspectorProbeTask *said)
{
  guint64 id = find_id (self, said);
  FedTask *task = g_hash_table_lookup (self->tasks, &id);
  const char *plan;

  if (id == 0 || (task != NULL && task->look == self->look))
    return;
  if (task != NULL && has_ended (self, task))
    {
      gboolean is_gone = get_number (self, id) == 0;

      g_hash_table_remove (self->tasks, &id);
      task = NULL;
      /* What was seen was seen before. */
      if (is_gone)
        return;
    }
  if (task != NULL && task->serial != said->serial)
    {
      end_task (self, task);
      g_hash_table_remove (self->tasks, &id);
      task = NULL;
    }
  if (task == NULL)
    task = begin_task (self, id, said);
  task->look = self->look;
  see_holds (self, task, said);
  see_awaits (self, task, said);
  if (said->state != INSPECTOR_PROBE_RUNNING &&
      (plan = probe_plan_see (task->plan, said, self->now_ns)) != NULL)
    tell_text (self, task->id, self->key_plan, plan);
}

/* ---- A look -------------------------------------------------------------------------------------- */

static void
end_tasks (ProbeFeed *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tasks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((FedTask *)value)->look != self->look)
      {
        if (!has_ended (self, value))
          end_task (self, value);
        g_hash_table_iter_remove (&iter);
      }
}

static void
end_resources (ProbeFeed *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->resources);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((FedResource *)value)->look != self->look)
      {
        tell (self, CHANNEL_RESOURCE_END, 0, ((FedResource *)value)->object, 0, 0);
        g_hash_table_iter_remove (&iter);
      }
}

void
probe_feed_look (ProbeFeed *self, const ProbeLook *look, gint64 now_ns)
{
  self->look++;
  self->now_ns = now_ns;
  self->n_sockets = 0;
  for (guint i = 0; i < look->tasks->len; i++)
    see_task (self, &g_array_index (look->tasks, InspectorProbeTask, i));
  if (!look->is_whole)
    return;
  end_tasks (self);
  end_resources (self);
}

guint
probe_feed_count (const ProbeFeed *self)
{
  return g_hash_table_size (self->tasks);
}

static guint32
add_key (ProbeFeed *self, const char *name, const char *label, guint32 type)
{
  return analysis_tables_add_kind (self->tables, INSPECT_KIND_KEY, type, name, label);
}

ProbeFeed *
probe_feed_new (AnalysisTables *tables, int pid, ProbeFeedFunc func, gpointer data)
{
  ProbeFeed *self = g_new0 (ProbeFeed, 1);

  self->tables = tables;
  self->pid = pid;
  self->func = func;
  self->data = data;
  self->tasks = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, task_free);
  self->resources = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, resource_free);
  self->kinds = g_hash_table_new (NULL, NULL);
  self->variables = probe_variables_new (self->tables);
  self->next_await = FIRST_AWAIT;
  self->key_resource = add_key (self, INSPECT_KEY_RESOURCE, "resource", INSPECT_VALUE_OBJECT);
  self->key_name = add_key (self, INSPECT_KEY_NAME, "name", INSPECT_VALUE_TEXT);
  self->key_request = add_key (self, INSPECT_KEY_REQUEST, "request", INSPECT_VALUE_TEXT);
  self->key_local = add_key (self, INSPECT_KEY_LOCAL, "local", INSPECT_VALUE_TEXT);
  self->key_peer = add_key (self, INSPECT_KEY_PEER, "peer", INSPECT_VALUE_TEXT);
  self->key_client = add_key (self, INSPECT_KEY_CLIENT, "client", INSPECT_VALUE_BOOL);
  self->key_plan = add_key (self, INSPECT_KEY_PLAN, "steps", INSPECT_VALUE_TEXT);
  self->ask = analysis_tables_add_kind (self->tables, INSPECT_KIND_AWAIT,
                                        INSPECT_AWAIT_ASKS | INSPECT_AWAIT_ONESHOT, "probe.sent",
                                        "writing to {peer}");
  self->resource_case = analysis_tables_add_kind (self->tables, INSPECT_KIND_RESOURCE,
                                                  INSPECT_RESOURCE_CASE, "probe.case", "test case");
  return self;
}

void
probe_feed_set_model (ProbeFeed *self, const ModelTarget *model)
{
  self->model = model;
}

void
probe_feed_free (ProbeFeed *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->tasks);
  g_hash_table_unref (self->resources);
  g_hash_table_unref (self->kinds);
  probe_variables_free (self->variables);
  g_free (self);
}
