/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/mentions.h"

#include "channel/layout.h"
#include "recording/format.h"
#include "recording/packing.h"

#define BITS_A_MENTION 12u
#define MIN_BITS 64u
/* Of a block that is read anyway: more would not fit into the processor's cache. */
#define BITS_A_RECORD 4u
/* To count what differs: as many bits for each hash make it a few of a hundred less than it is. */
#define COUNTING_BITS 8u
#define MAX_THREADS 65536u

typedef enum
{
  MENTIONS_BITS,
  MENTIONS_THREADS, /* time, difference from the one before; ring; tid */
  N_MENTIONS_COLUMNS
} MentionsColumn;

static RecordingMentions *
mentions_new (guint32 n_bits)
{
  RecordingMentions *self = g_new0 (RecordingMentions, 1);

  self->n_bits = (n_bits + 63) & ~63u;
  self->bits = g_malloc0 (self->n_bits / 8);
  self->threads = g_array_new (FALSE, FALSE, sizeof (RecordingThread));
  return self;
}

RecordingMentions *
recording_mentions_new (guint n_records)
{
  return mentions_new (MAX (MIN_BITS, MIN (n_records, RECORDING_MAX_EVENTS) * BITS_A_RECORD));
}

void
recording_mentions_free (RecordingMentions *self)
{
  if (self == NULL)
    return;
  g_free (self->bits);
  g_array_unref (self->threads);
  g_clear_pointer (&self->told, g_array_unref);
  g_free (self);
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static guint
count_distinct (const guint32 *hashes, guint n)
{
  guint32 n_bits = MAX (MIN_BITS, n * COUNTING_BITS);
  g_autofree guint8 *bits = g_malloc0 (n_bits / 8 + 1);
  guint n_distinct = 0;

  for (guint i = 0; i < n; i++)
    {
      guint32 bit = recording_mention_bit (hashes[i], n_bits);

      n_distinct += (bits[bit / 8] >> bit % 8 & 1) == 0;
      bits[bit / 8] |= (guint8)(1u << bit % 8);
    }
  return n_distinct;
}

void
recording_mentions_write (const guint32 *hashes, guint n, const GArray *threads, gint64 first_ns,
                          GByteArray *ret_bytes)
{
  PackingColumn columns[N_MENTIONS_COLUMNS] = { 0 };
  guint32 n_bits = MAX (MIN_BITS, (count_distinct (hashes, n) * BITS_A_MENTION + 7) & ~7u);
  guint8 *bits = memset (packing_make_room (&columns[MENTIONS_BITS], n_bits / 8), 0, n_bits / 8);

  columns[MENTIONS_BITS].length = n_bits / 8;
  for (guint i = 0; i < n; i++)
    {
      guint32 bit = recording_mention_bit (hashes[i], n_bits);

      bits[bit / 8] |= (guint8)(1u << bit % 8);
    }
  for (guint i = 0; i < MIN (threads->len, MAX_THREADS); i++)
    {
      const RecordingThread *thread = &g_array_index (threads, RecordingThread, i);

      packing_put_signed (&columns[MENTIONS_THREADS], thread->at_ns - first_ns);
      packing_put (&columns[MENTIONS_THREADS], thread->ring);
      packing_put_signed (&columns[MENTIONS_THREADS], thread->tid);
      first_ns = thread->at_ns;
    }
  packing_finish (columns, N_MENTIONS_COLUMNS, ret_bytes, NULL);
  packing_clear (columns, N_MENTIONS_COLUMNS);
}

/* ---- Reading ----------------------------------------------------------------------------------- */

static gboolean
read_threads (PackingCursor *column, gint64 first_ns, GArray *threads)
{
  while (column->at < column->end)
    {
      RecordingThread thread;
      gint64 later, tid;
      guint64 ring;

      if (threads->len >= MAX_THREADS || !packing_get_signed (column, &later) ||
          !packing_get (column, &ring) || ring >= CHANNEL_MAX_RINGS ||
          !packing_get_signed (column, &tid) || tid < G_MININT32 || tid > G_MAXINT32)
        return FALSE;
      first_ns = (gint64)((guint64)first_ns + (guint64)later);
      thread = (RecordingThread){ first_ns, (guint32)ring, (gint32)tid };
      g_array_append_val (threads, thread);
    }
  return TRUE;
}

RecordingMentions *
recording_mentions_read (const guint8 *bytes, gsize length, gint64 first_ns)
{
  PackingCursor columns[N_MENTIONS_COLUMNS];
  RecordingMentions *self;
  gsize n;

  if (!packing_open (columns, N_MENTIONS_COLUMNS, bytes, length))
    return NULL;
  n = (gsize)(columns[MENTIONS_BITS].end - columns[MENTIONS_BITS].at);
  if (n < MIN_BITS / 8 || n > RECORDING_MAX_RAW)
    return NULL;
  self = mentions_new ((guint32)n * 8);
  /* The set is as large as it was when it was made. */
  self->n_bits = (guint32)n * 8;
  memcpy (self->bits, columns[MENTIONS_BITS].at, n);
  if (read_threads (&columns[MENTIONS_THREADS], first_ns, self->threads))
    return self;
  recording_mentions_free (self);
  return NULL;
}
