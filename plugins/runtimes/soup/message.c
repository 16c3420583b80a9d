/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "message.h"

#include <errno.h>
#include <string.h>

typedef struct
{
  SoupMessage *message; /* carries this: no reference */
  InspectId task;
  bool is_own_task; /* made for this message */
  InspectObject await;
  bool is_over;
} Sent;

static InspectObject
resource_of (const SoupMessage *message)
{
  return inspect_object (&resource_message, inspect_id_of (message));
}

static void
say (InspectObject object, InspectKind *key, const char *text)
{
  if (text != NULL)
    inspect_attribute_bytes (object, key, text, strlen (text));
}

/* Without the password, and without all that may be secret where nothing of it is to be recorded. */
static void
say_url (SoupMessage *message)
{
  GUri *uri = plugin.soup_message_get_uri (message);
  GUriHideFlags hide = G_URI_HIDE_USERINFO | G_URI_HIDE_FRAGMENT;
  char *text;

  if (!plugin.agent.payload)
    hide |= G_URI_HIDE_QUERY;
  text = uri != NULL ? plugin.g_uri_to_string_partial (uri, hide) : NULL;
  say (resource_of (message), &key_url, text);
  plugin.g_free (text);
}

/* ---- How far it has got ----------------------------------------------------------------------- */

static void
set_state (const Sent *sent, const char *state)
{
  if (plugin_is_on () && !sent->is_over)
    say (resource_of (sent->message), &key_state, state);
}

static void
on_starting (SoupMessage *message, gpointer data)
{
  set_state (data, "sending the request");
}

static void
on_wrote_body (SoupMessage *message, gpointer data)
{
  set_state (data, "sent, not answered");
}

static void
on_got_headers (SoupMessage *message, gpointer data)
{
  if (plugin_is_on ())
    inspect_attribute (resource_of (message), &key_status,
                       (uint64_t)plugin.soup_message_get_status (message));
  set_state (data, "reading the answer");
}

static void
on_got_body (SoupMessage *message, gpointer data)
{
  set_state (data, "answered");
}

/* A redirect, or a request for a password: it is sent once more, maybe to somewhere else. */
static void
on_restarted (SoupMessage *message, gpointer data)
{
  const Sent *sent = data;

  if (plugin_is_on () && !sent->is_over)
    say_url (message);
  set_state (sent, "queued again");
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *connection,
                  gpointer data)
{
  static const char *const states[] = { [G_SOCKET_CLIENT_RESOLVING] = "looking up the host",
                                        [G_SOCKET_CLIENT_CONNECTING] = "connecting",
                                        [G_SOCKET_CLIENT_PROXY_NEGOTIATING] = "asking the proxy",
                                        [G_SOCKET_CLIENT_TLS_HANDSHAKING] = "shaking hands (TLS)",
                                        [G_SOCKET_CLIENT_COMPLETE] = "connected" };

  if ((unsigned)event < sizeof states / sizeof states[0] && states[event] != NULL)
    set_state (data, states[event]);
}

static const struct
{
  const char *signal;
  GCallback handler;
} handlers[] = {
  { "starting", (GCallback)on_starting },       { "wrote-body", (GCallback)on_wrote_body },
  { "got-headers", (GCallback)on_got_headers }, { "got-body", (GCallback)on_got_body },
  { "restarted", (GCallback)on_restarted },     { "network-event", (GCallback)on_network_event },
};

static void
connect_all (Sent *sent)
{
  for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
    plugin.g_signal_connect_data (sent->message, handlers[i].signal, handlers[i].handler, sent,
                                  NULL, (GConnectFlags)0);
}

static void
disconnect_all (Sent *sent)
{
  plugin.g_signal_handlers_disconnect_matched (sent->message, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                               sent);
}

/* ---- From begin to end ------------------------------------------------------------------------ */

static void
end (Sent *sent, int32_t status)
{
  if (sent->is_over)
    return;
  sent->is_over = true;
  if (!inspect_is_on ())
    return;
  inspect_await_end (sent->task, sent->await, status);
  inspect_resource_end (resource_of (sent->message));
  if (sent->is_own_task)
    inspect_task_end (sent->task, status);
}

/* The message is gone, or is sent again; its handlers went with it. */
static void
forget (gpointer data)
{
  end (data, -ECANCELED);
  plugin.g_free (data);
}

/* A thread's or an executor's task goes on as it is; what is outside of any gets one. */
static void
choose_task (Sent *sent, InspectLocationId where)
{
  sent->task = inspect_task_current ();
  if (sent->task != INSPECT_NONE)
    return;
  sent->task = inspect_id_new ();
  sent->is_own_task = true;
  inspect_task_begin (sent->task, INSPECT_NONE, where);
}

bool
message_begin (SoupMessage *message, InspectKind *kind, InspectLocationId where,
               MessageStart *ret_start)
{
  Sent *sent = plugin.g_object_get_qdata ((GObject *)message, plugin.quark);

  /* Of an operation that consists of another one, the outer one is told. */
  if (sent != NULL && !sent->is_over)
    return false;
  if (sent != NULL)
    disconnect_all (sent);
  sent = plugin.g_malloc0 (sizeof *sent);
  sent->message = message;
  plugin.g_object_set_qdata_full ((GObject *)message, plugin.quark, sent, forget);
  connect_all (sent);

  choose_task (sent, where);
  sent->await = inspect_object (kind, inspect_id_of (message));
  inspect_resource_begin (resource_of (message), where);
  say (resource_of (message), &key_method, plugin.soup_message_get_method (message));
  say_url (message);
  set_state (sent, "queued");
  inspect_await_begin (sent->task, sent->await, where);
  inspect_attribute (sent->await, &key_resource, resource_of (message));
  ret_start->has_entered = sent->is_own_task;
  if (sent->is_own_task)
    ret_start->previous = inspect_task_enter (sent->task);
  return true;
}

void
message_sent (const MessageStart *start)
{
  if (start->has_entered)
    inspect_task_enter (start->previous);
}

void
message_end (SoupMessage *message, int32_t status)
{
  Sent *sent =
      message != NULL ? plugin.g_object_get_qdata ((GObject *)message, plugin.quark) : NULL;

  if (sent != NULL)
    end (sent, status);
}

int32_t
message_status (bool has_failed, GError **error)
{
  if (!has_failed)
    return 0;
  return error != NULL && *error != NULL &&
                 plugin.g_error_matches (*error, plugin.g_io_error_quark (), G_IO_ERROR_CANCELLED)
             ? -ECANCELED
             : -EIO;
}
