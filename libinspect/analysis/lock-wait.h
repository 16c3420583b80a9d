/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_LOCK_WAIT_H
#define ANALYSIS_LOCK_WAIT_H

/* Locks that several wait for, as one finding with whoever has it and what that one waits for; and
 * locks that nobody is left to give back. README.md has the rules. */

#include "analysis/report.h"

G_BEGIN_DECLS

void lock_wait_add_findings (const ReportInput *input, GPtrArray *findings);

G_END_DECLS

#endif
