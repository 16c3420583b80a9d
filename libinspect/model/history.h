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
  gint64 end_ns;    /* G_MAXINT64: it goes on */
  gint64 left_ns;   /* its program ended then, and has left it as it was; 0: not so. Published */
  gint32 status;    /* of its end */
  guint32 location; /* where it began: model_track_get_location() */
  ModelTask *task;  /* NULL: it has ended. Of the adding thread alone, as the next. */
  ModelRun run;
  const char *name; /* (nullable): as user code named it; of one that has ended */
  guint32 index;
  guint64 n_awaited; /* spans that are not in memory; see model_history_get_whole_track() */
  ModelSpans spans;
} ModelTrack;

/* Where the task began, which may be told after the first thing that it did. For the adding thread. */
guint32 model_track_get_location (const ModelTrack *track);

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
/* The program of that number ended at @at_ns, and what it had left with it. */
void model_history_end_program (ModelHistory *history, guint target, gint64 at_ns);
/* Each place that a span of @model has, once. */
void model_history_list_locations (const ModelHistory *history, const ModelTarget *model,
                                   void (*func) (gpointer data, guint32 location), gpointer data);

/* ---- A log ------------------------------------------------------------------------------------- */

/* Told of each span once it is over, of the spans of a track in order, and of each cause. */
typedef struct
{
  void (*span) (gpointer data, guint32 track, const ModelSpan *span); /* @end_ns is not set */
  void (*cause) (gpointer data, const ModelCause *cause);
} ModelHistoryLog;

/* A history of one program that keeps tracks, but hands spans and causes on; tasks are numbered as they
 * came in that program. What is not over is told when the program is left. A program has one such log at
 * most. */
ModelHistory *model_history_new_log (const ModelHistoryLog *log, gpointer data);

/* ---- What is over ------------------------------------------------------------------------------ */

/* Called by whoever reads what is not in memory yet, in any thread. */
typedef struct
{
  void (*load_spans) (gpointer data, guint track);
  void (*load_causes) (gpointer data);
} ModelHistoryLoader;

void model_history_set_loader (ModelHistory *history, const ModelHistoryLoader *loader,
                               gpointer data);
/* With @shape's number, id, parent, target, begin, end, status, location, name and n_awaited. FALSE: there is
 * no room. */
gboolean model_history_add_past_track (ModelHistory *history, const ModelTrack *shape);
void model_history_add_past_changes (ModelHistory *history, gint64 at_ns, guint64 n_changes);
/* The next three for the loader, which lets one thread do so at a time. */
void model_history_add_past_cause (ModelHistory *history, const ModelCause *cause);
gboolean model_history_add_past_span (ModelHistory *history, guint index, const ModelSpan *span);
void model_history_set_loaded (ModelHistory *history, guint first, guint end);
/* What spans call the thread, from now on. */
guint16 model_history_number_thread (ModelHistory *history, gint32 tid);

/* ---- Reading ----------------------------------------------------------------------------------- */

/* FALSE: nothing has come yet. @ret_last_ns: of the last thing that happened. */
gboolean model_history_get_range (const ModelHistory *history, gint64 *ret_first_ns,
                                  gint64 *ret_last_ns);
guint64 model_history_get_n_changes (const ModelHistory *history);
guint model_history_get_n_tracks (const ModelHistory *history);
/* Its spans may not be in memory. */
const ModelTrack *model_history_get_track (const ModelHistory *history, guint index);
/* Its spans are. */
const ModelTrack *model_history_get_whole_track (ModelHistory *history, guint index);
guint64 model_history_get_n_spans (const ModelTrack *track);
guint model_history_get_n_tids (const ModelHistory *history);
void model_history_get_buckets (const ModelHistory *history, gint64 *ret_bucket_ns,
                                const guint64 **ret_buckets); /* MODEL_HISTORY_BUCKETS of them */
/* Causes may not be in memory before. */
void model_history_load_causes (ModelHistory *history);
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
