/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_LEAK_H
#define ANALYSIS_LEAK_H

/* Operations that were dropped without ever returning: who waits for them waits for nothing. */

#include "analysis/report.h"

G_BEGIN_DECLS

void leak_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
