/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* inspector-stops.h, as far as it is not about stacks. */

#include "config.h"

#include "session/stops.h"

#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "session/inspector-target-private.h"

static void
breakpoint_info_free (gpointer data)
{
  InspectorBreakpoint *info = data;

  g_free (info->text);
  g_free (info->trouble);
  g_free (info);
}

static Breakpoint *
find_breakpoint (InspectorSession *session, guint id, guint *ret_index)
{
  Stops *stops = inspector_session_get_stops (session);

  for (guint i = 0; i < stops->breakpoints->len; i++)
    {
      Breakpoint *breakpoint = stops->breakpoints->pdata[i];

      if (breakpoint->id != id)
        continue;
      if (ret_index != NULL)
        *ret_index = i;
      return breakpoint;
    }
  return NULL;
}

/* At once, so that it is known what cannot be met, and a thread that runs meets it. */
static void
arm_all (InspectorSession *session)
{
  Stops *stops = inspector_session_get_stops (session);
  GListModel *targets = inspector_session_get_targets (session);

  stops->generation++;
  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      if (inspector_target_get_state (target) == INSPECTOR_TARGET_LIVE)
        inspector_target_arm (target, stops);
    }
}

guint
inspector_session_add_breakpoint (InspectorSession *session, const char *text, GError **error)
{
  Stops *stops;
  Breakpoint *breakpoint;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session) && text != NULL, 0);

  stops = inspector_session_get_stops (session);
  if (stops->next_id >= STOPS_STEP || stops->breakpoints->len >= CHANNEL_MAX_BREAKS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   _ ("there can be no breakpoint at '%s': %s"), text,
                   _ ("there is no room for it; remove others"));
      return 0;
    }
  breakpoint = breakpoint_parse (text, error);
  if (breakpoint == NULL)
    return 0;
  breakpoint->id = stops->next_id++;
  g_ptr_array_add (stops->breakpoints, breakpoint);
  arm_all (session);
  return breakpoint->id;
}

gboolean
inspector_session_remove_breakpoint (InspectorSession *session, guint id)
{
  guint index;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);

  if (find_breakpoint (session, id, &index) == NULL)
    return FALSE;
  g_ptr_array_remove_index (inspector_session_get_stops (session)->breakpoints, index);
  arm_all (session);
  return TRUE;
}

gboolean
inspector_session_enable_breakpoint (InspectorSession *session, guint id, gboolean enable)
{
  Breakpoint *breakpoint;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);

  breakpoint = find_breakpoint (session, id, NULL);
  if (breakpoint == NULL)
    return FALSE;
  breakpoint->is_enabled = enable;
  arm_all (session);
  return TRUE;
}

/* (transfer full) (element-type ModelTarget) */
static GPtrArray *
list_models (InspectorSession *session)
{
  GListModel *targets = inspector_session_get_targets (session);
  GPtrArray *models = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      if (target->model != NULL)
        g_ptr_array_add (models, target->model);
    }
  return models;
}

/* What speaks against its being met; (transfer full) (nullable) */
static char *
dup_trouble (InspectorSession *session, const Breakpoint *breakpoint)
{
  g_autoptr (GPtrArray) models = NULL;

  if (breakpoint->trouble != NULL || breakpoint->n_hits > 0)
    return g_strdup (breakpoint->trouble);
  models = list_models (session);
  return breakpoint_dup_hint (breakpoint, models);
}

GPtrArray *
inspector_session_list_breakpoints (InspectorSession *session)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (breakpoint_info_free);
  Stops *stops;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), list);

  stops = inspector_session_get_stops (session);
  for (guint i = 0; i < stops->breakpoints->len; i++)
    {
      const Breakpoint *breakpoint = stops->breakpoints->pdata[i];
      InspectorBreakpoint *info = g_new0 (InspectorBreakpoint, 1);

      *info = (InspectorBreakpoint){ breakpoint->id, g_strdup (breakpoint->text),
                                     breakpoint->is_enabled, breakpoint->n_hits,
                                     dup_trouble (session, breakpoint) };
      g_ptr_array_add (list, info);
    }
  return list;
}

void
inspector_session_set_stop_all (InspectorSession *session, gboolean stop_all)
{
  g_return_if_fail (INSPECTOR_IS_SESSION (session));
  inspector_session_get_stops (session)->stop_all = stop_all;
}

gboolean
inspector_session_get_stop_all (InspectorSession *session)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);
  return inspector_session_get_stops (session)->stop_all;
}

/* ---- What stands still ---------------------------------------------------------------------------- */

static Stop *
peek_stop (InspectorSession *session, guint id, guint *ret_index)
{
  Stops *stops = inspector_session_get_stops (session);

  for (guint i = 0; i < stops->stops->len; i++)
    {
      Stop *stop = stops->stops->pdata[i];

      if (stop->stop.id != id)
        continue;
      if (ret_index != NULL)
        *ret_index = i;
      return stop;
    }
  return NULL;
}

GPtrArray *
inspector_session_list_stops (InspectorSession *session)
{
  GPtrArray *list = g_ptr_array_new ();
  Stops *stops;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), list);

  stops = inspector_session_get_stops (session);
  for (guint i = 0; i < stops->stops->len; i++)
    g_ptr_array_add (list, &((Stop *)stops->stops->pdata[i])->stop);
  return list;
}

const InspectorStop *
inspector_session_find_stop (InspectorSession *session, guint id)
{
  Stop *stop;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), NULL);

  stop = peek_stop (session, id, NULL);
  return stop != NULL ? &stop->stop : NULL;
}

/* ---- What it holds -------------------------------------------------------------------------------- */

static void
add_hold (const BreakpointProgram *program, const ModelHold *hold, GPtrArray *lines)
{
  const ModelResource *resource = hold->resource;
  g_autofree char *what = analysis_describe_resource (program->model, resource, program->places);
  const ModelAwait *waiting = resource->awaits;
  g_autofree char *name = NULL;
  guint n = 0;

  /* Whoever runs a callback has its loop. */
  if (model_resource_is (resource, INSPECT_RESOURCE_LOOP))
    return;
  for (const ModelAwait *at = waiting; at != NULL; at = at->resource_next)
    n++;
  if (n == 0)
    {
      g_ptr_array_add (lines, g_strdup_printf (_ ("holds %s"), what));
      return;
    }
  name = analysis_describe_task (waiting->task, 0, program->places);
  if (n == 1)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, waiting->task->number);

      g_ptr_array_add (lines, g_strdup_printf (_ ("holds %s, which task %s (%s) waits for"), what,
                                               number, name));
    }
  else
    g_ptr_array_add (lines, g_strdup_printf (ngettext ("holds %s, which %u task waits for",
                                                       "holds %s, which %u tasks wait for", n),
                                             what, n));
}

char **
inspector_session_dup_stop_holds (InspectorSession *session, guint id)
{
  GPtrArray *lines = g_ptr_array_new ();
  const Stop *stop;
  BreakpointProgram program;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), NULL);

  stop = peek_stop (session, id, NULL);
  if (stop != NULL && stop->has_thread && inspector_target_get_program (stop->target, &program))
    {
      const ModelTask *task = breakpoint_stop_get_task (&program, &stop->at);
      const ModelThread *thread = model_target_get_thread (program.model, stop->at.ring);

      for (const ModelHold *at = task != NULL ? task->holds : NULL; at != NULL; at = at->task_next)
        add_hold (&program, at, lines);
      for (const ModelHold *at = thread != NULL ? thread->holds : NULL; at != NULL;
           at = at->thread_next)
        if (at->task != task || task == NULL)
          add_hold (&program, at, lines);
    }
  g_ptr_array_add (lines, NULL);
  return (char **)g_ptr_array_free (lines, FALSE);
}

/* ---- How it goes on ------------------------------------------------------------------------------- */

static void
let_go (InspectorSession *session, guint index)
{
  Stops *stops = inspector_session_get_stops (session);
  Stop *stop = stops->stops->pdata[index];
  guint id = stop->stop.id;

  if (stop->has_thread)
    inspector_target_go (stop->target, &stop->at);
  stops_remove (stops, index);
  inspector_session_tell_went_on (session, id);
}

void
inspector_session_continue (InspectorSession *session, guint id)
{
  Stops *stops;
  guint index;

  g_return_if_fail (INSPECTOR_IS_SESSION (session));

  stops = inspector_session_get_stops (session);
  if (id == 0 || stops->is_paused)
    {
      if (stops->is_paused)
        {
          stops->is_paused = FALSE;
          arm_all (session);
        }
      while (stops->stops->len > 0)
        let_go (session, 0);
    }
  else if (peek_stop (session, id, &index) != NULL)
    let_go (session, index);
}

static void
set_stepped (Step *step, const Stop *stop)
{
  BreakpointProgram program;
  const ModelTask *task = stop->has_thread && inspector_target_get_program (stop->target, &program)
                              ? breakpoint_stop_get_task (&program, &stop->at)
                              : NULL;

  step->task = task != NULL ? task->id : 0;
  step->subject = task != NULL ? breakpoint_dup_subject (&program, &stop->at) : NULL;
}

gboolean
inspector_session_step (InspectorSession *session, guint id, InspectorStepTo to)
{
  Stops *stops;
  const Stop *stop;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);

  stops = inspector_session_get_stops (session);
  stop = peek_stop (session, id, NULL);
  if (stop == NULL)
    return FALSE;
  stops_end_step (stops);
  stops->step.target = g_object_ref (stop->target);
  stops->step.to = to;
  set_stepped (&stops->step, stop);
  /* Outside of any task there is no next poll of it: whatever comes. */
  if (stops->step.task == 0)
    stops->step.to = INSPECTOR_STEP_ANY;
  arm_all (session);
  inspector_session_continue (session, id);
  return TRUE;
}

void
inspector_session_pause (InspectorSession *session)
{
  g_return_if_fail (INSPECTOR_IS_SESSION (session));
  inspector_session_get_stops (session)->is_paused = TRUE;
  arm_all (session);
}
