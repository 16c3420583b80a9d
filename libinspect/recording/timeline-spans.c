/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Spans: from then on a task did that. */

#include "channel/layout.h"
#include "recording/packing.h"
#include "recording/timeline.h"

/* What a task does and on what is one number, as with records: a program has some dozens of such pairs. What runs
 * and what does not differ in how long before it something else began, and in their places. */
typedef enum
{
  SPANS_TRACK, /* of each track that has any: difference from the one before, and how many it has */
  SPANS_SHAPE, /* the number of state and kind; that of a pair which is not known yet is how many there are */
  SPANS_NEW_SHAPES, /* state, kind */
  SPANS_OTHER,      /* of spans that do not run, at: */
  SPANS_RUNS = SPANS_OTHER + 4,
  N_SPANS_COLUMNS = SPANS_RUNS + 4
} SpansColumn;

enum
{
  SPAN_TIME, /* difference from the one before of the same track, its lowest two bytes apart */
  SPAN_TIME_MIDDLE,
  SPAN_TIME_REST,
  SPAN_LOCATION,
};

/* A kind has 16 bits, so that is all there can be. */
#define MAX_SHAPES (1u << 24)

/* As the model's: of the states one is that in which a task runs. */
#define STATE_RUNS 1

static int
compare_tracks (gconstpointer a, gconstpointer b, gpointer data)
{
  const RecordingSpan *x = a, *y = b;

  return x->track < y->track ? -1 : x->track > y->track;
}

/* Counting is what is quick, and the rule: tracks of one stretch of time are near to each other. */
void
recording_spans_sort (GArray *spans)
{
  const RecordingSpan *all = (const RecordingSpan *)spans->data;
  guint32 least = G_MAXUINT32, most = 0;
  g_autofree RecordingSpan *sorted = NULL;
  g_autofree guint32 *at = NULL;

  if (spans->len < 2)
    return;
  for (guint i = 0; i < spans->len; i++)
    {
      least = MIN (least, all[i].track);
      most = MAX (most, all[i].track);
    }
  if (most - least > 65536 + 4 * spans->len)
    {
      g_qsort_with_data (spans->data, (gint)spans->len, sizeof *all, compare_tracks, NULL);
      return;
    }
  at = g_new0 (guint32, most - least + 2);
  sorted = g_new (RecordingSpan, spans->len);
  for (guint i = 0; i < spans->len; i++)
    at[all[i].track - least + 1]++;
  for (guint i = 1; i <= most - least; i++)
    at[i] += at[i - 1];
  for (guint i = 0; i < spans->len; i++)
    sorted[at[all[i].track - least]++] = all[i];
  memcpy (spans->data, sorted, spans->len * sizeof *sorted);
}

/* ---- Writing ----------------------------------------------------------------------------------- */

typedef struct
{
  PackingColumn columns[N_SPANS_COLUMNS];
  GHashTable *numbers; /* state << 16 | kind, + 1: number + 1 */
  guint32 last[2],
      last_number[2]; /* of what does not run, and of what does: a task does both in turn */
} Writing;

static guint32
number_shape (Writing *self, guint32 shape)
{
  gpointer key = GUINT_TO_POINTER (shape + 1), known;
  guint runs = shape >> 16 == STATE_RUNS;

  if (shape + 1 == self->last[runs])
    return self->last_number[runs];
  known = g_hash_table_lookup (self->numbers, key);
  if (known == NULL)
    {
      known = GUINT_TO_POINTER (g_hash_table_size (self->numbers) + 1);
      g_hash_table_insert (self->numbers, key, known);
      packing_put_byte (&self->columns[SPANS_NEW_SHAPES], (guint8)(shape >> 16));
      packing_put (&self->columns[SPANS_NEW_SHAPES], shape & 0xffff);
    }
  self->last[runs] = shape + 1;
  return self->last_number[runs] = GPOINTER_TO_UINT (known) - 1;
}

/* Those of a track are in order, so that a difference has no sign; one that is wrong all the same is a large
 * number that comes out right. */
static inline void
put_span (Writing *self, const RecordingSpan *span, gint64 before_ns)
{
  PackingColumn *own = self->columns + (span->state == STATE_RUNS ? SPANS_RUNS : SPANS_OTHER);
  guint64 difference = (guint64)span->at_ns - (guint64)before_ns;

  packing_put (&self->columns[SPANS_SHAPE],
               number_shape (self, (guint32)span->state << 16 | span->kind));
  packing_put_byte (&own[SPAN_TIME], (guint8)difference);
  packing_put_split (&own[SPAN_TIME_MIDDLE], difference >> 8);
  packing_put (&own[SPAN_LOCATION], span->location);
}

void
recording_spans_write (const RecordingSpan *spans, guint n, gint64 first_ns, GByteArray *ret_bytes,
                       GArray *ret_parts)
{
  Writing writing = { .numbers = g_hash_table_new (NULL, NULL) };
  guint32 track = 0;
  guint end;

  for (guint i = 0; i < n; i = end)
    {
      gint64 before_ns = first_ns;

      for (end = i; end < n && spans[end].track == spans[i].track; end++)
        {
          put_span (&writing, &spans[end], before_ns);
          before_ns = spans[end].at_ns;
        }
      packing_put (&writing.columns[SPANS_TRACK], spans[i].track - track);
      packing_put (&writing.columns[SPANS_TRACK], end - i);
      track = spans[i].track;
    }
  packing_finish (writing.columns, N_SPANS_COLUMNS, ret_bytes, ret_parts);
  packing_clear (writing.columns, N_SPANS_COLUMNS);
  g_hash_table_unref (writing.numbers);
}

/* ---- Reading ----------------------------------------------------------------------------------- */

typedef struct
{
  PackingCursor columns[N_SPANS_COLUMNS];
  GArray *shapes; /* guint32: state << 16 | kind */
} Reading;

static gboolean
add_shape (Reading *self)
{
  guint8 state;
  guint64 kind;
  guint32 shape;

  if (!packing_get_byte (&self->columns[SPANS_NEW_SHAPES], &state) ||
      !packing_get (&self->columns[SPANS_NEW_SHAPES], &kind) || kind > G_MAXUINT16 ||
      self->shapes->len >= MAX_SHAPES)
    return FALSE;
  shape = (guint32)state << 16 | (guint32)kind;
  g_array_append_val (self->shapes, shape);
  return TRUE;
}

static inline gboolean
get_span (Reading *self, RecordingSpan *span)
{
  PackingCursor *own;
  guint64 number, rest, location;
  guint32 shape;
  guint8 low;

  if (!packing_get (&self->columns[SPANS_SHAPE], &number) || number > self->shapes->len ||
      (number == self->shapes->len && !add_shape (self)))
    return FALSE;
  shape = g_array_index (self->shapes, guint32, number);
  span->state = (guint8)(shape >> 16);
  span->kind = (guint16)shape;
  own = self->columns + (span->state == STATE_RUNS ? SPANS_RUNS : SPANS_OTHER);
  if (!packing_get_byte (&own[SPAN_TIME], &low) ||
      !packing_get_split (&own[SPAN_TIME_MIDDLE], &rest) ||
      !packing_get (&own[SPAN_LOCATION], &location) || location > CHANNEL_MAX_LOCATIONS)
    return FALSE;
  span->at_ns = (gint64)((guint64)span->at_ns + (rest << 8 | low));
  span->location = (guint32)location;
  return TRUE;
}

static gboolean
read_all (Reading *self, guint n, gint64 first_ns, guint32 from, guint32 to, RecordingSpanFunc func,
          gpointer data)
{
  RecordingSpan span = { 0 };
  guint64 track = 0, difference, count;

  while (n > 0)
    {
      if (!packing_get (&self->columns[SPANS_TRACK], &difference) || difference > G_MAXUINT32 ||
          !packing_get (&self->columns[SPANS_TRACK], &count) || count > n || count == 0)
        return FALSE;
      track += difference;
      if (track >= to || track > G_MAXUINT32)
        return track >= to;
      n -= (guint)count;
      span.track = (guint32)track;
      span.at_ns = first_ns;
      for (; count > 0; count--)
        {
          if (!get_span (self, &span))
            return FALSE;
          if (track >= from)
            func (&span, data);
        }
    }
  return TRUE;
}

gboolean
recording_spans_read (const guint8 *bytes, gsize length, guint n, gint64 first_ns, guint32 from,
                      guint32 to, RecordingSpanFunc func, gpointer data)
{
  Reading reading;
  gboolean is_whole;

  if (!packing_open (reading.columns, N_SPANS_COLUMNS, bytes, length))
    return FALSE;
  reading.shapes = g_array_new (FALSE, FALSE, sizeof (guint32));
  is_whole = read_all (&reading, n, first_ns, from, to, func, data);
  g_array_unref (reading.shapes);
  return is_whole;
}
