/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include "model/model.h"
#include "model/spans.h"

G_BEGIN_DECLS

/* What all tasks of a session did, from its begin to now: a track each, who woke whom, and how much
 * happened when. Live and replayed alike: it counts along while records are read.
 *
 * One thread adds; the spans of a track, the causes and the tracks' fixed fields may be read by others
 * meanwhile, as in spans.h. */

typedef struct
{
  guint64 number; /* of the task, in the session */
  guint64 id;     /* of the task, in its target, while it lived */
  guint64 parent; /* number; 0 unknown */
  guint target;   /* as model_history_watch() was told */
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it goes on */
  gint32 status; /* of its end */
  guint32 location;
  ModelTask *task; /* NULL: it has ended. Of the adding thread alone, as the next three. */
  guint16 thread;  /* of its latest poll, for model_history_get_tid() */
  guint16 running; /* what its last span has as its kind, while it runs; else 0 */
  guint32 running_location;
  const char *name; /* (nullable): as user code named it; of one that has ended */
  ModelSpans spans;
} ModelTrack;

/* A span in which a task runs has no await's kind: there it says on which thread, and whether a poll
 * began with it or went on (after it had waited for a lock, say). */
#define MODEL_RUN_BEGINS 1u
#define MODEL_RUN_THREAD(kind) ((kind) >> 1)
#define MODEL_HISTORY_THREADS 32768u

/* One task, or what is outside of any, has made another ready. */
typedef struct
{
  gint64 at_ns;
  guint64 from; /* number; 0: outside of any task */
  guint64 to;
} ModelCause;

/* Records read in one stretch of time; the stretches grow with what there is. */
#define MODEL_HISTORY_BUCKETS 4096u

typedef struct _ModelHistory ModelHistory;

/* @limits: (nullable): of the store that all of it lies in */
ModelHistory *model_history_new (const ModelStoreLimits *limits);
void model_history_free (ModelHistory *history);
/* All that is read into @model from now on is kept; @target: whatever tells it from others. Its tasks
 * are let go when the model is freed, by model_history_leave(). */
void model_history_watch (ModelHistory *history, ModelTarget *model, guint target);
void model_history_leave (ModelHistory *history, ModelTarget *model);

/* FALSE: nothing has come yet. @ret_last_ns: of the last thing that happened. */
gboolean model_history_get_range (const ModelHistory *history, gint64 *ret_first_ns,
                                  gint64 *ret_last_ns);
guint64 model_history_get_n_changes (const ModelHistory *history);
guint model_history_get_n_tracks (const ModelHistory *history);
const ModelTrack *model_history_get_track (const ModelHistory *history, guint index);
/* FALSE: there is none of that number. */
gboolean model_history_find_track (const ModelHistory *history, guint64 number, guint *ret_index);
/* The thread that spans call @thread; 0: not known. */
gint32 model_history_get_tid (const ModelHistory *history, guint thread);
guint64 model_history_get_n_causes (const ModelHistory *history);
const ModelCause *model_history_get_cause (const ModelHistory *history, guint64 index);
/* The first one that is not before @at_ns. */
guint64 model_history_find_cause (const ModelHistory *history, gint64 at_ns);
/* How much happened in each of @n equal parts of the time from @from_ns to @to_ns, about. */
void model_history_get_activity (const ModelHistory *history, gint64 from_ns, gint64 to_ns, guint n,
                                 double *ret_counts);
/* Bytes that are kept, and how many of them lie in a file that memory is paged from. */
guint64 model_history_get_size (const ModelHistory *history, guint64 *ret_in_file);
/* What found no room: there is nothing of it, and what came before stays. */
guint64 model_history_get_n_left_out (const ModelHistory *history);

G_END_DECLS

#endif
