/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Listeners. */

#include <errno.h>

#include "plugin.h"

INSPECT_DEFINE_AWAIT (await_clients, "libevent.listener", "waiting for connections on {local}",
                      INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LISTENS);

static Slots slots;

static TRAMPOLINE void
on_client (unsigned slot, struct evconnlistener *listener, evutil_socket_t fd,
           struct sockaddr *address, int length, void *data)
{
  Callback callback = slots.originals[slot];
  Firing firing;

  firing_begin (&firing, listener, 0, callback, FIRE_AGAIN, 0);
  ((evconnlistener_cb)callback) (listener, fd, address, length, data);
  firing_end (&firing);
}

#define CLIENT(n)                                                                                  \
  static TRAMPOLINE void client_##n (struct evconnlistener *listener, evutil_socket_t fd,          \
                                     struct sockaddr *address, int length, void *data)             \
  {                                                                                                \
    on_client (n, listener, fd, address, length, data);                                            \
  }
SLOTS (CLIENT)
#undef CLIENT
#define CLIENT(n) (Callback) client_##n,
static const Callback functions[N_SLOTS] = { SLOTS (CLIENT) };
static Slots slots = { .functions = functions };

/* What libevent is to be given for the program's own. */
static evconnlistener_cb
stand_in (evconnlistener_cb callback)
{
  Callback ours;

  if (!watchers_are_on () || callback == NULL || libevent.listener_fd == NULL ||
      libevent.listener_base == NULL)
    return callback;
  ours = slots_get (&slots, (Callback)callback);
  if (ours == NULL)
    watchers.agent.count_skipped ();
  return ours != NULL ? (evconnlistener_cb)ours : callback;
}

static void
begin (struct evconnlistener *listener, Callback callback, const void *caller)
{
  int fd = libevent.listener_fd (listener);
  bool is_new;

  if (fd >= 0)
    descriptor_look (fd);
  watcher_begin (&(WatchStart){ .address = listener,
                                .kind = &await_clients,
                                .callback = callback,
                                .loop = libevent.listener_base (listener),
                                .fd = fd,
                                .caller = caller },
                 &is_new);
}

static struct evconnlistener *
made (struct evconnlistener *listener, evconnlistener_cb callback, evconnlistener_cb given,
      unsigned flags, const void *caller)
{
  if (listener == NULL || given == callback)
    return listener;
  watcher_forget (listener);
  if ((flags & LEV_OPT_DISABLED) == 0)
    begin (listener, slots_original (&slots, (Callback)callback), caller);
  return listener;
}

struct evconnlistener *
hook_evconnlistener_new (struct event_base *base, evconnlistener_cb callback, void *data,
                         unsigned flags, int backlog, evutil_socket_t fd)
{
  evconnlistener_cb given = stand_in (callback);

  return made (real_evconnlistener_new (base, given, data, flags, backlog, fd), callback, given,
               flags, CALLER);
}

struct evconnlistener *
hook_evconnlistener_new_bind (struct event_base *base, evconnlistener_cb callback, void *data,
                              unsigned flags, int backlog, const struct sockaddr *address,
                              int length)
{
  evconnlistener_cb given = stand_in (callback);

  return made (real_evconnlistener_new_bind (base, given, data, flags, backlog, address, length),
               callback, given, flags, CALLER);
}

/* Whether it listens is not asked: one that has no callback does not. */
void
hook_evconnlistener_set_cb (struct evconnlistener *listener, evconnlistener_cb callback, void *data)
{
  evconnlistener_cb given = stand_in (callback);

  real_evconnlistener_set_cb (listener, given, data);
  if (callback == NULL)
    watcher_end (listener, 0, -ECANCELED);
  else if (given != callback)
    begin (listener, (Callback)callback, CALLER);
}

int
hook_evconnlistener_enable (struct evconnlistener *listener)
{
  Record record;
  int status = real_evconnlistener_enable (listener);

  if (status == 0 && watchers_are_on () && table_get (listener, 0, &record) &&
      record.callback != NULL)
    begin (listener, record.callback, CALLER);
  return status;
}

int
hook_evconnlistener_disable (struct evconnlistener *listener)
{
  int status = real_evconnlistener_disable (listener);

  if (status == 0)
    watcher_end (listener, 0, -ECANCELED);
  return status;
}

void
hook_evconnlistener_free (struct evconnlistener *listener)
{
  watcher_forget (listener);
  real_evconnlistener_free (listener);
}
