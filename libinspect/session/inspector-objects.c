/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Of a program that says nothing of its variables: what its tasks have to do with, as part of what is told of it. Of
 * those that are stuck always, of all others where somebody asked for it. */

#include "config.h"

#include "session/inspector-target-private.h"

AnalysisObjects *
inspector_target_get_objects (InspectorTarget *self)
{
  if (self->reader == NULL || self->symbols == NULL || self->state != INSPECTOR_TARGET_LIVE)
    return NULL;
  inspector_target_add_modules (self);
  if (self->objects == NULL)
    self->objects = analysis_objects_new (self->pid, self->symbols);
  return self->objects;
}

AnalysisObjects *
inspector_target_find_objects (gpointer data)
{
  return inspector_target_get_objects (data);
}

/* FALSE: nothing can be looked at. */
static gboolean
begin_watch (InspectorTarget *self)
{
  if (self->model == NULL || self->model->now_ns == 0 ||
      inspector_target_get_objects (self) == NULL)
    return FALSE;
  if (self->objects_watch == NULL)
    self->objects_watch = analysis_objects_watch_new (self->objects, self->model, self->tables);
  return TRUE;
}

void
inspector_target_look_at_variables (InspectorTarget *self, gboolean has_events)
{
  if (!self->keeps_variables || !begin_watch (self))
    return;
  if (self->variables != NULL && has_events)
    analysis_variables_look_again (self->variables, self->model->now_ns, inspector_target_take,
                                   self);
  analysis_objects_watch_look (self->objects_watch, self->model->now_ns, inspector_target_take,
                               self);
}

void
inspector_target_show_objects (InspectorTarget *self, const GArray *tasks)
{
  if (self->keeps_variables || self->hides_memory ||
      (tasks->len == 0 && self->objects_watch == NULL) || !begin_watch (self))
    return;
  analysis_objects_watch_show (self->objects_watch, tasks, self->model->now_ns,
                               inspector_target_take, self);
}

void
inspector_target_refresh_objects (InspectorTarget *self)
{
  if (!self->keeps_variables && self->objects_watch != NULL && begin_watch (self))
    analysis_objects_watch_again (self->objects_watch, self->model->now_ns, inspector_target_take,
                                  self);
}
