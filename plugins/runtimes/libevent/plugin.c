/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin. */

#include "plugin.h"

#include <errno.h>

#include "watchers/sends.h"

#define RESOURCE(variable, name, noun, flags)                                                      \
  InspectKind variable = { name, noun, INSPECT_KIND_RESOURCE, flags, 0, 0 };

RESOURCE (resource_loop, "libevent.base", "event base", INSPECT_RESOURCE_LOOP)
RESOURCE (resource_descriptor, "libevent.descriptor", "descriptor", 0)

Libevent libevent;

#define HOOK(function) __typeof__ (function) *real_##function;
#include "hooks.def"

static const InspectHook hooks[] = {
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "hooks.def"
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#include "watchers/sends.def"
};

/* The first whose events look as those that this was written for (event2/event_struct.h), and who says
 * which one runs. */
#define OLDEST_VERSION UINT32_C (0x02010000)

/* HTTP may be in a library beside that of the events. */
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
  __typeof__ (event_get_version_number) *get_version;
  __typeof__ (event_get_struct_event_size) *get_size;

#define LOOK_UP(variable, symbol)                                                                  \
  variable = (__typeof__ (variable))(uintptr_t)agent->lookup (symbol)
#define LOOK_UP_ANYWHERE(variable, symbol)                                                         \
  variable = (__typeof__ (variable))(uintptr_t)find (agent, symbol)
  LOOK_UP (get_version, "event_get_version_number");
  LOOK_UP (get_size, "event_get_struct_event_size");
  LOOK_UP (libevent.get_events, "event_get_events");
  LOOK_UP (libevent.get_fd, "event_get_fd");
  LOOK_UP (libevent.get_base, "event_get_base");
  LOOK_UP (libevent.running_event, "event_base_get_running_event");
  LOOK_UP (libevent.foreach_event, "event_base_foreach_event");
  LOOK_UP (libevent.buffered_fd, "bufferevent_getfd");
  LOOK_UP (libevent.buffered_base, "bufferevent_get_base");
  LOOK_UP (libevent.buffered_enabled, "bufferevent_get_enabled");
  LOOK_UP (libevent.buffer_length, "evbuffer_get_length");
  LOOK_UP (libevent.listener_base, "evconnlistener_get_base");
  LOOK_UP (libevent.listener_fd, "evconnlistener_get_fd");
  LOOK_UP (libevent.socket_ops, "bufferevent_ops_socket");
  LOOK_UP_ANYWHERE (libevent.http_command, "evhttp_request_get_command");
  LOOK_UP_ANYWHERE (libevent.http_uri, "evhttp_request_get_uri");
  LOOK_UP_ANYWHERE (libevent.http_peer, "evhttp_connection_get_peer");
  LOOK_UP (libevent.current_base, "event_global_current_base_");
  if (get_version == NULL || get_version () < OLDEST_VERSION || get_size == NULL ||
      get_size () < sizeof (struct event) || libevent.get_events == NULL ||
      libevent.get_fd == NULL || libevent.get_base == NULL || libevent.running_event == NULL ||
      real_event_get_callback == NULL)
    return -ENOSYS;
  return watchers_start (agent);
}

INSPECT_RUNTIME_PLUGIN (.id = "libevent", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = watchers_stop, .adopt = adopt_pending,
                        .give_back = adopt_give_back);
