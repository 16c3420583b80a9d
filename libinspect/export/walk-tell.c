/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What is told of by the way: counters, places, threads, and tasks when they are first met. */

#include "export/walk-private.h"

#include "analysis/describe.h"

/* A counter is told of so often at most, over the whole recording. */
#define COUNTER_STEPS 4096
#define COUNTER_MIN_NS (100 * 1000)

/* ---- Counters ------------------------------------------------------------------------------- */

void
walk_count (Walk *walk, gint64 now_ns, gboolean is_last)
{
  const ModelTarget *model = walk->input.model;
  const guint64 counts[EXPORT_N_COUNTERS] = {
    [EXPORT_TASKS] = model->stats.tasks - model->stats.tasks_finished,
    [EXPORT_AWAITS] = model->await_slab.used,
    [EXPORT_RUNNING] = walk->n_running,
  };
  gint64 step_ns =
      MAX ((walk->trace->end_ns - walk->trace->zero_ns) / COUNTER_STEPS, COUNTER_MIN_NS);

  if (walk->writer->counter == NULL || (!is_last && now_ns < walk->counted_ns + step_ns))
    return;
  walk->counted_ns = now_ns;
  for (guint i = 0; i < EXPORT_N_COUNTERS; i++)
    if (walk->counts[i] != counts[i])
      walk->writer->counter (walk->data, i, now_ns, walk->counts[i] = counts[i]);
}

/* ---- Places, threads ------------------------------------------------------------------------ */

ExportPlace
walk_get_place (Walk *walk, guint32 location)
{
  const AnalysisPlace *place = analysis_places_get (walk->input.places, location);

  return (ExportPlace){ place->function, place->where };
}

gint32
walk_get_tid (Walk *walk, guint32 ring)
{
  const ModelThread *thread = model_target_get_thread (walk->input.model, ring);

  return thread != NULL ? thread->tid : 0;
}

void
walk_tell_thread (Walk *walk, gint32 tid)
{
  if (tid != 0 && g_hash_table_add (walk->threads, GINT_TO_POINTER (tid)))
    TELL (walk, thread, tid, tid == walk->input.pid);
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

const char *
walk_find_traceparent (Walk *walk, const ModelAttributes *attributes)
{
  for (guint i = 0; attributes != NULL && i < attributes->n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (attributes)[i];

      if (attribute->has_bytes &&
          g_str_equal (model_target_get_kind (walk->input.model, attribute->number)->name,
                       "traceparent"))
        return attribute->bytes->data;
    }
  return NULL;
}

void
walk_fill_task (Walk *walk, const ModelTask *task, const char *name, ExportTask *ret_task)
{
  *ret_task = (ExportTask){ .number = task->number,
                            .parent = task->parent,
                            .name = name,
                            .traceparent = walk_find_traceparent (walk, &task->attributes),
                            .place = walk_get_place (walk, task->location),
                            .is_outside = task->id == 0,
                            .began_before = task->began_before,
                            .begin_ns = task->begin_ns,
                            .n_polls = task->n_polls,
                            .polled_ns = task->polled_ns };
}

Live *
walk_begin_live (Walk *walk, const ModelTask *task, const ModelTask *parent)
{
  Live *live = g_hash_table_lookup (walk->live, task);
  g_autofree char *name = NULL;
  ExportTask told;

  if (live != NULL)
    return live;
  live = g_new0 (Live, 1);
  live->number = task->number;
  g_hash_table_insert (walk->live, (gpointer)task, live);
  if (walk->writer->task_begin == NULL)
    return live;
  name = analysis_describe_task (task, task->location, walk->input.places);
  walk_fill_task (walk, task, name, &told);
  if (parent != NULL)
    told.parent_traceparent = walk_find_traceparent (walk, &parent->attributes);
  walk->writer->task_begin (walk->data, &told);
  return live;
}

Live *
walk_get_live (Walk *walk, const ModelTask *task)
{
  return walk_begin_live (walk, task, NULL);
}
