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
#define MIN_SHAPE_SLOTS 256u

typedef struct
{
  Shape shape;
  guint32 next; /* that of the record which came after one of this shape last */
} KnownShape;

struct _RecordingColumns
{
  PackingColumn columns[N_COLUMNS];
  Past past;
  Slot *slots;
  guint n_slots;        /* a power of two, at least twice as many as ids */
  GArray *shapes;       /* KnownShape, by number */
  guint32 *shape_slots; /* number + 1; 0: free */
  guint n_shape_slots;  /* a power of two, at least twice as many as shapes */
  guint32 shape;        /* of the record before */
  GArray *threads;      /* RecordingThread */
  GHashTable *types;    /* name -> number + 1 */
  guint64 n_untyped;    /* attributes with bytes since the last one that has a type */
  guint n_events;
  gint64 first_ns;
};

RecordingColumns *
recording_columns_new (void)
{
  RecordingColumns *self = g_new0 (RecordingColumns, 1);

  self->n_slots = MIN_SLOTS;
  self->slots = g_new0 (Slot, self->n_slots);
  self->shapes = g_array_new (FALSE, FALSE, sizeof (KnownShape));
  self->threads = g_array_new (FALSE, FALSE, sizeof (RecordingThread));
  self->types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->n_shape_slots = MIN_SHAPE_SLOTS;
  self->shape_slots = g_new0 (guint32, self->n_shape_slots);
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
  g_array_unref (self->shapes);
  g_array_unref (self->threads);
  g_hash_table_unref (self->types);
  g_free (self->shape_slots);
  g_free (self);
}

void
recording_columns_clear (RecordingColumns *self)
{
  for (guint i = 0; i < N_COLUMNS; i++)
    self->columns[i].length = 0;
  memset (self->slots, 0, self->n_slots * sizeof *self->slots);
  memset (self->shape_slots, 0, self->n_shape_slots * sizeof *self->shape_slots);
  g_array_set_size (self->shapes, 0);
  g_array_set_size (self->threads, 0);
  g_hash_table_remove_all (self->types);
  self->n_untyped = 0;
  self->shape = 0;
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
home_of (Slot *slots, guint n_slots, guint64 id)
{
  guint64 hash = id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  return &slots[(guint)(hash >> 32) & (n_slots - 1)];
}

static inline Slot *
find_slot (Slot *slots, guint n_slots, guint64 id)
{
  guint at = (guint)(home_of (slots, n_slots, id) - slots);

  while (slots[at].entry != 0 && slots[at].id != id)
    at = (at + 1) & (n_slots - 1);
  return &slots[at];
}

/* Part of its caller early, for the compiler leaves out a function that asks for memory and does nothing else. */
static inline __attribute__ ((always_inline)) void
prepare_object (const RecordingColumns *self, guint64 object, gboolean is_near)
{
  guint64 id = object & ID_MASK;

  if (id == 0)
    return;
  if (is_near)
    {
      const Known *known = &self->past.known[find_slot (self->slots, self->n_slots, id)->entry];

      /* It may begin in one line of the processor's cache and end in the next. */
      __builtin_prefetch (known, 1);
      __builtin_prefetch (&known->ring, 1);
    }
  else
    __builtin_prefetch (home_of (self->slots, self->n_slots, id), 1);
}

void
recording_columns_prepare (const RecordingColumns *self, const ChannelEvent *event,
                           gboolean is_near)
{
  prepare_object (self, event->task, is_near);
  if (event->type == CHANNEL_ATTRIBUTE)
    {
      if (event->bytes == NULL && event->value >= LEAST_OBJECT)
        prepare_object (self, event->value, is_near);
    }
  else if (!has_number (event->type))
    prepare_object (self, event->arg, is_near);
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

/* @column: of what is new; @base: what a new id is likely to be near to */
static Code
put_object (RecordingColumns *self, guint64 object, Column column, guint64 base, guint32 *ret_entry)
{
  guint64 id = object & ID_MASK;
  Slot *slot = find_slot (self->slots, self->n_slots, id);

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
  put_split (self, column, varint_zigzag ((gint64)(id - base)));
  return CODE_NEW;
}

static inline Code
put_subject (RecordingColumns *self, guint64 subject, guint16 *ret_kind)
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
  *ret_kind = (guint16)(subject >> KIND_SHIFT);
  code = put_object (self, subject, COLUMN_SUBJECT, past->new_id, &past->subject_entry);
  if (code == CODE_NEW)
    past->new_id = subject & ID_MASK;
  return code;
}

static inline Code
put_argument (RecordingColumns *self, guint role, guint64 argument, guint16 *ret_kind)
{
  Past *past = &self->past;
  const Known *known = &past->known[past->subject_entry];
  guint64 last = known->last[role];
  guint32 entry = known->last_entry[role];
  Code code = CODE_SAME;

  if (argument == 0)
    return CODE_ZERO;
  if (argument != last)
    {
      *ret_kind = (guint16)(argument >> KIND_SHIFT);
      code = CODE_KIND;
      if (last == 0 || ((argument ^ last) & ID_MASK) != 0)
        code = put_object (self, argument, COLUMN_ARGUMENT, past->subject & ID_MASK, &entry);
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

/* ---- Shapes ------------------------------------------------------------------------------------ */

static inline gboolean
is_same_shape (const Shape *a, const Shape *b)
{
  return a->bits == b->bits && a->key == b->key && a->subject_kind == b->subject_kind &&
         a->argument_kind == b->argument_kind;
}

static guint32 *
find_shape_slot (const RecordingColumns *self, guint32 *slots, guint n_slots, const Shape *shape)
{
  guint64 hash = ((guint64)shape->bits << 32 ^ (guint64)shape->key << 20 ^
                  (guint64)shape->subject_kind << 10 ^ shape->argument_kind) *
                 G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint at = (guint)(hash >> 40) & (n_slots - 1);

  while (slots[at] != 0 &&
         !is_same_shape (&g_array_index (self->shapes, KnownShape, slots[at] - 1).shape, shape))
    at = (at + 1) & (n_slots - 1);
  return &slots[at];
}

static void
grow_shape_slots (RecordingColumns *self)
{
  guint n_slots = self->n_shape_slots * 4;
  guint32 *slots = g_new0 (guint32, n_slots);

  for (guint i = 0; i < self->shapes->len; i++)
    *find_shape_slot (self, slots, n_slots, &g_array_index (self->shapes, KnownShape, i).shape) =
        i + 1;
  g_free (self->shape_slots);
  self->shape_slots = slots;
  self->n_shape_slots = n_slots;
}

static guint32
add_shape (RecordingColumns *self, const Shape *shape)
{
  const KnownShape known = { *shape, 0 };

  put (self, COLUMN_NEW_SHAPES, shape->bits);
  put (self, COLUMN_NEW_SHAPES, shape->key);
  put (self, COLUMN_NEW_SHAPES, shape->subject_kind);
  put (self, COLUMN_NEW_SHAPES, shape->argument_kind);
  g_array_append_val (self->shapes, known);
  if (self->shapes->len * 2 > self->n_shape_slots)
    grow_shape_slots (self);
  else
    *find_shape_slot (self, self->shape_slots, self->n_shape_slots, shape) = self->shapes->len;
  return self->shapes->len - 1;
}

static inline guint32
number_shape (RecordingColumns *self, const Shape *shape)
{
  const KnownShape *known = (const KnownShape *)self->shapes->data;
  guint32 number, found;

  /* What follows what repeats itself. */
  if (self->shapes->len > 0 && is_same_shape (&known[known[self->shape].next].shape, shape))
    return self->shape = known[self->shape].next;
  found = *find_shape_slot (self, self->shape_slots, self->n_shape_slots, shape);
  number = found != 0 ? found - 1 : add_shape (self, shape);
  g_array_index (self->shapes, KnownShape, self->shape).next = number;
  return self->shape = number;
}

/* ---- Records ----------------------------------------------------------------------------------- */

static void
put_type (RecordingColumns *self, const ChannelEvent *event)
{
  const char *name = channel_event_get_type_name (event);
  guint n = g_hash_table_size (self->types), number;

  if (name == NULL)
    {
      self->n_untyped++;
      return;
    }
  put (self, COLUMN_TYPES, self->n_untyped);
  self->n_untyped = 0;
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->types, name));
  put (self, COLUMN_TYPES, number > 0 ? number - 1 : n);
  if (number > 0)
    return;
  packing_put_bytes (&self->columns[COLUMN_TYPES], name, strlen (name));
  g_hash_table_insert (self->types, g_strdup (name), GUINT_TO_POINTER (n + 1));
}

static inline Code
put_attribute (RecordingColumns *self, const ChannelEvent *event, Shape *shape)
{
  shape->key = (guint16)event->key;
  if (event->bytes == NULL)
    return event->value >= LEAST_OBJECT ? put_argument (self, role_of (CHANNEL_ATTRIBUTE),
                                                        event->value, &shape->argument_kind)
                                        : put_number (self, event->value);
  packing_put_bytes (&self->columns[COLUMN_BYTES], event->bytes, event->n_bytes);
  put_type (self, event);
  shape->bits |= SHAPE_BYTES;
  return CODE_ZERO;
}

static inline Code
put_rest (RecordingColumns *self, const ChannelEvent *event, Shape *shape)
{
  guint64 place;

  if (event->type == CHANNEL_ATTRIBUTE)
    return put_attribute (self, event, shape);
  place = has_status (event->type) ? varint_zigzag (event->status) : event->location;
  if (place != 0)
    {
      put (self, COLUMN_LOCATION, place);
      shape->bits |= SHAPE_PLACE;
    }
  return has_number (event->type)
             ? put_number (self, event->arg)
             : put_argument (self, role_of (event->type), event->arg, &shape->argument_kind);
}

static inline guint
put_thread (RecordingColumns *self, const ChannelEvent *event, Shape *shape)
{
  Past *past = &self->past;
  Known *known = &past->known[past->subject_entry];
  guint code = RING_SAME;

  if (event->ring != past->ring)
    {
      code = event->ring + 1 == known->ring ? RING_AS_BEFORE : RING_SAID;
      if (code == RING_SAID)
        put (self, COLUMN_RING, event->ring);
    }
  past->ring = event->ring;
  known->ring = event->ring + 1;
  if (past->tids[event->ring] != event->tid)
    {
      const RecordingThread thread = { event->time_ns, event->ring, event->tid };

      g_array_append_val (self->threads, thread);
      put (self, COLUMN_RING, varint_zigzag (event->tid));
      past->tids[event->ring] = event->tid;
      shape->bits |= SHAPE_TID;
    }
  return code;
}

static inline guint
put_time (RecordingColumns *self, gint64 time_ns)
{
  guint64 later = (guint64)time_ns - (guint64)self->past.time_ns;

  self->past.time_ns = time_ns;
  if (later == 0)
    return TIME_SAME;
  if ((gint64)later > 0)
    {
      put_split (self, COLUMN_TIME, later);
      return TIME_LATER;
    }
  put_split (self, COLUMN_TIME, -later);
  return TIME_EARLIER;
}

void
recording_columns_add (RecordingColumns *self, const ChannelEvent *event)
{
  Shape shape = { 0 };
  Code subject, argument;
  guint time, ring;

  if (event->type == 0 || event->type >= CHANNEL_TYPE_COUNT || event->ring >= CHANNEL_MAX_RINGS)
    return;
  if (self->n_events++ == 0)
    self->first_ns = self->past.time_ns = event->time_ns;
  time = put_time (self, event->time_ns);
  subject = put_subject (self, event->task, &shape.subject_kind);
  ring = put_thread (self, event, &shape);
  argument = put_rest (self, event, &shape);
  shape.bits |= shape_bits (event->type, subject, argument, time, ring);
  put (self, COLUMN_SHAPE, number_shape (self, &shape));
}

void
recording_columns_finish (const RecordingColumns *self, GByteArray *ret_bytes, GArray *ret_parts)
{
  packing_finish (self->columns, N_COLUMNS, ret_bytes, ret_parts);
}

void
recording_columns_get_mentions (const RecordingColumns *self, GArray *ret_hashes)
{
  guint first = ret_hashes->len;
  guint32 *hashes;

  /* The first entry is that of what is none. */
  g_array_set_size (ret_hashes, first + self->past.n_known - 1);
  hashes = &g_array_index (ret_hashes, guint32, first);
  for (guint i = 1; i < self->past.n_known; i++)
    hashes[i - 1] = recording_mention_hash (self->past.known[i].id);
}

const GArray *
recording_columns_get_threads (const RecordingColumns *self)
{
  return self->threads;
}
