/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/wait-graph-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "inspector-names.h"
#include "model/format.h"

/* Of one box. */
#define MAX_LINES 6
#define LINE_CHARS 66

static void
add_line (ExportNode *node, const char *whole)
{
  g_autofree char *line = inspector_format_names (whole);

  if (*line == '\0' || node->n_lines++ >= MAX_LINES)
    return;
  if (node->title == NULL)
    node->title = g_strdup (whole);
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

static void
label_task (WaitGraph *self, ExportNode *node, const ModelTask *task)
{
  g_autofree char *name = analysis_describe_task (task, 0, self->state->places);
  g_autofree char *number = NULL;
  g_autofree char *line = NULL;

  node->number = self->get_number (task, self->get_number_data);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, node->number);
  node->is_process = analysis_is_process (task);
  line = task->id != 0 && !node->is_process ? g_strdup_printf ("#%s %s", number, name)
                                            : g_strdup (name);
  add_line (node, line);
}

static void
label_thread (ExportNode *node, const ModelThread *thread)
{
  g_autofree char *line = g_strdup_printf (_ ("thread %d"), thread->tid);

  add_line (node, line);
}

static void
label_resource (WaitGraph *self, ExportNode *node, const ModelResource *resource)
{
  g_autofree char *line = analysis_describe_resource (self->model, resource, self->state->places);

  add_line (node, line);
}

/* "GET /posts (request.c:88, for 2.3 s)" */
static void
describe_wait (WaitGraph *self, ExportNode *node, const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (self->model, await, self->state->now_ns);
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

/* What one does that waits for nothing that is known. */
static const char *
get_state_text (const ModelTask *task)
{
  switch (model_task_get_state (task))
    {
    case MODEL_TASK_RUNNING:
      return _ ("runs");
    case MODEL_TASK_READY:
      return _ ("ready");
    case MODEL_TASK_UNKNOWN:
    case MODEL_TASK_WAITING:
      break;
    }
  /* Translators: what a task does */
  return _ ("not known");
}

static void
describe_waits (WaitGraph *self, ExportNode *node, const ModelTask *task)
{
  if (task->n_open_polls > 0 || task->awaits == NULL)
    add_line (node, get_state_text (task));
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    describe_wait (self, node, await);
}

/* ---- Groups --------------------------------------------------------------------------------- */

static guint64
mix (guint64 hash, guint64 with)
{
  hash = (hash ^ with) * 0xff51afd7ed558ccdu;
  return hash ^ hash >> 32;
}

/* Tasks are alike when they are called alike, but for numbers, or began at one place, and wait for the same
 * kind of thing at the same place. */
void
wait_graph_set_group (const WaitGraph *self, ExportNode *node)
{
  guint64 hash = 0x9e3779b97f4a7c15u ^ node->of;
  const char *name = NULL;

  if (node->of == EXPORT_NODE_TASK)
    {
      const ModelTask *task = node->object;

      name = model_task_get_user_name (task);
      hash = mix (hash, name == NULL ? task->location : 0);
      hash = mix (hash, task->awaits != NULL ? task->awaits->kind->number : 0);
      hash = mix (hash, task->awaits != NULL ? task->awaits->location
                                             : (guint64)model_task_get_state (task));
    }
  else if (node->of == EXPORT_NODE_RESOURCE)
    hash = mix (hash, ((const ModelResource *)node->object)->kind->number);
  for (; name != NULL && *name != '\0'; name++)
    if (!g_ascii_isdigit (*name))
      hash = mix (hash, (guint8)*name);
  node->group = hash != 0 ? hash : 1;
}

/* "worker 12" stands for all workers. */
static char *
dup_without_numbers (const char *name)
{
  GString *text = g_string_new (NULL);

  for (; *name != '\0'; name++)
    if (!g_ascii_isdigit (*name))
      g_string_append_c (text, *name);
    else if (!g_str_has_suffix (text->str, "…"))
      g_string_append (text, "…");
  return g_string_free (text, FALSE);
}

static void
label_fold (WaitGraph *self, ExportNode *node)
{
  g_autofree char *name = NULL;
  g_autofree char *count = model_format_count (node->n_members);
  g_autofree char *line = NULL;

  if (node->of == EXPORT_NODE_TASK)
    {
      const ModelTask *task = node->object;
      g_autofree char *own = analysis_describe_task (task, 0, self->state->places);

      name = model_task_get_user_name (task) != NULL ? dup_without_numbers (own)
                                                     : g_steal_pointer (&own);
    }
  else if (node->of == EXPORT_NODE_THREAD)
    name = g_strdup (_ ("threads"));
  else
    {
      const ModelKind *kind = ((const ModelResource *)node->object)->kind;

      name = analysis_describe_kind (kind->name, kind->phrase);
    }
  /* Translators: "9,998 × look_up" */
  line = g_strdup_printf (_ ("%s × %s"), count, name);
  add_line (node, line);
  if (node->of == EXPORT_NODE_TASK)
    {
      const ModelTask *task = node->object;
      g_autofree char *phrase =
          task->awaits != NULL
              ? analysis_describe_kind (task->awaits->kind->name, task->awaits->kind->phrase)
              : NULL;

      add_line (node, phrase != NULL ? phrase : get_state_text (task));
    }
}

/* ---- What is shown -------------------------------------------------------------------------- */

static void
label_node (WaitGraph *self, ExportNode *node)
{
  node->label = g_string_new (NULL);
  if (node->n_members > 1)
    label_fold (self, node);
  else if (node->of == EXPORT_NODE_TASK)
    {
      label_task (self, node, node->object);
      describe_waits (self, node, node->object);
    }
  else if (node->of == EXPORT_NODE_THREAD)
    label_thread (node, node->object);
  else
    label_resource (self, node, node->object);
}

static void
set_id (const WaitGraph *self, ExportNode *node)
{
  if (node->n_members > 1)
    node->id = 0;
  else if (node->of == EXPORT_NODE_TASK)
    node->id = self->get_number (node->object, self->get_number_data);
  else if (node->of == EXPORT_NODE_THREAD)
    node->id = (guint64)((const ModelThread *)node->object)->tid;
  else
    node->id = ((const ModelResource *)node->object)->object;
}

void
wait_graph_label (WaitGraph *self)
{
  ExportWaitGraph *graph = self->graph;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      set_id (self, wait_graph_get_node (self, i));
      label_node (self, wait_graph_get_node (self, i));
    }
  for (guint i = 0; i < graph->edges->len; i++)
    {
      ExportEdge *edge = wait_graph_get_edge (self, i);

      edge->place = g_strdup (analysis_places_get (self->state->places, edge->location)->where);
      edge->duration = model_format_duration (MAX (self->state->now_ns - edge->since_ns, 0));
    }
}
