/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* The history of a recording, from what was written beside its records. */

#include "session/inspector-history-private.h"

static void
add_program (InspectorHistory *self, RecordingReader *reader, guint32 number)
{
  HistoryProgram *program = inspector_history_add_program (self);
  gint64 seen_ns;
  gboolean has_ended;

  analysis_replay_get_facts (reader, number, &program->pid, &seen_ns, &has_ended);
  program->path = g_strdup (recording_reader_get_path (reader));
  program->number = number;
  analysis_history_reach (self, seen_ns);
  if (!has_ended || seen_ns <= 0)
    return;
  program->end_ns = seen_ns;
  model_history_end_program (self->model, self->programs->len - 1, seen_ns);
}

InspectorHistory *
inspector_history_open_recording (const char *path, char **ret_warning, GError **error)
{
  g_autoptr (InspectorHistory) self = NULL;
  RecordingReader *reader = recording_reader_open (path, error);
  AnalysisPast *past = reader != NULL ? analysis_past_new (reader, 0, error) : NULL;
  gint64 first_ns, last_ns;

  if (past == NULL)
    return NULL;
  self = inspector_history_new ();
  self->past = past;
  if (!analysis_past_open (past, self->model, 0, error))
    return NULL;
  for (guint32 i = 1; i <= recording_reader_get_n_targets (reader); i++)
    add_program (self, reader, i);
  if (recording_reader_get_range (reader, &first_ns, &last_ns))
    analysis_history_reach (self, last_ns);
  if (ret_warning != NULL)
    *ret_warning = analysis_replay_dup_warning (reader, path);
  return g_steal_pointer (&self);
}
