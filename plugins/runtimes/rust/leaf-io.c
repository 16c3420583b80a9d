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
  GPtrArray *programs;
  guint looks;
  const InspectKind *resource;
  const char *holder; /* (nullable): the type that it is in */
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

/* What a library has behind a trait object. */
static gboolean
follow_object (const Search *self, DebugValue value, DebugValue *ret_target)
{
  DebugValue pointer, table;
  guint64 data, address;

  if (!debug_value_get_member (value, "pointer", &pointer) ||
      !debug_value_get_member (value, "vtable", &table) ||
      !debug_memory_read_number (self->memory, pointer.address, 8, &data) ||
      !debug_memory_read_number (self->memory, table.address, 8, &address))
    return FALSE;
  for (guint i = 0; i < self->programs->len; i++)
    {
      DebugType *type = rust_program_find_object (self->programs->pdata[i], address);

      if (type == NULL)
        continue;
      *ret_target = (DebugValue){ type, data };
      return TRUE;
    }
  return FALSE;
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
    {
      self->resource = holder;
      self->holder = value.type->base_name;
    }
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
  if (follow_object (self, value, &next))
    return search (self, next, depth + 1);
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
  { "copy_bidirectional", &rust_await_copy_both },
  { "copy", &rust_await_copy },
  { "accept", &rust_await_accept },
  { "connect", &rust_await_connect },
  { "write", &rust_await_write },
  { "flush", &rust_await_write },
  { "shutdown", &rust_await_write },
  { "send", &rust_await_write },
  { "read", &rust_await_read },
  { "recv", &rust_await_read },
  { "peek", &rust_await_read },
  { "lines", &rust_await_read },
  { "next", &rust_await_read },
};

static const InspectKind *
find_action (const char *name)
{
  /* Not by what it is done on: "ReadBuf<BufWriter<TcpStream>>". */
  g_autofree char *lower = g_ascii_strdown (name, (gssize)strcspn (name, "<"));

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      const char *found = strstr (lower, actions[i].word);

      /* "serve_connection" connects to nobody. */
      if (found != NULL && !g_str_has_prefix (found, "connection"))
        return actions[i].kind;
    }
  return NULL;
}

/* What the innermost coroutine waits for, around the stream that was found in it: "Next<Framed<TcpStream>>". (nullable) */
static const DebugType *
get_awaited (const RustWalk *walk)
{
  const RustFrame *frame = walk->n_frames > 0 ? &walk->frames[walk->n_frames - 1] : NULL;
  const RustPlan *form = frame != NULL ? rust_plan_get (frame->form.type) : NULL;

  return form != NULL && form->awaited != NULL
             ? debug_member_get_type (frame->form.type->types, form->awaited)
             : NULL;
}

/* The outermost function of the library is what the program has called; where there is none, the
 * future itself tells. "readiness" and "ready" are of both directions. */
static const InspectKind *
find_kind (const RustWalk *walk, const DebugValue *value, guint n_library)
{
  const InspectKind *kind = NULL;
  const DebugType *awaited;

  for (guint i = n_library; i > 0 && kind == NULL; i--)
    {
      const char *function = walk->frames[walk->n_frames - i].plan->function;

      if (strstr (function, "readiness") == NULL)
        kind = find_action (function);
    }
  if (kind == NULL && value != NULL && strstr (value->type->base_name, "Readiness") == NULL &&
      !g_str_has_prefix (value->type->base_name, "Ready<"))
    kind = find_action (value->type->base_name);
  if (kind == NULL && (awaited = get_awaited (walk)) != NULL)
    kind = find_action (awaited->base_name);
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

/* Nobody reads from a listener. */
static gboolean
is_listener (const char *holder)
{
  return holder != NULL && g_str_has_suffix (holder, "Listener");
}

static Search
search_init (const RustWalk *walk)
{
  return (Search){ .memory = &walk->memory->memory,
                   .programs = walk->programs,
                   .resource = &rust_resource_descriptor,
                   .fd = -1 };
}

static void
add_wait (RustWalk *walk, const Search *found, const InspectKind *kind)
{
  RustAwait *await = rust_walk_add (walk, kind, (guint64)found->fd);

  if (await == NULL)
    return;
  rust_await_set_resource (await, found->resource, (guint64)found->fd + 1);
  await->resource.attributes[await->resource.resource.n_attributes++] =
      (InspectorProbeAttribute){ &rust_key_fd, (guint64)found->fd, NULL };
}

gboolean
rust_leaf_descriptor_as (RustWalk *walk, DebugValue value, const InspectKind *kind)
{
  Search self = search_init (walk);

  if (!search (&self, value, 0))
    return FALSE;
  add_wait (walk, &self, kind);
  return TRUE;
}

gboolean
rust_leaf_descriptor (RustWalk *walk, const DebugValue *value)
{
  Search self = search_init (walk);
  guint n_library = count_library_frames (walk);
  gboolean is_found = value != NULL && search (&self, *value, 0);

  for (guint i = 0; i < n_library && !is_found; i++)
    {
      DebugValue member;

      self = search_init (walk);
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

          self = search_init (walk);
          is_found = !g_str_equal (form.type->members[j].name, "__awaitee") &&
                     debug_value_get (form, &form.type->members[j], &member) &&
                     search (&self, member, 0);
        }
    }
  if (!is_found)
    return FALSE;
  add_wait (walk, &self,
            is_listener (self.holder) ? &rust_await_accept : find_kind (walk, value, n_library));
  return TRUE;
}
