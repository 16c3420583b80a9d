/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Names that are looked up. What stands for a query here goes to libevent as the data of its callback. */

#include "plugin.h"

#include <errno.h>
#include <event2/util.h>

#include "watchers/wrap.h"

INSPECT_DEFINE_AWAIT (await_lookup, "libevent.lookup", "looking up {host}", INSPECT_AWAIT_ONESHOT);

static Wrap *
begin (struct evdns_base *dns, const char *host, Callback callback, void *data, const void *caller)
{
  Wrap *wrap = watchers_are_on () && callback != NULL ? wrap_new (callback, data) : NULL;
  InspectObject await;
  bool is_new;

  if (wrap == NULL)
    return NULL;
  await = watcher_begin (&(WatchStart){ .address = wrap,
                                        .kind = &await_lookup,
                                        .callback = callback,
                                        .fd = -1,
                                        .of = dns,
                                        .caller = caller },
                         &is_new);
  if (await != 0)
    say_text (await, &key_host, host);
  return wrap;
}

/* With its callback. The wrap is free from then on. */
static Wrap
fires (Firing *firing, void *data, bool has_failed)
{
  Wrap wrap = *(Wrap *)data;

  firing_begin (firing, data, 0, wrap.callback, FIRE_LAST, has_failed ? -ENOENT : 0);
  wrap_free (data);
  return wrap;
}

/* ---- Addresses of a name --------------------------------------------------------------------- */

static TRAMPOLINE void
on_addresses (int result, struct evutil_addrinfo *addresses, void *data)
{
  Firing firing;
  Wrap wrap = fires (&firing, data, result != 0);

  ((evdns_getaddrinfo_cb)wrap.callback) (result, addresses, wrap.data);
  firing_end (&firing);
}

/* Its callback comes in any case, and maybe before it returns. */
struct evdns_getaddrinfo_request *
hook_evdns_getaddrinfo (struct evdns_base *dns, const char *host, const char *service,
                        const struct evutil_addrinfo *hints, evdns_getaddrinfo_cb callback,
                        void *data)
{
  Wrap *wrap = begin (dns, host != NULL ? host : service, (Callback)callback, data, CALLER);

  if (wrap == NULL)
    return real_evdns_getaddrinfo (dns, host, service, hints, callback, data);
  return real_evdns_getaddrinfo (dns, host, service, hints, on_addresses, wrap);
}

/* ---- One question ---------------------------------------------------------------------------- */

static TRAMPOLINE void
on_answer (int result, char type, int n, int lifetime, void *addresses, void *data)
{
  Firing firing;
  Wrap wrap = fires (&firing, data, result != 0);

  ((evdns_callback_type)wrap.callback) (result, type, n, lifetime, addresses, wrap.data);
  firing_end (&firing);
}

/* Nothing is asked where it returns nothing. */
#define RESOLVE(name)                                                                              \
  struct evdns_request *hook_##name (struct evdns_base *dns, const char *host, int flags,          \
                                     evdns_callback_type callback, void *data)                     \
  {                                                                                                \
    Wrap *wrap = begin (dns, host, (Callback)callback, data, CALLER);                              \
    struct evdns_request *request;                                                                 \
                                                                                                   \
    if (wrap == NULL)                                                                              \
      return real_##name (dns, host, flags, callback, data);                                       \
    request = real_##name (dns, host, flags, on_answer, wrap);                                     \
    if (request == NULL)                                                                           \
      {                                                                                            \
        watcher_end (wrap, 0, -EINVAL);                                                            \
        wrap_free (wrap);                                                                          \
      }                                                                                            \
    return request;                                                                                \
  }

RESOLVE (evdns_base_resolve_ipv4)
RESOLVE (evdns_base_resolve_ipv6)

/* What it fails is called back, now or later; of the rest nobody hears any more. */
void
hook_evdns_base_free (struct evdns_base *dns, int fails)
{
  real_evdns_base_free (dns, fails);
  if (fails == 0 && dns != NULL)
    watcher_end_parts (&await_lookup, dns, -ECANCELED);
}
