/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_REGISTRY_H
#define THREADS_REGISTRY_H

/* All threads of the process that take locks, each with what it holds and waits for. */

#include "plugin.h"

#define HELD_MAX 24u /* locks of one thread at once; those beyond it are not followed */
#define WAITS_MAX 4u /* of one thread: in a call, and in signal handlers on top of it */

/* In a place: the lock was only tried for, for a time or at once. Who does that never waits for ever,
 * so that the order in which it takes locks does no harm. No address of a program has this bit. */
#define HELD_TRIED ((uintptr_t)1 << (sizeof (uintptr_t) * 8 - 1))

/* One lock that a thread has. Written by its thread alone, but for `publish` and what is said
 * there; read by whoever has to wait for the lock. README.md, "Who holds it". */
typedef struct
{
  const void *lock;
  const void *caller; /* the place that took it; with HELD_TRIED */
  InspectId task;     /* current at that time; 0 outside of any */
  InspectKind *kind;  /* of resource */
  InspectId teller;   /* the task that it was published for */
  uint32_t state;     /* generation << 2 | HeldState */
  uint32_t publish;   /* 0, or generation << 2 | HeldPublish */
  bool is_hearsay;    /* whether another thread published it; said before `publish` is */
} __attribute__ ((aligned (64))) Held;

typedef enum
{
  HELD_FREE = 0,
  HELD_TENTATIVE = 1, /* it is being tried for */
  HELD_TAKEN = 2,
  HELD_BITS = 3,
} HeldState;

typedef enum
{
  HELD_CLAIMED = 1,   /* somebody is about to publish it */
  HELD_PUBLISHED = 2, /* inspect_acquire() was said, inspect_release() is owed */
  HELD_STALE = 3,     /* another thread has unlocked it */
} HeldPublish;

/* What marks the end of a list: an entry that cannot be used. */
#define HELD_NEVER UINT32_MAX

/* A call in which the thread sleeps. */
typedef struct
{
  InspectObject await; /* 0: nothing was reported */
  InspectId task;
  const void *object; /* what it waits for, counted as waited for */
  const void *mutex;  /* of a condition: what it will have to take again */
  InspectKind *mutex_kind;
  const void *frame; /* its place on the stack */
  uint32_t state;    /* WaitState */
} Wait;

typedef enum
{
  THREAD_FREE = 0,
  THREAD_TAKEN = 1, /* being set up */
  THREAD_LIVE = 2,
  THREAD_GONE = 3, /* stayed behind in the parent of a fork, with its locks */
} ThreadState;

typedef struct
{
  Held *top;             /* the first of `held` above which all are free */
  const void *outer;     /* the caller of an outer function (outer.c), NULL */
  const void *outer_run; /* the routine of the thread that it starts, NULL */
  InspectId task;        /* that stands for the thread; 0: none yet; TASK_BEGINNING */
  uint32_t state;        /* ThreadState */
  int32_t tid;
  uintptr_t handle; /* pthread_t */
  uint32_t n_waits;
  uint32_t rounds; /* of destructors */
  void *(*run) (void *);
  int (*run_c11) (void *);
  void *data;
  Wait waits[WAITS_MAX];
  Held held[1 + HELD_MAX + 1]; /* the first and the last one are the walls */
} __attribute__ ((aligned (64))) Thread;

/* What a thread is before its first lock. Never written to. */
extern Thread thread_nobody __attribute__ ((visibility ("hidden")));
/* The only thread-local variable, as in libinspect: a library that is loaded late has little room
 * for them. Never NULL. */
extern __thread Thread *thread_self
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));

int registry_start (void);

/* The calling thread, registered if it has to be; NULL without memory. */
Thread *thread_get (void);
/* Takes a record for a thread that is about to be created; NULL without memory. */
Thread *thread_prepare (void);
void thread_give_back (Thread *thread);
/* How many entries its list has, free ones between others included. */
static inline uint32_t
thread_count (const Thread *thread)
{
  return (uint32_t)(__atomic_load_n (&thread->top, __ATOMIC_RELAXED) - (thread->held + 1));
}

/* Makes @thread the calling thread's, and has it end with it. */
void thread_adopt (Thread *thread);
/* The thread that pthreads call @handle; NULL. */
Thread *thread_find (uintptr_t handle);
/* The task of a thread that has ended and was @handle, once; INSPECT_NONE: nobody knows. */
InspectId thread_take_ended (uintptr_t handle);
/* The task that stands for @thread, begun if there is none. INSPECT_NONE when another thread is
 * about to begin it and does not get to it. */
InspectId thread_get_task (Thread *thread);
/* Says that it has ended, with what it still holds. */
void thread_end_task (Thread *thread);
/* The process ends, from the calling thread. */
void registry_leave (void);

/* Notices that this is the child of a fork. Slow paths begin with it. */
void registry_learn_process (void);
extern const uint32_t *registry_process;

static inline void
registry_check_process (void)
{
  if (UNLIKELY (__atomic_load_n (registry_process, __ATOMIC_RELAXED) == 0))
    registry_learn_process ();
}

/* All records that were ever used; NULL beyond the last. */
Thread *registry_get (uint32_t index);

static inline bool
thread_is_in_use (const Thread *thread)
{
  return __atomic_load_n (&thread->state, __ATOMIC_ACQUIRE) >= THREAD_LIVE;
}

/* The place that a hook was called from, or its outer function. */
static inline const void *
thread_place (const Thread *self, const void *caller)
{
  return LIKELY (self->outer == NULL) ? caller : self->outer;
}

#endif
