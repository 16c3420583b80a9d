/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a task that a probe has found waits for and holds. */

#include "config.h"

#include "session/probe-feed-private.h"

#include <string.h>

#include "inspect-keys.h"
#include "session/probe-socket.h"

#define MAX_VARIABLES 16
/* The kernel is asked about so many sockets a look. */
#define MAX_SOCKETS_A_LOOK 64

/* ---- Places -------------------------------------------------------------------------------------- */

static DebugSymbol
get_symbol (const InspectorProbePlace *place)
{
  return (DebugSymbol){
    .function = place->function, .file = place->file, .line = place->line, .exact = TRUE
  };
}

guint32
probe_feed_get_location (ProbeFeed *self, const InspectorProbePlace *place)
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

  if (n == 1 && await->frames[0].place.function == NULL && await->frames[0].place.file == NULL)
    return 0;
  for (guint i = 0; i < n; i++)
    symbols[i] = get_symbol (&await->frames[i].place);
  if (n < await->n_frames)
    symbols[n - 1] = get_symbol (&await->frames[await->n_frames - 1].place);
  return analysis_tables_add_places (self->tables, symbols, n);
}

/* Where the probe knows when it began; now, where it does not. */
static gint64
get_begin (const ProbeFeed *self, const InspectorProbeAwait *await)
{
  for (guint i = 0; i < await->n_attributes; i++)
    if (g_str_equal (await->attributes[i].key->name, INSPECT_KEY_SINCE) &&
        await->attributes[i].text == NULL)
      return (gint64)MIN (await->attributes[i].value, (guint64)self->now_ns);
  return self->now_ns;
}

/* ---- Resources ----------------------------------------------------------------------------------- */

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
    probe_feed_tell_text (self, fed->object, self->key_local, socket.local);
  if (*socket.peer != '\0')
    probe_feed_tell_text (self, fed->object, self->key_peer, socket.peer);
  if (socket.is_client_known)
    probe_feed_tell_value (self, fed->object, self->key_client, socket.is_client);
  probe_socket_clear (&socket);
}

static guint64
see_resource (ProbeFeed *self, const InspectorProbeResource *resource)
{
  guint64 object =
      (guint64)probe_feed_get_kind (self, resource->kind) << 48 | (resource->id & OBJECT_ID);
  FedResource *fed = g_hash_table_lookup (self->resources, &object);

  if (fed == NULL)
    {
      fed = g_new0 (FedResource, 1);
      fed->object = object;
      fed->fd = find_fd (resource);
      g_hash_table_insert (self->resources, &fed->object, fed);
      probe_feed_tell (self, CHANNEL_RESOURCE_BEGIN, 0, object, 0, 0);
      probe_feed_tell_attributes (self, object, resource->attributes, resource->n_attributes);
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
          probe_feed_tell_variable (self, object, key, variable);
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
  gint64 now_ns = self->now_ns;
  gboolean is_told;

  /* What is inferred of the memory around it is by its address, as where an agent tells of it. */
  fed.object = (guint64)probe_feed_get_kind (self, await->kind) << 48 |
               (self->is_before ? await->id & OBJECT_ID : self->next_await++);
  fed.location = get_stack (self, await);
  /* What is watched again and again may have been answered between two looks: the kernel is asked anew each time. */
  fed.answers = (await->kind->flags & (INSPECT_AWAIT_ANSWERS | INSPECT_AWAIT_REPEATS)) ==
                INSPECT_AWAIT_ANSWERS;
  if (await->resource != NULL)
    fed.resource = see_resource (self, await->resource);
  /* A thread that waits for a lock is no idle one: for which it waits is known when it begins. */
  is_told = fed.resource != 0 && (await->kind->flags & INSPECT_AWAIT_BLOCKS) != 0;
  self->now_ns = get_begin (self, await);
  if (is_told)
    probe_feed_tell_value (self, fed.object, self->key_resource, fed.resource);
  probe_feed_tell (self, CHANNEL_AWAIT_BEGIN, task->id, fed.object, fed.location, 0);
  self->now_ns = now_ns;
  if (fed.resource != 0 && !is_told)
    probe_feed_tell_value (self, fed.object, self->key_resource, fed.resource);
  else if (fed.resource == 0 && await->task != 0)
    probe_feed_tell_value (self, fed.object, self->key_resource, await->task & OBJECT_ID);
  probe_feed_tell_attributes (self, fed.object, await->attributes, await->n_attributes);
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
      probe_feed_tell (self, CHANNEL_AWAIT_END, task->id, await->object, 0, status);
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
        probe_feed_tell_text (self, await->resource, self->key_request, await->request);
      self->now_ns -= socket.asked_ns;
      probe_feed_tell (self, CHANNEL_AWAIT_BEGIN, task->id, ask, await->location, 0);
      probe_feed_tell_value (self, ask, self->key_resource, await->resource);
      probe_feed_tell (self, CHANNEL_AWAIT_END, task->id, ask, 0, 0);
      self->now_ns = now_ns;
    }
  probe_socket_clear (&socket);
}

/* A look that meets a task while it runs does not know what it waits for. One that waits for several things mostly goes on
 * waiting for the others, and for the same since before: that is known at the next look. Until then it is said of what it
 * waited for that the task was seen to run since. */
static void
mark_awaits (ProbeFeed *self, FedTask *task, gboolean is_running)
{
  if (task->is_running == is_running)
    return;
  task->is_running = is_running;
  for (guint i = 0; i < task->awaits->len; i++)
    probe_feed_tell_value (self, g_array_index (task->awaits, FedAwait, i).object,
                           self->key_running, is_running);
}

/* Of one that has never been seen to wait that is all that is known. */
static void
begin_running (ProbeFeed *self, FedTask *task)
{
  FedAwait fed = { .id = G_MAXUINT64,
                   .object = (guint64)self->running << 48 | self->next_await++,
                   .is_there = TRUE };

  probe_feed_tell (self, CHANNEL_AWAIT_BEGIN, task->id, fed.object, 0, 0);
  probe_feed_tell_value (self, fed.object, self->key_running, TRUE);
  g_array_append_val (task->awaits, fed);
}

static gboolean
may_still_wait (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said)
{
  gboolean is_unknown = said->state == INSPECTOR_PROBE_RUNNING && said->n_awaits == 0;

  mark_awaits (self, task, is_unknown);
  if (is_unknown && task->awaits->len == 0)
    begin_running (self, task);
  for (guint i = 0; is_unknown && i < task->awaits->len; i++)
    {
      FedResource *fed = g_hash_table_lookup (self->resources,
                                              &g_array_index (task->awaits, FedAwait, i).resource);

      if (fed != NULL)
        fed->look = self->look;
    }
  return is_unknown;
}

void
probe_feed_see_awaits (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said)
{
  /* What woke it is over, whatever it is going to wait for next. */
  guint n = said->state != INSPECTOR_PROBE_READY ? said->n_awaits : 0;
  g_autofree gboolean *is_known = NULL;

  if (may_still_wait (self, task, said))
    return;
  is_known = g_new0 (gboolean, n + 1);
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
    probe_feed_tell (self, CHANNEL_RELEASE, task->id, resource, 0, 0);
}

static void
see_hold (ProbeFeed *self, FedTask *task, const InspectorProbeHold *said)
{
  guint64 resource = see_resource (self, said->resource);
  FedHold *hold = find_hold (task, resource);
  FedHold fresh = { .resource = resource };
  guint32 location = probe_feed_get_location (self, &said->place);

  if (hold == NULL)
    {
      g_array_append_val (task->holds, fresh);
      hold = &g_array_index (task->holds, FedHold, task->holds->len - 1);
    }
  hold->is_there = TRUE;
  for (; hold->count < MIN (said->count, 1024u); hold->count++)
    probe_feed_tell (self, CHANNEL_ACQUIRE, task->id, resource, location, 0);
  if (hold->count > said->count)
    {
      release (self, task, resource, hold->count - said->count);
      hold->count = said->count;
    }
}

/* Of a task that runs nobody knows what it holds by now: what it held is believed until it waits. */
void
probe_feed_see_holds (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said)
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

/* ---- Both ---------------------------------------------------------------------------------------- */

void
probe_feed_end_waits (ProbeFeed *self, FedTask *task)
{
  for (guint i = 0; i < task->awaits->len; i++)
    g_array_index (task->awaits, FedAwait, i).is_there = FALSE;
  end_awaits (self, task, 0);
  for (guint i = 0; i < task->holds->len; i++)
    {
      const FedHold *hold = &g_array_index (task->holds, FedHold, i);

      release (self, task, hold->resource, hold->count);
    }
}

void
probe_feed_init_waits (FedTask *task)
{
  task->awaits = g_array_new (FALSE, FALSE, sizeof (FedAwait));
  g_array_set_clear_func (task->awaits, await_clear);
  task->holds = g_array_new (FALSE, FALSE, sizeof (FedHold));
}

void
probe_feed_clear_waits (FedTask *task)
{
  g_array_unref (task->awaits);
  g_array_unref (task->holds);
}
