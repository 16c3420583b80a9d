/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_TIMELINE_H
#define RECORDING_TIMELINE_H

/* What the tasks of a program did and when, beside the records that say so: whoever draws time reads
 * that of the tasks that are looked at, and none of the records. As of the model's history; this is how it lies
 * in a block. Nothing of it is trusted when it is read. */

#include <glib.h>

G_BEGIN_DECLS

/* From then on the track did that. Tracks count from 0 in the order in which they came. */
typedef struct
{
  gint64 at_ns;
  guint32 track;
  guint32 location;
  guint16 kind;
  guint8 state;
} RecordingSpan;

typedef struct
{
  guint64 id;     /* of the task */
  guint64 number; /* in its program */
  guint64 parent; /* number; 0 unknown */
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it went on */
  guint64 n_spans;
  guint32 location;
  gint32 status;
  const char *name; /* (nullable); of one that was read: as long as the block's bytes */
} RecordingTrack;

/* One task has made another ready, or begun it. */
typedef struct
{
  gint64 at_ns;
  guint64 from, to; /* numbers in the program; 0: outside of any task */
} RecordingCause;

/* The whole of a program; written last, so that who finds it finds all. */
typedef struct
{
  gint64 first_ns, last_ns;
  guint64 n_numbers; /* of tasks that the program has used */
  guint64 n_tracks;
  guint64 n_spans;
  guint64 n_causes;
  guint64 n_changes;
  gint64 bucket_ns; /* stretches of time from first_ns on ... */
  GArray *buckets;  /* (element-type guint64): ... and how much happened in each */
  GArray *tids;     /* (element-type gint32): of threads, by what a span calls them */
} RecordingSummary;

void recording_summary_clear (RecordingSummary *summary);

/* ---- Writing ----------------------------------------------------------------------------------- */

/* @n spans, by track and, of one track, by time. @first_ns: none of them is earlier. */
void recording_spans_write (const RecordingSpan *spans, guint n, gint64 first_ns,
                            GByteArray *ret_bytes, GArray *ret_parts);
/* By track, and those of one track in the order in which they came. */
void recording_spans_sort (GArray *spans);

/* Those of a block; first_ns of the block is @base_ns. */
typedef struct _RecordingTracks RecordingTracks;
RecordingTracks *recording_tracks_new (gint64 base_ns);
void recording_tracks_free (RecordingTracks *tracks);
void recording_tracks_add (RecordingTracks *tracks, const RecordingTrack *track);
void recording_tracks_finish (RecordingTracks *tracks, GByteArray *ret_bytes, GArray *ret_parts);

void recording_causes_write (const RecordingCause *causes, guint n, gint64 first_ns,
                             GByteArray *ret_bytes, GArray *ret_parts);
void recording_summary_write (const RecordingSummary *summary, GByteArray *ret_bytes);

/* ---- Reading ----------------------------------------------------------------------------------- */

/* FALSE, all of them: @bytes are no such thing; what came before the fault has been delivered. */

typedef void (*RecordingSpanFunc) (const RecordingSpan *span, gpointer data);
typedef void (*RecordingTrackFunc) (const RecordingTrack *track, gpointer data);
typedef void (*RecordingCauseFunc) (const RecordingCause *cause, gpointer data);

/* Only those of the tracks from @from on that are before @to; @n: of all spans there */
gboolean recording_spans_read (const guint8 *bytes, gsize length, guint n, gint64 first_ns,
                               guint32 from, guint32 to, RecordingSpanFunc func, gpointer data);
/* The same, of a block that has no RECORDING_FLAG_SHAPES. */
gboolean recording_spans_read_format_2 (const guint8 *bytes, gsize length, guint n, gint64 first_ns,
                                        guint32 from, guint32 to, RecordingSpanFunc func,
                                        gpointer data);
gboolean recording_tracks_read (const guint8 *bytes, gsize length, guint n, gint64 base_ns,
                                RecordingTrackFunc func, gpointer data);
gboolean recording_causes_read (const guint8 *bytes, gsize length, guint n, gint64 first_ns,
                                RecordingCauseFunc func, gpointer data);
/* recording_summary_clear() in any case. */
gboolean recording_summary_read (const guint8 *bytes, gsize length, RecordingSummary *ret_summary);

G_END_DECLS

#endif
