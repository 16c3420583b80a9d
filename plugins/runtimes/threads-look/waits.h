/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_LOOK_WAITS_H
#define THREADS_LOOK_WAITS_H

#include "inspector-probe.h"
#include "debuginfo/symbols.h"

G_BEGIN_DECLS

typedef enum
{
  LOOK_MUTEX,
  LOOK_READ,  /* of a read-write lock */
  LOOK_WRITE, /* of one */
  LOOK_GMUTEX,
  LOOK_CONDITION, /* from here on: what another thread has to tell it */
  LOOK_GCOND,
  LOOK_SEMAPHORE,
  LOOK_JOIN, /* the end of that thread */
} LookKind;

/* A thread that sleeps within a call that takes a lock, which it does not have yet; or within one that another thread ends. */
typedef struct
{
  LookKind kind;
  int tid;
  int holder;   /* tid of that one; 0: the lock does not note it, or it has ended */
  guint64 lock; /* or condition, or semaphore; 0: that is not known */
  InspectorProbeStack stack;
} LookWait;

/* What threads have been seen to sleep for, so that each is asked for its stack once. */
typedef struct _LookWaits LookWaits;

LookWaits *look_waits_new (void);
void look_waits_free (LookWaits *self);
/* @reporter: (nullable): the file of a plugin that tells of such waits from within the program, which are left out.
 * (transfer full) (element-type LookWait) */
GPtrArray *look_waits_find (LookWaits *self, const InspectorProbeTarget *target,
                            DebugSymbols *symbols, const InspectorProbeModule *reporter);

G_END_DECLS

#endif
