/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/doing.h"

/* Of the awaits of one task, those looked at to say what it waits for: the latest. */
#define MAX_LOOKED_AT 16

/* A thread that waits for others to give it something to do is blocked where it keeps a callback from returning,
 * or is found to wait for nobody; else it is as idle as what listens. Reports judge it so, too (analysis/rules.c). */
static gboolean
is_idle (const ModelAwait *await, gboolean in_poll)
{
  return !in_poll && !await->cannot_end && model_await_is (await, INSPECT_AWAIT_BLOCKS) &&
         model_await_is_for_signal (await);
}

static ModelSpanState
classify (const ModelAwait *await, gboolean in_poll)
{
  const ModelKind *kind = await->kind;

  if ((kind->flags & (INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL)) != 0)
    return is_idle (await, in_poll) ? MODEL_SPAN_RESTING : MODEL_SPAN_BLOCKED;
  if ((kind->flags & (INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_WATCHES |
                      INSPECT_AWAIT_LOOP)) != 0)
    return MODEL_SPAN_RESTING;
  return (kind->flags & INSPECT_AWAIT_TIMER) != 0 ? MODEL_SPAN_SLEEPING : MODEL_SPAN_WAITING;
}

/* What tells most of a task that waits for several things at once, first. */
static guint
rank (ModelSpanState state)
{
  static const guint8 ranks[MODEL_N_SPAN_STATES] = { [MODEL_SPAN_BLOCKED] = 4,
                                                     [MODEL_SPAN_WAITING] = 3,
                                                     [MODEL_SPAN_SLEEPING] = 2,
                                                     [MODEL_SPAN_RESTING] = 1 };

  return ranks[state];
}

static void
look_at_awaits (const ModelTask *task, const ModelAwait *except, gboolean only_blocking,
                ModelDoing *doing)
{
  const ModelAwait *await = task->awaits;

  for (guint i = 0; i < MAX_LOOKED_AT && await != NULL; i++, await = await->task_next)
    {
      ModelSpanState state = classify (await, only_blocking);

      if (await == except || (only_blocking && !await->blocks) ||
          rank (state) <= rank (doing->state))
        continue;
      *doing = (ModelDoing){ state, await->kind->family, await->kind->number, await->location };
    }
}

ModelDoing
model_doing_find (const ModelTask *task, guint n_polls, guint32 poll_location,
                  const ModelAwait *except)
{
  ModelDoing doing = { .state = task->was_made_ready ? MODEL_SPAN_READY : MODEL_SPAN_UNKNOWN };

  if (n_polls > 0)
    {
      look_at_awaits (task, except, TRUE, &doing);
      return rank (doing.state) > 0
                 ? doing
                 : (ModelDoing){ MODEL_SPAN_RUNNING, MODEL_FAMILY_NONE, 0, poll_location };
    }
  if (task->exchanges != NULL)
    doing =
        (ModelDoing){ MODEL_SPAN_WAITING, task->exchanges->exchange.kind->family,
                      task->exchanges->exchange.kind->number, task->exchanges->exchange.location };
  look_at_awaits (task, except, FALSE, &doing);
  return doing;
}

gboolean
model_await_is_seen_running (const ModelAwait *await)
{
  guint64 running;

  return !model_await_is (await, INSPECT_AWAIT_POOL) &&
         !model_await_is (await, INSPECT_AWAIT_BLOCKS) &&
         model_await_get_value (await, MODEL_KEY_RUNNING, &running) && running != 0 &&
         await->task->is_from_outside;
}
