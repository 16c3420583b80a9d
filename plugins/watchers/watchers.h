/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_WATCHERS_H
#define WATCHERS_WATCHERS_H

/* What an adapter has once: the agent that it was started by, and whether anything is recorded now. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"

typedef struct
{
  InspectAgent agent; /* a copy: the agent's own ends with stop() */
  bool stopped;
  bool is_adopting; /* tasks that begin now have begun before: of the one thread that adopts */
  uint32_t session; /* an inspector may go and another may come */
} Watchers;

extern Watchers watchers;

/* The adapter's own kinds of resource. */
extern InspectKind resource_loop;
extern InspectKind resource_descriptor;

/* 0, or -ENOMEM. */
int watchers_start (const InspectAgent *agent);
void watchers_stop (void);

/* Whether anything is to be recorded. */
static inline bool
watchers_are_on (void)
{
  return inspect_is_on () && !__atomic_load_n (&watchers.stopped, __ATOMIC_RELAXED);
}

/* The place that called the hook which this is used in. */
#define CALLER __builtin_extract_return_addr (__builtin_return_address (0))

#endif
