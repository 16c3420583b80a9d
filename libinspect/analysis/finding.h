/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_FINDING_H
#define ANALYSIS_FINDING_H

/* Something that is wrong and involves more than one wait: a deadlock, two orders of locking, a
 * loop that spins. Each sentence is composed and translated once, when a report is built; text,
 * JSON and views only lay it out. Owns all it says. */

#include "analysis/facts.h"
#include "analysis/places.h"
#include "analysis/rules.h"

G_BEGIN_DECLS

typedef enum
{
  FINDING_DEADLOCK,   /* a cycle of waits: none of them can end */
  FINDING_LOCK_ORDER, /* two locks were taken in both orders */
  FINDING_NEVER,      /* nothing is left that could end a wait */
  FINDING_SPIN,       /* a loop that never sleeps, because of one source */
  FINDING_STARVED,    /* ready, and never its turn */
  FINDING_BLOCKED,    /* a callback or a lock that keeps others waiting for long */
  FINDING_LEAK,       /* dropped without having been finished */
  FINDING_N_KINDS
} FindingKind;

/* What an entry of the evidence is to the finding. */
typedef enum
{
  FINDING_WAITS,    /* waits for what the next entry holds (the last one: the first) */
  FINDING_TAKES,    /* took @wanted while it held @held: one of two orders */
  FINDING_SUBJECT,  /* the thing itself: what spins, starves, leaks, cannot end */
  FINDING_CAUSE,    /* what keeps the subject from going on */
  FINDING_AFFECTED, /* waits for a subject of this finding, and is none itself */
  FINDING_N_ROLES
} FindingRole;

/* How a task or a thread has what others wait for. */
typedef enum
{
  FINDING_HOLDS,     /* a lock, a permit of a pool */
  FINDING_RUNS,      /* a loop: what the loop serves waits for it */
  FINDING_COMPLETES, /* it is itself what is waited for: a task, a thread that is joined */
  FINDING_N_RELATIONS
} FindingRelation;

typedef struct
{
  char *function; /* (nullable): unknown */
  char *where;    /* "request.c:88", "app", "" */
  char *text;     /* "fetch_posts at request.c:88", "" */
  char *file;     /* as the compiler was told; (nullable): unknown */
  guint line;     /* 0 unknown */
  char **stack;   /* (nullable): one such text a frame outside of runtimes, innermost first */
} FindingPlace;

/* One thing that is waited for or held. */
typedef struct
{
  FindingRelation relation; /* of the holder */
  char *name;               /* in words: "mutex 0x55d0c8e2a2c0 (queue_lock)"; NULL: nothing */
  char *kind;               /* for machines: "pthread.mutex"; "task"; (nullable) */
  guint64 object;           /* for machines: the same in all entries of this report; 0 none */
  FindingPlace place;       /* where it was taken, or where its wait began */
  gint64 since_ns;          /* how long before the report; -1 unknown */
} FindingThing;

typedef struct
{
  FindingRole role;
  guint64 task;        /* number; 0: outside of any task, or none is meant */
  char *task_name;     /* (nullable) */
  char *thread;        /* "worker (thread 4712)"; (nullable) */
  int pid;             /* 0: that of the target */
  int tid;             /* 0 unknown */
  FindingThing wanted; /* what it waits for; of TAKES: what it took second */
  FindingThing held;   /* what others wait for because of it; of TAKES: what it held */
  gboolean has_deadline;
  gint64 deadline_in_ns; /* the wait gives up by itself; negative: overdue */
  char *sentence;        /* all of the above, translated; one line, no full stop */
} FindingEvidence;

typedef struct
{
  FindingKind kind;
  char *id; /* "deadlock-1f0c22ab": of its kind and places; the same in the next run */
  AnalysisCertainty certainty;
  gint64 since_ns;     /* how long before the report it formed; -1 unknown */
  guint64 count;       /* how often it was seen; 1 where that has no meaning */
  gboolean is_pending; /* it holds now: a lock order is a finding about the past */
  gboolean began_before; /* for longer than it was looked at */
  gboolean has_deadline;
  gint64 deadline_in_ns; /* the earliest in it: until then, not for ever */
  char *title;           /* the finding in one sentence, translated, no full stop */
  char *detail;          /* why it is so, or how sure it is; translated; (nullable) */
  GPtrArray *evidence;   /* FindingEvidence, in the order to show */
  guint n_hidden;        /* entries beyond FINDING_MAX_EVIDENCE */
  char *suggestion;      /* translated, names the place to change; (nullable) */
  FindingPlace change;   /* that place */
} Finding;

#define FINDING_MAX_EVIDENCE 32

/* Words for machines, never translated: "deadlock", "waits", "holds". */
const char *finding_kind_get_word (FindingKind kind);
const char *finding_role_get_word (FindingRole role);
const char *finding_relation_get_word (FindingRelation relation);

Finding *finding_new (FindingKind kind, AnalysisCertainty certainty);
void finding_free (Finding *finding);
/* Returns: (transfer none): an empty entry to fill, NULL beyond FINDING_MAX_EVIDENCE (counted) */
FindingEvidence *finding_add_evidence (Finding *finding, FindingRole role);
/* Fills the id from the kind and the places, once all is said. */
void finding_seal (Finding *finding);
/* Whether @task is one of those that cannot go on, or the subject. */
gboolean finding_involves (const Finding *finding, guint64 task);
/* Whether the evidence speaks of @task at all. */
gboolean finding_tells_of (const Finding *finding, guint64 task);

/* A copy of what is known of @location; of a stack its frames, too. */
void finding_place_set (FindingPlace *place, AnalysisPlaces *places, guint32 location);
void finding_place_clear (FindingPlace *place);
/* "worker (thread 4712)", "thread 4712"; (transfer full) */
char *finding_describe_thread (AnalysisFacts *facts, int tid);
/* The line to change: "request.c:88 (fetch_posts)"; NULL when it is not known; (transfer full) */
char *finding_place_dup_line (const FindingPlace *place);
/* Translates @suggestion (a msgid with one %s) and puts @place into it; without a known place there
 * is no suggestion. */
void finding_suggest (Finding *finding, const char *suggestion, const FindingPlace *place);

G_END_DECLS

#endif
