/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_STACKS_H
#define RUST_STACKS_H

#include "debuginfo/symbols.h"
#include "walk.h"

/* Where threads are: for what lies on their stacks, and for tasks that run, of which memory tells
 * nothing. */

G_BEGIN_DECLS

typedef struct
{
  InspectorProbeStack stack;
  guint64 sp;
} RustStack;

/* Of one program; kept from look to look, for a thread that sleeps on is where it was. */
typedef struct _RustStacks RustStacks;

RustStacks *rust_stacks_new (void);
void rust_stacks_free (RustStacks *stacks);
/* A new look begins. */
void rust_stacks_begin (RustStacks *stacks, const InspectorProbeTarget *target);
/* @may_stop: a thread that runs. (nullable): not known. Until the next look */
const RustStack *rust_stacks_get (RustStacks *stacks, const InspectorProbeThread *thread,
                                  gboolean may_stop);
/* The function at a call, and what the compiler has put into it. */
const DebugSymbol *rust_stacks_get_symbol (RustStacks *stacks, const InspectorProbeCall *call);
/* Another number at each call, in all looks. */
guint64 rust_stacks_next_id (RustStacks *stacks);

/* scopes.c: what block_on() was given, at a call of a thread's stack. */
typedef struct
{
  DebugType
      *future; /* (nullable): what the function block_on<F>() is of, where the call is in one */
  gboolean has_value;
  DebugValue value; /* where a variable of the call has it, or what leads to it */
} RustBlocked;

/* The first variable for which @accepts is true counts. FALSE: the call is in no block_on(). */
gboolean rust_scopes_find_blocked (RustProgram *program, const RustStack *stack, guint call,
                                   const DebugMemory *memory,
                                   gboolean (*accepts) (gpointer data, DebugValue value),
                                   gpointer data, RustBlocked *ret_blocked);

/* blocked.c: a lock for which a thread sleeps. */
typedef struct
{
  const InspectKind *kind, *resource;
  const char *name; /* "std::sync::Mutex" */
  guint64 id;       /* of the lock, as whoever holds it has it */
} RustLockWait;

/* FALSE: it sleeps for something else. */
gboolean rust_lock_wait_find (RustStacks *stacks, const RustWalk *walk,
                              const InspectorProbeThread *thread, const RustStack *stack,
                              RustLockWait *ret_wait);

/* running.c */
/* Says where a task is that runs; FALSE: that is not known, and nothing was said. */
gboolean rust_say_running (RustStacks *stacks, RustWalk *walk, const RustTask *task,
                           DebugValue future, const InspectorProbeSink *sink);
/* Says that a thread waits for a future of which no more than its type is known. */
void rust_say_blocked (RustStacks *stacks, RustWalk *walk, const InspectorProbeThread *thread,
                       const RustStack *stack, guint call, DebugType *future,
                       const InspectorProbeSink *sink);

G_END_DECLS

#endif
