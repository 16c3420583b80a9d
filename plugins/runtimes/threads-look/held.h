/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_LOOK_HELD_H
#define THREADS_LOOK_HELD_H

#include "inspector-probe.h"
#include "debuginfo/symbols.h"

G_BEGIN_DECLS

/* A lock that says of itself who has it. */
typedef struct
{
  guint64 lock;
  int tid;
  gboolean is_rwlock;  /* held for writing */
  gboolean is_certain; /* debug info has a lock there; else the memory is like one */
  gboolean
      has_run; /* its holder, since it was found: it may have given it back, and taken it again */
} LookHeld;

/* Those that were found, so that memory is looked through once. */
typedef struct _LookHeldLocks LookHeldLocks;

LookHeldLocks *look_held_new (void);
void look_held_free (LookHeldLocks *self);
/* Looks for more of them. */
void look_held_search (LookHeldLocks *self, const InspectorProbeTarget *target,
                       DebugSymbols *symbols);
/* Those that are held still, by who held them when they were found. (transfer full) (element-type LookHeld) */
GArray *look_held_list (LookHeldLocks *self, const InspectorProbeTarget *target);
/* Where a thread sleeps that has some. (nullable): it does not, or has run in between */
const InspectorProbeStack *look_held_get_stack (LookHeldLocks *self,
                                                const InspectorProbeTarget *target,
                                                const InspectorProbeThread *thread);

G_END_DECLS

#endif
