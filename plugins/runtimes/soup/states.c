/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "states.h"

#include "emit/sys.h"
#include "message.h"
#include "queue.h"

#define NS_PER_SECOND INT64_C (1000000000)

/* ---- What is said of a state ------------------------------------------------------------------ */

typedef enum
{
  STATE_RESOLVING,
  STATE_CONNECTING,
  STATE_PROXY,
  STATE_TLS,
  STATE_CONNECTED,
  STATE_SENDING,
  STATE_UNANSWERED,
  STATE_READING,
  STATE_ANSWERED,
} State;

static const struct
{
  const char *state, *doing;
  bool times_out; /* the socket waits, and not longer than the session's timeout */
} states[] = {
  [STATE_RESOLVING] = { "looking up the host", "looking up the host of", false },
  [STATE_CONNECTING] = { "connecting", "connecting for", true },
  [STATE_PROXY] = { "asking the proxy", "asking the proxy for", true },
  [STATE_TLS] = { "shaking hands (TLS)", "shaking hands (TLS) for", true },
  [STATE_CONNECTED] = { "connected", "connected, to send", false },
  [STATE_SENDING] = { "sending the request", "sending", true },
  [STATE_UNANSWERED] = { "sent, not answered", "waiting for the answer to", true },
  [STATE_READING] = { "reading the answer", "reading the answer to", false },
  [STATE_ANSWERED] = { "answered", "handing over the answer to", false },
};

static void
say_deadline (Sent *sent, bool times_out)
{
  uint64_t deadline = INT64_MAX;
  struct timespec now;

  if (sent->timeout_s == 0 || (!times_out && !sent->has_deadline))
    return;
  sent->has_deadline = times_out;
  if (times_out && sys_clock_gettime (CLOCK_MONOTONIC, &now) == 0)
    deadline = (uint64_t)((now.tv_sec + (int64_t)sent->timeout_s) * NS_PER_SECOND + now.tv_nsec);
  inspect_attribute (sent->await, &key_deadline, deadline);
}

static void
set_state (Sent *sent, State state)
{
  if (!plugin_is_on () || (sent->is_over && sent->is_finished))
    return;
  message_say (sent->resource, &key_state, states[state].state);
  if (sent->is_over)
    return;
  message_say (sent->await, &key_doing, states[state].doing);
  say_deadline (sent, states[state].times_out);
}

void
states_set_queued (Sent *sent)
{
  message_say (sent->resource, &key_state, "queued");
  message_say (sent->await, &key_doing, "queued:");
  queue_set (sent, CONNECTION_AWAITED);
}

void
states_close (Sent *sent)
{
  if (sent->is_finished || (sent->is_over && sent->frees_connection))
    queue_set (sent, CONNECTION_NONE);
  if (sent->is_over && sent->is_finished && inspect_is_on ())
    inspect_resource_end (sent->resource);
}

/* ---- The signals ------------------------------------------------------------------------------ */

/* A message of HTTP/2 shares its connection with others: nobody waits for it to let go. */
static void
hold (Sent *sent)
{
  queue_set (sent, plugin.soup_message_get_http_version (sent->message) >= SOUP_HTTP_2_0
                       ? CONNECTION_NONE
                       : CONNECTION_HELD);
}

static void
on_starting (SoupMessage *message, gpointer data)
{
  hold (data);
  set_state (data, STATE_SENDING);
}

static void
on_wrote_body (SoupMessage *message, gpointer data)
{
  set_state (data, STATE_UNANSWERED);
}

static void
on_got_headers (SoupMessage *message, gpointer data)
{
  Sent *sent = data;

  if (plugin_is_on () && !(sent->is_over && sent->is_finished))
    {
      goffset length = plugin.soup_message_headers_get_content_length (
          plugin.soup_message_get_response_headers (message));

      inspect_attribute (sent->resource, &key_status,
                         (uint64_t)plugin.soup_message_get_status (message));
      if (length > 0)
        inspect_attribute (sent->resource, &key_length, (uint64_t)length);
    }
  set_state (sent, STATE_READING);
}

static void
on_got_body (SoupMessage *message, gpointer data)
{
  set_state (data, STATE_ANSWERED);
}

/* A redirect, or a request for a password: it is sent once more, maybe to somewhere else. */
static void
on_restarted (SoupMessage *message, gpointer data)
{
  Sent *sent = data;

  queue_set (sent, CONNECTION_NONE);
  if (!plugin_is_on () || sent->is_over)
    return;
  message_say_target (sent);
  states_set_queued (sent);
  say_deadline (sent, false);
}

static void
on_finished (SoupMessage *message, gpointer data)
{
  Sent *sent = data;

  if (sent->is_finished)
    return;
  sent->is_finished = true;
  states_close (sent);
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *connection,
                  gpointer data)
{
  switch (event)
    {
    case G_SOCKET_CLIENT_RESOLVING:
      hold (data);
      set_state (data, STATE_RESOLVING);
      break;
    case G_SOCKET_CLIENT_CONNECTING:
      hold (data);
      set_state (data, STATE_CONNECTING);
      break;
    case G_SOCKET_CLIENT_PROXY_NEGOTIATING:
      set_state (data, STATE_PROXY);
      break;
    case G_SOCKET_CLIENT_TLS_HANDSHAKING:
      set_state (data, STATE_TLS);
      break;
    case G_SOCKET_CLIENT_COMPLETE:
      set_state (data, STATE_CONNECTED);
      break;
    case G_SOCKET_CLIENT_RESOLVED:
    case G_SOCKET_CLIENT_CONNECTED:
    case G_SOCKET_CLIENT_PROXY_NEGOTIATED:
    case G_SOCKET_CLIENT_TLS_HANDSHAKED:
    default:
      break;
    }
}

static const struct
{
  const char *signal;
  GCallback handler;
} handlers[] = {
  { "starting", (GCallback)on_starting },       { "wrote-body", (GCallback)on_wrote_body },
  { "got-headers", (GCallback)on_got_headers }, { "got-body", (GCallback)on_got_body },
  { "restarted", (GCallback)on_restarted },     { "network-event", (GCallback)on_network_event },
  { "finished", (GCallback)on_finished },
};

void
states_connect (Sent *sent)
{
  for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
    plugin.g_signal_connect_data (sent->message, handlers[i].signal, handlers[i].handler, sent,
                                  NULL, (GConnectFlags)0);
}
