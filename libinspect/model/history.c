/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "channel/layout.h"
#include "model/doing.h"
#include "model/history-private.h"

/* Locations that a channel can have. */
#define N_NAMED (CHANNEL_MAX_LOCATIONS + 8)

typedef struct
{
  ModelHistory *history;
  ModelTarget *model;
  guint target;
  GArray *threads; /* by ring: KnownThread */
  guint8 *named;   /* bits: locations that spans have; NULL: of a log */
} Watch;

/* Rings are used again by other threads. */
typedef struct
{
  gint32 tid;
  guint16 thread;
} KnownThread;

/* ---- Adding ----------------------------------------------------------------------------------- */

static void
note (ModelHistory *self, gint64 at_ns)
{
  model_history_note (self, at_ns, 1);
}

/* A log is of one program, and counts its tasks alone. */
static guint64
number_of (const ModelHistory *self, const ModelTask *task)
{
  return self->log != NULL ? task->ordinal : task->number;
}

static ModelTrack *
add_track (ModelHistory *self, guint target, ModelTask *task)
{
  ModelTrack *track = model_history_make_track (self);

  if (track == NULL)
    return NULL;
  track->number = number_of (self, task);
  track->id = task->id;
  track->parent = self->log == NULL ? task->parent : 0;
  track->target = target;
  track->begin_ns = task->begin_ns;
  track->end_ns = G_MAXINT64;
  track->location = task->location;
  track->task = task;
  model_history_publish_track (self, track);
  return track;
}

/* Tasks that were there before are known from the first time that they do something. */
static ModelTrack *
track_of (Watch *watch, ModelTask *task)
{
  ModelHistory *self = watch->history;
  guint64 number = number_of (self, task);
  guint32 index =
      number < self->by_number->len ? g_array_index (self->by_number, guint32, number) : 0;

  return index != 0 ? (ModelTrack *)model_history_get_track (self, index - 1)
                    : add_track (self, watch->target, task);
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
    *known =
        (KnownThread){ thread->tid, model_history_number_thread (watch->history, thread->tid) };
  return known->thread;
}

/* What a span in which a task runs has as its kind. */
static guint16
get_kind_of_run (const ModelRun *run, const ModelDoing *doing, gboolean begins)
{
  if (!begins && run->kind != 0 && run->location == doing->location)
    return run->kind;
  return (guint16)(run->thread << 1 | (begins ? MODEL_RUN_BEGINS : 0));
}

static void
tell_span (ModelHistory *self, ModelTask *task)
{
  const ModelSpan span = { .begin_ns = task->logged.begin_ns,
                           .state = (ModelSpanState)task->logged.state,
                           .kind = task->logged.kind,
                           .location = task->logged.location };

  task->logged.n++;
  self->log->span (self->log_data, task->logged.track - 1, &span);
}

/* What is as it was is no change, and what took no time was not, as in spans.c: a span is told once it
 * is over. */
static void
log_span (ModelHistory *self, ModelTask *task, const ModelDoing *doing, gint64 at_ns)
{
  gboolean is_first = task->logged.begin_ns == 0;

  if (!is_first && task->logged.state == doing->state && task->logged.kind == doing->kind &&
      task->logged.location == doing->location)
    return;
  if (!is_first && at_ns > task->logged.begin_ns)
    tell_span (self, task);
  if (is_first || at_ns > task->logged.begin_ns)
    task->logged.begin_ns = at_ns;
  task->logged.state = (guint8)doing->state;
  task->logged.kind = doing->kind;
  task->logged.location = doing->location;
}

/* The track of a task whose spans are told, not kept: it is not looked at again before the task ends. */
static gboolean
has_log (Watch *watch, ModelTask *task)
{
  const ModelTrack *track;

  if (G_LIKELY (task->logged.track != 0))
    return TRUE;
  track = add_track (watch->history, watch->target, task);
  if (track == NULL)
    {
      model_history_leave_out (watch->history);
      return FALSE;
    }
  task->logged.track = track->index + 1;
  return TRUE;
}

/* @thread: (nullable): a poll begins on it */
static ModelDoing
find_kind_of_run (Watch *watch, ModelRun *run, ModelDoing doing, const ModelThread *thread)
{
  if (thread != NULL)
    run->thread = get_thread (watch, thread);
  if (doing.state == MODEL_SPAN_RUNNING)
    doing.kind = get_kind_of_run (run, &doing, thread != NULL);
  run->kind = doing.state == MODEL_SPAN_RUNNING ? doing.kind : 0;
  run->location = doing.location;
  return doing;
}

static void
add_doing (Watch *watch, ModelTask *task, ModelDoing doing, const ModelThread *thread, gint64 at_ns)
{
  ModelHistory *self = watch->history;
  ModelTrack *track;

  note (self, at_ns);
  if (self->log != NULL)
    {
      if (!has_log (watch, task))
        return;
      doing = find_kind_of_run (watch, &task->logged.run, doing, thread);
      log_span (self, task, &doing, at_ns);
      return;
    }
  track = track_of (watch, task);
  if (track != NULL)
    doing = find_kind_of_run (watch, &track->run, doing, thread);
  if (doing.location < N_NAMED)
    watch->named[doing.location / 8] |= (guint8)(1u << doing.location % 8);
  if (track == NULL ||
      !model_spans_add (&track->spans, self->store, at_ns, MODEL_PART (doing.state, doing.family),
                        doing.kind, doing.location))
    model_history_leave_out (self);
}

static void
set_doing (Watch *watch, ModelTask *task, guint n_polls, guint32 poll_location,
           const ModelAwait *except, gint64 at_ns)
{
  add_doing (watch, task, model_doing_find (task, n_polls, poll_location, except), NULL, at_ns);
}

static void
add_cause (ModelHistory *self, gint64 at_ns, const ModelTask *from, const ModelTask *to)
{
  const ModelCause cause = { at_ns, from != NULL ? number_of (self, from) : 0,
                             number_of (self, to) };

  if (self->log == NULL)
    model_history_keep_cause (self, &cause);
  else
    {
      self->n_causes++;
      self->log->cause (self->log_data, &cause);
    }
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
  ModelTrack *track;

  set_doing (watch, task, task->n_open_polls, 0, NULL, task->begin_ns);
  if (parent == NULL)
    return;
  add_cause (watch->history, task->begin_ns, parent, task);
  track = track_of (watch, task);
  if (track != NULL && watch->history->log != NULL)
    track->parent = parent->ordinal;
}

/* The last thing that is told of it: that it has ended. */
static void
log_end (ModelHistory *self, ModelTask *task, gint64 end_ns)
{
  const ModelDoing over = { .state = MODEL_SPAN_NONE };

  log_span (self, task, &over, end_ns);
  tell_span (self, task);
}

guint32
model_track_get_location (const ModelTrack *track)
{
  return track->task != NULL ? track->task->location : track->location;
}

/* What is known of it in the end. */
static void
leave_task (ModelHistory *self, const ModelTarget *model, ModelTrack *track, const ModelTask *task)
{
  track->name = model_history_keep_text (self, model_target_name_task (model, task));
  track->location = model_track_get_location (track);
  track->task = NULL;
}

static void
end_track (ModelHistory *self, const ModelTarget *model, ModelTrack *track, ModelTask *task,
           gint64 end_ns, gint32 status)
{
  leave_task (self, model, track, task);
  track->status = status;
  if (self->log != NULL)
    {
      log_end (self, task, end_ns);
      track->n_awaited = task->logged.n;
    }
  else if (!model_spans_add (&track->spans, self->store, end_ns, MODEL_SPAN_NONE, 0, 0))
    model_history_leave_out (self);
  __atomic_store_n (&track->end_ns, end_ns, __ATOMIC_RELEASE);
}

static void
task_ended (gpointer data, ModelTask *task, gint64 end_ns, gint32 status)
{
  Watch *watch = data;
  ModelTrack *track;

  note (watch->history, end_ns);
  if (watch->history->log != NULL && !has_log (watch, task))
    return;
  track = track_of (watch, task);
  if (track != NULL)
    end_track (watch->history, watch->model, track, task, end_ns, status);
  else
    model_history_leave_out (watch->history);
}

static void
poll_began (gpointer data, const ModelThread *thread, const ModelPoll *poll, ModelAwait *cause)
{
  ModelTask *task = poll->task;

  if (task != NULL)
    add_doing (data, task, model_doing_find (task, task->n_open_polls + 1, poll->location, NULL),
               thread, poll->begin_ns);
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

/* It holds until the program says something again. A recording is judged by who reads all of it, when the last
 * record is known, and so a log is told at its end alone: see model_history_leave(). */
static void
await_judged (gpointer data, const ModelAwait *await, gint64 now_ns)
{
  const Watch *watch = data;

  if (watch->history->log == NULL)
    await_changed (data, await, NULL, now_ns);
}

static void
woken (gpointer data, ModelTask *task, const ModelTask *waker, gint64 now_ns, gboolean is_sure)
{
  Watch *watch = data;

  note (watch->history, now_ns);
  add_cause (watch->history, now_ns, waker, task);
}

static void
ready_changed (gpointer data, ModelTask *task, gint64 now_ns)
{
  if (task->awaits == NULL)
    set_doing (data, task, task->n_open_polls, 0, NULL, now_ns);
}

/* By number its track, there its spans, and at their end the latest. Of a log all of that is in the task. */
static void
prepare (gpointer data, const ModelTask *task, guint step)
{
  const Watch *watch = data;
  const ModelHistory *self = watch->history;
  const char *track;
  guint index;

  if (self->log != NULL || task->number >= self->by_number->len)
    return;
  if (step == 0)
    {
      __builtin_prefetch (&g_array_index (self->by_number, guint32, task->number));
      return;
    }
  if (!model_history_find_track (self, task->number, &index))
    return;
  track = (const char *)model_history_get_track (self, index);
  if (step == 1)
    for (gsize i = 0; i < sizeof (ModelTrack); i += 64)
      __builtin_prefetch (track + i, 1);
  else
    model_spans_prepare (&((const ModelTrack *)track)->spans, step == 2);
}

static const ModelObserver observer = {
  .task_began = task_began,
  .task_ended = task_ended,
  .poll_began = poll_began,
  .poll_ended = poll_ended,
  .await_began = await_began,
  .await_ended = await_ended,
  .await_judged = await_judged,
  .woken = woken,
  .ready_changed = ready_changed,
  .prepare = prepare,
};

/* ---- Life ------------------------------------------------------------------------------------- */

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_array_unref (watch->threads);
  g_free (watch->named);
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

ModelHistory *
model_history_new_log (const ModelHistoryLog *log, gpointer data)
{
  ModelHistory *self = model_history_new (NULL);

  self->log = log;
  self->log_data = data;
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

  *watch = (Watch){ self, model, target, g_array_new (FALSE, TRUE, sizeof (KnownThread)), NULL };
  if (self->log == NULL)
    watch->named = g_malloc0 (N_NAMED / 8);
  g_ptr_array_add (self->watches, watch);
  model_target_add_observer (model, &observer, watch);
}

void
model_history_list_locations (const ModelHistory *self, const ModelTarget *model,
                              void (*func) (gpointer data, guint32 location), gpointer data)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      const Watch *watch = self->watches->pdata[i];

      for (guint32 k = 0; watch->model == model && watch->named != NULL && k < N_NAMED; k++)
        if ((watch->named[k / 8] >> k % 8 & 1) != 0)
          func (data, k);
    }
}

static Watch *
find_watch (const ModelHistory *self, const ModelTarget *model)
{
  for (guint i = 0; i < self->watches->len; i++)
    if (((Watch *)self->watches->pdata[i])->model == model)
      return self->watches->pdata[i];
  return NULL;
}

static void
log_judged (Watch *watch, const ModelTask *task)
{
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (await->cannot_end)
      {
        await_changed (watch, await, NULL, watch->model->now_ns);
        return;
      }
}

/* What the program left behind goes on in the picture: nobody has seen it end. A log is told what it did
 * last. */
void
model_history_leave (ModelHistory *self, ModelTarget *model)
{
  Watch *watch = find_watch (self, model);

  for (ModelTask *task = model->first_task; task != NULL; task = task->next)
    {
      guint index;
      ModelTrack *track;

      if (!model_history_find_track (self, number_of (self, task), &index))
        continue;
      track = (ModelTrack *)model_history_get_track (self, index);
      leave_task (self, model, track, task);
      if (self->log == NULL || task->logged.begin_ns == 0)
        continue;
      if (watch != NULL)
        log_judged (watch, task);
      tell_span (self, task);
      track->n_awaited = task->logged.n;
    }
  if (watch == NULL)
    return;
  model_target_remove_observer (model, watch);
  g_ptr_array_remove (self->watches, watch);
}
