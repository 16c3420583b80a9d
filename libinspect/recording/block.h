/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_BLOCK_H
#define RECORDING_BLOCK_H

/* One block: its header, and its bytes through zstd. */

#include <glib.h>
#include "recording/format.h"

G_BEGIN_DECLS

/* The first 8 bytes of the SHA-256. */
guint64 recording_check_of (gconstpointer bytes, gsize length);

/* Compresses @raw and appends header, frame and padding to @ret_file. @block has type, target, times
 * and counts; sizes and check are filled in. @parts: (nullable) (element-type gsize): where parts that
 * differ in kind end, in order. FALSE: too large for a block. */
gboolean recording_block_pack (RecordingBlock *block, const guint8 *raw, gsize length,
                               const GArray *parts, int level, GByteArray *ret_file);

/* Whether @block, which was read from a file, can be one: magic, sizes and check. */
gboolean recording_block_is_valid (const RecordingBlock *block);
/* (transfer full) (nullable): what is in the frame at @stored of block->stored_size bytes; NULL: it
 * is damaged */
GByteArray *recording_block_unpack (const RecordingBlock *block, const guint8 *stored);
/* The same, in place of what @ret_raw has. */
gboolean recording_block_unpack_into (const RecordingBlock *block, const guint8 *stored,
                                      GByteArray *ret_raw);
/* The first @length bytes of it, at most all; that the rest is whole is not known then. FALSE: they are damaged */
gboolean recording_block_unpack_some (const RecordingBlock *block, const guint8 *stored,
                                      guint8 *ret_raw, gsize length);

G_END_DECLS

#endif
