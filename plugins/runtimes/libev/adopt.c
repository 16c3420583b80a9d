/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What was pending before anybody looked. libev has no function that walks its watchers: its loop is read as
 * 4.33 lays it out, and each thing that is found there has to agree with another before it is believed. A loop
 * of another version shows what is started later. */

#include "plugin.h"
#include "shared/site.h"

#define MAX_DESCRIPTORS 65536
#define MAX_TIMERS 65536
/* The loop up to its arrays of descriptors; behind it somewhere the heaps of its timers. */
#define SIZE_OF_LOOP 1280u

typedef struct
{
  ev_tstamp now, floor, monotonic_now, difference;
  uint64_t feeds;
  int32_t n_feeds_most, n_feeds;
  uint64_t pendings[5];
  int32_t n_pendings_most[5], n_pendings[5];
  int32_t priority;
  ev_prepare pending_watcher;
  ev_tstamp block_times[2];
  int32_t backend, n_active, is_done, fd;
  ev_tstamp least_time;
  uint64_t modify, poll;
  uint64_t descriptors;
  int32_t n_descriptors;
} Loop;

_Static_assert(offsetof (Loop, backend) == 0xb8, "as ev_backend() reads it");

typedef struct
{
  uint64_t first;
  uint8_t flags[4];
  uint32_t generation;
} Descriptor;

/* An element of a heap. */
typedef struct
{
  ev_tstamp at;
  uint64_t watcher;
} Timed;

typedef struct
{
  uint64_t elements;
  int32_t n_most, n;
} Heap;

static bool
is_loop (uint64_t address, const void *data)
{
  int fd = *(const int *)data;
  Loop loop;

  return site_copy (&loop, address, sizeof loop) && loop.fd == fd &&
         loop.backend == EVBACKEND_EPOLL && loop.n_active >= 0 && loop.n_descriptors >= 0 &&
         loop.n_descriptors <= MAX_DESCRIPTORS && loop.modify != 0 && loop.poll != 0;
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

typedef void (*IoVisit) (struct ev_loop *loop, ev_io *watcher);

static bool
is_inside (uint64_t loop, uint64_t watcher)
{
  return watcher >= loop && watcher < loop + SIZE_OF_LOOP;
}

static void
visit_descriptor (uint64_t address, const Descriptor *descriptor, int fd, IoVisit visit)
{
  uint64_t next = descriptor->first;
  ev_io watcher;

  for (unsigned n = 0; next != 0 && n < 64; n++)
    {
      if (!site_copy (&watcher, next, sizeof watcher) || watcher.fd != fd || watcher.active != 1)
        return;
      if (!is_inside (address, next))
        visit ((struct ev_loop *)(uintptr_t)address, (ev_io *)(uintptr_t)next);
      next = (uint64_t)(uintptr_t)watcher.next;
    }
}

static void
walk_descriptors (uint64_t address, const Loop *loop, IoVisit visit)
{
  Descriptor descriptor;

  for (int fd = 0; fd < loop->n_descriptors; fd++)
    if (site_copy (&descriptor, loop->descriptors + (uint64_t)fd * sizeof descriptor,
                   sizeof descriptor))
      visit_descriptor (address, &descriptor, fd, visit);
}

/* ---- Timers ---------------------------------------------------------------------------------- */

typedef void (*TimedVisit) (struct ev_loop *loop, ev_watcher_time *watcher, bool is_of_day);

/* Where it lies in the heap is what the watcher says itself. */
static bool
get_timed (const Heap *heap, int32_t index, Timed *ret_timed, ev_watcher_time *ret_watcher)
{
  return site_copy (ret_timed, heap->elements + (uint64_t)index * sizeof *ret_timed,
                    sizeof *ret_timed) &&
         ret_timed->watcher >= 4096 && ret_timed->watcher % sizeof (void *) == 0 &&
         site_copy (ret_watcher, ret_timed->watcher, sizeof *ret_watcher) &&
         ret_watcher->active == index;
}

/* Four children a node, the first at 3; or two, and 1. */
static int32_t
get_first (const Heap *heap)
{
  ev_watcher_time watcher;
  Timed timed;

  if (heap->elements < 4096 || heap->elements % sizeof (void *) != 0 || heap->n <= 0 ||
      heap->n > heap->n_most || heap->n > MAX_TIMERS)
    return 0;
  if (get_timed (heap, 3, &timed, &watcher) && get_timed (heap, heap->n + 2, &timed, &watcher))
    return 3;
  return get_timed (heap, 1, &timed, &watcher) && get_timed (heap, heap->n, &timed, &watcher) ? 1
                                                                                              : 0;
}

static void
walk_heap (uint64_t address, const Heap *heap, int32_t first, const Loop *loop, TimedVisit visit)
{
  ev_watcher_time watcher;
  Timed timed;

  for (int32_t i = first; i < first + heap->n; i++)
    if (get_timed (heap, i, &timed, &watcher) && !is_inside (address, timed.watcher))
      /* Times of day are those since 1970; the others since the start of the machine. */
      visit ((struct ev_loop *)(uintptr_t)address, (ev_watcher_time *)(uintptr_t)timed.watcher,
             watcher.at > loop->now / 2);
}

static void
walk_timers (uint64_t address, const Loop *loop, TimedVisit visit)
{
  unsigned char bytes[SIZE_OF_LOOP];
  size_t length = SIZE_OF_LOOP;

  while (length > sizeof (Loop) && !site_copy (bytes, address, length))
    length -= 64;
  for (size_t at = sizeof (Loop); at + sizeof (Heap) <= length; at += sizeof (void *))
    {
      const Heap *heap = (const Heap *)(bytes + at);
      int32_t first = get_first (heap);

      if (first != 0)
        walk_heap (address, heap, first, loop, visit);
    }
}

/* ---- Both ------------------------------------------------------------------------------------ */

static void
adopt_timed (struct ev_loop *loop, ev_watcher_time *watcher, bool is_of_day)
{
  if (is_of_day)
    types_adopt_periodic (loop, (ev_periodic *)watcher);
  else
    types_adopt_timer (loop, (ev_timer *)watcher);
}

static void
give_back_io (struct ev_loop *loop, ev_io *watcher)
{
  types_give_back ((ev_watcher *)watcher);
}

static void
give_back_timed (struct ev_loop *loop, ev_watcher_time *watcher, bool is_of_day)
{
  types_give_back ((ev_watcher *)watcher);
}

static void
walk (const InspectSite *site, IoVisit visit_io, TimedVisit visit_timed)
{
  int fd = (int)site->arguments[0];
  uint64_t address = site_is_epoll_wait (site) ? site_find (site, is_loop, &fd) : 0;
  Loop loop;

  if (address == 0 || !site_copy (&loop, address, sizeof loop))
    return;
  loop_adopt ((const void *)(uintptr_t)address);
  watchers.is_adopting = true;
  walk_descriptors (address, &loop, visit_io);
  walk_timers (address, &loop, visit_timed);
  watchers.is_adopting = false;
}

void
adopt_pending (const InspectSite *site)
{
  walk (site, types_adopt_io, adopt_timed);
}

void
adopt_give_back (const InspectSite *site)
{
  walk (site, give_back_io, give_back_timed);
}
