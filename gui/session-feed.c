/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* From where a session is fed: a program that is started, one that runs, a recording. */

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inspector-process.h>
#include <inspector-stops.h>

#include "session-struct.h"

/* How often views are told of what has happened, and of its state. */
#define TELL_MS 100
#define SAMPLE_MS 20
/* Where nothing happens, time goes on all the same. */
#define QUIET_TELLS 10
#define KEEP_DAYS 7

/* ---- What happens ------------------------------------------------------------------------------ */

static void
set_state (UiSession *self, UiSessionState state)
{
  self->state = state;
  g_signal_emit (self, ui_session_signals[STATE_CHANGED], 0);
}

static void
add_trouble (UiSession *self, const char *line)
{
  g_autofree char *before = g_steal_pointer (&self->trouble);

  self->trouble = before != NULL ? g_strconcat (before, "\n", line, NULL) : g_strdup (line);
  g_signal_emit (self, ui_session_signals[STATE_CHANGED], 0);
}

static gboolean
on_tell (gpointer data)
{
  UiSession *self = data;

  if (!self->has_grown && (self->state != UI_SESSION_LIVE || ++self->n_quiet < QUIET_TELLS))
    return G_SOURCE_CONTINUE;
  self->n_quiet = 0;
  g_object_ref (self);
  if (!self->is_full && inspector_history_get_n_left_out (self->history) > 0)
    {
      self->is_full = TRUE;
      add_trouble (self, _ ("the history is full: what tasks do from here on is not shown"));
    }
  if (self->has_grown)
    g_signal_emit (self, ui_session_signals[GROWN], 0);
  self->has_grown = FALSE;
  if (self->follows)
    g_signal_emit (self, ui_session_signals[CURSOR_CHANGED], 0);
  g_object_unref (self);
  return G_SOURCE_CONTINUE;
}

static void
on_grown (InspectorHistory *history, UiSession *self)
{
  self->has_grown = TRUE;
}

static void
take_inspector (UiSession *self, InspectorSession *inspector, InspectorProfile *profile)
{
  self->inspector = inspector;
  self->profile = profile;
  if (self->history != NULL)
    g_object_unref (self->history);
  self->history = g_object_ref (inspector_session_keep_history (inspector));
  g_signal_connect (self->history, "grown", G_CALLBACK (on_grown), self);
  g_signal_connect_object (inspector, "deadlock", G_CALLBACK (ui_session_note_wrong), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (inspector, "stuck", G_CALLBACK (ui_session_note_wrong), self,
                           G_CONNECT_SWAPPED);
}

static void
on_complained (InspectorLaunch *launch, const char *line, UiSession *self)
{
  add_trouble (self, line);
}

static void
on_ended (InspectorLaunch *launch, UiSession *self)
{
  g_clear_handle_id (&self->sample_source, g_source_remove);
  g_clear_object (&self->report);
  self->has_grown = TRUE;
  set_state (self, UI_SESSION_ENDED);
  g_signal_emit (self, ui_session_signals[STOPS_CHANGED], 0);
}

/* An app that was killed leaves what it kept; it may be wanted for some days. */
static void
forget_old (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf status;

      if (g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) &&
          now_s - status.st_mtime > KEEP_DAYS * 24 * 3600)
        g_unlink (path);
    }
}

/* So that its past is known, and can be saved. */
static void
keep (UiSession *self)
{
  g_autofree char *folder =
      g_build_filename (g_get_user_cache_dir (), "async-inspect", "live", NULL);
  g_autofree char *path = g_build_filename (folder, "XXXXXX.airec", NULL);
  g_autoptr (GError) error = NULL;
  int fd;

  g_mkdir_with_parents (folder, 0700);
  forget_old (folder);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      add_trouble (self, _ ("the past cannot be kept: no file can be made in the cache folder"));
      return;
    }
  g_close (fd, NULL);
  self->own_path = g_steal_pointer (&path);
  if (!inspector_session_start_recording (self->inspector, self->own_path, FALSE, &error))
    add_trouble (self, error->message);
}

/* What a callback that keeps its loop for long is at. */
static gboolean
on_sample (gpointer data)
{
  inspector_profile_sample (UI_SESSION (data)->profile);
  return G_SOURCE_CONTINUE;
}

static UiSession *
new_live (InspectorLaunch *launch, char *title)
{
  UiSession *self = g_object_new (UI_TYPE_SESSION, NULL);
  InspectorSession *inspector = inspector_launch_get_session (launch);

  self->title = title;
  self->launch = launch;
  take_inspector (self, g_object_ref (inspector),
                  inspector_profile_new (inspector, 0, -1, INSPECTOR_PROFILE_FROM_START));
  g_signal_connect (launch, "complained", G_CALLBACK (on_complained), self);
  g_signal_connect (launch, "ended", G_CALLBACK (on_ended), self);
  ui_session_watch_stops (self);
  keep (self);
  self->sample_source = g_timeout_add (SAMPLE_MS, on_sample, self);
  return self;
}

UiSession *
ui_session_new_launch (const char *const *argv, const char *const *environment, const char *folder,
                       const char *const *breaks, GError **error)
{
  InspectorLaunch *launch = inspector_launch_new (argv, environment, folder, error);
  g_autoptr (UiSession) self = NULL;

  if (launch == NULL)
    return NULL;
  self = new_live (launch, g_strjoinv (" ", (char **)argv));
  self->state = UI_SESSION_LIVE;
  /* Before it starts, so that it waits for them. */
  for (guint i = 0; breaks != NULL && breaks[i] != NULL; i++)
    if (inspector_session_add_breakpoint (self->inspector, breaks[i], error) == 0)
      return NULL;
  if (!inspector_launch_start (launch, error))
    return NULL;
  self->tell_source = g_timeout_add (TELL_MS, on_tell, self);
  return g_steal_pointer (&self);
}

/* ---- A process that runs ----------------------------------------------------------------------- */

static void
on_attached (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (UiSession) self = data;
  g_autoptr (GError) error = NULL;
  gboolean is_attached = inspector_launch_attach_finish (INSPECTOR_LAUNCH (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    {
      /* Nobody waits for it any more. */
      if (is_attached)
        inspector_launch_detach (INSPECTOR_LAUNCH (source), NULL);
      return;
    }
  if (!is_attached)
    {
      add_trouble (self, error->message);
      set_state (self, UI_SESSION_FAILED);
      return;
    }
  self->is_attached = TRUE;
  self->tell_source = g_timeout_add (TELL_MS, on_tell, self);
  set_state (self, UI_SESSION_LIVE);
}

UiSession *
ui_session_new_attach (int pid, const char *command, GError **error)
{
  InspectorLaunch *launch = inspector_launch_new_attach (pid, error);
  UiSession *self;

  if (launch == NULL)
    return NULL;
  self = new_live (launch, g_strdup (command));
  self->state = UI_SESSION_LOADING;
  inspector_launch_attach_async (launch, self->cancellable, on_attached, g_object_ref (self));
  return self;
}

void
ui_session_detach (UiSession *self)
{
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (self->cancellable);
  ui_session_let_go (self);
  if (self->is_attached && self->state == UI_SESSION_LIVE &&
      !inspector_launch_detach (self->launch, &error))
    g_printerr ("async-inspect-gui: %s\n", error->message);
  self->is_attached = FALSE;
}

/* ---- A recording is read ----------------------------------------------------------------------- */

typedef struct
{
  InspectorSession *inspector;
  InspectorProfile *profile;
  char *warning;
} Opened;

static void
opened_free (gpointer data)
{
  Opened *opened = data;

  g_clear_object (&opened->profile);
  g_clear_object (&opened->inspector);
  g_free (opened->warning);
  g_free (opened);
}

/* What tasks did, which is there before the records are read. */
typedef struct
{
  UiSession *session;
  InspectorHistory *history;
  char *warning;
} Timeline;

static void
timeline_free (gpointer data)
{
  Timeline *timeline = data;

  g_object_unref (timeline->session);
  g_clear_object (&timeline->history);
  g_free (timeline->warning);
  g_free (timeline);
}

static void
show_recorded (UiSession *self, const char *warning)
{
  if (warning != NULL)
    add_trouble (self, warning);
  set_state (self, UI_SESSION_RECORDED);
  g_signal_emit (self, ui_session_signals[GROWN], 0);
  g_signal_emit (self, ui_session_signals[CURSOR_CHANGED], 0);
}

static gboolean
take_timeline (gpointer data)
{
  Timeline *timeline = data;
  UiSession *self = timeline->session;

  if (g_cancellable_is_cancelled (self->cancellable) || self->state != UI_SESSION_LOADING)
    return G_SOURCE_REMOVE;
  g_object_unref (self->history);
  self->history = g_steal_pointer (&timeline->history);
  show_recorded (self, timeline->warning);
  return G_SOURCE_REMOVE;
}

/* Most recordings have it; else it comes of the records, as all else does. */
static gboolean
hand_over_timeline (UiSession *session, const char *path)
{
  char *warning = NULL;
  InspectorHistory *history = inspector_history_open_recording (path, &warning, NULL);
  Timeline *timeline;

  if (history == NULL)
    return FALSE;
  timeline = g_new (Timeline, 1);
  *timeline = (Timeline){ g_object_ref (session), history, warning };
  g_idle_add_full (G_PRIORITY_DEFAULT, take_timeline, timeline, timeline_free);
  return TRUE;
}

/* A core file has one instant, of which the probes tell. */
static gboolean
open_file (Opened *opened, const char *path, gboolean is_core, GError **error)
{
  return is_core
             ? inspector_session_open_core (opened->inspector, path, NULL, &opened->warning, error)
             : inspector_session_open_recording (opened->inspector, path, &opened->warning, error);
}

/* What it makes of the records goes over to the main thread as one, once it is whole. */
static void
read_recording (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opened *opened = g_new0 (Opened, 1);
  gboolean is_core = inspector_file_is_core (data);
  GError *error = NULL;

  opened->inspector = inspector_session_new ();
  if (is_core || !hand_over_timeline (source, data))
    inspector_session_keep_history (opened->inspector);
  opened->profile = inspector_profile_new (opened->inspector, 0, -1, INSPECTOR_PROFILE_FROM_START);
  if (open_file (opened, data, is_core, &error))
    {
      inspector_profile_update (opened->profile);
      g_task_return_pointer (task, opened, opened_free);
      return;
    }
  opened_free (opened);
  g_task_return_error (task, error);
}

static void
take_opened (UiSession *self, Opened *opened)
{
  if (inspector_session_get_history (opened->inspector) != NULL)
    {
      take_inspector (self, g_steal_pointer (&opened->inspector),
                      g_steal_pointer (&opened->profile));
      show_recorded (self, opened->warning);
      return;
    }
  /* Its history is shown already. */
  self->inspector = g_steal_pointer (&opened->inspector);
  self->profile = g_steal_pointer (&opened->profile);
  show_recorded (self, NULL);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  UiSession *self = UI_SESSION (source);
  g_autoptr (GError) error = NULL;
  Opened *opened = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_pointer (&opened, opened_free);
      return;
    }
  if (opened == NULL)
    {
      add_trouble (self, error->message);
      set_state (self, UI_SESSION_FAILED);
      return;
    }
  take_opened (self, opened);
  opened_free (opened);
}

UiSession *
ui_session_new_recording (const char *path)
{
  UiSession *self = g_object_new (UI_TYPE_SESSION, NULL);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_read, NULL);
  g_autoptr (InspectorSession) empty = inspector_session_new ();

  self->title = g_filename_display_basename (path);
  self->path = g_strdup (path);
  self->is_core = inspector_file_is_core (path);
  self->state = UI_SESSION_LOADING;
  self->history = g_object_ref (inspector_session_keep_history (empty));
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, read_recording);
  return self;
}

/* ---- What the shell does ----------------------------------------------------------------------- */

const char *
ui_session_get_path (UiSession *self)
{
  return self->path;
}

gboolean
ui_session_can_save (UiSession *self)
{
  return self->own_path != NULL ||
         (self->path != NULL && self->state == UI_SESSION_RECORDED && !self->is_core);
}

/* What is recorded so far is whole in the file once it was synchronised; a copy of it has no index, which
 * repairing gives it. */
const char *
ui_session_prepare_saving (UiSession *self, GError **error)
{
  if (self->inspector != NULL)
    inspector_session_refresh_facts (self->inspector);
  if (self->state == UI_SESSION_ENDED && self->own_path != NULL && !self->is_own_whole)
    {
      if (!inspector_session_stop_recording (self->inspector, NULL, error))
        return NULL;
      self->is_own_whole = TRUE;
    }
  return self->own_path != NULL ? self->own_path : self->path;
}

void
ui_session_set_record_path (UiSession *self, const char *path)
{
  g_free (self->record_path);
  self->record_path = g_strdup (path);
  g_signal_emit (self, ui_session_signals[STATE_CHANGED], 0);
}

const char *
ui_session_get_record_path (UiSession *self)
{
  return self->record_path;
}

gboolean
ui_session_has_program (UiSession *self)
{
  return self->launch != NULL && self->state == UI_SESSION_LIVE && !self->is_attached;
}

void
ui_session_stop (UiSession *self)
{
  if (self->launch != NULL)
    inspector_launch_signal (self->launch, self->is_stopping ? SIGKILL : SIGTERM);
  self->is_stopping = TRUE;
}

void
ui_session_count (UiSession *self, guint64 *ret_tasks, guint64 *ret_lost)
{
  GListModel *targets =
      self->inspector != NULL ? inspector_session_get_targets (self->inspector) : NULL;

  *ret_tasks = *ret_lost = 0;
  for (guint i = 0; targets != NULL && i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);
      InspectorTargetStats stats;

      inspector_target_get_stats (target, &stats);
      *ret_tasks += stats.tasks;
      *ret_lost += stats.lost;
    }
  *ret_tasks -= MIN (*ret_tasks, ui_session_count_processes (self));
}

#define MAX_TRACKS 4096u

guint
ui_session_count_processes (UiSession *self)
{
  guint n = inspector_history_get_n_tracks (self->history), n_processes = 0;
  gint64 first_ns, last_ns;

  if (n > MAX_TRACKS || !inspector_history_get_range (self->history, &first_ns, &last_ns))
    return 0;
  for (guint i = 0; i < n; i++)
    {
      InspectorRow row;

      n_processes +=
          inspector_history_get_rows (self->history, i, 1, last_ns, &row) == 1 &&
          inspector_kind_is_process (inspector_history_get_kind (self->history, i, row.last_kind));
    }
  return n_processes;
}
