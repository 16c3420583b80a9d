/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What the tasks of a recording did, read where somebody looks. Tracks are loaded in groups of neighbours, as
 * they are seen, each for all of the time: the blocks that have some of their spans are read in the order
 * of time, so that the spans come in order. */

#include <glib/gi18n-lib.h>

#include "channel/layout.h"
#include "session/timeline.h"
#include "session/turns.h"

/* Spans of a group, about: few enough to be loaded between two frames, and so many that the blocks which reach
 * beyond it do not count. */
#define SPANS_A_GROUP 131072u

/* Blocks of spans of one stretch of time lie one after the other and go from track to track. */
typedef struct
{
  guint block;      /* of the reader */
  guint32 from, to; /* tracks */
} Piece;

typedef struct
{
  guint32 number; /* in the recording */
  guint32 first;  /* track of the history */
  guint32 n_tracks;
  guint64 first_number; /* of its tasks, in the session, less one */
  GArray *pieces;       /* Piece */
  GArray *groups;       /* guint32: where each begins; and the end of all */
  GArray *threads;      /* guint16: what the history calls the threads that spans name */
  guint8
      *families; /* ModelFamily by kind, CHANNEL_MAX_KINDS + 1 of them; NULL: not looked up yet */
} Program;

struct _AnalysisPast
{
  RecordingReader *reader;
  ModelHistory *history;
  GArray *programs;
  Turns turns; /* at the reader, and of whoever loads */
  gboolean has_causes;
  guint max_spans;
};

static void
program_clear (gpointer data)
{
  Program *program = data;

  g_array_unref (program->pieces);
  g_array_unref (program->groups);
  g_array_unref (program->threads);
  g_free (program->families);
}

AnalysisPast *
analysis_past_new (RecordingReader *reader, guint max_spans, GError **error)
{
  AnalysisPast *self;
  g_autofree guint8 *is_whole = recording_reader_find_timelines (reader);

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if ((block->type != RECORDING_EVENTS && block->type != RECORDING_KEYFRAME) ||
          is_whole[block->target])
        continue;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("the recording has no index of time: all of it has to be read"));
      recording_reader_close (reader);
      return NULL;
    }
  self = g_new0 (AnalysisPast, 1);
  self->reader = reader;
  self->max_spans = max_spans > 0 ? max_spans : SPANS_A_GROUP;
  self->programs = g_array_new (FALSE, TRUE, sizeof (Program));
  g_array_set_clear_func (self->programs, program_clear);
  turns_init (&self->turns);
  return self;
}

void
analysis_past_free (AnalysisPast *self)
{
  if (self == NULL)
    return;
  recording_reader_close (self->reader);
  g_array_unref (self->programs);
  turns_clear (&self->turns);
  g_free (self);
}

/* ---- Opening ----------------------------------------------------------------------------------- */

typedef struct
{
  ModelHistory *history;
  const Program *program;
  guint target;
  guint64 n_numbers;
  guint64 n_spans; /* in the group that is open */
  guint max_spans;
  gboolean is_bad;
} Opening;

static void
add_track (const RecordingTrack *track, gpointer data)
{
  Opening *self = data;
  guint64 base = self->program->first_number;
  const ModelTrack shape = { .number = base + track->number,
                             .id = track->id,
                             .parent = track->parent != 0 ? base + track->parent : 0,
                             .target = self->target,
                             .begin_ns = track->begin_ns,
                             .end_ns = track->end_ns,
                             .status = track->status,
                             .location = track->location,
                             .name = track->name,
                             .n_awaited = track->n_spans };
  guint32 index = model_history_get_n_tracks (self->history);

  if (track->number == 0 || track->number > self->n_numbers || track->parent > self->n_numbers ||
      self->is_bad || !model_history_add_past_track (self->history, &shape))
    {
      self->is_bad = TRUE;
      return;
    }
  if (self->n_spans >= self->max_spans)
    {
      g_array_append_val (self->program->groups, index);
      self->n_spans = 0;
    }
  self->n_spans += track->n_spans;
}

static gboolean
read_tracks (AnalysisPast *self, Opening *opening, const RecordingIndexEntry *block, guint index)
{
  g_autoptr (GByteArray) raw = recording_reader_read_block (self->reader, index, NULL);

  return raw != NULL &&
         recording_tracks_read (raw->data, raw->len, block->n_events, block->first_ns, add_track,
                                opening) &&
         !opening->is_bad;
}

static gboolean
read_summary (AnalysisPast *self, guint32 number, RecordingSummary *ret_summary)
{
  g_autoptr (GByteArray) raw = NULL;

  for (guint i = recording_reader_get_n_blocks (self->reader); i > 0 && raw == NULL; i--)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (self->reader, i - 1);

      if (block->type == RECORDING_SUMMARY && block->target == number)
        raw = recording_reader_read_block (self->reader, i - 1, NULL);
    }
  return raw != NULL && recording_summary_read (raw->data, raw->len, ret_summary);
}

/* Which tracks a block has is known by the one after it. */
static void
add_piece (Program *program, const RecordingIndexEntry *block, guint index)
{
  const Piece piece = { index, block->first_track, G_MAXUINT32 };

  if (program->pieces->len > 0 && (block->flags & RECORDING_FLAG_FIRST) == 0)
    g_array_index (program->pieces, Piece, program->pieces->len - 1).to = block->first_track;
  g_array_append_val (program->pieces, piece);
}

static void
add_changes (AnalysisPast *self, const RecordingSummary *summary)
{
  /* No task has done anything. */
  if (summary->first_ns == 0)
    return;
  model_history_add_past_changes (self->history, summary->first_ns, 0);
  for (guint i = 0; i < summary->buckets->len; i++)
    {
      guint64 n = g_array_index (summary->buckets, guint64, i);

      gint64 whole_ns = summary->last_ns - summary->first_ns;

      if (n > 0 && (i == 0 || summary->bucket_ns <= whole_ns / i))
        {
          gint64 since_ns = i * summary->bucket_ns;

          since_ns += MIN (summary->bucket_ns / 2, whole_ns - since_ns);
          model_history_add_past_changes (self->history, summary->first_ns + since_ns, n);
        }
    }
  model_history_add_past_changes (self->history, summary->last_ns, 0);
}

static gboolean
add_program (AnalysisPast *self, guint32 number, guint target, guint64 *first_number)
{
  RecordingSummary summary = { 0 };
  Program program = { .number = number,
                      .first = model_history_get_n_tracks (self->history),
                      .first_number = *first_number,
                      .pieces = g_array_new (FALSE, FALSE, sizeof (Piece)),
                      .groups = g_array_new (FALSE, FALSE, sizeof (guint32)),
                      .threads = g_array_new (FALSE, FALSE, sizeof (guint16)) };
  Opening opening = {
    .history = self->history, .program = &program, .target = target, .max_spans = self->max_spans
  };
  gboolean is_whole = read_summary (self, number, &summary);
  guint32 end;

  g_array_append_val (program.groups, program.first);
  opening.n_numbers = summary.n_numbers;
  for (guint i = 0; is_whole && i < recording_reader_get_n_blocks (self->reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (self->reader, i);

      if (block->target != number)
        continue;
      if (block->type == RECORDING_SPANS)
        add_piece (&program, block, i);
      else if (block->type == RECORDING_TRACKS)
        is_whole = read_tracks (self, &opening, block, i);
    }
  end = model_history_get_n_tracks (self->history);
  program.n_tracks = end - program.first;
  if (end != g_array_index (program.groups, guint32, program.groups->len - 1))
    g_array_append_val (program.groups, end);
  for (guint i = 0; is_whole && i < summary.tids->len; i++)
    {
      gint32 tid = g_array_index (summary.tids, gint32, i);
      guint16 thread = tid > 0 ? model_history_number_thread (self->history, tid) : 0;

      g_array_append_val (program.threads, thread);
    }
  is_whole = is_whole && program.n_tracks == summary.n_tracks;
  if (is_whole)
    add_changes (self, &summary);
  *first_number += summary.n_numbers;
  recording_summary_clear (&summary);
  g_array_append_val (self->programs, program);
  return is_whole;
}

static gboolean
has_records (RecordingReader *reader, guint32 number)
{
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if (block->type == RECORDING_SUMMARY && block->target == number)
        return TRUE;
    }
  return FALSE;
}

/* ---- Loading ----------------------------------------------------------------------------------- */

typedef struct
{
  ModelHistory *history;
  const Program *program;
  gboolean has_unknown; /* the block tells what is ready from what is not known */
} Loading;

/* A later format may have more states. Of an older one nobody knows of what is ready whether it was seen to become so:
 * it is not said to be. */
static ModelSpanState
get_state (const Loading *self, guint8 said)
{
  if (said >= MODEL_N_SPAN_STATES || (said == MODEL_SPAN_READY && !self->has_unknown))
    return MODEL_SPAN_UNKNOWN;
  return (ModelSpanState)said;
}

static void
add_span (const RecordingSpan *said, gpointer data)
{
  const Loading *self = data;
  ModelSpan span = { .begin_ns = said->at_ns,
                     .state = get_state (self, said->state),
                     .family = self->program->families[MIN (said->kind, CHANNEL_MAX_KINDS)],
                     .kind = said->kind,
                     .location = said->location };

  if (span.state == MODEL_SPAN_RUNNING)
    {
      guint thread = MODEL_RUN_THREAD (said->kind);

      thread = thread < self->program->threads->len
                   ? g_array_index (self->program->threads, guint16, thread)
                   : 0;
      span.kind = (guint16)(thread << 1 | (said->kind & MODEL_RUN_BEGINS));
      span.family = MODEL_FAMILY_NONE;
    }
  model_history_add_past_span (self->history, self->program->first + said->track, &span);
}

static guint8 *
find_families (AnalysisPast *self, guint32 number)
{
  guint8 *families = g_new0 (guint8, CHANNEL_MAX_KINDS + 1);
  RecordingTables *tables = recording_reader_read_tables (self->reader, number, NULL);
  ChannelKindInfo kind;

  for (guint32 i = 1; tables != NULL && i <= CHANNEL_MAX_KINDS; i++)
    if (recording_tables_get_kind (tables, i, &kind) && kind.of == INSPECT_KIND_AWAIT)
      families[i] = (guint8)model_family_of (kind.name, kind.flags);
  g_clear_pointer (&tables, recording_tables_free);
  return families;
}

static void
load_group (AnalysisPast *self, Program *program, guint32 from, guint32 to, gboolean is_urgent)
{
  gboolean (*read) (const guint8 *, gsize, guint, gint64, guint32, guint32, RecordingSpanFunc,
                    gpointer);
  Loading loading = { self->history, program, FALSE };

  if (program->families == NULL)
    program->families = find_families (self, program->number);
  for (guint i = 0; i < program->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (program->pieces, Piece, i);
      const RecordingIndexEntry *block;
      g_autoptr (GByteArray) raw = NULL;

      if (piece->to <= from - program->first || piece->from >= to - program->first)
        continue;
      turns_pass (&self->turns, is_urgent);
      block = recording_reader_get_block (self->reader, piece->block);
      raw = recording_reader_read_block (self->reader, piece->block, NULL);
      /* What is damaged is not there; the damage was said. */
      if (raw == NULL)
        continue;
      loading.has_unknown = (block->flags & RECORDING_FLAG_UNKNOWN) != 0;
      read = (block->flags & RECORDING_FLAG_SHAPES) != 0 ? recording_spans_read
                                                         : recording_spans_read_format_2;
      read (raw->data, raw->len, block->n_events, block->first_ns, from - program->first,
            to - program->first, add_span, &loading);
    }
  model_history_set_loaded (self->history, from, to);
}

static Program *
find_program (AnalysisPast *self, guint32 track)
{
  for (guint i = 0; i < self->programs->len; i++)
    {
      Program *program = &g_array_index (self->programs, Program, i);

      if (track - program->first < program->n_tracks)
        return program;
    }
  return NULL;
}

static void
load_spans (gpointer data, guint track)
{
  AnalysisPast *self = data;
  Program *program = find_program (self, track);
  gboolean is_urgent = turns_are_urgent ();
  guint low = 0, high;
  gpointer group;

  if (program == NULL)
    return;
  high = program->groups->len - 1;
  while (high - low > 1)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (program->groups, guint32, middle) <= track)
        low = middle;
      else
        high = middle;
    }
  group = &g_array_index (program->groups, guint32, low);
  turns_take (&self->turns, group, is_urgent);
  /* Somebody else may have done so meanwhile. */
  if (model_history_get_track (self->history, track)->n_awaited != 0)
    load_group (self, program, g_array_index (program->groups, guint32, low),
                g_array_index (program->groups, guint32, low + 1), is_urgent);
  turns_give (&self->turns, group);
}

typedef struct
{
  ModelHistory *history;
  guint64 first_number;
} LoadingCauses;

static void
add_cause (const RecordingCause *said, gpointer data)
{
  const LoadingCauses *self = data;
  const ModelCause cause = { .at_ns = said->at_ns,
                             .from = said->from != 0 ? self->first_number + said->from : 0,
                             .to = self->first_number + said->to };

  model_history_add_past_cause (self->history, &cause);
}

static void
load_causes (gpointer data)
{
  AnalysisPast *self = data;
  gboolean is_urgent = turns_are_urgent ();

  turns_take (&self->turns, &self->has_causes, is_urgent);
  for (guint p = 0; !self->has_causes && p < self->programs->len; p++)
    {
      const Program *program = &g_array_index (self->programs, Program, p);
      LoadingCauses loading = { self->history, program->first_number };

      for (guint i = 0; i < recording_reader_get_n_blocks (self->reader); i++)
        {
          const RecordingIndexEntry *block = recording_reader_get_block (self->reader, i);
          g_autoptr (GByteArray) raw = NULL;

          if (block->type != RECORDING_CAUSES || block->target != program->number)
            continue;
          turns_pass (&self->turns, is_urgent);
          raw = recording_reader_read_block (self->reader, i, NULL);
          if (raw != NULL)
            recording_causes_read (raw->data, raw->len, block->n_events, block->first_ns, add_cause,
                                   &loading);
        }
    }
  self->has_causes = TRUE;
  turns_give (&self->turns, &self->has_causes);
}

static const ModelHistoryLoader loader = { load_spans, load_causes };

gboolean
analysis_past_open (AnalysisPast *self, ModelHistory *history, guint first_target, GError **error)
{
  guint64 first_number = 0;

  self->history = history;
  for (guint32 i = 1; i <= recording_reader_get_n_targets (self->reader); i++)
    if (has_records (self->reader, i) &&
        !add_program (self, i, first_target + i - 1, &first_number))
      {
        g_set_error_literal (
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _ ("the recording's index of time is damaged: all of it has to be read"));
        return FALSE;
      }
  model_history_set_loader (history, &loader, self);
  return TRUE;
}
