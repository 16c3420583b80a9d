/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

#include "channel/handshake.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "cli/sink.h"
#include "inspector.h"
#include "target/facts.h"
#include "target/launch.h"

/* How often the channels are read: eagerly while much comes, rarely while nothing does. The upper
 * bound keeps the heartbeat fresh (channel/layout.h) and a Ctrl-C report current. */
#define POLL_BUSY_MS 2
#define POLL_IDLE_MS 40

/* Looking for stuck tasks and asking the kernel about sockets. */
#define CHECK_INTERVAL_US (50 * G_TIME_SPAN_MILLISECOND)
#define FACTS_INTERVAL_US G_TIME_SPAN_SECOND
/* Less weight than the program on a busy machine, enough to keep up with it. */
#define NICE 5
/* Tasks that get stuck together are reported together. */
#define STUCK_SETTLE_MS 150

typedef struct
{
  CliOptions options;
  CliSink sink;
  InspectorSession *session;
  TargetLauncher *launcher;
  GPtrArray *runtimes;
  GMainLoop *loop;
  int pid;
  int status;      /* of waitpid */
  gboolean ended;
  gboolean refused;  /* some process could not be inspected, and that was said */
  guint poll_ms;
  guint stuck_source;
  gint64 next_check_us;
  gint64 next_facts_us;
} Run;

/* ---- Targets come and go -------------------------------------------------------------------- */

typedef struct
{
  Run *run;
  InspectorTarget *target;
  int pid;
  int pidfd;
} ExitWatch;

static void
exit_watch_free (gpointer data)
{
  ExitWatch *watch = data;

  close (watch->pidfd);
  g_object_unref (watch->target);
  g_free (watch);
}

static gboolean
on_exit_readable (int fd, GIOCondition condition, gpointer data)
{
  ExitWatch *watch = data;
  Run *run = watch->run;

  /* What it said last may still lie in the socket. */
  target_launcher_flush (run->launcher);
  if (watch->pid != run->pid)
    {
      inspector_target_set_ended (watch->target, FALSE, 0);
      return G_SOURCE_REMOVE;
    }
  while (waitpid (run->pid, &run->status, 0) < 0 && errno == EINTR)
    ;
  inspector_target_set_ended (watch->target, TRUE, run->status);
  run->ended = TRUE;
  g_main_loop_quit (run->loop);
  return G_SOURCE_REMOVE;
}

static void
watch_exit (Run *run, InspectorTarget *target, int pid)
{
  int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  ExitWatch *watch;

  if (pidfd < 0)
    {
      /* Gone already; the program itself stays for us to wait for. */
      inspector_target_set_ended (target, FALSE, 0);
      return;
    }
  watch = g_new0 (ExitWatch, 1);
  *watch = (ExitWatch){ run, g_object_ref (target), pid, pidfd };
  g_unix_fd_add_full (G_PRIORITY_DEFAULT, pidfd, G_IO_IN, on_exit_readable, watch, exit_watch_free);
}

/* The target that a message is about: the program, or a process below it. */
static InspectorTarget *
find_target (Run *run, int pid, gboolean *ret_is_new)
{
  InspectorTarget *target = inspector_session_find_target (run->session, pid);
  TargetProcess process = { 0 };
  g_autofree char *command = NULL;

  *ret_is_new = target == NULL || inspector_target_get_state (target) == INSPECTOR_TARGET_ENDED;
  if (!*ret_is_new)
    return target;
  /* What a process sent before it died comes one by one: nobody else has its pid yet. */
  if (!target_facts_get_process (pid, &process) && target != NULL)
    {
      *ret_is_new = FALSE;
      return target;
    }
  /* The program may have ended before anybody could ask what it runs; we know. */
  if (pid == run->pid)
    command = g_strjoinv (" ", run->options.program);
  else
    command = g_strdup (process.command != NULL ? process.command : "");
  target = inspector_session_add_target (run->session, pid, command, process.parent_pid);
  target_process_clear (&process);
  return target;
}

static const char *
refusal_text (guint reason)
{
  static const char *const texts[] = {
    [CHANNEL_REFUSED_NONE] = N_ ("for no reason given"),
    [CHANNEL_REFUSED_MEMORY]
    = N_ ("it has no memory for the channel; raise its limits (ulimit -v, ulimit -f)"),
    [CHANNEL_REFUSED_KERNEL]
    = N_ ("the kernel lacks memfd_create, file seals or MADV_WIPEONFORK; Linux 4.14 has them"),
    [CHANNEL_REFUSED_PLUGIN] = N_ ("a runtime plugin could not be loaded"),
    [CHANNEL_REFUSED_ABI]
    = N_ ("a runtime plugin is of another version; install the one that belongs to this"),
    [CHANNEL_REFUSED_UNREACHABLE]
    = N_ ("the runtime is linked into it statically, so that its calls cannot be hooked; link it "
          "dynamically"),
  };

  if (reason < G_N_ELEMENTS (texts) && texts[reason] != NULL)
    return _ (texts[reason]);
  return _ ("for a reason that this version does not know");
}

static void
refuse (Run *run, InspectorTarget *target, guint reason, const char *runtime, const char *detail)
{
  const char *command = inspector_target_get_command (target);
  g_autofree char *line = NULL;

  if (*detail == '\0')
    line = g_strdup (refusal_text (reason));
  else if (reason == CHANNEL_REFUSED_NONE)
    line = g_strdup (detail);
  else
    line = g_strdup_printf ("%s: %s (%s)", *runtime != '\0' ? runtime : _ ("the agent"),
                            refusal_text (reason), detail);
  inspector_target_set_refused (target, line);
  cli_complain (_ ("cannot inspect process %d (%s): %s"), inspector_target_get_pid (target),
                command != NULL && *command != '\0' ? command : "?", line);
  run->refused = TRUE;
}

static void
on_hello (int pid, const void *message, int fd, gpointer data)
{
  Run *run = data;
  const ChannelHello *hello = message;
  gboolean is_new = FALSE;
  InspectorTarget *target = find_target (run, pid, &is_new);
  g_autofree char *runtime = g_utf8_make_valid (hello->runtime, strnlen (hello->runtime, sizeof hello->runtime));
  g_autofree char *detail = g_utf8_make_valid (hello->detail, strnlen (hello->detail, sizeof hello->detail));
  g_autoptr (GError) error = NULL;

  switch (hello->type)
    {
    case CHANNEL_HELLO_CHANNEL:
      if (!inspector_target_attach_channel (target, fd, &error))
        cli_complain (_ ("cannot inspect process %d: %s"), pid, error->message);
      break;
    case CHANNEL_HELLO_RUNTIME:
      inspector_target_add_runtime (target, runtime, detail);
      break;
    case CHANNEL_HELLO_REFUSED:
      refuse (run, target, hello->reason, runtime, detail);
      break;
    default:
      break;
    }
  if (fd >= 0 && hello->type != CHANNEL_HELLO_CHANNEL)
    close (fd);
  /* Last: it may have ended already, and what its channel holds is read then. */
  if (is_new)
    watch_exit (run, target, pid);
}

/* ---- Reports ---------------------------------------------------------------------------------- */

static void
report (Run *run, InspectorReportReason reason)
{
  g_autoptr (InspectorReport) result = NULL;
  g_autofree char *text = NULL;

  target_launcher_flush (run->launcher);
  inspector_session_poll (run->session);
  inspector_session_refresh_facts (run->session);
  result = inspector_session_build_report (run->session, reason);
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
  if (!from_terminal && !run->ended)
    kill (run->pid, number);
}

/* ---- The loop --------------------------------------------------------------------------------- */

static gboolean
on_poll (gpointer data)
{
  Run *run = data;
  gboolean busy = inspector_session_poll (run->session);
  gint64 now_us = g_get_monotonic_time ();
  guint next_ms;

  if (now_us >= run->next_check_us)
    {
      inspector_session_check (run->session, -1);
      run->next_check_us = now_us + CHECK_INTERVAL_US;
    }
  if (now_us >= run->next_facts_us)
    {
      inspector_session_refresh_facts (run->session);
      run->next_facts_us = now_us + FACTS_INTERVAL_US;
    }

  next_ms = busy ? POLL_BUSY_MS : MIN (run->poll_ms + POLL_BUSY_MS, POLL_IDLE_MS);
  if (next_ms == run->poll_ms)
    return G_SOURCE_CONTINUE;
  run->poll_ms = next_ms;
  g_timeout_add (next_ms, on_poll, run);
  return G_SOURCE_REMOVE;
}

/* A runtime that a plugin knows, or a program that reports by itself (inspect.h). */
static gboolean
is_inspected (Run *run)
{
  GListModel *targets = inspector_session_get_targets (run->session);

  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);
      InspectorTargetStats stats;

      inspector_target_get_stats (target, &stats);
      if (inspector_target_has_runtime (target) || stats.events > 0)
        return TRUE;
    }
  return FALSE;
}

static char *
dup_runtime_names (Run *run)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < run->runtimes->len; i++)
    {
      TargetRuntime *runtime = run->runtimes->pdata[i];

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", runtime->name);
    }
  return g_string_free (names, FALSE);
}

static int
exit_status (Run *run)
{
  int own = run->sink.failed ? CLI_EXIT_FAILED : 0;

  if (run->refused)
    own = CLI_EXIT_FAILED;
  else if (!is_inspected (run))
    {
      g_autofree char *names = dup_runtime_names (run);

      cli_complain (_ ("nothing to inspect in '%s': it used none of the runtimes that are known "
                       "(%s), nor did a child of it"),
                    run->options.program[0], names);
      own = CLI_EXIT_FAILED;
    }
  if (WIFSIGNALED (run->status))
    return 128 + WTERMSIG (run->status);
  if (WEXITSTATUS (run->status) != 0)
    return WEXITSTATUS (run->status);
  return own;
}

static void
set_libraries (Run *run)
{
  g_autoptr (GPtrArray) libraries = g_ptr_array_new ();

  for (guint i = 0; i < run->runtimes->len; i++)
    for (char **name = ((TargetRuntime *)run->runtimes->pdata[i])->libraries; *name != NULL; name++)
      g_ptr_array_add (libraries, *name);
  g_ptr_array_add (libraries, NULL);
  inspector_session_set_runtime_libraries (run->session, (const char *const *)libraries->pdata);
}

/* The program's own status stands; what could not be kept is said. */
static void
stop_recording (Run *run)
{
  InspectorRecordingStats stats;
  g_autoptr (GError) error = NULL;

  if (run->options.record == NULL)
    return;
  if (!inspector_session_stop_recording (run->session, &stats, &error))
    {
      cli_complain ("%s", error->message);
      run->sink.failed = TRUE;
    }
  if (stats.dropped > 0)
    cli_complain (_ ("%" G_GUINT64_FORMAT " events were not recorded: '%s' could not be written fast "
                     "enough, or not at all"),
                  stats.dropped, run->options.record);
}

/* The program comes first: on a busy machine the inspector takes what is left, and does not break in
 * when it wakes up. After the program was started, which would inherit it. */
static void
step_back (void)
{
  const struct sched_param parameters = { 0 };

  sched_setscheduler (0, SCHED_BATCH, &parameters);
  setpriority (PRIO_PROCESS, 0, MIN (getpriority (PRIO_PROCESS, 0) + NICE, 19));
}

static gboolean
start (Run *run, GError **error)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autofree char *path = NULL;
  g_autofree char *channel_options = NULL;
  gboolean is_new;

  path = target_launch_check (run->options.program[0], error);
  if (path == NULL)
    return FALSE;
  run->runtimes = target_runtimes_find (&warnings);
  for (guint i = 0; warnings != NULL && i < warnings->len; i++)
    cli_complain ("%s", (char *)warnings->pdata[i]);
  if (run->runtimes->len == 0)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("no runtime plugin is installed; set ASYNC_INSPECT_PLUGIN_PATH to where they are"));
      return FALSE;
    }
  if (!cli_sink_open (&run->sink, run->options.output, error))
    return FALSE;

  channel_options = g_strdup_printf ("payload=%d,policy=%s", run->options.payload ? 1 : 0,
                                     run->options.policy);
  run->launcher = target_launcher_new (run->runtimes, channel_options, on_hello, run, error);
  if (run->launcher == NULL)
    return FALSE;
  run->session = inspector_session_new ();
  inspector_session_set_stuck_after (run->session, run->options.stuck_after_ns);
  if (run->options.record != NULL &&
      !inspector_session_start_recording (run->session, run->options.record,
                                          g_str_equal (run->options.policy, "block"), error))
    return FALSE;
  set_libraries (run);
  g_signal_connect (run->session, "stuck", G_CALLBACK (on_stuck), run);
  g_signal_connect (run->session, "deadlock", G_CALLBACK (on_deadlock), run);
  cli_signals_watch (on_signal, run);

  run->pid = target_launcher_spawn (run->launcher, path,
                                    (const char *const *)run->options.program, error);
  if (run->pid < 0)
    return FALSE;
  step_back ();
  watch_exit (run, find_target (run, run->pid, &is_new), run->pid);
  return TRUE;
}

static void
run_clear (Run *run)
{
  g_clear_handle_id (&run->stuck_source, g_source_remove);
  g_clear_pointer (&run->launcher, target_launcher_free);
  g_clear_object (&run->session);
  g_clear_pointer (&run->runtimes, g_ptr_array_unref);
  g_clear_pointer (&run->loop, g_main_loop_unref);
  cli_options_clear (&run->options);
}

int
cli_run (int argc, char **argv)
{
  Run run = { .poll_ms = POLL_BUSY_MS };
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
  run.loop = g_main_loop_new (NULL, FALSE);
  if (start (&run, &error))
    {
      g_timeout_add (run.poll_ms, on_poll, &run);
      if (!run.ended)
        g_main_loop_run (run.loop);
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
