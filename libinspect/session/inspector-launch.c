/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-launch.h"

#include <signal.h>
#include <glib/gi18n-lib.h>

#include "session/follow.h"
#include "session/session-private.h"
#include "session/stops.h"
#include "target/attach.h"
#include "target/guard.h"
#include "target/launch.h"

/* After input, and before a window is drawn anew: where drawing is slow there is always something to draw.
 * What one poll reads is bounded. */
#define POLL_PRIORITY (G_PRIORITY_HIGH_IDLE + 15)
/* A window is at times busy with itself: room for half a second of a thread that says 500,000 things a
 * second. What is not used is not touched. */
#define CHANNEL_OPTIONS "payload=1,records=262144"

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
  Follow *follow;
  int pid;
  gboolean is_attached; /* it ran already */
  gboolean has_begun;
  TargetGuard *guard; /* detaches where we cannot any more */
};

enum
{
  SIGNAL_COMPLAINED,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (InspectorLaunch, inspector_launch, G_TYPE_OBJECT)

static void
on_complaint (const char *line, gpointer data)
{
  g_signal_emit (data, signals[SIGNAL_COMPLAINED], 0, line);
}

static void
on_program_ended (gpointer data)
{
  g_autoptr (InspectorLaunch) self = g_object_ref (data);

  target_guard_dismiss (g_steal_pointer (&self->guard));
  /* What others say meanwhile, and breakpoints that stay, keep it from ever being done. */
  for (guint i = 0; i < LAST_POLLS && inspector_session_poll (self->session); i++)
    ;
  inspector_session_check (self->session, -1);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

static const FollowEvents follow_events = { on_complaint, on_program_ended };

/* ---- The object ------------------------------------------------------------------------------- */

static void
inspector_launch_finalize (GObject *object)
{
  InspectorLaunch *self = INSPECTOR_LAUNCH (object);

  target_guard_free (self->guard);
  g_clear_pointer (&self->follow, follow_free);
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
  g_autoptr (GPtrArray) runtimes = follow_find_runtimes (NULL, error);
  g_auto (GStrv) warnings = NULL;

  if (runtimes == NULL)
    return FALSE;
  warnings = inspector_session_use_probes (self->session);
  self->follow = follow_new (self->session, runtimes, CHANNEL_OPTIONS, &follow_events, self, error);
  return self->follow != NULL;
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
begin (InspectorLaunch *self)
{
  self->has_begun = TRUE;
  follow_begin (self->follow, self->pid, (const char *const *)self->argv);
  follow_start (self->follow, POLL_PRIORITY);
}

gboolean
inspector_launch_start (InspectorLaunch *self, GError **error)
{
  const TargetSpawnOptions options = { .output = -1,
                                       .folder = self->folder,
                                       .environment = (const char *const *)self->environment };
  int pid;

  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self) && self->pid == 0 && !self->is_attached, FALSE);

  if (stops_are_wanted (inspector_session_get_stops (self->session)))
    target_launcher_hold (follow_get_launcher (self->follow));
  pid = target_launcher_spawn (follow_get_launcher (self->follow), self->path,
                               (const char *const *)self->argv, &options, error);
  if (pid < 0)
    return FALSE;
  self->pid = pid;
  begin (self);
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

  if (target_attach_unheard (self->pid, follow_get_launcher (self->follow), cancellable, &socket,
                             NULL, &error))
    g_task_return_int (task, socket);
  else
    g_task_return_error (task, error);
}

void
inspector_launch_attach_async (InspectorLaunch *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (INSPECTOR_IS_LAUNCH (self) && self->is_attached && !self->has_begun);

  task = g_task_new (self, cancellable, callback, data);
  /* Once it is attached to, somebody has to listen, or to detach. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, attach_in_thread);
}

gboolean
inspector_launch_attach_finish (InspectorLaunch *self, GAsyncResult *result, GError **error)
{
  gssize socket;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  socket = g_task_propagate_int (G_TASK (result), error);
  if (socket < 0)
    return FALSE;
  target_launcher_adopt (follow_get_launcher (self->follow), (int)socket, self->pid);
  self->guard = target_guard_new (self->pid);
  begin (self);
  return TRUE;
}

gboolean
inspector_launch_detach (InspectorLaunch *self, GError **error)
{
  g_return_val_if_fail (INSPECTOR_IS_LAUNCH (self), FALSE);
  if (!self->is_attached || !self->has_begun || follow_has_ended (self->follow, NULL))
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
  return follow_has_ended (self->follow, ret_status);
}

void
inspector_launch_signal (InspectorLaunch *self, int number)
{
  g_return_if_fail (INSPECTOR_IS_LAUNCH (self));
  if (self->pid > 0 && !follow_has_ended (self->follow, NULL))
    kill (self->pid, number);
}
