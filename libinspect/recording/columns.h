/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_COLUMNS_H
#define RECORDING_COLUMNS_H

/* Records of one target to columns and back: like stands beside like, so that zstd finds it.
 *
 * What a record looks like is one number (columns-private.h). Times are differences; tasks and objects are mostly
 * foretold by what was said of the same task before, else they are numbers in a dictionary of the block,
 * where each stands once in full. Decoding checks everything and yields only what a channel could have said. */

#include <glib.h>
#include "channel/reader.h"
#include "recording/mentions.h"

G_BEGIN_DECLS

typedef struct _RecordingColumns RecordingColumns;

RecordingColumns *recording_columns_new (void);
void recording_columns_free (RecordingColumns *columns);
void recording_columns_clear (RecordingColumns *columns);
void recording_columns_add (RecordingColumns *columns, const ChannelEvent *event);

/* @event will be added soon: what is known of its task and object is asked for from memory; first where that is,
 * and once it @is_near, that. */
void recording_columns_prepare (const RecordingColumns *columns, const ChannelEvent *event,
                                gboolean is_near);

guint recording_columns_get_n_events (const RecordingColumns *columns);
/* About as many bytes as recording_columns_finish() will give. */
gsize recording_columns_get_size (const RecordingColumns *columns);
gint64 recording_columns_get_first_ns (const RecordingColumns *columns);
gint64 recording_columns_get_last_ns (const RecordingColumns *columns);
/* Appends all of them to @ret_bytes, and to @ret_parts (nullable, gsize) where each column ends: what differs
 * in kind is compressed apart. */
void recording_columns_finish (const RecordingColumns *columns, GByteArray *ret_bytes,
                               GArray *ret_parts);

/* Appends of each id that the records name what recording_mention_hash() makes of it. */
void recording_columns_get_mentions (const RecordingColumns *columns, GArray *ret_hashes);
/* (transfer none) (element-type RecordingThread) */
const GArray *recording_columns_get_threads (const RecordingColumns *columns);

/* Calls @func with each record. FALSE where @bytes are no columns of @n_events records: those
 * before the fault have been delivered. */
gboolean recording_columns_read (const guint8 *bytes, gsize length, guint n_events, gint64 first_ns,
                                 ChannelEventFunc func, gpointer data);
/* Of all ids of a block each is asked about once. */
typedef gboolean (*RecordingIdFunc) (guint64 id, gpointer data);
/* The same, but @func is called only with records that name an id that @is_wanted, or that say which thread their
 * ring is of: passing over all others takes half of what reading them does. A few more may be told. */
gboolean recording_columns_read_named (const guint8 *bytes, gsize length, guint n_events,
                                       gint64 first_ns, RecordingIdFunc is_wanted,
                                       ChannelEventFunc func, gpointer data);
/* What many records look like. Kinds are of their objects; RECORDING_ANY_KIND: not of all the same. */
#define RECORDING_ANY_KIND G_MAXUINT32
typedef struct
{
  guint type;
  guint16 key;
  gboolean has_tid; /* its ring is another thread's from then on */
  guint32 subject_kind, argument_kind;
} RecordingShape;

typedef gboolean (*RecordingShapeFunc) (const RecordingShape *shape, gpointer data);
/* What reading takes beside the columns: who reads one block after the other uses it again. Zeros to begin with. */
typedef struct
{
  gpointer known;
  guint32 n_known;
  gpointer shapes;
  guint8 *wanted_shapes;
  guint n_shapes;
} RecordingRoom;

void recording_room_clear (RecordingRoom *room);
/* As recording_columns_read(), but @func is called only with records of shapes that are wanted. */
gboolean recording_columns_read_shaped (const guint8 *bytes, gsize length, guint n_events,
                                        gint64 first_ns, RecordingShapeFunc is_wanted,
                                        ChannelEventFunc func, gpointer data, RecordingRoom *room);
/* As recording_columns_read(), of a block that has no RECORDING_FLAG_SHAPES. */
gboolean recording_columns_read_format_2 (const guint8 *bytes, gsize length, guint n_events,
                                          gint64 first_ns, ChannelEventFunc func, gpointer data);

/* Of which kinds (element-type guint16) of objects the records may tell an attribute, or that such a resource begins
 * or ends; tasks are of kind 0. That something is taken, given back or waited for is not meant. Of @bytes as many as
 * recording_columns_measure_shapes() says are enough; of a block that has RECORDING_FLAG_SHAPES. (transfer full)
 * (nullable): @bytes are no such columns */
GArray *recording_columns_list_told (const guint8 *bytes, gsize length, guint n_events);
/* @length: enough for how long the columns are to be said, as 1 KiB is of those of any writer so far. 0: they are
 * none */
gsize recording_columns_measure_shapes (const guint8 *bytes, gsize length);

G_END_DECLS

#endif
