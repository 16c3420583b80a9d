/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks did, as it lies beside the records of a recording, is what a session makes of the records. */

#include "past-fixture.h"

#include <json-glib/json-glib.h>

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
test_is_what_records_say (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  InspectorHistory *read = past_read_records (f->path, &session);
  g_autoptr (InspectorHistory) opened =
      inspector_history_open_recording (f->path, &warning, &error);
  double parts[16], others[16];
  gint64 first_ns, last_ns;

  g_assert_no_error (error);
  g_assert_null (warning);
  past_assert_same_history (read, opened);
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
  InspectorHistory *read = past_read_records (f->path, &session);
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
say_ended (const PastProgram *self, gint64 at_ns)
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

/* A recording is as long as its programs were seen, also where they said nothing any more. */
static void
assert_length (const char *path, InspectorHistory *history)
{
  g_autofree char *text = inspector_recording_describe (path, TRUE, NULL);
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  gint64 first_ns, last_ns;

  g_assert_true (inspector_history_get_range (history, &first_ns, &last_ns));
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "duration_ns"), ==,
                   last_ns - first_ns);
}

static void
ends_with_its_program (Fixture *f, gboolean goes_on)
{
  const RecordingOptions options = { .lossless = TRUE, .events_a_block = 3000 };
  guint64 next_number = 1;
  PastProgram programs[N_PROGRAMS] = { 0 };
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorHistory) opened = NULL;
  RecordingWriter *writer = recording_writer_new (f->path, &options, NULL);
  gint64 end_ns;

  for (guint i = 0; i < N_PROGRAMS; i++)
    past_begin_program (&programs[i], writer, 20, &next_number);
  for (guint n = 0; n < 4000; n++)
    gen_step (&programs[0].gen, past_add, &programs[0]);
  end_ns = programs[0].model->now_ns;
  say_ended (&programs[0], end_ns);
  for (guint n = 0; n < 4000; n++)
    gen_step (&programs[1].gen, past_add, &programs[1]);
  say_ended (&programs[1], end_ns + (goes_on ? 2000000000 : 20000000));
  for (guint i = 0; i < N_PROGRAMS; i++)
    past_end_program (&programs[i]);
  g_assert_true (recording_writer_close (writer, NULL, NULL));
  opened = inspector_history_open_recording (f->path, NULL, NULL);
  assert_length (f->path, opened);
  if (goes_on)
    assert_left_ended (opened, end_ns);
  else
    for (guint i = 0; i < inspector_history_get_n_tracks (opened); i++)
      {
        InspectorTrack track;

        g_assert_true (inspector_history_get_track (opened, i, &track));
        g_assert_cmpint (track.status, !=, INSPECTOR_END_OF_PROGRAM);
      }
  past_assert_same_history (past_read_records (f->path, &session), opened);
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

static void
test_any_thread_may_look (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorHistory) opened = inspector_history_open_recording (f->path, NULL, NULL);
  GThread *threads[4];
  gpointer sum;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", past_sum_all, opened);
  sum = g_thread_join (threads[0]);
  g_assert_true (sum != NULL);
  for (guint i = 1; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == sum);
}

static const PastCase cases[] = {
  { "/past/is-what-the-records-say", test_is_what_records_say },
  { "/past/moments-are-the-same", test_moments_are_the_same },
  { "/past/in-small-groups", test_in_small_groups },
  { "/past/ends-with-its-program", test_ends_with_its_program },
  { "/past/end-within-a-moment", test_end_within_a_moment },
  { "/past/any-thread-may-look", test_any_thread_may_look },
};

int
main (int argc, char **argv)
{
  return past_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
