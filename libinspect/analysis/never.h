/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_NEVER_H
#define ANALYSIS_NEVER_H

/* Waits that nothing can end: every thread of the process sleeps until another one of them wakes
 * it. README.md has the rules. */

#include "analysis/report.h"

G_BEGIN_DECLS

/* What is known of one target; all zero at first. */
typedef struct
{
  guint64 n_events; /* of the model, when it was found */
  gint64 next_ns;   /* not asked again before */
  gboolean is_found;
} AnalysisNever;

/* Cheap: FALSE says that analysis_never_check() would change nothing. */
gboolean analysis_never_needs_look (const AnalysisNever *never, const ModelTarget *model,
                                    gint64 now_ns);
/* Marks the waits that cannot end (ModelAwait.cannot_end), and unmarks them when something has
 * happened all the same. */
void analysis_never_check (AnalysisNever *never, ModelTarget *model, AnalysisFacts *facts,
                           const AnalysisInstant *instant);
void never_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
