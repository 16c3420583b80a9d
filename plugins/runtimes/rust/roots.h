/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_ROOTS_H
#define RUST_ROOTS_H

#include "stacks.h"
#include "walk.h"

/* Futures that are no task: what block_on() was given lies on the stack of the thread that waits for it.
 * That is main() of most programs, and the whole of an async test. */

G_BEGIN_DECLS

typedef struct
{
  DebugValue future;
  gboolean is_hidden; /* where it lies is not known: @future has no address */
  const InspectorProbeThread *thread;
  const RustStack *stack; /* with @is_hidden */
  guint call;             /* of that, of the outermost block_on() */
} RustRoot;

/* Of RustRoot, (transfer full) */
GArray *rust_roots_find (GPtrArray *programs, RustMemory *memory, RustStacks *stacks);

/* block-on.c: says what they are, and what each waits for. Of one program; @lock_names: (nullable) */
typedef struct _RustBlockedThreads RustBlockedThreads;

RustBlockedThreads *rust_blocked_new (RustStacks *stacks);
void rust_blocked_free (RustBlockedThreads *self);
void rust_blocked_look (RustBlockedThreads *self, GPtrArray *programs,
                        const RustLockNames *lock_names, const InspectorProbeTarget *target,
                        const InspectorProbeSink *sink);

G_END_DECLS

#endif
