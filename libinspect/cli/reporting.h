/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_REPORTING_H
#define CLI_REPORTING_H

#include "cli/debugger.h"
#include "cli/inspection.h"
#include "cli/options.h"
#include "cli/sink.h"

G_BEGIN_DECLS

/* What 'run' and 'attach' have in common: an inspection, reports of it that are written when something
 * gets stuck, a recording where one is asked for, and breakpoints. */
typedef struct
{
  CliOptions options;
  CliSink sink;
  CliInspection inspection;
  CliDebugger debugger;
  guint stuck_source;
} CliReporting;

/* As CHANNEL_ENV_OPTIONS. (transfer full) */
char *cli_reporting_dup_channel_options (const CliReporting *self);
/* Opens where reports and recording go to, once the inspection is open. */
gboolean cli_reporting_open (CliReporting *self, GError **error);
void cli_reporting_report (CliReporting *self, InspectorReportReason reason);
/* Ends recording and reports; what could not be kept is said. */
void cli_reporting_close (CliReporting *self);
/* Says that the process used no known runtime; returns the exit status for what went wrong, or 0. */
int cli_reporting_get_status (CliReporting *self, const char *name);
void cli_reporting_clear (CliReporting *self);

G_END_DECLS

#endif
