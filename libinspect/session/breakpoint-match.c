/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Whether a thread that has stopped is where it was meant to, and what it was about to do. */

#include "config.h"

#include "session/breakpoint-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "model/format.h"

static ModelAwait *
find_await (const BreakpointProgram *program, const ChannelStop *stop)
{
  if (stop->type != CHANNEL_AWAIT_BEGIN && stop->type != CHANNEL_SUSPEND)
    return NULL;
  return model_table_find (&program->model->awaits, stop->arg);
}

/* An operation may belong to another task than the one that runs. */
ModelTask *
breakpoint_stop_get_task (const BreakpointProgram *program, const ChannelStop *stop)
{
  const ModelAwait *await = find_await (program, stop);

  if (await != NULL)
    return await->task;
  return stop->task != 0 ? model_table_find (&program->model->tasks, stop->task) : NULL;
}

static ModelResource *
find_resource (const BreakpointProgram *program, const ChannelStop *stop)
{
  const ModelAwait *await = find_await (program, stop);

  if (await != NULL)
    return await->resource;
  return stop->type == CHANNEL_ACQUIRE ? model_table_find (&program->model->resources, stop->arg)
                                       : NULL;
}

/* ---- Conditions -------------------------------------------------------------------------------- */

static const ModelAttribute *
find_attribute (const BreakpointProgram *program, const ModelAttributes *attributes,
                const char *name)
{
  const ModelAttribute *items = model_attributes_items (attributes);

  for (guint i = 0; i < attributes->n; i++)
    if (g_str_equal (model_target_get_kind (program->model, items[i].number)->name, name))
      return &items[i];
  return NULL;
}

/* A value as it is compared: the number that it is, or text. */
typedef struct
{
  gboolean is_number;
  double number;
  char *text;
} Value;

static char *
dup_state (const BreakpointProgram *program, const ModelTask *task)
{
  const char *text =
      task->state_name != 0
          ? program->model->tables->get_string (program->model->tables_data, task->state_name)
          : "";

  return model_format_text (text, strlen (text));
}

static gboolean
get_of_task (const BreakpointProgram *program, const ModelTask *task, const char *name,
             Value *value)
{
  if (g_str_equal (name, "state"))
    value->text = dup_state (program, task);
  else if (g_str_equal (name, "name"))
    value->text = analysis_describe_task (task, 0, program->places);
  else if (g_str_equal (name, "task") || g_str_equal (name, "polls"))
    {
      value->is_number = TRUE;
      value->number = (double)(*name == 't' ? task->number : task->n_polls);
    }
  else
    return FALSE;
  return TRUE;
}

static gboolean
get_value (const BreakpointProgram *program, const ChannelStop *stop, const char *name,
           Value *value)
{
  const ModelTask *task = breakpoint_stop_get_task (program, stop);
  const ModelAwait *await = find_await (program, stop);
  const ModelResource *resource = find_resource (program, stop);
  const ModelAttribute *found = NULL;
  guint32 type;

  if (task != NULL)
    found = find_attribute (program, &task->attributes, name);
  if (found == NULL && await != NULL)
    found = find_attribute (program, &await->attributes, name);
  if (found == NULL && resource != NULL)
    found = find_attribute (program, &resource->attributes, name);
  if (found == NULL)
    return task != NULL && get_of_task (program, task, name, value);
  type = model_target_get_kind (program->model, found->number)->flags;
  if (found->has_bytes && (type == INSPECT_VALUE_TEXT || type == INSPECT_VALUE_VARIABLE))
    value->text = model_format_text (found->bytes->data, found->bytes->length);
  else if (found->has_bytes)
    value->text = analysis_describe_attribute (program->model, found, program->model->now_ns,
                                               program->places);
  else
    {
      gboolean is_signed = type == INSPECT_VALUE_I64 || type == INSPECT_VALUE_STATUS;

      value->is_number = TRUE;
      value->number = is_signed ? (double)(gint64)found->value : (double)found->value;
    }
  return TRUE;
}

static gboolean
holds_for (int order, BreakpointOperator op)
{
  switch (op)
    {
    case BREAKPOINT_EQUAL:
      return order == 0;
    case BREAKPOINT_NOT_EQUAL:
      return order != 0;
    case BREAKPOINT_BELOW:
      return order < 0;
    case BREAKPOINT_AT_MOST:
      return order <= 0;
    case BREAKPOINT_ABOVE:
      return order > 0;
    case BREAKPOINT_AT_LEAST:
      return order >= 0;
    default:
      return FALSE;
    }
}

/* Variables of INSPECT_VAR() come as text. */
static gboolean
get_number (const Value *value, double *ret_number)
{
  char *end = NULL;

  if (value->is_number)
    {
      *ret_number = value->number;
      return TRUE;
    }
  *ret_number = g_ascii_strtod (value->text, &end);
  return end != value->text && *end == '\0';
}

static gboolean
condition_holds (const BreakpointCondition *condition, const Value *value)
{
  g_autofree char *text = NULL;
  char *end = NULL;
  double number = g_ascii_strtod (condition->value, &end);
  double own;

  if (condition->op != BREAKPOINT_CONTAINS && end != condition->value && *end == '\0' &&
      get_number (value, &own))
    return holds_for (own < number ? -1 : own > number, condition->op);
  if (value->is_number && condition->op != BREAKPOINT_CONTAINS)
    return FALSE;
  text = value->is_number ? g_strdup_printf ("%.0f", value->number) : g_strdup (value->text);
  if (condition->op == BREAKPOINT_CONTAINS)
    return strstr (text, condition->value) != NULL;
  return holds_for (strcmp (text, condition->value), condition->op);
}

static gboolean
conditions_hold (const Breakpoint *self, const BreakpointProgram *program, const ChannelStop *stop)
{
  for (guint i = 0; i < self->conditions->len; i++)
    {
      const BreakpointCondition *condition = self->conditions->pdata[i];
      Value value = { 0 };
      gboolean holds =
          get_value (program, stop, condition->name, &value) && condition_holds (condition, &value);

      g_free (value.text);
      if (!holds)
        return FALSE;
    }
  return TRUE;
}

/* ---- Meant? ------------------------------------------------------------------------------------ */

static char *
dup_wait (const BreakpointProgram *program, const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (program->model, await, program->model->now_ns);

  return analysis_describe_wait (&wait, program->places);
}

static gboolean
resource_is (const Breakpoint *self, const BreakpointProgram *program, const ChannelStop *stop)
{
  const ModelResource *resource = find_resource (program, stop);
  const ModelAwait *await = find_await (program, stop);
  g_autofree char *text = NULL;
  g_autofree char *wait = NULL;

  if (resource != NULL)
    text = analysis_describe_resource (program->model, resource, program->places);
  if (await != NULL)
    wait = dup_wait (program, await);
  return (text != NULL && strstr (text, self->name) != NULL) ||
         (wait != NULL && strstr (wait, self->name) != NULL);
}

gboolean
breakpoint_matches (const Breakpoint *self, const BreakpointProgram *program,
                    const ChannelStop *stop)
{
  if (!self->is_enabled)
    return FALSE;
  if (self->of == BREAKPOINT_RESOURCE && !resource_is (self, program, stop))
    return FALSE;
  return conditions_hold (self, program, stop);
}

/* ---- In words ----------------------------------------------------------------------------------- */

char *
breakpoint_dup_subject (const BreakpointProgram *program, const ChannelStop *stop)
{
  const ModelTask *task = breakpoint_stop_get_task (program, stop);
  g_autofree char *name = NULL;
  g_autofree char *number = NULL;

  if (task == NULL || task->id == 0)
    return g_strdup_printf (_ ("thread %d"), stop->tid);
  name = analysis_describe_task (task, 0, program->places);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, task->number);
  return g_strdup_printf (_ ("task %s (%s)"), number, name);
}

guint32
breakpoint_stop_get_location (const BreakpointProgram *program, const ChannelStop *stop)
{
  const ModelAwait *await = find_await (program, stop);
  const ModelTask *task = breakpoint_stop_get_task (program, stop);

  if (stop->location != 0 && stop->type != CHANNEL_TASK_END)
    return stop->location;
  if (await != NULL)
    return await->location;
  return task != NULL ? task->location : 0;
}

char *
breakpoint_describe_stop (const BreakpointProgram *program, const ChannelStop *stop,
                          const char *stepped)
{
  const ModelAwait *await = find_await (program, stop);
  const ModelTask *task = breakpoint_stop_get_task (program, stop);
  g_autofree char *subject = breakpoint_dup_subject (program, stop);
  g_autofree char *object = NULL;
  const ModelResource *resource;

  switch ((ChannelType)stop->type)
    {
    case CHANNEL_POLL_BEGIN:
    case CHANNEL_RESUME:
      return g_strdup_printf (_ ("%s is about to run"), subject);
    case CHANNEL_AWAIT_BEGIN:
    case CHANNEL_SUSPEND:
      if (await == NULL)
        return g_strdup_printf (_ ("%s begins to wait"), subject);
      object = dup_wait (program, await);
      return g_strdup_printf (_ ("%s begins to wait: %s"), subject, object);
    case CHANNEL_STATE_NAME:
      object = task != NULL ? dup_state (program, task) : g_strdup ("?");
      return g_strdup_printf (_ ("%s is in the state “%s” from now on"), subject, object);
    case CHANNEL_ACQUIRE:
      resource = find_resource (program, stop);
      object = resource != NULL
                   ? analysis_describe_resource (program->model, resource, program->places)
                   : g_strdup ("?");
      return g_strdup_printf (_ ("%s has taken %s"), subject, object);
    case CHANNEL_TASK_BEGIN:
      return g_strdup_printf (_ ("%s begins"), subject);
    case CHANNEL_TASK_END:
      /* The model has read of its end by now. */
      return task == NULL && stepped == NULL
                 ? g_strdup_printf (_ ("a task has ended in thread %d"), stop->tid)
                 : g_strdup_printf (_ ("%s has ended"), stepped != NULL ? stepped : subject);
    case CHANNEL_POINT:
      object = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64)stop->arg);
      return g_strdup_printf (_ ("%s passes a point, with %s"), subject, object);
    default:
      return g_strdup_printf (_ ("%s stands still"), subject);
    }
}
