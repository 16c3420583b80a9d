/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/block.h"

#include <string.h>
#include <zstd.h>

guint64
recording_check_of (gconstpointer bytes, gsize length)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize digest_length = sizeof digest;
  guint64 check;

  g_checksum_update (checksum, bytes, (gssize)length);
  g_checksum_get_digest (checksum, digest, &digest_length);
  memcpy (&check, digest, sizeof check);
  return check;
}

/* One frame. Each part gets blocks of its own in it, and with them tables of its own of how often which byte
 * comes. Returns: how long it is; an error of zstd */
static gsize
compress (ZSTD_CCtx *context, const guint8 *raw, gsize length, const GArray *parts,
          guint8 *ret_stored, gsize room)
{
  ZSTD_outBuffer out = { ret_stored, room, 0 };
  gsize at = 0, left;

  ZSTD_CCtx_setPledgedSrcSize (context, length);
  for (guint i = 0; parts != NULL && i < parts->len; i++)
    {
      ZSTD_inBuffer part = { raw + at, g_array_index (parts, gsize, i) - at, 0 };

      left = ZSTD_compressStream2 (context, &out, &part, ZSTD_e_flush);
      if (left != 0)
        return ZSTD_isError (left) ? left : G_MAXSIZE;
      at = g_array_index (parts, gsize, i);
    }
  left = ZSTD_compressStream2 (context, &out, &(ZSTD_inBuffer){ raw + at, length - at, 0 },
                               ZSTD_e_end);
  if (left != 0)
    return ZSTD_isError (left) ? left : G_MAXSIZE;
  return out.pos;
}

gboolean
recording_block_pack (RecordingBlock *block, const guint8 *raw, gsize length, const GArray *parts,
                      int level, GByteArray *ret_file)
{
  static const guint8 zeros[8] = { 0 };
  gsize start = ret_file->len, stored;
  gsize bound = ZSTD_compressBound (length) + (parts != NULL ? parts->len * 64 : 0);
  ZSTD_CCtx *context;

  if (length > RECORDING_MAX_RAW)
    return FALSE;
  context = ZSTD_createCCtx ();
  ZSTD_CCtx_setParameter (context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter (context, ZSTD_c_checksumFlag, 1);
  g_byte_array_set_size (ret_file, (guint)(start + sizeof *block + bound));
  stored = compress (context, raw, length, parts, ret_file->data + start + sizeof *block, bound);
  ZSTD_freeCCtx (context);
  if (ZSTD_isError (stored) || stored > RECORDING_MAX_STORED)
    {
      g_byte_array_set_size (ret_file, (guint)start);
      return FALSE;
    }
  block->magic = RECORDING_BLOCK_MAGIC;
  block->stored_size = (guint32)stored;
  block->raw_size = (guint32)length;
  block->check = recording_check_of (block, G_STRUCT_OFFSET (RecordingBlock, check));
  memcpy (ret_file->data + start, block, sizeof *block);
  g_byte_array_set_size (ret_file, (guint)(start + sizeof *block + stored));
  g_byte_array_append (ret_file, zeros, (guint)(RECORDING_PAD (stored) - stored));
  return TRUE;
}

gboolean
recording_block_is_valid (const RecordingBlock *block)
{
  return block->magic == RECORDING_BLOCK_MAGIC && block->stored_size <= RECORDING_MAX_STORED &&
         block->raw_size <= RECORDING_MAX_RAW && block->n_events <= RECORDING_MAX_EVENTS &&
         block->target <= RECORDING_MAX_TARGETS &&
         block->check == recording_check_of (block, G_STRUCT_OFFSET (RecordingBlock, check));
}

gboolean
recording_block_unpack_into (const RecordingBlock *block, const guint8 *stored, GByteArray *ret_raw)
{
  gsize length;

  g_byte_array_set_size (ret_raw, block->raw_size);
  length = ZSTD_decompress (ret_raw->data, block->raw_size, stored, block->stored_size);
  return !ZSTD_isError (length) && length == block->raw_size;
}

GByteArray *
recording_block_unpack (const RecordingBlock *block, const guint8 *stored)
{
  GByteArray *raw = g_byte_array_sized_new (block->raw_size);

  if (recording_block_unpack_into (block, stored, raw))
    return raw;
  g_byte_array_unref (raw);
  return NULL;
}

gboolean
recording_block_unpack_some (const RecordingBlock *block, const guint8 *stored, guint8 *ret_raw,
                             gsize length)
{
  ZSTD_DCtx *context = ZSTD_createDCtx ();
  ZSTD_inBuffer in = { stored, block->stored_size, 0 };
  ZSTD_outBuffer out = { ret_raw, length, 0 };
  gsize left = 1;

  while (out.pos < length && left != 0)
    {
      gsize before = in.pos + out.pos;

      left = ZSTD_decompressStream (context, &out, &in);
      if (ZSTD_isError (left) || in.pos + out.pos == before)
        break;
    }
  ZSTD_freeDCtx (context);
  return out.pos == length;
}
