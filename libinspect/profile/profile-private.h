/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_PROFILE_PRIVATE_H
#define PROFILE_PROFILE_PRIVATE_H

#include "analysis/rules.h"
#include "model/slab.h"
#include "model/table.h"
#include "profile/histogram.h"
#include "profile/profile.h"

G_BEGIN_DECLS

/* What profile-*.c share. A row is found by a key of 64 bits; a full table counts what it turns away. */

#define PROFILE_MAX_ROWS 4096   /* of each table */
#define PROFILE_MAX_NODES 16384 /* of the stacks */
#define PROFILE_MAX_PATHS 1024
#define PROFILE_MAX_SHARES 8    /* kinds that the time of a group of tasks is split by */
#define PROFILE_MAX_WAITERS 256 /* of one lock, looked at when it is let go */
#define PROFILE_MAX_FRAMES 32

/* Poll that is worth a word in any program: two frames of a display, and some. */
#define PROFILE_LONG_POLL_NS (50 * G_GINT64_CONSTANT (1000000))
#define PROFILE_NEVER_YIELDS_NS G_GINT64_CONSTANT (1000000000)

typedef struct _ProfilePool ProfilePool;

typedef struct
{
  ModelTable by_key;
  GPtrArray *rows;
  guint64 n_turned_away;
} ProfileTable;

/* What waits are for, in words: what those that were looked at have in common. */
typedef struct
{
  char *text;      /* NULL: none was */
  gboolean differ; /* in what follows */
  guint64 n;
} ProfileWords;

/* ---- Operations ----------------------------------------------------------------------------- */

/* Waits that began at one place, of one kind. */
typedef struct
{
  guint32 location;
  const ModelKind *kind;
  ProfileOperationClass of;
  Histogram durations;
  ProfileExample worst;
  guint64 n_failed, n_cancelled;
  gint64 loop_busy_ns; /* of the durations: the loop that serves it ran callbacks */
  gint64 queued_ns;    /* of the durations: no thread of the pool had taken it up */
  guint64 n_in_row;    /* began in a task after the one before, here, had ended */
  guint longest_row;
  ProfileWords words;
  guint64 n_pending; /* when it is built */
  gint64 oldest_ns;
  guint64 n_endless; /* of them, that no timer of their task and no other process will end */
  gint64 endless_ns;
} ProfileOperation;

/* ---- Tasks ---------------------------------------------------------------------------------- */

typedef struct
{
  const ModelKind *kind;
  ProfileWaitClass as;
  gint64 ns;
  guint64 n;
  ProfileWords words;
} ProfileShare;

/* Tasks that began at one place. */
typedef struct
{
  guint32 location;
  gboolean is_thread;
  guint64 code; /* of threads: what the first one ran; 0 not known */
  char *name;   /* (nullable): what all of them are called */
  gboolean names_differ;
  Histogram lifetimes; /* of those that began and ended under our eyes */
  ProfileExample worst;
  guint64 n_seen, n_ended, n_failed;
  gint64 running_ns, ready_ns, resting_ns,
      waiting_ns; /* waiting: the sum of the shares and others */
  ProfileShare shares[PROFILE_MAX_SHARES];
  guint n_shares;
  guint64 n_polls, n_wakes, n_self_wakes, n_idle_polls; /* idle: woken, and did nothing */
  Histogram delays;                                     /* from being woken to running */
  gint64 life_ns;      /* of threads: what they do is known only where they wait */
  gint64 open_life_ns; /* of those that live when it is built */
  guint64 n_lost;      /* when it is built */
  gint64 longest_lost_ns;
} ProfileTaskGroup;

/* The same operation, one after the other. */
typedef struct
{
  ProfileOperation *operation;
  gint64 last_end_ns;
  guint length;
} ProfileRow;

typedef struct
{
  ProfileTaskGroup *group;
  gboolean is_counted;     /* it lives in the range */
  guint32 node;            /* of its stack */
  gint64 idle_since_ns;    /* it neither runs nor is what it waits for known since */
  gint64 ran_ns;           /* when it ran last */
  gint64 woken_ns;         /* 0: not since it ran last */
  gboolean wake_was_told;  /* by a record of its own */
  gboolean poll_was_woken; /* the present one, and nothing else is known to have caused it */
  ProfileRow exchanges,
      others; /* what comes between two requests, to connect, to write, is no request */
  gint64 job_ended_ns, job_waited_ns; /* of its last wait for a pool, that no poll has followed */
  gint64 job_slept_ns;                /* in calls since then */
} ProfileTask;

/* The steps in which tasks went. */
typedef struct
{
  guint32 node;
  guint64 count;
  gint64 total_ns;
  guint n;
  gboolean is_cut;
  guint32 *locations;
} ProfilePath;

/* ---- Polls ---------------------------------------------------------------------------------- */

/* What a thread slept in while it ran a callback. */
typedef struct
{
  const ModelKind *kind; /* NULL: in nothing that told */
  guint32 location;
  gint64 ns;
} ProfileSleep;

typedef struct
{
  guint32 location;
  Histogram own; /* of each call, without the calls within it */
  guint64 n_long;
  gint64 slept_ns;
  ProfileSleep sleep; /* the longest */
  gint64 worst_ns, worst_begin_ns;
  ProfileExample worst;
  guint64 worst_task;
  gint32 worst_tid;
  gint64 worst_slept_ns;
  guint worst_held_up;           /* tasks that its loop would have served meanwhile */
  gint64 open_ns, open_slept_ns; /* when it is built: it still runs, for so long, and has slept */
  guint64 n_never_yielded;
  guint64 frames[PROFILE_MAX_FRAMES]; /* a stack from one of its long calls */
  guint n_frames;
} ProfileCallback;

typedef struct
{
  ProfileCallback *callback; /* NULL: a loop that turns, or no room */
  ProfileTaskGroup *group;   /* of its task; (nullable) */
  guint32 node;
  gboolean is_job;   /* of a pool: its thread is there to run it */
  ProfilePool *pool; /* NULL: not counted as one */
  gboolean counts;   /* as time in which the loop is busy */
  gint64 begin_ns;
  gint64 inner_ns; /* polls within it */
  gint64 slept_ns;
  gint64 slept_until_ns; /* counted so far, of a call that it still sleeps in */
  gint64 told_ns;        /* of what it ran, already counted */
  guint64 n_events;      /* of its ring, when it began */
  ProfileSleep sleep;
  guint64 frames[PROFILE_MAX_FRAMES];
  guint n_frames;
} ProfileFrame;

typedef struct
{
  ProfileFrame frames[MODEL_POLL_DEPTH];
  guint depth; /* as the model's, up to MODEL_POLL_DEPTH */
  guint n_counting;
  gint64 busy_since_ns;
  gint64 busy_ns; /* of what is over */
  guint64 n_events;
} ProfileThread;

/* ---- Locks and pools ------------------------------------------------------------------------- */

typedef struct
{
  guint32 location;
  guint64 count;
  gint64 total_ns;
  gint64 max_ns;
} ProfilePlaceTime;

#define PROFILE_LOCK_PLACES 8

typedef struct
{
  guint64 object;
  const ModelKind *kind;
  char *name; /* (nullable) */
  Histogram waits;
  Histogram holds;      /* while somebody waited for it */
  ProfileExample worst; /* of the waits */
  guint most_waiting;
  guint64 n_cancelled;
  guint64 n_pending; /* when it is built */
  gint64 oldest_ns;
  ProfilePlaceTime waiting[PROFILE_LOCK_PLACES], holding[PROFILE_LOCK_PLACES];
  guint n_waiting, n_holding;
} ProfileLock;

struct _ProfilePool
{
  guint64 object; /* 0: all jobs of a runtime that names no pool */
  char *name;
  guint64 permits;     /* 0 unknown */
  char *permits_label; /* (nullable): what its runtime calls them */
  guint64 n_unknown;   /* jobs of which nobody said when they were taken up */
  guint queued, running;
  guint most_queued, most_running;
  Histogram waits, runs;
  gint64 full_ns; /* jobs were queued while as many ran as ever */
  gint64 changed_ns;
  ProfilePlaceTime jobs[PROFILE_LOCK_PLACES];
  guint n_jobs;
  const ModelKind *kind; /* of the job that was taken up last; NULL: none was */
};

/* ---- Stacks --------------------------------------------------------------------------------- */

typedef struct
{
  guint32 parent;
  guint32 location;
  ProfileNodeClass of;
  const ModelKind *kind; /* of a wait */
  ProfileWaitClass as;
  guint16 depth;
  gint64 running_ns, waiting_ns, ready_ns; /* its own */
} ProfileNode;

struct _Profile
{
  ModelTarget *model;
  AnalysisPlaces *places;
  ProfileRange range;
  gint64 first_ns; /* of what counts; 0: nothing yet */
  gint64 last_ns;
  guint64 n_events;
  ModelSlab tasks; /* ProfileTask */
  ProfileTable operations, groups, callbacks, locks, pools;
  GArray *queued;    /* guint32 by kind: jobs that were not taken up yet */
  GHashTable *paths; /* a set of ProfilePath */
  guint64 n_paths, n_other_paths;
  GPtrArray *threads; /* ProfileThread by ring */
  GArray *nodes;      /* ProfileNode; 0 is the root */
  ModelTable nodes_by_key;
  guint64 n_nodes_turned_away;
  Histogram polls;    /* of callbacks on loops, each without what ran within it */
  Histogram delays;   /* from being woken, or from the end of what was waited for, to running */
  Histogram lateness; /* of timers */
};

/* Row of that key, made by @size where there is none yet; NULL: the table is full. */
gpointer profile_table_get (ProfileTable *table, guint64 key, gsize size, gboolean *ret_is_new);

static inline gboolean
profile_counts (const Profile *profile, gint64 end_ns)
{
  return end_ns >= profile->range.from_ns && end_ns <= profile->range.to_ns;
}

/* Of a stretch of time, what lies in the range. */
static inline gint64
profile_clip (const Profile *profile, gint64 begin_ns, gint64 end_ns)
{
  return MAX (MIN (end_ns, profile->range.to_ns) - MAX (begin_ns, profile->range.from_ns), 0);
}

ProfileOperation *profile_get_operation (Profile *profile, guint32 location, const ModelKind *kind,
                                         ProfileOperationClass of);
/* @count: how many there have been: not all are looked at */
void profile_words_add (Profile *profile, ProfileWords *words, guint64 count,
                        const AnalysisWait *wait);
/* What such a wait is; FALSE: none that anybody would call an operation. */
gboolean profile_classify (const ModelAwait *await, ProfileOperationClass *ret_of);
void profile_done (gpointer data, const ModelDone *done);

ProfileTask *profile_get_task (Profile *profile, ModelTask *task);
void profile_task_began (gpointer data, ModelTask *task, const ModelTask *parent);
void profile_task_ended (gpointer data, ModelTask *task, gint64 end_ns, gint32 status);
void profile_note_thread (const ModelTask *task);
/* It lives from its beginning to @now_ns at least. */
void profile_count_task (const Profile *profile, const ModelTask *task, gint64 now_ns);
void profile_woken (gpointer data, ModelTask *woken, const ModelTask *waker, gint64 now_ns,
                    gboolean is_sure);
/* It was idle until @now_ns, for @await (NULL: not known for what). */
void profile_task_idle_ends (Profile *profile, ModelTask *task, const ModelAwait *await,
                             gint64 now_ns);
void profile_task_rest_ends (Profile *profile, ModelTask *task, const ModelAwait *await,
                             gint64 now_ns);
void profile_task_waited (Profile *profile, ModelTask *task, const ModelAwait *await,
                          gint64 begin_ns, gint64 end_ns, guint32 node);
gboolean profile_rests (const ModelAwait *await);

ProfileThread *profile_get_thread (Profile *profile, guint32 ring);
/* How long the loop of that thread has run callbacks so far. */
gint64 profile_get_busy (Profile *profile, guint32 ring, gint64 now_ns);
void profile_poll_began (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                         ModelAwait *cause);
void profile_poll_ended (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                         gint64 end_ns);
void profile_poll_slept (Profile *profile, const ModelAwait *await, gint64 end_ns);
/* A call of the callback that @frame is, over or not: counted until @end_ns. */
void profile_frame_slept (Profile *profile, ProfileFrame *frame, const ModelAwait *await,
                          gint64 end_ns);

ProfileLock *profile_get_lock (Profile *profile, const ModelResource *resource);
void profile_lock_waited (Profile *profile, const ModelAwait *await, gint64 end_ns, gint32 status);
void profile_let_go (gpointer data, const ModelHold *hold);
void profile_add_place (ProfilePlaceTime *places, guint *n, guint32 location, gint64 ns);
void profile_pool_queued (Profile *profile, const ModelAwait *await);
ProfilePool *profile_pool_begins (Profile *profile, ModelAwait *await, gint64 now_ns);
void profile_pool_ran (Profile *profile, ProfilePool *pool, guint32 location, gint64 begin_ns,
                       gint64 end_ns);
void profile_job_is_over (Profile *profile, const ModelHold *hold);
void profile_pool_ended (Profile *profile, const ModelAwait *await, gint64 end_ns);

guint32 profile_node (Profile *profile, guint32 parent, ProfileNodeClass of, guint32 location,
                      const ModelKind *kind, ProfileWaitClass as);
gboolean profile_node_is_below (const Profile *profile, guint32 node, guint32 above);
ProfileNode *profile_get_node (Profile *profile, guint32 node);

/* Between the files that build a result. */
void profile_find_open (Profile *profile, gint64 now_ns, gboolean has_losses);
void profile_add_callbacks (Profile *profile, ProfileResult *result);
void profile_add_paths (Profile *profile, ProfileResult *result);
void profile_add_nodes (Profile *profile, ProfileResult *result);
/* Of all such waits; (transfer full) */
char *profile_describe_kind (const ModelKind *kind, ProfileWaitClass as);

G_END_DECLS

#endif
