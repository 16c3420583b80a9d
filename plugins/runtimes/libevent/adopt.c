/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What was pending before anybody looked. The thread that an inspector has borrowed stands in the base's
 * epoll_wait() or poll(), where the base is at rest. Which base that is, is found by what the thread still has in
 * its registers and on its stack: the address of one whose method is that, and whose method waits for what the
 * thread waits for. */

#include "bufferevents.h"
#include "events.h"

#include <string.h>
#include <sys/syscall.h>

#include "shared/site.h"

/* The first two words of a base: its method, and what that keeps. */
typedef struct
{
  uint64_t method;
  uint64_t state;
} Base;

/* What epoll's keeps. */
typedef struct
{
  uint64_t events;
  int32_t n_events;
  int32_t fd;
} Epoll;

/* What poll's keeps. */
typedef struct
{
  int32_t n_most, n;
  int32_t is_old;
  uint64_t set,
      copy; /* the one that is given to the kernel is the copy, where threads share a base */
} Poll;

static bool
has_method (const Base *base, const char *name)
{
  char letters[8] = "";
  uint64_t text;

  return site_copy (&text, base->method, sizeof text) &&
         site_copy (letters, text, strlen (name) + 1) && strcmp (letters, name) == 0;
}

static bool
is_on_epoll (uint64_t address, const void *data)
{
  const InspectSite *site = data;
  Epoll epoll;
  Base base;

  return site_copy (&base, address, sizeof base) && site_copy (&epoll, base.state, sizeof epoll) &&
         epoll.fd == (int)site->arguments[0] && epoll.n_events > 0 && has_method (&base, "epoll");
}

static bool
is_on_poll (uint64_t address, const void *data)
{
  const InspectSite *site = data;
  Base base;
  Poll poll;

  return site_copy (&base, address, sizeof base) && site_copy (&poll, base.state, sizeof poll) &&
         poll.n == (int)site->arguments[1] && site->arguments[0] != 0 &&
         (poll.set == site->arguments[0] || poll.copy == site->arguments[0]) &&
         has_method (&base, "poll");
}

static bool
is_poll (const InspectSite *site)
{
  switch (site->system_call)
    {
#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll:
    case SYS_restart_syscall: /* of one that an inspector has interrupted before; the arguments stay */
      return true;
    default:
      return false;
    }
}

static struct event_base *
find_base (const InspectSite *site)
{
  SiteTest test = site_is_epoll_wait (site) ? is_on_epoll : is_poll (site) ? is_on_poll : NULL;

  return test != NULL ? (struct event_base *)(uintptr_t)site_find (site, test, site) : NULL;
}

static int
adopt_one (const struct event_base *base, const struct event *event, void *data)
{
  if ((event->ev_evcallback.evcb_flags & EVLIST_INTERNAL) == 0 && !buffered_adopt (event))
    event_adopt ((struct event *)(uintptr_t)event);
  return 0;
}

static int
give_back_one (const struct event_base *base, const struct event *event, void *data)
{
  if (!buffered_give_back (event))
    event_give_back ((struct event *)(uintptr_t)event);
  return 0;
}

static void
walk (const InspectSite *site, event_base_foreach_event_cb visit)
{
  struct event_base *base = find_base (site);

  if (base == NULL || libevent.foreach_event == NULL)
    return;
  loop_adopt (base);
  watchers.is_adopting = true;
  libevent.foreach_event (base, visit, NULL);
  watchers.is_adopting = false;
}

void
adopt_pending (const InspectSite *site)
{
  walk (site, adopt_one);
}

void
adopt_give_back (const InspectSite *site)
{
  walk (site, give_back_one);
}
