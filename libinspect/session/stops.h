/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_STOPS_H
#define SESSION_STOPS_H

#include "debuginfo/locals.h"
#include "inspector-stops.h"
#include "session/breakpoint.h"
#include "session/session-private.h"
#include "session/standing.h"

G_BEGIN_DECLS

/* The breakpoints of a session and what stands still at them. */

typedef struct
{
  InspectorStop stop; /* first: what the session hands out */
  InspectorTarget *target;
  gboolean has_thread;
  ChannelStop at;
  char *what, *place;
} Stop;

typedef struct
{
  InspectorTarget *target; /* NULL: there is no step under way */
  InspectorStepTo to;
  guint64 task; /* id; 0: outside of any */
  char *
      subject; /* (nullable): that task in words, which are gone from the model once it has ended */
} Step;

typedef struct
{
  InspectorSession *session; /* whose it is */
  GPtrArray *breakpoints;    /* Breakpoint */
  GPtrArray *stops;          /* Stop */
  guint next_id, next_stop;
  guint64 generation; /* raised when targets have to be told anew */
  gboolean stop_all;  /* as it was asked for */
  gboolean is_paused; /* all threads are to stop, now */
  Step step;
  Standing standing;
  DebugLocals *locals; /* debug info that stacks were read with; NULL: none was yet */
} Stops;

Stops *stops_new (InspectorSession *session);
void stops_free (Stops *stops);
/* Whether there is anything to look for, so that channels have to be read eagerly. */
gboolean stops_are_wanted (const Stops *stops);
/* What waits for a task to begin: targets have to be told once it has. */
void stops_look_for_tasks (Stops *self, const ModelTarget *model);
gboolean stops_stand_still (const Stops *stops);
/* For how long a thread of @target has stood; 0: none does. */
gint64 stops_get_standing (const Stops *stops, InspectorTarget *target, gint64 now_ns);
void stops_end_step (Stops *stops);
/* It goes on, or was found to have done so. */
void stops_remove (Stops *stops, guint index);
/* After the channels have been read. Returns: whether anything has stopped or gone on */
gboolean stops_poll (Stops *stops);
/* A deadlock has formed there. */
void stops_meet_deadlock (Stops *stops, InspectorTarget *target);

Stops *inspector_session_get_stops (InspectorSession *session);
void inspector_session_tell_stopped (InspectorSession *session, const InspectorStop *stop);
void inspector_session_tell_went_on (InspectorSession *session, guint id);

/* ---- Of a target (inspector-target-stops.c) ------------------------------------------------------------ */

/* Tells it what to stop at, where that is not what it was told last. */
void inspector_target_arm (InspectorTarget *target, Stops *stops);
gboolean inspector_target_get_program (InspectorTarget *target, BreakpointProgram *ret_program);
gboolean inspector_target_find_stop (InspectorTarget *target, guint from, ChannelStop *ret_stop);
gboolean inspector_target_is_stopped (InspectorTarget *target, const ChannelStop *stop);
void inspector_target_mark_stop (InspectorTarget *target, const ChannelStop *stop,
                                 gboolean is_parked);
void inspector_target_go (InspectorTarget *target, const ChannelStop *stop);

/* stops-arm.c: (element-type ChannelBreak): all of it for one program, as far as there is room */
GArray *stops_collect (Stops *stops, InspectorTarget *target, const BreakpointProgram *program);
/* The `number` of a ChannelBreak that is a step's. */
#define STOPS_STEP 0xffffu

G_END_DECLS

#endif
