/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/history.h"

#include <string.h>

/* Two levels: what has been added never moves. */
#define TRACKS_A_PAGE 1024u
#define MAX_TRACK_PAGES 65536u
#define CAUSES_A_PAGE 8192u
#define MAX_CAUSE_PAGES 524288u
/* Of the awaits of one task, those looked at to say what it waits for: the latest. */
#define MAX_LOOKED_AT 16

typedef struct
{
  ModelHistory *history;
  ModelTarget *model;
  guint target;
  GArray *threads; /* by ring: KnownThread */
} Watch;

/* Rings are used again by other threads. */
typedef struct
{
  gint32 tid;
  guint16 thread;
} KnownThread;

struct _ModelHistory
{
  ModelStore *store;
  ModelTrack *tracks[MAX_TRACK_PAGES];
  ModelCause *causes[MAX_CAUSE_PAGES];
  guint n_tracks; /* published, as the next two */
  guint64 n_causes;
  guint64 n_changes;
  guint64 n_left_out;
  gint64 first_ns, last_ns; /* 0: nothing yet */
  GArray *by_number;        /* guint32: index + 1; of the adding thread */
  GPtrArray *watches;
  gint32 *tids; /* MODEL_HISTORY_THREADS, of which the first is none; by what spans call them */
  guint n_tids;
  GHashTable *by_tid; /* what spans call it; of the adding thread */
  gint64 bucket_ns;   /* 0: nothing yet */
  guint64 buckets[MODEL_HISTORY_BUCKETS];
};

/* ---- What a task does ------------------------------------------------------------------------- */

typedef struct
{
  ModelSpanState state;
  guint16 kind;
  guint32 location;
} Doing;

static ModelSpanState
classify (const ModelKind *kind)
{
  if ((kind->flags & (INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL)) != 0)
    return MODEL_SPAN_BLOCKED;
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
                Doing *doing)
{
  const ModelAwait *await = task->awaits;

  for (guint i = 0; i < MAX_LOOKED_AT && await != NULL; i++, await = await->task_next)
    {
      ModelSpanState state = classify (await->kind);

      if (await == except || (only_blocking && !await->blocks) ||
          rank (state) <= rank (doing->state))
        continue;
      *doing = (Doing){ state, await->kind->number, await->location };
    }
}

/* @n_polls: open ones, as they will be; @poll_location: of the innermost */
static Doing
find_doing (const ModelTask *task, guint n_polls, guint32 poll_location, const ModelAwait *except)
{
  Doing doing = { MODEL_SPAN_READY, 0, 0 };

  if (n_polls > 0)
    {
      look_at_awaits (task, except, TRUE, &doing);
      return doing.state != MODEL_SPAN_READY ? doing
                                             : (Doing){ MODEL_SPAN_RUNNING, 0, poll_location };
    }
  if (task->exchanges != NULL)
    doing = (Doing){ MODEL_SPAN_WAITING, task->exchanges->exchange.kind->number,
                     task->exchanges->exchange.location };
  look_at_awaits (task, except, FALSE, &doing);
  return doing;
}

/* ---- Adding ----------------------------------------------------------------------------------- */

/* Twice as wide, half as many. */
static void
widen_buckets (ModelHistory *self)
{
  for (guint i = 0; i < MODEL_HISTORY_BUCKETS / 2; i++)
    self->buckets[i] = self->buckets[2 * i] + self->buckets[2 * i + 1];
  memset (self->buckets + MODEL_HISTORY_BUCKETS / 2, 0, sizeof self->buckets / 2);
  self->bucket_ns *= 2;
}

static void
note (ModelHistory *self, gint64 at_ns)
{
  gint64 since;

  if (self->first_ns == 0)
    {
      self->first_ns = self->last_ns = at_ns;
      self->bucket_ns = 65536;
    }
  if (at_ns > self->last_ns)
    __atomic_store_n (&self->last_ns, at_ns, __ATOMIC_RELAXED);
  /* Another target of the session may have begun before. */
  since = MAX (at_ns - self->first_ns, 0);
  while (since / self->bucket_ns >= MODEL_HISTORY_BUCKETS)
    widen_buckets (self);
  self->buckets[since / self->bucket_ns]++;
  __atomic_store_n (&self->n_changes, self->n_changes + 1, __ATOMIC_RELAXED);
}

static void
leave_out (ModelHistory *self)
{
  __atomic_store_n (&self->n_left_out, self->n_left_out + 1, __ATOMIC_RELAXED);
}

static ModelTrack *
add_track (ModelHistory *self, guint target, ModelTask *task)
{
  guint index = self->n_tracks, page = index / TRACKS_A_PAGE;
  ModelTrack *track;

  if (page >= MAX_TRACK_PAGES)
    return NULL;
  if (self->tracks[page] == NULL)
    self->tracks[page] = model_store_allocate (self->store, TRACKS_A_PAGE * sizeof (ModelTrack));
  if (self->tracks[page] == NULL)
    return NULL;
  track = &self->tracks[page][index % TRACKS_A_PAGE];
  *track = (ModelTrack){ .number = task->number,
                         .id = task->id,
                         .parent = task->parent,
                         .target = target,
                         .begin_ns = task->begin_ns,
                         .end_ns = G_MAXINT64,
                         .location = task->location,
                         .task = task };
  if (self->by_number->len <= task->number)
    g_array_set_size (self->by_number, (guint)task->number + 1);
  g_array_index (self->by_number, guint32, task->number) = index + 1;
  __atomic_store_n (&self->n_tracks, index + 1, __ATOMIC_RELEASE);
  return track;
}

/* Tasks that were there before are known from the first time that they do something. */
static ModelTrack *
track_of (Watch *watch, ModelTask *task)
{
  ModelHistory *self = watch->history;
  guint32 index = task->number < self->by_number->len
                      ? g_array_index (self->by_number, guint32, task->number)
                      : 0;

  return index != 0 ? (ModelTrack *)model_history_get_track (self, index - 1)
                    : add_track (self, watch->target, task);
}

static guint16
number_thread (ModelHistory *self, gint32 tid)
{
  gpointer known = g_hash_table_lookup (self->by_tid, GINT_TO_POINTER (tid));

  if (known != NULL || self->n_tids == MODEL_HISTORY_THREADS)
    return (guint16)GPOINTER_TO_UINT (known);
  self->tids[self->n_tids] = tid;
  g_hash_table_insert (self->by_tid, GINT_TO_POINTER (tid), GUINT_TO_POINTER (self->n_tids));
  return (guint16)self->n_tids++;
}

static guint16
get_thread (Watch *watch, const ModelThread *thread)
{
  KnownThread *known;

  if (thread->ring > G_MAXUINT16)
    return 0;
  if (thread->ring >= watch->threads->len)
    g_array_set_size (watch->threads, thread->ring + 1);
  known = &g_array_index (watch->threads, KnownThread, thread->ring);
  if (known->tid != thread->tid)
    *known = (KnownThread){ thread->tid, number_thread (watch->history, thread->tid) };
  return known->thread;
}

/* What a span in which @track runs has as its kind. */
static guint16
get_run (ModelTrack *track, const Doing *doing, gboolean begins)
{
  if (!begins && track->running != 0 && track->running_location == doing->location)
    return track->running;
  return (guint16)(track->thread << 1 | (begins ? MODEL_RUN_BEGINS : 0));
}

static void
add_doing (ModelHistory *self, ModelTrack *track, Doing doing, gboolean begins, gint64 at_ns)
{
  if (doing.state == MODEL_SPAN_RUNNING)
    doing.kind = get_run (track, &doing, begins);
  track->running = doing.state == MODEL_SPAN_RUNNING ? doing.kind : 0;
  track->running_location = doing.location;
  if (!model_spans_add (&track->spans, self->store, at_ns, doing.state, doing.kind, doing.location))
    leave_out (self);
}

static void
set_doing (Watch *watch, ModelTask *task, guint n_polls, guint32 poll_location,
           const ModelAwait *except, gint64 at_ns)
{
  ModelTrack *track = track_of (watch, task);

  note (watch->history, at_ns);
  if (track != NULL)
    add_doing (watch->history, track, find_doing (task, n_polls, poll_location, except), FALSE,
               at_ns);
  else
    leave_out (watch->history);
}

static void
add_cause (ModelHistory *self, gint64 at_ns, guint64 from, guint64 to)
{
  guint64 page = self->n_causes / CAUSES_A_PAGE;

  if (page < MAX_CAUSE_PAGES && self->causes[page] == NULL)
    self->causes[page] = model_store_allocate (self->store, CAUSES_A_PAGE * sizeof (ModelCause));
  if (page >= MAX_CAUSE_PAGES || self->causes[page] == NULL)
    {
      leave_out (self);
      return;
    }
  self->causes[page][self->n_causes % CAUSES_A_PAGE] = (ModelCause){ at_ns, from, to };
  __atomic_store_n (&self->n_causes, self->n_causes + 1, __ATOMIC_RELEASE);
}

/* ---- Counting along --------------------------------------------------------------------------- */

static guint32
location_of_poll (const Watch *watch, const ModelTask *task)
{
  const ModelThread *thread = model_target_get_thread (watch->model, task->poll_ring);
  guint depth = thread != NULL ? MIN (thread->depth, MODEL_POLL_DEPTH) : 0;

  for (guint i = depth; i > 0; i--)
    if (thread->polls[i - 1].task == task)
      return thread->polls[i - 1].location;
  return 0;
}

static void
task_began (gpointer data, ModelTask *task, const ModelTask *parent)
{
  Watch *watch = data;

  set_doing (watch, task, task->n_open_polls, 0, NULL, task->begin_ns);
  if (parent != NULL)
    add_cause (watch->history, task->begin_ns, parent->number, task->number);
}

static const char *
keep_text (ModelHistory *self, const char *text)
{
  gsize size = text != NULL ? strlen (text) + 1 : 0;
  char *kept = size > 0 ? model_store_allocate (self->store, size) : NULL;

  return kept != NULL ? memcpy (kept, text, size) : NULL;
}

static void
end_track (ModelHistory *self, ModelTrack *track, gint64 end_ns, gint32 status)
{
  track->name = keep_text (self, model_task_get_user_name (track->task));
  track->status = status;
  track->task = NULL;
  if (!model_spans_add (&track->spans, self->store, end_ns, MODEL_SPAN_NONE, 0, 0))
    leave_out (self);
  __atomic_store_n (&track->end_ns, end_ns, __ATOMIC_RELEASE);
}

static void
task_ended (gpointer data, ModelTask *task, gint64 end_ns, gint32 status)
{
  Watch *watch = data;
  ModelTrack *track = track_of (watch, task);

  note (watch->history, end_ns);
  if (track != NULL)
    end_track (watch->history, track, end_ns, status);
  else
    leave_out (watch->history);
}

static void
poll_began (gpointer data, const ModelThread *thread, const ModelPoll *poll, ModelAwait *cause)
{
  Watch *watch = data;
  ModelTrack *track;

  if (poll->task == NULL)
    return;
  track = track_of (watch, poll->task);
  note (watch->history, poll->begin_ns);
  if (track == NULL)
    {
      leave_out (watch->history);
      return;
    }
  track->thread = get_thread (watch, thread);
  add_doing (watch->history, track,
             find_doing (poll->task, poll->task->n_open_polls + 1, poll->location, NULL), TRUE,
             poll->begin_ns);
}

static void
poll_ended (gpointer data, const ModelThread *thread, const ModelPoll *poll, gint64 end_ns)
{
  if (poll->task != NULL)
    set_doing (data, poll->task, poll->task->n_open_polls - 1, poll->location, NULL, end_ns);
}

static void
await_changed (gpointer data, const ModelAwait *await, const ModelAwait *except, gint64 at_ns)
{
  ModelTask *task = await->task;

  set_doing (data, task, task->n_open_polls,
             task->n_open_polls > 0 ? location_of_poll (data, task) : 0, except, at_ns);
}

static void
await_began (gpointer data, ModelAwait *await)
{
  await_changed (data, await, NULL, await->begin_ns);
}

static void
await_ended (gpointer data, const ModelAwait *await, gint64 end_ns, gint32 status)
{
  await_changed (data, await, await, end_ns);
}

static void
woken (gpointer data, ModelTask *task, const ModelTask *waker, gint64 now_ns, gboolean is_sure)
{
  Watch *watch = data;

  note (watch->history, now_ns);
  add_cause (watch->history, now_ns, waker != NULL ? waker->number : 0, task->number);
}

static const ModelObserver observer = {
  .task_began = task_began,
  .task_ended = task_ended,
  .poll_began = poll_began,
  .poll_ended = poll_ended,
  .await_began = await_began,
  .await_ended = await_ended,
  .woken = woken,
};

/* ---- Life ------------------------------------------------------------------------------------- */

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_array_unref (watch->threads);
  g_free (watch);
}

ModelHistory *
model_history_new (const ModelStoreLimits *limits)
{
  ModelHistory *self = g_new0 (ModelHistory, 1);

  self->store = model_store_new (limits);
  self->by_number = g_array_new (FALSE, TRUE, sizeof (guint32));
  self->watches = g_ptr_array_new_with_free_func (watch_free);
  self->tids = g_new0 (gint32, MODEL_HISTORY_THREADS);
  self->n_tids = 1;
  self->by_tid = g_hash_table_new (NULL, NULL);
  return self;
}

void
model_history_free (ModelHistory *self)
{
  if (self == NULL)
    return;
  while (self->watches->len > 0)
    model_history_leave (self, ((Watch *)self->watches->pdata[0])->model);
  model_store_free (self->store);
  g_array_unref (self->by_number);
  g_hash_table_unref (self->by_tid);
  g_free (self->tids);
  g_ptr_array_unref (self->watches);
  g_free (self);
}

void
model_history_watch (ModelHistory *self, ModelTarget *model, guint target)
{
  Watch *watch = g_new (Watch, 1);

  *watch = (Watch){ self, model, target, g_array_new (FALSE, TRUE, sizeof (KnownThread)) };
  g_ptr_array_add (self->watches, watch);
  model_target_add_observer (model, &observer, watch);
}

/* What the program left behind goes on in the picture: nobody has seen it end. */
void
model_history_leave (ModelHistory *self, ModelTarget *model)
{
  for (ModelTask *task = model->first_task; task != NULL; task = task->next)
    {
      guint index;
      ModelTrack *track;

      if (!model_history_find_track (self, task->number, &index))
        continue;
      track = (ModelTrack *)model_history_get_track (self, index);
      track->name = keep_text (self, model_task_get_user_name (task));
      track->task = NULL;
    }
  for (guint i = 0; i < self->watches->len; i++)
    if (((Watch *)self->watches->pdata[i])->model == model)
      {
        model_target_remove_observer (model, self->watches->pdata[i]);
        g_ptr_array_remove_index (self->watches, i);
        break;
      }
}

/* ---- Reading ---------------------------------------------------------------------------------- */

gboolean
model_history_get_range (const ModelHistory *self, gint64 *ret_first_ns, gint64 *ret_last_ns)
{
  *ret_first_ns = self->first_ns;
  *ret_last_ns = __atomic_load_n (&self->last_ns, __ATOMIC_RELAXED);
  return self->first_ns != 0;
}

guint64
model_history_get_n_changes (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_changes, __ATOMIC_RELAXED);
}

guint
model_history_get_n_tracks (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_tracks, __ATOMIC_ACQUIRE);
}

const ModelTrack *
model_history_get_track (const ModelHistory *self, guint index)
{
  return &self->tracks[index / TRACKS_A_PAGE][index % TRACKS_A_PAGE];
}

/* Tracks come in the order in which their tasks first did something, which is nearly that of their
 * numbers, but not quite. */
gboolean
model_history_find_track (const ModelHistory *self, guint64 number, guint *ret_index)
{
  guint32 found =
      number < self->by_number->len ? g_array_index (self->by_number, guint32, number) : 0;

  if (found == 0)
    return FALSE;
  *ret_index = found - 1;
  return TRUE;
}

/* It was there before the span that names it was published. */
gint32
model_history_get_tid (const ModelHistory *self, guint thread)
{
  return thread < MODEL_HISTORY_THREADS ? self->tids[thread] : 0;
}

guint64
model_history_get_n_causes (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_causes, __ATOMIC_ACQUIRE);
}

const ModelCause *
model_history_get_cause (const ModelHistory *self, guint64 index)
{
  return &self->causes[index / CAUSES_A_PAGE][index % CAUSES_A_PAGE];
}

guint64
model_history_find_cause (const ModelHistory *self, gint64 at_ns)
{
  guint64 low = 0, high = model_history_get_n_causes (self);

  while (low < high)
    {
      guint64 middle = low + (high - low) / 2;

      if (model_history_get_cause (self, middle)->at_ns < at_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The part of bucket @i that lies between the two. */
static double
get_share (const ModelHistory *self, guint i, gint64 from_ns, gint64 to_ns)
{
  gint64 begin_ns = self->first_ns + (gint64)i * self->bucket_ns,
         end_ns = begin_ns + self->bucket_ns;
  gint64 common_ns = MIN (end_ns, to_ns) - MAX (begin_ns, from_ns);

  return common_ns > 0 ? (double)common_ns / (double)self->bucket_ns : 0;
}

void
model_history_get_activity (const ModelHistory *self, gint64 from_ns, gint64 to_ns, guint n,
                            double *ret_counts)
{
  memset (ret_counts, 0, n * sizeof *ret_counts);
  if (self->bucket_ns == 0 || to_ns <= from_ns)
    return;
  for (guint part = 0; part < n; part++)
    {
      double width = (double)(to_ns - from_ns) / n;
      gint64 begin_ns = from_ns + (gint64)(width * part),
             end_ns = from_ns + (gint64)(width * (part + 1));
      gint64 first = MAX (begin_ns - self->first_ns, 0) / self->bucket_ns;
      gint64 last = (end_ns - self->first_ns) / self->bucket_ns;

      for (gint64 i = first; i <= last && i < MODEL_HISTORY_BUCKETS; i++)
        ret_counts[part] += get_share (self, (guint)i, begin_ns, end_ns) * (double)self->buckets[i];
    }
}

guint64
model_history_get_size (const ModelHistory *self, guint64 *ret_in_file)
{
  return model_store_get_size (self->store, ret_in_file);
}

guint64
model_history_get_n_left_out (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_left_out, __ATOMIC_RELAXED);
}
