/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/graph.h"

#include "inspector-probe.h"

/* A task with more awaits than this serves many at once, and is not held fast by all of them. */
#define MAX_AWAITS 1024
/* What lies further than this is taken to go on. */
#define MAX_NODES (1000 * 1000)

AnalysisGraph *
analysis_graph_new (ModelTarget *model)
{
  AnalysisGraph *graph = g_new0 (AnalysisGraph, 1);

  graph->model = model;
  graph->nodes = g_array_new (FALSE, FALSE, sizeof (AnalysisNode));
  graph->edges = g_array_new (FALSE, FALSE, sizeof (guint32));
  return graph;
}

void
analysis_graph_free (AnalysisGraph *graph)
{
  if (graph == NULL)
    return;
  g_array_unref (graph->nodes);
  g_array_unref (graph->edges);
  g_free (graph);
}

void
analysis_graph_begin (AnalysisGraph *graph)
{
  g_array_set_size (graph->nodes, 0);
  g_array_set_size (graph->edges, 0);
  graph->n_components = 0;
}

/* ---- Nodes ---------------------------------------------------------------------------------- */

/* An object keeps the number of its node, which is right when that node is of this object: nothing
 * has to be reset between two graphs. */
static guint32
find_or_add (AnalysisGraph *graph, AnalysisNodeOf of, gpointer object, guint32 *number)
{
  AnalysisNode node = { .of = of, .object = object };

  if (*number < graph->nodes->len && analysis_graph_get (graph, *number)->object == object)
    return *number;
  *number = graph->nodes->len;
  g_array_append_val (graph->nodes, node);
  return *number;
}

static guint32
await_node (AnalysisGraph *graph, ModelAwait *await)
{
  await->changes |= MODEL_WATCHED;
  return find_or_add (graph, GRAPH_AWAIT, await, &await->node);
}

static guint32
task_node (AnalysisGraph *graph, ModelTask *task)
{
  task->changes |= MODEL_WATCHED;
  return find_or_add (graph, GRAPH_TASK, task, &task->node);
}

static guint32
resource_node (AnalysisGraph *graph, ModelResource *resource)
{
  resource->changes |= MODEL_WATCHED;
  return find_or_add (graph, GRAPH_RESOURCE, resource, &resource->node);
}

static guint32
thread_node (AnalysisGraph *graph, ModelThread *thread)
{
  return find_or_add (graph, GRAPH_THREAD, thread, &thread->node);
}

void
analysis_graph_add_await (AnalysisGraph *graph, ModelAwait *await)
{
  await_node (graph, await);
}

/* The stand-in for what happens outside of any task waits for nothing as a whole. */
void
analysis_graph_add_task (AnalysisGraph *graph, ModelTask *task)
{
  if (task->id != 0)
    task_node (graph, task);
}

void
analysis_graph_add_resource (AnalysisGraph *graph, ModelResource *resource)
{
  resource_node (graph, resource);
}

/* ---- Edges ---------------------------------------------------------------------------------- */

static void
add_edge (AnalysisGraph *graph, guint32 to)
{
  g_array_append_val (graph->edges, to);
}

/* A loop that its thread entered, or entered again, after it began to sleep turns within that call.
 */
static gboolean
turns_within (const ModelHold *hold)
{
  return hold->thread == NULL || hold->thread->blocking == NULL ||
         hold->again_ns > hold->thread->blocking->begin_ns;
}

static gboolean
is_run_by (const ModelResource *loop, guint32 ring)
{
  for (const ModelHold *hold = loop->holds; hold != NULL; hold = hold->resource_next)
    if (hold->thread != NULL && hold->thread->ring == ring)
      return TRUE;
  return FALSE;
}

static ModelResource *
find_owner (ModelTarget *model, const ModelAwait *await)
{
  ModelResource *owner;
  guint64 object;

  if (!model_await_get_value (await, MODEL_KEY_OWNER, &object))
    return NULL;
  owner = model_table_find (&model->resources, object);
  return owner != NULL && model_resource_is (owner, INSPECT_RESOURCE_LOOP) ? owner : NULL;
}

ModelResource *
analysis_graph_get_loop (ModelTarget *model, const ModelAwait *await)
{
  if (await->awaits_task || await->resource == NULL ||
      !model_resource_is (await->resource, INSPECT_RESOURCE_LOOP))
    return find_owner (model, await);
  /* The thread that sleeps in its own loop is what makes it turn. */
  if (await->blocks && is_run_by (await->resource, await->ring))
    return NULL;
  return await->resource;
}

gboolean
analysis_graph_is_taken_up (const ModelAwait *await)
{
  guint64 running;

  return model_await_is (await, INSPECT_AWAIT_POOL) &&
         model_await_get_value (await, MODEL_KEY_RUNNING, &running) && running != 0;
}

/* The thread that all open polls of @task are on; NULL: there are several, or none is known. */
static ModelThread *
find_poll_thread (AnalysisGraph *graph, const ModelTask *task)
{
  ModelThread *thread = model_target_get_thread (graph->model, task->poll_ring);
  guint n = 0;

  if (thread == NULL)
    return NULL;
  for (guint i = 0; i < MIN (thread->depth, MODEL_POLL_DEPTH); i++)
    n += thread->polls[i].task == task;
  return n == task->n_open_polls ? thread : NULL;
}

/* Of several ends that somebody waits for at once, any other may let it go on. */
static gboolean
is_one_of_several (const ModelAwait *await)
{
  return model_resource_is (await->resource, INSPECTOR_PROBE_RESOURCE_ENDS) &&
         (model_await_is (await, INSPECT_AWAIT_LOOP) ||
          (model_await_is (await, INSPECT_AWAIT_ANSWERS) &&
           model_await_is (await, INSPECT_AWAIT_REPEATS)));
}

static void
expand_await (AnalysisGraph *graph, ModelAwait *await)
{
  ModelTask *awaited = model_await_get_awaited (graph->model, await);
  ModelResource *loop = analysis_graph_get_loop (graph->model, await);

  if (analysis_graph_is_taken_up (await))
    {
      ModelThread *thread =
          await->task->n_open_polls > 0 ? find_poll_thread (graph, await->task) : NULL;

      if (thread != NULL)
        add_edge (graph, thread_node (graph, thread));
      return;
    }
  if (awaited != NULL)
    add_edge (graph, task_node (graph, awaited));
  if (!await->awaits_task && await->resource != NULL && await->resource != loop &&
      !model_resource_is (await->resource, INSPECT_RESOURCE_LOOP) && !is_one_of_several (await))
    add_edge (graph, resource_node (graph, await->resource));
  if (loop != NULL)
    add_edge (graph, resource_node (graph, loop));
}

static ModelAwait *
find_blocking (const ModelTask *task)
{
  for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (await->blocks)
      return await;
  return NULL;
}

/* In a call that sleeps: it goes on when that await is over and the call returns, which it does not
 * while another one sleeps within it. */
static void
expand_sleeping (AnalysisGraph *graph, const ModelTask *task, ModelAwait *await)
{
  ModelThread *thread = model_target_get_thread (graph->model, await->ring);

  if (task->n_open_polls > 0 && find_poll_thread (graph, task) != thread)
    return;
  add_edge (graph, await_node (graph, await));
  add_edge (graph, thread_node (graph, thread));
}

static void
expand_task (AnalysisGraph *graph, AnalysisNode *node)
{
  ModelTask *task = node->task;
  ModelThread *thread = model_target_find_thread (graph->model, task->tid);
  ModelAwait *blocking;

  if (task->n_awaits > MAX_AWAITS)
    return;
  if (task->tid == 0 && (blocking = find_blocking (task)) != NULL)
    {
      expand_sleeping (graph, task, blocking);
      return;
    }
  if (task->tid == 0 && task->n_open_polls > 0)
    thread = find_poll_thread (graph, task);
  if (thread != NULL)
    add_edge (graph, thread_node (graph, thread));
  if (task->tid != 0 || task->n_open_polls > 0)
    return;
  node->needs_all = TRUE;
  for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    add_edge (graph, await_node (graph, await));
}

static void
expand_thread (AnalysisGraph *graph, const ModelThread *thread)
{
  if (thread->blocking != NULL)
    add_edge (graph, await_node (graph, thread->blocking));
}

/* The one who runs a loop comes back to it when all calls that sleep above it have returned: any that
 * is held fast keeps it, whatever turns within the others. */
static void
expand_loop_of_one (AnalysisGraph *graph, AnalysisNode *node, const ModelHold *hold)
{
  node->needs_all = FALSE;
  for (ModelAwait *await = hold->thread->blocking;
       await != NULL && await->begin_ns >= hold->again_ns; await = await->thread_next)
    add_edge (graph, await_node (graph, await));
}

static void
expand_resource (AnalysisGraph *graph, AnalysisNode *node)
{
  ModelResource *resource = node->resource;
  gboolean is_loop = model_resource_is (resource, INSPECT_RESOURCE_LOOP);
  guint64 permits;

  node->needs_all = is_loop || model_resource_is (resource, INSPECT_RESOURCE_ANY);
  if (model_resource_is (resource, INSPECT_RESOURCE_ANY) &&
      !model_resource_is (resource, INSPECTOR_PROBE_RESOURCE_SEEN) &&
      (!model_attributes_get_value (&resource->attributes, MODEL_KEY_PERMITS, &permits) ||
       permits == 0 || resource->n_held < permits))
    return;
  if (is_loop)
    for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
      if (turns_within (hold))
        return;
  if (is_loop && resource->holds != NULL && resource->holds->resource_next == NULL &&
      resource->holds->thread->blocking->thread_next != NULL)
    {
      expand_loop_of_one (graph, node, resource->holds);
      return;
    }
  for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
    if (hold->task != NULL && !is_loop)
      add_edge (graph, task_node (graph, hold->task));
    else
      add_edge (graph, thread_node (graph, hold->thread));
}

/* Adding a node may move all of them. */
static void
expand (AnalysisGraph *graph, guint32 index)
{
  AnalysisNode node = *analysis_graph_get (graph, index);

  node.first_edge = graph->edges->len;
  switch (node.of)
    {
    case GRAPH_AWAIT:
      expand_await (graph, node.await);
      break;
    case GRAPH_TASK:
      expand_task (graph, &node);
      break;
    case GRAPH_THREAD:
      expand_thread (graph, node.thread);
      break;
    case GRAPH_RESOURCE:
      expand_resource (graph, &node);
      break;
    }
  node.n_edges = node.n_fast = graph->edges->len - node.first_edge;
  node.is_free = node.n_edges == 0;
  *analysis_graph_get (graph, index) = node;
}

/* ---- What is held fast ---------------------------------------------------------------------- */

/* Who has an edge to each node: those of node i are at first[i] .. first[i + 1]. */
static void
turn_edges_round (const AnalysisGraph *graph, guint32 **ret_first, guint32 **ret_from)
{
  guint n = graph->nodes->len;
  guint32 *first = g_new0 (guint32, n + 2);
  guint32 *from = g_new (guint32, MAX (graph->edges->len, 1));

  for (guint i = 0; i < graph->edges->len; i++)
    first[g_array_index (graph->edges, guint32, i) + 2]++;
  for (guint i = 2; i < n + 2; i++)
    first[i] += first[i - 1];
  for (guint i = 0; i < n; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);

      for (guint j = 0; j < node->n_edges; j++)
        from[first[analysis_graph_get_edge (graph, node, j) + 1]++] = i;
    }
  *ret_first = first;
  *ret_from = from;
}

/* Whatever can be reached by what is free is free in the end; what is left holds itself. */
static void
set_free (AnalysisGraph *graph)
{
  g_autofree guint32 *first = NULL;
  g_autofree guint32 *from = NULL;
  g_autofree guint32 *queue = g_new (guint32, MAX (graph->nodes->len, 1));
  guint n = 0;

  turn_edges_round (graph, &first, &from);
  for (guint i = 0; i < graph->nodes->len; i++)
    if (analysis_graph_get (graph, i)->is_free)
      queue[n++] = i;
  for (guint at = 0; at < n; at++)
    for (guint i = first[queue[at]]; i < first[queue[at] + 1]; i++)
      {
        AnalysisNode *node = analysis_graph_get (graph, from[i]);

        if (node->is_free || (--node->n_fast > 0 && !node->needs_all))
          continue;
        node->is_free = TRUE;
        queue[n++] = from[i];
      }
}

/* ---- Cycles --------------------------------------------------------------------------------- */

/* Tarjan's strongly connected components of what is held fast, without recursion: a chain of waits
 * may be as long as there are tasks. */
typedef struct
{
  AnalysisGraph *graph;
  guint32 next_order;
  GArray *path;  /* guint32: nodes that are being visited */
  GArray *edge;  /* guint32: the edge that each of them has come to */
  GArray *stack; /* guint32: nodes of no component yet */
} Search;

#define IN_NO_COMPONENT 0
#define ON_STACK G_MAXUINT32

static void
enter (Search *search, guint32 index)
{
  AnalysisNode *node = analysis_graph_get (search->graph, index);
  guint32 none = 0;

  node->order = node->low = ++search->next_order;
  node->component = ON_STACK;
  g_array_append_val (search->stack, index);
  g_array_append_val (search->path, index);
  g_array_append_val (search->edge, none);
}

static guint32
top (const GArray *stack)
{
  return g_array_index (stack, guint32, stack->len - 1);
}

static void
take_component (Search *search, guint32 root)
{
  AnalysisGraph *graph = search->graph;
  gboolean is_cycle = top (search->stack) != root;
  guint32 index;

  if (is_cycle)
    graph->n_components++;
  do
    {
      index = top (search->stack);
      g_array_set_size (search->stack, search->stack->len - 1);
      analysis_graph_get (graph, index)->component =
          is_cycle ? graph->n_components : IN_NO_COMPONENT;
    }
  while (index != root);
}

static void
leave (Search *search)
{
  guint32 index = top (search->path);
  AnalysisNode *node = analysis_graph_get (search->graph, index);

  g_array_set_size (search->path, search->path->len - 1);
  g_array_set_size (search->edge, search->edge->len - 1);
  if (search->path->len > 0)
    {
      AnalysisNode *from = analysis_graph_get (search->graph, top (search->path));

      from->low = MIN (from->low, node->low);
    }
  if (node->low == node->order)
    take_component (search, index);
}

static void
follow (Search *search)
{
  AnalysisNode *node = analysis_graph_get (search->graph, top (search->path));
  guint32 *edge = &g_array_index (search->edge, guint32, search->edge->len - 1);
  const AnalysisNode *next;
  guint32 index;

  if (*edge == node->n_edges)
    {
      leave (search);
      return;
    }
  index = analysis_graph_get_edge (search->graph, node, (*edge)++);
  next = analysis_graph_get (search->graph, index);
  if (next->is_free)
    return;
  if (next->order == 0)
    enter (search, index);
  else if (next->component == ON_STACK)
    node->low = MIN (node->low, next->order);
}

static void
find_cycles (AnalysisGraph *graph)
{
  Search search = { .graph = graph };

  search.path = g_array_new (FALSE, FALSE, sizeof (guint32));
  search.edge = g_array_new (FALSE, FALSE, sizeof (guint32));
  search.stack = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);

      if (node->is_free || node->order != 0)
        continue;
      enter (&search, i);
      while (search.path->len > 0)
        follow (&search);
    }
  g_array_unref (search.path);
  g_array_unref (search.edge);
  g_array_unref (search.stack);
}

void
analysis_graph_solve (AnalysisGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    if (graph->nodes->len < MAX_NODES)
      expand (graph, i);
    else
      analysis_graph_get (graph, i)->is_free = TRUE;
  if (graph->nodes->len == 0)
    return;
  set_free (graph);
  find_cycles (graph);
}
