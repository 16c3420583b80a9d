/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What one task was at an instant, where reading what all of them were would take long: of a keyframe and of all
 * that came since only those records are taken that name the task, what it waits for or holds, and who
 * holds that. What these are shows once the task is known, so the blocks are gone through again for them;
 * which ids a block may name is known from the recording, or from the first time on, and most are left out. */

#include "session/history-search.h"

/* Each time finds what is named by what was found before: a task, its waits, their resources, who holds
 * these; and once more where one of them is used again by another. */
#define MAX_ROUNDS 8u
/* Who looks further ahead: so many locks, one behind the other. */
#define MAX_ROUNDS_AHEAD 32u

/* ---- Telling ----------------------------------------------------------------------------------- */

void
history_tell_of (ModelTarget *model, const ChannelEvent *event, guint type)
{
  const ChannelEvent said = { .time_ns = event->time_ns,
                              .type = type,
                              .ring = event->ring,
                              .tid = event->tid,
                              .task = event->task };

  model_target_ingest (model, &said);
}

/* Who still holds it in the end is wanted, and known in full in the next round. */
void
history_tell_acquire (ModelTarget *model, const ChannelEvent *event, gboolean is_known,
                      gboolean is_keyframe)
{
  if (!is_known)
    history_tell_of (model, event, is_keyframe ? CHANNEL_STATE_NAME : CHANNEL_POLL_BEGIN);
  model_target_ingest (model, event);
  if (!is_known && !is_keyframe)
    history_tell_of (model, event, CHANNEL_POLL_END);
}

/* Not all of it may have been read, and none is needed. */
static gboolean
is_of_former_holder (const HistorySearch *search, const ChannelEvent *event, HistoryPosition at)
{
  const HistoryWantedId *id = NULL;
  HistoryPosition since;

  if (event->type == CHANNEL_ACQUIRE || event->type == CHANNEL_RELEASE)
    id = history_wanted_find_lock (&search->wanted, event->arg);
  return id != NULL && history_search_find_last_two (search, id->lock, id->from, &since) &&
         (at.piece < since.piece || (at.piece == since.piece && at.event < since.event));
}

void
history_tell_resource_end (ModelTarget *model, const ChannelEvent *event)
{
  const ChannelEvent named = { .time_ns = event->time_ns,
                               .type = CHANNEL_ACQUIRE,
                               .ring = event->ring,
                               .tid = event->tid,
                               .task = G_MAXUINT64,
                               .arg = event->arg };

  if (model_table_find (&model->resources, event->arg) == NULL)
    model_target_ingest (model, &named);
  model_target_ingest (model, event);
}

static void
tell (ModelTarget *model, const HistorySearch *search, guint piece, gboolean is_keyframe)
{
  const GArray *events = g_array_index (search->pieces, HistoryPiece, piece).events;

  for (guint i = 0; i < events->len; i++)
    {
      const ChannelEvent *event = &g_array_index (events, ChannelEvent, i);

      if (is_of_former_holder (search, event, (HistoryPosition){ piece, i }))
        continue;
      if (event->type == CHANNEL_ACQUIRE)
        history_tell_acquire (model, event,
                              event->task == 0 || history_wanted_has (&search->wanted, event->task),
                              is_keyframe);
      else if (event->type == CHANNEL_RESOURCE_END)
        history_tell_resource_end (model, event);
      else
        model_target_ingest (model, event);
    }
}

static gboolean
want_resource (HistoryWanted *wanted, const ModelResource *resource)
{
  gboolean is_new;

  if (resource == NULL)
    return FALSE;
  is_new = model_resource_is_exclusive (resource)
               ? history_wanted_add_lock (wanted, resource->object)
               : history_wanted_add (wanted, resource->object);
  for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
    is_new |= hold->task != NULL && history_wanted_add (wanted, hold->task->id);
  return is_new;
}

/* What the task has to do with. FALSE: all of it was wanted already. */
static gboolean
want_more (HistoryWanted *wanted, const ModelTask *task)
{
  gboolean is_new = FALSE;

  if (task == NULL)
    return FALSE;
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    {
      is_new |= history_wanted_add (wanted, await->object);
      if (await->awaits_task)
        is_new |= history_wanted_add (wanted, await->awaited.id);
      else
        is_new |= want_resource (wanted, await->resource);
    }
  for (const ModelResource *at = task->exchanges; at != NULL; at = at->exchange.next)
    is_new |= want_resource (wanted, at);
  for (const ModelHold *hold = task->holds; hold != NULL; hold = hold->task_next)
    is_new |= want_resource (wanted, hold->resource);
  return is_new;
}

/* The same of all that are known in full. */
static gboolean
want_ahead (HistoryWanted *wanted, const ModelTarget *model)
{
  gboolean is_new = FALSE;

  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    if (history_wanted_has (wanted, task->id))
      is_new |= want_more (wanted, task);
  return is_new;
}

/* Whether tasks alone are in its way: of a thread it is only known what it does with all that is called on it. */
static gboolean
is_held_by_tasks (const ModelAwait *await)
{
  if (await->blocks || model_await_is (await, INSPECT_AWAIT_POOL) ||
      model_await_find (await, MODEL_KEY_OWNER) != NULL)
    return FALSE;
  if (await->awaits_task || await->resource == NULL)
    return TRUE;
  if (model_resource_is (await->resource, INSPECT_RESOURCE_LOOP))
    return FALSE;
  for (const ModelHold *hold = await->resource->holds; hold != NULL; hold = hold->resource_next)
    if (hold->task == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
is_whole_ahead (const HistoryWanted *wanted, const ModelTarget *model)
{
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    {
      if (!history_wanted_has (wanted, task->id))
        continue;
      if (task->tid != 0 || task->n_open_polls > 0)
        return FALSE;
      for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
        if (!is_held_by_tasks (await))
          return FALSE;
    }
  return TRUE;
}

/* ---- What is called ---------------------------------------------------------------------------- */

/* What the blocks say of what is wanted so far. */
static ModelTarget *
tell_all (HistoryProgram *program, const HistoryNames *names, HistorySearch *search,
          guint64 *next_number)
{
  ModelTarget *model = model_target_new (names->tables, names->data, next_number);

  model->forgets_steps = TRUE;
  history_search_run (search);
  for (guint i = 0; i < search->pieces->len; i++)
    {
      const HistoryPiece *piece = &g_array_index (search->pieces, HistoryPiece, i);

      tell (model, search, i,
            recording_reader_get_block (program->reader, piece->block)->type == RECORDING_KEYFRAME);
      /* What follows a block that is damaged would be misunderstood. */
      if (piece->is_damaged)
        break;
    }
  return model;
}

/* Those that are known in full in the end. */
static GHashTable *
list_ids (const HistoryWanted *wanted, const ModelTarget *model, const guint64 *ids, guint n_ids,
          gboolean is_ahead)
{
  GHashTable *set = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n_ids; i++)
    g_hash_table_add (set, GSIZE_TO_POINTER (ids[i]));
  for (const ModelTask *task = is_ahead ? model->first_task : NULL; task != NULL; task = task->next)
    if (history_wanted_has (wanted, task->id))
      g_hash_table_add (set, GSIZE_TO_POINTER (task->id));
  return set;
}

static gboolean
want_more_of (HistoryWanted *wanted, ModelTarget *model, const guint64 *ids, guint n_ids)
{
  gboolean is_new = FALSE;

  for (guint i = 0; i < n_ids; i++)
    is_new |= want_more (wanted, model_table_find (&model->tasks, ids[i]));
  return is_new;
}

ModelTarget *
history_program_load_tasks (HistoryProgram *program, const HistoryNames *names,
                            guint64 *next_number, const guint64 *ids, guint n_ids, gint64 at_ns,
                            gboolean is_ahead, GHashTable **ret_ids)
{
  guint most = is_ahead ? MAX_ROUNDS_AHEAD : MAX_ROUNDS;
  ModelTarget *model = NULL;
  gboolean is_new = TRUE;
  HistorySearch search;

  history_search_init (&search, program, at_ns);
  for (guint i = 0; i < n_ids; i++)
    history_wanted_add (&search.wanted, ids[i]);
  for (guint i = 0; is_new && i < most; i++)
    {
      model_target_free (model);
      model = tell_all (program, names, &search, next_number);
      is_new = is_ahead ? want_ahead (&search.wanted, model)
                        : want_more_of (&search.wanted, model, ids, n_ids);
    }
  if (is_ahead && (is_new || !is_whole_ahead (&search.wanted, model)))
    g_clear_pointer (&model, model_target_free);
  if (model != NULL && ret_ids != NULL)
    *ret_ids = list_ids (&search.wanted, model, ids, n_ids, is_ahead);
  history_search_clear (&search, program);
  return model;
}

ModelTarget *
history_program_load_task (HistoryProgram *program, const HistoryNames *names, guint64 *next_number,
                           guint64 id, gint64 at_ns, gboolean is_ahead)
{
  return history_program_load_tasks (program, names, next_number, &id, 1, at_ns, is_ahead, NULL);
}

guint64
history_program_count_records (HistoryProgram *program, gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);
  guint64 n = 0;

  for (guint i = 0; i < blocks->len; i++)
    n += recording_reader_get_block (program->reader, g_array_index (blocks, guint, i))->n_events;
  return n;
}
