/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/timeline.h"

#include <string.h>

/* What is sorted by track at once. The more, the fewer places a track is read from. */
#define MAX_SPANS (1u << 20)
#define MAX_CAUSES 65536u

struct _AnalysisTimeline
{
  RecordingWriter *writer;
  guint32 number;
  ModelTarget *model;
  ModelHistory *history;
  GArray *spans;  /* RecordingSpan */
  GArray *causes; /* RecordingCause */
  guint64 n_spans;
  guint max_spans;
};

G_STATIC_ASSERT (MAX_SPANS <= RECORDING_MAX_EVENTS);

static void
add_span (gpointer data, guint32 track, const ModelSpan *span)
{
  AnalysisTimeline *self = data;
  const RecordingSpan said = { .at_ns = span->begin_ns,
                               .track = track,
                               .location = span->location,
                               .kind = span->kind,
                               .state = (guint8)span->state };

  g_array_append_val (self->spans, said);
  self->n_spans++;
  if (self->spans->len < self->max_spans)
    return;
  recording_writer_add_spans (self->writer, self->number, self->spans);
  self->spans = g_array_sized_new (FALSE, FALSE, sizeof (RecordingSpan), self->max_spans);
}

static void
flush_causes (AnalysisTimeline *self)
{
  recording_writer_add_causes (self->writer, self->number, self->causes);
  g_array_set_size (self->causes, 0);
}

static void
add_cause (gpointer data, const ModelCause *cause)
{
  AnalysisTimeline *self = data;
  const RecordingCause said = { cause->at_ns, cause->from, cause->to };

  g_array_append_val (self->causes, said);
  if (self->causes->len >= MAX_CAUSES)
    flush_causes (self);
}

static const ModelHistoryLog timeline_log = { add_span, add_cause };

AnalysisTimeline *
analysis_timeline_new (RecordingWriter *writer, guint32 number, ModelTarget *model, guint max_spans)
{
  AnalysisTimeline *self = g_new0 (AnalysisTimeline, 1);

  self->writer = writer;
  self->number = number;
  self->model = model;
  self->max_spans = max_spans > 0 ? MIN (max_spans, MAX_SPANS) : MAX_SPANS;
  self->spans = g_array_new (FALSE, FALSE, sizeof (RecordingSpan));
  self->causes = g_array_new (FALSE, FALSE, sizeof (RecordingCause));
  self->history = model_history_new_log (&timeline_log, self);
  model_history_watch (self->history, model, 0);
  return self;
}

static void
get_track (gpointer data, guint32 index, RecordingTrack *ret_track)
{
  const AnalysisTimeline *self = data;
  const ModelTrack *track = model_history_get_track (self->history, index);

  *ret_track = (RecordingTrack){ .id = track->id,
                                 .number = track->number,
                                 .parent = track->parent,
                                 .begin_ns = track->begin_ns,
                                 .end_ns = track->end_ns,
                                 .n_spans = track->n_awaited,
                                 .location = track->location,
                                 .status = track->status,
                                 .name = track->name };
}

static void
write_whole (AnalysisTimeline *self)
{
  const guint64 *buckets;
  RecordingSummary summary = { .n_numbers = self->model->stats.tasks,
                               .n_tracks = model_history_get_n_tracks (self->history),
                               .n_spans = self->n_spans,
                               .n_causes = model_history_get_n_causes (self->history),
                               .n_changes = model_history_get_n_changes (self->history),
                               .bucket_ns = 1,
                               .buckets = g_array_new (FALSE, FALSE, sizeof (guint64)),
                               .tids = g_array_new (FALSE, FALSE, sizeof (gint32)) };
  guint n_tids = model_history_get_n_tids (self->history);

  if (model_history_get_range (self->history, &summary.first_ns, &summary.last_ns))
    {
      guint n_buckets = MODEL_HISTORY_BUCKETS;

      model_history_get_buckets (self->history, &summary.bucket_ns, &buckets);
      while (n_buckets > 0 && buckets[n_buckets - 1] == 0)
        n_buckets--;
      g_array_append_vals (summary.buckets, buckets, n_buckets);
      for (guint i = 0; i < n_tids; i++)
        {
          gint32 tid = model_history_get_tid (self->history, i);

          g_array_append_val (summary.tids, tid);
        }
    }
  /* Also of a program of which no task has done anything, for that is all of it, too. */
  recording_writer_add_timeline (self->writer, self->number, &summary, get_track, self);
  recording_summary_clear (&summary);
}

void
analysis_timeline_finish (AnalysisTimeline *self)
{
  RecordingStats stats;

  if (self == NULL)
    return;
  model_history_leave (self->history, self->model);
  if (self->spans->len > 0)
    recording_writer_add_spans (self->writer, self->number, g_steal_pointer (&self->spans));
  flush_causes (self);
  recording_writer_get_stats (self->writer, &stats);
  /* Where records were dropped, who reads them knows other tasks by these numbers. */
  if (stats.dropped == 0 && model_history_get_n_left_out (self->history) == 0)
    write_whole (self);
  g_clear_pointer (&self->spans, g_array_unref);
  g_array_unref (self->causes);
  model_history_free (self->history);
  g_free (self);
}
