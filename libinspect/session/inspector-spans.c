/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What one task did, as spans and as sums, and who woke whom. */

#include <string.h>

#include "session/inspector-history-private.h"

G_STATIC_ASSERT (INSPECTOR_N_STATES == (int)MODEL_N_SPAN_STATES);
G_STATIC_ASSERT (INSPECTOR_N_FAMILIES == (int)MODEL_N_FAMILIES);
G_STATIC_ASSERT ((int)INSPECTOR_FAMILY_OTHER == (int)MODEL_FAMILY_OTHER);
G_STATIC_ASSERT (INSPECTOR_MAX_PARTS == MODEL_SPAN_PARTS);

/* What goes on, goes on until the last thing that is known, or the end of its program. */
static gint64
get_now (InspectorHistory *self, const ModelTrack *track)
{
  gint64 first_ns, last_ns;
  gint32 status;

  if (!inspector_history_get_range (self, &first_ns, &last_ns))
    return 0;
  return MIN (last_ns, inspector_history_find_end (self, track, &status));
}

void
inspector_history_get_coverage (InspectorHistory *self, guint index, gint64 from_ns, gint64 to_ns,
                                guint n, gint64 *ret_ns)
{
  const ModelTrack *track = inspector_history_peek_whole_track (self, index);

  memset (ret_ns, 0, (gsize)n * INSPECTOR_N_STATES * sizeof *ret_ns);
  if (track != NULL)
    model_spans_sum (&track->spans, from_ns, to_ns, n, get_now (self, track), ret_ns);
}

guint
inspector_history_get_coverage_by_part (InspectorHistory *self, guint index, gint64 from_ns,
                                        gint64 to_ns, guint n, InspectorPart *ret_parts,
                                        gint64 *ret_ns)
{
  const ModelTrack *track = inspector_history_peek_whole_track (self, index);
  ModelPart parts[MODEL_SPAN_PARTS];
  guint n_parts;

  memset (ret_ns, 0, (gsize)n * INSPECTOR_MAX_PARTS * sizeof *ret_ns);
  if (track == NULL)
    return 0;
  n_parts = model_spans_sum_parts (&track->spans, from_ns, to_ns, n, get_now (self, track), parts,
                                   ret_ns);
  for (guint i = 0; i < n_parts; i++)
    ret_parts[i] = (InspectorPart){ (guint8)MODEL_PART_STATE (parts[i]),
                                    (guint8)MODEL_PART_FAMILY (parts[i]) };
  return n_parts;
}

static void
get_span (InspectorHistory *self, const ModelTrack *track, guint64 index, InspectorSpan *ret_span)
{
  gboolean runs;
  ModelSpan span;
  gint32 status;

  model_spans_get (&track->spans, index, &span);
  if (span.end_ns == G_MAXINT64 && span.state != MODEL_SPAN_NONE)
    span.end_ns = inspector_history_find_end (self, track, &status);
  runs = span.state == MODEL_SPAN_RUNNING;
  *ret_span = (InspectorSpan){
    .begin_ns = span.begin_ns,
    .end_ns = span.end_ns,
    .state = (InspectorState)span.state,
    .kind = runs ? 0 : span.kind,
    .family = (guint8)span.family,
    .location = span.location,
    .tid = runs ? model_history_get_tid (self->model, MODEL_RUN_THREAD (span.kind)) : 0
  };
}

guint
inspector_history_get_spans (InspectorHistory *self, guint index, gint64 from_ns, gint64 to_ns,
                             InspectorSpan *ret_spans, guint max)
{
  const ModelTrack *track = inspector_history_peek_whole_track (self, index);
  guint64 first = 0, n_spans;
  guint n = 0;

  if (track == NULL || to_ns <= from_ns)
    return 0;
  model_spans_find (&track->spans, from_ns, &first);
  n_spans = model_spans_get_n (&track->spans);
  for (guint64 i = first; i < n_spans && n < max; i++)
    {
      get_span (self, track, i, &ret_spans[n]);
      if (ret_spans[n].begin_ns >= to_ns)
        break;
      n++;
    }
  return n;
}

gboolean
inspector_history_get_state_at (InspectorHistory *self, guint index, gint64 at_ns,
                                InspectorSpan *ret_span)
{
  const ModelTrack *track = inspector_history_peek_whole_track (self, index);
  guint64 found;

  memset (ret_span, 0, sizeof *ret_span);
  if (track == NULL || !model_spans_find (&track->spans, at_ns, &found))
    return FALSE;
  get_span (self, track, found, ret_span);
  if (at_ns >= ret_span->end_ns)
    *ret_span = (InspectorSpan){ .begin_ns = ret_span->end_ns, .end_ns = G_MAXINT64 };
  return TRUE;
}

guint
inspector_history_get_causes (InspectorHistory *self, gint64 from_ns, gint64 to_ns,
                              InspectorCause *ret_causes, guint max)
{
  guint64 n_causes;
  guint n = 0;

  model_history_load_causes (self->model);
  n_causes = model_history_get_n_causes (self->model);

  for (guint64 i = model_history_find_cause (self->model, from_ns); i < n_causes && n < max; i++)
    {
      const ModelCause *cause = model_history_get_cause (self->model, i);

      if (cause->at_ns >= to_ns)
        break;
      ret_causes[n++] = (InspectorCause){ cause->at_ns, cause->from, cause->to };
    }
  return n;
}
