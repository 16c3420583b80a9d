/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* event_base_once(): the event is libevent's own, and the program never sees it. What stands for it here
 * goes to libevent as the data of the callback. */

#include <errno.h>

#include "events.h"
#include "watchers/wrap.h"

static TRAMPOLINE void
on_once (evutil_socket_t fd, short what, void *data)
{
  Wrap wrap = *(Wrap *)data;
  bool is_timeout = (what & EV_TIMEOUT) != 0 && wrap.is_on_descriptor;
  Firing firing;

  firing_begin (&firing, data, 0, wrap.callback, FIRE_LAST, is_timeout ? -ETIMEDOUT : 0);
  wrap_free (data);
  ((event_callback_fn)wrap.callback) (fd, what, wrap.data);
  firing_end (&firing);
}

static Wrap *
begin (struct event_base *base, evutil_socket_t fd, short events, event_callback_fn callback,
       void *data, const struct timeval *time, const void *caller)
{
  Wrap *wrap;

  if (!watchers_are_on () || callback == NULL)
    return NULL;
  wrap = wrap_new ((Callback)callback, data);
  if (wrap == NULL)
    return NULL;
  wrap->is_on_descriptor = (events & (EV_READ | EV_WRITE)) != 0;
  /* Without a time one for a time alone is called at the next turn. */
  event_begin (&(EventFacts){
      .identity = wrap,
      .base = base,
      .fd = fd,
      .events = events & ~EV_PERSIST,
      .time = time != NULL || wrap->is_on_descriptor ? time : &(struct timeval){ 0, 0 },
      .callback = (Callback)callback,
      .caller = caller });
  return wrap;
}

static int
done (Wrap *wrap, int status)
{
  if (status != 0)
    {
      watcher_end (wrap, 0, -EINVAL);
      wrap_free (wrap);
    }
  return status;
}

int
hook_event_base_once (struct event_base *base, evutil_socket_t fd, short events,
                      event_callback_fn callback, void *data, const struct timeval *time)
{
  Wrap *wrap = begin (base, fd, events, callback, data, time, CALLER);

  if (wrap == NULL)
    return real_event_base_once (base, fd, events, callback, data, time);
  return done (wrap, real_event_base_once (base, fd, events, on_once, wrap, time));
}

int
hook_event_once (evutil_socket_t fd, short events, event_callback_fn callback, void *data,
                 const struct timeval *time)
{
  Wrap *wrap = begin (plugin_current_base (), fd, events, callback, data, time, CALLER);

  if (wrap == NULL)
    return real_event_once (fd, events, callback, data, time);
  return done (wrap, real_event_once (fd, events, on_once, wrap, time));
}
