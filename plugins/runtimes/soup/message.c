/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "message.h"

#include <errno.h>
#include <string.h>

#include "queue.h"
#include "states.h"
#include "text.h"

/* ---- Where it goes ---------------------------------------------------------------------------- */

void
message_say (InspectObject object, InspectKind *key, const char *text)
{
  if (text != NULL)
    inspect_attribute_bytes (object, key, text, strlen (text));
}

void
message_say_url (InspectObject object, GUri *uri)
{
  GUriHideFlags hide = G_URI_HIDE_USERINFO | G_URI_HIDE_FRAGMENT;
  char *text;

  if (!plugin.agent.payload)
    hide |= G_URI_HIDE_QUERY;
  text = uri != NULL ? plugin.g_uri_to_string_partial (uri, hide) : NULL;
  message_say (object, &key_url, text);
  plugin.g_free (text);
}

/* "GET /posts?of=ada": of messages of one host no more is needed. */
static void
set_name (Sent *sent, GUri *uri, const char *method)
{
  const char *query = plugin.agent.payload ? plugin.g_uri_get_query (uri) : NULL;
  Text name = { .length = 0 };

  text_add (&name, method);
  text_add (&name, " ");
  text_add (&name, plugin.g_uri_get_path (uri));
  text_add (&name, query != NULL ? "?" : "");
  text_add (&name, query);
  sent_set_name (sent, name.bytes);
}

static uint64_t
hash (uint64_t of, const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    of = (of ^ (unsigned char)*text) * UINT64_C (0x100000001b3);
  return (of ^ 0xff) * UINT64_C (0x100000001b3);
}

/* Messages with the same answer use the same connections. */
static uint64_t
hash_host (GUri *uri)
{
  uint64_t value = hash (UINT64_C (0xcbf29ce484222325), plugin.g_uri_get_scheme (uri));

  return hash (value, plugin.g_uri_get_host (uri)) + (uint64_t)plugin.g_uri_get_port (uri);
}

void
message_say_target (Sent *sent)
{
  const char *method = plugin.soup_message_get_method (sent->message);
  GUri *uri = plugin.soup_message_get_uri (sent->message);

  message_say (sent->resource, &key_method, method);
  if (uri == NULL)
    return;
  message_say_url (sent->resource, uri);
  set_name (sent, uri, method);
  __atomic_store_n (&sent->host, hash_host (uri), __ATOMIC_RELAXED);
}

/* ---- From begin to end ------------------------------------------------------------------------ */

static void
end (Sent *sent, int32_t status)
{
  if (sent->is_over)
    return;
  sent->is_over = true;
  if (inspect_is_on ())
    {
      inspect_await_end (sent->task, sent->await, status);
      if (sent->is_own_task)
        inspect_task_end (sent->task, status);
    }
  states_close (sent);
}

/* The message is gone; its handlers went with it. */
static void
forget (gpointer data)
{
  Sent *sent = data;
  bool is_unfinished = !sent->is_finished;

  sent->is_finished = true;
  if (!sent->is_over)
    end (sent, -ECANCELED);
  else if (is_unfinished)
    states_close (sent);
  sent_give_back (sent);
}

/* A task of whoever sends it goes on as it is, for as long as somebody is called back in it; what is
 * outside of any, or outlives it, gets one. */
static void
choose_task (Sent *sent, SendHow how, InspectLocationId where)
{
  InspectId current = inspect_task_current ();

  sent->is_own_task = current == INSPECT_NONE || how == HOW_FORGETS;
  sent->task = sent->is_own_task ? inspect_id_new () : current;
  if (sent->is_own_task)
    inspect_task_begin (sent->task, current, where);
}

/* The entry of a message that was sent before is used again. */
static Sent *
enter (SoupMessage *message)
{
  Sent *sent = message_find (message);

  if (sent != NULL)
    return sent;
  sent = sent_take ();
  if (sent == NULL)
    return NULL;
  sent->message = message;
  plugin.g_object_set_qdata_full ((GObject *)message, plugin.quark, sent, forget);
  states_connect (sent);
  sent->is_over = sent->is_finished = true;
  return sent;
}

static void
set_session (Sent *sent, SoupSession *session)
{
  __atomic_store_n (&sent->session, (uintptr_t)session, __ATOMIC_RELAXED);
  sent->timeout_s = plugin.soup_session_get_timeout (session);
  sent->per_host = plugin.soup_session_get_max_conns_per_host (session);
  sent->in_all = plugin.soup_session_get_max_conns (session);
}

Sent *
message_begin (SoupSession *session, SoupMessage *message, SendKind kind, SendHow how,
               InspectLocationId where, MessageStart *ret_start)
{
  Sent *sent = enter (message);

  if (sent == NULL)
    return NULL;
  /* Of an operation that consists of another one, the outer one is told. One whose end was missed, for
   * nobody looked then or nobody asked for the result, is over. */
  if (!sent->is_over && !sent->is_finished)
    return NULL;
  end (sent, -ECANCELED);
  sent->is_over = sent->is_finished = false;
  sent->frees_connection = kind == SEND_PRECONNECT || kind == SEND_WEBSOCKET;
  sent->has_deadline = false;
  sent->gives_stream = kind == SEND_RESPONSE;
  __atomic_store_n (&sent->is_unread, 0, __ATOMIC_RELAXED);
  set_session (sent, session);

  choose_task (sent, how, where);
  sent->resource = inspect_object (&resource_message, inspect_id_of (message));
  sent->await = inspect_object (how == HOW_BLOCKS ? &blocking_kinds[kind] : &await_kinds[kind],
                                inspect_id_of (message));
  inspect_resource_begin (sent->resource, where);
  message_say_target (sent);
  inspect_await_begin (sent->task, sent->await, where);
  inspect_attribute (sent->await, &key_resource, sent->resource);
  states_set_queued (sent);
  ret_start->has_entered = sent->is_own_task;
  if (sent->is_own_task)
    ret_start->previous = inspect_task_enter (sent->task);
  return sent;
}

void
message_sent (const MessageStart *start)
{
  if (start->has_entered)
    inspect_task_enter (start->previous);
}

Sent *
message_find (SoupMessage *message)
{
  return message != NULL ? plugin.g_object_get_qdata ((GObject *)message, plugin.quark) : NULL;
}

static int32_t
status_of (const GError *error)
{
  return error != NULL &&
                 plugin.g_error_matches (error, plugin.g_io_error_quark (), G_IO_ERROR_CANCELLED)
             ? -ECANCELED
             : -EIO;
}

void
message_end (Sent *sent, bool has_failed, const GError *error)
{
  /* A second send of a message that is on its way was refused: the first goes on. */
  if (has_failed && error != NULL &&
      plugin.g_error_matches (error, plugin.soup_session_error_quark (),
                              SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE))
    return;
  end (sent, has_failed ? status_of (error) : 0);
  if (!has_failed && sent->gives_stream && !sent->is_finished)
    queue_set_unread (sent);
}
