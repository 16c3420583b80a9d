/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/reporting.h"

#include <glib/gi18n.h>

#include "cli/command.h"

/* Tasks that get stuck together are reported together. */
#define STUCK_SETTLE_MS 150

/* ---- Reports ---------------------------------------------------------------------------------- */

void
cli_reporting_report (CliReporting *self, InspectorReportReason reason)
{
  g_autoptr (InspectorReport) result = NULL;
  g_autofree char *text = NULL;

  result = cli_inspection_build_report (&self->inspection, reason);
  text = self->options.json
             ? inspector_report_to_json (result)
             : inspector_report_to_text (
                   result, self->sink.colour ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN,
                   self->sink.width);
  cli_sink_write (&self->sink, text);
}

static gboolean
on_stuck_settled (gpointer data)
{
  CliReporting *self = data;

  self->stuck_source = 0;
  cli_reporting_report (self, INSPECTOR_REPORT_STUCK);
  return G_SOURCE_REMOVE;
}

static void
on_stuck (InspectorSession *session, InspectorTask *task, gpointer data)
{
  CliReporting *self = data;

  if (self->stuck_source == 0)
    self->stuck_source = g_timeout_add (STUCK_SETTLE_MS, on_stuck_settled, self);
}

/* It will not change by itself: nothing has to settle. */
static void
on_deadlock (InspectorSession *session, InspectorTarget *target, gpointer data)
{
  CliReporting *self = data;

  g_clear_handle_id (&self->stuck_source, g_source_remove);
  self->stuck_source = g_idle_add (on_stuck_settled, self);
}

/* ---- Its life --------------------------------------------------------------------------------- */

char *
cli_reporting_dup_channel_options (const CliReporting *self)
{
  const CliOptions *options = &self->options;
  /* A program that is to stop somewhere must not begin before it has been told where. */
  gboolean stops = options->breaks != NULL || options->commands != NULL || options->has_prompt;

  return g_strdup_printf ("payload=%d,policy=%s%s", options->payload ? 1 : 0, options->policy,
                          stops && options->program != NULL ? ",hold=1" : "");
}

gboolean
cli_reporting_open (CliReporting *self, GError **error)
{
  InspectorSession *session = self->inspection.session;

  if (!cli_sink_open (&self->sink, self->options.output, error))
    return FALSE;
  if (self->options.keeps_variables)
    inspector_session_keep_variables (session);
  inspector_session_set_stuck_after (session, self->options.stuck_after_ns);
  if (self->options.record != NULL &&
      !inspector_session_start_recording (session, self->options.record,
                                          g_str_equal (self->options.policy, "block"), error))
    return FALSE;
  g_signal_connect (session, "stuck", G_CALLBACK (on_stuck), self);
  g_signal_connect (session, "deadlock", G_CALLBACK (on_deadlock), self);
  if (!cli_debugger_open (&self->debugger, &self->inspection, &self->sink,
                          (const char *const *)self->options.breaks,
                          (const char *const *)self->options.commands, self->options.has_prompt,
                          self->options.stop_all, error))
    return FALSE;
  cli_debugger_start (&self->debugger);
  return TRUE;
}

/* The program's own status stands; what could not be kept is said. */
static void
stop_recording (CliReporting *self)
{
  InspectorRecordingStats stats;
  g_autoptr (GError) error = NULL;

  if (self->options.record == NULL)
    return;
  if (!inspector_session_stop_recording (self->inspection.session, &stats, &error))
    {
      cli_complain ("%s", error->message);
      self->sink.failed = TRUE;
    }
  if (stats.dropped > 0)
    {
      g_autofree char *dropped = inspector_format_count (stats.dropped);

      cli_complain (
          _ ("%s events were not recorded: '%s' could not be written fast enough, or not at "
             "all"),
          dropped, self->options.record);
    }
}

void
cli_reporting_close (CliReporting *self)
{
  cli_debugger_end (&self->debugger);
  stop_recording (self);
  cli_sink_close (&self->sink);
}

int
cli_reporting_get_status (CliReporting *self, const char *name)
{
  int status = cli_inspection_get_status (&self->inspection, name);

  return status == 0 && self->sink.failed ? CLI_EXIT_FAILED : status;
}

void
cli_reporting_clear (CliReporting *self)
{
  g_clear_handle_id (&self->stuck_source, g_source_remove);
  cli_debugger_clear (&self->debugger);
  cli_inspection_clear (&self->inspection);
  cli_options_clear (&self->options);
}
