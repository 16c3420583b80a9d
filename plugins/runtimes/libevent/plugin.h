/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBEVENT_PLUGIN_H
#define LIBEVENT_PLUGIN_H

/* What the files of this plugin share: the originals of the hooked functions, and what is asked of
 * libevent itself. */

#include <sys/types.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <event2/listener.h>

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
  __typeof__ (event_get_events) *get_events;
  __typeof__ (event_get_fd) *get_fd;
  __typeof__ (event_get_base) *get_base;
  __typeof__ (event_base_get_running_event) *running_event;
  __typeof__ (event_base_foreach_event) *foreach_event; /* may be missing, as all that follows */
  __typeof__ (bufferevent_getfd) *buffered_fd;
  __typeof__ (bufferevent_get_base) *buffered_base;
  __typeof__ (bufferevent_get_enabled) *buffered_enabled;
  __typeof__ (evbuffer_get_length) *buffer_length;
  __typeof__ (evconnlistener_get_base) *listener_base;
  __typeof__ (evconnlistener_get_fd) *listener_fd;
  const void *socket_ops; /* of bufferevents that are on a socket by themselves */
  __typeof__ (evhttp_request_get_command) *http_command;
  __typeof__ (evhttp_request_get_uri) *http_uri;
  __typeof__ (evhttp_connection_get_peer) *http_peer;
  struct event_base **current_base; /* of the functions that name none */
} Libevent;

extern Libevent libevent;

/* The base that functions use which name none; NULL: unknown. */
static inline struct event_base *
plugin_current_base (void)
{
  return libevent.current_base != NULL ? *libevent.current_base : NULL;
}

/* "8080" */
void say_port (InspectObject await, int port);

void adopt_pending (const InspectSite *site);
void adopt_give_back (const InspectSite *site);

#endif
