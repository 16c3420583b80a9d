/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "hold.h"

#include <string.h>
#include "debuginfo/rust-containers.h"
#include "debuginfo/rust.h"

#include "leaf.h"

/* A lock is held as long as its guard is there, and a guard that a task keeps across an await lies in
 * its coroutine. One that a task moved away is still to be seen where it was, so that what the lock
 * itself says has to agree. */

#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)
#define MAX_DEPTH 16

#define SEMAPHORE "tokio::sync::batch_semaphore::Semaphore"

/* Of what a lock is known by when it is not itself. */
#define STD_MUTEX "std::sys::sync::mutex::futex::Mutex"
#define STD_RWLOCK "std::sys::sync::rwlock::futex::RwLock"
#define PARKING_MUTEX "parking_lot::raw_mutex::RawMutex"
#define PARKING_RWLOCK "parking_lot::raw_rwlock::RawRwLock"
#define ASYNC_SEMAPHORE "async_lock::semaphore::Semaphore"
#define RAW_RWLOCK "async_lock::rwlock::raw::RawRwLock"

typedef struct
{
  const char *type;
  const InspectKind *resource;
  const char *owner; /* (nullable): what the guard refers to, where that has a name */
  const char *lock;  /* (nullable): what it is known by, if that is not @owner */
  const char *
      name; /* (nullable): what that is called, where it is known by no more than its address (blocked.c) */
  const char *member; /* (nullable): of the guard, what leads to the lock */
} Guard;

static const Guard guards[] = {
  { "tokio::sync::mutex::MutexGuard<", &rust_resource_mutex, "tokio::sync::mutex::Mutex<",
    SEMAPHORE },
  { "tokio::sync::mutex::OwnedMutexGuard<", &rust_resource_mutex, "tokio::sync::mutex::Mutex<",
    SEMAPHORE },
  { "tokio::sync::mutex::MappedMutexGuard<", &rust_resource_mutex, NULL, SEMAPHORE },
  { "tokio::sync::mutex::OwnedMappedMutexGuard<", &rust_resource_mutex,
    "tokio::sync::mutex::Mutex<", SEMAPHORE },
  { "tokio::sync::rwlock::read_guard::RwLockReadGuard<", &rust_resource_rwlock, NULL, SEMAPHORE },
  { "tokio::sync::rwlock::write_guard::RwLockWriteGuard<", &rust_resource_rwlock, NULL, SEMAPHORE },
  { "tokio::sync::rwlock::write_guard_mapped::RwLockMappedWriteGuard<", &rust_resource_rwlock, NULL,
    SEMAPHORE },
  { "tokio::sync::rwlock::owned_read_guard::OwnedRwLockReadGuard<", &rust_resource_rwlock,
    "tokio::sync::rwlock::RwLock<", SEMAPHORE },
  { "tokio::sync::rwlock::owned_write_guard::OwnedRwLockWriteGuard<", &rust_resource_rwlock,
    "tokio::sync::rwlock::RwLock<", SEMAPHORE },
  { "async_lock::mutex::MutexGuard<", &rust_resource_mutex, "async_lock::mutex::Mutex<", NULL },
  { "async_lock::mutex::MutexGuardArc<", &rust_resource_mutex, "async_lock::mutex::Mutex<", NULL },
  { "tokio::sync::semaphore::SemaphorePermit", &rust_resource_semaphore, NULL, SEMAPHORE },
  { "tokio::sync::semaphore::OwnedSemaphorePermit", &rust_resource_semaphore, NULL, SEMAPHORE },
  { "async_lock::rwlock::RwLockReadGuard<", &rust_resource_rwlock, NULL, RAW_RWLOCK },
  { "async_lock::rwlock::RwLockUpgradableReadGuard<", &rust_resource_rwlock, NULL, RAW_RWLOCK },
  { "async_lock::rwlock::RwLockUpgradableReadGuardArc<", &rust_resource_rwlock, NULL, RAW_RWLOCK },
  { "async_lock::rwlock::RwLockWriteGuard<", &rust_resource_rwlock, NULL, RAW_RWLOCK },
  { "async_lock::rwlock::RwLockWriteGuardArc<", &rust_resource_rwlock, NULL, RAW_RWLOCK },
  { "async_lock::semaphore::SemaphoreGuard", &rust_resource_semaphore, NULL, ASYNC_SEMAPHORE },
  { "async_lock::semaphore::SemaphoreGuardArc", &rust_resource_semaphore, NULL, ASYNC_SEMAPHORE },
  { "futures_util::lock::mutex::MutexGuard<", &rust_resource_mutex,
    "futures_util::lock::mutex::Mutex<", NULL },
  { "futures_util::lock::mutex::OwnedMutexGuard<", &rust_resource_mutex,
    "futures_util::lock::mutex::Mutex<", NULL },
  { "futures_util::lock::mutex::MappedMutexGuard<", &rust_resource_mutex,
    "futures_util::lock::mutex::Mutex<", NULL },
  { "sqlx_core::pool::connection::PoolConnection<", &rust_resource_pool, NULL, SEMAPHORE, NULL,
    "pool" },
  { "deadpool::managed::object::Object<", &rust_resource_pool, NULL, SEMAPHORE, NULL, "pool" },
  { "deadpool::managed::Object<", &rust_resource_pool, NULL, SEMAPHORE, NULL, "pool" },
  { "bb8::api::PooledConnection<", &rust_resource_pool, NULL, "tokio::sync::notify::Notify", NULL,
    "pool" },
  { "std::sync::poison::mutex::MutexGuard<", &rust_resource_mutex, NULL, STD_MUTEX,
    "std::sync::Mutex" },
  { "std::sync::poison::rwlock::RwLockReadGuard<", &rust_resource_rwlock, NULL, STD_RWLOCK,
    "std::sync::RwLock" },
  { "std::sync::poison::rwlock::RwLockWriteGuard<", &rust_resource_rwlock, NULL, STD_RWLOCK,
    "std::sync::RwLock" },
  { "lock_api::mutex::MutexGuard<parking_lot::", &rust_resource_mutex, NULL, PARKING_MUTEX,
    "parking_lot::Mutex" },
  { "lock_api::mutex::ArcMutexGuard<parking_lot::", &rust_resource_mutex, NULL, PARKING_MUTEX,
    "parking_lot::Mutex" },
  { "lock_api::rwlock::RwLockReadGuard<parking_lot::", &rust_resource_rwlock, NULL, PARKING_RWLOCK,
    "parking_lot::RwLock" },
  { "lock_api::rwlock::ArcRwLockReadGuard<parking_lot::", &rust_resource_rwlock, NULL,
    PARKING_RWLOCK, "parking_lot::RwLock" },
  { "lock_api::rwlock::RwLockWriteGuard<parking_lot::", &rust_resource_rwlock, NULL, PARKING_RWLOCK,
    "parking_lot::RwLock" },
  { "lock_api::rwlock::ArcRwLockWriteGuard<parking_lot::", &rust_resource_rwlock, NULL,
    PARKING_RWLOCK, "parking_lot::RwLock" },
  { "lock_api::rwlock::RwLockUpgradableReadGuard<parking_lot::", &rust_resource_rwlock, NULL,
    PARKING_RWLOCK, "parking_lot::RwLock" },
};

static const Guard *
find_guard (const DebugType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (guards); i++)
    if (debug_type_is (type, guards[i].type) ||
        (guards[i].name != NULL && g_str_has_prefix (type->name, guards[i].type)))
      return &guards[i];
  return NULL;
}

gboolean
rust_guard_is_one (const DebugType *type)
{
  return type->class == DEBUG_TYPE_STRUCTURE && find_guard (type) != NULL;
}

gboolean
rust_semaphore_read (const DebugMemory *memory, DebugValue semaphore, RustSemaphore *ret_semaphore)
{
  DebugValue permits;
  guint64 number;

  *ret_semaphore = (RustSemaphore){ .address = semaphore.address };
  /* The lowest bit says that it is closed. */
  if (debug_value_get_member (semaphore, "permits", &permits) && permits.type->size == 8 &&
      debug_memory_read_number (memory, permits.address, 8, &number))
    {
      ret_semaphore->has_permits = TRUE;
      ret_semaphore->permits = number >> 1;
    }
  return TRUE;
}

static char *
dup_short_name (const char *whole)
{
  char *name = debug_rust_dup_short_name (whole);

  if (g_utf8_strlen (name, -1) > 60)
    strcpy (g_utf8_offset_to_pointer (name, 57), "...");
  return name;
}

const char *
rust_get_lock_name (DebugType *type)
{
  RustPlan *plan = (RustPlan *)rust_plan_get (type);

  if (plan->short_name == NULL)
    plan->short_name = dup_short_name (type->name);
  return plan->short_name;
}

static guint
count_permits (const DebugMemory *memory, DebugValue guard)
{
  DebugValue permits;
  guint64 number;

  if (!debug_value_get_member (guard, "permits", &permits) ||
      !debug_value_read_number (memory, permits, &number))
    return 1;
  return (guint)MIN (number, G_MAXINT);
}

/* What is between the outermost '<' and '>' of a name; "" where there is none. */
static char *
dup_parameters (const char *name)
{
  const char *begin = strchr (name, '<');
  const char *end = strrchr (name, '>');

  return begin != NULL && end > begin ? g_strndup (begin + 1, (gsize)(end - begin - 1))
                                      : g_strdup ("");
}

const char *
rust_dup_guarded_name (RustWalk *walk, const char *lock, const DebugType *type)
{
  g_autofree char *parameters = dup_parameters (type->name);
  g_autofree char *short_name = NULL;
  g_autofree char *name = g_strdup_printf ("%s%s%s%s", lock, *parameters != '\0' ? "<" : "",
                                           parameters, *parameters != '\0' ? ">" : "");

  short_name = dup_short_name (name);
  return g_string_chunk_insert (walk->texts, short_name);
}

/* The await in the same function that has given the guard: the only one before where the function is
 * that is of such a lock. (nullable): there are several */
static const DebugVariant *
find_taking (const Guard *guard, const DebugType *type, const RustFrame *frame)
{
  g_autofree char *module = g_strndup (
      guard->type, strlen (guard->member != NULL ? "sqlx_core::pool::" : "tokio::sync::mutex"));
  g_autofree char *of_guard = dup_parameters (type->base_name);
  const DebugVariant *found = NULL;

  for (guint i = 0; i < frame->coroutine->n_variants; i++)
    {
      const DebugVariant *variant = &frame->coroutine->variants[i];
      DebugType *form = debug_member_get_type (frame->coroutine->types, &variant->member);
      const DebugMember *awaited = form != NULL ? debug_type_find_member (form, "__awaitee") : NULL;
      DebugType *future = awaited != NULL ? debug_member_get_type (form->types, awaited) : NULL;
      g_autofree char *of_future = NULL;

      if (future == NULL || variant->first >= frame->state ||
          !g_str_has_prefix (future->name, module))
        continue;
      of_future = dup_parameters (future->base_name);
      if (*of_guard != '\0' && *of_future != '\0' && !g_str_equal (of_guard, of_future))
        continue;
      if (found != NULL)
        return NULL;
      found = variant;
    }
  return found;
}

/* Several permits of a semaphore, or one lock that is held for reading twice. */
static gboolean
add_to_hold (RustWalk *walk, const Guard *guard, guint64 address, guint count)
{
  for (guint i = 0; i < walk->holds->len; i++)
    {
      RustHold *hold = walk->holds->pdata[i];

      if (hold->resource.resource.kind != guard->resource ||
          hold->resource.resource.id != (address & ID_MASK))
        continue;
      if (guard->resource != &rust_resource_mutex)
        hold->count += MIN (count, G_MAXINT - hold->count);
      return TRUE;
    }
  return FALSE;
}

static void
add_hold (RustWalk *walk, const Guard *guard, DebugValue value, const RustFrame *frame,
          const char *variable)
{
  const DebugMemory *memory = &walk->memory->memory;
  const char *lock = guard->lock != NULL ? guard->lock : guard->owner;
  const char *name = NULL;
  DebugValue from = value, semaphore, owner;
  RustSemaphore state = { 0 };
  RustHold *hold;
  guint count;

  /* What a lock is known by: of tokio the semaphore that it is built upon. */
  if (walk->holds->len >= RUST_MAX_HOLDS ||
      (guard->member != NULL && !debug_value_get_member (value, guard->member, &from)) ||
      !rust_find_referred (memory, from, lock, 4, &semaphore))
    return;
  if (g_str_equal (lock, SEMAPHORE))
    rust_semaphore_read (memory, semaphore, &state);
  /* Nobody has a lock that can be had. */
  if (guard->resource == &rust_resource_mutex && state.has_permits && state.permits > 0)
    return;
  count = guard->resource == &rust_resource_semaphore ? count_permits (memory, value) : 1;
  if (count == 0 || add_to_hold (walk, guard, semaphore.address, count))
    return;
  hold = g_new0 (RustHold, 1);
  hold->resource.resource =
      (InspectorProbeResource){ .kind = guard->resource, .id = semaphore.address & ID_MASK };
  hold->count = count;
  hold->frame = *frame;
  hold->taken = find_taking (guard, value.type, frame);
  hold->variable = variable;
  if (guard->name != NULL)
    name = guard->name;
  else if (guard->owner != NULL && rust_find_referred (memory, value, guard->owner, 4, &owner))
    name = rust_get_lock_name (owner.type);
  else if ((guard->resource->flags & INSPECT_RESOURCE_LOCK) != 0)
    name = rust_dup_guarded_name (
        walk, guard->resource == &rust_resource_mutex ? "Mutex" : "RwLock", value.type);
  if (name != NULL)
    hold->resource.attributes[hold->resource.resource.n_attributes++] =
        (InspectorProbeAttribute){ &rust_key_type, 0, name };
  g_ptr_array_add (walk->holds, hold);
}

typedef struct
{
  RustWalk *walk;
  const RustFrame *frame;
  const char *variable;
  guint depth;
  gboolean is_shared; /* by those who count */
} Search;

static void find_in (const Search *search, DebugValue value);

static gboolean
on_element (DebugValue element, const DebugValue *mapped, gpointer data)
{
  find_in (data, element);
  if (mapped != NULL)
    find_in (data, *mapped);
  return TRUE;
}

/* What is no longer counted is gone, whatever is still to be seen of it. */
static void
find_in_counted (const Search *search, DebugValue value)
{
  DebugValue target;

  if (debug_rust_follow_counted (&search->walk->memory->memory, value, &target))
    find_in (search, target);
}

static void
find_in_array (const Search *search, DebugValue array)
{
  DebugType *element = debug_type_get_target (array.type);
  guint64 size = element != NULL ? debug_type_get_size (element) : 0;

  for (guint64 i = 0; size > 0 && i < MIN (array.type->count, DEBUG_RUST_MAX_ELEMENTS); i++)
    find_in (search, (DebugValue){ element, array.address + i * size });
}

static void
find_in_members (const Search *search, DebugValue value)
{
  DebugValue part;

  for (guint i = 0; i < value.type->n_members; i++)
    if (value.type->members[i].bit_size == 0 &&
        debug_value_get (value, &value.type->members[i], &part))
      find_in (search, part);
}

/* In what is there of @value itself and in what it owns elsewhere, not in what it refers to, and not in
 * other coroutines, which are looked at on their own. */
static void
find_in (const Search *search, DebugValue value)
{
  const DebugMemory *memory = &search->walk->memory->memory;
  const RustPlan *plan = rust_plan_get (value.type);
  Search below = *search;
  const DebugVariant *variant;
  const Guard *guard;

  if (!plan->has_guard || search->depth > MAX_DEPTH || search->walk->looks_left == 0 ||
      (search->is_shared && rust_guard_is_cell (value.type)))
    return;
  below.depth++;
  below.is_shared |= plan->is_counted;
  search->walk->looks_left--;
  guard = plan->is_guard ? find_guard (value.type) : NULL;
  if (guard != NULL)
    add_hold (search->walk, guard, value, search->frame, search->variable);
  else if (plan->is_container)
    debug_rust_container_visit (memory, value, on_element, &below, NULL);
  else if (plan->is_counted)
    find_in_counted (&below, value);
  else if (value.type->class == DEBUG_TYPE_ARRAY)
    find_in_array (&below, value);
  else if (value.type->n_variants == 0)
    find_in_members (&below, value);
  else if ((variant = debug_value_get_variant (memory, value, NULL)) != NULL &&
           debug_value_get (value, &variant->member, &value))
    find_in_members (&below, value);
}

void
rust_holds_find (RustWalk *walk, const RustFrame *frame)
{
  const DebugType *form = frame->form.type;

  for (guint i = 0; i < form->n_members; i++)
    {
      const DebugMember *member = &form->members[i];
      gboolean is_seen = FALSE;
      DebugValue value;

      if (!debug_value_get (frame->form, member, &value) || !rust_plan_get (value.type)->has_guard)
        continue;
      /* The same is listed as an argument and as a variable. */
      for (guint j = 0; j < i; j++)
        is_seen |= form->members[j].offset == member->offset &&
                   g_str_equal (form->members[j].name, member->name);
      if (!is_seen && !g_str_equal (member->name, "__awaitee"))
        find_in (&(Search){ walk, frame, member->name, 0, FALSE }, value);
    }
}
