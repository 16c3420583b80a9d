/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What tasks did, into blocks. */

#include "recording/writer-private.h"

/* Who draws a few tracks reads a few such blocks of each stretch of time. */
#define SPANS_A_BLOCK 8192u
#define TRACKS_A_BLOCK 65536u

/* ---- In the writing thread --------------------------------------------------------------------- */

/* Whole tracks, as many as make a block. */
static guint
find_end (const GArray *spans, guint begin)
{
  const RecordingSpan *all = (const RecordingSpan *)spans->data;
  guint end = begin + 1;

  while (end < spans->len && (end - begin < SPANS_A_BLOCK || all[end].track == all[end - 1].track))
    end++;
  return end;
}

static void
set_times (RecordingBlock *block, const RecordingSpan *spans, guint n)
{
  block->first_ns = G_MAXINT64;
  block->last_ns = G_MININT64;
  for (guint i = 0; i < n; i++)
    {
      block->first_ns = MIN (block->first_ns, spans[i].at_ns);
      block->last_ns = MAX (block->last_ns, spans[i].at_ns);
    }
}

void
recording_write_spans (RecordingWriter *self, const RecordingBlock *shape, GArray *spans)
{
  g_autoptr (GByteArray) raw = g_byte_array_new ();
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (gsize));
  guint end;

  recording_spans_sort (spans);
  for (guint i = 0; i < spans->len; i = end)
    {
      const RecordingSpan *first = &g_array_index (spans, RecordingSpan, i);
      RecordingBlock block = *shape;

      end = find_end (spans, i);
      block.flags =
          RECORDING_FLAG_SHAPES | RECORDING_FLAG_UNKNOWN | (i == 0 ? RECORDING_FLAG_FIRST : 0);
      block.n_events = end - i;
      block.n_lost = first->track;
      set_times (&block, first, end - i);
      g_byte_array_set_size (raw, 0);
      g_array_set_size (parts, 0);
      recording_spans_write (first, end - i, block.first_ns, raw, parts);
      recording_write_block (self, &block, raw, parts);
    }
}

/* ---- What is called ---------------------------------------------------------------------------- */

void
recording_writer_add_spans (RecordingWriter *self, guint32 target, GArray *spans)
{
  const RecordingBlock shape = { .type = RECORDING_SPANS, .target = target };

  g_return_if_fail (spans->len <= RECORDING_MAX_EVENTS);

  recording_hand_over (self, &shape, g_byte_array_new (), NULL, spans);
}

void
recording_writer_add_causes (RecordingWriter *self, guint32 target, const GArray *causes)
{
  const RecordingCause *all = (const RecordingCause *)causes->data;
  RecordingBlock block = { .type = RECORDING_CAUSES, .target = target };
  GByteArray *raw;
  GArray *parts;

  if (causes->len == 0)
    return;
  raw = g_byte_array_new ();
  parts = g_array_new (FALSE, FALSE, sizeof (gsize));
  block.first_ns = all[0].at_ns;
  block.last_ns = all[causes->len - 1].at_ns;
  block.n_events = causes->len;
  recording_causes_write (all, causes->len, block.first_ns, raw, parts);
  recording_hand_over (self, &block, raw, parts, NULL);
}

static void
add_tracks (RecordingWriter *self, guint32 target, const RecordingSummary *summary, guint64 from,
            RecordingGetTrack get_track, gpointer data)
{
  guint64 n = MIN (summary->n_tracks - from, TRACKS_A_BLOCK);
  RecordingTracks *tracks = recording_tracks_new (summary->first_ns);
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (gsize));
  GByteArray *raw = g_byte_array_new ();
  RecordingBlock block = { .type = RECORDING_TRACKS,
                           .target = target,
                           .n_events = (guint32)n,
                           .first_ns = summary->first_ns,
                           .last_ns = summary->last_ns };

  for (guint64 i = from; i < from + n; i++)
    {
      RecordingTrack track;

      get_track (data, (guint32)i, &track);
      recording_tracks_add (tracks, &track);
    }
  recording_tracks_finish (tracks, raw, parts);
  recording_tracks_free (tracks);
  recording_hand_over (self, &block, raw, parts, NULL);
}

void
recording_writer_add_timeline (RecordingWriter *self, guint32 target,
                               const RecordingSummary *summary, RecordingGetTrack get_track,
                               gpointer data)
{
  GByteArray *raw = g_byte_array_new ();
  const RecordingBlock block = { .type = RECORDING_SUMMARY,
                                 .target = target,
                                 .first_ns = summary->first_ns,
                                 .last_ns = summary->last_ns };

  for (guint64 i = 0; i < summary->n_tracks; i += TRACKS_A_BLOCK)
    add_tracks (self, target, summary, i, get_track, data);
  recording_summary_write (summary, raw);
  recording_hand_over (self, &block, raw, NULL, NULL);
}
