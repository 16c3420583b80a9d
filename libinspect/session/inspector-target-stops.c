/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The threads of a target that stand still. */

#include "config.h"

#include "session/inspector-target-private.h"
#include "session/stops.h"

gboolean
inspector_target_get_program (InspectorTarget *self, BreakpointProgram *ret_program)
{
  if (self->reader == NULL || self->state != INSPECTOR_TARGET_LIVE)
    return FALSE;
  inspector_target_add_modules (self);
  *ret_program = (BreakpointProgram){ self->model, self->places, self->symbols };
  return TRUE;
}

void
inspector_target_arm (InspectorTarget *self, Stops *stops)
{
  BreakpointProgram program;
  gboolean is_holding;
  guint32 n_modules;

  if (self->reader == NULL || !channel_reader_can_stop (self->reader))
    return;
  if (self->model != NULL)
    stops_look_for_tasks (stops, self->model);
  /* Asked before modules are counted: whoever waits to begin has said which there are, and all of them are
   * armed before it may. */
  is_holding = channel_reader_is_holding (self->reader);
  /* Code that was loaded since may be what is waited for. */
  n_modules = channel_reader_count_modules (self->reader);
  if (!(self->armed.is_told && self->armed.generation == stops->generation &&
        self->armed.n_modules == n_modules) &&
      (stops_are_wanted (stops) || self->armed.is_told) &&
      inspector_target_get_program (self, &program))
    {
      g_autoptr (GArray) breaks = stops_collect (stops, self, &program);

      channel_reader_arm (self->reader, (const ChannelBreak *)(gpointer)breaks->data, breaks->len,
                          stops->is_paused);
      if (self->pulse == NULL && (breaks->len > 0 || stops->is_paused))
        self->pulse = pulse_new (self->reader);
      self->armed.is_told = TRUE;
      self->armed.generation = stops->generation;
      self->armed.n_modules = n_modules;
    }
  if (is_holding)
    channel_reader_let_begin (self->reader);
}

gboolean
inspector_target_find_stop (InspectorTarget *self, guint from, ChannelStop *ret_stop)
{
  return self->reader != NULL && channel_reader_find_stop (self->reader, from, ret_stop);
}

gboolean
inspector_target_is_stopped (InspectorTarget *self, const ChannelStop *stop)
{
  return self->reader != NULL && channel_reader_is_stopped (self->reader, stop);
}

void
inspector_target_mark_stop (InspectorTarget *self, const ChannelStop *stop, gboolean is_parked)
{
  ModelThread *thread =
      self->model != NULL ? model_target_get_thread (self->model, stop->ring) : NULL;

  if (thread != NULL)
    thread->is_parked = is_parked;
}

void
inspector_target_go (InspectorTarget *self, const ChannelStop *stop)
{
  inspector_target_mark_stop (self, stop, FALSE);
  if (self->reader != NULL)
    channel_reader_go (self->reader, stop);
}
