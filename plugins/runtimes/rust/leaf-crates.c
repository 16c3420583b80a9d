/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include "hold.h"

/* Locks of async-lock and futures, and what tokio-util has beside those of tokio. */

#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)

/* ---- Locks ------------------------------------------------------------------------------------------ */

/* @future is polled until @lock is had, which is known by its address; the first row counts. */
static const struct
{
  const char *future, *lock;
  const InspectKind *kind, *resource;
  const char *
      name; /* (nullable): of what it is called with the parameters of the future; else by its own type */
} locks[] = {
  { "async_lock::mutex::", "async_lock::mutex::Mutex<", &rust_await_mutex, &rust_resource_mutex,
    NULL },
  { "async_lock::rwlock::futures::Write", "async_lock::rwlock::raw::RawRwLock",
    &rust_await_write_lock, &rust_resource_rwlock, "RwLock" },
  { "async_lock::rwlock::futures::Upgrade", "async_lock::rwlock::raw::RawRwLock",
    &rust_await_write_lock, &rust_resource_rwlock, "RwLock" },
  { "async_lock::rwlock::futures::", "async_lock::rwlock::raw::RawRwLock", &rust_await_read_lock,
    &rust_resource_rwlock, "RwLock" },
  { "async_lock::semaphore::", "async_lock::semaphore::Semaphore", &rust_await_semaphore,
    &rust_resource_semaphore, NULL },
  { "async_lock::barrier::", "async_lock::barrier::Barrier", &rust_await_barrier,
    &rust_resource_barrier, NULL },
  { "futures_util::lock::mutex::", "futures_util::lock::mutex::Mutex<", &rust_await_mutex,
    &rust_resource_mutex, NULL },
};

/* What a lock is called: of those that have no value of their own that is said by their kind. */
static void
add_name (RustWalk *walk, RustAwait *await, const char *name)
{
  if (await->kind == &rust_await_semaphore)
    rust_await_add_value (await, &rust_key_wanted, 1);
  else if (await->kind != &rust_await_barrier)
    await->resource.attributes[await->resource.resource.n_attributes++] =
        (InspectorProbeAttribute){ &rust_key_type, 0, name };
}

gboolean
rust_leaf_lock (RustWalk *walk, DebugValue value, guint depth)
{
  for (guint i = 0; i < G_N_ELEMENTS (locks); i++)
    {
      const char *name = locks[i].name;
      RustAwait *await;
      DebugValue lock;

      if (!rust_name_matches (value.type->name, locks[i].future))
        continue;
      if (name != NULL)
        name = rust_dup_guarded_name (walk, name, value.type);
      if (!rust_find_referred (&walk->memory->memory, value, locks[i].lock, 4, &lock))
        lock = value;
      else if (name == NULL)
        name = rust_get_lock_name (lock.type);
      await = rust_walk_add (walk, locks[i].kind, lock.address);
      if (await == NULL)
        return TRUE;
      if (lock.type != value.type)
        rust_await_set_resource (await, locks[i].resource, lock.address & ID_MASK);
      add_name (walk, await, name != NULL ? name : "Mutex");
      return TRUE;
    }
  return FALSE;
}

/* ---- Events ----------------------------------------------------------------------------------------- */

/* What async functions of these crates wait for within, by the function around it that was called on @self. */
static const struct
{
  const char *scope, *self;
  const InspectKind *kind, *resource;
} events[] = {
  { "async_lock::mutex", "async_lock::mutex::Mutex<", &rust_await_mutex, &rust_resource_mutex },
  { "async_lock::once_cell", "async_lock::once_cell::OnceCell<", &rust_await_once,
    &rust_resource_once },
  { "async_lock::barrier", "async_lock::barrier::Barrier", &rust_await_barrier,
    &rust_resource_barrier },
};

gboolean
rust_leaf_event (RustWalk *walk, DebugValue value, guint depth)
{
  RustAwait *await;
  DebugValue self;

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      if (rust_find_frame (walk, events[i].scope) == NULL ||
          !rust_find_self (walk, events[i].self, &self))
        continue;
      await = rust_walk_add (walk, events[i].kind, self.address);
      if (await == NULL)
        return TRUE;
      rust_await_set_resource (await, events[i].resource, self.address & ID_MASK);
      if (events[i].kind == &rust_await_mutex)
        add_name (walk, await, rust_get_lock_name (self.type));
      return TRUE;
    }
  rust_walk_add (walk, &rust_await_notify, value.address);
  return TRUE;
}

/* ---- tokio-util ------------------------------------------------------------------------------------- */

/* The token itself is the wait's own, a copy or a reference: what all copies share is one. */
gboolean
rust_leaf_token (RustWalk *walk, DebugValue value, guint depth)
{
  RustAwait *await = rust_walk_add (walk, &rust_await_token, value.address);
  DebugValue token;

  if (rust_find_referred (&walk->memory->memory, value,
                          "tokio_util::sync::cancellation_token::tree_node::TreeNode", 4, &token))
    rust_await_set_resource (await, &rust_resource_token, token.address & ID_MASK);
  return TRUE;
}

/* What is given up once a token is cancelled waits for something of its own, and for that. */
gboolean
rust_leaf_until_cancelled (RustWalk *walk, DebugValue value, guint depth)
{
  DebugValue future;

  return debug_value_get_member (value, "future", &future) && rust_walk (walk, future, depth + 1);
}

/* Its state has the number of tasks above its lowest bit, which says that it was closed: until then nobody who waits for it
 * goes on, even with no task left. */
gboolean
rust_leaf_tracker (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  RustAwait *await = rust_walk_add (walk, &rust_await_tracker, value.address);
  DebugValue tracker, state;
  guint64 number;

  if (await == NULL ||
      !rust_find_referred (memory, value, "tokio_util::task::task_tracker::TaskTrackerInner", 4,
                           &tracker) ||
      !debug_value_get_member (tracker, "state", &state) || state.type->size != 8 ||
      !debug_memory_read_number (memory, state.address, 8, &number))
    return TRUE;
  rust_await_add_value (await, &rust_key_tasks, number >> 1);
  if ((number & 1) == 0)
    await->kind = &rust_await_tracker_open;
  return TRUE;
}
