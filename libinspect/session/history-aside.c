/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* An instant of a program of very many tasks is read by a thread, with a reader of its own, while who has asked goes
 * on; what it made is put where inspector_history_get_moment() and the graph look for it. */

#include "session/history-aside.h"

struct _HistoryAside
{
  gatomicrefcount refs;
  GMutex lock;
  HistoryProgram copy; /* of who has @lock: where the records are, and what was found out of them */
  guint64 next_number; /* of tasks of @kept; of who has @lock, too */
  GMutex kept_lock;    /* never for long: the session's thread gives back, too */
  GCond given_back;
  HistoryMoment *kept; /* (nullable) */
  gboolean is_lent;    /* somebody has it, and it will be back soon */
};

/* What is read of one program. */
typedef struct
{
  HistoryProgram *program; /* of the session's thread */
  HistoryAside *aside;
  gboolean grows;
  gboolean is_whole; /* all of its tasks, not @ids alone */
  GArray *ids;       /* guint64 */

  ModelTarget *model; /* that was made; NULL: none */
  GHashTable *found;  /* with @model; NULL: all are in it */
} Job;

typedef struct
{
  gint64 at_ns;
  gboolean is_ahead;
  guint n_forgotten; /* of the history when it was asked */
  GPtrArray *jobs;
} Reading;

static HistoryAside *
aside_new (const HistoryProgram *program)
{
  HistoryAside *self = g_new0 (HistoryAside, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  g_mutex_init (&self->kept_lock);
  g_cond_init (&self->given_back);
  self->copy.path = g_strdup (program->path);
  self->copy.number = program->number;
  self->next_number = 1;
  return self;
}

HistoryAside *
history_aside_ref (HistoryAside *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

HistoryAside *
history_aside_get (HistoryProgram *program)
{
  if (program->aside == NULL)
    program->aside = aside_new (program);
  return history_aside_ref (program->aside);
}

void
history_aside_unref (HistoryAside *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  history_moment_free (self->kept);
  history_program_close (&self->copy);
  g_free (self->copy.path);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->kept_lock);
  g_cond_clear (&self->given_back);
  g_free (self);
}

static void
job_free (gpointer data)
{
  Job *job = data;

  history_let_model_go (job->model);
  g_clear_pointer (&job->found, g_hash_table_unref);
  g_clear_pointer (&job->ids, g_array_unref);
  g_clear_pointer (&job->aside, history_aside_unref);
  g_free (job);
}

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_ptr_array_unref (reading->jobs);
  g_free (reading);
}

/* ---- In a thread --------------------------------------------------------------------------------- */

/* A recording that is being written has more in it by now. */
static gboolean
open_again (HistoryProgram *copy, gint64 until_ns, gboolean grows, GError **error)
{
  gint64 first_ns, last_ns;

  if (grows && copy->reader != NULL &&
      (!recording_reader_get_range (copy->reader, &first_ns, &last_ns) || last_ns < until_ns))
    history_program_close (copy);
  return history_program_open (copy, until_ns, error);
}

static gboolean
run_job (const Reading *reading, Job *job, GError **error)
{
  HistoryProgram *copy = &job->aside->copy;
  guint64 number = 1; /* for as long as this takes: then the session's thread has the model */
  HistoryNames names;

  if (!open_again (copy, reading->at_ns, job->grows, error) ||
      !history_program_get_names (copy, &names))
    return FALSE;
  if (!job->is_whole)
    job->model = history_program_load_tasks (
        copy, &names, &number, (const guint64 *)(gpointer)job->ids->data, job->ids->len,
        reading->at_ns, reading->is_ahead, &job->found);
  if (job->model == NULL)
    job->model = history_program_load (copy, &names, &number, reading->at_ns);
  return TRUE;
}

static HistoryMoment *
read_moment (HistoryAside *self, HistoryMoment *moment, gint64 at_ns, gboolean grows,
             GError **error)
{
  HistoryProgram *copy = &self->copy;
  HistoryNames names;

  if (!open_again (copy, at_ns, grows, error) || !history_program_get_names (copy, &names))
    {
      history_moment_free (moment);
      return NULL;
    }
  /* Who had it has named its numbers by its own tables. */
  if (moment != NULL)
    {
      moment->model->tables = names.tables;
      moment->model->tables_data = names.data;
    }
  if (moment != NULL && (moment->at_ns == at_ns ||
                         (moment->at_ns < at_ns &&
                          history_program_advance (copy, moment->model, moment->at_ns, at_ns))))
    {
      moment->at_ns = at_ns;
      return moment;
    }
  history_moment_free (moment);
  moment = g_new (HistoryMoment, 1);
  *moment =
      (HistoryMoment){ history_program_load (copy, &names, &self->next_number, at_ns), at_ns };
  return moment;
}

/* Two views that ask for the same instant have it read once: the second waits for what the first has. */
static HistoryMoment *
lend (HistoryAside *self)
{
  HistoryMoment *moment;

  g_mutex_lock (&self->kept_lock);
  while (self->is_lent)
    g_cond_wait (&self->given_back, &self->kept_lock);
  self->is_lent = TRUE;
  moment = g_steal_pointer (&self->kept);
  g_mutex_unlock (&self->kept_lock);
  return moment;
}

void
history_aside_give_back (HistoryAside *self, HistoryMoment *moment)
{
  g_mutex_lock (&self->kept_lock);
  self->kept = moment;
  self->is_lent = FALSE;
  g_cond_signal (&self->given_back);
  g_mutex_unlock (&self->kept_lock);
}

HistoryMoment *
history_aside_read (HistoryAside *self, gint64 at_ns, gboolean grows, GCancellable *cancellable,
                    GError **error)
{
  HistoryMoment *moment = lend (self);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      history_aside_give_back (self, moment);
      return NULL;
    }
  g_mutex_lock (&self->lock);
  moment = read_moment (self, moment, at_ns, grows, error);
  g_mutex_unlock (&self->lock);
  if (moment == NULL)
    history_aside_give_back (self, NULL);
  return moment;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;

  for (guint i = 0; i < reading->jobs->len; i++)
    {
      Job *job = reading->jobs->pdata[i];
      GError *error = NULL;
      gboolean is_done;

      g_mutex_lock (&job->aside->lock);
      is_done = !g_cancellable_set_error_if_cancelled (cancellable, &error) &&
                run_job (reading, job, &error);
      g_mutex_unlock (&job->aside->lock);
      if (!is_done)
        {
          g_task_return_error (task, error);
          return;
        }
    }
  g_task_return_boolean (task, TRUE);
}

/* ---- What is asked ------------------------------------------------------------------------------- */

static Job *
get_job (Reading *reading, HistoryProgram *program)
{
  Job *job;

  for (guint i = 0; i < reading->jobs->len; i++)
    if ((job = reading->jobs->pdata[i])->program == program)
      return job;
  job = g_new0 (Job, 1);
  *job = (Job){ .program = program,
                .aside = history_aside_get (program),
                .grows = program->writer != NULL,
                .ids = g_array_new (FALSE, FALSE, sizeof (guint64)) };
  g_ptr_array_add (reading->jobs, job);
  return job;
}

static gboolean
lives_at (InspectorHistory *self, guint index, gint64 at_ns)
{
  InspectorSpan span;

  return inspector_history_get_state_at (self, index, at_ns, &span) &&
         span.state != INSPECTOR_STATE_NONE;
}

/* What cannot be read is nothing to wait for: who asks for it is told why. */
static HistoryDistance
find_distance (InspectorHistory *self, HistoryProgram *program, guint64 id, const Reading *reading)
{
  HistoryDistance distance;

  return history_find_distance (self, program, id, reading->at_ns, reading->is_ahead, &distance,
                                NULL)
             ? distance
             : HISTORY_IS_THERE;
}

static void
want_program (InspectorHistory *self, HistoryProgram *program, guint64 id, Reading *reading)
{
  HistoryDistance distance = find_distance (self, program, id, reading);
  Job *job;

  if (distance == HISTORY_IS_THERE)
    return;
  job = get_job (reading, program);
  job->is_whole |= distance == HISTORY_IS_NEAR;
  g_array_append_val (job->ids, id);
}

static Reading *
reading_new (InspectorHistory *self, const guint *tracks, guint n, gint64 at_ns, gboolean is_ahead)
{
  Reading *reading = g_new (Reading, 1);

  *reading =
      (Reading){ at_ns, is_ahead, self->n_forgotten, g_ptr_array_new_with_free_func (job_free) };
  for (guint i = 0; tracks == NULL && i < self->programs->len; i++)
    if (!history_program_has_gone (self, self->programs->pdata[i], at_ns))
      want_program (self, self->programs->pdata[i], 0, reading);
  for (guint i = 0; tracks != NULL && i < n; i++)
    {
      const ModelTrack *track = inspector_history_peek_track (self, tracks[i]);

      if (track != NULL && lives_at (self, tracks[i], at_ns))
        want_program (self, inspector_history_peek_program (self, track), track->id, reading);
    }
  return reading;
}

gboolean
inspector_history_has_moments (InspectorHistory *self, const guint *tracks, guint n, gint64 at_ns,
                               gboolean is_ahead)
{
  Reading *reading;
  gboolean is_there;

  g_return_val_if_fail (INSPECTOR_IS_HISTORY (self), FALSE);
  reading = reading_new (self, tracks, n, at_ns, is_ahead);
  is_there = reading->jobs->len == 0;
  reading_free (reading);
  return is_there;
}

void
inspector_history_read_moments_async (InspectorHistory *self, const guint *tracks, guint n,
                                      gint64 at_ns, gboolean is_ahead, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (INSPECTOR_IS_HISTORY (self));
  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, inspector_history_read_moments_async);
  g_task_set_task_data (task, reading_new (self, tracks, n, at_ns, is_ahead), reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

/* From now on it is of the session's thread, and so is what names its numbers. */
static void
put (InspectorHistory *self, const Reading *reading, Job *job)
{
  HistoryPart part = { .program = job->program,
                       .model = g_steal_pointer (&job->model),
                       .ids = g_steal_pointer (&job->found),
                       .at_ns = reading->at_ns,
                       .is_ahead = reading->is_ahead };
  HistoryNames names;

  if (part.model == NULL || !history_program_get_names (job->program, &names))
    {
      history_let_model_go (part.model);
      g_clear_pointer (&part.ids, g_hash_table_unref);
      return;
    }
  part.model->tables = names.tables;
  part.model->tables_data = names.data;
  part.model->next_number = &self->moment_number;
  if (part.ids != NULL)
    history_put_part (self, &part);
  else
    history_put_moment (self, job->program, part.model, part.at_ns);
}

gboolean
inspector_history_read_moments_finish (InspectorHistory *self, GAsyncResult *result, GError **error)
{
  const Reading *reading;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  reading = g_task_get_task_data (G_TASK (result));
  /* Of a program that has ended meanwhile what was known is read again. */
  for (guint i = 0; i < reading->jobs->len && reading->n_forgotten == self->n_forgotten; i++)
    put (self, reading, reading->jobs->pdata[i]);
  return TRUE;
}
