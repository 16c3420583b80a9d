/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_BEFORE_H
#define SESSION_PROBE_BEFORE_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* The tasks that were there when somebody began to look. Where an agent tells of all that begins, a probe is to
 * tell of these alone: what it finds later has begun later. */
typedef struct _ProbeBefore ProbeBefore;

ProbeBefore *probe_before_new (void);
void probe_before_free (ProbeBefore *before);
/* Of @tasks (InspectorProbeTask), as a look has found them, removes from @first on those that were not there at the
 * first look; @is_whole: that it has found all that there is. */
void probe_before_keep (ProbeBefore *before, GArray *tasks, guint first, gboolean is_whole);

G_END_DECLS

#endif
