/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_UNREAD_H
#define ANALYSIS_UNREAD_H

/* Child processes whose end is waited for, and that cannot end: they sleep until somebody reads
 * what they have written into a pipe, and nobody does. README.md has the rules. */

#include <json-glib/json-glib.h>

#include "analysis/report.h"

G_BEGIN_DECLS

/* What is known of one target; all zero at first. */
struct _AnalysisUnread
{
  GArray *children; /* AnalysisUnreadChild */
  gint64 next_ns;   /* not asked again before */
};

/* Marks the waits that a full pipe keeps from ending (ModelAwait.is_unread), and unmarks them. Asks
 * the kernel at most once a second. */
void analysis_unread_check (AnalysisUnread *unread, ModelTarget *model, AnalysisFacts *facts,
                            const AnalysisInstant *instant);
/* The model has gone. */
void analysis_unread_clear (AnalysisUnread *unread);
/* What it knows, for a recording; and back. */
JsonArray *analysis_unread_save (const AnalysisUnread *unread);
void analysis_unread_load (AnalysisUnread *unread, JsonArray *saved);
void unread_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
