/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_LOCK_ORDER_FINDING_H
#define ANALYSIS_LOCK_ORDER_FINDING_H

#include "analysis/report.h"

G_BEGIN_DECLS

/* Two orders of locking in words: who took which locks where, and which place to change. */
Finding *lock_order_finding_new (const ReportInput *input, const AnalysisInversion *inversion);

G_END_DECLS

#endif
