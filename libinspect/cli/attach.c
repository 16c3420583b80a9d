/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* async-inspect attach and detach: a program that runs already. */

#include <signal.h>
#include "cli/command.h"
#include "cli/reporting.h"
#include "cli/signals.h"

/* How often it is asked whether the first look is over. */
#define LOOK_MS 20

/* Ends the looking; the program goes on. */
static void
on_signal (int number, gboolean from_terminal, gpointer data)
{
  CliReporting *attach = data;

  if (number == SIGUSR1)
    {
      cli_reporting_report (attach, INSPECTOR_REPORT_ASKED);
      return;
    }
  if (number == SIGINT && cli_debugger_interrupt (&attach->debugger))
    return;
  if (from_terminal && attach->sink.terminal)
    cli_sink_write (&attach->sink, "\n");
  g_main_loop_quit (attach->inspection.loop);
}

/* A look from outside has to find out much at first. */
static gboolean
on_look_is_over (gpointer data)
{
  CliReporting *attach = data;

  if (!follow_has_looked (attach->inspection.follow))
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (attach->inspection.loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_time_is_up (gpointer data)
{
  CliReporting *attach = data;

  if (attach->options.look && !follow_has_looked (attach->inspection.follow))
    g_timeout_add (LOOK_MS, on_look_is_over, attach);
  else
    g_main_loop_quit (attach->inspection.loop);
  return G_SOURCE_REMOVE;
}

static gboolean
start (CliReporting *attach, GError **error)
{
  g_autofree char *channel_options = cli_reporting_dup_channel_options (attach);
  CliInspection *inspection = &attach->inspection;

  if (!cli_inspection_open_process (inspection, attach->options.pid, attach->options.look,
                                    channel_options, error) ||
      !cli_reporting_open (attach, error))
    return FALSE;
  cli_signals_watch (on_signal, attach);
  return cli_inspection_attach (inspection, error);
}

/* From when on it is looked at, and not from when on it is asked for. */
static void
watch (CliReporting *attach)
{
  guint source = 0;

  if (attach->options.for_ns > 0)
    source = g_timeout_add ((guint)MIN (attach->options.for_ns / 1000000, G_MAXUINT), on_time_is_up,
                            attach);
  cli_inspection_run (&attach->inspection);
  if (source != 0 && g_main_context_find_source_by_id (NULL, source) != NULL)
    g_source_remove (source);
}

static char *
dup_name (CliReporting *attach)
{
  GListModel *targets = inspector_session_get_targets (attach->inspection.session);
  g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, 0);

  return g_strdup_printf ("%d (%s)", attach->options.pid,
                          target != NULL ? inspector_target_get_command (target) : "?");
}

static int
finish (CliReporting *attach)
{
  g_autofree char *name = dup_name (attach);
  g_autoptr (GError) error = NULL;
  int status;

  cli_reporting_report (attach, attach->inspection.ended ? INSPECTOR_REPORT_EXIT
                                                         : INSPECTOR_REPORT_INTERRUPTED);
  status = cli_reporting_get_status (attach, name);
  if (!attach->inspection.ended && !cli_inspection_detach (&attach->inspection, &error))
    {
      cli_complain ("%s", error->message);
      status = CLI_EXIT_FAILED;
    }
  cli_reporting_close (attach);
  return status;
}

int
cli_attach (int argc, char **argv)
{
  CliReporting attach = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;
  int status = CLI_EXIT_FAILED;

  if (!cli_options_parse (argc, argv, &attach.options, &done, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (done)
    return 0;

  signal (SIGPIPE, SIG_IGN);
  if (start (&attach, &error))
    {
      watch (&attach);
      status = finish (&attach);
    }
  else
    {
      cli_complain ("%s", error->message);
      cli_sink_close (&attach.sink);
    }
  cli_reporting_clear (&attach);
  return status;
}
