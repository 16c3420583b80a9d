/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Records as blocks of format 2 have them: a column for each of their fields. */

#include "recording/columns.h"

#include <string.h>

#include "recording/past.h"
#include "recording/format.h"
#include "recording/packing.h"

/* Wire order; a reader leaves out further ones, as unknown. Numbers that are larger than a byte are in two
 * columns, the lowest byte apart from the rest: the former is mostly noise, the latter is mostly not. */
typedef enum
{
  COLUMN_TYPE, /* a byte a record: type | FLAG_TID | FLAG_BYTES */
  COLUMN_CODE, /* a byte a record: how its subject is said, and in the upper half how its argument is */
  COLUMN_TIME, /* difference from the record before, signed */
  COLUMN_TIME_REST,
  COLUMN_RING,     /* RING_SAME, RING_AS_BEFORE or RING_FIRST + it; and the thread, with FLAG_TID */
  COLUMN_LOCATION, /* or the status, signed */
  COLUMN_KEY,      /* of an attribute */
  COLUMN_ENTRY,    /* of what is CODE_KNOWN */
  COLUMN_ENTRY_REST,
  COLUMN_KIND, /* of what is CODE_KIND, CODE_NEW or CODE_KNOWN */
  COLUMN_ID, /* of what is CODE_NEW: difference from the last new subject, or of an argument from its
                     subject, signed */
  COLUMN_ID_REST,
  COLUMN_NUMBER, /* of what is CODE_NUMBER */
  COLUMN_NUMBER_REST,
  COLUMN_BYTES, /* lengths and bytes of attributes */
  N_COLUMNS
} Column;

#define FLAG_TID 0x80u
#define FLAG_BYTES 0x40u
#define TYPE_MASK 0x3fu

enum
{
  RING_SAME,      /* as the record before */
  RING_AS_BEFORE, /* as the last record of this subject */
  RING_FIRST,
};

G_STATIC_ASSERT (CHANNEL_TYPE_COUNT <= TYPE_MASK);

typedef struct
{
  PackingCursor columns[N_COLUMNS];
  Past past;
} Decoder;

/* ---- Bytes ------------------------------------------------------------------------------------- */

static inline gboolean
get (Decoder *self, Column column, guint64 *ret_value)
{
  return packing_get (&self->columns[column], ret_value);
}

static inline gboolean
get_split (Decoder *self, Column column, guint64 *ret_value)
{
  return packing_get_split (&self->columns[column], ret_value);
}

static gboolean
get_signed (Decoder *self, Column column, gint64 least, gint64 most, gint32 *ret_value)
{
  gint64 said;

  if (!packing_get_signed (&self->columns[column], &said) || said < least || said > most)
    return FALSE;
  *ret_value = (gint32)said;
  return TRUE;
}

/* ---- Objects ----------------------------------------------------------------------------------- */

static gboolean
get_kind (Decoder *self, guint64 *ret_kind)
{
  guint64 kind;

  if (!get (self, COLUMN_KIND, &kind) || kind > G_MAXUINT16)
    return FALSE;
  *ret_kind = kind << KIND_SHIFT;
  return TRUE;
}

static gboolean
get_object (Decoder *self, Code code, guint64 base, guint64 *ret_object, guint32 *ret_entry)
{
  guint64 kind, value;

  if (!get_kind (self, &kind))
    return FALSE;
  if (code == CODE_NEW)
    {
      if (!get_split (self, COLUMN_ID, &value))
        return FALSE;
      value = (base + (guint64)varint_unzigzag (value)) & ID_MASK;
      *ret_entry = past_add (&self->past, value);
      *ret_object = kind | value;
      return TRUE;
    }
  if (!get_split (self, COLUMN_ENTRY, &value) || value >= self->past.n_known)
    return FALSE;
  *ret_entry = (guint32)value;
  *ret_object = kind | self->past.known[value].id;
  return TRUE;
}

static inline gboolean
get_subject (Decoder *self, Code code)
{
  Past *past = &self->past;

  switch (code)
    {
    case CODE_SAME:
      return TRUE;
    case CODE_ZERO:
      past->subject = past->subject_entry = 0;
      return TRUE;
    case CODE_KIND:
      past->subject = past->argument;
      past->subject_entry = past->argument_entry;
      return TRUE;
    case CODE_NEW:
    case CODE_KNOWN:
      if (!get_object (self, code, past->new_id, &past->subject, &past->subject_entry))
        return FALSE;
      if (code == CODE_NEW)
        past->new_id = past->subject & ID_MASK;
      return TRUE;
    case CODE_NUMBER:
    case N_CODES:
    default:
      return FALSE;
    }
}

static inline gboolean
get_argument (Decoder *self, Code code, guint role, guint64 *ret_argument)
{
  Past *past = &self->past;
  const Known *known = &past->known[past->subject_entry];
  guint32 entry = known->last_entry[role];
  guint64 kind;

  *ret_argument = known->last[role];
  switch (code)
    {
    case CODE_SAME:
      break;
    case CODE_KIND:
      if (!get_kind (self, &kind))
        return FALSE;
      *ret_argument = kind | (*ret_argument & ID_MASK);
      break;
    case CODE_NEW:
    case CODE_KNOWN:
      if (!get_object (self, code, past->subject & ID_MASK, ret_argument, &entry))
        return FALSE;
      break;
    case CODE_ZERO:
      *ret_argument = 0;
      return TRUE;
    case CODE_NUMBER:
      return get_split (self, COLUMN_NUMBER, ret_argument);
    case N_CODES:
    default:
      return FALSE;
    }
  past_set_argument (past, role, *ret_argument, entry);
  return TRUE;
}

/* ---- Records ----------------------------------------------------------------------------------- */

static inline gboolean
get_thread (Decoder *self, guint flags, ChannelEvent *event)
{
  Past *past = &self->past;
  Known *known = &past->known[past->subject_entry];
  guint64 ring;

  if (!get (self, COLUMN_RING, &ring))
    return FALSE;
  if (ring == RING_SAME)
    ring = past->ring;
  else if (ring == RING_AS_BEFORE)
    ring = (guint64)known->ring - 1;
  else
    ring -= RING_FIRST;
  if (ring >= CHANNEL_MAX_RINGS)
    return FALSE;
  past->ring = event->ring = (guint32)ring;
  known->ring = event->ring + 1;
  if ((flags & FLAG_TID) != 0 &&
      !get_signed (self, COLUMN_RING, G_MININT32, G_MAXINT32, &past->tids[ring]))
    return FALSE;
  event->tid = past->tids[ring];
  return TRUE;
}

static gboolean
get_bytes (Decoder *self, ChannelEvent *event)
{
  const guint8 *bytes;
  gsize length;

  if (!packing_get_bytes (&self->columns[COLUMN_BYTES], CHANNEL_TEXT_MAX, &bytes, &length))
    return FALSE;
  event->bytes = (const char *)bytes;
  event->n_bytes = (guint32)length;
  return TRUE;
}

static inline gboolean
get_attribute (Decoder *self, guint flags, Code code, ChannelEvent *event)
{
  guint64 key;

  if (!get (self, COLUMN_KEY, &key) || key > G_MAXUINT16)
    return FALSE;
  event->key = (guint32)key;
  return (flags & FLAG_BYTES) != 0
             ? get_bytes (self, event)
             : get_argument (self, code, role_of (CHANNEL_ATTRIBUTE), &event->value);
}

static inline gboolean
get_location (Decoder *self, ChannelEvent *event)
{
  guint64 location;

  if (has_status (event->type))
    return get_signed (self, COLUMN_LOCATION, -(1 << 23), (1 << 23) - 1, &event->status);
  if (!get (self, COLUMN_LOCATION, &location) || location > CHANNEL_MAX_LOCATIONS)
    return FALSE;
  event->location = (guint32)location;
  return TRUE;
}

static inline gboolean
get_event (Decoder *self, ChannelEvent *event)
{
  guint8 flags, codes;
  guint64 difference;

  memset (event, 0, sizeof *event);
  if (!packing_get_byte (&self->columns[COLUMN_TYPE], &flags) ||
      !packing_get_byte (&self->columns[COLUMN_CODE], &codes))
    return FALSE;
  event->type = flags & TYPE_MASK;
  if (event->type == 0 || event->type >= CHANNEL_TYPE_COUNT || event->type == CHANNEL_BYTES)
    return FALSE;
  if (!get_split (self, COLUMN_TIME, &difference) || !get_subject (self, codes & 0xf) ||
      !get_thread (self, flags, event))
    return FALSE;
  self->past.time_ns =
      (gint64)((guint64)self->past.time_ns + (guint64)varint_unzigzag (difference));
  event->time_ns = self->past.time_ns;
  event->task = self->past.subject;
  if (event->type == CHANNEL_ATTRIBUTE)
    return get_attribute (self, flags, codes >> 4, event);
  return get_location (self, event) &&
         get_argument (self, codes >> 4, role_of (event->type), &event->arg);
}

gboolean
recording_columns_read_format_2 (const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
                                 ChannelEventFunc func, gpointer data)
{
  Decoder decoder = { 0 };
  gboolean is_whole;

  if (!packing_open (decoder.columns, N_COLUMNS, bytes, length))
    return FALSE;
  past_clear (&decoder.past);
  decoder.past.time_ns = first_ns;
  is_whole = TRUE;
  for (guint i = 0; i < n_events && is_whole; i++)
    {
      ChannelEvent event;

      is_whole = get_event (&decoder, &event);
      if (is_whole)
        func (&event, data);
    }
  g_free (decoder.past.known);
  return is_whole;
}
