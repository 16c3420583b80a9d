/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/inspector-graph-private.h"

G_DEFINE_TYPE (InspectorGraph, inspector_graph, G_TYPE_OBJECT)

static void
inspector_graph_finalize (GObject *object)
{
  g_ptr_array_unref (INSPECTOR_GRAPH (object)->programs);
  G_OBJECT_CLASS (inspector_graph_parent_class)->finalize (object);
}

static void
inspector_graph_class_init (InspectorGraphClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_graph_finalize;
}

static void
inspector_graph_init (InspectorGraph *self)
{
  self->programs = g_ptr_array_new_with_free_func ((GDestroyNotify)export_wait_graph_free);
}

typedef struct
{
  InspectorHistory *history;
  const HistoryProgram *program;
  ModelTarget *model;
  gint64 at_ns;
  GHashTable *numbers; /* id of a task: number of the track; of a model that is of the past */
  gboolean is_ahead;
} Moment;

static const ModelTrack *
get_track (const Moment *self, guint index)
{
  const ModelTrack *track = inspector_history_peek_track (self->history, index);

  return self->history->programs->pdata[track->target] == (gconstpointer)self->program &&
                 track->begin_ns <= self->at_ns
             ? track
             : NULL;
}

const ModelTrack *
inspector_graph_find_track (InspectorHistory *history, const HistoryProgram *program,
                            guint64 number, gint64 at_ns)
{
  const Moment moment = { .history = history, .program = program, .at_ns = at_ns };
  guint index;

  return number != 0 && inspector_history_find_track (history, number, &index)
             ? get_track (&moment, index)
             : NULL;
}

/* The model of an instant counts its tasks itself. */
static void
find_numbers (Moment *self)
{
  guint n = inspector_history_get_n_tracks (self->history);

  self->numbers = g_hash_table_new (NULL, NULL);
  for (guint i = 0; self->model != self->program->model && !self->is_ahead && i < n; i++)
    {
      const ModelTrack *track = get_track (self, i);

      /* An id is used again: the latest one counts. */
      if (track != NULL)
        g_hash_table_insert (self->numbers, GSIZE_TO_POINTER (track->id),
                             GSIZE_TO_POINTER (track->number));
    }
}

static guint64
get_number (const ModelTask *task, gpointer data)
{
  const Moment *self = data;
  guint track;

  if (self->model == self->program->model)
    return task->number;
  /* Of a few each is looked up by itself. */
  if (self->is_ahead)
    {
      track = history_find_track (self->history, self->program, task->id, self->at_ns);
      return track != G_MAXUINT ? inspector_history_peek_track (self->history, track)->number : 0;
    }
  return GPOINTER_TO_SIZE (g_hash_table_lookup (self->numbers, GSIZE_TO_POINTER (task->id)));
}

/* ---- Building ---------------------------------------------------------------------------------- */

void
inspector_graph_add (InspectorGraph *self, ExportWaitGraph *program)
{
  g_ptr_array_add (self->programs, program);
  self->n_nodes += program->nodes->len;
  self->n_edges += program->edges->len;
  self->n_hidden += program->n_hidden;
  self->n_cycles += program->n_cycles;
}

static void
add_program (InspectorGraph *self, Moment *moment, const HistoryNames *names,
             const InspectorGraphChoice *choice)
{
  const ReportInput input = { .pid = moment->program->pid,
                              .command = "",
                              .model = moment->model,
                              .places = names->places,
                              .now_ns = moment->at_ns };
  const ModelTrack *focus =
      inspector_graph_find_track (moment->history, moment->program, choice->focus, moment->at_ns);
  const ExportGraphChoice own = {
    .max_nodes = choice->max_nodes - MIN (self->n_nodes, choice->max_nodes),
    .folds = choice->folds,
    .focus = focus != NULL ? model_table_find (&moment->model->tasks, focus->id) : NULL,
    .only_part = choice->only_part,
    .only_ahead = choice->only_ahead,
    .open = choice->open,
    .n_open = choice->n_open
  };

  find_numbers (moment);
  inspector_graph_add (self, export_wait_graph_new_chosen (&input, &own, get_number, moment));
  g_hash_table_unref (moment->numbers);
}

gboolean
inspector_graph_build_program (InspectorGraph *self, InspectorHistory *history,
                               HistoryProgram *program, gint64 at_ns,
                               const InspectorGraphChoice *choice, GError **error)
{
  const ModelTrack *focus;
  HistoryNames names;
  Moment moment = { .history = history,
                    .program = program,
                    .at_ns = at_ns,
                    .is_ahead = choice->only_ahead && choice->focus != 0 };

  /* It ended before, and all of it; or who looks ahead is of another program. */
  focus =
      moment.is_ahead ? inspector_graph_find_track (history, program, choice->focus, at_ns) : NULL;
  if (history_program_has_gone (history, program, at_ns) || (moment.is_ahead && focus == NULL))
    return TRUE;
  moment.model = history_load_moment_of (history, program, focus != NULL ? focus->id : 0, at_ns,
                                         moment.is_ahead, &names, error);
  if (moment.model == NULL)
    return FALSE;
  add_program (self, &moment, &names, choice);
  return TRUE;
}

InspectorGraph *
inspector_history_build_graph_of (InspectorHistory *history, gint64 at_ns,
                                  const InspectorGraphChoice *choice, GError **error)
{
  g_autoptr (InspectorGraph) self = NULL;

  g_return_val_if_fail (INSPECTOR_IS_HISTORY (history), NULL);

  self = g_object_new (INSPECTOR_TYPE_GRAPH, NULL);
  for (guint i = 0; i < history->programs->len; i++)
    if (!inspector_graph_build_program (self, history, history->programs->pdata[i], at_ns, choice,
                                        error))
      return NULL;
  return g_steal_pointer (&self);
}

InspectorGraph *
inspector_history_build_graph (InspectorHistory *history, gint64 at_ns, guint max_nodes,
                               GError **error)
{
  const InspectorGraphChoice choice = { .max_nodes = max_nodes };

  return inspector_history_build_graph_of (history, at_ns, &choice, error);
}

guint
inspector_graph_get_n_nodes (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_nodes;
}

guint
inspector_graph_get_n_edges (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_edges;
}

guint
inspector_graph_get_n_hidden (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_hidden;
}

guint
inspector_graph_get_n_cycles (InspectorGraph *self)
{
  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), 0);
  return self->n_cycles;
}

gboolean
inspector_graph_get_node (InspectorGraph *self, guint index, InspectorNode *ret_node)
{
  guint n_cycles = 0;

  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), FALSE);

  for (guint i = 0; i < self->programs->len; i++)
    {
      const ExportWaitGraph *graph = self->programs->pdata[i];

      if (index < graph->nodes->len)
        {
          const ExportNode *node = &g_array_index (graph->nodes, ExportNode, index);

          *ret_node = (InspectorNode){ .kind = node->is_process ? INSPECTOR_NODE_PROCESS
                                                                : (InspectorNodeKind)node->of,
                                       .number = node->number,
                                       .pid = graph->pid,
                                       .label = node->label->str,
                                       .title = node->title != NULL ? node->title : "",
                                       .cycle = node->cycle != 0 ? n_cycles + node->cycle : 0,
                                       .n_edges = node->n_edges,
                                       .id = node->id,
                                       .group = node->group,
                                       .n_members = node->n_members };
          return TRUE;
        }
      index -= graph->nodes->len;
      n_cycles += graph->n_cycles;
    }
  return FALSE;
}

gboolean
inspector_graph_get_edge (InspectorGraph *self, guint index, InspectorEdge *ret_edge)
{
  guint n_cycles = 0, n_nodes = 0;

  g_return_val_if_fail (INSPECTOR_IS_GRAPH (self), FALSE);

  for (guint i = 0; i < self->programs->len; i++)
    {
      const ExportWaitGraph *graph = self->programs->pdata[i];

      if (index < graph->edges->len)
        {
          const ExportEdge *edge = &g_array_index (graph->edges, ExportEdge, index);

          *ret_edge = (InspectorEdge){ .from = n_nodes + edge->from,
                                       .to = n_nodes + edge->to,
                                       .is_hold = edge->is_hold,
                                       .cycle = edge->cycle != 0 ? n_cycles + edge->cycle : 0,
                                       .place = edge->place,
                                       .duration = edge->duration,
                                       .since_ns = edge->since_ns,
                                       .n = edge->n };
          return TRUE;
        }
      index -= graph->edges->len;
      n_cycles += graph->n_cycles;
      n_nodes += graph->nodes->len;
    }
  return FALSE;
}
