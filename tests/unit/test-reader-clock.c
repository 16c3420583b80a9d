/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include <glib.h>
#include <math.h>
#include "channel/reader-private.h"

/* The reader's clock over a simulated counter: nothing here waits. */

#define MS UINT64_C (1000000)

typedef struct
{
  ReaderClock clock;
  double ghz; /* of the counter */
  uint64_t ticks;
  uint64_t ns;  /* CLOCK_MONOTONIC */
  int64_t last; /* converted, of the newest tick seen */
} Simulation;

/* A counter of another processor, so that the first rate is the one that is given. */
static void
begin (Simulation *simulation, double ghz, double believed_ghz)
{
  ChannelHeader header __attribute__ ((aligned (64))) = {
    .clock = CHANNEL_CLOCK_CNTVCT,
    .tick_hz = (uint64_t)(believed_ghz * 1e9),
  };

  *simulation = (Simulation){ .ghz = ghz, .ticks = 1000000, .ns = 5000 * MS };
  g_assert_cmpint (channel_clock_init (&simulation->clock, &header), ==, 0);
  /* As it is once the first anchor has been taken. */
  simulation->clock.base_ticks = simulation->ticks;
  simulation->clock.base_ns = simulation->ns;
  simulation->clock.n_segments = 1;
  simulation->clock.segments[0] =
      (ClockSegment){ simulation->ticks, simulation->ns, simulation->clock.rate };
  simulation->last = (int64_t)simulation->ns;
}

/* Time passes; every tick of it converts to no less than the one before. */
static void
pass (Simulation *simulation, uint64_t ns)
{
  uint64_t ticks = (uint64_t)((double)ns * simulation->ghz);

  for (guint i = 1; i <= 10; i++)
    {
      int64_t now = channel_clock_convert (&simulation->clock, simulation->ticks + ticks * i / 10);

      g_assert_cmpint (now, >=, simulation->last);
      simulation->last = now;
    }
  simulation->ticks += ticks;
  simulation->ns += ns;
}

static void
anchor (Simulation *simulation, int64_t noise_ns)
{
  channel_clock_anchor (&simulation->clock, simulation->ticks, simulation->ns + (uint64_t)noise_ns);
}

static int64_t
error_of (Simulation *simulation)
{
  return channel_clock_convert (&simulation->clock, simulation->ticks) - (int64_t)simulation->ns;
}

static void
test_converges (gconstpointer data)
{
  static const double believed[] = { 1.0, 1.0001, 0.9999, 1.00005 };
  Simulation simulation;

  for (guint i = 0; i < G_N_ELEMENTS (believed); i++)
    {
      begin (&simulation, 2.445, 2.445 * believed[i]);
      for (guint j = 0; j < 200; j++)
        {
          pass (&simulation, 30 * MS);
          anchor (&simulation, (int64_t)(j * 7919 % 200) - 100);
        }
      pass (&simulation, 30 * MS);
      g_assert_cmpint (ABS (error_of (&simulation)), <, 2000);
    }
}

/* Anchors that come at all intervals must not swing the clock. */
static void
test_is_stable (void)
{
  static const uint64_t intervals[] = { 20, 20, 20, 5000, 20, 1000, 30, 60000, 20, 100 };
  Simulation simulation;

  begin (&simulation, 0.025, 0.0250001);
  for (guint i = 0; i < 100; i++)
    {
      pass (&simulation, intervals[i % G_N_ELEMENTS (intervals)] * MS);
      anchor (&simulation, 50);
    }
  g_assert_cmpint (ABS (error_of (&simulation)), <, 100000);
}

/* The machine slept, or was moved: the counter stood still while time went on, or the reverse. */
static void
test_steps (void)
{
  Simulation simulation;

  begin (&simulation, 2.0, 2.0);
  pass (&simulation, 100 * MS);
  anchor (&simulation, 0);
  simulation.ticks += 1000;
  simulation.ns += 60000 * MS;
  anchor (&simulation, 0);
  pass (&simulation, 100 * MS);
  g_assert_cmpint (ABS (error_of (&simulation)), <, 2000);

  simulation.ticks += (uint64_t)(2.0 * 500 * MS); /* 500 ms too far: it goes slower, not back */
  anchor (&simulation, 0);
  for (guint i = 0; i < 100; i++)
    {
      pass (&simulation, 30 * MS);
      anchor (&simulation, 0);
    }
  g_assert_cmpint (ABS (error_of (&simulation)), <, 10000);
}

static void
test_counter_set_back (void)
{
  Simulation simulation;

  begin (&simulation, 2.0, 2.0);
  pass (&simulation, 1000 * MS);
  anchor (&simulation, 0);
  simulation.ticks = 50;
  simulation.ns += 10 * MS;
  anchor (&simulation, 0);
  pass (&simulation, 100 * MS);
  g_assert_cmpint (ABS (error_of (&simulation)), <, 10000);
}

/* What was converted once is converted the same later. */
static void
test_history_stays (void)
{
  Simulation simulation;
  uint64_t ticks[50];
  int64_t converted[50];

  begin (&simulation, 3.0, 3.0003);
  for (guint i = 0; i < 50; i++)
    {
      pass (&simulation, 30 * MS);
      ticks[i] = simulation.ticks - 1000;
      converted[i] = channel_clock_convert (&simulation.clock, ticks[i]);
      anchor (&simulation, 0);
    }
  for (guint i = 0; i < 50; i++)
    g_assert_cmpint (channel_clock_convert (&simulation.clock, ticks[i]), ==, converted[i]);
}

/* Any tick whatever makes a time, and never one before another's. */
static void
test_extremes (void)
{
  static const uint64_t ticks[] = {
    0, 1, UINT64_C (1) << 43, UINT64_C (1) << 44, UINT64_C (1) << 62, UINT64_C (1) << 63, UINT64_MAX
  };
  static const double ghz[] = { 0.001, 0.025, 1.0, 10.0 };

  for (guint i = 0; i < G_N_ELEMENTS (ghz); i++)
    {
      Simulation simulation;
      int64_t last = 0;

      begin (&simulation, ghz[i], ghz[i]);
      for (guint j = 0; j < G_N_ELEMENTS (ticks); j++)
        {
          int64_t time = channel_clock_convert (&simulation.clock, ticks[j]);

          g_assert_cmpint (time, >=, last);
          last = time;
        }
    }
}

static void
test_monotonic_is_itself (void)
{
  static const uint64_t times[] = {
    0, 1, 123456789, UINT64_C (1) << 44, (UINT64_C (1) << 44) + 1, UINT64_C (1) << 60, INT64_MAX
  };
  ChannelHeader header __attribute__ ((aligned (64))) = { .clock = CHANNEL_CLOCK_MONOTONIC };
  ReaderClock clock;

  g_assert_cmpint (channel_clock_init (&clock, &header), ==, 0);
  channel_clock_refresh (&clock);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    g_assert_cmpint (channel_clock_convert (&clock, times[i]), ==, (int64_t)times[i]);
  g_assert_cmpint (channel_clock_convert (&clock, UINT64_MAX), ==, INT64_MAX);
}

/* The real counter of this machine against the real time. */
static void
test_real_counter (void)
{
#if defined(__x86_64__)
  ChannelHeader header __attribute__ ((aligned (64))) = { .clock = CHANNEL_CLOCK_TSC };
  ReaderClock clock;
  guint n_close = 0;

  g_assert_cmpint (channel_clock_init (&clock, &header), ==, 0);
  for (guint i = 0; i < 1000; i++)
    {
      uint64_t ticks, before = channel_monotonic_ns (), after;
      int64_t time;

      g_assert_true (channel_clock_now (&clock, &ticks));
      after = channel_monotonic_ns ();
      time = channel_clock_convert (&clock, ticks);
      n_close += time > (int64_t)before - 20000 && time < (int64_t)after + 20000;
      channel_clock_refresh (&clock);
    }
  g_assert_cmpuint (n_close, >=, 990);
#else
  g_test_skip ("no counter of which the rate is unknown");
#endif
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/reader/clock/converges", NULL, test_converges);
  g_test_add_func ("/reader/clock/is-stable-at-any-interval", test_is_stable);
  g_test_add_func ("/reader/clock/follows-steps", test_steps);
  g_test_add_func ("/reader/clock/survives-a-counter-set-back", test_counter_set_back);
  g_test_add_func ("/reader/clock/what-was-converted-stays", test_history_stays);
  g_test_add_func ("/reader/clock/extreme-ticks", test_extremes);
  g_test_add_func ("/reader/clock/monotonic-is-itself", test_monotonic_is_itself);
  g_test_add_func ("/reader/clock/real-counter-is-close", test_real_counter);
  return g_test_run ();
}
