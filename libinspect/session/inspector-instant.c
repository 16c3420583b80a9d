/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-instant.h"

#include "model/pages.h"
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

/* What is known of one track. */
typedef struct
{
  const ModelTask *task;    /* in the program's model; NULL: it is not in it */
  const ModelHold *holders; /* of what it waits for; NULL: nobody */
  const char *state_name;
  guint32 number; /* in the program's HistoryInstant */
} Known;

struct _InspectorInstant
{
  GObject parent_instance;
  InspectorHistory *history;
  gint64 at_ns;
  Program *programs;
  guint n_programs;
  /* Of each track. */
  InspectorRow *rows;
  Known *known;
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
  if (self->rows != NULL)
    model_pages_free (self->rows, self->n_rows * sizeof *self->rows + 1);
  if (self->known != NULL)
    model_pages_free (self->known, self->n_rows * sizeof *self->known + 1);
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

/* Of those that had not begun or had ended nothing is read. */
static gpointer
read_rows (gpointer data)
{
  InspectorInstant *self = data;
  guint first;

  while ((first = __atomic_fetch_add (&self->next, BLOCK, __ATOMIC_RELAXED)) < self->n_rows)
    history_read_rows (self->history, first, MIN (BLOCK, self->n_rows - first), self->at_ns, TRUE,
                       &self->rows[first]);
  return NULL;
}

/* Of what it waits for and somebody has, the latest. */
static const ModelHold *
find_holders_now (const ModelTask *task)
{
  for (const ModelAwait *await = task != NULL ? task->awaits : NULL; await != NULL;
       await = await->task_next)
    if (await->resource != NULL && await->resource->holds != NULL)
      return await->resource->holds;
  return NULL;
}

static gboolean
is_there (const InspectorInstant *self, guint index)
{
  return index < self->n_rows && self->rows[index].state != INSPECTOR_STATE_NONE &&
         self->programs[self->rows[index].program].model != NULL;
}

static guint64
get_id (const InspectorInstant *self, guint index)
{
  return inspector_history_peek_track (self->history, index)->id;
}

static void
find_known (const InspectorInstant *self, guint index, guint32 *ret_name)
{
  const Program *program = &self->programs[self->rows[index].program];
  guint64 id = get_id (self, index);
  gint64 begin_ns = self->rows[index].begin_ns;
  Known *known = &self->known[index];
  const ModelResource *awaited;

  known->task = id != 0 ? model_table_find (&program->model->tasks, id) : program->model->outside;
  if (program->past != NULL)
    {
      *ret_name = history_instant_get_state_name (program->past, known->number, begin_ns);
      awaited = history_instant_get_awaited (program->past, known->number, begin_ns);
      known->holders = awaited != NULL ? awaited->holds : NULL;
    }
  else
    {
      *ret_name = known->task != NULL ? known->task->state_name : 0;
      known->holders = find_holders_now (known->task);
    }
}

/* Of what is found one behind the other each is asked for from memory so many tracks ahead of who needs it. */
#define STEP 8u
#define N_STEPS 3u

static void
prepare_known (const InspectorInstant *self, guint index, guint step)
{
  const HistoryInstant *past = self->programs[self->rows[index].program].past;
  Known *known = &self->known[index];

  if (past == NULL)
    return;
  if (step == 0)
    history_instant_prepare (past, get_id (self, index));
  else if (step == 1)
    known->number = history_instant_find (past, get_id (self, index));
  if (step > 0)
    history_instant_prepare_task (past, known->number, step == 1);
}

/* Most are called the same as the one before. */
typedef struct
{
  guint32 program, name;
  const char *text;
} Called;

static const char *
get_name (const InspectorInstant *self, guint32 program, guint32 name, Called *last)
{
  const HistoryNames *names = &self->programs[program].names;

  if (name == 0)
    return "";
  if (last->text == NULL || last->program != program || last->name != name)
    *last = (Called){ program, name, names->tables->get_string (names->data, name) };
  return last->text;
}

static void
find_block_known (const InspectorInstant *self, guint first, guint end, Called *called)
{
  for (guint i = first; i < end + N_STEPS * STEP; i++)
    {
      for (guint step = 0; step < N_STEPS; step++)
        if (i >= first + step * STEP && i - step * STEP < end && is_there (self, i - step * STEP))
          prepare_known (self, i - step * STEP, step);
      if (i >= first + N_STEPS * STEP && is_there (self, i - N_STEPS * STEP))
        {
          guint index = i - N_STEPS * STEP;
          guint32 name;

          find_known (self, index, &name);
          self->known[index].state_name = get_name (self, self->rows[index].program, name, called);
        }
    }
}

static gpointer
find_all_known (gpointer data)
{
  InspectorInstant *self = data;
  Called called = { 0 };
  guint first;

  while ((first = __atomic_fetch_add (&self->next, BLOCK, __ATOMIC_RELAXED)) < self->n_rows)
    find_block_known (self, first, MIN (first + BLOCK, self->n_rows), &called);
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
  self->rows = model_pages_new (self->n_rows * sizeof *self->rows + 1);
  self->known = model_pages_new (self->n_rows * sizeof *self->known + 1);
  for (guint i = 0; i < self->n_programs; i++)
    if (!read_program (self, i, error))
      return NULL;
  run (self, read_rows, take_programs);
  run (self, find_all_known, NULL);
  return g_steal_pointer (&self);
}

/* ---- What is known ----------------------------------------------------------------------------- */

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

  g_return_val_if_fail (INSPECTOR_IS_INSTANT (self), FALSE);

  if (!is_there (self, index))
    return FALSE;
  *ret_state = (InspectorTaskState){ .row = self->rows[index],
                                     .state_name = self->known[index].state_name,
                                     .holder = G_MAXUINT };
  for (hold = self->known[index].task != NULL ? self->known[index].task->holds : NULL; hold != NULL;
       hold = hold->task_next)
    ret_state->n_holds++;
  hold = self->known[index].holders;
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

/* @model: that has what is told of; NULL: that of what is held */
static HistoryMomentOf
get_moment_of (InspectorInstant *self, guint index, ModelTarget *model)
{
  const Program *program = &self->programs[self->rows[index].program];

  return (HistoryMomentOf){ self->history,
                            self->history->programs->pdata[self->rows[index].program],
                            model != NULL ? model : program->model, program->names.places,
                            self->at_ns };
}

GPtrArray *
inspector_instant_list_holds (InspectorInstant *self, guint index)
{
  GPtrArray *list = history_holders_new ();
  HistoryMomentOf moment;

  g_return_val_if_fail (INSPECTOR_IS_INSTANT (self), list);

  if (!is_there (self, index) || self->known[index].task == NULL)
    return list;
  moment = get_moment_of (self, index, NULL);
  for (const ModelHold *hold = self->known[index].task->holds; hold != NULL; hold = hold->task_next)
    history_holders_add (&moment, hold, list);
  return list;
}

GPtrArray *
inspector_instant_list_holders (InspectorInstant *self, guint index)
{
  GPtrArray *list = history_holders_new ();
  HistoryMomentOf moment;

  g_return_val_if_fail (INSPECTOR_IS_INSTANT (self), list);

  if (!is_there (self, index))
    return list;
  moment = get_moment_of (self, index, NULL);
  for (const ModelHold *hold = self->known[index].holders; hold != NULL; hold = hold->resource_next)
    history_holders_add (&moment, hold, list);
  return list;
}

/* When the one ended that had its id before; 0: there was none */
static gint64
find_former_end (InspectorInstant *self, guint index)
{
  const ModelTrack *track = inspector_history_peek_track (self->history, index);
  guint former =
      history_find_track (self->history, self->history->programs->pdata[self->rows[index].program],
                          track->id, track->begin_ns - 1);

  return former != G_MAXUINT
             ? __atomic_load_n (&inspector_history_peek_track (self->history, former)->end_ns,
                                __ATOMIC_ACQUIRE)
             : 0;
}

static void
list_past_variables (InspectorInstant *self, guint index, GPtrArray *list)
{
  const Program *program = &self->programs[self->rows[index].program];
  guint64 id = inspector_history_peek_track (self->history, index)->id;
  ModelTarget *model =
      history_instant_load_task (program->past, id, self->known[index].number,
                                 self->rows[index].begin_ns, find_former_end (self, index));
  const HistoryMomentOf moment = get_moment_of (self, index, model);
  const ModelTask *task = model_table_find (&model->tasks, id);

  if (task != NULL)
    history_variables_add (&moment, task, list);
  model_target_free (model);
}

GPtrArray *
inspector_instant_list_variables (InspectorInstant *self, guint index)
{
  GPtrArray *list = history_variables_new ();
  HistoryMomentOf moment;

  g_return_val_if_fail (INSPECTOR_IS_INSTANT (self), list);

  if (!is_there (self, index))
    return list;
  if (self->known[index].number != 0)
    {
      if (history_instant_may_have_variables (self->programs[self->rows[index].program].past,
                                              self->known[index].number))
        list_past_variables (self, index, list);
    }
  else if (self->programs[self->rows[index].program].past == NULL &&
           self->known[index].task != NULL)
    {
      moment = get_moment_of (self, index, NULL);
      history_variables_add (&moment, self->known[index].task, list);
    }
  return list;
}
