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
} LookKind;

/* A thread that sleeps within a call that takes a lock, which it does not have yet. */
typedef struct
{
  LookKind kind;
  int tid;
  int holder; /* tid of that one; 0: the lock does not note it, or it has ended */
  guint64 lock;
  InspectorProbeStack stack;
} LookWait;

/* @reporter: (nullable): the file of a plugin that tells of such waits from within the program, which are left out.
 */
/* (transfer full) (element-type LookWait) */
GPtrArray *look_find_waits (const InspectorProbeTarget *target, DebugSymbols *symbols,
                            const InspectorProbeModule *reporter);

G_END_DECLS

#endif
