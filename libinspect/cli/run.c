/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <signal.h>
#include <sys/wait.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/inspection.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "cli/sink.h"

/* Tasks that get stuck together are reported together. */
#define STUCK_SETTLE_MS 150

typedef struct
{
  CliOptions options;
  CliSink sink;
  CliInspection inspection;
  guint stuck_source;
} Run;

/* ---- Reports ---------------------------------------------------------------------------------- */

static void
report (Run *run, InspectorReportReason reason)
{
  g_autoptr (InspectorReport) result = NULL;
  g_autofree char *text = NULL;

  result = cli_inspection_build_report (&run->inspection, reason);
  text = run->options.json
             ? inspector_report_to_json (result)
             : inspector_report_to_text (result, run->sink.colour ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN,
                                         run->sink.width);
  cli_sink_write (&run->sink, text);
}

static gboolean
on_stuck_settled (gpointer data)
{
  Run *run = data;

  run->stuck_source = 0;
  report (run, INSPECTOR_REPORT_STUCK);
  return G_SOURCE_REMOVE;
}

static void
on_stuck (InspectorSession *session, InspectorTask *task, gpointer data)
{
  Run *run = data;

  if (run->stuck_source == 0)
    run->stuck_source = g_timeout_add (STUCK_SETTLE_MS, on_stuck_settled, run);
}

/* It will not change by itself: nothing has to settle. */
static void
on_deadlock (InspectorSession *session, InspectorTarget *target, gpointer data)
{
  Run *run = data;

  g_clear_handle_id (&run->stuck_source, g_source_remove);
  run->stuck_source = g_idle_add (on_stuck_settled, run);
}

static void
on_signal (int number, gboolean from_terminal, gpointer data)
{
  Run *run = data;

  if (number == SIGUSR1)
    {
      report (run, INSPECTOR_REPORT_ASKED);
      return;
    }
  if (number == SIGINT)
    {
      /* The terminal has just shown "^C". */
      if (from_terminal && run->sink.terminal)
        cli_sink_write (&run->sink, "\n");
      report (run, INSPECTOR_REPORT_INTERRUPTED);
    }
  /* From the terminal it has reached the program too; it decides what follows. */
  if (!from_terminal && !run->inspection.ended)
    kill (run->inspection.pid, number);
}

/* ---- The loop --------------------------------------------------------------------------------- */

static int
exit_status (Run *run)
{
  int own = run->sink.failed ? CLI_EXIT_FAILED : 0;

  if (run->inspection.refused)
    own = CLI_EXIT_FAILED;
  else if (!cli_inspection_is_useful (&run->inspection))
    {
      g_autofree char *names = cli_inspection_dup_runtime_names (&run->inspection);

      cli_complain (_ ("nothing to inspect in '%s': it used none of the runtimes that are known "
                       "(%s), nor did a child of it"),
                    run->options.program[0], names);
      own = CLI_EXIT_FAILED;
    }
  if (WIFSIGNALED (run->inspection.status))
    return 128 + WTERMSIG (run->inspection.status);
  if (WEXITSTATUS (run->inspection.status) != 0)
    return WEXITSTATUS (run->inspection.status);
  return own;
}

/* The program's own status stands; what could not be kept is said. */
static void
stop_recording (Run *run)
{
  InspectorRecordingStats stats;
  g_autoptr (GError) error = NULL;

  if (run->options.record == NULL)
    return;
  if (!inspector_session_stop_recording (run->inspection.session, &stats, &error))
    {
      cli_complain ("%s", error->message);
      run->sink.failed = TRUE;
    }
  if (stats.dropped > 0)
    {
      g_autofree char *dropped = g_strdup_printf ("%" G_GUINT64_FORMAT, stats.dropped);

      cli_complain (_ ("%s events were not recorded: '%s' could not be written fast enough, or not at "
                       "all"),
                    dropped, run->options.record);
    }
}

static gboolean
start (Run *run, GError **error)
{
  g_autofree char *channel_options = g_strdup_printf (
      "payload=%d,policy=%s", run->options.payload ? 1 : 0, run->options.policy);
  CliInspection *inspection = &run->inspection;

  if (!cli_inspection_open (inspection, (const char *const *)run->options.program, channel_options,
                            error) ||
      !cli_sink_open (&run->sink, run->options.output, error))
    return FALSE;
  inspector_session_set_stuck_after (inspection->session, run->options.stuck_after_ns);
  if (run->options.record != NULL &&
      !inspector_session_start_recording (inspection->session, run->options.record,
                                          g_str_equal (run->options.policy, "block"), error))
    return FALSE;
  g_signal_connect (inspection->session, "stuck", G_CALLBACK (on_stuck), run);
  g_signal_connect (inspection->session, "deadlock", G_CALLBACK (on_deadlock), run);
  cli_signals_watch (on_signal, run);
  return cli_inspection_spawn (inspection, NULL, error);
}

static void
run_clear (Run *run)
{
  g_clear_handle_id (&run->stuck_source, g_source_remove);
  cli_inspection_clear (&run->inspection);
  cli_options_clear (&run->options);
}

int
cli_run (int argc, char **argv)
{
  Run run = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;
  int status = CLI_EXIT_FAILED;

  if (!cli_options_parse (argc, argv, &run.options, &done, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (done)
    return 0;

  /* A reader of the report that goes away must not take the program with it. */
  signal (SIGPIPE, SIG_IGN);
  if (start (&run, &error))
    {
      cli_inspection_run (&run.inspection);
      report (&run, INSPECTOR_REPORT_EXIT);
      stop_recording (&run);
      cli_sink_close (&run.sink);
      status = exit_status (&run);
    }
  else
    {
      cli_complain ("%s", error->message);
      if (error->domain == TARGET_ERROR)
        status = error->code;
      cli_sink_close (&run.sink);
    }
  run_clear (&run);
  return status;
}
