/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/silent.h"

#include "model/model-private.h"

typedef struct
{
  ModelTask *task;
  gint64 said_ns;
} Silent;

static gint64
get_last_sign (const ModelTask *task)
{
  gint64 said_ns = MAX (task->begin_ns, task->last_poll_ns);

  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    said_ns = MAX (said_ns, MAX (await->begin_ns, await->last_fired_ns));
  for (const ModelAwait *call = task->calls; call != NULL; call = call->task_next)
    said_ns = MAX (said_ns, call->begin_ns);
  return said_ns;
}

/* Whatever was lost: a thread has not ended without a sign, nor has who holds a lock. */
static gboolean
is_known_to_be_there (const ModelTask *task)
{
  if (task->id == 0 || task->tid != 0 || task->is_from_outside || task->holds != NULL ||
      (task->changes & MODEL_WATCHED) != 0)
    return TRUE;
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (await->blocks || await->episode != 0)
      return TRUE;
  return FALSE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const Silent *x = a, *y = b;

  return (x->said_ns > y->said_ns) - (x->said_ns < y->said_ns);
}

static GArray *
list_silent (ModelTarget *target, gint64 lost_ns)
{
  GArray *silent = g_array_new (FALSE, FALSE, sizeof (Silent));

  for (ModelTask *task = target->first_task; task != NULL; task = task->next)
    {
      const Silent one = { task, get_last_sign (task) };

      if (one.said_ns <= lost_ns && !is_known_to_be_there (task))
        g_array_append_val (silent, one);
    }
  return silent;
}

guint
model_target_end_silent (ModelTarget *target, gint64 lost_ns, guint max_silent)
{
  g_autoptr (GArray) silent = NULL;
  guint n = 0;

  if (target->task_slab.used <= max_silent)
    return 0;
  silent = list_silent (target, lost_ns);
  if (silent->len <= max_silent)
    return 0;
  g_array_sort (silent, compare);
  for (; silent->len - n > max_silent - max_silent / 8; n++)
    {
      ModelTask *task = g_array_index (silent, Silent, n).task;
      const ChannelEvent event = { .time_ns = target->now_ns,
                                   .ring = task->poll_ring,
                                   .task = task->id };

      model_task_infer_end (target, task, &event);
    }
  return n;
}
