/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* The graph of very many tasks is made by a thread, from the instant as it reads it; the session's thread names what is
 * shown of it, some hundred nodes. */

#include "graph/inspector-graph-private.h"
#include "session/history-aside.h"

/* Of so many tasks it is made in a few ms. */
#define MAX_AT_ONCE 8192u

/* One program. */
typedef struct
{
  HistoryProgram *program; /* of the session's thread */
  guint number;            /* what its tracks call it */
  HistoryAside *aside;     /* NULL: of few tasks, it is made in the session's thread */
  gboolean grows;
  guint64 focus; /* id; 0: none */

  /* What the thread has made. */
  HistoryMoment *moment;
  WaitGraph *graph;
  GHashTable *numbers; /* id of a task that is shown: number of its track */
} Job;

typedef struct
{
  gint64 at_ns;
  InspectorGraphChoice choice; /* its groups are its own */
  guint n_nodes;               /* that are shown of the jobs before */
  GPtrArray *jobs;             /* Job: of each program that is there */
} Building;

static void
free_graph (gpointer graph)
{
  wait_graph_free (graph);
}

/* Whoever asks next goes on from it. */
static void
give_back (Job *job)
{
  if (job->graph != NULL)
    history_let_go (g_steal_pointer (&job->graph), free_graph);
  if (job->moment != NULL)
    history_aside_give_back (job->aside, g_steal_pointer (&job->moment));
}

static void
job_free (gpointer data)
{
  Job *job = data;

  give_back (job);
  g_clear_pointer (&job->numbers, g_hash_table_unref);
  g_clear_pointer (&job->aside, history_aside_unref);
  g_free (job);
}

static void
building_free (gpointer data)
{
  Building *self = data;

  g_ptr_array_unref (self->jobs);
  g_free ((gpointer)self->choice.open);
  g_free (self);
}

/* ---- In a thread -------------------------------------------------------------------------------- */

/* Tracks are there without a lock. An id is used again: the latest one counts. */
static void
find_numbers (InspectorHistory *history, gint64 at_ns, Job *job)
{
  guint n = inspector_history_get_n_tracks (history);

  job->numbers = g_hash_table_new (NULL, NULL);
  wait_graph_list_tasks (job->graph, job->numbers);
  for (guint i = 0; i < n; i++)
    {
      const ModelTrack *track = inspector_history_peek_track (history, i);

      if (track->target == job->number && track->begin_ns <= at_ns &&
          g_hash_table_contains (job->numbers, GSIZE_TO_POINTER (track->id)))
        g_hash_table_insert (job->numbers, GSIZE_TO_POINTER (track->id),
                             GSIZE_TO_POINTER (track->number));
    }
}

static gboolean
run_job (InspectorHistory *history, Building *self, Job *job, GCancellable *cancellable,
         GError **error)
{
  const InspectorGraphChoice *choice = &self->choice;
  ExportGraphChoice own = { .max_nodes = choice->max_nodes - MIN (self->n_nodes, choice->max_nodes),
                            .folds = choice->folds,
                            .only_part = choice->only_part,
                            .open = choice->open,
                            .n_open = choice->n_open };

  job->moment = history_aside_read (job->aside, self->at_ns, job->grows, cancellable, error);
  if (job->moment == NULL)
    return FALSE;
  own.focus = model_table_find (&job->moment->model->tasks, job->focus);
  job->graph = wait_graph_new (job->moment->model, &own);
  self->n_nodes += wait_graph_count_nodes (job->graph);
  find_numbers (history, self->at_ns, job);
  return TRUE;
}

static void
build_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Building *self = data;
  GError *error = NULL;

  for (guint i = 0; i < self->jobs->len; i++)
    {
      Job *job = self->jobs->pdata[i];

      if (job->aside != NULL &&
          !run_job (INSPECTOR_HISTORY (source), self, job, cancellable, &error))
        {
          g_task_return_error (task, error);
          return;
        }
    }
  g_task_return_boolean (task, TRUE);
}

/* ---- What is asked ------------------------------------------------------------------------------ */

static guint64
get_max_at_once (const HistoryProgram *program)
{
  return program->max_whole != 0 ? MIN (program->max_whole, MAX_AT_ONCE) : MAX_AT_ONCE;
}

/* Now, of a program that runs, is what its model says, which is not for a thread: of many tasks its recording says the
 * same. */
static gboolean
is_small_now (const HistoryProgram *program)
{
  return program->model->tasks.count <= get_max_at_once (program) || program->path == NULL;
}

static gboolean
is_small_then (InspectorHistory *history, HistoryProgram *program, gint64 at_ns)
{
  const HistoryMoment *moment = g_hash_table_lookup (history->moments, program);
  HistoryDistance distance;

  /* What cannot be read is nothing to wait for: who asks for it is told why. */
  if (!history_find_distance (history, program, 0, at_ns, FALSE, &distance, NULL))
    return TRUE;
  return distance == HISTORY_IS_THERE &&
         (moment == NULL || moment->model->tasks.count <= get_max_at_once (program));
}

static gboolean
is_small (InspectorHistory *history, HistoryProgram *program, gint64 at_ns)
{
  return history_program_has_gone (history, program, at_ns) ||
         (program->model != NULL && at_ns >= program->model->now_ns
              ? is_small_now (program)
              : is_small_then (history, program, at_ns));
}

gboolean
inspector_history_has_graph (InspectorHistory *history, gint64 at_ns)
{
  g_return_val_if_fail (INSPECTOR_IS_HISTORY (history), FALSE);

  for (guint i = 0; i < history->programs->len; i++)
    if (!is_small (history, history->programs->pdata[i], at_ns))
      return FALSE;
  return TRUE;
}

static Job *
job_new (InspectorHistory *history, guint number, const Building *self)
{
  HistoryProgram *program = history->programs->pdata[number];
  const ModelTrack *focus =
      inspector_graph_find_track (history, program, self->choice.focus, self->at_ns);
  Job *job = g_new0 (Job, 1);

  job->program = program;
  job->number = number;
  job->focus = focus != NULL ? focus->id : 0;
  if (is_small (history, program, self->at_ns))
    return job;
  /* What has happened until now is in the file when the thread opens it. */
  if (program->model != NULL && program->writer != NULL)
    recording_writer_sync (program->writer);
  job->aside = history_aside_get (program);
  job->grows = program->writer != NULL;
  return job;
}

void
inspector_history_build_graph_async (InspectorHistory *history, gint64 at_ns,
                                     const InspectorGraphChoice *choice, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;
  Building *self;

  g_return_if_fail (INSPECTOR_IS_HISTORY (history));
  g_return_if_fail (!choice->only_ahead);

  self = g_new0 (Building, 1);
  self->at_ns = at_ns;
  self->choice = *choice;
  self->choice.open = g_memdup2 (choice->open, choice->n_open * sizeof *choice->open);
  self->jobs = g_ptr_array_new_with_free_func (job_free);
  for (guint i = 0; i < history->programs->len; i++)
    g_ptr_array_add (self->jobs, job_new (history, i, self));
  task = g_task_new (history, cancellable, callback, data);
  g_task_set_source_tag (task, inspector_history_build_graph_async);
  g_task_set_task_data (task, self, building_free);
  g_task_run_in_thread (task, build_in_thread);
}

/* ---- What is told ------------------------------------------------------------------------------- */

static guint64
get_number (const ModelTask *task, gpointer data)
{
  const Job *job = data;

  return GPOINTER_TO_SIZE (g_hash_table_lookup (job->numbers, GSIZE_TO_POINTER (task->id)));
}

static gboolean
tell_job (InspectorGraph *graph, const Building *self, Job *job, GError **error)
{
  ReportInput input = {
    .pid = job->program->pid, .command = "", .model = job->moment->model, .now_ns = self->at_ns
  };
  HistoryNames names;

  /* It may have ended meanwhile. */
  if (!history_program_get_names (job->program, &names) &&
      (!history_program_open (job->program, self->at_ns, error) ||
       !history_program_get_names (job->program, &names)))
    return FALSE;
  input.places = names.places;
  input.model->tables = names.tables;
  input.model->tables_data = names.data;
  inspector_graph_add (graph, wait_graph_tell (job->graph, &input, get_number, job));
  give_back (job);
  return TRUE;
}

InspectorGraph *
inspector_history_build_graph_finish (InspectorHistory *history, GAsyncResult *result,
                                      GError **error)
{
  g_autoptr (InspectorGraph) graph = NULL;
  const Building *self;

  g_return_val_if_fail (g_task_is_valid (result, history), NULL);
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  graph = g_object_new (INSPECTOR_TYPE_GRAPH, NULL);
  self = g_task_get_task_data (G_TASK (result));
  for (guint i = 0; i < self->jobs->len; i++)
    {
      Job *job = self->jobs->pdata[i];

      if (job->moment != NULL ? !tell_job (graph, self, job, error)
                              : !inspector_graph_build_program (graph, history, job->program,
                                                                self->at_ns, &self->choice, error))
        return NULL;
    }
  return g_steal_pointer (&graph);
}
