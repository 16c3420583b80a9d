/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/verdicts.h"

/* Of more waits than these nobody reads. */
#define MAX_VERDICTS 4096u

enum
{
  CANNOT_END = 1 << 0,
  STARVED = 1 << 1,
  UNREFERENCED = 1 << 2,
  UNREAD = 1 << 3,
};

static gint64
get_marks (const ModelAwait *await)
{
  return (await->cannot_end ? CANNOT_END : 0) | (await->is_starved ? STARVED : 0) |
         (await->is_unreferenced ? UNREFERENCED : 0) | (await->is_unread ? UNREAD : 0);
}

/* Whoever keeps what tasks did is told, as when it was found out: of a program that had fallen silent that was at
 * the same instant, that of its last record. */
static void
set_marks (ModelTarget *model, ModelAwait *await, gint64 marks)
{
  model_await_set_cannot_end (model, await, (marks & CANNOT_END) != 0);
  await->is_starved = (marks & STARVED) != 0;
  await->is_unreferenced = (marks & UNREFERENCED) != 0;
  await->is_unread = (marks & UNREAD) != 0;
}

JsonObject *
analysis_verdicts_save (const ModelTarget *model, const AnalysisPriority *priority,
                        const AnalysisUnread *unread)
{
  g_autoptr (JsonArray) awaits = json_array_new ();
  JsonArray *first;
  JsonObject *verdicts;

  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      if (get_marks (await) != 0 && json_array_get_length (awaits) < 2 * MAX_VERDICTS)
        {
          json_array_add_int_element (awaits, (gint64)await->object);
          json_array_add_int_element (awaits, get_marks (await));
        }
  if (json_array_get_length (awaits) == 0)
    return NULL;
  verdicts = json_object_new ();
  json_object_set_array_member (verdicts, "awaits", g_steal_pointer (&awaits));
  first = json_array_new ();
  for (guint i = 0; priority->first != NULL && i < MIN (priority->first->len, MAX_VERDICTS); i++)
    json_array_add_int_element (first, (gint64)g_array_index (priority->first, guint64, i));
  json_object_set_array_member (verdicts, "first", first);
  json_object_set_array_member (verdicts, "unread", analysis_unread_save (unread));
  return verdicts;
}

/* (nullable): whoever wrote the file may have written anything. */
static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gint64
get_int (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
             ? json_node_get_int (node)
             : 0;
}

void
analysis_verdicts_load (JsonObject *verdicts, ModelTarget *model, AnalysisPriority *priority,
                        AnalysisUnread *unread)
{
  JsonArray *awaits = get_array (verdicts, "awaits"), *first = get_array (verdicts, "first"),
            *children = get_array (verdicts, "unread");

  for (guint i = 0; awaits != NULL && i + 1 < json_array_get_length (awaits); i += 2)
    {
      ModelAwait *await = model_table_find (&model->awaits, (guint64)get_int (awaits, i));

      if (await != NULL)
        set_marks (model, await, get_int (awaits, i + 1));
    }
  analysis_priority_clear (priority);
  priority->first = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; first != NULL && i < MIN (json_array_get_length (first), MAX_VERDICTS); i++)
    {
      guint64 object = (guint64)get_int (first, i);

      g_array_append_val (priority->first, object);
    }
  analysis_unread_clear (unread);
  if (children != NULL)
    analysis_unread_load (unread, children);
  priority->next_ns = unread->next_ns = G_MAXINT64;
}
