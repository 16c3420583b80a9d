/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model/model-private.h"

#include <errno.h>
#include <string.h>
#include "model/doing.h"

static ModelTask *
task_new (ModelTarget *target, guint64 id, gint64 now_ns)
{
  ModelTask *task;

  if (target->task_slab.used >= target->limits.max_live)
    {
      target->stats.beyond_limit++;
      return NULL;
    }
  task = model_slab_alloc (&target->task_slab);
  task->id = id;
  task->number = (*target->next_number)++;
  task->begin_ns = now_ns;
  task->longest_poll_ns = -1;
  if (id != 0)
    {
      guint64 tid;

      model_table_add (&target->tasks, id, task);
      model_early_take (target, id, &task->attributes);
      if (task->attributes.n > 0 &&
          model_attributes_get_value (&task->attributes, MODEL_KEY_TID, &tid))
        model_task_set_tid (target, task, tid);
    }
  task->previous = target->last_task;
  if (target->last_task != NULL)
    target->last_task->next = task;
  else
    target->first_task = task;
  target->last_task = task;
  task->ordinal = ++target->stats.tasks;
  return task;
}

/* The task of that id, made up as one that began before we looked where none is known. */
ModelTask *
model_task_get (ModelTarget *target, guint64 id, gint64 now_ns)
{
  ModelTask *task = id != 0 ? model_table_find (&target->tasks, id) : target->outside;

  if (task != NULL)
    return task;
  task = task_new (target, id, now_ns);
  if (task == NULL)
    return NULL;
  task->began_before = TRUE;
  if (id == 0)
    target->outside = task;
  return task;
}

static void
remember (ModelTarget *target, const ModelTask *task, gint64 now_ns, gint32 status)
{
  ModelFinished *finished;

  target->stats.tasks_finished++;
  if (target->history_count == target->history_size &&
      target->history_size < target->limits.max_history)
    {
      target->history_size = MIN (MAX (target->history_size * 2, 64), target->limits.max_history);
      target->history = g_renew (ModelFinished, target->history, target->history_size);
    }
  if (target->history_size == 0)
    return;
  if (target->history_count < target->history_size)
    finished = &target->history[target->history_count++];
  else
    {
      finished = &target->history[target->history_first];
      target->history_first = (target->history_first + 1) % target->history_size;
      target->stats.tasks_forgotten++;
    }
  *finished = (ModelFinished){ .number = task->number,
                               .begin_ns = task->begin_ns,
                               .end_ns = now_ns,
                               .n_polls = task->n_polls,
                               .location = task->location,
                               .status = status };
}

const ModelFinished *
model_target_get_finished (ModelTarget *target, guint index)
{
  g_assert (index < target->history_count);
  return &target->history[(target->history_first + index) % target->history_size];
}

static void
close_task (ModelTarget *target, ModelTask *task, const ChannelEvent *event, gint32 status)
{
  ChannelEvent cancelled = *event;

  while (task->awaits != NULL || task->calls != NULL)
    {
      cancelled.arg = (task->awaits != NULL ? task->awaits : task->calls)->object;
      model_await_end (target, &cancelled, -ECANCELED);
    }
  while (task->exchanges != NULL)
    model_exchange_drop (target, task->exchanges);
  if (task->holds != NULL)
    model_hold_drop_task (target, task, event->time_ns);
  model_tell (target, task_ended, task, event->time_ns, status);
  if (task->tid != 0)
    {
      if (target->thread_ended != NULL)
        target->thread_ended (target->order_data, task, event->time_ns);
      model_task_set_tid (target, task, 0);
    }
  if (task->n_open_polls > 0)
    model_poll_forget_task (target, task, event->ring);
  /* How a task went that was cut off, or joined halfway, predicts nothing. */
  if (!task->began_before && status == 0)
    model_lineage_record (target, task);
  remember (target, task, event->time_ns, status);
  if (task->previous != NULL)
    task->previous->next = task->next;
  else
    target->first_task = task->next;
  if (task->next != NULL)
    task->next->previous = task->previous;
  else
    target->last_task = task->previous;
  model_table_remove (&target->tasks, task->id);
  model_task_free_steps (target, task);
  model_attributes_clear (&task->attributes);
  model_slab_free (&target->task_slab, task);
}

/* Some tasks are told of twice: from within the program, and by looks from outside, in any order. One that
 * has been polled since was not made now; what is told of one that was is another task in its place. */
static gboolean
is_told_again (const ModelTask *task, const ChannelEvent *event)
{
  return event->ring == MODEL_OUTSIDE_RING || (task->is_from_outside && task->n_polls == 0);
}

static void
add_what_is_told (ModelTarget *target, ModelTask *task, const ChannelEvent *event,
                  const ModelTask *parent)
{
  if (task->location == 0)
    task->location = event->location;
  if (parent == task)
    task->began_before = TRUE;
  else if (task->parent == 0 && parent != NULL)
    task->parent = parent->number;
  model_task_changed (target, task);
}

ModelTask *
model_task_begin (ModelTarget *target, const ChannelEvent *event)
{
  ModelTask *task = model_table_find (&target->tasks, event->task);
  ModelTask *parent = model_table_find (&target->tasks, event->arg);

  if (event->task == 0)
    return NULL;
  if (task != NULL && is_told_again (task, event))
    {
      add_what_is_told (target, task, event, parent);
      return task;
    }
  if (task != NULL)
    {
      model_task_infer_end (target, task, event);
      parent = model_table_find (&target->tasks, event->arg);
    }
  task = task_new (target, event->task, event->time_ns);
  if (task == NULL)
    return NULL;
  task->location = event->location;
  task->is_from_outside = event->ring == MODEL_OUTSIDE_RING;
  task->parent = parent != NULL ? parent->number : 0;
  model_tell (target, task_began, task, parent);
  return task;
}

void
model_task_end (ModelTarget *target, const ChannelEvent *event)
{
  ModelTask *task = model_table_find (&target->tasks, event->task);

  if (task == NULL)
    target->stats.unknown_ends++;
  else
    close_task (target, task, event, event->status);
}

void
model_task_infer_end (ModelTarget *target, ModelTask *task, const ChannelEvent *event)
{
  target->stats.ends_not_seen++;
  close_task (target, task, event, MODEL_END_NOT_SEEN);
}

ModelTaskState
model_task_get_state (const ModelTask *task)
{
  if (task->n_open_polls > 0)
    return MODEL_TASK_RUNNING;
  if (task->awaits != NULL)
    return model_await_is_seen_running (task->awaits) ? MODEL_TASK_RUNNING : MODEL_TASK_WAITING;
  /* Who looks from outside would say what it waits for. */
  if (task->calls != NULL && !task->is_from_outside)
    return MODEL_TASK_WAITING;
  return task->was_made_ready ? MODEL_TASK_READY : MODEL_TASK_UNKNOWN;
}

const char *
model_task_get_user_name (const ModelTask *task)
{
  const char *name = model_attributes_get_text (&task->attributes, MODEL_KEY_NAME);

  return name != NULL && *name != '\0' ? name : NULL;
}

void
model_target_set_namer (ModelTarget *target, ModelNameFunc func, gpointer data)
{
  target->name_task = func;
  target->name_data = data;
}

const char *
model_target_name_task (const ModelTarget *target, const ModelTask *task)
{
  const char *name = model_task_get_user_name (task);

  return name != NULL || target->name_task == NULL ? name
                                                   : target->name_task (task, target->name_data);
}

/* What a program does between the beginning of an operation and that of its timer. */
#define TOGETHER_NS (20 * G_GINT64_CONSTANT (1000000))

const ModelAwait *
model_task_get_deadline (const ModelTask *task, const ModelAwait *other_than, gint64 since_ns,
                         gint64 *ret_due_ns)
{
  const ModelAwait *earliest = NULL;

  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    {
      guint64 due;

      if (await == other_than || !model_await_is_sleep (await) ||
          !model_await_get_value (await, MODEL_KEY_DUE, &due) || due > G_MAXINT64 ||
          (since_ns != G_MAXINT64 && await->begin_ns - since_ns > TOGETHER_NS))
        continue;
      if (earliest == NULL || (gint64)due < *ret_due_ns)
        {
          earliest = await;
          *ret_due_ns = due;
        }
    }
  return earliest;
}

gint64
model_task_get_poll_gap (const ModelTask *task)
{
  if (task->n_polls < 2)
    return -1;
  return (task->last_poll_ns - task->first_poll_ns) / (gint64)(task->n_polls - 1);
}
