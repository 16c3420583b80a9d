/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "registry.h"

#include <errno.h>
#include <sys/mman.h>

#include "emit/sys.h"
#include "held.h"
#include "wait.h"
#include "waited.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define SLAB 64u /* threads */
#define MAX_SLABS 64u
#define PAGE 4096u

/* Beyond so many keys pthread_setspecific() allocates. */
#define KEYS_WITHOUT_ALLOCATION 32u
/* In which round of destructors a thread is taken to have ended: others may still unlock what it
 * holds in the first ones, and in the last libinspect leaves the ring that this has needed. */
#define LAST_ROUND 3u

/* No id that inspect_id_new() makes, nor an address. */
#define TASK_BEGINNING UINT64_C (1)
#define PATIENCE 100u /* yields */

#define ENDED_SIZE 1024u

typedef struct
{
  uintptr_t handle; /* 0: none */
  InspectId task;
} Ended;

Thread thread_nobody = { .top = &thread_nobody.held[1],
                         .held = { [1] = { .publish = HELD_NEVER } } };
__thread Thread *thread_self = &thread_nobody;

/* Static because any thread that waits looks through all of them. Never given back. */
static Thread *slabs[MAX_SLABS];
static uint32_t n_used; /* all beyond were never used */
static uint32_t hint;   /* where to look for a free one */

/* Threads that have ended and may still be joined, the latest ones: which was before what is told by
 * a join that need not wait, too. */
static Ended ended[ENDED_SIZE];
static uint32_t n_ended;

static const uint32_t some_process = 1;
const uint32_t *registry_process = &some_process;

static pthread_key_t end_key;
static bool end_key_is_usable;

/* ---- Records ---------------------------------------------------------------------------------- */

Thread *
registry_get (uint32_t index)
{
  Thread *slab;

  if (index >= __atomic_load_n (&n_used, __ATOMIC_ACQUIRE))
    return NULL;
  slab = __atomic_load_n (&slabs[index / SLAB], __ATOMIC_ACQUIRE);
  return slab != NULL ? &slab[index % SLAB] : &thread_nobody;
}

static bool
take (Thread *thread)
{
  uint32_t free = THREAD_FREE;

  return __atomic_load_n (&thread->state, __ATOMIC_RELAXED) == THREAD_FREE &&
         __atomic_compare_exchange_n (&thread->state, &free, THREAD_TAKEN, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED);
}

static Thread *
get_slab (uint32_t number)
{
  Thread *slab = __atomic_load_n (&slabs[number], __ATOMIC_ACQUIRE), *none = NULL;

  if (slab != NULL)
    return slab;
  slab = plugin.agent.reserve (SLAB * sizeof (Thread));
  if (slab != NULL && !__atomic_compare_exchange_n (&slabs[number], &none, slab, false,
                                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    {
      sys_munmap (slab, SLAB * sizeof (Thread));
      slab = none;
    }
  return slab;
}

/* Threads that ended without running destructors, and what stayed behind in a parent. */
static bool
sweep (void)
{
  int pid = sys_getpid ();
  bool found = false;
  Thread *thread;

  for (uint32_t i = 0; (thread = registry_get (i)) != NULL; i++)
    {
      uint32_t state = __atomic_load_n (&thread->state, __ATOMIC_RELAXED);

      if (state == THREAD_GONE ||
          (state == THREAD_LIVE && thread->tid != 0 && sys_tgkill (pid, thread->tid, 0) == -ESRCH))
        {
          thread_give_back (thread);
          found = true;
        }
    }
  return found;
}

static Thread *
search (void)
{
  uint32_t start = __atomic_load_n (&hint, __ATOMIC_RELAXED);
  uint32_t used = __atomic_load_n (&n_used, __ATOMIC_RELAXED);

  for (uint32_t i = 0; i < used; i++)
    {
      uint32_t index = (start + i) % used;
      Thread *thread = registry_get (index);

      if (thread != NULL && thread != &thread_nobody && take (thread))
        {
          __atomic_store_n (&hint, index + 1, __ATOMIC_RELAXED);
          return thread;
        }
    }
  while (used < SLAB * MAX_SLABS)
    {
      Thread *slab = get_slab (used / SLAB);

      if (slab == NULL)
        return NULL;
      /* Pairs with the acquire in registry_get(): the slab is there before it counts. */
      if (__atomic_compare_exchange_n (&n_used, &used, used + 1, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED) &&
          take (&slab[used % SLAB]))
        return &slab[used % SLAB];
      used = __atomic_load_n (&n_used, __ATOMIC_RELAXED);
    }
  return NULL;
}

Thread *
thread_prepare (void)
{
  Thread *thread = search ();

  if (thread == NULL && sweep ())
    thread = search ();
  if (thread == NULL)
    {
      plugin.agent.count_skipped ();
      return NULL;
    }
  thread->top = &thread->held[1];
  thread->held[0].state = HELD_TAKEN;
  thread->held[1 + HELD_MAX].publish = HELD_NEVER;
  thread->outer = NULL;
  thread->outer_run = NULL;
  thread->tid = 0;
  thread->n_waits = 0;
  thread->rounds = 0;
  thread->run = NULL;
  thread->run_c11 = NULL;
  __atomic_store_n (&thread->handle, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&thread->task, INSPECT_NONE, __ATOMIC_RELAXED);
  return thread;
}

void
thread_give_back (Thread *thread)
{
  wait_abandon_all (thread);
  held_abandon_all (thread);
  __atomic_store_n (&thread->task, INSPECT_NONE, __ATOMIC_RELAXED);
  __atomic_store_n (&thread->handle, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&thread->state, THREAD_FREE, __ATOMIC_RELEASE);
}

/* ---- Threads that have ended ------------------------------------------------------------------ */

static void
note_ended (uintptr_t handle, InspectId task)
{
  Ended *entry = &ended[__atomic_fetch_add (&n_ended, 1, __ATOMIC_RELAXED) % ENDED_SIZE];

  __atomic_store_n (&entry->handle, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&entry->task, task, __ATOMIC_RELEASE);
  /* Pairs with the acquire in thread_take_ended(). */
  __atomic_store_n (&entry->handle, handle, __ATOMIC_RELEASE);
}

InspectId
thread_take_ended (uintptr_t handle)
{
  for (uint32_t i = 0; i < ENDED_SIZE; i++)
    {
      uintptr_t expected = handle;
      InspectId task;

      if (__atomic_load_n (&ended[i].handle, __ATOMIC_ACQUIRE) != handle)
        continue;
      task = __atomic_load_n (&ended[i].task, __ATOMIC_RELAXED);
      if (__atomic_compare_exchange_n (&ended[i].handle, &expected, 0, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED))
        return task;
    }
  return INSPECT_NONE;
}

/* ---- The thread itself ------------------------------------------------------------------------ */

void
thread_adopt (Thread *thread)
{
  thread->tid = sys_gettid ();
  __atomic_store_n (&thread->handle, plugin.self != NULL ? (uintptr_t)plugin.self () : 0,
                    __ATOMIC_RELAXED);
  /* One that was detached had that handle before. */
  if (thread->handle != 0)
    thread_take_ended (thread->handle);
  __atomic_store_n (&thread->state, THREAD_LIVE, __ATOMIC_RELEASE);
  thread_self = thread;
  if (end_key_is_usable)
    plugin.set_specific (end_key, thread);
}

/* A signal handler may come in between and do the same: the record that is lost is given back. */
Thread *
thread_get (void)
{
  Thread *thread;

  registry_check_process ();
  if (thread_self != &thread_nobody)
    return thread_self;
  if (__atomic_load_n (&plugin.stopped, __ATOMIC_RELAXED))
    return NULL;
  thread = thread_prepare ();
  if (thread == NULL)
    return NULL;
  if (thread_self != &thread_nobody)
    {
      thread_give_back (thread);
      return thread_self;
    }
  thread_adopt (thread);
  return thread;
}

/* Runs when a thread ends, however it does. Later destructors may still take locks: the thread is
 * registered anew then, and this runs again. */
static void
end_thread (void *data)
{
  Thread *thread = data;

  /* In the child of a fork the value may be that of a thread that stayed behind. */
  if (thread_self != thread)
    return;
  if ((thread_count (thread) > 0 || thread->task != INSPECT_NONE) &&
      ++thread->rounds < LAST_ROUND && plugin.set_specific (end_key, thread) == 0)
    return;
  thread_end_task (thread);
  thread_self = &thread_nobody;
  thread_give_back (thread);
}

Thread *
thread_find (uintptr_t handle)
{
  Thread *thread;

  for (uint32_t i = 0; (thread = registry_get (i)) != NULL; i++)
    if (__atomic_load_n (&thread->handle, __ATOMIC_RELAXED) == handle &&
        __atomic_load_n (&thread->state, __ATOMIC_ACQUIRE) != THREAD_FREE)
      return thread;
  return NULL;
}

/* ---- Its task --------------------------------------------------------------------------------- */

InspectId
thread_get_task (Thread *thread)
{
  InspectId task = __atomic_load_n (&thread->task, __ATOMIC_ACQUIRE);

  if (task == INSPECT_NONE &&
      __atomic_compare_exchange_n (&thread->task, &task, TASK_BEGINNING, false, __ATOMIC_ACQUIRE,
                                   __ATOMIC_ACQUIRE))
    {
      task = inspect_id_new ();
      inspect_task_begin (task, INSPECT_NONE, 0);
      order_tell_again ();
      inspect_attribute (task, &key_tid, (uint32_t)thread->tid);
      if (thread->tid == sys_getpid ())
        inspect_task_set_name (task, "main thread");
      __atomic_store_n (&thread->task, task, __ATOMIC_RELEASE);
    }
  for (uint32_t i = 0; task == TASK_BEGINNING && i < PATIENCE; i++)
    {
      sys_sched_yield ();
      task = __atomic_load_n (&thread->task, __ATOMIC_ACQUIRE);
    }
  return task != TASK_BEGINNING ? task : INSPECT_NONE;
}

void
thread_end_task (Thread *thread)
{
  InspectId task = __atomic_load_n (&thread->task, __ATOMIC_RELAXED);

  wait_abandon_all (thread);
  if (thread_count (thread) > 0 && plugin_is_on ())
    {
      /* Whoever comes to wait for what it leaves locked is told who that was. */
      thread_get_task (thread);
      held_publish_all (thread);
      task = __atomic_load_n (&thread->task, __ATOMIC_RELAXED);
    }
  if (task == INSPECT_NONE || task == TASK_BEGINNING)
    return;
  if (inspect_task_current () == task)
    inspect_task_enter (INSPECT_NONE);
  if (thread->handle != 0)
    note_ended (thread->handle, task);
  __atomic_store_n (&thread->task, INSPECT_NONE, __ATOMIC_RELAXED);
  inspect_task_end (task, 0);
}

/* What it holds it will not give back any more, which is nobody's fault. */
void
registry_leave (void)
{
  Thread *self = thread_self;

  if (self != &thread_nobody && thread_count (self) == 0 &&
      __atomic_load_n (registry_process, __ATOMIC_RELAXED) != 0)
    thread_end_task (self);
}

/* ---- Forks ------------------------------------------------------------------------------------ */

/* In the child there is this thread alone. Nothing that the parent said was said here; the locks
 * that others held when it forked stay locked for good, and stay in the lists. */
void
registry_learn_process (void)
{
  uint32_t *process = (uint32_t *)(uintptr_t)registry_process;
  Thread *self = thread_self, *thread;
  uint32_t nothing = 0;

  if (!__atomic_compare_exchange_n (process, &nothing, 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
    return;
  waited_reset ();
  for (uint32_t i = 0; (thread = registry_get (i)) != NULL; i++)
    {
      if (thread == &thread_nobody || thread->state == THREAD_FREE)
        continue;
      held_forget_all (thread);
      thread->n_waits = 0;
      thread->handle = thread == self ? thread->handle : 0;
      thread->task = INSPECT_NONE;
      if (thread == self)
        thread->tid = sys_gettid ();
      else
        thread->state = thread_count (thread) > 0 ? THREAD_GONE : THREAD_FREE;
    }
}

/* ---- Start ------------------------------------------------------------------------------------ */

static void
watch_forks (void)
{
  uint32_t *page;

  if (registry_process != &some_process)
    return;
  page = plugin.agent.reserve (PAGE);
  if (page == NULL || sys_madvise (page, PAGE, MADV_WIPEONFORK) != 0)
    return;
  *page = 1;
  registry_process = page;
}

int
registry_start (void)
{
  int (*create_key) (pthread_key_t *, void (*) (void *)) =
      (int (*) (pthread_key_t *, void (*) (void *))) (uintptr_t)plugin.agent.lookup_global (
          "pthread_key_create");

  watch_forks ();
  order_tell_again ();
  if (!end_key_is_usable && create_key != NULL && plugin.set_specific != NULL &&
      create_key (&end_key, end_thread) == 0)
    end_key_is_usable = end_key < KEYS_WITHOUT_ALLOCATION;
  return 0;
}
