/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin. */

#include "plugin.h"

#include <errno.h>

#include "watchers/sends.h"

#define RESOURCE(variable, name, noun, flags)                                                      \
  InspectKind variable = { name, noun, INSPECT_KIND_RESOURCE, flags, 0, 0 };

RESOURCE (resource_loop, "libev.loop", "loop", INSPECT_RESOURCE_LOOP)
RESOURCE (resource_descriptor, "libev.descriptor", "descriptor", 0)

#define HOOK(function) __typeof__ (function) *real_##function;
#include "hooks.def"

static const InspectHook hooks[] = {
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "hooks.def"
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "watchers/sends.def"
};

/* Watchers look otherwise in another one. */
#define MAJOR_VERSION 4

static int
start (const InspectAgent *agent)
{
  __typeof__ (ev_version_major) *version =
      (__typeof__ (ev_version_major) *)(uintptr_t)agent->lookup ("ev_version_major");

  if (version == NULL || version () != MAJOR_VERSION)
    return -ENOSYS;
  return watchers_start (agent);
}

INSPECT_RUNTIME_PLUGIN (.id = "libev", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = watchers_stop, .adopt = adopt_pending,
                        .give_back = adopt_give_back);
