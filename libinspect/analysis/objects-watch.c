/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/objects-watch.h"

#include <string.h>

#include "channel/layout.h"

/* One object costs some tens of microseconds. */
#define INTERVAL_US (20 * 1000)
#define MAX_TASKS 32
/* Text of a program would have quotes. */
#define OVER "over"

struct _AnalysisObjectsWatch
{
  AnalysisObjects *objects;
  ModelTarget *model;
  AnalysisTables *tables;
  GHashTable *told;  /* guint64, a task's id -> GHashTable: name -> hash of what was told */
  guint64 next_task; /* id; 0: the first */
  gint64 looked_us;
};

AnalysisObjectsWatch *
analysis_objects_watch_new (AnalysisObjects *objects, ModelTarget *model, AnalysisTables *tables)
{
  AnalysisObjectsWatch *self = g_new0 (AnalysisObjectsWatch, 1);

  self->objects = objects;
  self->model = model;
  self->tables = tables;
  self->told = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                      (GDestroyNotify)g_hash_table_unref);
  return self;
}

void
analysis_objects_watch_free (AnalysisObjectsWatch *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->told);
  g_free (self);
}

gboolean
analysis_object_is_over (const ModelTarget *model, const ModelAttribute *attribute)
{
  return attribute->has_bytes && g_str_equal (attribute->bytes->data, OVER) &&
         model_target_get_kind ((ModelTarget *)model, attribute->number)->flags ==
             INSPECT_VALUE_VARIABLE;
}

void
analysis_objects_watch_forget (AnalysisObjectsWatch *self, guint64 task)
{
  gint64 key = (gint64)task;

  g_hash_table_remove (self->told, &key);
}

typedef struct
{
  AnalysisObjectsWatch *watch;
  guint64 task;
  gint64 at_ns;
  ChannelEventFunc func;
  gpointer data;
} Teller;

static void
tell (const Teller *teller, const char *name, const char *text, const char *type)
{
  g_autoptr (GString) typed =
      g_string_new_len (text, (gssize)MIN (strlen (text), CHANNEL_TEXT_MAX));
  ChannelEvent event = {
    .time_ns = teller->at_ns,
    .type = CHANNEL_ATTRIBUTE,
    .task = teller->task,
    .key = analysis_tables_add_kind (teller->watch->tables, INSPECT_KIND_KEY,
                                     INSPECT_VALUE_VARIABLE, name, name),
    .n_bytes = (guint32)typed->len,
    .n_type = (guint32)MIN (strlen (type), CHANNEL_TYPE_NAME_MAX),
  };

  g_string_append_c (typed, '\0');
  g_string_append_len (typed, type, event.n_type);
  event.bytes = typed->str;
  if (event.key != 0)
    teller->func (&event, teller->data);
}

/* What a task no longer has to do with may be freed, and is not looked at. */
static void
tell_of_those_that_went (const Teller *teller, GHashTable *told, GPtrArray *objects)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, told);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      gboolean is_there = FALSE;

      for (guint i = 0; i < objects->len && !is_there; i++)
        is_there = g_str_equal (((const AnalysisObject *)objects->pdata[i])->name, name);
      if (is_there)
        continue;
      tell (teller, name, OVER, "");
      g_hash_table_iter_remove (&iter);
    }
}

/* By name; made where there is none. */
static GHashTable *
get_told (AnalysisObjectsWatch *self, guint64 task)
{
  gint64 key = (gint64)task;
  GHashTable *told = g_hash_table_lookup (self->told, &key);

  if (told == NULL)
    {
      told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->told, g_memdup2 (&key, sizeof key), told);
    }
  return told;
}

static void
look_at (const Teller *teller, const ModelTask *task)
{
  AnalysisObjectsWatch *self = teller->watch;
  g_autoptr (GPtrArray) objects = analysis_objects_list (self->objects, self->model, task, 0, 0);
  gint64 key = (gint64)task->id;
  GHashTable *told = g_hash_table_lookup (self->told, &key);

  if (told == NULL && objects->len == 0)
    return;
  told = get_told (self, task->id);
  tell_of_those_that_went (teller, told, objects);
  for (guint i = 0; i < objects->len; i++)
    {
      const AnalysisObject *object = objects->pdata[i];
      gpointer hash = GUINT_TO_POINTER (g_str_hash (object->value)), before;

      if (g_hash_table_lookup_extended (told, object->name, NULL, &before) && before == hash)
        continue;
      g_hash_table_insert (told, g_strdup (object->name), hash);
      tell (teller, object->name, object->value, object->type);
    }
}

void
analysis_objects_watch_look (AnalysisObjectsWatch *self, gint64 at_ns, ChannelEventFunc func,
                             gpointer data)
{
  gint64 now_us = g_get_monotonic_time ();
  const ModelTask *task;

  if (now_us - self->looked_us < INTERVAL_US)
    return;
  self->looked_us = now_us;
  task = self->next_task != 0 ? model_table_find (&self->model->tasks, self->next_task) : NULL;
  if (task == NULL)
    task = self->model->first_task;
  for (guint n = 0; task != NULL && n < MAX_TASKS; n++, task = task->next)
    {
      const Teller teller = { self, task->id, at_ns, func, data };

      if (task->id != 0)
        look_at (&teller, task);
    }
  self->next_task = task != NULL ? task->id : 0;
}

/* ---- Some of them --------------------------------------------------------------------------------- */

static gboolean
is_among (const GArray *tasks, guint64 task)
{
  for (guint i = 0; i < tasks->len; i++)
    if (g_array_index (tasks, guint64, i) == task)
      return TRUE;
  return FALSE;
}

void
analysis_objects_watch_show (AnalysisObjectsWatch *self, const GArray *tasks, gint64 at_ns,
                             ChannelEventFunc func, gpointer data)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key, told;

  g_hash_table_iter_init (&iter, self->told);
  while (g_hash_table_iter_next (&iter, &key, &told))
    {
      const Teller teller = { self, (guint64) * (gint64 *)key, at_ns, func, data };

      if (is_among (tasks, teller.task))
        continue;
      if (model_table_find (&self->model->tasks, teller.task) != NULL)
        tell_of_those_that_went (&teller, told, none);
      g_hash_table_iter_remove (&iter);
    }
  for (guint i = 0; i < tasks->len; i++)
    {
      const Teller teller = { self, g_array_index (tasks, guint64, i), at_ns, func, data };
      const ModelTask *task = model_table_find (&self->model->tasks, teller.task);
      gint64 id = (gint64)teller.task;

      if (task == NULL || task->id == 0 || g_hash_table_contains (self->told, &id))
        continue;
      /* Also where there is nothing to tell: it is not looked for again at each check. */
      get_told (self, task->id);
      look_at (&teller, task);
    }
}

void
analysis_objects_watch_again (AnalysisObjectsWatch *self, gint64 at_ns, ChannelEventFunc func,
                              gpointer data)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->told);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const Teller teller = { self, (guint64) * (gint64 *)key, at_ns, func, data };
      const ModelTask *task = model_table_find (&self->model->tasks, teller.task);

      if (task != NULL)
        look_at (&teller, task);
    }
}
