/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin, the kinds, and the table of hooks that is made from functions.def. */

#include "plugin.h"

#include <errno.h>
#include <string.h>

#include "inspect-keys.h"
#include "registry.h"

Plugin plugin;

/* ---- Hooks ------------------------------------------------------------------------------------ */

#define FUNCTION(type, name, parameters) type (*real_##name) parameters;
#include "functions.def"

static const InspectHook hooks[] = {
#define FUNCTION(type, name, parameters) { #name, (void *)hook_##name, (void **)&real_##name },
#include "functions.def"
};

/* ---- Kinds ------------------------------------------------------------------------------------ */

#define AWAIT(var, name, phrase, flags)                                                            \
  InspectKind await_##var = { "thread." name,                                                      \
                              phrase,                                                              \
                              INSPECT_KIND_AWAIT,                                                  \
                              INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL | (flags),             \
                              0,                                                                   \
                              0 };
AWAIT (mutex, "lock", "waiting for a mutex", INSPECT_AWAIT_ONESHOT)
AWAIT (read, "read-lock", "waiting to read-lock", INSPECT_AWAIT_ONESHOT)
AWAIT (write, "write-lock", "waiting to write-lock", INSPECT_AWAIT_ONESHOT)
AWAIT (spin, "spin-lock", "spinning for a lock", INSPECT_AWAIT_ONESHOT)
/* An idle worker rests in one of these. */
AWAIT (condition, "condition", "waiting for a condition", 0)
AWAIT (semaphore, "semaphore", "waiting for a semaphore", 0)
AWAIT (barrier, "barrier", "waiting at a barrier", 0)
AWAIT (join, "join", "waiting for a thread to end", INSPECT_AWAIT_ONESHOT)

#define RESOURCE(var, name, noun, flags)                                                           \
  InspectKind resource_##var = { name, noun, INSPECT_KIND_RESOURCE, flags, 0, 0 };
RESOURCE (mutex, "pthread.mutex", "mutex", INSPECT_RESOURCE_LOCK)
RESOURCE (rwlock, "pthread.rwlock", "read-write lock",
          INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_SHARED)
RESOURCE (spin, "pthread.spin", "spin lock", INSPECT_RESOURCE_LOCK)
RESOURCE (condition, "pthread.cond", "condition", 0)
RESOURCE (semaphore, "pthread.semaphore", "semaphore", INSPECT_RESOURCE_ANY)
RESOURCE (barrier, "pthread.barrier", "barrier", 0)
RESOURCE (mtx, "c11.mtx", "mutex", INSPECT_RESOURCE_LOCK)
RESOURCE (cnd, "c11.cnd", "condition", 0)
RESOURCE (gmutex, "glib.mutex", "GMutex", INSPECT_RESOURCE_LOCK)
RESOURCE (gcond, "glib.cond", "GCond", 0)

#define KEY(var, name, label, type)                                                                \
  InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 };
KEY (resource, INSPECT_KEY_RESOURCE, "resource", OBJECT)
KEY (deadline, INSPECT_KEY_DEADLINE, "gives up", TIME)
KEY (tid, INSPECT_KEY_TID, "thread", U64)
KEY (callback, INSPECT_KEY_CALLBACK, "routine", CODE)

/* ---- Start and stop --------------------------------------------------------------------------- */

/* Whoever replaces some of these functions and not all would see a lock taken that it did not give:
 * then nothing is hooked. One library's functions lie close together. */
#define ONE_LIBRARY ((uintptr_t)64 << 20)

static bool
is_near (const void *a, const void *b)
{
  uintptr_t distance = (uintptr_t)a - (uintptr_t)b;

  return distance < ONE_LIBRARY || -distance < ONE_LIBRARY;
}

static bool
is_mixed (void)
{
  const void *lock = (const void *)(uintptr_t)real_pthread_mutex_lock;
  const void *try = (const void *)(uintptr_t)real_pthread_mutex_trylock;
  const void *unlock = (const void *)(uintptr_t)real_pthread_mutex_unlock;

  return lock == NULL || try == NULL || unlock == NULL || !is_near (lock, try) ||
         !is_near (lock, unlock);
}

#define LOOK_UP(member, name)                                                                      \
  plugin.member = (__typeof__ (plugin.member))(uintptr_t)plugin.agent.lookup_global (name)

static int
start (const InspectAgent *agent)
{
  /* An older agent lends less: what its size does not cover stays NULL. */
  plugin.agent = (InspectAgent){ 0 };
  memcpy (&plugin.agent, agent, agent->size < sizeof *agent ? agent->size : sizeof *agent);
  if (plugin.agent.lookup_global == NULL || is_mixed ())
    return -ENOTSUP;
  LOOK_UP (self, "pthread_self");
  LOOK_UP (test_cancel, "pthread_testcancel");
  LOOK_UP (set_specific, "pthread_setspecific");
  plugin.stopped = false;
  return registry_start ();
}

/* Threads that run still return through this plugin, and what they hold stays in their lists. */
static void
stop (void)
{
  __atomic_store_n (&plugin.stopped, true, __ATOMIC_RELAXED);
}

/* libinspect, which this depends on, is left after it. */
static __attribute__ ((destructor)) void
leave (void)
{
  if (plugin_is_on ())
    registry_leave ();
}

INSPECT_RUNTIME_PLUGIN (.id = "threads", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = stop);
