/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_PLUGIN_H
#define THREADS_PLUGIN_H

/* What the files of this plugin share: the kinds of await and resource, the keys, the originals of
 * the hooked functions and what the agent lends. */

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"

#define FUNCTION(type, name, parameters)                                                           \
  extern type (*real_##name) parameters;                                                           \
  type hook_##name parameters;
#include "functions.def"

/* ---- Kinds ------------------------------------------------------------------------------------ */

extern InspectKind resource_mutex, resource_rwlock, resource_spin, resource_condition,
    resource_semaphore, resource_barrier, resource_gmutex, resource_gcond, resource_mtx,
    resource_cnd;

extern InspectKind await_mutex, await_read, await_write, await_spin, await_condition,
    await_semaphore, await_barrier, await_join;

extern InspectKind key_resource, key_deadline, key_tid, key_callback;

/* ---- The agent -------------------------------------------------------------------------------- */

typedef struct
{
  InspectAgent agent; /* a copy: the agent's own ends with stop() */
  bool stopped;
  /* Of libc; any may be missing. */
  pthread_t (*self) (void);
  void (*test_cancel) (void);
  int (*set_specific) (pthread_key_t key, const void *value);
} Plugin;

extern Plugin plugin;

/* Whether anything is to be recorded. */
static inline bool
plugin_is_on (void)
{
  return inspect_is_on () && !__atomic_load_n (&plugin.stopped, __ATOMIC_RELAXED);
}

/* The place of a call with the stack above it. */
static inline InspectLocationId
plugin_place (const void *caller)
{
  return plugin.agent.stack != NULL ? plugin.agent.stack (caller)
                                    : inspect_location_of_call (caller);
}

#define LIKELY(condition) __builtin_expect (!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect (!!(condition), 0)
#define RARE __attribute__ ((noinline, cold))

/* The place that called the hook which this is used in. */
#define CALLER __builtin_extract_return_addr (__builtin_return_address (0))

#endif
