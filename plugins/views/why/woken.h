/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_WOKEN_H
#define WHY_WOKEN_H

#include <inspector-history.h>

#include "line.h"

G_BEGIN_DECLS

/** Adds who made the task go on for the last time before @at_ns, where that was seen. */
void why_woken_add (InspectorHistory *history, guint track, gint64 at_ns, GPtrArray *lines);
/** Adds where the time of a task went that has ended at @at_ns. */
void why_spent_add (InspectorHistory *history, guint track, gint64 at_ns, GPtrArray *lines);

G_END_DECLS

#endif
