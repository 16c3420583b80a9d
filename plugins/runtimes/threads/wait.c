/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "wait.h"

#include <errno.h>

#include "emit/sys.h"
#include "held.h"
#include "waited.h"

#define NS_PER_S INT64_C (1000000000)
/* CLOCK_REALTIME has been beyond it since 2001, and no machine is up for 31 years. */
#define EARLIEST_REAL_S INT64_C (1000000000)
#define PATIENCE 100u /* yields */

/* Whoever wakes it needs nanoseconds to say so. Should it be preempted meanwhile, what it says comes
 * too late and is nobody's. */
static void
await_waker (const Wait *wait)
{
  for (uint32_t i = 0; i < PATIENCE; i++)
    {
      if (__atomic_load_n (&wait->state, __ATOMIC_ACQUIRE) != WAIT_WAKING)
        return;
      sys_sched_yield ();
    }
}

static void
end (Wait *wait, int status)
{
  uint32_t state;

  if (UNLIKELY (__atomic_load_n (&wait->state, __ATOMIC_RELAXED) == WAIT_WAKING))
    await_waker (wait);
  state = __atomic_exchange_n (&wait->state, WAIT_OVER, __ATOMIC_ACQ_REL);
  if (state == WAIT_OVER)
    return;
  waited_remove (wait->object);
  if (state == WAIT_WOKEN)
    waited_remove (wait->mutex);
  inspect_await_end (wait->task, wait->await, -status);
}

/* The least that the kernel puts on the stack for a signal handler. */
#define SIGNAL_FRAME 512u

/* A call that a jump out of a signal handler has left does not stand that far above this one. */
static void
drop_stale (Thread *self, const void *frame)
{
  while (self->n_waits > 0 &&
         (self->waits[self->n_waits - 1].state == WAIT_OVER ||
          (uintptr_t)self->waits[self->n_waits - 1].frame < (uintptr_t)frame + SIGNAL_FRAME))
    {
      end (&self->waits[self->n_waits - 1], ECANCELED);
      self->n_waits--;
    }
}

Wait *
wait_begin (Thread *self, InspectKind *await, InspectObject resource, const void *object,
            const void *caller, uint64_t deadline_ns)
{
  const void *frame = __builtin_frame_address (0);
  Wait *wait;

  if (self->n_waits > 0)
    drop_stale (self, frame);
  if (!plugin_is_on () || self->n_waits == WAITS_MAX)
    return NULL;
  held_publish_waited_for (self);
  wait = &self->waits[self->n_waits++];
  wait->task = inspect_task_current ();
  if (wait->task == INSPECT_NONE)
    wait->task = thread_get_task (self);
  wait->await = inspect_object (await, inspect_id_of (wait));
  wait->object = object;
  wait->mutex = NULL;
  wait->mutex_kind = NULL;
  wait->frame = frame;
  waited_note_named (object);
  waited_add (object);
  inspect_await_begin (wait->task, wait->await, plugin_place (caller));
  inspect_attribute (wait->await, &key_resource, resource);
  if (deadline_ns != 0)
    inspect_attribute (wait->await, &key_deadline, deadline_ns);
  __atomic_store_n (&wait->state, WAIT_SLEEPS, __ATOMIC_RELEASE);
  return wait;
}

void
wait_end (Thread *self, Wait *wait, int status)
{
  if (wait == NULL)
    return;
  end (wait, status);
  while (self->n_waits > 0 && self->waits[self->n_waits - 1].state == WAIT_OVER)
    self->n_waits--;
}

void
wait_abandon_all (Thread *thread)
{
  while (thread->n_waits > 0)
    end (&thread->waits[--thread->n_waits], ECANCELED);
}

/* ---- Waking ----------------------------------------------------------------------------------- */

static Wait *
next_sleeper (uint32_t *index, const void *object)
{
  Thread *thread;

  while ((thread = registry_get ((*index)++)) != NULL)
    for (uint32_t i = 0; i < WAITS_MAX && i < thread->n_waits; i++)
      if (__atomic_load_n (&thread->waits[i].state, __ATOMIC_ACQUIRE) == WAIT_SLEEPS &&
          thread->waits[i].object == object)
        return &thread->waits[i];
  return NULL;
}

/* What is left for it is to take its mutex again, which the call does by itself. Until it is WOKEN
 * its thread does not end the wait; it may have been another one by the time it was claimed. */
static void
turn_to_mutex (Wait *wait, const void *condition)
{
  uint32_t sleeps = WAIT_SLEEPS, waking = WAIT_WAKING;
  const void *mutex;

  if (!__atomic_compare_exchange_n (&wait->state, &sleeps, WAIT_WAKING, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
    return;
  mutex = wait->mutex;
  if (wait->object != condition || mutex == NULL)
    {
      __atomic_compare_exchange_n (&wait->state, &waking, WAIT_SLEEPS, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_RELAXED);
      return;
    }
  inspect_wake (wait->await);
  inspect_attribute (wait->await, &key_resource,
                     inspect_object (wait->mutex_kind, inspect_id_of (mutex)));
  waited_note_named (mutex);
  waited_add (mutex);
  if (!__atomic_compare_exchange_n (&wait->state, &waking, WAIT_WOKEN, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
    {
      waited_remove (mutex);
      return;
    }
  held_publish_holders (mutex);
}

void
wait_wake (const void *condition, InspectKind *kind, bool all)
{
  uint32_t index = 0;
  Wait *first, *other;

  registry_check_process ();
  if (!plugin_is_on () || (first = next_sleeper (&index, condition)) == NULL)
    return;
  other = next_sleeper (&index, condition);
  if (other != NULL && !all)
    {
      inspect_wake (inspect_object (kind, inspect_id_of (condition)));
      return;
    }
  turn_to_mutex (first, condition);
  for (; other != NULL; other = next_sleeper (&index, condition))
    turn_to_mutex (other, condition);
}

/* ---- Time ------------------------------------------------------------------------------------- */

static int64_t
now_ns (clockid_t clock)
{
  struct timespec now = { 0, 0 };

  sys_clock_gettime (clock, &now);
  return now.tv_sec * NS_PER_S + now.tv_nsec;
}

uint64_t
wait_deadline (clockid_t clock, const struct timespec *until)
{
  int64_t then, deadline;

  if (until == NULL || until->tv_sec < 0 || until->tv_sec > INT32_MAX * INT64_C (4) ||
      until->tv_nsec < 0 || until->tv_nsec >= NS_PER_S)
    return 0;
  then = until->tv_sec * NS_PER_S + until->tv_nsec;
  if (clock == (clockid_t)-1)
    clock = until->tv_sec > EARLIEST_REAL_S ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  if (clock == CLOCK_MONOTONIC)
    return then > 0 ? (uint64_t)then : 1;
  deadline = now_ns (CLOCK_MONOTONIC) + (then - now_ns (clock));
  return deadline > 0 ? (uint64_t)deadline : 1;
}
