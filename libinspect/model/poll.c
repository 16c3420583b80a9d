/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which task runs on which thread. */

#include "model/model.h"

#include "channel/layout.h"

ModelThread *
model_target_get_thread (ModelTarget *target, guint32 ring)
{
  return ring < target->threads->len ? g_ptr_array_index (target->threads, ring) : NULL;
}

static void
pop (ModelThread *thread, gint64 now_ns)
{
  const ModelPoll *poll;
  gint64 duration;

  thread->last_return_ns = now_ns;
  if (thread->depth-- > MODEL_POLL_DEPTH)
    return;
  poll = &thread->polls[thread->depth];
  if (poll->task == NULL)
    return;
  poll->task->n_open_polls--;
  duration = MAX (now_ns - poll->begin_ns, 0);
  if (duration > poll->task->longest_poll_ns)
    {
      poll->task->longest_poll_ns = duration;
      poll->task->longest_poll_location = poll->location;
    }
}

static ModelThread *
get_thread (ModelTarget *target, const ChannelEvent *event)
{
  ModelThread *thread;

  if (event->ring >= CHANNEL_MAX_RINGS)
    return NULL;
  if (event->ring >= target->threads->len)
    g_ptr_array_set_size (target->threads, event->ring + 1);
  thread = g_ptr_array_index (target->threads, event->ring);
  if (thread == NULL)
    {
      thread = g_new0 (ModelThread, 1);
      thread->ring = event->ring;
      thread->tid = event->tid;
      g_ptr_array_index (target->threads, event->ring) = thread;
    }
  else if (thread->tid != event->tid)
    {
      /* The ring has gone to another thread; what the first one ran has ended with it. */
      while (thread->depth > 0)
        pop (thread, event->time_ns);
      thread->tid = event->tid;
      thread->loop = 0;
    }
  return thread;
}

void
model_poll_begin (ModelTarget *target, const ChannelEvent *event, const ModelAwait *cause)
{
  ModelThread *thread = get_thread (target, event);
  ModelTask *task;
  ModelPoll *poll;

  if (thread == NULL)
    return;
  task = event->task != 0 ? model_task_get (target, event->task, event->time_ns) : NULL;
  if (task != NULL)
    {
      if (task->n_polls++ == 0)
        task->first_poll_ns = event->time_ns;
      task->last_poll_ns = event->time_ns;
    }
  if (thread->depth++ >= MODEL_POLL_DEPTH)
    return;
  poll = &thread->polls[thread->depth - 1];
  *poll = (ModelPoll){ .task = task,
                       .number = task != NULL ? task->number : 0,
                       .cause = event->arg,
                       .location = event->location,
                       .begin_ns = event->time_ns };
  if (task != NULL)
    task->n_open_polls++;
  if (cause != NULL)
    {
      poll->cause_flags = cause->kind->flags;
      if (model_await_get_value (cause, MODEL_KEY_OWNER, &poll->loop))
        thread->loop = poll->loop;
    }
  else
    poll->cause_flags = model_target_get_kind (target, event->arg >> 48)->flags;
}

void
model_poll_end (ModelTarget *target, const ChannelEvent *event)
{
  ModelThread *thread = get_thread (target, event);
  ModelTask *task = model_table_find (&target->tasks, event->task);
  guint depth;

  if (thread == NULL || thread->depth == 0)
    {
      target->stats.unknown_ends++;
      return;
    }
  if (thread->depth > MODEL_POLL_DEPTH)
    {
      pop (thread, event->time_ns);
      return;
    }
  /* The innermost poll of that task; those within it have lost their ends. A poll whose task has
   * ended meanwhile has no task any more. */
  for (depth = thread->depth; depth > 0; depth--)
    if (thread->polls[depth - 1].task == task)
      break;
  if (depth == 0)
    {
      target->stats.unknown_ends++;
      return;
    }
  target->stats.ends_not_seen += thread->depth - depth;
  while (thread->depth >= depth)
    pop (thread, event->time_ns);
}

static void
forget_in (ModelThread *thread, ModelTask *task)
{
  guint depth = MIN (thread->depth, MODEL_POLL_DEPTH);

  for (guint i = 0; i < depth && task->n_open_polls > 0; i++)
    if (thread->polls[i].task == task)
      {
        thread->polls[i].task = NULL;
        task->n_open_polls--;
      }
}

/* A task usually ends in its own last poll: its thread is asked first. */
void
model_poll_forget_task (ModelTarget *target, ModelTask *task, guint32 ring)
{
  ModelThread *thread = model_target_get_thread (target, ring);

  if (thread != NULL)
    forget_in (thread, task);
  for (guint i = 0; i < target->threads->len && task->n_open_polls > 0; i++)
    if (g_ptr_array_index (target->threads, i) != NULL)
      forget_in (g_ptr_array_index (target->threads, i), task);
}
