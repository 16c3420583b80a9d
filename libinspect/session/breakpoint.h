/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_BREAKPOINT_H
#define SESSION_BREAKPOINT_H

/* What a breakpoint says, what a target's threads are told of it, and whether one that has stopped
 * means it: inspector-stops.h has the language. */

#include "analysis/places.h"
#include "channel/stops.h"
#include "model/model.h"

G_BEGIN_DECLS

typedef enum
{
  BREAKPOINT_FUNCTION,
  BREAKPOINT_LINE,
  BREAKPOINT_STATE,
  BREAKPOINT_KIND,
  BREAKPOINT_TASK,
  BREAKPOINT_NUMBER,
  BREAKPOINT_RESOURCE,
  BREAKPOINT_LONGER,
  BREAKPOINT_POINT,
  BREAKPOINT_DEADLOCK,
} BreakpointOf;

typedef struct
{
  guint id;
  BreakpointOf of;
  char *text; /* all of it */
  char *name; /* of what it is for; of a file */
  guint line;
  guint64 number;        /* of a task */
  gint64 duration_ns;    /* of LONGER */
  GPtrArray *conditions; /* BreakpointCondition; all have to hold */
  gboolean is_enabled;
  guint64 n_hits;
  char *trouble; /* (nullable): set when it is armed */
  /* The model of a program that has code for it, or that task: that others have none is no trouble. (nullable) */
  gconstpointer placed_in;
  gboolean is_given; /* a task has that number, or had it */
} Breakpoint;

Breakpoint *breakpoint_parse (const char *text, GError **error);
void breakpoint_free (Breakpoint *breakpoint);

/* One program, as far as breakpoints look into it. */
typedef struct
{
  ModelTarget *model;
  AnalysisPlaces *places;
  DebugSymbols *symbols; /* (nullable) */
} BreakpointProgram;

/* Appends what a target's threads have to stop at (ChannelBreak), and sets `trouble`. */
void breakpoint_arm (Breakpoint *breakpoint, const BreakpointProgram *program, GArray *breaks);
/* What names there are instead, as none of the programs (of ModelTarget) has what it is for by now. (transfer full) (nullable) */
char *breakpoint_dup_hint (const Breakpoint *breakpoint, const GPtrArray *models);
/* Whether what stopped there is what was meant. */
gboolean breakpoint_matches (const Breakpoint *breakpoint, const BreakpointProgram *program,
                             const ChannelStop *stop);
/* The task that it has to do with, or else the thread, translated. */
char *breakpoint_dup_subject (const BreakpointProgram *program, const ChannelStop *stop);
/* What the thread was about to do, translated. @stepped: (nullable): what a task that has just ended was
 * called */
char *breakpoint_describe_stop (const BreakpointProgram *program, const ChannelStop *stop,
                                const char *stepped);
/* (nullable): the one that it has to do with; may be that which stands for no task, of id 0 */
ModelTask *breakpoint_stop_get_task (const BreakpointProgram *program, const ChannelStop *stop);
/* The number of a place that it has to do with: 0 none. */
guint32 breakpoint_stop_get_location (const BreakpointProgram *program, const ChannelStop *stop);

G_END_DECLS

#endif
