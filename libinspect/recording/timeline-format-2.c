/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Spans as blocks of format 2 have them: a column for each of their fields. */

#include "channel/layout.h"
#include "recording/packing.h"
#include "recording/timeline.h"

/* What runs and what does not differ in how long before it something else began, and in all else. */
typedef enum
{
  SPANS_TRACK, /* of each track that has any: difference from the one before, and how many it has */
  SPANS_STATE,
  SPANS_OTHER, /* of spans that do not run, at: */
  SPANS_RUNS = SPANS_OTHER + 6,
  N_SPANS_COLUMNS = SPANS_RUNS + 6
} SpansColumn;

enum
{
  SPAN_TIME, /* difference from the one before of the same track, its lowest two bytes apart */
  SPAN_TIME_MIDDLE,
  SPAN_TIME_REST,
  SPAN_KIND,
  SPAN_KIND_REST,
  SPAN_LOCATION,
};

/* As the model's: of the states one is that in which a task runs. */
#define STATE_RUNS 1

static inline gboolean
get_span (PackingCursor *columns, RecordingSpan *span)
{
  PackingCursor *own;
  guint64 rest, kind, location;
  guint8 low;

  if (!packing_get_byte (&columns[SPANS_STATE], &span->state))
    return FALSE;
  own = columns + (span->state == STATE_RUNS ? SPANS_RUNS : SPANS_OTHER);
  if (!packing_get_byte (&own[SPAN_TIME], &low) ||
      !packing_get_split (&own[SPAN_TIME_MIDDLE], &rest) ||
      !packing_get_split (&own[SPAN_KIND], &kind) || kind > G_MAXUINT16 ||
      !packing_get (&own[SPAN_LOCATION], &location) || location > CHANNEL_MAX_LOCATIONS)
    return FALSE;
  span->at_ns = (gint64)((guint64)span->at_ns + (guint64)varint_unzigzag (rest << 8 | low));
  span->kind = (guint16)kind;
  span->location = (guint32)location;
  return TRUE;
}

gboolean
recording_spans_read_format_2 (const guint8 *bytes, gsize length, guint n, gint64 first_ns,
                               guint32 from, guint32 to, RecordingSpanFunc func, gpointer data)
{
  PackingCursor columns[N_SPANS_COLUMNS];
  RecordingSpan span = { 0 };
  guint64 track = 0, difference, count;

  if (!packing_open (columns, N_SPANS_COLUMNS, bytes, length))
    return FALSE;
  while (n > 0)
    {
      if (!packing_get (&columns[SPANS_TRACK], &difference) || difference > G_MAXUINT32 ||
          !packing_get (&columns[SPANS_TRACK], &count) || count > n || count == 0)
        return FALSE;
      track += difference;
      if (track >= to || track > G_MAXUINT32)
        return track >= to;
      n -= (guint)count;
      span.track = (guint32)track;
      span.at_ns = first_ns;
      for (; count > 0; count--)
        {
          if (!get_span (columns, &span))
            return FALSE;
          if (track >= from)
            func (&span, data);
        }
    }
  return TRUE;
}
