/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_WRITER_H
#define RECORDING_WRITER_H

/* Writes a recording while a program is inspected. Records become columns in the caller's thread; a
 * thread of the writer's own compresses and writes them. What the disk cannot take in time is
 * dropped by whole blocks and counted, or, where nothing may be lost, waited for. */

#include <gio/gio.h>
#include "recording/reader.h"
#include "recording/tables.h"
#include "recording/timeline.h"

G_BEGIN_DECLS

typedef struct _RecordingWriter RecordingWriter;

typedef struct
{
  gboolean lossless;    /* a slow disk makes the caller wait */
  gsize max_queued;     /* bytes that wait for the disk; 0: 64 MiB */
  int level;            /* of zstd; 0: 3 */
  guint events_a_block; /* 0: 65,536 */
  guint keyframe_gap;   /* records from one keyframe to the next, at least; 0: 65,536 */
  guint mentions_from;  /* records of a block of which it is said whom they name; 0: 4,096 */
} RecordingOptions;

typedef struct
{
  guint64 events;  /* written, or waiting to be */
  guint64 dropped; /* for the disk was too slow, or full */
  guint64 bytes;   /* of the file so far */
  guint64 blocks;
} RecordingStats;

/* The file is made, or emptied; only its owner may read it. @options: (nullable) */
RecordingWriter *recording_writer_new (const char *path, const RecordingOptions *options,
                                       GError **error);
/* A flight recorder: only what came last is kept, in memory, and nothing is written before
 * recording_writer_save(). @keep_ns, @keep_bytes: 0: no limit. It keeps at least what came since the
 * last keyframe but one. */
RecordingWriter *recording_writer_new_flight (gint64 keep_ns, guint64 keep_bytes, GError **error);
/* A recording that begins with all whole blocks of @reader, but for those that only a timeline that is not whole
 * would need: what is added belongs to targets of @reader's numbers. @path must not be @reader's file. */
RecordingWriter *recording_writer_new_copy (RecordingReader *reader, const char *path,
                                            GError **error);
/* Writes what a flight recorder has into @path, and goes on. */
gboolean recording_writer_save (RecordingWriter *writer, const char *path,
                                RecordingStats *ret_stats, GError **error);
/* Whether a file of that name may be put in the place of what is there: a device or a pipe would be gone for everybody. */
gboolean recording_check_replaceable (const char *path, GError **error);
/* (nullable): NULL: of a flight recorder */
const char *recording_writer_get_path (RecordingWriter *writer);
/* Returns: its number, 1 and up. @source stands until the target is ended or the writer closed. */
guint32 recording_writer_add_target (RecordingWriter *writer, const RecordingSource *source,
                                     gpointer source_data);
void recording_writer_add_event (RecordingWriter *writer, guint32 target,
                                 const ChannelEvent *event);
/* @event will be added soon, to the keyframe if one has begun: as recording_columns_prepare(). */
void recording_writer_prepare_event (RecordingWriter *writer, guint32 target,
                                     const ChannelEvent *event, gboolean is_near);
/* Records that make an empty model what that of @target is now. @is_first: of those that are made at
 * this moment, one for each target. */
void recording_writer_begin_keyframe (RecordingWriter *writer, guint32 target, gboolean is_first);
void recording_writer_add_keyframe_event (RecordingWriter *writer, guint32 target,
                                          const ChannelEvent *event);
void recording_writer_end_keyframe (RecordingWriter *writer, guint32 target);
/* Whether so much came since the last keyframe that finding a moment would take long without another.
 * Never of a flight recorder, whose keyframes come with time. */
gboolean recording_writer_wants_keyframe (RecordingWriter *writer, guint32 target);
/* Hands all records that were added to the disk, and waits until they are there. FALSE: they cannot
 * be written. */
gboolean recording_writer_sync (RecordingWriter *writer);
/* What was said of that target so far is handed to the disk. */
void recording_writer_flush_target (RecordingWriter *writer, guint32 target);
/* Of that target's events, what the disk had no time or no room for. */
guint64 recording_writer_get_dropped (RecordingWriter *writer, guint32 target);
/* @n_lost: records of the target that never came here, so far; what the disk did not take is added to it. */
void recording_writer_set_lost (RecordingWriter *writer, guint32 target, guint64 n_lost);
/* JSON about @target, or with 0 about the recording; what comes later stands in its place. */
void recording_writer_add_facts (RecordingWriter *writer, guint32 target, const char *json);
/* Entries of recording_symbol_write(); they add to those before. */
void recording_writer_add_symbols (RecordingWriter *writer, guint32 target,
                                   const GByteArray *symbols);
/* What its tasks did: spans as they ended, in any order of tracks and in that of time in each track;
 * @spans: (transfer full) (element-type RecordingSpan). They are sorted and packed in the writing thread.
 * None of it is ever dropped. */
void recording_writer_add_spans (RecordingWriter *writer, guint32 target, GArray *spans);
void recording_writer_add_causes (RecordingWriter *writer, guint32 target,
                                  const GArray *causes); /* (element-type RecordingCause) */
/* All of them, as @get_track knows them, and the whole: at the end of @target. */
typedef void (*RecordingGetTrack) (gpointer data, guint32 index, RecordingTrack *ret_track);
void recording_writer_add_timeline (RecordingWriter *writer, guint32 target,
                                    const RecordingSummary *summary, RecordingGetTrack get_track,
                                    gpointer data);
/* Nothing more comes of @target: its records are flushed and its source is let go. */
void recording_writer_end_target (RecordingWriter *writer, guint32 target);
/* Hands all records that were added to the disk; about once a second, so that a crash of the
 * inspector loses no more. */
void recording_writer_flush (RecordingWriter *writer);
void recording_writer_get_stats (RecordingWriter *writer, RecordingStats *ret_stats);
/* Ends all targets, writes the index and waits for the disk. FALSE: something could not be written;
 * what had been is whole and readable. Frees @writer. */
gboolean recording_writer_close (RecordingWriter *writer, RecordingStats *ret_stats,
                                 GError **error);

G_END_DECLS

#endif
