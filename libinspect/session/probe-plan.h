/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_PLAN_H
#define SESSION_PROBE_PLAN_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* The awaits in the source of a task's own function, in order, and how long each has taken as far as it
 * was seen: the text of INSPECT_KEY_PLAN. */
typedef struct _ProbePlan ProbePlan;

ProbePlan *probe_plan_new (void);
void probe_plan_free (ProbePlan *plan);
/* NULL: as before, or there is nothing to say. (transfer none) until the next call */
const char *probe_plan_see (ProbePlan *plan, const InspectorProbeTask *task, gint64 now_ns);

G_END_DECLS

#endif
