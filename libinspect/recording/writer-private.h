/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_WRITER_PRIVATE_H
#define RECORDING_WRITER_PRIVATE_H

/* What a writer is, for the files that make it up: writer.c takes records and hands blocks over,
 * writer-keyframe.c and writer-timeline.c make those of other kinds, writer-thread.c writes them, and flight.c
 * forgets old ones and saves what is left. */

#include "recording/block.h"
#include "recording/columns.h"
#include "recording/timeline.h"
#include "recording/writer.h"

G_BEGIN_DECLS

typedef struct
{
  RecordingNames *names; /* NULL: it has ended */
  RecordingColumns *columns;
  RecordingColumns *keyframe; /* that is being made; NULL: none */
  guint64 n_since_keyframe;   /* records */
  guint64 n_of_keyframe;      /* records of the last one, or of the one that is made, so far */
  guint keyframe_flags;
  gint64 last_ns; /* of the latest record; 0: there was none */
  guint64 n_lost; /* records that never came here */
} RecordingTarget;

/* What is handed to the writing thread. */
typedef struct
{
  RecordingBlock block;
  GByteArray *raw;
  GArray *parts;   /* (nullable) (element-type gsize): as of recording_block_pack() */
  GArray *spans;   /* (nullable) (element-type RecordingSpan): become blocks in the thread */
  GArray *hashes;  /* (nullable) (element-type guint32): whom it names; becomes a block, too */
  GArray *threads; /* with @hashes: (element-type RecordingThread) */
  gsize size;      /* bytes of all that */
  gboolean is_last;
} RecordingJob;

struct _RecordingWriter
{
  RecordingOptions options;
  char *path;
  int fd;
  gint64 begin_ns;
  GPtrArray *targets; /* RecordingTarget by number - 1 */
  guint64 n_events;
  guint64 n_dropped;

  GThread *thread;
  GMutex lock;
  GCond changed;
  GQueue jobs;
  gsize queued;  /* bytes in @jobs */
  int failure;   /* an errno: the thread writes no more */
  guint64 bytes; /* whole blocks in the file */
  guint64 n_blocks;
  guint64 n_lost_events; /* in blocks that could not be written */
  GArray *dropped; /* guint64 by number of a target: of its events, for want of time or room */

  GArray *index;  /* RecordingIndexEntry; of the thread, and of whoever waits for it to rest */
  gboolean rests; /* the thread waits for jobs */

  /* Of a flight recorder: what is kept. 0: all of it. */
  gint64 keep_ns;
  guint64 keep_bytes;
  guint64 kept_bytes; /* of blocks that may be let go */
};

static inline gint64
recording_now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static inline gboolean
recording_is_flight (const RecordingWriter *writer)
{
  return writer->keep_ns > 0 || writer->keep_bytes > 0;
}

/* ---- In the thread of who records --------------------------------------------------------------- */

/* (nullable): there is none of that number */
RecordingTarget *recording_get_target (RecordingWriter *writer, guint32 number);
gboolean recording_is_full (const RecordingColumns *columns, guint max_events);
/* What tables have got since the last time. */
void recording_hand_over_names (RecordingWriter *writer, guint32 number, RecordingTarget *target);
void recording_flush_target (RecordingWriter *writer, guint32 number, RecordingTarget *target);
/* Hands a block to the thread; takes @raw, and @parts and @spans (nullable) over. */
void recording_hand_over (RecordingWriter *writer, const RecordingBlock *block, GByteArray *raw,
                          GArray *parts, GArray *spans);
/* The same of records; @columns are cleared. */
void recording_hand_over_records (RecordingWriter *writer, const RecordingBlock *block,
                                  RecordingColumns *columns);
void recording_start_thread (RecordingWriter *writer);
void recording_job_free (gpointer job);
/* Within the lock. */
void recording_count_dropped (RecordingWriter *writer, const RecordingBlock *block);

/* ---- In the writing thread ---------------------------------------------------------------------- */

/* As the next one. FALSE: it could not be written, and is counted. */
gboolean recording_write_block (RecordingWriter *writer, RecordingBlock *block,
                                const GByteArray *raw, const GArray *parts);
void recording_write_spans (RecordingWriter *writer, const RecordingBlock *shape, GArray *spans);
/* Before the thread is started. 0, or an errno. */
int recording_copy_blocks (RecordingWriter *writer, RecordingReader *reader);
/* 0, or an errno. */
int recording_write_all (int fd, const guint8 *bytes, gsize length, guint64 offset);
void recording_header_init (RecordingHeader *header, gint64 begin_ns, gint64 begin_real_us);
/* The index of @entries and the trailer, for a file that has @size bytes so far. FALSE: too large. */
gboolean recording_pack_index (const GArray *entries, guint64 size, guint64 number, int level,
                               GByteArray *ret_bytes);
/* Writes what comes behind all blocks. */
void recording_finish (RecordingWriter *writer);
/* Lets the oldest blocks go that a flight recorder need not keep. In the writing thread. */
void recording_flight_evict (RecordingWriter *writer);

G_END_DECLS

#endif
