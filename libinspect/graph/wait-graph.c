/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/wait-graph-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "analysis/graph.h"
#include "model/format.h"

/* At rest: they wait for nobody. */
#define RESTS (INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_WATCHES | INSPECT_AWAIT_LOOP)

/* ---- Nodes ---------------------------------------------------------------------------------- */

static guint32
get_cycle (const WaitGraph *self, gconstpointer object)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->cycles, object));
}

static guint
add_node (WaitGraph *self, ExportNodeOf of, gconstpointer object)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->nodes, object));
  ExportNode node = {
    .of = of, .object = object, .n_members = 1, .cycle = get_cycle (self, object)
  };

  if (number != 0)
    return number - 1;
  node.since_ns = G_MAXINT64;
  g_array_append_val (self->graph->nodes, node);
  number = self->graph->nodes->len;
  g_hash_table_insert (self->nodes, (gpointer)object, GUINT_TO_POINTER (number));
  return number - 1;
}

/* ---- Waits and holds ------------------------------------------------------------------------ */

static void
add_edge (WaitGraph *self, guint from, guint to, gboolean is_hold, gconstpointer by,
          guint32 location, gint64 since_ns)
{
  guint32 cycle = wait_graph_get_node (self, from)->cycle;
  ExportEdge edge = {
    .from = from, .to = to, .is_hold = is_hold, .n = 1, .location = location, .since_ns = since_ns
  };

  if (cycle != 0 && cycle == wait_graph_get_node (self, to)->cycle &&
      (by == NULL || get_cycle (self, by) == cycle))
    edge.cycle = cycle;
  wait_graph_get_node (self, from)->n_edges++;
  wait_graph_get_node (self, to)->n_edges++;
  g_array_append_val (self->graph->edges, edge);
}

/* The task that a thread stands for, or which the thread is. */
static guint
add_thread (WaitGraph *self, ModelThread *thread)
{
  ModelTask *task = model_thread_get_task (self->model, thread);
  guint number;

  if (task == NULL)
    return add_node (self, EXPORT_NODE_THREAD, thread);
  number = add_node (self, EXPORT_NODE_TASK, task);
  if (wait_graph_get_node (self, number)->cycle == 0)
    wait_graph_get_node (self, number)->cycle = get_cycle (self, thread);
  return number;
}

static gboolean
is_shared (const WaitGraph *self, const ModelResource *resource)
{
  return resource->holds != NULL || get_cycle (self, resource) != 0 ||
         model_resource_is (resource, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY);
}

/* What keeps a thread from coming back to its loop is the call of a task that it sleeps in. */
static const ModelTask *
find_keeper (WaitGraph *self, const ModelResource *loop, const ModelThread *thread)
{
  for (const ModelAwait *await = thread->blocking; await != NULL; await = await->thread_next)
    if (get_cycle (self, await) != 0 && get_cycle (self, await) == get_cycle (self, loop))
      return await->task;
  return NULL;
}

static guint
add_holder (WaitGraph *self, const ModelResource *resource, const ModelHold *hold)
{
  const ModelTask *keeper;

  if (hold->task != NULL && hold->task->id != 0 &&
      !model_resource_is (resource, INSPECT_RESOURCE_LOOP))
    return add_node (self, EXPORT_NODE_TASK, hold->task);
  keeper = find_keeper (self, resource, hold->thread);
  return keeper != NULL && keeper->id != 0 ? add_node (self, EXPORT_NODE_TASK, keeper)
                                           : add_thread (self, hold->thread);
}

static guint
add_resource (WaitGraph *self, ModelResource *resource)
{
  gboolean is_new = !g_hash_table_contains (self->nodes, resource);
  guint number = add_node (self, EXPORT_NODE_RESOURCE, resource);

  if (!is_new)
    return number;
  for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
    if (hold->thread != NULL || (hold->task != NULL && hold->task->id != 0 &&
                                 !model_resource_is (resource, INSPECT_RESOURCE_LOOP)))
      {
        guint holder = add_holder (self, resource, hold);

        add_edge (self, number, holder, TRUE, NULL, hold->location, hold->since_ns);
      }
  return number;
}

static void
add_wait (WaitGraph *self, guint from, ModelAwait *await)
{
  ModelTask *awaited = model_await_get_awaited (self->model, await);
  ModelResource *resource = await->resource;
  ModelResource *loop = analysis_graph_get_loop (self->model, await);

  wait_graph_get_node (self, from)->since_ns =
      MIN (wait_graph_get_node (self, from)->since_ns, await->begin_ns);
  if (awaited != NULL)
    add_edge (self, from, add_node (self, EXPORT_NODE_TASK, awaited), FALSE, await, await->location,
              await->begin_ns);
  if (resource != NULL && resource != loop && is_shared (self, resource) &&
      !model_resource_is (resource, INSPECT_RESOURCE_LOOP))
    add_edge (self, from, add_resource (self, resource), FALSE, await, await->location,
              await->begin_ns);
  /* Everything needs its loop; who turns it is shown where it does not turn. */
  if (loop != NULL && get_cycle (self, loop) != 0)
    add_edge (self, from, add_resource (self, loop), FALSE, await, await->location,
              await->begin_ns);
}

static void
add_waits (WaitGraph *self)
{
  for (ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      if (task->id != 0 && !model_await_is (await, RESTS))
        add_wait (self, add_node (self, EXPORT_NODE_TASK, task), await);
  for (guint i = 0; i < self->model->threads->len; i++)
    {
      ModelThread *thread = g_ptr_array_index (self->model->threads, i);

      if (thread != NULL && thread->blocking != NULL &&
          (thread->blocking->task->id == 0 || get_cycle (self, thread) != 0) &&
          model_thread_get_task (self->model, thread) == NULL)
        add_wait (self, add_node (self, EXPORT_NODE_THREAD, thread), thread->blocking);
    }
}

/* ---- The graph ------------------------------------------------------------------------------- */

static void
find_cycles (WaitGraph *self)
{
  AnalysisGraph *graph = analysis_graph_new (self->model);

  analysis_graph_begin (graph);
  for (ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    analysis_graph_add_task (graph, task);
  analysis_graph_solve (graph);
  self->graph->n_cycles = graph->n_components;
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);

      if (node->component == 0)
        continue;
      g_hash_table_insert (self->cycles, node->object, GUINT_TO_POINTER (node->component));
      if (node->of == GRAPH_AWAIT && get_cycle (self, node->await->task) == 0)
        g_hash_table_insert (self->cycles, node->await->task, GUINT_TO_POINTER (node->component));
    }
  analysis_graph_free (graph);
}

WaitGraph *
wait_graph_new (ModelTarget *model, const ExportGraphChoice *choice)
{
  WaitGraph *self = g_new0 (WaitGraph, 1);

  self->model = model;
  self->choice = choice;
  self->cycles = g_hash_table_new (NULL, NULL);
  self->nodes = g_hash_table_new (NULL, NULL);
  self->graph = g_new0 (ExportWaitGraph, 1);
  self->graph->nodes = g_array_new (FALSE, TRUE, sizeof (ExportNode));
  self->graph->edges = g_array_new (FALSE, TRUE, sizeof (ExportEdge));
  find_cycles (self);
  add_waits (self);
  wait_graph_choose (self);
  self->choice = NULL;
  return self;
}

void
wait_graph_free (WaitGraph *self)
{
  if (self == NULL)
    return;
  export_wait_graph_free (self->graph);
  g_hash_table_unref (self->cycles);
  g_hash_table_unref (self->nodes);
  g_free (self);
}

guint
wait_graph_count_nodes (const WaitGraph *self)
{
  return self->graph->nodes->len;
}

void
wait_graph_list_tasks (const WaitGraph *self, GHashTable *ids)
{
  for (guint i = 0; i < self->graph->nodes->len; i++)
    {
      const ExportNode *node = wait_graph_get_node (self, i);

      if (node->of == EXPORT_NODE_TASK)
        g_hash_table_insert (ids, GSIZE_TO_POINTER (((const ModelTask *)node->object)->id), NULL);
    }
}

ExportWaitGraph *
wait_graph_tell (WaitGraph *self, const ReportInput *state, ExportNumberFunc number, gpointer data)
{
  self->state = state;
  self->get_number = number;
  self->get_number_data = data;
  self->graph->pid = state->pid;
  self->graph->command = model_format_text (state->command, strlen (state->command));
  wait_graph_label (self);
  return g_steal_pointer (&self->graph);
}

static guint64
get_own_number (const ModelTask *task, gpointer data)
{
  return task->number;
}

ExportWaitGraph *
export_wait_graph_new (const ReportInput *state, guint max_nodes)
{
  const ExportGraphChoice choice = { .max_nodes = max_nodes };

  return export_wait_graph_new_chosen (state, &choice, get_own_number, NULL);
}

ExportWaitGraph *
export_wait_graph_new_chosen (const ReportInput *state, const ExportGraphChoice *choice,
                              ExportNumberFunc number, gpointer data)
{
  WaitGraph *self = wait_graph_new (state->model, choice);
  ExportWaitGraph *graph = wait_graph_tell (self, state, number, data);

  wait_graph_free (self);
  return graph;
}

void
export_wait_graph_free (ExportWaitGraph *graph)
{
  if (graph == NULL)
    return;
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      if (g_array_index (graph->nodes, ExportNode, i).label != NULL)
        g_string_free (g_array_index (graph->nodes, ExportNode, i).label, TRUE);
      g_free (g_array_index (graph->nodes, ExportNode, i).title);
    }
  for (guint i = 0; i < graph->edges->len; i++)
    {
      g_free (g_array_index (graph->edges, ExportEdge, i).place);
      g_free (g_array_index (graph->edges, ExportEdge, i).duration);
    }
  g_array_unref (graph->nodes);
  g_array_unref (graph->edges);
  g_free (graph->command);
  g_free (graph);
}
