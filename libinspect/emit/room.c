/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/room.h"

#include <errno.h>
#include <linux/futex.h>
#include <time.h>

#include "emit/channel.h"
#include "emit/clock.h"
#include "emit/ring.h"
#include "emit/state.h"
#include "emit/sys.h"

/* The slow path is taken at least once in so many records: on the first lap to make 64 KiB present,
 * later to notice another policy or a departed inspector. It costs some cache lines that the
 * inspector writes to: at 2048 that was 1 % of a record, measured. */
#define FIRST_STRETCH 2048u
#define STRETCH 16384u

/* Records that nested signal handlers may write between the look at the room and the reserve. */
#define MARGIN 512u

#define MILLISECOND UINT64_C (1000000)
/* A producer waits for space no longer than this, in one go. */
#define LONGEST_WAIT (1000 * MILLISECOND)
#define ONE_WAIT (50 * MILLISECOND)
/* An inspector whose heartbeat is older is not worth waiting for... */
#define HEARTBEAT_OLD (1000 * MILLISECOND)
/* ... but it may have been stopped together with us (Ctrl-Z): it gets this long to come back. */
#define GRACE (250 * MILLISECOND)
/* With no heartbeat for so long, counted only while this process runs, the gate is closed. */
#ifndef EMIT_HEARTBEAT_DEAD_MS
#define EMIT_HEARTBEAT_DEAD_MS 5000u
#endif
#define HEARTBEAT_DEAD (EMIT_HEARTBEAT_DEAD_MS * MILLISECOND)
#define HEARTBEAT_CHECK_INTERVAL 64u

void
emit_room_reset (EmitThread *self, uint64_t head)
{
  self->populated = head;
  self->populate_end = head + emit_channel.ring_capacity;
  self->gave_up_tail = UINT64_MAX;
}

/* ---- Is the inspector there? ---- */

/* Looked at by all threads at once; the exchange makes each span of time count only once. A span in
 * which nobody looked counts as short: the process may have been stopped, and the inspector too. */
static bool
heart_beats (void)
{
  uint64_t beat = __atomic_load_n (&emit_channel.control->heartbeat_ns, __ATOMIC_RELAXED);
  uint64_t now = emit_clock_monotonic_ns ();
  uint64_t before = __atomic_exchange_n (&emit_local->beat_checked, now, __ATOMIC_RELAXED);
  uint64_t span = before == 0 || now < before ? 0 : now - before;

  if (__atomic_exchange_n (&emit_local->beat_seen, beat, __ATOMIC_RELAXED) != beat)
    {
      __atomic_store_n (&emit_local->beat_stale, 0, __ATOMIC_RELAXED);
      return true;
    }
  if (span > GRACE)
    span = GRACE;
  return __atomic_add_fetch (&emit_local->beat_stale, span, __ATOMIC_RELAXED) < HEARTBEAT_DEAD;
}

static bool
inspector_is_there (EmitThread *self)
{
  if (__atomic_load_n (&emit_channel.control->looking, __ATOMIC_RELAXED) != 0)
    {
      if (++self->n_checks % HEARTBEAT_CHECK_INTERVAL != 0 || heart_beats ())
        return true;
      /* It may only have been held up: then it has to know that it hears no more. */
      __atomic_store_n (&emit_channel.header->state.value, CHANNEL_STATE_SILENT, __ATOMIC_RELEASE);
    }
  emit_process_close_gate ();
  return false;
}

/* ---- Room ---- */

/* The head up to which this thread may write without touching what is unread. */
static uint64_t
end_of_room (const EmitThread *self, uint64_t *ret_tail)
{
  uint64_t capacity = emit_channel.ring_capacity;
  uint64_t margin = capacity / 4 < MARGIN ? capacity / 4 : MARGIN;
  /* Pairs with the reader's release after its copy. A tail that is no such thing means full. */
  uint64_t tail = __atomic_load_n (&emit_channel.tails[self->index].tail, __ATOMIC_ACQUIRE);
  uint64_t head = __atomic_load_n (&self->ring->head, __ATOMIC_RELAXED);

  *ret_tail = tail;
  if (tail > head || head - tail > capacity)
    return head;
  return tail + capacity - margin;
}

static bool
has_space (const EmitThread *self, uint32_t n, uint64_t *ret_tail)
{
  return __atomic_load_n (&self->ring->head, __ATOMIC_RELAXED) + n <= end_of_room (self, ret_tail);
}

/* Waits until the inspector has read on. Gives up where it seems gone or has read nothing for long,
 * and then does not wait again before it has. */
static void
wait_for_space (EmitThread *self, uint32_t n)
{
  ChannelControl *control = emit_channel.control;
  uint64_t begin = emit_clock_monotonic_ns (), now = begin;
  uint64_t tail;

  for (;;)
    {
      /* Read before the tail: what moves in between makes the wait return at once. */
      uint32_t space = __atomic_load_n (&control->space_futex, __ATOMIC_ACQUIRE);
      struct timespec timeout = { 0, ONE_WAIT };
      uint64_t beat;

      if (has_space (self, n, &tail) || tail == self->gave_up_tail)
        return;
      if (__atomic_load_n (&control->looking, __ATOMIC_RELAXED) == 0)
        return;
      beat = __atomic_load_n (&control->heartbeat_ns, __ATOMIC_RELAXED);
      if (now - begin >= LONGEST_WAIT ||
          (now - begin >= GRACE && now > beat && now - beat > HEARTBEAT_OLD))
        {
          self->gave_up_tail = tail;
          return;
        }
      sys_futex (&control->space_futex, FUTEX_WAIT, space, &timeout);
      now = emit_clock_monotonic_ns ();
    }
}

/* ---- Memory ---- */

static bool
populate_slots (const EmitThread *self, uint64_t first, uint64_t n)
{
  return emit_channel_populate (&self->records[first], n * sizeof (ChannelRecord)) == 0;
}

/* Makes the records up to @limit present on the ring's first lap; a fault for each page would cost
 * more, and one that finds no memory would kill the program. */
static bool
populate_up_to (EmitThread *self, uint64_t limit)
{
  uint64_t from = self->populated;
  uint64_t to = limit < self->populate_end ? limit : self->populate_end;
  uint64_t first = from & self->mask;
  uint64_t until_wrap = self->mask + 1 - first;

  if (from >= to)
    return true;
  if (to - from > until_wrap)
    {
      if (!populate_slots (self, first, until_wrap) ||
          !populate_slots (self, 0, to - from - until_wrap))
        return false;
    }
  else if (!populate_slots (self, first, to - from))
    return false;
  self->populated = to;
  return true;
}

bool
emit_room_refill (EmitThread *self, uint32_t n)
{
  uint32_t policy = __atomic_load_n (&emit_channel.control->policy, __ATOMIC_RELAXED);
  uint64_t head, end, tail, limit;

  if (!inspector_is_there (self))
    return false;

  if (policy == CHANNEL_POLICY_BLOCK && !has_space (self, n, &tail))
    wait_for_space (self, n);
  head = __atomic_load_n (&self->ring->head, __ATOMIC_RELAXED);
  limit = head + (head < self->populate_end ? FIRST_STRETCH : STRETCH);
  if (policy != CHANNEL_POLICY_OVERWRITE)
    {
      end = end_of_room (self, &tail);
      if (end < limit)
        limit = end;
    }
  else if (limit > head + emit_channel.ring_capacity)
    limit = head + emit_channel.ring_capacity;

  if (head + n > limit || !populate_up_to (self, limit))
    {
      emit_fetch_add_own (&self->ring->lost, n);
      return false;
    }
  self->limit = limit;
  self->quick_limit = emit_clock_is_quick () ? limit : 0;
  return true;
}
