/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_PLUGIN_H
#define SOUP_PLUGIN_H

/* What the files of this plugin share: kinds, keys, and what is asked of libsoup and GLib. Nothing of
 * them is linked: all functions are looked up. */

/* Also those of its functions that are hooked for programs that still use them. */
#define SOUP_DISABLE_DEPRECATION_WARNINGS

#include <libsoup/soup.h>
#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"

/* Newer than the oldest libsoup that this compiles against; what a process lacks has no original. */
#if !SOUP_CHECK_VERSION(3, 2, 0)
void soup_server_message_pause (SoupServerMessage *msg);
void soup_server_message_unpause (SoupServerMessage *msg);
#endif
#if !SOUP_CHECK_VERSION(3, 4, 0)
gssize soup_session_send_and_splice (SoupSession *session, SoupMessage *msg,
                                     GOutputStream *out_stream, GOutputStreamSpliceFlags flags,
                                     GCancellable *cancellable, GError **error);
void soup_session_send_and_splice_async (SoupSession *session, SoupMessage *msg,
                                         GOutputStream *out_stream, GOutputStreamSpliceFlags flags,
                                         int io_priority, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gssize soup_session_send_and_splice_finish (SoupSession *session, GAsyncResult *result,
                                            GError **error);
#endif

/* ---- Kinds and keys --------------------------------------------------------------------------- */

typedef enum
{
  SEND_RESPONSE, /* up to the headers of the answer */
  SEND_ALL,      /* up to the last byte of its body */
  SEND_PRECONNECT,
  SEND_WEBSOCKET,
  N_SEND_KINDS
} SendKind;

/* The same twice: as an operation that calls back, and as a call in which the thread sleeps. */
extern InspectKind await_kinds[N_SEND_KINDS], blocking_kinds[N_SEND_KINDS];
extern InspectKind resource_message;
extern InspectKind key_resource, key_method, key_url, key_state, key_doing, key_status, key_length,
    key_deadline;

/* ---- What is asked of others ------------------------------------------------------------------ */

#define LOOKED_UP(X)                                                                               \
  X (g_error_free)                                                                                 \
  X (g_error_matches)                                                                              \
  X (g_free)                                                                                       \
  X (g_io_error_quark)                                                                             \
  X (g_object_get_qdata)                                                                           \
  X (g_object_set_qdata_full)                                                                      \
  X (g_object_steal_qdata)                                                                         \
  X (g_quark_from_static_string)                                                                   \
  X (g_signal_connect_data)                                                                        \
  X (g_signal_handlers_disconnect_matched)                                                         \
  X (g_task_is_valid)                                                                              \
  X (g_uri_get_host)                                                                               \
  X (g_uri_get_path)                                                                               \
  X (g_uri_get_port)                                                                               \
  X (g_uri_get_query)                                                                              \
  X (g_uri_get_scheme)                                                                             \
  X (g_uri_to_string_partial)                                                                      \
  X (soup_message_get_http_version)                                                                \
  X (soup_message_get_method)                                                                      \
  X (soup_message_get_response_headers)                                                            \
  X (soup_message_get_status)                                                                      \
  X (soup_message_get_uri)                                                                         \
  X (soup_message_headers_get_content_length)                                                      \
  X (soup_server_message_get_method)                                                               \
  X (soup_server_message_get_uri)                                                                  \
  X (soup_session_error_quark)                                                                     \
  X (soup_session_get_async_result_message)                                                        \
  X (soup_session_get_max_conns)                                                                   \
  X (soup_session_get_max_conns_per_host)                                                          \
  X (soup_session_get_timeout)

typedef struct
{
  InspectAgent agent; /* a copy: the agent's own ends with stop() */
  bool stopped;
  GQuark quark;       /* under which a message knows what is told of it */
  GQuark pause_quark; /* the same of a server's, while it is paused */
#define MEMBER(name) __typeof__ (name) *name;
  LOOKED_UP (MEMBER)
#undef MEMBER
} Plugin;

extern Plugin plugin;

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

#define CALLER __builtin_extract_return_addr (__builtin_return_address (0))

#define HOOK(name)                                                                                 \
  extern __typeof__ (name) *real_##name;                                                           \
  __typeof__ (name) hook_##name;
#include "hooks.def"

#endif
