/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Texts, which are as many records as they need. */

#include <string.h>

#include "reader-fixture.h"

static void
test_bytes (gconstpointer data)
{
  static const size_t lengths[] = { 1, 15, 16, 17, 31, 32, 33, 1023, 1024 };
  char text[CHANNEL_TEXT_MAX];
  Fixture fixture;

  fixture_open (&fixture, &(ChannelBuilderShape){ .ring_capacity = 1024 }, 0);
  for (guint i = 0; i < sizeof text; i++)
    text[i] = (char)(i * 31 + 7);
  fixture_emit (&fixture, 5, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    channel_builder_bytes (fixture.builder, fixture.ring, 1, 2, text, lengths[i]);
  g_assert_cmpuint (fixture_drain (&fixture), ==, 1 + G_N_ELEMENTS (lengths));
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      const ChannelEvent *event = fixture_event (&fixture, i + 1);

      g_assert_cmpuint (event->type, ==, CHANNEL_ATTRIBUTE);
      g_assert_cmpuint (event->key, ==, 2);
      g_assert_cmpint (event->time_ns, ==, 5);
      g_assert_cmpmem (event->bytes, event->n_bytes, text, lengths[i]);
      g_assert_cmpint (event->bytes[event->n_bytes], ==, 0);
    }
  g_assert_cmpuint (fixture_stats (&fixture).invalid, ==, 0);
  fixture_tear_down (&fixture, NULL);
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
  g_assert_cmpuint (fixture_drain (fixture), ==, 2);
  g_assert_cmpstr (fixture_event (fixture, 0)->bytes, ==, "inner 0123456789tail");
  g_assert_cmpstr (fixture_event (fixture, 1)->bytes, ==, "outer 0123456789and its end.....");
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 0);
}

static void
test_bytes_cut (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 48);
  add_chunk (fixture, 1, 0, "0123456789abcdef");
  add_chunk (fixture, 1, 2, "0123456789abcdef"); /* chunk 1 is lost */
  fixture_emit (fixture, 9, 9);
  add_head (fixture, 2, 32); /* all of this one but the head is lost */
  channel_builder_bytes (fixture->builder, fixture->ring, 2, 1, "whole", 5);
  g_assert_cmpuint (fixture_drain (fixture), ==, 2);
  g_assert_cmpuint (fixture_event (fixture, 0)->task, ==, 9);
  g_assert_cmpstr (fixture_event (fixture, 1)->bytes, ==, "whole");
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 2);
}

static void
test_bytes_too_deep (Fixture *fixture, gconstpointer data)
{
  for (uint64_t object = 1; object <= 6; object++)
    add_head (fixture, object, 16);
  for (uint64_t object = 6; object >= 1; object--)
    add_chunk (fixture, object, 0, "0123456789abcdef");
  g_assert_cmpuint (fixture_drain (fixture), ==, 4);
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 4); /* two heads, and their two chunks */
}

static void
test_bytes_across_drains (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 32);
  add_chunk (fixture, 1, 0, "0123456789abcdef");
  g_assert_cmpuint (fixture_drain (fixture), ==, 0);
  add_chunk (fixture, 1, 1, "0123456789ABCDEF");
  g_assert_cmpuint (fixture_drain (fixture), ==, 1);
  g_assert_cmpstr (fixture_event (fixture, 0)->bytes, ==, "0123456789abcdef0123456789ABCDEF");
}

/* Killed within an attribute, whether or not within one of its records: one loss. */
static void
test_bytes_at_the_end (Fixture *fixture, gconstpointer data)
{
  add_head (fixture, 1, 48);
  add_chunk (fixture, 1, 0, "0123456789abcdef");
  if (data != NULL)
    channel_builder_reserve (fixture->builder, fixture->ring);
  g_assert_cmpuint (fixture_drain_ended (fixture), ==, 0);
  g_assert_cmpuint (fixture_stats (fixture).torn, ==, 1);
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 0);
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
    fixture_emit (fixture, 10 + i, 10 + i);
  g_assert_cmpuint (fixture_drain (fixture), ==, 50);
  g_assert_cmpuint (fixture_stats (fixture).overwritten, ==, 33);
  g_assert_cmpuint (fixture_stats (fixture).invalid, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/reader/bytes/every-length", NULL, test_bytes);
  ADD ("bytes/nested", NULL, test_bytes_nested);
  ADD ("bytes/cut", NULL, test_bytes_cut);
  ADD ("bytes/nested-too-deep", NULL, test_bytes_too_deep);
  ADD ("bytes/across-drains", NULL, test_bytes_across_drains);
  ADD ("bytes/killed-between-chunks", NULL, test_bytes_at_the_end);
  ADD ("bytes/killed-within-a-chunk", "torn", test_bytes_at_the_end);
  ADD ("bytes/overwritten-head", NULL, test_bytes_overwritten);
  return g_test_run ();
}
