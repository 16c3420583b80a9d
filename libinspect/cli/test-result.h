/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_TEST_RESULT_H
#define CLI_TEST_RESULT_H

#include "cli/test-tap.h"
#include "inspector.h"

G_BEGIN_DECLS

/* What came of a test, for those who read it by machine. */
typedef struct
{
  const char *program;     /* for people */
  const char *case_name;   /* (nullable): the one that hung, or that ran when the test ended */
  guint n_missing;         /* cases that were announced and never told of */
  GPtrArray *cases;        /* (nullable): CliTapCase that were over */
  GPtrArray *causes;       /* (nullable): InspectorReportCause; of a hang */
  const char *hang_text;   /* (nullable): of a hang */
  const char *hang_reason; /* (nullable): one line; of a hang */
  gint64 duration_us;
  int status;              /* what the command exits with */
} CliTestResult;

/* JUnit's XML. */
gboolean cli_result_write_junit (const CliTestResult *result, const char *path, GError **error);
/* Annotations of GitHub's workflows, one for each cause, to standard error; and the summary of the
 * step, where there is one. */
void cli_result_annotate (const CliTestResult *result);

G_END_DECLS

#endif
