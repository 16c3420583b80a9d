/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Whom a block names is said beside it: nobody is missing who is named, few are there who are not, and of a file
 * that was cut off or damaged at most is said too little. */

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "channel/layout.h"
#include "recording/reader.h"
#include "recording/writer.h"
#include "../bench/gen.h"

#define N_EVENTS 6000u
#define N_TASKS 400u
#define A_BLOCK 300u

typedef struct
{
  char *folder, *path;
  RecordingWriter *writer;
  guint32 number;
} Fixture;

static void
add_event (const ChannelEvent *event, void *data)
{
  Fixture *f = data;

  recording_writer_add_event (f->writer, f->number, event);
}

static void
record (Fixture *f, guint mentions_from)
{
  const RecordingOptions options = { .lossless = TRUE,
                                     .events_a_block = A_BLOCK,
                                     .mentions_from = mentions_from };
  g_autoptr (GError) error = NULL;
  Gen gen;

  f->writer = recording_writer_new (f->path, &options, &error);
  g_assert_no_error (error);
  f->number = recording_writer_add_target (f->writer, &gen_source, NULL);
  gen_init (&gen, N_TASKS);
  while (gen.n_events < N_EVENTS)
    gen_step (&gen, add_event, f);
  gen_clear (&gen);
  g_assert_true (recording_writer_close (f->writer, NULL, &error));
  g_assert_no_error (error);
}

static void
setup (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("async-inspect-mentions-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

/* ---- What is said of a block is right ---------------------------------------------------------- */

/* What a block tells of objects, and not only that they are used, is known by their kinds. */
static void
check_told (const GArray *told, const ChannelEvent *event)
{
  guint64 object = event->type == CHANNEL_ATTRIBUTE ? event->task : event->arg;
  gboolean is_told = FALSE;

  if (event->type != CHANNEL_ATTRIBUTE && event->type != CHANNEL_RESOURCE_BEGIN &&
      event->type != CHANNEL_RESOURCE_END)
    return;
  for (guint i = 0; i < told->len; i++)
    is_told |= g_array_index (told, guint16, i) == object >> 48;
  g_assert_true (is_told);
}

typedef struct
{
  const RecordingMentions *mentions;
  const GArray *told;
  gint32 tids[CHANNEL_MAX_RINGS];
  guint n_threads, n_named;
} Check;

static void
check_object (Check *self, guint64 object)
{
  if (object == 0)
    return;
  g_assert_true (recording_mentions_may_name (self->mentions, object));
  self->n_named++;
}

static void
check_event (const ChannelEvent *event, void *data)
{
  Check *self = data;

  check_told (self->told, event);
  check_object (self, event->task);
  if (event->type == CHANNEL_ATTRIBUTE)
    {
      if (event->value >> 48 != 0)
        check_object (self, event->value);
    }
  else if (event->type != CHANNEL_STATE_NAME && event->type != CHANNEL_POINT)
    check_object (self, event->arg);
  if (self->tids[event->ring] != event->tid)
    {
      const RecordingThread *thread =
          &g_array_index (self->mentions->threads, RecordingThread, self->n_threads);

      g_assert_cmpuint (self->n_threads++, <, self->mentions->threads->len);
      g_assert_cmpint (thread->at_ns, ==, event->time_ns);
      g_assert_cmpuint (thread->ring, ==, event->ring);
      g_assert_cmpint (thread->tid, ==, event->tid);
      self->tids[event->ring] = event->tid;
    }
}

/* Returns: of how many blocks it is said whom they name */
static guint
check_all (RecordingReader *reader)
{
  guint n = 0;

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      Check check = { .mentions = recording_reader_read_mentions (reader, i) };

      g_autoptr (GArray) told = recording_reader_read_told (reader, i);

      if (check.mentions == NULL)
        continue;
      g_assert_nonnull (told);
      check.told = told;
      g_assert_cmpint (recording_reader_get_block (reader, i)->type, ==, RECORDING_EVENTS);
      g_assert_true (recording_reader_read_events (reader, i, check_event, &check, NULL));
      g_assert_cmpuint (check.n_threads, ==, check.mentions->threads->len);
      g_assert_cmpuint (check.n_named, >, 0);
      recording_mentions_free ((RecordingMentions *)check.mentions);
      n++;
    }
  return n;
}

static void
test_all_that_is_named (Fixture *f, gconstpointer data)
{
  RecordingReader *reader;

  record (f, 1);
  reader = recording_reader_open (f->path, NULL);
  g_assert_nonnull (reader);
  g_assert_cmpuint (check_all (reader), >=, N_EVENTS / A_BLOCK);
  recording_reader_close (reader);
}

/* A program that says little does not pay for it. */
static void
test_few_records (Fixture *f, gconstpointer data)
{
  RecordingReader *reader;

  record (f, A_BLOCK + 1);
  reader = recording_reader_open (f->path, NULL);
  g_assert_nonnull (reader);
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    g_assert_cmpint (recording_reader_get_block (reader, i)->type, !=, RECORDING_MENTIONS);
  g_assert_cmpuint (check_all (reader), ==, 0);
  recording_reader_close (reader);
}

/* Of locks these blocks tell that they are taken: of nearly none it is thought that it could tell more. */
static void
test_what_is_not_told (Fixture *f, gconstpointer data)
{
  RecordingReader *reader;
  guint n = 0, n_of_locks = 0;

  record (f, 1);
  reader = recording_reader_open (f->path, NULL);
  g_assert_nonnull (reader);
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      g_autoptr (GArray) told = recording_reader_read_told (reader, i);

      g_assert_cmpint (told != NULL, ==,
                       recording_reader_get_block (reader, i)->type == RECORDING_EVENTS);
      n += told != NULL;
      for (guint k = 0; told != NULL && k < told->len; k++)
        n_of_locks += g_array_index (told, guint16, k) == GEN_KIND_LOCK;
    }
  g_assert_cmpuint (n, >=, N_EVENTS / A_BLOCK);
  g_assert_cmpuint (n_of_locks, <, n / 4);
  recording_reader_close (reader);
}

static void
test_few_that_are_not_named (void)
{
  g_autoptr (GArray) hashes = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) threads = g_array_new (FALSE, FALSE, sizeof (RecordingThread));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const guint n = 2000;
  RecordingMentions *mentions;
  guint n_wrong = 0;

  /* A task, what it waits for and its connection: of one structure each. */
  for (guint i = 0; i < n; i++)
    for (guint part = 0; part < 3; part++)
      {
        guint32 hash = recording_mention_hash (0x7f0000000000 + i * 4096 + part * 32);

        g_array_append_val (hashes, hash);
      }
  recording_mentions_write ((const guint32 *)hashes->data, hashes->len, threads, 0, bytes);
  g_assert_cmpuint (bytes->len, <, n * 2);
  mentions = recording_mentions_read (bytes->data, bytes->len, 0);
  g_assert_nonnull (mentions);
  for (guint i = 0; i < n; i++)
    {
      g_assert_true (recording_mentions_may_name (mentions, 0x7f0000000000 + i * 4096));
      n_wrong += recording_mentions_may_name (mentions, 0x7f0000000000 + i * 4096 + 2048);
    }
  g_assert_cmpuint (n_wrong, <, n / 6);
  recording_mentions_free (mentions);
}

/* Numbers that were given one after the other are told apart, for they are no addresses. */
static void
test_small_ids (void)
{
  RecordingMentions *mentions = recording_mentions_new (4096);
  guint n_wrong = 0;

  recording_mentions_add (mentions, 1000);
  g_assert_true (recording_mentions_may_name (mentions, 1000));
  for (guint i = 1; i < 1000; i++)
    n_wrong += recording_mentions_may_name (mentions, i);
  g_assert_cmpuint (n_wrong, <, 10);
  recording_mentions_free (mentions);
}

/* ---- What is damaged --------------------------------------------------------------------------- */

static void
test_cut_off (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  guint before = 0;
  gsize length;

  record (f, 1);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  for (gsize cut = sizeof (RecordingHeader); cut < length; cut += 37)
    {
      RecordingReader *reader = recording_reader_open_memory ((const guint8 *)bytes, cut, NULL);
      guint n;

      g_assert_nonnull (reader);
      n = check_all (reader);
      g_assert_cmpuint (n, >=, before);
      before = n;
      recording_reader_close (reader);
    }
  g_assert_cmpuint (before, >=, N_EVENTS / A_BLOCK);
}

static void
test_repaired (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL, *path = g_build_filename (f->folder, "repaired.airec", NULL);
  RecordingReader *reader;
  gsize length;

  record (f, 1);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  reader = recording_reader_open_memory ((const guint8 *)bytes, length / 2, NULL);
  g_assert_true (recording_reader_repair (reader, path, NULL));
  recording_reader_close (reader);
  reader = recording_reader_open (path, NULL);
  g_assert_nonnull (reader);
  g_assert_cmpuint (check_all (reader), >=, N_EVENTS / A_BLOCK / 3);
  recording_reader_close (reader);
  g_unlink (path);
}

/* What is said of a block that is not the one before it is of none. */
static void
test_of_another_block (Fixture *f, gconstpointer data)
{
  RecordingReader *reader;
  guint n = 0;

  record (f, 1);
  reader = recording_reader_open (f->path, NULL);
  g_assert_nonnull (reader);
  for (guint i = 1; i < recording_reader_get_n_blocks (reader); i++)
    {
      RecordingIndexEntry *entry = (RecordingIndexEntry *)recording_reader_get_block (reader, i);
      RecordingMentions *mentions;

      if (entry->type != RECORDING_MENTIONS)
        continue;
      mentions = recording_reader_read_mentions (reader, i - 1);
      g_assert_nonnull (mentions);
      recording_mentions_free (mentions);
      entry->last_ns++;
      g_assert_null (recording_reader_read_mentions (reader, i - 1));
      n++;
    }
  g_assert_cmpuint (n, >, 1);
  recording_reader_close (reader);
}

static void
test_hostile (void)
{
  g_autoptr (GArray) hashes = g_array_new (FALSE, TRUE, sizeof (guint32));
  g_autoptr (GArray) threads = g_array_new (FALSE, TRUE, sizeof (RecordingThread));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (4712);
  guint n_read = 0;

  for (guint i = 0; i < 20; i++)
    {
      guint32 hash = g_rand_int (random);
      RecordingThread thread = { 1000 + i, i % 3, 100 + (gint32)i };

      g_array_append_val (hashes, hash);
      g_array_append_val (threads, thread);
    }
  recording_mentions_write ((const guint32 *)hashes->data, hashes->len, threads, 1000, bytes);
  for (guint i = 0; i < 20000; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
      gsize length = (gsize)g_rand_int_range (random, 0, (gint32)bytes->len + 1);
      RecordingMentions *mentions;

      for (guint k = g_rand_int_range (random, 0, 4); k > 0; k--)
        copy[g_rand_int_range (random, 0, (gint32)bytes->len)] = (guint8)g_rand_int (random);
      mentions = recording_mentions_read (copy, i % 2 == 0 ? length : bytes->len, G_MAXINT64 - 3);
      if (mentions == NULL)
        continue;
      n_read++;
      recording_mentions_may_name (mentions, (guint64)g_rand_int (random) << 16);
      for (guint k = 0; k < mentions->threads->len; k++)
        g_assert_cmpuint (g_array_index (mentions->threads, RecordingThread, k).ring, <,
                          CHANNEL_MAX_RINGS);
      recording_mentions_free (mentions);
    }
  g_assert_cmpuint (n_read, >, 100);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/mentions/all-that-is-named", test_all_that_is_named },
    { "/mentions/not-of-few-records", test_few_records },
    { "/mentions/what-is-not-told", test_what_is_not_told },
    { "/mentions/cut-off", test_cut_off },
    { "/mentions/repaired", test_repaired },
    { "/mentions/of-another-block", test_of_another_block },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, setup, tests[i].test, teardown);
  g_test_add_func ("/mentions/few-that-are-not-named", test_few_that_are_not_named);
  g_test_add_func ("/mentions/small-ids", test_small_ids);
  g_test_add_func ("/mentions/hostile", test_hostile);
  return g_test_run ();
}
