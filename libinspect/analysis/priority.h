/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_PRIORITY_H
#define ANALYSIS_PRIORITY_H

/* What is ready and never gets its turn, because something of its loop that comes first always is
 * ready, too. README.md has the rules. */

#include "analysis/report.h"

G_BEGIN_DECLS

/* What is known of one target; all zero at first. */
struct _AnalysisPriority
{
  GArray *first;  /* guint64: awaits that take the turns, at most one a loop */
  gint64 next_ns; /* not looked again before */
  gboolean is_marked; /* something is */
};

/* Marks what starves (ModelAwait.is_starved), and unmarks it. One walk of all waits, at most once a
 * second. */
void analysis_priority_check (AnalysisPriority *priority, ModelTarget *model,
                              const AnalysisInstant *instant);
/* The model has gone. */
void analysis_priority_clear (AnalysisPriority *priority);
void priority_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
