/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/wait-graph.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "analysis/graph.h"
#include "model/format.h"

/* Of one box. */
#define MAX_LINES 6
#define LINE_CHARS 66
/* At rest: they wait for nobody. */
#define RESTS (INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_WATCHES | INSPECT_AWAIT_LOOP)

typedef struct
{
  const ReportInput *state;
  ModelTarget *model;
  ExportNumberFunc get_number;
  gpointer get_number_data;
  ExportWaitGraph *graph;
  GHashTable *cycles; /* object of the model -> number of its cycle */
  GHashTable *nodes;  /* the same -> number of its node + 1 */
} Builder;

/* ---- Boxes ---------------------------------------------------------------------------------- */

static void
add_line (ExportNode *node, const char *line)
{
  if (*line == '\0' || node->n_lines++ >= MAX_LINES)
    return;
  if (node->label->len > 0)
    g_string_append_c (node->label, '\n');
  if (node->n_lines > MAX_LINES)
    g_string_append (node->label, "…");
  else if (g_utf8_strlen (line, -1) <= LINE_CHARS)
    g_string_append (node->label, line);
  else
    {
      g_autofree char *cut = g_utf8_substring (line, 0, LINE_CHARS - 1);

      g_string_append_printf (node->label, "%s…", cut);
    }
}

static guint32
get_cycle (const Builder *self, gconstpointer object)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->cycles, object));
}

static guint
add_node (Builder *self, ExportNodeOf of, gconstpointer object)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->nodes, object));
  ExportNode node = { .of = of, .object = object, .cycle = get_cycle (self, object) };

  if (number != 0)
    return number - 1;
  node.since_ns = G_MAXINT64;
  g_array_append_val (self->graph->nodes, node);
  number = self->graph->nodes->len;
  g_hash_table_insert (self->nodes, (gpointer)object, GUINT_TO_POINTER (number));
  return number - 1;
}

static ExportNode *
get_node (const Builder *self, guint number)
{
  return &g_array_index (self->graph->nodes, ExportNode, number);
}

static void
label_task (Builder *self, ExportNode *node, const ModelTask *task)
{
  guint32 location = task->awaits != NULL ? task->awaits->location : task->location;
  g_autofree char *name = analysis_describe_task (task, location, self->state->places);
  g_autofree char *number = NULL;
  g_autofree char *line = NULL;

  node->number = self->get_number (task, self->get_number_data);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, node->number);
  line = task->id != 0 ? g_strdup_printf ("#%s %s", number, name) : g_strdup (name);
  add_line (node, line);
}

static void
label_thread (ExportNode *node, const ModelThread *thread)
{
  g_autofree char *line = g_strdup_printf (_ ("thread %d"), thread->tid);

  add_line (node, line);
}

static void
label_resource (Builder *self, ExportNode *node, const ModelResource *resource)
{
  g_autofree char *line = analysis_describe_resource (self->model, resource, self->state->places);

  add_line (node, line);
}

static void
label_node (Builder *self, ExportNode *node)
{
  node->label = g_string_new (NULL);
  if (node->of == EXPORT_NODE_TASK)
    label_task (self, node, node->object);
  else if (node->of == EXPORT_NODE_THREAD)
    label_thread (node, node->object);
  else
    label_resource (self, node, node->object);
}

/* ---- Waits and holds ------------------------------------------------------------------------ */

static void
add_edge (Builder *self, guint from, guint to, gboolean is_hold, gconstpointer by, guint32 location,
          gint64 since_ns)
{
  guint32 cycle = get_node (self, from)->cycle;
  ExportEdge edge = { .from = from, .to = to, .is_hold = is_hold };

  edge.place = g_strdup (analysis_places_get (self->state->places, location)->where);
  edge.duration = model_format_duration (MAX (self->state->now_ns - since_ns, 0));
  if (cycle != 0 && cycle == get_node (self, to)->cycle &&
      (by == NULL || get_cycle (self, by) == cycle))
    edge.cycle = cycle;
  get_node (self, from)->n_edges++;
  get_node (self, to)->n_edges++;
  g_array_append_val (self->graph->edges, edge);
}

/* The task that a thread stands for, or which the thread is. */
static guint
add_thread (Builder *self, ModelThread *thread)
{
  ModelTask *task = model_thread_get_task (self->model, thread);
  guint number;

  if (task == NULL)
    return add_node (self, EXPORT_NODE_THREAD, thread);
  number = add_node (self, EXPORT_NODE_TASK, task);
  if (get_node (self, number)->cycle == 0)
    get_node (self, number)->cycle = get_cycle (self, thread);
  return number;
}

static gboolean
is_shared (const Builder *self, const ModelResource *resource)
{
  return resource->holds != NULL || get_cycle (self, resource) != 0 ||
         model_resource_is (resource, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY);
}

/* What keeps a thread from coming back to its loop is the call of a task that it sleeps in. */
static const ModelTask *
find_keeper (Builder *self, const ModelResource *loop, const ModelThread *thread)
{
  for (const ModelAwait *await = thread->blocking; await != NULL; await = await->thread_next)
    if (get_cycle (self, await) != 0 && get_cycle (self, await) == get_cycle (self, loop))
      return await->task;
  return NULL;
}

static guint
add_holder (Builder *self, const ModelResource *resource, const ModelHold *hold)
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
add_resource (Builder *self, ModelResource *resource)
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
add_wait (Builder *self, guint from, ModelAwait *await)
{
  ModelTask *awaited = model_await_get_awaited (self->model, await);
  ModelResource *resource = await->awaits_task ? NULL : await->resource;
  ModelResource *loop = analysis_graph_get_loop (self->model, await);

  get_node (self, from)->since_ns = MIN (get_node (self, from)->since_ns, await->begin_ns);
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
add_waits (Builder *self)
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

/* ---- What is shown -------------------------------------------------------------------------- */

static void
find_cycles (Builder *self)
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

/* "GET /posts (request.c:88, for 2.3 s)" */
static void
describe_wait (Builder *self, ExportNode *node, const ModelAwait *await)
{
  const AnalysisWait wait = { .model = self->model,
                              .task = await->task,
                              .await = await,
                              .resource = await->awaits_task ? NULL : await->resource,
                              .now_ns = self->state->now_ns };
  const AnalysisPlace *place = analysis_places_get (self->state->places, await->location);
  g_autofree char *text = analysis_describe_wait (&wait, self->state->places);
  g_autofree char *duration =
      model_format_duration (MAX (self->state->now_ns - await->begin_ns, 0));
  g_autofree char *line =
      *place->where != '\0' ? g_strdup_printf (_ ("%s (%s, for %s)"), text, place->where, duration)
                            : g_strdup_printf (_ ("%s (for %s)"), text, duration);

  /* Where and for how long stands at its edge, if it has one. */
  add_line (node, await->awaits_task || (await->resource != NULL &&
                                         g_hash_table_contains (self->nodes, await->resource))
                      ? text
                      : line);
}

static void
describe_waits (Builder *self, ExportNode *node, const ModelTask *task)
{
  add_line (node, task->n_open_polls > 0 ? _ ("runs") : task->awaits == NULL ? _ ("ready") : "");
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    describe_wait (self, node, await);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const GArray *nodes = data;
  const ExportNode *one = &g_array_index (nodes, ExportNode, *(const guint *)a);
  const ExportNode *other = &g_array_index (nodes, ExportNode, *(const guint *)b);

  if ((one->cycle != 0) != (other->cycle != 0))
    return one->cycle != 0 ? -1 : 1;
  if (one->cycle != other->cycle)
    return one->cycle < other->cycle ? -1 : 1;
  if ((one->n_edges != 0) != (other->n_edges != 0))
    return one->n_edges != 0 ? -1 : 1;
  if (one->since_ns != other->since_ns)
    return one->since_ns < other->since_ns ? -1 : 1;
  return *(const guint *)a < *(const guint *)b ? -1 : 1;
}

static void
keep_edges (ExportWaitGraph *graph, const guint *places, guint n_kept)
{
  guint n = 0;

  for (guint i = 0; i < graph->edges->len; i++)
    {
      ExportEdge edge = g_array_index (graph->edges, ExportEdge, i);

      if (places[edge.from] >= n_kept || places[edge.to] >= n_kept)
        {
          g_free (edge.place);
          g_free (edge.duration);
          continue;
        }
      edge.from = places[edge.from];
      edge.to = places[edge.to];
      g_array_index (graph->edges, ExportEdge, n++) = edge;
    }
  g_array_set_size (graph->edges, n);
}

/* The first ones in order of what they have to say; the others are counted. */
static void
choose (Builder *self, guint max_nodes)
{
  ExportWaitGraph *graph = self->graph;
  guint n = graph->nodes->len;
  g_autofree guint *order = g_new (guint, n + 1);
  g_autofree guint *places = g_new (guint, n + 1);
  GArray *kept = g_array_new (FALSE, TRUE, sizeof (ExportNode));

  for (guint i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, (int)n, sizeof *order, compare, graph->nodes);
  for (guint i = 0; i < n; i++)
    {
      places[order[i]] = i;
      if (i < max_nodes)
        g_array_append_val (kept, g_array_index (graph->nodes, ExportNode, order[i]));
    }
  graph->n_hidden = n - kept->len;
  g_array_unref (graph->nodes);
  graph->nodes = kept;
  keep_edges (graph, places, kept->len);
  for (guint i = 0; i < kept->len; i++)
    {
      ExportNode *node = &g_array_index (kept, ExportNode, i);

      label_node (self, node);
      if (node->of == EXPORT_NODE_TASK)
        describe_waits (self, node, node->object);
    }
}

static guint64
get_own_number (const ModelTask *task, gpointer data)
{
  return task->number;
}

ExportWaitGraph *
export_wait_graph_new (const ReportInput *state, guint max_nodes)
{
  return export_wait_graph_new_numbered (state, max_nodes, get_own_number, NULL);
}

ExportWaitGraph *
export_wait_graph_new_numbered (const ReportInput *state, guint max_nodes, ExportNumberFunc number,
                                gpointer data)
{
  ExportWaitGraph *graph = g_new0 (ExportWaitGraph, 1);
  Builder self = { .state = state,
                   .model = state->model,
                   .get_number = number,
                   .get_number_data = data,
                   .graph = graph,
                   .cycles = g_hash_table_new (NULL, NULL),
                   .nodes = g_hash_table_new (NULL, NULL) };

  graph->pid = state->pid;
  graph->command = model_format_text (state->command, strlen (state->command));
  graph->nodes = g_array_new (FALSE, TRUE, sizeof (ExportNode));
  graph->edges = g_array_new (FALSE, TRUE, sizeof (ExportEdge));
  find_cycles (&self);
  add_waits (&self);
  choose (&self, max_nodes);
  g_hash_table_unref (self.cycles);
  g_hash_table_unref (self.nodes);
  return graph;
}

void
export_wait_graph_free (ExportWaitGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    g_string_free (g_array_index (graph->nodes, ExportNode, i).label, TRUE);
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
