/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/walk-private.h"

#include <string.h>

#include "analysis/describe.h"
#include "model/format.h"
#include "session/replay.h"
#include "session/session-private.h"

#define N_LANES 64
#define STUCK_AFTER_NS G_GINT64_CONSTANT (2000000000)

const char *const export_counter_names[EXPORT_N_COUNTERS] = { "tasks", "awaits", "running" };

/* ---- Tasks ---------------------------------------------------------------------------------- */

static void
task_began (gpointer data, ModelTask *task, const ModelTask *parent)
{
  walk_begin_live (data, task, parent);
  walk_count (data, task->begin_ns, FALSE);
}

static void
tell_task (Walk *walk, const ModelTask *task, gint64 end_ns, gint32 status, gboolean is_alive)
{
  g_autofree char *name = NULL;
  ExportTask told;

  walk_get_live (walk, task);
  if (walk->writer->task != NULL)
    {
      name = analysis_describe_task (task, task->location, walk->input.places);
      walk_fill_task (walk, task, name, &told);
      told.end_ns = MAX (end_ns, task->begin_ns);
      /* Formats know success and failure, and of neither is anything known. */
      told.status = status != MODEL_END_NOT_SEEN ? status : 0;
      told.is_alive = is_alive;
      walk->writer->task (walk->data, &told);
    }
  g_hash_table_remove (walk->live, task);
}

static void
task_ended (gpointer data, ModelTask *task, gint64 end_ns, gint32 status)
{
  tell_task (data, task, end_ns, status, FALSE);
}

/* ---- Waits ---------------------------------------------------------------------------------- */

/* The name is a function's, else the kind's. */
static void
fill_wait (Walk *walk, const ModelTask *task, const ModelKind *kind, guint32 location,
           gint64 begin_ns, gint32 tid, ExportSpan *ret_span)
{
  *ret_span = (ExportSpan){ .task = task->number,
                            .is_outside = task->id == 0,
                            .tid = tid,
                            .kind = *kind->name != '\0' ? kind->name : "await",
                            .flags = kind->flags,
                            .place = walk_get_place (walk, location),
                            .begin_ns = begin_ns,
                            .places = walk->input.places };
  ret_span->name = ret_span->place.function != NULL ? ret_span->place.function : ret_span->kind;
}

static guint8
take_lane (guint64 *lanes)
{
  guint lane = *lanes == G_MAXUINT64 ? N_LANES - 1 : (guint)__builtin_ctzll (~*lanes);

  *lanes |= G_GUINT64_CONSTANT (1) << lane;
  return (guint8)lane;
}

static void
forget_wait (Walk *walk, gconstpointer key, const Wait *known)
{
  Live *live = g_hash_table_lookup (walk->live, known->task);

  if (live != NULL && live->number == known->number)
    live->lanes[known->of] &= ~(G_GUINT64_CONSTANT (1) << known->lane);
  g_hash_table_remove (walk->waits, key);
}

static void
begin_wait (Walk *walk, gconstpointer key, const ModelTask *task, ExportSpan *span)
{
  Live *live = walk_get_live (walk, task);
  Wait *known = g_new (Wait, 1);

  span->id = ++walk->n_spans;
  span->lane = take_lane (&live->lanes[span->of]);
  *known = (Wait){ span->id, task->number, task, (guint8)span->of, (guint8)span->lane, FALSE };
  g_hash_table_insert (walk->waits, (gpointer)key, known);
  walk_tell_thread (walk, span->tid);
  TELL (walk, span_begin, span);
}

static void
end_wait (Walk *walk, gconstpointer key, const ModelTask *task, const AnalysisWait *wait,
          ExportSpan *span)
{
  const Wait *known = g_hash_table_lookup (walk->waits, key);
  g_autofree char *name = NULL;

  if (known == NULL)
    return;
  span->id = known->id;
  span->lane = known->lane;
  span->is_cause = known->is_cause;
  span->wait = wait;
  forget_wait (walk, key, known);
  if (walk->writer->span == NULL)
    return;
  span->task_name = name = analysis_describe_task (task, task->location, walk->input.places);
  span->task_traceparent = walk_find_traceparent (walk, &task->attributes);
  walk->writer->span (walk->data, span);
}

static void
await_began (gpointer data, ModelAwait *await)
{
  Walk *walk = data;
  ExportSpan span;

  fill_wait (walk, await->task, await->kind, await->location, await->begin_ns,
             walk_get_tid (walk, await->ring), &span);
  begin_wait (walk, await, await->task, &span);
  walk_count (walk, await->begin_ns, FALSE);
}

static void
tell_await (Walk *walk, const ModelAwait *await, gint64 end_ns, gint32 status, gboolean is_open)
{
  /* "due in 2 s": as it was then */
  const AnalysisWait wait = analysis_wait_of (walk->input.model, await, await->begin_ns);
  ExportSpan span;

  fill_wait (walk, await->task, await->kind, await->location, await->begin_ns,
             walk_get_tid (walk, await->ring), &span);
  span.end_ns = MAX (end_ns, await->begin_ns);
  span.is_open = is_open;
  span.status = status;
  span.n_fired = await->n_fired;
  span.traceparent = walk_find_traceparent (walk, &await->attributes);
  if (span.traceparent == NULL && wait.resource != NULL)
    span.traceparent = walk_find_traceparent (walk, &wait.resource->attributes);
  end_wait (walk, await, await->task, &wait, &span);
}

static void
await_ended (gpointer data, const ModelAwait *await, gint64 end_ns, gint32 status)
{
  tell_await (data, await, end_ns, status, FALSE);
}

static void
fill_exchange (Walk *walk, const ModelResource *resource, ExportSpan *ret_span)
{
  const ModelExchange *exchange = &resource->exchange;

  fill_wait (walk, exchange->task, exchange->kind, exchange->location, exchange->begin_ns, 0,
             ret_span);
  ret_span->of = EXPORT_EXCHANGE;
  ret_span->kind = "exchange";
}

static void
asked (gpointer data, ModelResource *resource)
{
  Walk *walk = data;
  const Wait *given_up = g_hash_table_lookup (walk->waits, resource);
  ExportSpan span;

  if (given_up != NULL)
    forget_wait (walk, resource, given_up);
  if (resource->exchange.task == NULL)
    return;
  fill_exchange (walk, resource, &span);
  begin_wait (walk, resource, resource->exchange.task, &span);
}

static void
tell_exchange (Walk *walk, const ModelResource *resource, gint64 end_ns, gint32 status,
               gboolean is_open)
{
  const AnalysisWait wait = { .model = walk->input.model,
                              .task = resource->exchange.task,
                              .resource = resource,
                              .since_ns = resource->exchange.begin_ns,
                              .now_ns = end_ns,
                              .location = resource->exchange.location };
  ExportSpan span;

  if (wait.task == NULL)
    return;
  fill_exchange (walk, resource, &span);
  span.end_ns = MAX (end_ns, span.begin_ns);
  span.is_open = is_open;
  span.status = status;
  span.traceparent = walk_find_traceparent (walk, &resource->attributes);
  end_wait (walk, resource, wait.task, &wait, &span);
}

static void
done (gpointer data, const ModelDone *step)
{
  if (step->await == NULL && step->resource != NULL)
    tell_exchange (data, step->resource, step->end_ns, step->status, FALSE);
}

static void
woken (gpointer data, ModelTask *task, const ModelTask *waker, gint64 now_ns, gboolean is_sure)
{
  Walk *walk = data;
  Live *live = walk_get_live (walk, task);

  if (live->woken_ns != 0)
    return;
  live->woken_ns = now_ns;
  live->waker = waker != NULL ? waker->number : 0;
  live->waker_tid =
      waker != NULL && waker->n_open_polls > 0 ? walk_get_tid (walk, waker->poll_ring) : 0;
}

static const ModelObserver observer = {
  .task_began = task_began,
  .task_ended = task_ended,
  .poll_began = walk_poll_began,
  .poll_ended = walk_poll_ended,
  .await_began = await_began,
  .await_ended = await_ended,
  .asked = asked,
  .done = done,
  .woken = woken,
};

/* ---- Programs ------------------------------------------------------------------------------- */

static void
begin_program (gpointer data, InspectorTarget *target, guint32 number)
{
  Walk *walk = data;
  g_autofree char *command = NULL;

  walk->target = target;
  inspector_target_fill_input (target, G_MAXINT64, STUCK_AFTER_NS, &walk->input);
  model_target_add_observer (walk->input.model, &observer, walk);
  walk->n_running = 0;
  walk->counted_ns = 0;
  memset (walk->counts, 0xff, sizeof walk->counts);
  command = model_format_text (walk->input.command, strlen (walk->input.command));
  TELL (walk, process,
        &(ExportProcess){ number, walk->input.pid, walk->input.parent_pid, command });
}

static void
end_thread (Walk *walk, const ModelThread *thread, gint64 now_ns)
{
  for (guint depth = MIN (thread->depth, MODEL_POLL_DEPTH); depth > 0; depth--)
    walk_tell_poll (walk, thread, &thread->polls[depth - 1], now_ns, TRUE);
}

/* What is open when the recording ends. */
static void
end_task (Walk *walk, const ModelTask *task, gint64 now_ns)
{
  for (const ModelAwait *await = task->calls; await != NULL; await = await->task_next)
    tell_await (walk, await, now_ns, 0, TRUE);
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    tell_await (walk, await, now_ns, 0, TRUE);
  for (const ModelResource *resource = task->exchanges; resource != NULL;
       resource = resource->exchange.next)
    if (model_resource_is_client (resource))
      tell_exchange (walk, resource, now_ns, 0, TRUE);
}

static void
end_program (gpointer data, InspectorTarget *target)
{
  Walk *walk = data;
  ModelTarget *model = walk->input.model;

  inspector_target_fill_input (target, G_MAXINT64, STUCK_AFTER_NS, &walk->input);
  inspector_target_find_deadlocks (target, walk->input.now_ns, STUCK_AFTER_NS);
  walk_count (walk, walk->input.now_ns, TRUE);
  for (guint i = 0; i < model->threads->len; i++)
    if (g_ptr_array_index (model->threads, i) != NULL)
      end_thread (walk, g_ptr_array_index (model->threads, i), walk->input.now_ns);
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    end_task (walk, task, walk->input.now_ns);
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    tell_task (walk, task, walk->input.now_ns, 0, TRUE);
  TELL (walk, process_end, &walk->input);
  model_target_remove_observer (model, walk);
  g_hash_table_remove_all (walk->live);
  g_hash_table_remove_all (walk->waits);
  g_hash_table_remove_all (walk->stacks);
  g_hash_table_remove_all (walk->threads);
}

static gboolean
goes_on (gpointer data)
{
  return !export_output_has_failed (((Walk *)data)->output);
}

void
export_walk (RecordingReader *reader, const ExportTrace *trace, ExportOutput *output,
             const ExportWriter *writer, gpointer data, InspectorSession *session)
{
  static const AnalysisReplayFuncs funcs = { begin_program, end_program, goes_on };
  Walk walk = { .trace = trace,
                .output = output,
                .writer = writer,
                .data = data,
                .session = session,
                .live = g_hash_table_new_full (NULL, NULL, NULL, g_free),
                .waits = g_hash_table_new_full (NULL, NULL, NULL, g_free),
                .stacks = g_hash_table_new_full (NULL, NULL, NULL, g_free),
                .threads = g_hash_table_new (NULL, NULL) };

  analysis_replay (session, reader, 0, trace->has_instant ? trace->end_ns : ANALYSIS_REPLAY_ALL,
                   &funcs, &walk);
  g_hash_table_unref (walk.live);
  g_hash_table_unref (walk.waits);
  g_hash_table_unref (walk.stacks);
  g_hash_table_unref (walk.threads);
}

char *
export_span_dup_waits_for (const ExportSpan *span)
{
  return span->wait != NULL ? analysis_describe_wait (span->wait, span->places) : NULL;
}
