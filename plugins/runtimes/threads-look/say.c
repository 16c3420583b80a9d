/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

#include <string.h>

#include "inspect-keys.h"

#define MAX_FRAMES 32u
#define MAX_HOLDS 64u
#define ID_MASK ((G_GUINT64_CONSTANT (1) << 48) - 1)

#define AWAIT(kind, name, phrase, flags)                                                           \
  [kind] = { name, phrase, INSPECT_KIND_AWAIT, INSPECT_AWAIT_INTERNAL | (flags), 0, 0 },

/* A worker that has nothing to do rests in one. */
#define RESTS (INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES)

static const InspectKind await_lock[] = {
  AWAIT (LOOK_MUTEX, "pthread.mutex-lock", "waiting for a mutex", INSPECT_AWAIT_ONESHOT)
      AWAIT (LOOK_READ, "pthread.rwlock-read", "waiting to read-lock", INSPECT_AWAIT_ONESHOT)
          AWAIT (LOOK_WRITE, "pthread.rwlock-write", "waiting to write-lock", INSPECT_AWAIT_ONESHOT)
              AWAIT (LOOK_GMUTEX, "glib.mutex-lock", "waiting for a GMutex", INSPECT_AWAIT_ONESHOT)
                  AWAIT (LOOK_CONDITION, "pthread.cond-wait", "waiting for a condition", RESTS)
                      AWAIT (LOOK_GCOND, "glib.cond-wait", "waiting for a condition", RESTS) AWAIT (
                          LOOK_SEMAPHORE, "pthread.sem-wait", "waiting for a semaphore", RESTS)
                          AWAIT (LOOK_JOIN, "pthread.join", "waiting for a thread to end", RESTS)
};

/* A thread that holds a lock: what else it does is not known, and nothing is said to be wrong with it. */
static const InspectKind await_other = { "thread.other",
                                         "does something that is no wait for a lock",
                                         INSPECT_KIND_AWAIT,
                                         INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES,
                                         0,
                                         0 };
static const InspectKind resource_mutex = { "pthread.mutex",       "mutex", INSPECT_KIND_RESOURCE,
                                            INSPECT_RESOURCE_LOCK, 0,       0 };
static const InspectKind resource_rwlock = { "pthread.rwlock",
                                             "read-write lock",
                                             INSPECT_KIND_RESOURCE,
                                             INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_SHARED,
                                             0,
                                             0 };
static const InspectKind resource_gmutex = { "glib.mutex",          "GMutex", INSPECT_KIND_RESOURCE,
                                             INSPECT_RESOURCE_LOCK, 0,        0 };
static const InspectKind resource_condition = {
  "pthread.cond", "condition", INSPECT_KIND_RESOURCE, 0, 0, 0
};
static const InspectKind resource_gcond = { "glib.cond", "GCond", INSPECT_KIND_RESOURCE, 0, 0, 0 };
static const InspectKind resource_semaphore = {
  "pthread.semaphore", "semaphore", INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_ANY, 0, 0
};
static const InspectKind *const resource_lock[] = {
  [LOOK_MUTEX] = &resource_mutex,         [LOOK_READ] = &resource_rwlock,
  [LOOK_WRITE] = &resource_rwlock,        [LOOK_GMUTEX] = &resource_gmutex,
  [LOOK_CONDITION] = &resource_condition, [LOOK_GCOND] = &resource_gcond,
  [LOOK_SEMAPHORE] = &resource_semaphore,
};
/* Of those that nobody waits for, by what is known of them. */
#define HELD(name, label, flags)                                                                   \
  {                                                                                                \
    "held." name, label, INSPECT_KIND_RESOURCE, INSPECTOR_PROBE_RESOURCE_HELD | (flags), 0, 0      \
  }
#define HELD_KINDS(name, label)                                                                    \
  {                                                                                                \
    { HELD (name "-likely", label, INSPECTOR_PROBE_RESOURCE_LIKELY),                               \
      HELD (name "-likely-again", label,                                                           \
            INSPECTOR_PROBE_RESOURCE_LIKELY | INSPECTOR_PROBE_RESOURCE_AGAIN) },                   \
    {                                                                                              \
      HELD (name, label, 0), HELD (name "-again", label, INSPECTOR_PROBE_RESOURCE_AGAIN)           \
    }                                                                                              \
  }
static const InspectKind held_kinds[2][2][2] = { HELD_KINDS ("mutex", "mutex"),
                                                 HELD_KINDS ("rwlock", "read-write lock") };
static const InspectKind key_tid = { INSPECT_KEY_TID,   "thread", INSPECT_KIND_KEY,
                                     INSPECT_VALUE_U64, 0,        0 };

static const InspectKind key_name = { INSPECT_KEY_NAME,   "name", INSPECT_KIND_KEY,
                                      INSPECT_VALUE_TEXT, 0,      0 };

/* What a global one is called. */
static void
set_lock (DebugSymbols *symbols, const InspectKind *kind, guint64 lock,
          InspectorProbeAttribute *name, InspectorProbeResource *resource)
{
  const DebugSymbol *symbol = debug_symbols_lookup (symbols, lock, DEBUG_ADDRESS_FUNCTION);

  *resource = (InspectorProbeResource){ kind, lock & ID_MASK, NULL, 0 };
  /* What has a line is code. */
  if (symbol->function == NULL || !symbol->exact || symbol->file != NULL || symbol->offset != 0)
    return;
  *name = (InspectorProbeAttribute){ &key_name, 0, symbol->function };
  resource->attributes = name;
  resource->n_attributes = 1;
}

/* Of a program without names its offset is better than nothing. @texts: what is made here lives in it */
static void
set_place (const InspectorProbeTarget *target, DebugSymbols *symbols, guint64 pc,
           GStringChunk *texts, InspectorProbePlace *place)
{
  const DebugSymbol *symbol = debug_symbols_lookup (symbols, pc, DEBUG_ADDRESS_CALL);

  *place =
      (InspectorProbePlace){ symbol->function, symbol->file, symbol->line, symbol->file == NULL };
  for (guint i = 0; i < target->n_modules && place->function == NULL; i++)
    if (pc >= target->modules[i].start && pc < target->modules[i].end)
      {
        g_autofree char *text = g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x",
                                                 target->modules[i].name, symbol->offset);

        place->function = g_string_chunk_insert (texts, text);
      }
}

static const LookWait *
find_wait (const GPtrArray *waits, int tid)
{
  for (guint i = 0; i < waits->len; i++)
    if (((const LookWait *)waits->pdata[i])->tid == tid)
      return waits->pdata[i];
  return NULL;
}

/* Those that wait for the program, or have threads that do nothing else. */
static gboolean
is_of_library (const DebugSymbol *symbol)
{
  static const char *const names[] = { "libc.",        "libpthread", "libglib-2.0.",
                                       "libgthread-2", "libuv.",     "libstdc++." };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (symbol->module != NULL && g_str_has_prefix (symbol->module, names[i]))
      return TRUE;
  return FALSE;
}

/* The program's own functions: from the one that called such a library on. 0: it is a thread of the library's own. */
static guint
list_frames (const InspectorProbeTarget *target, DebugSymbols *symbols,
             const InspectorProbeStack *stack, GStringChunk *texts, InspectorProbeFrame *frames)
{
  gboolean is_program = FALSE;
  guint n = 0;

  for (guint i = 0; i < stack->n_calls && n < MAX_FRAMES; i++)
    {
      const DebugSymbol *symbol =
          debug_symbols_lookup (symbols, stack->calls[i].pc, DEBUG_ADDRESS_CALL);

      is_program = is_program || (symbol->module != NULL && !is_of_library (symbol));
      if (!is_program || (symbol->module != NULL && g_str_has_prefix (symbol->module, "libc.")))
        continue;
      frames[n] = (InspectorProbeFrame){ 0 };
      set_place (target, symbols, stack->calls[i].pc, texts, &frames[n++].place);
    }
  return n;
}

/* What is told of at a look. */
typedef struct
{
  const GPtrArray *waits;
  LookHeldLocks *locks;
  const GArray *held;
  const InspectorProbeTarget *target;
  DebugSymbols *symbols;
} Look;

/* What a thread holds. */
typedef struct
{
  InspectorProbeAttribute attributes[MAX_HOLDS][2];
  InspectorProbeResource resources[MAX_HOLDS];
  InspectorProbeHold holds[MAX_HOLDS];
  guint n;
} Holds;

static gboolean
has_hold (const Holds *holds, guint64 lock)
{
  for (guint i = 0; i < holds->n; i++)
    if (holds->resources[i].id == (lock & ID_MASK))
      return TRUE;
  return FALSE;
}

/* @own_tid: 0: who holds it is known by who waits for it */
static void
add_hold (Holds *holds, DebugSymbols *symbols, const InspectKind *kind, guint64 lock, int own_tid)
{
  InspectorProbeAttribute *attributes = holds->attributes[holds->n];
  InspectorProbeResource *resource = &holds->resources[holds->n];
  guint n = holds->n;

  if (n == MAX_HOLDS || has_hold (holds, lock))
    return;
  set_lock (symbols, kind, lock, attributes, resource);
  if (own_tid != 0)
    {
      attributes[resource->n_attributes++] =
          (InspectorProbeAttribute){ &key_tid, (guint64)own_tid, NULL };
      resource->attributes = attributes;
    }
  holds->holds[n] = (InspectorProbeHold){ &holds->resources[n], 1, { 0 } };
  holds->n++;
}

static gboolean
is_waited_for (const GPtrArray *waits, guint64 lock)
{
  for (guint i = 0; i < waits->len; i++)
    if (((const LookWait *)waits->pdata[i])->lock == lock)
      return TRUE;
  return FALSE;
}

/* What it holds of that which others wait for, and what else it holds. */
static void
list_holds (const Look *look, const InspectorProbeThread *thread, Holds *holds)
{
  for (guint i = 0; i < look->waits->len; i++)
    {
      const LookWait *wait = look->waits->pdata[i];

      if (wait->holder == thread->tid && wait->kind != LOOK_JOIN)
        add_hold (holds, look->symbols, resource_lock[wait->kind], wait->lock, 0);
    }
  for (guint i = 0; i < look->held->len; i++)
    {
      const LookHeld *held = &g_array_index (look->held, LookHeld, i);

      if (held->tid == thread->tid && !is_waited_for (look->waits, held->lock))
        add_hold (holds, look->symbols,
                  &held_kinds[held->is_rwlock][held->is_certain][held->has_run], held->lock,
                  thread->own_tid);
    }
}

/* The thread whose end is waited for, where it is told of. */
static guint64
find_ending (const GPtrArray *waits, const LookWait *wait)
{
  if (wait->kind != LOOK_JOIN || find_wait (waits, wait->holder) == NULL)
    return 0;
  return (guint64)wait->holder;
}

/* (nullable) */
static const InspectorProbeStack *
find_stack (const Look *look, const InspectorProbeThread *thread, const LookWait *wait,
            const Holds *holds)
{
  if (wait != NULL)
    return &wait->stack;
  return holds->n > 0 ? look_held_get_stack (look->locks, look->target, thread) : NULL;
}

static void
say_thread (const Look *look, const InspectorProbeThread *thread, const InspectorProbeSink *sink)
{
  const LookWait *wait = find_wait (look->waits, thread->tid);
  InspectorProbeResource lock;
  InspectorProbeAttribute name;
  g_autofree Holds *holds = g_new0 (Holds, 1);
  const InspectorProbeStack *stack;
  InspectorProbeFrame frames[MAX_FRAMES] = { { { 0 }, NULL, 0 } };
  g_autoptr (GStringChunk) texts = g_string_chunk_new (256);
  guint n_frames = 0;
  const InspectorProbeAttribute tid = { &key_tid, (guint64)thread->own_tid, NULL };
  InspectorProbeAwait await;
  InspectorProbeTask task;

  list_holds (look, thread, holds);
  stack = find_stack (look, thread, wait, holds);
  if (stack != NULL)
    n_frames = list_frames (look->target, look->symbols, stack, texts, frames);
  /* A worker that has nothing to do. */
  if (wait != NULL && n_frames == 0 && wait->kind >= LOOK_CONDITION)
    wait = NULL;
  if (wait == NULL && holds->n == 0)
    return;
  if (wait != NULL && wait->lock != 0)
    set_lock (look->symbols, resource_lock[wait->kind], wait->lock, &name, &lock);
  await = (InspectorProbeAwait){ .kind = wait != NULL ? &await_lock[wait->kind] : &await_other,
                                 .id = wait != NULL ? (guint64)thread->tid << 24 |
                                                          (wait->lock >> 3 & 0xffffff)
                                                    : (guint64)thread->tid,
                                 .frames = frames,
                                 .n_frames = MAX (n_frames, 1),
                                 .resource = wait != NULL && wait->lock != 0 ? &lock : NULL,
                                 .task = wait != NULL ? find_ending (look->waits, wait) : 0,
                                 .attributes = &tid,
                                 .n_attributes = 1 };
  task = (InspectorProbeTask){ .id = (guint64)thread->tid,
                               .serial = 1,
                               .state = INSPECTOR_PROBE_WAITING,
                               .name = *thread->name != '\0' ? thread->name : NULL,
                               .place = frames[MAX (n_frames, 1) - 1].place,
                               .awaits = &await,
                               .n_awaits = 1,
                               .holds = holds->holds,
                               .n_holds = holds->n };
  sink->task (sink->data, &task);
}

void
look_say_threads (const GPtrArray *waits, LookHeldLocks *locks, const GArray *held,
                  const InspectorProbeTarget *target, DebugSymbols *symbols,
                  const InspectorProbeSink *sink)
{
  const Look look = { waits, locks, held, target, symbols };

  for (guint i = 0; i < target->n_threads && waits->len + held->len > 0; i++)
    say_thread (&look, &target->threads[i], sink);
}
