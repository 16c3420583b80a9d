/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_PROFILE_RESULT_H
#define PROFILE_PROFILE_RESULT_H

/* A profile with all its words: what text, JSON, HTML, comparisons and views are made from. Owns all
 * it says; needs neither the program nor its records. */

#include "analysis/finding.h"
#include "profile/histogram.h"

G_BEGIN_DECLS

typedef enum
{
  PROFILE_OPERATION_WAIT,     /* for something outside, or for a job */
  PROFILE_OPERATION_EXCHANGE, /* for the answer of a peer */
  PROFILE_OPERATION_CALL,     /* the thread sleeps in it */
  PROFILE_OPERATION_TASK,     /* for the end of a task or thread */
  PROFILE_OPERATION_SLEEP,    /* a timer */
  PROFILE_OPERATION_LOCK,
  PROFILE_OPERATION_FUNCTION, /* all that a function waits for, and does, until it returns */
  PROFILE_OPERATION_N_CLASSES
} ProfileOperationClass;

typedef enum
{
  PROFILE_NODE_ROOT,
  PROFILE_NODE_TASK,     /* that began there */
  PROFILE_NODE_CALLBACK, /* that ran */
  PROFILE_NODE_WAIT,     /* that began there */
} ProfileNodeClass;

/* What a wait is for, beyond its kind. */
typedef enum
{
  PROFILE_WAIT_PLAIN,
  PROFILE_WAIT_ANSWER, /* the peer owes one */
  PROFILE_WAIT_QUEUE,  /* no thread of its pool has taken it up */
} ProfileWaitClass;

/* The one that took longest, to be looked at; @task 0: none is known. */
typedef struct
{
  guint64 task; /* its id in its program, while it lived */
  gint64 begin_ns;
  gint64 ns;
} ProfileExample;

/* What could be done about it; only where a rule of profile-suggest.c holds. */
typedef struct
{
  const char *rule;   /* for machines: "loop-blocked" */
  char *text;         /* translated, no full stop */
  FindingPlace place; /* the line to change */
} ProfileAdvice;

typedef struct
{
  char *what; /* "waiting to read from 127.0.0.1:80", as its phrase */
  char *kind; /* for machines: "uv.read" */
  ProfileWaitClass as;
  gint64 ns;
  double share; /* of its group's time, or of the whole, 0 to 1 */
} ProfileResultShare;

typedef struct
{
  char *name; /* of the function, else what it waits for */
  FindingPlace place;
  char *what; /* "http GET 127.0.0.1:8080/posts/…" */
  char *kind;
  ProfileOperationClass of;
  Histogram durations;
  ProfileExample worst;
  guint64 n_failed, n_cancelled;
  guint64 n_pending;
  gint64 oldest_ns;  /* of them */
  guint64 n_endless; /* of them, that nothing is known to end in time */
  gint64 endless_ns;
  double loop_busy_share; /* of the time, in which its loop ran callbacks */
  double queued_share;    /* of the time, in which no thread of its pool had taken it up */
  double in_row_share;    /* of them that began after another one of their task had ended */
  guint64 longest_row;
  ProfileAdvice *advice; /* (nullable) */
} ProfileResultOperation;

typedef struct
{
  char *name;
  FindingPlace place;
  gboolean is_thread;
  Histogram lifetimes;
  ProfileExample worst;
  guint64 n_seen, n_ended, n_failed;
  gint64 running_ns, waiting_ns, ready_ns, resting_ns;
  gint64 unknown_ns; /* of threads: they run, or are in calls that nobody follows */
  GPtrArray *shares; /* ProfileResultShare, of waiting, the largest first */
  guint64 n_polls, n_wakes, n_self_wakes, n_idle_polls;
  Histogram delays;
  guint64 n_lost; /* of them, that nobody is left to resume, as far as is known */
  gint64 longest_lost_ns;
  ProfileAdvice *advice;
} ProfileResultTasks;

typedef struct
{
  FindingPlace place;
  guint64 count;
  gint64 total_ns;
  gint64 max_ns;
} ProfileResultPlace;

typedef struct
{
  char *name; /* "mutex queue_lock" */
  char *kind;
  Histogram waits, holds;
  ProfileExample worst;
  guint most_waiting;
  guint64 n_cancelled;
  guint64 n_pending;
  gint64 oldest_ns;
  GPtrArray *waiting, *holding; /* ProfileResultPlace, most time first */
  ProfileAdvice *advice;
} ProfileResultLock;

typedef struct
{
  char *name;
  guint64 permits;     /* 0: not known */
  char *permits_label; /* (nullable): what its runtime calls them: "threads (UV_THREADPOOL_SIZE)" */
  guint most_queued, most_running;
  guint64 n_unknown;
  Histogram waits, runs;
  gint64 full_ns;
  GPtrArray *jobs; /* ProfileResultPlace */
  ProfileAdvice *advice;
} ProfileResultPool;

/* A callback that kept its loop for long. */
typedef struct
{
  FindingPlace place;
  Histogram own;
  guint64 n_long;
  gint64 worst_ns, worst_begin_ns; /* from the beginning of the profile */
  gint64 worst_slept_ns;
  ProfileExample worst;
  guint64 worst_task;
  gint32 worst_tid;
  guint worst_held_up;
  gint64 open_ns; /* still running, for so long; 0 no */
  gint64 open_slept_ns;
  gboolean never_yields;
  FindingPlace sleep; /* what it slept in for longest */
  char *sleep_what;   /* (nullable): nothing that is known */
  gint64 sleep_ns;
  char **stack; /* (nullable): "function (file.c:3)", the innermost first */
  ProfileAdvice *advice;
} ProfileResultCallback;

typedef struct
{
  char **names; /* of the functions; the task's own first */
  gboolean is_cut;
  guint64 count;
  gint64 total_ns;
  double share; /* of the tasks that ended */
} ProfileResultPath;

typedef struct
{
  guint32 parent; /* index; 0 is the root, and its own */
  ProfileNodeClass of;
  char *name;  /* "fetch_posts", or what is waited for */
  char *where; /* "request.c:88", "" */
  gint64 running_ns, waiting_ns, ready_ns;
} ProfileResultNode;

typedef struct
{
  int pid;
  char *command;
  char *program;   /* its base name */
  gint64 begin_ns; /* on the clock of its records */
  gint64 duration_ns;
  guint64 n_events, n_lost, n_tasks;
  guint64 n_turned_away; /* rows that found no room, in all tables */
  GPtrArray *operations; /* ProfileResultOperation: what took most time in all first */
  GPtrArray *tasks;      /* ProfileResultTasks */
  GPtrArray *locks;
  GPtrArray *pools;
  GPtrArray *callbacks; /* ProfileResultCallback: the longest call first */
  GPtrArray *paths;
  GPtrArray *nodes;               /* ProfileResultNode, parents before children */
  guint64 n_paths, n_other_paths; /* tasks in all, and of them those whose path found no room */
  Histogram polls, delays, lateness;
  ProfileAdvice *late_advice;
} ProfileResult;

/* Counted, also by several threads: targets keep those of programs that have ended. */
ProfileResult *profile_result_new (void);
ProfileResult *profile_result_ref (ProfileResult *result);
void profile_result_unref (gpointer result); /* (nullable) */
/* Keeps the one of both that took longer. */
void profile_example_take (ProfileExample *example, const ProfileExample *other);
/* Empty rows, in @result and of it. */
ProfileResultTasks *profile_result_add_tasks (ProfileResult *result);
gint64 profile_result_tasks_get_time (const ProfileResultTasks *tasks); /* all of it */
ProfileResultLock *profile_result_add_lock (ProfileResult *result);
ProfileResultPool *profile_result_add_pool (ProfileResult *result);

/* Applies the rules: fills every advice. */
void profile_suggest (ProfileResult *result);

ProfileAdvice *profile_advice_new (const char *rule, char *text, const FindingPlace *place);
const char *profile_operation_class_get_word (ProfileOperationClass of);

G_END_DECLS

#endif
