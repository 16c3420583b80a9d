/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/columns.h"

#include "recording/columns-private.h"
#include "recording/packing.h"

typedef struct
{
  PackingCursor columns[N_COLUMNS];
  Past past;
  Shape *shapes;
  guint n_shapes, shapes_room;
  /* Where only some of the records are asked for. */
  RecordingIdFunc is_wanted; /* (nullable) */
  gpointer data;
  guint8 *wanted; /* by entry */
  guint wanted_room;
  RecordingShapeFunc is_wanted_shape; /* (nullable) */
  guint8 *wanted_shapes;              /* by number of the shape; with @is_wanted_shape */
  GPtrArray *types;                   /* names, by number; NULL: none yet */
  guint64
      until_type; /* attributes with bytes before the next that has a type; %G_MAXUINT64: none has */
  GString *typed; /* a text and its type */
} Decoder;

/* What is decoded and what of it is told is one function for both ways of reading, compiled twice. */
#define DECODES static inline __attribute__ ((always_inline)) gboolean

/* ---- Shapes ------------------------------------------------------------------------------------ */

/* What no writer says is refused here, once, and not looked for in each record. */
static gboolean
is_valid (guint64 bits)
{
  guint type = SHAPE_TYPE (bits), subject = SHAPE_SUBJECT (bits), argument = SHAPE_ARGUMENT (bits);

  if (bits >= SHAPE_END || type == 0 || type >= CHANNEL_TYPE_COUNT || type == CHANNEL_BYTES ||
      subject >= CODE_NUMBER || argument >= N_CODES || SHAPE_TIME (bits) > TIME_EARLIER ||
      SHAPE_RING (bits) > RING_SAID)
    return FALSE;
  if (type == CHANNEL_ATTRIBUTE)
    return (bits & SHAPE_PLACE) == 0 && ((bits & SHAPE_BYTES) == 0 || argument == CODE_ZERO);
  return (bits & SHAPE_BYTES) == 0;
}

gboolean
recording_shape_read (PackingCursor *column, Shape *ret_shape)
{
  guint64 bits, key, subject_kind, argument_kind;

  if (!packing_get (column, &bits) || !is_valid (bits) || !packing_get (column, &key) ||
      !packing_get (column, &subject_kind) || !packing_get (column, &argument_kind) ||
      key > G_MAXUINT16 || subject_kind > G_MAXUINT16 || argument_kind > G_MAXUINT16)
    return FALSE;
  *ret_shape =
      (Shape){ (guint32)bits, (guint16)key, (guint16)subject_kind, (guint16)argument_kind };
  return TRUE;
}

/* By what is known of all that have it. */
static gboolean
is_wanted_shape (const Decoder *self, const Shape *shape)
{
  guint subject = SHAPE_SUBJECT (shape->bits), argument = SHAPE_ARGUMENT (shape->bits);
  const RecordingShape known = {
    .type = SHAPE_TYPE (shape->bits),
    .key = shape->key,
    .has_tid = (shape->bits & SHAPE_TID) != 0,
    .subject_kind = subject == CODE_NEW || subject == CODE_KNOWN ? shape->subject_kind
                    : subject == CODE_ZERO                       ? 0
                                                                 : RECORDING_ANY_KIND,
    .argument_kind = argument == CODE_KIND || argument == CODE_NEW || argument == CODE_KNOWN
                         ? shape->argument_kind
                     : argument == CODE_ZERO ? 0
                                             : RECORDING_ANY_KIND,
  };

  return self->is_wanted_shape (&known, self->data);
}

static gboolean
add_shape (Decoder *self)
{
  Shape shape;

  if (!recording_shape_read (&self->columns[COLUMN_NEW_SHAPES], &shape))
    return FALSE;
  if (self->n_shapes == self->shapes_room)
    {
      self->shapes_room = MAX (self->shapes_room * 2, 64);
      self->shapes = g_renew (Shape, self->shapes, self->shapes_room);
      self->wanted_shapes = g_realloc (self->wanted_shapes, self->shapes_room);
    }
  if (self->is_wanted_shape != NULL)
    self->wanted_shapes[self->n_shapes] = is_wanted_shape (self, &shape);
  self->shapes[self->n_shapes++] = shape;
  return TRUE;
}

DECODES
get_shape (Decoder *self, Shape *ret_shape, guint *ret_number)
{
  guint64 number;

  if (!packing_get (&self->columns[COLUMN_SHAPE], &number) || number > self->n_shapes ||
      (number == self->n_shapes && !add_shape (self)))
    return FALSE;
  *ret_shape = self->shapes[number];
  *ret_number = (guint)number;
  return TRUE;
}

/* ---- Objects ----------------------------------------------------------------------------------- */

DECODES
get_known (Decoder *self, guint16 kind, guint64 *ret_object, guint32 *ret_entry)
{
  guint64 entry;

  if (!packing_get_split (&self->columns[COLUMN_ENTRY], &entry) || entry >= self->past.n_known)
    return FALSE;
  *ret_entry = (guint32)entry;
  *ret_object = (guint64)kind << KIND_SHIFT | self->past.known[entry].id;
  return TRUE;
}

static void
note_entry (Decoder *self, guint32 entry, guint64 id)
{
  if (entry >= self->wanted_room)
    {
      self->wanted_room = MAX (self->wanted_room * 2, 8192);
      self->wanted = g_realloc (self->wanted, self->wanted_room);
    }
  self->wanted[entry] = id != 0 && self->is_wanted (id, self->data);
}

DECODES
get_new (Decoder *self, Column column, guint16 kind, guint64 base, guint64 *ret_object,
         guint32 *ret_entry)
{
  guint64 difference, id;

  if (!packing_get_split (&self->columns[column], &difference))
    return FALSE;
  id = (base + (guint64)varint_unzigzag (difference)) & ID_MASK;
  *ret_entry = past_add (&self->past, id);
  if (self->is_wanted != NULL)
    note_entry (self, *ret_entry, id);
  *ret_object = (guint64)kind << KIND_SHIFT | id;
  return TRUE;
}

DECODES
get_subject (Decoder *self, const Shape *shape)
{
  Past *past = &self->past;

  switch ((Code)SHAPE_SUBJECT (shape->bits))
    {
    case CODE_SAME:
      return TRUE;
    case CODE_KIND:
      past->subject = past->argument;
      past->subject_entry = past->argument_entry;
      return TRUE;
    case CODE_NEW:
      if (!get_new (self, COLUMN_SUBJECT, shape->subject_kind, past->new_id, &past->subject,
                    &past->subject_entry))
        return FALSE;
      past->new_id = past->subject & ID_MASK;
      return TRUE;
    case CODE_KNOWN:
      return get_known (self, shape->subject_kind, &past->subject, &past->subject_entry);
    case CODE_ZERO:
      past->subject = past->subject_entry = 0;
      return TRUE;
    case CODE_NUMBER:
    case N_CODES:
    default:
      return FALSE;
    }
}

DECODES
get_argument (Decoder *self, const Shape *shape, guint role, guint64 *ret_argument)
{
  Past *past = &self->past;
  const Known *known = &past->known[past->subject_entry];
  guint32 entry = known->last_entry[role];

  *ret_argument = known->last[role];
  switch ((Code)SHAPE_ARGUMENT (shape->bits))
    {
    case CODE_SAME:
      break;
    case CODE_KIND:
      *ret_argument = (guint64)shape->argument_kind << KIND_SHIFT | (*ret_argument & ID_MASK);
      break;
    case CODE_NEW:
      if (!get_new (self, COLUMN_ARGUMENT, shape->argument_kind, past->subject & ID_MASK,
                    ret_argument, &entry))
        return FALSE;
      break;
    case CODE_KNOWN:
      if (!get_known (self, shape->argument_kind, ret_argument, &entry))
        return FALSE;
      break;
    case CODE_ZERO:
      *ret_argument = 0;
      return TRUE;
    case CODE_NUMBER:
      return packing_get_split (&self->columns[COLUMN_NUMBER], ret_argument);
    case N_CODES:
    default:
      return FALSE;
    }
  past_set_argument (past, role, *ret_argument, entry);
  return TRUE;
}

/* ---- Records ----------------------------------------------------------------------------------- */

DECODES
get_time (Decoder *self, guint code)
{
  guint64 later;

  if (code == TIME_SAME)
    return TRUE;
  if (!packing_get_split (&self->columns[COLUMN_TIME], &later))
    return FALSE;
  self->past.time_ns =
      (gint64)((guint64)self->past.time_ns + (code == TIME_LATER ? later : -later));
  return TRUE;
}

static gboolean
get_tid (Decoder *self, gint32 *ret_tid)
{
  gint64 said;

  if (!packing_get_signed (&self->columns[COLUMN_RING], &said) || said < G_MININT32 ||
      said > G_MAXINT32)
    return FALSE;
  *ret_tid = (gint32)said;
  return TRUE;
}

/* The ring is that of @self->past then, and its thread known. */
DECODES
get_thread (Decoder *self, guint32 bits)
{
  Past *past = &self->past;
  Known *known = &past->known[past->subject_entry];
  guint64 ring = past->ring;

  if (SHAPE_RING (bits) == RING_AS_BEFORE)
    ring = (guint64)known->ring - 1;
  else if (SHAPE_RING (bits) == RING_SAID && !packing_get (&self->columns[COLUMN_RING], &ring))
    return FALSE;
  if (ring >= CHANNEL_MAX_RINGS)
    return FALSE;
  past->ring = (guint32)ring;
  known->ring = past->ring + 1;
  return (bits & SHAPE_TID) == 0 || get_tid (self, &past->tids[ring]);
}

/* ---- Types of variables ------------------------------------------------------------------------ */

static gboolean
find_next_type (Decoder *self)
{
  PackingCursor *column = &self->columns[COLUMN_TYPES];

  self->until_type = G_MAXUINT64;
  return column->at == column->end || packing_get (column, &self->until_type);
}

static const char *
get_type_name (Decoder *self)
{
  PackingCursor *column = &self->columns[COLUMN_TYPES];
  const guint8 *name;
  guint64 number;
  gsize length;

  if (self->types == NULL)
    self->types = g_ptr_array_new_with_free_func (g_free);
  if (!packing_get (column, &number) || number > self->types->len)
    return NULL;
  if (number == self->types->len)
    {
      if (!packing_get_bytes (column, CHANNEL_TYPE_NAME_MAX, &name, &length))
        return NULL;
      g_ptr_array_add (self->types, g_strndup ((const char *)name, length));
    }
  return self->types->pdata[number];
}

/* Behind the text, as whoever reads the record expects it. */
static gboolean
add_type (Decoder *self, ChannelEvent *event)
{
  const char *name = get_type_name (self);

  if (name == NULL)
    return FALSE;
  if (self->typed == NULL)
    self->typed = g_string_new (NULL);
  g_string_truncate (self->typed, 0);
  g_string_append_len (self->typed, event->bytes, event->n_bytes);
  g_string_append_c (self->typed, '\0');
  g_string_append (self->typed, name);
  event->bytes = self->typed->str;
  event->n_type = (guint32)strlen (name);
  return find_next_type (self);
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
  if (self->until_type == 0)
    return add_type (self, event);
  if (self->until_type != G_MAXUINT64)
    self->until_type--;
  return TRUE;
}

/* A location, or a status. */
DECODES
get_place (Decoder *self, guint type, gint64 *ret_place)
{
  guint64 place;

  if (!packing_get (&self->columns[COLUMN_LOCATION], &place))
    return FALSE;
  if (has_status (type))
    {
      *ret_place = varint_unzigzag (place);
      return *ret_place >= -(1 << 23) && *ret_place < 1 << 23;
    }
  *ret_place = (gint64)place;
  return place <= CHANNEL_MAX_LOCATIONS;
}

DECODES
get_what (Decoder *self, const Shape *shape, ChannelEvent *event)
{
  guint64 argument;
  gint64 place = 0;

  memset (event, 0, sizeof *event);
  event->type = SHAPE_TYPE (shape->bits);
  event->time_ns = self->past.time_ns;
  event->task = self->past.subject;
  event->ring = self->past.ring;
  event->tid = self->past.tids[event->ring];
  if (event->type == CHANNEL_ATTRIBUTE)
    event->key = shape->key;
  if ((shape->bits & SHAPE_BYTES) != 0)
    return get_bytes (self, event);
  if (((shape->bits & SHAPE_PLACE) != 0 && !get_place (self, event->type, &place)) ||
      !get_argument (self, shape, role_of (event->type), &argument))
    return FALSE;
  if (event->type == CHANNEL_ATTRIBUTE)
    event->value = argument;
  else
    event->arg = argument;
  if (has_status (event->type))
    event->status = (gint32)place;
  else
    event->location = (guint32)place;
  return TRUE;
}

/* Nothing is made of it but what later ones are foretold by. */
DECODES
pass_over (Decoder *self, const Shape *shape)
{
  guint type = SHAPE_TYPE (shape->bits);
  ChannelEvent event;
  guint64 argument;
  gint64 place;

  if ((shape->bits & SHAPE_BYTES) != 0)
    return get_bytes (self, &event);
  return ((shape->bits & SHAPE_PLACE) == 0 || get_place (self, type, &place)) &&
         get_argument (self, shape, role_of (type), &argument);
}

DECODES
get_subject_then (Decoder *self, const Shape *shape)
{
  return get_time (self, SHAPE_TIME (shape->bits)) && get_subject (self, shape) &&
         get_thread (self, shape->bits);
}

/* Numbers that are values may be those of tasks. */
DECODES
is_told (const Decoder *self, const ChannelEvent *event, guint32 bits)
{
  const guint8 *wanted = self->wanted;

  if (wanted[self->past.subject_entry] || (bits & SHAPE_TID) != 0)
    return TRUE;
  switch ((Code)SHAPE_ARGUMENT (bits))
    {
    case CODE_SAME:
    case CODE_KIND:
    case CODE_NEW:
    case CODE_KNOWN:
      return wanted[self->past.argument_entry];
    case CODE_NUMBER:
      return event->type == CHANNEL_ATTRIBUTE && event->value != 0 &&
             self->is_wanted (event->value & ID_MASK, self->data);
    case CODE_ZERO:
    case N_CODES:
    default:
      return FALSE;
    }
}

DECODES
read_record (Decoder *self, ChannelEventFunc func, gpointer data)
{
  ChannelEvent event;
  Shape shape;
  guint number;

  if (!get_shape (self, &shape, &number) || !get_subject_then (self, &shape))
    return FALSE;
  if (self->is_wanted_shape != NULL && !self->wanted_shapes[number])
    return pass_over (self, &shape);
  if (!get_what (self, &shape, &event))
    return FALSE;
  if (self->is_wanted == NULL || is_told (self, &event, shape.bits))
    func (&event, data);
  return TRUE;
}

DECODES
read_columns (Decoder *self, const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
              ChannelEventFunc func, gpointer data)
{
  gboolean is_whole = TRUE;

  if (!packing_open_some (self->columns, N_COLUMNS_AT_LEAST, N_COLUMNS, bytes, length) ||
      !find_next_type (self))
    return FALSE;
  past_clear (&self->past);
  self->past.time_ns = first_ns;
  if (self->is_wanted != NULL)
    note_entry (self, 0, 0);
  for (guint i = 0; i < n_events && is_whole; i++)
    is_whole = read_record (self, func, data);
  g_free (self->wanted);
  g_clear_pointer (&self->types, g_ptr_array_unref);
  if (self->typed != NULL)
    g_string_free (self->typed, TRUE);
  return is_whole;
}

static void
free_room (Decoder *self)
{
  g_free (self->past.known);
  g_free (self->shapes);
  g_free (self->wanted_shapes);
}

gboolean
recording_columns_read (const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
                        ChannelEventFunc func, gpointer data)
{
  Decoder decoder = { 0 };
  gboolean is_whole = read_columns (&decoder, bytes, length, n_events, first_ns, func, data);

  free_room (&decoder);
  return is_whole;
}

gboolean
recording_columns_read_named (const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
                              RecordingIdFunc is_wanted, ChannelEventFunc func, gpointer data)
{
  Decoder decoder = { .is_wanted = is_wanted, .data = data };
  gboolean is_whole = read_columns (&decoder, bytes, length, n_events, first_ns, func, data);

  free_room (&decoder);
  return is_whole;
}

gboolean
recording_columns_read_shaped (const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
                               RecordingShapeFunc is_wanted, ChannelEventFunc func, gpointer data,
                               RecordingRoom *room)
{
  Decoder decoder = { .is_wanted_shape = is_wanted,
                      .data = data,
                      .past = { .known = room->known, .room = room->n_known },
                      .shapes = room->shapes,
                      .wanted_shapes = room->wanted_shapes,
                      .shapes_room = room->n_shapes };
  gboolean is_whole = read_columns (&decoder, bytes, length, n_events, first_ns, func, data);

  *room = (RecordingRoom){ decoder.past.known, decoder.past.room, decoder.shapes,
                           decoder.wanted_shapes, decoder.shapes_room };
  return is_whole;
}

void
recording_room_clear (RecordingRoom *room)
{
  g_free (room->known);
  g_free (room->shapes);
  g_free (room->wanted_shapes);
  *room = (RecordingRoom){ 0 };
}
