/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <glib.h>
#include "channel-builder.h"
#include "channel/reader.h"

typedef struct
{
  ChannelBuilder *builder;
  ChannelReader *reader;
  GArray *times;
  GArray *tasks;
} Fixture;

static void
keep (const ChannelEvent *event, void *data)
{
  Fixture *fixture = data;

  g_array_append_val (fixture->times, event->time_ns);
  g_array_append_val (fixture->tasks, event->task);
}

static void
open_channel (Fixture *fixture, uint32_t n_rings, uint32_t capacity)
{
  ChannelBuilderShape shape = { .n_rings = n_rings, .ring_capacity = capacity };
  size_t size;
  void *memory;

  fixture->builder = channel_builder_new (&shape);
  memory = channel_builder_get_memory (fixture->builder, &size);
  for (guint i = 0; i < n_rings; i++)
    channel_builder_add_ring (fixture->builder, 100 + i);
  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &fixture->reader), ==, 0);
  fixture->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  fixture->tasks = g_array_new (FALSE, FALSE, sizeof (guint64));
}

static void
close_channel (Fixture *fixture)
{
  channel_reader_close (fixture->reader);
  channel_builder_free (fixture->builder);
  g_array_unref (fixture->times);
  g_array_unref (fixture->tasks);
}

static void
emit (Fixture *fixture, uint32_t ring, uint64_t time, uint64_t task)
{
  channel_builder_record (fixture->builder, ring, time, CHANNEL_POLL_END, 0, task, 0);
}

static size_t
drain (Fixture *fixture, size_t max_events)
{
  return channel_reader_drain (fixture->reader, max_events, false, keep, fixture);
}

static void
assert_sorted (Fixture *fixture)
{
  for (guint i = 1; i < fixture->times->len; i++)
    g_assert_cmpint (g_array_index (fixture->times, gint64, i - 1), <=,
                     g_array_index (fixture->times, gint64, i));
}

/* Threads of all sorts: some often, some seldom, all of one drain in one order. */
static void
test_many_rings (gconstpointer data)
{
  guint n_rings = GPOINTER_TO_UINT (data);
  GRand *random = g_rand_new_with_seed (n_rings);
  guint64 *last = g_new0 (guint64, n_rings);
  Fixture fixture;
  guint64 time = 0;

  open_channel (&fixture, n_rings, 1024);
  for (guint round = 0; round < 3; round++)
    {
      guint n = 900;

      for (guint i = 0; i < n; i++)
        {
          guint ring = (guint)g_rand_int_range (random, 0, (gint32)n_rings);

          time += (guint64)g_rand_int_range (random, 0, 3); /* equal times too */
          emit (&fixture, ring, time, (guint64)ring << 32 | ++last[ring]);
        }
      g_assert_cmpuint (drain (&fixture, 0), ==, n);
    }
  assert_sorted (&fixture);

  /* Within a ring in the order of the writing. */
  memset (last, 0, n_rings * sizeof *last);
  for (guint i = 0; i < fixture.tasks->len; i++)
    {
      guint64 task = g_array_index (fixture.tasks, guint64, i);

      g_assert_cmpuint (task & 0xffffffff, ==, ++last[task >> 32]);
    }
  g_rand_free (random);
  g_free (last);
  close_channel (&fixture);
}

static void
test_cut_in_the_middle (void)
{
  Fixture fixture;

  open_channel (&fixture, 3, 64);
  for (guint i = 0; i < 60; i++)
    emit (&fixture, i % 3, 100 + i, i);
  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint (drain (&fixture, 5), ==, 5);
  g_assert_cmpuint (drain (&fixture, 5), ==, 0);
  for (guint i = 0; i < 60; i++)
    g_assert_cmpuint (g_array_index (fixture.tasks, guint64, i), ==, i);
  close_channel (&fixture);
}

/* A thread that waits within a record does not hold up the others. */
static void
test_stuck_ring_lets_others_pass (void)
{
  Fixture fixture;
  uint64_t index;

  open_channel (&fixture, 2, 64);
  index = channel_builder_reserve (fixture.builder, 0);
  emit (&fixture, 1, 20, 2);
  g_assert_cmpuint (drain (&fixture, 0), ==, 1);
  channel_builder_commit (fixture.builder, 0, index, 10, CHANNEL_POLL_END, 0, 1, 0);
  g_assert_cmpuint (drain (&fixture, 0), ==, 1);
  close_channel (&fixture);
}

/* The main code reads the clock (100); a handler comes, writes records of its own; then the main
 * code reserves. Its record stands behind theirs and belongs before them. */
static void
test_handler_after_clock (void)
{
  Fixture fixture;

  open_channel (&fixture, 1, 64);
  emit (&fixture, 0, 90, 1);
  emit (&fixture, 0, 101, 3);
  channel_builder_attribute (fixture.builder, 0, 3, 1, 7);
  emit (&fixture, 0, 102, 4);
  emit (&fixture, 0, 100, 2);
  channel_builder_attribute (fixture.builder, 0, 20, 1, 7); /* of the main code's record */
  emit (&fixture, 0, 110, 5);
  g_assert_cmpuint (drain (&fixture, 0), ==, 7);
  assert_sorted (&fixture);
  {
    static const guint64 expected[] = { 1, 2, 20, 3, 3, 4, 5 };

    for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
      g_assert_cmpuint (g_array_index (fixture.tasks, guint64, i), ==, expected[i]);
  }
  close_channel (&fixture);
}

/* The other way round: reserved first, then the handler, then the clock. */
static void
test_handler_after_reserve (void)
{
  Fixture fixture;
  uint64_t index;

  open_channel (&fixture, 1, 64);
  index = channel_builder_reserve (fixture.builder, 0);
  emit (&fixture, 0, 100, 1);
  emit (&fixture, 0, 101, 2);
  channel_builder_commit (fixture.builder, 0, index, 105, CHANNEL_POLL_END, 0, 3, 0);
  emit (&fixture, 0, 110, 4);
  g_assert_cmpuint (drain (&fixture, 0), ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (g_array_index (fixture.tasks, guint64, i), ==, i + 1);
  close_channel (&fixture);
}

/* Wherever it falls with respect to what is copied at a time. */
static void
test_handler_at_every_position (void)
{
  for (guint at = 0; at < 600; at += 7)
    {
      Fixture fixture;

      open_channel (&fixture, 1, 1024);
      for (guint i = 0; i < 640; i++)
        {
          guint j = i >= at && i < at + 20 ? i + 1 : i == at + 20 ? at : i;
          emit (&fixture, 0, 1000 + j, j);
        }
      g_assert_cmpuint (drain (&fixture, 0), ==, 640);
      for (guint i = 0; i < 640; i++)
        g_assert_cmpuint (g_array_index (fixture.tasks, guint64, i), ==, i);
      close_channel (&fixture);
    }
}

/* Times without any order cost order alone: all is delivered, and in bounded time. */
static void
test_nonsense_times (void)
{
  Fixture fixture;

  open_channel (&fixture, 2, 8192);
  for (guint i = 0; i < 8192; i++)
    {
      emit (&fixture, 0, UINT64_MAX - i, i);
      emit (&fixture, 1, i % 2 ? 0 : UINT64_MAX, i);
    }
  g_assert_cmpuint (drain (&fixture, 0), ==, 2 * 8192);
  for (guint i = 0; i < fixture.times->len; i++)
    g_assert_cmpint (g_array_index (fixture.times, gint64, i), >=, 0);
  close_channel (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/reader/merge/1-ring", GUINT_TO_POINTER (1), test_many_rings);
  g_test_add_data_func ("/reader/merge/2-rings", GUINT_TO_POINTER (2), test_many_rings);
  g_test_add_data_func ("/reader/merge/3-rings", GUINT_TO_POINTER (3), test_many_rings);
  g_test_add_data_func ("/reader/merge/300-rings", GUINT_TO_POINTER (300), test_many_rings);
  g_test_add_func ("/reader/merge/cut-in-the-middle", test_cut_in_the_middle);
  g_test_add_func ("/reader/merge/stuck-ring-lets-others-pass", test_stuck_ring_lets_others_pass);
  g_test_add_func ("/reader/merge/handler-after-clock", test_handler_after_clock);
  g_test_add_func ("/reader/merge/handler-after-reserve", test_handler_after_reserve);
  g_test_add_func ("/reader/merge/handler-at-every-position", test_handler_at_every_position);
  g_test_add_func ("/reader/merge/nonsense-times", test_nonsense_times);
  return g_test_run ();
}
