/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "reader-private.h"

/* From one shared ring to the reader's own entries, in the order of time.
 *
 *        tail            limit      head
 *   ......|///|  |///////|..........|         /  committed
 *              ^ uncommitted: the thread is within emit, was killed there, or left it by longjmp
 *
 * The target may write all of it at any moment. `tail` is the reader's own; everything else is read
 * once, and an index is masked before it is used. */

#define STUCK_NS NSEC_PER_SEC
#define STUCK_RECORDS 1024u
#define STUCK_SCAN 4096u

static const ChannelRecord *
slot_of (const ChannelReader *reader, uint32_t index, uint64_t position)
{
  const ChannelHeader *header = &reader->header;

  return reader->shared_records + (size_t)index * header->ring_capacity +
         (position & (header->ring_capacity - 1));
}

/* Pairs with the release store of `seq` that commits a record. */
static bool
is_committed (const ChannelRecord *slot, uint64_t position)
{
  return __atomic_load_n (&slot->seq, __ATOMIC_ACQUIRE) == (uint32_t)(position + 1);
}

/* Pairs with the target's addition to it: what lies below was reserved before. */
static uint64_t
load_head (const ChannelReader *reader, uint32_t index)
{
  return __atomic_load_n (&reader->shared_rings[index].head, __ATOMIC_ACQUIRE);
}

/* The lowest position that the target has not begun to write over. */
static uint64_t
oldest_of (const ChannelReader *reader, uint64_t head)
{
  return head > reader->header.ring_capacity ? head - reader->header.ring_capacity : 0;
}

static void
skip_to (ChannelReader *reader, ReaderRing *ring, uint64_t position)
{
  if (position <= ring->tail)
    return;
  channel_count (&reader->stats.overwritten, position - ring->tail);
  ring->has_gap = true;
  ring->tail = position;
  if (ring->limit < position)
    ring->limit = position;
}

/* The futex is raised after the tails, so that a thread which read it before it looked at its tail
 * does not fall asleep. Not FUTEX_PRIVATE: the waiter is in another process. */
void
channel_ring_wake (ChannelReader *reader)
{
  reader->moved = 0;
  if (reader->control == NULL || reader->policy != CHANNEL_POLICY_BLOCK)
    return;
  __atomic_fetch_add (&reader->control->space_futex, 1, __ATOMIC_SEQ_CST);
  syscall (SYS_futex, &reader->control->space_futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Pairs with the target's acquire load of the tail before it writes over what lies below. */
static void
publish_tail (ChannelReader *reader, uint32_t index, uint64_t n_moved)
{
  if (reader->tails == NULL)
    return;
  __atomic_store_n (&reader->tails[index].tail, reader->rings[index].tail, __ATOMIC_RELEASE);
  reader->moved += n_moved;
  if (reader->moved >= reader->header.ring_capacity / 4)
    channel_ring_wake (reader);
}

void
channel_ring_begin (ChannelReader *reader, uint32_t index)
{
  ReaderRing *ring = &reader->rings[index];
  uint64_t head = load_head (reader, index);
  uint64_t before = ring->tail;

  if (head < ring->tail)
    {
      /* Nobody takes reservations back. What lies there can not be told from what was read. */
      channel_count (&reader->stats.invalid, 1);
      ring->tail = head;
    }
  ring->limit = head;
  skip_to (reader, ring, oldest_of (reader, head));
  if (ring->tail != before)
    publish_tail (reader, index, 1);
}

void
channel_ring_count (ChannelReader *reader, uint32_t index)
{
  ReaderRing *ring = &reader->rings[index];
  const ChannelRing *shared = &reader->shared_rings[index];
  uint64_t lost = __atomic_load_n (&shared->lost, __ATOMIC_RELAXED);
  uint64_t cost_ticks = __atomic_load_n (&shared->cost_ticks, __ATOMIC_RELAXED);

  if (lost > ring->lost)
    {
      channel_count (&reader->stats.dropped, lost - ring->lost);
      ring->lost = lost;
    }
  if (cost_ticks > ring->cost_ticks)
    {
      channel_count (&reader->stats.cost_ns,
                     channel_clock_span (&reader->clock, cost_ticks - ring->cost_ticks));
      ring->cost_ticks = cost_ticks;
    }
}

/* Keeps entries in the order of their times. They nearly are: only a record of a signal handler
 * that came between another's clock read and its reservation stands before an earlier one. */
static void
append (ReaderRing *ring, const ChannelRecord *record)
{
  RingEntry *entries = ring->entries;
  uint32_t type = channel_record_type (record->type_location);
  uint32_t at = ring->end, least;

  if (type != CHANNEL_ATTRIBUTE && type != CHANNEL_BYTES)
    ring->last_ticks = record->time;
  least = at - ring->first > RING_WINDOW ? at - RING_WINDOW : ring->first;
  while (at > least && __builtin_expect (entries[at - 1].ticks > ring->last_ticks, 0))
    {
      entries[at] = entries[at - 1];
      at--;
    }
  entries[at].ticks = ring->last_ticks;
  entries[at].word = record->time;
  entries[at].task = record->task;
  entries[at].arg = record->arg;
  entries[at].type_location = record->type_location;
  entries[at].is_after_gap = ring->has_gap;
  ring->has_gap = false;
  ring->end++;
}

/* Copies what is committed from the tail on. Returns: how many records */
static uint32_t
copy_committed (const ChannelReader *reader, uint32_t index, ChannelRecord *ret_records)
{
  const ReaderRing *ring = &reader->rings[index];
  uint64_t available = ring->limit - ring->tail;
  uint32_t most = available < RING_BATCH ? (uint32_t)available : RING_BATCH;
  uint32_t n;

  for (n = 0; n < most; n++)
    {
      const ChannelRecord *slot = slot_of (reader, index, ring->tail + n);
      ChannelRecord *copy = &ret_records[n];

      if (!is_committed (slot, ring->tail + n))
        break;
      copy->time = __atomic_load_n (&slot->time, __ATOMIC_RELAXED);
      copy->type_location = __atomic_load_n (&slot->type_location, __ATOMIC_RELAXED);
      copy->task = __atomic_load_n (&slot->task, __ATOMIC_RELAXED);
      copy->arg = __atomic_load_n (&slot->arg, __ATOMIC_RELAXED);
    }
  return n;
}

/* How many records are committed behind the tail's, as far as it matters. */
static uint32_t
count_behind (const ChannelReader *reader, uint32_t index, uint32_t most)
{
  const ReaderRing *ring = &reader->rings[index];
  uint32_t behind = 0;

  for (uint64_t i = ring->tail + 1;
       i < ring->limit && i - ring->tail <= STUCK_SCAN && behind < most; i++)
    behind += is_committed (slot_of (reader, index, i), i);
  return behind;
}

/* Will the tail's record never be committed? A thread commits in order but for handlers nested
 * within its emit: only those, or what ran after a handler left by longjmp, are behind it. With
 * nothing behind there is nothing to gain, and the thread may just be stopped. */
static bool
is_given_up (ReaderRing *ring, uint32_t behind, uint32_t most, uint64_t now_ns)
{
  if (behind == 0)
    return false;
  if (ring->stuck_index != ring->tail)
    {
      ring->stuck_index = ring->tail;
      ring->stuck_since_ns = now_ns;
    }
  return behind >= most || now_ns - ring->stuck_since_ns >= STUCK_NS;
}

/* Has the ring's thread ended without committing the record at the tail? Pairs with the release
 * that closes the ring: what is not committed then never will be, and while the tail stands before
 * it no other thread takes the ring. */
static bool
is_left_behind (const ChannelReader *reader, uint32_t index)
{
  uint64_t tail = reader->rings[index].tail;

  return __atomic_load_n (&reader->shared_rings[index].state, __ATOMIC_ACQUIRE) ==
             CHANNEL_RING_CLOSED &&
         !is_committed (slot_of (reader, index, tail), tail);
}

/* The record at the tail is not committed. Returns: whether reading can go on behind it */
static bool
pass_uncommitted (ChannelReader *reader, uint32_t index, const DrainTime *time)
{
  ReaderRing *ring = &reader->rings[index];

  if (!time->target_ended && !is_left_behind (reader, index))
    {
      uint32_t half = reader->header.ring_capacity / 2;
      uint32_t most = half < STUCK_RECORDS ? half : STUCK_RECORDS;

      /* It can have been committed since it was found not to be. */
      if (is_committed (slot_of (reader, index, ring->tail), ring->tail))
        return true;
      if (!is_given_up (ring, count_behind (reader, index, most), most, time->now_ns))
        {
          ring->limit = ring->tail;
          return false;
        }
    }
  channel_count (&reader->stats.torn, 1);
  ring->tail++;
  ring->has_torn_end = time->target_ended && ring->tail == ring->limit;
  return true;
}

/* A thread may take a closed ring only when its published tail has reached the head. So whoever has
 * written what lies between tail and limit took the ring before its generation is read here; what
 * is still to be delivered may be of the one before, and has to go first. */
static bool
adopt_thread (ChannelReader *reader, uint32_t index)
{
  ReaderRing *ring = &reader->rings[index];
  const ChannelRing *shared = &reader->shared_rings[index];
  uint32_t generation = __atomic_load_n (&shared->generation, __ATOMIC_ACQUIRE);

  if (ring->entries != NULL && generation == ring->generation)
    return true;
  if (ring->first < ring->end)
    return false;
  if (ring->entries == NULL)
    ring->entries = malloc ((RING_BATCH + RING_WINDOW) * sizeof *ring->entries);
  if (ring->entries == NULL)
    return false;
  ring->generation = generation;
  ring->tid = __atomic_load_n (&shared->tid, __ATOMIC_RELAXED);
  return true;
}

static void
move_to_front (ReaderRing *ring)
{
  uint32_t n = ring->end - ring->first;

  if (n > 0 && ring->first > 0)
    memmove (ring->entries, ring->entries + ring->first, n * sizeof *ring->entries);
  ring->first = 0;
  ring->end = n;
}

void
channel_ring_fill (ChannelReader *reader, uint32_t index, const DrainTime *time)
{
  ReaderRing *ring = &reader->rings[index];
  ChannelRecord records[RING_BATCH];

  while (ring->end - ring->first < RING_WINDOW && ring->tail < ring->limit)
    {
      uint64_t before = ring->tail, oldest, reached;
      uint32_t n, n_overwritten;

      if (!adopt_thread (reader, index))
        return;
      n = copy_committed (reader, index, records);
      /* What the head says after the copy tells which of the copies can be torn. */
      __atomic_thread_fence (__ATOMIC_ACQUIRE);
      oldest = oldest_of (reader, load_head (reader, index));
      reached = ring->tail + n;
      n_overwritten = oldest <= ring->tail ? 0 : oldest >= reached ? n : oldest - ring->tail;
      skip_to (reader, ring, oldest);

      move_to_front (ring);
      for (uint32_t i = n_overwritten; i < n; i++)
        append (ring, &records[i]);
      if (ring->tail < reached)
        ring->tail = reached;
      if (n == 0 && oldest <= before && !pass_uncommitted (reader, index, time))
        return;
      publish_tail (reader, index, ring->tail - before);
    }
}
