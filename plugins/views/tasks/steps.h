/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_STEPS_H
#define TASKS_STEPS_H

#include "table.h"

G_BEGIN_DECLS

/* The way of a task until an instant: what it has waited for, what it waits for, and what tasks of its name
 * that have ended did next after the same beginning. */

/* The latest of what one task did; what came before is counted. */
#define TASKS_STEPS_MAX 12u

typedef struct
{
  const char *function; /* interned: in whose code the wait began */
  const char *kind;     /* interned: "uv.tcp-connect" */
  gint64 duration_ns;   /* of all of them */
  guint count;          /* so often in a row */
} TasksStep;

typedef struct
{
  TasksStep steps[TASKS_STEPS_MAX];
  guint n;
  guint n_earlier;                   /* before those */
  gboolean is_cut;                   /* what it did first is not looked at: there is too much */
  InspectorState waits;              /* of the last of them; NONE: all are over */
  const char *next[TASKS_STEPS_MAX]; /* interned functions */
  guint n_next;
  guint seen_in; /* so many ended tasks went on so */
} TasksSteps;

/* The ways of tasks that have ended, by name. */
typedef struct _TasksWays TasksWays;
TasksWays *tasks_ways_new (void);
void tasks_ways_free (TasksWays *ways);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TasksWays, tasks_ways_free)

/* Of the main thread, in some microseconds. @name: word of its name; 0: nothing is foretold */
void tasks_steps_read (TasksSteps *steps, InspectorHistory *history, TasksWords *words,
                       TasksWays *ways, guint track, guint32 name, gint64 at_ns);
/* (transfer full): a line each: what is done, waited for, not yet; "" where there is nothing */
char *tasks_steps_to_text (const TasksSteps *steps);
/* (transfer full): "2 done, waiting in fetch_posts, 1 to come" */
char *tasks_steps_dup_summary (const TasksSteps *steps);

G_END_DECLS

#endif
