/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_READER_PRIVATE_H
#define RECORDING_READER_PRIVATE_H

/* What a reader is, for the files that make it up: reader-open.c finds the blocks, reader.c reads them. */

#include "recording/block.h"
#include "recording/reader.h"

G_BEGIN_DECLS

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

/* The header of the block at @offset, which is checked. FALSE: there is none that is whole. */
gboolean recording_read_block_header (RecordingReader *reader, guint64 offset,
                                      RecordingBlock *ret_block);
/* FALSE: there are not so many. */
gboolean recording_read_at (RecordingReader *reader, guint64 offset, gpointer ret_bytes,
                            gsize length);
/* What is in @block at @offset; (transfer full) (nullable): it is damaged */
GByteArray *recording_read_raw (RecordingReader *reader, guint64 offset,
                                const RecordingBlock *block);

G_END_DECLS

#endif
