/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * SECTION: inspect.h
 *
 * The producer API of async-inspect (contract C1): what a program, an executor or a runtime
 * plugin says about its tasks. C11 and C++17, no dependency beyond libc.
 *
 * Every call is safe in any thread and in a signal handler, takes no lock, allocates nothing and
 * keeps errno. While nobody looks, the macros in capitals cost one relaxed load and a branch that
 * is predicted; with `-DINSPECT_DISABLE` they leave no instruction, yet their arguments are
 * type-checked. A record that finds no room is counted as lost and shown to the user.
 *
 * A custom executor needs five calls:
 *
 *     INSPECT_TASK_BEGIN (task, parent);          when the task is made
 *     INSPECT_POLL_BEGIN (task);                  when it is resumed
 *     INSPECT_AWAIT_BEGIN (task, &kind, await);   when it starts to wait
 *     INSPECT_AWAIT_END (task, &kind, await, 0);  when that wait is over
 *     INSPECT_TASK_END (task, 0);                 when it has finished
 *
 * Ids are 48-bit numbers that the caller chooses; 0 means none. The address of the object that
 * stands for the task, await or resource is a good id (inspect_id_of()); inspect_id_new() makes
 * one where no such object exists. An id may be used again once what it named has ended.
 */

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(INSPECT_API)
#define INSPECT_API __attribute__ ((visibility ("default")))
#endif

/** A task, await or resource; below 2^48; 0 is none. Unique within one process at one time. */
typedef uint64_t InspectId;
/** A place in the code, from INSPECT_HERE or inspect_location_of_call(); 0 is unknown. */
typedef uint32_t InspectLocationId;
/** A task, an await of a kind or a resource of a kind: `kind << 48 | id`; tasks have kind 0. */
typedef uint64_t InspectObject;

#define INSPECT_NONE ((InspectId)0)
/** Longest text that one attribute carries, in bytes; longer text is cut. */
#define INSPECT_TEXT_MAX 1024

/** What an InspectKind describes. Wire values. */
typedef enum
{
  INSPECT_KIND_AWAIT = 1,
  INSPECT_KIND_RESOURCE = 2,
  INSPECT_KIND_KEY = 3,
} InspectKindClass;

/**
 * InspectAwaitFlags: (flags)
 *
 * How an await of this kind behaves; the inspector's rules of what is stuck and what is merely
 * resting read these alone and know no runtime by name. Wire values.
 */
typedef enum
{
  INSPECT_AWAIT_ONESHOT = 1 << 0,  /* ends once by itself: overdue when it does not */
  INSPECT_AWAIT_REPEATS = 1 << 1,  /* fires many times until stopped (repeating timer, async) */
  INSPECT_AWAIT_LISTENS = 1 << 2,  /* waits for new clients; rest is its normal state */
  INSPECT_AWAIT_WATCHES = 1 << 3,  /* watches for outside events (signals, files, descriptors) */
  INSPECT_AWAIT_TIMER = 1 << 4,    /* has a due time (key "due"); overdue only after it */
  INSPECT_AWAIT_ASKS = 1 << 5,     /* sends to the resource's peer, which may then owe an answer */
  INSPECT_AWAIT_ANSWERS = 1 << 6,  /* fires when the resource's peer sends something */
  INSPECT_AWAIT_POOL = 1 << 7,     /* done by a thread pool: queued, then running in a worker */
  INSPECT_AWAIT_CLOSES = 1 << 8,   /* end of life of a resource; needs its loop to turn */
  INSPECT_AWAIT_EXTERNAL = 1 << 9, /* ends with another process (key "pid") */
  INSPECT_AWAIT_LOOP = 1 << 10,    /* a phase hook of the loop itself (idle, prepare, check) */
  INSPECT_AWAIT_BLOCKS = 1 << 11,  /* the thread that began it sleeps in the call until it ends:
                                      every loop that this thread runs stands still */
  INSPECT_AWAIT_INTERNAL = 1 << 12,/* only code of this process can end it: a lock, a condition, a
                                      thread that is joined, a task that has to return */
  INSPECT_AWAIT_SUSPENDS = 1 << 13,/* a function of the program stands at it, and goes on behind it: an
                                      await of a coroutine, and no callback that was registered */
  INSPECT_AWAIT_CALLS = 1 << 14,   /* a function of the program that was called and has not returned:
                                      what it waits for is another await of the same task, or is not
                                      known */
} InspectAwaitFlags;

/**
 * InspectResourceFlags: (flags)
 *
 * How a resource of this kind is held (inspect_acquire()). A wait for a resource that has holders
 * ends when all of them have released it, or, with %INSPECT_RESOURCE_ANY, when any of them has.
 * Wire values.
 */
typedef enum
{
  INSPECT_RESOURCE_LOCK = 1 << 0, /* a lock: the order in which several are taken is checked */
  INSPECT_RESOURCE_ANY = 1 << 1,  /* hands out permits (key "permits"): a semaphore, the threads of a
                                     pool */
  INSPECT_RESOURCE_LOOP = 1 << 2, /* a loop: whoever runs it holds it; the awaits on the resources
                                     that it owns (key "owner") end only while somebody does */
  INSPECT_RESOURCE_SHARED = 1 << 3, /* a lock that several may hold at once for reading */
  INSPECT_RESOURCE_CASE = 1 << 4, /* a case of a test program (key "name"); it begins in the function
                                     that runs it */
} InspectResourceFlags;

/** How the value of a key is to be read. Wire values. */
typedef enum
{
  INSPECT_VALUE_U64 = 1,
  INSPECT_VALUE_I64 = 2,
  INSPECT_VALUE_BYTES = 3,    /* a count of bytes */
  INSPECT_VALUE_DURATION = 4, /* nanoseconds */
  INSPECT_VALUE_TIME = 5,     /* nanoseconds on CLOCK_MONOTONIC */
  INSPECT_VALUE_FD = 6,
  INSPECT_VALUE_PID = 7,
  INSPECT_VALUE_CODE = 8,     /* address of a function */
  INSPECT_VALUE_OBJECT = 9,   /* an InspectObject */
  INSPECT_VALUE_TEXT = 10,    /* UTF-8 expected, not trusted */
  INSPECT_VALUE_SOCKADDR = 11,/* a struct sockaddr of the target's kernel */
  INSPECT_VALUE_BOOL = 12,
  INSPECT_VALUE_STATUS = 13,  /* 0 or a negative errno */
  INSPECT_VALUE_VARIABLE = 14,/* of INSPECT_VAR(); text by the time that anybody reads it */
} InspectValueType;

/**
 * InspectKind:
 * @name: stable, dotted, static: "uv.tcp-connect"
 * @phrase: what an await of this kind does, in English, static; `{key}` is replaced by the
 *   attribute of that name of the await or else of its resource: "connecting to {peer}".
 *   For a resource its short noun ("tcp"), for a key a label ("peer")
 * @of: an #InspectKindClass
 * @flags: #InspectAwaitFlags for an await, an #InspectValueType for a key, #InspectResourceFlags
 *   for a resource
 * @id: 0 until first used; managed by libinspect
 *
 * A kind of await or resource, or an attribute key. Make it with INSPECT_DEFINE_KIND() as static
 * data; it describes itself to the inspector when it is first used.
 */
typedef struct
{
  const char *name;
  const char *phrase;
  uint32_t of;
  uint32_t flags;
  uint32_t id;
  uint32_t reserved;
} InspectKind;

#define INSPECT_DEFINE_AWAIT(var, name_, phrase_, flags_)                                           \
  static InspectKind var = { (name_), (phrase_), INSPECT_KIND_AWAIT, (flags_), 0, 0 }
#define INSPECT_DEFINE_RESOURCE(var, name_, phrase_)                                                \
  static InspectKind var = { (name_), (phrase_), INSPECT_KIND_RESOURCE, 0, 0, 0 }
#define INSPECT_DEFINE_RESOURCE_FLAGS(var, name_, phrase_, flags_)                                  \
  static InspectKind var = { (name_), (phrase_), INSPECT_KIND_RESOURCE, (flags_), 0, 0 }
#define INSPECT_DEFINE_KEY(var, name_, phrase_, type_)                                              \
  static InspectKind var = { (name_), (phrase_), INSPECT_KIND_KEY, (type_), 0, 0 }

/** A source location as static data at its call site; @id is managed by libinspect. */
typedef struct
{
  const char *file;
  const char *function; /* of the call site, or the name of an inspect point */
  uint32_t line;
  uint32_t id;
} InspectLocation;

/* ---- Is anybody looking? ------------------------------------------------------------------ */

/** True while an inspector has a channel of this process. Read it with inspect_is_on(). */
INSPECT_API extern bool inspect_on;

#ifdef INSPECT_DISABLE
#define inspect_is_on() false
#else
#define inspect_is_on() __builtin_expect (__atomic_load_n (&inspect_on, __ATOMIC_RELAXED), false)
#endif

/**
 * inspect_channel_open:
 *
 * Makes this process say to itself what it does, with no inspector around: a program that draws its own
 * tasks, or keeps a recording of itself. Hand the descriptor to inspector_target_attach_channel() of a
 * session in this process; a thread has to call inspector_session_poll() while records are made, or
 * later ones are dropped and counted. Children of a fork do not report. Places are known where they come
 * from INSPECT_HERE; return addresses and functions have no names without the agent.
 *
 * Returns: a sealed memfd, closed on exec; -EBUSY: somebody looks already; another negative errno
 */
INSPECT_API int inspect_channel_open (void);
/** Ends it. Records that are under way in other threads still land. */
INSPECT_API void inspect_channel_close (void);

/* ---- Ids, kinds, places --------------------------------------------------------------------- */

/** The id of the object at @address; INSPECT_NONE for NULL. */
static inline InspectId
inspect_id_of (const void *address)
{
  return (InspectId)((uintptr_t)address & UINT64_C (0xffffffffffff));
}

/** A fresh id that is no address: bit 47 is set. Costs one atomic addition. */
INSPECT_API InspectId inspect_id_new (void);

/** Registers @kind if needed. Returns: its number, 1 to 65535; 0 while nobody looks or the table
 * is full (then its records carry kind 0 and are counted as lost). */
INSPECT_API uint32_t inspect_kind_register (InspectKind *kind);

static inline uint32_t
inspect_kind_id (InspectKind *kind)
{
  uint32_t id = __atomic_load_n (&kind->id, __ATOMIC_RELAXED);
  return id != 0 ? id : inspect_kind_register (kind);
}

static inline InspectObject
inspect_object (InspectKind *kind, InspectId id)
{
  return (InspectObject)inspect_kind_id (kind) << 48 | id;
}

/** Registers @location if needed. Returns: its number; 0 while nobody looks or the table is full */
INSPECT_API InspectLocationId inspect_location_register (InspectLocation *location);

static inline InspectLocationId
inspect_location_id (InspectLocation *location)
{
  uint32_t id = __atomic_load_n (&location->id, __ATOMIC_RELAXED);
  return id != 0 ? id : inspect_location_register (location);
}

/** The place of a call, by its return address (`__builtin_return_address (0)` of a wrapper).
 * Resolved to function, file and line outside the process. */
INSPECT_API InspectLocationId inspect_location_of_call (const void *return_address);
/**
 * inspect_location_of_stack:
 * @frames: return addresses, the innermost first; the first is the place itself
 * @n_frames: how many; no more than 32 are kept
 *
 * The place of a call with the calls that led to it. The same stack has the same number. Where there
 * is no room for another, it is the place of the call alone.
 */
INSPECT_API InspectLocationId inspect_location_of_stack (const uintptr_t *frames,
                                                         uint32_t n_frames);
/** The place of a function, by its address (a callback). */
INSPECT_API InspectLocationId inspect_location_of_function (const void *function);

/** The place of this very line. */
#define INSPECT_HERE                                                                                \
  (__extension__ ({                                                                                 \
    static InspectLocation inspect_here_ = { __FILE__, __func__, __LINE__, 0 };                     \
    inspect_location_id (&inspect_here_);                                                           \
  }))

/* ---- Tasks, polls, awaits --------------------------------------------------------------------- */

/** Reports a new task. @parent may be INSPECT_NONE. */
INSPECT_API void inspect_task_begin (InspectId task, InspectId parent, InspectLocationId where);
/** Reports its end. @status: 0, or a negative errno; kept within signed 24 bits. Awaits that it
 * still has are taken as cancelled. */
INSPECT_API void inspect_task_end (InspectId task, int32_t status);
/** Names a task; @name is copied, cut at %INSPECT_TEXT_MAX bytes. */
INSPECT_API void inspect_task_set_name (InspectId task, const char *name);

/**
 * inspect_poll_begin:
 * @cause: the await whose end or firing resumed the task (inspect_object()); 0 when unknown
 * @where: the callback that runs, or 0
 *
 * Reports that @task runs on this thread, and makes it this thread's current task.
 *
 * Returns: the task that was current before, to be handed to inspect_poll_end()
 */
INSPECT_API InspectId inspect_poll_begin (InspectId task, InspectObject cause,
                                          InspectLocationId where);
/** Reports that @task has left this thread, and makes @previous current again. */
INSPECT_API void inspect_poll_end (InspectId task, InspectId previous);

/** Reports that @task starts to wait for @await, a `kind << 48 | id`. */
INSPECT_API void inspect_await_begin (InspectId task, InspectObject await, InspectLocationId where);
/** Reports that the wait is over. @status: 0, or a negative errno (-ECANCELED: cancelled). */
INSPECT_API void inspect_await_end (InspectId task, InspectObject await, int32_t status);

/** inspect_await_end() with status 0, then inspect_poll_begin() caused by it, with one clock
 * read and one record. */
INSPECT_API InspectId inspect_await_resume (InspectId task, InspectObject await,
                                            InspectLocationId where);
/** inspect_await_begin(), then inspect_poll_end(), with one clock read and one record. */
INSPECT_API void inspect_await_suspend (InspectId task, InspectObject await,
                                        InspectLocationId where, InspectId previous);

/** The task that this thread polls; INSPECT_NONE outside of any. */
INSPECT_API InspectId inspect_task_current (void);
/** Makes @task current without a poll (an accepted connection within its listener's callback).
 * Returns: the one before */
INSPECT_API InspectId inspect_task_enter (InspectId task);

/** Reports that the current task wakes @target: a task, or an await or resource that another task
 * waits on. The edge of happens-before that a timeline draws. */
INSPECT_API void inspect_wake (InspectObject target);

/* ---- Resources, states, attributes, points ---------------------------------------------------- */

INSPECT_API void inspect_resource_begin (InspectObject resource, InspectLocationId where);
INSPECT_API void inspect_resource_end (InspectObject resource);
/**
 * inspect_acquire:
 * @task: the task that holds @resource from now on; %INSPECT_NONE: this thread, outside of any task
 * @where: the place that took it
 *
 * Several tasks may hold one resource, and one task may hold it several times. A thread may say this
 * for another (the first that has to wait for a lock tells who holds it); then @task is not
 * %INSPECT_NONE.
 */
INSPECT_API void inspect_acquire (InspectId task, InspectObject resource, InspectLocationId where);
/** The holder has let go once. What ends a resource or a task ends what it holds, too. */
INSPECT_API void inspect_release (InspectId task, InspectObject resource);

/** Names the state that @task is in. @state is static text or lives as long as the program. */
INSPECT_API void inspect_state (InspectId task, const char *state, InspectLocationId where);

/** Says one fact about a task (its id), an await or a resource. @value is read as @key says. */
INSPECT_API void inspect_attribute (InspectObject object, InspectKind *key, uint64_t value);
/** The same for bytes: text, or a struct sockaddr. Cut at %INSPECT_TEXT_MAX. */
INSPECT_API void inspect_attribute_bytes (InspectObject object, InspectKind *key, const void *bytes,
                                          size_t length);

/**
 * inspect_variable:
 * @key: a static one of type %INSPECT_VALUE_VARIABLE
 * @type: (nullable): the address of a static variable whose type is a pointer to what is shown
 * @value: its bytes, the lowest first
 * @size: how many there are
 * @class: what __builtin_classify_type() says of it
 *
 * What INSPECT_VAR() calls: says the value of an expression of the current task. What a pointer leads to
 * is not touched here; it is read from outside, by debug info.
 */
INSPECT_API void inspect_variable (InspectKind *key, const void *type, uint64_t value, uint32_t size,
                                   int32_t class_);

/** Marks that @task passed @where, with a number of the caller's choice. */
INSPECT_API void inspect_point (InspectId task, InspectLocationId where, int64_t value);

/* ---- What instrumentation itself costs -------------------------------------------------------- */

/**
 * inspect_cost_begin:
 *
 * A hook calls this first and inspect_cost_end() last, around its own work but not around the
 * function that it hooks. A thread's first 256 calls are timed, then one in each 64; the report shows
 * the sum as the share of the target's CPU that the inspection took.
 *
 * Returns: raw ticks when this call is timed, else 0
 */
INSPECT_API uint64_t inspect_cost_begin (void);
/** For the second part of what a hook does, after the program's own function has run: called only if
 * the first part was timed, and handed to inspect_cost_end(). Returns: raw ticks */
INSPECT_API uint64_t inspect_cost_again (void);
INSPECT_API void inspect_cost_end (uint64_t begin);

/* ---- The same behind the gate --------------------------------------------------------------- */

#define INSPECT_TASK_BEGIN(task, parent)                                                            \
  (inspect_is_on () ? inspect_task_begin ((task), (parent), INSPECT_HERE) : (void)0)
#define INSPECT_TASK_END(task, status)                                                              \
  (inspect_is_on () ? inspect_task_end ((task), (status)) : (void)0)
#define INSPECT_TASK_NAME(task, name)                                                               \
  (inspect_is_on () ? inspect_task_set_name ((task), (name)) : (void)0)
#define INSPECT_POLL_BEGIN(task)                                                                    \
  (inspect_is_on () ? (void)inspect_poll_begin ((task), 0, INSPECT_HERE) : (void)0)
#define INSPECT_POLL_END(task)                                                                      \
  (inspect_is_on () ? inspect_poll_end ((task), INSPECT_NONE) : (void)0)
#define INSPECT_AWAIT_BEGIN(task, kind, id)                                                         \
  (inspect_is_on () ? inspect_await_begin ((task), inspect_object ((kind), (id)), INSPECT_HERE)     \
                    : (void)0)
#define INSPECT_AWAIT_END(task, kind, id, status)                                                   \
  (inspect_is_on () ? inspect_await_end ((task), inspect_object ((kind), (id)), (status)) : (void)0)
#define INSPECT_AWAIT_RESUME(task, kind, id)                                                        \
  (inspect_is_on () ? (void)inspect_await_resume ((task), inspect_object ((kind), (id)), 0)         \
                    : (void)0)
#define INSPECT_AWAIT_SUSPEND(task, kind, id)                                                       \
  (inspect_is_on () ? inspect_await_suspend ((task), inspect_object ((kind), (id)), INSPECT_HERE,   \
                                             INSPECT_NONE)                                          \
                    : (void)0)
#define INSPECT_WAKE(target) (inspect_is_on () ? inspect_wake (target) : (void)0)
#define INSPECT_STATE(task, state)                                                                  \
  (inspect_is_on () ? inspect_state ((task), (state), INSPECT_HERE) : (void)0)
#define INSPECT_ACQUIRE(task, kind, id)                                                             \
  (inspect_is_on () ? inspect_acquire ((task), inspect_object ((kind), (id)), INSPECT_HERE)         \
                    : (void)0)
#define INSPECT_RELEASE(task, kind, id)                                                             \
  (inspect_is_on () ? inspect_release ((task), inspect_object ((kind), (id))) : (void)0)
#define INSPECT_ATTRIBUTE(object, key, value)                                                       \
  (inspect_is_on () ? inspect_attribute ((object), (key), (value)) : (void)0)
/**
 * INSPECT_VAR:
 * @expr: a number, a string, an enumeration, an array, or a pointer; it is evaluated once
 *
 * Says what @expr is, as a variable of the current task, called as it is written: INSPECT_VAR
 * (self->attempts). Of a pointer to a struct its fields are shown, decoded outside of the program by its debug
 * info (-g), of GList, GString and the like what is in them; memory that is gone is "unreadable". What a
 * pointer leads to is read up to some 40 ms later, or at the breakpoint at which the thread stands.
 */
#ifdef INSPECT_DISABLE
#define INSPECT_VAR(expr) ((void)sizeof (expr))
#else
#ifdef __cplusplus
#define INSPECT_DECAY_(name, expr) auto name = (expr)
#else
#define INSPECT_DECAY_(name, expr) __auto_type name = (expr)
#endif
#define INSPECT_VAR(expr)                                                                           \
  (inspect_is_on () ? (__extension__ ({                                                             \
    static InspectKind inspect_key_ = { #expr, #expr, INSPECT_KIND_KEY, INSPECT_VALUE_VARIABLE, 0,  \
                                        0 };                                                        \
    static __typeof__ (expr) *const inspect_var_type_ __attribute__ ((used)) = 0;                   \
    INSPECT_DECAY_ (inspect_value_, expr);                                                          \
    uint64_t inspect_bits_ = 0;                                                                     \
    __builtin_memcpy (&inspect_bits_, &inspect_value_,                                              \
                      sizeof inspect_value_ < 8 ? sizeof inspect_value_ : 8);                       \
    inspect_variable (&inspect_key_, &inspect_var_type_, inspect_bits_,                             \
                      (uint32_t)sizeof inspect_value_, __builtin_classify_type (inspect_value_));   \
  }))                                                                                               \
                    : (void)0)
#endif
/** A named point in the code; @name is static text. */
#define INSPECT_POINT(task, name, value)                                                            \
  (inspect_is_on () ? (__extension__ ({                                                             \
    static InspectLocation inspect_point_ = { __FILE__, (name), __LINE__, 0 };                      \
    inspect_point ((task), inspect_location_id (&inspect_point_), (value));                         \
  }))                                                                                               \
                    : (void)0)

#ifdef __cplusplus
}
#endif

#endif
