/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_SUMMARY_H
#define SESSION_SUMMARY_H

/* What tasks did in a stretch of time, counted by what and where. */

#include "inspector-history.h"
#include "model/history.h"

G_BEGIN_DECLS

typedef struct _AnalysisSummary AnalysisSummary;

typedef struct
{
  InspectorOperation said; /* its kind and place are the caller's to fill in */
  guint track;             /* index of one that did it */
  guint16 kind;
  guint32 location;
} AnalysisOperation;

AnalysisSummary *analysis_summary_new (void);
void analysis_summary_free (AnalysisSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnalysisSummary, analysis_summary_free)
/* The spans of @track that ended from @from_ns to @to_ns. */
void analysis_summary_add (AnalysisSummary *summary, const ModelTrack *track, guint index,
                           gint64 from_ns, gint64 to_ns);
/* Returns: (transfer full): of AnalysisOperation, what took most time first */
GPtrArray *analysis_summary_finish (AnalysisSummary *summary);

G_END_DECLS

#endif
