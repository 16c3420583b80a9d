/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_LOOK_CONDITIONS_H
#define THREADS_LOOK_CONDITIONS_H

#include "waits.h"

G_BEGIN_DECLS

/* What is waited for, by the word that a thread sleeps for in the kernel: a condition, a semaphore, a GCond. 0: not known. */
guint64 look_find_condition (const InspectorProbeTarget *target, LookKind kind, guint64 word,
                             const InspectorProbeStack *stack);

G_END_DECLS

#endif
