/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <signal.h>
#include <sys/wait.h>

#include "cli/command.h"
#include "cli/reporting.h"
#include "cli/signals.h"

static void
on_signal (int number, gboolean from_terminal, gpointer data)
{
  CliReporting *run = data;

  if (number == SIGUSR1)
    {
      cli_reporting_report (run, INSPECTOR_REPORT_ASKED);
      return;
    }
  if (number == SIGINT)
    {
      /* The terminal has just shown "^C". */
      if (from_terminal && run->sink.terminal)
        cli_sink_write (&run->sink, "\n");
      cli_reporting_report (run, INSPECTOR_REPORT_INTERRUPTED);
    }
  /* From the terminal it has reached the program too; it decides what follows. */
  if (!from_terminal && !run->inspection.ended)
    kill (run->inspection.pid, number);
}

static int
exit_status (CliReporting *run)
{
  int own = cli_reporting_get_status (run, run->options.program[0]);

  if (WIFSIGNALED (run->inspection.status))
    return 128 + WTERMSIG (run->inspection.status);
  if (WEXITSTATUS (run->inspection.status) != 0)
    return WEXITSTATUS (run->inspection.status);
  return own;
}

static gboolean
start (CliReporting *run, GError **error)
{
  g_autofree char *channel_options = cli_reporting_dup_channel_options (run);
  const TargetSpawnOptions spawn = { .no_input = run->options.has_prompt, .output = -1 };
  CliInspection *inspection = &run->inspection;

  if (!cli_inspection_open (inspection, (const char *const *)run->options.program, channel_options,
                            error) ||
      !cli_reporting_open (run, error))
    return FALSE;
  cli_signals_watch (on_signal, run);
  return cli_inspection_spawn (inspection, &spawn, error);
}

int
cli_run (int argc, char **argv)
{
  CliReporting run = { 0 };
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
      cli_reporting_report (&run, INSPECTOR_REPORT_EXIT);
      cli_reporting_close (&run);
      status = exit_status (&run);
    }
  else
    {
      cli_complain ("%s", error->message);
      if (error->domain == TARGET_ERROR)
        status = error->code;
      cli_sink_close (&run.sink);
    }
  cli_reporting_clear (&run);
  return status;
}
