/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "past-fixture.h"

#include <glib/gstdio.h>

#define CLOCK_NS 5000
#define N_COLUMNS 97u

/* By a clock so coarse that much happens at one instant: what takes no time is no span, also where what was
 * before it goes on after it. */
void
past_add (const ChannelEvent *event, void *data)
{
  PastProgram *self = data;
  ChannelEvent coarse = *event;

  coarse.time_ns -= coarse.time_ns % CLOCK_NS;
  model_target_ingest (self->model, &coarse);
  recording_writer_add_event (self->writer, self->number, &coarse);
}

void
past_add_keyframe_event (const ChannelEvent *event, void *data)
{
  PastProgram *self = data;

  recording_writer_add_keyframe_event (self->writer, self->number, event);
}

void
past_begin_program (PastProgram *self, RecordingWriter *writer, guint n_tasks, guint64 *next_number)
{
  self->writer = writer;
  self->model = model_target_new (&gen_tables, NULL, next_number);
  self->number = recording_writer_add_target (writer, &gen_source, NULL);
  self->timeline = analysis_timeline_new (writer, self->number, self->model, 5000);
  recording_writer_add_facts (writer, self->number, "{\"pid\":4711,\"command\":\"./server\"}");
  gen_init (&self->gen, n_tasks);
}

void
past_end_program (PastProgram *self)
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
  PastProgram programs[N_PROGRAMS] = { 0 };
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer;

  f->folder = g_dir_make_tmp ("async-inspect-past-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  writer = recording_writer_new (f->path, &options, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_PROGRAMS; i++)
    past_begin_program (&programs[i], writer, 20 + 300 * i, &next_number);
  while (programs[0].gen.n_events < N_EVENTS)
    for (guint i = 0; i < N_PROGRAMS; i++)
      gen_step (&programs[i].gen, past_add, &programs[i]);
  for (guint i = 0; i < N_PROGRAMS; i++)
    past_end_program (&programs[i]);
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

InspectorHistory *
past_read_records (const char *path, InspectorSession **ret_session)
{
  InspectorHistory *history;
  g_autoptr (GError) error = NULL;

  *ret_session = inspector_session_new ();
  history = inspector_session_keep_history (*ret_session);
  g_assert_true (inspector_session_open_recording (*ret_session, path, NULL, &error));
  g_assert_no_error (error);
  return history;
}

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

void
past_assert_same_history (InspectorHistory *a, InspectorHistory *b)
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

gpointer
past_sum_all (gpointer data)
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

int
past_main (int argc, char **argv, const PastCase *cases, guint n)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n; i++)
    g_test_add (cases[i].path, Fixture, NULL, setup, cases[i].test, teardown);
  return g_test_run ();
}
