/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "emit/channel.h"
#include "emit/process.h"
#include "emit/ring.h"
#include "emit/room.h"
#include "emit/state.h"
#include "emit/sys.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* A thread that found no ring searches again once in so many records, and looks for threads that
 * died without telling us once in so many searches. */
#define SEARCH_INTERVAL 64u
#define SWEEP_INTERVAL 1024u

/* Weak: before glibc 2.34 a program without libpthread has none, and no threads either. */
extern int pthread_key_create (pthread_key_t *ret_key, void (*destructor) (void *))
    __attribute__ ((weak));
extern int pthread_setspecific (pthread_key_t key, const void *value) __attribute__ ((weak));

/* Beyond so many keys pthread_setspecific() allocates, which a signal handler must not. */
#define KEYS_WITHOUT_ALLOCATION 32u

EmitThread emit_nobody;
__thread EmitThread *emit_self = &emit_nobody;
EmitLocal *emit_local;

static pthread_key_t exit_key;
static bool exit_key_is_usable;

/* Runs when a thread ends. Later destructors may still report: they take a ring anew, and this runs
 * again. */
static void
leave_ring (void *data)
{
  EmitThread *self = data;
  ChannelRing *ring = self->ring;

  /* In the child of a fork the value is the parent's and the ring wiped, or another thread's. */
  if (emit_self != self || ring == NULL)
    return;
  emit_self = &emit_nobody;
  self->ring = NULL;
  /* Pairs with the acquire load of whoever takes the ring next, here or in the inspector. */
  __atomic_store_n (&ring->state, CHANNEL_RING_CLOSED, __ATOMIC_RELEASE);
}

int
emit_local_create (uint32_t n_rings, EmitLocal **ret_local)
{
  size_t size = sizeof (EmitLocal) + n_rings * sizeof (EmitThread);
  EmitLocal *local =
      sys_mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (sys_is_error (local))
    return -ENOMEM;
  if (sys_madvise (local, size, MADV_WIPEONFORK) != 0)
    {
      sys_munmap (local, size);
      return -ENOSYS;
    }
  if (pthread_key_create != NULL && pthread_setspecific != NULL &&
      pthread_key_create (&exit_key, leave_ring) == 0)
    exit_key_is_usable = exit_key < KEYS_WITHOUT_ALLOCATION;
  *ret_local = local;
  return 0;
}

/* ---- Taking a ring ---- */

static bool
is_read_up (uint32_t index)
{
  return __atomic_load_n (&emit_channel.tails[index].tail, __ATOMIC_ACQUIRE) >=
         __atomic_load_n (&emit_channel.rings[index].head, __ATOMIC_RELAXED);
}

/* Returns: the index of a ring that nobody has, which is LIVE from then on; UINT32_MAX for none */
static uint32_t
take_ring (void)
{
  for (uint32_t i = 0; i < emit_channel.n_rings; i++)
    {
      uint32_t *state = &emit_channel.rings[i].state;
      uint32_t found = __atomic_load_n (state, __ATOMIC_ACQUIRE);

      if (found == CHANNEL_RING_FREE || (found == CHANNEL_RING_CLOSED && is_read_up (i)))
        if (__atomic_compare_exchange_n (state, &found, CHANNEL_RING_LIVE, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
          return i;
    }
  return UINT32_MAX;
}

/* Closes the rings of threads that ended without running our destructor. */
static void
sweep_dead_threads (void)
{
  for (uint32_t i = 0; i < emit_channel.n_rings; i++)
    {
      ChannelRing *ring = &emit_channel.rings[i];
      uint32_t live = CHANNEL_RING_LIVE;
      int32_t tid = __atomic_load_n (&ring->tid, __ATOMIC_RELAXED);

      /* A tid of 0: taken this very moment. */
      if (__atomic_load_n (&ring->state, __ATOMIC_RELAXED) != live || tid == 0 ||
          sys_tgkill (emit_local->pid, tid, 0) != -ESRCH)
        continue;
      emit_local->threads[i].ring = NULL;
      __atomic_compare_exchange_n (&ring->state, &live, CHANNEL_RING_CLOSED, false,
                                   __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    }
}

/* Searching again and again would make a thread without a ring dear: once none was found, only now
 * and then. */
static uint32_t
search_ring (void)
{
  uint32_t unplaced = __atomic_load_n (&emit_local->unplaced, __ATOMIC_RELAXED);
  uint32_t index;

  if (unplaced != 0)
    unplaced = __atomic_fetch_add (&emit_local->unplaced, 1, __ATOMIC_RELAXED);
  if (unplaced % SEARCH_INTERVAL != 0)
    return UINT32_MAX;

  index = take_ring ();
  if (index == UINT32_MAX && unplaced % SWEEP_INTERVAL == 0)
    {
      sweep_dead_threads ();
      index = take_ring ();
    }
  if (index != UINT32_MAX)
    __atomic_store_n (&emit_local->unplaced, 0, __ATOMIC_RELAXED);
  else if (unplaced == 0)
    __atomic_fetch_add (&emit_local->unplaced, 1, __ATOMIC_RELAXED);
  return index;
}

static void
begin_ring (EmitThread *self, uint32_t index)
{
  ChannelRing *ring = &emit_channel.rings[index];

  __atomic_store_n (&ring->tid, sys_gettid (), __ATOMIC_RELAXED);
  __atomic_store_n (&ring->generation, ring->generation + 1, __ATOMIC_RELEASE);

  self->records = emit_channel.records + (size_t)index * emit_channel.ring_capacity;
  self->mask = emit_channel.ring_capacity - 1;
  self->quick_limit = self->limit = 0;
  self->current = 0;
  self->cost_left = 1;
  self->cost_all = 0;
  self->index = index;
  self->n_checks = 0;
  self->stack_limits[0] = self->stack_limits[1] = 0;
  self->stop_pending = self->is_parked = 0;
  self->due_await = 0;
  __atomic_store_n (&ring->parked, 0, __ATOMIC_RELAXED);
  emit_room_reset (self, ring->head);
  self->ring = ring;
}

static void
raise_rings_used (uint32_t used)
{
  uint32_t *counter = &emit_channel.header->rings_used.value;
  uint32_t seen = __atomic_load_n (counter, __ATOMIC_RELAXED);

  while (seen < used && !__atomic_compare_exchange_n (counter, &seen, used, true, __ATOMIC_RELEASE,
                                                      __ATOMIC_RELAXED))
    ;
}

/* Compare-and-swap and plain stores, so that a signal handler may do it too, even one that comes
 * in the middle of this. */
static EmitThread *
take_thread (void)
{
  EmitThread *before = emit_self, *self;
  uint32_t index = search_ring ();

  if (index == UINT32_MAX)
    return before;
  self = &emit_local->threads[index];
  begin_ring (self, index);
  if (!__atomic_compare_exchange_n (&emit_self, &before, self, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
    {
      /* A handler was here between and has taken a ring for this thread. */
      self->ring = NULL;
      __atomic_store_n (&emit_channel.rings[index].state, CHANNEL_RING_FREE, __ATOMIC_RELEASE);
      return before;
    }
  raise_rings_used (index + 1);
  if (exit_key_is_usable)
    pthread_setspecific (exit_key, self);
  return self;
}

/* ---- The slow path ---- */

EmitThread *
emit_thread_make_room (uint32_t n)
{
  EmitThread *self = emit_self;

  if (self->ring == NULL)
    {
      if (!emit_process_is_live ())
        return NULL;
      /* The child of a vfork() shares all of this with its suspended parent, but a ring that it
       * takes would count as that of a thread that is soon dead. */
      if (sys_getpid () == emit_local->pid)
        self = take_thread ();
      if (self->ring == NULL)
        {
          __atomic_fetch_add (&emit_channel.header->lost_threads, n, __ATOMIC_RELAXED);
          return NULL;
        }
    }
  return emit_room_refill (self, n) ? self : NULL;
}

uint64_t *
emit_thread_get_stack_limits (void)
{
  EmitThread *self = emit_self;

  if (self->ring == NULL)
    self = emit_thread_make_room (1);
  return self != NULL ? self->stack_limits : NULL;
}

void
emit_local_reset_threads (void)
{
  for (uint32_t i = 0; i < emit_channel.n_rings; i++)
    {
      EmitThread *thread = &emit_local->threads[i];

      thread->quick_limit = thread->limit = 0;
      thread->current = 0; /* of the earlier channel */
      emit_room_reset (thread, emit_channel.rings[i].head);
    }
  emit_local->beat_checked = 0;
  emit_local->beat_stale = 0;
}
