/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session-private.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inspector-launch.h>

/* How often views are told of what has happened, and of its state. */
#define TELL_MS 100
/* Where nothing happens, time goes on all the same. */
#define QUIET_TELLS 10
#define REPORT_US G_TIME_SPAN_SECOND
#define KEEP_DAYS 7

struct _UiSession
{
  GObject parent_instance;
  UiSessionState state;
  char *title;
  char *trouble;
  char *path;     /* of a recording */
  char *own_path; /* where a live session is kept meanwhile */
  gboolean is_own_whole;
  char *record_path; /* where it is to be written at its end */

  InspectorLaunch *launch;
  InspectorSession *inspector;
  InspectorHistory *history;
  InspectorProfile *profile;
  InspectorReport *report;
  gint64 reported_us;
  GCancellable *cancellable;

  guint tell_source;
  gboolean has_grown;
  guint n_quiet; /* times that there was nothing to tell */
  gboolean is_stopping;

  gboolean follows;
  gint64 cursor_ns;
  guint64 selection;
  gint64 from_ns, to_ns;
  GPtrArray *marks;
};

enum
{
  GROWN,
  CURSOR_CHANGED,
  SELECTION_CHANGED,
  RANGE_CHANGED,
  MARKS_CHANGED,
  STATE_CHANGED,
  SHOW_VIEW,
  SHOW_SOURCE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (UiSession, ui_session, G_TYPE_OBJECT)

static void
mark_free (gpointer data)
{
  UiMark *mark = data;

  g_free (mark->text);
  g_free (mark);
}

static void
ui_session_dispose (GObject *object)
{
  UiSession *self = UI_SESSION (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->tell_source, g_source_remove);
  if (self->launch != NULL)
    g_signal_handlers_disconnect_by_data (self->launch, self);
  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_clear_object (&self->launch);
  if (self->own_path != NULL)
    {
      if (self->inspector != NULL && !self->is_own_whole)
        inspector_session_stop_recording (self->inspector, NULL, NULL);
      g_unlink (self->own_path);
    }
  g_clear_pointer (&self->own_path, g_free);
  g_clear_object (&self->report);
  g_clear_object (&self->profile);
  g_clear_object (&self->history);
  g_clear_object (&self->inspector);
  G_OBJECT_CLASS (ui_session_parent_class)->dispose (object);
}

static void
ui_session_finalize (GObject *object)
{
  UiSession *self = UI_SESSION (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->marks);
  g_free (self->title);
  g_free (self->trouble);
  g_free (self->record_path);
  g_free (self->path);
  G_OBJECT_CLASS (ui_session_parent_class)->finalize (object);
}

static void
ui_session_class_init (UiSessionClass *klass)
{
  static const char *const names[N_SIGNALS] = {
    [GROWN] = "grown",
    [CURSOR_CHANGED] = "cursor-changed",
    [SELECTION_CHANGED] = "selection-changed",
    [RANGE_CHANGED] = "range-changed",
    [MARKS_CHANGED] = "marks-changed",
    [STATE_CHANGED] = "state-changed",
  };
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ui_session_dispose;
  G_OBJECT_CLASS (klass)->finalize = ui_session_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    if (names[i] != NULL)
      signals[i] =
          g_signal_new (names[i], type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SHOW_VIEW] = g_signal_new ("show-view", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SHOW_SOURCE] = g_signal_new ("show-source", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_UINT);
}

static void
ui_session_init (UiSession *self)
{
  self->cancellable = g_cancellable_new ();
  self->marks = g_ptr_array_new_with_free_func (mark_free);
  self->follows = TRUE;
}

/* ---- What happens ------------------------------------------------------------------------------ */

static void
set_state (UiSession *self, UiSessionState state)
{
  self->state = state;
  g_signal_emit (self, signals[STATE_CHANGED], 0);
}

static void
add_trouble (UiSession *self, const char *line)
{
  g_autofree char *before = g_steal_pointer (&self->trouble);

  self->trouble = before != NULL ? g_strconcat (before, "\n", line, NULL) : g_strdup (line);
  g_signal_emit (self, signals[STATE_CHANGED], 0);
}

static gboolean
on_tell (gpointer data)
{
  UiSession *self = data;

  if (!self->has_grown && (self->state != UI_SESSION_LIVE || ++self->n_quiet < QUIET_TELLS))
    return G_SOURCE_CONTINUE;
  self->n_quiet = 0;
  g_object_ref (self);
  if (self->has_grown)
    g_signal_emit (self, signals[GROWN], 0);
  self->has_grown = FALSE;
  if (self->follows)
    g_signal_emit (self, signals[CURSOR_CHANGED], 0);
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
}

static void
on_complained (InspectorLaunch *launch, const char *line, UiSession *self)
{
  add_trouble (self, line);
}

static void
on_ended (InspectorLaunch *launch, UiSession *self)
{
  g_clear_object (&self->report);
  self->has_grown = TRUE;
  set_state (self, UI_SESSION_ENDED);
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

UiSession *
ui_session_new_launch (const char *const *argv, const char *const *environment, const char *folder,
                       GError **error)
{
  g_autoptr (InspectorLaunch) launch = inspector_launch_new (argv, environment, folder, error);
  g_autoptr (UiSession) self = NULL;
  InspectorSession *inspector;

  if (launch == NULL)
    return NULL;
  self = g_object_new (UI_TYPE_SESSION, NULL);
  self->title = g_strjoinv (" ", (char **)argv);
  self->state = UI_SESSION_LIVE;
  inspector = inspector_launch_get_session (launch);
  self->launch = g_steal_pointer (&launch);
  take_inspector (self, g_object_ref (inspector),
                  inspector_profile_new (inspector, 0, -1, INSPECTOR_PROFILE_FROM_START));
  g_signal_connect (self->launch, "complained", G_CALLBACK (on_complained), self);
  g_signal_connect (self->launch, "ended", G_CALLBACK (on_ended), self);
  keep (self);
  if (!inspector_launch_start (self->launch, error))
    return NULL;
  self->tell_source = g_timeout_add (TELL_MS, on_tell, self);
  return g_steal_pointer (&self);
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

/* Whatever it makes goes over to the main thread as one, once it is whole. */
static void
read_recording (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opened *opened = g_new0 (Opened, 1);
  GError *error = NULL;

  opened->inspector = inspector_session_new ();
  inspector_session_keep_history (opened->inspector);
  opened->profile = inspector_profile_new (opened->inspector, 0, -1, INSPECTOR_PROFILE_FROM_START);
  if (inspector_session_open_recording (opened->inspector, data, &opened->warning, &error))
    {
      inspector_profile_update (opened->profile);
      g_task_return_pointer (task, opened, opened_free);
      return;
    }
  opened_free (opened);
  g_task_return_error (task, error);
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
  take_inspector (self, g_steal_pointer (&opened->inspector), g_steal_pointer (&opened->profile));
  if (opened->warning != NULL)
    add_trouble (self, opened->warning);
  opened_free (opened);
  set_state (self, UI_SESSION_RECORDED);
  g_signal_emit (self, signals[GROWN], 0);
  g_signal_emit (self, signals[CURSOR_CHANGED], 0);
}

UiSession *
ui_session_new_recording (const char *path)
{
  UiSession *self = g_object_new (UI_TYPE_SESSION, NULL);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_read, NULL);
  g_autoptr (InspectorSession) empty = inspector_session_new ();

  self->title = g_filename_display_basename (path);
  self->path = g_strdup (path);
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
  return self->own_path != NULL || (self->path != NULL && self->state == UI_SESSION_RECORDED);
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
  g_signal_emit (self, signals[STATE_CHANGED], 0);
}

const char *
ui_session_get_record_path (UiSession *self)
{
  return self->record_path;
}

gboolean
ui_session_has_program (UiSession *self)
{
  return self->launch != NULL && self->state == UI_SESSION_LIVE;
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
}

/* ---- What views ask ---------------------------------------------------------------------------- */

UiSessionState
ui_session_get_state (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), UI_SESSION_FAILED);
  return self->state;
}

const char *
ui_session_get_trouble (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  return self->trouble;
}

const char *
ui_session_get_title (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  return self->title;
}

InspectorSession *
ui_session_get_inspector (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  return self->inspector;
}

InspectorHistory *
ui_session_get_history (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  return self->history;
}

InspectorProfile *
ui_session_get_profile (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  return self->profile;
}

InspectorReport *
ui_session_get_report (UiSession *self)
{
  gint64 now_us = g_get_monotonic_time ();

  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  if (self->inspector == NULL)
    return NULL;
  if (self->report != NULL &&
      (self->state != UI_SESSION_LIVE || now_us - self->reported_us < REPORT_US))
    return self->report;
  g_clear_object (&self->report);
  self->report = inspector_session_build_report (self->inspector, self->state == UI_SESSION_LIVE
                                                                      ? INSPECTOR_REPORT_ASKED
                                                                      : INSPECTOR_REPORT_EXIT);
  self->reported_us = now_us;
  return self->report;
}

/* ---- The instant that is looked at ------------------------------------------------------------- */

gint64
ui_session_get_cursor (UiSession *self)
{
  gint64 first_ns, last_ns;

  g_return_val_if_fail (UI_IS_SESSION (self), 0);
  if (!inspector_history_get_range (self->history, &first_ns, &last_ns))
    return 0;
  return self->follows ? last_ns : CLAMP (self->cursor_ns, first_ns, last_ns);
}

void
ui_session_set_cursor (UiSession *self, gint64 at_ns)
{
  gint64 first_ns, last_ns;
  gboolean followed = self->follows;

  g_return_if_fail (UI_IS_SESSION (self));
  if (!inspector_history_get_range (self->history, &first_ns, &last_ns))
    return;
  at_ns = CLAMP (at_ns, first_ns, last_ns);
  if (!followed && at_ns == self->cursor_ns)
    return;
  self->follows = FALSE;
  self->cursor_ns = at_ns;
  g_signal_emit (self, signals[CURSOR_CHANGED], 0);
  if (followed)
    g_signal_emit (self, signals[STATE_CHANGED], 0);
}

gboolean
ui_session_is_following (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), FALSE);
  return self->follows;
}

void
ui_session_set_following (UiSession *self, gboolean follow)
{
  g_return_if_fail (UI_IS_SESSION (self));
  if (self->follows == !!follow)
    return;
  self->cursor_ns = ui_session_get_cursor (self);
  self->follows = !!follow;
  g_signal_emit (self, signals[CURSOR_CHANGED], 0);
  g_signal_emit (self, signals[STATE_CHANGED], 0);
}

/* ---- What is selected -------------------------------------------------------------------------- */

guint64
ui_session_get_selection (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), 0);
  return self->selection;
}

void
ui_session_set_selection (UiSession *self, guint64 number)
{
  g_return_if_fail (UI_IS_SESSION (self));
  if (self->selection == number)
    return;
  self->selection = number;
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

gboolean
ui_session_get_range (UiSession *self, gint64 *from_ns, gint64 *to_ns)
{
  g_return_val_if_fail (UI_IS_SESSION (self), FALSE);
  if (self->from_ns == self->to_ns)
    return FALSE;
  *from_ns = self->from_ns;
  *to_ns = self->to_ns;
  return TRUE;
}

void
ui_session_set_range (UiSession *self, gint64 from_ns, gint64 to_ns)
{
  g_return_if_fail (UI_IS_SESSION (self));
  if (self->from_ns == MIN (from_ns, to_ns) && self->to_ns == MAX (from_ns, to_ns))
    return;
  self->from_ns = MIN (from_ns, to_ns);
  self->to_ns = MAX (from_ns, to_ns);
  g_signal_emit (self, signals[RANGE_CHANGED], 0);
}

/* ---- Marks ------------------------------------------------------------------------------------- */

GPtrArray *
ui_session_get_marks (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  return self->marks;
}

void
ui_session_add_mark (UiSession *self, gint64 at_ns, const char *text)
{
  UiMark *mark;
  guint place = 0;

  g_return_if_fail (UI_IS_SESSION (self));
  while (place < self->marks->len && ((UiMark *)self->marks->pdata[place])->at_ns < at_ns)
    place++;
  if (place < self->marks->len && ((UiMark *)self->marks->pdata[place])->at_ns == at_ns)
    return;
  mark = g_new0 (UiMark, 1);
  mark->at_ns = at_ns;
  mark->text = g_strdup (text != NULL ? text : "");
  g_ptr_array_insert (self->marks, (int)place, mark);
  g_signal_emit (self, signals[MARKS_CHANGED], 0);
}

void
ui_session_remove_mark (UiSession *self, gint64 at_ns)
{
  g_return_if_fail (UI_IS_SESSION (self));
  for (guint i = 0; i < self->marks->len; i++)
    if (((UiMark *)self->marks->pdata[i])->at_ns == at_ns)
      {
        g_ptr_array_remove_index (self->marks, i);
        g_signal_emit (self, signals[MARKS_CHANGED], 0);
        return;
      }
}

/* ---- Elsewhere --------------------------------------------------------------------------------- */

void
ui_session_show_view (UiSession *self, const char *id)
{
  g_return_if_fail (UI_IS_SESSION (self));
  g_signal_emit (self, signals[SHOW_VIEW], 0, id);
}

void
ui_session_show_place (UiSession *self, const char *place)
{
  g_autofree char *file = NULL;
  const char *colon, *start;
  guint64 line;

  g_return_if_fail (UI_IS_SESSION (self));
  colon = strrchr (place, ':');
  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXINT, &line, NULL))
    return;
  start = g_strrstr_len (place, colon - place, " ");
  start = start != NULL ? start + 1 : place;
  file = g_strndup (start, colon - start);
  ui_session_show_view (self, "source");
  g_signal_emit (self, signals[SHOW_SOURCE], 0, file, (guint)line);
}

char *
ui_session_dup_instant (UiSession *self, gint64 at_ns)
{
  gint64 first_ns = 0, last_ns;
  g_autofree char *duration = NULL;

  g_return_val_if_fail (UI_IS_SESSION (self), NULL);
  inspector_history_get_range (self->history, &first_ns, &last_ns);
  duration = inspector_format_duration (ABS (at_ns - first_ns));
  return g_strconcat (at_ns < first_ns ? "−" : "+", duration, NULL);
}
