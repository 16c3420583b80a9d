/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What one thread has at a time, or several for reading. Each call tries first: a try that succeeds
 * is the same as the call for every kind of mutex (recursive, robust, with priorities), and one
 * that fails has changed nothing; then the call itself is made, and is what counts. */

#include <errno.h>

#include "held.h"
#include "wait.h"

#define ALWAYS_INLINE __attribute__ ((always_inline)) inline

/* A robust mutex is taken also from an owner that died. */
static inline bool
is_taken (int status)
{
  return LIKELY (status == 0) || status == EOWNERDEAD;
}

/* ---- The steps of a call ---------------------------------------------------------------------- */

static ALWAYS_INLINE Held *
begin (const void *lock, InspectKind *kind, const void *caller)
{
  Thread *self = thread_self;
  Held *held = held_begin (self, lock, kind, thread_place (self, caller));

  return LIKELY (held != NULL) ? held : held_begin_slowly (lock, kind, caller);
}

static RARE Wait *
wait_for_lock (Held *held, InspectKind *await, uint64_t deadline_ns)
{
  Thread *self = thread_self;
  const void *lock = held->lock;
  InspectKind *kind = held->kind;
  const void *caller = held->caller;
  uint64_t cost = inspect_cost_begin ();
  Wait *wait;

  held_remove (self, held);
  registry_check_process ();
  wait = wait_begin (self, await, inspect_object (kind, inspect_id_of (lock)), lock, caller,
                     deadline_ns);
  if (wait != NULL)
    held_publish_holders (lock);
  if (cost != 0)
    inspect_cost_end (cost);
  return wait;
}

static RARE void
waited_for_lock (Wait *wait, const void *lock, InspectKind *kind, const void *caller, int status)
{
  Thread *self = thread_self;

  if (self == &thread_nobody)
    return;
  wait_end (self, wait, is_taken (status) ? 0 : status);
  if (is_taken (status))
    held_add_taken (self, lock, kind, thread_place (self, caller), wait != NULL);
}

/* @try and @call: expressions of a status, 0 for success. */
#define TAKE(lock, kind, await, try, call, deadline)                                               \
  ({                                                                                               \
    Held *held_ = begin ((lock), &(kind), CALLER);                                                 \
    int status_;                                                                                   \
    if (UNLIKELY (held_ == NULL))                                                                  \
      status_ = (call);                                                                            \
    else if (status_ = (try), is_taken (status_))                                                  \
      held_taken (thread_self, held_);                                                             \
    else                                                                                           \
      {                                                                                            \
        Wait *wait_ = wait_for_lock (held_, &(await), (deadline));                                 \
        status_ = (call);                                                                          \
        waited_for_lock (wait_, (lock), &(kind), CALLER, status_);                                 \
      }                                                                                            \
    status_;                                                                                       \
  })

/* The program's own try. */
#define TRY(lock, kind, try)                                                                       \
  ({                                                                                               \
    Held *held_ = begin ((lock), &(kind), CALLER);                                                 \
    int status_ = (try);                                                                           \
    if (UNLIKELY (held_ == NULL))                                                                  \
      ;                                                                                            \
    else if (is_taken (status_))                                                                   \
      held_taken (thread_self, held_);                                                             \
    else                                                                                           \
      held_remove (thread_self, held_);                                                            \
    status_;                                                                                       \
  })

#define GIVE_BACK(lock, call)                                                                      \
  ({                                                                                               \
    Thread *self_ = thread_self;                                                                   \
    Held *held_ = held_find (self_, (lock));                                                       \
    uint32_t generation_ = 0;                                                                      \
    if (LIKELY (held_ != NULL))                                                                    \
      generation_ = held_drop (self_, held_);                                                      \
    else                                                                                           \
      held_drop_foreign (lock);                                                                    \
    (call);                                                                                        \
    if (LIKELY (held_ != NULL))                                                                    \
      held_dropped (held_, generation_);                                                           \
  })

/* ---- pthread_mutex ---------------------------------------------------------------------------- */

int
hook_pthread_mutex_lock (pthread_mutex_t *mutex)
{
  return TAKE (mutex, resource_mutex, await_mutex, real_pthread_mutex_trylock (mutex),
               real_pthread_mutex_lock (mutex), 0);
}

int
hook_pthread_mutex_trylock (pthread_mutex_t *mutex)
{
  return TRY (mutex, resource_mutex, real_pthread_mutex_trylock (mutex));
}

int
hook_pthread_mutex_timedlock (pthread_mutex_t *mutex, const struct timespec *until)
{
  return TAKE (mutex, resource_mutex, await_mutex, real_pthread_mutex_trylock (mutex),
               real_pthread_mutex_timedlock (mutex, until), wait_deadline (CLOCK_REALTIME, until));
}

int
hook_pthread_mutex_clocklock (pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
  return TAKE (mutex, resource_mutex, await_mutex, real_pthread_mutex_trylock (mutex),
               real_pthread_mutex_clocklock (mutex, clock, until), wait_deadline (clock, until));
}

int
hook_pthread_mutex_unlock (pthread_mutex_t *mutex)
{
  int status;

  GIVE_BACK (mutex, status = real_pthread_mutex_unlock (mutex));
  return status;
}

int
hook_pthread_mutex_destroy (pthread_mutex_t *mutex)
{
  waited_end_object (&resource_mutex, mutex);
  return real_pthread_mutex_destroy (mutex);
}

/* ---- pthread_rwlock --------------------------------------------------------------------------- */

int
hook_pthread_rwlock_rdlock (pthread_rwlock_t *lock)
{
  return TAKE (lock, resource_rwlock, await_read, real_pthread_rwlock_tryrdlock (lock),
               real_pthread_rwlock_rdlock (lock), 0);
}

int
hook_pthread_rwlock_tryrdlock (pthread_rwlock_t *lock)
{
  return TRY (lock, resource_rwlock, real_pthread_rwlock_tryrdlock (lock));
}

int
hook_pthread_rwlock_timedrdlock (pthread_rwlock_t *lock, const struct timespec *until)
{
  return TAKE (lock, resource_rwlock, await_read, real_pthread_rwlock_tryrdlock (lock),
               real_pthread_rwlock_timedrdlock (lock, until),
               wait_deadline (CLOCK_REALTIME, until));
}

int
hook_pthread_rwlock_clockrdlock (pthread_rwlock_t *lock, clockid_t clock,
                                 const struct timespec *until)
{
  return TAKE (lock, resource_rwlock, await_read, real_pthread_rwlock_tryrdlock (lock),
               real_pthread_rwlock_clockrdlock (lock, clock, until), wait_deadline (clock, until));
}

int
hook_pthread_rwlock_wrlock (pthread_rwlock_t *lock)
{
  return TAKE (lock, resource_rwlock, await_write, real_pthread_rwlock_trywrlock (lock),
               real_pthread_rwlock_wrlock (lock), 0);
}

int
hook_pthread_rwlock_trywrlock (pthread_rwlock_t *lock)
{
  return TRY (lock, resource_rwlock, real_pthread_rwlock_trywrlock (lock));
}

int
hook_pthread_rwlock_timedwrlock (pthread_rwlock_t *lock, const struct timespec *until)
{
  return TAKE (lock, resource_rwlock, await_write, real_pthread_rwlock_trywrlock (lock),
               real_pthread_rwlock_timedwrlock (lock, until),
               wait_deadline (CLOCK_REALTIME, until));
}

int
hook_pthread_rwlock_clockwrlock (pthread_rwlock_t *lock, clockid_t clock,
                                 const struct timespec *until)
{
  return TAKE (lock, resource_rwlock, await_write, real_pthread_rwlock_trywrlock (lock),
               real_pthread_rwlock_clockwrlock (lock, clock, until), wait_deadline (clock, until));
}

int
hook_pthread_rwlock_unlock (pthread_rwlock_t *lock)
{
  int status;

  GIVE_BACK (lock, status = real_pthread_rwlock_unlock (lock));
  return status;
}

int
hook_pthread_rwlock_destroy (pthread_rwlock_t *lock)
{
  waited_end_object (&resource_rwlock, lock);
  return real_pthread_rwlock_destroy (lock);
}

/* ---- pthread_spin ----------------------------------------------------------------------------- */

/* Such a lock is held for nanoseconds; telling of each collision would take longer than it does. */
#define SPINS 2000u

static const void *
as_address (pthread_spinlock_t *lock)
{
  return (const void *)(uintptr_t)lock;
}

static int
try_spinning (pthread_spinlock_t *lock)
{
  int status = EBUSY;

  for (uint32_t i = 0; i < SPINS && status == EBUSY; i++)
    {
      status = real_pthread_spin_trylock (lock);
#if defined(__x86_64__)
      if (UNLIKELY (status != 0))
        __builtin_ia32_pause ();
#endif
    }
  return status;
}

int
hook_pthread_spin_lock (pthread_spinlock_t *lock)
{
  return TAKE (as_address (lock), resource_spin, await_spin, try_spinning (lock),
               real_pthread_spin_lock (lock), 0);
}

int
hook_pthread_spin_trylock (pthread_spinlock_t *lock)
{
  return TRY (as_address (lock), resource_spin, real_pthread_spin_trylock (lock));
}

int
hook_pthread_spin_unlock (pthread_spinlock_t *lock)
{
  int status;

  GIVE_BACK (as_address (lock), status = real_pthread_spin_unlock (lock));
  return status;
}

int
hook_pthread_spin_destroy (pthread_spinlock_t *lock)
{
  waited_end_object (&resource_spin, as_address (lock));
  return real_pthread_spin_destroy (lock);
}

/* ---- C11: thrd_success is 0, and no other status means that it was taken ------------------------- */

int
hook_mtx_lock (void *mutex)
{
  return TAKE (mutex, resource_mtx, await_mutex, real_mtx_trylock (mutex) != 0 ? EBUSY : 0,
               real_mtx_lock (mutex), 0);
}

int
hook_mtx_trylock (void *mutex)
{
  int status = 0;

  (void)TRY (mutex, resource_mtx, (status = real_mtx_trylock (mutex)) != 0 ? EBUSY : 0);
  return status;
}

int
hook_mtx_timedlock (void *mutex, const struct timespec *until)
{
  return TAKE (mutex, resource_mtx, await_mutex, real_mtx_trylock (mutex) != 0 ? EBUSY : 0,
               real_mtx_timedlock (mutex, until), wait_deadline (CLOCK_REALTIME, until));
}

int
hook_mtx_unlock (void *mutex)
{
  int status;

  GIVE_BACK (mutex, status = real_mtx_unlock (mutex));
  return status;
}

void
hook_mtx_destroy (void *mutex)
{
  waited_end_object (&resource_mtx, mutex);
  real_mtx_destroy (mutex);
}

/* ---- GMutex ----------------------------------------------------------------------------------- */

void
hook_g_mutex_lock (void *mutex)
{
  (void)TAKE (mutex, resource_gmutex, await_mutex, real_g_mutex_trylock (mutex) ? 0 : EBUSY,
              (real_g_mutex_lock (mutex), 0), 0);
}

int
hook_g_mutex_trylock (void *mutex)
{
  return TRY (mutex, resource_gmutex, real_g_mutex_trylock (mutex) ? 0 : EBUSY) == 0;
}

void
hook_g_mutex_unlock (void *mutex)
{
  GIVE_BACK (mutex, real_g_mutex_unlock (mutex));
}

void
hook_g_mutex_clear (void *mutex)
{
  waited_end_object (&resource_gmutex, mutex);
  real_g_mutex_clear (mutex);
}
