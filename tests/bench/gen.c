/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "gen.h"

#include "inspect-keys.h"

typedef enum
{
  KIND_READ = 1,
  KIND_WRITE,
  KIND_SLEEP,
  KIND_LOCKING,
  KIND_CONNECTION,
  KIND_LOCK,
  KEY_RESOURCE,
  KEY_BYTES,
  N_KINDS
} Kind;

static const ChannelKindInfo kinds[N_KINDS] = {
  [KIND_READ] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT, "gen.read", "reading" },
  [KIND_WRITE] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT, "gen.write", "writing" },
  [KIND_SLEEP] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER, "gen.sleep",
                   "sleeping" },
  [KIND_LOCKING] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                     "gen.locking", "locking" },
  [KIND_CONNECTION] = { INSPECT_KIND_RESOURCE, 0, "gen.connection", "connection" },
  [KIND_LOCK] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK, "gen.lock", "lock" },
  [KEY_RESOURCE] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_RESOURCE, "" },
  [KEY_BYTES] = { INSPECT_KIND_KEY, INSPECT_VALUE_BYTES, INSPECT_KEY_BYTES, "" },
};

static const char *const functions[] = { "serve",     "on_read", "on_written", "on_timeout",
                                         "on_locked", "fetch",   "store",      "retry" };
#define N_PLACES G_N_ELEMENTS (functions)
#define N_LOCKS 64u
G_STATIC_ASSERT (KIND_LOCK == GEN_KIND_LOCK);
#define OBJECT(kind, id) ((guint64)(kind) << 48 | (id))

/* ---- Tables ------------------------------------------------------------------------------------ */

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  if (number == 0 || number >= N_KINDS)
    return FALSE;
  *ret_info = kinds[number];
  return TRUE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  if (number == 0 || number > N_PLACES)
    return FALSE;
  *ret_info = (ChannelLocationInfo){ .of = CHANNEL_LOCATION_STATIC,
                                     .file = "src/server.c",
                                     .function = functions[number - 1],
                                     .line = number * 10 };
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return offset != 0 ? "answering" : "";
}

const ModelTables gen_tables = { get_kind, get_location, get_string };
const RecordingSource gen_source = { get_kind, get_location, get_string, NULL, NULL };

/* ---- Records ----------------------------------------------------------------------------------- */

static guint32
next_random (Gen *self)
{
  self->state ^= self->state << 13;
  self->state ^= self->state >> 7;
  self->state ^= self->state << 17;
  return (guint32)(self->state >> 32);
}

void
gen_init (Gen *self, guint n_tasks)
{
  *self = (Gen){ .n_tasks = n_tasks,
                 .state = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15),
                 .now_ns = GEN_BEGIN_NS,
                 .next_id = 0x10000000 };
  self->ids = g_new0 (guint64, n_tasks);
  self->waits = g_new0 (guint8, n_tasks);
}

void
gen_clear (Gen *self)
{
  g_free (self->ids);
  g_free (self->waits);
}

typedef struct
{
  Gen *gen;
  guint task; /* index */
  ChannelEventFunc func;
  gpointer data;
} Turn;

static void
say (Turn *self, guint type, guint64 task, guint64 arg, guint32 location)
{
  ChannelEvent event = { .type = type,
                         .ring = self->task % 4,
                         .tid = 1000 + (gint32)(self->task % 4),
                         .task = task,
                         .arg = arg,
                         .location = location };

  if (location == 0 && (type == CHANNEL_RESUME || type == CHANNEL_SUSPEND))
    event.location = 1 + next_random (self->gen) % N_PLACES;
  self->gen->now_ns += 40 + next_random (self->gen) % 700;
  event.time_ns = self->gen->now_ns;
  self->gen->n_events++;
  self->func (&event, self->data);
}

static void
attribute (Turn *self, guint64 object, Kind key, guint64 value)
{
  ChannelEvent event = { .time_ns = self->gen->now_ns,
                         .type = CHANNEL_ATTRIBUTE,
                         .ring = self->task % 4,
                         .tid = 1000 + (gint32)(self->task % 4),
                         .task = object,
                         .key = key,
                         .value = value };

  self->gen->n_events++;
  self->func (&event, self->data);
}

static guint64
await_of (const Turn *self, Kind kind)
{
  return OBJECT (kind, self->gen->ids[self->task] + 16);
}

static guint64
lock_of (const Turn *self)
{
  return OBJECT (KIND_LOCK, 0x5000 + self->task % N_LOCKS * 64);
}

/* What it waits for next, and what is said of that. */
static void
suspend (Turn *self)
{
  static const Kind next[8] = { KIND_READ,  KIND_READ,  KIND_READ,  KIND_WRITE,
                                KIND_WRITE, KIND_SLEEP, KIND_SLEEP, KIND_LOCKING };
  Kind kind = next[next_random (self->gen) % G_N_ELEMENTS (next)];
  guint64 id = self->gen->ids[self->task];

  say (self, CHANNEL_SUSPEND, id, await_of (self, kind), 0);
  if (kind == KIND_LOCKING)
    attribute (self, await_of (self, kind), KEY_RESOURCE, lock_of (self));
  else if (kind != KIND_SLEEP)
    {
      attribute (self, await_of (self, kind), KEY_RESOURCE, OBJECT (KIND_CONNECTION, id + 32));
      attribute (self, await_of (self, kind), KEY_BYTES, 64 + next_random (self->gen) % 1024);
    }
  self->gen->waits[self->task] = (guint8)kind;
}

static void
begin (Turn *self)
{
  Gen *gen = self->gen;
  guint64 id = gen->next_id;

  gen->next_id += 256;
  gen->ids[self->task] = id;
  say (self, CHANNEL_TASK_BEGIN, id, self->task > 0 ? gen->ids[0] : 0, 1);
  say (self, CHANNEL_RESOURCE_BEGIN, id, OBJECT (KIND_CONNECTION, id + 32), 1);
  say (self, CHANNEL_POLL_BEGIN, id, 0, 1);
  suspend (self);
}

static void
end (Turn *self)
{
  guint64 id = self->gen->ids[self->task];

  say (self, CHANNEL_POLL_END, id, 0, 0);
  say (self, CHANNEL_RESOURCE_END, id, OBJECT (KIND_CONNECTION, id + 32), 0);
  say (self, CHANNEL_TASK_END, id, 0, 0);
  self->gen->waits[self->task] = 0;
}

void
gen_step (Gen *gen, ChannelEventFunc func, gpointer data)
{
  Turn self = { gen, next_random (gen) % gen->n_tasks, func, data };
  Kind kind = gen->waits[self.task];

  if (kind == 0)
    {
      begin (&self);
      return;
    }
  say (&self, CHANNEL_RESUME, gen->ids[self.task], await_of (&self, kind), 0);
  if (kind == KIND_LOCKING)
    {
      say (&self, CHANNEL_ACQUIRE, gen->ids[self.task], lock_of (&self), 5);
      say (&self, CHANNEL_RELEASE, gen->ids[self.task], lock_of (&self), 0);
    }
  if (next_random (gen) % 64 == 0)
    say (&self, CHANNEL_STATE_NAME, gen->ids[self.task], 8, 6);
  if (next_random (gen) % 512 == 0)
    end (&self);
  else
    suspend (&self);
}
