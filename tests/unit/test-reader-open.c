/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "channel-builder.h"
#include "channel/reader.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

typedef void (*BreakFunc) (ChannelHeader *header);

typedef struct
{
  const char *name;
  BreakFunc break_it;
  int expected;
} RefusalCase;

/* One way to be wrong each. */
#define BREAK(name, statement)                                                                     \
  static void break_##name (ChannelHeader *header) { statement; }

BREAK (nothing, (void)header)
BREAK (minor, header->abi_minor = 77)
BREAK (longer_header, header->header_size += 64)
BREAK (magic, header->magic ^= 1)
BREAK (major, header->abi_major++)
BREAK (short_header, header->header_size--)
BREAK (huge_header, header->header_size = CHANNEL_PAGE + 1)
BREAK (size_past_file, header->total_size += CHANNEL_PAGE)
BREAK (size_huge, header->total_size = UINT64_MAX)
BREAK (size_too_small, header->total_size -= CHANNEL_PAGE)
BREAK (no_rings, header->n_rings = 0)
BREAK (many_rings, header->n_rings = CHANNEL_MAX_RINGS + 1)
BREAK (all_rings, header->n_rings = UINT32_MAX)
BREAK (no_capacity, header->ring_capacity = 0)
BREAK (one_record, header->ring_capacity = 1)
BREAK (odd_capacity, header->ring_capacity = 63)
BREAK (huge_capacity, header->ring_capacity = CHANNEL_MAX_CAPACITY * 2)
BREAK (top_bit_capacity, header->ring_capacity = 1u << 31)
BREAK (rings_past_end, header->n_rings = CHANNEL_MAX_RINGS)
BREAK (records_past_end, header->ring_capacity *= 2)
BREAK (kinds, header->kinds_capacity = CHANNEL_MAX_KINDS + 1)
BREAK (locations, header->locations_capacity = CHANNEL_MAX_LOCATIONS + 1)
BREAK (modules, header->modules_capacity = UINT32_MAX)
BREAK (strings, header->strings_capacity = CHANNEL_MAX_STRINGS + 1)
BREAK (kinds_unaligned, header->kinds_offset += 32)
BREAK (records_unaligned, header->records_offset += 8)
BREAK (kinds_on_header, header->kinds_offset = 0)
BREAK (strings_on_control, header->strings_offset = CHANNEL_PAGE)
BREAK (strings_on_tails, header->strings_offset = 2 * CHANNEL_PAGE)
BREAK (rings_on_records, header->rings_offset = header->records_offset)
BREAK (locations_on_kinds, header->locations_offset = header->kinds_offset)
BREAK (offset_past_end, header->modules_offset = header->total_size)
BREAK (offset_wraps, header->records_offset = (uint64_t)0 - CHANNEL_PAGE)
BREAK (offset_half, header->strings_offset = UINT64_C (1) << 63)
BREAK (no_clock, header->clock = 0)
BREAK (unknown_clock, header->clock = 4)
BREAK (counter_without_rate, header->clock = CHANNEL_CLOCK_CNTVCT; header->tick_hz = 0)
BREAK (counter_too_slow, header->clock = CHANNEL_CLOCK_CNTVCT; header->tick_hz = 1)
BREAK (counter_too_fast, header->clock = CHANNEL_CLOCK_CNTVCT; header->tick_hz = UINT64_MAX)

static const RefusalCase refusals[] = {
  { "accepted/as-built", break_nothing, 0 },
  { "accepted/later-minor", break_minor, 0 },
  { "accepted/longer-header", break_longer_header, 0 },
  { "refused/magic", break_magic, -EPROTO },
  { "refused/other-major", break_major, -EOVERFLOW },
  { "refused/short-header", break_short_header, -EPROTO },
  { "refused/huge-header", break_huge_header, -EPROTO },
  { "refused/size-past-file", break_size_past_file, -EPROTO },
  { "refused/size-huge", break_size_huge, -EPROTO },
  { "refused/size-too-small", break_size_too_small, -EPROTO },
  { "refused/no-rings", break_no_rings, -EPROTO },
  { "refused/many-rings", break_many_rings, -EPROTO },
  { "refused/all-rings", break_all_rings, -EPROTO },
  { "refused/no-capacity", break_no_capacity, -EPROTO },
  { "refused/one-record", break_one_record, -EPROTO },
  { "refused/odd-capacity", break_odd_capacity, -EPROTO },
  { "refused/huge-capacity", break_huge_capacity, -EPROTO },
  { "refused/top-bit-capacity", break_top_bit_capacity, -EPROTO },
  { "refused/rings-past-end", break_rings_past_end, -EPROTO },
  { "refused/records-past-end", break_records_past_end, -EPROTO },
  { "refused/kinds", break_kinds, -EPROTO },
  { "refused/locations", break_locations, -EPROTO },
  { "refused/modules", break_modules, -EPROTO },
  { "refused/strings", break_strings, -EPROTO },
  { "refused/kinds-unaligned", break_kinds_unaligned, -EPROTO },
  { "refused/records-unaligned", break_records_unaligned, -EPROTO },
  { "refused/kinds-on-header", break_kinds_on_header, -EPROTO },
  { "refused/strings-on-control", break_strings_on_control, -EPROTO },
  { "refused/strings-on-tails", break_strings_on_tails, -EPROTO },
  { "refused/rings-on-records", break_rings_on_records, -EPROTO },
  { "refused/locations-on-kinds", break_locations_on_kinds, -EPROTO },
  { "refused/offset-past-end", break_offset_past_end, -EPROTO },
  { "refused/offset-wraps", break_offset_wraps, -EPROTO },
  { "refused/offset-half", break_offset_half, -EPROTO },
  { "refused/no-clock", break_no_clock, -EPROTO },
  { "refused/unknown-clock", break_unknown_clock, -EPROTO },
  { "refused/counter-without-rate", break_counter_without_rate, -EPROTO },
  { "refused/counter-too-slow", break_counter_too_slow, -EPROTO },
  { "refused/counter-too-fast", break_counter_too_fast, -EPROTO },
};

/* By memory and by descriptor alike, and with nothing left open. */
static void
test_header (gconstpointer data)
{
  const RefusalCase *refusal = data;
  ChannelBuilder *builder = channel_builder_new (NULL);
  ChannelReader *reader = NULL;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);
  int fd;

  refusal->break_it (channel_builder_get_header (builder));
  g_assert_cmpint (channel_reader_open_memory (memory, size, false, &reader), ==,
                   refusal->expected);
  g_assert_true ((reader != NULL) == (refusal->expected == 0));
  g_clear_pointer (&reader, channel_reader_close);

  fd = channel_builder_dup_memfd (builder, SEALS);
  g_assert_cmpint (channel_reader_open (fd, &reader), ==, refusal->expected);
  g_assert_true ((reader != NULL) == (refusal->expected == 0));
  if (reader == NULL)
    {
      g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0); /* still the caller's */
      close (fd);
    }
  else
    {
      channel_reader_close (reader);
      g_assert_cmpint (fcntl (fd, F_GETFD), <, 0);
    }
  channel_builder_free (builder);
}

static void
assert_refused (int fd, int expected)
{
  ChannelReader *reader = NULL;

  g_assert_cmpint (channel_reader_open (fd, &reader), ==, expected);
  g_assert_null (reader);
  close (fd);
}

static void
test_unsealed (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);

  assert_refused (channel_builder_dup_memfd (builder, 0), -EPERM);
  assert_refused (channel_builder_dup_memfd (builder, F_SEAL_SHRINK), -EPERM);
  assert_refused (channel_builder_dup_memfd (builder, F_SEAL_GROW), -EPERM);
  channel_builder_free (builder);
}

static void
test_other_files (void)
{
  int ends[2];
  char *path = NULL;
  int fd;

  assert_refused (open ("/dev/null", O_RDWR | O_CLOEXEC), -EPERM);
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  assert_refused (ends[0], -EPERM);
  close (ends[1]);
  fd = g_file_open_tmp ("channel-XXXXXX", &path, NULL);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, 1 << 20), ==, 0);
  assert_refused (fd, -EPERM);
  unlink (path);
  g_free (path);
  assert_refused (-1, -EBADF);
}

static void
test_sizes (void)
{
  static const off_t sizes[] = { 0, 1, CHANNEL_PAGE - 1, CHANNEL_PAGE, (off_t)1 << 40 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      int fd = memfd_create ("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

      g_assert_cmpint (ftruncate (fd, sizes[i]), ==, 0);
      g_assert_cmpint (fcntl (fd, F_ADD_SEALS, SEALS), ==, 0);
      assert_refused (fd, -EPROTO);
    }
}

/* Made in the future: a clock of another time namespace. Memory may be from anywhere. */
static void
test_clock_of_another_world (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  ChannelReader *reader = NULL;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);

  channel_builder_get_header (builder)->start_ticks = UINT64_C (1) << 62;
  assert_refused (channel_builder_dup_memfd (builder, SEALS), -EPROTO);
  g_assert_cmpint (channel_reader_open_memory (memory, size, false, &reader), ==, 0);
  channel_reader_close (reader);
  channel_builder_free (builder);
}

/* A target that seals its channel against writers keeps the inspector's own page from it. */
static void
test_write_sealed (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);

  assert_refused (channel_builder_dup_memfd (builder, SEALS | F_SEAL_WRITE), -EPERM);
  channel_builder_free (builder);
}

static void
test_memory_truncated (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  ChannelReader *reader = NULL;
  size_t size;
  uint8_t *memory = channel_builder_get_memory (builder, &size);

  for (size_t n = 0; n < size; n += 509)
    g_assert_cmpint (channel_reader_open_memory (memory, n, false, &reader), ==, -EPROTO);
  g_assert_cmpint (channel_reader_open_memory (memory + 8, size - 8, false, &reader), ==, -EPROTO);
  g_assert_null (reader);
  channel_builder_free (builder);
}

static void
ignore (const ChannelEvent *event, void *data)
{
  *(guint *)data += 1;
}

/* What was checked is a private copy: the target can write what it likes over the shared one. */
static void
test_header_changes_later (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  ChannelHeader *header = channel_builder_get_header (builder);
  ChannelReader *reader;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);
  uint32_t kind = channel_builder_add_kind (builder, 1, 0, "name", "phrase");
  uint32_t ring = channel_builder_add_ring (builder, 1);
  ChannelKindInfo info;
  ChannelStats stats;
  guint n = 0;

  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &reader), ==, 0);
  channel_builder_record (builder, ring, 100, CHANNEL_TASK_BEGIN, 0, 1, 0);
  memset (&header->start_ticks, 0xff,
          G_STRUCT_OFFSET (ChannelHeader, state) - G_STRUCT_OFFSET (ChannelHeader, start_ticks));
  header->rings_used.value = UINT32_MAX;
  header->modules_count.value = UINT32_MAX;

  g_assert_cmpuint (channel_reader_drain (reader, 0, true, ignore, &n), ==, 1);
  g_assert_true (channel_reader_get_kind (reader, kind, &info));
  g_assert_cmpstr (info.phrase, ==, "phrase");
  g_assert_cmpuint (channel_reader_count_modules (reader), ==, 8);
  g_assert_cmpuint (channel_reader_get_header (reader)->n_rings, ==, 4);
  channel_reader_get_stats (reader, &stats);
  g_assert_cmpuint (stats.invalid, ==, 0);
  channel_reader_close (reader);
  channel_builder_free (builder);
}

static void
test_version_is_printable (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  ChannelReader *reader;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);

  memset (channel_builder_get_header (builder)->version, '\033', CHANNEL_VERSION_LENGTH);
  g_assert_cmpint (channel_reader_open_memory (memory, size, false, &reader), ==, 0);
  g_assert_cmpstr (channel_reader_get_header (reader)->version, ==,
                   "???????????????????????????????");
  channel_reader_close (reader);
  channel_builder_free (builder);
}

/* The control page alone is written, and only where that is allowed. */
static void
test_control (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  ChannelControl *control = channel_builder_get_control (builder);
  ChannelReader *reader;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);
  uint8_t *before;
  guint n = 0;

  channel_builder_record (builder, channel_builder_add_ring (builder, 1), 1, CHANNEL_POLL_END, 0, 1,
                          0);
  before = g_memdup2 (memory, size);
  g_assert_cmpint (channel_reader_open_memory (memory, size, false, &reader), ==, 0);
  channel_reader_set_policy (reader, CHANNEL_POLICY_BLOCK);
  channel_reader_beat (reader);
  channel_reader_drain (reader, 0, false, ignore, &n);
  channel_reader_close (reader);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpmem (before, size, memory, size);

  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &reader), ==, 0);
  channel_reader_set_policy (reader, CHANNEL_POLICY_OVERWRITE);
  channel_reader_beat (reader);
  channel_reader_drain (reader, 0, false, ignore, &n);
  g_assert_cmpuint (control->policy, ==, CHANNEL_POLICY_OVERWRITE);
  g_assert_cmpuint (control->looking, ==, 1);
  g_assert_cmpuint (control->heartbeat_ns, >, 0);
  g_assert_cmpuint (channel_builder_get_tail (builder, 0)->tail, ==, 1);
  channel_reader_stop_looking (reader);
  g_assert_cmpuint (control->looking, ==, 0);
  channel_reader_beat (reader);
  g_assert_cmpuint (control->looking, ==, 0);
  channel_reader_close (reader);

  /* All but the control pages is as it was. */
  g_assert_cmpmem (before, CHANNEL_PAGE, memory, CHANNEL_PAGE);
  g_assert_cmpmem (before + 3 * CHANNEL_PAGE, size - 3 * CHANNEL_PAGE,
                   (uint8_t *)memory + 3 * CHANNEL_PAGE, size - 3 * CHANNEL_PAGE);
  g_free (before);
  channel_builder_free (builder);
}

/* An inspector that comes again goes on where the one before it stopped. */
static void
test_second_inspector (void)
{
  ChannelBuilder *builder = channel_builder_new (NULL);
  uint32_t ring = channel_builder_add_ring (builder, 1);
  ChannelReader *reader;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);
  guint n = 0;

  for (guint i = 0; i < 10; i++)
    channel_builder_record (builder, ring, i, CHANNEL_POLL_END, 0, 1, 0);
  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &reader), ==, 0);
  channel_reader_drain (reader, 0, false, ignore, &n);
  channel_reader_close (reader);
  channel_builder_record (builder, ring, 11, CHANNEL_POLL_END, 0, 1, 0);
  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &reader), ==, 0);
  g_assert_cmpuint (channel_reader_drain (reader, 0, false, ignore, &n), ==, 1);
  channel_reader_close (reader);

  channel_builder_get_tail (builder, ring)->tail = UINT64_MAX; /* no position at all */
  g_assert_cmpint (channel_reader_open_memory (memory, size, true, &reader), ==, 0);
  g_assert_cmpuint (channel_reader_drain (reader, 0, true, ignore, &n), ==, 0);
  channel_reader_close (reader);
  channel_builder_free (builder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/reader/header/", refusals[i].name, NULL);
      g_test_add_data_func (path, &refusals[i], test_header);
    }
  g_test_add_func ("/reader/open/unsealed-is-refused", test_unsealed);
  g_test_add_func ("/reader/open/other-files-are-refused", test_other_files);
  g_test_add_func ("/reader/open/impossible-sizes-are-refused", test_sizes);
  g_test_add_func ("/reader/open/sealed-against-writing-is-refused", test_write_sealed);
  g_test_add_func ("/reader/open/clock-of-another-world-is-refused", test_clock_of_another_world);
  g_test_add_func ("/reader/open/truncated-memory-is-refused", test_memory_truncated);
  g_test_add_func ("/reader/open/header-changed-later-is-ignored", test_header_changes_later);
  g_test_add_func ("/reader/open/version-is-printable", test_version_is_printable);
  g_test_add_func ("/reader/control/only-control-is-written", test_control);
  g_test_add_func ("/reader/control/second-inspector-goes-on", test_second_inspector);
  return g_test_run ();
}
