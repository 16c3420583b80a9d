/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* make-corpus DIRECTORY: writes the seeds of fuzz-channel-reader.c, which has their format. Run it
 * again when the layout changes (`meson compile corpus`), and commit what it makes. */

#include <glib.h>
#include <string.h>
#include "channel-builder.h"

typedef struct
{
  ChannelBuilder *builder;
  GByteArray *input;
  guint8 *known; /* the image as the input has made it so far */
} Seed;

enum
{
  OPEN,
  DRAIN,
  DRAIN_SOME,
  DRAIN_CHANGING,
  DRAIN_ENDED,
  TABLES,
  BEAT,
  REOPEN
};

static void
append_step (Seed *seed, guint8 step)
{
  const guint8 bytes[4] = { step, 0, 0, 0 };

  g_byte_array_append (seed->input, bytes, sizeof bytes);
}

/* What has changed since the last time, as writes; bytes that are only a few apart in one. */
static void
append_writes (Seed *seed)
{
  gsize size;
  const guint8 *memory = channel_builder_get_memory (seed->builder, &size);

  for (gsize i = 0; i < size; i++)
    {
      gsize end = i;
      guint8 head[4] = { (guint8)i, (guint8)(i >> 8), (guint8)(i >> 16) };

      for (gsize j = i; j < size && j < i + 255 && j < end + 8; j++)
        if (memory[j] != seed->known[j])
          end = j + 1;
      if (end == i)
        continue;
      head[3] = (guint8)(end - i);
      g_byte_array_append (seed->input, head, sizeof head);
      g_byte_array_append (seed->input, memory + i, (guint)(end - i));
      i = end - 1;
    }
  memcpy (seed->known, memory, size);
}

static Seed
begin_seed (const ChannelBuilderShape *shape)
{
  Seed seed = { channel_builder_new (shape), g_byte_array_new (), NULL };
  ChannelHeader *header = channel_builder_get_header (seed.builder);
  guint8 first;
  gsize size;

  channel_builder_get_memory (seed.builder, &size);
  header->pid = 1; /* the same bytes each time */
  first = (guint8)(size / CHANNEL_PAGE - 1) | 0x80;
  g_byte_array_append (seed.input, &first, 1);
  seed.known = g_malloc0 (size);
  return seed;
}

static void
end_seed (Seed *seed, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  append_writes (seed);
  if (!g_file_set_contents (path, (const char *)seed->input->data, seed->input->len, &error))
    g_error ("%s", error->message);
  channel_builder_free (seed->builder);
  g_byte_array_unref (seed->input);
  g_free (seed->known);
}

static void
add_tables (ChannelBuilder *builder)
{
  channel_builder_add_kind (builder, 1, 0x21, "uv.read", "reading from {peer}");
  channel_builder_add_kind (builder, 3, 10, "name", "name");
  channel_builder_add_location (builder, "app.c", "main", 12);
  channel_builder_add_address (builder, CHANNEL_LOCATION_CALL, 0x55550000);
  channel_builder_add_module (builder, "/lib/libuv.so.1", 0x1000, 0x2000, 0x1000);
}

static const ChannelBuilderShape tiny = {
  .n_rings = 2,
  .ring_capacity = 16,
  .kinds_capacity = 4,
  .locations_capacity = 4,
  .modules_capacity = 2,
  .strings_capacity = 256,
};

static void
make_every_type (const char *folder)
{
  ChannelBuilderShape shape = tiny;
  Seed seed;
  guint32 ring;

  shape.ring_capacity = 32;
  seed = begin_seed (&shape);
  add_tables (seed.builder);
  ring = channel_builder_add_ring (seed.builder, 7);
  for (guint type = 1; type < CHANNEL_TYPE_COUNT; type++)
    channel_builder_record (seed.builder, ring, 100 + type, type, 1, 5, 8);
  channel_builder_bytes (seed.builder, ring, 5, 2, "a name of some length", 21);
  end_seed (&seed, folder, "every-type");
}

static void
make_lapping (const char *folder)
{
  Seed seed = begin_seed (&tiny);
  guint32 ring = channel_builder_add_ring (seed.builder, 7);

  channel_builder_get_control (seed.builder)->policy = CHANNEL_POLICY_OVERWRITE;
  for (guint i = 0; i < 20; i++)
    channel_builder_record (seed.builder, ring, i, CHANNEL_POLL_END, 0, i + 1, 0);
  append_writes (&seed);
  append_step (&seed, DRAIN_CHANGING);
  for (guint i = 20; i < 50; i++)
    channel_builder_record (seed.builder, ring, i, CHANNEL_POLL_END, 0, i + 1, 0);
  append_writes (&seed);
  append_step (&seed, DRAIN);
  end_seed (&seed, folder, "lapping");
}

static void
make_two_rings (const char *folder)
{
  Seed seed = begin_seed (&tiny);

  channel_builder_add_ring (seed.builder, 7);
  channel_builder_add_ring (seed.builder, 8);
  for (guint i = 0; i < 24; i++)
    channel_builder_record (seed.builder, i % 2, 100 + i, CHANNEL_RESUME, 0, 1,
                            G_GUINT64_CONSTANT (1) << 48 | i);
  append_writes (&seed);
  append_step (&seed, DRAIN_SOME);
  append_step (&seed, BEAT);
  channel_builder_get_ring (seed.builder, 0)->generation++;
  channel_builder_record (seed.builder, 0, 90, CHANNEL_WAKE, 0, 1, 2);
  append_writes (&seed);
  append_step (&seed, DRAIN);
  append_step (&seed, REOPEN);
  end_seed (&seed, folder, "two-rings");
}

static void
make_torn (const char *folder)
{
  Seed seed = begin_seed (&tiny);
  guint32 ring = channel_builder_add_ring (seed.builder, 7);

  channel_builder_get_ring (seed.builder, ring)->head = 0xfffffffa;
  channel_builder_get_tail (seed.builder, ring)->tail = 0xfffffffa;
  channel_builder_record (seed.builder, ring, 1, CHANNEL_TASK_BEGIN, 0, 1, 0);
  channel_builder_reserve (seed.builder, ring);
  channel_builder_bytes (seed.builder, ring, 1, 2, "0123456789abcdef0123456789abcdef", 32);
  channel_builder_reserve (seed.builder, ring);
  append_writes (&seed);
  append_step (&seed, DRAIN);
  append_step (&seed, DRAIN_ENDED);
  channel_builder_get_ring (seed.builder, ring)->head = 3;
  end_seed (&seed, folder, "torn");
}

static void
make_hostile_strings (const char *folder)
{
  static const char text[] = "\033]0;x\007 \xe2\x80\xae \xff\xc0\xaf \xf0\x9f\x98\x80 \xed\xa0\x80";
  Seed seed = begin_seed (&tiny);
  guint32 ring = channel_builder_add_ring (seed.builder, 7);

  add_tables (seed.builder);
  channel_builder_get_kind (seed.builder, 1)->name =
      channel_builder_add_string_bytes (seed.builder, text, sizeof text - 1);
  channel_builder_get_kind (seed.builder, 2)->phrase = 250;
  channel_builder_get_module (seed.builder, 1)->build_id_length = 20;
  channel_builder_record (seed.builder, ring, 1, CHANNEL_STATE_NAME, 0, 1, 8);
  append_writes (&seed);
  append_step (&seed, TABLES);
  channel_builder_get_location (seed.builder, 1)->file = 8;
  end_seed (&seed, folder, "hostile-strings");
}

/* One that is whole, one that is too long, one that is no number of words, one beyond the end. */
static void
make_stacks (const char *folder)
{
  ChannelBuilderShape shape = tiny;
  guint64 frames[33];
  Seed seed;

  shape.strings_capacity = 1024;
  seed = begin_seed (&shape);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    frames[i] = 0x400000 + 16 * i;
  channel_builder_add_stack (seed.builder, frames, 4);
  channel_builder_add_stack (seed.builder, frames, 33);
  channel_builder_get_location (seed.builder, channel_builder_add_stack (seed.builder, frames, 1))
      ->file = channel_builder_add_string (seed.builder, "four");
  channel_builder_get_location (seed.builder, channel_builder_add_stack (seed.builder, frames, 2))
      ->file = 1016;
  append_writes (&seed);
  append_step (&seed, TABLES);
  channel_builder_get_location (seed.builder, 1)->address = 1;
  end_seed (&seed, folder, "stacks");
}

static void
make_counters (const char *folder)
{
  static const struct
  {
    const char *name;
    ChannelClock clock;
  } clocks[] = { { "clock-tsc", CHANNEL_CLOCK_TSC }, { "clock-counter", CHANNEL_CLOCK_CNTVCT } };

  for (guint i = 0; i < G_N_ELEMENTS (clocks); i++)
    {
      ChannelBuilderShape shape = tiny;
      Seed seed;
      guint32 ring;

      shape.clock = clocks[i].clock;
      shape.tick_hz = 25000000;
      seed = begin_seed (&shape);
      ring = channel_builder_add_ring (seed.builder, 7);
      for (guint j = 0; j < 64; j += 7)
        channel_builder_record (seed.builder, ring, G_GUINT64_CONSTANT (1) << j, CHANNEL_POINT, 0,
                                1, j);
      end_seed (&seed, folder, clocks[i].name);
    }
}

int
main (int argc, char *argv[])
{
  if (argc != 2)
    g_error ("usage: make-corpus DIRECTORY");
  make_every_type (argv[1]);
  make_lapping (argv[1]);
  make_two_rings (argv[1]);
  make_torn (argv[1]);
  make_hostile_strings (argv[1]);
  make_stacks (argv[1]);
  make_counters (argv[1]);
  return 0;
}
