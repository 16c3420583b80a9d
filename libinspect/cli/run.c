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

  if (number == SIGINT && cli_debugger_interrupt (&run->debugger))
    return;
  if (run->inspection.pid == 0)
    {
      g_main_loop_quit (run->inspection.loop);
      return;
    }
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

/* Somebody at the prompt has its terminal. */
static gboolean
spawn (CliReporting *run, GError **error)
{
  const TargetSpawnOptions options = { .own_group = run->options.has_prompt,
                                       .no_input = run->options.has_prompt,
                                       .output = -1 };

  return cli_inspection_spawn (&run->inspection, &options, error);
}

static void
begin (gpointer data)
{
  CliReporting *run = data;
  g_autoptr (GError) error = NULL;

  if (spawn (run, &error))
    return;
  cli_complain ("%s", error->message);
  run->sink.failed = TRUE;
  g_main_loop_quit (run->inspection.loop);
}

/* Who wants to say at the prompt where it is to stop has to be there first. */
static gboolean
start (CliReporting *run, GError **error)
{
  g_autofree char *channel_options = cli_reporting_dup_channel_options (run);
  CliInspection *inspection = &run->inspection;
  gboolean is_held =
      run->options.has_prompt && run->options.breaks == NULL && run->options.commands == NULL;

  if (is_held)
    cli_debugger_hold (&run->debugger, begin, run);

  if (!cli_inspection_open (inspection, (const char *const *)run->options.program, channel_options,
                            error) ||
      !cli_reporting_open (run, error))
    return FALSE;
  cli_signals_watch (on_signal, run);
  return is_held || spawn (run, error);
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
      /* It may never have begun. */
      if (run.inspection.pid > 0)
        cli_reporting_report (&run, INSPECTOR_REPORT_EXIT);
      cli_reporting_close (&run);
      status = run.inspection.pid > 0 ? exit_status (&run) : run.sink.failed ? CLI_EXIT_FAILED : 0;
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
