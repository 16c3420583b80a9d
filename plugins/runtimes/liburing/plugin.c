/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin. */

#include "plugin.h"

#include "watchers/sends.h"

/* A ring is no loop that somebody has to turn: whoever looks next finds what has completed. */
InspectKind resource_loop = { "io_uring.ring", "ring", INSPECT_KIND_RESOURCE, 0, 0, 0 };
InspectKind resource_descriptor = {
  "io_uring.descriptor", "descriptor", INSPECT_KIND_RESOURCE, 0, 0, 0
};

#define HOOK(function) __typeof__ (function) *real_##function;
#include "hooks.def"

static const InspectHook hooks[] = {
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "hooks.def"
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "watchers/sends.def"
};

INSPECT_RUNTIME_PLUGIN (.id = "liburing", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = watchers_start, .stop = watchers_stop);
