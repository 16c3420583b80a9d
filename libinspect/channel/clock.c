/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <time.h>
#include "reader-private.h"

/* The conversion is a chain of straight lines. Each anchor begins a new line where the one before
 * it has arrived, so that no time jumps, and aims it so that it meets the measured line after about
 * as long again. Times that were converted once are never converted differently later. */

#define CALIBRATION_NS UINT64_C (2000000)
#define ANCHOR_INTERVAL_NS UINT64_C (20000000)
#define AIM_NS UINT64_C (100000000) /* at least; a small error is made good within it */
#define STEP_NS UINT64_C (2000000)  /* a larger error: the clock was moved (suspend, migration) */
#define ONE (UINT64_C (1) << 32)

uint64_t
channel_monotonic_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Ticks can be read as well as nanoseconds? Only of the processor that this runs on. */
static bool
read_ticks (uint32_t source, uint64_t *ret_ticks)
{
  switch (source)
    {
    case CHANNEL_CLOCK_MONOTONIC:
      *ret_ticks = channel_monotonic_ns ();
      return true;
#if defined(__x86_64__)
    case CHANNEL_CLOCK_TSC:
      *ret_ticks = __builtin_ia32_rdtsc ();
      return true;
#elif defined(__aarch64__)
    case CHANNEL_CLOCK_CNTVCT:
      __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(*ret_ticks));
      return true;
#endif
    default:
      return false;
    }
}

/* Both clocks at one instant: the tightest of a few tries, since any of them can be interrupted. */
static void
read_pair (uint32_t source, uint64_t *ret_ticks, uint64_t *ret_ns)
{
  uint64_t best = UINT64_MAX;

  for (int i = 0; i < 5; i++)
    {
      uint64_t before = 0, after = 0, ns;

      read_ticks (source, &before);
      ns = channel_monotonic_ns ();
      read_ticks (source, &after);
      if (after - before < best)
        {
          best = after - before;
          *ret_ticks = before + (after - before) / 2;
          *ret_ns = ns;
        }
    }
}

static uint64_t
scale (uint64_t value, uint64_t slope)
{
  unsigned __int128 product = ((unsigned __int128)value * slope) >> 32;
  return product > INT64_MAX ? INT64_MAX : (uint64_t)product;
}

/* Nanoseconds a tick * 2^32; 0 if it can not be. A tick of 0.05 ns to 1 us is believed. */
static uint64_t
rate_of (uint64_t ns, uint64_t ticks)
{
  unsigned __int128 rate;

  if (ticks == 0)
    return 0;
  rate = ((unsigned __int128)ns << 32) / ticks;
  return rate < ONE / 20 || rate > (unsigned __int128)ONE * 1000 ? 0 : (uint64_t)rate;
}

static void
begin_segment (ReaderClock *clock, uint64_t ticks, uint64_t ns, uint64_t slope)
{
  clock->segments[clock->n_segments % CLOCK_SEGMENTS] = (ClockSegment){ ticks, ns, slope };
  clock->n_segments++;
}

static void
begin_baseline (ReaderClock *clock, uint64_t ticks, uint64_t ns)
{
  clock->base_ticks = ticks;
  clock->base_ns = ns;
}

/* A rate for the first anchors. The rate belongs to the machine, so that it is measured once in a
 * process and not again for every target that it opens. */
static uint64_t
calibrate (uint32_t source)
{
  static uint64_t measured[CHANNEL_CLOCK_CNTVCT + 1];
  uint64_t rate = __atomic_load_n (&measured[source], __ATOMIC_RELAXED);
  uint64_t ticks, ns, later_ticks, later_ns;
  struct timespec pause = { 0, CALIBRATION_NS };

  if (rate != 0)
    return rate;
  read_pair (source, &ticks, &ns);
  nanosleep (&pause, NULL);
  read_pair (source, &later_ticks, &later_ns);
  rate = rate_of (later_ns - ns, later_ticks - ticks);
  __atomic_store_n (&measured[source], rate, __ATOMIC_RELAXED);
  return rate;
}

int
channel_clock_init (ReaderClock *clock, const ChannelHeader *header)
{
  uint64_t ticks, ns;

  memset (clock, 0, sizeof *clock);
  clock->source = header->clock;
  clock->tick_hz = header->clock == CHANNEL_CLOCK_MONOTONIC ? NSEC_PER_SEC : header->tick_hz;
  clock->is_readable = read_ticks (header->clock, &ticks);

  /* What was measured here counts more than what the target says. */
  if (header->clock == CHANNEL_CLOCK_TSC && clock->is_readable)
    clock->rate = calibrate (header->clock);
  else if (clock->tick_hz != 0)
    clock->rate = rate_of (NSEC_PER_SEC, clock->tick_hz);
  if (clock->rate == 0)
    return -EPROTO;

  if (!clock->is_readable || header->clock == CHANNEL_CLOCK_MONOTONIC)
    {
      begin_segment (clock, 0, 0, clock->rate);
      return 0;
    }
  read_pair (header->clock, &ticks, &ns);
  begin_baseline (clock, ticks, ns);
  begin_segment (clock, ticks, ns, clock->rate);
  return 0;
}

/* The slope that leads from @estimate to the measured line. Over as long as the last anchor was
 * away, since the next may be as far: sooner, and it would shoot past the line. */
static uint64_t
aim (const ReaderClock *clock, uint64_t estimate, uint64_t ns, uint64_t last_ns)
{
  int64_t error = (int64_t)(ns - estimate);
  int64_t within = estimate - last_ns > AIM_NS ? (int64_t)(estimate - last_ns) : (int64_t)AIM_NS;
  __int128 slope = clock->rate + (__int128)clock->rate * error / within;
  uint64_t least = clock->rate / 2, most = clock->rate + clock->rate / 2;

  return slope < least ? least : slope > most ? most : (uint64_t)slope;
}

void
channel_clock_anchor (ReaderClock *clock, uint64_t ticks, uint64_t ns)
{
  const ClockSegment *last = &clock->segments[(clock->n_segments - 1) % CLOCK_SEGMENTS];
  uint64_t estimate, rate;

  if (ticks <= last->ticks || ticks < clock->base_ticks)
    {
      /* The counter was set back: nothing of before can be compared with it. */
      uint64_t reached = ns > last->ns ? ns : last->ns;

      if (ticks == last->ticks)
        return;
      clock->n_segments = 0;
      begin_baseline (clock, ticks, ns);
      begin_segment (clock, ticks, reached, clock->rate);
      return;
    }

  estimate = last->ns + scale (ticks - last->ticks, last->slope);
  if (estimate > ns ? estimate - ns > STEP_NS : ns - estimate > STEP_NS)
    {
      /* Forward it may jump. Back it must not: then it runs at half speed until it is true. */
      begin_baseline (clock, ticks, ns);
      begin_segment (clock, ticks, ns > estimate ? ns : estimate,
                     ns > estimate ? clock->rate : clock->rate / 2);
      return;
    }
  rate = rate_of (ns - clock->base_ns, ticks - clock->base_ticks);
  if (rate != 0 && ns - clock->base_ns >= CALIBRATION_NS)
    clock->rate = rate;
  begin_segment (clock, ticks, estimate, aim (clock, estimate, ns, last->ns));
}

void
channel_clock_refresh (ReaderClock *clock)
{
  const ClockSegment *last = &clock->segments[(clock->n_segments - 1) % CLOCK_SEGMENTS];
  uint64_t ticks, ns;

  if (!clock->is_readable || clock->source == CHANNEL_CLOCK_MONOTONIC)
    return;
  read_pair (clock->source, &ticks, &ns);
  if (ticks > last->ticks && channel_clock_span (clock, ticks - last->ticks) < ANCHOR_INTERVAL_NS)
    return;
  channel_clock_anchor (clock, ticks, ns);
}

bool
channel_clock_now (const ReaderClock *clock, uint64_t *ret_ticks)
{
  return clock->is_readable && read_ticks (clock->source, ret_ticks);
}

uint64_t
channel_clock_span (const ReaderClock *clock, uint64_t ticks)
{
  return scale (ticks, clock->rate);
}

uint64_t
channel_clock_ticks (const ReaderClock *clock, uint64_t ns)
{
  unsigned __int128 ticks = ((unsigned __int128)ns << 32) / clock->rate;
  return ticks > UINT64_MAX ? UINT64_MAX : (uint64_t)ticks;
}

/* Ticks before the newest segment: older ones are asked, and the oldest reaches back for ever. */
int64_t
channel_clock_convert_slow (const ReaderClock *clock, uint64_t ticks)
{
  uint32_t kept = clock->n_segments < CLOCK_SEGMENTS ? clock->n_segments : CLOCK_SEGMENTS;
  const ClockSegment *segment = NULL;
  uint64_t before;

  for (uint32_t i = 1; i <= kept; i++)
    {
      segment = &clock->segments[(clock->n_segments - i) % CLOCK_SEGMENTS];
      if (ticks >= segment->ticks)
        {
          uint64_t after = scale (ticks - segment->ticks, segment->slope);
          return after > INT64_MAX - segment->ns ? INT64_MAX : (int64_t)(segment->ns + after);
        }
    }
  before = scale (segment->ticks - ticks, segment->slope);
  return before >= segment->ns ? 0 : (int64_t)(segment->ns - before);
}
