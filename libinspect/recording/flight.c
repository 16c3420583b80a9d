/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/writer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* A flight recorder is a recording in memory whose beginning is let go: whole stretches from one set of
 * keyframes to the next. Tables, facts and symbols stay, for the rest stands on them. */

static gboolean
may_go (const RecordingIndexEntry *entry)
{
  return entry->type == RECORDING_EVENTS || entry->type == RECORDING_KEYFRAME ||
         entry->type == RECORDING_MENTIONS;
}

static gboolean
begins_stretch (const RecordingIndexEntry *entry)
{
  return entry->type == RECORDING_KEYFRAME && (entry->flags & RECORDING_FLAG_FIRST) != 0;
}

/* From its offset to that of what came after it. */
static guint64
get_size (const RecordingWriter *self, guint i)
{
  const GArray *index = self->index;
  guint64 end =
      i + 1 < index->len ? g_array_index (index, RecordingIndexEntry, i + 1).offset : self->bytes;
  RecordingBlock block;

  /* What lay between was let go. */
  if (pread (self->fd, &block, sizeof block,
             (off_t)g_array_index (index, RecordingIndexEntry, i).offset) == sizeof block)
    return MIN (end - g_array_index (index, RecordingIndexEntry, i).offset,
                sizeof block + RECORDING_PAD ((guint64)block.stored_size));
  return 0;
}

/* Of what may go, from the block at @first on. */
static guint64
count_bytes (const RecordingWriter *self, guint first)
{
  guint64 bytes = 0;

  for (guint i = first; i < self->index->len; i++)
    if (may_go (&g_array_index (self->index, RecordingIndexEntry, i)))
      bytes += get_size (self, i);
  return bytes;
}

/* Where the second stretch begins that is kept, and the one after it: what is before may go once the
 * second one is old enough. FALSE: there are not so many. */
static gboolean
find_second (const RecordingWriter *self, guint *ret_index)
{
  guint n = 0;

  for (guint i = 0; i < self->index->len; i++)
    if (begins_stretch (&g_array_index (self->index, RecordingIndexEntry, i)) && ++n == 2)
      {
        *ret_index = i;
        return TRUE;
      }
  return FALSE;
}

/* Only a keyframe makes anything old. */
static gboolean
is_old (const RecordingWriter *self, guint second)
{
  const RecordingIndexEntry *entry = &g_array_index (self->index, RecordingIndexEntry, second);
  gint64 now_ns = g_get_monotonic_time () * 1000;

  return begins_stretch (&g_array_index (self->index, RecordingIndexEntry, self->index->len - 1)) &&
         self->keep_ns > 0 && now_ns - entry->last_ns > self->keep_ns;
}

/* Where a stretch is large, it stays until half of what may be kept has come after it: there would be next to nothing
 * else. */
static gboolean
has_too_much (const RecordingWriter *self, guint second)
{
  return self->keep_bytes > 0 && self->kept_bytes > self->keep_bytes &&
         count_bytes (self, second) >= self->keep_bytes / 2;
}

static void
let_go_before (RecordingWriter *self, guint second)
{
  guint kept = 0;

  for (guint i = 0; i < self->index->len; i++)
    {
      RecordingIndexEntry entry = g_array_index (self->index, RecordingIndexEntry, i);

      if (i < second && may_go (&entry))
        {
          guint64 size = get_size (self, i);

          self->kept_bytes -= MIN (size, self->kept_bytes);
          /* Where that cannot be had, the memory is not given back: more is kept than was asked. */
          (void)!fallocate (self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                            (off_t)entry.offset, (off_t)size);
        }
    }
  for (guint i = 0; i < self->index->len; i++)
    {
      RecordingIndexEntry entry = g_array_index (self->index, RecordingIndexEntry, i);

      if (i >= second || !may_go (&entry))
        g_array_index (self->index, RecordingIndexEntry, kept++) = entry;
    }
  g_array_set_size (self->index, kept);
}

void
recording_flight_evict (RecordingWriter *self)
{
  const RecordingIndexEntry *last =
      &g_array_index (self->index, RecordingIndexEntry, self->index->len - 1);
  guint second;

  if (!recording_is_flight (self) || !may_go (last))
    return;
  self->kept_bytes += get_size (self, self->index->len - 1);
  while (find_second (self, &second) && second + 1 < self->index->len &&
         (is_old (self, second) || has_too_much (self, second)))
    let_go_before (self, second);
}

/* ---- Saving ------------------------------------------------------------------------------------ */

typedef struct
{
  RecordingWriter *writer;
  int fd;
  GArray *entries; /* of the new file */
  guint64 size;
  guint64 n_events;
} Save;

static int
copy_block (Save *self, guint i)
{
  RecordingIndexEntry entry = g_array_index (self->writer->index, RecordingIndexEntry, i);
  guint64 size = get_size (self->writer, i);
  g_autofree guint8 *bytes = g_malloc (size);
  int failure;

  if (pread (self->writer->fd, bytes, size, (off_t)entry.offset) != (gssize)size)
    return EIO;
  failure = recording_write_all (self->fd, bytes, size, self->size);
  if (failure != 0)
    return failure;
  entry.offset = self->size;
  self->size += size;
  self->n_events += entry.type == RECORDING_EVENTS ? entry.n_events : 0;
  g_array_append_val (self->entries, entry);
  return 0;
}

/* The same moment as both clocks have it. */
static int
write_file (Save *self)
{
  RecordingHeader header;
  g_autoptr (GByteArray) index = g_byte_array_new ();
  gint64 age_us = g_get_monotonic_time () - self->writer->begin_ns / 1000;
  int failure;

  recording_header_init (&header, self->writer->begin_ns, g_get_real_time () - age_us);
  failure = recording_write_all (self->fd, (const guint8 *)&header, sizeof header, 0);
  self->size = sizeof header;
  for (guint i = 0; failure == 0 && i < self->writer->index->len; i++)
    failure = copy_block (self, i);
  if (failure != 0)
    return failure;
  if (!recording_pack_index (self->entries, self->size, self->entries->len,
                             self->writer->options.level, index))
    return EFBIG;
  failure = recording_write_all (self->fd, index->data, index->len, self->size);
  self->size += index->len;
  return failure;
}

/* Beside the file and then in its place: what was there before stays until this is whole. */
static int
save_as (Save *self, const char *path)
{
  g_autofree char *temporary = g_strconcat (path, ".part", NULL);
  int failure;

  self->fd =
      g_open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
  if (self->fd < 0)
    return errno;
  failure = write_file (self);
  if (close (self->fd) < 0 && failure == 0)
    failure = errno;
  if (failure == 0 && g_rename (temporary, path) < 0)
    failure = errno;
  if (failure != 0)
    g_unlink (temporary);
  return failure;
}

gboolean
recording_check_replaceable (const char *path, GError **error)
{
  struct stat status;

  if (stat (path, &status) != 0 || S_ISREG (status.st_mode))
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
      _ ("cannot write the recording '%s': it is no file, and is not replaced by one; choose "
         "another name"),
      path);
  return FALSE;
}

gboolean
recording_writer_save (RecordingWriter *self, const char *path, RecordingStats *ret_stats,
                       GError **error)
{
  Save save = { .writer = self };
  int failure;

  if (!recording_check_replaceable (path, error))
    return FALSE;
  recording_writer_flush (self);
  g_mutex_lock (&self->lock);
  while (!self->rests || !g_queue_is_empty (&self->jobs))
    g_cond_wait (&self->changed, &self->lock);
  save.entries = g_array_new (FALSE, TRUE, sizeof (RecordingIndexEntry));
  failure = self->failure != 0 ? self->failure : save_as (&save, path);
  g_array_unref (save.entries);
  g_mutex_unlock (&self->lock);
  if (ret_stats != NULL)
    *ret_stats = (RecordingStats){ .events = save.n_events, .bytes = save.size };
  if (failure == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure),
               _ ("cannot write the recording '%s': %s"), path, g_strerror (failure));
  return FALSE;
}
