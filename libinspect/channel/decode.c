/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include "reader-private.h"

/* What the fields of each type hold, and so what they are checked for. */
typedef enum
{
  FIELD_NONE, /* ignored, and delivered as 0 */
  FIELD_ANY,
  FIELD_ID,     /* 48 bits */
  FIELD_OBJECT, /* kind << 48 | id */
  FIELD_STRING,
  FIELD_LOCATION,
  FIELD_STATUS,
} Field;

typedef struct
{
  uint8_t task;
  uint8_t arg;
  uint8_t bits; /* the 24 above the type */
} Shape;

static const Shape shapes[CHANNEL_TYPE_COUNT] = {
  [CHANNEL_TASK_BEGIN] = { FIELD_ID, FIELD_ID, FIELD_LOCATION },
  [CHANNEL_TASK_END] = { FIELD_ID, FIELD_NONE, FIELD_STATUS },
  [CHANNEL_POLL_BEGIN] = { FIELD_ID, FIELD_OBJECT, FIELD_LOCATION },
  [CHANNEL_POLL_END] = { FIELD_ID, FIELD_NONE, FIELD_NONE },
  [CHANNEL_AWAIT_BEGIN] = { FIELD_ID, FIELD_OBJECT, FIELD_LOCATION },
  [CHANNEL_AWAIT_END] = { FIELD_ID, FIELD_OBJECT, FIELD_STATUS },
  [CHANNEL_RESUME] = { FIELD_ID, FIELD_OBJECT, FIELD_LOCATION },
  [CHANNEL_SUSPEND] = { FIELD_ID, FIELD_OBJECT, FIELD_LOCATION },
  [CHANNEL_WAKE] = { FIELD_ID, FIELD_OBJECT, FIELD_NONE },
  [CHANNEL_RESOURCE_BEGIN] = { FIELD_ID, FIELD_OBJECT, FIELD_LOCATION },
  [CHANNEL_RESOURCE_END] = { FIELD_NONE, FIELD_OBJECT, FIELD_NONE },
  [CHANNEL_ACQUIRE] = { FIELD_ID, FIELD_OBJECT, FIELD_LOCATION },
  [CHANNEL_RELEASE] = { FIELD_ID, FIELD_OBJECT, FIELD_NONE },
  [CHANNEL_STATE_NAME] = { FIELD_ID, FIELD_STRING, FIELD_LOCATION },
  [CHANNEL_ATTRIBUTE] = { FIELD_OBJECT, FIELD_ANY, FIELD_NONE },
  [CHANNEL_BYTES] = { FIELD_OBJECT, FIELD_ANY, FIELD_ANY },
  [CHANNEL_POINT] = { FIELD_ID, FIELD_ANY, FIELD_LOCATION },
};

static bool
is_possible (const ChannelHeader *header, Field field, uint64_t value)
{
  switch (field)
    {
    case FIELD_ID:
      return value >> 48 == 0;
    case FIELD_OBJECT:
      return value >> 48 <= header->kinds_capacity;
    case FIELD_STRING:
      return value < header->strings_capacity && value % 8 == 0;
    case FIELD_LOCATION:
      return value <= header->locations_capacity;
    default:
      return true;
    }
}

/* ---- Byte attributes ----------------------------------------------------------------------- */

static PendingBytes *
find_pending (ReaderRing *ring, uint64_t object)
{
  for (uint32_t i = 0; ring->pending != NULL && i < PENDING_SLOTS; i++)
    if (ring->pending[i].is_used && ring->pending[i].object == object)
      return &ring->pending[i];
  return NULL;
}

uint32_t
channel_decode_cut (ReaderRing *ring)
{
  uint32_t n = 0;

  for (uint32_t i = 0; ring->pending != NULL && i < PENDING_SLOTS; i++)
    {
      n += ring->pending[i].is_used;
      ring->pending[i].is_used = false;
    }
  return n;
}

static void
begin_bytes (ChannelReader *reader, ReaderRing *ring, const RingEntry *entry, uint32_t length)
{
  PendingBytes *pending = find_pending (ring, entry->task);

  if (ring->pending == NULL)
    ring->pending = calloc (PENDING_SLOTS, sizeof *ring->pending);
  if (ring->pending == NULL)
    {
      channel_count (&reader->stats.invalid, 1);
      return;
    }
  for (uint32_t i = 0; pending == NULL && i < PENDING_SLOTS; i++)
    if (!ring->pending[i].is_used)
      pending = &ring->pending[i];
  if (pending == NULL)
    {
      pending = &ring->pending[0];
      for (uint32_t i = 1; i < PENDING_SLOTS; i++)
        if (ring->pending[i].ticks < pending->ticks)
          pending = &ring->pending[i];
    }
  /* Its chunks did not all come before another began. */
  if (pending->is_used)
    channel_count (&reader->stats.invalid, 1);

  pending->is_used = true;
  pending->object = entry->task;
  pending->key = (uint32_t)(entry->arg >> 48);
  pending->length = length;
  pending->filled = 0;
  pending->ticks = entry->ticks;
}

static bool
decode_attribute (ChannelReader *reader, ReaderRing *ring, const RingEntry *entry,
                  ChannelEvent *event)
{
  uint64_t length = entry->arg & UINT64_C (0xffffffffffff);

  if (entry->arg >> 48 > reader->header.kinds_capacity || length > CHANNEL_TEXT_MAX)
    {
      channel_count (&reader->stats.invalid, 1);
      return false;
    }
  if (length > 0)
    {
      begin_bytes (reader, ring, entry, (uint32_t)length);
      return false;
    }
  event->arg = 0;
  event->key = (uint32_t)(entry->arg >> 48);
  event->value = entry->word;
  return true;
}

static bool
decode_bytes (ChannelReader *reader, ReaderRing *ring, const RingEntry *entry, ChannelEvent *event)
{
  PendingBytes *pending = find_pending (ring, entry->task);
  uint32_t chunk = channel_record_location (entry->type_location);

  if (pending == NULL || chunk != pending->filled / 16)
    {
      if (pending != NULL)
        pending->is_used = false;
      channel_count (ring->has_orphans ? &reader->stats.overwritten : &reader->stats.invalid, 1);
      return false;
    }
  memcpy (pending->bytes + pending->filled, &entry->word, 8);
  memcpy (pending->bytes + pending->filled + 8, &entry->arg, 8);
  pending->filled += 16;
  if (pending->filled < pending->length)
    return false;

  pending->bytes[pending->length] = '\0';
  pending->is_used = false;
  event->time_ns = channel_clock_convert (&reader->clock, pending->ticks);
  event->type = CHANNEL_ATTRIBUTE;
  event->arg = 0;
  event->key = pending->key;
  event->bytes = pending->bytes;
  event->n_bytes = pending->length;
  return true;
}

/* ---- All records --------------------------------------------------------------------------- */

bool
channel_decode (ChannelReader *reader, uint32_t index, const RingEntry *entry, ChannelEvent *event)
{
  const ChannelHeader *header = &reader->header;
  ReaderRing *ring = &reader->rings[index];
  uint32_t type = channel_record_type (entry->type_location);
  uint32_t bits = channel_record_location (entry->type_location);
  const Shape *shape = &shapes[type < CHANNEL_TYPE_COUNT ? type : 0];

  if (entry->is_after_gap)
    {
      channel_count (&reader->stats.overwritten, channel_decode_cut (ring));
      ring->has_orphans = true;
    }
  if (type != CHANNEL_BYTES)
    ring->has_orphans = false;

  if (type == 0 || type >= CHANNEL_TYPE_COUNT || !is_possible (header, shape->task, entry->task) ||
      !is_possible (header, shape->arg, entry->arg) || !is_possible (header, shape->bits, bits))
    {
      channel_count (&reader->stats.invalid, 1);
      return false;
    }

  event->time_ns = channel_clock_convert (&reader->clock, entry->ticks);
  event->type = type;
  event->location = shape->bits == FIELD_LOCATION ? bits : 0;
  event->status = shape->bits == FIELD_STATUS ? channel_record_status (entry->type_location) : 0;
  event->ring = index;
  event->tid = ring->tid;
  event->task = shape->task == FIELD_NONE ? 0 : entry->task;
  event->arg = shape->arg == FIELD_NONE ? 0 : entry->arg;
  event->key = 0;
  event->value = 0;
  event->bytes = NULL;
  event->n_bytes = 0;
  event->n_type = 0;
  if (type == CHANNEL_ATTRIBUTE)
    return decode_attribute (reader, ring, entry, event);
  if (type == CHANNEL_BYTES)
    return decode_bytes (reader, ring, entry, event);
  return true;
}
