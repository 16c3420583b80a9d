/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What was pending before anybody looked. The thread that an inspector has borrowed stands in the base's
 * epoll_wait(), where the base is at rest. Which base that is, is found by what the thread still has in its
 * registers and on its stack: the address of one whose method is epoll's, on the descriptor that is waited
 * for. */

#include "bufferevents.h"
#include "events.h"

#include "watchers/site.h"

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

static bool
is_base (uint64_t address, const void *data)
{
  int fd = *(const int *)data;
  char name[8] = "";
  uint64_t text;
  Epoll epoll;
  Base base;

  return site_copy (&base, address, sizeof base) && site_copy (&epoll, base.state, sizeof epoll) &&
         epoll.fd == fd && epoll.n_events > 0 && site_copy (&text, base.method, sizeof text) &&
         site_copy (name, text, 6) && name[0] == 'e' && name[1] == 'p' && name[2] == 'o' &&
         name[3] == 'l' && name[4] == 'l';
}

static struct event_base *
find_base (const InspectSite *site)
{
  int fd = (int)site->arguments[0];

  return site_is_epoll_wait (site) ? (struct event_base *)(uintptr_t)site_find (site, is_base, &fd)
                                   : NULL;
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
