/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/summary.h"

/* Durations are counted in classes of 1/16 of a power of two: a percentile is within 4 %. */
#define SUB_BITS 4u
#define N_CLASSES ((64u - SUB_BITS + 1) << SUB_BITS)

typedef struct
{
  AnalysisOperation operation;
  guint target; /* locations and kinds are numbers of one program */
  guint32 classes[N_CLASSES];
} Counter;

struct _AnalysisSummary
{
  GHashTable *counters; /* Counter, by itself */
};

static guint
hash_counter (gconstpointer key)
{
  const Counter *counter = key;

  return counter->operation.location * 0x9e3779b1u ^ counter->operation.kind << 8 ^
         (guint)counter->operation.said.state ^ counter->target << 24;
}

static gboolean
are_equal (gconstpointer a, gconstpointer b)
{
  const Counter *x = a, *y = b;

  return x->operation.location == y->operation.location && x->operation.kind == y->operation.kind &&
         x->operation.said.state == y->operation.said.state && x->target == y->target;
}

AnalysisSummary *
analysis_summary_new (void)
{
  AnalysisSummary *self = g_new0 (AnalysisSummary, 1);

  self->counters = g_hash_table_new_full (hash_counter, are_equal, NULL, g_free);
  return self;
}

void
analysis_summary_free (AnalysisSummary *self)
{
  g_hash_table_unref (self->counters);
  g_free (self);
}

static guint
class_of (guint64 value)
{
  guint magnitude;

  if (value < 1u << SUB_BITS)
    return (guint)value;
  magnitude = 63u - (guint)__builtin_clzll (value) - SUB_BITS;
  return (magnitude << SUB_BITS) + (guint)(value >> magnitude);
}

/* The middle of what is counted in @number. */
static gint64
value_of_class (guint number)
{
  guint magnitude;
  guint64 low;

  if (number < 2u << SUB_BITS)
    return number;
  magnitude = (number >> SUB_BITS) - 1;
  low = (guint64)(number - (magnitude << SUB_BITS)) << magnitude;
  return (gint64)(low + (G_GUINT64_CONSTANT (1) << magnitude) / 2);
}

static Counter *
get_counter (AnalysisSummary *self, const ModelTrack *track, guint index, const ModelSpan *span)
{
  const Counter key = { .operation = { .said = { .state = (InspectorState)span->state,
                                                 .family = (InspectorFamily)span->family },
                                       .track = index,
                                       .kind = span->state == MODEL_SPAN_RUNNING ? 0 : span->kind,
                                       .location = span->location },
                        .target = track->target };
  Counter *counter = g_hash_table_lookup (self->counters, &key);

  if (counter == NULL)
    {
      counter = g_memdup2 (&key, sizeof key);
      g_hash_table_add (self->counters, counter);
    }
  return counter;
}

void
analysis_summary_add (AnalysisSummary *self, const ModelTrack *track, guint index, gint64 from_ns,
                      gint64 to_ns)
{
  guint64 i = 0, n = model_spans_get_n (&track->spans);

  model_spans_find (&track->spans, from_ns, &i);
  for (; i < n; i++)
    {
      InspectorOperation *said;
      ModelSpan span;
      Counter *counter;
      gint64 duration;

      model_spans_get (&track->spans, i, &span);
      if (span.end_ns > to_ns)
        break;
      if (span.state == MODEL_SPAN_NONE || span.end_ns <= from_ns)
        continue;
      counter = get_counter (self, track, index, &span);
      duration = span.end_ns - span.begin_ns;
      said = &counter->operation.said;
      said->count++;
      said->total_ns += duration;
      said->max_ns = MAX (said->max_ns, duration);
      counter->classes[class_of ((guint64)duration)]++;
    }
}

static gint64
get_percentile (const Counter *counter, guint percent)
{
  guint64 wanted = (counter->operation.said.count * percent + 99) / 100, seen = 0;

  for (guint i = 0; i < N_CLASSES; i++)
    {
      seen += counter->classes[i];
      if (seen >= wanted)
        return MIN (value_of_class (i), counter->operation.said.max_ns);
    }
  return counter->operation.said.max_ns;
}

static void
operation_free (gpointer data)
{
  AnalysisOperation *operation = data;

  g_free (operation->said.place);
  g_free (operation);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const AnalysisOperation *x = *(AnalysisOperation *const *)a, *y = *(AnalysisOperation *const *)b;

  if (x->said.total_ns != y->said.total_ns)
    return x->said.total_ns > y->said.total_ns ? -1 : 1;
  return x->location < y->location ? -1 : x->location > y->location;
}

GPtrArray *
analysis_summary_finish (AnalysisSummary *self)
{
  GPtrArray *operations = g_ptr_array_new_with_free_func (operation_free);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->counters);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const Counter *counter = key;
      AnalysisOperation *operation = g_memdup2 (&counter->operation, sizeof counter->operation);

      operation->said.p50_ns = get_percentile (counter, 50);
      operation->said.p95_ns = get_percentile (counter, 95);
      operation->said.p99_ns = get_percentile (counter, 99);
      g_ptr_array_add (operations, operation);
    }
  g_ptr_array_sort (operations, compare);
  return operations;
}
