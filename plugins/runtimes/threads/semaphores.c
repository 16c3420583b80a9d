/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Semaphores and barriers: nobody holds them. */

#include <errno.h>

#include "held.h"
#include "wait.h"

/* Takes a permit that is there. A wait for a semaphore is a point where a thread may be cancelled,
 * whether or not it has to sleep; a try is none. */
static bool
take_at_once (sem_t *semaphore)
{
  int before = errno;

  if (plugin.test_cancel == NULL || real_sem_trywait == NULL)
    return false;
  plugin.test_cancel ();
  if (real_sem_trywait (semaphore) == 0)
    return true;
  errno = before;
  return false;
}

static Wait *
sleep_begin (Thread *self, const void *object, InspectKind *await, InspectKind *resource,
             const void *caller, uint64_t deadline_ns)
{
  if (self == NULL)
    return NULL;
  return wait_begin (self, await, inspect_object (resource, inspect_id_of (object)), object,
                     thread_place (self, caller), deadline_ns);
}

#define WAIT_FOR_PERMIT(semaphore, call, deadline)                                                 \
  ({                                                                                               \
    Thread *self_ = thread_get ();                                                                 \
    Wait *wait_ = sleep_begin (self_, (semaphore), &await_semaphore, &resource_semaphore, CALLER,  \
                               (deadline));                                                        \
    int status_ = (call);                                                                          \
    wait_end (self_, wait_, status_ != 0 ? errno : 0);                                             \
    status_;                                                                                       \
  })

int
hook_sem_wait (sem_t *semaphore)
{
  if (LIKELY (take_at_once (semaphore)))
    return 0;
  return WAIT_FOR_PERMIT (semaphore, real_sem_wait (semaphore), 0);
}

/* Hooked for the sake of its original. */
int
hook_sem_trywait (sem_t *semaphore)
{
  return real_sem_trywait (semaphore);
}

int
hook_sem_timedwait (sem_t *semaphore, const struct timespec *until)
{
  if (LIKELY (take_at_once (semaphore)))
    return 0;
  return WAIT_FOR_PERMIT (semaphore, real_sem_timedwait (semaphore, until),
                          wait_deadline (CLOCK_REALTIME, until));
}

int
hook_sem_clockwait (sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
  if (LIKELY (take_at_once (semaphore)))
    return 0;
  return WAIT_FOR_PERMIT (semaphore, real_sem_clockwait (semaphore, clock, until),
                          wait_deadline (clock, until));
}

/* Also in a signal handler. */
int
hook_sem_post (sem_t *semaphore)
{
  if (waited_for (semaphore) && plugin_is_on ())
    inspect_wake (inspect_object (&resource_semaphore, inspect_id_of (semaphore)));
  return real_sem_post (semaphore);
}

int
hook_sem_destroy (sem_t *semaphore)
{
  waited_end_object (&resource_semaphore, semaphore);
  return real_sem_destroy (semaphore);
}

/* ---- Barriers --------------------------------------------------------------------------------- */

/* The last one to come does not sleep, but nobody tells which one that is. */
int
hook_pthread_barrier_wait (pthread_barrier_t *barrier)
{
  Thread *self = thread_get ();
  Wait *wait = sleep_begin (self, barrier, &await_barrier, &resource_barrier, CALLER, 0);
  int status = real_pthread_barrier_wait (barrier);

  wait_end (self, wait, status == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : status);
  return status;
}

int
hook_pthread_barrier_destroy (pthread_barrier_t *barrier)
{
  waited_end_object (&resource_barrier, barrier);
  return real_pthread_barrier_destroy (barrier);
}
