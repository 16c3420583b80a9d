/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* ev_once(): the watchers are libev's own, and the program never sees them. */

#include <errno.h>

#include "plugin.h"
#include "watchers/wrap.h"

typedef void (*OnceFunc) (int events, void *data);

static TRAMPOLINE void
on_once (int events, void *data)
{
  Wrap wrap = *(Wrap *)data;
  bool is_timeout = (events & EV_TIMER) != 0 && wrap.is_on_descriptor;
  Firing firing;

  firing_begin (&firing, data, 0, wrap.callback, FIRE_LAST, is_timeout ? -ETIMEDOUT : 0);
  wrap_free (data);
  ((OnceFunc)wrap.callback) (events, wrap.data);
  firing_end (&firing);
}

void
hook_ev_once (struct ev_loop *loop, int fd, int events, ev_tstamp seconds, OnceFunc callback,
              void *data)
{
  Wrap *wrap = NULL;

  if (watchers_are_on () && callback != NULL)
    wrap = wrap_new ((Callback)callback, data);
  if (wrap == NULL)
    {
      real_ev_once (loop, fd, events, seconds, callback, data);
      return;
    }
  wrap->is_on_descriptor = fd >= 0;
  types_begin_once (loop, wrap, fd, events, seconds, (Callback)callback, CALLER);
  real_ev_once (loop, fd, events, seconds, on_once, wrap);
}
