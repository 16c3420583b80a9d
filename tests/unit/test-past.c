/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks did, as it lies beside the records of a recording, is what a session makes of the records. */

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "../bench/gen.h"
#include "inspector.h"
#include "model/keyframe.h"
#include "session/inspector-history-private.h"
#include "session/time-index.h"
#include "session/timeline.h"

#define N_EVENTS 60000u
#define N_PROGRAMS 2u
#define CLOCK_NS 5000
#define N_COLUMNS 97u

typedef struct
{
  char *folder, *path;
} Fixture;

typedef struct
{
  RecordingWriter *writer;
  ModelTarget *model;
  AnalysisTimeline *timeline;
  guint32 number;
  Gen gen;
} Program;

/* By a clock so coarse that much happens at one instant: what takes no time is no span, also where what was
 * before it goes on after it. */
static void
add (const ChannelEvent *event, void *data)
{
  Program *self = data;
  ChannelEvent coarse = *event;

  coarse.time_ns -= coarse.time_ns % CLOCK_NS;
  model_target_ingest (self->model, &coarse);
  recording_writer_add_event (self->writer, self->number, &coarse);
}

static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  Program *self = data;

  recording_writer_add_keyframe_event (self->writer, self->number, event);
}

static void
begin_program (Program *self, RecordingWriter *writer, guint n_tasks, guint64 *next_number)
{
  self->writer = writer;
  self->model = model_target_new (&gen_tables, NULL, next_number);
  self->number = recording_writer_add_target (writer, &gen_source, NULL);
  self->timeline = analysis_timeline_new (writer, self->number, self->model, 5000);
  recording_writer_add_facts (writer, self->number, "{\"pid\":4711,\"command\":\"./server\"}");
  gen_init (&self->gen, n_tasks);
}

static void
end_program (Program *self)
{
  analysis_timeline_finish (self->timeline);
  recording_writer_end_target (self->writer, self->number);
  model_target_free (self->model);
  gen_clear (&self->gen);
}

/* Two programs that take turns, so that their tasks have other numbers while they run than when they are
 * read one after the other. */
static void
setup (Fixture *f, gconstpointer data)
{
  const RecordingOptions options = { .lossless = TRUE, .events_a_block = 3000 };
  guint64 next_number = 1;
  Program programs[N_PROGRAMS] = { 0 };
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer;

  f->folder = g_dir_make_tmp ("async-inspect-past-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  writer = recording_writer_new (f->path, &options, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_PROGRAMS; i++)
    begin_program (&programs[i], writer, 20 + 300 * i, &next_number);
  while (programs[0].gen.n_events < N_EVENTS)
    for (guint i = 0; i < N_PROGRAMS; i++)
      gen_step (&programs[i].gen, add, &programs[i]);
  for (guint i = 0; i < N_PROGRAMS; i++)
    end_program (&programs[i]);
  g_assert_true (recording_writer_close (writer, NULL, &error));
  g_assert_no_error (error);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

static InspectorHistory *
read_records (const char *path, InspectorSession **ret_session)
{
  InspectorHistory *history;
  g_autoptr (GError) error = NULL;

  *ret_session = inspector_session_new ();
  history = inspector_session_keep_history (*ret_session);
  g_assert_true (inspector_session_open_recording (*ret_session, path, NULL, &error));
  g_assert_no_error (error);
  return history;
}

/* ---- The same ---------------------------------------------------------------------------------- */

static void
assert_same_span (InspectorHistory *a, InspectorHistory *b, guint track, const InspectorSpan *x,
                  const InspectorSpan *y)
{
  g_autofree char *place = inspector_history_dup_place (a, track, x->location);
  g_autofree char *other_place = inspector_history_dup_place (b, track, y->location);

  g_assert_cmpint (x->begin_ns, ==, y->begin_ns);
  g_assert_cmpint (x->end_ns, ==, y->end_ns);
  g_assert_cmpint (x->state, ==, y->state);
  g_assert_cmpint (x->tid, ==, y->tid);
  g_assert_cmpstr (inspector_history_get_kind (a, track, x->kind), ==,
                   inspector_history_get_kind (b, track, y->kind));
  g_assert_cmpstr (place, ==, other_place);
}

static void
assert_same_spans (InspectorHistory *a, InspectorHistory *b, guint track, guint64 n)
{
  g_autofree InspectorSpan *spans = g_new (InspectorSpan, n + 1);
  g_autofree InspectorSpan *others = g_new (InspectorSpan, n + 1);
  guint n_spans = inspector_history_get_spans (a, track, 0, G_MAXINT64, spans, (guint)n + 1);

  g_assert_cmpuint (n_spans, ==, n);
  g_assert_cmpuint (inspector_history_get_spans (b, track, 0, G_MAXINT64, others, (guint)n + 1), ==,
                    n);
  for (guint i = 0; i < n_spans; i++)
    assert_same_span (a, b, track, &spans[i], &others[i]);
}

static void
assert_same_track (InspectorHistory *a, InspectorHistory *b, guint track)
{
  InspectorTrack x, y;
  g_autofree char *name = inspector_history_dup_name (a, track);
  g_autofree char *other_name = inspector_history_dup_name (b, track);
  guint found;

  g_assert_true (inspector_history_get_track (a, track, &x));
  g_assert_true (inspector_history_get_track (b, track, &y));
  g_assert_cmpuint (x.number, ==, y.number);
  g_assert_cmpuint (x.parent, ==, y.parent);
  g_assert_cmpint (x.pid, ==, y.pid);
  g_assert_cmpint (x.begin_ns, ==, y.begin_ns);
  g_assert_cmpint (x.end_ns, ==, y.end_ns);
  g_assert_cmpint (x.status, ==, y.status);
  g_assert_cmpuint (x.n_spans, ==, y.n_spans);
  g_assert_cmpstr (name, ==, other_name);
  g_assert_true (inspector_history_find_track (b, x.number, &found));
  g_assert_cmpuint (found, ==, track);
  assert_same_spans (a, b, track, x.n_spans);
}

static void
assert_same_coverage (InspectorHistory *a, InspectorHistory *b, guint track, gint64 first_ns,
                      gint64 last_ns)
{
  gint64 columns[N_COLUMNS * INSPECTOR_N_STATES], others[N_COLUMNS * INSPECTOR_N_STATES];

  inspector_history_get_coverage (a, track, first_ns, last_ns, N_COLUMNS, columns);
  inspector_history_get_coverage (b, track, first_ns, last_ns, N_COLUMNS, others);
  g_assert_cmpmem (columns, sizeof columns, others, sizeof others);
}

/* By state and family. A part of which nothing lasted may have a number in one and none in another. */
static gboolean
sum_parts (InspectorHistory *history, guint track, gint64 first_ns, gint64 last_ns,
           gint64 ret_ns[INSPECTOR_N_STATES][INSPECTOR_N_FAMILIES])
{
  gint64 sums[INSPECTOR_MAX_PARTS];
  InspectorPart parts[INSPECTOR_MAX_PARTS];
  guint n =
      inspector_history_get_coverage_by_part (history, track, first_ns, last_ns, 1, parts, sums);
  gboolean any = FALSE;

  for (guint i = 0; i < n; i++)
    {
      ret_ns[parts[i].state][parts[i].family] += sums[i];
      any |= parts[i].family != INSPECTOR_FAMILY_NONE && sums[i] > 0;
    }
  return any;
}

/* What was waited for is not written down, but found again by the names of kinds. */
static gboolean
assert_same_parts (InspectorHistory *a, InspectorHistory *b, guint track, gint64 first_ns,
                   gint64 last_ns)
{
  gint64 sums[INSPECTOR_N_STATES][INSPECTOR_N_FAMILIES] = { 0 };
  gint64 others[INSPECTOR_N_STATES][INSPECTOR_N_FAMILIES] = { 0 };
  gboolean any = sum_parts (a, track, first_ns, last_ns, sums);

  sum_parts (b, track, first_ns, last_ns, others);
  g_assert_cmpmem (sums, sizeof sums, others, sizeof others);
  return any;
}

static guint
assert_same_causes (InspectorHistory *a, InspectorHistory *b)
{
  g_autofree InspectorCause *causes = g_new (InspectorCause, N_EVENTS);
  g_autofree InspectorCause *others = g_new (InspectorCause, N_EVENTS);
  guint n = inspector_history_get_causes (a, 0, G_MAXINT64, causes, N_EVENTS);

  g_assert_cmpuint (inspector_history_get_causes (b, 0, G_MAXINT64, others, N_EVENTS), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpint (causes[i].at_ns, ==, others[i].at_ns);
      g_assert_cmpuint (causes[i].from, ==, others[i].from);
      g_assert_cmpuint (causes[i].to, ==, others[i].to);
    }
  return n;
}

static void
assert_same_history (InspectorHistory *a, InspectorHistory *b)
{
  gint64 first_ns, last_ns, other_first_ns, other_last_ns;
  guint n = inspector_history_get_n_tracks (a);
  gboolean any_family = FALSE;

  g_assert_true (inspector_history_get_range (a, &first_ns, &last_ns));
  g_assert_true (inspector_history_get_range (b, &other_first_ns, &other_last_ns));
  g_assert_cmpint (first_ns, ==, other_first_ns);
  g_assert_cmpint (last_ns, ==, other_last_ns);
  g_assert_cmpuint (inspector_history_get_n_changes (a), ==, inspector_history_get_n_changes (b));
  g_assert_cmpuint (inspector_history_get_n_tracks (b), ==, n);
  for (guint i = 0; i < n; i++)
    {
      assert_same_coverage (a, b, i, first_ns, last_ns);
      any_family |= assert_same_parts (a, b, i, first_ns, last_ns);
      assert_same_track (a, b, i);
    }
  g_assert_true (any_family);
}

static void
test_is_what_records_say (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  InspectorHistory *read = read_records (f->path, &session);
  g_autoptr (InspectorHistory) opened =
      inspector_history_open_recording (f->path, &warning, &error);
  double parts[16], others[16];
  gint64 first_ns, last_ns;

  g_assert_no_error (error);
  g_assert_null (warning);
  assert_same_history (read, opened);
  g_assert_cmpuint (assert_same_causes (read, opened), >, 300);
  g_assert_true (inspector_history_get_range (read, &first_ns, &last_ns));
  inspector_history_get_activity (read, first_ns, last_ns, 16, parts);
  inspector_history_get_activity (opened, first_ns, last_ns, 16, others);
  for (guint i = 0; i < 16; i++)
    g_assert_cmpfloat_with_epsilon (parts[i], others[i], parts[i] / 50 + 1);
}

/* The figures of an instant, and a stretch of time, from either. */
static void
test_moments_are_the_same (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  InspectorHistory *read = read_records (f->path, &session);
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (f->path, NULL, NULL);
  gint64 first_ns, last_ns, at_ns;
  guint n = inspector_history_get_n_tracks (read), n_moments = 0;

  g_assert_true (inspector_history_get_range (opened, &first_ns, &last_ns));
  at_ns = first_ns + (last_ns - first_ns) / 3;
  for (guint i = 0; i < n; i += 7)
    {
      InspectorMoment *a = inspector_history_get_moment (read, i, at_ns, NULL);
      InspectorMoment *b = inspector_history_get_moment (opened, i, at_ns, NULL);

      g_assert_true ((a == NULL) == (b == NULL));
      if (a == NULL)
        continue;
      n_moments++;
      g_assert_cmpint (a->state, ==, b->state);
      g_assert_cmpstr (a->name, ==, b->name);
      g_assert_cmpuint (a->pending->len, ==, b->pending->len);
      if (a->pending->len > 0)
        g_assert_cmpstr (((InspectorPending *)a->pending->pdata[0])->text, ==,
                         ((InspectorPending *)b->pending->pdata[0])->text);
      inspector_moment_free (a);
      inspector_moment_free (b);
    }
  g_assert_cmpuint (n_moments, >, 10);
}

/* ---- A program that ended before the other ------------------------------------------------------- */

static void
say_ended (const Program *self, gint64 at_ns)
{
  g_autofree char *facts = g_strdup_printf (
      "{\"pid\":4711,\"command\":\"./server\",\"ended\":true,\"seen_ns\":%" G_GINT64_FORMAT "}",
      at_ns);

  recording_writer_add_facts (self->writer, self->number, facts);
}

/* What was left of the first one ended with it, at which it still is what it was. */
static void
assert_left_ended (InspectorHistory *history, gint64 end_ns)
{
  guint n_left = 0, n_alive = 0;

  for (guint i = 0; i < inspector_history_get_n_tracks (history); i++)
    {
      InspectorTrack track;
      InspectorSpan span;
      InspectorRow row;
      gint64 columns[INSPECTOR_N_STATES];

      g_assert_true (inspector_history_get_track (history, i, &track));
      if (track.end_ns == G_MAXINT64)
        n_alive++;
      if (track.status != INSPECTOR_END_OF_PROGRAM)
        continue;
      n_left++;
      g_assert_cmpint (track.end_ns, ==, end_ns + 1);
      g_assert_true (inspector_history_get_state_at (history, i, end_ns, &span));
      g_assert_cmpint (span.state, !=, INSPECTOR_STATE_NONE);
      g_assert_true (inspector_history_get_state_at (history, i, end_ns + 1, &span));
      g_assert_cmpint (span.state, ==, INSPECTOR_STATE_NONE);
      g_assert_cmpuint (inspector_history_get_rows (history, i, 1, end_ns + 1, &row), ==, 1);
      g_assert_cmpint (row.state, ==, INSPECTOR_STATE_NONE);
      g_assert_cmpint (row.since_ns, ==, end_ns + 1);
      g_assert_false (row.end_is_inferred);
      inspector_history_get_coverage (history, i, end_ns + 1, end_ns + 1000000, 1, columns);
      for (guint k = INSPECTOR_STATE_NONE + 1; k < INSPECTOR_N_STATES; k++)
        g_assert_cmpint (columns[k], ==, 0);
    }
  g_assert_cmpuint (n_left, >, 3);
  g_assert_cmpuint (n_alive, >, 3);
}

static void
ends_with_its_program (Fixture *f, gboolean goes_on)
{
  const RecordingOptions options = { .lossless = TRUE, .events_a_block = 3000 };
  guint64 next_number = 1;
  Program programs[N_PROGRAMS] = { 0 };
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorHistory) opened = NULL;
  RecordingWriter *writer = recording_writer_new (f->path, &options, NULL);
  gint64 end_ns;

  for (guint i = 0; i < N_PROGRAMS; i++)
    begin_program (&programs[i], writer, 20, &next_number);
  for (guint n = 0; n < 4000; n++)
    gen_step (&programs[0].gen, add, &programs[0]);
  end_ns = programs[0].model->now_ns;
  say_ended (&programs[0], end_ns);
  for (guint n = 0; n < 4000; n++)
    gen_step (&programs[1].gen, add, &programs[1]);
  say_ended (&programs[1], end_ns + (goes_on ? 2000000000 : 20000000));
  for (guint i = 0; i < N_PROGRAMS; i++)
    end_program (&programs[i]);
  g_assert_true (recording_writer_close (writer, NULL, NULL));
  opened = inspector_history_open_recording (f->path, NULL, NULL);
  if (goes_on)
    assert_left_ended (opened, end_ns);
  else
    for (guint i = 0; i < inspector_history_get_n_tracks (opened); i++)
      {
        InspectorTrack track;

        g_assert_true (inspector_history_get_track (opened, i, &track));
        g_assert_cmpint (track.status, !=, INSPECTOR_END_OF_PROGRAM);
      }
  assert_same_history (read_records (f->path, &session), opened);
}

static void
test_ends_with_its_program (Fixture *f, gconstpointer data)
{
  ends_with_its_program (f, TRUE);
}

static void
test_end_within_a_moment (Fixture *f, gconstpointer data)
{
  ends_with_its_program (f, FALSE);
}

/* However few of the tracks are loaded at once, and from however many stretches of time. */
static void
test_in_small_groups (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (f->path, NULL, NULL);
  RecordingReader *reader = recording_reader_open (f->path, NULL);
  AnalysisPast *past = analysis_past_new (reader, 700, NULL);
  ModelHistory *history = model_history_new (NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  guint n;

  g_assert_true (analysis_past_open (past, history, 0, NULL));
  n = model_history_get_n_tracks (history);
  for (guint round = 0; round < 2 * n; round++)
    {
      guint i = (guint)g_rand_int_range (random, 0, (gint32)n);
      const ModelTrack *track = model_history_get_whole_track (history, i);
      const ModelTrack *other = model_history_get_whole_track (opened->model, i);
      g_assert_cmpuint (model_spans_get_n (&track->spans), ==, model_spans_get_n (&other->spans));
      for (guint64 k = 0; k < model_spans_get_n (&track->spans); k++)
        {
          ModelSpan a, b;

          model_spans_get (&track->spans, k, &a);
          model_spans_get (&other->spans, k, &b);
          g_assert_cmpint (a.begin_ns, ==, b.begin_ns);
          g_assert_cmpint (a.state, ==, b.state);
          g_assert_cmpuint (a.location, ==, b.location);
        }
    }
  model_history_free (history);
  analysis_past_free (past);
}

/* Readers that come first load; others wait for them or find it there. */
static gpointer
sum_all (gpointer data)
{
  InspectorHistory *history = data;
  gint64 columns[INSPECTOR_N_STATES], first_ns, last_ns, sum = 0;

  inspector_history_get_range (history, &first_ns, &last_ns);
  for (guint i = 0; i < inspector_history_get_n_tracks (history); i++)
    {
      inspector_history_get_coverage (history, i, first_ns, last_ns, 1, columns);
      for (guint k = 0; k < INSPECTOR_N_STATES; k++)
        sum += columns[k] * (k + 1);
    }
  return GSIZE_TO_POINTER (sum);
}

static void
test_any_thread_may_look (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (f->path, NULL, NULL);
  GThread *threads[4];
  gpointer sum;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", sum_all, opened);
  sum = g_thread_join (threads[0]);
  g_assert_true (sum != NULL);
  for (guint i = 1; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == sum);
}

/* ---- Not whole --------------------------------------------------------------------------------- */

static void
test_cut_off (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GStatBuf status;

  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  g_assert_cmpint (truncate (f->path, status.st_size / 2), ==, 0);
  g_assert_null (inspector_history_open_recording (f->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static InspectorHistory *
repair_and_open (const char *path, const char *new_path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *said = inspector_recording_repair (path, new_path, &error);
  InspectorHistory *opened;

  g_assert_no_error (error);
  opened = inspector_history_open_recording (new_path, NULL, &error);
  g_assert_no_error (error);
  return opened;
}

/* A repair reads the records once, so that nobody has to afterwards. */
static void
test_repair_adds_it (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorHistory) opened = NULL;
  g_autofree char *new_path = g_strconcat (f->path, ".new", NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  for (guint part = 1; part < 8; part++)
    {
      g_assert_cmpint (truncate (f->path, status.st_size / 8 * (8 - part)), ==, 0);
      g_clear_object (&session);
      g_clear_object (&opened);
      opened = repair_and_open (f->path, new_path);
      assert_same_history (read_records (f->path, &session), opened);
    }
  g_unlink (new_path);
}

/* What is kept of a flight begins with keyframes, with tasks that began before them. */
static void
test_flight (Fixture *f, gconstpointer data)
{
  guint64 next_number = 1;
  Program program = { 0 };
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer = recording_writer_new_flight (0, 100000, &error);
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorHistory) opened = NULL;
  g_autofree char *path = g_strconcat (f->path, ".flight", NULL);
  g_autofree char *facts = NULL;

  g_assert_no_error (error);
  begin_program (&program, writer, 300, &next_number);
  for (guint i = 0; program.gen.n_events < N_EVENTS; i++)
    {
      gen_step (&program.gen, add, &program);
      if (program.gen.n_events / 10000 == i)
        continue;
      i = program.gen.n_events / 10000;
      recording_writer_begin_keyframe (writer, program.number, TRUE);
      model_keyframe_tell (program.model, add_keyframe_event, &program);
      recording_writer_end_keyframe (writer, program.number);
    }
  /* Keyframes have the time at which they were made, and this says that it is over. */
  facts = g_strdup_printf ("{\"pid\":4711,\"seen_ns\":%" G_GINT64_FORMAT "}",
                           g_get_monotonic_time () * 1000);
  recording_writer_add_facts (writer, program.number, facts);
  g_assert_true (recording_writer_save (writer, path, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (inspector_history_open_recording (path, NULL, NULL));
  analysis_indexing_finish (analysis_indexing_begin (path));
  opened = inspector_history_open_recording (path, NULL, &error);
  g_assert_no_error (error);
  assert_same_history (read_records (path, &session), opened);
  g_unlink (path);
  end_program (&program);
  recording_writer_close (writer, NULL, NULL);
}

/* Given up, it leaves the file as it was, and nothing beside it. */
static void
test_given_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;
  gsize length, length_after;
  RecordingReader *reader;

  g_assert_cmpint (truncate (f->path, 200000), ==, 0);
  g_assert_true (g_file_get_contents (f->path, &before, &length, NULL));
  reader = recording_reader_open (f->path, &error);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_false (analysis_time_index_write (reader, f->path, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  recording_reader_close (reader);
  g_assert_true (g_file_get_contents (f->path, &after, &length_after, NULL));
  g_assert_cmpmem (before, length, after, length_after);
}

/* What the records are copied for by a repair comes along. */
static void
test_repaired (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (f->path, ".new", NULL);
  g_autofree char *said = inspector_recording_repair (f->path, path, &error);
  g_autoptr (InspectorHistory) opened = NULL, again = NULL;

  g_assert_no_error (error);
  opened = inspector_history_open_recording (f->path, NULL, NULL);
  again = inspector_history_open_recording (path, NULL, &error);
  g_assert_no_error (error);
  assert_same_history (opened, again);
  g_unlink (path);
}

/* Whoever damages it changes what is seen, and nothing else. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  gsize length;

  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  for (guint round = 0; round < 60; round++)
    {
      g_autofree char *copy = g_memdup2 (bytes, length);
      g_autoptr (InspectorHistory) opened = NULL;

      copy[g_rand_int_range (random, 64, (gint32)length)] ^= (char)(1 << round % 8);
      g_assert_true (g_file_set_contents (f->path, copy, (gssize)length, NULL));
      opened = inspector_history_open_recording (f->path, NULL, NULL);
      if (opened != NULL)
        sum_all (opened);
    }
}

static const struct
{
  const char *path;
  void (*test) (Fixture *f, gconstpointer data);
} tests[] = {
  { "/past/is-what-the-records-say", test_is_what_records_say },
  { "/past/moments-are-the-same", test_moments_are_the_same },
  { "/past/in-small-groups", test_in_small_groups },
  { "/past/ends-with-its-program", test_ends_with_its_program },
  { "/past/end-within-a-moment", test_end_within_a_moment },
  { "/past/any-thread-may-look", test_any_thread_may_look },
  { "/past/cut-off", test_cut_off },
  { "/past/repaired", test_repaired },
  { "/past/repair-adds-it", test_repair_adds_it },
  { "/past/flight", test_flight },
  { "/past/given-up", test_given_up },
  { "/past/damaged", test_damaged },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, setup, tests[i].test, teardown);
  return g_test_run ();
}
