/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* HTTP: requests of a client, which wait for their answer; and those of a server, which the program answers
 * sooner or later. */

#include "plugin.h"

#include <errno.h>
#include <string.h>

INSPECT_DEFINE_AWAIT (await_request, "libevent.http",
                      "waiting for the answer to {request} of {host}, port {service}",
                      INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_AWAIT (await_answering, "libevent.http-answering", "{request} is to be answered",
                      INSPECT_AWAIT_INTERNAL);

typedef void (*RequestFunc) (struct evhttp_request *request, void *data);

/* One stock for what is asked, one for what is served. */
static Slots client_slots;
static Slots server_slots;

/* How many wait, so that a connection that is freed without any costs nothing. */
static uint32_t n_waiting;

/* ---- In words -------------------------------------------------------------------------------- */

static const char *
name_of (enum evhttp_cmd_type type)
{
  static const char *const names[] = { "GET",     "POST",  "HEAD",    "PUT",  "DELETE",
                                       "OPTIONS", "TRACE", "CONNECT", "PATCH" };

  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    if (type == (enum evhttp_cmd_type) (1u << i))
      return names[i];
  return "request";
}

/* Where nothing of what a program sends is to be kept, a URI is without its query. */
static void
say_request (InspectObject await, enum evhttp_cmd_type type, const char *uri)
{
  char text[INSPECT_TEXT_MAX];
  const char *name = name_of (type);
  size_t n = 0;

  while (*name != '\0')
    text[n++] = *name++;
  text[n++] = ' ';
  for (; uri != NULL && *uri != '\0' && n < sizeof text; uri++)
    {
      if (*uri == '?' && !watchers.agent.payload)
        break;
      text[n++] = *uri;
    }
  inspect_attribute_bytes (await, &key_request, text, n);
}

/* ---- A client -------------------------------------------------------------------------------- */

static void
forget (const struct evhttp_request *request, int status)
{
  Record record;

  if (table_get (request, 0, &record) && record.kind == &await_request)
    __atomic_fetch_sub (&n_waiting, 1, __ATOMIC_RELAXED);
  watcher_end (request, 0, status);
}

/* One that fails may come without itself: then it is the one with that callback and data. */
static const void *
find_failed (Callback callback, const void *data)
{
  uint32_t cursor = 0;
  uint64_t key;
  Record record;

  while (table_next (&cursor, NULL, &key, &record))
    if (record.kind == &await_request && record.callback == callback && record.data == data)
      return table_key_address (key);
  return NULL;
}

static TRAMPOLINE void
on_answered (unsigned slot, struct evhttp_request *request, void *data)
{
  Callback callback = client_slots.originals[slot];
  const void *subject = request != NULL ? request : find_failed (callback, data);
  Firing firing = { .task = INSPECT_NONE };

  if (subject != NULL && watcher_is_pending (subject, 0))
    {
      __atomic_fetch_sub (&n_waiting, 1, __ATOMIC_RELAXED);
      firing_begin (&firing, subject, 0, callback, FIRE_LAST, request != NULL ? 0 : -EIO);
    }
  ((RequestFunc)callback) (request, data);
  firing_end (&firing);
}

/* ---- A server -------------------------------------------------------------------------------- */

static TRAMPOLINE void
on_served (unsigned slot, struct evhttp_request *request, void *data)
{
  Callback callback = server_slots.originals[slot];
  Firing firing = { .task = INSPECT_NONE };
  InspectObject await;
  bool is_new;

  if (watchers_are_on () && request != NULL)
    {
      watcher_forget (request);
      await = watcher_begin (
          &(WatchStart){
              .address = request, .kind = &await_answering, .callback = callback, .fd = -1 },
          &is_new);
      if (await != 0 && libevent.http_uri != NULL && libevent.http_command != NULL)
        say_request (await, libevent.http_command (request), libevent.http_uri (request));
      firing_begin_bound (&firing, request, callback);
    }
  ((RequestFunc)callback) (request, data);
  firing_end (&firing);
}

#define FUNCTIONS(n)                                                                               \
  static TRAMPOLINE void client_##n (struct evhttp_request *request, void *data)                   \
  {                                                                                                \
    on_answered (n, request, data);                                                                \
  }                                                                                                \
  static TRAMPOLINE void server_##n (struct evhttp_request *request, void *data)                   \
  {                                                                                                \
    on_served (n, request, data);                                                                  \
  }
SLOTS (FUNCTIONS)
#undef FUNCTIONS
#define CLIENT(n) (Callback) client_##n,
#define SERVER(n) (Callback) server_##n,
static const Callback client_functions[N_SLOTS] = { SLOTS (CLIENT) };
static const Callback server_functions[N_SLOTS] = { SLOTS (SERVER) };
static Slots client_slots = { .functions = client_functions };
static Slots server_slots = { .functions = server_functions };

static RequestFunc
stand_in (Slots *slots, RequestFunc callback)
{
  Callback ours;

  if (!watchers_are_on () || callback == NULL)
    return callback;
  ours = slots_get (slots, (Callback)callback);
  if (ours == NULL)
    watchers.agent.count_skipped ();
  return ours != NULL ? (RequestFunc)ours : callback;
}

/* ---- What the program does ------------------------------------------------------------------- */

/* Its callback and data are remembered from here on, for nothing tells them later. */
struct evhttp_request *
hook_evhttp_request_new (RequestFunc callback, void *data)
{
  RequestFunc given = stand_in (&client_slots, callback);
  struct evhttp_request *request = real_evhttp_request_new (given, data);
  Record before;

  if (request != NULL && given != callback)
    {
      watcher_forget (request);
      if (!table_put (request, 1,
                      &(Record){ .kind = NULL, .callback = (Callback)callback, .data = data },
                      &before))
        watchers.agent.count_skipped ();
    }
  return request;
}

/* Whoever makes a request has given it away: where that fails, it is gone. */
int
hook_evhttp_make_request (struct evhttp_connection *connection, struct evhttp_request *request,
                          enum evhttp_cmd_type type, const char *uri)
{
  Record made = { .kind = NULL };
  InspectObject await;
  const char *host = NULL;
  uint16_t port = 0;
  bool is_new;
  int status;

  if (!watchers_are_on () || request == NULL || !table_get (request, 1, &made) ||
      made.callback == NULL)
    return real_evhttp_make_request (connection, request, type, uri);
  await = watcher_begin (&(WatchStart){ .address = request,
                                        .kind = &await_request,
                                        .callback = made.callback,
                                        .fd = -1,
                                        .data = made.data,
                                        .of = connection,
                                        .caller = CALLER },
                         &is_new);
  if (await != 0)
    {
      __atomic_fetch_add (&n_waiting, 1, __ATOMIC_RELAXED);
      say_request (await, type, uri);
      if (libevent.http_peer != NULL)
        {
          char *name = NULL;

          libevent.http_peer (connection, &name, &port);
          host = name;
        }
      say_text (await, &key_host, host);
      say_port (await, port);
    }
  status = real_evhttp_make_request (connection, request, type, uri);
  if (status != 0)
    forget (request, -EIO);
  return status;
}

void
hook_evhttp_cancel_request (struct evhttp_request *request)
{
  forget (request, -ECANCELED);
  real_evhttp_cancel_request (request);
}

void
hook_evhttp_request_free (struct evhttp_request *request)
{
  forget (request, -ECANCELED);
  watcher_forget (request);
  real_evhttp_request_free (request);
}

/* Its requests go with it, and are not called back. */
void
hook_evhttp_connection_free (struct evhttp_connection *connection)
{
  if (__atomic_load_n (&n_waiting, __ATOMIC_RELAXED) > 0)
    __atomic_fetch_sub (&n_waiting, watcher_end_parts (&await_request, connection, -ECANCELED),
                        __ATOMIC_RELAXED);
  real_evhttp_connection_free (connection);
}

int
hook_evhttp_set_cb (struct evhttp *http, const char *path, RequestFunc callback, void *data)
{
  return real_evhttp_set_cb (http, path, stand_in (&server_slots, callback), data);
}

void
hook_evhttp_set_gencb (struct evhttp *http, RequestFunc callback, void *data)
{
  real_evhttp_set_gencb (http, stand_in (&server_slots, callback), data);
}

void
hook_evhttp_send_error (struct evhttp_request *request, int error, const char *reason)
{
  watcher_end (request, 0, 0);
  real_evhttp_send_error (request, error, reason);
}

void
hook_evhttp_send_reply (struct evhttp_request *request, int code, const char *reason,
                        struct evbuffer *bytes)
{
  watcher_end (request, 0, 0);
  real_evhttp_send_reply (request, code, reason, bytes);
}

void
hook_evhttp_send_reply_end (struct evhttp_request *request)
{
  watcher_end (request, 0, 0);
  real_evhttp_send_reply_end (request);
}
