/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_UNREFERENCED_H
#define ANALYSIS_UNREFERENCED_H

/* Waits that nobody can end any more: nowhere in the process is the address of what would have to
 * be at hand for it. README.md has the rules. */

#include "analysis/facts.h"
#include "analysis/deadlock.h"

G_BEGIN_DECLS

/* What is known of one target; all zero at first. */
typedef struct
{
  gint64 next_ns;   /* not asked again before */
  gint64 pause_ns;  /* and then not for so long: an answer that does not come costs, too */
  gint64 newest_ns; /* the latest wait that was asked about */
  GArray *suspects; /* of those whose ends may be on their way yet; NULL: none */
  gint64 asked_ns;  /* about them */
} AnalysisUnreferenced;

/* The model has gone. */
void analysis_unreferenced_clear (AnalysisUnreferenced *unreferenced);
/* Marks them (ModelAwait.is_unreferenced), for good. */
void analysis_unreferenced_check (AnalysisUnreferenced *unreferenced, ModelTarget *model,
                                  AnalysisFacts *facts, const AnalysisInstant *instant);

G_END_DECLS

#endif
