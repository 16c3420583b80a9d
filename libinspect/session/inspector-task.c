/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/describe.h"
#include "session/session-private.h"

struct _InspectorTask
{
  GObject parent_instance;
  guint64 number;
  int pid;
  char *name;
  char *waits_for;
  char *place;
  gint64 waiting_ns;
};

G_DEFINE_TYPE (InspectorTask, inspector_task, G_TYPE_OBJECT)

static void
inspector_task_finalize (GObject *object)
{
  InspectorTask *self = INSPECTOR_TASK (object);

  g_free (self->name);
  g_free (self->waits_for);
  g_free (self->place);
  G_OBJECT_CLASS (inspector_task_parent_class)->finalize (object);
}

static void
inspector_task_class_init (InspectorTaskClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_task_finalize;
}

static void
inspector_task_init (InspectorTask *self)
{
}

InspectorTask *
inspector_task_new (const ReportInput *input, const ReportJudgement *judgement)
{
  InspectorTask *self = g_object_new (INSPECTOR_TYPE_TASK, NULL);
  guint32 location = report_judgement_get_location (judgement, input->places);

  self->number = judgement->task->number;
  self->pid = input->pid;
  self->name = analysis_describe_task (judgement->task, location, input->places);
  self->waits_for = report_judgement_describe (judgement, input->places);
  self->place = g_strdup (analysis_places_get (input->places, location)->where);
  self->waiting_ns = report_judgement_get_age (judgement, input->now_ns);
  return self;
}

guint64
inspector_task_get_number (InspectorTask *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TASK (self), 0);
  return self->number;
}

const char *
inspector_task_get_name (InspectorTask *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TASK (self), NULL);
  return self->name;
}

int
inspector_task_get_pid (InspectorTask *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TASK (self), 0);
  return self->pid;
}

const char *
inspector_task_get_waits_for (InspectorTask *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TASK (self), NULL);
  return self->waits_for;
}

const char *
inspector_task_get_place (InspectorTask *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TASK (self), NULL);
  return self->place;
}

gint64
inspector_task_get_waiting_ns (InspectorTask *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TASK (self), 0);
  return self->waiting_ns;
}
