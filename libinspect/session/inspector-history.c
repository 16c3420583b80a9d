/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/inspector-history-private.h"

enum
{
  SIGNAL_GROWN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (InspectorHistory, inspector_history, G_TYPE_OBJECT)

G_STATIC_ASSERT (INSPECTOR_STATE_BLOCKED == (int)MODEL_SPAN_BLOCKED);
G_STATIC_ASSERT (INSPECTOR_STATE_RESTING == (int)MODEL_SPAN_RESTING);

static void
program_free (gpointer data)
{
  HistoryProgram *program = data;

  g_clear_pointer (&program->names, g_hash_table_unref);
  g_clear_pointer (&program->functions, g_hash_table_unref);
  g_clear_pointer (&program->sources, g_hash_table_unref);
  g_clear_pointer (&program->files, g_hash_table_unref);
  g_ptr_array_unref (program->kinds);
  history_program_close (program);
  g_free (program->path);
  g_free (program);
}

static void
inspector_history_finalize (GObject *object)
{
  InspectorHistory *self = INSPECTOR_HISTORY (object);

  g_hash_table_unref (self->by_id);
  g_array_unref (self->same_id);
  history_forget_moment (self);
  g_hash_table_unref (self->moments);
  model_history_free (self->model);
  analysis_past_free (self->past);
  g_ptr_array_unref (self->programs);
  G_OBJECT_CLASS (inspector_history_parent_class)->finalize (object);
}

static void
inspector_history_class_init (InspectorHistoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_history_finalize;
  signals[SIGNAL_GROWN] = g_signal_new ("grown", INSPECTOR_TYPE_HISTORY, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
}

static void
inspector_history_init (InspectorHistory *self)
{
  self->model = model_history_new (NULL);
  self->by_id = g_hash_table_new (NULL, NULL);
  self->same_id = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->moments = g_hash_table_new_full (NULL, NULL, NULL, history_moment_free);
  self->programs = g_ptr_array_new_with_free_func (program_free);
}

InspectorHistory *
inspector_history_new (void)
{
  return g_object_new (INSPECTOR_TYPE_HISTORY, NULL);
}

/* ---- Programs that come and go ---------------------------------------------------------------- */

HistoryProgram *
inspector_history_add_program (InspectorHistory *self)
{
  HistoryProgram *program = g_new0 (HistoryProgram, 1);

  program->kinds = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->programs, program);
  return program;
}

void
analysis_history_begin (InspectorHistory *self, int pid, ModelTarget *model, AnalysisPlaces *places,
                        AnalysisFacts *facts)
{
  HistoryProgram *program = inspector_history_add_program (self);

  program->pid = pid;
  program->model = model;
  program->places = places;
  program->facts = facts;
  program->files = g_hash_table_ref (analysis_places_get_files (places));
  model_history_watch (self->model, model, self->programs->len - 1);
}

static HistoryProgram *
find_program (InspectorHistory *self, ModelTarget *model)
{
  for (guint i = self->programs->len; i > 0; i--)
    if (((HistoryProgram *)self->programs->pdata[i - 1])->model == model)
      return self->programs->pdata[i - 1];
  return NULL;
}

void
analysis_history_set_objects (InspectorHistory *self, ModelTarget *model, AnalysisObjectsFunc func,
                              gpointer data)
{
  HistoryProgram *program = find_program (self, model);

  if (program == NULL)
    return;
  program->get_objects = func;
  program->objects_data = data;
}

void
analysis_history_set_recording (InspectorHistory *self, ModelTarget *model, const char *path,
                                guint32 number)
{
  HistoryProgram *program = find_program (self, model);

  if (program == NULL)
    return;
  history_forget_moment (self);
  history_program_close (program);
  g_free (program->path);
  program->path = g_strdup (path);
  program->number = number;
}

void
analysis_history_set_writer (InspectorHistory *self, ModelTarget *model, RecordingWriter *writer,
                             guint32 number)
{
  HistoryProgram *program = find_program (self, model);

  if (program == NULL)
    return;
  analysis_history_set_recording (self, model, recording_writer_get_path (writer), number);
  program->writer = writer;
}

void
analysis_history_forget_writer (InspectorHistory *self, ModelTarget *model)
{
  HistoryProgram *program = find_program (self, model);

  if (program == NULL)
    return;
  history_forget_moment (self);
  history_program_close (program);
}

void
analysis_history_reach (InspectorHistory *self, gint64 at_ns)
{
  if (at_ns > self->reached_ns)
    __atomic_store_n (&self->reached_ns, at_ns, __ATOMIC_RELAXED);
}

void
analysis_history_end_program (InspectorHistory *self, ModelTarget *model, gint64 at_ns)
{
  for (guint i = 0; i < self->programs->len; i++)
    {
      HistoryProgram *program = self->programs->pdata[i];

      if (program->model != model)
        continue;
      program->end_ns = MAX (at_ns, model->now_ns);
      model_history_end_program (self->model, i, program->end_ns);
    }
}

void
analysis_history_tell (InspectorHistory *self)
{
  guint64 n_changes = model_history_get_n_changes (self->model);

  if (n_changes == self->n_told)
    return;
  self->n_told = n_changes;
  g_signal_emit (self, signals[SIGNAL_GROWN], 0);
}

void
analysis_history_end (InspectorHistory *self, ModelTarget *model)
{
  for (guint i = 0; i < self->programs->len; i++)
    {
      HistoryProgram *program = self->programs->pdata[i];

      if (program->model != model)
        continue;
      history_forget_moment (self);
      history_keep_names (self, program, i);
      model_history_leave (self->model, model);
      program->model = NULL;
      program->places = NULL;
      program->facts = NULL;
      program->get_objects = NULL;
    }
}

/* ---- Tracks ------------------------------------------------------------------------------------ */

gboolean
inspector_history_get_range (InspectorHistory *self, gint64 *first_ns, gint64 *last_ns)
{
  if (!model_history_get_range (self->model, first_ns, last_ns))
    return FALSE;
  *last_ns = MAX (*last_ns, __atomic_load_n (&self->reached_ns, __ATOMIC_RELAXED));
  return TRUE;
}

guint64
inspector_history_get_n_changes (InspectorHistory *self)
{
  return model_history_get_n_changes (self->model);
}

gsize
inspector_history_get_size (InspectorHistory *self)
{
  return model_history_get_size (self->model, NULL);
}

gsize
inspector_history_get_paged_size (InspectorHistory *self)
{
  guint64 in_file;

  model_history_get_size (self->model, &in_file);
  return in_file;
}

guint64
inspector_history_get_n_left_out (InspectorHistory *self)
{
  return model_history_get_n_left_out (self->model);
}

guint
inspector_history_get_n_tracks (InspectorHistory *self)
{
  return model_history_get_n_tracks (self->model);
}

const ModelTrack *
inspector_history_peek_whole_track (InspectorHistory *self, guint index)
{
  return index < model_history_get_n_tracks (self->model)
             ? model_history_get_whole_track (self->model, index)
             : NULL;
}

const ModelTrack *
inspector_history_peek_track (InspectorHistory *self, guint index)
{
  return index < model_history_get_n_tracks (self->model)
             ? model_history_get_track (self->model, index)
             : NULL;
}

HistoryProgram *
inspector_history_peek_program (InspectorHistory *self, const ModelTrack *track)
{
  return self->programs->pdata[track->target];
}

/* At its end a program is what it was last: that is what is looked at of one that was killed. Only where the
 * session goes on without it has it gone; a program and who has started it end one after the other, within a
 * moment, and what was stuck is to be seen at the end of their recording. */
#define LAST_MOMENT_NS (G_GINT64_CONSTANT (1000) * 1000 * 1000)

static gboolean
goes_on_after (InspectorHistory *self, gint64 left_ns)
{
  gint64 first_ns, last_ns;

  return left_ns != 0 && inspector_history_get_range (self, &first_ns, &last_ns) &&
         last_ns - left_ns > LAST_MOMENT_NS;
}

gboolean
history_program_has_gone (InspectorHistory *self, const HistoryProgram *program, gint64 at_ns)
{
  return at_ns > program->end_ns && goes_on_after (self, program->end_ns);
}

gint64
inspector_history_find_end (InspectorHistory *self, const ModelTrack *track, gint32 *ret_status)
{
  gint64 end_ns = __atomic_load_n (&track->end_ns, __ATOMIC_ACQUIRE);
  gint64 left_ns = __atomic_load_n (&track->left_ns, __ATOMIC_RELAXED);

  *ret_status = track->status;
  if (end_ns != G_MAXINT64 || !goes_on_after (self, left_ns))
    return end_ns;
  *ret_status = INSPECTOR_END_OF_PROGRAM;
  return left_ns + 1;
}

gboolean
inspector_history_get_track (InspectorHistory *self, guint index, InspectorTrack *ret_track)
{
  const ModelTrack *track = inspector_history_peek_track (self, index);
  gint64 end_ns;
  gint32 status;

  memset (ret_track, 0, sizeof *ret_track);
  if (track == NULL)
    return FALSE;
  end_ns = inspector_history_find_end (self, track, &status);
  *ret_track = (InspectorTrack){ .number = track->number,
                                 .parent = track->parent,
                                 .pid = inspector_history_peek_program (self, track)->pid,
                                 .begin_ns = track->begin_ns,
                                 .end_ns = end_ns,
                                 .status = status,
                                 .n_spans = model_history_get_n_spans (track) };
  return TRUE;
}

gboolean
inspector_history_find_track (InspectorHistory *self, guint64 number, guint *index)
{
  return model_history_find_track (self->model, number, index);
}

gboolean
inspector_history_find_task (InspectorHistory *self, int pid, guint64 id, gint64 at_ns,
                             guint *index)
{
  for (guint i = model_history_get_n_tracks (self->model); i > 0; i--)
    {
      const ModelTrack *track = model_history_get_track (self->model, i - 1);

      if (track->id != id || track->begin_ns > at_ns ||
          inspector_history_peek_program (self, track)->pid != pid)
        continue;
      *index = i - 1;
      return TRUE;
    }
  return FALSE;
}

void
inspector_history_get_activity (InspectorHistory *self, gint64 from_ns, gint64 to_ns, guint n,
                                double *ret_counts)
{
  model_history_get_activity (self->model, from_ns, to_ns, n, ret_counts);
}
