/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What has changed in who waits for whom, for analysis/ to look at. */

#include "model/model-private.h"

void
model_change_list (ModelTarget *target, guint8 *changes, ModelChangeOf of, guint64 object)
{
  if (target->n_changes == MODEL_MAX_CHANGES)
    {
      target->changes_overflowed = TRUE;
      return;
    }
  if (target->changes == NULL)
    target->changes = g_new (ModelChange, MODEL_MAX_CHANGES);
  target->changes[target->n_changes++] = (ModelChange){ object, of };
  *changes |= MODEL_CHANGED;
}

/* There were more than the list holds: whoever waits may have changed. */
static void
take_all (ModelTarget *target, const ModelChangeFuncs *funcs, gpointer data)
{
  for (ModelTask *task = target->first_task; task != NULL; task = task->next)
    for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        await->changes &= ~MODEL_CHANGED;
        funcs->await (data, await);
      }
}

static void
take_one (ModelTarget *target, const ModelChange *change, const ModelChangeFuncs *funcs,
          gpointer data)
{
  ModelTask *task;
  ModelAwait *await;
  ModelResource *resource;

  if (change->of == MODEL_CHANGE_TASK &&
      (task = model_table_find (&target->tasks, change->object)) != NULL)
    {
      task->changes &= ~MODEL_CHANGED;
      funcs->task (data, task);
    }
  else if (change->of == MODEL_CHANGE_AWAIT &&
           (await = model_table_find (&target->awaits, change->object)) != NULL)
    {
      await->changes &= ~MODEL_CHANGED;
      funcs->await (data, await);
    }
  else if (change->of == MODEL_CHANGE_RESOURCE &&
           (resource = model_table_find (&target->resources, change->object)) != NULL)
    {
      resource->changes &= ~MODEL_CHANGED;
      funcs->resource (data, resource);
    }
}

void
model_target_take_changes (ModelTarget *target, const ModelChangeFuncs *funcs, gpointer data)
{
  guint n = target->n_changes;

  target->n_changes = 0;
  for (guint i = 0; i < n; i++)
    take_one (target, &target->changes[i], funcs, data);
  if (target->changes_overflowed)
    take_all (target, funcs, data);
  target->changes_overflowed = FALSE;
}
