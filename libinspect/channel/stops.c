/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "stops.h"

#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "reader-private.h"

/* The line of the page that targets know since this minor version. */
#define MINOR_WITH_STOPS 2

bool
channel_reader_can_stop (ChannelReader *reader)
{
  return reader->control != NULL && !reader->has_stopped &&
         reader->header.abi_minor >= MINOR_WITH_STOPS;
}

/* Not FUTEX_PRIVATE: who waits is in another process. */
static void
wake (uint32_t *futex)
{
  syscall (SYS_futex, futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void
channel_reader_arm (ChannelReader *reader, const ChannelBreak *breaks, uint32_t n, bool stop_all)
{
  ChannelControl *control = reader->control;

  if (!channel_reader_can_stop (reader))
    return;
  if (n > CHANNEL_MAX_BREAKS)
    n = CHANNEL_MAX_BREAKS;
  __atomic_store_n (&control->n_breaks, 0, __ATOMIC_SEQ_CST);
  if (n > 0)
    memcpy (control->breaks, breaks, n * sizeof *breaks);
  __atomic_store_n (&control->stop_all, stop_all, __ATOMIC_RELAXED);
  /* Pairs with the target's acquire load before it reads the entries. */
  __atomic_store_n (&control->n_breaks, n, __ATOMIC_RELEASE);
  __atomic_store_n (&control->armed, n > 0 || stop_all, __ATOMIC_RELEASE);
}

void
channel_reader_pulse (const ChannelReader *reader)
{
  if (reader->control != NULL)
    __atomic_store_n (&reader->control->heartbeat_ns, channel_monotonic_ns (), __ATOMIC_RELAXED);
}

/* 0: it runs. Pairs with the release store of a thread that has stopped. */
static uint64_t
load_parked (const ChannelReader *reader, uint32_t ring)
{
  return __atomic_load_n (&reader->shared_rings[ring].parked, __ATOMIC_ACQUIRE);
}

bool
channel_reader_find_stop (ChannelReader *reader, uint32_t from, ChannelStop *ret_stop)
{
  if (!channel_reader_can_stop (reader))
    return false;
  for (uint32_t i = from; i < reader->rings_used; i++)
    {
      const ReaderRing *ring = &reader->rings[i];
      uint64_t parked = load_parked (reader, i);
      const ChannelRing *shared;

      if (parked == 0 || ring->tail < parked || ring->first != ring->end)
        continue;
      shared = &reader->shared_rings[i];
      *ret_stop = (ChannelStop){
        .ring = i,
        .tid = ring->tid,
        .parked = parked,
        .number = (uint16_t)__atomic_load_n (&shared->parked_by, __ATOMIC_RELAXED),
        .type = __atomic_load_n (&shared->parked_type, __ATOMIC_RELAXED),
        .location = __atomic_load_n (&shared->parked_location, __ATOMIC_RELAXED),
        .task = __atomic_load_n (&shared->parked_task, __ATOMIC_RELAXED),
        .arg = __atomic_load_n (&shared->parked_arg, __ATOMIC_RELAXED),
      };
      if (ret_stop->location > reader->header.locations_capacity)
        ret_stop->location = 0;
      return true;
    }
  return false;
}

bool
channel_reader_is_stopped (ChannelReader *reader, const ChannelStop *stop)
{
  return stop->ring < reader->rings_used && load_parked (reader, stop->ring) == stop->parked;
}

void
channel_reader_go (ChannelReader *reader, const ChannelStop *stop)
{
  if (!channel_reader_can_stop (reader) || stop->ring >= reader->header.n_rings)
    return;
  __atomic_store_n (&reader->tails[stop->ring].go, stop->parked, __ATOMIC_RELEASE);
  /* After that, so that a thread which read the futex before does not fall asleep. */
  __atomic_fetch_add (&reader->control->go_futex, 1, __ATOMIC_SEQ_CST);
  wake (&reader->control->go_futex);
}

/* ---- Before it begins -------------------------------------------------------------------------- */

bool
channel_reader_is_holding (ChannelReader *reader)
{
  const ChannelHeader *shared = (const ChannelHeader *)(const void *)reader->memory;

  return channel_reader_can_stop (reader) &&
         __atomic_load_n (&shared->holding, __ATOMIC_ACQUIRE) != 0;
}

void
channel_reader_let_begin (ChannelReader *reader)
{
  if (!channel_reader_can_stop (reader))
    return;
  __atomic_store_n (&reader->control->may_begin, 1, __ATOMIC_RELEASE);
  wake (&reader->control->may_begin);
}
