/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A recording that was cut off gets the index that it lacks; of a damaged one all blocks up to the
 * damage are kept. */

#include "recording/reader.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "recording/block.h"

static gboolean
copy_blocks (RecordingReader *reader, GByteArray *index, GOutputStream *out, guint64 *offset,
             GError **error)
{
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      RecordingIndexEntry entry = *recording_reader_get_block (reader, i);
      g_autoptr (GByteArray) file = recording_reader_copy_block (reader, i, i);

      /* It was whole when it was found; the damage is known to the reader and said by the caller. */
      if (file == NULL)
        return TRUE;
      if (!g_output_stream_write_all (out, file->data, file->len, NULL, NULL, error))
        return FALSE;
      entry.offset = *offset;
      *offset += file->len;
      g_byte_array_append (index, (const guint8 *)&entry, sizeof entry);
    }
  return TRUE;
}

static gboolean
write_all (RecordingReader *reader, GOutputStream *out, GError **error)
{
  g_autoptr (GByteArray) index = g_byte_array_new ();
  g_autoptr (GByteArray) file = g_byte_array_new ();
  RecordingHeader header = *recording_reader_get_header (reader);
  RecordingBlock block = { .type = RECORDING_INDEX };
  RecordingTrailer trailer = { .magic = RECORDING_TRAILER_MAGIC };
  guint64 offset = sizeof header;

  header.minor = RECORDING_MINOR;
  header.header_size = sizeof header;
  header.check = recording_check_of (&header, G_STRUCT_OFFSET (RecordingHeader, check));
  if (!g_output_stream_write_all (out, &header, sizeof header, NULL, NULL, error) ||
      !copy_blocks (reader, index, out, &offset, error))
    return FALSE;
  block.number = index->len / sizeof (RecordingIndexEntry);
  if (!recording_block_pack (&block, index->data, index->len, NULL, 3, file))
    return TRUE;
  trailer.index_offset = offset;
  trailer.file_size = offset + file->len + sizeof trailer;
  trailer.check = recording_check_of (&trailer, G_STRUCT_OFFSET (RecordingTrailer, check));
  g_byte_array_append (file, (const guint8 *)&trailer, sizeof trailer);
  return g_output_stream_write_all (out, file->data, file->len, NULL, NULL, error);
}

gboolean
recording_reader_repair (RecordingReader *reader, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileOutputStream) out =
      g_file_replace (file, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL, error);

  return out != NULL && write_all (reader, G_OUTPUT_STREAM (out), error) &&
         g_output_stream_close (G_OUTPUT_STREAM (out), NULL, error);
}
