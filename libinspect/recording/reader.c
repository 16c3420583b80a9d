/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "recording/block.h"
#include "recording/columns.h"

G_DEFINE_QUARK (recording - error - quark, recording_error)

#define MAX_BLOCKS (RECORDING_MAX_RAW / sizeof (RecordingIndexEntry))

struct _RecordingReader
{
  int fd;              /* -1: of memory */
  char *path;          /* NULL: of memory */
  const guint8 *bytes; /* of memory */
  guint64 size;
  RecordingHeader header;
  GArray *blocks; /* RecordingIndexEntry */
  guint32 n_targets;
  guint64 n_events;
  GMutex lock; /* of the next, for blocks may be read by several threads at once */
  RecordingDamage damage;
};

/* ---- Bytes ---------------------------------------------------------------------------------- */

/* Not mapped: a file that is cut off while it is read must not end us. */
static gboolean
read_at (RecordingReader *self, guint64 offset, gpointer ret_bytes, gsize length)
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

static gboolean
read_block_header (RecordingReader *self, guint64 offset, RecordingBlock *ret_block)
{
  return read_at (self, offset, ret_block, sizeof *ret_block) &&
         recording_block_is_valid (ret_block) &&
         offset + sizeof *ret_block + ret_block->stored_size <= self->size;
}

static GByteArray *
read_raw (RecordingReader *self, guint64 offset, const RecordingBlock *block)
{
  g_autofree guint8 *stored = g_malloc (block->stored_size);

  if (!read_at (self, offset + sizeof *block, stored, block->stored_size))
    return NULL;
  return recording_block_unpack (block, stored);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static gboolean
read_header (RecordingReader *self, const char *name, GError **error)
{
  RecordingHeader *header = &self->header;

  if (!read_at (self, 0, header, sizeof *header) ||
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
      g_set_error (error, RECORDING_ERROR, RECORDING_ERROR_VERSION,
                   _ ("'%s' is a recording of format %u, this version reads format %u: use the "
                      "async-inspect that wrote it"),
                   name, header->major, RECORDING_MAJOR);
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
      !read_at (self, self->size - sizeof trailer, &trailer, sizeof trailer) ||
      trailer.magic != RECORDING_TRAILER_MAGIC || trailer.file_size != self->size ||
      trailer.check != recording_check_of (&trailer, G_STRUCT_OFFSET (RecordingTrailer, check)) ||
      !read_block_header (self, trailer.index_offset, &block) || block.type != RECORDING_INDEX)
    return FALSE;
  raw = read_raw (self, trailer.index_offset, &block);
  return raw != NULL && take_index (self, trailer.index_offset, raw);
}

/* Block by block, up to the first that is not whole. */
static void
scan (RecordingReader *self)
{
  guint64 offset = self->header.header_size;
  RecordingBlock block;

  self->damage.has_no_index = TRUE;
  while (self->blocks->len < MAX_BLOCKS && read_block_header (self, offset, &block))
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
          read_block_header (self, entry->offset, &block))
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

  if (read_block_header (self, entry->offset, ret_block) && ret_block->type == entry->type &&
      ret_block->target == entry->target)
    raw = read_raw (self, entry->offset, ret_block);
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
  if (!read_at (self, recording_reader_get_block (self, index)->offset + sizeof block, stored,
                block.stored_size))
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
