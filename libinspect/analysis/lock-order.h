/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_LOCK_ORDER_H
#define ANALYSIS_LOCK_ORDER_H

/* Locks that were taken in both orders, or several in a circle, by threads that could have done so at once: a deadlock that
 * need not have happened. README.md has what is left out. */

#include "model/model.h"

G_BEGIN_DECLS

typedef struct _AnalysisLockOrder AnalysisLockOrder;

#define LOCK_ORDER_MAX_GATES 8

typedef struct _AnalysisLockThread AnalysisLockThread;

/* One lock taken while another one was held. */
typedef struct
{
  const AnalysisLockThread *thread; /* (nullable) */
  gint32 tid;
  guint64 task;           /* number; 0: outside of any */
  guint64 thread_task;    /* number of the task that stands for the thread; 0: none, as of main */
  guint64 thread_parent;  /* number of who began that */
  gint64 thread_begin_ns; /* 0: before all else, or nobody knows when */
  guint64 n_joined;       /* how often a thread had been waited for by then */
  gint64 first_ns, last_ns;
  guint64 count;
  guint32 held_location, taken_location;
  guint32 n_gates; /* other locks held; LOCK_ORDER_MAX_GATES + 1: more than are kept */
  guint64 gates[LOCK_ORDER_MAX_GATES]; /* serials */
} AnalysisLockUse;

typedef struct
{
  guint64 object; /* ended, perhaps, and another one by now: see @serial */
  guint64 serial;
  const ModelKind *kind;
} AnalysisLock;

#define LOCK_ORDER_MAX_LOCKS 4 /* of one circle */

/* @use[i] took the lock after @lock[i] while it held that; after the last one comes the first. */
typedef struct
{
  guint n; /* 2: the two orders of a pair */
  AnalysisLock lock[LOCK_ORDER_MAX_LOCKS];
  AnalysisLockUse use[LOCK_ORDER_MAX_LOCKS];
  guint64 count[LOCK_ORDER_MAX_LOCKS]; /* of all uses in that order */
} AnalysisInversion;

/* Listens to @model from then on. */
AnalysisLockOrder *analysis_lock_order_new (ModelTarget *model);
void analysis_lock_order_free (AnalysisLockOrder *self);
guint analysis_lock_order_count (AnalysisLockOrder *self);

typedef void (*AnalysisInversionFunc) (gpointer data, const AnalysisInversion *inversion);
/* In the order in which they were found, each pair once. */
void analysis_lock_order_foreach (AnalysisLockOrder *self, AnalysisInversionFunc func,
                                  gpointer data);

G_END_DECLS

#endif
