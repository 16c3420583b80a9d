/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_SPIN_H
#define ANALYSIS_SPIN_H

/* Loops that never sleep because of a callback that does next to nothing. */

#include "analysis/report.h"

G_BEGIN_DECLS

void spin_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
