/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/reader-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "recording/columns.h"

/* ---- What it holds -------------------------------------------------------------------------- */

const char *
recording_reader_get_path (RecordingReader *self)
{
  return self->path;
}

const RecordingHeader *
recording_reader_get_header (RecordingReader *self)
{
  return &self->header;
}

void
recording_reader_get_damage (RecordingReader *self, RecordingDamage *ret_damage)
{
  *ret_damage = self->damage;
}

guint
recording_reader_get_n_blocks (RecordingReader *self)
{
  return self->blocks->len;
}

const RecordingIndexEntry *
recording_reader_get_block (RecordingReader *self, guint index)
{
  return &g_array_index (self->blocks, RecordingIndexEntry, index);
}

guint32
recording_reader_get_n_targets (RecordingReader *self)
{
  return self->n_targets;
}

guint64
recording_reader_get_n_events (RecordingReader *self)
{
  return self->n_events;
}

gboolean
recording_reader_get_range (RecordingReader *self, gint64 *ret_first_ns, gint64 *ret_last_ns)
{
  gboolean is_known = FALSE;

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (self, i);

      if (entry->type != RECORDING_EVENTS)
        continue;
      *ret_first_ns = is_known ? MIN (*ret_first_ns, entry->first_ns) : entry->first_ns;
      *ret_last_ns = is_known ? MAX (*ret_last_ns, entry->last_ns) : entry->last_ns;
      is_known = TRUE;
    }
  return is_known;
}

guint64
recording_reader_get_lost (RecordingReader *self, guint32 target)
{
  for (guint i = self->blocks->len; i > 0; i--)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (self, i - 1);
      RecordingBlock block;

      if (entry->type == RECORDING_EVENTS && entry->target == target &&
          recording_read_block_header (self, entry->offset, &block))
        return block.n_lost;
    }
  return 0;
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static void
note_damage (RecordingReader *self, guint64 offset, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, offset);

  g_mutex_lock (&self->lock);
  if (self->damage.damage_offset == 0 || offset < self->damage.damage_offset)
    {
      self->damage.damage_offset = offset;
      self->damage.n_unread = self->size - offset;
    }
  g_mutex_unlock (&self->lock);
  g_set_error (error, RECORDING_ERROR, RECORDING_ERROR_DAMAGED,
               _ ("the recording is damaged at byte %s"), text);
}

/* @ret_block: what the file says, which may differ from the index. */
static GByteArray *
read_block (RecordingReader *self, guint index, RecordingBlock *ret_block, GError **error)
{
  const RecordingIndexEntry *entry = recording_reader_get_block (self, index);
  GByteArray *raw = NULL;

  if (recording_read_block_header (self, entry->offset, ret_block) &&
      ret_block->type == entry->type && ret_block->target == entry->target)
    raw = recording_read_raw (self, entry->offset, ret_block);
  if (raw == NULL)
    note_damage (self, entry->offset, error);
  return raw;
}

GByteArray *
recording_reader_read_block (RecordingReader *self, guint index, GError **error)
{
  RecordingBlock block;

  g_return_val_if_fail (index < self->blocks->len, NULL);
  return read_block (self, index, &block, error);
}

guint64
recording_reader_check_blocks (RecordingReader *self)
{
  guint64 n_events = 0;

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (self, i);
      g_autoptr (GByteArray) raw = recording_reader_read_block (self, i, NULL);

      if (raw == NULL)
        break;
      n_events += entry->type == RECORDING_EVENTS ? entry->n_events : 0;
    }
  return n_events;
}

GByteArray *
recording_reader_copy_block (RecordingReader *self, guint index, guint64 number)
{
  static const guint8 zeros[8] = { 0 };
  g_autoptr (GByteArray) raw = NULL;
  g_autofree guint8 *stored = NULL;
  RecordingBlock block;
  GByteArray *copy;

  g_return_val_if_fail (index < self->blocks->len, NULL);
  raw = read_block (self, index, &block, NULL);
  if (raw == NULL)
    return NULL;
  stored = g_malloc (block.stored_size);
  if (!recording_read_at (self, recording_reader_get_block (self, index)->offset + sizeof block,
                          stored, block.stored_size))
    return NULL;
  block.number = number;
  block.check = recording_check_of (&block, G_STRUCT_OFFSET (RecordingBlock, check));
  copy = g_byte_array_new ();
  g_byte_array_append (copy, (const guint8 *)&block, sizeof block);
  g_byte_array_append (copy, stored, block.stored_size);
  g_byte_array_append (copy, zeros,
                       (guint)(RECORDING_PAD ((guint64)block.stored_size) - block.stored_size));
  return copy;
}

gboolean
recording_reader_read_events (RecordingReader *self, guint index, ChannelEventFunc func,
                              gpointer data, GError **error)
{
  gboolean (*read) (const guint8 *, gsize, guint, gint64, ChannelEventFunc, gpointer);
  RecordingBlock block;
  g_autoptr (GByteArray) raw = NULL;

  g_return_val_if_fail (index < self->blocks->len, FALSE);
  raw = read_block (self, index, &block, error);
  if (raw == NULL)
    return FALSE;
  if (block.type != RECORDING_EVENTS && block.type != RECORDING_KEYFRAME)
    return TRUE;
  read = (block.flags & RECORDING_FLAG_SHAPES) != 0 ? recording_columns_read
                                                    : recording_columns_read_format_2;
  if (read (raw->data, raw->len, block.n_events, block.first_ns, func, data))
    return TRUE;
  note_damage (self, recording_reader_get_block (self, index)->offset, error);
  return FALSE;
}

struct _RecordingRecords
{
  RecordingReader *reader;
  guint64 offset;
  RecordingBlock block;
  GByteArray *stored, *raw;
  RecordingRoom room;
};

RecordingRecords *
recording_records_new (RecordingReader *reader)
{
  RecordingRecords *self = g_new0 (RecordingRecords, 1);

  self->reader = reader;
  self->stored = g_byte_array_new ();
  self->raw = g_byte_array_new ();
  return self;
}

gboolean
recording_records_read (RecordingRecords *self, guint index)
{
  RecordingReader *reader = self->reader;
  const RecordingIndexEntry *entry = recording_reader_get_block (reader, index);

  self->offset = entry->offset;
  if (recording_read_block_header (reader, entry->offset, &self->block) &&
      self->block.type == entry->type && self->block.target == entry->target)
    {
      g_byte_array_set_size (self->stored, self->block.stored_size);
      if (recording_read_at (reader, entry->offset + sizeof self->block, self->stored->data,
                             self->block.stored_size) &&
          recording_block_unpack_into (&self->block, self->stored->data, self->raw))
        return TRUE;
    }
  note_damage (reader, entry->offset, NULL);
  return FALSE;
}

RecordingRecords *
recording_reader_read_records (RecordingReader *self, guint index)
{
  RecordingRecords *records;

  g_return_val_if_fail (index < self->blocks->len, NULL);
  records = recording_records_new (self);
  if (recording_records_read (records, index))
    {
      /* What it was packed in is not needed any more. */
      g_clear_pointer (&records->stored, g_byte_array_unref);
      return records;
    }
  recording_records_free (records);
  return NULL;
}

/* By one of both; the older form cannot leave out anything. */
static gboolean
tell_wanted (const RecordingRecords *self, RecordingIdFunc is_named, RecordingShapeFunc is_shaped,
             ChannelEventFunc func, gpointer data, RecordingRoom *room)
{
  const RecordingBlock *block = &self->block;
  gboolean is_whole;

  if (block->type != RECORDING_EVENTS && block->type != RECORDING_KEYFRAME)
    return TRUE;
  if ((block->flags & RECORDING_FLAG_SHAPES) == 0)
    is_whole = recording_columns_read_format_2 (self->raw->data, self->raw->len, block->n_events,
                                                block->first_ns, func, data);
  else if (is_named != NULL)
    is_whole = recording_columns_read_named (self->raw->data, self->raw->len, block->n_events,
                                             block->first_ns, is_named, func, data);
  else
    is_whole = recording_columns_read_shaped (self->raw->data, self->raw->len, block->n_events,
                                              block->first_ns, is_shaped, func, data, room);
  if (!is_whole)
    note_damage (self->reader, self->offset, NULL);
  return is_whole;
}

gboolean
recording_records_tell_named (const RecordingRecords *self, RecordingIdFunc is_wanted,
                              ChannelEventFunc func, gpointer data)
{
  return tell_wanted (self, is_wanted, NULL, func, data, NULL);
}

gboolean
recording_records_tell_shaped (RecordingRecords *self, RecordingShapeFunc is_wanted,
                               ChannelEventFunc func, gpointer data)
{
  return tell_wanted (self, NULL, is_wanted, func, data, &self->room);
}

void
recording_records_free (RecordingRecords *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->stored, g_byte_array_unref);
  g_byte_array_unref (self->raw);
  recording_room_clear (&self->room);
  g_free (self);
}

/* Mostly all of the shapes: each a byte, and what they are. */
#define SHAPES_ABOUT(n_events) ((n_events) + (n_events) / 16 + 1024)

GArray *
recording_reader_read_told (RecordingReader *self, guint index)
{
  const RecordingIndexEntry *entry = recording_reader_get_block (self, index);
  RecordingBlock block;
  g_autofree guint8 *stored = NULL, *raw = NULL;
  gsize length, needed;

  if (!recording_read_block_header (self, entry->offset, &block) || block.type != entry->type ||
      block.target != entry->target || (block.flags & RECORDING_FLAG_SHAPES) == 0 ||
      (block.type != RECORDING_EVENTS && block.type != RECORDING_KEYFRAME))
    return NULL;
  stored = g_malloc (block.stored_size);
  length = MIN (SHAPES_ABOUT (block.n_events), block.raw_size);
  raw = g_malloc (length);
  if (!recording_read_at (self, entry->offset + sizeof block, stored, block.stored_size) ||
      !recording_block_unpack_some (&block, stored, raw, length))
    return NULL;
  needed = recording_columns_measure_shapes (raw, length);
  if (needed > block.raw_size)
    return NULL;
  if (needed > length)
    {
      raw = g_realloc (raw, needed);
      if (!recording_block_unpack_some (&block, stored, raw, needed))
        return NULL;
      length = needed;
    }
  return recording_columns_list_told (raw, length, block.n_events);
}

RecordingMentions *
recording_reader_read_mentions (RecordingReader *self, guint index)
{
  const RecordingIndexEntry *records, *entry;
  RecordingMentions *mentions;
  RecordingBlock block;
  g_autoptr (GByteArray) raw = NULL;

  g_return_val_if_fail (index < self->blocks->len, NULL);
  if (index + 1 >= self->blocks->len)
    return NULL;
  records = recording_reader_get_block (self, index);
  entry = recording_reader_get_block (self, index + 1);
  if (entry->type != RECORDING_MENTIONS || entry->target != records->target ||
      entry->n_events != records->n_events || entry->first_ns != records->first_ns ||
      entry->last_ns != records->last_ns)
    return NULL;
  raw = read_block (self, index + 1, &block, NULL);
  mentions = raw != NULL ? recording_mentions_read (raw->data, raw->len, block.first_ns) : NULL;
  if (raw != NULL && mentions == NULL)
    note_damage (self, entry->offset, NULL);
  return mentions;
}

RecordingTables *
recording_reader_read_tables (RecordingReader *self, guint32 target, GError **error)
{
  RecordingTables *tables = recording_tables_new ();

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (self, i);
      g_autoptr (GByteArray) raw = NULL;
      GError *failure = NULL;

      if (entry->type != RECORDING_TABLES || entry->target != target)
        continue;
      raw = recording_reader_read_block (self, i, &failure);
      if (raw != NULL && !recording_tables_read (tables, raw->data, raw->len))
        note_damage (self, entry->offset, &failure);
      if (failure == NULL)
        continue;
      /* What was read before stays: the records up to there have their names. */
      if (error != NULL && *error == NULL)
        g_propagate_error (error, failure);
      else
        g_error_free (failure);
      break;
    }
  return tables;
}

RecordingSymbols *
recording_reader_read_symbols (RecordingReader *self, guint32 target)
{
  RecordingSymbols *symbols = recording_symbols_new ();

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (self, i);
      g_autoptr (GByteArray) raw = NULL;

      if (entry->type != RECORDING_SYMBOLS || entry->target != target)
        continue;
      raw = recording_reader_read_block (self, i, NULL);
      if (raw != NULL && !recording_symbols_read (symbols, raw->data, raw->len))
        note_damage (self, entry->offset, NULL);
    }
  return symbols;
}

char *
recording_reader_dup_facts (RecordingReader *self, guint32 target)
{
  for (guint i = self->blocks->len; i > 0; i--)
    {
      const RecordingIndexEntry *entry = recording_reader_get_block (self, i - 1);
      g_autoptr (GByteArray) raw = NULL;

      if (entry->type != RECORDING_FACTS || entry->target != target)
        continue;
      raw = recording_reader_read_block (self, i - 1, NULL);
      if (raw != NULL)
        return g_utf8_make_valid ((const char *)raw->data, raw->len);
    }
  return NULL;
}
