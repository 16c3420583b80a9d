/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_HISTORY_PRIVATE_H
#define MODEL_HISTORY_PRIVATE_H

/* What a history is, for the files that make it up: history.c adds what happens to programs that are read,
 * history-past.c what is known of them already, history-keep.c keeps both and history-read.c reads them. */

#include "model/history.h"

G_BEGIN_DECLS

/* Two levels: what has been added never moves. */
#define TRACKS_A_PAGE 1024u
#define MAX_TRACK_PAGES 65536u
#define CAUSES_A_PAGE 8192u
#define MAX_CAUSE_PAGES 524288u

struct _ModelHistory
{
  ModelStore *store;
  ModelTrack *tracks[MAX_TRACK_PAGES];
  ModelCause *causes[MAX_CAUSE_PAGES];
  guint n_tracks; /* published, as the next two */
  guint64 n_causes;
  guint64 n_changes;
  guint64 n_left_out;
  gint64 first_ns, last_ns; /* 0: nothing yet */
  GArray *by_number;        /* guint32: index + 1; of the adding thread */
  GPtrArray *watches;
  const ModelHistoryLog *log; /* (nullable): spans and causes go there and are not kept */
  gpointer log_data;
  const ModelHistoryLoader *loader; /* (nullable): of what is not in memory yet */
  gpointer loader_data;
  gint32 *tids; /* MODEL_HISTORY_THREADS, of which the first is none; by what spans call them */
  guint n_tids;
  GHashTable *by_tid; /* what spans call it; of the adding thread */
  guint bucket_shift; /* each bucket is 2^that nanoseconds; 0: nothing yet */
  guint64 buckets[MODEL_HISTORY_BUCKETS];
};

/* How many changes there were in the stretch of time that begins then. */
void model_history_note (ModelHistory *history, gint64 at_ns, guint64 n_changes);
/* A new one, zeros but for its index; NULL: the store is full. */
ModelTrack *model_history_make_track (ModelHistory *history);
/* All that is in it is there from now on, for whoever reads. */
void model_history_publish_track (ModelHistory *history, const ModelTrack *track);
void model_history_keep_cause (ModelHistory *history, const ModelCause *cause);
const char *model_history_keep_text (ModelHistory *history, const char *text);

static inline void
model_history_leave_out (ModelHistory *history)
{
  __atomic_store_n (&history->n_left_out, history->n_left_out + 1, __ATOMIC_RELAXED);
}

G_END_DECLS

#endif
