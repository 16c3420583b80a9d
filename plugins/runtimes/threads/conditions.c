/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A wait for a condition gives a mutex back and takes it again. Nothing after the real call runs
 * when a thread is cancelled in it: registry.c ends what is left. */

#include <errno.h>

#include "held.h"
#include "wait.h"

typedef struct
{
  const void *mutex;
  InspectKind *mutex_kind;
  const void *caller;
  Wait *wait;
  Held *held; /* NULL: nobody knows that this thread has the mutex */
  uint32_t generation;
} Sleep;

static void
sleep_begin (Sleep *sleep, const void *condition, InspectKind *kind, const void *mutex,
             InspectKind *mutex_kind, const void *caller, uint64_t deadline_ns)
{
  Thread *self = thread_get ();
  uint64_t cost = inspect_cost_begin ();

  *sleep = (Sleep){ .mutex = mutex, .mutex_kind = mutex_kind, .caller = caller };
  if (self == NULL)
    return;
  sleep->caller = thread_place (self, caller);
  sleep->wait =
      wait_begin (self, &await_condition, inspect_object (kind, inspect_id_of (condition)),
                  condition, sleep->caller, deadline_ns);
  if (sleep->wait != NULL)
    {
      sleep->wait->mutex_kind = mutex_kind;
      sleep->wait->mutex = mutex;
    }
  sleep->held = held_find (self, mutex);
  if (sleep->held != NULL)
    sleep->generation = held_drop (self, sleep->held);
  if (cost != 0)
    inspect_cost_end (cost);
}

/* @has_mutex: it has been taken again, whatever came of the wait. */
static void
sleep_end (Sleep *sleep, int status, bool has_mutex)
{
  Thread *self = thread_self;

  if (self == &thread_nobody)
    return;
  if (sleep->held != NULL)
    held_dropped (sleep->held, sleep->generation);
  wait_end (self, sleep->wait, status);
  if (sleep->held != NULL && has_mutex)
    held_add_taken (self, sleep->mutex, sleep->mutex_kind, sleep->caller, false);
}

static inline void
wake (const void *condition, InspectKind *kind, bool all)
{
  if (waited_for (condition))
    wait_wake (condition, kind, all);
}

/* ---- pthread_cond ----------------------------------------------------------------------------- */

/* An error other than that the time is over says that there was no wait at all, but for one of a
 * robust mutex; either way the mutex is the caller's. */
int
hook_pthread_cond_wait (pthread_cond_t *cond, pthread_mutex_t *mutex)
{
  Sleep sleep;
  int status;

  sleep_begin (&sleep, cond, &resource_condition, mutex, &resource_mutex, CALLER, 0);
  status = real_pthread_cond_wait (cond, mutex);
  sleep_end (&sleep, status, status != ENOTRECOVERABLE);
  return status;
}

int
hook_pthread_cond_timedwait (pthread_cond_t *cond, pthread_mutex_t *mutex,
                             const struct timespec *until)
{
  Sleep sleep;
  int status;

  /* Which clock is meant was said when the condition was made. */
  sleep_begin (&sleep, cond, &resource_condition, mutex, &resource_mutex, CALLER,
               wait_deadline (-1, until));
  status = real_pthread_cond_timedwait (cond, mutex, until);
  sleep_end (&sleep, status, status != ENOTRECOVERABLE);
  return status;
}

int
hook_pthread_cond_clockwait (pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                             const struct timespec *until)
{
  Sleep sleep;
  int status;

  sleep_begin (&sleep, cond, &resource_condition, mutex, &resource_mutex, CALLER,
               wait_deadline (clock, until));
  status = real_pthread_cond_clockwait (cond, mutex, clock, until);
  sleep_end (&sleep, status, status != ENOTRECOVERABLE);
  return status;
}

int
hook_pthread_cond_signal (pthread_cond_t *cond)
{
  wake (cond, &resource_condition, false);
  return real_pthread_cond_signal (cond);
}

int
hook_pthread_cond_broadcast (pthread_cond_t *cond)
{
  wake (cond, &resource_condition, true);
  return real_pthread_cond_broadcast (cond);
}

int
hook_pthread_cond_destroy (pthread_cond_t *cond)
{
  waited_end_object (&resource_condition, cond);
  return real_pthread_cond_destroy (cond);
}

/* ---- C11 -------------------------------------------------------------------------------------- */

int
hook_cnd_wait (void *cond, void *mutex)
{
  Sleep sleep;
  int status;

  sleep_begin (&sleep, cond, &resource_cnd, mutex, &resource_mtx, CALLER, 0);
  status = real_cnd_wait (cond, mutex);
  sleep_end (&sleep, status != 0 ? EINVAL : 0, true);
  return status;
}

int
hook_cnd_timedwait (void *cond, void *mutex, const struct timespec *until)
{
  Sleep sleep;
  int status;

  sleep_begin (&sleep, cond, &resource_cnd, mutex, &resource_mtx, CALLER,
               wait_deadline (CLOCK_REALTIME, until));
  status = real_cnd_timedwait (cond, mutex, until);
  sleep_end (&sleep, status != 0 ? ETIMEDOUT : 0, true);
  return status;
}

int
hook_cnd_signal (void *cond)
{
  wake (cond, &resource_cnd, false);
  return real_cnd_signal (cond);
}

int
hook_cnd_broadcast (void *cond)
{
  wake (cond, &resource_cnd, true);
  return real_cnd_broadcast (cond);
}

/* ---- GCond ------------------------------------------------------------------------------------ */

void
hook_g_cond_wait (void *cond, void *mutex)
{
  Sleep sleep;

  sleep_begin (&sleep, cond, &resource_gcond, mutex, &resource_gmutex, CALLER, 0);
  real_g_cond_wait (cond, mutex);
  sleep_end (&sleep, 0, true);
}

int
hook_g_cond_wait_until (void *cond, void *mutex, int64_t until_us)
{
  Sleep sleep;
  int in_time;

  sleep_begin (&sleep, cond, &resource_gcond, mutex, &resource_gmutex, CALLER,
               until_us > 0 && until_us < INT64_MAX / 1000 ? (uint64_t)until_us * 1000 : 0);
  in_time = real_g_cond_wait_until (cond, mutex, until_us);
  sleep_end (&sleep, in_time ? 0 : ETIMEDOUT, true);
  return in_time;
}

void
hook_g_cond_signal (void *cond)
{
  wake (cond, &resource_gcond, false);
  real_g_cond_signal (cond);
}

void
hook_g_cond_broadcast (void *cond)
{
  wake (cond, &resource_gcond, true);
  real_g_cond_broadcast (cond);
}

void
hook_g_cond_clear (void *cond)
{
  waited_end_object (&resource_gcond, cond);
  real_g_cond_clear (cond);
}
