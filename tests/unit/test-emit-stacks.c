/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Places that are whole stacks: each once, and never at the expense of the others. */

#include <string.h>

#include "emit-fixture.h"
#include "emit/process.h"

#define N_FRAMES 4

static void
make_frames (uintptr_t frames[N_FRAMES], gsize number)
{
  for (gsize i = 0; i < N_FRAMES; i++)
    frames[i] = 0x1000 * (i + 1) + number * (i % 2);
}

static const uint64_t *
get_frames (Channel *channel, uint32_t number, uint32_t *ret_bytes)
{
  const ChannelLocation *location = channel_get_location (channel, number);
  const char *string = channel->base + channel->header->strings_offset + location->file;

  g_assert_cmpuint (location->of, ==, CHANNEL_LOCATION_STACK);
  memcpy (ret_bytes, string, sizeof *ret_bytes);
  return (const uint64_t *)(gconstpointer)(string + sizeof *ret_bytes);
}

/* ---- What is said ---- */

static void
say_stacks (gconstpointer data)
{
  uintptr_t frames[CHANNEL_MAX_FRAMES + 8], other[N_FRAMES];
  InspectLocationId number;

  target_start ();
  make_frames (frames, 0);
  make_frames (other, 1);
  number = inspect_location_of_stack (frames, N_FRAMES);
  g_assert_cmpuint (number, ==, 1);
  /* The same again, one that is the same but for a frame in the middle, one that is cut. */
  g_assert_cmpuint (inspect_location_of_stack (frames, N_FRAMES), ==, 1);
  g_assert_cmpuint (inspect_location_of_stack (other, N_FRAMES), ==, 2);
  g_assert_cmpuint (inspect_location_of_stack (frames, N_FRAMES - 1), ==, 3);
  /* The place of that call alone is another. */
  g_assert_cmpuint (inspect_location_of_call ((gpointer)frames[0]), ==, 4);
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    frames[i] = i + 1;
  g_assert_cmpuint (inspect_location_of_stack (frames, G_N_ELEMENTS (frames)), ==, 5);
  g_assert_cmpuint (inspect_location_of_stack (frames, CHANNEL_MAX_FRAMES), ==, 5);
  g_assert_cmpuint (inspect_location_of_stack (frames, 0), ==, 0);
}

static void
test_each_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  uintptr_t frames[N_FRAMES];
  const uint64_t *found;
  uint32_t bytes;

  fixture_spawn (fixture, NULL, say_stacks, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->locations_count.value, ==, 5);
  g_assert_cmpuint (channel->header->lost_locations, ==, 0);
  make_frames (frames, 1);
  found = get_frames (channel, 2, &bytes);
  g_assert_cmpmem (found, bytes, frames, sizeof frames);
  g_assert_cmpuint (channel_get_location (channel, 2)->address, ==, frames[0]);
  get_frames (channel, 5, &bytes);
  g_assert_cmpuint (bytes, ==, CHANNEL_MAX_FRAMES * 8);
}

/* ---- More than there is room for ---- */

static void
say_too_many (gconstpointer data)
{
  static InspectLocation place = { __FILE__, "say_too_many", __LINE__, 0 };
  uintptr_t frames[N_FRAMES];
  InspectLocationId call = 0, first = 0, number;

  target_start ();
  for (gsize i = 1; i <= 200000; i++)
    {
      make_frames (frames, i);
      number = inspect_location_of_stack (frames, N_FRAMES);
      g_assert_cmpuint (number, !=, 0);
      if (first == 0)
        first = number;
      if (i == 200000)
        call = number;
    }
  /* The last ones are the place of the call, which they have in common; what was there stays. */
  g_assert_cmpuint (inspect_location_of_call ((gpointer)frames[0]), ==, call);
  make_frames (frames, 1);
  g_assert_cmpuint (inspect_location_of_stack (frames, N_FRAMES), ==, first);
  g_assert_cmpuint (inspect_location_register (&place), !=, 0);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  const ChannelHeader *header;
  guint32 n_stacks;

  fixture_spawn (fixture, data, say_too_many, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  header = channel->header;
  n_stacks = header->locations_count.value - 2;
  g_assert_cmpuint (n_stacks, >, 0);
  g_assert_cmpuint (header->locations_count.value, <=, header->locations_capacity / 4 * 3 + 2);
  g_assert_cmpuint (header->strings_used.value, <=, header->strings_capacity / 4 * 3 + 1024);
  g_assert_cmpuint (header->cut_stacks, ==, 200000 - n_stacks);
  /* Nothing is missing that a finding could depend on. */
  g_assert_cmpuint (header->lost_locations, ==, 0);
  g_assert_cmpuint (header->lost_strings, ==, 0);
}

/* ---- Who says them ---- */

static gpointer
say_in_thread (gpointer data)
{
  InspectLocationId *numbers = data;
  uintptr_t frames[N_FRAMES];

  for (gsize i = 0; i < 5000; i++)
    {
      make_frames (frames, i);
      numbers[i] = inspect_location_of_stack (frames, N_FRAMES);
    }
  return NULL;
}

static void
say_in_threads (gconstpointer data)
{
  static InspectLocationId numbers[4][5000];
  GThread *threads[4];
  guint n_differ = 0;

  target_start ();
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, say_in_thread, numbers[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  for (gsize k = 0; k < 5000; k++)
    {
      uintptr_t frames[N_FRAMES];

      make_frames (frames, k);
      g_assert_cmpuint (inspect_location_of_stack (frames, N_FRAMES), !=, 0);
      for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
        {
          g_assert_cmpuint (numbers[i][k], !=, 0);
          n_differ += numbers[i][k] != numbers[0][k];
        }
    }
  /* Two that add the same at the same time may waste an entry, not more. */
  g_assert_cmpuint (n_differ, <, 5000);
}

static void
test_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  uint32_t bytes;

  fixture_spawn (fixture, NULL, say_in_threads, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  for (guint32 i = 1; i <= channel->header->locations_count.value; i++)
    {
      get_frames (channel, i, &bytes);
      g_assert_cmpuint (bytes, ==, N_FRAMES * 8);
    }
}

/* ---- Limits of a thread's stack ---- */

static gpointer
note_limits (gpointer data)
{
  uint64_t *limits = emit_thread_get_stack_limits ();

  g_assert_nonnull (limits);
  g_assert_cmpuint (limits[0], ==, 0);
  g_assert_cmpuint (limits[1], ==, 0);
  limits[0] = GPOINTER_TO_SIZE (data);
  limits[1] = 2;
  g_assert_true (emit_thread_get_stack_limits () == limits);
  return NULL;
}

static void
keep_limits (gconstpointer data)
{
  uint64_t *limits;

  target_start ();
  note_limits (GSIZE_TO_POINTER (1));
  limits = emit_thread_get_stack_limits ();
  /* Another thread has its own, also one that takes the place of one that has gone. */
  for (gsize i = 0; i < 3; i++)
    g_thread_join (g_thread_new (NULL, note_limits, GSIZE_TO_POINTER (7)));
  g_assert_cmpuint (limits[0], ==, 1);
}

static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, keep_limits, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
}

#define TEST(name, options, func)                                                                  \
  g_test_add ("/emit/stacks/" name, Fixture, options, fixture_setup, func, fixture_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("each-once", NULL, test_each_once);
  TEST ("leave-room-for-others", NULL, test_too_many);
  TEST ("in-threads", NULL, test_threads);
  TEST ("limits-are-of-one-thread", NULL, test_limits);
  return g_test_run ();
}
