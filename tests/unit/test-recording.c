/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A recording holds what was added, alone, and up to where it was cut or damaged. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "recording/block.h"
#include "recording/columns-private.h"
#include "recording/reader.h"
#include "recording/writer.h"

/* ---- Records by hand ------------------------------------------------------------------------ */

#define KIND UINT64_C (3)
#define PLACES 7u

static const char long_text[] = "GET /posts/12345 HTTP/1.1";

/* Every type, in turns; deterministic. */
static void
make_event (guint i, ChannelEvent *event)
{
  *event = (ChannelEvent){ .time_ns = 5000000000 + (gint64)i * 137,
                           .type = 1 + i % (CHANNEL_TYPE_COUNT - 1),
                           .ring = i % 5,
                           .tid = 4711 + (gint32)(i % 5) + (i > 500 ? 100 : 0),
                           .task = UINT64_C (0x7f0000001000) + i % 13 * 64,
                           .arg = KIND << 48 | (UINT64_C (0x7f0000002000) + i % 17 * 32) };
  switch (event->type)
    {
    case CHANNEL_BYTES:
      event->type = CHANNEL_WAKE;
      break;
    case CHANNEL_ATTRIBUTE:
      event->task = event->arg;
      event->arg = 0;
      event->key = 4;
      event->value = i % 2 ? UINT64_C (0xffffffffffffffff) - i : i;
      if (i % 3 == 0)
        {
          event->value = 0;
          event->bytes = long_text;
          event->n_bytes = i % sizeof long_text;
        }
      return;
    case CHANNEL_TASK_END:
    case CHANNEL_AWAIT_END:
      event->status = -(gint32)(i % 200);
      return;
    case CHANNEL_STATE_NAME:
      event->arg = 8 * (1 + i % 4);
      break;
    case CHANNEL_POINT:
      event->arg = (guint64)(gint64) - (gint64)i;
      break;
    default:
      break;
    }
  event->location = i % PLACES;
}

static void
assert_equal (const ChannelEvent *a, const ChannelEvent *b)
{
  g_assert_cmpint (a->time_ns, ==, b->time_ns);
  g_assert_cmpuint (a->type, ==, b->type);
  g_assert_cmpuint (a->location, ==, b->location);
  g_assert_cmpint (a->status, ==, b->status);
  g_assert_cmpuint (a->ring, ==, b->ring);
  g_assert_cmpint (a->tid, ==, b->tid);
  g_assert_cmpuint (a->task, ==, b->task);
  g_assert_cmpuint (a->arg, ==, b->arg);
  g_assert_cmpuint (a->key, ==, b->key);
  g_assert_cmpuint (a->value, ==, b->value);
  g_assert_cmpmem (a->bytes, a->n_bytes, b->bytes, b->n_bytes);
}

/* ---- Tables by hand ------------------------------------------------------------------------- */

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  static const char *const names[] = { "test.key", "test.wait" };

  *ret_info = (ChannelKindInfo){ number == KIND ? 1 : 3, number, names[number == KIND],
                                 "waiting for {peer}" };
  return number == KIND || number == 4;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  static const guint64 frames[] = { 0x401000, 0x402000, 0x403000 };

  *ret_info =
      (ChannelLocationInfo){ .of = 1, .file = "client.c", .function = "fetch", .line = number };
  if (number == 2)
    *ret_info = (ChannelLocationInfo){ .of = CHANNEL_LOCATION_STACK,
                                       .address = frames[0],
                                       .file = "",
                                       .function = "",
                                       .frames = frames,
                                       .n_frames = G_N_ELEMENTS (frames) };
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return offset == 8 ? "reading\x01 headers" : "idle";
}

static guint32
count_modules (gpointer data)
{
  return 2;
}

static gboolean
get_module (gpointer data, guint32 number, ChannelModuleInfo *ret_info)
{
  *ret_info = (ChannelModuleInfo){
    "/usr/bin/app", 0x400000 * number, 0x500000 * number, 16, 4, { 1, 2, 3, (guint8)number }
  };
  return TRUE;
}

static const RecordingSource source = { get_kind, get_location, get_string, count_modules,
                                        get_module };

/* ---- Fixture -------------------------------------------------------------------------------- */

typedef struct
{
  char *folder;
  char *path;
  RecordingOptions options;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("recording-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  f->options.events_a_block = 64;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename (f->folder, "repaired.airec", NULL);

  g_unlink (f->path);
  g_unlink (other);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

static void
record (Fixture *f, guint n_events, RecordingStats *ret_stats)
{
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer = recording_writer_new (f->path, &f->options, &error);
  guint32 target;

  g_assert_no_error (error);
  recording_writer_add_facts (writer, 0, "{\"host\":\"here\"}");
  target = recording_writer_add_target (writer, &source, NULL);
  g_assert_cmpuint (target, ==, 1);
  for (guint i = 0; i < n_events; i++)
    {
      ChannelEvent event;

      make_event (i, &event);
      recording_writer_add_event (writer, target, &event);
    }
  recording_writer_set_lost (writer, target, 3);
  recording_writer_add_facts (writer, target, "{\"status\":0}");
  g_assert_true (recording_writer_close (writer, ret_stats, &error));
  g_assert_no_error (error);
}

typedef struct
{
  guint n;
} Expected;

static void
expect (const ChannelEvent *event, void *data)
{
  Expected *expected = data;
  ChannelEvent should;

  make_event (expected->n++, &should);
  assert_equal (event, &should);
}

/* Reads as far as it goes and checks that what comes is what was recorded. */
static guint
read_all (RecordingReader *reader)
{
  Expected expected = { 0 };

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    if (recording_reader_get_block (reader, i)->type == RECORDING_EVENTS &&
        !recording_reader_read_events (reader, i, expect, &expected, NULL))
      break;
  return expected.n;
}

/* ---- What is written is read ---------------------------------------------------------------- */

static void
test_events (Fixture *f, gconstpointer data)
{
  const guint n = 1000;
  g_autoptr (GError) error = NULL;
  RecordingReader *reader;
  RecordingStats stats;
  RecordingDamage damage;
  gint64 first, last;
  struct stat status;

  record (f, n, &stats);
  g_assert_cmpuint (stats.events, ==, n);
  g_assert_cmpuint (stats.dropped, ==, 0);
  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (stats.bytes, ==, (guint64)status.st_size);

  reader = recording_reader_open (f->path, &error);
  g_assert_no_error (error);
  recording_reader_get_damage (reader, &damage);
  g_assert_false (damage.has_no_index);
  g_assert_cmpuint (damage.n_unread, ==, 0);
  g_assert_cmpuint (recording_reader_get_n_targets (reader), ==, 1);
  g_assert_cmpuint (recording_reader_get_n_events (reader), ==, n);
  g_assert_cmpuint (recording_reader_get_lost (reader, 1), ==, 3);
  g_assert_true (recording_reader_get_range (reader, &first, &last));
  g_assert_cmpint (first, ==, 5000000000);
  g_assert_cmpint (last, ==, 5000000000 + (gint64)(n - 1) * 137);
  g_assert_cmpuint (read_all (reader), ==, n);
  recording_reader_close (reader);
}

static void
test_names (Fixture *f, gconstpointer data)
{
  RecordingReader *reader;
  RecordingTables *tables;
  ChannelKindInfo kind;
  ChannelLocationInfo location;
  ChannelModuleInfo module;
  g_autofree char *facts = NULL, *host = NULL;

  record (f, 200, NULL);
  reader = recording_reader_open (f->path, NULL);
  tables = recording_reader_read_tables (reader, 1, NULL);
  g_assert_true (recording_tables_get_kind (tables, KIND, &kind));
  g_assert_cmpstr (kind.name, ==, "test.wait");
  g_assert_cmpuint (kind.flags, ==, KIND);
  g_assert_cmpstr (kind.phrase, ==, "waiting for {peer}");
  g_assert_false (recording_tables_get_kind (tables, 99, &kind));
  g_assert_true (recording_tables_get_location (tables, 5, &location));
  g_assert_cmpuint (location.line, ==, 5);
  g_assert_null (location.frames);
  g_assert_true (recording_tables_get_location (tables, 2, &location));
  g_assert_cmpuint (location.n_frames, ==, 3);
  g_assert_cmpuint (location.frames[2], ==, 0x403000);
  g_assert_cmpstr (recording_tables_get_string (tables, 8), ==, "reading? headers");
  g_assert_cmpstr (recording_tables_get_string (tables, 4000), ==, "");
  g_assert_cmpuint (recording_tables_count_modules (tables), ==, 2);
  g_assert_true (recording_tables_get_module (tables, 2, &module));
  g_assert_cmpuint (module.start, ==, 0x800000);
  g_assert_cmpuint (module.build_id[3], ==, 2);
  g_assert_false (recording_tables_get_module (tables, 3, &module));
  recording_tables_free (tables);
  facts = recording_reader_dup_facts (reader, 1);
  g_assert_cmpstr (facts, ==, "{\"status\":0}");
  host = recording_reader_dup_facts (reader, 0);
  g_assert_cmpstr (host, ==, "{\"host\":\"here\"}");
  recording_reader_close (reader);
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RecordingReader *reader;
  gint64 first, last;

  record (f, 0, NULL);
  reader = recording_reader_open (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (recording_reader_get_n_events (reader), ==, 0);
  g_assert_false (recording_reader_get_range (reader, &first, &last));
  recording_reader_close (reader);
}

/* While it is written it can be read up to the last flush. */
static void
test_growing (Fixture *f, gconstpointer data)
{
  RecordingWriter *writer = recording_writer_new (f->path, &f->options, NULL);
  guint32 target = recording_writer_add_target (writer, &source, NULL);
  RecordingStats stats;
  RecordingReader *reader;
  RecordingDamage damage;

  for (guint i = 0; i < 100; i++)
    {
      ChannelEvent event;

      make_event (i, &event);
      recording_writer_add_event (writer, target, &event);
    }
  recording_writer_flush (writer);
  do
    recording_writer_get_stats (writer, &stats);
  while (stats.blocks < 4); /* names, 64 records, names, 36 records */
  reader = recording_reader_open (f->path, NULL);
  g_assert_nonnull (reader);
  recording_reader_get_damage (reader, &damage);
  g_assert_true (damage.has_no_index);
  g_assert_cmpuint (damage.n_unread, ==, 0);
  g_assert_cmpuint (read_all (reader), ==, 100);
  recording_reader_close (reader);
  g_assert_true (recording_writer_close (writer, NULL, NULL));
}

/* ---- Cut and damaged ------------------------------------------------------------------------ */

#define SMALL 150u

/* Records in blocks that lie wholly within the first @length bytes. */
static guint
count_whole (RecordingReader *whole, gsize length)
{
  guint n = 0;

  for (guint i = 0; i < recording_reader_get_n_blocks (whole); i++)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (whole, i);
      guint64 next = i + 1 < recording_reader_get_n_blocks (whole)
                         ? recording_reader_get_block (whole, i + 1)->offset
                         : G_MAXUINT64;

      if (entry->type == RECORDING_EVENTS && next <= length)
        n += entry->n_events;
    }
  return n;
}

static void
test_cut_at_every_byte (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize length;
  RecordingReader *whole;

  record (f, SMALL, NULL);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  whole = recording_reader_open_memory ((const guint8 *)bytes, length, NULL);
  for (gsize cut = 0; cut < length; cut++)
    {
      g_autoptr (GError) error = NULL;
      RecordingReader *reader = recording_reader_open_memory ((const guint8 *)bytes, cut, &error);
      RecordingDamage damage;
      guint n;

      if (reader == NULL)
        {
          g_assert_cmpuint (cut, <, sizeof (RecordingHeader));
          g_assert_error (error, RECORDING_ERROR, RECORDING_ERROR_NOT_A_RECORDING);
          continue;
        }
      recording_reader_get_damage (reader, &damage);
      g_assert_true (damage.has_no_index);
      n = read_all (reader);
      g_assert_cmpuint (n, ==, recording_reader_get_n_events (reader));
      g_assert_cmpuint (n, >=, count_whole (whole, cut));
      g_assert_cmpuint (damage.damage_offset + damage.n_unread, ==, damage.n_unread > 0 ? cut : 0);
      recording_reader_close (reader);
    }
  recording_reader_close (whole);
}

/* Wherever a byte is wrong: no crash, and no record that was not recorded. */
static void
test_damaged_at_every_byte (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize length;
  guint n_noticed = 0;

  record (f, SMALL, NULL);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  for (gsize at = 0; at < length; at++)
    {
      RecordingReader *reader;
      RecordingTables *tables;
      RecordingDamage damage;
      guint n;

      bytes[at] ^= 0x24;
      reader = recording_reader_open_memory ((const guint8 *)bytes, length, NULL);
      if (reader != NULL)
        {
          tables = recording_reader_read_tables (reader, 1, NULL);
          recording_tables_free (tables);
          g_free (recording_reader_dup_facts (reader, 0));
          g_free (recording_reader_dup_facts (reader, 1));
          n = read_all (reader);
          recording_reader_get_damage (reader, &damage);
          g_assert_true (n == SMALL || damage.n_unread > 0);
          n_noticed += damage.n_unread > 0 || damage.has_no_index;
          recording_reader_close (reader);
        }
      else
        n_noticed++;
      bytes[at] ^= 0x24;
    }
  /* All but the padding is guarded. */
  g_assert_cmpuint (n_noticed, >, length * 9 / 10);
}

static void
test_repair (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autofree char *path = g_build_filename (f->folder, "repaired.airec", NULL);
  g_autoptr (GError) error = NULL;
  gsize length;
  RecordingReader *reader;
  RecordingDamage damage;
  guint n;

  record (f, SMALL, NULL);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  reader = recording_reader_open_memory ((const guint8 *)bytes, length * 3 / 4, NULL);
  n = read_all (reader);
  g_assert_cmpuint (n, >, 0);
  g_assert_true (recording_reader_repair (reader, path, &error));
  g_assert_no_error (error);
  recording_reader_close (reader);

  reader = recording_reader_open (path, &error);
  g_assert_no_error (error);
  recording_reader_get_damage (reader, &damage);
  g_assert_false (damage.has_no_index);
  g_assert_cmpuint (damage.n_unread, ==, 0);
  g_assert_cmpuint (read_all (reader), ==, n);
  recording_reader_close (reader);
}

/* ---- Versions and what is no recording ------------------------------------------------------ */

static void
seal_header (char *bytes)
{
  RecordingHeader *header = (RecordingHeader *)bytes;

  header->check = recording_check_of (header, G_STRUCT_OFFSET (RecordingHeader, check));
}

static void
test_versions (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  RecordingReader *reader;

  record (f, SMALL, NULL);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  ((RecordingHeader *)bytes)->minor = RECORDING_MINOR + 7;
  seal_header (bytes);
  reader = recording_reader_open_memory ((const guint8 *)bytes, length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read_all (reader), ==, SMALL);
  recording_reader_close (reader);

  ((RecordingHeader *)bytes)->major = RECORDING_MAJOR + 1;
  seal_header (bytes);
  g_assert_null (recording_reader_open_memory ((const guint8 *)bytes, length, &error));
  g_assert_error (error, RECORDING_ERROR, RECORDING_ERROR_VERSION);
}

static void
assert_refused (const char *path, GQuark domain, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (recording_reader_open (path, &error));
  g_assert_true (error->domain == domain);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_no_recording (Fixture *f, gconstpointer data)
{
  assert_refused (f->path, G_IO_ERROR, "No such file");
  assert_refused (f->folder, RECORDING_ERROR, "is a folder");
  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  assert_refused (f->path, RECORDING_ERROR, "is empty");
  g_assert_true (g_file_set_contents (f->path,
                                      "#!/bin/sh\necho a script of some length, and no "
                                      "recording at all\n",
                                      -1, NULL));
  assert_refused (f->path, RECORDING_ERROR, "is no recording");
  g_unlink (f->path);
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  assert_refused (f->path, RECORDING_ERROR, "is no file");
}

/* ---- Where nothing can be written ---------------------------------------------------------- */

static void
test_cannot_write (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->folder, "none", "run.airec", NULL);

  g_assert_null (recording_writer_new (path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* ---- Hostile columns ------------------------------------------------------------------------ */

static void
count_event (const ChannelEvent *event, void *data)
{
  g_assert_cmpuint (event->type, >, 0);
  g_assert_cmpuint (event->type, <, CHANNEL_TYPE_COUNT);
  g_assert_cmpuint (event->ring, <, CHANNEL_MAX_RINGS);
  g_assert_cmpuint (event->n_bytes, <=, CHANNEL_TEXT_MAX);
  ++*(guint *)data;
}

static void
test_hostile_columns (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  RecordingColumns *columns = recording_columns_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);

  for (guint i = 0; i < 300; i++)
    {
      ChannelEvent event;

      make_event (i, &event);
      recording_columns_add (columns, &event);
    }
  recording_columns_finish (columns, bytes, NULL);
  recording_columns_free (columns);
  for (guint round = 0; round < 3000; round++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
      guint n = 0;

      for (guint i = 0; i < 1 + round % 4; i++)
        copy[g_rand_int_range (random, 0, (gint32)bytes->len)] = (guint8)g_rand_int (random);
      recording_columns_read (copy, g_rand_int_range (random, 0, (gint32)bytes->len + 1), 300, 0,
                              count_event, &n);
      g_assert_cmpuint (n, <=, 300);
    }
}

static const char *const type_names[] = { NULL, "size_t", NULL, NULL, "Vec<u8>", "size_t", NULL };

static void
expect_type (const ChannelEvent *event, void *data)
{
  guint *n = data;

  g_assert_cmpstr (channel_event_get_type_name (event), ==, type_names[*n]);
  g_assert_cmpuint (event->n_bytes, ==, 1);
  g_assert_cmpint (*event->bytes, ==, 'a' + (int)*n);
  ++*n;
}

/* Types of variables are there again, and what was written before they were is read without. */
static void
test_types_of_variables (Fixture *f, gconstpointer data)
{
  RecordingColumns *columns = recording_columns_new ();

  /* Columns are used for block after block. */
  for (guint round = 0; round < 2; round++)
    for (guint with_types = 0; with_types < 2; with_types++)
      {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        guint n = 0;

        recording_columns_clear (columns);
        for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
          {
            const char *type = with_types != 0 ? type_names[i] : NULL;
            g_autofree char *text =
                g_strdup_printf ("%c%c%s", 'a' + (int)i, '\1', type != NULL ? type : "");
            ChannelEvent event = { .time_ns = 1000,
                                   .type = CHANNEL_ATTRIBUTE,
                                   .task = 0x1000,
                                   .key = 4,
                                   .bytes = text,
                                   .n_bytes = 1,
                                   .n_type = type != NULL ? (guint32)strlen (type) : 0 };

            text[1] = '\0';
            recording_columns_add (columns, &event);
          }
        recording_columns_finish (columns, bytes, NULL);
        if (with_types != 0)
          {
            g_assert_true (recording_columns_read (
                bytes->data, bytes->len, G_N_ELEMENTS (type_names), 1000, expect_type, &n));
            g_assert_cmpuint (n, ==, G_N_ELEMENTS (type_names));
            continue;
          }
        /* What has no types has no bytes in the last column, which an older version does not write: one column less, and
         * its length of 0 gone. */
        g_assert_cmpint (bytes->data[0], ==, N_COLUMNS);
        g_assert_cmpint (bytes->data[N_COLUMNS], ==, 0);
        bytes->data[0]--;
        g_byte_array_remove_index (bytes, N_COLUMNS);
        g_assert_true (recording_columns_read (bytes->data, bytes->len, G_N_ELEMENTS (type_names),
                                               1000, count_event, &n));
        g_assert_cmpuint (n, ==, G_N_ELEMENTS (type_names));
      }
  recording_columns_free (columns);
}

static const struct
{
  const char *path;
  void (*test) (Fixture *f, gconstpointer data);
} tests[] = {
  { "/recording/types-of-variables", test_types_of_variables },
  { "/recording/events", test_events },
  { "/recording/names", test_names },
  { "/recording/empty", test_empty },
  { "/recording/growing", test_growing },
  { "/recording/cut-at-every-byte", test_cut_at_every_byte },
  { "/recording/damaged-at-every-byte", test_damaged_at_every_byte },
  { "/recording/repair", test_repair },
  { "/recording/versions", test_versions },
  { "/recording/no-recording", test_no_recording },
  { "/recording/cannot-write", test_cannot_write },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, setup, tests[i].test, teardown);
  g_test_add_func ("/recording/hostile-columns", test_hostile_columns);
  return g_test_run ();
}
