/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* async-inspect record: a flight recorder. What came last is kept in memory and written when something
 * has happened. */

#include <signal.h>
#include <sys/wait.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/inspection.h"
#include "cli/options.h"
#include "cli/signals.h"

#define DEFAULT_FILE "async-inspect.airec"
/* Tasks that get stuck together are in one recording. */
#define SETTLE_MS 150

typedef struct
{
  CliOptions options;
  CliInspection inspection;
  const char *why; /* what the next save is for; static text, translated where it is printed */
  guint save_source;
  gboolean has_saved;
  gboolean has_failed;
} Record;

static void
save (Record *record, const char *why)
{
  const char *path = record->options.record;
  g_autoptr (GError) error = NULL;
  g_autofree char *events = NULL;
  InspectorRecordingStats stats;

  inspector_session_refresh_facts (record->inspection.session);
  if (!inspector_session_save_flight (record->inspection.session, path, &stats, &error))
    {
      cli_complain ("%s", error->message);
      record->has_failed = TRUE;
      return;
    }
  record->has_saved = TRUE;
  events = inspector_format_count (stats.events);
  cli_complain (_ ("%s: wrote the last %s events to %s; 'async-inspect open' shows them"), _ (why),
                events, path);
}

static gboolean
on_settled (gpointer data)
{
  Record *record = data;

  record->save_source = 0;
  save (record, record->why);
  return G_SOURCE_REMOVE;
}

static void
save_soon (Record *record, CliSaveWhen when, const char *why)
{
  if ((record->options.save_when & when) == 0 || record->save_source != 0)
    return;
  record->why = why;
  record->save_source = g_timeout_add (SETTLE_MS, on_settled, record);
}

static void
on_stuck (InspectorSession *session, InspectorTask *task, gpointer data)
{
  save_soon (data, CLI_SAVE_STUCK, N_ ("a task is stuck"));
}

static void
on_deadlock (InspectorSession *session, InspectorTarget *target, gpointer data)
{
  save_soon (data, CLI_SAVE_DEADLOCK, N_ ("a deadlock has formed"));
}

static void
on_signal (int number, gboolean from_terminal, gpointer data)
{
  Record *record = data;

  if (number == SIGUSR1)
    save (record, N_ ("asked by SIGUSR1"));
  else if (!from_terminal && !record->inspection.ended)
    kill (record->inspection.pid, number);
}

static gboolean
start (Record *record, GError **error)
{
  CliInspection *inspection = &record->inspection;
  g_autofree char *channel_options =
      g_strdup_printf ("payload=%d,policy=drop", record->options.payload ? 1 : 0);

  if (record->options.record == NULL)
    record->options.record = g_strdup (DEFAULT_FILE);
  if (!cli_check_replaceable (record->options.record, "--output", error) ||
      !cli_inspection_open (inspection, (const char *const *)record->options.program,
                            channel_options, error))
    return FALSE;
  inspector_session_set_stuck_after (inspection->session, record->options.stuck_after_ns);
  if (!inspector_session_start_flight_recorder (inspection->session, record->options.keep_ns,
                                                record->options.keep_bytes, error))
    return FALSE;
  g_signal_connect (inspection->session, "stuck", G_CALLBACK (on_stuck), record);
  g_signal_connect (inspection->session, "deadlock", G_CALLBACK (on_deadlock), record);
  cli_signals_watch (on_signal, record);
  return cli_inspection_spawn (inspection, NULL, error);
}

static void
save_at_end (Record *record)
{
  g_clear_handle_id (&record->save_source, g_source_remove);
  if ((record->options.save_when & CLI_SAVE_CRASH) != 0 && WIFSIGNALED (record->inspection.status))
    save (record, N_ ("the program was ended by a signal"));
  else if ((record->options.save_when & CLI_SAVE_EXIT) != 0)
    save (record, N_ ("the program has ended"));
  else if (record->why != NULL && !record->has_saved)
    save (record, record->why);
}

static int
exit_status (Record *record)
{
  int status = record->inspection.status;
  int own = cli_inspection_get_status (&record->inspection, record->options.program[0]);

  if (WIFSIGNALED (status))
    return 128 + WTERMSIG (status);
  if (WEXITSTATUS (status) != 0)
    return WEXITSTATUS (status);
  return record->has_failed ? CLI_EXIT_FAILED : own;
}

int
cli_record (int argc, char **argv)
{
  Record record = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;
  int status = CLI_EXIT_FAILED;

  if (!cli_options_parse (argc, argv, &record.options, &done, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (done)
    return 0;
  signal (SIGPIPE, SIG_IGN);
  if (start (&record, &error))
    {
      cli_inspection_run (&record.inspection);
      save_at_end (&record);
      status = exit_status (&record);
    }
  else
    {
      cli_complain ("%s", error->message);
      if (error->domain == TARGET_ERROR)
        status = error->code;
    }
  g_clear_handle_id (&record.save_source, g_source_remove);
  cli_inspection_clear (&record.inspection);
  cli_options_clear (&record.options);
  return status;
}
