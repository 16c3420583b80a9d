/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "stops.h"

#include "session-struct.h"

static void
tell (UiSession *self)
{
  g_signal_emit (self, ui_session_signals[STOPS_CHANGED], 0);
}

gboolean
ui_session_can_break (UiSession *self)
{
  g_return_val_if_fail (UI_IS_SESSION (self), FALSE);
  return self->launch != NULL &&
         (self->state == UI_SESSION_LIVE || self->state == UI_SESSION_LOADING);
}

/* ---- Breakpoints -------------------------------------------------------------------------------- */

guint
ui_session_add_breakpoint (UiSession *self, const char *text, GError **error)
{
  guint id;

  g_return_val_if_fail (ui_session_can_break (self), 0);
  id = inspector_session_add_breakpoint (self->inspector, text, error);
  if (id != 0)
    tell (self);
  return id;
}

void
ui_session_remove_breakpoint (UiSession *self, guint id)
{
  if (ui_session_can_break (self) && inspector_session_remove_breakpoint (self->inspector, id))
    tell (self);
}

void
ui_session_enable_breakpoint (UiSession *self, guint id, gboolean enable)
{
  if (ui_session_can_break (self) &&
      inspector_session_enable_breakpoint (self->inspector, id, enable))
    tell (self);
}

/* Also once its program has ended: they are those for when it is started again. */
GPtrArray *
ui_session_list_breakpoints (UiSession *self)
{
  return self->launch != NULL ? inspector_session_list_breakpoints (self->inspector)
                              : g_ptr_array_new ();
}

void
ui_session_set_stop_all (UiSession *self, gboolean stop_all)
{
  if (!ui_session_can_break (self) || ui_session_get_stop_all (self) == !!stop_all)
    return;
  inspector_session_set_stop_all (self->inspector, stop_all);
  tell (self);
}

gboolean
ui_session_get_stop_all (UiSession *self)
{
  return ui_session_can_break (self) && inspector_session_get_stop_all (self->inspector);
}

/* ---- What stands still -------------------------------------------------------------------------- */

GPtrArray *
ui_session_list_stops (UiSession *self)
{
  return ui_session_can_break (self) ? inspector_session_list_stops (self->inspector)
                                     : g_ptr_array_new ();
}

/* Where the one that was looked at has gone on, the next one is. */
const InspectorStop *
ui_session_get_stop (UiSession *self)
{
  g_autoptr (GPtrArray) stops = ui_session_list_stops (self);

  for (guint i = 0; i < stops->len; i++)
    if (((const InspectorStop *)stops->pdata[i])->id == self->stop)
      return stops->pdata[i];
  return stops->len > 0 ? stops->pdata[0] : NULL;
}

static void
look_at (UiSession *self, const InspectorStop *stop)
{
  self->stop = stop->id;
  ui_session_set_following (self, TRUE);
  if (stop->task != 0)
    ui_session_set_selection (self, stop->task);
}

void
ui_session_set_stop (UiSession *self, guint id)
{
  const InspectorStop *stop =
      ui_session_can_break (self) ? inspector_session_find_stop (self->inspector, id) : NULL;

  if (stop == NULL || id == self->stop)
    return;
  look_at (self, stop);
  tell (self);
}

/* Those that stop because another one does are not what anybody waits for. */
static void
on_stopped (InspectorSession *inspector, gpointer data, UiSession *self)
{
  const InspectorStop *stop = data;

  if (self->stop == 0 || inspector_session_find_stop (inspector, self->stop) == NULL)
    look_at (self, stop);
  tell (self);
}

static void
on_went_on (InspectorSession *inspector, guint id, UiSession *self)
{
  if (id == self->stop)
    self->stop = 0;
  tell (self);
}

void
ui_session_watch_stops (UiSession *self)
{
  g_signal_connect_object (self->inspector, "stopped", G_CALLBACK (on_stopped), self, 0);
  g_signal_connect_object (self->inspector, "went-on", G_CALLBACK (on_went_on), self, 0);
}

/* ---- How it goes on ----------------------------------------------------------------------------- */

void
ui_session_continue (UiSession *self)
{
  if (ui_session_can_break (self))
    inspector_session_continue (self->inspector, 0);
}

void
ui_session_step (UiSession *self, InspectorStepTo to)
{
  const InspectorStop *stop = ui_session_get_stop (self);

  if (stop != NULL)
    inspector_session_step (self->inspector, stop->id, to);
}

void
ui_session_pause (UiSession *self)
{
  if (ui_session_can_break (self))
    inspector_session_pause (self->inspector);
}

void
ui_session_let_go (UiSession *self)
{
  g_autoptr (GPtrArray) list = ui_session_list_breakpoints (self);

  for (guint i = 0; ui_session_can_break (self) && i < list->len; i++)
    inspector_session_remove_breakpoint (self->inspector,
                                         ((const InspectorBreakpoint *)list->pdata[i])->id);
  if (ui_session_can_break (self))
    inspector_session_continue (self->inspector, 0);
}
