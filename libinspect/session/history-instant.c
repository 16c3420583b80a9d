/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/history-instant.h"

/* Records are gone through in their order once; so many ahead their tasks are asked for from memory. */
#define N_AHEAD 24u
#define N_NEAR 12u

/* A record that is kept, and the one before it of the same task or await. */
typedef struct
{
  const HistoryRecord *record;
  guint32 before; /* + 1; 0: none */
} Said;

typedef struct
{
  guint64 id;
  guint32 state_name;
  guint32 state_at;   /* index of the record */
  guint32 attributes; /* index of the latest + 1; 0: none */
  guint32 awaits;     /* that are pending, the latest first: index + 1; 0: none */
  guint32 cut;        /* records before that one were another task's of that id */
  gboolean is_alive;
  gint64 begin_ns; /* where @cut is; 0: nothing was seen to begin */
} Task;

typedef struct
{
  guint64 object, resource; /* 0: none that somebody may have */
  guint32 task;             /* index + 1; 0: it is not pending */
  guint32 previous, next;   /* of the task's; index + 1 */
  guint32 began;            /* index of the record + 1 */
  guint32 linked;           /* the same, of what said the resource */
  guint32 attributes;       /* index of the latest + 1 */
} Await;

struct _HistoryInstant
{
  HistoryScan scan;
  HistoryNames names;
  guint64 next_number;
  GArray *said;                 /* Said */
  GArray *tasks;                /* Task */
  GArray *awaits;               /* Await */
  ModelTable task_of, await_of; /* index + 1 */
  GHashTable *closed;           /* resource: so many records were there as it began or ended */
  GArray *of_holds;             /* HistoryRecord: in their order */
  ModelTarget *model;
};

/* ---- Records in their order -------------------------------------------------------------------- */

static Task *
get_task (const HistoryInstant *self, guint32 number)
{
  return &g_array_index (self->tasks, Task, number - 1);
}

static Await *
get_await (const HistoryInstant *self, guint32 number)
{
  return &g_array_index (self->awaits, Await, number - 1);
}

static guint32
number_task (HistoryInstant *self, guint64 id)
{
  guint32 number = GPOINTER_TO_UINT (model_table_find (&self->task_of, id));
  const Task task = { .id = id };

  if (number != 0 || id == 0)
    return number;
  g_array_append_val (self->tasks, task);
  model_table_add (&self->task_of, id, GUINT_TO_POINTER (self->tasks->len));
  return self->tasks->len;
}

static guint32
number_await (HistoryInstant *self, guint64 object)
{
  guint32 number = GPOINTER_TO_UINT (model_table_find (&self->await_of, object));
  const Await await = { .object = object };

  if (number != 0 || object == 0)
    return number;
  g_array_append_val (self->awaits, await);
  model_table_add (&self->await_of, object, GUINT_TO_POINTER (self->awaits->len));
  return self->awaits->len;
}

static guint32
say (HistoryInstant *self, const HistoryRecord *record, guint32 before)
{
  const Said said = { record, before };

  g_array_append_val (self->said, said);
  return self->said->len;
}

static void
end_await (HistoryInstant *self, guint32 number)
{
  Await *await = number != 0 ? get_await (self, number) : NULL;

  if (await == NULL || await->task == 0)
    return;
  if (await->previous != 0)
    get_await (self, await->previous)->next = await->next;
  else
    get_task (self, await->task)->awaits = await->next;
  if (await->next != 0)
    get_await (self, await->next)->previous = await->previous;
  *await = (Await){ .object = await->object };
}

static void
begin_await (HistoryInstant *self, const HistoryRecord *record)
{
  guint32 number = number_await (self, record->arg), task = number_task (self, record->task);
  Await *await;

  if (number == 0 || task == 0)
    return;
  end_await (self, number);
  await = get_await (self, number);
  /* What was said of it just before stays. */
  await->task = task;
  await->began = say (self, record, 0);
  await->next = get_task (self, task)->awaits;
  if (await->next != 0)
    get_await (self, await->next)->previous = number;
  get_task (self, task)->awaits = number;
  get_task (self, task)->is_alive = TRUE;
}

static void
end_task (HistoryInstant *self, guint32 number)
{
  while (number != 0 && get_task (self, number)->awaits != 0)
    end_await (self, get_task (self, number)->awaits);
  if (number != 0)
    *get_task (self, number) = (Task){ .id = get_task (self, number)->id };
}

/* Of a task that is there already another one may tell that it is: then its track began before that. */
static void
begin_task (HistoryInstant *self, const HistoryRecord *record)
{
  Task *task;
  guint32 number = number_task (self, record->task);

  if (number == 0 || record->ring == MODEL_OUTSIDE_RING)
    return;
  task = get_task (self, number);
  task->begin_ns = record->time_ns;
  task->cut = task->is_alive ? self->said->len : 0;
  task->is_alive = TRUE;
}

static void
set_attribute (HistoryInstant *self, const HistoryRecord *record)
{
  guint32 number;

  if (record->task >> 48 == 0)
    {
      number = number_task (self, record->task);
      if (number != 0)
        get_task (self, number)->attributes =
            say (self, record, get_task (self, number)->attributes);
      return;
    }
  number = number_await (self, record->task);
  get_await (self, number)->attributes = say (self, record, get_await (self, number)->attributes);
  if ((self->scan.kinds[record->key] & HISTORY_KIND_RESOURCE) == 0 || record->has_text)
    return;
  get_await (self, number)->resource =
      (self->scan.kinds[record->arg >> 48] & HISTORY_KIND_HELD) != 0 ? record->arg : 0;
  get_await (self, number)->linked = self->said->len;
}

/* Nobody waits for it any more, nor for another one of its id. */
static void
close_resource (HistoryInstant *self, const HistoryRecord *record)
{
  g_hash_table_insert (self->closed, GSIZE_TO_POINTER (record->arg),
                       GUINT_TO_POINTER (self->said->len));
}

static gboolean
is_linked (const HistoryInstant *self, const Await *await)
{
  guint32 closed =
      GPOINTER_TO_UINT (g_hash_table_lookup (self->closed, GSIZE_TO_POINTER (await->resource)));

  return MAX (await->began, await->linked) > closed;
}

static void
set_state_name (HistoryInstant *self, const HistoryRecord *record)
{
  guint32 number = number_task (self, record->task);

  if (number == 0)
    return;
  get_task (self, number)->state_name = record->arg <= G_MAXUINT32 ? (guint32)record->arg : 0;
  get_task (self, number)->state_at = say (self, record, 0) - 1;
  get_task (self, number)->is_alive = TRUE;
}

/* Which thread a task stands for says who has what. */
static gboolean
is_of_holds (const HistoryInstant *self, const HistoryRecord *record)
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
        return (self->scan.kinds[record->task >> 48] & HISTORY_KIND_HELD) != 0;
      return !record->has_text && (self->scan.kinds[record->key] & HISTORY_KIND_TID) != 0;
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
take (HistoryInstant *self, const HistoryRecord *record)
{
  if (is_of_holds (self, record))
    g_array_append_vals (self->of_holds, record, 1);
  if (record->type == CHANNEL_TASK_BEGIN)
    begin_task (self, record);
  else if (record->type == CHANNEL_TASK_END)
    end_task (self, GPOINTER_TO_UINT (model_table_find (&self->task_of, record->task)));
  else if (record->type == CHANNEL_RESOURCE_BEGIN || record->type == CHANNEL_RESOURCE_END)
    close_resource (self, record);
  else if (record->type == CHANNEL_STATE_NAME)
    set_state_name (self, record);
  else if (record->type == CHANNEL_AWAIT_BEGIN || record->type == CHANNEL_SUSPEND)
    begin_await (self, record);
  else if (record->type == CHANNEL_AWAIT_END || record->type == CHANNEL_RESUME)
    end_await (self, GPOINTER_TO_UINT (model_table_find (&self->await_of, record->arg)));
  else if (record->type == CHANNEL_ATTRIBUTE &&
           (self->scan.kinds[record->task >> 48] & HISTORY_KIND_HELD) == 0)
    set_attribute (self, record);
  if (record->is_keyframe && record->task >> 48 == 0 && record->task != 0 &&
      model_table_find (&self->task_of, record->task) != NULL)
    get_task (self, number_task (self, record->task))->is_alive = TRUE;
}

static guint64
get_await_id (const HistoryRecord *record)
{
  return record->type == CHANNEL_ATTRIBUTE ? record->task : record->arg;
}

/* First where its task and await are found, and once it @is_near, they themselves. */
static void
ask_for (const HistoryInstant *self, const HistoryRecord *record, gboolean is_near)
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
  task = GPOINTER_TO_UINT (model_table_find (&self->task_of, record->task));
  await = GPOINTER_TO_UINT (model_table_find (&self->await_of, id));
  if (task != 0)
    __builtin_prefetch (get_task (self, task));
  if (await != 0)
    __builtin_prefetch (get_await (self, await));
}

static void
take_piece (HistoryInstant *self, const HistoryScanPiece *piece)
{
  const HistoryRecord *records = (const HistoryRecord *)(gpointer)piece->records->data;
  guint n = piece->records->len;

  for (guint i = 0; i < n; i++)
    {
      if (i + N_AHEAD < n)
        ask_for (self, &records[i + N_AHEAD], FALSE);
      if (i + N_NEAR < n)
        ask_for (self, &records[i + N_NEAR], TRUE);
      take (self, &records[i]);
    }
}

/* What is less than they will need grows. */
static void
make_room (HistoryInstant *self, guint n)
{
  self->said = g_array_sized_new (FALSE, FALSE, sizeof (Said), n);
  self->tasks = g_array_sized_new (FALSE, FALSE, sizeof (Task), n / 2);
  self->awaits = g_array_sized_new (FALSE, FALSE, sizeof (Await), n / 2);
  model_table_init (&self->task_of);
  model_table_init (&self->await_of);
  model_table_reserve (&self->task_of, n / 3);
  model_table_reserve (&self->await_of, n / 3);
}

static void
take_all (HistoryInstant *self)
{
  const GArray *pieces = self->scan.pieces;
  guint n = 0;

  for (guint i = 0; i < pieces->len; i++)
    n += g_array_index (pieces, HistoryScanPiece, i).records->len;
  make_room (self, n);
  for (guint i = 0; i < pieces->len; i++)
    take_piece (self, &g_array_index (pieces, HistoryScanPiece, i));
}

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
  history_scan_leave_out_former (&self->scan, self->of_holds);
  for (guint i = 0; i < self->of_holds->len; i++)
    {
      const HistoryRecord *record = &g_array_index (self->of_holds, HistoryRecord, i);
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
  self->of_holds = g_array_new (FALSE, FALSE, sizeof (HistoryRecord));
  self->closed = g_hash_table_new (NULL, NULL);
  self->model = model_target_new (names->tables, names->data, &self->next_number);
  self->model->forgets_steps = TRUE;
  history_scan_init (&self->scan, program, names, at_ns);
  return self;
}

void
history_instant_take (HistoryInstant *self)
{
  take_all (self);
  tell_holds (self);
}

void
history_instant_free (HistoryInstant *self)
{
  if (self == NULL)
    return;
  model_target_free (self->model);
  g_clear_pointer (&self->said, g_array_unref);
  g_clear_pointer (&self->tasks, g_array_unref);
  g_clear_pointer (&self->awaits, g_array_unref);
  g_array_unref (self->of_holds);
  g_hash_table_unref (self->closed);
  model_table_clear (&self->task_of);
  model_table_clear (&self->await_of);
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
  return GPOINTER_TO_UINT (model_table_find (&self->task_of, id));
}

/* Whether the record is of the task whose track began then, and not of one before it that had its id. */
static gboolean
is_its (const Task *task, gint64 begin_ns, guint32 record)
{
  return task->begin_ns > begin_ns || record >= task->cut;
}

guint32
history_instant_get_state_name (const HistoryInstant *self, guint32 number, gint64 begin_ns)
{
  const Task *task = number != 0 ? get_task (self, number) : NULL;

  return task != NULL && task->state_name != 0 && is_its (task, begin_ns, task->state_at)
             ? task->state_name
             : 0;
}

const ModelResource *
history_instant_get_awaited (const HistoryInstant *self, guint32 number, gint64 begin_ns)
{
  const Task *task = number != 0 ? get_task (self, number) : NULL;

  for (guint32 i = task != NULL ? task->awaits : 0; i != 0; i = get_await (self, i)->next)
    {
      const Await *await = get_await (self, i);
      const ModelResource *resource = model_table_find (&self->model->resources, await->resource);

      if (resource != NULL && resource->holds != NULL &&
          is_its (task, begin_ns, await->began - 1) && is_linked (self, await))
        return resource;
    }
  return NULL;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

  return x < y ? -1 : x > y;
}

static void
list (const HistoryInstant *self, const Task *task, gint64 begin_ns, gint64 since_ns, guint32 last,
      GArray *records)
{
  for (guint32 i = last; i != 0; i = g_array_index (self->said, Said, i - 1).before)
    {
      guint32 record = i - 1;

      if (is_its (task, begin_ns, record) &&
          g_array_index (self->said, Said, record).record->time_ns >= since_ns)
        g_array_append_val (records, record);
    }
}

ModelTarget *
history_instant_load_task (const HistoryInstant *self, guint32 number, gint64 begin_ns,
                           gint64 since_ns)
{
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (guint32));
  const Task *task = get_task (self, number);
  guint64 *next_number = (guint64 *)&self->next_number;
  ModelTarget *model = model_target_new (self->names.tables, self->names.data, next_number);
  const ChannelEvent said = { .type = CHANNEL_TASK_BEGIN, .task = task->id, .time_ns = begin_ns };

  list (self, task, begin_ns, since_ns, task->attributes, records);
  for (guint32 i = task->awaits; i != 0; i = get_await (self, i)->next)
    {
      list (self, task, begin_ns, since_ns, get_await (self, i)->began, records);
      list (self, task, begin_ns, since_ns, get_await (self, i)->attributes, records);
    }
  g_array_sort (records, compare);
  model_target_ingest (model, &said);
  for (guint i = 0; i < records->len; i++)
    {
      ChannelEvent event;

      history_record_get_event (
          g_array_index (self->said, Said, g_array_index (records, guint32, i)).record, &event);
      model_target_ingest (model, &event);
    }
  return model;
}
