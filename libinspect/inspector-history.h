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

/**
 * InspectorHistory::grown:
 *
 * Something has happened. Emitted by inspector_session_poll(), at most once.
 */

#define INSPECTOR_TYPE_HISTORY (inspector_history_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorHistory, inspector_history, INSPECTOR, HISTORY,
                                    GObject)

    /**
 * InspectorState:
 * @INSPECTOR_STATE_NONE: before its begin, or after its end
 * @INSPECTOR_STATE_RUNNING: its code runs
 * @INSPECTOR_STATE_READY: it was woken, or what it waited for is over, and it has not run since
 * @INSPECTOR_STATE_WAITING: for what ends by itself: an answer, a file, a job of a pool
 * @INSPECTOR_STATE_SLEEPING: until a timer is due
 * @INSPECTOR_STATE_RESTING: it listens, watches or repeats, or is a thread that waits for something to do
 * @INSPECTOR_STATE_BLOCKED: for other code of its process: a lock, another task; a condition, where that keeps a
 *   callback from returning or is found to be signalled by nobody
 * @INSPECTOR_STATE_UNKNOWN: not known: it does not run, nothing is known that it waits for, and nobody saw it become
 *   ready. In a recording of a format before 3.2 also what is %INSPECTOR_STATE_READY, which were one there
 */
    typedef enum {
      INSPECTOR_STATE_NONE,
      INSPECTOR_STATE_RUNNING,
      INSPECTOR_STATE_READY,
      INSPECTOR_STATE_WAITING,
      INSPECTOR_STATE_SLEEPING,
      INSPECTOR_STATE_RESTING,
      INSPECTOR_STATE_BLOCKED,
      INSPECTOR_STATE_UNKNOWN,
    } InspectorState;
#define INSPECTOR_N_STATES 8

/**
 * InspectorFamily:
 * @INSPECTOR_FAMILY_NONE: it waits for nothing
 * @INSPECTOR_FAMILY_TIMER: until a timer is due
 * @INSPECTOR_FAMILY_NETWORK: for a socket, a pipe, another descriptor, a name to be looked up
 * @INSPECTOR_FAMILY_FILE: for a file or a disk
 * @INSPECTOR_FAMILY_LOCK: for a lock, a condition, a semaphore, a barrier
 * @INSPECTOR_FAMILY_CHANNEL: for a channel, a queue, a notification, a wake-up from another thread
 * @INSPECTOR_FAMILY_PROCESS: for another process, or a signal
 * @INSPECTOR_FAMILY_POOL: for a job of a pool of threads
 * @INSPECTOR_FAMILY_TASK: for another task, or a thread that is joined
 * @INSPECTOR_FAMILY_OTHER: for something else
 *
 * What kinds of await have in common, whatever runtime they are of: what is waited for. A kind is of the family
 * that the words of its name and its flags say ("uv.fs-read": a file, also where a pool reads it).
 */
typedef enum
{
  INSPECTOR_FAMILY_NONE,
  INSPECTOR_FAMILY_TIMER,
  INSPECTOR_FAMILY_NETWORK,
  INSPECTOR_FAMILY_FILE,
  INSPECTOR_FAMILY_LOCK,
  INSPECTOR_FAMILY_CHANNEL,
  INSPECTOR_FAMILY_PROCESS,
  INSPECTOR_FAMILY_POOL,
  INSPECTOR_FAMILY_TASK,
  INSPECTOR_FAMILY_OTHER,
} InspectorFamily;
#define INSPECTOR_N_FAMILIES 10

/** InspectorPart: what is told apart in sums. */
typedef struct
{
  guint8 state;  /* an InspectorState */
  guint8 family; /* an InspectorFamily, of one that waits */
} InspectorPart;
/** Of one task, with that of not being there. */
#define INSPECTOR_MAX_PARTS 12

/** InspectorTrack: a task, from its begin to its end. */
typedef struct
{
  guint64 number; /* of the task, in the session */
  guint64 parent; /* number; 0 unknown */
  int pid;
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it goes on */
  gint32 status; /* of its end: 0, a negative errno, or one of INSPECTOR_END_... */
  guint64 n_spans;
} InspectorTrack;

/** Its end was not seen: something else has taken its place since, so it has ended. Inferred. */
#define INSPECTOR_END_NOT_SEEN G_MININT32
/** Its program ended, and it with it. */
#define INSPECTOR_END_OF_PROGRAM (G_MININT32 + 1)

/** InspectorSpan: a stretch of time in which a task did one thing. */
typedef struct
{
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it goes on */
  InspectorState state;
  guint16 kind;     /* for inspector_history_get_kind(); 0: it waits for nothing */
  guint8 family;    /* an InspectorFamily */
  guint32 location; /* for inspector_history_dup_place(); 0 unknown */
  gint32 tid;       /* of the thread, while it runs; else, and unknown: 0 */
} InspectorSpan;

/** InspectorRow: a task at one instant, as much as a table of all of them needs. */
typedef struct
{
  guint64 number;
  guint64 parent; /* number; 0 unknown */
  gint64 begin_ns;
  gint64 end_ns;          /* G_MAXINT64: it goes on */
  gint64 since_ns;        /* when it began to do what it did; of one that had ended: its end */
  InspectorState state;   /* %INSPECTOR_STATE_NONE: it had not begun, or had ended */
  guint32 location;       /* for inspector_history_dup_place() */
  gint32 tid;             /* of the thread that ran it last; 0 unknown */
  guint32 program;        /* tracks of one program have the same numbers of kinds and places */
  guint16 kind;           /* for inspector_history_get_kind(); 0: it waits for nothing */
  guint16 last_kind;      /* of what it waits for, or did last; 0: it was not seen to wait */
  guint8 end_is_inferred; /* of one that had ended: %INSPECTOR_END_NOT_SEEN */
  guint8 family;          /* an InspectorFamily, of one that waits */
} InspectorRow;

/** InspectorPollCount: how far the polls of a task were counted; zeroed at first. */
typedef struct
{
  guint64 n;
  guint64 span;
} InspectorPollCount;

/** InspectorCause: one task has made another ready, or begun it. */
typedef struct
{
  gint64 at_ns;
  guint64 from; /* number; 0: outside of any task */
  guint64 to;   /* number */
} InspectorCause;

/**
 * InspectorHolder: somebody has something, at one instant.
 */
typedef struct
{
  char *what;  /* "mutex queue_lock" */
  char *place; /* where it was taken: "fetch_posts at request.c:88"; "" */
  gint64 since_ns;
  guint track; /* of the task that has it; %G_MAXUINT: a thread outside of any task */
  int tid;     /* of the thread that took it; 0 unknown */
} InspectorHolder;

/** InspectorSocketFacts: what the kernel says of a socket now; of the past it says nothing. */
typedef struct
{
  char *kind; /* "tcp" */
  char *state, *local, *peer;
  guint64 send_queue_bytes;    /* not acknowledged */
  guint64 receive_queue_bytes; /* not read */
  char *peer_command;          /* (nullable): who has the other end, on this machine */
} InspectorSocketFacts;

/** InspectorPending: one thing that a task waits for, at one instant. */
typedef struct
{
  const char *kind; /* "uv.tcp-connect" */
  char *text;       /* translated: "connecting to 127.0.0.1:80" */
  char *place;      /* where it began; "" */
  gint64 begin_ns;
  GPtrArray *holders;           /* (element-type InspectorHolder): of what it waits for */
  guint awaited;                /* track of the task whose end it waits for; %G_MAXUINT: of none */
  gint64 deadline_ns;           /* it ends then at the latest; 0: nothing ends it */
  char *deadline_place;         /* where the timer that does it was set; "" */
  InspectorSocketFacts *socket; /* (nullable): of a program that runs, and now */
} InspectorPending;

/** InspectorVariable: what was said of a task. */
typedef struct
{
  const char *name;
  char *value; /* as people read it */
  const char
      *type; /* "text", "bytes", "duration", ...; of debug information, as the language has it */
  GPtrArray *fields; /* (nullable) (element-type InspectorVariable): of what has parts */
  gboolean
      is_decoded; /* @value is as debug information is shown: "0x55d0 -> job {id: 12}", and has its parts in it */
} InspectorVariable;

/** InspectorMoment: what a task was at one instant, in full. */
typedef struct
{
  gint64 at_ns;
  InspectorState state;
  char *name;
  char *state_name;     /* that its program gave it; "" */
  GPtrArray *pending;   /* (element-type InspectorPending): the latest first */
  GPtrArray *holds;     /* (element-type InspectorHolder) */
  GPtrArray *variables; /* (element-type InspectorVariable) */
} InspectorMoment;

/** InspectorEvent: a record. */
typedef struct
{
  gint64 at_ns;
  guint track;      /* %G_MAXUINT: of no task */
  const char *type; /* "await-begin"; see inspector_history_list_events() */
  const char *kind; /* of the object: "uv.tcp-connect"; "" */
  guint64 object;   /* await, resource, cause; 0 */
  int tid;
  char *place; /* "fetch_posts at request.c:88"; "" */
  char *text;  /* name of a state, value of an attribute, status; "" */
} InspectorEvent;

/** InspectorOperation: what tasks did in some stretch of time, by what and where. */
typedef struct
{
  InspectorState state;
  InspectorFamily family;
  const char *kind; /* "uv.tcp-connect"; "" */
  char *place;      /* "fetch_posts at request.c:88"; "" */
  guint64 count;
  gint64 total_ns;
  gint64 p50_ns, p95_ns, p99_ns; /* within 4 % */
  gint64 max_ns;
  const char *words; /* what @kind is, translated: "connecting to …"; "" */
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
 * inspector_history_open_recording:
 * @path: of a recording
 * @warning: (out) (transfer full) (optional) (nullable): one line where it is not whole
 *
 * What the tasks of a recording did, without a session: costs what was written beside the records for
 * this, and not the records; what tasks did is read when it is looked at. It is the same history as that of a
 * session that reads all of the recording, which costs some 0.2 µs for each record and tells what is wrong.
 *
 * Returns: (transfer full) (nullable): %NULL: @error; with %G_IO_ERROR_NOT_FOUND the recording was cut
 *   off, or made by a flight recorder, and only a session can read it
 */
INSPECTOR_API InspectorHistory *inspector_history_open_recording (const char *path, char **warning,
                                                                  GError **error);

/**
 * inspector_history_get_range:
 * @first_ns: (out): of the first thing that happened
 * @last_ns: (out): of the last one, or until when a program was there and did nothing
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
/** Returns: how many of those bytes lie in a file without a name, from which memory is paged. Safe. */
INSPECTOR_API gsize inspector_history_get_paged_size (InspectorHistory *history);
/**
 * inspector_history_get_n_left_out:
 *
 * A history grows up to 16 GiB, of which a few hundred megabytes are in memory and the rest in a file in the
 * user's cache folder; where the disk has no room for that, up to 1 GiB in memory. What happens from then
 * on is left out of it. Safe.
 *
 * Returns: how many changes of what a task does found no room; 0: all is there
 */
INSPECTOR_API guint64 inspector_history_get_n_left_out (InspectorHistory *history);

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
 * inspector_history_find_task:
 * @pid: of its process
 * @id: of the task in its program, which uses it again for others later
 * @at_ns: an instant at which it lived
 *
 * Returns: %FALSE: no track is that of such a task
 */
INSPECTOR_API gboolean inspector_history_find_task (InspectorHistory *history, int pid, guint64 id,
                                                    gint64 at_ns, guint *index);
/**
 * inspector_history_dup_name:
 *
 * Returns: (transfer full): of the task: as user code named it, else the function that began it; translated
 *   "unnamed" where neither is known
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
 * inspector_history_get_coverage_by_part:
 * @ret_parts: (array) (out caller-allocates): what was told apart; %INSPECTOR_MAX_PARTS find room
 * @ret_ns: (array) (out caller-allocates): @n times %INSPECTOR_MAX_PARTS: for each column, the nanoseconds
 *   spent in each part
 *
 * The same, with what was waited for. Exact, too, but of a task with more families of waits than there are
 * parts: several are counted as %INSPECTOR_FAMILY_OTHER of their state then.
 *
 * Safe. Returns: how many parts there are
 */
INSPECTOR_API guint inspector_history_get_coverage_by_part (InspectorHistory *history, guint index,
                                                            gint64 from_ns, gint64 to_ns, guint n,
                                                            InspectorPart *ret_parts,
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
 * inspector_history_get_rows:
 * @first: index of a track
 * @n: so many from that one on
 * @at_ns: an instant
 * @ret_rows: (array length=n) (out caller-allocates): one for each
 *
 * What many tasks did at one instant. One that had not begun has no state, and its begin is later; one
 * that had ended has none either. About 0.2 µs each.
 *
 * Safe. Returns: how many there are
 */
INSPECTOR_API guint inspector_history_get_rows (InspectorHistory *history, guint first, guint n,
                                                gint64 at_ns, InspectorRow *ret_rows);
/**
 * inspector_history_count_polls:
 * @count: (inout): counted on, or back, from where it was left: near instants cost little
 *
 * Counts the polls of a task. One that began inside of another of the same task is not counted.
 *
 * Safe. Returns: how often it had been polled until @at_ns, the poll of that instant included
 */
INSPECTOR_API guint64 inspector_history_count_polls (InspectorHistory *history, guint index,
                                                     gint64 at_ns, InspectorPollCount *count);
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
/**
 * inspector_history_summarize_async:
 *
 * The same, counted in a thread: what millions of tasks did takes a while. @callback is called in the
 * session's thread.
 */
INSPECTOR_API void inspector_history_summarize_async (InspectorHistory *history, guint index,
                                                      gint64 from_ns, gint64 to_ns,
                                                      GCancellable *cancellable,
                                                      GAsyncReadyCallback callback, gpointer data);
/** Returns: (transfer full) (nullable) (element-type InspectorOperation): %NULL: @error, cancelled */
INSPECTOR_API GPtrArray *inspector_history_summarize_finish (InspectorHistory *history,
                                                             GAsyncResult *result, GError **error);

/* ---- From the recording ------------------------------------------------------------------------- */

/**
 * inspector_history_get_moment:
 * @index: of a track
 * @at_ns: an instant
 *
 * What a task was at that instant: the recording is read from the keyframe before it, some 10 ms, and
 * other tasks at the same instant cost nothing more. A live session that is not recorded knows only of
 * now.
 *
 * Returns: (transfer full) (nullable): free with inspector_moment_free(); %NULL: it did not live then,
 *   or @error
 */
INSPECTOR_API InspectorMoment *inspector_history_get_moment (InspectorHistory *history, guint index,
                                                             gint64 at_ns, GError **error);
INSPECTOR_API void inspector_moment_free (InspectorMoment *moment);
/**
 * inspector_history_has_moments:
 * @tracks: (array length=n) (nullable): indexes of tracks; %NULL: all of them, as
 *   inspector_history_build_graph() wants
 * @n: how many
 * @at_ns: an instant
 * @is_ahead: and whom they wait for, in any number of steps, as a graph with #InspectorGraphChoice.only_ahead wants
 *
 * Of very many tasks an instant takes a while to be read: some hundred ms of 200,000. Who must not be kept waiting
 * asks first, and has it read by inspector_history_read_moments_async() where it is not there.
 *
 * Returns: whether inspector_history_get_moment() answers for each of them within a few ms
 */
INSPECTOR_API gboolean inspector_history_has_moments (InspectorHistory *history,
                                                      const guint *tracks, guint n, gint64 at_ns,
                                                      gboolean is_ahead);
/**
 * inspector_history_read_moments_async:
 * @tracks: (array length=n) (nullable): as of inspector_history_has_moments()
 *
 * Reads in a thread of its own what @tracks were at @at_ns. In @callback, which is called in the session's thread, and
 * for as long as nobody asks for other instants, they are there after
 * inspector_history_read_moments_finish().
 */
INSPECTOR_API void
inspector_history_read_moments_async (InspectorHistory *history, const guint *tracks, guint n,
                                      gint64 at_ns, gboolean is_ahead, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data);
/** Returns: %FALSE: @error, or cancelled */
INSPECTOR_API gboolean inspector_history_read_moments_finish (InspectorHistory *history,
                                                              GAsyncResult *result, GError **error);
/**
 * inspector_history_count_live:
 * @at_ns: an instant
 *
 * Returns: how many tasks lived then, in the recording; -1: @error
 */
INSPECTOR_API gint inspector_history_count_live (InspectorHistory *history, gint64 at_ns,
                                                 GError **error);
/**
 * inspector_history_list_events:
 * @index: of a track; %G_MAXUINT: all
 * @at_ns: an instant
 * @n: so many from @at_ns on; -@n: so many that were before it
 * @types: (array zero-terminated=1) (nullable): those alone: "task-begin", "task-end", "poll-begin",
 *   "poll-end", "await-begin", "await-end", "resume", "suspend", "wake", "resource-begin",
 *   "resource-end", "acquire", "release", "state", "attribute", "point"
 *
 * Records around an instant, as they were read. To go on, ask again from the time of the last or the
 * first of them.
 *
 * Returns: (transfer full) (nullable) (element-type InspectorEvent): in the order of time; %NULL:
 *   @error
 */
INSPECTOR_API GPtrArray *inspector_history_list_events (InspectorHistory *history, guint index,
                                                        gint64 at_ns, gint n,
                                                        const char *const *types, GError **error);
/**
 * inspector_history_list_events_async:
 *
 * The same in a thread of its own: what is rare is searched for in all of the recording. Where it is
 * cancelled, so is the search.
 */
INSPECTOR_API void
inspector_history_list_events_async (InspectorHistory *history, guint index, gint64 at_ns, gint n,
                                     const char *const *types, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
/** Returns: (transfer full) (nullable) (element-type InspectorEvent): as of that */
INSPECTOR_API GPtrArray *inspector_history_list_events_finish (InspectorHistory *history,
                                                               GAsyncResult *result,
                                                               GError **error);

/**
 * inspector_history_list_events_between:
 * @from_ns: an instant
 * @to_ns: an instant: nothing is read from then on, so that a long recording can be searched a piece at a
 *   time
 * @max: the first so many
 * @types: (array zero-terminated=1) (nullable): as of inspector_history_list_events()
 *
 * Returns: (transfer full) (nullable) (element-type InspectorEvent): in the order of time; %NULL:
 *   @error
 */
INSPECTOR_API GPtrArray *inspector_history_list_events_between (InspectorHistory *history,
                                                                guint index, gint64 from_ns,
                                                                gint64 to_ns, guint max,
                                                                const char *const *types,
                                                                GError **error);

/** Returns: the name of the kind of what a span of track @index waits for: "uv.tcp-connect"; "" */
INSPECTOR_API const char *inspector_history_get_kind (InspectorHistory *history, guint index,
                                                      guint16 kind);
/** Returns: whether what waits for things of @kind is another process, that a task waits for, and no task of the
 * program itself */
INSPECTOR_API gboolean inspector_kind_is_process (const char *kind);
/** Returns: the same in words, translated: "connecting to …"; where its runtime has none, its name */
INSPECTOR_API const char *inspector_history_get_kind_words (InspectorHistory *history, guint index,
                                                            guint16 kind);
/**
 * inspector_history_dup_place:
 *
 * Returns: (transfer full): a place of a span of track @index: "fetch_posts at request.c:88"; ""
 */
INSPECTOR_API char *inspector_history_dup_place (InspectorHistory *history, guint index,
                                                 guint32 location);

/**
 * inspector_history_dup_place_file:
 * @ret_line: (out) (optional): from 1; 0 unknown
 *
 * Returns: (transfer full): the source file of that place as its compiler was told, which is an absolute
 *   path for the most part, though not always one of this machine; "": it is not known
 */
INSPECTOR_API char *inspector_history_dup_place_file (InspectorHistory *history, guint index,
                                                      guint32 location, guint *ret_line);
/**
 * inspector_history_find_files:
 * @where: "request.c:88", as any text of this library says it, or "request.c"
 *
 * Returns: (transfer full) (array zero-terminated=1): the source files that it may mean, as
 *   inspector_history_dup_place_file() tells them, of those whose names have been told so far; mostly one
 */
INSPECTOR_API char **inspector_history_find_files (InspectorHistory *history, const char *where);
/** As inspector_history_find_files(), of what reports and profiles of @session have told. */
INSPECTOR_API char **inspector_session_find_files (InspectorSession *session, const char *where);

G_END_DECLS

#endif
