/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Records that are not there yet, or never will be. */

#include "reader-fixture.h"

static void
test_uncommitted_waits (Fixture *fixture, gconstpointer data)
{
  uint64_t index;

  fixture_emit (fixture, 1, 1);
  index = channel_builder_reserve (fixture->builder, fixture->ring);
  fixture_emit (fixture, 3, 3); /* a signal handler */
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
  g_assert_cmpuint (fixture_drain (fixture), ==, 0);
  fixture_commit (fixture, index, 2, 2);
  g_assert_cmpuint (fixture_drain (fixture), ==, 2);
  g_assert_cmpuint (fixture_event (fixture, 1)->task, ==, 2);
  g_assert_cmpuint (fixture_event (fixture, 2)->task, ==, 3);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 0);
}

/* A handler left by siglongjmp never commits the record that it interrupted. */
static void
test_uncommitted_is_given_up (Fixture *fixture, gconstpointer data)
{
  uint64_t index = channel_builder_reserve (fixture->builder, fixture->ring);

  for (guint i = 0; i < 31; i++)
    fixture_emit (fixture, 10 + i, 10 + i);
  g_assert_cmpuint (fixture_drain (fixture), ==, 0);
  fixture_emit (fixture, 50, 50); /* half a ring is behind it */
  g_assert_cmpuint (fixture_drain (fixture), ==, 32);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 1);
  fixture_commit (fixture, index, 5, 5); /* too late: it changes nothing */
  g_assert_cmpuint (fixture_drain (fixture), ==, 0);
}

static void
test_uncommitted_is_given_up_in_large_rings (void)
{
  Fixture fixture;

  fixture_open (&fixture, &(ChannelBuilderShape){ .ring_capacity = 8192 }, 0);
  channel_builder_reserve (fixture.builder, fixture.ring);
  for (guint i = 0; i < 1023; i++)
    fixture_emit (&fixture, 10 + i, 10 + i);
  g_assert_cmpuint (fixture_drain (&fixture), ==, 0);
  fixture_emit (&fixture, 2000, 2000);
  g_assert_cmpuint (fixture_drain (&fixture), ==, 1024);
  g_assert_cmpuint (fixture_stats (&fixture).torn, ==, 1);
  fixture_tear_down (&fixture, NULL);
}

static void
test_uncommitted_at_the_end (Fixture *fixture, gconstpointer data)
{
  fixture_emit (fixture, 1, 1);
  channel_builder_reserve (fixture->builder, fixture->ring);
  fixture_emit (fixture, 3, 3);
  channel_builder_reserve (fixture->builder, fixture->ring);
  g_assert_cmpuint (fixture_drain_ended (fixture), ==, 2);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 2);
  g_assert_cmpuint (fixture_drain_ended (fixture), ==, 0);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 2);
}

/* However little has been written since, it is given up after a second; but while nothing has, it
 * may still come. */
static void
test_uncommitted_is_given_up_after_a_second (Fixture *fixture, gconstpointer data)
{
  DrainTime time = { .now_ns = 5 };

  fixture_drain (fixture); /* the ring is known */
  channel_builder_reserve (fixture->builder, fixture->ring);
  for (guint i = 0; i < 3; i++)
    {
      time.now_ns += 10 * NSEC_PER_SEC;
      channel_ring_begin (fixture->reader, fixture->ring);
      channel_ring_fill (fixture->reader, fixture->ring, &time);
      g_assert_cmpuint (fixture_stats (fixture).torn, ==, 0);
    }
  fixture_emit (fixture, 2, 2); /* the thread goes on, with a handler: the second begins here */
  channel_ring_begin (fixture->reader, fixture->ring);
  channel_ring_fill (fixture->reader, fixture->ring, &time);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 0);
  time.now_ns += NSEC_PER_SEC;
  channel_ring_begin (fixture->reader, fixture->ring);
  channel_ring_fill (fixture->reader, fixture->ring, &time);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 1);
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
}

static void
test_uncommitted_is_kept_for_a_second (Fixture *fixture, gconstpointer data)
{
  DrainTime time = { .now_ns = 5 };

  fixture_drain (fixture);
  channel_builder_reserve (fixture->builder, fixture->ring);
  fixture_emit (fixture, 2, 2);
  for (guint i = 0; i < 3; i++)
    {
      channel_ring_begin (fixture->reader, fixture->ring);
      channel_ring_fill (fixture->reader, fixture->ring, &time);
      g_assert_cmpuint (fixture_stats (fixture).torn, ==, 0);
      time.now_ns += NSEC_PER_SEC / 3;
    }
  time.now_ns += 1;
  channel_ring_begin (fixture->reader, fixture->ring);
  channel_ring_fill (fixture->reader, fixture->ring, &time);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 1);
}

/* A thread that has left, out of the middle of a record, must not fixture_keep its ring for ever. */
static void
test_uncommitted_of_closed_ring (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  fixture_emit (fixture, 1, 1);
  channel_builder_reserve (fixture->builder, fixture->ring);
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 1);
  ring->state = CHANNEL_RING_CLOSED;
  g_assert_cmpuint (fixture_drain (fixture), ==, 0);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 1);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("uncommitted/is-waited-for", NULL, test_uncommitted_waits);
  ADD ("uncommitted/is-given-up-after-half-a-ring", NULL, test_uncommitted_is_given_up);
  g_test_add_func ("/reader/uncommitted/is-given-up-after-1024-records",
                   test_uncommitted_is_given_up_in_large_rings);
  ADD ("uncommitted/is-torn-at-the-end", NULL, test_uncommitted_at_the_end);
  ADD ("uncommitted/is-given-up-after-a-second", NULL, test_uncommitted_is_given_up_after_a_second);
  ADD ("uncommitted/is-kept-for-a-second", NULL, test_uncommitted_is_kept_for_a_second);
  ADD ("uncommitted/is-torn-in-a-closed-ring", NULL, test_uncommitted_of_closed_ring);
  return g_test_run ();
}
