/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The hooks: operations that call back, their ends, and calls in which the thread sleeps. */

#include "message.h"

#define TAIL                                                                                       \
  int io_priority, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data
#define TAIL_ARGUMENTS io_priority, cancellable, callback, user_data

#define SEND_ASYNC(function, kind, parameters, arguments)                                          \
  void hook_##function parameters                                                                  \
  {                                                                                                \
    MessageStart start = { 0 };                                                                    \
    uint64_t cost;                                                                                 \
                                                                                                   \
    if (!plugin_is_on () || msg == NULL)                                                           \
      {                                                                                            \
        real_##function arguments;                                                                 \
        return;                                                                                    \
      }                                                                                            \
    cost = inspect_cost_begin ();                                                                  \
    message_begin (session, msg, kind, callback != NULL ? HOW_CALLS_BACK : HOW_FORGETS,            \
                   plugin_place (CALLER), &start);                                                 \
    if (cost != 0)                                                                                 \
      inspect_cost_end (cost);                                                                     \
    real_##function arguments;                                                                     \
    message_sent (&start);                                                                         \
  }

SEND_ASYNC (soup_session_send_async, SEND_RESPONSE, (SoupSession * session, SoupMessage *msg, TAIL),
            (session, msg, TAIL_ARGUMENTS))
SEND_ASYNC (soup_session_send_and_read_async, SEND_ALL,
            (SoupSession * session, SoupMessage *msg, TAIL), (session, msg, TAIL_ARGUMENTS))
SEND_ASYNC (soup_session_preconnect_async, SEND_PRECONNECT,
            (SoupSession * session, SoupMessage *msg, TAIL), (session, msg, TAIL_ARGUMENTS))
SEND_ASYNC (soup_session_send_and_splice_async, SEND_ALL,
            (SoupSession * session, SoupMessage *msg, GOutputStream *out_stream,
             GOutputStreamSpliceFlags flags, TAIL),
            (session, msg, out_stream, flags, TAIL_ARGUMENTS))
SEND_ASYNC (soup_session_websocket_connect_async, SEND_WEBSOCKET,
            (SoupSession * session, SoupMessage *msg, const char *origin, char **protocols, TAIL),
            (session, msg, origin, protocols, TAIL_ARGUMENTS))

#define FINISH(type, function, failure)                                                            \
  type hook_##function (SoupSession *session, GAsyncResult *result, GError **error)                \
  {                                                                                                \
    GError *own = NULL;                                                                            \
    GError **why = error != NULL ? error : &own;                                                   \
    /* Lives for as long as the result, which the caller has. */                                   \
    SoupMessage *message = plugin.g_task_is_valid (result, session)                                \
                               ? plugin.soup_session_get_async_result_message (session, result)    \
                               : NULL;                                                             \
    Sent *sent = message_find (message);                                                           \
    type value = real_##function (session, result, why);                                           \
                                                                                                   \
    if (sent != NULL)                                                                              \
      message_end (sent, value == failure, *why);                                                  \
    if (own != NULL)                                                                               \
      plugin.g_error_free (own);                                                                   \
    return value;                                                                                  \
  }

FINISH (GInputStream *, soup_session_send_finish, NULL)
FINISH (GBytes *, soup_session_send_and_read_finish, NULL)
FINISH (gssize, soup_session_send_and_splice_finish, -1)
FINISH (gboolean, soup_session_preconnect_finish, FALSE)
FINISH (SoupWebsocketConnection *, soup_session_websocket_connect_finish, NULL)

#define SEND_SYNC(type, function, kind, failure, parameters, arguments)                            \
  type hook_##function parameters                                                                  \
  {                                                                                                \
    MessageStart start = { 0 };                                                                    \
    GError *own = NULL;                                                                            \
    GError **why = error != NULL ? error : &own;                                                   \
    Sent *sent = NULL;                                                                             \
    type value;                                                                                    \
                                                                                                   \
    if (plugin_is_on () && msg != NULL)                                                            \
      sent = message_begin (session, msg, kind, HOW_BLOCKS, plugin_place (CALLER), &start);        \
    value = real_##function arguments;                                                             \
    message_sent (&start);                                                                         \
    if (sent != NULL)                                                                              \
      message_end (sent, value == failure, *why);                                                  \
    if (own != NULL)                                                                               \
      plugin.g_error_free (own);                                                                   \
    return value;                                                                                  \
  }

SEND_SYNC (GInputStream *, soup_session_send, SEND_RESPONSE, NULL,
           (SoupSession * session, SoupMessage *msg, GCancellable *cancellable, GError **error),
           (session, msg, cancellable, why))
SEND_SYNC (GBytes *, soup_session_send_and_read, SEND_ALL, NULL,
           (SoupSession * session, SoupMessage *msg, GCancellable *cancellable, GError **error),
           (session, msg, cancellable, why))
SEND_SYNC (gssize, soup_session_send_and_splice, SEND_ALL, -1,
           (SoupSession * session, SoupMessage *msg, GOutputStream *out_stream,
            GOutputStreamSpliceFlags flags, GCancellable *cancellable, GError **error),
           (session, msg, out_stream, flags, cancellable, why))
