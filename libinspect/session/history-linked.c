/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/history-linked.h"

#include "model/pages.h"

/* So many records ahead their tasks are asked for from memory. */
#define N_AHEAD 24u
#define N_NEAR 12u

/* ---- Numbers ----------------------------------------------------------------------------------- */

static HistoryTask *
get_task (const HistoryLinked *self, guint32 number)
{
  return &self->tasks[number - 1];
}

static HistoryAwait *
get_await (const HistoryLinked *self, guint32 number)
{
  return &self->awaits[number - 1];
}

static guint32
find (const ModelTable *table, guint64 id)
{
  return GPOINTER_TO_UINT (model_table_find (table, id));
}

/* Each record has room for one more of both. */
static guint32
number (ModelTable *table, guint64 id, guint *n)
{
  guint32 found = find (table, id);

  if (found != 0 || id == 0)
    return found;
  model_table_add (table, id, GUINT_TO_POINTER (++*n));
  return *n;
}

static guint32
number_task (HistoryLinked *self, guint64 id)
{
  return number (&self->task_of, id, &self->n_tasks);
}

static guint32
number_await (HistoryLinked *self, guint64 object)
{
  return number (&self->await_of, object, &self->n_awaits);
}

/* ---- Records in their order -------------------------------------------------------------------- */

static void
end_await (HistoryLinked *self, guint32 number)
{
  HistoryAwait *await = number != 0 ? get_await (self, number) : NULL;

  if (await == NULL || await->task == 0)
    return;
  if (await->previous != 0)
    get_await (self, await->previous)->next = await->next;
  else
    get_task (self, await->task)->awaits = await->next;
  if (await->next != 0)
    get_await (self, await->next)->previous = await->previous;
  *await = (HistoryAwait){ 0 };
}

static void
begin_await (HistoryLinked *self, const HistoryRecord *record, guint32 at)
{
  guint32 number = number_await (self, record->arg), task = number_task (self, record->task);
  HistoryAwait *await;

  if (number == 0 || task == 0)
    return;
  end_await (self, number);
  await = get_await (self, number);
  /* What was said of it just before stays. */
  await->task = task;
  await->began = at;
  await->next = get_task (self, task)->awaits;
  if (await->next != 0)
    get_await (self, await->next)->previous = number;
  get_task (self, task)->awaits = number;
  get_task (self, task)->is_alive = TRUE;
}

static void
end_task (HistoryLinked *self, guint32 number)
{
  while (number != 0 && get_task (self, number)->awaits != 0)
    end_await (self, get_task (self, number)->awaits);
  if (number != 0)
    *get_task (self, number) = (HistoryTask){ 0 };
}

/* Of a task that is there already another one may tell that it is: then its track began before that. */
static void
begin_task (HistoryLinked *self, const HistoryRecord *record, guint32 at)
{
  HistoryTask *task;
  guint32 number = number_task (self, record->task);

  if (number == 0 || record->ring == MODEL_OUTSIDE_RING)
    return;
  task = get_task (self, number);
  task->begin_ns = record->time_ns;
  task->cut = task->is_alive ? at : 0;
  task->is_alive = TRUE;
}

static void
add_attribute (HistoryLinked *self, guint32 at, guint32 *latest)
{
  self->before[at - 1] = *latest;
  *latest = at;
}

static void
set_attribute (HistoryLinked *self, const HistoryRecord *record, guint32 at)
{
  guint32 number;
  HistoryAwait *await;

  if (record->task >> 48 == 0)
    {
      number = number_task (self, record->task);
      if (number != 0)
        add_attribute (self, at, &get_task (self, number)->attributes);
      return;
    }
  await = get_await (self, number_await (self, record->task));
  add_attribute (self, at, &await->attributes);
  if ((self->scan->kinds[record->key] & HISTORY_KIND_RESOURCE) == 0 || record->has_text)
    return;
  await->resource =
      (self->scan->kinds[record->arg >> 48] & HISTORY_KIND_HELD) != 0 ? record->arg : 0;
  await->linked = at;
}

/* Nobody waits for it any more, nor for another one of its id. */
static void
close_resource (HistoryLinked *self, const HistoryRecord *record, guint32 at)
{
  g_hash_table_insert (self->closed, GSIZE_TO_POINTER (record->arg), GUINT_TO_POINTER (at));
}

static void
set_state_name (HistoryLinked *self, const HistoryRecord *record, guint32 at)
{
  guint32 number = number_task (self, record->task);

  if (number == 0)
    return;
  get_task (self, number)->state_name = record->arg <= G_MAXUINT32 ? (guint32)record->arg : 0;
  get_task (self, number)->state_at = at;
  get_task (self, number)->is_alive = TRUE;
}

/* Which thread a task stands for says who has what. */
static gboolean
is_of_holds (const HistoryLinked *self, const HistoryRecord *record)
{
  switch ((ChannelType)record->type)
    {
    case CHANNEL_TASK_BEGIN:
    case CHANNEL_TASK_END:
    case CHANNEL_RESOURCE_BEGIN:
    case CHANNEL_RESOURCE_END:
    case CHANNEL_ACQUIRE:
    case CHANNEL_RELEASE:
    case CHANNEL_POLL_END:
      return TRUE;
    case CHANNEL_ATTRIBUTE:
      if (record->task >> 48 != 0)
        return (self->scan->kinds[record->task >> 48] & HISTORY_KIND_HELD) != 0;
      return !record->has_text && (self->scan->kinds[record->key] & HISTORY_KIND_TID) != 0;
    case CHANNEL_BYTES:
    case CHANNEL_POLL_BEGIN:
    case CHANNEL_AWAIT_BEGIN:
    case CHANNEL_AWAIT_END:
    case CHANNEL_RESUME:
    case CHANNEL_SUSPEND:
    case CHANNEL_WAKE:
    case CHANNEL_STATE_NAME:
    case CHANNEL_POINT:
    case CHANNEL_TYPE_COUNT:
      break;
    }
  return FALSE;
}

static void
take (HistoryLinked *self, const HistoryRecord *record, guint32 at)
{
  guint32 task;

  if (is_of_holds (self, record))
    g_array_append_vals (self->of_holds, record, 1);
  if (record->type == CHANNEL_TASK_BEGIN)
    begin_task (self, record, at);
  else if (record->type == CHANNEL_TASK_END)
    end_task (self, find (&self->task_of, record->task));
  else if (record->type == CHANNEL_RESOURCE_BEGIN || record->type == CHANNEL_RESOURCE_END)
    close_resource (self, record, at);
  else if (record->type == CHANNEL_STATE_NAME)
    set_state_name (self, record, at);
  else if (record->type == CHANNEL_AWAIT_BEGIN || record->type == CHANNEL_SUSPEND)
    begin_await (self, record, at);
  else if (record->type == CHANNEL_AWAIT_END || record->type == CHANNEL_RESUME)
    end_await (self, find (&self->await_of, record->arg));
  else if (record->type == CHANNEL_ATTRIBUTE &&
           (self->scan->kinds[record->task >> 48] & HISTORY_KIND_HELD) == 0)
    set_attribute (self, record, at);
  if (!record->is_keyframe || record->task >> 48 != 0)
    return;
  task = find (&self->task_of, record->task);
  if (task != 0)
    get_task (self, task)->is_alive = TRUE;
}

static guint64
get_await_id (const HistoryRecord *record)
{
  return record->type == CHANNEL_ATTRIBUTE ? record->task : record->arg;
}

/* First where its task and await are found, and once it @is_near, they themselves. */
static void
ask_for (const HistoryLinked *self, const HistoryRecord *record, gboolean is_near)
{
  guint64 id = get_await_id (record);
  guint32 task, await;

  if (!is_near)
    {
      __builtin_prefetch (
          &self->task_of.slots[model_table_hash (record->task) & self->task_of.mask]);
      __builtin_prefetch (&self->await_of.slots[model_table_hash (id) & self->await_of.mask]);
      return;
    }
  task = find (&self->task_of, record->task);
  await = find (&self->await_of, id);
  if (task != 0)
    __builtin_prefetch (get_task (self, task), 1);
  if (await != 0)
    __builtin_prefetch (get_await (self, await), 1);
}

static void
take_piece (HistoryLinked *self, const HistoryScanPiece *piece, guint32 first)
{
  const HistoryRecord *records = (const HistoryRecord *)(gpointer)piece->records->data;
  guint n = piece->records->len;

  for (guint i = 0; i < n; i++)
    {
      if (i + N_AHEAD < n)
        ask_for (self, &records[i + N_AHEAD], FALSE);
      if (i + N_NEAR < n)
        ask_for (self, &records[i + N_NEAR], TRUE);
      take (self, &records[i], first + i);
    }
}

/* ---- All of them ------------------------------------------------------------------------------- */

static const HistoryScanPiece *
get_piece (const HistoryLinked *self, guint index)
{
  return &g_array_index (self->scan->pieces, HistoryScanPiece, index);
}

static void
count_records (HistoryLinked *self)
{
  self->firsts = g_new (guint, self->scan->pieces->len + 1);
  for (guint i = 0; i < self->scan->pieces->len; i++)
    {
      self->firsts[i] = self->n_records + 1;
      self->n_records += get_piece (self, i)->records->len;
    }
}

/* Of what is not needed nothing is touched, and so takes no memory; but for tables, which grow where they are less
 * than what is needed. */
static void
make_room (HistoryLinked *self)
{
  guint n = self->n_records;

  self->before = model_pages_new ((n + 1) * sizeof *self->before);
  self->tasks = model_pages_new ((n + 1) * sizeof *self->tasks);
  self->awaits = model_pages_new ((n + 1) * sizeof *self->awaits);
  model_table_init (&self->task_of);
  model_table_init (&self->await_of);
  model_table_reserve (&self->task_of, n / 3);
  model_table_reserve (&self->await_of, n / 3);
}

void
history_linked_init (HistoryLinked *self, const HistoryScan *scan)
{
  *self = (HistoryLinked){ .scan = scan,
                           .closed = g_hash_table_new (NULL, NULL),
                           .of_holds = g_array_new (FALSE, FALSE, sizeof (HistoryRecord)) };
  count_records (self);
  make_room (self);
  for (guint i = 0; i < scan->pieces->len; i++)
    take_piece (self, get_piece (self, i), self->firsts[i]);
}

void
history_linked_clear (HistoryLinked *self)
{
  if (self->scan == NULL)
    return;
  model_pages_free (self->before, (self->n_records + 1) * sizeof *self->before);
  model_pages_free (self->tasks, (self->n_records + 1) * sizeof *self->tasks);
  model_pages_free (self->awaits, (self->n_records + 1) * sizeof *self->awaits);
  model_table_clear (&self->task_of);
  model_table_clear (&self->await_of);
  g_hash_table_unref (self->closed);
  g_array_unref (self->of_holds);
  g_free (self->firsts);
}

/* ---- What is asked ----------------------------------------------------------------------------- */

const HistoryRecord *
history_linked_get_record (const HistoryLinked *self, guint32 number)
{
  guint low = 0, high = self->scan->pieces->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (self->firsts[middle] <= number)
        low = middle;
      else
        high = middle;
    }
  return &g_array_index (get_piece (self, low)->records, HistoryRecord, number - self->firsts[low]);
}

gboolean
history_linked_is_current (const HistoryLinked *self, const HistoryAwait *await)
{
  guint32 closed =
      GPOINTER_TO_UINT (g_hash_table_lookup (self->closed, GSIZE_TO_POINTER (await->resource)));

  return MAX (await->began, await->linked) > closed;
}
