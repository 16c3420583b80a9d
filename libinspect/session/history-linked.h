/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_LINKED_H
#define SESSION_HISTORY_LINKED_H

/* The records that history-scan.h finds, gone through once in their order: of each task and each wait a few numbers, and
 * where its records are. There are hundreds of thousands of both, so what is kept of one is half a line of memory. */

#include "session/history-scan.h"

G_BEGIN_DECLS

/* Records have numbers from 1 on, in their order. */
typedef struct
{
  guint32 state_name; /* an offset as in the tables; 0: none */
  guint32 state_at;   /* record */
  guint32 attributes; /* the latest record; 0: none */
  guint32 awaits;     /* that are pending, the latest first; 0: none */
  guint32 cut;        /* up to that one records were another task's of that id */
  guint32 is_alive;
  gint64 begin_ns; /* where @cut is; 0: nothing was seen to begin */
} HistoryTask;

typedef struct
{
  guint64 resource;       /* 0: none that somebody may have */
  guint32 task;           /* 0: it is not pending */
  guint32 previous, next; /* of the task's */
  guint32 began;          /* record */
  guint32 linked;         /* the same, of what said the resource */
  guint32 attributes;     /* the latest record; 0: none */
} HistoryAwait;

/* All are numbered from 1 on. */
typedef struct
{
  const HistoryScan *scan;
  guint n_records;
  guint *firsts;   /* number of the first record of each piece */
  guint32 *before; /* by record: the one before it of the same task or wait; 0: none */
  HistoryTask *tasks;
  HistoryAwait *awaits;
  guint n_tasks, n_awaits;
  ModelTable task_of, await_of; /* numbers by id */
  GHashTable *closed;           /* resource: the record with which it began or ended last */
  GArray *of_holds;             /* HistoryRecord: those that say who has what, in their order */
} HistoryLinked;

/* @scan outlives it */
void history_linked_init (HistoryLinked *linked, const HistoryScan *scan);
void history_linked_clear (HistoryLinked *linked);

static inline const HistoryTask *
history_linked_get_task (const HistoryLinked *self, guint32 number)
{
  return &self->tasks[number - 1];
}

static inline const HistoryAwait *
history_linked_get_await (const HistoryLinked *self, guint32 number)
{
  return &self->awaits[number - 1];
}

const HistoryRecord *history_linked_get_record (const HistoryLinked *linked, guint32 number);
/* Nothing is over that it was said to be on. */
gboolean history_linked_is_current (const HistoryLinked *linked, const HistoryAwait *await);

G_END_DECLS

#endif
