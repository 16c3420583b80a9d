/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/inspection.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

#include "channel/handshake.h"
#include "cli/command.h"
#include "inspector-process.h"
#include "target/attach.h"
#include "target/facts.h"

/* How often the channels are read: eagerly while much comes, rarely while nothing does. The upper
 * bound keeps the heartbeat fresh (channel/layout.h) and a Ctrl-C report current. */
#define POLL_BUSY_MS 2
#define POLL_IDLE_MS 40

/* Looking for stuck tasks and asking the kernel about sockets. */
#define CHECK_INTERVAL_US (50 * G_TIME_SPAN_MILLISECOND)
#define FACTS_INTERVAL_US G_TIME_SPAN_SECOND
/* Less weight than the program on a busy machine, enough to keep up with it. */
#define NICE 5

/* ---- Targets come and go -------------------------------------------------------------------- */

typedef struct
{
  CliInspection *inspection;
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
  CliInspection *self = watch->inspection;

  /* What it said last may still lie in the socket. */
  target_launcher_flush (self->launcher);
  if (watch->pid != self->pid)
    {
      inspector_target_set_ended (watch->target, FALSE, 0);
      return G_SOURCE_REMOVE;
    }
  while (!self->is_attached && waitpid (self->pid, &self->status, 0) < 0 && errno == EINTR)
    ;
  inspector_target_set_ended (watch->target, !self->is_attached, self->status);
  self->ended = TRUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
watch_exit (CliInspection *self, InspectorTarget *target, int pid)
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
  *watch = (ExitWatch){ self, g_object_ref (target), pid, pidfd };
  g_unix_fd_add_full (G_PRIORITY_DEFAULT, pidfd, G_IO_IN, on_exit_readable, watch, exit_watch_free);
}

/* The target that a message is about: the program, or a process below it. */
static InspectorTarget *
find_target (CliInspection *self, int pid, gboolean *ret_is_new)
{
  InspectorTarget *target = inspector_session_find_target (self->session, pid);
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
  if (pid == self->pid && self->program != NULL)
    command = g_strjoinv (" ", self->program);
  else
    command = g_strdup (process.command != NULL ? process.command : "");
  target = inspector_session_add_target (self->session, pid, command, process.parent_pid);
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
          "dynamically, or look from outside: async-inspect attach --look"),
  };

  if (reason < G_N_ELEMENTS (texts) && texts[reason] != NULL)
    return _ (texts[reason]);
  return _ ("for a reason that this version does not know");
}

static void
refuse (CliInspection *self, InspectorTarget *target, guint reason, const char *runtime, const char *detail)
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
  self->refused = TRUE;
}

static void
on_hello (int pid, const void *message, int fd, gpointer data)
{
  CliInspection *self = data;
  const ChannelHello *hello = message;
  gboolean is_new = FALSE;
  InspectorTarget *target = find_target (self, pid, &is_new);
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
      refuse (self, target, hello->reason, runtime, detail);
      break;
    default:
      break;
    }
  if (fd >= 0 && hello->type != CHANNEL_HELLO_CHANNEL)
    close (fd);
  /* Last: it may have ended already, and what its channel holds is read then. */
  if (is_new)
    watch_exit (self, target, pid);
}

static gboolean
on_poll (gpointer data)
{
  CliInspection *self = data;
  gboolean busy = inspector_session_poll (self->session);
  gint64 now_us = g_get_monotonic_time ();
  guint next_ms;

  if (now_us >= self->next_check_us)
    {
      inspector_session_check (self->session, -1);
      self->next_check_us = now_us + CHECK_INTERVAL_US;
    }
  if (now_us >= self->next_facts_us)
    {
      inspector_session_refresh_facts (self->session);
      self->next_facts_us = now_us + FACTS_INTERVAL_US;
    }

  next_ms = busy ? POLL_BUSY_MS : MIN (self->poll_ms + POLL_BUSY_MS, POLL_IDLE_MS);
  if (next_ms == self->poll_ms)
    return G_SOURCE_CONTINUE;
  self->poll_ms = next_ms;
  self->poll_source = g_timeout_add (next_ms, on_poll, self);
  return G_SOURCE_REMOVE;
}

/* A runtime that a plugin knows, or a program that reports by itself (inspect.h). */
gboolean
cli_inspection_is_useful (CliInspection *self)
{
  GListModel *targets = inspector_session_get_targets (self->session);

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

char *
cli_inspection_dup_runtime_names (CliInspection *self)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < self->runtimes->len; i++)
    {
      TargetRuntime *runtime = self->runtimes->pdata[i];

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", runtime->name);
    }
  return g_string_free (names, FALSE);
}

/* The program comes first: on a busy machine the inspector takes what is left, and does not break in
 * when it wakes up. After the program was started, which would inherit it. */
static void
step_back (CliInspection *self)
{
  const struct sched_param parameters = { 0 };

  sched_setscheduler (0, SCHED_BATCH, &parameters);
  /* Nobody but root gets back what is given up here. */
  if (!self->is_urgent)
    setpriority (PRIO_PROCESS, 0, MIN (getpriority (PRIO_PROCESS, 0) + NICE, 19));
}

void
cli_inspection_hurry (void)
{
  const struct sched_param parameters = { 0 };

  sched_setscheduler (0, SCHED_OTHER, &parameters);
}

static void
set_libraries (InspectorSession *session, const GPtrArray *runtimes)
{
  g_autoptr (GPtrArray) libraries = g_ptr_array_new ();

  for (guint i = 0; i < runtimes->len; i++)
    for (char **name = ((TargetRuntime *)runtimes->pdata[i])->libraries; *name != NULL; name++)
      g_ptr_array_add (libraries, *name);
  g_ptr_array_add (libraries, NULL);
  inspector_session_set_runtime_libraries (session, (const char *const *)libraries->pdata);
}

void
cli_session_set_libraries (InspectorSession *session)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (&warnings);

  set_libraries (session, runtimes);
}

static void
use_probes (InspectorSession *session, gboolean only_looks)
{
  g_auto (GStrv) warnings = only_looks ? inspector_session_use_probes_alone (session)
                                       : inspector_session_use_probes (session);

  for (guint i = 0; warnings[i] != NULL; i++)
    cli_complain ("%s", warnings[i]);
}

/* ---- What is called ------------------------------------------------------------------------- */

static gboolean
open_session (CliInspection *self, const char *channel_options, GError **error)
{
  g_autoptr (GPtrArray) warnings = NULL;

  self->poll_ms = POLL_BUSY_MS;
  self->runtimes = target_runtimes_find (&warnings);
  for (guint i = 0; warnings != NULL && i < warnings->len; i++)
    cli_complain ("%s", (char *)warnings->pdata[i]);
  if (self->runtimes->len == 0)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("no runtime plugin is installed; set ASYNC_INSPECT_PLUGIN_PATH to where they are"));
      return FALSE;
    }
  self->launcher = target_launcher_new (self->runtimes, channel_options, on_hello, self, error);
  if (self->launcher == NULL)
    return FALSE;
  self->session = inspector_session_new ();
  if (strstr (channel_options, "payload=0") != NULL)
    inspector_session_hide_memory (self->session);
  set_libraries (self->session, self->runtimes);
  use_probes (self->session, self->only_looks);
  self->loop = g_main_loop_new (NULL, FALSE);
  return TRUE;
}

gboolean
cli_inspection_open (CliInspection *self, const char *const *program, const char *channel_options,
                     GError **error)
{
  self->program = g_strdupv ((char **)program);
  self->path = target_launch_check (self->program[0], error);
  return self->path != NULL && open_session (self, channel_options, error);
}

gboolean
cli_inspection_open_process (CliInspection *self, int pid, gboolean only_looks,
                             const char *channel_options, GError **error)
{
  self->pid = pid;
  self->only_looks = only_looks;
  self->is_attached = TRUE;
  return open_session (self, channel_options, error);
}

gboolean
cli_inspection_attach (CliInspection *self, GError **error)
{
  InspectorTarget *target;
  gboolean is_new;

  if (self->only_looks ? !target_attach_may_look (self->pid, error)
                       : !target_attach (self->pid, self->launcher, NULL, NULL, error))
    return FALSE;
  if (!self->only_looks)
    self->guard = target_guard_new (self->pid);
  step_back (self);
  target = find_target (self, self->pid, &is_new);
  inspector_target_set_attached (target);
  watch_exit (self, target, self->pid);
  target_launcher_flush (self->launcher);
  return TRUE;
}

gboolean
cli_inspection_detach (CliInspection *self, GError **error)
{
  if (self->only_looks)
    return TRUE;
  if (!target_detach (self->pid, NULL, NULL, error))
    return FALSE;
  target_guard_dismiss (g_steal_pointer (&self->guard));
  return TRUE;
}

gboolean
cli_inspection_spawn (CliInspection *self, const TargetSpawnOptions *options, GError **error)
{
  gboolean is_new;

  self->pid = target_launcher_spawn (self->launcher, self->path,
                                     (const char *const *)self->program, options, error);
  if (self->pid < 0)
    return FALSE;
  step_back (self);
  watch_exit (self, find_target (self, self->pid, &is_new), self->pid);
  return TRUE;
}

void
cli_inspection_run (CliInspection *self)
{
  self->poll_source = g_timeout_add (self->poll_ms, on_poll, self);
  if (!self->ended)
    g_main_loop_run (self->loop);
  g_clear_handle_id (&self->poll_source, g_source_remove);
}

InspectorReport *
cli_inspection_build_report (CliInspection *self, InspectorReportReason reason)
{
  target_launcher_flush (self->launcher);
  inspector_session_poll (self->session);
  inspector_session_refresh_facts (self->session);
  return inspector_session_build_report (self->session, reason);
}

void
cli_inspection_clear (CliInspection *self)
{
  g_clear_handle_id (&self->poll_source, g_source_remove);
  g_clear_pointer (&self->guard, target_guard_free);
  g_clear_pointer (&self->launcher, target_launcher_free);
  g_clear_object (&self->session);
  g_clear_pointer (&self->runtimes, g_ptr_array_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->program, g_strfreev);
}
