/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef KERNEL_LOOK_SAY_H
#define KERNEL_LOOK_SAY_H

#include "debuginfo/symbols.h"
#include "inspector-probe.h"
#include "processes.h"

G_BEGIN_DECLS

/* (nullable): what is known of that thread in this look */
const InspectorProbeThread *kernel_find_thread (const InspectorProbeTarget *target, int tid);

/* Where threads sleep, kept for as long as they do: to find it takes milliseconds. */
typedef struct _KernelStacks KernelStacks;

KernelStacks *kernel_stacks_new (void);
void kernel_stacks_free (KernelStacks *stacks);
/* The functions of the program in which that thread sleeps, innermost first; (transfer none) (element-type
 * InspectorProbeFrame): until the end of the look; NULL: not now, it has gone on or too many were asked for */
const GArray *kernel_stacks_get (KernelStacks *stacks, const InspectorProbeTarget *target,
                                 const KernelSleep *sleep);
/* What was not asked for since the last call is forgotten. */
void kernel_stacks_tidy (KernelStacks *stacks);

/* Says the threads of the first process, and the others, as tasks. */
void kernel_say (const GPtrArray *processes, const InspectorProbeTarget *target,
                 KernelStacks *stacks, const InspectorProbeSink *sink);

G_END_DECLS

#endif
