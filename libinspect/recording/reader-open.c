/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Opening a recording: by its index, or, where that is not to be had, block by block. */

#include "recording/reader-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (recording - error - quark, recording_error)

#define MAX_BLOCKS (RECORDING_MAX_RAW / sizeof (RecordingIndexEntry))

/* ---- Bytes ---------------------------------------------------------------------------------- */

/* Not mapped: a file that is cut off while it is read must not end us. */
gboolean
recording_read_at (RecordingReader *self, guint64 offset, gpointer ret_bytes, gsize length)
{
  guint8 *at = ret_bytes;

  if (offset > self->size || length > self->size - offset)
    return FALSE;
  if (self->fd < 0)
    {
      memcpy (ret_bytes, self->bytes + offset, length);
      return TRUE;
    }
  while (length > 0)
    {
      gssize n = pread (self->fd, at, length, (off_t)offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      at += n;
      offset += (guint64)n;
      length -= (gsize)n;
    }
  return TRUE;
}

gboolean
recording_read_block_header (RecordingReader *self, guint64 offset, RecordingBlock *ret_block)
{
  return recording_read_at (self, offset, ret_block, sizeof *ret_block) &&
         recording_block_is_valid (ret_block) &&
         offset + sizeof *ret_block + ret_block->stored_size <= self->size;
}

GByteArray *
recording_read_raw (RecordingReader *self, guint64 offset, const RecordingBlock *block)
{
  g_autofree guint8 *stored = g_malloc (block->stored_size);

  if (!recording_read_at (self, offset + sizeof *block, stored, block->stored_size))
    return NULL;
  return recording_block_unpack (block, stored);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static gboolean
read_header (RecordingReader *self, const char *name, GError **error)
{
  RecordingHeader *header = &self->header;

  if (!recording_read_at (self, 0, header, sizeof *header) ||
      memcmp (header->magic, RECORDING_MAGIC, sizeof header->magic) != 0)
    {
      g_set_error (error, RECORDING_ERROR, RECORDING_ERROR_NOT_A_RECORDING,
                   self->size == 0 ? _ ("'%s' is empty, and no recording")
                                   : _ ("'%s' is no recording of async-inspect"),
                   name);
      return FALSE;
    }
  if (header->major < RECORDING_OLDEST_MAJOR || header->major > RECORDING_MAJOR)
    {
      g_set_error (
          error, RECORDING_ERROR, RECORDING_ERROR_VERSION,
          _ ("'%s' is a recording of format %u, this version reads formats %u to %u: use the "
             "async-inspect that wrote it"),
          name, header->major, RECORDING_OLDEST_MAJOR, RECORDING_MAJOR);
      return FALSE;
    }
  if (header->check == recording_check_of (header, G_STRUCT_OFFSET (RecordingHeader, check)) &&
      header->header_size >= sizeof *header && header->header_size <= self->size &&
      header->header_size % 8 == 0)
    return TRUE;
  g_set_error (error, RECORDING_ERROR, RECORDING_ERROR_DAMAGED,
               _ ("the first bytes of the recording '%s' are damaged"), name);
  return FALSE;
}

static void
add_block (RecordingReader *self, const RecordingIndexEntry *entry)
{
  g_array_append_val (self->blocks, *entry);
  self->n_targets = MAX (self->n_targets, entry->target);
  if (entry->type == RECORDING_EVENTS)
    self->n_events += entry->n_events;
}

/* An entry of an index that is whole is believed as far as it can be: its block's own header is
 * checked when it is read. */
static gboolean
is_entry_valid (RecordingReader *self, const RecordingIndexEntry *entry, guint64 from, guint64 to)
{
  return entry->offset >= from && entry->offset % 8 == 0 && to >= sizeof (RecordingBlock) &&
         entry->offset <= to - sizeof (RecordingBlock) && entry->n_events <= RECORDING_MAX_EVENTS &&
         entry->target <= RECORDING_MAX_TARGETS;
}

static gboolean
take_index (RecordingReader *self, guint64 index_offset, const GByteArray *raw)
{
  gsize n = raw->len / sizeof (RecordingIndexEntry);
  guint64 from = self->header.header_size;

  if (raw->len % sizeof (RecordingIndexEntry) != 0)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      RecordingIndexEntry entry;

      memcpy (&entry, raw->data + i * sizeof entry, sizeof entry);
      if (!is_entry_valid (self, &entry, from, index_offset))
        {
          g_array_set_size (self->blocks, 0);
          self->n_targets = 0;
          self->n_events = 0;
          return FALSE;
        }
      from = entry.offset + sizeof (RecordingBlock);
      add_block (self, &entry);
    }
  return TRUE;
}

static gboolean
read_index (RecordingReader *self)
{
  RecordingTrailer trailer;
  RecordingBlock block;
  g_autoptr (GByteArray) raw = NULL;

  if (self->size < sizeof trailer ||
      !recording_read_at (self, self->size - sizeof trailer, &trailer, sizeof trailer) ||
      trailer.magic != RECORDING_TRAILER_MAGIC || trailer.file_size != self->size ||
      trailer.check != recording_check_of (&trailer, G_STRUCT_OFFSET (RecordingTrailer, check)) ||
      !recording_read_block_header (self, trailer.index_offset, &block) ||
      block.type != RECORDING_INDEX)
    return FALSE;
  raw = recording_read_raw (self, trailer.index_offset, &block);
  return raw != NULL && take_index (self, trailer.index_offset, raw);
}

/* Block by block, up to the first that is not whole. */
static void
scan (RecordingReader *self)
{
  guint64 offset = self->header.header_size;
  RecordingBlock block;

  self->damage.has_no_index = TRUE;
  while (self->blocks->len < MAX_BLOCKS && recording_read_block_header (self, offset, &block))
    {
      RecordingIndexEntry entry = { .offset = offset,
                                    .first_ns = block.first_ns,
                                    .last_ns = block.last_ns,
                                    .target = block.target,
                                    .n_events = block.n_events,
                                    .type = block.type,
                                    .flags = block.flags };

      if (block.type == RECORDING_SPANS)
        entry.first_track = (guint32)MIN (block.n_lost, G_MAXUINT32);
      /* All that is missing is what would have said where it is. */
      if (block.type == RECORDING_INDEX)
        return;
      add_block (self, &entry);
      offset += sizeof block + RECORDING_PAD ((guint64)block.stored_size);
    }
  if (offset >= self->size)
    return;
  self->damage.damage_offset = offset;
  self->damage.n_unread = self->size - offset;
}

static RecordingReader *
finish_open (RecordingReader *self, const char *name, GError **error)
{
  self->blocks = g_array_new (FALSE, TRUE, sizeof (RecordingIndexEntry));
  g_mutex_init (&self->lock);
  if (!read_header (self, name, error))
    {
      recording_reader_close (self);
      return NULL;
    }
  if (!read_index (self))
    scan (self);
  return self;
}

RecordingReader *
recording_reader_open (const char *path, GError **error)
{
  RecordingReader *self = g_new0 (RecordingReader, 1);
  struct stat status;

  /* Not to wait for the writer of a pipe. */
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (self->fd < 0 || fstat (self->fd, &status) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("cannot open '%s': %s"),
                   path, g_strerror (errno));
      recording_reader_close (self);
      return NULL;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, RECORDING_ERROR, RECORDING_ERROR_NOT_A_RECORDING,
                   S_ISDIR (status.st_mode) ? _ ("'%s' is a folder, and no recording")
                                            : _ ("'%s' is no file: a recording has to be read at "
                                                 "any place; copy it into a file"),
                   path);
      recording_reader_close (self);
      return NULL;
    }
  self->size = (guint64)status.st_size;
  self->path = g_canonicalize_filename (path, NULL);
  return finish_open (self, path, error);
}

RecordingReader *
recording_reader_open_memory (const guint8 *bytes, gsize length, GError **error)
{
  RecordingReader *self = g_new0 (RecordingReader, 1);

  self->fd = -1;
  self->bytes = bytes;
  self->size = length;
  return finish_open (self, "memory", error);
}

void
recording_reader_close (RecordingReader *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  if (self->blocks != NULL)
    g_mutex_clear (&self->lock);
  g_clear_pointer (&self->blocks, g_array_unref);
  g_free (self->path);
  g_free (self);
}
