/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A recording that was cut off gets the index that it lacks; of a damaged one all blocks up to the
 * damage are kept. What its tasks did is added by whoever can make that of its records
 * (session/time-index.c). */

#include "recording/writer-private.h"


/* Which of its programs have a timeline that is whole: of others there may be pieces. (transfer full) */
guint8 *
recording_reader_find_timelines (RecordingReader *reader)
{
  guint8 *has_timeline = g_new0 (guint8, recording_reader_get_n_targets (reader) + 1);

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    if (recording_reader_get_block (reader, i)->type == RECORDING_SUMMARY)
      has_timeline[recording_reader_get_block (reader, i)->target] = TRUE;
  return has_timeline;
}

static gboolean
is_of_timeline (const RecordingIndexEntry *entry)
{
  return entry->type == RECORDING_SPANS || entry->type == RECORDING_CAUSES ||
         entry->type == RECORDING_TRACKS;
}

/* 0, or an errno. */
static int
copy_block (RecordingWriter *self, RecordingIndexEntry entry, const GByteArray *file)
{
  int failure = recording_write_all (self->fd, file->data, file->len, self->bytes);

  if (failure != 0)
    return failure;
  entry.offset = self->bytes;
  g_array_append_val (self->index, entry);
  self->bytes += file->len;
  self->n_blocks++;
  return 0;
}

int
recording_copy_blocks (RecordingWriter *self, RecordingReader *reader)
{
  g_autofree guint8 *has_timeline = recording_reader_find_timelines (reader);

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry entry = *recording_reader_get_block (reader, i);
      g_autoptr (GByteArray) file = NULL;
      int failure;

      if (is_of_timeline (&entry) && !has_timeline[entry.target])
        continue;
      file = recording_reader_copy_block (reader, i, self->n_blocks);
      /* It was whole when it was found; the damage is known to the reader and said by the caller. */
      if (file == NULL)
        return 0;
      failure = copy_block (self, entry, file);
      if (failure != 0)
        return failure;
    }
  return 0;
}

gboolean
recording_reader_repair (RecordingReader *reader, const char *path, GError **error)
{
  RecordingWriter *writer = recording_writer_new_copy (reader, path, error);

  return writer != NULL && recording_writer_close (writer, NULL, error);
}
