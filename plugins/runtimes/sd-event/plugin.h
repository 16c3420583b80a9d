/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SD_EVENT_PLUGIN_H
#define SD_EVENT_PLUGIN_H

/* What the files of this plugin share: the originals of the hooked functions, and what is asked of sd-event
 * itself. */

#include <systemd/sd-event.h>

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

typedef struct
{
  __typeof__ (sd_event_source_get_child_pid) *get_child_pid;
  __typeof__ (sd_event_source_get_enabled) *get_enabled;
  __typeof__ (sd_event_source_get_event) *get_event;
  __typeof__ (sd_event_source_get_io_events) *get_io_events;
  __typeof__ (sd_event_source_get_io_fd) *get_io_fd;
  __typeof__ (sd_event_source_get_signal) *get_signal;
  __typeof__ (sd_event_source_get_time) *get_time;
  __typeof__ (sd_event_source_get_time_clock) *get_time_clock;
} SdEvent;

extern SdEvent sd;

/* adopt.c: reports what has been pending since before. */
void adopt_pending (const InspectSite *site);

#endif
