/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Callbacks as they run: for how long, in what they sleep, what waits for their loop meanwhile. */

#include "config.h"

#include "profile/profile-private.h"

#include <string.h>
#include "channel/layout.h"

/* Of a callback that keeps its loop, so many tasks are looked at to say how many it keeps waiting. */
#define MAX_HELD_UP 10000

ProfileThread *
profile_get_thread (Profile *profile, guint32 ring)
{
  if (ring >= CHANNEL_MAX_RINGS)
    return NULL;
  if (ring >= profile->threads->len)
    g_ptr_array_set_size (profile->threads, ring + 1);
  if (g_ptr_array_index (profile->threads, ring) == NULL)
    g_ptr_array_index (profile->threads, ring) = g_new0 (ProfileThread, 1);
  return g_ptr_array_index (profile->threads, ring);
}

gint64
profile_get_busy (Profile *profile, guint32 ring, gint64 now_ns)
{
  const ProfileThread *thread = profile_get_thread (profile, ring);

  if (thread == NULL)
    return 0;
  return thread->busy_ns + (thread->n_counting > 0 ? MAX (now_ns - thread->busy_since_ns, 0) : 0);
}

static ProfileCallback *
get_callback (Profile *profile, guint32 location)
{
  gboolean is_new;
  ProfileCallback *callback = profile_table_get (&profile->callbacks, (guint64)1 << 32 | location,
                                                 sizeof *callback, &is_new);

  if (callback != NULL && is_new)
    callback->location = location;
  return callback;
}

/* ---- It begins ------------------------------------------------------------------------------ */

static void
resume_task (Profile *profile, const ModelPoll *poll, const ModelAwait *cause)
{
  ProfileTask *self = profile_get_task (profile, poll->task);
  gboolean was_woken = self->woken_ns != 0 && self->woken_ns <= poll->begin_ns;

  if (was_woken && profile_counts (profile, poll->begin_ns))
    {
      histogram_add (&profile->delays, poll->begin_ns - self->woken_ns);
      if (self->group != NULL)
        histogram_add (&self->group->delays, poll->begin_ns - self->woken_ns);
    }
  profile_task_idle_ends (profile, poll->task,
                          cause != NULL && cause->task == poll->task ? cause : NULL,
                          poll->begin_ns);
  self->poll_was_woken = was_woken && self->wake_was_told && cause == NULL;
  self->woken_ns = 0;
  self->wake_was_told = FALSE;
}

void
profile_poll_began (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                    ModelAwait *cause)
{
  Profile *profile = data;
  ProfileThread *self = profile_get_thread (profile, thread->ring);
  gboolean turns = (poll->cause_flags & INSPECT_AWAIT_LOOP) != 0;
  ProfileFrame *frame;

  if (self == NULL || self->depth >= MODEL_POLL_DEPTH)
    return;
  if (poll->task != NULL && poll->task->n_open_polls == 0)
    resume_task (profile, poll, cause);
  frame = &self->frames[self->depth++];
  frame->is_job =
      (poll->cause_flags & INSPECT_AWAIT_POOL) != 0 && cause != NULL && cause->ring != thread->ring;
  frame->pool = frame->is_job ? profile_pool_begins (profile, cause, poll->begin_ns) : NULL;
  frame->counts = !turns && !frame->is_job;
  frame->callback = turns || frame->is_job ? NULL : get_callback (profile, poll->location);
  frame->begin_ns = poll->begin_ns;
  frame->inner_ns = frame->slept_ns = frame->slept_until_ns = frame->told_ns = 0;
  frame->n_events = self->n_events;
  frame->sleep = (ProfileSleep){ 0 };
  frame->n_frames = 0;
  frame->node = 0;
  frame->group = poll->task != NULL ? profile_get_task (profile, poll->task)->group : NULL;
  if (poll->task != NULL && !turns)
    frame->node = profile_node (profile, profile_get_task (profile, poll->task)->node,
                                PROFILE_NODE_CALLBACK, poll->location, NULL, FALSE);
  if (frame->counts && self->n_counting++ == 0)
    self->busy_since_ns = poll->begin_ns;
}

/* ---- It sleeps ------------------------------------------------------------------------------- */

void
profile_frame_slept (Profile *profile, ProfileFrame *frame, const ModelAwait *await, gint64 end_ns)
{
  gint64 begin_ns = MAX (await->begin_ns, frame->slept_until_ns);
  gint64 ns = MAX (end_ns - await->begin_ns, 0);

  if (await->begin_ns < frame->begin_ns)
    return;
  frame->slept_ns += MAX (end_ns - begin_ns, 0);
  frame->slept_until_ns = MAX (frame->slept_until_ns, end_ns);
  if (ns > frame->sleep.ns)
    frame->sleep = (ProfileSleep){ await->kind, await->location, ns };
  profile_task_waited (profile, await->task, await, begin_ns, end_ns, frame->node);
}

/* A call in which the thread slept is over: within a callback it is the callback's time. */
void
profile_poll_slept (Profile *profile, const ModelAwait *await, gint64 end_ns)
{
  ProfileThread *thread = profile_get_thread (profile, await->ring);
  ModelTask *task = await->task;

  if (task == NULL || thread == NULL)
    return;
  if (task->n_open_polls == 0 || thread->depth == 0)
    {
      if (task->id != 0)
        {
          ProfileTask *self = profile_get_task (profile, task);

          profile_task_waited (profile, task, await, await->begin_ns, end_ns, self->node);
          self->job_slept_ns += profile_clip (profile, await->begin_ns, end_ns);
          if (self->woken_ns >= await->begin_ns && self->woken_ns <= end_ns &&
              self->woken_ns != 0 && profile_counts (profile, end_ns))
            {
              histogram_add (&profile->delays, end_ns - self->woken_ns);
              if (self->group != NULL)
                histogram_add (&self->group->delays, end_ns - self->woken_ns);
            }
          self->woken_ns = 0;
          self->wake_was_told = FALSE;
          self->idle_since_ns = end_ns;
        }
      return;
    }
  profile_frame_slept (profile, &thread->frames[thread->depth - 1], await, end_ns);
}

/* ---- It ends -------------------------------------------------------------------------------- */

/* Tasks that wait for something that this thread's loop has to bring them. */
static guint
count_held_up (Profile *profile, const ModelThread *thread, const ModelTask *but)
{
  guint n = 0, looked = 0;

  for (const ModelTask *task = profile->model->first_task; task != NULL && looked < MAX_HELD_UP;
       task = task->next, looked++)
    if (task != but && task->n_open_polls == 0 && task->awaits != NULL &&
        task->awaits->ring == thread->ring && !profile_rests (task->awaits) &&
        !model_await_is (task->awaits, INSPECT_AWAIT_BLOCKS))
      n++;
  return n;
}

static void
note_long (Profile *profile, ProfileCallback *callback, const ProfileFrame *frame,
           const ModelThread *thread, const ModelPoll *poll, gint64 own_ns)
{
  callback->n_long++;
  if (own_ns >= PROFILE_NEVER_YIELDS_NS && poll->task != NULL && poll->task->n_polls == 1)
    callback->n_never_yielded++;
  if (frame->n_frames > 0 && (callback->n_frames == 0 || own_ns > callback->worst_ns))
    {
      callback->n_frames = frame->n_frames;
      memcpy (callback->frames, frame->frames, sizeof frame->frames);
    }
  if (own_ns <= callback->worst_ns)
    return;
  callback->worst_ns = own_ns;
  callback->worst_begin_ns = frame->begin_ns;
  callback->worst =
      (ProfileExample){ poll->task != NULL ? poll->task->id : 0, frame->begin_ns, own_ns };
  callback->worst_task = poll->number;
  callback->worst_tid = thread->tid;
  callback->worst_slept_ns = frame->slept_ns;
  callback->worst_held_up = count_held_up (profile, thread, poll->task);
}

static void
count_frame (Profile *profile, const ModelThread *thread, const ModelPoll *poll,
             ProfileThread *self, const ProfileFrame *frame, gint64 end_ns)
{
  gint64 duration = MAX (end_ns - frame->begin_ns, 0);
  gint64 own = MAX (duration - frame->inner_ns, 0);
  gint64 ran = profile_clip (profile, frame->begin_ns, end_ns);
  ProfileCallback *callback = frame->callback;

  /* What was slept and what ran within is told of elsewhere. */
  ran = MAX (ran - frame->inner_ns - frame->slept_ns - frame->told_ns, 0);
  if (frame->node != 0)
    profile_get_node (profile, frame->node)->running_ns += ran;
  if (frame->group != NULL)
    {
      gboolean counts = profile_counts (profile, end_ns);
      const ProfileTask *task = poll->task != NULL ? poll->task->observed : NULL;

      frame->group->running_ns += ran;
      frame->group->n_polls += counts;
      /* Its own end is the one record that it left. */
      frame->group->n_idle_polls +=
          counts && task != NULL && task->poll_was_woken && self->n_events <= frame->n_events + 1;
    }
  if (frame->pool != NULL)
    profile_pool_ran (profile, frame->pool, poll->location, frame->begin_ns, end_ns);
  if (callback == NULL || frame->is_job || !profile_counts (profile, end_ns))
    return;
  histogram_add (&profile->polls, own);
  histogram_add (&callback->own, own);
  callback->slept_ns += frame->slept_ns;
  if (frame->sleep.ns > callback->sleep.ns)
    callback->sleep = frame->sleep;
  if (own >= PROFILE_LONG_POLL_NS)
    note_long (profile, callback, frame, thread, poll, own);
}

void
profile_poll_ended (gpointer data, const ModelThread *thread, const ModelPoll *poll, gint64 end_ns)
{
  Profile *profile = data;
  ProfileThread *self = profile_get_thread (profile, thread->ring);
  const ProfileFrame *frame;

  /* The model tells innermost first, and of no more than there are; polls that were open before this
   * profile began have no frame here. */
  if (self == NULL || self->depth == 0)
    return;
  frame = &self->frames[--self->depth];
  count_frame (profile, thread, poll, self, frame, end_ns);
  if (frame->counts && --self->n_counting == 0)
    self->busy_ns += MAX (end_ns - self->busy_since_ns, 0);
  if (self->depth > 0)
    self->frames[self->depth - 1].inner_ns += MAX (end_ns - frame->begin_ns, 0);
  if (poll->task != NULL && poll->task->n_open_polls == 1 && poll->task->observed != NULL)
    {
      ProfileTask *task = poll->task->observed;

      task->idle_since_ns = task->ran_ns = end_ns;
    }
}

/* ---- Stacks --------------------------------------------------------------------------------- */

gint32
profile_get_stalled (Profile *profile, gint64 now_ns, gint64 at_least_ns, gint64 *ret_since_ns)
{
  for (guint i = 0; i < profile->threads->len; i++)
    {
      const ProfileThread *thread = g_ptr_array_index (profile->threads, i);
      const ModelThread *of_model = model_target_get_thread (profile->model, i);
      const ProfileFrame *frame;

      if (thread == NULL || of_model == NULL || thread->depth == 0)
        continue;
      frame = &thread->frames[thread->depth - 1];
      if (!frame->counts || frame->callback == NULL || frame->n_frames > 0 ||
          frame->callback->n_frames > 0)
        continue;
      *ret_since_ns = MAX (frame->begin_ns, of_model->last_return_ns);
      if (now_ns - *ret_since_ns >= at_least_ns)
        return of_model->tid;
    }
  return 0;
}

void
profile_set_stack (Profile *profile, gint32 tid, const guint64 *frames, guint n_frames)
{
  const ModelThread *of_model = model_target_find_thread (profile->model, tid);
  ProfileThread *thread = of_model != NULL ? profile_get_thread (profile, of_model->ring) : NULL;
  ProfileFrame *frame;

  if (thread == NULL || thread->depth == 0)
    return;
  frame = &thread->frames[thread->depth - 1];
  frame->n_frames = MIN (n_frames, PROFILE_MAX_FRAMES);
  memcpy (frame->frames, frames, frame->n_frames * sizeof *frames);
}
