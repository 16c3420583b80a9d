/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_LOOK_WAITS_H
#define THREADS_LOOK_WAITS_H

#include "inspector-probe.h"
#include "debuginfo/symbols.h"

G_BEGIN_DECLS

/* A thread that sleeps within pthread_mutex_lock() for a mutex that another one holds. */
typedef struct
{
  int tid;
  int holder; /* tid of that one */
  guint64 mutex;
  InspectorProbeStack stack;
} LookWait;

/* (transfer full) (element-type LookWait) */
GPtrArray *look_find_waits (const InspectorProbeTarget *target, DebugSymbols *symbols);

G_END_DECLS

#endif
