/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_EXPORTER_H
#define EXPORT_EXPORTER_H

/* What a recording is turned into: one writer for each format, all fed by the same walk (walk.c).
 * A writer sees the recording once, in its order, and keeps nothing but what is open at the moment:
 * a recording may be longer than memory. Names and sentences have passed model_format_text() or
 * come from the program's symbols; each writer escapes them as its format wants. */

#include <gio/gio.h>

#include "analysis/report.h"
#include "export/output.h"

G_BEGIN_DECLS

/* ---- What is told --------------------------------------------------------------------------- */

/* Times are on the clock of the records (CLOCK_MONOTONIC) unless they are named otherwise. */
typedef struct
{
  const char *path;
  const guint8 *id;     /* 16 bytes: of this recording and its copies */
  gint64 zero_ns;       /* the first record */
  gint64 end_ns;        /* the last one that is wanted */
  gint64 zero_real_ns;  /* @zero_ns since 1970 */
  gboolean has_instant; /* somebody asked for one instant, which is @end_ns */
  guint64 n_lost;       /* records, of all programs, while it was made */
} ExportTrace;

/* A program that ran in a process. */
typedef struct
{
  guint32 number; /* from 1, in the recording: exec begins another one in the same process */
  int pid, parent_pid;
  const char *command;
} ExportProcess;

typedef struct
{
  const char *function; /* (nullable) */
  const char *where;    /* "request.c:88", "" */
} ExportPlace;

typedef struct
{
  guint64 number; /* unique in the recording */
  guint64 parent; /* 0 unknown */
  const char *name;
  const char *traceparent;        /* of W3C, as the program said it; (nullable) */
  const char *parent_traceparent; /* that of @parent, as it begins; (nullable) */
  ExportPlace place;              /* where it began */
  gboolean is_outside;            /* stands for what happens outside of any task */
  gboolean began_before;          /* its begin was not seen */
  gint64 begin_ns;
  /* From here on when it has ended, or the recording has. */
  gint64 end_ns;
  gboolean is_alive;
  gint32 status; /* 0, or a negative errno */
  guint64 n_polls;
  gint64 polled_ns;
} ExportTask;

typedef enum
{
  EXPORT_AWAIT,    /* of a task; those of one task may overlap, and have different lanes then */
  EXPORT_EXCHANGE, /* from an ask to the peer's answer: a request; as AWAIT */
  EXPORT_POLL,     /* on a thread; within each other. The last: waits come before it */
} ExportSpanOf;

typedef struct
{
  ExportSpanOf of;
  guint64 id;            /* unique in the recording */
  guint64 task;          /* number; 0: none */
  const char *task_name; /* (nullable): of polls at their end, and of waits */
  gboolean is_outside;   /* that task stands for what happens outside of any */
  gint32 tid;            /* of the thread that it is on, or was begun on; 0 unknown */
  guint lane;            /* of waits: from 0, free of others of that task at the time */
  const char *name;      /* the function that began it, or runs; else what kind it is */
  const char *kind;      /* "uv.tcp-connect"; "exchange"; "poll" */
  guint32 flags;         /* InspectAwaitFlags */
  ExportPlace place;
  gint64 begin_ns;
  guint64 cause; /* id of the await that led to this poll; 0 unknown */
  /* From here on at its end. */
  gint64 end_ns;
  gboolean is_open; /* the recording ended before it did */
  gint32 status;
  guint64 n_fired;
  gboolean is_cause;            /* it is the origin of a flow */
  const char *traceparent;      /* (nullable) */
  const char *task_traceparent; /* of its task; (nullable) */
  gconstpointer wait;           /* for export_span_dup_waits_for() */
  AnalysisPlaces *places;
} ExportSpan;

/* What a wait is for, in words; NULL for a poll; (transfer full) */
char *export_span_dup_waits_for (const ExportSpan *span);

typedef enum
{
  EXPORT_RESUMES, /* an await leads to the poll that follows it; id is the await's */
  EXPORT_WAKES,   /* a poll, or a thread, wakes a task, which is polled then */
} ExportFlowOf;

typedef struct
{
  ExportFlowOf of;
  guint64 id; /* among those of its kind */
  gint64 from_ns, to_ns;
  gint32 from_tid, to_tid;
  guint64 from_task, to_task; /* 0: none */
} ExportFlow;

typedef enum
{
  EXPORT_TASKS,   /* that have not ended */
  EXPORT_AWAITS,  /* that are pending */
  EXPORT_RUNNING, /* polls under way */
  EXPORT_N_COUNTERS
} ExportCounterOf;
extern const char *const export_counter_names[EXPORT_N_COUNTERS];

/* ---- Writers -------------------------------------------------------------------------------- */

/* Any but new and free may be NULL. What is passed is valid until the call returns. Each program
 * comes whole before the next one; its spans begin and end in the order of its records, whose times
 * may go back by a little between threads. A flow is told of just before the poll that it leads to
 * begins. */
typedef struct
{
  gpointer (*new) (ExportOutput *output, const ExportTrace *trace);
  void (*process) (gpointer self, const ExportProcess *process);
  void (*thread) (gpointer self, gint32 tid, gboolean is_main);
  void (*task_begin) (gpointer self, const ExportTask *task);
  void (*task) (gpointer self, const ExportTask *task);
  void (*span_begin) (gpointer self, const ExportSpan *span);
  void (*span) (gpointer self, const ExportSpan *span);
  void (*flow) (gpointer self, const ExportFlow *flow);
  void (*counter) (gpointer self, ExportCounterOf of, gint64 time_ns, guint64 value);
  /* The program as it is at the end: model, places, findings. */
  void (*process_end) (gpointer self, const ReportInput *state);
  /* A writer that has to know the end before it can choose from the way there is walked again, once:
   * with all but new and free. */
  gboolean (*wants_again) (gpointer self, InspectorSession *session);
  void (*end) (gpointer self, InspectorSession *session);
  void (*free) (gpointer self);
} ExportWriter;

typedef struct
{
  const char *id;
  const char *extensions; /* separated by spaces; the longest that fits decides */
  const char *what;       /* N_() */
  const ExportWriter *writer;
} ExportFormat;

const ExportFormat *export_formats_get (guint *ret_n);
const ExportFormat *export_format_find (const char *id);            /* (nullable) */
const ExportFormat *export_format_find_for_file (const char *path); /* (nullable) */

extern const ExportWriter export_chrome_writer;
extern const ExportWriter export_csv_writer;
extern const ExportWriter export_dot_writer;
extern const ExportWriter export_folded_writer;
extern const ExportWriter export_html_writer;
extern const ExportWriter export_json_writer;
extern const ExportWriter export_otlp_writer;
extern const ExportWriter export_perfetto_writer;
extern const ExportWriter export_speedscope_writer;
extern const ExportWriter export_svg_writer;

G_END_DECLS

#endif
