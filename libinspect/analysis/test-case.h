/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_TEST_CASE_H
#define ANALYSIS_TEST_CASE_H

#include "analysis/report.h"

G_BEGIN_DECLS

/* The case of a test program that one of the calls in @task's stack is of: "/client/timeout". NULL: there
 * is none, or the function is that of several; (transfer full) */
char *analysis_find_test_case (ModelTarget *model, AnalysisPlaces *places, const ReportTask *task);

G_END_DECLS

#endif
