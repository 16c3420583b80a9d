/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_READER_H
#define RECORDING_READER_H

/* Opens a recording and reads its blocks. Opening costs the index, or, of a file that ends early or
 * is damaged, its block headers. Nothing in the file is trusted. One thread at a time, but for what reads
 * records and mentions, which several may do at once. */

#include <gio/gio.h>
#include "recording/columns.h"
#include "recording/format.h"
#include "recording/mentions.h"
#include "recording/symbols.h"
#include "recording/tables.h"

G_BEGIN_DECLS

#define RECORDING_ERROR (recording_error_quark ())
GQuark recording_error_quark (void);
typedef enum
{
  RECORDING_ERROR_NOT_A_RECORDING,
  RECORDING_ERROR_VERSION,
  RECORDING_ERROR_DAMAGED,
} RecordingError;

typedef struct _RecordingReader RecordingReader;

/* Why a recording is not whole. */
typedef struct
{
  gboolean has_no_index; /* it was cut off, or is still being written */
  guint64 damage_offset; /* where reading has to stop; 0: nowhere */
  guint64 n_unread;      /* bytes from there on */
} RecordingDamage;

RecordingReader *recording_reader_open (const char *path, GError **error);
/* @bytes stand as long as the reader. */
RecordingReader *recording_reader_open_memory (const guint8 *bytes, gsize length, GError **error);
void recording_reader_close (RecordingReader *reader);

/* (nullable): NULL: of memory */
const char *recording_reader_get_path (RecordingReader *reader);
const RecordingHeader *recording_reader_get_header (RecordingReader *reader);
void recording_reader_get_damage (RecordingReader *reader, RecordingDamage *ret_damage);

/* Reads all blocks up to one that is damaged, of which opening knows nothing where there is an index. Returns: the
 * records in front of it */
guint64 recording_reader_check_blocks (RecordingReader *reader);

guint recording_reader_get_n_blocks (RecordingReader *reader);
const RecordingIndexEntry *recording_reader_get_block (RecordingReader *reader, guint index);
/* The highest number of a target; 0: it has none. */
guint32 recording_reader_get_n_targets (RecordingReader *reader);
guint64 recording_reader_get_n_events (RecordingReader *reader);
/* Of the records; FALSE: there is none. */
gboolean recording_reader_get_range (RecordingReader *reader, gint64 *ret_first_ns,
                                     gint64 *ret_last_ns);
/* What was lost of @target before its records were written. */
guint64 recording_reader_get_lost (RecordingReader *reader, guint32 target);

/* What the block holds; (transfer full) (nullable): it is damaged, and known as such from now on */
GByteArray *recording_reader_read_block (RecordingReader *reader, guint index, GError **error);
/* The block as it lies in a file, as the @number-th of another one; (transfer full) (nullable): it is damaged */
GByteArray *recording_reader_copy_block (RecordingReader *reader, guint index, guint64 number);
/* The records of a block of events. FALSE: it is damaged; those before the fault were delivered. */
gboolean recording_reader_read_events (RecordingReader *reader, guint index, ChannelEventFunc func,
                                       gpointer data, GError **error);
/* Those of a block of records, to go through them more than once; (transfer full) (nullable): it is damaged */
typedef struct _RecordingRecords RecordingRecords;
RecordingRecords *recording_reader_read_records (RecordingReader *reader, guint index);
/* Who reads one block after the other: in place of those of the one before. FALSE: it is damaged */
RecordingRecords *recording_records_new (RecordingReader *reader);
gboolean recording_records_read (RecordingRecords *records, guint index);
/* As recording_columns_read_named(); of format 2 all are told. FALSE: it is damaged from there on. */
gboolean recording_records_tell_named (const RecordingRecords *records, RecordingIdFunc is_wanted,
                                       ChannelEventFunc func, gpointer data);
/* The same, as recording_columns_read_shaped(). */
gboolean recording_records_tell_shaped (RecordingRecords *records, RecordingShapeFunc is_wanted,
                                        ChannelEventFunc func, gpointer data);
void recording_records_free (RecordingRecords *records);
/* Of which kinds of objects a block of records tells more than that they are used, without reading the records: as
 * recording_columns_list_told(); (transfer full) (nullable): they have to be read to know */
GArray *recording_reader_read_told (RecordingReader *reader, guint index);
/* Whom a block of records names; (transfer full) (nullable): nobody has said it */
RecordingMentions *recording_reader_read_mentions (RecordingReader *reader, guint index);
/* All tables of @target; (transfer full) */
RecordingTables *recording_reader_read_tables (RecordingReader *reader, guint32 target,
                                               GError **error);
/* All symbols of @target, as far as they are whole; (transfer full) */
RecordingSymbols *recording_reader_read_symbols (RecordingReader *reader, guint32 target);
/* The latest JSON about @target; (transfer full) (nullable) */
char *recording_reader_dup_facts (RecordingReader *reader, guint32 target);

/* By number of a target whether all of what its tasks did is there; (transfer full) */
guint8 *recording_reader_find_timelines (RecordingReader *reader);
/* Copies all whole blocks to @path and gives them an index. The file must not be @reader's. */
gboolean recording_reader_repair (RecordingReader *reader, const char *path, GError **error);

G_END_DECLS

#endif
