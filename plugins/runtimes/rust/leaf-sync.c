/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>
#include "debuginfo/rust-containers.h"
#include "debuginfo/rust.h"

#include "hold.h"

#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)

/* ---- Times -------------------------------------------------------------------------------------- */

/* Seconds and nanoseconds of a std::time::Instant, which is on the monotonic clock, are somewhere in
 * it. */
static gboolean
read_instant (const DebugMemory *memory, DebugValue value, guint depth, gint64 *ret_ns)
{
  DebugValue seconds, nanoseconds, next;
  guint64 s, ns;

  if (depth > 8)
    return FALSE;
  if (debug_value_get_member (value, "tv_sec", &seconds) &&
      debug_value_get_member (value, "tv_nsec", &nanoseconds))
    {
      if (!debug_memory_read_number (memory, seconds.address, 8, &s) ||
          !debug_memory_read_number (memory, nanoseconds.address, 4, &ns) || ns >= 1000000000 ||
          s > G_MAXINT64 / 1000000000 / 2)
        return FALSE;
      *ret_ns = (gint64)(s * 1000000000 + ns);
      return TRUE;
    }
  for (guint i = 0; i < value.type->n_members; i++)
    if (debug_value_get (value, &value.type->members[i], &next) &&
        read_instant (memory, next, depth + 1, ret_ns))
      return TRUE;
  return FALSE;
}

/* The first one in what is there of @value. */
static gboolean
find_deadline (const DebugMemory *memory, DebugValue value, guint depth, guint *looks,
               gint64 *ret_ns)
{
  const DebugVariant *variant;
  DebugValue next;

  if (depth > 10 || ++*looks > 200)
    return FALSE;
  if (g_str_equal (value.type->name, "std::time::Instant"))
    return read_instant (memory, value, 0, ret_ns);
  if (value.type->class != DEBUG_TYPE_STRUCTURE)
    return FALSE;
  if (value.type->n_variants > 0)
    {
      variant = debug_value_get_variant (memory, value, NULL);
      if (variant == NULL || !debug_value_get (value, &variant->member, &value))
        return FALSE;
    }
  for (guint i = 0; i < value.type->n_members; i++)
    if (value.type->members[i].bit_size == 0 &&
        debug_value_get (value, &value.type->members[i], &next) &&
        find_deadline (memory, next, depth + 1, looks, ret_ns))
      return TRUE;
  return FALSE;
}

static gboolean
read_deadline (const DebugMemory *memory, DebugValue value, gint64 *ret_ns)
{
  const RustPlan *plan = rust_plan_get (value.type);
  guint looks = 0;

  if (plan->instant != NULL)
    return read_instant (
        memory, (DebugValue){ plan->instant, value.address + plan->instant_offset }, 0, ret_ns);
  return find_deadline (memory, value, 0, &looks, ret_ns);
}

/* Once it is to end at another time it is another wait: an interval lies in a box, so that nothing else tells that it has
 * ticked. */
static void
set_due (RustAwait *await, gint64 due_ns)
{
  if (await != NULL)
    await->id ^= (guint64)due_ns * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  rust_await_add_value (await, &rust_key_due, (guint64)due_ns);
}

gboolean
rust_leaf_sleep (RustWalk *walk, DebugValue value, guint depth)
{
  RustAwait *await = rust_walk_add (walk, &rust_await_sleep, value.address);
  gint64 due_ns;

  if (read_deadline (&walk->memory->memory, value, &due_ns))
    set_due (await, due_ns);
  return TRUE;
}

/* It keeps a Sleep in a box. */
gboolean
rust_leaf_interval (RustWalk *walk, DebugValue value, guint depth)
{
  RustAwait *await = rust_walk_add (walk, &rust_await_interval, 0);
  DebugValue sleep;
  gint64 due_ns;

  if (rust_find_referred (&walk->memory->memory, value, "tokio::time::sleep::Sleep", 0, &sleep) &&
      read_deadline (&walk->memory->memory, sleep, &due_ns))
    set_due (await, due_ns);
  return TRUE;
}

/* A future that nothing is known of. Of one that is known nothing in it waits any more. */
static gboolean
add_unknown (RustWalk *walk, DebugValue future)
{
  DebugValue resolved = rust_resolve (&walk->memory->memory, walk->programs, future);

  if (rust_plan_get (resolved.type)->has_future)
    return FALSE;
  rust_leaf_unknown (walk, resolved, &resolved);
  return TRUE;
}

/* What it is around of has a deadline; the earliest one counts. */
gboolean
rust_leaf_timeout (RustWalk *walk, DebugValue value, guint depth)
{
  gint64 outer_ns = walk->deadline_ns, due_ns;
  DebugValue inner, delay;
  gboolean is_found = FALSE;

  if ((debug_value_get_member (value, "delay", &delay) ||
       debug_value_get_member (value, "sleep", &delay)) &&
      read_deadline (&walk->memory->memory, delay, &due_ns) && (outer_ns == 0 || due_ns < outer_ns))
    walk->deadline_ns = due_ns;
  if (debug_value_get_member (value, "value", &inner) ||
      debug_value_get_member (value, "response", &inner))
    is_found = rust_walk (walk, inner, depth + 1) || add_unknown (walk, inner);
  walk->deadline_ns = outer_ns;
  return is_found || rust_leaf_sleep (walk, value, depth);
}

/* ---- What is around ----------------------------------------------------------------------------- */

const RustFrame *
rust_find_frame (const RustWalk *walk, const char *scope)
{
  for (guint i = walk->n_frames; i-- > 0;)
    if (g_str_has_prefix (walk->frames[i].plan->scope, scope))
      return &walk->frames[i];
  return NULL;
}

gboolean
rust_find_self (const RustWalk *walk, const char *name, DebugValue *ret_self)
{
  for (guint i = walk->n_frames; i-- > 0;)
    {
      DebugValue self;

      if (debug_value_get_member (walk->frames[i].form, "self", &self) &&
          rust_find_referred (&walk->memory->memory, self, name, 10, ret_self))
        return TRUE;
    }
  return FALSE;
}

/* ---- Semaphores, and what is built upon them ------------------------------------------------------ */

/* The first counts: others use a semaphore as a program does. */
static const struct
{
  const char *scope; /* of a frame around */
  const char *self;  /* type of what it was called on */
  const InspectKind *kind;
  const InspectKind *resource;
} acquires[] = {
  { "sqlx_core::pool::", "", &rust_await_pool, &rust_resource_pool },
  { "deadpool::managed", "", &rust_await_pool, &rust_resource_pool },
  { "tokio::sync::mutex", "tokio::sync::mutex::Mutex<", &rust_await_mutex, &rust_resource_mutex },
  { "tokio::sync::rwlock::{impl#", "tokio::sync::rwlock::RwLock<", &rust_await_read_lock,
    &rust_resource_rwlock },
  { "tokio::sync::once_cell", "", &rust_await_once, &rust_resource_once },
  { "tokio::sync::semaphore", "tokio::sync::semaphore::Semaphore", &rust_await_semaphore,
    &rust_resource_semaphore },
  { "tokio::sync::mpsc", "", &rust_await_channel_full, &rust_resource_channel },
};

static void
fill_acquire (RustWalk *walk, RustAwait *await, guint i, guint64 semaphore)
{
  const RustFrame *frame = rust_find_frame (walk, acquires[i].scope);
  DebugValue self;

  if (await->kind == &rust_await_read_lock && strstr (frame->plan->scope, "write") != NULL)
    await->kind = &rust_await_write_lock;
  rust_await_set_resource (await, acquires[i].resource, semaphore & ID_MASK);
  if (*acquires[i].self != '\0' && acquires[i].resource != &rust_resource_semaphore)
    {
      const char *name = rust_find_self (walk, acquires[i].self, &self)
                             ? rust_get_lock_name (self.type)
                         : acquires[i].resource == &rust_resource_mutex ? "Mutex"
                                                                        : "RwLock";
      RustResource *resource = &await->resource;

      resource->attributes[resource->resource.n_attributes++] =
          (InspectorProbeAttribute){ &rust_key_type, 0, name };
    }
}

/* What pools keep their limit in. */
static const struct
{
  const char *type, *member, *limit;
} pools[] = {
  { "sqlx_core::pool::inner::PoolInner<", "options", "max_connections" },
  { "deadpool::managed::pool::PoolInner<", "config", "max_size" },
  { "deadpool::managed::PoolInner<", "config", "max_size" },
  { "bb8::internals::SharedPool<", "statics", "max_size" },
};

/* Of how many connections at most. */
static void
add_connections (RustWalk *walk, RustAwait *await)
{
  DebugValue value;
  guint64 number = 0;

  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    if (rust_find_self (walk, pools[i].type, &value) &&
        debug_value_get_member (value, pools[i].member, &value) &&
        debug_value_get_member (value, pools[i].limit, &value) &&
        debug_value_read_number (&walk->memory->memory, value, &number))
      break;
  rust_await_add_value (await, &rust_key_connections, number);
}

/* What a pool makes connections with is the program's own, and waits for other things. */
static gboolean
is_pool_itself (const RustWalk *walk, const char *scope)
{
  for (guint i = walk->n_frames; i-- > 0;)
    if (!g_str_has_prefix (walk->frames[i].plan->scope, "tokio::sync::") &&
        !g_str_has_prefix (walk->frames[i].plan->scope, "sqlx_core::sync"))
      return g_str_has_prefix (walk->frames[i].plan->scope, scope);
  return FALSE;
}

static gboolean
find_semaphore (const DebugMemory *memory, DebugValue acquire, DebugValue *ret_semaphore)
{
  const DebugMember *member = rust_plan_get (acquire.type)->semaphore;
  DebugValue pointer;

  if (member != NULL)
    return debug_value_get (acquire, member, &pointer) &&
           debug_value_follow (memory, pointer, ret_semaphore);
  return rust_find_referred (memory, acquire, "tokio::sync::batch_semaphore::Semaphore", 10,
                             ret_semaphore);
}

gboolean
rust_leaf_acquire (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue semaphore, wanted;
  guint64 n_wanted = 1;
  RustAwait *await;

  if (!find_semaphore (memory, value, &semaphore))
    return FALSE;
  if (debug_value_get_member (value, "num_permits", &wanted))
    debug_value_read_number (memory, wanted, &n_wanted);
  for (guint i = 0; i < G_N_ELEMENTS (acquires); i++)
    if (acquires[i].kind == &rust_await_pool ? is_pool_itself (walk, acquires[i].scope)
                                             : rust_find_frame (walk, acquires[i].scope) != NULL)
      {
        await = rust_walk_add (walk, acquires[i].kind, semaphore.address);
        if (await != NULL)
          fill_acquire (walk, await, i, semaphore.address);
        if (await != NULL && acquires[i].kind == &rust_await_semaphore)
          rust_await_add_value (await, &rust_key_wanted, n_wanted);
        if (await != NULL && acquires[i].kind == &rust_await_pool)
          add_connections (walk, await);
        return TRUE;
      }
  await = rust_walk_add (walk, &rust_await_semaphore, semaphore.address);
  rust_await_add_value (await, &rust_key_wanted, n_wanted);
  rust_await_set_resource (await, &rust_resource_semaphore, semaphore.address & ID_MASK);
  return TRUE;
}

/* ---- Notify, and what is built upon it ------------------------------------------------------------- */

static const struct
{
  const char *scope;
  const InspectKind *kind;
  const InspectKind *resource;
} notifies[] = {
  { "tokio::sync::barrier", &rust_await_barrier, &rust_resource_barrier },
  { "tokio::sync::watch", &rust_await_watch, &rust_resource_watch },
  { "bb8::inner", &rust_await_pool, &rust_resource_pool },
};

gboolean
rust_leaf_notified (RustWalk *walk, DebugValue value, guint depth)
{
  const InspectKind *kind = &rust_await_notify;
  const InspectKind *resource = &rust_resource_notify;
  DebugValue notify;
  RustAwait *await;

  for (guint i = 0; i < G_N_ELEMENTS (notifies); i++)
    if (notifies[i].kind == &rust_await_pool ? is_pool_itself (walk, notifies[i].scope)
                                             : rust_find_frame (walk, notifies[i].scope) != NULL)
      {
        kind = notifies[i].kind;
        resource = notifies[i].resource;
        break;
      }
  await = rust_walk_add (walk, kind, value.address);
  if (rust_find_referred (&walk->memory->memory, value, "tokio::sync::notify::Notify", 10, &notify))
    rust_await_set_resource (await, resource, notify.address & ID_MASK);
  if (await != NULL && kind == &rust_await_pool)
    add_connections (walk, await);
  return TRUE;
}

/* ---- Many futures at once ---------------------------------------------------------------------------- */

/* Each is in a list of all that there are. */
gboolean
rust_leaf_unordered (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue link, task;
  gboolean is_found = FALSE;

  if (!debug_value_get_member (value, "head_all", &link))
    return FALSE;
  for (guint i = 0; i < RUST_MAX_AWAITS; i++)
    {
      DebugValue future;

      while (link.type->class == DEBUG_TYPE_STRUCTURE && link.type->n_members > 0)
        if (!debug_value_get (link, &link.type->members[0], &link))
          return is_found;
      if (!debug_value_follow (memory, link, &task) ||
          !debug_value_get_member (task, "next_all", &link))
        return is_found;
      /* UnsafeCell<Option<F>> */
      if (debug_value_get_member (task, "future", &future) && future.type->n_members > 0 &&
          debug_value_get (future, &future.type->members[0], &future) &&
          debug_rust_get_some (memory, future, &future))
        is_found |= rust_walk (walk, future, depth + 1) || add_unknown (walk, future);
    }
  return is_found;
}

/* Vectors and boxed slices of them, as join_all() and others have; big ones are of the kind above. */
typedef struct
{
  RustWalk *walk;
  guint depth;
  guint n_left;
  gboolean is_found;
} Elements;

static void walk_elements (Elements *self, DebugValue value);

static gboolean
on_element (DebugValue element, const DebugValue *mapped, gpointer data)
{
  Elements *self = data;

  if (self->n_left == 0)
    return FALSE;
  self->n_left--;
  self->is_found |= rust_walk (self->walk, mapped != NULL ? *mapped : element, self->depth + 1);
  return TRUE;
}

static void
walk_parts (Elements *self, DebugValue value)
{
  for (guint i = 0; i < value.type->n_members; i++)
    {
      DebugValue part;

      if (value.type->members[i].bit_size == 0 &&
          debug_value_get (value, &value.type->members[i], &part))
        walk_elements (self, part);
    }
}

static void
walk_elements (Elements *self, DebugValue value)
{
  const DebugMemory *memory = &self->walk->memory->memory;
  const DebugVariant *variant;
  DebugRustContainer container;

  if (value.type->class != DEBUG_TYPE_STRUCTURE || self->walk->looks_left == 0)
    return;
  self->walk->looks_left--;
  if (debug_rust_container_get (value.type, &container) &&
      rust_plan_get (container.mapped != NULL ? container.mapped : container.element)->has_future)
    debug_rust_container_visit (memory, value, on_element, self, NULL);
  else if (rust_plan_get (value.type)->leaf != NULL && value.type->n_variants == 0 &&
           debug_type_is (value.type, "futures_util::stream::futures_unordered::FuturesUnordered<"))
    self->is_found |= rust_leaf_unordered (self->walk, value, self->depth + 1);
  else if (value.type->n_variants == 0)
    walk_parts (self, value);
  else if ((variant = debug_value_get_variant (memory, value, NULL)) != NULL &&
           debug_value_get (value, &variant->member, &value))
    walk_parts (self, value);
}

gboolean
rust_leaf_elements (RustWalk *walk, DebugValue value, guint depth)
{
  Elements self = { walk, depth, RUST_MAX_AWAITS, FALSE };

  walk_elements (&self, value);
  return self.is_found;
}

/* ---- Other tasks ---------------------------------------------------------------------------------- */

/* The first pointer in a JoinHandle or Task is to the header of what it stands for. */
static gboolean
find_pointer (DebugValue value, guint depth, guint64 *ret_address)
{
  if (value.type->class == DEBUG_TYPE_POINTER)
    {
      *ret_address = value.address;
      return TRUE;
    }
  for (guint i = 0; depth < 8 && i < value.type->n_members; i++)
    {
      DebugValue next;

      if (value.type->members[i].bit_size == 0 &&
          debug_value_get (value, &value.type->members[i], &next) &&
          find_pointer (next, depth + 1, ret_address))
        return TRUE;
    }
  return FALSE;
}

gboolean
rust_leaf_join (RustWalk *walk, DebugValue value, guint depth)
{
  guint64 at, header = 0;
  RustAwait *await;

  if (find_pointer (value, 0, &at))
    debug_memory_read_number (&walk->memory->memory, at, 8, &header);
  await = rust_walk_add (walk, &rust_await_task, header);
  if (await != NULL)
    await->task = header;
  return TRUE;
}

/* What several wait for together: whoever comes first polls it for all. */
gboolean
rust_leaf_shared (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  const DebugVariant *variant;
  DebugValue state;

  return rust_find_referred (memory, value, "futures_util::future::future::shared::FutureOrOutput<",
                             0, &state) &&
         (variant = debug_value_get_variant (memory, state, NULL)) != NULL &&
         g_str_equal (variant->member.name, "Future") &&
         debug_value_get (state, &variant->member, &state) && rust_walk (walk, state, depth + 1);
}

/* JoinSet: which tasks are in it is behind a lock of its own; how many there are is not. */
gboolean
rust_leaf_set (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  RustAwait *await = rust_walk_add (walk, &rust_await_set, value.address);
  DebugValue set, length;
  guint64 n;

  if (rust_find_referred (memory, value, "tokio::util::idle_notified_set::IdleNotifiedSet<", 8,
                          &set) &&
      debug_value_get_member (set, "length", &length) &&
      debug_value_read_number (memory, length, &n))
    rust_await_add_value (await, &rust_key_tasks, n);
  return TRUE;
}
