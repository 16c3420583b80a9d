/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* async-inspect test: runs a test, or what runs many, and says where one hangs. */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "cli/command.h"
#include "cli/inspection.h"
#include "cli/signals.h"
#include "cli/test-guard.h"
#include "cli/test-options.h"
#include "cli/test-processes.h"
#include "cli/test-result.h"
#include "cli/test-runner.h"
#include "cli/test-tap.h"

/* What Meson takes for an error of the test itself, whatever its output says. */
#define EXIT_HANG 99
#define EXIT_TRUNCATED 1
#define PATIENCE_MS 500 /* for the names of the cases, once the test is over */
#define TICK_MS 100
/* Meson kills half a second after it has asked; a runner of our own command line waits. */
#define GRACE_ASKED_MS 150
#define GRACE_MS 2000
#define WIDTH 100
#define STOPPED (G_MAXINT64 / 2)

typedef struct
{
  CliTestOptions options;
  CliInspection inspection;
  gboolean is_runner; /* the command only starts tests */
  int guard;
  CliTap *tap;       /* NULL: it is a runner, whose output is for others */
  GHashTable *begun; /* pid -> when it was first seen, us; STOPPED */
  int recording;     /* descriptor of a file without a name; -1 */
  gint64 begin_us;
  guint n_stuck; /* times that something got stuck */
  gboolean may_deadlock;
  guint n_hangs;
  guint n_missing; /* cases that it has announced and never told of */
  int stopped_by;  /* a signal that ended us */
  char *hang_text; /* of the first hang */
  char *hang_reason;
  char *case_name;
  GPtrArray *causes;
} Test;

/* ---- A hang --------------------------------------------------------------------------------- */

/* What waits for long, as the time goes that the test has had. */
static gint64
choose_threshold (Test *test)
{
  gint64 elapsed_ns = (g_get_monotonic_time () - test->begin_us) * 1000;

  return CLAMP (elapsed_ns / 4, 100 * 1000000, INSPECTOR_STUCK_AFTER_DEFAULT_NS);
}

static void
keep_first_hang (Test *test, InspectorReport *report, const char *reason)
{
  const char *name = NULL;

  if (test->n_hangs++ > 0)
    return;
  if (test->tap != NULL && cli_tap_is_tap (test->tap))
    cli_tap_get_current (test->tap, &name);
  test->case_name = g_strdup (name);
  test->causes = inspector_report_get_causes (report);
  test->hang_text = inspector_report_to_hang_text (report, name, INSPECTOR_TEXT_PLAIN, WIDTH);
  test->hang_reason = g_strdup (reason);
}

static void
say_hang (Test *test, InspectorReport *report, const char *reason)
{
  g_autofree char *text = NULL;

  if (test->tap != NULL)
    cli_tap_drain (test->tap);
  keep_first_hang (test, report, reason);
  if (test->tap != NULL && cli_tap_is_tap (test->tap) && !isatty (STDOUT_FILENO))
    {
      cli_tap_fail (test->tap, test->hang_reason, test->hang_text);
      return;
    }
  /* For people. */
  text = inspector_report_to_hang_text (
      report, test->n_hangs == 1 ? test->case_name : NULL,
      isatty (STDERR_FILENO) ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN, WIDTH);
  g_printerr ("%s\n%s", reason, text);
}

/* A test hangs once. */
static gboolean
mark_stopped (Test *test, int pid)
{
  gpointer key = GINT_TO_POINTER (test->is_runner ? pid : test->inspection.pid);
  gint64 *begun_us = g_hash_table_lookup (test->begun, key);
  const gint64 stopped = STOPPED;

  if (begun_us != NULL && *begun_us == STOPPED)
    return FALSE;
  g_hash_table_insert (test->begun, key, g_memdup2 (&stopped, sizeof stopped));
  return TRUE;
}

/* What is to be said of one test: a runner has others, that hang or wait as well. */
static InspectorReport *
build_report_of (Test *test, GPtrArray *processes, InspectorReportReason reason)
{
  InspectorReport *report = cli_inspection_build_report (&test->inspection, reason);
  g_autofree int *pids = g_new (int, processes->len + 1);

  for (guint i = 0; i < processes->len; i++)
    pids[i] = ((CliProcess *)processes->pdata[i])->pid;
  inspector_report_keep_processes (report, pids, processes->len);
  return report;
}

/* @pid: the test, or 0 for all that was started. */
static GPtrArray *
list_processes (int pid)
{
  return pid > 0 ? cli_processes_list_of (pid) : cli_processes_list ();
}

static void
stop (Test *test, int pid, const char *reason, guint grace_ms)
{
  g_autoptr (InspectorReport) report = NULL;
  g_autoptr (GPtrArray) processes = NULL;

  cli_inspection_hurry ();
  processes = list_processes (pid);

  inspector_session_set_stuck_after (test->inspection.session, choose_threshold (test));
  report = build_report_of (test, processes, INSPECTOR_REPORT_INTERRUPTED);
  say_hang (test, report, reason);
  inspector_session_set_stuck_after (test->inspection.session, INSPECTOR_STUCK_AFTER_DEFAULT_NS);
  cli_processes_end (processes, grace_ms, test->inspection.pid);
}

/* ---- Proof ---------------------------------------------------------------------------------- */

static gboolean
has_proof (InspectorReport *report)
{
  g_autoptr (GPtrArray) causes = inspector_report_get_causes (report);

  for (guint i = 0; i < causes->len; i++)
    if (((InspectorReportCause *)g_ptr_array_index (causes, i))->is_proof)
      return TRUE;
  return FALSE;
}

/* Only what is proven to go on never ends a test before its time. */
static void
look_for_proof (Test *test, int pid)
{
  const int top = test->is_runner ? pid : 0;
  g_autoptr (GPtrArray) processes = list_processes (top);
  g_autoptr (InspectorReport) report = build_report_of (test, processes, INSPECTOR_REPORT_STUCK);

  if (!has_proof (report) || !mark_stopped (test, pid))
    return;
  stop (test, top, _ ("the test cannot make progress"), GRACE_MS);
}

static void
on_deadlock (InspectorSession *session, InspectorTarget *target, gpointer data)
{
  look_for_proof (data, inspector_target_get_pid (target));
}

static void
on_stuck (InspectorSession *session, InspectorTask *task, gpointer data)
{
  Test *test = data;

  test->n_stuck++;
  if (task != NULL)
    look_for_proof (test, inspector_task_get_pid (task));
}

/* ---- Time ----------------------------------------------------------------------------------- */

/* A test is a process that uses a runtime; what it starts is part of it. */
static gboolean
is_test (Test *test, InspectorTarget *target)
{
  int pid = inspector_target_get_pid (target);
  InspectorTarget *parent;

  if (!test->is_runner)
    return pid == test->inspection.pid;
  if (pid == test->inspection.pid || !inspector_target_has_runtime (target))
    return FALSE;
  parent = inspector_session_find_target (test->inspection.session,
                                          inspector_target_get_parent_pid (target));
  return parent == NULL || !is_test (test, parent);
}

static void
check_time (Test *test, InspectorTarget *target, gint64 now_us)
{
  gpointer pid = GINT_TO_POINTER (inspector_target_get_pid (target));
  gint64 *begun_us = g_hash_table_lookup (test->begun, pid);
  g_autofree char *reason = NULL;

  if (begun_us == NULL)
    {
      g_hash_table_insert (test->begun, pid, g_memdup2 (&now_us, sizeof now_us));
      return;
    }
  if ((now_us - *begun_us) * 1000 < test->options.timeout_ns ||
      !mark_stopped (test, GPOINTER_TO_INT (pid)))
    return;
  reason = g_strdup_printf (_ ("the test has taken more than %g s: %s (pid %d)"),
                            (double)test->options.timeout_ns / 1e9,
                            inspector_target_get_command (target), GPOINTER_TO_INT (pid));
  stop (test, test->is_runner ? GPOINTER_TO_INT (pid) : 0, reason, GRACE_MS);
}

static gboolean
on_tick (gpointer data)
{
  Test *test = data;
  GListModel *targets = inspector_session_get_targets (test->inspection.session);
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = 0; test->options.timeout_ns > 0 && i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      if (inspector_target_get_state (target) != INSPECTOR_TARGET_ENDED && is_test (test, target))
        check_time (test, target, now_us);
    }
  return G_SOURCE_CONTINUE;
}

/* ---- Signals -------------------------------------------------------------------------------- */

static void
on_signal (int number, gboolean from_terminal, gpointer data)
{
  Test *test = data;
  g_autofree char *reason = NULL;

  if (number == SIGUSR1)
    {
      g_autoptr (InspectorReport) report =
          cli_inspection_build_report (&test->inspection, INSPECTOR_REPORT_ASKED);
      g_autofree char *text = inspector_report_to_text (report, INSPECTOR_TEXT_PLAIN, WIDTH);

      g_printerr ("%s", text);
      return;
    }
  test->stopped_by = number;
  /* The terminal has written ^C there. */
  if (from_terminal && isatty (STDERR_FILENO))
    g_printerr ("\n");
  reason =
      g_strdup_printf (_ ("stopped by signal %d (%s) after %.1f s"), number, g_strsignal (number),
                       (double)(g_get_monotonic_time () - test->begin_us) / 1e6);
  stop (test, 0, reason, GRACE_ASKED_MS);
}

/* ---- Start and end -------------------------------------------------------------------------- */

/* A file without a name, so that nothing is left whatever happens. */
static void
start_recording (Test *test)
{
  g_autofree char *path = NULL;

  test->recording = *test->options.trace != '\0'
                        ? open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
                        : -1;
  if (test->recording < 0)
    return;
  path = g_strdup_printf ("/proc/self/fd/%d", test->recording);
  if (inspector_session_start_recording (test->inspection.session, path, FALSE, NULL))
    return;
  close (test->recording);
  test->recording = -1;
}

/* What the test says goes by us, so that its cases are known. On a terminal it gets one of its own, for
 * it may speak otherwise into a pipe. @ret_ends: to read from, to write to. */
static gboolean
open_output (int ret_ends[2])
{
  struct termios modes;
  struct winsize size;
  char name[64];

  if (!isatty (STDOUT_FILENO))
    return pipe2 (ret_ends, O_CLOEXEC) == 0;
  ret_ends[0] = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ret_ends[0] < 0)
    return FALSE;
  if (grantpt (ret_ends[0]) == 0 && unlockpt (ret_ends[0]) == 0 &&
      ptsname_r (ret_ends[0], name, sizeof name) == 0)
    ret_ends[1] = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ret_ends[1] < 0)
    {
      close (ret_ends[0]);
      ret_ends[0] = -1;
      return FALSE;
    }
  /* The terminal behind it ends the lines. */
  if (tcgetattr (STDOUT_FILENO, &modes) == 0)
    {
      modes.c_oflag &= ~(tcflag_t)OPOST;
      tcsetattr (ret_ends[1], TCSANOW, &modes);
    }
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    ioctl (ret_ends[1], TIOCSWINSZ, &size);
  return TRUE;
}

static gboolean
start (Test *test, GError **error)
{
  CliInspection *inspection = &test->inspection;
  TargetSpawnOptions options = { .own_session = TRUE, .output = -1 };
  g_auto (GStrv) program = cli_runner_resolve ((const char *const *)test->options.command);
  int ends[2] = { -1, -1 };
  gboolean has_started;

  test->is_runner = cli_runner_is_one ((const char *const *)test->options.command);
  if (!cli_inspection_open (inspection, (const char *const *)program, "payload=1,policy=drop",
                            error))
    return FALSE;
  /* Meson gives half a second between asking and killing. */
  inspection->is_urgent = TRUE;
  cli_signals_watch (on_signal, test);
  start_recording (test);
  g_signal_connect (inspection->session, "stuck", G_CALLBACK (on_stuck), test);
  g_signal_connect (inspection->session, "deadlock", G_CALLBACK (on_deadlock), test);
  if (!test->is_runner && open_output (ends))
    {
      test->tap = cli_tap_new (ends[0], STDOUT_FILENO, (const char *const *)program);
      options.output = ends[1];
    }
  has_started = cli_inspection_spawn (inspection, &options, error);
  if (ends[1] >= 0)
    close (ends[1]);
  if (has_started)
    cli_guard_tell (test->guard, inspection->pid);
  return has_started;
}

static void
end_daemons (Test *test)
{
  g_autoptr (GPtrArray) left = cli_processes_list ();
  g_autoptr (GPtrArray) ours = g_ptr_array_new ();

  for (guint i = 0; i < left->len; i++)
    {
      const CliProcess *process = g_ptr_array_index (left, i);

      if (process->pid == test->inspection.pid)
        continue;
      cli_complain (_ ("the test has left process %d behind (%s); it is ended"), process->pid,
                    process->command);
      g_ptr_array_add (ours, (gpointer)process);
    }
  cli_processes_end (ours, test->stopped_by != 0 ? GRACE_ASKED_MS : 500, test->inspection.pid);
}

static int
choose_status (Test *test)
{
  int status = test->inspection.status;

  if (test->stopped_by == SIGINT)
    return 128 + SIGINT;
  if (test->n_hangs > 0)
    return EXIT_HANG;
  if (WIFSIGNALED (status))
    return 128 + WTERMSIG (status);
  if (WEXITSTATUS (status) == 0 && test->n_missing > 0)
    {
      g_autofree char *missing = g_strdup_printf ("%u", test->n_missing);

      cli_complain (_ ("the test ended with status 0 and has not told of %s of the cases that it "
                       "announced: its TAP stream stops half-way; see what ends it"),
                    missing);
      return EXIT_TRUNCATED;
    }
  if (WEXITSTATUS (status) == 0 && test->options.fail_on_hang &&
      (test->n_stuck > 0 || test->may_deadlock))
    {
      cli_complain (_ ("something was stuck, and --fail-on-hang was asked for"));
      return EXIT_HANG;
    }
  return WEXITSTATUS (status);
}

static void
write_trace (Test *test)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", test->recording);
  g_autoptr (GError) error = NULL;

  if (test->recording < 0)
    return;
  if (!inspector_recording_export (path, test->options.trace, "chrome", -1, NULL, &error))
    cli_complain ("%s", error->message);
  else
    g_printerr (_ ("async-inspect: what led to it is in %s; open it in Perfetto or Chrome\n"),
                test->options.trace);
}

/* Returns: the status; whoever asked for a file that is not there has not got what was asked for */
static int
say_result (Test *test, int status)
{
  g_autofree char *program = g_path_get_basename (test->options.command[0]);
  g_autoptr (GError) error = NULL;
  CliTestResult result = { .program = program,
                           .case_name = test->case_name,
                           .n_missing = test->n_missing,
                           .cases = test->tap != NULL ? cli_tap_get_cases (test->tap) : NULL,
                           .causes = test->causes,
                           .hang_text = test->hang_text,
                           .hang_reason = test->hang_reason,
                           .duration_us = g_get_monotonic_time () - test->begin_us,
                           .status = status };

  if (test->options.junit != NULL && !cli_result_write_junit (&result, test->options.junit, &error))
    {
      cli_complain ("%s", error->message);
      if (status == 0)
        status = CLI_EXIT_FAILED;
    }
  cli_result_annotate (&result);
  if (result.status != 0)
    write_trace (test);
  return status;
}

/* The case that ran when it ended is the one to look at. */
static void
note_missing (Test *test)
{
  const char *name;

  cli_tap_drain (test->tap);
  test->n_missing = cli_tap_count_missing (test->tap);
  if (test->n_missing == 0 || test->n_hangs > 0)
    return;
  if (test->stopped_by == 0)
    cli_tap_await_names (test->tap, PATIENCE_MS);
  cli_tap_get_current (test->tap, &name);
  test->case_name = g_strdup (name);
}

static int
finish (Test *test)
{
  g_autoptr (InspectorReport) report = NULL;
  int status;

  if (test->tap != NULL)
    note_missing (test);
  cli_tap_stop_asking (test->tap);
  end_daemons (test);
  cli_guard_tell (test->guard, 0);
  /* Whom it has left behind may have said the rest. */
  if (test->tap != NULL)
    {
      cli_tap_drain (test->tap);
      test->n_missing = cli_tap_count_missing (test->tap);
    }
  report = cli_inspection_build_report (&test->inspection, INSPECTOR_REPORT_EXIT);
  test->may_deadlock = inspector_report_has_findings (report);
  inspector_session_stop_recording (test->inspection.session, NULL, NULL);
  status = choose_status (test);
  if (test->options.fail_on_hang && status == EXIT_HANG && test->n_hangs == 0)
    {
      g_autofree char *text = inspector_report_to_text (report, INSPECTOR_TEXT_PLAIN, WIDTH);

      g_printerr ("%s", text);
    }
  return say_result (test, status);
}

static void
test_clear (Test *test)
{
  cli_tap_free (test->tap);
  cli_inspection_clear (&test->inspection);
  cli_test_options_clear (&test->options);
  g_hash_table_unref (test->begun);
  g_clear_pointer (&test->causes, g_ptr_array_unref);
  g_free (test->hang_text);
  g_free (test->hang_reason);
  g_free (test->case_name);
  if (test->recording >= 0)
    close (test->recording);
}

int
cli_test (int argc, char **argv)
{
  Test test = { .recording = -1, .guard = -1, .begin_us = g_get_monotonic_time () };
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;
  int status = CLI_EXIT_FAILED;

  if (!cli_test_options_parse (argc, argv, &test.options, &done, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (done)
    return 0;
  signal (SIGPIPE, SIG_IGN);
  test.begun = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  test.guard = cli_guard_start ();
  cli_processes_adopt ();
  if (start (&test, &error))
    {
      guint tick = g_timeout_add (TICK_MS, on_tick, &test);

      cli_inspection_run (&test.inspection);
      g_source_remove (tick);
      status = finish (&test);
    }
  else
    {
      cli_complain ("%s", error->message);
      if (error->domain == TARGET_ERROR)
        status = error->code;
    }
  test_clear (&test);
  return status;
}
