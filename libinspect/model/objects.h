/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_OBJECTS_H
#define MODEL_OBJECTS_H

/* What a program is made of, as the model knows it: kinds, steps, resources, holds, awaits, tasks, threads.
 * Included by model.h, which says how they come about. */

#include <glib.h>
#include "inspect.h"
#include "channel/reader.h"
#include "model/attributes.h"
#include "model/family.h"

G_BEGIN_DECLS

typedef struct _ModelTarget ModelTarget;
typedef struct _ModelTask ModelTask;
typedef struct _ModelAwait ModelAwait;
typedef struct _ModelResource ModelResource;
typedef struct _ModelHold ModelHold;
typedef struct _ModelThread ModelThread;
typedef struct _ModelPoll ModelPoll;

/* ---- Kinds ---------------------------------------------------------------------------------- */

typedef struct
{
  guint16 number;
  guint8 of;              /* an InspectKindClass; 0 while the entry is missing */
  guint8 key;             /* a ModelKey, of a key */
  guint32 flags;          /* of an await: InspectAwaitFlags; of a key: an InspectValueType */
  guint32 resource_flags; /* of a resource: InspectResourceFlags */
  ModelFamily family;     /* of an await */
  const char *name;       /* never NULL */
  const char *phrase;
} ModelKind;

/* ---- What has changed in who waits for whom --------------------------------------------------- */

/* Of a task, await or resource. A cycle of waits is closed by one event; analysis/ looks from the
 * objects that such events have touched, so that it never has to look at all. */
enum
{
  MODEL_CHANGED = 1 << 0, /* is in the list of changes */
  MODEL_WATCHED = 1 << 1, /* analysis/ has found something to wait for it: its changes are listed */
};

typedef enum
{
  MODEL_CHANGE_TASK,
  MODEL_CHANGE_AWAIT,
  MODEL_CHANGE_RESOURCE,
} ModelChangeOf;

typedef struct
{
  guint64 object; /* may have ended since */
  ModelChangeOf of;
} ModelChange;

#define MODEL_MAX_CHANGES 65536

/* What looks from outside say is no thread's: it is told as of this ring. */
#define MODEL_OUTSIDE_RING (CHANNEL_MAX_RINGS - 1)

/* ---- Steps ---------------------------------------------------------------------------------- */

/* A wait that is over, as history. There may be millions of them: see the assertion in step.c. */
typedef struct
{
  gint64 begin_ns;
  gint64 end_ns;
  gint64 total_ns;  /* of all n */
  guint64 resource; /* 0: none */
  guint64 bytes;    /* asked, of an exchange */
  guint32 location;
  gint32 status;
  guint32 n;    /* how often it was done in a row; times and bytes are the last one's */
  guint16 kind; /* number of the await's */
  guint8 is_exchange;
  ModelAttributes attributes; /* of the await and of its resource */
} ModelStep;

#define MODEL_STEPS_MAX 16       /* kept of one task; older ones are counted */
#define MODEL_STEPS_TASKS 65536u /* of more live tasks no more than 4 are kept from then on */
#define MODEL_STEPS_SIZES 3u     /* there is room for 4, 8 or 16 of them */
#define MODEL_PATH_MAX 24        /* locations of its steps, for predictions */

/* Where a task's steps began, in order, the same place twice in a row counted once. */
typedef struct
{
  guint16 n;
  gboolean is_cut; /* it had more */
  guint32 locations[MODEL_PATH_MAX];
} ModelPath;

/* ---- Resources and exchanges ---------------------------------------------------------------- */

/* From the first ask until the peer's next sign: what the peer owes an answer to. */
typedef struct
{
  ModelTask *task;                /* NULL: none is open */
  ModelResource *previous, *next; /* of the same task's */
  const ModelKind *kind;          /* of the ask */
  gint64 begin_ns;
  guint32 location;
  guint32 n_asks;
  guint64 bytes;
  gint64 observed_ns;
  ModelBytes *request; /* the text that was said with it, NULL if none */
} ModelExchange;

/* What most records look at comes first. */
struct _ModelResource
{
  guint64 object;
  const ModelKind *kind;
  ModelAwait *awaits; /* pending on it */
  ModelHold *holds;
  guint64 owner_task; /* number of the task that began it; 0 unknown */
  gint64 begin_ns;
  guint32 location;
  guint n_answering; /* of @awaits with INSPECT_AWAIT_ANSWERS */
  guint n_holds;
  guint32 node; /* of the graph that analysis/ builds */
  ModelAttributes attributes;

  ModelExchange exchange;
  guint64 n_asked;    /* exchanges opened */
  guint64 n_answered; /* of them answered */
  gint64 last_answer_ns;
  guint64 serial; /* no other resource of this target has or had it; ids are used again */
  guint8 changes;
  guint8 began_before : 1;
  guint8 peer_spoke_first : 1;
  guint8 request_is_fresh : 1; /* said since the last ask */
  guint64 n_held;              /* permits: each hold as often as it was taken */
  gint64 released_ns;          /* a hold of it ended last then; 0: never */
  /* Set by analysis/: its peer has closed its end and all it had sent has been read, as seen at each
   * look since then; 0: not so. */
  gint64 peer_closed_ns;
  /* Set by analysis/, where no runtime has told of anything that was sent: when the kernel has sent something last, to
   * which nothing has come back since; 0: not so. */
  gint64 sent_ns;
  /* A lock whose last holder ended without having let go; cleared when it is taken or released. */
  struct
  {
    guint64 task; /* number; 0: a thread outside of any task */
    gint32 tid;   /* 0 unknown */
    guint32 location;
    gint64 since_ns; /* 0: it was not */
  } abandoned;
};

static inline gboolean
model_resource_is (const ModelResource *resource, guint32 flags)
{
  return (resource->kind->resource_flags & flags) != 0;
}

/* Whether only one can hold it at a time. */
static inline gboolean
model_resource_is_exclusive (const ModelResource *resource)
{
  return (resource->kind->resource_flags & (INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY |
                                            INSPECT_RESOURCE_SHARED)) == INSPECT_RESOURCE_LOCK;
}

/* Whether what is sent on it calls for an answer: it is the side that opened the connection, or,
 * where nobody said so, the side that spoke first and was answered. */
gboolean model_resource_is_client (const ModelResource *resource);

/* ---- Holds ---------------------------------------------------------------------------------- */

/* A task, or a thread outside of any task, has a resource. */
struct _ModelHold
{
  ModelResource *resource;
  ModelTask *task;     /* NULL: the thread outside of any task */
  ModelThread *thread; /* that acquired it; NULL: not known (said by another one) */
  ModelHold *resource_previous, *resource_next;
  ModelHold *task_previous, *task_next;     /* of what the task holds, latest first */
  ModelHold *thread_previous, *thread_next; /* of what the thread has acquired, latest first */
  guint32 location;                         /* of the first time */
  guint32 count;                            /* taken so often, by one holder */
  gint64 since_ns;
  gint64 again_ns;     /* the latest time */
  gboolean is_hearsay; /* another thread told it, at some time after it was taken */
};

/* Told of each lock that is taken and was not held by that holder before. */
typedef void (*ModelAcquiredFunc) (gpointer data, const ModelHold *hold);
/* Told of each thread that has ended, by the task that stood for it. */
typedef void (*ModelThreadEndedFunc) (gpointer data, const ModelTask *task, gint64 now_ns);
/* Told when the thread @tid has waited for the task @id to end, and it did. */
typedef void (*ModelJoinedFunc) (gpointer data, guint64 id, gint32 tid, gint64 now_ns);

/* ---- Awaits --------------------------------------------------------------------------------- */

/* An await that fires as often for long belongs to a loop that does not sleep. */
#define MODEL_BUSY_RATE 10000

/* What most of them need comes first, and is all that is written of one that begins (see await.c). */
struct _ModelAwait
{
  guint64 object;
  ModelTask *task;
  ModelResource *resource;
  ModelAwait *task_previous, *task_next;
  union
  {
    struct
    {
      ModelAwait *resource_previous, *resource_next;
    };
    struct
    {
      guint64 id;     /* of the task whose end it waits for */
      guint64 number; /* of that task; 0: it was not known yet */
    } awaited;        /* where @awaits_task, and then there is no @resource */
  };
  const ModelKind *kind;

  guint32 location;
  guint16 ring; /* of the thread that began it: the one whose loop serves it */
  guint8 changes;
  guint8 awaits_task : 1;
  guint8 blocks : 1;  /* it is in its thread's list */
  guint8 is_call : 1; /* it is in its task's list of calls, whatever its kind says by now */
  guint8 has_fired : 1;
  /* Set by analysis/: it is part of a deadlock that is proven. */
  guint8 is_deadlocked : 1;
  guint8 cannot_end : 1; /* set by model_await_set_cannot_end(): nobody is left who could end it */
  guint8 is_starved : 1; /* set by analysis/: ready, and something else always comes first */
  guint8 is_unreferenced : 1; /* set by analysis/: nobody knows what would end it */
  guint8 is_unread : 1; /* set by analysis/: a child process sleeps until its output is read */
  guint32 episode;      /* set by analysis/: the cycle that it was seen in, 0 none */
  gint64 begin_ns;
  ModelAttributes attributes;

  /* From here on all is zero as it begins, but for the node. */
  guint32 node;                              /* of the graph that analysis/ builds */
  ModelAwait *thread_previous, *thread_next; /* of those that block one thread, latest first */
  gint64 observed_ns, observed_run_ns;       /* an observer's */
  gint64 last_fired_ns;
  guint64 n_fired;
  struct
  {
    gint64 begin_ns;  /* of the second that is counted */
    guint64 n_before; /* fired before it */
    guint32 rate;     /* times a second, of the last one that was whole */
    gint64 since_ns;  /* each second since then at least MODEL_BUSY_RATE; 0: the last was not */
  } busy;
};

static inline gboolean
model_await_is (const ModelAwait *await, guint32 flags)
{
  return (await->kind->flags & flags) != 0;
}

/* The attribute of the await, else of its resource; NULL. */
const ModelAttribute *model_await_find (const ModelAwait *await, ModelKey key);
gboolean model_await_get_value (const ModelAwait *await, ModelKey key, guint64 *ret_value);
/* The task whose end it waits for; NULL: none, or it has ended or is not known. */
ModelTask *model_await_get_awaited (ModelTarget *target, ModelAwait *await);
/* A timer that fires once. */
gboolean model_await_is_sleep (const ModelAwait *await);
/* Only code of this process ends it, and nobody in it has to: a condition, a semaphore. What an idle worker of a
 * pool waits for is one of these. */
gboolean model_await_is_for_signal (const ModelAwait *await);

/* ---- Tasks ---------------------------------------------------------------------------------- */

typedef enum
{
  MODEL_TASK_UNKNOWN, /* neither polled nor waiting, as far as is known, and nobody saw it become ready */
  MODEL_TASK_READY, /* it was woken, or what it waited for is over, and it has not been polled since */
  MODEL_TASK_RUNNING,
  MODEL_TASK_WAITING,
} ModelTaskState;

/* How a task was seen to run last, for a history of it. */
typedef struct
{
  guint32 location;
  guint16 thread; /* of its latest poll, as the history calls it */
  guint16 kind;   /* what its last span has as its kind, while it runs; else 0 */
} ModelRun;

/* Of many tasks none is in the processor's cache: what a turn of a task touches lies in two lines of it, what
 * a history of it adds to that in a third one (see ahead.c). */
struct _ModelTask
{
  guint64 id;   /* in the target; 0: stands for what happens outside of any task */
  guint32 node; /* of the graph that analysis/ builds */
  guint32 longest_poll_location;
  guint64 ordinal;            /* counts the tasks of the target from 1 */
  guint64 parent;             /* number; 0 unknown */
  ModelTask *previous, *next; /* of the target's live tasks, oldest first */
  gint64 begin_ns;
  guint32 location;
  guint32 state_name; /* string offset, 0: none */

  guint64 n_polls;
  gint64 last_poll_ns;    /* its beginning */
  gint64 longest_poll_ns; /* its duration */
  gint64 polled_ns;       /* of all that are over */
  guint n_open_polls;
  guint n_awaits;
  ModelAwait *awaits; /* pending, latest first */
  ModelStep *steps;   /* a ring of at most MODEL_STEPS_MAX */
  ModelPath *path;

  guint64 number;
  guint64 n_steps_seen;
  guint16 n_steps, steps_capacity, first_step;
  guint16 poll_ring; /* of the latest poll */
  gint32 tid;        /* of the thread that it stands for; 0 none */
  guint8 changes;
  guint8 path_is_cut : 1; /* as its path says */
  guint8 began_before : 1;
  guint8 is_from_outside : 1; /* a look from outside has found it, and told that it is there */
  guint8
      was_made_ready : 1; /* since its latest poll began something was seen after which it is to run */
  ModelHold *holds;       /* latest first */
  /* Its functions that have not returned (INSPECT_AWAIT_CALLS), latest first: these are no waits, and in no list
   * of them. */
  ModelAwait *calls;
  ModelResource *exchanges; /* open, latest first */
  gpointer observed;        /* NULL as it begins */

  /* Of a history that is a log: what it does, which is not over. */
  struct
  {
    gint64 begin_ns; /* 0: nothing yet */
    guint64 n;       /* spans told */
    ModelRun run;
    guint32 track; /* index + 1; 0: none yet */
    guint32 location;
    guint16 kind;
    guint8 state;
  } logged;
  gint64 first_poll_ns; /* its beginning */
  guint64 n_wakes;
  guint64 last_waker; /* number, 0: outside of any task */

  ModelAttributes attributes;
  guint32 last_waker_location;
  guint32 last_point;
  gint64 last_point_value;
};

ModelTaskState model_task_get_state (const ModelTask *task);
const char *model_task_get_user_name (const ModelTask *task); /* (nullable) */
/* Oldest first; @index < n_steps. */
const ModelStep *model_task_get_step (const ModelTask *task, guint index);
/* The earliest one-shot timer that is pending, not @other_than, and was started before @since_ns or together with what
 * began then: who limits a wait has its timer by then, and one of later is somebody else's, as where a program has one
 * timer for all (node). @since_ns: %G_MAXINT64: any timer. Returns: (nullable) */
const ModelAwait *model_task_get_deadline (const ModelTask *task, const ModelAwait *other_than,
                                           gint64 since_ns, gint64 *ret_due_ns);
/* Mean time between the beginnings of its polls; -1 when there were fewer than two. */
gint64 model_task_get_poll_gap (const ModelTask *task);

/* The status of an end that nobody has told: another task has begun under its id, or its thread is another
 * one, so it has ended, and how is not known. No errno is as large. */
#define MODEL_END_NOT_SEEN G_MININT32

/* What is left of a finished task. */
typedef struct
{
  guint64 number;
  gint64 begin_ns, end_ns;
  guint64 n_polls;
  guint32 location;
  gint32 status;
} ModelFinished;

/* Tasks that began at one place, and the order of steps in which the finished ones went. */
typedef struct
{
  guint64 count;
  guint32 hash;
  guint32 n;
  guint32 *locations;
} ModelSequence;

typedef struct
{
  guint32 location;
  guint64 n_finished;
  guint64 n_other;   /* whose sequence found no room */
  GArray *sequences; /* ModelSequence */
} ModelLineage;

/* ---- Threads -------------------------------------------------------------------------------- */

#define MODEL_POLL_DEPTH 32

struct _ModelPoll
{
  ModelTask *task; /* NULL: has ended since, or none */
  guint64 number;  /* of that task */
  guint64 cause;   /* object */
  guint32 cause_flags;
  guint64 loop;     /* owner of the cause's resource, where known */
  guint32 location; /* the callback */
  gint64 begin_ns;
};

struct _ModelThread
{
  guint32 ring;
  gint32 tid;
  guint32 node;          /* of the graph that analysis/ builds */
  gboolean is_parked;    /* set by analysis/: it stands at a breakpoint */
  ModelAwait *blocking;  /* the await that its call sleeps in, innermost; NULL: none */
  ModelHold *holds;      /* acquired by it, latest first */
  guint depth;           /* open polls; those beyond MODEL_POLL_DEPTH are only counted */
  gint64 last_return_ns; /* of a nested poll, or of the last one */
  guint64 loop;          /* whose callbacks ran here last; 0 unknown */
  ModelPoll polls[MODEL_POLL_DEPTH];
};

/* The task that stands for it; NULL. */
ModelTask *model_thread_get_task (const ModelTarget *target, const ModelThread *thread);

G_END_DECLS

#endif
