/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_INSPECTOR_TARGET_PRIVATE_H
#define SESSION_INSPECTOR_TARGET_PRIVATE_H

#include "analysis/never.h"
#include "analysis/objects-watch.h"
#include "analysis/priority.h"
#include "analysis/unread.h"
#include "analysis/unreferenced.h"
#include "analysis/variables.h"
#include "channel/reader.h"
#include "debuginfo/symbols.h"
#include "model/ahead.h"
#include "session/history.h"
#include "session/probe.h"
#include "session/pulse.h"
#include "session/record.h"
#include "session/session-private.h"

G_BEGIN_DECLS

/* What an InspectorTarget is, for the files that make it up: inspector-target.c says what is known
 * of a process, inspector-source.c reads the channels of the programs that run in it. */

struct _InspectorTarget
{
  GObject parent_instance;
  int pid, parent_pid;
  char *command;
  InspectorTargetState state;
  char *refusal;
  char *core;          /* (nullable): the file that all of it is from */
  int core_signal;     /* that it was left behind for; 0: none */
  char *remark;        /* (nullable): what of it cannot be seen, and what would change that */
  GPtrArray *runtimes; /* char *, NULL-terminated */
  gboolean status_is_known;
  int wait_status;
  gint64 begin_ns, end_ns;
  gboolean is_recorded; /* its clock stands at @end_ns */

  /* The source of the program that runs now. */
  ChannelReader *reader;  /* NULL: fed from elsewhere, or not yet */
  AnalysisTables *tables; /* NULL: as above */
  AnalysisProbe *probe;   /* reads it from outside; NULL: nothing does */
  DebugSymbols *symbols;
  guint32 n_modules;            /* told to @symbols */
  AnalysisVariables *variables; /* NULL: nothing was said of any yet */
  gboolean keeps_variables;     /* their values at each turn */
  gboolean hides_memory;        /* of what is stuck */
  AnalysisObjects *objects;     /* NULL: nobody has asked for any yet */
  AnalysisObjectsWatch *objects_watch;
  struct
  {
    guint64 generation; /* of the session's breakpoints, as it was told */
    guint32 n_modules;  /* that were known then */
    gboolean is_told;
  } armed;
  Pulse *pulse;            /* NULL: nothing is armed */
  RecordingWriter *writer; /* NULL: it is not recorded */
  AnalysisRecord *record;  /* of @reader's program */
  gboolean
      record_is_due; /* it begins with the first record, or when something has to be said without one */
  ModelTarget *model;
  ModelAhead *ahead; /* NULL: @model has few tasks */
  AnalysisPlaces *places;
  GStrv libraries; /* of the runtimes' own */
  AnalysisFacts *facts;
  AnalysisDeadlocks *deadlocks;
  AnalysisNever never;
  AnalysisPriority priority;
  AnalysisUnread unread;
  AnalysisUnreferenced unreferenced;
  AnalysisLockOrder *lock_order;
  struct
  {
    guint64 n_lost; /* records, as it was seen last */
    gint64 lost_ns; /* no record has been lost since; 0: none was */
    gint64 next_ns; /* when to look again */
  } losses;
  gboolean is_profiled;
  ProfileRange profile_range;
  Profile *profile;          /* of the program that runs now */
  GPtrArray *profiles;       /* ProfileResult of those that have ended; NULL: there is none */
  guint n_untold;            /* of them */
  InspectorHistory *history; /* NULL: it is not kept */
  gint64 drained_ns;         /* all records before that have been read; 0: not known */
  guint64 *next_number;
  gboolean is_released; /* ended with nothing to tell: @model is empty but for its figures */

  /* Of the programs that exec has replaced. */
  gboolean is_attached; /* it ran before */
  guint n_programs;
  guint64 n_replaced;
  ChannelStats earlier;
  guint64 earlier_tasks;
};

gint64 inspector_target_now (void); /* on the monotonic clock */
/* The source's own tables, model and findings; the target itself stays. */
void inspector_target_clear_source (InspectorTarget *target);
/* All that an ended program has left in its rings. */
void inspector_target_drain_to_end (InspectorTarget *target);
/* Lets go of what a program that ended in order has no use for. */
void inspector_target_release_ended (InspectorTarget *target);
void inspector_target_begin_record (InspectorTarget *target);
/* As is done with what is looked at from outside: a program is looked at before its channel comes, and that is then
 * the only one that the recording knows of. */
void inspector_target_put_off_record (InspectorTarget *target);
/* What was put off. */
void inspector_target_begin_due_record (InspectorTarget *target);
/* @has_ended: so has the program; else it goes on, and is recorded no longer. */
void inspector_target_end_record (InspectorTarget *target, gboolean has_ended);
void inspector_target_set_remark (InspectorTarget *target, const char *remark);
/* Makes a model for a program that has no channel. */
void inspector_target_attach_nothing (InspectorTarget *target);
/* Begins and ends to count what the present program says. */
void inspector_target_begin_profile (InspectorTarget *target);
void inspector_target_end_profile (InspectorTarget *target);
void inspector_target_say_record (InspectorTarget *target, gint64 now_ns);
/* Code that its channel tells of becomes known to its symbols. */
void inspector_target_add_modules (InspectorTarget *target);
/* Of the program that runs now. */
void inspector_target_get_source_stats (InspectorTarget *target, ChannelStats *ret_stats);
/* A record of it, as it came or as it was found out; a ChannelEventFunc. */
void inspector_target_take (const ChannelEvent *event, void *target);
/* (nullable): it is not read live */
AnalysisObjects *inspector_target_get_objects (InspectorTarget *target);
AnalysisObjects *inspector_target_find_objects (gpointer target); /* the same */
/* For who asked for the values of variables at each turn. */
void inspector_target_look_at_variables (InspectorTarget *target, gboolean has_events);
/* Those that were shown, once more. */
void inspector_target_refresh_objects (InspectorTarget *target);
void inspector_target_add_stats (ChannelStats *sum, const ChannelStats *more);

G_END_DECLS

#endif
