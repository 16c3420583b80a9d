/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/history-instant.h"

#include "session/history-linked.h"

struct _HistoryInstant
{
  HistoryScan scan;
  HistoryLinked linked;
  HistoryNames names;
  guint64 next_number;
  ModelTarget *model;
};

/* ---- Who has what ------------------------------------------------------------------------------ */

/* Of those that have or had something. */
static void
tell_of_task (ModelTarget *model, const ChannelEvent *event)
{
  if (model_table_find (&model->tasks, event->task) == NULL && event->type == CHANNEL_ATTRIBUTE)
    history_tell_of (model, event, CHANNEL_STATE_NAME);
  if (model_table_find (&model->tasks, event->task) != NULL)
    model_target_ingest (model, event);
}

static void
tell_holds (HistoryInstant *self)
{
  history_scan_leave_out_former (&self->scan, self->linked.of_holds);
  for (guint i = 0; i < self->linked.of_holds->len; i++)
    {
      const HistoryRecord *record = &g_array_index (self->linked.of_holds, HistoryRecord, i);
      ChannelEvent event;

      history_record_get_event (record, &event);
      if (event.type == CHANNEL_ACQUIRE)
        history_tell_acquire (self->model, &event, event.task == 0, record->is_keyframe);
      else if (event.type == CHANNEL_TASK_BEGIN || event.type == CHANNEL_TASK_END ||
               (event.type == CHANNEL_ATTRIBUTE && event.task >> 48 == 0))
        tell_of_task (self->model, &event);
      else if (event.type == CHANNEL_RESOURCE_END)
        history_tell_resource_end (self->model, &event);
      else
        model_target_ingest (self->model, &event);
    }
}

/* ---- What is called ---------------------------------------------------------------------------- */

HistoryInstant *
history_instant_new (HistoryProgram *program, const HistoryNames *names, gint64 at_ns)
{
  HistoryInstant *self = g_new0 (HistoryInstant, 1);

  self->names = *names;
  self->next_number = 1;
  self->model = model_target_new (names->tables, names->data, &self->next_number);
  self->model->forgets_steps = TRUE;
  history_scan_init (&self->scan, program, names, at_ns);
  return self;
}

void
history_instant_take (HistoryInstant *self)
{
  history_linked_init (&self->linked, &self->scan);
  tell_holds (self);
}

void
history_instant_free (HistoryInstant *self)
{
  if (self == NULL)
    return;
  model_target_free (self->model);
  history_linked_clear (&self->linked);
  history_scan_clear (&self->scan);
  g_free (self);
}

ModelTarget *
history_instant_get_model (HistoryInstant *self)
{
  return self->model;
}

guint32
history_instant_find (const HistoryInstant *self, guint64 id)
{
  return GPOINTER_TO_UINT (model_table_find (&self->linked.task_of, id));
}

void
history_instant_prepare (const HistoryInstant *self, guint64 id)
{
  const ModelTable *table = &self->linked.task_of;

  __builtin_prefetch (&table->slots[model_table_hash (id) & table->mask]);
}

void
history_instant_prepare_task (const HistoryInstant *self, guint32 number, gboolean is_first)
{
  const HistoryTask *task;

  if (number == 0)
    return;
  task = history_linked_get_task (&self->linked, number);
  if (is_first)
    __builtin_prefetch (task);
  else if (task->awaits != 0)
    __builtin_prefetch (history_linked_get_await (&self->linked, task->awaits));
}

/* Whether the record is of the task whose track began then, and not of one before it that had its id. */
static gboolean
is_its (const HistoryTask *task, gint64 begin_ns, guint32 record)
{
  return task->begin_ns > begin_ns || record > task->cut;
}

guint32
history_instant_get_state_name (const HistoryInstant *self, guint32 number, gint64 begin_ns)
{
  const HistoryTask *task = number != 0 ? history_linked_get_task (&self->linked, number) : NULL;

  return task != NULL && task->state_name != 0 && is_its (task, begin_ns, task->state_at)
             ? task->state_name
             : 0;
}

const ModelResource *
history_instant_get_awaited (const HistoryInstant *self, guint32 number, gint64 begin_ns)
{
  const HistoryTask *task = number != 0 ? history_linked_get_task (&self->linked, number) : NULL;
  const HistoryAwait *await;

  for (guint32 i = task != NULL ? task->awaits : 0; i != 0; i = await->next)
    {
      const ModelResource *resource;

      await = history_linked_get_await (&self->linked, i);
      resource = model_table_find (&self->model->resources, await->resource);
      if (resource != NULL && resource->holds != NULL && is_its (task, begin_ns, await->began) &&
          history_linked_is_current (&self->linked, await))
        return resource;
    }
  return NULL;
}

/* What an await is on is most of what is said of awaits, and is none. */
static gboolean
has_variable (const HistoryInstant *self, const HistoryAwait *await)
{
  for (guint32 i = await->attributes; i != 0; i = self->linked.before[i - 1])
    if ((self->scan.kinds[history_linked_get_record (&self->linked, i)->key] &
         HISTORY_KIND_VARIABLE) != 0)
      return TRUE;
  return FALSE;
}

gboolean
history_instant_may_have_variables (const HistoryInstant *self, guint32 number)
{
  const HistoryTask *task = history_linked_get_task (&self->linked, number);
  const HistoryAwait *await;

  if (task->attributes != 0)
    return TRUE;
  for (guint32 i = task->awaits; i != 0; i = await->next)
    {
      await = history_linked_get_await (&self->linked, i);
      if (has_variable (self, await))
        return TRUE;
    }
  return FALSE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

  return x < y ? -1 : x > y;
}

/* @last, and all before it. */
static void
list (const HistoryInstant *self, const HistoryTask *task, gint64 begin_ns, gint64 since_ns,
      guint32 last, GArray *records)
{
  for (guint32 i = last; i != 0; i = self->linked.before[i - 1])
    if (is_its (task, begin_ns, i) &&
        history_linked_get_record (&self->linked, i)->time_ns >= since_ns)
      g_array_append_val (records, i);
}

ModelTarget *
history_instant_load_task (const HistoryInstant *self, guint64 id, guint32 number, gint64 begin_ns,
                           gint64 since_ns)
{
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (guint32));
  const HistoryTask *task = history_linked_get_task (&self->linked, number);
  const HistoryAwait *await;
  guint64 *next_number = (guint64 *)&self->next_number;
  ModelTarget *model = model_target_new (self->names.tables, self->names.data, next_number);
  const ChannelEvent said = { .type = CHANNEL_TASK_BEGIN, .task = id, .time_ns = begin_ns };

  list (self, task, begin_ns, since_ns, task->attributes, records);
  for (guint32 i = task->awaits; i != 0; i = await->next)
    {
      await = history_linked_get_await (&self->linked, i);
      list (self, task, begin_ns, since_ns, await->began, records);
      list (self, task, begin_ns, since_ns, await->attributes, records);
    }
  g_array_sort (records, compare);
  model_target_ingest (model, &said);
  for (guint i = 0; i < records->len; i++)
    {
      ChannelEvent event;

      history_record_get_event (
          history_linked_get_record (&self->linked, g_array_index (records, guint32, i)), &event);
      model_target_ingest (model, &event);
    }
  return model;
}
