/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_LOOK_SAY_H
#define GLIB_LOOK_SAY_H

#include "debuginfo/symbols.h"
#include "sources.h"

G_BEGIN_DECLS

/* Each source, or GTask, as a task that waits. */
void look_say_sources (const GArray *sources, DebugSymbols *symbols,
                       const InspectorProbeSink *sink);
void look_say_gtasks (const GArray *gtasks, DebugSymbols *symbols, const InspectorProbeSink *sink);

G_END_DECLS

#endif
