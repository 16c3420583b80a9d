/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_STARVATION_H
#define ANALYSIS_STARVATION_H

#include "analysis/report.h"

G_BEGIN_DECLS

/* Pools whose threads all sleep in jobs that have queued further jobs in the same pool: whoever
 * would wake them has not been said, as where they wait for a condition, so that it is a likely
 * reading and no proof. What is proven is a deadlock (deadlock.h). */
void starvation_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
