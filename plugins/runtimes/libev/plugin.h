/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBEV_PLUGIN_H
#define LIBEV_PLUGIN_H

/* What the files of this plugin share. */

/* Its macros are made for what is not checked as strictly. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <ev.h>
#pragma GCC diagnostic pop

#include "watchers/descriptors.h"
#include "watchers/loop.h"
#include "watchers/say.h"
#include "watchers/slots.h"
#include "watchers/task.h"
#include "watchers/watcher.h"
#include "watchers/watchers.h"

#define HOOK(function)                                                                             \
  extern __typeof__ (function) *real_##function;                                                   \
  __typeof__ (function) hook_##function;
#include "hooks.def"

static inline uint64_t
ns_of_seconds (double seconds)
{
  if (!(seconds > 0))
    return 0;
  return seconds < 9e9 ? (uint64_t)(seconds * 1e9) : NEVER_NS;
}

/* Begins what waits for a descriptor, for some time, or both; see ev_once(). */
InspectObject types_begin_once (struct ev_loop *loop, const void *identity, int fd, int events,
                                double seconds, Callback callback, const void *caller);

/* Pending since before; its callback leads to us from now on, or is the program's again. */
void types_adopt_io (struct ev_loop *loop, ev_io *watcher);
void types_adopt_timer (struct ev_loop *loop, ev_timer *watcher);
void types_adopt_periodic (struct ev_loop *loop, ev_periodic *watcher);
void types_give_back (ev_watcher *watcher);

void adopt_pending (const InspectSite *site);
void adopt_give_back (const InspectSite *site);

#endif
