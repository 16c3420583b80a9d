/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "reader-fixture.h"

#include <string.h>

void
fixture_keep (const ChannelEvent *event, void *data)
{
  Fixture *fixture = data;
  ChannelEvent copy = *event;

  if (event->bytes != NULL)
    {
      copy.bytes = g_memdup2 (event->bytes, event->n_bytes + 1);
      g_ptr_array_add (fixture->bytes, (gpointer)copy.bytes);
    }
  g_array_append_val (fixture->events, copy);
}

void
fixture_open (Fixture *fixture, const ChannelBuilderShape *shape, uint64_t first_index)
{
  size_t size;
  void *memory;

  fixture->builder = channel_builder_new (shape);
  memory = channel_builder_get_memory (fixture->builder, &size);
  fixture->ring = channel_builder_add_ring (fixture->builder, 4711);
  channel_builder_get_ring (fixture->builder, fixture->ring)->head = first_index;
  channel_builder_get_tail (fixture->builder, fixture->ring)->tail = first_index;
  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &fixture->reader), ==, 0);
  fixture->events = g_array_new (FALSE, FALSE, sizeof (ChannelEvent));
  fixture->bytes = g_ptr_array_new_with_free_func (g_free);
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture_open (fixture, &(ChannelBuilderShape){ .ring_capacity = 64 }, 0);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  channel_reader_close (fixture->reader);
  channel_builder_free (fixture->builder);
  g_array_unref (fixture->events);
  g_ptr_array_unref (fixture->bytes);
}

size_t
fixture_drain (Fixture *fixture)
{
  return channel_reader_drain (fixture->reader, 0, false, fixture_keep, fixture);
}

size_t
fixture_drain_ended (Fixture *fixture)
{
  return channel_reader_drain (fixture->reader, 0, true, fixture_keep, fixture);
}

const ChannelEvent *
fixture_event (Fixture *fixture, guint i)
{
  g_assert_cmpuint (i, <, fixture->events->len);
  return &g_array_index (fixture->events, ChannelEvent, i);
}

ChannelStats
fixture_stats (Fixture *fixture)
{
  ChannelStats stats;

  channel_reader_get_stats (fixture->reader, &stats);
  return stats;
}

bool
fixture_emit (Fixture *fixture, uint64_t time, uint64_t task)
{
  return channel_builder_record (fixture->builder, fixture->ring, time, CHANNEL_POLL_END, 0, task,
                                 0);
}

void
fixture_commit (Fixture *fixture, uint64_t index, uint64_t time, uint64_t task)
{
  channel_builder_commit (fixture->builder, fixture->ring, index, time, CHANNEL_POLL_END, 0, task,
                          0);
}
