/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What is known already of a program that is over. Its tracks are there from the beginning, what they did is
 * loaded when somebody looks. */

#include "model/history-private.h"

void
model_history_end_program (ModelHistory *self, guint target, gint64 at_ns)
{
  for (guint i = 0; i < model_history_get_n_tracks (self); i++)
    {
      ModelTrack *track = (ModelTrack *)model_history_get_track (self, i);

      if (track->target == target && track->end_ns == G_MAXINT64)
        __atomic_store_n (&track->left_ns, at_ns, __ATOMIC_RELAXED);
    }
}

void
model_history_set_loader (ModelHistory *self, const ModelHistoryLoader *loader, gpointer data)
{
  self->loader = loader;
  self->loader_data = data;
}

gboolean
model_history_add_past_track (ModelHistory *self, const ModelTrack *shape)
{
  ModelTrack *track = model_history_make_track (self);
  guint index;

  if (track == NULL)
    return FALSE;
  index = track->index;
  *track = *shape;
  track->index = index;
  track->name = model_history_keep_text (self, shape->name);
  track->task = NULL;
  model_history_publish_track (self, track);
  return TRUE;
}

void
model_history_add_past_changes (ModelHistory *self, gint64 at_ns, guint64 n_changes)
{
  model_history_note (self, at_ns, n_changes);
}

void
model_history_add_past_cause (ModelHistory *self, const ModelCause *cause)
{
  model_history_keep_cause (self, cause);
}

gboolean
model_history_add_past_span (ModelHistory *self, guint index, const ModelSpan *span)
{
  ModelTrack *track = (ModelTrack *)model_history_get_track (self, index);

  if (model_spans_append (&track->spans, self->store, span->begin_ns,
                          MODEL_PART (span->state, span->family), span->kind, span->location))
    return TRUE;
  model_history_leave_out (self);
  return FALSE;
}

/* Pairs with the acquire loads in model_history_get_whole_track(). */
void
model_history_set_loaded (ModelHistory *self, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    __atomic_store_n (&((ModelTrack *)model_history_get_track (self, i))->n_awaited, 0,
                      __ATOMIC_RELEASE);
}
