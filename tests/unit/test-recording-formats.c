/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A recording that an earlier version wrote is read as it always was. `recordings/format-N.airec` was written by
 * the bench-recording of format N, with 4,000 events of 40 tasks. */

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "../bench/gen.h"
#include "inspector-history.h"
#include "recording/reader.h"
#include "recording/writer.h"
#include "session/timeline.h"

#define N_EVENTS 4000u
#define N_TASKS 40u

typedef struct
{
  GArray *events; /* ChannelEvent; none of gen's is a text */
} Said;

static void
keep (const ChannelEvent *event, void *data)
{
  g_array_append_vals (((Said *)data)->events, event, 1);
}

static Said
generate (void)
{
  Said said = { g_array_new (FALSE, FALSE, sizeof (ChannelEvent)) };
  Gen gen;

  gen_init (&gen, N_TASKS);
  while (gen.n_events < N_EVENTS)
    gen_step (&gen, keep, &said);
  gen_clear (&gen);
  return said;
}

static Said
read_all (RecordingReader *reader)
{
  Said said = { g_array_new (FALSE, FALSE, sizeof (ChannelEvent)) };

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    if (recording_reader_get_block (reader, i)->type == RECORDING_EVENTS)
      recording_reader_read_events (reader, i, keep, &said, NULL);
  return said;
}

static void
assert_same (const ChannelEvent *a, const ChannelEvent *b)
{
  g_assert_cmpint (a->time_ns, ==, b->time_ns);
  g_assert_cmpuint (a->type, ==, b->type);
  g_assert_cmpuint (a->task, ==, b->task);
  g_assert_cmpuint (a->arg, ==, b->arg);
  g_assert_cmpuint (a->location, ==, b->location);
  g_assert_cmpint (a->status, ==, b->status);
  g_assert_cmpuint (a->key, ==, b->key);
  g_assert_cmpuint (a->value, ==, b->value);
  g_assert_cmpuint (a->ring, ==, b->ring);
  g_assert_cmpint (a->tid, ==, b->tid);
}

/* @may_end_early: what was cut off has less of the same */
static guint
assert_is_generated (RecordingReader *reader, gboolean may_end_early)
{
  Said expected = generate (), said = read_all (reader);
  guint n = said.events->len;

  g_assert_cmpuint (n, <=, expected.events->len);
  if (!may_end_early)
    g_assert_cmpuint (n, ==, expected.events->len);
  for (guint i = 0; i < n; i++)
    assert_same (&g_array_index (said.events, ChannelEvent, i),
                 &g_array_index (expected.events, ChannelEvent, i));
  g_array_unref (said.events);
  g_array_unref (expected.events);
  return n;
}

static char *
find_file (gconstpointer name)
{
  return g_test_build_filename (G_TEST_DIST, "recordings", name, NULL);
}

static void
test_is_read (gconstpointer name)
{
  g_autofree char *path = find_file (name);
  g_autoptr (GError) error = NULL;
  RecordingReader *reader = recording_reader_open (path, &error);
  RecordingTables *tables;
  ChannelKindInfo kind;

  g_assert_no_error (error);
  /* It is of an earlier version, and not one that was written again by this one. */
  g_assert_cmpuint (recording_reader_get_header (reader)->major, <, RECORDING_MAJOR);
  assert_is_generated (reader, FALSE);
  tables = recording_reader_read_tables (reader, 1, &error);
  g_assert_no_error (error);
  g_assert_true (recording_tables_get_kind (tables, 1, &kind));
  g_assert_cmpstr (kind.name, ==, "gen.read");
  recording_tables_free (tables);
  recording_reader_close (reader);
}

static void
test_is_read_when_cut_off (gconstpointer name)
{
  g_autofree char *path = find_file (name);
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize cut = sizeof (RecordingHeader); cut < length; cut += 37)
    {
      RecordingReader *reader = recording_reader_open_memory ((const guint8 *)bytes, cut, NULL);

      g_assert_nonnull (reader);
      assert_is_generated (reader, TRUE);
      recording_reader_close (reader);
    }
}

/* Its blocks stay as they are in a file of this version. */
static void
test_is_repaired (gconstpointer name)
{
  g_autofree char *path = find_file (name);
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-formats-XXXXXX", NULL);
  g_autofree char *copy = g_build_filename (folder, "copy.airec", NULL);
  g_autoptr (GError) error = NULL;
  RecordingReader *reader = recording_reader_open (path, &error);

  g_assert_no_error (error);
  g_assert_true (recording_reader_repair (reader, copy, &error));
  g_assert_no_error (error);
  recording_reader_close (reader);
  reader = recording_reader_open (copy, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (recording_reader_get_header (reader)->major, ==, RECORDING_MAJOR);
  assert_is_generated (reader, FALSE);
  recording_reader_close (reader);
  g_unlink (copy);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* ---- What tasks did ---------------------------------------------------------------------------- */

typedef struct
{
  RecordingWriter *writer;
  ModelTarget *model;
  guint32 number;
} Sink;

static void
record_event (const ChannelEvent *event, void *data)
{
  Sink *sink = data;

  model_target_ingest (sink->model, event);
  recording_writer_add_event (sink->writer, sink->number, event);
}

/* The same again, by this version. */
static void
record (const char *path)
{
  const RecordingOptions options = { .lossless = TRUE };
  g_autoptr (GError) error = NULL;
  guint64 next_number = 1;
  Sink sink = { .model = model_target_new (&gen_tables, NULL, &next_number) };
  AnalysisTimeline *timeline;
  Gen gen;

  sink.writer = recording_writer_new (path, &options, &error);
  g_assert_no_error (error);
  sink.number = recording_writer_add_target (sink.writer, &gen_source, NULL);
  timeline = analysis_timeline_new (sink.writer, sink.number, sink.model, 0);
  gen_init (&gen, N_TASKS);
  while (gen.n_events < N_EVENTS)
    gen_step (&gen, record_event, &sink);
  gen_clear (&gen);
  analysis_timeline_finish (timeline);
  g_assert_true (recording_writer_close (sink.writer, NULL, &error));
  model_target_free (sink.model);
}

static void
keep_span (const RecordingSpan *span, gpointer data)
{
  g_array_append_vals (data, span, 1);
}

static GArray *
read_spans (const char *path, gboolean has_shapes)
{
  RecordingReader *reader = recording_reader_open (path, NULL);
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (RecordingSpan));

  g_assert_nonnull (reader);
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);
      g_autoptr (GByteArray) raw = NULL;

      if (block->type != RECORDING_SPANS)
        continue;
      g_assert_cmpint ((block->flags & RECORDING_FLAG_SHAPES) != 0, ==, has_shapes);
      raw = recording_reader_read_block (reader, i, NULL);
      g_assert_true ((has_shapes ? recording_spans_read : recording_spans_read_format_2) (
          raw->data, raw->len, block->n_events, block->first_ns, 0, G_MAXUINT32, keep_span, spans));
    }
  recording_reader_close (reader);
  return spans;
}

/* As views see it: in a recording of before 3.2 nobody knows of any span that it was ready. */
static guint
count_ready (const char *path, guint *ret_n_spans)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  g_autoptr (GError) error = NULL;
  InspectorSpan spans[64];
  guint n_ready = 0;

  g_assert_true (inspector_session_open_recording (session, path, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < inspector_history_get_n_tracks (history); i++)
    {
      gint64 from_ns = G_MININT64 / 2;
      guint n;

      do
        {
          n = inspector_history_get_spans (history, i, from_ns, G_MAXINT64, spans, 64);
          for (guint k = 0; k < n; k++)
            n_ready += spans[k].state == INSPECTOR_STATE_READY;
          *ret_n_spans += n;
          from_ns = n > 0 ? spans[n - 1].begin_ns + 1 : 0;
        }
      while (n == 64);
    }
  return n_ready;
}

static void
test_spans (gconstpointer name)
{
  g_autofree char *path = find_file (name);
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-formats-XXXXXX", NULL);
  g_autofree char *again = g_build_filename (folder, "again.airec", NULL);
  g_autoptr (GArray) old = read_spans (path, FALSE);
  g_autoptr (GArray) new = NULL;
  guint n_spans = 0, n_unknown = 0;

  record (again);
  new = read_spans (again, TRUE);
  g_assert_cmpuint (old->len, >, N_EVENTS / 4);
  g_assert_cmpuint (old->len, ==, new->len);
  g_assert_cmpuint (count_ready (path, &n_spans), ==, 0);
  g_assert_cmpuint (n_spans, >, N_EVENTS / 4);
  for (guint i = 0; i < old->len; i++)
    {
      const RecordingSpan *a = &g_array_index (old, RecordingSpan, i);
      const RecordingSpan *b = &g_array_index (new, RecordingSpan, i);

      g_assert_cmpint (a->at_ns, ==, b->at_ns);
      g_assert_cmpuint (a->track, ==, b->track);
      g_assert_cmpuint (a->location, ==, b->location);
      g_assert_cmpuint (a->kind, ==, b->kind);
      /* What is ready was one with what is not known. */
      g_assert_cmpuint (a->state, ==,
                        b->state == INSPECTOR_STATE_UNKNOWN ? INSPECTOR_STATE_READY : b->state);
      n_unknown += b->state == INSPECTOR_STATE_UNKNOWN;
    }
  g_assert_cmpuint (n_unknown, >, 0);
  g_unlink (again);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/recording-formats/2/is-read", "format-2.airec", test_is_read);
  g_test_add_data_func ("/recording-formats/2/is-read-when-cut-off", "format-2.airec",
                        test_is_read_when_cut_off);
  g_test_add_data_func ("/recording-formats/2/spans", "format-2.airec", test_spans);
  g_test_add_data_func ("/recording-formats/2/is-repaired", "format-2.airec", test_is_repaired);
  return g_test_run ();
}
