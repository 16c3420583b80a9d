/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_MODEL_PRIVATE_H
#define MODEL_MODEL_PRIVATE_H

/* Between the files that read records into a model. */

#include "model/model.h"

G_BEGIN_DECLS

ModelTask *model_task_get (ModelTarget *target, guint64 id, gint64 now_ns);
ModelTask *model_task_begin (ModelTarget *target, const ChannelEvent *event);
void model_task_end (ModelTarget *target, const ChannelEvent *event);
/* What @event tells of shows that it has ended. */
void model_task_infer_end (ModelTarget *target, ModelTask *task, const ChannelEvent *event);
void model_await_begin (ModelTarget *target, const ChannelEvent *event);
void model_await_end (ModelTarget *target, const ChannelEvent *event, gint32 status);
void model_await_fire (ModelTarget *target, ModelAwait *await, gint64 now_ns);
void model_change_list (ModelTarget *target, guint8 *changes, ModelChangeOf of, guint64 object);
void model_hold_acquire (ModelTarget *target, const ChannelEvent *event);
void model_hold_release (ModelTarget *target, const ChannelEvent *event);
void model_hold_drop_task (ModelTarget *target, ModelTask *task, gint64 now_ns);
void model_hold_drop_resource (ModelTarget *target, ModelResource *resource);
void model_hold_drop_thread (ModelTarget *target, ModelThread *thread, gint64 now_ns);
void model_task_set_tid (ModelTarget *target, ModelTask *task, guint64 tid);
/* The thread of that record; NULL: no such ring. */
ModelThread *model_thread_of_event (ModelTarget *target, const ChannelEvent *event);
void model_thread_block (ModelThread *thread, ModelAwait *await);
void model_thread_unblock (ModelTarget *target, ModelAwait *await);
void model_await_list (ModelTarget *target, ModelAwait *await);
void model_resource_begin (ModelTarget *target, const ChannelEvent *event);
void model_resource_end (ModelTarget *target, const ChannelEvent *event);
ModelResource *model_resource_get (ModelTarget *target, guint64 object, gint64 now_ns);
/* Moves the attributes that came for @object before it began. */
void model_early_take (ModelTarget *target, guint64 object, ModelAttributes *attributes);
void model_attribute_set (ModelTarget *target, const ChannelEvent *event);
/* @name: (nullable): of the type of a variable. 0: none, or there is no room for another */
guint32 model_target_number_type (ModelTarget *target, const char *name);
void model_target_forget_types (ModelTarget *target);
void model_poll_begin (ModelTarget *target, const ChannelEvent *event, ModelAwait *cause);
void model_poll_end (ModelTarget *target, const ChannelEvent *event);
void model_poll_forget_task (ModelTarget *target, ModelTask *task, guint32 ring);
void model_step_add (ModelTarget *target, ModelAwait *await, gint64 end_ns, gint32 status);
void model_task_free_steps (ModelTarget *target, ModelTask *task);
/* The one that is over next takes the place of the oldest. */
void model_task_prefetch_step (const ModelTask *task);
void model_exchange_ask (ModelTarget *target, ModelAwait *await);
void model_exchange_set_request (ModelResource *resource, const ModelAttribute *text);
void model_exchange_answer (ModelTarget *target, ModelResource *resource, gint64 now_ns,
                            gint32 status);
void model_exchange_drop (ModelTarget *target, ModelResource *resource);
void model_lineage_record (ModelTarget *target, const ModelTask *task);
void model_lineage_clear (ModelTarget *target);

/* How many steps those of that size have room for. */
static inline guint
model_steps_get_room (guint size)
{
  return (MODEL_STEPS_MAX >> (MODEL_STEPS_SIZES - 1)) << size;
}

#define model_tell(target, what, ...)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    for (guint observer_ = 0; G_UNLIKELY (observer_ < (target)->n_observers); observer_++)         \
      if ((target)->observers[observer_].funcs->what != NULL)                                      \
        (target)->observers[observer_].funcs->what ((target)->observers[observer_].data,           \
                                                    __VA_ARGS__);                                  \
  }                                                                                                \
  G_STMT_END

/* Something waits for @x: a change of it may close a cycle. */
static inline void
model_task_changed (ModelTarget *target, ModelTask *task)
{
  if (G_UNLIKELY (task->changes == MODEL_WATCHED))
    model_change_list (target, &task->changes, MODEL_CHANGE_TASK, task->id);
}

static inline void
model_await_changed (ModelTarget *target, ModelAwait *await)
{
  if (G_UNLIKELY (await->changes == MODEL_WATCHED))
    model_change_list (target, &await->changes, MODEL_CHANGE_AWAIT, await->object);
}

G_END_DECLS

#endif
