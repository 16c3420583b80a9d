/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>
#include "debuginfo/rust.h"

/* Waits for a descriptor. Runtimes know only that some word of their reactor has to change; whose
 * descriptor that is stands further up, where a stream or a listener is kept. */

#define MAX_DEPTH 18
#define MAX_LOOKS 600

typedef struct
{
  const DebugMemory *memory;
  guint looks;
  const InspectKind *resource;
  int fd;
} Search;

/* Which kind of thing it is in, from the inside out: the last one before the descriptor counts. */
static const struct
{
  const char *type;
  const InspectKind *resource;
} holders[] = {
  { "TcpStream", &rust_resource_tcp },     { "TcpListener", &rust_resource_tcp },
  { "TcpSocket", &rust_resource_tcp },     { "UdpSocket", &rust_resource_udp },
  { "UnixStream", &rust_resource_unix },   { "UnixListener", &rust_resource_unix },
  { "UnixDatagram", &rust_resource_unix },
};

static const InspectKind *
find_holder (const DebugType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (holders); i++)
    if (g_str_equal (type->base_name, holders[i].type))
      return holders[i].resource;
  return NULL;
}

static gboolean
search (Search *self, DebugValue value, guint depth)
{
  const InspectKind *holder = find_holder (value.type);
  const DebugVariant *variant;
  DebugValue next;
  guint64 number;

  if (depth > MAX_DEPTH || ++self->looks > MAX_LOOKS)
    return FALSE;
  /* Of the runtime itself, which has descriptors of its own. */
  if (g_str_has_prefix (value.type->name, "tokio::runtime::") ||
      g_str_has_prefix (value.type->name, "mio::poll::"))
    return FALSE;
  if (holder != NULL)
    self->resource = holder;
  if (g_str_equal (value.type->name, "std::os::fd::owned::OwnedFd"))
    {
      if (!debug_memory_read_number (self->memory, value.address, 4, &number) ||
          number > G_MAXINT32)
        return FALSE;
      self->fd = (int)number;
      return TRUE;
    }
  if (debug_rust_follow (self->memory, value, &next))
    return search (self, next, depth + 1);
  if (value.type->class != DEBUG_TYPE_STRUCTURE)
    return FALSE;
  if (value.type->n_variants > 0)
    {
      variant = debug_value_get_variant (self->memory, value, NULL);
      if (variant == NULL || !debug_value_get (value, &variant->member, &next))
        return FALSE;
      value = next;
    }
  for (guint i = 0; i < value.type->n_members; i++)
    if (value.type->members[i].bit_size == 0 &&
        debug_value_get (value, &value.type->members[i], &next) && search (self, next, depth + 1))
      return TRUE;
  return FALSE;
}

/* What is done on it, by the names of the functions and types of the library. */
static const struct
{
  const char *word;
  const InspectKind *kind;
} actions[] = {
  { "accept", &rust_await_accept },  { "connect", &rust_await_connect },
  { "write", &rust_await_write },    { "flush", &rust_await_write },
  { "shutdown", &rust_await_write }, { "send", &rust_await_write },
  { "read", &rust_await_read },      { "recv", &rust_await_read },
  { "peek", &rust_await_read },      { "lines", &rust_await_read },
};

static const InspectKind *
find_action (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (strstr (lower, actions[i].word) != NULL)
      return actions[i].kind;
  return NULL;
}

/* The outermost function of the library is what the program has called; where there is none, the
 * future itself tells. "readiness" and "ready" are of both directions. */
static const InspectKind *
find_kind (const RustWalk *walk, const DebugValue *value, guint n_library)
{
  const InspectKind *kind = NULL;

  for (guint i = n_library; i > 0 && kind == NULL; i--)
    {
      const char *function = walk->frames[walk->n_frames - i].plan->function;

      if (strstr (function, "readiness") == NULL)
        kind = find_action (function);
    }
  if (kind == NULL && value != NULL && strstr (value->type->base_name, "Readiness") == NULL &&
      !g_str_has_prefix (value->type->base_name, "Ready<"))
    kind = find_action (value->type->base_name);
  return kind != NULL ? kind : &rust_await_descriptor;
}

static guint
count_library_frames (const RustWalk *walk)
{
  guint n = 0;

  while (n < walk->n_frames &&
         rust_variant_is_library (walk->frames[walk->n_frames - 1 - n].plan,
                                  walk->frames[walk->n_frames - 1 - n].coroutine,
                                  walk->frames[walk->n_frames - 1 - n].variant))
    n++;
  return n;
}

gboolean
rust_leaf_descriptor (RustWalk *walk, const DebugValue *value)
{
  Search self = { &walk->memory->memory, 0, &rust_resource_descriptor, -1 };
  guint n_library = count_library_frames (walk);
  gboolean is_found = value != NULL && search (&self, *value, 0);
  RustAwait *await;

  for (guint i = 0; i < n_library && !is_found; i++)
    {
      DebugValue member;

      self.looks = 0;
      self.resource = &rust_resource_descriptor;
      is_found =
          debug_value_get_member (walk->frames[walk->n_frames - 1 - i].form, "self", &member) &&
          search (&self, member, 0);
    }
  for (guint i = 0; i < n_library && !is_found; i++)
    {
      DebugValue form = walk->frames[walk->n_frames - 1 - i].form;

      for (guint j = 0; j < form.type->n_members && !is_found; j++)
        {
          DebugValue member;

          self.looks = 0;
          self.resource = &rust_resource_descriptor;
          is_found = !g_str_equal (form.type->members[j].name, "__awaitee") &&
                     debug_value_get (form, &form.type->members[j], &member) &&
                     search (&self, member, 0);
        }
    }
  if (!is_found)
    return FALSE;
  await = rust_walk_add (walk, find_kind (walk, value, n_library), (guint64)self.fd);
  if (await == NULL)
    return TRUE;
  rust_await_set_resource (await, self.resource, (guint64)self.fd + 1);
  await->resource.attributes[await->resource.resource.n_attributes++] =
      (InspectorProbeAttribute){ &rust_key_fd, (guint64)self.fd, NULL };
  return TRUE;
}
