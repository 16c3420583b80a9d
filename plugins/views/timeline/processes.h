/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_PROCESSES_H
#define TIMELINE_PROCESSES_H

#include <inspector-history.h>

G_BEGIN_DECLS

/* Which tracks are no tasks, but other processes that tasks wait for: what they wait for says so, once they do. Of very
 * many tracks only the first are looked at. */
typedef struct _TimelineProcesses TimelineProcesses;

TimelineProcesses *timeline_processes_new (void);
void timeline_processes_free (TimelineProcesses *processes);
/** Of another history. */
void timeline_processes_forget (TimelineProcesses *processes);
/** Looks at those of which it is not known. Returns: whether more processes are known */
gboolean timeline_processes_update (TimelineProcesses *processes, InspectorHistory *history);
gboolean timeline_processes_has (TimelineProcesses *processes, guint track);
guint timeline_processes_get_n (TimelineProcesses *processes);

G_END_DECLS

#endif
