/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_STOPS_H
#define INSPECTOR_STOPS_H

#include "inspector.h"

/**
 * SECTION: inspector-stops.h
 *
 * Breakpoints of live programs. A thread that meets one stands still before it goes on with its
 * task, and what it does there can be looked at: its stack, its variables, what its task waits for.
 * The other threads go on, unless asked otherwise.
 *
 *     id = inspector_session_add_breakpoint (session, "fetch_posts if attempts > 3", &error);
 *     ... inspector_session_poll() emits ::stopped, with an InspectorStop
 *     inspector_session_step (session, stop->id, INSPECTOR_STEP_AWAIT);
 *
 * What a breakpoint is, in words:
 *
 *     FUNCTION            an await that begins in it or below it, or a callback that it is
 *     FILE:LINE           the same of a line; where it has no code, of the next one that has
 *     state:NAME          a task comes into that state
 *     kind:NAME           an await of that kind begins: "kind:uv.tcp-connect"
 *     task:NAME, #NUMBER  a task of that name begins or runs; that task runs
 *     resource:TEXT       something of which TEXT is part of the description is waited for or taken
 *     longer:DURATION     an await begins that is due in more than that: "longer:5s"
 *     point:NAME          a point of the program is passed (INSPECT_POINT)
 *     deadlock            any deadlock forms
 *
 * and, behind it, "if NAME OPERATOR VALUE" with "and NAME OPERATOR VALUE" as often as wanted. NAME is
 * a variable of the task or what is known of the await ("bytes", "path"), or state, task, name, polls;
 * OPERATOR is =, !=, <, <=, >, >= or ~ (contains). What has no such variable does not match.
 *
 * A program goes on by itself when the inspector ends, or does not poll for more than a second.
 * Everything here belongs to the session's thread.
 */

G_BEGIN_DECLS

/**
 * InspectorStop: a thread that stands still, or a deadlock that was to be stopped at
 *
 * Belongs to the session, and lives until the thread goes on.
 */
typedef struct
{
  guint id; /* in the session; never 0 */
  int pid;
  int tid;           /* 0: no thread; a deadlock */
  guint64 task;      /* number; 0: outside of any task */
  guint breakpoint;  /* its id; 0: a step has ended, or all threads were to stop */
  gint64 at_ns;      /* when this was read, on CLOCK_MONOTONIC */
  const char *what;  /* translated: "task 42 (fetch_posts) begins to wait: http GET h:80/a" */
  const char *place; /* "fetch_posts at request.c:88"; "" */
} InspectorStop;

/**
 * InspectorSession::stopped:
 * @stop: (type gpointer): an #InspectorStop
 *
 * Emitted by inspector_session_poll().
 */

/**
 * InspectorSession::went-on:
 * @id: of a stop
 *
 * It is over: it was continued, or the thread has gone on or ended by itself.
 */

/** InspectorBreakpoint: as it is now. */
typedef struct
{
  guint id;
  char *text; /* as it was given */
  gboolean is_enabled;
  guint64 n_hits;
  char *trouble; /* translated, one line: why it cannot be met as things are; NULL: it can */
} InspectorBreakpoint;

/**
 * inspector_session_add_breakpoint:
 * @text: as above
 *
 * Holds in all live targets, also those that come later, and in modules that they load later.
 *
 * Returns: its id; 0: @error, one translated line
 */
INSPECTOR_API guint inspector_session_add_breakpoint (InspectorSession *session, const char *text,
                                                      GError **error);
/** Returns: %FALSE: there is no such breakpoint */
INSPECTOR_API gboolean inspector_session_remove_breakpoint (InspectorSession *session, guint id);
INSPECTOR_API gboolean inspector_session_enable_breakpoint (InspectorSession *session, guint id,
                                                            gboolean enable);
/**
 * inspector_session_list_breakpoints:
 *
 * Returns: (transfer full) (element-type InspectorBreakpoint): in the order in which they came
 */
INSPECTOR_API GPtrArray *inspector_session_list_breakpoints (InspectorSession *session);

/** Whether at a breakpoint the other threads of the program stop, too, each at its next event. */
INSPECTOR_API void inspector_session_set_stop_all (InspectorSession *session, gboolean stop_all);
INSPECTOR_API gboolean inspector_session_get_stop_all (InspectorSession *session);

/**
 * inspector_session_list_stops:
 *
 * Returns: (transfer container) (element-type InspectorStop): what stands still now, the earliest
 *   first
 */
INSPECTOR_API GPtrArray *inspector_session_list_stops (InspectorSession *session);
/** Returns: (transfer none) (nullable) */
INSPECTOR_API const InspectorStop *inspector_session_find_stop (InspectorSession *session,
                                                                guint id);
/**
 * inspector_session_dup_stop_holds:
 *
 * What others wait for while that thread stands still.
 *
 * Returns: (transfer full) (array zero-terminated=1): translated, one line each: "holds mutex
 *   accounts, which task 3 (audit) waits for"
 */
INSPECTOR_API char **inspector_session_dup_stop_holds (InspectorSession *session, guint id);

/** InspectorLocal: a variable of a task, or, from debug info, of a frame */
typedef struct
{
  char *name;
  char *type;  /* "struct request *"; "" */
  char *value; /* on one line; "?": it cannot be read; "<optimized out>" */
  gboolean is_parameter;
} InspectorLocal;

/**
 * inspector_session_dup_stop_variables:
 *
 * What the program has said of the task (INSPECT_STATE, attributes), as it is now; and what is around what it waits
 * with, where that can be inferred, marked as such.
 *
 * Returns: (transfer full) (element-type InspectorLocal): the state first, as "state"
 */
INSPECTOR_API GPtrArray *inspector_session_dup_stop_variables (InspectorSession *session, guint id);

/** InspectorFrame: of a thread that stands still */
typedef struct
{
  char *function; /* "fetch_posts", "app+0x1234" */
  char *place;    /* "request.c:88"; "" */
  gboolean is_runtime; /* of a runtime's own library, or ours */
  GPtrArray *locals;   /* (element-type InspectorLocal) */
} InspectorFrame;
/**
 * inspector_session_dup_stop_frames:
 *
 * The stack of the thread, the innermost frame first, read from outside; those of async-inspect itself
 * are left out. Takes some 10 ms, and as long as finding its debug info takes the first time.
 *
 * Returns: (transfer full) (nullable) (element-type InspectorFrame): %NULL: @error
 */
INSPECTOR_API GPtrArray *inspector_session_dup_stop_frames (InspectorSession *session, guint id,
                                                            GError **error);

/** InspectorStepTo: where a task that is let go stops next */
typedef enum
{
  INSPECTOR_STEP_POLL,  /* when it runs again */
  INSPECTOR_STEP_AWAIT, /* when it begins to wait */
  INSPECTOR_STEP_ANY,   /* at whatever any task does next */
} InspectorStepTo;
/** Returns: %FALSE: nothing of that id stands still */
INSPECTOR_API gboolean inspector_session_step (InspectorSession *session, guint id,
                                               InspectorStepTo to);
/** @id: 0: all that stands still. */
INSPECTOR_API void inspector_session_continue (InspectorSession *session, guint id);
/** Every thread stops at its next event. */
INSPECTOR_API void inspector_session_pause (InspectorSession *session);

G_END_DECLS

#endif
