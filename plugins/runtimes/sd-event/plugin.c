/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin. */

#include "plugin.h"

#include <errno.h>

#include "watchers/sends.h"

#define RESOURCE(variable, name, noun, flags)                                                      \
  InspectKind variable = { name, noun, INSPECT_KIND_RESOURCE, flags, 0, 0 };

RESOURCE (resource_loop, "sd-event.loop", "event loop", INSPECT_RESOURCE_LOOP)
RESOURCE (resource_descriptor, "sd-event.descriptor", "descriptor", 0)

SdEvent sd;

#define HOOK(function) __typeof__ (function) *real_##function;
#include "hooks.def"

static const InspectHook hooks[] = {
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "hooks.def"
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "watchers/sends.def"
};

static void *
find (const InspectAgent *agent, const char *symbol)
{
  void *found = agent->lookup (symbol);

  if (found == NULL && agent->size > offsetof (InspectAgent, lookup_global) &&
      agent->lookup_global != NULL)
    found = agent->lookup_global (symbol);
  return found;
}

static int
start (const InspectAgent *agent)
{
#define LOOK_UP(name)                                                                              \
  sd.name = (__typeof__ (sd.name))(uintptr_t)find (agent, "sd_event_source_" #name);               \
  if (sd.name == NULL)                                                                             \
    return -ENOSYS;

  LOOK_UP (get_child_pid)
  LOOK_UP (get_enabled)
  LOOK_UP (get_event)
  LOOK_UP (get_io_events)
  LOOK_UP (get_io_fd)
  LOOK_UP (get_signal)
  LOOK_UP (get_time)
  LOOK_UP (get_time_clock)
  return watchers_start (agent);
}

INSPECT_RUNTIME_PLUGIN (.id = "sd-event", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = watchers_stop, .adopt = adopt_pending);
