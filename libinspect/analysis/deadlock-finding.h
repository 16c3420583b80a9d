/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_DEADLOCK_FINDING_H
#define ANALYSIS_DEADLOCK_FINDING_H

#include "analysis/deadlock.h"
#include "analysis/report.h"

G_BEGIN_DECLS

/* A deadlock in words: who waits where for what, who holds it since when, and what to change. */
Finding *deadlock_finding_new (const ReportInput *input, const AnalysisDeadlock *deadlock);

G_END_DECLS

#endif
