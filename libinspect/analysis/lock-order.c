/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/lock-order.h"

#include <string.h>

#define MAX_PAIRS 16384
#define MAX_FOUND 256
#define MAX_USES 4  /* of one pair in one order, that differ in thread or in the locks around */
#define MAX_HELD 16 /* locks that one acquisition is paired with */

/* Two locks, the one that was seen first first. uses[0]: it was held while the other was taken. */
typedef struct
{
  AnalysisLock lock[2];
  AnalysisLockUse uses[2][MAX_USES];
  guint8 n_uses[2];
  gboolean is_found;
  guint8 found[2]; /* of @uses */
} Pair;

struct _AnalysisLockOrder
{
  ModelTarget *model;
  GHashTable *pairs; /* Pair: itself */
  GPtrArray *found;  /* Pair */
  guint n_refused;   /* since room was last looked for */
};

static guint
pair_hash (gconstpointer key)
{
  const Pair *pair = key;

  return (guint)model_table_hash (pair->lock[0].serial * 31 + pair->lock[1].serial);
}

static gboolean
pair_equal (gconstpointer a, gconstpointer b)
{
  const Pair *x = a, *y = b;

  return x->lock[0].serial == y->lock[0].serial && x->lock[1].serial == y->lock[1].serial;
}

guint
analysis_lock_order_count (AnalysisLockOrder *self)
{
  return self->found->len;
}

/* ---- Whether both could happen at once ------------------------------------------------------ */

static gboolean
is_alive (AnalysisLockOrder *self, const AnalysisLockUse *use)
{
  const ModelTask *task = model_table_find (&self->model->tasks_by_tid, use->tid);

  return task != NULL && task->number == use->thread_task;
}

/* @a was over before the thread of @b began, which that of @a has begun itself, or has not lived to
 * see: it began the program, or is gone. */
static gboolean
is_before (AnalysisLockOrder *self, const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  if (b->thread_task == 0 || a->last_ns >= b->thread_begin_ns)
    return FALSE;
  return a->thread_task == 0 || !is_alive (self, a) ||
         (b->thread_parent != 0 &&
          (b->thread_parent == a->thread_task || b->thread_parent == a->task));
}

static gboolean
have_gate (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  if (a->n_gates > LOCK_ORDER_MAX_GATES || b->n_gates > LOCK_ORDER_MAX_GATES)
    return TRUE; /* of so many, one may be common */
  for (guint i = 0; i < a->n_gates; i++)
    for (guint j = 0; j < b->n_gates; j++)
      if (a->gates[i] == b->gates[j])
        return TRUE;
  return FALSE;
}

static gboolean
can_meet (AnalysisLockOrder *self, const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  return a->tid != b->tid && !have_gate (a, b) && !is_before (self, a, b) &&
         !is_before (self, b, a);
}

static void
look_for_inversion (AnalysisLockOrder *self, Pair *pair)
{
  for (guint i = 0; i < pair->n_uses[0]; i++)
    for (guint j = 0; j < pair->n_uses[1]; j++)
      if (can_meet (self, &pair->uses[0][i], &pair->uses[1][j]))
        {
          pair->is_found = TRUE;
          pair->found[0] = i;
          pair->found[1] = j;
          g_ptr_array_add (self->found, pair);
          return;
        }
}

/* ---- Recording ------------------------------------------------------------------------------ */

static gboolean
is_gone (gpointer key, gpointer value, gpointer data)
{
  AnalysisLockOrder *self = data;
  const Pair *pair = value;

  for (guint i = 0; i < 2; i++)
    {
      const ModelResource *lock = model_table_find (&self->model->resources, pair->lock[i].object);

      if (!pair->is_found && (lock == NULL || lock->serial != pair->lock[i].serial))
        return TRUE;
    }
  return FALSE;
}

/* Locks that have ended cannot be taken in the other order any more. */
static gboolean
make_room (AnalysisLockOrder *self)
{
  if (g_hash_table_size (self->pairs) < MAX_PAIRS)
    return TRUE;
  if (self->n_refused++ % MAX_PAIRS == 0)
    g_hash_table_foreach_remove (self->pairs, is_gone, self);
  return g_hash_table_size (self->pairs) < MAX_PAIRS;
}

static AnalysisLock
lock_of (const ModelResource *resource)
{
  return (AnalysisLock){ resource->object, resource->serial, resource->kind };
}

static Pair *
get_pair (AnalysisLockOrder *self, const ModelResource *held, const ModelResource *taken,
          guint *ret_order)
{
  const ModelResource *first = held->serial < taken->serial ? held : taken;
  const ModelResource *second = first == held ? taken : held;
  Pair key = { .lock = { lock_of (first), lock_of (second) } };
  Pair *pair = g_hash_table_lookup (self->pairs, &key);

  *ret_order = first == held ? 0 : 1;
  if (pair == NULL && make_room (self))
    {
      pair = g_memdup2 (&key, sizeof key);
      g_hash_table_add (self->pairs, pair);
    }
  return pair;
}

/* What else its thread holds keeps others out that hold the same; a read lock does not. */
static void
fill_gates (AnalysisLockUse *use, const ModelHold *held, const ModelHold *taken)
{
  for (const ModelHold *hold = taken->thread->holds; hold != NULL; hold = hold->thread_next)
    {
      if (hold == held || hold == taken || !model_resource_is_exclusive (hold->resource))
        continue;
      if (use->n_gates < LOCK_ORDER_MAX_GATES)
        use->gates[use->n_gates++] = hold->resource->serial;
      else
        {
          use->n_gates = LOCK_ORDER_MAX_GATES + 1;
          return;
        }
    }
}

static AnalysisLockUse
make_use (AnalysisLockOrder *self, const ModelHold *held, const ModelHold *taken)
{
  const ModelTask *thread_task = model_thread_get_task (self->model, taken->thread);
  AnalysisLockUse use = { .tid = taken->thread->tid,
                          .task = taken->task != NULL ? taken->task->number : 0,
                          .first_ns = taken->since_ns,
                          .last_ns = taken->since_ns,
                          .count = 1,
                          .held_location = held->location,
                          .taken_location = taken->location };

  if (thread_task != NULL && !thread_task->began_before)
    {
      use.thread_task = thread_task->number;
      use.thread_parent = thread_task->parent;
      use.thread_begin_ns = thread_task->begin_ns;
    }
  fill_gates (&use, held, taken);
  return use;
}

static gboolean
is_alike (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  return a->tid == b->tid && a->thread_task == b->thread_task && a->n_gates == b->n_gates &&
         memcmp (a->gates, b->gates, sizeof a->gates) == 0;
}

static void
note_use (AnalysisLockOrder *self, const ModelHold *held, const ModelHold *taken)
{
  guint order;
  Pair *pair = get_pair (self, held->resource, taken->resource, &order);
  AnalysisLockUse use;

  if (pair == NULL)
    return;
  use = make_use (self, held, taken);
  for (guint i = 0; i < pair->n_uses[order]; i++)
    if (is_alike (&pair->uses[order][i], &use))
      {
        pair->uses[order][i].count++;
        pair->uses[order][i].last_ns = use.last_ns;
        use.count = 0;
      }
  if (use.count > 0 && pair->n_uses[order] < MAX_USES)
    pair->uses[order][pair->n_uses[order]++] = use;
  if (!pair->is_found && pair->n_uses[1 - order] > 0 && self->found->len < MAX_FOUND)
    look_for_inversion (self, pair);
}

/* The order in which hearsay was taken is not known; what was only tried for has none. */
static void
on_acquired (gpointer data, const ModelHold *taken)
{
  guint n = 0;

  if (taken->is_hearsay || taken->location == 0 || !model_resource_is_exclusive (taken->resource))
    return;
  for (const ModelHold *held = taken->thread->holds; held != NULL && n < MAX_HELD;
       held = held->thread_next, n++)
    if (held != taken && !held->is_hearsay && model_resource_is_exclusive (held->resource))
      note_use (data, held, taken);
}

AnalysisLockOrder *
analysis_lock_order_new (ModelTarget *model)
{
  AnalysisLockOrder *self = g_new0 (AnalysisLockOrder, 1);

  self->model = model;
  self->pairs = g_hash_table_new_full (pair_hash, pair_equal, g_free, NULL);
  self->found = g_ptr_array_new ();
  model->acquired = on_acquired;
  model->acquired_data = self;
  return self;
}

void
analysis_lock_order_free (AnalysisLockOrder *self)
{
  if (self == NULL)
    return;
  self->model->acquired = NULL;
  g_ptr_array_unref (self->found);
  g_hash_table_unref (self->pairs);
  g_free (self);
}

static guint64
count_uses (const Pair *pair, guint order)
{
  guint64 count = 0;

  for (guint i = 0; i < pair->n_uses[order]; i++)
    count += pair->uses[order][i].count;
  return count;
}

void
analysis_lock_order_foreach (AnalysisLockOrder *self, AnalysisInversionFunc func, gpointer data)
{
  for (guint i = 0; i < self->found->len; i++)
    {
      const Pair *pair = g_ptr_array_index (self->found, i);
      AnalysisInversion inversion = { .lock = { pair->lock[0], pair->lock[1] },
                                      .use = { pair->uses[0][pair->found[0]],
                                               pair->uses[1][pair->found[1]] },
                                      .count = { count_uses (pair, 0), count_uses (pair, 1) } };

      func (data, &inversion);
    }
}
