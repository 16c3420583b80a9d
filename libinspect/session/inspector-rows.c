/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* All tasks at one instant, for tables. */

#include <string.h>

#include "session/inspector-history-private.h"

/* Between what a task does and its last poll or wait there are few other spans, mostly none. */
#define MAX_BACK 16u

static void
look_back (InspectorHistory *self, const ModelTrack *track, guint64 from, InspectorRow *row)
{
  gboolean has_run = FALSE;

  for (guint64 i = from + 1; i > 0 && from + 1 - i < MAX_BACK; i--)
    {
      ModelSpan span;

      model_spans_get (&track->spans, i - 1, &span);
      if (span.state != MODEL_SPAN_RUNNING)
        row->last_kind = row->last_kind != 0 ? row->last_kind : span.kind;
      else if (!has_run)
        {
          has_run = TRUE;
          row->tid = model_history_get_tid (self->model, MODEL_RUN_THREAD (span.kind));
        }
      if (has_run && row->last_kind != 0)
        return;
    }
}

static void
get_row (InspectorHistory *self, const ModelTrack *track, guint64 guess, gint64 at_ns,
         InspectorRow *row)
{
  guint64 found;
  ModelSpan span;
  gint32 status;
  gint64 end_ns = inspector_history_find_end (self, track, &status);

  *row = (InspectorRow){ .number = track->number,
                         .parent = track->parent,
                         .begin_ns = track->begin_ns,
                         .end_ns = end_ns,
                         .program = track->target,
                         .end_is_inferred = status == INSPECTOR_END_NOT_SEEN && at_ns >= end_ns };
  if (!model_spans_find_near (&track->spans, at_ns, guess, &found))
    return;
  model_spans_get (&track->spans, found, &span);
  if (at_ns >= end_ns)
    span = (ModelSpan){ .begin_ns = end_ns };
  row->since_ns = span.begin_ns;
  row->state = (InspectorState)span.state;
  row->location = span.location;
  row->family = (guint8)span.family;
  row->kind = span.state != MODEL_SPAN_RUNNING ? span.kind : 0;
  look_back (self, track, found, row);
}

/* Tracks and their spans lie all over hundreds of megabytes: what is needed next is asked for from memory before. So
 * many tracks ahead it is guessed where the span is, and so many asked for itself. */
#define FAR_AT 16u
#define NEAR_AT 8u

/* Of which tracks. */
typedef struct
{
  InspectorHistory *history;
  gint64 at_ns, now_ns;
  gboolean only_alive;
  guint64 guesses[FAR_AT];
} Rows;

/* Pairs with the release store that ends a track. */
static gboolean
is_meant (const Rows *self, const ModelTrack *track)
{
  return !self->only_alive || (track->begin_ns <= self->at_ns &&
                               self->at_ns < __atomic_load_n (&track->end_ns, __ATOMIC_ACQUIRE));
}

static void
prepare (Rows *self, guint index, gboolean is_first)
{
  const ModelTrack *track = model_history_get_track (self->history->model, index);
  guint64 *guess = &self->guesses[index % FAR_AT];

  if (!is_meant (self, track))
    return;
  if (is_first)
    *guess =
        model_spans_guess (&track->spans, self->at_ns, track->begin_ns,
                           MIN (__atomic_load_n (&track->end_ns, __ATOMIC_ACQUIRE), self->now_ns));
  model_spans_prepare_near (&track->spans, *guess, is_first);
}

guint
history_read_rows (InspectorHistory *self, guint first, guint n, gint64 at_ns, gboolean only_alive,
                   InspectorRow *ret_rows)
{
  guint n_tracks = model_history_get_n_tracks (self->model);
  guint n_there = first < n_tracks ? MIN (n, n_tracks - first) : 0;
  Rows rows = { .history = self, .at_ns = at_ns, .only_alive = only_alive };
  gint64 first_ns;

  model_history_get_range (self->model, &first_ns, &rows.now_ns);
  for (guint i = 0; i < n_there + FAR_AT; i++)
    {
      const ModelTrack *track;

      if (i >= FAR_AT)
        {
          track = model_history_get_track (self->model, first + i - FAR_AT);
          if (is_meant (&rows, track))
            get_row (self, model_history_get_whole_track (self->model, first + i - FAR_AT),
                     rows.guesses[(first + i) % FAR_AT], at_ns, &ret_rows[i - FAR_AT]);
        }
      if (i < n_there)
        prepare (&rows, first + i, TRUE);
      if (i >= NEAR_AT && i - NEAR_AT < n_there)
        prepare (&rows, first + i - NEAR_AT, FALSE);
    }
  return n_there;
}

guint
inspector_history_get_rows (InspectorHistory *self, guint first, guint n, gint64 at_ns,
                            InspectorRow *ret_rows)
{
  return history_read_rows (self, first, n, at_ns, FALSE, ret_rows);
}

static gboolean
begins_poll (const ModelTrack *track, guint64 index)
{
  ModelSpan span;

  model_spans_get (&track->spans, index, &span);
  return span.state == MODEL_SPAN_RUNNING && (span.kind & MODEL_RUN_BEGINS) != 0;
}

/* The last span is counted anew each time: one that took no time is replaced by the next. */
guint64
inspector_history_count_polls (InspectorHistory *self, guint index, gint64 at_ns,
                               InspectorPollCount *count)
{
  const ModelTrack *track = index < model_history_get_n_tracks (self->model)
                                ? model_history_get_whole_track (self->model, index)
                                : NULL;
  guint64 n_spans, found, until;

  if (track == NULL)
    return 0;
  n_spans = model_spans_get_n (&track->spans);
  if (!model_spans_find (&track->spans, at_ns, &found))
    found = G_MAXUINT64;
  until = found == G_MAXUINT64 ? 0 : MIN (found + 1, n_spans - 1);
  for (; count->span < until; count->span++)
    count->n += begins_poll (track, count->span);
  for (; count->span > until; count->span--)
    count->n -= begins_poll (track, count->span - 1);
  return count->n + (found != G_MAXUINT64 && found >= until && begins_poll (track, found));
}
