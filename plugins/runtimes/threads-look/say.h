/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_LOOK_SAY_H
#define THREADS_LOOK_SAY_H

#include "held.h"
#include "waits.h"

G_BEGIN_DECLS

/* Each thread that waits, or that others wait for, or that has a lock, as a task. @held: of LookHeld, from @locks */
void look_say_threads (const GPtrArray *waits, LookHeldLocks *locks, const GArray *held,
                       const InspectorProbeTarget *target, DebugSymbols *symbols,
                       const InspectorProbeSink *sink);

G_END_DECLS

#endif
