/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/timeline.h"

#include "channel/layout.h"
#include "recording/packing.h"

/* A reader takes no more from a file than a program can have had. */
#define MAX_BUCKETS 65536u
#define MAX_TIDS 65536u
#define MAX_NAME 4096u

/* ---- Tracks ------------------------------------------------------------------------------------ */

typedef enum
{
  TRACKS_ID,     /* difference from the one before */
  TRACKS_NUMBER, /* difference from the one before */
  TRACKS_PARENT, /* how much less than its own number; 0: unknown */
  TRACKS_BEGIN,  /* difference from the one before */
  TRACKS_LIFE,   /* + 1; 0: it went on */
  TRACKS_N_SPANS,
  TRACKS_LOCATION,
  TRACKS_STATUS,
  TRACKS_NAME,
  N_TRACKS_COLUMNS
} TracksColumn;

struct _RecordingTracks
{
  PackingColumn columns[N_TRACKS_COLUMNS];
  guint64 id, number;
  gint64 begin_ns;
};

RecordingTracks *
recording_tracks_new (gint64 base_ns)
{
  RecordingTracks *self = g_new0 (RecordingTracks, 1);

  self->begin_ns = base_ns;
  return self;
}

void
recording_tracks_free (RecordingTracks *self)
{
  if (self == NULL)
    return;
  packing_clear (self->columns, N_TRACKS_COLUMNS);
  g_free (self);
}

void
recording_tracks_add (RecordingTracks *self, const RecordingTrack *track)
{
  gsize length = track->name != NULL ? MIN (strlen (track->name), MAX_NAME) : 0;

  packing_put_signed (&self->columns[TRACKS_ID], (gint64)(track->id - self->id));
  packing_put_signed (&self->columns[TRACKS_NUMBER], (gint64)(track->number - self->number));
  packing_put_signed (&self->columns[TRACKS_PARENT],
                      track->parent != 0 ? (gint64)(track->number - track->parent) : 0);
  packing_put_signed (&self->columns[TRACKS_BEGIN], track->begin_ns - self->begin_ns);
  packing_put (&self->columns[TRACKS_LIFE],
               track->end_ns != G_MAXINT64 ? (guint64)MAX (track->end_ns - track->begin_ns, 0) + 1
                                           : 0);
  packing_put (&self->columns[TRACKS_N_SPANS], track->n_spans);
  packing_put (&self->columns[TRACKS_LOCATION], track->location);
  packing_put_signed (&self->columns[TRACKS_STATUS], track->status);
  packing_put_bytes (&self->columns[TRACKS_NAME], track->name, length);
  /* For a reader that lends it as a text. */
  if (length > 0)
    packing_put_byte (&self->columns[TRACKS_NAME], 0);
  self->id = track->id;
  self->number = track->number;
  self->begin_ns = track->begin_ns;
}

void
recording_tracks_finish (RecordingTracks *self, GByteArray *ret_bytes, GArray *ret_parts)
{
  packing_finish (self->columns, N_TRACKS_COLUMNS, ret_bytes, ret_parts);
}

static gboolean
get_name (PackingCursor *column, const char **ret_name)
{
  const guint8 *name;
  guint8 zero;
  gsize length;

  *ret_name = NULL;
  if (!packing_get_bytes (column, MAX_NAME, &name, &length))
    return FALSE;
  if (length == 0)
    return TRUE;
  *ret_name = (const char *)name;
  return packing_get_byte (column, &zero) && zero == 0 &&
         g_utf8_validate (*ret_name, (gssize)length, NULL);
}

static gboolean
get_track (PackingCursor *columns, RecordingTrack *track)
{
  gint64 id, number, parent, begin, status;
  guint64 life, location;

  if (!packing_get_signed (&columns[TRACKS_ID], &id) ||
      !packing_get_signed (&columns[TRACKS_NUMBER], &number) ||
      !packing_get_signed (&columns[TRACKS_PARENT], &parent) ||
      !packing_get_signed (&columns[TRACKS_BEGIN], &begin) ||
      !packing_get (&columns[TRACKS_LIFE], &life) ||
      !packing_get (&columns[TRACKS_N_SPANS], &track->n_spans) ||
      !packing_get (&columns[TRACKS_LOCATION], &location) || location > CHANNEL_MAX_LOCATIONS ||
      !packing_get_signed (&columns[TRACKS_STATUS], &status) || status < G_MININT32 ||
      status > G_MAXINT32 || !get_name (&columns[TRACKS_NAME], &track->name))
    return FALSE;
  track->id += (guint64)id;
  track->number += (guint64)number;
  track->parent = parent != 0 ? track->number - (guint64)parent : 0;
  track->begin_ns = (gint64)((guint64)track->begin_ns + (guint64)begin);
  track->end_ns = life != 0 ? (gint64)((guint64)track->begin_ns + life - 1) : G_MAXINT64;
  track->location = (guint32)location;
  track->status = (gint32)status;
  return TRUE;
}

gboolean
recording_tracks_read (const guint8 *bytes, gsize length, guint n, gint64 base_ns,
                       RecordingTrackFunc func, gpointer data)
{
  PackingCursor columns[N_TRACKS_COLUMNS];
  RecordingTrack track = { .begin_ns = base_ns };

  if (!packing_open (columns, N_TRACKS_COLUMNS, bytes, length))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!get_track (columns, &track))
        return FALSE;
      func (&track, data);
    }
  return TRUE;
}

/* ---- Causes ------------------------------------------------------------------------------------ */

typedef enum
{
  CAUSES_TIME, /* difference from the one before */
  CAUSES_FROM, /* difference from that of the one before */
  CAUSES_TO,   /* the same */
  N_CAUSES_COLUMNS
} CausesColumn;

void
recording_causes_write (const RecordingCause *causes, guint n, gint64 first_ns,
                        GByteArray *ret_bytes, GArray *ret_parts)
{
  PackingColumn columns[N_CAUSES_COLUMNS] = { 0 };
  RecordingCause before = { .at_ns = first_ns };

  for (guint i = 0; i < n; i++)
    {
      packing_put_signed (&columns[CAUSES_TIME], causes[i].at_ns - before.at_ns);
      packing_put_signed (&columns[CAUSES_FROM], (gint64)(causes[i].from - before.from));
      packing_put_signed (&columns[CAUSES_TO], (gint64)(causes[i].to - before.to));
      before = causes[i];
    }
  packing_finish (columns, N_CAUSES_COLUMNS, ret_bytes, ret_parts);
  packing_clear (columns, N_CAUSES_COLUMNS);
}

gboolean
recording_causes_read (const guint8 *bytes, gsize length, guint n, gint64 first_ns,
                       RecordingCauseFunc func, gpointer data)
{
  PackingCursor columns[N_CAUSES_COLUMNS];
  RecordingCause cause = { .at_ns = first_ns };

  if (!packing_open (columns, N_CAUSES_COLUMNS, bytes, length))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      gint64 time, from, to;

      if (!packing_get_signed (&columns[CAUSES_TIME], &time) ||
          !packing_get_signed (&columns[CAUSES_FROM], &from) ||
          !packing_get_signed (&columns[CAUSES_TO], &to))
        return FALSE;
      cause.at_ns = (gint64)((guint64)cause.at_ns + (guint64)time);
      cause.from += (guint64)from;
      cause.to += (guint64)to;
      func (&cause, data);
    }
  return TRUE;
}

/* ---- The whole --------------------------------------------------------------------------------- */

typedef enum
{
  SUMMARY_NUMBERS, /* as they stand in the structure */
  SUMMARY_BUCKETS,
  SUMMARY_TIDS,
  N_SUMMARY_COLUMNS
} SummaryColumn;

void
recording_summary_clear (RecordingSummary *summary)
{
  g_clear_pointer (&summary->buckets, g_array_unref);
  g_clear_pointer (&summary->tids, g_array_unref);
}

void
recording_summary_write (const RecordingSummary *summary, GByteArray *ret_bytes)
{
  PackingColumn columns[N_SUMMARY_COLUMNS] = { 0 };
  const guint64 numbers[] = { (guint64)summary->first_ns, (guint64)summary->last_ns,
                              summary->n_numbers,         summary->n_tracks,
                              summary->n_spans,           summary->n_causes,
                              summary->n_changes,         (guint64)summary->bucket_ns };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    packing_put (&columns[SUMMARY_NUMBERS], numbers[i]);
  for (guint i = 0; i < summary->buckets->len; i++)
    packing_put (&columns[SUMMARY_BUCKETS], g_array_index (summary->buckets, guint64, i));
  for (guint i = 0; i < summary->tids->len; i++)
    packing_put_signed (&columns[SUMMARY_TIDS], g_array_index (summary->tids, gint32, i));
  packing_finish (columns, N_SUMMARY_COLUMNS, ret_bytes, NULL);
  packing_clear (columns, N_SUMMARY_COLUMNS);
}

static gboolean
is_sane (const RecordingSummary *summary)
{
  return summary->first_ns >= 0 && summary->last_ns >= summary->first_ns &&
         summary->bucket_ns > 0 && summary->n_numbers <= G_MAXUINT32 &&
         summary->n_tracks <= summary->n_numbers;
}

gboolean
recording_summary_read (const guint8 *bytes, gsize length, RecordingSummary *ret_summary)
{
  PackingCursor columns[N_SUMMARY_COLUMNS];
  guint64 numbers[8];
  gint64 tid;

  *ret_summary = (RecordingSummary){ .buckets = g_array_new (FALSE, FALSE, sizeof (guint64)),
                                     .tids = g_array_new (FALSE, FALSE, sizeof (gint32)) };
  if (!packing_open (columns, N_SUMMARY_COLUMNS, bytes, length))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!packing_get (&columns[SUMMARY_NUMBERS], &numbers[i]))
      return FALSE;
  ret_summary->first_ns = (gint64)numbers[0];
  ret_summary->last_ns = (gint64)numbers[1];
  ret_summary->n_numbers = numbers[2];
  ret_summary->n_tracks = numbers[3];
  ret_summary->n_spans = numbers[4];
  ret_summary->n_causes = numbers[5];
  ret_summary->n_changes = numbers[6];
  ret_summary->bucket_ns = (gint64)numbers[7];
  for (guint64 count;
       ret_summary->buckets->len < MAX_BUCKETS && packing_get (&columns[SUMMARY_BUCKETS], &count);)
    g_array_append_val (ret_summary->buckets, count);
  while (ret_summary->tids->len < MAX_TIDS && packing_get_signed (&columns[SUMMARY_TIDS], &tid))
    {
      gint32 known = tid >= 0 && tid <= G_MAXINT32 ? (gint32)tid : 0;

      g_array_append_val (ret_summary->tids, known);
    }
  return is_sane (ret_summary);
}
