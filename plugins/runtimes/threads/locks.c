/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What one thread has at a time, or several for reading. Each call tries first: a try that succeeds
 * is the same as the call for every kind of mutex but robust ones, and one
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

/* A place with HELD_TRIED, of a call that gives up at some time. */
#define FOR_A_TIME HELD_TRIED
#define FOR_EVER ((uintptr_t)0)
#define MARKED(caller, mark) ((const void *)((uintptr_t)(caller) | (mark)))

/* ---- The steps of a call ---------------------------------------------------------------------- */

/* What a lock says itself of who has it: of one that was taken before anybody looked, or where nothing is hooked.
 * 0: it does not */
static uint32_t
read_holder (const void *lock, const InspectKind *kind)
{
#ifdef __GLIBC__
  if (kind == &resource_mutex)
    return (uint32_t)__atomic_load_n (&((const pthread_mutex_t *)lock)->__data.__owner,
                                      __ATOMIC_RELAXED);
  if (kind == &resource_rwlock)
    return (uint32_t)__atomic_load_n (&((const pthread_rwlock_t *)lock)->__data.__cur_writer,
                                      __ATOMIC_RELAXED);
#endif
  return 0;
}

static RARE Wait *
wait_for_lock (Held *held, InspectKind *await, uint64_t deadline_ns)
{
  Thread *self = thread_self;
  const void *lock = held->lock;
  InspectKind *kind = held->kind;
  const void *caller = held_place (held->caller);
  uint64_t cost = inspect_cost_begin ();
  Wait *wait;

  held_remove (self, held);
  registry_check_process ();
  wait = wait_begin (self, await, inspect_object (kind, inspect_id_of (lock)), lock, caller,
                     deadline_ns);
  if (wait != NULL && !held_publish_holders (lock))
    inspect_attribute (inspect_object (kind, inspect_id_of (lock)), &key_tid,
                       read_holder (lock, kind));
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
    held_add_taken (self, lock, kind,
                    self->outer == NULL ? caller
                                        : MARKED (self->outer, (uintptr_t)caller & HELD_TRIED),
                    wait != NULL);
}

static RARE bool
find_and_drop (const void *lock, Held **ret_held, uint32_t *ret_generation)
{
  Thread *self = thread_self;

  *ret_held = held_find (self, lock);
  if (*ret_held != NULL)
    *ret_generation = held_drop (self, *ret_held);
  else
    held_drop_foreign (lock);
  return *ret_held != NULL;
}

/* ---- The three ways of calls ------------------------------------------------------------------ */

/* All that is rare is in a function of its own, so that the common way saves few registers. @try and
 * @call are expressions of a status, 0 for success; @parameters and @arguments have their parentheses.
 */
#define LIST(...) __VA_ARGS__

#define TAKES(name, parameters, arguments, lock, kind, await, try, call, deadline, mark)           \
  static RARE int name##_slowly (Held *held, int status, const void *caller, LIST parameters)      \
  {                                                                                                \
    Wait *wait;                                                                                    \
                                                                                                   \
    if (held == NULL)                                                                              \
      {                                                                                            \
        held = held_begin_slowly ((lock), &(kind), MARKED (caller, (mark)));                       \
        if (held == NULL)                                                                          \
          return (call);                                                                           \
        status = (try);                                                                            \
      }                                                                                            \
    if (is_taken (status))                                                                         \
      {                                                                                            \
        held_taken (thread_self, held, (lock));                                                    \
        return status;                                                                             \
      }                                                                                            \
    if (status != EBUSY)                                                                           \
      {                                                                                            \
        held_remove (thread_self, held);                                                           \
        return status == ENOTRECOVERABLE ? status : (call);                                        \
      }                                                                                            \
    wait = wait_for_lock (held, &(await), (deadline));                                             \
    status = (call);                                                                               \
    waited_for_lock (wait, (lock), &(kind), MARKED (caller, (mark)), status);                      \
    return status;                                                                                 \
  }                                                                                                \
  static ALWAYS_INLINE int take_##name (LIST parameters)                                           \
  {                                                                                                \
    InspectId task = inspect_task_current ();                                                      \
    Thread *self = thread_self;                                                                    \
    Held *held =                                                                                   \
        held_begin (self, (lock), &(kind), MARKED (thread_place (self, CALLER), (mark)), task);    \
    int status = 0;                                                                                \
                                                                                                   \
    if (LIKELY (held != NULL))                                                                     \
      {                                                                                            \
        status = (try);                                                                            \
        if (LIKELY (status == 0))                                                                  \
          {                                                                                        \
            held_taken (self, held, (lock));                                                       \
            return 0;                                                                              \
          }                                                                                        \
      }                                                                                            \
    return name##_slowly (held, status, CALLER, LIST arguments);                                   \
  }

/* The program's own try. */
#define TRY(lock, kind, try)                                                                       \
  ({                                                                                               \
    Thread *self_ = thread_self;                                                                   \
    Held *held_ =                                                                                  \
        held_begin (self_, (lock), &(kind), MARKED (thread_place (self_, CALLER), HELD_TRIED),     \
                    inspect_task_current ());                                                      \
    int status_;                                                                                   \
    if (UNLIKELY (held_ == NULL))                                                                  \
      held_ = held_begin_slowly ((lock), &(kind), MARKED (CALLER, HELD_TRIED));                    \
    status_ = (try);                                                                               \
    if (UNLIKELY (held_ == NULL))                                                                  \
      ;                                                                                            \
    else if (is_taken (status_))                                                                   \
      held_taken (thread_self, held_, (lock));                                                     \
    else                                                                                           \
      held_remove (thread_self, held_);                                                            \
    status_;                                                                                       \
  })

#define GIVES_BACK(name, parameters, arguments, lock, call)                                        \
  static RARE int name##_slowly (LIST parameters)                                                  \
  {                                                                                                \
    Held *held;                                                                                    \
    uint32_t generation;                                                                           \
    bool found = find_and_drop ((lock), &held, &generation);                                       \
    int status = (call);                                                                           \
                                                                                                   \
    if (found)                                                                                     \
      held_dropped (held, generation);                                                             \
    return status;                                                                                 \
  }                                                                                                \
  static ALWAYS_INLINE int give_##name (LIST parameters)                                           \
  {                                                                                                \
    Thread *self = thread_self;                                                                    \
    Held *held = self->top - 1;                                                                    \
    uint32_t state = held->state;                                                                  \
    int status;                                                                                    \
                                                                                                   \
    if (!held_is_simple (held, (lock)))                                                            \
      return name##_slowly (LIST arguments);                                                       \
    __atomic_store_n (&held->state, state - HELD_TAKEN + HELD_BITS + 1, __ATOMIC_RELEASE);         \
    __atomic_store_n (&self->top, held, __ATOMIC_RELAXED);                                         \
    status = (call);                                                                               \
    held_dropped (held, state - HELD_TAKEN);                                                       \
    return status;                                                                                 \
  }

/* ---- pthread_mutex ---------------------------------------------------------------------------- */

/* A try for a robust mutex that cannot be recovered leaves it locked with glibc (2.36), where the call
 * does not. Such a mutex is let pass, as it is. */
static inline bool
is_robust (const pthread_mutex_t *mutex)
{
#ifdef __GLIBC__
  return UNLIKELY ((__atomic_load_n (&mutex->__data.__kind, __ATOMIC_RELAXED) & 16) != 0);
#else
  return false;
#endif
}

TAKES (pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex), mutex, resource_mutex, await_mutex,
       real_pthread_mutex_trylock (mutex), real_pthread_mutex_lock (mutex), 0, FOR_EVER)

int
hook_pthread_mutex_lock (pthread_mutex_t *mutex)
{
  if (is_robust (mutex))
    return real_pthread_mutex_lock (mutex);
  return take_pthread_mutex_lock (mutex);
}

int
hook_pthread_mutex_trylock (pthread_mutex_t *mutex)
{
  return TRY (mutex, resource_mutex, real_pthread_mutex_trylock (mutex));
}

TAKES (pthread_mutex_timedlock, (pthread_mutex_t * mutex, const struct timespec *until),
       (mutex, until), mutex, resource_mutex, await_mutex, real_pthread_mutex_trylock (mutex),
       real_pthread_mutex_timedlock (mutex, until), wait_deadline (CLOCK_REALTIME, until),
       FOR_A_TIME)

int
hook_pthread_mutex_timedlock (pthread_mutex_t *mutex, const struct timespec *until)
{
  if (is_robust (mutex))
    return real_pthread_mutex_timedlock (mutex, until);
  return take_pthread_mutex_timedlock (mutex, until);
}

TAKES (pthread_mutex_clocklock,
       (pthread_mutex_t * mutex, clockid_t clock, const struct timespec *until),
       (mutex, clock, until), mutex, resource_mutex, await_mutex,
       real_pthread_mutex_trylock (mutex), real_pthread_mutex_clocklock (mutex, clock, until),
       wait_deadline (clock, until), FOR_A_TIME)

int
hook_pthread_mutex_clocklock (pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
  if (is_robust (mutex))
    return real_pthread_mutex_clocklock (mutex, clock, until);
  return take_pthread_mutex_clocklock (mutex, clock, until);
}

GIVES_BACK (pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex), mutex,
            real_pthread_mutex_unlock (mutex))

int
hook_pthread_mutex_unlock (pthread_mutex_t *mutex)
{
  return give_pthread_mutex_unlock (mutex);
}

int
hook_pthread_mutex_destroy (pthread_mutex_t *mutex)
{
  waited_end_object (&resource_mutex, mutex);
  return real_pthread_mutex_destroy (mutex);
}

/* ---- pthread_rwlock --------------------------------------------------------------------------- */

TAKES (pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock), lock, resource_rwlock, await_read,
       real_pthread_rwlock_tryrdlock (lock), real_pthread_rwlock_rdlock (lock), 0, FOR_EVER)

int
hook_pthread_rwlock_rdlock (pthread_rwlock_t *lock)
{
  return take_pthread_rwlock_rdlock (lock);
}

int
hook_pthread_rwlock_tryrdlock (pthread_rwlock_t *lock)
{
  return TRY (lock, resource_rwlock, real_pthread_rwlock_tryrdlock (lock));
}

TAKES (pthread_rwlock_timedrdlock, (pthread_rwlock_t * lock, const struct timespec *until),
       (lock, until), lock, resource_rwlock, await_read, real_pthread_rwlock_tryrdlock (lock),
       real_pthread_rwlock_timedrdlock (lock, until), wait_deadline (CLOCK_REALTIME, until),
       FOR_A_TIME)

int
hook_pthread_rwlock_timedrdlock (pthread_rwlock_t *lock, const struct timespec *until)
{
  return take_pthread_rwlock_timedrdlock (lock, until);
}

TAKES (pthread_rwlock_clockrdlock,
       (pthread_rwlock_t * lock, clockid_t clock, const struct timespec *until),
       (lock, clock, until), lock, resource_rwlock, await_read,
       real_pthread_rwlock_tryrdlock (lock), real_pthread_rwlock_clockrdlock (lock, clock, until),
       wait_deadline (clock, until), FOR_A_TIME)

int
hook_pthread_rwlock_clockrdlock (pthread_rwlock_t *lock, clockid_t clock,
                                 const struct timespec *until)
{
  return take_pthread_rwlock_clockrdlock (lock, clock, until);
}

TAKES (pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock), lock, resource_rwlock, await_write,
       real_pthread_rwlock_trywrlock (lock), real_pthread_rwlock_wrlock (lock), 0, FOR_EVER)

int
hook_pthread_rwlock_wrlock (pthread_rwlock_t *lock)
{
  return take_pthread_rwlock_wrlock (lock);
}

int
hook_pthread_rwlock_trywrlock (pthread_rwlock_t *lock)
{
  return TRY (lock, resource_rwlock, real_pthread_rwlock_trywrlock (lock));
}

TAKES (pthread_rwlock_timedwrlock, (pthread_rwlock_t * lock, const struct timespec *until),
       (lock, until), lock, resource_rwlock, await_write, real_pthread_rwlock_trywrlock (lock),
       real_pthread_rwlock_timedwrlock (lock, until), wait_deadline (CLOCK_REALTIME, until),
       FOR_A_TIME)

int
hook_pthread_rwlock_timedwrlock (pthread_rwlock_t *lock, const struct timespec *until)
{
  return take_pthread_rwlock_timedwrlock (lock, until);
}

TAKES (pthread_rwlock_clockwrlock,
       (pthread_rwlock_t * lock, clockid_t clock, const struct timespec *until),
       (lock, clock, until), lock, resource_rwlock, await_write,
       real_pthread_rwlock_trywrlock (lock), real_pthread_rwlock_clockwrlock (lock, clock, until),
       wait_deadline (clock, until), FOR_A_TIME)

int
hook_pthread_rwlock_clockwrlock (pthread_rwlock_t *lock, clockid_t clock,
                                 const struct timespec *until)
{
  return take_pthread_rwlock_clockwrlock (lock, clock, until);
}

GIVES_BACK (pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock), lock,
            real_pthread_rwlock_unlock (lock))

int
hook_pthread_rwlock_unlock (pthread_rwlock_t *lock)
{
  return give_pthread_rwlock_unlock (lock);
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

TAKES (pthread_spin_lock, (pthread_spinlock_t * lock), (lock), as_address (lock), resource_spin,
       await_spin, try_spinning (lock), real_pthread_spin_lock (lock), 0, FOR_EVER)

int
hook_pthread_spin_lock (pthread_spinlock_t *lock)
{
  return take_pthread_spin_lock (lock);
}

int
hook_pthread_spin_trylock (pthread_spinlock_t *lock)
{
  return TRY (as_address (lock), resource_spin, real_pthread_spin_trylock (lock));
}

GIVES_BACK (pthread_spin_unlock, (pthread_spinlock_t * lock), (lock), as_address (lock),
            real_pthread_spin_unlock (lock))

int
hook_pthread_spin_unlock (pthread_spinlock_t *lock)
{
  return give_pthread_spin_unlock (lock);
}

int
hook_pthread_spin_destroy (pthread_spinlock_t *lock)
{
  waited_end_object (&resource_spin, as_address (lock));
  return real_pthread_spin_destroy (lock);
}

/* ---- C11: thrd_success is 0, and no other status means that it was taken ------------------------- */

TAKES (mtx_lock, (void *mutex), (mutex), mutex, resource_mtx, await_mutex,
       real_mtx_trylock (mutex) != 0 ? EBUSY : 0, real_mtx_lock (mutex), 0, FOR_EVER)

int
hook_mtx_lock (void *mutex)
{
  return take_mtx_lock (mutex);
}

int
hook_mtx_trylock (void *mutex)
{
  int status = 0;

  (void)TRY (mutex, resource_mtx, (status = real_mtx_trylock (mutex)) != 0 ? EBUSY : 0);
  return status;
}

TAKES (mtx_timedlock, (void *mutex, const struct timespec *until), (mutex, until), mutex,
       resource_mtx, await_mutex, real_mtx_trylock (mutex) != 0 ? EBUSY : 0,
       real_mtx_timedlock (mutex, until), wait_deadline (CLOCK_REALTIME, until), FOR_A_TIME)

int
hook_mtx_timedlock (void *mutex, const struct timespec *until)
{
  return take_mtx_timedlock (mutex, until);
}

GIVES_BACK (mtx_unlock, (void *mutex), (mutex), mutex, real_mtx_unlock (mutex))

int
hook_mtx_unlock (void *mutex)
{
  return give_mtx_unlock (mutex);
}

void
hook_mtx_destroy (void *mutex)
{
  waited_end_object (&resource_mtx, mutex);
  real_mtx_destroy (mutex);
}

/* ---- GMutex ----------------------------------------------------------------------------------- */

TAKES (g_mutex_lock, (void *mutex), (mutex), mutex, resource_gmutex, await_mutex,
       real_g_mutex_trylock (mutex) ? 0 : EBUSY, (real_g_mutex_lock (mutex), 0), 0, FOR_EVER)

void
hook_g_mutex_lock (void *mutex)
{
  take_g_mutex_lock (mutex);
}

int
hook_g_mutex_trylock (void *mutex)
{
  return TRY (mutex, resource_gmutex, real_g_mutex_trylock (mutex) ? 0 : EBUSY) == 0;
}

GIVES_BACK (g_mutex_unlock, (void *mutex), (mutex), mutex, (real_g_mutex_unlock (mutex), 0))

void
hook_g_mutex_unlock (void *mutex)
{
  give_g_mutex_unlock (mutex);
}

void
hook_g_mutex_clear (void *mutex)
{
  waited_end_object (&resource_gmutex, mutex);
  real_g_mutex_clear (mutex);
}
