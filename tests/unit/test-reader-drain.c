/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <fcntl.h>

#include "reader-fixture.h"

static void
test_fields (Fixture *fixture, gconstpointer data)
{
  ChannelBuilder *builder = fixture->builder;
  const ChannelEvent *event;
  uint64_t await = UINT64_C (3) << 48 | 0x1234;

  channel_builder_record (builder, fixture->ring, 10, CHANNEL_AWAIT_BEGIN, 7, 42, await);
  channel_builder_record (builder, fixture->ring, 20, CHANNEL_AWAIT_END, (uint32_t)-104 & 0xffffff,
                          42, await);
  channel_builder_attribute (builder, fixture->ring, await, 5, 99);
  channel_builder_record (builder, fixture->ring, 30, CHANNEL_POINT, 2, 42, UINT64_MAX);
  channel_builder_record (builder, fixture->ring, 40, CHANNEL_POLL_END, 9, 42, 77);
  g_assert_cmpuint (fixture_drain (fixture), ==, 5);

  event = fixture_event (fixture, 0);
  g_assert_cmpint (event->time_ns, ==, 10);
  g_assert_cmpuint (event->type, ==, CHANNEL_AWAIT_BEGIN);
  g_assert_cmpuint (event->location, ==, 7);
  g_assert_cmpint (event->status, ==, 0);
  g_assert_cmpuint (event->ring, ==, fixture->ring);
  g_assert_cmpint (event->tid, ==, 4711);
  g_assert_cmpuint (event->task, ==, 42);
  g_assert_cmpuint (event->arg, ==, await);
  event = fixture_event (fixture, 1);
  g_assert_cmpint (event->status, ==, -104);
  g_assert_cmpuint (event->location, ==, 0);
  event = fixture_event (fixture, 2);
  g_assert_cmpint (event->time_ns, ==, 20); /* that of the record before it */
  g_assert_cmpuint (event->type, ==, CHANNEL_ATTRIBUTE);
  g_assert_cmpuint (event->task, ==, await);
  g_assert_cmpuint (event->key, ==, 5);
  g_assert_cmpuint (event->value, ==, 99);
  g_assert_null (event->bytes);
  event = fixture_event (fixture, 3);
  g_assert_cmpuint (event->arg, ==, UINT64_MAX);
  event = fixture_event (fixture, 4); /* fields that its type does not have are not passed on */
  g_assert_cmpuint (event->arg, ==, 0);
  g_assert_cmpuint (event->location, ==, 0);
}

typedef struct
{
  const char *name;
  uint32_t type;
  uint32_t bits;
  uint64_t task;
  uint64_t arg;
} InvalidCase;

static const InvalidCase invalid_cases[] = {
  { "type-0", 0, 0, 1, 1 },
  { "type-next", CHANNEL_TYPE_COUNT, 0, 1, 1 },
  { "type-255", 255, 0, 1, 1 },
  { "task-past-48-bits", CHANNEL_POLL_END, 0, UINT64_C (1) << 48, 0 },
  { "task-all-bits", CHANNEL_TASK_BEGIN, 0, UINT64_MAX, 0 },
  { "parent-past-48-bits", CHANNEL_TASK_BEGIN, 0, 1, UINT64_C (1) << 48 },
  { "kind-past-table", CHANNEL_AWAIT_BEGIN, 0, 1, KIND (65) },
  { "cause-past-table", CHANNEL_POLL_BEGIN, 0, 1, KIND (65535) },
  { "resource-past-table", CHANNEL_RESOURCE_END, 0, 1, KIND (65) },
  { "location-past-table", CHANNEL_AWAIT_BEGIN, 65, 1, 1 },
  { "location-all-bits", CHANNEL_TASK_BEGIN, 0xffffff, 1, 1 },
  { "string-past-end", CHANNEL_STATE_NAME, 0, 1, 4096 },
  { "string-unaligned", CHANNEL_STATE_NAME, 0, 1, 9 },
  { "key-past-table", CHANNEL_ATTRIBUTE, 0, 1, KIND (65) },
  { "object-past-table", CHANNEL_ATTRIBUTE, 0, KIND (65), 0 },
  { "bytes-too-long", CHANNEL_ATTRIBUTE, 0, 1, KIND (1) | (CHANNEL_TEXT_MAX + 1) },
  { "bytes-length-huge", CHANNEL_ATTRIBUTE, 0, 1, KIND (1) | UINT64_C (0xffffffffffff) },
  { "chunk-of-nothing", CHANNEL_BYTES, 0, 1, 0 },
  { "chunk-huge", CHANNEL_BYTES, 0xffffff, 1, 0 },
};

static void
test_invalid (Fixture *fixture, gconstpointer data)
{
  const InvalidCase *invalid = data;

  fixture_emit (fixture, 10, 1);
  channel_builder_record (fixture->builder, fixture->ring, 20, invalid->type, invalid->bits,
                          invalid->task, invalid->arg);
  fixture_emit (fixture, 30, 2);
  g_assert_cmpuint (fixture_drain (fixture), ==, 2);
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 1);
  g_assert_cmpuint (fixture_event (fixture, 1)->task, ==, 2);
}

/* ---- Wrapping, and heads that lie ------------------------------------------------------------ */

static const uint64_t first_indices[] = {
  0,
  63,
  UINT64_C (0xffffffff) - 100, /* seq passes through 0 */
  UINT64_C (0xffffffff) - 64,
  UINT64_C (0x1ffffffff) - 10,
  UINT64_C (1) << 63,
};

static void
test_wrap (gconstpointer data)
{
  uint64_t first = *(const uint64_t *)data;
  Fixture fixture;
  guint64 task = 0;

  fixture_open (&fixture, &(ChannelBuilderShape){ .ring_capacity = 64 }, first);
  for (guint round = 0; round < 20; round++)
    {
      guint n = 1 + round * 7 % 64;

      for (guint i = 0; i < n; i++, task++)
        g_assert_true (fixture_emit (&fixture, task, task + 1));
      g_assert_cmpuint (fixture_drain (&fixture), ==, n);
    }
  for (guint i = 0; i < fixture.events->len; i++)
    g_assert_cmpuint (fixture_event (&fixture, i)->task, ==, i + 1);
  g_assert_cmpuint (fixture_stats (&fixture).torn, ==, 0);
  g_assert_cmpuint (fixture_stats (&fixture).overwritten, ==, 0);
  fixture_tear_down (&fixture, NULL);
}

static void
test_head_runs_back (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  for (guint i = 0; i < 10; i++)
    fixture_emit (fixture, i, i + 1);
  g_assert_cmpuint (fixture_drain (fixture), ==, 10);
  ring->head = 4;
  g_assert_cmpuint (fixture_drain (fixture), ==, 0);
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 1);
  fixture_emit (fixture, 20, 99);
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
  g_assert_cmpuint (fixture_event (fixture, 10)->task, ==, 99);
}

static void
test_head_jumps (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  for (guint i = 0; i < 10; i++)
    fixture_emit (fixture, i, i + 1);
  /* Slots and low halves of the indices are the same again after 2^32. */
  ring->head += UINT64_C (1) << 33;
  fixture_drain_ended (fixture);
  /* What is left can not be told from records of that lap; everything before is counted. */
  g_assert_cmpuint (fixture_stats (fixture).overwritten, ==, (UINT64_C (1) << 33) + 10 - 64);
  g_assert_cmpuint (fixture_stats (fixture).events + fixture_stats (fixture).torn +
                        fixture_stats (fixture).invalid,
                    ==, 64);

  ring->head = UINT64_MAX;
  fixture_drain_ended (fixture);
  fixture_drain_ended (fixture);
  g_assert_cmpuint (fixture->events->len, <=, 64);
  ring->head = 0;
  fixture_drain_ended (fixture);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, <=,
                    UINT64_MAX);
}

/* ---- Threads, limits, counters --------------------------------------------------------------- */

/* A ring that a second thread takes over, once all of the first one's records are read. */
static void
test_thread_takes_over (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  for (guint i = 0; i < 10; i++)
    fixture_emit (fixture, i, i + 1);
  /* Copied, and so given back to the target, but not all delivered. */
  g_assert_cmpuint (channel_reader_drain (fixture->reader, 3, false, fixture_keep, fixture), ==, 3);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 10);
  ring->generation++;
  ring->tid = 4712;
  for (guint i = 10; i < 20; i++)
    fixture_emit (fixture, i, i + 1);
  g_assert_cmpuint (fixture_drain (fixture), ==, 17);
  for (guint i = 0; i < 20; i++)
    {
      g_assert_cmpuint (fixture_event (fixture, i)->task, ==, i + 1);
      g_assert_cmpint (fixture_event (fixture, i)->tid, ==, i < 10 ? 4711 : 4712);
    }
}

static void
test_at_most (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    fixture_emit (fixture, i, i + 1);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpuint (channel_reader_drain (fixture->reader, 7, false, fixture_keep, fixture), ==,
                      7);
  g_assert_cmpuint (channel_reader_drain (fixture->reader, 7, false, fixture_keep, fixture), ==, 4);
  for (guint i = 0; i < 60; i++)
    g_assert_cmpuint (fixture_event (fixture, i)->task, ==, i + 1);
}

/* Rings come while the reader is at work; a count that is too large is cut. */
static void
test_rings_come_later (Fixture *fixture, gconstpointer data)
{
  uint32_t second;

  fixture_emit (fixture, 1, 1);
  fixture_drain (fixture);
  second = channel_builder_add_ring (fixture->builder, 4712);
  channel_builder_record (fixture->builder, second, 2, CHANNEL_POLL_END, 0, 2, 0);
  channel_builder_get_header (fixture->builder)->rings_used.value = 1000000;
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
  g_assert_cmpint (fixture_event (fixture, 1)->tid, ==, 4712);
  channel_builder_get_header (fixture->builder)->rings_used.value = 0;
  channel_builder_record (fixture->builder, second, 3, CHANNEL_POLL_END, 0, 3, 0);
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
}

static void
test_counters (Fixture *fixture, gconstpointer data)
{
  ChannelHeader *header = channel_builder_get_header (fixture->builder);

  fixture_drain (fixture);
  header->lost_kinds = 1;
  header->lost_locations = 2;
  header->lost_modules = 3;
  header->lost_strings = 4;
  header->lost_threads = 5;
  header->skipped = 6;
  header->cut_stacks = 7;
  channel_builder_get_ring (fixture->builder, fixture->ring)->cost_ticks = 1000;
  g_assert_cmpuint (fixture_stats (fixture).table_losses, ==, 15);
  g_assert_cmpuint (fixture_stats (fixture).skipped, ==, 6);
  g_assert_cmpuint (fixture_stats (fixture).cut_stacks, ==, 7);
  g_assert_cmpuint (fixture_stats (fixture).cost_ns, ==, 1000);
  header->lost_threads = UINT64_MAX;
  g_assert_cmpuint (fixture_stats (fixture).table_losses, ==, UINT64_MAX);
}

/* Records of what is, by their clock, the far future are not believed; those of the next instant
 * wait until it has come. Only a live channel has a now. */
static void
test_future (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  uint32_t ring = channel_builder_add_ring (builder, 1);
  Fixture fixture = { .events = g_array_new (FALSE, FALSE, sizeof (ChannelEvent)) };
  gint64 now_us = g_get_monotonic_time (), soon_us = now_us + 900000;
  size_t n;

  channel_builder_record (builder, ring, (uint64_t)now_us * 1000, CHANNEL_POLL_END, 0, 1, 0);
  channel_builder_record (builder, ring, UINT64_MAX, CHANNEL_POLL_END, 0, 2, 0);
  channel_builder_record (builder, ring, (uint64_t)soon_us * 1000, CHANNEL_POLL_END, 0, 3, 0);
  g_assert_cmpint (
      channel_reader_open (channel_builder_dup_memfd (builder, F_SEAL_SHRINK | F_SEAL_GROW),
                           &fixture.reader),
      ==, 0);
  n = fixture_drain (&fixture);
  /* On a machine that has stood still meanwhile that instant has come. */
  if (g_get_monotonic_time () < soon_us)
    g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (n + fixture_drain_ended (&fixture), ==, 2);
  g_assert_cmpuint (fixture_event (&fixture, 0)->task, ==, 1);
  g_assert_cmpuint (fixture_event (&fixture, 1)->task, ==, 3);
  g_assert_cmpuint (fixture_stats (&fixture).invalid, ==, 1);
  channel_reader_close (fixture.reader);
  g_array_unref (fixture.events);
  channel_builder_free (builder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("fields/are-delivered", NULL, test_fields);
  for (guint i = 0; i < G_N_ELEMENTS (invalid_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/reader/invalid/", invalid_cases[i].name, NULL);
      g_test_add (path, Fixture, &invalid_cases[i], fixture_set_up, test_invalid,
                  fixture_tear_down);
    }
  for (guint i = 0; i < G_N_ELEMENTS (first_indices); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/reader/wrap/from-%" G_GINT64_MODIFIER "x", first_indices[i]);
      g_test_add_data_func (path, &first_indices[i], test_wrap);
    }
  ADD ("head/runs-back", NULL, test_head_runs_back);
  ADD ("head/jumps", NULL, test_head_jumps);
  ADD ("rings/second-thread-takes-over", NULL, test_thread_takes_over);
  ADD ("rings/come-later", NULL, test_rings_come_later);
  ADD ("drain/at-most", NULL, test_at_most);
  ADD ("stats/counters", NULL, test_counters);
  g_test_add_func ("/reader/drain/future-is-not-believed", test_future);
  return g_test_run ();
}
