/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-instant.h"

#include "session/history-instant.h"

#define MAX_THREADS 4u
/* Tracks that a thread takes at once. */
#define BLOCK 1024u

/* One program. */
typedef struct
{
  HistoryInstant *past; /* NULL: now, of a program that runs, or it had ended */
  ModelTarget *model;   /* of what is held: of now, all of it; NULL: it had ended */
  HistoryNames names;
} Program;

struct _InspectorInstant
{
  GObject parent_instance;
  InspectorHistory *history;
  gint64 at_ns;
  Program *programs;
  guint n_programs;
  InspectorRow *rows; /* of each track */
  guint32 *numbers;   /* the same: in its program's HistoryInstant */
  guint n_rows;
  guint next; /* atomic: that a thread takes */
};

G_DEFINE_TYPE (InspectorInstant, inspector_instant, G_TYPE_OBJECT)

static void
inspector_instant_finalize (GObject *object)
{
  InspectorInstant *self = INSPECTOR_INSTANT (object);

  for (guint i = 0; i < self->n_programs; i++)
    history_instant_free (self->programs[i].past);
  g_free (self->programs);
  g_free (self->rows);
  g_free (self->numbers);
  g_clear_object (&self->history);
  G_OBJECT_CLASS (inspector_instant_parent_class)->finalize (object);
}

static void
inspector_instant_class_init (InspectorInstantClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_instant_finalize;
}

static void
inspector_instant_init (InspectorInstant *self)
{
}

/* ---- Reading ----------------------------------------------------------------------------------- */

static gpointer
read_rows (gpointer data)
{
  InspectorInstant *self = data;
  guint first;

  while ((first = __atomic_fetch_add (&self->next, BLOCK, __ATOMIC_RELAXED)) < self->n_rows)
    inspector_history_get_rows (self->history, first, MIN (BLOCK, self->n_rows - first),
                                self->at_ns, self->rows + first);
  return NULL;
}

static gpointer
find_numbers (gpointer data)
{
  InspectorInstant *self = data;
  guint first;

  while ((first = __atomic_fetch_add (&self->next, BLOCK, __ATOMIC_RELAXED)) < self->n_rows)
    for (guint i = first; i < MIN (first + BLOCK, self->n_rows); i++)
      {
        const Program *program = &self->programs[self->rows[i].program];

        if (program->past != NULL && self->rows[i].state != INSPECTOR_STATE_NONE)
          self->numbers[i] = history_instant_find (
              program->past, inspector_history_peek_track (self->history, i)->id);
      }
  return NULL;
}

/* @meanwhile: what this thread does first; (nullable) */
static void
run (InspectorInstant *self, GThreadFunc func, void (*meanwhile) (InspectorInstant *self))
{
  guint n = MIN (g_get_num_processors (), MAX_THREADS);
  GThread *threads[MAX_THREADS];

  self->next = 0;
  for (guint i = 1; i < n; i++)
    threads[i] = g_thread_new ("instant", func, self);
  if (meanwhile != NULL)
    meanwhile (self);
  func (self);
  for (guint i = 1; i < n; i++)
    g_thread_join (threads[i]);
}

static gboolean
read_program (InspectorInstant *self, guint index, GError **error)
{
  HistoryProgram *program = self->history->programs->pdata[index];
  Program *ret = &self->programs[index];

  if (history_program_has_gone (self->history, program, self->at_ns))
    return TRUE;
  if (program->model != NULL && self->at_ns >= program->model->now_ns &&
      history_program_get_names (program, &ret->names))
    {
      ret->model = program->model;
      return TRUE;
    }
  if (!history_program_open (program, self->at_ns, error))
    return FALSE;
  history_program_get_names (program, &ret->names);
  ret->past = history_instant_new (program, &ret->names, self->at_ns);
  ret->model = history_instant_get_model (ret->past);
  return TRUE;
}

static void
take_programs (InspectorInstant *self)
{
  for (guint i = 0; i < self->n_programs; i++)
    if (self->programs[i].past != NULL)
      history_instant_take (self->programs[i].past);
}

InspectorInstant *
inspector_history_read_instant (InspectorHistory *history, gint64 at_ns, GError **error)
{
  g_autoptr (InspectorInstant) self = NULL;

  g_return_val_if_fail (INSPECTOR_IS_HISTORY (history), NULL);

  self = g_object_new (INSPECTOR_TYPE_INSTANT, NULL);
  self->history = g_object_ref (history);
  self->at_ns = at_ns;
  self->n_programs = history->programs->len;
  self->programs = g_new0 (Program, self->n_programs);
  self->n_rows = inspector_history_get_n_tracks (history);
  self->rows = g_new (InspectorRow, self->n_rows);
  self->numbers = g_new0 (guint32, self->n_rows);
  for (guint i = 0; i < self->n_programs; i++)
    if (!read_program (self, i, error))
      return NULL;
  run (self, read_rows, take_programs);
  run (self, find_numbers, NULL);
  return g_steal_pointer (&self);
}

/* ---- What is known ----------------------------------------------------------------------------- */

typedef struct
{
  const Program *program;
  const ModelTrack *track;
  guint32 number;
  const ModelTask *task; /* in the program's model; NULL: it is not in it */
} Found;

static gboolean
find (InspectorInstant *self, guint index, Found *ret_found)
{
  if (index >= self->n_rows || self->rows[index].state == INSPECTOR_STATE_NONE ||
      self->programs[self->rows[index].program].model == NULL)
    return FALSE;
  *ret_found = (Found){ .program = &self->programs[self->rows[index].program],
                        .track = inspector_history_peek_track (self->history, index),
                        .number = self->numbers[index] };
  ret_found->task = ret_found->track->id != 0
                        ? model_table_find (&ret_found->program->model->tasks, ret_found->track->id)
                        : ret_found->program->model->outside;
  return TRUE;
}

/* Of what it waits for and somebody has, the latest. */
static const ModelHold *
find_holders (const Found *found)
{
  const Program *program = found->program;
  const ModelResource *resource;

  if (program->past == NULL)
    {
      for (const ModelAwait *await = found->task != NULL ? found->task->awaits : NULL;
           await != NULL; await = await->task_next)
        if (await->resource != NULL && await->resource->holds != NULL)
          return await->resource->holds;
      return NULL;
    }
  resource = history_instant_get_awaited (program->past, found->number, found->track->begin_ns);
  return resource != NULL ? resource->holds : NULL;
}

static const char *
get_state_name (const Found *found)
{
  guint32 name = found->task != NULL ? found->task->state_name : 0;

  if (found->program->past != NULL)
    name = history_instant_get_state_name (found->program->past, found->number,
                                           found->track->begin_ns);
  return name != 0 ? found->program->names.tables->get_string (found->program->names.data, name)
                   : "";
}

guint
inspector_instant_get_n_tasks (InspectorInstant *self)
{
  g_return_val_if_fail (INSPECTOR_IS_INSTANT (self), 0);
  return self->n_rows;
}

gboolean
inspector_instant_get_task (InspectorInstant *self, guint index, InspectorTaskState *ret_state)
{
  const ModelHold *hold;
  Found found;

  g_return_val_if_fail (INSPECTOR_IS_INSTANT (self), FALSE);

  if (!find (self, index, &found))
    return FALSE;
  *ret_state = (InspectorTaskState){ .row = self->rows[index],
                                     .state_name = get_state_name (&found),
                                     .holder = G_MAXUINT };
  for (hold = found.task != NULL ? found.task->holds : NULL; hold != NULL; hold = hold->task_next)
    ret_state->n_holds++;
  hold = find_holders (&found);
  if (hold == NULL)
    return TRUE;
  ret_state->n_holders = hold->resource->n_holds;
  ret_state->held_since_ns = hold->since_ns;
  if (hold->task != NULL)
    ret_state->holder = history_find_track (
        self->history, self->history->programs->pdata[self->rows[index].program], hold->task->id,
        self->at_ns);
  else
    ret_state->holder_tid = hold->thread != NULL ? hold->thread->tid : 0;
  return TRUE;
}

/* ---- Lists ------------------------------------------------------------------------------------- */

static HistoryMomentOf
get_moment_of (InspectorInstant *self, const Found *found, ModelTarget *model)
{
  return (HistoryMomentOf){ self->history, self->history->programs->pdata[found->track->target],
                            model, found->program->names.places, self->at_ns };
}

GPtrArray *
inspector_instant_list_holds (InspectorInstant *self, guint index)
{
  GPtrArray *list = history_holders_new ();
  HistoryMomentOf moment;
  Found found;

  if (!find (self, index, &found) || found.task == NULL)
    return list;
  moment = get_moment_of (self, &found, found.program->model);
  for (const ModelHold *hold = found.task->holds; hold != NULL; hold = hold->task_next)
    history_holders_add (&moment, hold, list);
  return list;
}

GPtrArray *
inspector_instant_list_holders (InspectorInstant *self, guint index)
{
  GPtrArray *list = history_holders_new ();
  HistoryMomentOf moment;
  Found found;

  if (!find (self, index, &found))
    return list;
  moment = get_moment_of (self, &found, found.program->model);
  for (const ModelHold *hold = find_holders (&found); hold != NULL; hold = hold->resource_next)
    history_holders_add (&moment, hold, list);
  return list;
}

GPtrArray *
inspector_instant_list_variables (InspectorInstant *self, guint index)
{
  GPtrArray *list = history_variables_new ();
  ModelTarget *own = NULL;
  HistoryMomentOf moment;
  Found found;

  if (!find (self, index, &found) || (found.program->past != NULL && found.number == 0))
    return list;
  if (found.program->past != NULL)
    {
      own = history_instant_load_task (found.program->past, found.number, found.track->begin_ns);
      found.task = model_table_find (&own->tasks, found.track->id);
    }
  moment = get_moment_of (self, &found, own != NULL ? own : found.program->model);
  if (found.task != NULL)
    history_variables_add (&moment, found.task, list);
  model_target_free (own);
  return list;
}
