/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <glib.h>
#include <string.h>
#include "channel-builder.h"
#include "channel/reader-private.h"

typedef struct
{
  ChannelBuilder *builder;
  ChannelReader *reader;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  size_t size;
  void *memory;

  fixture->builder = channel_builder_new (NULL);
  memory = channel_builder_get_memory (fixture->builder, &size);
  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &fixture->reader), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  channel_reader_close (fixture->reader);
  channel_builder_free (fixture->builder);
}

static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  uint32_t number = channel_builder_add_kind (fixture->builder, 1, 0x41, "uv.read",
                                              "waiting to read from {peer}");
  ChannelKindInfo info;

  g_assert_cmpuint (number, ==, 1);
  g_assert_true (channel_reader_get_kind (fixture->reader, number, &info));
  g_assert_cmpuint (info.of, ==, 1);
  g_assert_cmpuint (info.flags, ==, 0x41);
  g_assert_cmpstr (info.name, ==, "uv.read");
  g_assert_cmpstr (info.phrase, ==, "waiting to read from {peer}");

  number = channel_builder_add_kind (fixture->builder, 2, 0, NULL, NULL);
  g_assert_true (channel_reader_get_kind (fixture->reader, number, &info));
  g_assert_cmpstr (info.name, ==, "");

  g_assert_false (channel_reader_get_kind (fixture->reader, 0, &info));
  g_assert_false (channel_reader_get_kind (fixture->reader, 3, &info));
  g_assert_false (channel_reader_get_kind (fixture->reader, 64, &info));
  g_assert_false (channel_reader_get_kind (fixture->reader, 65, &info));
  g_assert_false (channel_reader_get_kind (fixture->reader, UINT32_MAX, &info));
}

static void
test_stacks (Fixture *fixture, gconstpointer data)
{
  guint64 frames[CHANNEL_MAX_FRAMES + 1];
  guint32 stack, longest, too_long, call;
  ChannelLocationInfo info, again;

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    frames[i] = G_GUINT64_CONSTANT (0x7fff00000000) + i;
  /* An odd length before it, so that the words would lie anywhere. */
  channel_builder_add_kind (fixture->builder, 1, 0, "a", "b");
  stack = channel_builder_add_stack (fixture->builder, frames, 3);
  longest = channel_builder_add_stack (fixture->builder, frames + 1, CHANNEL_MAX_FRAMES);
  too_long = channel_builder_add_stack (fixture->builder, frames, CHANNEL_MAX_FRAMES + 1);
  call = channel_builder_add_address (fixture->builder, CHANNEL_LOCATION_CALL, 5);

  g_assert_true (channel_reader_get_location (fixture->reader, stack, &info));
  g_assert_cmpuint (info.of, ==, CHANNEL_LOCATION_STACK);
  g_assert_cmpuint (info.n_frames, ==, 3);
  g_assert_cmpmem (info.frames, info.n_frames * sizeof *info.frames, frames, 3 * sizeof *frames);
  g_assert_cmpuint (info.address, ==, frames[0]);
  g_assert_cmpstr (info.file, ==, "");
  g_assert_true (channel_reader_get_location (fixture->reader, stack, &again));
  g_assert_true (again.frames == info.frames);

  g_assert_true (channel_reader_get_location (fixture->reader, longest, &info));
  g_assert_cmpuint (info.n_frames, ==, CHANNEL_MAX_FRAMES);
  g_assert_cmpuint (info.frames[CHANNEL_MAX_FRAMES - 1], ==, frames[CHANNEL_MAX_FRAMES]);
  g_assert_false (channel_reader_get_location (fixture->reader, too_long, &info));

  g_assert_true (channel_reader_get_location (fixture->reader, call, &info));
  g_assert_null (info.frames);
  g_assert_cmpuint (info.n_frames, ==, 0);
}

/* Frames that are not there, or are no whole number of words, or another frame than the address. */
static void
test_hostile_stacks (Fixture *fixture, gconstpointer data)
{
  const guint64 frames[] = { 1, 2 };
  guint32 offsets[] = { 0, 4, 1 << 20, G_MAXUINT32 - 7, 0 };
  ChannelLocationInfo info;
  guint32 number;

  offsets[4] = channel_builder_add_string (fixture->builder, "seven..");
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    {
      number = channel_builder_add_stack (fixture->builder, frames, 2);
      channel_builder_get_location (fixture->builder, number)->file = offsets[i];
      g_assert_false (channel_reader_get_location (fixture->reader, number, &info));
    }
  number = channel_builder_add_stack (fixture->builder, frames, 2);
  channel_builder_get_location (fixture->builder, number)->address = 77;
  g_assert_true (channel_reader_get_location (fixture->reader, number, &info));
  g_assert_cmpuint (info.address, ==, 1);
}

/* An entry that the target has begun, is filling, has released, and then changes. */
static void
test_racing (Fixture *fixture, gconstpointer data)
{
  uint32_t number = channel_builder_add_kind (fixture->builder, 1, 0, "first", "phrase");
  uint32_t other = channel_builder_add_string (fixture->builder, "other");
  ChannelKind *kind = channel_builder_get_kind (fixture->builder, number);
  ChannelKindInfo info;

  kind->ready = 0;
  g_assert_false (channel_reader_get_kind (fixture->reader, number, &info));
  kind->of = 9;
  kind->ready = 1;
  g_assert_false (channel_reader_get_kind (fixture->reader, number, &info));
  kind->of = 3;
  g_assert_true (channel_reader_get_kind (fixture->reader, number, &info));
  g_assert_cmpstr (info.name, ==, "first");

  kind->name = other;
  kind->ready = 0;
  g_assert_true (channel_reader_get_kind (fixture->reader, number, &info));
  g_assert_cmpstr (info.name, ==, "first");
}

static void
test_locations (Fixture *fixture, gconstpointer data)
{
  uint32_t source = channel_builder_add_location (fixture->builder, "a.c", "main", 12);
  uint32_t call = channel_builder_add_address (fixture->builder, CHANNEL_LOCATION_CALL, UINT64_MAX);
  ChannelLocationInfo info;

  g_assert_true (channel_reader_get_location (fixture->reader, source, &info));
  g_assert_cmpuint (info.of, ==, CHANNEL_LOCATION_STATIC);
  g_assert_cmpstr (info.file, ==, "a.c");
  g_assert_cmpstr (info.function, ==, "main");
  g_assert_cmpuint (info.line, ==, 12);
  g_assert_true (channel_reader_get_location (fixture->reader, call, &info));
  g_assert_cmpuint (info.address, ==, UINT64_MAX);
  g_assert_cmpstr (info.file, ==, "");

  channel_builder_get_location (fixture->builder, 5)->ready = 1;
  g_assert_false (channel_reader_get_location (fixture->reader, 5, &info)); /* of no class */
  g_assert_false (channel_reader_get_location (fixture->reader, 0, &info));
  g_assert_false (channel_reader_get_location (fixture->reader, 65, &info));
  g_assert_false (channel_reader_get_location (fixture->reader, 0xffffff, &info));
}

static void
test_modules (Fixture *fixture, gconstpointer data)
{
  uint32_t number = channel_builder_add_module (fixture->builder, "/lib/x.so", 0x1000, 0x2000, 16);
  ChannelModule *module;
  ChannelModuleInfo info;

  g_assert_cmpuint (channel_reader_count_modules (fixture->reader), ==, 1);
  g_assert_true (channel_reader_get_module (fixture->reader, number, &info));
  g_assert_cmpstr (info.path, ==, "/lib/x.so");
  g_assert_cmpuint (info.start, ==, 0x1000);
  g_assert_cmpuint (info.end, ==, 0x2000);
  g_assert_cmpuint (info.bias, ==, 16);
  g_assert_cmpuint (info.build_id_length, ==, 0);

  number = channel_builder_add_module (fixture->builder, "/lib/y.so", 0x3000, 0x4000, 0);
  module = channel_builder_get_module (fixture->builder, number);
  module->build_id_length = 255;
  g_assert_false (channel_reader_get_module (fixture->reader, number, &info));
  module->build_id_length = CHANNEL_BUILD_ID_MAX;
  memset (module->build_id, 0xab, CHANNEL_BUILD_ID_MAX);
  module->end = module->start;
  g_assert_false (channel_reader_get_module (fixture->reader, number, &info));
  module->end++;
  g_assert_true (channel_reader_get_module (fixture->reader, number, &info));
  g_assert_cmpmem (info.build_id, info.build_id_length, module->build_id, CHANNEL_BUILD_ID_MAX);

  channel_builder_get_header (fixture->builder)->modules_count.value = UINT32_MAX;
  g_assert_cmpuint (channel_reader_count_modules (fixture->reader), ==, 8);
  for (uint32_t i = 3; i <= 9; i++)
    g_assert_false (channel_reader_get_module (fixture->reader, i, &info));
}

/* ---- Strings --------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *text;
  const char *clean;
} TextCase;

#define BAD "\xef\xbf\xbd"

static const TextCase texts[] = {
  { "ascii", "hello", "hello" },
  { "empty", "", "" },
  { "utf-8", "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80",
    "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80" },
  { "escape", "\033[31mred\033]0;title\007", BAD "[31mred" BAD "]0;title" BAD },
  { "newline", "a\nb\tc\rd\x7f", "a" BAD "b" BAD "c" BAD "d" BAD },
  { "c1-controls",
    "a\xc2\x9b"
    "31m",
    "a" BAD "31m" },
  { "line-separators",
    "a\xe2\x80\xa8"
    "b\xe2\x80\xa9",
    "a" BAD "b" BAD },
  { "written-backwards",
    "user\xe2\x80\xae"
    "cod.exe\xe2\x81\xa6",
    "user" BAD "cod.exe" BAD },
  { "lone-continuation",
    "\x80"
    "a\xbf",
    BAD "a" BAD },
  { "cut-short", "a\xe2\x82", "a" BAD BAD },
  { "overlong", "\xc0\xaf\xe0\x80\xaf", BAD BAD BAD BAD BAD },
  { "surrogate", "\xed\xa0\x80", BAD BAD BAD },
  { "past-unicode", "\xf4\x90\x80\x80\xff\xfe", BAD BAD BAD BAD BAD BAD },
};

static void
test_text (gconstpointer data)
{
  const TextCase *text = data;
  Fixture fixture;
  uint32_t offset;

  set_up (&fixture, NULL);
  offset = channel_builder_add_string (fixture.builder, text->text);
  g_assert_cmpstr (channel_reader_get_string (fixture.reader, offset), ==, text->clean);
  g_assert_true (g_utf8_validate (text->clean, -1, NULL));
  tear_down (&fixture, NULL);
}

/* Whatever the bytes, what comes out is valid, without controls, and no longer than promised. */
static void
test_text_of_any_bytes (void)
{
  GRand *random = g_rand_new_with_seed (7);
  uint8_t bytes[64];
  char clean[3 * sizeof bytes + 1];

  for (guint i = 0; i < 20000; i++)
    {
      size_t length = (size_t)g_rand_int_range (random, 0, sizeof bytes + 1);
      size_t n;

      for (size_t j = 0; j < length; j++)
        bytes[j] = (uint8_t)(g_rand_int (random) | (i % 2 ? 0x80 : 0));
      n = channel_text_clean (bytes, length, clean);
      g_assert_cmpuint (n, <=, 3 * length);
      g_assert_cmpuint (n, ==, strlen (clean));
      g_assert_true (g_utf8_validate (clean, (gssize)n, NULL));
      for (const char *c = clean; *c != '\0'; c = g_utf8_next_char (c))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (c)));
    }
  g_rand_free (random);
}

static void
test_offsets (Fixture *fixture, gconstpointer data)
{
  static const uint32_t wrong[] = { 0,        1,        4,        9,          4096,
                                    4096 - 4, 4096 + 8, 1u << 31, UINT32_MAX, UINT32_MAX - 7 };

  channel_builder_add_string (fixture->builder, "text");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_cmpstr (channel_reader_get_string (fixture->reader, wrong[i]), ==, "");
}

static void
set_length (Fixture *fixture, uint32_t offset, uint32_t length)
{
  size_t size;
  uint8_t *memory = channel_builder_get_memory (fixture->builder, &size);

  memcpy (memory + channel_builder_get_header (fixture->builder)->strings_offset + offset, &length,
          4);
}

/* A whole string, but not where one may begin. */
static void
test_unaligned (Fixture *fixture, gconstpointer data)
{
  size_t size;
  uint8_t *memory = channel_builder_get_memory (fixture->builder, &size);
  uint8_t *strings = memory + channel_builder_get_header (fixture->builder)->strings_offset;

  memcpy (strings + 256, "\3\0\0\0abc", 8);
  g_assert_cmpstr (channel_reader_get_string (fixture->reader, 256), ==, "abc");
  for (uint32_t i = 1; i < 8; i++)
    {
      memcpy (strings + 512 + i, "\3\0\0\0abc", 8);
      g_assert_cmpstr (channel_reader_get_string (fixture->reader, 512 + i), ==, "");
    }
}

static void
test_lengths (Fixture *fixture, gconstpointer data)
{
  uint32_t offset = channel_builder_add_string (fixture->builder, "0123456789");

  set_length (fixture, offset, UINT32_MAX);
  g_assert_cmpstr (channel_reader_get_string (fixture->reader, offset), ==, "");
  set_length (fixture, offset, 4096 - offset - 4); /* no room for the NUL */
  g_assert_cmpstr (channel_reader_get_string (fixture->reader, offset), ==, "");
  set_length (fixture, offset, 4096 - offset - 5); /* the text ends at its first NUL */
  g_assert_cmpstr (channel_reader_get_string (fixture->reader, offset), ==, "0123456789");
  set_length (fixture, offset, 3); /* too late */
  g_assert_cmpstr (channel_reader_get_string (fixture->reader, offset), ==, "0123456789");
  set_length (fixture, 4096 - 8, 3);
  g_assert_cmpstr (channel_reader_get_string (fixture->reader, 4096 - 8), ==, "");
}

/* The same text at the same address, however many strings come after it. */
static void
test_pointers_stay (void)
{
  ChannelBuilderShape shape = { .strings_capacity = 1 << 20 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  GPtrArray *pointers = g_ptr_array_new ();
  GArray *offsets = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  ChannelReader *reader;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);

  g_assert_cmpint (channel_reader_open_memory (memory, size, false, &reader), ==, 0);
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *text = g_strdup_printf ("string number %u", i);
      uint32_t offset = channel_builder_add_string (builder, text);

      g_array_append_val (offsets, offset);
      g_ptr_array_add (pointers, (gpointer)channel_reader_get_string (reader, offset));
    }
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *text = g_strdup_printf ("string number %u", i);

      g_assert_cmpstr (pointers->pdata[i], ==, text);
      g_assert_true (channel_reader_get_string (reader, g_array_index (offsets, uint32_t, i)) ==
                     pointers->pdata[i]);
    }
  g_ptr_array_unref (pointers);
  g_array_unref (offsets);
  channel_reader_close (reader);
  channel_builder_free (builder);
}

/* Strings that lie over one another could ask for far more memory than the target gave. */
static void
test_overlapping_strings (void)
{
  ChannelBuilderShape shape = { .strings_capacity = 1 << 20 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  ChannelReader *reader;
  size_t size, kept = 0;
  uint8_t *memory = channel_builder_get_memory (builder, &size);
  uint8_t *strings = memory + channel_builder_get_header (builder)->strings_offset;

  for (uint32_t offset = 0; offset < 1 << 20; offset += 8)
    memcpy (strings + offset, "\xff\xff\0\0xxxx", 8);
  memset (strings + 8, 'x', 4);
  g_assert_cmpint (channel_reader_open_memory (memory, size, false, &reader), ==, 0);
  for (uint32_t offset = 8; offset < (1 << 20) - 70000; offset += 8)
    {
      uint32_t length = 60000;

      memcpy (strings + offset, &length, 4);
      memset (strings + offset + 4, 'x', 4);
      memset (strings + offset + 8, 'x', 60000);
      kept += strlen (channel_reader_get_string (reader, offset));
      if (offset > 8 * 1000)
        break;
    }
  g_assert_cmpuint (kept, >, 1 << 20);
  g_assert_cmpuint (kept, <=, 3 * (1 << 20) + 65536);
  channel_reader_close (reader);
  channel_builder_free (builder);
}

#define TEST(path, function)                                                                       \
  g_test_add ("/reader/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("tables/kinds", test_kinds);
  TEST ("tables/locations", test_locations);
  TEST ("tables/stacks", test_stacks);
  TEST ("tables/hostile-stacks", test_hostile_stacks);
  TEST ("tables/modules", test_modules);
  TEST ("tables/entry-changes-under-the-reader", test_racing);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = g_strconcat ("/reader/text/", texts[i].name, NULL);
      g_test_add_data_func (path, &texts[i], test_text);
    }
  g_test_add_func ("/reader/text/any-bytes", test_text_of_any_bytes);
  TEST ("strings/wrong-offsets-are-empty", test_offsets);
  TEST ("strings/unaligned-ones-are-empty", test_unaligned);
  TEST ("strings/wrong-lengths-are-empty", test_lengths);
  g_test_add_func ("/reader/strings/pointers-stay", test_pointers_stay);
  g_test_add_func ("/reader/strings/overlapping-ones-are-bounded", test_overlapping_strings);
  return g_test_run ();
}
