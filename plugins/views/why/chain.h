/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_CHAIN_H
#define WHY_CHAIN_H

#include <inspector-graph.h>

#include "line.h"

G_BEGIN_DECLS

/**
 * why_chain_add:
 * @track: of the task that is asked about
 * @graph: (nullable): of the same instant: it knows the deadlocks
 *
 * Adds the task, what it waits for, who has that, what that one waits for, and so on. Nothing is said
 * that the model does not know: where nobody is known to have it, the line says so.
 */
gboolean why_chain_add (InspectorHistory *history, guint track, gint64 at_ns, InspectorGraph *graph,
                        GPtrArray *lines, GError **error);

G_END_DECLS

#endif
