/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A disk that is full, wherever it becomes full: what was written stays readable and has an index, and how much is
 * missing is said in the file. */

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "../bench/gen.h"
#include "inspector-process.h"
#include "recording/reader.h"
#include "recording/writer.h"

#define N_EVENTS 4000u
#define N_TASKS 40u
#define NEVER_CAME 3u
/* Less than the index takes, and more than what two recordings of the same differ in by the times in them. */
#define SOME 300u

typedef struct
{
  char *folder, *path;
  RecordingWriter *writer;
  guint32 number;
  guint n_events;
  struct rlimit before;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("async-inspect-full-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &f->before), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

static void
add_event (const ChannelEvent *event, void *data)
{
  Fixture *f = data;

  recording_writer_add_event (f->writer, f->number, event);
  f->n_events++;
}

static void
set_limit (const Fixture *f, rlim_t bytes)
{
  const struct rlimit limit = { bytes, f->before.rlim_max };

  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

/* What does not fit into @limit bytes finds no room. Returns: whether all fitted */
static gboolean
record (Fixture *f, rlim_t limit, RecordingStats *ret_stats)
{
  const RecordingOptions options = { .events_a_block = 64, .mentions_from = 1 };
  g_autoptr (GError) error = NULL;
  gboolean is_whole;
  Gen gen;

  set_limit (f, limit);
  f->n_events = 0;
  f->writer = recording_writer_new (f->path, &options, &error);
  g_assert_no_error (error);
  f->number = recording_writer_add_target (f->writer, &gen_source, NULL);
  recording_writer_add_facts (f->writer, f->number, "{\"pid\":4711,\"command\":\"./server\"}");
  recording_writer_set_lost (f->writer, f->number, NEVER_CAME);
  gen_init (&gen, N_TASKS);
  while (gen.n_events < N_EVENTS)
    gen_step (&gen, add_event, f);
  gen_clear (&gen);
  is_whole = recording_writer_close (f->writer, ret_stats, &error);
  set_limit (f, f->before.rlim_cur);
  g_assert_cmpint (is_whole, ==, error == NULL);
  if (error != NULL)
    g_assert_nonnull (strstr (error->message, f->path));
  return is_whole;
}

static void
count (const ChannelEvent *event, void *data)
{
  ++*(guint *)data;
}

static guint
read_all (RecordingReader *reader)
{
  guint n = 0;

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    if (recording_reader_get_block (reader, i)->type == RECORDING_EVENTS)
      g_assert_true (recording_reader_read_events (reader, i, count, &n, NULL));
  return n;
}

static void
check (Fixture *f, const RecordingStats *stats)
{
  g_autoptr (GError) error = NULL;
  RecordingReader *reader = recording_reader_open (f->path, &error);
  RecordingDamage damage;
  guint n;

  g_assert_no_error (error);
  recording_reader_get_damage (reader, &damage);
  g_assert_false (damage.has_no_index);
  g_assert_cmpuint (damage.n_unread, ==, 0);
  n = read_all (reader);
  g_assert_cmpuint (n, ==, stats->events);
  g_assert_cmpuint (n + stats->dropped, ==, f->n_events);
  g_assert_cmpuint (recording_reader_get_lost (reader, f->number), ==, stats->dropped + NEVER_CAME);
  recording_reader_close (reader);
}

/* Also where all records found room, and the index did not. */
static void
test_wherever (Fixture *f, gconstpointer data)
{
  RecordingStats stats;
  struct stat status;
  guint n_full = 0;
  rlim_t whole;

  g_assert_true (record (f, f->before.rlim_max, &stats));
  g_assert_cmpuint (stats.dropped, ==, 0);
  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  whole = (rlim_t)status.st_size;
  check (f, &stats);
  for (rlim_t limit = 3000; limit < whole - SOME; limit += 211)
    {
      g_assert_false (record (f, limit, &stats));
      g_assert_cmpuint (stats.dropped, >, 0);
      check (f, &stats);
      n_full++;
    }
  g_assert_cmpuint (n_full, >, 20);
  g_assert_false (record (f, whole - SOME, &stats));
  g_assert_cmpuint (stats.dropped, <, 1000);
  check (f, &stats);
}

static void
test_is_told (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL, *line = NULL, *lost = NULL;
  RecordingStats stats;

  g_assert_false (record (f, 6000, &stats));
  text = inspector_recording_describe (f->path, FALSE, NULL);
  g_assert_nonnull (text);
  g_assert_nonnull (strstr (text, "whole, but for "));
  g_assert_nonnull (strstr (text, " events that were lost while it was recorded\n"));
  line = inspector_recording_describe (f->path, TRUE, NULL);
  lost = g_strdup_printf ("\"lost\":%" G_GUINT64_FORMAT, stats.dropped + NEVER_CAME);
  g_assert_nonnull (strstr (line, lost));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/full-disk/wherever-it-is-full", Fixture, NULL, setup, test_wherever, teardown);
  g_test_add ("/full-disk/is-told", Fixture, NULL, setup, test_is_told, teardown);
  return g_test_run ();
}
