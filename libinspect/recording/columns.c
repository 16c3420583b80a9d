/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/columns.h"

#include "recording/columns-private.h"
#include "recording/format.h"
#include "recording/packing.h"

/* Open addressing, and no removal: a block's ids. */
typedef struct
{
  guint64 id;
  guint32 entry; /* 0: the slot is free, for id 0 is looked up by nobody */
} Slot;

#define MIN_SLOTS 1024u

struct _RecordingColumns
{
  PackingColumn columns[N_COLUMNS];
  Past past;
  Slot *slots;
  guint n_slots; /* a power of two, at least twice as many as ids */
  guint n_events;
  gint64 first_ns;
};

RecordingColumns *
recording_columns_new (void)
{
  RecordingColumns *self = g_new0 (RecordingColumns, 1);

  self->n_slots = MIN_SLOTS;
  self->slots = g_new0 (Slot, self->n_slots);
  past_clear (&self->past);
  return self;
}

void
recording_columns_free (RecordingColumns *self)
{
  if (self == NULL)
    return;
  packing_clear (self->columns, N_COLUMNS);
  g_free (self->past.known);
  g_free (self->slots);
  g_free (self);
}

void
recording_columns_clear (RecordingColumns *self)
{
  for (guint i = 0; i < N_COLUMNS; i++)
    self->columns[i].length = 0;
  memset (self->slots, 0, self->n_slots * sizeof *self->slots);
  past_clear (&self->past);
  self->n_events = 0;
}

guint
recording_columns_get_n_events (const RecordingColumns *self)
{
  return self->n_events;
}

gint64
recording_columns_get_first_ns (const RecordingColumns *self)
{
  return self->first_ns;
}

gint64
recording_columns_get_last_ns (const RecordingColumns *self)
{
  return self->past.time_ns;
}

gsize
recording_columns_get_size (const RecordingColumns *self)
{
  gsize size = N_COLUMNS * 5;

  for (guint i = 0; i < N_COLUMNS; i++)
    size += self->columns[i].length;
  return size;
}

/* ---- Bytes ------------------------------------------------------------------------------------- */

static inline void
put (RecordingColumns *self, Column column, guint64 value)
{
  packing_put (&self->columns[column], value);
}

static inline void
put_split (RecordingColumns *self, Column column, guint64 value)
{
  packing_put_split (&self->columns[column], value);
}

/* ---- Objects ----------------------------------------------------------------------------------- */

static inline Slot *
find_slot (Slot *slots, guint n_slots, guint64 id)
{
  guint64 hash = id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint at = (guint)(hash >> 32) & (n_slots - 1);

  while (slots[at].entry != 0 && slots[at].id != id)
    at = (at + 1) & (n_slots - 1);
  return &slots[at];
}

static void
grow_slots (RecordingColumns *self)
{
  guint n_slots = self->n_slots * 4;
  Slot *slots = g_new0 (Slot, n_slots);

  for (guint i = 0; i < self->n_slots; i++)
    if (self->slots[i].entry != 0)
      *find_slot (slots, n_slots, self->slots[i].id) = self->slots[i];
  g_free (self->slots);
  self->slots = slots;
  self->n_slots = n_slots;
}

/* @base: what a new id is likely to be near to */
static Code
put_object (RecordingColumns *self, guint64 object, guint64 base, guint32 *ret_entry)
{
  guint64 id = object & ID_MASK;
  Slot *slot = find_slot (self->slots, self->n_slots, id);

  put (self, COLUMN_KIND, object >> KIND_SHIFT);
  if (slot->entry != 0 || id == 0)
    {
      *ret_entry = id != 0 ? slot->entry : 0;
      put_split (self, COLUMN_ENTRY, *ret_entry);
      return CODE_KNOWN;
    }
  *ret_entry = past_add (&self->past, id);
  *slot = (Slot){ id, *ret_entry };
  if (self->past.n_known * 2 > self->n_slots)
    grow_slots (self);
  put_split (self, COLUMN_ID, varint_zigzag ((gint64)(id - base)));
  return CODE_NEW;
}

static inline Code
put_subject (RecordingColumns *self, guint64 subject)
{
  Past *past = &self->past;
  Code code;

  if (subject == past->subject)
    return CODE_SAME;
  past->subject = subject;
  if (subject == 0)
    {
      past->subject_entry = 0;
      return CODE_ZERO;
    }
  if (subject == past->argument)
    {
      past->subject_entry = past->argument_entry;
      return CODE_KIND;
    }
  code = put_object (self, subject, past->new_id, &past->subject_entry);
  if (code == CODE_NEW)
    past->new_id = subject & ID_MASK;
  return code;
}

static inline Code
put_argument (RecordingColumns *self, guint role, guint64 argument)
{
  Past *past = &self->past;
  const Known *known = &past->known[past->subject_entry];
  guint64 last = known->last[role];
  guint32 entry = known->last_entry[role];
  Code code = CODE_SAME;

  if (argument == 0)
    return CODE_ZERO;
  if (last == 0 || ((argument ^ last) & ID_MASK) != 0)
    code = put_object (self, argument, past->subject & ID_MASK, &entry);
  else if (argument != last)
    {
      put (self, COLUMN_KIND, argument >> KIND_SHIFT);
      code = CODE_KIND;
    }
  past_set_argument (past, role, argument, entry);
  return code;
}

static inline Code
put_number (RecordingColumns *self, guint64 number)
{
  put_split (self, COLUMN_NUMBER, number);
  return CODE_NUMBER;
}

/* ---- Records ----------------------------------------------------------------------------------- */

static inline Code
put_attribute (RecordingColumns *self, const ChannelEvent *event)
{
  put (self, COLUMN_KEY, event->key);
  if (event->bytes == NULL)
    return event->value >= LEAST_OBJECT
               ? put_argument (self, role_of (CHANNEL_ATTRIBUTE), event->value)
               : put_number (self, event->value);
  packing_put_bytes (&self->columns[COLUMN_BYTES], event->bytes, event->n_bytes);
  return CODE_ZERO;
}

static inline Code
put_rest (RecordingColumns *self, const ChannelEvent *event)
{
  if (event->type == CHANNEL_ATTRIBUTE)
    return put_attribute (self, event);
  put (self, COLUMN_LOCATION,
       has_status (event->type) ? varint_zigzag (event->status) : event->location);
  return has_number (event->type) ? put_number (self, event->arg)
                                  : put_argument (self, role_of (event->type), event->arg);
}

/* Returns: the flags of its type */
static inline guint
put_thread (RecordingColumns *self, const ChannelEvent *event)
{
  Past *past = &self->past;
  Known *known = &past->known[past->subject_entry];

  if (event->ring == past->ring)
    put (self, COLUMN_RING, RING_SAME);
  else if (event->ring + 1 == known->ring)
    put (self, COLUMN_RING, RING_AS_BEFORE);
  else
    put (self, COLUMN_RING, RING_FIRST + event->ring);
  past->ring = event->ring;
  known->ring = event->ring + 1;
  if (past->tids[event->ring] == event->tid)
    return 0;
  put (self, COLUMN_RING, varint_zigzag (event->tid));
  past->tids[event->ring] = event->tid;
  return FLAG_TID;
}

void
recording_columns_add (RecordingColumns *self, const ChannelEvent *event)
{
  Code subject, argument;
  guint flags;

  if (event->type == 0 || event->type >= CHANNEL_TYPE_COUNT || event->ring >= CHANNEL_MAX_RINGS)
    return;
  if (self->n_events++ == 0)
    self->first_ns = self->past.time_ns = event->time_ns;
  put_split (self, COLUMN_TIME, varint_zigzag (event->time_ns - self->past.time_ns));
  self->past.time_ns = event->time_ns;
  subject = put_subject (self, event->task);
  flags = put_thread (self, event);
  argument = put_rest (self, event);
  if (event->type == CHANNEL_ATTRIBUTE && event->bytes != NULL)
    flags |= FLAG_BYTES;
  packing_put_byte (&self->columns[COLUMN_TYPE], (guint8)(event->type | flags));
  packing_put_byte (&self->columns[COLUMN_CODE], (guint8)(subject | argument << 4));
}

void
recording_columns_finish (const RecordingColumns *self, GByteArray *ret_bytes, GArray *ret_parts)
{
  packing_finish (self->columns, N_COLUMNS, ret_bytes, ret_parts);
}
