/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_LOOK_SEARCH_H
#define UV_LOOK_SEARCH_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* Looks through all memory that the program may write to. Adds to @loops (guint64) what is not among them, and to @jobs
 * (LookJob). FALSE: there is more memory than is searched */
gboolean look_search (const InspectorProbeTarget *target, GArray *loops, GArray *jobs);

G_END_DECLS

#endif
