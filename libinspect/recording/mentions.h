/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_MENTIONS_H
#define RECORDING_MENTIONS_H

/* Which ids the records of a block name: who asks for one task passes over the blocks that do not name it.
 *
 * A set of bits, of which the hash of an id chooses one. Where that is not set, the id is not named; where it is,
 * the block has to be read to know. Parts of one structure are named together, so they share a bit: of an address
 * the lowest byte does not count. A twelfth of the bits is set, which zstd brings to five bits for each that is.
 *
 * Beside them stands which thread each ring was of, which a block that is passed over would have told, too. */

#include <glib.h>

G_BEGIN_DECLS

/* The first record of a block that was of this ring and that thread, or the first after another thread's. */
typedef struct
{
  gint64 at_ns;
  guint32 ring;
  gint32 tid;
} RecordingThread;

typedef struct
{
  guint32 n_bits;
  guint8 *bits;
  GArray *threads; /* (element-type RecordingThread) */
  gboolean has_told;
  GArray
      *told; /* with @has_told: as recording_reader_read_told(), by whoever has asked; (nullable) */
} RecordingMentions;

#define RECORDING_MENTIONS_ADDRESS                                                                 \
  (G_GUINT64_CONSTANT (1) << 24) /* what is less is a number that was given */
#define RECORDING_MENTIONS_ID G_GUINT64_CONSTANT (0xffffffffffff)

/* The same of what is named together. */
static inline guint64
recording_mention_key (guint64 object)
{
  guint64 id = object & RECORDING_MENTIONS_ID;

  return id >= RECORDING_MENTIONS_ADDRESS ? id >> 8 : id;
}

static inline guint32
recording_mention_hash (guint64 object)
{
  return (guint32)(recording_mention_key (object) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> 32);
}

static inline guint32
recording_mention_bit (guint32 hash, guint32 n_bits)
{
  return (guint32)((guint64)hash * n_bits >> 32);
}

static inline void
recording_mentions_add (RecordingMentions *mentions, guint64 object)
{
  guint32 bit = recording_mention_bit (recording_mention_hash (object), mentions->n_bits);

  mentions->bits[bit / 8] |= (guint8)(1u << bit % 8);
}

static inline gboolean
recording_mentions_may_name (const RecordingMentions *mentions, guint64 object)
{
  guint32 bit = recording_mention_bit (recording_mention_hash (object), mentions->n_bits);

  return (mentions->bits[bit / 8] >> bit % 8 & 1) != 0;
}

/* Of about @n_records, that are added one by one. */
RecordingMentions *recording_mentions_new (guint n_records);
void recording_mentions_free (RecordingMentions *mentions);

/* @hashes: of what is named, the same one as often as it may be. @first_ns: none of @threads is earlier. */
void recording_mentions_write (const guint32 *hashes, guint n, const GArray *threads,
                               gint64 first_ns, GByteArray *ret_bytes);
/* (transfer full) (nullable): @bytes are no such thing */
RecordingMentions *recording_mentions_read (const guint8 *bytes, gsize length, gint64 first_ns);

G_END_DECLS

#endif
