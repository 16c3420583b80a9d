/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_H
#define SESSION_PROBE_H

#include "inspector.h"

G_BEGIN_DECLS

/* Looks at a process from outside again and again, as often as that costs little, and feeds what there
 * is into its target. */
typedef struct _AnalysisProbe AnalysisProbe;

/* @probes: of TargetProbe. @may_stop: threads that run, for some 100 us, to see where they are */
AnalysisProbe *analysis_probe_new (GPtrArray *probes, InspectorTarget *target, gboolean may_stop);
/* Waits until the look that is under way has been given up. */
void analysis_probe_free (AnalysisProbe *probe);
/* Takes what a look has found, and begins another one when it is time. Returns: whether it has fed
 * anything */
gboolean analysis_probe_poll (AnalysisProbe *probe, gint64 now_ns);
/* Whether it has found by now what there is, or that there is nothing. @probe: (nullable) */
gboolean analysis_probe_has_looked (const AnalysisProbe *probe);
/* Once, where the first look takes long, because much debug info is read: one line for people. (transfer full) (nullable)
 * @probe: (nullable) */
char *analysis_probe_dup_progress (AnalysisProbe *probe, gint64 now_ns);
/* The program that it looks at has been replaced by another. */
void analysis_probe_restart (AnalysisProbe *probe);
/* Its target is one that ran before. @probe: (nullable) */
void analysis_probe_set_attached (AnalysisProbe *probe);

G_END_DECLS

#endif
