/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/deadlock.h"

#include "inspector-probe.h"

/* Beyond this a target is no longer understood by telling of one more. */
#define MAX_CYCLES 1024

typedef struct
{
  guint64 await; /* object */
  gint64 begin_ns;
} Member;

typedef struct
{
  guint32 number;
  GArray *members; /* Member */
  gint64 formed_ns;
  gint64 deadline_ns; /* G_MAXINT64: none */
  gboolean is_confirmed;
  gboolean is_proven;
  gboolean is_as_seen; /* somebody who is not seen may hold what is waited for, too */
} Cycle;

struct _AnalysisDeadlocks
{
  ModelTarget *model;
  AnalysisGraph *graph;
  GHashTable *cycles; /* by number */
  guint32 last_number;
  guint n_unsure;   /* of them: to be looked at again */
  guint n_settling; /* of those: soon */
};

static void
cycle_free (gpointer data)
{
  Cycle *cycle = data;

  g_array_unref (cycle->members);
  g_free (cycle);
}

AnalysisDeadlocks *
analysis_deadlocks_new (ModelTarget *model)
{
  AnalysisDeadlocks *self = g_new0 (AnalysisDeadlocks, 1);

  self->model = model;
  self->graph = analysis_graph_new (model);
  self->cycles = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, cycle_free);
  return self;
}

void
analysis_deadlocks_free (AnalysisDeadlocks *self)
{
  if (self == NULL)
    return;
  analysis_graph_free (self->graph);
  g_hash_table_unref (self->cycles);
  g_free (self);
}

gboolean
analysis_deadlock_of (const ModelTask *task)
{
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (analysis_deadlock_of_await (await))
      return TRUE;
  return FALSE;
}

/* ---- Members -------------------------------------------------------------------------------- */

static Cycle *
find_cycle (AnalysisDeadlocks *self, guint32 number)
{
  return number != 0 ? g_hash_table_lookup (self->cycles, GUINT_TO_POINTER (number)) : NULL;
}

/* NULL: that wait is over. */
static ModelAwait *
find_member (AnalysisDeadlocks *self, const Cycle *cycle, guint index)
{
  const Member *member = &g_array_index (cycle->members, Member, index);
  ModelAwait *await = model_table_find (&self->model->awaits, member->await);

  return await != NULL && await->begin_ns == member->begin_ns && await->episode == cycle->number
             ? await
             : NULL;
}

static void
add_member (Cycle *cycle, ModelAwait *await)
{
  Member member = { await->object, await->begin_ns };

  await->episode = cycle->number;
  g_array_append_val (cycle->members, member);
}

static void
add_members_to_graph (AnalysisDeadlocks *self, const Cycle *cycle)
{
  for (guint i = 0; i < cycle->members->len; i++)
    {
      ModelAwait *await = find_member (self, cycle, i);

      if (await != NULL)
        analysis_graph_add_await (self->graph, await);
    }
}

static void
let_go (AnalysisDeadlocks *self, const Cycle *cycle)
{
  for (guint i = 0; i < cycle->members->len; i++)
    {
      ModelAwait *await = find_member (self, cycle, i);

      if (await == NULL)
        continue;
      await->episode = 0;
      await->is_deadlocked = FALSE;
    }
}

static gboolean
is_whole (AnalysisDeadlocks *self, const Cycle *cycle)
{
  for (guint i = 0; i < cycle->members->len; i++)
    if (find_member (self, cycle, i) == NULL)
      return FALSE;
  return TRUE;
}

/* A wait that was part of a cycle has ended; what is left of it may still be one. */
static void
drop_broken (AnalysisDeadlocks *self)
{
  GHashTableIter iter;
  gpointer value;

  if (!self->model->cycle_broken)
    return;
  self->model->cycle_broken = FALSE;
  g_hash_table_iter_init (&iter, self->cycles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!is_whole (self, value))
      {
        add_members_to_graph (self, value);
        let_go (self, value);
        g_hash_table_iter_remove (&iter);
      }
}

/* ---- One look ------------------------------------------------------------------------------- */

static void
on_task (gpointer data, ModelTask *task)
{
  analysis_graph_add_task (data, task);
}

static void
on_await (gpointer data, ModelAwait *await)
{
  analysis_graph_add_await (data, await);
}

static void
on_resource (gpointer data, ModelResource *resource)
{
  analysis_graph_add_resource (data, resource);
}

static const ModelChangeFuncs on_change = { on_task, on_await, on_resource };

static void
add_unsure (AnalysisDeadlocks *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->n_unsure == 0)
    return;
  g_hash_table_iter_init (&iter, self->cycles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((Cycle *)value)->is_confirmed)
      add_members_to_graph (self, value);
}

/* When the last edge of a cycle came, and which waits are in it. */
typedef struct
{
  gint64 formed_ns;
  gboolean is_as_seen;
  GPtrArray *awaits; /* ModelAwait */
} Component;

static void
component_clear (gpointer data)
{
  g_ptr_array_unref (((Component *)data)->awaits);
}

static void
note_node (Component *component, const AnalysisNode *node)
{
  if (node->of == GRAPH_AWAIT)
    {
      g_ptr_array_add (component->awaits, node->await);
      component->formed_ns = MAX (component->formed_ns, node->await->begin_ns);
    }
  else if (node->of == GRAPH_RESOURCE)
    {
      /* Who is at the other end of a pipe was so before anybody looked. */
      for (ModelHold *hold = node->resource->holds;
           hold != NULL && !model_resource_is (node->resource, INSPECTOR_PROBE_RESOURCE_ENDS);
           hold = hold->resource_next)
        component->formed_ns = MAX (component->formed_ns, hold->again_ns);
      component->is_as_seen |= model_resource_is (node->resource, INSPECTOR_PROBE_RESOURCE_SEEN);
    }
}

static GArray *
collect_components (AnalysisGraph *graph)
{
  GArray *components = g_array_sized_new (FALSE, TRUE, sizeof (Component), graph->n_components);

  g_array_set_clear_func (components, component_clear);
  g_array_set_size (components, graph->n_components);
  for (guint i = 0; i < components->len; i++)
    g_array_index (components, Component, i).awaits = g_ptr_array_new ();
  for (guint i = 0; graph->n_components > 0 && i < graph->nodes->len; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);

      if (node->component != 0)
        note_node (&g_array_index (components, Component, node->component - 1), node);
    }
  return components;
}

/* The cycle that any of these waits was seen in before. */
static Cycle *
find_earlier (AnalysisDeadlocks *self, const Component *component)
{
  for (guint i = 0; i < component->awaits->len; i++)
    {
      const ModelAwait *await = g_ptr_array_index (component->awaits, i);
      Cycle *cycle = find_cycle (self, await->episode);

      if (cycle != NULL)
        return cycle;
    }
  return NULL;
}

static Cycle *
cycle_new (AnalysisDeadlocks *self)
{
  Cycle *cycle = g_new0 (Cycle, 1);

  cycle->number = ++self->last_number;
  cycle->members = g_array_new (FALSE, FALSE, sizeof (Member));
  g_hash_table_insert (self->cycles, GUINT_TO_POINTER (cycle->number), cycle);
  return cycle;
}

/* Who waits in a cycle that is known can only have joined it. */
static void
set_members (AnalysisDeadlocks *self, Cycle *cycle, const Component *component)
{
  cycle->deadline_ns = G_MAXINT64;
  for (guint i = 0; i < component->awaits->len; i++)
    {
      ModelAwait *await = g_ptr_array_index (component->awaits, i);
      guint64 deadline;

      if (find_cycle (self, await->episode) == NULL)
        add_member (cycle, await);
      await->is_deadlocked = cycle->is_proven;
      if (model_await_get_value (await, MODEL_KEY_DEADLINE, &deadline) && deadline < G_MAXINT64)
        cycle->deadline_ns = MIN (cycle->deadline_ns, (gint64)deadline);
    }
  cycle->formed_ns = component->formed_ns;
  cycle->is_as_seen = component->is_as_seen;
}

static gboolean
is_settled (const Cycle *cycle, const AnalysisInstant *instant)
{
  if (instant->drained_ns - cycle->formed_ns < ANALYSIS_SETTLE_NS)
    return FALSE;
  /* Programs try a lock for a moment and take another way; and with losses, or permits of which not all are
   * seen, nothing is sure. */
  return (cycle->deadline_ns == G_MAXINT64 && !instant->has_losses && !cycle->is_as_seen) ||
         instant->now_ns - cycle->formed_ns > instant->stuck_after_ns;
}

static gboolean
meet (AnalysisDeadlocks *self, const Component *component, const AnalysisInstant *instant)
{
  Cycle *cycle = find_earlier (self, component);

  if (cycle != NULL && cycle->is_confirmed)
    {
      set_members (self, cycle, component);
      return FALSE;
    }
  if (cycle == NULL && g_hash_table_size (self->cycles) >= MAX_CYCLES)
    return FALSE;
  if (cycle == NULL)
    cycle = cycle_new (self);
  set_members (self, cycle, component);
  if (!is_settled (cycle, instant))
    {
      self->n_unsure++;
      self->n_settling += instant->drained_ns - cycle->formed_ns < ANALYSIS_SETTLE_NS;
      return FALSE;
    }
  cycle->is_confirmed = TRUE;
  cycle->is_proven = cycle->deadline_ns == G_MAXINT64 && !instant->has_losses && !cycle->is_as_seen;
  set_members (self, cycle, component);
  return TRUE;
}

/* What was a cycle at the last look and is none now was a trick of the order of records. */
static void
drop_unsure (AnalysisDeadlocks *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->n_unsure == 0)
    return;
  g_hash_table_iter_init (&iter, self->cycles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Cycle *cycle = value;
      const ModelAwait *await = find_member (self, cycle, 0);

      if (cycle->is_confirmed || (await != NULL && await->node < self->graph->nodes->len &&
                                  analysis_graph_get (self->graph, await->node)->object == await &&
                                  analysis_graph_get (self->graph, await->node)->component != 0))
        continue;
      let_go (self, cycle);
      g_hash_table_iter_remove (&iter);
    }
}

gboolean
analysis_deadlocks_needs_look (AnalysisDeadlocks *self)
{
  return self->model->n_changes > 0 || self->model->cycle_broken || self->n_unsure > 0;
}

guint
analysis_deadlocks_check (AnalysisDeadlocks *self, const AnalysisInstant *instant)
{
  g_autoptr (GArray) components = NULL;
  guint n_new = 0;

  if (!analysis_deadlocks_needs_look (self))
    return 0;
  analysis_graph_begin (self->graph);
  drop_broken (self);
  model_target_take_changes (self->model, &on_change, self->graph);
  add_unsure (self);
  analysis_graph_solve (self->graph);
  drop_unsure (self);
  components = collect_components (self->graph);
  self->n_unsure = self->n_settling = 0;
  for (guint i = 0; i < components->len; i++)
    n_new += meet (self, &g_array_index (components, Component, i), instant);
  return n_new;
}

gboolean
analysis_deadlocks_is_unsure (AnalysisDeadlocks *self)
{
  return self->n_settling > 0;
}

/* ---- For reports ---------------------------------------------------------------------------- */

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const Cycle *x = *(Cycle *const *)a, *y = *(Cycle *const *)b;

  return x->number < y->number ? -1 : x->number > y->number;
}

void
analysis_deadlocks_foreach (AnalysisDeadlocks *self, AnalysisDeadlockFunc func, gpointer data)
{
  g_autoptr (GPtrArray) cycles = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->cycles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (cycles, value);
  g_ptr_array_sort (cycles, compare_numbers);
  for (guint i = 0; i < cycles->len; i++)
    {
      const Cycle *cycle = g_ptr_array_index (cycles, i);
      const ModelAwait *await = find_member (self, cycle, 0);
      AnalysisDeadlock deadlock = { .graph = self->graph,
                                    .formed_ns = cycle->formed_ns,
                                    .is_proven = cycle->is_proven,
                                    .is_as_seen = cycle->is_as_seen,
                                    .has_deadline = cycle->deadline_ns != G_MAXINT64,
                                    .deadline_ns = cycle->deadline_ns };

      if (!cycle->is_confirmed || await == NULL)
        continue;
      analysis_graph_begin (self->graph);
      add_members_to_graph (self, cycle);
      analysis_graph_solve (self->graph);
      deadlock.component = analysis_graph_get (self->graph, await->node)->component;
      if (deadlock.component != 0)
        func (data, &deadlock);
    }
}
