/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_PLUGIN_H
#define SOUP_PLUGIN_H

/* What the files of this plugin share: kinds, keys, and what is asked of libsoup and GLib. Nothing of
 * them is linked: all functions are looked up. */

#include <libsoup/soup.h>
#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"

/* Newer than the oldest libsoup that this compiles against; what a process lacks has no original. */
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
extern InspectKind key_resource, key_method, key_url, key_state, key_status;

/* ---- What is asked of others ------------------------------------------------------------------ */

#define LOOKED_UP(X)                                                                               \
  X (g_error_matches)                                                                              \
  X (g_free)                                                                                       \
  X (g_io_error_quark)                                                                             \
  X (g_malloc0)                                                                                    \
  X (g_object_get_qdata)                                                                           \
  X (g_object_set_qdata_full)                                                                      \
  X (g_quark_from_static_string)                                                                   \
  X (g_signal_connect_data)                                                                        \
  X (g_signal_handlers_disconnect_matched)                                                         \
  X (g_uri_to_string_partial)                                                                      \
  X (soup_message_get_method)                                                                      \
  X (soup_message_get_status)                                                                      \
  X (soup_message_get_uri)                                                                         \
  X (soup_session_get_async_result_message)

typedef struct
{
  InspectAgent agent; /* a copy: the agent's own ends with stop() */
  bool stopped;
  GQuark quark; /* under which a message knows what is told of it */
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
