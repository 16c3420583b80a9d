/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_IDLE_LOOP_H
#define ANALYSIS_IDLE_LOOP_H

/* Loops that nobody runs, though something is ready for them. README.md has the rules. */

#include "analysis/report.h"

G_BEGIN_DECLS

void idle_loop_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
