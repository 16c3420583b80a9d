/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

/* The one structure that text, JSON and views render. It owns all it says: a report outlives the
 * session that made it. Sentences for people are translated when it is built. */

#include "analysis/deadlock.h"
#include "analysis/facts.h"
#include "analysis/finding.h"
#include "analysis/lock-order.h"
#include "analysis/places.h"
#include "analysis/rules.h"
#include "inspector.h"

G_BEGIN_DECLS

typedef enum
{
  REPORT_STEP_DONE,
  REPORT_STEP_WAITING,
  REPORT_STEP_NOT_YET,
} ReportStepState;

/* A socket as the kernel sees it. */
typedef struct
{
  char *kind; /* "tcp" */
  char *state, *local, *peer;
  guint64 send_queue_bytes, receive_queue_bytes;
  guint retransmits, total_retransmits;
  gint64 last_received_ns; /* ago; -1 unknown */
  gint64 seen_ns;          /* how long before the report; 0: in this moment */
  int peer_pid;
  char *peer_command;
} ReportSocket;

typedef struct
{
  ReportStepState state;
  char *function;
  char *waits_for;
  char *place;        /* "request.c:88", "" */
  gint64 duration_ns; /* DONE: of all @count; -1: it was not seen, it stands before in the source */
  guint count;        /* DONE: how often it was done in a row */
  gint32 status;
  gboolean is_planned;       /* DONE, NOT_YET: known by the source, not by what has happened */
  char *kind;                /* of the await: "uv.tcp-connect"; "exchange" */
  AnalysisSeverity severity; /* WAITING */
  const AnalysisRule *rule;  /* WAITING; else NULL */
  ReportSocket *socket;      /* (nullable) */
} ReportStep;

typedef struct
{
  gboolean is_moot; /* what it waits for is a timer itself */
  gboolean is_set;
  gint64 in_ns; /* negative: overdue */
  char *place;  /* "fetch_user_data at client.c:131", "" */
} ReportDeadline;

/* One call that led to a place. */
typedef struct
{
  char *function;    /* "fetch_posts" */
  char *place;       /* "request.c:88", "app", "" */
  char *variables;   /* (nullable): "limit=25 path=\"/posts\"", of those that wait for each other */
  GPtrArray *values; /* (nullable): ReportValue: the same, one by one */
} ReportFrame;

/* A variable that the program has shown, or what was found around a handle that it waits for. */
typedef struct
{
  char *name; /* "client" */
  char *text; /* "0x5555… -> {fd: 7, …}" */
  gboolean is_inferred;
  char *type; /* (nullable): "size_t", "Vec<u8>", as debug info has it */
} ReportValue;

/* A stuck task. */
typedef struct
{
  guint64 number;
  guint64 parent; /* 0 unknown */
  int pid;
  char *name; /* the current operation's function, or what user code named it */
  gboolean is_named_by_user;
  char *began_in;
  char *current;    /* function of the current operation; "" unknown */
  char *place;      /* of its wait */
  GPtrArray *stack; /* ReportFrame: what that place was called from, outside of the runtimes' own
                       libraries, innermost first; empty where it is not known */
  char *waits_for;
  gint64 waiting_ns;
  gint64 age_ns; /* since the task began, or was first seen */
  gboolean began_before;
  const AnalysisRule *rule;
  AnalysisCertainty certainty; /* of the rule, or inferred where records were lost */
  char *suggestion;            /* (nullable) */
  gboolean runs;               /* a callback that does not return: place is the callback's */
  char *thread;                /* of that callback: "main (tid 12)"; (nullable) */
  gboolean blocks_loop;        /* @runs, or its callback sleeps */
  guint n_held_up;             /* tasks that wait for its loop */
  char *behind;                /* (nullable): who has what it waits for, one line */
  GPtrArray *steps;            /* ReportStep */
  guint64 n_earlier_steps;     /* done and no longer kept */
  guint64 predicted_from;      /* finished tasks; of the NOT_YET steps; 0: the source says them */
  char *variables;             /* (nullable): of the function that waits */
  GPtrArray *locals;           /* (nullable): ReportValue: the same, one by one */
  GPtrArray *values;           /* ReportValue */
  ReportDeadline deadline;
  guint64 n_polls;
  gint64 poll_gap_ns;     /* -1 */
  gint64 longest_poll_ns; /* -1 */
  char *longest_poll_place;
  char *state_name; /* (nullable): as user code named it */
  guint64 woken_by; /* task number, 0 */
  char *woken_place;
  guint n_alike;   /* tasks that this box stands for, itself included */
  char *test_case; /* (nullable): that it is part of; only for who stops the program */
} ReportTask;

/* Tasks that are not stuck, collapsed. */
typedef struct
{
  AnalysisSeverity severity;
  gboolean is_held_up;
  char *name;
  gboolean runs;       /* a callback of it, at this moment */
  gboolean is_ready;   /* it was seen to become so, and has not run since */
  gboolean is_process; /* another one, that a task waits for; told after all tasks */
  char *culprit; /* (nullable): "waits for its loop, which on_click (task 4) holds up in ..." */
  char *waits_for;
  char *behind; /* (nullable): who is at the other end of that, and what he does */
  char *place;
  const AnalysisRule *rule; /* NULL: it waits for nothing */
  gboolean began_before;    /* somebody looked */
  guint count;
  gint64 oldest_ns;
  guint64 first_number;
} ReportGroup;

/* A callback that had not returned when a signal ended its program. */
typedef struct
{
  guint64 task; /* number; 0: outside of any */
  char *name;   /* of it; (nullable) */
  int tid;
  FindingPlace place; /* the callback */
} ReportRan;

/* Something that was seen to be held, and that nobody waits for. */
typedef struct
{
  char *what;   /* "mutex “accounts”" */
  char *holder; /* task or thread */
  char *place;  /* (nullable): where that is by now */
  guint64 task; /* its number */
  int tid;      /* of the thread that has it; 0: not known */
  gint64 for_ns;
  gboolean
      is_again; /* its holder has run in between, and may have given it back and taken it again */
  gboolean is_likely; /* by what is in memory there */
} ReportHeld;

typedef struct
{
  int pid, parent_pid;
  char *command;
  char **runtimes;
  InspectorTargetState state;
  gboolean is_attached; /* it ran before: @running_ns is since then */
  char *refusal;        /* (nullable) */
  char *remark;         /* (nullable): what of it cannot be seen, and what would change that */
  char *core;           /* (nullable): the core file that all of it is from */
  int core_signal;      /* that it was written for; 0: none */
  gboolean status_is_known;
  int exit_status;     /* where it exited */
  int exit_signal;     /* 0: none */
  gboolean is_stopped; /* by a signal or a debugger */
  gint64 stands_ns;    /* since when a thread of it stands at a breakpoint; 0: none does */
  gint64 running_ns;   /* since it was added to the session, to its end */
  guint n_programs;    /* 1 + execs seen */
  guint64 n_replaced;  /* tasks that an exec cut off */
  GPtrArray *stuck;    /* ReportTask, longest first */
  GPtrArray *others;   /* ReportGroup */
  GPtrArray *pending; /* ReportTask, oldest first: what waits and is not stuck by the rules, for who
                          stops the program; empty in other reports */
  GPtrArray *findings; /* Finding: deadlocks first; empty: none */
  GPtrArray *ran;      /* ReportRan; empty where no signal ended it */
  GPtrArray *held;     /* ReportHeld */
  guint n_held;        /* @held, and those beyond its bound */
  guint n_tasks;       /* live */
  guint n_processes;   /* others, that tasks wait for: none of @n_tasks */
  guint n_stuck, n_waiting, n_resting, n_running, n_idle, n_held_up; /* of them */
  guint n_stuck_hidden;                                              /* beyond what @stuck holds */
  guint64 n_finished;
  guint64 n_forgotten;
  ChannelStats stats;
  ModelStats model;
  gint64 cpu_ns;  /* -1 unknown */
  char **changed; /* files that differ from what the target loaded */
  gboolean lacks_debug_info;
} ReportTarget;

typedef struct
{
  char *version;
  InspectorReportReason reason;
  gint64 time_us; /* real time, since 1970 */
  gint64 stuck_after_ns;
  guint n_stuck;
  GPtrArray *targets; /* ReportTarget */
} Report;

typedef struct _AnalysisPriority AnalysisPriority;
typedef struct _AnalysisUnread AnalysisUnread;

/* What a report on one target is built from. */
typedef struct
{
  int pid, parent_pid;
  const char *command;
  const char *const *runtimes;
  InspectorTargetState state;
  gboolean is_attached;
  const char *refusal;
  const char *remark; /* (nullable) */
  const char *core;   /* (nullable) */
  int core_signal;
  gboolean status_is_known;
  int wait_status;
  gint64 begin_ns;
  gint64 now_ns;
  gint64 stuck_after_ns;  /* and what it stood at breakpoints */
  gint64 stands_ns;       /* since when a thread of it stands at a breakpoint; 0: none does */
  gboolean wants_pending; /* ReportTarget.pending */
  guint n_programs;
  guint64 n_replaced;
  ModelTarget *model;     /* NULL: no channel came */
  AnalysisPlaces *places; /* with @model */
  AnalysisFacts *facts;
  AnalysisDeadlocks *deadlocks; /* with @model */
  AnalysisLockOrder *lock_order;
  const AnalysisPriority *priority;
  const AnalysisUnread *unread;
  /* Files that differ from what was loaded, as far as they were looked into. (nullable) */
  const char *const *(*get_changed) (gpointer data);
  gpointer changed_data;
  ChannelStats stats;
  gint64 cpu_ns;
} ReportInput;

Report *report_new (InspectorReportReason reason, gint64 stuck_after_ns);
void report_add_target (Report *report, const ReportInput *input);
void report_free (Report *report);

/* ---- Between the files that build it -------------------------------------------------------- */

typedef struct
{
  AnalysisWait wait;
  const AnalysisRule *rule;
} ReportVerdict;

/* All waits of one task; the first one is what it is said to wait for. */
typedef struct
{
  ModelTask *task;           /* NULL: a callback outside of any known task */
  GArray *verdicts;          /* ReportVerdict */
  const ModelThread *thread; /* its callback there has not returned; NULL */
  gint64 blocked_since_ns;
  gboolean is_work;
} ReportJudgement;

void report_judge (ReportJudgement *judgement, ModelTarget *model, ModelTask *task,
                   GPtrArray *blocked_threads, gint64 now_ns, gint64 stuck_after_ns);
void report_judgement_clear (ReportJudgement *judgement);
AnalysisSeverity report_judgement_get_severity (const ReportJudgement *judgement);
const AnalysisRule *report_judgement_get_rule (const ReportJudgement *judgement); /* (nullable) */
guint32 report_judgement_get_location (const ReportJudgement *judgement, AnalysisPlaces *places);
/* The innermost function that has not returned, where that says more of where the task is than what it
 * waits for; NULL */
const ModelAwait *report_judgement_get_call (const ReportJudgement *judgement,
                                             AnalysisPlaces *places);
/* Since when it waits for that, and how long that is. */
gint64 report_judgement_get_since (const ReportJudgement *judgement);
gint64 report_judgement_get_age (const ReportJudgement *judgement, gint64 now_ns);
gboolean report_judgement_is_held_up (const ReportJudgement *judgement);
/* Who keeps its loop from turning; (transfer full) (nullable): nobody */
char *report_judgement_describe_culprit (const ReportJudgement *judgement, AnalysisPlaces *places);
/* What it waits for; (transfer full) */
char *report_judgement_describe (const ReportJudgement *judgement, AnalysisPlaces *places);

void report_add_ran (ReportTarget *target, const ReportInput *input);
void report_ran_free (ReportRan *ran);
/* One line, (transfer full) */
char *report_ran_dup_text (const ReportRan *ran);
/* Fills @target->held. */
void report_add_held (ReportTarget *target, const ReportInput *input);
void report_held_free (ReportHeld *held);
/* What and since when; who has it. One line each, (transfer full) */
char *report_held_dup_text (const ReportHeld *held);
char *report_held_dup_holder (const ReportHeld *held);
ReportTask *report_task_new (const ReportInput *input, const ReportJudgement *judgement);
void report_task_free (ReportTask *task);
/* "main (thread 12), running" */
char *report_describe_thread (const ReportInput *input, const ModelThread *thread);
/* Who waits for the end of @task; NULL: nobody is known. Looks at all waits. */
const ModelAwait *report_find_awaiter (ModelTarget *model, const ModelTask *task);
/* One line, (transfer full) (nullable). @awaiter: (nullable): for whom the task does it */
char *report_describe_signaller (const ReportInput *input, const ReportJudgement *judgement);
char *report_describe_behind (const ReportInput *input, const ReportJudgement *judgement,
                              const ModelAwait *awaiter);
/* The calls that led to @location; of ReportFrame, (transfer full). */
GPtrArray *report_stack_new (AnalysisPlaces *places, guint32 location);
/* Those in which @call was called. */
void report_stack_add_callers (GPtrArray *stack, const ReportInput *input, const ModelAwait *call);
/* Where the thread of @judgement is within its callback, which is the last of them. */
GPtrArray *report_stack_of_thread (const ReportInput *input, const ReportJudgement *judgement);
/* What the functions that wait for each other have kept, on the place and its stack. */
void report_stack_add_variables (ReportTask *box, const ReportInput *input,
                                 const ModelAwait *await);
/* (transfer full) (element-type ReportValue) */
GPtrArray *report_values_new (const ReportInput *input, const ModelTask *task);
/* (transfer full) (nullable) (element-type ReportValue): those of @function that are told of @await */
GPtrArray *report_values_new_locals (const ReportInput *input, const ModelAwait *await,
                                     const char *function);
/* The awaits in the source of the task's function, where those are known: TRUE, and done and not yet
 * are in @box->steps in the places where they belong. */
gboolean report_add_plan (ReportTask *box, const ModelTask *task, gboolean are_done);
/* What of it is awaited; (transfer full) (nullable): it is not known */
char *report_dup_planned (const ModelTask *task);
/* Fills @target->findings. */
void report_add_findings (ReportTarget *target, const ReportInput *input);
/* How many records are missing. */
guint64 report_count_losses (const ChannelStats *stats);
/* Whether records are missing: nothing is certain then. */
gboolean report_has_losses (const ChannelStats *stats);

G_END_DECLS

#endif
