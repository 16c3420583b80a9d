/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_WALK_PRIVATE_H
#define EXPORT_WALK_PRIVATE_H

#include "export/walk.h"

G_BEGIN_DECLS

/* What the files that walk share: walk.c has tasks and waits, walk-polls.c what runs on threads, walk-tell.c
 * what is told of by the way. */

/* What is kept of a live task. */
typedef struct
{
  guint64 number;
  guint64
      lanes[EXPORT_POLL]; /* of each kind of wait: taken, a bit each; what finds none shares one */
  gint64 woken_ns;        /* 0: it has been polled since */
  gint32 waker_tid;
  guint64 waker;
} Live;

/* And of a wait. */
typedef struct
{
  guint64 id;
  guint64 number;        /* of its task */
  const ModelTask *task; /* may have ended */
  guint8 of;
  guint8 lane;
  guint8 is_cause; /* a flow begins there */
} Wait;

/* And of the polls on a thread. */
typedef struct
{
  guint64 ids[MODEL_POLL_DEPTH];
  guint64 causes[MODEL_POLL_DEPTH];
} Stack;

typedef struct
{
  const ExportTrace *trace;
  ExportOutput *output;
  const ExportWriter *writer;
  gpointer data;
  InspectorSession *session;

  InspectorTarget *target;
  ReportInput input;   /* of that target: its model and places */
  GHashTable *live;    /* ModelTask -> Live */
  GHashTable *waits;   /* ModelAwait, or ModelResource with an exchange -> Wait */
  GHashTable *stacks;  /* ModelThread -> Stack */
  GHashTable *threads; /* tids that were told of */
  guint64 n_spans;
  guint64 n_wakes;
  guint64 n_running;
  guint64 counts[EXPORT_N_COUNTERS]; /* as they were told */
  gint64 counted_ns;
} Walk;

#define TELL(walk, what, ...)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((walk)->writer->what != NULL)                                                              \
      (walk)->writer->what ((walk)->data, __VA_ARGS__);                                            \
  }                                                                                                \
  G_STMT_END

void walk_count (Walk *walk, gint64 now_ns, gboolean is_last);
ExportPlace walk_get_place (Walk *walk, guint32 location);
/* 0: not known */
gint32 walk_get_tid (Walk *walk, guint32 ring);
void walk_tell_thread (Walk *walk, gint32 tid);
/* The program's own word on which request of a larger whole it serves; NULL. */
const char *walk_find_traceparent (Walk *walk, const ModelAttributes *attributes);
void walk_fill_task (Walk *walk, const ModelTask *task, const char *name, ExportTask *ret_task);
/* @parent: NULL where its begin was not seen. */
Live *walk_begin_live (Walk *walk, const ModelTask *task, const ModelTask *parent);
/* Begins it where it was not known. */
Live *walk_get_live (Walk *walk, const ModelTask *task);

void walk_poll_began (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                      ModelAwait *cause);
void walk_poll_ended (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                      gint64 end_ns);
void walk_tell_poll (Walk *walk, const ModelThread *thread, const ModelPoll *poll, gint64 end_ns,
                     gboolean is_open);

G_END_DECLS

#endif
