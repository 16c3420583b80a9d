/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which task runs on which thread. */

#include "model/model-private.h"

#include "channel/layout.h"

ModelThread *
model_target_get_thread (ModelTarget *target, guint32 ring)
{
  return ring < target->threads->len ? g_ptr_array_index (target->threads, ring) : NULL;
}

ModelThread *
model_target_find_thread (const ModelTarget *target, gint32 tid)
{
  return tid > 0 ? model_table_find (&target->threads_by_tid, tid) : NULL;
}

ModelTask *
model_thread_get_task (const ModelTarget *target, const ModelThread *thread)
{
  return thread->tid > 0 ? model_table_find (&target->tasks_by_tid, thread->tid) : NULL;
}

/* The latest one counts: a number is used again once its thread has ended. */
static void
put_tid (ModelTable *table, gint32 tid, void *object)
{
  if (tid <= 0)
    return;
  model_table_remove (table, tid);
  model_table_add (table, tid, object);
}

static void
take_tid (ModelTable *table, gint32 tid, const void *object)
{
  if (tid > 0 && model_table_find (table, tid) == object)
    model_table_remove (table, tid);
}

void
model_task_set_tid (ModelTarget *target, ModelTask *task, guint64 tid)
{
  take_tid (&target->tasks_by_tid, task->tid, task);
  task->tid = tid <= G_MAXINT32 ? (gint32)tid : 0;
  put_tid (&target->tasks_by_tid, task->tid, task);
  model_task_changed (target, task);
}

void
model_thread_block (ModelThread *thread, ModelAwait *await)
{
  await->blocks = TRUE;
  await->thread_previous = NULL;
  await->thread_next = thread->blocking;
  if (thread->blocking != NULL)
    thread->blocking->thread_previous = await;
  thread->blocking = await;
}

void
model_thread_unblock (ModelTarget *target, ModelAwait *await)
{
  if (await->thread_previous != NULL)
    await->thread_previous->thread_next = await->thread_next;
  else
    {
      model_target_get_thread (target, await->ring)->blocking = await->thread_next;
      /* What it slept in before is what it sleeps in from here on. */
      if (await->thread_next != NULL)
        model_await_list (target, await->thread_next);
    }
  if (await->thread_next != NULL)
    await->thread_next->thread_previous = await->thread_previous;
  await->thread_previous = await->thread_next = NULL;
  await->blocks = FALSE;
}

static void
pop (ModelTarget *target, ModelThread *thread, gint64 now_ns)
{
  const ModelPoll *poll;
  gint64 duration;

  thread->last_return_ns = now_ns;
  if (thread->depth-- > MODEL_POLL_DEPTH)
    return;
  poll = &thread->polls[thread->depth];
  model_tell (target, poll_ended, thread, poll, now_ns);
  if (poll->task == NULL)
    return;
  poll->task->n_open_polls--;
  model_task_changed (target, poll->task);
  duration = MAX (now_ns - poll->begin_ns, 0);
  poll->task->polled_ns += duration;
  if (duration > poll->task->longest_poll_ns)
    {
      poll->task->longest_poll_ns = duration;
      poll->task->longest_poll_location = poll->location;
    }
}

/* The ring has gone to another thread; what the first one ran and held has ended with it, and so has the
 * task that stands for it, of which a look from outside has its own account. */
static void
hand_over (ModelTarget *target, ModelThread *thread, const ChannelEvent *event)
{
  ModelTask *task = model_thread_get_task (target, thread);

  while (thread->depth > 0)
    pop (target, thread, event->time_ns);
  while (thread->blocking != NULL)
    model_thread_unblock (target, thread->blocking);
  model_hold_drop_thread (target, thread, event->time_ns);
  if (task != NULL && !task->is_from_outside &&
      model_target_find_thread (target, thread->tid) == thread)
    model_task_infer_end (target, task, event);
  take_tid (&target->threads_by_tid, thread->tid, thread);
  thread->tid = event->tid;
  thread->loop = 0;
  put_tid (&target->threads_by_tid, thread->tid, thread);
}

static ModelThread *
thread_new (ModelTarget *target, const ChannelEvent *event)
{
  ModelThread *thread = g_new0 (ModelThread, 1);

  if (event->ring >= target->threads->len)
    g_ptr_array_set_size (target->threads, event->ring + 1);
  thread->ring = event->ring;
  thread->tid = event->tid;
  put_tid (&target->threads_by_tid, thread->tid, thread);
  g_ptr_array_index (target->threads, event->ring) = thread;
  return thread;
}

static inline ModelThread *
thread_of_event (ModelTarget *target, const ChannelEvent *event)
{
  ModelThread *thread = model_target_get_thread (target, event->ring);

  if (G_LIKELY (thread != NULL && thread->tid == event->tid))
    return thread;
  if (event->ring >= CHANNEL_MAX_RINGS)
    return NULL;
  if (thread == NULL)
    return thread_new (target, event);
  hand_over (target, thread, event);
  return thread;
}

ModelThread *
model_thread_of_event (ModelTarget *target, const ChannelEvent *event)
{
  return thread_of_event (target, event);
}

void
model_poll_begin (ModelTarget *target, const ChannelEvent *event, ModelAwait *cause)
{
  ModelThread *thread = thread_of_event (target, event);
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
      task->poll_ring = event->ring;
      task->was_made_ready = FALSE;
    }
  if (thread->depth++ >= MODEL_POLL_DEPTH)
    return;
  poll = &thread->polls[thread->depth - 1];
  *poll = (ModelPoll){ .task = task,
                       .number = task != NULL ? task->number : 0,
                       .cause = event->arg,
                       .location = event->location,
                       .begin_ns = event->time_ns };
  if (cause != NULL)
    {
      poll->cause_flags = cause->kind->flags;
      if (model_await_get_value (cause, MODEL_KEY_OWNER, &poll->loop))
        thread->loop = poll->loop;
    }
  else
    poll->cause_flags = model_target_get_kind (target, event->arg >> 48)->flags;
  model_tell (target, poll_began, thread, poll, cause);
  if (task != NULL)
    task->n_open_polls++;
}

void
model_poll_end (ModelTarget *target, const ChannelEvent *event)
{
  ModelThread *thread = thread_of_event (target, event);
  ModelTask *task = model_table_find (&target->tasks, event->task);
  guint depth;

  if (thread == NULL || thread->depth == 0)
    {
      target->stats.unknown_ends++;
      return;
    }
  if (thread->depth > MODEL_POLL_DEPTH)
    {
      pop (target, thread, event->time_ns);
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
    pop (target, thread, event->time_ns);
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
