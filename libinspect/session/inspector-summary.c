/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What tasks did in a stretch of time, of inspector-history.h. Any thread may count; names are found by
 * the session's thread. */

#include "session/inspector-history-private.h"
#include "session/summary.h"

/* Tracks after which it is looked whether somebody still wants to know. */
#define PATIENCE 64u

typedef struct
{
  guint index;
  gint64 from_ns, to_ns;
} Stretch;

/* (nullable): cancelled */
static GPtrArray *
count (InspectorHistory *self, const Stretch *stretch, GCancellable *cancellable)
{
  g_autoptr (AnalysisSummary) summary = analysis_summary_new ();
  guint first = stretch->index == G_MAXUINT ? 0 : stretch->index;
  guint n = model_history_get_n_tracks (self->model);
  guint end = stretch->index == G_MAXUINT ? n : MIN (n, first + 1);

  for (guint i = first; i < end; i++)
    {
      if (i % PATIENCE == 0 && g_cancellable_is_cancelled (cancellable))
        return NULL;
      analysis_summary_add (summary, model_history_get_whole_track (self->model, i), i,
                            stretch->from_ns, stretch->to_ns);
    }
  return analysis_summary_finish (summary);
}

static GPtrArray *
find_names (InspectorHistory *self, GPtrArray *operations)
{
  for (guint i = 0; operations != NULL && i < operations->len; i++)
    {
      AnalysisOperation *operation = operations->pdata[i];

      operation->said.kind = inspector_history_get_kind (self, operation->track, operation->kind);
      operation->said.words =
          inspector_history_get_kind_words (self, operation->track, operation->kind);
      operation->said.place =
          inspector_history_dup_place (self, operation->track, operation->location);
    }
  return operations;
}

GPtrArray *
inspector_history_summarize (InspectorHistory *self, guint index, gint64 from_ns, gint64 to_ns)
{
  g_return_val_if_fail (INSPECTOR_IS_HISTORY (self), NULL);
  return find_names (self, count (self, &(Stretch){ index, from_ns, to_ns }, NULL));
}

static void
count_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GPtrArray *operations = count (source, data, cancellable);

  if (operations == NULL)
    g_task_return_error_if_cancelled (task);
  else
    g_task_return_pointer (task, operations, (GDestroyNotify)g_ptr_array_unref);
}

void
inspector_history_summarize_async (InspectorHistory *self, guint index, gint64 from_ns,
                                   gint64 to_ns, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer data)
{
  const Stretch stretch = { index, from_ns, to_ns };
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (INSPECTOR_IS_HISTORY (self));
  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, inspector_history_summarize_async);
  g_task_set_task_data (task, g_memdup2 (&stretch, sizeof stretch), g_free);
  g_task_run_in_thread (task, count_in_thread);
}

GPtrArray *
inspector_history_summarize_finish (InspectorHistory *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return find_names (self, g_task_propagate_pointer (G_TASK (result), error));
}
