/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* When a ring is full: what is dropped or written over is counted, and who waits is woken. */

#include "reader-fixture.h"

static void
test_drop (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    g_assert_true (fixture_emit (fixture, i, i + 1) == (i < 64));
  g_assert_cmpuint (fixture_drain (fixture), ==, 64);
  g_assert_cmpuint (fixture_stats (fixture).dropped, ==, 36);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 64);

  g_assert_true (fixture_emit (fixture, 200, 200));
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
  g_assert_cmpuint (fixture_event (fixture, 64)->task, ==, 200);
  g_assert_cmpuint (fixture_stats (fixture).dropped, ==, 36);
  g_assert_cmpuint (fixture_stats (fixture).overwritten, ==, 0);
}

static void
test_dropped_never_falls (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  fixture_drain (fixture);
  ring->lost = 50;
  g_assert_cmpuint (fixture_stats (fixture).dropped, ==, 50);
  ring->lost = 10;
  g_assert_cmpuint (fixture_stats (fixture).dropped, ==, 50);
  ring->lost = UINT64_MAX;
  g_assert_cmpuint (fixture_stats (fixture).dropped, ==, UINT64_MAX);
}

static void
test_overwrite (Fixture *fixture, gconstpointer data)
{
  channel_reader_set_policy (fixture->reader, CHANNEL_POLICY_OVERWRITE);
  for (guint i = 0; i < 100; i++)
    g_assert_true (fixture_emit (fixture, i, i + 1));
  g_assert_cmpuint (fixture_drain (fixture), ==, 64);
  g_assert_cmpuint (fixture_event (fixture, 0)->task, ==, 37);
  g_assert_cmpuint (fixture_event (fixture, 63)->task, ==, 100);
  g_assert_cmpuint (fixture_stats (fixture).overwritten, ==, 36);
  g_assert_cmpuint (fixture_stats (fixture).dropped, ==, 0);
}

/* The target goes on while the inspector reads: what it wrote over in between is counted, and
 * nothing is delivered twice or out of order. */
typedef struct
{
  Fixture *fixture;
  guint64 n_emitted;
  guint64 last_task;
  guint64 n_seen;
} Racing;

static void
race (const ChannelEvent *event, void *data)
{
  Racing *racing = data;

  g_assert_cmpuint (event->task, >, racing->last_task);
  racing->last_task = event->task;
  racing->n_seen++;
  if (racing->n_seen % 3 == 0 && racing->n_emitted < 100000)
    for (guint i = 0; i < 50; i++)
      {
        racing->n_emitted++;
        fixture_emit (racing->fixture, racing->n_emitted, racing->n_emitted);
      }
}

static void
test_overwrite_while_reading (void)
{
  Fixture fixture;
  Racing racing = { .fixture = &fixture };

  /* More than the reader copies at a time. */
  fixture_open (&fixture, &(ChannelBuilderShape){ .ring_capacity = 1024 }, 0);
  channel_reader_set_policy (fixture.reader, CHANNEL_POLICY_OVERWRITE);
  while (racing.n_emitted < 1000)
    {
      racing.n_emitted++;
      fixture_emit (&fixture, racing.n_emitted, racing.n_emitted);
    }
  while (racing.last_task < racing.n_emitted)
    channel_reader_drain (fixture.reader, 0, false, race, &racing);
  g_assert_cmpuint (fixture_stats (&fixture).overwritten, >, 0);
  g_assert_cmpuint (racing.n_seen + fixture_stats (&fixture).overwritten, ==, racing.n_emitted);
  g_assert_cmpuint (fixture_stats (&fixture).torn + fixture_stats (&fixture).invalid, ==, 0);
  fixture_tear_down (&fixture, NULL);
}

/* A thread that writes as fast as it can over a small ring: every record that is delivered is
 * whole, and every one that is not is counted. */
#define N_RACED 3000000u

static gpointer
write_over (gpointer data)
{
  Fixture *fixture = data;

  for (guint64 i = 1; i <= N_RACED; i++)
    channel_builder_record (fixture->builder, fixture->ring, i, CHANNEL_POINT, (uint32_t)(i % 64),
                            i, i * 0x9e3779b97f4a7c15);
  return NULL;
}

static void
check_whole (const ChannelEvent *event, void *data)
{
  guint64 *last = data;

  g_assert_cmpuint (event->task, >, *last);
  g_assert_cmpuint (event->arg, ==, event->task * 0x9e3779b97f4a7c15);
  g_assert_cmpuint (event->time_ns, ==, event->task);
  g_assert_cmpuint (event->location, ==, event->task % 64);
  *last = event->task;
}

static void
test_overwritten_by_another_thread (void)
{
  Fixture fixture;
  GThread *thread;
  guint64 last = 0, n_seen = 0;

  fixture_open (&fixture, &(ChannelBuilderShape){ .ring_capacity = 512 }, 0);
  channel_reader_set_policy (fixture.reader, CHANNEL_POLICY_OVERWRITE);
  thread = g_thread_new ("write-over", write_over, &fixture);
  while (last < N_RACED)
    n_seen += channel_reader_drain (fixture.reader, 0, false, check_whole, &last);
  g_thread_join (thread);
  g_assert_cmpuint (n_seen, ==, fixture_stats (&fixture).events);
  g_assert_cmpuint (n_seen + fixture_stats (&fixture).overwritten, ==, N_RACED);
  g_assert_cmpuint (fixture_stats (&fixture).torn + fixture_stats (&fixture).invalid, ==, 0);
  fixture_tear_down (&fixture, NULL);
}

static void
test_block_wakes (Fixture *fixture, gconstpointer data)
{
  ChannelControl *control = channel_builder_get_control (fixture->builder);
  uint32_t before;

  fixture_emit (fixture, 1, 1);
  before = control->space_futex;
  fixture_drain (fixture);
  g_assert_cmpuint (control->space_futex, ==, before); /* nobody waits under another policy */

  channel_reader_set_policy (fixture->reader, CHANNEL_POLICY_BLOCK);
  before = control->space_futex;
  fixture_drain (fixture);
  g_assert_cmpuint (control->space_futex, ==, before); /* no tail has moved */
  for (guint i = 0; i < 64; i++)
    fixture_emit (fixture, i, i + 1);
  fixture_drain (fixture);
  g_assert_cmpuint (control->space_futex, >, before);
  before = control->space_futex;
  channel_reader_stop_looking (fixture->reader);
  g_assert_cmpuint (control->space_futex, >, before); /* nobody waits for one who has left */
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("policy/drop-counts-what-found-no-room", NULL, test_drop);
  ADD ("policy/dropped-never-falls", NULL, test_dropped_never_falls);
  ADD ("policy/overwrite-counts-what-was-not-read", NULL, test_overwrite);
  g_test_add_func ("/reader/policy/overwritten-while-reading", test_overwrite_while_reading);
  g_test_add_func ("/reader/policy/overwritten-by-another-thread",
                   test_overwritten_by_another_thread);
  ADD ("policy/block-is-woken", NULL, test_block_wakes);
  return g_test_run ();
}
