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

/* Tracks and their spans lie all over hundreds of megabytes. What is needed next is asked for from memory before, each
 * step so many tracks ahead of the one after it: where the span is likely to be, that span, and by what it says the
 * one that is meant. */
#define STEP 8u
#define N_STEPS 3u
#define AHEAD (N_STEPS * STEP)

typedef struct
{
  guint64 index;
  double each_ns;
} Guess;

typedef struct
{
  InspectorHistory *history;
  gint64 at_ns, now_ns;
  gboolean only_alive;
  Guess guesses[AHEAD]; /* by index of the track */
} Rows;

/* Pairs with the release store that ends a track. */
static gboolean
is_meant (const Rows *self, const ModelTrack *track)
{
  return !self->only_alive || (track->begin_ns <= self->at_ns &&
                               self->at_ns < __atomic_load_n (&track->end_ns, __ATOMIC_ACQUIRE));
}

static Guess
guess_first (const Rows *self, const ModelTrack *track)
{
  gint64 begin_ns = track->begin_ns;
  gint64 end_ns = MIN (__atomic_load_n (&track->end_ns, __ATOMIC_ACQUIRE), self->now_ns);
  guint64 n = model_spans_get_n (&track->spans);

  return (Guess){ model_spans_guess (&track->spans, self->at_ns, begin_ns, end_ns),
                  ((double)end_ns - (double)begin_ns) / (double)MAX (n, 1) };
}

static void
prepare (Rows *self, guint index, guint step)
{
  const ModelTrack *track = model_history_get_track (self->history->model, index);
  Guess *guess = &self->guesses[index % AHEAD];

  if (!is_meant (self, track))
    return;
  if (step == 0)
    *guess = guess_first (self, track);
  else if (step == 2)
    guess->index =
        model_spans_guess_again (&track->spans, self->at_ns, guess->index, guess->each_ns);
  model_spans_prepare_near (&track->spans, guess->index,
                            step == 0   ? MODEL_SPANS_WHERE
                            : step == 1 ? MODEL_SPANS_ONE
                                        : MODEL_SPANS_NEAR);
}

static void
read_row (const Rows *self, guint index, InspectorRow *row)
{
  ModelHistory *model = self->history->model;

  if (is_meant (self, model_history_get_track (model, index)))
    get_row (self->history, model_history_get_whole_track (model, index),
             self->guesses[index % AHEAD].index, self->at_ns, row);
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
  for (guint i = 0; i < n_there + AHEAD; i++)
    {
      if (i >= AHEAD)
        read_row (&rows, first + i - AHEAD, &ret_rows[i - AHEAD]);
      for (guint step = 0; step < N_STEPS; step++)
        if (i >= step * STEP && i - step * STEP < n_there)
          prepare (&rows, first + i - step * STEP, step);
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
