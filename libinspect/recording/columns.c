/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/columns.h"

#include <string.h>
#include "recording/format.h"
#include "recording/varint.h"

/* Wire order; a reader takes further ones as unknown and leaves them out. */
typedef enum
{
  COLUMN_TYPE,     /* a byte a record: type | FLAG_TID */
  COLUMN_TIME,     /* difference from the record before */
  COLUMN_RING,     /* and the thread, where it is not the one last seen on that ring */
  COLUMN_LOCATION, /* or the status, or the number of a key */
  COLUMN_TASK,     /* entry in the dictionary + 1; 0: the next entry, and it is in OBJECT */
  COLUMN_ARG,      /* the same for objects; of attributes the value */
  COLUMN_OBJECT,   /* the dictionary's entries, each the difference from the one before */
  COLUMN_BYTES,    /* lengths and bytes of attributes */
  N_COLUMNS
} Column;

#define FLAG_TID 0x80u
#define FLAG_BYTES 0x40u
#define TYPE_MASK 0x3fu

/* Open addressing, and no removal: a block's objects, by what is looked up for each record. */
typedef struct
{
  guint64 object;
  guint32 entry; /* + 1; 0: the slot is free */
} Slot;

#define MIN_SLOTS 1024u

/* The thread that was last seen on each ring, while a block is written or read. */
typedef struct
{
  gint32 tids[CHANNEL_MAX_RINGS];
  guint8 is_known[CHANNEL_MAX_RINGS];
} Threads;

/* One column as it grows. */
typedef struct
{
  guint8 *data;
  gsize length, capacity;
} Bytes;

struct _RecordingColumns
{
  Bytes columns[N_COLUMNS];
  Slot *dictionary;
  guint n_slots; /* a power of two, at least twice n_objects */
  guint n_objects;
  Threads threads;
  guint n_events;
  gint64 first_ns, last_ns;
  guint64 last_object;
};

RecordingColumns *
recording_columns_new (void)
{
  RecordingColumns *self = g_new0 (RecordingColumns, 1);

  self->n_slots = MIN_SLOTS;
  self->dictionary = g_new0 (Slot, self->n_slots);
  return self;
}

void
recording_columns_free (RecordingColumns *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_COLUMNS; i++)
    g_free (self->columns[i].data);
  g_free (self->dictionary);
  g_free (self);
}

void
recording_columns_clear (RecordingColumns *self)
{
  for (guint i = 0; i < N_COLUMNS; i++)
    self->columns[i].length = 0;
  memset (self->dictionary, 0, self->n_slots * sizeof *self->dictionary);
  memset (&self->threads, 0, sizeof self->threads);
  self->n_objects = 0;
  self->n_events = 0;
  self->last_object = 0;
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
  return self->last_ns;
}

gsize
recording_columns_get_size (const RecordingColumns *self)
{
  gsize size = N_COLUMNS * 5;

  for (guint i = 0; i < N_COLUMNS; i++)
    size += self->columns[i].length;
  return size;
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* Room for @length more. */
static inline guint8 *
make_room (Bytes *bytes, gsize length)
{
  if (G_UNLIKELY (bytes->capacity - bytes->length < length))
    {
      bytes->capacity = 2 * (bytes->capacity + length);
      bytes->data = g_realloc (bytes->data, bytes->capacity);
    }
  return bytes->data + bytes->length;
}

static inline void
put (RecordingColumns *self, Column column, guint64 value)
{
  Bytes *bytes = &self->columns[column];

  bytes->length += varint_write (make_room (bytes, 10), value);
}

static void
put_signed (RecordingColumns *self, Column column, gint64 value)
{
  put (self, column, varint_zigzag (value));
}

static Slot *
find_slot (const Slot *slots, guint n_slots, guint64 object)
{
  guint64 hash = object * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint i = (guint)(hash >> 32) & (n_slots - 1);

  while (slots[i].entry != 0 && slots[i].object != object)
    i = (i + 1) & (n_slots - 1);
  return (Slot *)&slots[i];
}

static void
grow_dictionary (RecordingColumns *self)
{
  guint n_slots = self->n_slots * 2;
  Slot *slots = g_new0 (Slot, n_slots);

  for (guint i = 0; i < self->n_slots; i++)
    if (self->dictionary[i].entry != 0)
      *find_slot (slots, n_slots, self->dictionary[i].object) = self->dictionary[i];
  g_free (self->dictionary);
  self->dictionary = slots;
  self->n_slots = n_slots;
}

static void
put_object (RecordingColumns *self, Column column, guint64 object)
{
  Slot *slot = find_slot (self->dictionary, self->n_slots, object);

  put (self, column, slot->entry);
  if (slot->entry != 0)
    return;
  *slot = (Slot){ object, ++self->n_objects };
  if (self->n_objects * 2 > self->n_slots)
    grow_dictionary (self);
  put_signed (self, COLUMN_OBJECT, (gint64)(object - self->last_object));
  self->last_object = object;
}

static gboolean
has_status (guint type)
{
  return type == CHANNEL_TASK_END || type == CHANNEL_AWAIT_END;
}

static gboolean
has_number (guint type)
{
  return type == CHANNEL_STATE_NAME || type == CHANNEL_POINT;
}

static void
put_attribute (RecordingColumns *self, const ChannelEvent *event)
{
  put (self, COLUMN_LOCATION, event->key);
  if (event->bytes == NULL)
    {
      put (self, COLUMN_ARG, event->value);
      return;
    }
  put (self, COLUMN_BYTES, event->n_bytes);
  memcpy (make_room (&self->columns[COLUMN_BYTES], event->n_bytes), event->bytes, event->n_bytes);
  self->columns[COLUMN_BYTES].length += event->n_bytes;
}

static void
put_type_and_thread (RecordingColumns *self, const ChannelEvent *event)
{
  guint ring = event->ring;
  gboolean is_known =
      self->threads.is_known[ring] && self->threads.tids[ring] == event->tid;
  guint8 type = (guint8)(event->type | (is_known ? 0 : FLAG_TID) |
                         (event->type == CHANNEL_ATTRIBUTE && event->bytes != NULL ? FLAG_BYTES : 0));

  *make_room (&self->columns[COLUMN_TYPE], 1) = type;
  self->columns[COLUMN_TYPE].length++;
  put (self, COLUMN_RING, event->ring);
  if (is_known)
    return;
  put_signed (self, COLUMN_RING, event->tid);
  self->threads.tids[ring] = event->tid;
  self->threads.is_known[ring] = TRUE;
}

void
recording_columns_add (RecordingColumns *self, const ChannelEvent *event)
{
  if (event->type == 0 || event->type >= CHANNEL_TYPE_COUNT || event->ring >= CHANNEL_MAX_RINGS)
    return;
  if (self->n_events++ == 0)
    self->first_ns = self->last_ns = event->time_ns;
  put_type_and_thread (self, event);
  put_signed (self, COLUMN_TIME, event->time_ns - self->last_ns);
  self->last_ns = event->time_ns;
  put_object (self, COLUMN_TASK, event->task);
  if (event->type == CHANNEL_ATTRIBUTE)
    {
      put_attribute (self, event);
      return;
    }
  if (has_status (event->type))
    put_signed (self, COLUMN_LOCATION, event->status);
  else
    put (self, COLUMN_LOCATION, event->location);
  if (has_number (event->type))
    put (self, COLUMN_ARG, event->arg);
  else
    put_object (self, COLUMN_ARG, event->arg);
}

void
recording_columns_finish (const RecordingColumns *self, GByteArray *ret_bytes)
{
  guint8 bytes[10];

  g_byte_array_append (ret_bytes, bytes, varint_write (bytes, N_COLUMNS));
  for (guint i = 0; i < N_COLUMNS; i++)
    g_byte_array_append (ret_bytes, bytes, varint_write (bytes, self->columns[i].length));
  for (guint i = 0; i < N_COLUMNS; i++)
    g_byte_array_append (ret_bytes, self->columns[i].data, (guint)self->columns[i].length);
}

/* ---- Reading -------------------------------------------------------------------------------- */

typedef struct
{
  const guint8 *at[N_COLUMNS];
  const guint8 *end[N_COLUMNS];
  GArray *dictionary; /* guint64 */
  gint32 tids[CHANNEL_MAX_RINGS]; /* by ring; 0: it was not said */
  gint64 time_ns;
  guint64 last_object;
} Decoder;

static gboolean
get (Decoder *self, Column column, guint64 *ret_value)
{
  return varint_read (&self->at[column], self->end[column], ret_value);
}

static gboolean
get_signed (Decoder *self, Column column, gint64 *ret_value)
{
  guint64 value;

  if (!get (self, column, &value))
    return FALSE;
  *ret_value = varint_unzigzag (value);
  return TRUE;
}

static gboolean
get_object (Decoder *self, Column column, guint64 *ret_object)
{
  guint64 entry;
  gint64 difference;

  if (!get (self, column, &entry) || entry > self->dictionary->len)
    return FALSE;
  if (entry == 0)
    {
      if (!get_signed (self, COLUMN_OBJECT, &difference))
        return FALSE;
      self->last_object += (guint64)difference;
      g_array_append_val (self->dictionary, self->last_object);
      *ret_object = self->last_object;
      return TRUE;
    }
  *ret_object = g_array_index (self->dictionary, guint64, entry - 1);
  return TRUE;
}

static gboolean
get_thread (Decoder *self, guint flags, ChannelEvent *event)
{
  guint64 ring;
  gint64 tid;

  if (!get (self, COLUMN_RING, &ring) || ring >= CHANNEL_MAX_RINGS)
    return FALSE;
  event->ring = (guint32)ring;
  if ((flags & FLAG_TID) == 0)
    {
      event->tid = self->tids[ring];
      return TRUE;
    }
  if (!get_signed (self, COLUMN_RING, &tid) || tid < G_MININT32 || tid > G_MAXINT32)
    return FALSE;
  event->tid = (gint32)tid;
  self->tids[ring] = (gint32)tid;
  return TRUE;
}

static gboolean
get_bytes (Decoder *self, ChannelEvent *event)
{
  guint64 length;

  if (!get (self, COLUMN_BYTES, &length) || length > CHANNEL_TEXT_MAX ||
      length > (guint64)(self->end[COLUMN_BYTES] - self->at[COLUMN_BYTES]))
    return FALSE;
  event->bytes = (const char *)self->at[COLUMN_BYTES];
  event->n_bytes = (guint32)length;
  self->at[COLUMN_BYTES] += length;
  return TRUE;
}

static gboolean
get_attribute (Decoder *self, guint flags, ChannelEvent *event)
{
  guint64 key;

  if (!get (self, COLUMN_LOCATION, &key) || key > G_MAXUINT16)
    return FALSE;
  event->key = (guint32)key;
  return (flags & FLAG_BYTES) != 0 ? get_bytes (self, event)
                                   : get (self, COLUMN_ARG, &event->value);
}

static gboolean
get_location (Decoder *self, ChannelEvent *event)
{
  guint64 location;
  gint64 status;

  if (has_status (event->type))
    {
      if (!get_signed (self, COLUMN_LOCATION, &status) || status < -(1 << 23) ||
          status >= 1 << 23)
        return FALSE;
      event->status = (gint32)status;
      return TRUE;
    }
  if (!get (self, COLUMN_LOCATION, &location) || location > CHANNEL_MAX_LOCATIONS)
    return FALSE;
  event->location = (guint32)location;
  return TRUE;
}

static gboolean
get_event (Decoder *self, ChannelEvent *event)
{
  guint8 flags;
  gint64 difference;

  *event = (ChannelEvent){ 0 };
  if (self->at[COLUMN_TYPE] == self->end[COLUMN_TYPE])
    return FALSE;
  flags = *self->at[COLUMN_TYPE]++;
  event->type = flags & TYPE_MASK;
  if (event->type == 0 || event->type >= CHANNEL_TYPE_COUNT || event->type == CHANNEL_BYTES)
    return FALSE;
  if (!get_thread (self, flags, event) || !get_signed (self, COLUMN_TIME, &difference))
    return FALSE;
  self->time_ns = (gint64)((guint64)self->time_ns + (guint64)difference);
  event->time_ns = self->time_ns;
  if (!get_object (self, COLUMN_TASK, &event->task))
    return FALSE;
  if (event->type == CHANNEL_ATTRIBUTE)
    return get_attribute (self, flags, event);
  return get_location (self, event) && (has_number (event->type)
                                            ? get (self, COLUMN_ARG, &event->arg)
                                            : get_object (self, COLUMN_ARG, &event->arg));
}

/* Sets the columns' bounds within @bytes. */
static gboolean
open_columns (Decoder *self, const guint8 *bytes, gsize length)
{
  const guint8 *at = bytes, *end = bytes + length;
  guint64 n_columns, sizes[N_COLUMNS] = { 0 }, size;

  if (!varint_read (&at, end, &n_columns) || n_columns < N_COLUMNS || n_columns > 256)
    return FALSE;
  for (guint i = 0; i < n_columns; i++)
    {
      if (!varint_read (&at, end, &size))
        return FALSE;
      if (i < N_COLUMNS)
        sizes[i] = size;
    }
  for (guint i = 0; i < N_COLUMNS; i++)
    {
      if (sizes[i] > (guint64)(end - at))
        return FALSE;
      self->at[i] = at;
      self->end[i] = at += sizes[i];
    }
  return TRUE;
}

gboolean
recording_columns_read (const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
                        ChannelEventFunc func, gpointer data)
{
  Decoder decoder = { .time_ns = first_ns };
  gboolean is_whole;

  if (!open_columns (&decoder, bytes, length))
    return FALSE;
  decoder.dictionary = g_array_new (FALSE, FALSE, sizeof (guint64));
  is_whole = TRUE;
  for (guint i = 0; i < n_events && is_whole; i++)
    {
      ChannelEvent event;

      is_whole = get_event (&decoder, &event);
      if (is_whole)
        func (&event, data);
    }
  g_array_unref (decoder.dictionary);
  return is_whole;
}
