/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_DEADLOCK_H
#define ANALYSIS_DEADLOCK_H

/* Cycles of waits, found as they form. Each is told of once. README.md has the rules. */

#include "analysis/graph.h"
#include "model/model.h"

G_BEGIN_DECLS

/* Records of two threads may come out of order by less than this, which is what a thread may be
 * held up between reading the clock and writing its record on a machine that is not overloaded. A
 * cycle counts once all records that are this much later than its last edge have been read. */
#define ANALYSIS_SETTLE_NS (20 * G_GINT64_CONSTANT (1000000))

typedef struct _AnalysisDeadlocks AnalysisDeadlocks;

typedef struct
{
  gint64 now_ns;
  gint64 drained_ns; /* all records before that have been read */
  gint64 stuck_after_ns;
  gboolean has_losses; /* what is held may have been released without a record */
} AnalysisInstant;

AnalysisDeadlocks *analysis_deadlocks_new (ModelTarget *model);
void analysis_deadlocks_free (AnalysisDeadlocks *deadlocks);
/* Whether anything has changed since the last look, or is to be looked at again. Cheap. */
gboolean analysis_deadlocks_needs_look (AnalysisDeadlocks *deadlocks);
/* Looks at what has changed. Returns: how many deadlocks are new */
guint analysis_deadlocks_check (AnalysisDeadlocks *deadlocks, const AnalysisInstant *instant);
/* Whether a cycle has been seen that has to be looked at again as soon as more has been read. */
gboolean analysis_deadlocks_is_unsure (AnalysisDeadlocks *deadlocks);

/* A deadlock as it is at this moment. */
typedef struct
{
  AnalysisGraph *graph;
  guint32 component; /* its nodes */
  gint64 formed_ns;
  gboolean is_proven;  /* no wait of it can end by itself, and no record was lost */
  gboolean is_as_seen; /* not proven: permits of it may be held by others */
  gboolean has_deadline;
  gint64 deadline_ns; /* the earliest */
} AnalysisDeadlock;

typedef void (*AnalysisDeadlockFunc) (gpointer data, const AnalysisDeadlock *deadlock);
void analysis_deadlocks_foreach (AnalysisDeadlocks *deadlocks, AnalysisDeadlockFunc func,
                                 gpointer data);

/* Whether @await is part of a deadlock that is proven: it will not go on. O(1). */
static inline gboolean
analysis_deadlock_of_await (const ModelAwait *await)
{
  return await->is_deadlocked;
}

/* The same of any wait of @task. */
gboolean analysis_deadlock_of (const ModelTask *task);

G_END_DECLS

#endif
