/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <time.h>
#include "channel-builder.h"
#include "channel/reader-private.h"

typedef struct
{
  ChannelBuilder *builder;
  ChannelReader *reader;
  GArray *events; /* of ChannelEvent; bytes are copied */
  GPtrArray *bytes;
  uint32_t ring;
} Fixture;

static void
keep (const ChannelEvent *event, void *data)
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

static void
open_channel (Fixture *fixture, const ChannelBuilderShape *shape, uint64_t first_index)
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

static void
set_up (Fixture *fixture, gconstpointer data)
{
  open_channel (fixture, &(ChannelBuilderShape){ .ring_capacity = 64 }, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  channel_reader_close (fixture->reader);
  channel_builder_free (fixture->builder);
  g_array_unref (fixture->events);
  g_ptr_array_unref (fixture->bytes);
}

static size_t
drain (Fixture *fixture)
{
  return channel_reader_drain (fixture->reader, 0, false, keep, fixture);
}

static size_t
drain_ended (Fixture *fixture)
{
  return channel_reader_drain (fixture->reader, 0, true, keep, fixture);
}

static const ChannelEvent *
event_at (Fixture *fixture, guint i)
{
  g_assert_cmpuint (i, <, fixture->events->len);
  return &g_array_index (fixture->events, ChannelEvent, i);
}

static ChannelStats
stats_of (Fixture *fixture)
{
  ChannelStats stats;

  channel_reader_get_stats (fixture->reader, &stats);
  return stats;
}

static bool
emit (Fixture *fixture, uint64_t time, uint64_t task)
{
  return channel_builder_record (fixture->builder, fixture->ring, time, CHANNEL_POLL_END, 0, task,
                                 0);
}

static void
commit (Fixture *fixture, uint64_t index, uint64_t time, uint64_t task)
{
  channel_builder_commit (fixture->builder, fixture->ring, index, time, CHANNEL_POLL_END, 0, task,
                          0);
}

/* ---- Fields ---------------------------------------------------------------------------------- */

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
  g_assert_cmpuint (drain (fixture), ==, 5);

  event = event_at (fixture, 0);
  g_assert_cmpint (event->time_ns, ==, 10);
  g_assert_cmpuint (event->type, ==, CHANNEL_AWAIT_BEGIN);
  g_assert_cmpuint (event->location, ==, 7);
  g_assert_cmpint (event->status, ==, 0);
  g_assert_cmpuint (event->ring, ==, fixture->ring);
  g_assert_cmpint (event->tid, ==, 4711);
  g_assert_cmpuint (event->task, ==, 42);
  g_assert_cmpuint (event->arg, ==, await);
  event = event_at (fixture, 1);
  g_assert_cmpint (event->status, ==, -104);
  g_assert_cmpuint (event->location, ==, 0);
  event = event_at (fixture, 2);
  g_assert_cmpint (event->time_ns, ==, 20); /* that of the record before it */
  g_assert_cmpuint (event->type, ==, CHANNEL_ATTRIBUTE);
  g_assert_cmpuint (event->task, ==, await);
  g_assert_cmpuint (event->key, ==, 5);
  g_assert_cmpuint (event->value, ==, 99);
  g_assert_null (event->bytes);
  event = event_at (fixture, 3);
  g_assert_cmpuint (event->arg, ==, UINT64_MAX);
  event = event_at (fixture, 4); /* fields that its type does not have are not passed on */
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

#define KIND(n) ((uint64_t)(n) << 48)

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

  emit (fixture, 10, 1);
  channel_builder_record (fixture->builder, fixture->ring, 20, invalid->type, invalid->bits,
                          invalid->task, invalid->arg);
  emit (fixture, 30, 2);
  g_assert_cmpuint (drain (fixture), ==, 2);
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 1);
  g_assert_cmpuint (event_at (fixture, 1)->task, ==, 2);
}

/* ---- Policies -------------------------------------------------------------------------------- */

static void
test_drop (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    g_assert_true (emit (fixture, i, i + 1) == (i < 64));
  g_assert_cmpuint (drain (fixture), ==, 64);
  g_assert_cmpuint (stats_of (fixture).dropped, ==, 36);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 64);

  g_assert_true (emit (fixture, 200, 200));
  g_assert_cmpuint (drain (fixture), ==, 1);
  g_assert_cmpuint (event_at (fixture, 64)->task, ==, 200);
  g_assert_cmpuint (stats_of (fixture).dropped, ==, 36);
  g_assert_cmpuint (stats_of (fixture).overwritten, ==, 0);
}

static void
test_dropped_never_falls (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  drain (fixture);
  ring->lost = 50;
  g_assert_cmpuint (stats_of (fixture).dropped, ==, 50);
  ring->lost = 10;
  g_assert_cmpuint (stats_of (fixture).dropped, ==, 50);
  ring->lost = UINT64_MAX;
  g_assert_cmpuint (stats_of (fixture).dropped, ==, UINT64_MAX);
}

static void
test_overwrite (Fixture *fixture, gconstpointer data)
{
  channel_reader_set_policy (fixture->reader, CHANNEL_POLICY_OVERWRITE);
  for (guint i = 0; i < 100; i++)
    g_assert_true (emit (fixture, i, i + 1));
  g_assert_cmpuint (drain (fixture), ==, 64);
  g_assert_cmpuint (event_at (fixture, 0)->task, ==, 37);
  g_assert_cmpuint (event_at (fixture, 63)->task, ==, 100);
  g_assert_cmpuint (stats_of (fixture).overwritten, ==, 36);
  g_assert_cmpuint (stats_of (fixture).dropped, ==, 0);
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
        emit (racing->fixture, racing->n_emitted, racing->n_emitted);
      }
}

static void
test_overwrite_while_reading (void)
{
  Fixture fixture;
  Racing racing = { .fixture = &fixture };

  /* More than the reader copies at a time. */
  open_channel (&fixture, &(ChannelBuilderShape){ .ring_capacity = 1024 }, 0);
  channel_reader_set_policy (fixture.reader, CHANNEL_POLICY_OVERWRITE);
  while (racing.n_emitted < 1000)
    {
      racing.n_emitted++;
      emit (&fixture, racing.n_emitted, racing.n_emitted);
    }
  while (racing.last_task < racing.n_emitted)
    channel_reader_drain (fixture.reader, 0, false, race, &racing);
  g_assert_cmpuint (stats_of (&fixture).overwritten, >, 0);
  g_assert_cmpuint (racing.n_seen + stats_of (&fixture).overwritten, ==, racing.n_emitted);
  g_assert_cmpuint (stats_of (&fixture).torn + stats_of (&fixture).invalid, ==, 0);
  tear_down (&fixture, NULL);
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

  open_channel (&fixture, &(ChannelBuilderShape){ .ring_capacity = 512 }, 0);
  channel_reader_set_policy (fixture.reader, CHANNEL_POLICY_OVERWRITE);
  thread = g_thread_new ("write-over", write_over, &fixture);
  while (last < N_RACED)
    n_seen += channel_reader_drain (fixture.reader, 0, false, check_whole, &last);
  g_thread_join (thread);
  g_assert_cmpuint (n_seen, ==, stats_of (&fixture).events);
  g_assert_cmpuint (n_seen + stats_of (&fixture).overwritten, ==, N_RACED);
  g_assert_cmpuint (stats_of (&fixture).torn + stats_of (&fixture).invalid, ==, 0);
  tear_down (&fixture, NULL);
}

static void
test_block_wakes (Fixture *fixture, gconstpointer data)
{
  ChannelControl *control = channel_builder_get_control (fixture->builder);
  uint32_t before;

  emit (fixture, 1, 1);
  before = control->space_futex;
  drain (fixture);
  g_assert_cmpuint (control->space_futex, ==, before); /* nobody waits under another policy */

  channel_reader_set_policy (fixture->reader, CHANNEL_POLICY_BLOCK);
  before = control->space_futex;
  drain (fixture);
  g_assert_cmpuint (control->space_futex, ==, before); /* no tail has moved */
  for (guint i = 0; i < 64; i++)
    emit (fixture, i, i + 1);
  drain (fixture);
  g_assert_cmpuint (control->space_futex, >, before);
  before = control->space_futex;
  channel_reader_stop_looking (fixture->reader);
  g_assert_cmpuint (control->space_futex, >, before); /* nobody waits for one who has left */
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

  open_channel (&fixture, &(ChannelBuilderShape){ .ring_capacity = 64 }, first);
  for (guint round = 0; round < 20; round++)
    {
      guint n = 1 + round * 7 % 64;

      for (guint i = 0; i < n; i++, task++)
        g_assert_true (emit (&fixture, task, task + 1));
      g_assert_cmpuint (drain (&fixture), ==, n);
    }
  for (guint i = 0; i < fixture.events->len; i++)
    g_assert_cmpuint (event_at (&fixture, i)->task, ==, i + 1);
  g_assert_cmpuint (stats_of (&fixture).torn, ==, 0);
  g_assert_cmpuint (stats_of (&fixture).overwritten, ==, 0);
  tear_down (&fixture, NULL);
}

static void
test_head_runs_back (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  for (guint i = 0; i < 10; i++)
    emit (fixture, i, i + 1);
  g_assert_cmpuint (drain (fixture), ==, 10);
  ring->head = 4;
  g_assert_cmpuint (drain (fixture), ==, 0);
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 1);
  emit (fixture, 20, 99);
  g_assert_cmpuint (drain (fixture), ==, 1);
  g_assert_cmpuint (event_at (fixture, 10)->task, ==, 99);
}

static void
test_head_jumps (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  for (guint i = 0; i < 10; i++)
    emit (fixture, i, i + 1);
  /* Slots and low halves of the indices are the same again after 2^32. */
  ring->head += UINT64_C (1) << 33;
  drain_ended (fixture);
  /* What is left can not be told from records of that lap; everything before is counted. */
  g_assert_cmpuint (stats_of (fixture).overwritten, ==, (UINT64_C (1) << 33) + 10 - 64);
  g_assert_cmpuint (
      stats_of (fixture).events + stats_of (fixture).torn + stats_of (fixture).invalid, ==, 64);

  ring->head = UINT64_MAX;
  drain_ended (fixture);
  drain_ended (fixture);
  g_assert_cmpuint (fixture->events->len, <=, 64);
  ring->head = 0;
  drain_ended (fixture);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, <=,
                    UINT64_MAX);
}

/* ---- Records that are not there yet, or never will be ---------------------------------------- */

static void
test_uncommitted_waits (Fixture *fixture, gconstpointer data)
{
  uint64_t index;

  emit (fixture, 1, 1);
  index = channel_builder_reserve (fixture->builder, fixture->ring);
  emit (fixture, 3, 3); /* a signal handler */
  g_assert_cmpuint (drain (fixture), ==, 1);
  g_assert_cmpuint (drain (fixture), ==, 0);
  commit (fixture, index, 2, 2);
  g_assert_cmpuint (drain (fixture), ==, 2);
  g_assert_cmpuint (event_at (fixture, 1)->task, ==, 2);
  g_assert_cmpuint (event_at (fixture, 2)->task, ==, 3);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 0);
}

/* A handler left by siglongjmp never commits the record that it interrupted. */
static void
test_uncommitted_is_given_up (Fixture *fixture, gconstpointer data)
{
  uint64_t index = channel_builder_reserve (fixture->builder, fixture->ring);

  for (guint i = 0; i < 31; i++)
    emit (fixture, 10 + i, 10 + i);
  g_assert_cmpuint (drain (fixture), ==, 0);
  emit (fixture, 50, 50); /* half a ring is behind it */
  g_assert_cmpuint (drain (fixture), ==, 32);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 1);
  commit (fixture, index, 5, 5); /* too late: it changes nothing */
  g_assert_cmpuint (drain (fixture), ==, 0);
}

static void
test_uncommitted_is_given_up_in_large_rings (void)
{
  Fixture fixture;

  open_channel (&fixture, &(ChannelBuilderShape){ .ring_capacity = 8192 }, 0);
  channel_builder_reserve (fixture.builder, fixture.ring);
  for (guint i = 0; i < 1023; i++)
    emit (&fixture, 10 + i, 10 + i);
  g_assert_cmpuint (drain (&fixture), ==, 0);
  emit (&fixture, 2000, 2000);
  g_assert_cmpuint (drain (&fixture), ==, 1024);
  g_assert_cmpuint (stats_of (&fixture).torn, ==, 1);
  tear_down (&fixture, NULL);
}

static void
test_uncommitted_at_the_end (Fixture *fixture, gconstpointer data)
{
  emit (fixture, 1, 1);
  channel_builder_reserve (fixture->builder, fixture->ring);
  emit (fixture, 3, 3);
  channel_builder_reserve (fixture->builder, fixture->ring);
  g_assert_cmpuint (drain_ended (fixture), ==, 2);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 2);
  g_assert_cmpuint (drain_ended (fixture), ==, 0);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 2);
}

/* However little has been written since, it is given up after a second; but while nothing has, it
 * may still come. */
static void
test_uncommitted_is_given_up_after_a_second (Fixture *fixture, gconstpointer data)
{
  DrainTime time = { .now_ns = 5 };

  drain (fixture); /* the ring is known */
  channel_builder_reserve (fixture->builder, fixture->ring);
  for (guint i = 0; i < 3; i++)
    {
      time.now_ns += 10 * NSEC_PER_SEC;
      channel_ring_begin (fixture->reader, fixture->ring);
      channel_ring_fill (fixture->reader, fixture->ring, &time);
      g_assert_cmpuint (stats_of (fixture).torn, ==, 0);
    }
  emit (fixture, 2, 2); /* the thread goes on, with a handler: the second begins here */
  channel_ring_begin (fixture->reader, fixture->ring);
  channel_ring_fill (fixture->reader, fixture->ring, &time);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 0);
  time.now_ns += NSEC_PER_SEC;
  channel_ring_begin (fixture->reader, fixture->ring);
  channel_ring_fill (fixture->reader, fixture->ring, &time);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 1);
  g_assert_cmpuint (drain (fixture), ==, 1);
}

static void
test_uncommitted_is_kept_for_a_second (Fixture *fixture, gconstpointer data)
{
  DrainTime time = { .now_ns = 5 };

  drain (fixture);
  channel_builder_reserve (fixture->builder, fixture->ring);
  emit (fixture, 2, 2);
  for (guint i = 0; i < 3; i++)
    {
      channel_ring_begin (fixture->reader, fixture->ring);
      channel_ring_fill (fixture->reader, fixture->ring, &time);
      g_assert_cmpuint (stats_of (fixture).torn, ==, 0);
      time.now_ns += NSEC_PER_SEC / 3;
    }
  time.now_ns += 1;
  channel_ring_begin (fixture->reader, fixture->ring);
  channel_ring_fill (fixture->reader, fixture->ring, &time);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 1);
}

/* A thread that has left, out of the middle of a record, must not keep its ring for ever. */
static void
test_uncommitted_of_closed_ring (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  emit (fixture, 1, 1);
  channel_builder_reserve (fixture->builder, fixture->ring);
  g_assert_cmpuint (drain (fixture), ==, 1);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 1);
  ring->state = CHANNEL_RING_CLOSED;
  g_assert_cmpuint (drain (fixture), ==, 0);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 1);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 2);
}

/* ---- Byte attributes ------------------------------------------------------------------------- */

static void
test_bytes (gconstpointer data)
{
  static const size_t lengths[] = { 1, 15, 16, 17, 31, 32, 33, 1023, 1024 };
  char text[CHANNEL_TEXT_MAX];
  Fixture fixture;

  open_channel (&fixture, &(ChannelBuilderShape){ .ring_capacity = 1024 }, 0);
  for (guint i = 0; i < sizeof text; i++)
    text[i] = (char)(i * 31 + 7);
  emit (&fixture, 5, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    channel_builder_bytes (fixture.builder, fixture.ring, 1, 2, text, lengths[i]);
  g_assert_cmpuint (drain (&fixture), ==, 1 + G_N_ELEMENTS (lengths));
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      const ChannelEvent *event = event_at (&fixture, i + 1);

      g_assert_cmpuint (event->type, ==, CHANNEL_ATTRIBUTE);
      g_assert_cmpuint (event->key, ==, 2);
      g_assert_cmpint (event->time_ns, ==, 5);
      g_assert_cmpmem (event->bytes, event->n_bytes, text, lengths[i]);
      g_assert_cmpint (event->bytes[event->n_bytes], ==, 0);
    }
  g_assert_cmpuint (stats_of (&fixture).invalid, ==, 0);
  tear_down (&fixture, NULL);
}

static void
add_head (Fixture *fixture, uint64_t object, uint32_t length)
{
  channel_builder_record (fixture->builder, fixture->ring, 0, CHANNEL_ATTRIBUTE, 0, object,
                          KIND (1) | length);
}

static void
add_chunk (Fixture *fixture, uint64_t object, uint32_t chunk, const char *text)
{
  uint64_t halves[2];

  memcpy (halves, text, 16);
  channel_builder_record (fixture->builder, fixture->ring, halves[0], CHANNEL_BYTES, chunk, object,
                          halves[1]);
}

/* A signal handler names its own task in the middle of another attribute. */
static void
test_bytes_nested (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 32);
  add_chunk (fixture, 1, 0, "outer 0123456789");
  add_head (fixture, 2, 20);
  add_chunk (fixture, 2, 0, "inner 0123456789");
  add_chunk (fixture, 2, 1, "tail____________");
  add_chunk (fixture, 1, 1, "and its end.....");
  g_assert_cmpuint (drain (fixture), ==, 2);
  g_assert_cmpstr (event_at (fixture, 0)->bytes, ==, "inner 0123456789tail");
  g_assert_cmpstr (event_at (fixture, 1)->bytes, ==, "outer 0123456789and its end.....");
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 0);
}

static void
test_bytes_cut (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 48);
  add_chunk (fixture, 1, 0, "0123456789abcdef");
  add_chunk (fixture, 1, 2, "0123456789abcdef"); /* chunk 1 is lost */
  emit (fixture, 9, 9);
  add_head (fixture, 2, 32); /* all of this one but the head is lost */
  channel_builder_bytes (fixture->builder, fixture->ring, 2, 1, "whole", 5);
  g_assert_cmpuint (drain (fixture), ==, 2);
  g_assert_cmpuint (event_at (fixture, 0)->task, ==, 9);
  g_assert_cmpstr (event_at (fixture, 1)->bytes, ==, "whole");
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 2);
}

static void
test_bytes_too_deep (Fixture *fixture, gconstpointer data)
{
  for (uint64_t object = 1; object <= 6; object++)
    add_head (fixture, object, 16);
  for (uint64_t object = 6; object >= 1; object--)
    add_chunk (fixture, object, 0, "0123456789abcdef");
  g_assert_cmpuint (drain (fixture), ==, 4);
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 4); /* two heads, and their two chunks */
}

static void
test_bytes_across_drains (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 32);
  add_chunk (fixture, 1, 0, "0123456789abcdef");
  g_assert_cmpuint (drain (fixture), ==, 0);
  add_chunk (fixture, 1, 1, "0123456789ABCDEF");
  g_assert_cmpuint (drain (fixture), ==, 1);
  g_assert_cmpstr (event_at (fixture, 0)->bytes, ==, "0123456789abcdef0123456789ABCDEF");
}

/* Killed within an attribute, whether or not within one of its records: one loss. */
static void
test_bytes_at_the_end (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 48);
  add_chunk (fixture, 1, 0, "0123456789abcdef");
  if (data != NULL)
    channel_builder_reserve (fixture->builder, fixture->ring);
  g_assert_cmpuint (drain_ended (fixture), ==, 0);
  g_assert_cmpuint (stats_of (fixture).torn, ==, 1);
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 0);
}

/* The head of an attribute is overwritten: its chunks are no errors but part of what was lost. */
static void
test_bytes_overwritten (Fixture *fixture, gconstpointer data)
{
  char text[512];

  memset (text, 'x', sizeof text);
  channel_reader_set_policy (fixture->reader, CHANNEL_POLICY_OVERWRITE);
  channel_builder_bytes (fixture->builder, fixture->ring, 1, 1, text, sizeof text); /* 33 records */
  for (guint i = 0; i < 50; i++)
    emit (fixture, 10 + i, 10 + i);
  g_assert_cmpuint (drain (fixture), ==, 50);
  g_assert_cmpuint (stats_of (fixture).overwritten, ==, 33);
  g_assert_cmpuint (stats_of (fixture).invalid, ==, 0);
}

/* ---- Threads, limits, tables ----------------------------------------------------------------- */

/* A ring that a second thread takes over, once all of the first one's records are read. */
static void
test_thread_takes_over (Fixture *fixture, gconstpointer data)
{
  ChannelRing *ring = channel_builder_get_ring (fixture->builder, fixture->ring);

  for (guint i = 0; i < 10; i++)
    emit (fixture, i, i + 1);
  /* Copied, and so given back to the target, but not all delivered. */
  g_assert_cmpuint (channel_reader_drain (fixture->reader, 3, false, keep, fixture), ==, 3);
  g_assert_cmpuint (channel_builder_get_tail (fixture->builder, fixture->ring)->tail, ==, 10);
  ring->generation++;
  ring->tid = 4712;
  for (guint i = 10; i < 20; i++)
    emit (fixture, i, i + 1);
  g_assert_cmpuint (drain (fixture), ==, 17);
  for (guint i = 0; i < 20; i++)
    {
      g_assert_cmpuint (event_at (fixture, i)->task, ==, i + 1);
      g_assert_cmpint (event_at (fixture, i)->tid, ==, i < 10 ? 4711 : 4712);
    }
}

static void
test_at_most (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    emit (fixture, i, i + 1);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpuint (channel_reader_drain (fixture->reader, 7, false, keep, fixture), ==, 7);
  g_assert_cmpuint (channel_reader_drain (fixture->reader, 7, false, keep, fixture), ==, 4);
  for (guint i = 0; i < 60; i++)
    g_assert_cmpuint (event_at (fixture, i)->task, ==, i + 1);
}

/* Rings come while the reader is at work; a count that is too large is cut. */
static void
test_rings_come_later (Fixture *fixture, gconstpointer data)
{
  uint32_t second;

  emit (fixture, 1, 1);
  drain (fixture);
  second = channel_builder_add_ring (fixture->builder, 4712);
  channel_builder_record (fixture->builder, second, 2, CHANNEL_POLL_END, 0, 2, 0);
  channel_builder_get_header (fixture->builder)->rings_used.value = 1000000;
  g_assert_cmpuint (drain (fixture), ==, 1);
  g_assert_cmpint (event_at (fixture, 1)->tid, ==, 4712);
  channel_builder_get_header (fixture->builder)->rings_used.value = 0;
  channel_builder_record (fixture->builder, second, 3, CHANNEL_POLL_END, 0, 3, 0);
  g_assert_cmpuint (drain (fixture), ==, 1);
}

static void
test_counters (Fixture *fixture, gconstpointer data)
{
  ChannelHeader *header = channel_builder_get_header (fixture->builder);

  drain (fixture);
  header->lost_kinds = 1;
  header->lost_locations = 2;
  header->lost_modules = 3;
  header->lost_strings = 4;
  header->lost_threads = 5;
  header->skipped = 6;
  header->cut_stacks = 7;
  channel_builder_get_ring (fixture->builder, fixture->ring)->cost_ticks = 1000;
  g_assert_cmpuint (stats_of (fixture).table_losses, ==, 15);
  g_assert_cmpuint (stats_of (fixture).skipped, ==, 6);
  g_assert_cmpuint (stats_of (fixture).cut_stacks, ==, 7);
  g_assert_cmpuint (stats_of (fixture).cost_ns, ==, 1000);
  header->lost_threads = UINT64_MAX;
  g_assert_cmpuint (stats_of (fixture).table_losses, ==, UINT64_MAX);
}

/* Records of what is, by their clock, the far future are not believed; those of the next instant
 * wait until it has come. Only a live channel has a now. */
static void
test_future (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  uint32_t ring = channel_builder_add_ring (builder, 1);
  Fixture fixture = { .events = g_array_new (FALSE, FALSE, sizeof (ChannelEvent)) };
  struct timespec now;
  uint64_t now_ns;

  clock_gettime (CLOCK_MONOTONIC, &now);
  now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
  channel_builder_record (builder, ring, now_ns, CHANNEL_POLL_END, 0, 1, 0);
  channel_builder_record (builder, ring, UINT64_MAX, CHANNEL_POLL_END, 0, 2, 0);
  channel_builder_record (builder, ring, now_ns + UINT64_C (900000000), CHANNEL_POLL_END, 0, 3, 0);
  g_assert_cmpint (
      channel_reader_open (channel_builder_dup_memfd (builder, F_SEAL_SHRINK | F_SEAL_GROW),
                           &fixture.reader),
      ==, 0);
  g_assert_cmpuint (drain (&fixture), ==, 1);
  g_assert_cmpuint (event_at (&fixture, 0)->task, ==, 1);
  g_assert_cmpuint (drain_ended (&fixture), ==, 1);
  g_assert_cmpuint (event_at (&fixture, 1)->task, ==, 3);
  g_assert_cmpuint (stats_of (&fixture).invalid, ==, 1);
  channel_reader_close (fixture.reader);
  g_array_unref (fixture.events);
  channel_builder_free (builder);
}

#define TEST(path, data, function)                                                                 \
  g_test_add ("/reader/" path, Fixture, data, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("fields/are-delivered", NULL, test_fields);
  for (guint i = 0; i < G_N_ELEMENTS (invalid_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/reader/invalid/", invalid_cases[i].name, NULL);
      g_test_add (path, Fixture, &invalid_cases[i], set_up, test_invalid, tear_down);
    }
  TEST ("policy/drop-counts-what-found-no-room", NULL, test_drop);
  TEST ("policy/dropped-never-falls", NULL, test_dropped_never_falls);
  TEST ("policy/overwrite-counts-what-was-not-read", NULL, test_overwrite);
  g_test_add_func ("/reader/policy/overwritten-while-reading", test_overwrite_while_reading);
  g_test_add_func ("/reader/policy/overwritten-by-another-thread",
                   test_overwritten_by_another_thread);
  TEST ("policy/block-is-woken", NULL, test_block_wakes);
  for (guint i = 0; i < G_N_ELEMENTS (first_indices); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/reader/wrap/from-%" G_GINT64_MODIFIER "x", first_indices[i]);
      g_test_add_data_func (path, &first_indices[i], test_wrap);
    }
  TEST ("head/runs-back", NULL, test_head_runs_back);
  TEST ("head/jumps", NULL, test_head_jumps);
  TEST ("uncommitted/is-waited-for", NULL, test_uncommitted_waits);
  TEST ("uncommitted/is-given-up-after-half-a-ring", NULL, test_uncommitted_is_given_up);
  g_test_add_func ("/reader/uncommitted/is-given-up-after-1024-records",
                   test_uncommitted_is_given_up_in_large_rings);
  TEST ("uncommitted/is-torn-at-the-end", NULL, test_uncommitted_at_the_end);
  TEST ("uncommitted/is-given-up-after-a-second", NULL,
        test_uncommitted_is_given_up_after_a_second);
  TEST ("uncommitted/is-kept-for-a-second", NULL, test_uncommitted_is_kept_for_a_second);
  TEST ("uncommitted/is-torn-in-a-closed-ring", NULL, test_uncommitted_of_closed_ring);
  g_test_add_data_func ("/reader/bytes/every-length", NULL, test_bytes);
  TEST ("bytes/nested", NULL, test_bytes_nested);
  TEST ("bytes/cut", NULL, test_bytes_cut);
  TEST ("bytes/nested-too-deep", NULL, test_bytes_too_deep);
  TEST ("bytes/across-drains", NULL, test_bytes_across_drains);
  TEST ("bytes/killed-between-chunks", NULL, test_bytes_at_the_end);
  TEST ("bytes/killed-within-a-chunk", "torn", test_bytes_at_the_end);
  TEST ("bytes/overwritten-head", NULL, test_bytes_overwritten);
  TEST ("rings/second-thread-takes-over", NULL, test_thread_takes_over);
  TEST ("rings/come-later", NULL, test_rings_come_later);
  TEST ("drain/at-most", NULL, test_at_most);
  TEST ("stats/counters", NULL, test_counters);
  g_test_add_func ("/reader/drain/future-is-not-believed", test_future);
  return g_test_run ();
}
