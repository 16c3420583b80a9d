/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_LOOK_SAY_H
#define THREADS_LOOK_SAY_H

#include "waits.h"

G_BEGIN_DECLS

/* Each thread that waits, or that others wait for, as a task. */
void look_say_waits (const GPtrArray *waits, const InspectorProbeTarget *target,
                     DebugSymbols *symbols, const InspectorProbeSink *sink);

G_END_DECLS

#endif
