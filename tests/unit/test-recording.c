/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A recording holds what was added, alone, and up to where it was cut or damaged. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "recording-story.h"
#include "recording/block.h"
#include "recording/reader.h"
#include "recording/writer.h"

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
  target = recording_writer_add_target (writer, &recording_story_source, NULL);
  g_assert_cmpuint (target, ==, 1);
  for (guint i = 0; i < n_events; i++)
    {
      ChannelEvent event;

      recording_story_event (i, &event);
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

  recording_story_event (expected->n++, &should);
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
  guint32 target = recording_writer_add_target (writer, &recording_story_source, NULL);
  RecordingStats stats;
  RecordingReader *reader;
  RecordingDamage damage;

  for (guint i = 0; i < 100; i++)
    {
      ChannelEvent event;

      recording_story_event (i, &event);
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

static const struct
{
  const char *path;
  void (*test) (Fixture *f, gconstpointer data);
} tests[] = {
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
  return g_test_run ();
}
