/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-launch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "analysis/session-private.h"
#include "analysis/stops.h"
#include "channel/handshake.h"
#include "target/attach.h"
#include "target/facts.h"
#include "target/guard.h"
#include "target/launch.h"

/* How often the channels are read: eagerly while much comes, rarely while nothing does. The upper
 * bound keeps the heartbeat fresh (channel/layout.h). */
#define POLL_BUSY_MS 2
#define POLL_IDLE_MS 40
/* After input, and before a window is drawn anew: where drawing is slow there is always something to draw.
 * What one poll reads is bounded. */
#define POLL_PRIORITY (G_PRIORITY_HIGH_IDLE + 15)
/* A window is at times busy with itself: room for half a second of a thread that says 500,000 things a
 * second. What is not used is not touched. */
#define CHANNEL_OPTIONS "records=262144"

/* Looking for stuck tasks and asking the kernel about sockets. */
#define CHECK_INTERVAL_US (50 * G_TIME_SPAN_MILLISECOND)
#define FACTS_INTERVAL_US G_TIME_SPAN_SECOND
/* Of a channel that is full, each reads a hundredth at least. */
#define LAST_POLLS 200

struct _InspectorLaunch
{
  GObject parent_instance;
  char **argv;
  char **environment;
  char *folder;
  char *path;
  InspectorSession *session;
  TargetLauncher *launcher;
  GMainContext *context;
  GSource *poll;
  GPtrArray *exits; /* GSource, of each process that is there */
  guint poll_ms;
  gint64 next_check_us;
  gint64 next_facts_us;
  int pid;
  int status;
  gboolean has_ended;
  gboolean is_attached; /* it ran already */
  TargetGuard *guard;   /* detaches where we cannot any more */
};

enum
{
  SIGNAL_COMPLAINED,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (InspectorLaunch, inspector_launch, G_TYPE_OBJECT)

static void G_GNUC_PRINTF (2, 3) complain (InspectorLaunch *self, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_signal_emit (self, signals[SIGNAL_COMPLAINED], 0, line);
}

/* ---- Processes come and go -------------------------------------------------------------------- */

typedef struct
{
  InspectorLaunch *launch;
  InspectorTarget *target;
  GSource *source;
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

static void
finish (InspectorLaunch *self, InspectorTarget *target)
{
  target_guard_dismiss (g_steal_pointer (&self->guard));
  if (self->is_attached)
    inspector_target_set_ended (target, FALSE, 0); /* it is not ours to wait for */
  else
    {
      while (waitpid (self->pid, &self->status, 0) < 0 && errno == EINTR)
        ;
      inspector_target_set_ended (target, TRUE, self->status);
    }
  self->has_ended = TRUE;
  /* What others say meanwhile, and breakpoints that stay, keep it from ever being done. */
  for (guint i = 0; i < LAST_POLLS && inspector_session_poll (self->session); i++)
    ;
  inspector_session_check (self->session, -1);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

static gboolean
on_exit_readable (int fd, GIOCondition condition, gpointer data)
{
  ExitWatch *watch = data;
  g_autoptr (InspectorLaunch) self = g_object_ref (watch->launch);

  /* What it said last may still lie in the socket. */
  target_launcher_flush (self->launcher);
  if (watch->pid == self->pid)
    finish (self, watch->target);
  else
    inspector_target_set_ended (watch->target, FALSE, 0);
  g_ptr_array_remove_fast (self->exits, watch->source);
  return G_SOURCE_REMOVE;
}

static void
watch_exit (InspectorLaunch *self, InspectorTarget *target, int pid)
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
  *watch =
      (ExitWatch){ self, g_object_ref (target), g_unix_fd_source_new (pidfd, G_IO_IN), pid, pidfd };
  g_source_set_callback (watch->source, G_SOURCE_FUNC (on_exit_readable), watch, exit_watch_free);
  g_source_attach (watch->source, self->context);
  g_ptr_array_add (self->exits, watch->source);
}

/* The target that a message is about: the program, or a process below it. */
static InspectorTarget *
find_target (InspectorLaunch *self, int pid, gboolean *ret_is_new)
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
  if (pid == self->pid && !self->is_attached)
    command = g_strjoinv (" ", self->argv);
  else
    command = g_strdup (process.command != NULL ? process.command : "");
  target = inspector_session_add_target (self->session, pid, command, process.parent_pid);
  target_process_clear (&process);
  return target;
}

/* ---- What they say ---------------------------------------------------------------------------- */

static const char *
refusal_text (guint reason)
{
  static const char *const texts[] = {
    [CHANNEL_REFUSED_NONE] = N_ ("for no reason given"),
    [CHANNEL_REFUSED_MEMORY] =
        N_ ("it has no memory for the channel; raise its limits (ulimit -v, ulimit -f)"),
    [CHANNEL_REFUSED_KERNEL] =
        N_ ("the kernel lacks memfd_create, file seals or MADV_WIPEONFORK; Linux 4.14 has them"),
    [CHANNEL_REFUSED_PLUGIN] = N_ ("a runtime plugin could not be loaded"),
    [CHANNEL_REFUSED_ABI] =
        N_ ("a runtime plugin is of another version; install the one that belongs to this"),
    [CHANNEL_REFUSED_UNREACHABLE] =
        N_ ("the runtime is linked into it statically, so that its calls cannot be hooked; link it "
            "dynamically, or look from outside: async-inspect attach --look"),
  };

  if (reason < G_N_ELEMENTS (texts) && texts[reason] != NULL)
    return _ (texts[reason]);
  return _ ("for a reason that this version does not know");
}

static void
refuse (InspectorLaunch *self, InspectorTarget *target, guint reason, const char *runtime,
        const char *detail)
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
  complain (self, _ ("cannot inspect process %d (%s): %s"), inspector_target_get_pid (target),
            command != NULL && *command != '\0' ? command : "?", line);
}

static void
on_hello (int pid, const void *message, int fd, gpointer data)
{
  InspectorLaunch *self = data;
  const ChannelHello *hello = message;
  gboolean is_new = FALSE;
  InspectorTarget *target = find_target (self, pid, &is_new);
  g_autofree char *runtime =
      g_utf8_make_valid (hello->runtime, strnlen (hello->runtime, sizeof hello->runtime));
  g_autofree char *detail =
      g_utf8_make_valid (hello->detail, strnlen (hello->detail, sizeof hello->detail));
  g_autoptr (GError) error = NULL;

  switch (hello->type)
    {
    case CHANNEL_HELLO_CHANNEL:
      if (!inspector_target_attach_channel (target, fd, &error))
        complain (self, _ ("cannot inspect process %d: %s"), pid, error->message);
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
  InspectorLaunch *self = data;
  gboolean is_busy = inspector_session_poll (self->session);
  gint64 now_us = g_get_monotonic_time ();

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
  self->poll_ms = is_busy ? POLL_BUSY_MS : MIN (self->poll_ms + POLL_BUSY_MS, POLL_IDLE_MS);
  g_source_set_ready_time (self->poll, g_get_monotonic_time () + self->poll_ms * 1000);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_poll (GSource *source, GSourceFunc func, gpointer data)
{
  return func (data);
}

static GSourceFuncs poll_funcs = { .dispatch = dispatch_poll };

/* ---- The object ------------------------------------------------------------------------------- */

static void
inspector_launch_finalize (GObject *object)
{
  InspectorLaunch *self = INSPECTOR_LAUNCH (object);

  if (self->poll != NULL)
    {
      g_source_destroy (self->poll);
      g_source_unref (self->poll);
    }
  for (guint i = 0; i < self->exits->len; i++)
    g_source_destroy (self->exits->pdata[i]);
  g_ptr_array_unref (self->exits);
  target_guard_free (self->guard);
  g_clear_pointer (&self->launcher, target_launcher_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->session);
  g_strfreev (self->argv);
  g_strfreev (self->environment);
  g_free (self->folder);
  g_free (self->path);
  G_OBJECT_CLASS (inspector_launch_parent_class)->finalize (object);
}

static void
inspector_launch_class_init (InspectorLaunchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_launch_finalize;
  signals[SIGNAL_COMPLAINED] =
      g_signal_new ("complained", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
inspector_launch_init (InspectorLaunch *self)
{
  self->session = inspector_session_new ();
  self->exits = g_ptr_array_new_with_free_func ((GDestroyNotify)g_source_unref);
  self->poll_ms = POLL_BUSY_MS;
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

/* A relative path is meant from where we are, wherever the program is to run. */
static char *
find_program (const char *program, const char *folder, GError **error)
{
  g_autofree char *path = target_launch_check (program, error);

  if (path == NULL || folder == NULL)
    return g_steal_pointer (&path);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_CANNOT_RUN,
                   _ ("cannot run in %s: there is no such folder; choose another one"), folder);
      return NULL;
    }
  return g_canonicalize_filename (path, NULL);
}

static gboolean
open_launcher (InspectorLaunch *self, GError **error)
{
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (NULL);
  g_auto (GStrv) warnings = NULL;

  if (runtimes->len == 0)
    {
      g_set_error (
          error, TARGET_ERROR, TARGET_ERROR_FAILED,
          _ ("no runtime plugin is installed; set ASYNC_INSPECT_PLUGIN_PATH to where they are"));
      return FALSE;
    }
  set_libraries (self->session, runtimes);
  warnings = inspector_session_use_probes (self->session);
  self->context = g_main_context_ref_thread_default ();
  self->launcher = target_launcher_new (runtimes, CHANNEL_OPTIONS, on_hello, self, error);
  return self->launcher != NULL;
}

InspectorLaunch *
inspector_launch_new (const char *const *argv, const char *const *environment, const char *folder,
                      GError **error)
{
  g_autoptr (InspectorLaunch) self = NULL;

  g_return_val_if_fail (argv != NULL && argv[0] != NULL, NULL);

  self = g_object_new (INSPECTOR_TYPE_LAUNCH, NULL);
  self->path = find_program (argv[0], folder, error);
  if (self->path == NULL)
    return NULL;
  self->argv = g_strdupv ((char **)argv);
  self->environment = g_strdupv ((char **)environment);
  self->folder = g_strdup (folder);
  return open_launcher (self, error) ? g_steal_pointer (&self) : NULL;
}

InspectorLaunch *
inspector_launch_new_attach (int pid, GError **error)
{
  g_autoptr (InspectorLaunch) self = NULL;

  g_return_val_if_fail (pid > 0, NULL);

  self = g_object_new (INSPECTOR_TYPE_LAUNCH, NULL);
  self->pid = pid;
  self->is_attached = TRUE;
  return open_launcher (self, error) ? g_steal_pointer (&self) : NULL;
}

InspectorSession *
inspector_launch_get_session (InspectorLaunch *self)
{
  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self), NULL);
  return self->session;
}

static void
start_polling (InspectorLaunch *self)
{
  self->poll = g_source_new (&poll_funcs, sizeof (GSource));
  g_source_set_callback (self->poll, on_poll, self, NULL);
  g_source_set_priority (self->poll, POLL_PRIORITY);
  g_source_set_ready_time (self->poll, 0);
  g_source_attach (self->poll, self->context);
}

gboolean
inspector_launch_start (InspectorLaunch *self, GError **error)
{
  const TargetSpawnOptions options = { .output = -1,
                                       .folder = self->folder,
                                       .environment = (const char *const *)self->environment };
  gboolean is_new;
  int pid;

  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self) && self->pid == 0 && !self->is_attached, FALSE);

  if (stops_are_wanted (inspector_session_get_stops (self->session)))
    target_launcher_hold (self->launcher);
  pid = target_launcher_spawn (self->launcher, self->path, (const char *const *)self->argv,
                               &options, error);
  if (pid < 0)
    return FALSE;
  self->pid = pid;
  watch_exit (self, find_target (self, pid, &is_new), pid);
  start_polling (self);
  return TRUE;
}

/* ---- A process that runs ----------------------------------------------------------------------- */

/* Somebody has to stop one of its threads at the right moment, which may take a while. */
static void
attach_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  InspectorLaunch *self = source;
  GError *error = NULL;
  int socket = -1;

  if (target_attach_unheard (self->pid, self->launcher, cancellable, &socket, NULL, &error))
    g_task_return_int (task, socket);
  else
    g_task_return_error (task, error);
}

void
inspector_launch_attach_async (InspectorLaunch *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (INSPECTOR_IS_LAUNCH (self) && self->is_attached && self->poll == NULL);

  task = g_task_new (self, cancellable, callback, data);
  /* Once it is attached to, somebody has to listen, or to detach. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, attach_in_thread);
}

gboolean
inspector_launch_attach_finish (InspectorLaunch *self, GAsyncResult *result, GError **error)
{
  InspectorTarget *target;
  gssize socket;
  gboolean is_new;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  socket = g_task_propagate_int (G_TASK (result), error);
  if (socket < 0)
    return FALSE;
  target_launcher_adopt (self->launcher, (int)socket, self->pid);
  self->guard = target_guard_new (self->pid);
  target = find_target (self, self->pid, &is_new);
  inspector_target_set_attached (target);
  watch_exit (self, target, self->pid);
  target_launcher_flush (self->launcher);
  start_polling (self);
  return TRUE;
}

gboolean
inspector_launch_detach (InspectorLaunch *self, GError **error)
{
  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self), FALSE);
  if (!self->is_attached || self->poll == NULL || self->has_ended)
    return TRUE;
  if (!target_detach (self->pid, NULL, NULL, error))
    return FALSE;
  target_guard_dismiss (g_steal_pointer (&self->guard));
  return TRUE;
}

int
inspector_launch_get_pid (InspectorLaunch *self)
{
  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self), 0);
  return self->pid;
}

gboolean
inspector_launch_has_ended (InspectorLaunch *self, int *ret_status)
{
  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self), FALSE);
  if (self->has_ended && ret_status != NULL)
    *ret_status = self->status;
  return self->has_ended;
}

void
inspector_launch_signal (InspectorLaunch *self, int number)
{
  g_return_if_fail (INSPECTOR_IS_LAUNCH (self));
  if (self->pid > 0 && !self->has_ended)
    kill (self->pid, number);
}
