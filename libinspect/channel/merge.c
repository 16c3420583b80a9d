/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "reader-private.h"

/* A heap of the rings that have entries, by the time of their next one. The ring at its top is
 * delivered until the next ring's turn comes, so that long stretches of one thread cost no heap
 * work.
 *
 * Heads are not all read at one instant: a record could be seen whose cause, on a ring looked at
 * before, was not. Records later than the beginning of the drain therefore wait for the next one.
 */

/* How far in the future a time may lie and still be taken for a clock that is a little off. */
#define FUTURE_NS NSEC_PER_SEC

static bool
is_before (const MergeNode *a, const MergeNode *b)
{
  return a->ticks != b->ticks ? a->ticks < b->ticks : a->ring < b->ring;
}

static void
sift_down (MergeNode *heap, uint32_t n, uint32_t at)
{
  MergeNode node = heap[at];

  for (;;)
    {
      uint32_t child = at * 2 + 1;

      if (child >= n)
        break;
      if (child + 1 < n && is_before (&heap[child + 1], &heap[child]))
        child++;
      if (!is_before (&heap[child], &node))
        break;
      heap[at] = heap[child];
      at = child;
    }
  heap[at] = node;
}

/* The ring whose turn comes after the top's. */
static const MergeNode *
runner_up (const ChannelReader *reader)
{
  const MergeNode *heap = reader->heap;

  if (reader->n_heap < 2)
    return NULL;
  return reader->n_heap > 2 && is_before (&heap[2], &heap[1]) ? &heap[2] : &heap[1];
}

typedef enum
{
  TURN_OVER, /* another ring is earlier */
  RING_DONE, /* nothing more on this one in this drain */
  ENOUGH,    /* events were delivered as many as were asked for */
} RunEnd;

static RunEnd
deliver_run (ChannelReader *reader, uint32_t index, const MergeNode *next, const DrainTime *time,
             size_t n_most, ChannelEventFunc func, void *data)
{
  ReaderRing *ring = &reader->rings[index];
  uint64_t n_least = reader->stats.events;
  ChannelEvent event;

  for (;;)
    {
      const RingEntry *entry;

      if (ring->end - ring->first < RING_WINDOW && ring->tail < ring->limit)
        channel_ring_fill (reader, index, time);
      if (ring->first == ring->end)
        return RING_DONE;
      entry = &ring->entries[ring->first];
      if (next != NULL && !is_before (&(MergeNode){ entry->ticks, index }, next))
        return TURN_OVER;
      if (time->has_ticks && entry->ticks > time->now_ticks)
        {
          if (entry->ticks - time->now_ticks <= time->future_ticks && !time->target_ended)
            return RING_DONE;
          if (entry->ticks - time->now_ticks > time->future_ticks)
            {
              channel_count (&reader->stats.invalid, 1);
              ring->first++;
              continue;
            }
        }
      ring->first++;
      if (!channel_decode (reader, index, entry, &event))
        continue;
      reader->stats.events++;
      func (&event, data);
      if (reader->stats.events - n_least >= n_most)
        return ENOUGH;
    }
}

static void
begin_drain (ChannelReader *reader, const DrainTime *time)
{
  /* All heads first, close together; only then the records. */
  for (uint32_t i = 0; i < reader->rings_used; i++)
    channel_ring_begin (reader, i);

  reader->n_heap = 0;
  for (uint32_t i = 0; i < reader->rings_used; i++)
    {
      ReaderRing *ring = &reader->rings[i];

      channel_ring_fill (reader, i, time);
      if (ring->first < ring->end)
        reader->heap[reader->n_heap++] = (MergeNode){ ring->entries[ring->first].ticks, i };
    }
  for (uint32_t i = reader->n_heap / 2; i-- > 0;)
    sift_down (reader->heap, reader->n_heap, i);
}

/* A target can die between two chunks of a byte attribute as well as within a record. Within a
 * chunk it is one loss and not two. */
static void
end_target (ChannelReader *reader)
{
  for (uint32_t i = 0; i < reader->rings_used; i++)
    {
      ReaderRing *ring = &reader->rings[i];

      if (ring->first == ring->end && ring->tail == ring->limit)
        {
          uint32_t n_cut = channel_decode_cut (ring);
          channel_count (&reader->stats.torn, ring->has_torn_end ? 0 : n_cut);
        }
    }
}

static DrainTime
read_time (const ChannelReader *reader, bool target_ended)
{
  DrainTime time = { .now_ns = channel_monotonic_ns (), .target_ended = target_ended };

  /* The caller's memory may be of another machine, or of long ago. */
  if (reader->fd >= 0)
    time.has_ticks = channel_clock_now (&reader->clock, &time.now_ticks);
  time.future_ticks = channel_clock_ticks (&reader->clock, FUTURE_NS);
  return time;
}

size_t
channel_reader_drain (ChannelReader *reader, size_t max_events, bool target_ended,
                      ChannelEventFunc func, void *data)
{
  const ChannelHeader *shared = (const ChannelHeader *)(const void *)reader->memory;
  uint32_t used = __atomic_load_n (&shared->rings_used.value, __ATOMIC_ACQUIRE);
  uint64_t before = reader->stats.events;
  size_t most = max_events > 0 ? max_events : SIZE_MAX;
  DrainTime time = read_time (reader, target_ended);
  RunEnd end = TURN_OVER;

  if (used > reader->header.n_rings)
    used = reader->header.n_rings;
  if (used > reader->rings_used)
    reader->rings_used = used;

  begin_drain (reader, &time);
  while (reader->n_heap > 0 && end != ENOUGH)
    {
      MergeNode *top = &reader->heap[0];
      size_t left = most - (size_t)(reader->stats.events - before);

      end = deliver_run (reader, top->ring, runner_up (reader), &time, left, func, data);
      if (end == RING_DONE)
        *top = reader->heap[--reader->n_heap];
      else if (end == TURN_OVER)
        top->ticks = reader->rings[top->ring].entries[reader->rings[top->ring].first].ticks;
      if (reader->n_heap > 0)
        sift_down (reader->heap, reader->n_heap, 0);
    }
  if (target_ended)
    end_target (reader);
  if (reader->moved > 0)
    channel_ring_wake (reader);
  return (size_t)(reader->stats.events - before);
}
