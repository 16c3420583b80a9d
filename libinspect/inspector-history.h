/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_HISTORY_H
#define INSPECTOR_HISTORY_H

#include "inspector.h"

/**
 * SECTION: inspector-history.h
 *
 * What all tasks of a session did and when: for views that draw time. A live session and a recording
 * are the same to who reads it.
 *
 *     history = inspector_session_keep_history (session);      before the first target
 *     ... the session is polled, or a recording opened ...
 *     n = inspector_history_get_n_tracks (history);
 *     inspector_history_get_coverage (history, i, from_ns, to_ns, width, coverage);
 *
 * A track is a task; tracks are numbered from 0 in the order in which they came, and stay. Spans are
 * the stretches of time in which a task did one thing. Functions that are said to be safe may be called
 * by any thread while another one polls the session; the others belong to the session's thread. Times
 * are nanoseconds on the target's CLOCK_MONOTONIC.
 */

G_BEGIN_DECLS

#define INSPECTOR_TYPE_HISTORY (inspector_history_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorHistory, inspector_history, INSPECTOR, HISTORY, GObject)

/**
 * InspectorState:
 * @INSPECTOR_STATE_NONE: before its begin, or after its end
 * @INSPECTOR_STATE_RUNNING: its code runs
 * @INSPECTOR_STATE_READY: it neither runs nor waits for anything
 * @INSPECTOR_STATE_WAITING: for what ends by itself: an answer, a file, a job of a pool
 * @INSPECTOR_STATE_SLEEPING: until a timer is due
 * @INSPECTOR_STATE_RESTING: it listens, watches or repeats
 * @INSPECTOR_STATE_BLOCKED: for other code of its process: a lock, a condition, another task
 */
typedef enum
{
  INSPECTOR_STATE_NONE,
  INSPECTOR_STATE_RUNNING,
  INSPECTOR_STATE_READY,
  INSPECTOR_STATE_WAITING,
  INSPECTOR_STATE_SLEEPING,
  INSPECTOR_STATE_RESTING,
  INSPECTOR_STATE_BLOCKED,
} InspectorState;
#define INSPECTOR_N_STATES 7

/** InspectorTrack: a task, from its begin to its end. */
typedef struct
{
  guint64 number; /* of the task, in the session */
  guint64 parent; /* number; 0 unknown */
  int pid;
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it goes on */
  gint32 status; /* of its end: 0, or a negative errno */
  guint64 n_spans;
} InspectorTrack;

/** InspectorSpan: a stretch of time in which a task did one thing. */
typedef struct
{
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it goes on */
  InspectorState state;
  guint16 kind;     /* for inspector_history_get_kind(); 0: it waits for nothing */
  guint32 location; /* for inspector_history_dup_place(); 0 unknown */
} InspectorSpan;

/** InspectorCause: one task has made another ready, or begun it. */
typedef struct
{
  gint64 at_ns;
  guint64 from; /* number; 0: outside of any task */
  guint64 to;   /* number */
} InspectorCause;

/** InspectorOperation: what tasks did in some stretch of time, by what and where. */
typedef struct
{
  InspectorState state;
  const char *kind; /* "uv.tcp-connect"; "" */
  char *place;      /* "fetch_posts at request.c:88"; "" */
  guint64 count;
  gint64 total_ns;
  gint64 p50_ns, p95_ns, p99_ns; /* within 4 % */
  gint64 max_ns;
} InspectorOperation;

/**
 * inspector_session_keep_history:
 *
 * Keeps what happens from now on in targets that are added from now on. Costs 16 to 40 bytes for each
 * turn of a task.
 *
 * Returns: (transfer none): the same each time
 */
INSPECTOR_API InspectorHistory *inspector_session_keep_history (InspectorSession *session);
/**
 * inspector_session_get_history:
 *
 * Returns: (transfer none) (nullable): what inspector_session_keep_history() has made
 */
INSPECTOR_API InspectorHistory *inspector_session_get_history (InspectorSession *session);

/**
 * inspector_history_get_range:
 * @first_ns: (out): of the first thing that happened
 * @last_ns: (out): of the last one
 *
 * Safe.
 *
 * Returns: %FALSE: nothing has happened yet
 */
INSPECTOR_API gboolean inspector_history_get_range (InspectorHistory *history, gint64 *first_ns,
                                                    gint64 *last_ns);
/** Grows with whatever happens: a view has to draw again when it has. Safe. */
INSPECTOR_API guint64 inspector_history_get_n_changes (InspectorHistory *history);
INSPECTOR_API gsize inspector_history_get_size (InspectorHistory *history); /* bytes */

/** Safe. */
INSPECTOR_API guint inspector_history_get_n_tracks (InspectorHistory *history);
/**
 * inspector_history_get_track:
 * @ret_track: (out caller-allocates):
 *
 * Safe. Returns: %FALSE: there is no such track
 */
INSPECTOR_API gboolean inspector_history_get_track (InspectorHistory *history, guint index,
                                                    InspectorTrack *ret_track);
/** Returns: %FALSE: no track is that of the task @number */
INSPECTOR_API gboolean inspector_history_find_track (InspectorHistory *history, guint64 number,
                                                     guint *index);
/**
 * inspector_history_dup_name:
 *
 * Returns: (transfer full): of the task: as user code named it, else the function that began it
 */
INSPECTOR_API char *inspector_history_dup_name (InspectorHistory *history, guint index);

/**
 * inspector_history_get_coverage:
 * @n: columns, into which the time from @from_ns to @to_ns is divided
 * @ret_ns: (array) (out caller-allocates): @n times %INSPECTOR_N_STATES: for each column, the
 *   nanoseconds spent in each state
 *
 * Exact at any scale: a task that was blocked for a moment in a column of an hour is seen to have been.
 * Safe.
 */
INSPECTOR_API void inspector_history_get_coverage (InspectorHistory *history, guint index,
                                                   gint64 from_ns, gint64 to_ns, guint n,
                                                   gint64 *ret_ns);
/**
 * inspector_history_get_spans:
 * @ret_spans: (array length=max) (out caller-allocates): those that touch the time from @from_ns to
 *   @to_ns, the first @max of them
 *
 * Safe. Returns: how many
 */
INSPECTOR_API guint inspector_history_get_spans (InspectorHistory *history, guint index,
                                                 gint64 from_ns, gint64 to_ns,
                                                 InspectorSpan *ret_spans, guint max);
/**
 * inspector_history_get_state_at:
 * @ret_span: (out caller-allocates): what the task did at that instant
 *
 * Safe. Returns: %FALSE: it had not begun
 */
INSPECTOR_API gboolean inspector_history_get_state_at (InspectorHistory *history, guint index,
                                                       gint64 at_ns, InspectorSpan *ret_span);
/**
 * inspector_history_get_causes:
 * @ret_causes: (array length=max) (out caller-allocates): the first @max from @from_ns to @to_ns
 *
 * Safe. Returns: how many
 */
INSPECTOR_API guint inspector_history_get_causes (InspectorHistory *history, gint64 from_ns,
                                                  gint64 to_ns, InspectorCause *ret_causes,
                                                  guint max);
/**
 * inspector_history_get_activity:
 * @ret_counts: (array length=n) (out caller-allocates): how much happened in each of @n equal parts of
 *   the time from @from_ns to @to_ns, about
 */
INSPECTOR_API void inspector_history_get_activity (InspectorHistory *history, gint64 from_ns,
                                                   gint64 to_ns, guint n, double *ret_counts);
/**
 * inspector_history_summarize:
 *
 * Counts what all tasks, or one, did from @from_ns to @to_ns: spans that ended in it, whole. @index:
 * of a track; %G_MAXUINT: all.
 *
 * Returns: (transfer full) (element-type InspectorOperation): what took most time first
 */
INSPECTOR_API GPtrArray *inspector_history_summarize (InspectorHistory *history, guint index,
                                                      gint64 from_ns, gint64 to_ns);

/** Returns: the name of the kind of what a span of track @index waits for: "uv.tcp-connect"; "" */
INSPECTOR_API const char *inspector_history_get_kind (InspectorHistory *history, guint index,
                                                      guint16 kind);
/**
 * inspector_history_dup_place:
 *
 * Returns: (transfer full): a place of a span of track @index: "fetch_posts at request.c:88"; ""
 */
INSPECTOR_API char *inspector_history_dup_place (InspectorHistory *history, guint index,
                                                 guint32 location);

G_END_DECLS

#endif
