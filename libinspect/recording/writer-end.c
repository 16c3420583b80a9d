/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* How a recording ends: what was lost, and the index. A disk that is full has no room for that; then the last
 * blocks make room for it, for what is missing has to be said. */

#include "recording/writer-private.h"

#include <errno.h>
#include <unistd.h>

gboolean
recording_pack_index (const GArray *entries, guint64 size, guint64 number, int level,
                      GByteArray *ret_bytes)
{
  g_autoptr (GByteArray) raw = g_byte_array_new ();
  RecordingBlock block = { .type = RECORDING_INDEX, .number = number };
  RecordingTrailer trailer = { .magic = RECORDING_TRAILER_MAGIC, .index_offset = size };

  block.first_ns = block.last_ns = recording_now_ns ();
  g_byte_array_append (raw, (const guint8 *)entries->data,
                       entries->len * sizeof (RecordingIndexEntry));
  if (!recording_block_pack (&block, raw->data, raw->len, NULL, level, ret_bytes))
    return FALSE;
  trailer.file_size = size + ret_bytes->len + sizeof trailer;
  trailer.check = recording_check_of (&trailer, G_STRUCT_OFFSET (RecordingTrailer, check));
  g_byte_array_append (ret_bytes, (const guint8 *)&trailer, sizeof trailer);
  return TRUE;
}

/* ---- What was lost ----------------------------------------------------------------------------- */

static guint64
get_dropped (const RecordingWriter *self, guint32 number)
{
  return number < self->dropped->len ? g_array_index (self->dropped, guint64, number) : 0;
}

static gint64
find_last_ns (const GArray *entries, guint32 number, gint64 missing)
{
  for (guint i = entries->len; i > 0; i--)
    {
      const RecordingIndexEntry *entry = &g_array_index (entries, RecordingIndexEntry, i - 1);

      if (entry->type == RECORDING_EVENTS && entry->target == number)
        return entry->last_ns;
    }
  return missing;
}

/* A block of no records, which says how many there were besides. */
static gboolean
pack_loss (RecordingWriter *self, guint32 number, GArray *entries, GByteArray *ret_file)
{
  const RecordingTarget *target = self->targets->pdata[number - 1];
  g_autoptr (GByteArray) raw = g_byte_array_new ();
  RecordingColumns *columns = recording_columns_new ();
  RecordingBlock block = { .type = RECORDING_EVENTS,
                           .flags = RECORDING_FLAG_SHAPES,
                           .target = number,
                           .number = entries->len,
                           .n_lost = target->n_lost + get_dropped (self, number) };
  const RecordingIndexEntry entry = { .offset = self->bytes + ret_file->len,
                                      .first_ns = find_last_ns (entries, number, target->last_ns),
                                      .last_ns = find_last_ns (entries, number, target->last_ns),
                                      .target = number,
                                      .type = block.type,
                                      .flags = block.flags };

  block.first_ns = block.last_ns = entry.last_ns;
  recording_columns_finish (columns, raw, NULL);
  recording_columns_free (columns);
  if (!recording_block_pack (&block, raw->data, raw->len, NULL, self->options.level, ret_file))
    return FALSE;
  g_array_append_val (entries, entry);
  return TRUE;
}

/* All that comes behind the blocks that are there. */
static gboolean
pack_end (RecordingWriter *self, GByteArray *ret_file)
{
  g_autoptr (GArray) entries = g_array_copy (self->index);
  g_autoptr (GByteArray) index = g_byte_array_new ();

  for (guint32 number = 1; number <= self->targets->len; number++)
    if (get_dropped (self, number) > 0 && !pack_loss (self, number, entries, ret_file))
      return FALSE;
  if (!recording_pack_index (entries, self->bytes + ret_file->len, entries->len,
                             self->options.level, index))
    return FALSE;
  g_byte_array_append (ret_file, index->data, index->len);
  return TRUE;
}

/* ---- Without room ------------------------------------------------------------------------------ */

static gboolean
is_want_of_room (int failure)
{
  return failure == ENOSPC || failure == EDQUOT || failure == EFBIG;
}

/* The bytes stay in the file, for the disk to keep: they are written over. */
static void
give_up_last (RecordingWriter *self)
{
  const RecordingIndexEntry *entry =
      &g_array_index (self->index, RecordingIndexEntry, self->index->len - 1);
  const RecordingBlock block = { .target = entry->target, .n_events = entry->n_events };

  g_mutex_lock (&self->lock);
  self->bytes = entry->offset;
  if (entry->type == RECORDING_EVENTS)
    {
      self->n_lost_events += entry->n_events;
      recording_count_dropped (self, &block);
    }
  g_mutex_unlock (&self->lock);
  g_array_set_size (self->index, self->index->len - 1);
}

/* Into the room of the last blocks, as many of them as it takes. Returns: an errno */
static int
write_over (RecordingWriter *self, int failure)
{
  const guint64 end = self->bytes;

  while (self->index->len > 0)
    {
      g_autoptr (GByteArray) file = g_byte_array_new ();

      give_up_last (self);
      if (!pack_end (self, file))
        return failure;
      if (file->len > end - self->bytes)
        continue;
      failure = recording_write_all (self->fd, file->data, file->len, self->bytes);
      if (failure == 0)
        self->bytes += file->len;
      return failure;
    }
  return failure;
}

/* Also after a failure: the disk may have room for this where it had none for a block. */
void
recording_finish (RecordingWriter *self)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  int failure;

  if (!pack_end (self, file))
    return;
  failure = recording_write_all (self->fd, file->data, file->len, self->bytes);
  if (failure == 0)
    {
      self->bytes += file->len;
      return;
    }
  if (self->failure == 0)
    self->failure = failure;
  if (is_want_of_room (failure))
    write_over (self, failure);
  /* What is left behind that is no block, and is not read as one. */
  (void)!ftruncate (self->fd, (off_t)self->bytes);
}
