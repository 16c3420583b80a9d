/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_TOLD_H
#define SESSION_PROBE_TOLD_H

#include "inspector-probe.h"
#include "model/model.h"

G_BEGIN_DECLS

/* What a program tells of itself and is seen from outside, too: a timer that began before anybody looked and was
 * started again since, a source that the agent has met by now. It is told of once, by the program. */
typedef struct _ProbeTold ProbeTold;

ProbeTold *probe_told_new (void);
void probe_told_free (ProbeTold *told);
/* Before a look is fed. @model: (nullable): where all that the program tells goes; it stays until the next call */
void probe_told_update (ProbeTold *told, const ModelTarget *model);
/* What the program tells of that wait: an await with that id, of the same runtime. (nullable) */
const ModelAwait *probe_told_find (const ProbeTold *told, const InspectorProbeAwait *await);
/* Whether it tells of all that @task waits for. */
gboolean probe_told_has (const ProbeTold *told, const InspectorProbeTask *task);

G_END_DECLS

#endif
