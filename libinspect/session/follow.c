/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/follow.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "channel/handshake.h"
#include "session/inspector-target-private.h"
#include "session/probe.h"
#include "session/hidden.h"
#include "target/facts.h"

/* How often the channels are read: eagerly while much comes, rarely while nothing does. The upper
 * bound keeps the heartbeat fresh (channel/layout.h) and a report that is asked for current. */
#define POLL_BUSY_MS 2
#define POLL_IDLE_MS 40

/* Looking for stuck tasks and asking the kernel about sockets. */
#define CHECK_INTERVAL_US (50 * G_TIME_SPAN_MILLISECOND)
#define FACTS_INTERVAL_US G_TIME_SPAN_SECOND

struct _Follow
{
  InspectorSession *session;
  TargetLauncher *launcher;
  GMainContext *context;
  const FollowEvents *events;
  gpointer data;
  GSource *poll;    /* NULL: nothing is read by itself */
  GPtrArray *exits; /* GSource, of each process that is there */
  GPtrArray *runtimes;
  Hidden *hidden; /* NULL: the program has not begun */
  guint poll_ms;
  gint64 next_check_us, next_facts_us;
  int pid;
  char **argv; /* NULL: the program ran before */
  int status;
  gboolean has_ended, was_refused;
};

static void G_GNUC_PRINTF (2, 3) complain (Follow *self, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->events->complain (line, self->data);
}

/* ---- Processes come and go -------------------------------------------------------------------- */

typedef struct
{
  Follow *follow;
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

static gboolean
on_exit_readable (int fd, GIOCondition condition, gpointer data)
{
  ExitWatch *watch = data;
  Follow *self = watch->follow;
  gboolean is_program = watch->pid == self->pid;
  gboolean is_ours = is_program && self->argv != NULL;

  /* What it said last may still lie in the socket. */
  target_launcher_flush (self->launcher);
  while (is_ours && waitpid (self->pid, &self->status, 0) < 0 && errno == EINTR)
    ;
  inspector_target_set_ended (watch->target, is_ours, is_ours ? self->status : 0);
  g_ptr_array_remove_fast (self->exits, watch->source);
  /* Last: who is told may let go of all of this. */
  if (is_program)
    {
      self->has_ended = TRUE;
      self->events->ended (self->data);
    }
  return G_SOURCE_REMOVE;
}

static void
watch_exit (Follow *self, InspectorTarget *target, int pid)
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
find_target (Follow *self, int pid, gboolean *ret_is_new)
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
  if (pid == self->pid && self->argv != NULL)
    command = g_strjoinv (" ", self->argv);
  else
    command = g_strdup (process.command != NULL ? process.command : "");
  target = inspector_session_add_target (self->session, pid, command, process.parent_pid);
  target_process_clear (&process);
  return target;
}

/* ---- What they say first ------------------------------------------------------------------------- */

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
refuse (Follow *self, InspectorTarget *target, guint reason, const char *runtime,
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
  self->was_refused = TRUE;
  /* Each part of an agent that tries says so. */
  if (g_strcmp0 (inspector_target_get_refusal (target), line) == 0)
    return;
  inspector_target_set_refused (target, line);
  complain (self, _ ("cannot inspect process %d (%s): %s"), inspector_target_get_pid (target),
            command != NULL && *command != '\0' ? command : "?", line);
}

/* Says, with what would help, what of a process is not shown; the rest of it is. */
static void
remark (Follow *self, InspectorTarget *target, const char *line)
{
  const char *command = inspector_target_get_command (target);

  inspector_target_set_remark (target, line);
  complain (self, _ ("process %d (%s): %s"), inspector_target_get_pid (target),
            command != NULL && *command != '\0' ? command : "?", line);
}

static void
remark_kept_inside (Follow *self, InspectorTarget *target, const char *runtime, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *line = g_strdup_printf (
      _ ("%s has a runtime of its own in it (%s), whose calls cannot be hooked: nothing of it is "
         "followed; have it use the "
         "shared library, or look from outside: async-inspect attach --look --pid %d"),
      name, runtime, inspector_target_get_pid (target));

  self->was_refused = TRUE;
  remark (self, target, line);
}

/* @path: "" for the program */
static void
remark_second_copy (Follow *self, InspectorTarget *target, const char *runtime, const char *path)
{
  g_autofree char *name = *path != '\0' ? g_path_get_basename (path) : g_strdup (_ ("the program"));
  g_autofree char *line = g_strdup_printf (
      _ ("%s has a second copy of a runtime (%s) in it: of two in one process one can be followed, "
         "and that is the other; have all use the same library, or look from outside: "
         "async-inspect attach --look --pid %d"),
      name, runtime, inspector_target_get_pid (target));

  remark (self, target, line);
}

/* Where the agent has found nothing to name. */
static void
on_hidden (const TargetCandidate *candidate, gpointer data)
{
  Follow *self = data;
  InspectorTarget *target = inspector_session_find_target (self->session, candidate->pid);
  g_autofree char *line = g_strdup_printf (
      candidate->hidden_how == TARGET_LINKED_MERGED
          ? _ ("%s has a runtime linked into it and was optimised as a whole (-flto), so that "
               "calls of "
               "the runtime cannot be hooked: nothing of it is followed; link the runtime without "
               "-flto, or "
               "as a shared library, or look from outside: async-inspect attach --look --pid %d")
          : _ ("%s has a runtime linked into it and was stripped of its symbols: nothing of it is "
               "followed; use one with symbols, or look from outside: async-inspect attach --look "
               "--pid %d"),
      candidate->hidden, candidate->pid);

  if (target != NULL)
    remark (self, target, line);
}

static void
on_hello (int pid, const void *message, int fd, gpointer data)
{
  Follow *self = data;
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
      if (hello->reason == CHANNEL_REFUSED_UNREACHABLE && *detail != '\0')
        remark_kept_inside (self, target, runtime, detail);
      else if (hello->reason == CHANNEL_REFUSED_SECOND)
        remark_second_copy (self, target, runtime, detail);
      else
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

/* ---- What comes after it ------------------------------------------------------------------------- */

static void
tell_progress (Follow *self)
{
  GListModel *targets = inspector_session_get_targets (self->session);

  for (guint i = 0; self->events->progress != NULL && i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);
      g_autofree char *line = analysis_probe_dup_progress (target->probe, inspector_target_now ());

      if (line != NULL)
        self->events->progress (line, self->data);
    }
}

static gboolean
on_poll (gpointer data)
{
  Follow *self = data;
  gboolean is_busy = inspector_session_poll (self->session);
  gint64 now_us = g_get_monotonic_time ();

  if (now_us >= self->next_check_us)
    {
      inspector_session_check (self->session, -1);
      tell_progress (self);
      self->next_check_us = now_us + CHECK_INTERVAL_US;
    }
  if (now_us >= self->next_facts_us)
    {
      inspector_session_refresh_facts (self->session);
      if (self->hidden != NULL)
        hidden_look (self->hidden);
      self->next_facts_us = now_us + FACTS_INTERVAL_US;
    }
  /* Whoever was told of something may have stopped all this. */
  if (self->poll == NULL)
    return G_SOURCE_REMOVE;
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

void
follow_start (Follow *self, int priority)
{
  g_return_if_fail (self->poll == NULL);
  self->poll_ms = POLL_BUSY_MS;
  self->poll = g_source_new (&poll_funcs, sizeof (GSource));
  g_source_set_callback (self->poll, on_poll, self, NULL);
  g_source_set_priority (self->poll, priority);
  g_source_set_ready_time (self->poll, 0);
  g_source_attach (self->poll, self->context);
}

void
follow_stop (Follow *self)
{
  GSource *poll = g_steal_pointer (&self->poll);

  if (poll == NULL)
    return;
  g_source_destroy (poll);
  g_source_unref (poll);
}

/* ---- Begin and end ------------------------------------------------------------------------------- */

GPtrArray *
follow_find_runtimes (GPtrArray **ret_warnings, GError **error)
{
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (ret_warnings);

  if (runtimes->len > 0)
    return g_steal_pointer (&runtimes);
  g_set_error (
      error, TARGET_ERROR, TARGET_ERROR_FAILED,
      _ ("no runtime plugin is installed; set ASYNC_INSPECT_PLUGIN_PATH to where they are"));
  return NULL;
}

void
follow_set_libraries (InspectorSession *session, const GPtrArray *runtimes)
{
  g_autoptr (GPtrArray) libraries = g_ptr_array_new ();

  for (guint i = 0; i < runtimes->len; i++)
    for (char **name = ((TargetRuntime *)runtimes->pdata[i])->libraries; *name != NULL; name++)
      g_ptr_array_add (libraries, *name);
  g_ptr_array_add (libraries, NULL);
  inspector_session_set_runtime_libraries (session, (const char *const *)libraries->pdata);
}

Follow *
follow_new (InspectorSession *session, GPtrArray *runtimes, const char *channel_options,
            const FollowEvents *events, gpointer data, GError **error)
{
  Follow *self = g_new0 (Follow, 1);

  self->session = g_object_ref (session);
  self->context = g_main_context_ref_thread_default ();
  self->events = events;
  self->data = data;
  self->exits = g_ptr_array_new_with_free_func ((GDestroyNotify)g_source_unref);
  self->runtimes = g_ptr_array_ref (runtimes);
  follow_set_libraries (session, runtimes);
  self->launcher = target_launcher_new (runtimes, channel_options, on_hello, self, error);
  if (self->launcher == NULL)
    g_clear_pointer (&self, follow_free);
  return self;
}

void
follow_free (Follow *self)
{
  if (self == NULL)
    return;
  follow_stop (self);
  for (guint i = 0; i < self->exits->len; i++)
    g_source_destroy (self->exits->pdata[i]);
  g_ptr_array_unref (self->exits);
  g_clear_pointer (&self->hidden, hidden_free);
  g_ptr_array_unref (self->runtimes);
  g_clear_pointer (&self->launcher, target_launcher_free);
  g_main_context_unref (self->context);
  g_object_unref (self->session);
  g_strfreev (self->argv);
  g_free (self);
}

TargetLauncher *
follow_get_launcher (Follow *self)
{
  return self->launcher;
}

gboolean
follow_has_looked (Follow *self)
{
  const InspectorTarget *target = inspector_session_find_target (self->session, self->pid);

  return target == NULL || analysis_probe_has_looked (target->probe);
}

InspectorTarget *
follow_begin (Follow *self, int pid, const char *const *argv)
{
  InspectorTarget *target;
  gboolean is_new;

  g_return_val_if_fail (self->pid == 0, NULL);

  self->pid = pid;
  self->hidden = hidden_new (self->runtimes, pid, on_hidden, self);
  self->argv = g_strdupv ((char **)argv);
  target = find_target (self, pid, &is_new);
  if (argv == NULL)
    inspector_target_set_attached (target);
  watch_exit (self, target, pid);
  target_launcher_flush (self->launcher);
  return target;
}

gboolean
follow_has_ended (const Follow *self, int *ret_status)
{
  if (self->has_ended && ret_status != NULL)
    *ret_status = self->status;
  return self->has_ended;
}

gboolean
follow_was_refused (const Follow *self)
{
  return self->was_refused;
}
