/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-feed.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "inspect-keys.h"
#include "session/probe-feed-private.h"

/* Ids of awaits that no address has. */
#define FIRST_AWAIT (G_GUINT64_CONSTANT (1) << 46)

/* ---- Tasks --------------------------------------------------------------------------------------- */

static void
task_free (gpointer data)
{
  FedTask *task = data;

  probe_feed_clear_waits (task);
  probe_plan_free (task->plan);
  g_free (task);
}

static void
end_task (ProbeFeed *self, FedTask *task)
{
  probe_feed_end_waits (self, task);
  if (task->test_case != 0)
    probe_feed_tell (self, CHANNEL_RESOURCE_END, 0, task->test_case, 0, 0);
  probe_feed_tell (self, CHANNEL_TASK_END, task->id, 0, 0, 0);
}

/* 0: there is none of that id, or that is not known. */
static guint64
get_number (const ProbeFeed *self, guint64 id)
{
  const ModelTask *task = self->model != NULL ? model_table_find (&self->model->tasks, id) : NULL;

  return task != NULL ? task->number : 0;
}

/* The program has said itself what it is called. */
static gboolean
is_named (const ProbeFeed *self, guint64 id)
{
  const ModelTask *task = self->model != NULL ? model_table_find (&self->model->tasks, id) : NULL;

  return task != NULL && model_task_get_user_name (task) != NULL;
}

/* What the program calls it where it has told of it itself. There are a few of those that are asked for. */
static guint64
find_id (const ProbeFeed *self, const InspectorProbeTask *said)
{
  guint64 id = said->id & OBJECT_ID;

  if (said->within_end == 0 || self->model == NULL)
    return id;
  for (const ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    if (task->id >= said->within && task->id < said->within_end && !task->is_from_outside)
      return task->id;
  return id;
}

/* The program has said itself that it has ended, and all that it had with it. */
static gboolean
has_ended (const ProbeFeed *self, const FedTask *task)
{
  return task->number != get_number (self, task->id);
}

static FedTask *
begin_task (ProbeFeed *self, guint64 id, const InspectorProbeTask *said)
{
  FedTask *task = g_new0 (FedTask, 1);

  task->id = id;
  task->serial = said->serial;
  probe_feed_init_waits (task);
  task->plan = probe_plan_new ();
  g_hash_table_insert (self->tasks, &task->id, task);
  probe_feed_tell (self, CHANNEL_TASK_BEGIN, task->id, said->parent & OBJECT_ID,
                   probe_feed_get_location (self, &said->place), 0);
  task->number = get_number (self, task->id);
  if (said->name != NULL && !is_named (self, task->id))
    probe_feed_tell_text (self, task->id, self->key_name, said->name);
  if (said->test_case != NULL)
    {
      task->test_case = (guint64)self->resource_case << 48 | task->id;
      probe_feed_tell (self, CHANNEL_RESOURCE_BEGIN, task->id, task->test_case,
                       probe_feed_get_location (self, &said->place), 0);
      probe_feed_tell_text (self, task->test_case, self->key_name, said->test_case);
    }
  return task;
}

/* The thread that an await is of, as the program calls it; 0: none. */
static int
find_thread (const InspectorProbeAwait *await)
{
  for (guint i = 0; i < await->n_attributes; i++)
    if (g_str_equal (await->attributes[i].key->name, INSPECT_KEY_TID))
      return (int)MIN (await->attributes[i].value, G_MAXINT);
  return 0;
}

/* Of anything that is there. */
static gboolean
has_told (const ModelTarget *model)
{
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    if (!task->is_from_outside && task->id != 0)
      return TRUE;
  return FALSE;
}

/* What a thread does that has told of itself is known better from there: whose callback it runs, in which call it sleeps. That
 * it waits for something is what its loop does, where the program tells of what that waits for. */
static gboolean
is_known_within (const ProbeFeed *self, const InspectorProbeTask *said)
{
  const ModelThread *thread;
  int tid = said->n_awaits > 0 ? find_thread (&said->awaits[0]) : 0;

  if (self->model == NULL || self->is_before || tid == 0)
    return FALSE;
  thread = model_target_find_thread (self->model, tid);
  if (thread == NULL)
    return self->has_told && probe_task_is_of_loop (said);
  if (thread->depth > 0 || thread->blocking != NULL)
    return TRUE;
  return self->has_told && ((said->awaits[0].kind->flags & INSPECT_AWAIT_WATCHES) != 0 ||
                            probe_task_is_of_loop (said));
}

/* Woken, and not yet polled: by whom nobody knows, so it is told by itself (see ingest_wake() of the model). */
static void
see_whether_ready (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said)
{
  gboolean is_ready = said->state == INSPECTOR_PROBE_READY;

  if (task->is_ready == is_ready)
    return;
  task->is_ready = is_ready;
  probe_feed_tell (self, CHANNEL_WAKE, is_ready ? task->id : 0, task->id, 0, 0);
}

static void
see_task (ProbeFeed *self, const InspectorProbeTask *said)
{
  guint64 id = find_id (self, said);
  FedTask *task = g_hash_table_lookup (self->tasks, &id);
  const char *plan;

  if (id == 0 || (task != NULL && task->look == self->look) || is_known_within (self, said))
    return;
  if (task != NULL && has_ended (self, task))
    {
      gboolean is_gone = get_number (self, id) == 0;

      g_hash_table_remove (self->tasks, &id);
      task = NULL;
      /* What was seen was seen before. */
      if (is_gone)
        return;
    }
  if (task != NULL && task->serial != said->serial)
    {
      end_task (self, task);
      g_hash_table_remove (self->tasks, &id);
      task = NULL;
    }
  if (task == NULL)
    task = begin_task (self, id, said);
  task->look = self->look;
  task->probe = self->probe;
  probe_feed_see_holds (self, task, said);
  probe_feed_see_awaits (self, task, said);
  see_whether_ready (self, task, said);
  if (said->state != INSPECTOR_PROBE_RUNNING &&
      (plan = probe_plan_see (task->plan, said, self->now_ns)) != NULL)
    probe_feed_tell_text (self, task->id, self->key_plan, plan);
}

/* ---- What the program tells of itself -------------------------------------------------------------- */

static void
complete_await (ProbeFeed *self, const ModelAwait *await, const InspectorProbeAttribute *attributes,
                guint n)
{
  for (guint i = 0; i < n; i++)
    {
      ModelKey key = model_key_from_name (attributes[i].key->name);

      if (key != MODEL_KEY_OTHER && model_await_find (await, key) == NULL)
        probe_feed_tell_attributes (self, await->object, &attributes[i], 1);
    }
}

/* A plugin that comes to know of something only now does not know all that it was begun with. */
static void
complete_task (ProbeFeed *self, const InspectorProbeTask *said)
{
  for (guint i = 0; i < said->n_awaits; i++)
    {
      const InspectorProbeAwait *seen = &said->awaits[i];
      const ModelAwait *await = probe_told_find (self->told, seen);

      complete_await (self, await, seen->attributes, seen->n_attributes);
      if (seen->resource != NULL)
        complete_await (self, await, seen->resource->attributes, seen->resource->n_attributes);
    }
}

/* ---- A look -------------------------------------------------------------------------------------- */

/* Whether all is known of what that probe sees. */
static gboolean
is_seen_whole (const ProbeLook *look, guint probe)
{
  for (guint i = 0; i < look->parts->len; i++)
    {
      const ProbeLookPart *part = &g_array_index (look->parts, ProbeLookPart, i);

      if (part->probe == probe)
        return part->is_whole;
    }
  return look->is_whole;
}

static void
end_tasks (ProbeFeed *self, const ProbeLook *look)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tasks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FedTask *task = value;

      if (task->look == self->look || !is_seen_whole (look, task->probe))
        continue;
      if (!has_ended (self, task))
        end_task (self, task);
      g_hash_table_iter_remove (&iter);
    }
}

static void
end_resources (ProbeFeed *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->resources);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((FedResource *)value)->look != self->look)
      {
        probe_feed_tell (self, CHANNEL_RESOURCE_END, 0, ((FedResource *)value)->object, 0, 0);
        g_hash_table_iter_remove (&iter);
      }
}

void
probe_feed_look (ProbeFeed *self, const ProbeLook *look, gint64 now_ns)
{
  guint part = 0;

  self->look++;
  self->now_ns = now_ns;
  self->n_sockets = 0;
  probe_told_update (self->told, self->model);
  self->has_told = self->model != NULL && has_told (self->model);
  for (guint i = 0; i < look->tasks->len; i++)
    {
      const InspectorProbeTask *said = &g_array_index (look->tasks, InspectorProbeTask, i);

      while (part < look->parts->len && g_array_index (look->parts, ProbeLookPart, part).end <= i)
        part++;
      self->probe =
          part < look->parts->len ? g_array_index (look->parts, ProbeLookPart, part).probe : 0;
      self->is_before = i < look->n_before;
      if (!self->is_before || !probe_told_has (self->told, said))
        see_task (self, said);
      else
        complete_task (self, said);
    }
  end_tasks (self, look);
  if (look->is_whole)
    end_resources (self);
}

static guint32
add_key (ProbeFeed *self, const char *name, const char *label, guint32 type)
{
  return analysis_tables_add_kind (self->tables, INSPECT_KIND_KEY, type, name, label);
}

ProbeFeed *
probe_feed_new (AnalysisTables *tables, int pid, ProbeFeedFunc func, gpointer data)
{
  ProbeFeed *self = g_new0 (ProbeFeed, 1);

  self->tables = tables;
  self->pid = pid;
  self->func = func;
  self->data = data;
  self->tasks = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, task_free);
  self->resources = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->kinds = g_hash_table_new (NULL, NULL);
  self->variables = probe_variables_new (self->tables);
  self->told = probe_told_new ();
  self->next_await = FIRST_AWAIT;
  self->key_resource = add_key (self, INSPECT_KEY_RESOURCE, "resource", INSPECT_VALUE_OBJECT);
  self->key_name = add_key (self, INSPECT_KEY_NAME, "name", INSPECT_VALUE_TEXT);
  self->key_request = add_key (self, INSPECT_KEY_REQUEST, "request", INSPECT_VALUE_TEXT);
  self->key_local = add_key (self, INSPECT_KEY_LOCAL, "local", INSPECT_VALUE_TEXT);
  self->key_peer = add_key (self, INSPECT_KEY_PEER, "peer", INSPECT_VALUE_TEXT);
  self->key_client = add_key (self, INSPECT_KEY_CLIENT, "client", INSPECT_VALUE_BOOL);
  self->key_plan = add_key (self, INSPECT_KEY_PLAN, "steps", INSPECT_VALUE_TEXT);
  self->key_running = add_key (self, INSPECT_KEY_RUNNING, "running", INSPECT_VALUE_BOOL);
  self->running = analysis_tables_add_kind (self->tables, INSPECT_KIND_AWAIT,
                                            INSPECT_AWAIT_SUSPENDS | INSPECT_AWAIT_BLOCKS,
                                            "probe.running", N_ ("for nothing: it runs"));
  self->ask = analysis_tables_add_kind (self->tables, INSPECT_KIND_AWAIT,
                                        INSPECT_AWAIT_ASKS | INSPECT_AWAIT_ONESHOT, "probe.sent",
                                        "writing to {peer}");
  self->resource_case = analysis_tables_add_kind (self->tables, INSPECT_KIND_RESOURCE,
                                                  INSPECT_RESOURCE_CASE, "probe.case", "test case");
  return self;
}

void
probe_feed_set_model (ProbeFeed *self, const ModelTarget *model)
{
  self->model = model;
}

void
probe_feed_free (ProbeFeed *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->tasks);
  g_hash_table_unref (self->resources);
  g_hash_table_unref (self->kinds);
  probe_variables_free (self->variables);
  probe_told_free (self->told);
  g_free (self);
}
