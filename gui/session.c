/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session-struct.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* A report is a second old at most, and of a program of many tasks as old as what it costs is worth: it
 * takes a fiftieth of the time, and a tenth while more and more goes wrong. */
#define REPORT_US G_TIME_SPAN_SECOND
#define REPORT_COST_FACTOR 50
#define REPORT_WRONG_FACTOR 10

guint ui_session_signals[N_SIGNALS];

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

  ui_session_detach (self);
  g_clear_handle_id (&self->tell_source, g_source_remove);
  g_clear_handle_id (&self->sample_source, g_source_remove);
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
    [STOPS_CHANGED] = "stops-changed",
  };
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ui_session_dispose;
  G_OBJECT_CLASS (klass)->finalize = ui_session_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    if (names[i] != NULL)
      ui_session_signals[i] =
          g_signal_new (names[i], type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  ui_session_signals[SHOW_VIEW] = g_signal_new ("show-view", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  ui_session_signals[SHOW_SOURCE] =
      g_signal_new ("show-source", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                    G_TYPE_STRING, G_TYPE_UINT);
  ui_session_signals[SHOW_TASKS] = g_signal_new ("show-tasks", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ui_session_init (UiSession *self)
{
  self->cancellable = g_cancellable_new ();
  self->marks = g_ptr_array_new_with_free_func (mark_free);
  self->follows = TRUE;
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
  if (self->report != NULL && (self->state != UI_SESSION_LIVE || now_us < self->report_due_us))
    return self->report;
  g_clear_object (&self->report);
  self->report = inspector_session_build_report (self->inspector, self->state == UI_SESSION_LIVE
                                                                      ? INSPECTOR_REPORT_ASKED
                                                                      : INSPECTOR_REPORT_EXIT);
  self->reported_us = now_us;
  self->report_took_us = g_get_monotonic_time () - now_us;
  self->report_due_us = now_us + MAX (REPORT_US, self->report_took_us * REPORT_COST_FACTOR);
  return self->report;
}

void
ui_session_note_wrong (UiSession *self)
{
  self->report_due_us =
      MIN (self->report_due_us, self->reported_us + self->report_took_us * REPORT_WRONG_FACTOR);
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
  g_signal_emit (self, ui_session_signals[CURSOR_CHANGED], 0);
  if (followed)
    g_signal_emit (self, ui_session_signals[STATE_CHANGED], 0);
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
  g_signal_emit (self, ui_session_signals[CURSOR_CHANGED], 0);
  g_signal_emit (self, ui_session_signals[STATE_CHANGED], 0);
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
  g_signal_emit (self, ui_session_signals[SELECTION_CHANGED], 0);
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
  g_signal_emit (self, ui_session_signals[RANGE_CHANGED], 0);
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
  g_signal_emit (self, ui_session_signals[MARKS_CHANGED], 0);
}

void
ui_session_remove_mark (UiSession *self, gint64 at_ns)
{
  g_return_if_fail (UI_IS_SESSION (self));
  for (guint i = 0; i < self->marks->len; i++)
    if (((UiMark *)self->marks->pdata[i])->at_ns == at_ns)
      {
        g_ptr_array_remove_index (self->marks, i);
        g_signal_emit (self, ui_session_signals[MARKS_CHANGED], 0);
        return;
      }
}

/* ---- Elsewhere --------------------------------------------------------------------------------- */

void
ui_session_show_view (UiSession *self, const char *id)
{
  g_return_if_fail (UI_IS_SESSION (self));
  g_signal_emit (self, ui_session_signals[SHOW_VIEW], 0, id);
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
  g_signal_emit (self, ui_session_signals[SHOW_SOURCE], 0, file, (guint)line);
}

void
ui_session_show_tasks (UiSession *self, const char *query)
{
  g_return_if_fail (UI_IS_SESSION (self));
  ui_session_show_view (self, "tasks");
  g_signal_emit (self, ui_session_signals[SHOW_TASKS], 0, query);
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
