/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/lock-order.h"

#include <string.h>

#define MAX_PAIRS 16384
#define MAX_FOUND 256
#define MAX_USES 8 /* of one pair in one order, that differ in who could meet them */
#define MAX_THREADS 65536
#define MAX_HELD 16    /* locks that one acquisition is paired with */
#define MAX_STEPS 4096 /* of one search for a circle */
#define SEARCH_GAP_NS G_GINT64_CONSTANT (100000000)
#define EAGER_SEARCHES 64 /* of one pair, without that gap */

/* A thread that took one lock within another. Kept as long as the program is watched. */
struct _AnalysisLockThread
{
  gint64 id;        /* of its task */
  gint64 ended_ns;  /* 0: it lives */
  gint64 joined_ns; /* 0: nobody has waited for that */
  gint32 joiner;
};

/* Two locks, the one that was seen first first. uses[0]: it was held while the other was taken. */
typedef struct
{
  AnalysisLock lock[2];
  AnalysisLockUse *uses[2];
  guint8 n_uses[2];
  gint64 searched_ns;
  guint n_searches;
  gboolean is_found; /* it is part of what was found, and stays */
} Pair;

/* One lock taken while another one was held, by one of those who did. */
typedef struct
{
  Pair *pair;
  guint order; /* of its two */
  guint use;
} Step;

typedef struct
{
  guint n;
  Step step[LOCK_ORDER_MAX_LOCKS];
} Circle;

struct _AnalysisLockOrder
{
  ModelTarget *model;
  GHashTable *pairs;   /* Pair: itself */
  GHashTable *of_lock; /* serial: GPtrArray of the pairs that it is in */
  GHashTable *threads; /* AnalysisLockThread: itself */
  guint64 n_joined;    /* of those */
  GArray *found;       /* Circle */
  guint n_refused;     /* since room was last looked for */
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

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  for (guint i = 0; i < 2; i++)
    g_free (pair->uses[i]);
  g_free (pair);
}

guint
analysis_lock_order_count (AnalysisLockOrder *self)
{
  return self->found->len;
}

/* ---- Whether both could happen at once ------------------------------------------------------ */

/* Whether the thread of @use was gone at that time; also where that is not known. */
static gboolean
had_ended (const AnalysisLockUse *use, gint64 time_ns)
{
  return use->thread == NULL || (use->thread->ended_ns != 0 && use->thread->ended_ns <= time_ns);
}

/* @a was over before the thread of @b began, which that of @a has begun itself, or has not lived to
 * see: it began the program, or was gone. */
static gboolean
is_before_begin (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  if (b->thread_begin_ns == 0 || a->last_ns >= b->thread_begin_ns)
    return FALSE;
  return a->thread_begin_ns == 0 || had_ended (a, b->thread_begin_ns) ||
         (b->thread_parent != 0 &&
          (b->thread_parent == a->thread_task || b->thread_parent == a->task));
}

/* The thread of @b had waited for that of @a to end. */
static gboolean
is_after_join (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  return a->thread != NULL && a->thread->joined_ns != 0 && a->thread->joiner == b->tid &&
         a->thread->joined_ns <= b->first_ns;
}

static gboolean
is_before (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  return is_before_begin (a, b) || is_after_join (a, b);
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
can_meet (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  return a->tid != b->tid && !have_gate (a, b) && !is_before (a, b) && !is_before (b, a);
}

static const AnalysisLockUse *
get_use (const Step *step)
{
  return &step->pair->uses[step->order][step->use];
}

static guint64
get_taken (const Step *step)
{
  return step->pair->lock[1 - step->order].serial;
}

static gboolean
fits (const Circle *circle, const Step *step)
{
  for (guint i = 0; i < circle->n; i++)
    if (circle->step[i].pair == step->pair ? circle->n > 1
                                           : get_taken (&circle->step[i]) == get_taken (step))
      return FALSE;
  for (guint i = 0; i < circle->n; i++)
    if (!can_meet (get_use (&circle->step[i]), get_use (step)))
      return FALSE;
  return TRUE;
}

/* From the lock that the last step took on to the one that the first step held. */
static gboolean
close_circle (AnalysisLockOrder *self, Circle *circle, guint *steps_left)
{
  gint64 at = (gint64)get_taken (&circle->step[circle->n - 1]);
  const Step *first = &circle->step[0];
  guint64 goal = first->pair->lock[first->order].serial;
  const GPtrArray *pairs = g_hash_table_lookup (self->of_lock, &at);

  for (guint i = 0; pairs != NULL && i < pairs->len; i++)
    {
      Pair *pair = g_ptr_array_index (pairs, i);
      Step step = { pair, pair->lock[0].serial == (guint64)at ? 0 : 1, 0 };

      for (; !pair->is_found && step.use < pair->n_uses[step.order]; step.use++)
        {
          if (*steps_left == 0)
            return FALSE;
          (*steps_left)--;
          if (!fits (circle, &step))
            continue;
          circle->step[circle->n++] = step;
          if (get_taken (&step) == goal ||
              (circle->n < LOCK_ORDER_MAX_LOCKS && close_circle (self, circle, steps_left)))
            return TRUE;
          circle->n--;
        }
    }
  return FALSE;
}

/* A pair is told of once; what goes through it later is likely the same mistake. */
static void
look_for_circle (AnalysisLockOrder *self, const Step *step)
{
  Circle circle = { 1, { *step } };
  guint steps_left = MAX_STEPS;

  if (step->pair->is_found || self->found->len >= MAX_FOUND ||
      !close_circle (self, &circle, &steps_left))
    return;
  for (guint i = 0; i < circle.n; i++)
    circle.step[i].pair->is_found = TRUE;
  g_array_append_val (self->found, circle);
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

static void
index_lock (AnalysisLockOrder *self, Pair *pair, guint which)
{
  gint64 serial = (gint64)pair->lock[which].serial;
  GPtrArray *pairs = g_hash_table_lookup (self->of_lock, &serial);

  if (pairs == NULL)
    {
      pairs = g_ptr_array_new ();
      g_hash_table_insert (self->of_lock, g_memdup2 (&serial, sizeof serial), pairs);
    }
  g_ptr_array_add (pairs, pair);
}

static void
index_again (AnalysisLockOrder *self)
{
  GHashTableIter iter;
  gpointer pair;

  g_hash_table_remove_all (self->of_lock);
  g_hash_table_iter_init (&iter, self->pairs);
  while (g_hash_table_iter_next (&iter, &pair, NULL))
    for (guint i = 0; i < 2; i++)
      index_lock (self, pair, i);
}

/* Locks that have ended cannot be taken in the other order any more. */
static gboolean
make_room (AnalysisLockOrder *self)
{
  if (g_hash_table_size (self->pairs) < MAX_PAIRS)
    return TRUE;
  if (self->n_refused++ % MAX_PAIRS == 0 &&
      g_hash_table_foreach_remove (self->pairs, is_gone, self) > 0)
    index_again (self);
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
      for (guint i = 0; i < 2; i++)
        index_lock (self, pair, i);
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

static AnalysisLockThread *
get_thread (AnalysisLockOrder *self, const ModelTask *task)
{
  AnalysisLockThread key = { .id = (gint64)task->id };
  AnalysisLockThread *thread = g_hash_table_lookup (self->threads, &key);

  if (thread == NULL && g_hash_table_size (self->threads) < MAX_THREADS)
    {
      thread = g_memdup2 (&key, sizeof key);
      g_hash_table_add (self->threads, thread);
    }
  return thread;
}

/* A task that began nowhere was made for a thread that had been running for some time. */
static AnalysisLockUse
make_use (AnalysisLockOrder *self, const ModelHold *held, const ModelHold *taken)
{
  const ModelTask *thread_task = model_thread_get_task (self->model, taken->thread);
  AnalysisLockUse use = { .tid = taken->thread->tid,
                          .task = taken->task != NULL ? taken->task->number : 0,
                          .first_ns = taken->since_ns,
                          .last_ns = taken->since_ns,
                          .n_joined = self->n_joined,
                          .count = 1,
                          .held_location = held->location,
                          .taken_location = taken->location };

  if (thread_task != NULL && !thread_task->began_before)
    {
      use.thread = get_thread (self, thread_task);
      use.thread_task = thread_task->number;
      use.thread_parent = thread_task->parent;
      use.thread_begin_ns = thread_task->location != 0 ? thread_task->begin_ns : 0;
    }
  fill_gates (&use, held, taken);
  return use;
}

/* What was done before a thread was waited for is not what was done after it. */
static gboolean
is_alike (const AnalysisLockUse *a, const AnalysisLockUse *b)
{
  return a->tid == b->tid && a->thread_task == b->thread_task && a->n_joined == b->n_joined &&
         a->n_gates == b->n_gates && memcmp (a->gates, b->gates, sizeof a->gates) == 0;
}

/* The one that was seen least lately has the least chance to meet anything. */
static guint
find_oldest (const AnalysisLockUse *uses)
{
  guint oldest = 0;

  for (guint i = 1; i < MAX_USES; i++)
    if (uses[i].last_ns < uses[oldest].last_ns)
      oldest = i;
  return oldest;
}

/* FALSE: there is no room. */
static gboolean
keep_use (Step *step, const AnalysisLockUse *use)
{
  Pair *pair = step->pair;
  AnalysisLockUse *uses = pair->uses[step->order];
  guint8 *n_uses = &pair->n_uses[step->order];

  for (step->use = 0; step->use < *n_uses; step->use++)
    if (is_alike (&uses[step->use], use))
      {
        uses[step->use].count++;
        uses[step->use].last_ns = use->last_ns;
        return TRUE;
      }
  if (step->use < MAX_USES)
    uses = pair->uses[step->order] = g_renew (AnalysisLockUse, uses, ++*n_uses);
  else if (pair->is_found)
    return FALSE; /* a circle names them by their index */
  else
    step->use = find_oldest (uses);
  uses[step->use] = *use;
  if (pair->n_searches < EAGER_SEARCHES)
    pair->searched_ns = 0;
  return TRUE;
}

static void
note_use (AnalysisLockOrder *self, const ModelHold *held, const ModelHold *taken)
{
  Step step = { 0 };
  AnalysisLockUse use;

  step.pair = get_pair (self, held->resource, taken->resource, &step.order);
  if (step.pair == NULL)
    return;
  use = make_use (self, held, taken);
  if (!keep_use (&step, &use))
    return;
  /* Again now and then: what was over before another thread began may be done once more. */
  if (step.pair->searched_ns != 0 && use.last_ns - step.pair->searched_ns < SEARCH_GAP_NS)
    return;
  step.pair->searched_ns = MAX (use.last_ns, 1);
  step.pair->n_searches++;
  look_for_circle (self, &step);
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

/* ---- Threads -------------------------------------------------------------------------------- */

static void
on_thread_ended (gpointer data, const ModelTask *task, gint64 now_ns)
{
  AnalysisLockOrder *self = data;
  const AnalysisLockThread key = { .id = (gint64)task->id };
  AnalysisLockThread *thread = g_hash_table_lookup (self->threads, &key);

  if (thread != NULL)
    thread->ended_ns = MAX (now_ns, 1);
}

static void
on_joined (gpointer data, guint64 id, gint32 tid, gint64 now_ns)
{
  AnalysisLockOrder *self = data;
  const AnalysisLockThread key = { .id = (gint64)id };
  AnalysisLockThread *thread = g_hash_table_lookup (self->threads, &key);

  if (thread == NULL)
    return;
  thread->joined_ns = MAX (now_ns, 1);
  thread->joiner = tid;
  self->n_joined++;
}

/* ---- The whole ------------------------------------------------------------------------------ */

AnalysisLockOrder *
analysis_lock_order_new (ModelTarget *model)
{
  AnalysisLockOrder *self = g_new0 (AnalysisLockOrder, 1);

  self->model = model;
  self->pairs = g_hash_table_new_full (pair_hash, pair_equal, pair_free, NULL);
  self->of_lock = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                         (GDestroyNotify)g_ptr_array_unref);
  self->found = g_array_new (FALSE, FALSE, sizeof (Circle));
  self->threads = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  model->acquired = on_acquired;
  model->thread_ended = on_thread_ended;
  model->joined = on_joined;
  model->order_data = self;
  return self;
}

void
analysis_lock_order_free (AnalysisLockOrder *self)
{
  if (self == NULL)
    return;
  self->model->acquired = NULL;
  self->model->thread_ended = NULL;
  self->model->joined = NULL;
  g_array_unref (self->found);
  g_hash_table_unref (self->of_lock);
  g_hash_table_unref (self->pairs);
  g_hash_table_unref (self->threads);
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
      const Circle *circle = &g_array_index (self->found, Circle, i);
      AnalysisInversion inversion = { .n = circle->n };

      for (guint j = 0; j < circle->n; j++)
        {
          const Step *step = &circle->step[j];

          inversion.lock[j] = step->pair->lock[step->order];
          inversion.use[j] = *get_use (step);
          inversion.count[j] = count_uses (step->pair, step->order);
        }
      func (data, &inversion);
    }
}
