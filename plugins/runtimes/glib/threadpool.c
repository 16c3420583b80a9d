/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* GThreadPool, which GTask uses for its own pool, too: how long a job was queued, who has the
 * threads.
 *
 * A pool is given a function of ours, and keeps its user_data; so that the function knows its
 * pool there is one for each. Pools beyond those are not followed. A job is a task, or is the
 * work of the GTask that it is; while it is queued it waits for the pool, and while it runs it
 * holds the pool. */

#include <errno.h>

#include "extent.h"
#include "gtask.h"
#include "inspect-keys.h"
#include "shared/lock.h"
#include "operations.h"
#include "task.h"

#define N_POOLS 16u
#define SLAB_JOBS 64u

typedef struct Job Job;
struct Job
{
  Job *next;
  const void *data;
  const void *work;
  InspectId task; /* with a reference */
  InspectObject await;
  bool is_waited_for; /* it is the work of a GTask */
};

typedef struct
{
  GThreadPool *pool; /* NULL before it is known */
  GFunc function;    /* the program's; NULL: the place is free */
  Job *first;        /* the queue */
  Job **end;
  uint32_t n_out; /* jobs that are queued or running */
  bool is_freed;
} Pool;

INSPECT_DEFINE_AWAIT (kind_job, "glib.pool-job", "work for a thread pool",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL);
INSPECT_DEFINE_RESOURCE_FLAGS (resource_pool, "glib.thread-pool", "thread pool",
                               INSPECT_RESOURCE_ANY);
static InspectKind key_permits = { INSPECT_KEY_PERMITS, "threads", INSPECT_KIND_KEY,
                                   INSPECT_VALUE_U64,   0,         0 };
static InspectKind key_work = {
  INSPECT_KEY_WORK, "work", INSPECT_KIND_KEY, INSPECT_VALUE_CODE, 0, 0
};
static InspectKind key_running = { INSPECT_KEY_RUNNING, "running", INSPECT_KIND_KEY,
                                   INSPECT_VALUE_BOOL,  0,         0 };

/* Static because the functions that stand for the pools' own lead here. */
static Pool pools[N_POOLS];
static Job *free_jobs;
static Lock lock;

static inline InspectObject
get_resource (const Pool *pool)
{
  return inspect_object (&resource_pool, inspect_id_of (pool));
}

/* ---- Jobs ------------------------------------------------------------------------------------ */

static bool
add_jobs (void)
{
  Job *slab = plugin.agent.reserve (SLAB_JOBS * sizeof *slab);

  if (slab == NULL)
    return false;
  for (uint32_t i = 0; i + 1 < SLAB_JOBS; i++)
    slab[i].next = &slab[i + 1];
  lock_enter (&lock);
  slab[SLAB_JOBS - 1].next = free_jobs;
  free_jobs = slab;
  lock_leave (&lock);
  return true;
}

static Job *
allocate (void)
{
  Job *job;

  do
    {
      lock_enter (&lock);
      job = free_jobs;
      if (job != NULL)
        free_jobs = job->next;
      lock_leave (&lock);
    }
  while (job == NULL && add_jobs ());
  return job;
}

static void
give_back (Job *job)
{
  lock_enter (&lock);
  job->next = free_jobs;
  free_jobs = job;
  lock_leave (&lock);
}

static void
append (Pool *pool, Job *job)
{
  job->next = NULL;
  lock_enter (&lock);
  if (pool->first == NULL)
    pool->end = &pool->first;
  *pool->end = job;
  pool->end = &job->next;
  pool->n_out++;
  lock_leave (&lock);
}

/* Of equal data the one that was pushed first. A pool without a sort function finds it in front. */
static Job *
take (Pool *pool, const void *data)
{
  Job **slot;
  Job *job;

  lock_enter (&lock);
  slot = &pool->first;
  while (*slot != NULL && (*slot)->data != data)
    slot = &(*slot)->next;
  job = *slot;
  if (job != NULL)
    {
      *slot = job->next;
      if (job->next == NULL)
        pool->end = slot;
    }
  lock_leave (&lock);
  return job;
}

/* A pool that was freed runs what it had first. */
static void
count_over (Pool *pool)
{
  bool is_over;

  lock_enter (&lock);
  pool->n_out--;
  is_over = pool->is_freed && pool->n_out == 0;
  lock_leave (&lock);
  if (!is_over)
    return;
  if (plugin_is_on ())
    inspect_resource_end (get_resource (pool));
  /* Pairs with the acquire in take_pool(). */
  __atomic_store_n (&pool->function, NULL, __ATOMIC_RELEASE);
}

static void
queue (Pool *pool, const void *data, const void *caller)
{
  InspectLocationId where = plugin_place (caller);
  Job *job = allocate ();

  if (job == NULL)
    {
      plugin.agent.count_skipped ();
      return;
    }
  job->data = data;
  job->work = (const void *)pool->function;
  job->task = gtask_ref_task (data, &job->work);
  job->is_waited_for = job->task != INSPECT_NONE;
  if (job->task == INSPECT_NONE)
    job->task = task_begin (TASK_STRAND, task_current (), where);
  if (job->task == INSPECT_NONE)
    {
      give_back (job);
      return;
    }
  job->await = inspect_object (&kind_job, inspect_id_of (job));
  inspect_await_begin (job->task, job->await, where);
  inspect_attribute (job->await, &key_resource, get_resource (pool));
  inspect_attribute (job->await, &key_work, (uint64_t)(uintptr_t)job->work);
  append (pool, job);
}

static void
discard (Pool *pool, Job *job)
{
  if (plugin_is_on ())
    inspect_await_end (job->task, job->await, -ECANCELED);
  task_unref (job->task);
  give_back (job);
  count_over (pool);
}

/* ---- The threads of a pool ------------------------------------------------------------------- */

/* The await of work that somebody waits for lasts until it is done, and it runs in a poll. A job
 * that nobody waits for may run as long as the program does: its task is on the thread, no more. */
static void
run_job (Pool *pool, Job *job, gpointer data, gpointer user_data)
{
  InspectObject resource = get_resource (pool);
  InspectLocationId place = inspect_location_of_function (job->work);
  InspectId previous;
  Extent *extent;

  if (job->is_waited_for)
    {
      inspect_attribute (job->await, &key_running, true);
      previous = inspect_poll_begin (job->task, job->await, place);
    }
  else
    {
      inspect_await_end (job->task, job->await, 0);
      previous = inspect_task_enter (job->task);
    }
  inspect_acquire (job->task, resource, place);
  extent = extent_begin (FRAME);
  pool->function (data, user_data);
  extent_end (extent, FRAME);
  inspect_release (job->task, resource);
  if (job->is_waited_for)
    {
      inspect_poll_end (job->task, previous);
      inspect_await_end (job->task, job->await, 0);
    }
  else
    inspect_task_enter (previous);
}

static void
run (Pool *pool, gpointer data, gpointer user_data)
{
  Job *job = take (pool, data);

  if (job == NULL)
    {
      pool->function (data, user_data);
      return;
    }
  if (plugin_is_on ())
    run_job (pool, job, data, user_data);
  else
    pool->function (data, user_data);
  task_unref (job->task);
  give_back (job);
  count_over (pool);
}

#define RUN(n)                                                                                     \
  static void run_##n (gpointer data, gpointer user_data) { run (&pools[n], data, user_data); }
RUN (0)
RUN (1)
RUN (2)
RUN (3)
RUN (4)
RUN (5)
RUN (6)
RUN (7)
RUN (8)
RUN (9)
RUN (10)
RUN (11)
RUN (12)
RUN (13)
RUN (14)
RUN (15)
static const GFunc functions[N_POOLS] = { run_0,  run_1,  run_2,  run_3, run_4,  run_5,
                                          run_6,  run_7,  run_8,  run_9, run_10, run_11,
                                          run_12, run_13, run_14, run_15 };

/* ---- Pools ----------------------------------------------------------------------------------- */

static Pool *
take_pool (GFunc function)
{
  Pool *found = NULL;

  if (!plugin_is_on () || function == NULL || asyncs_start () != 0)
    return NULL;
  lock_enter (&lock);
  for (uint32_t i = 0; i < N_POOLS && found == NULL; i++)
    if (__atomic_load_n (&pools[i].function, __ATOMIC_ACQUIRE) == NULL)
      {
        found = &pools[i];
        *found = (Pool){ .function = function };
      }
  lock_leave (&lock);
  if (found == NULL)
    plugin.agent.count_skipped ();
  return found;
}

static Pool *
find_pool (const GThreadPool *pool)
{
  for (uint32_t i = 0; i < N_POOLS; i++)
    if (__atomic_load_n (&pools[i].pool, __ATOMIC_ACQUIRE) == pool && pools[i].function != NULL &&
        !pools[i].is_freed)
      return &pools[i];
  return NULL;
}

static void
say_threads (Pool *pool, int max_threads)
{
  if (max_threads > 0)
    inspect_attribute (get_resource (pool), &key_permits, (uint64_t)max_threads);
}

static GThreadPool *
made (Pool *pool, GThreadPool *result, int max_threads, const void *caller)
{
  if (result == NULL)
    {
      pool->function = NULL;
      return NULL;
    }
  /* Nothing is pushed before its maker has it. Pairs with the acquire in find_pool(). */
  __atomic_store_n (&pool->pool, result, __ATOMIC_RELEASE);
  inspect_resource_begin (get_resource (pool), plugin_place (caller));
  say_threads (pool, max_threads);
  return result;
}

GThreadPool *
hook_g_thread_pool_new (GFunc func, gpointer user_data, gint max_threads, gboolean exclusive,
                        GError **error)
{
  Pool *pool = take_pool (func);

  if (pool == NULL)
    return real_g_thread_pool_new (func, user_data, max_threads, exclusive, error);
  return made (
      pool,
      real_g_thread_pool_new (functions[pool - pools], user_data, max_threads, exclusive, error),
      max_threads, CALLER);
}

GThreadPool *
hook_g_thread_pool_new_full (GFunc func, gpointer user_data, GDestroyNotify item_free_func,
                             gint max_threads, gboolean exclusive, GError **error)
{
  Pool *pool = take_pool (func);

  if (pool == NULL)
    return real_g_thread_pool_new_full (func, user_data, item_free_func, max_threads, exclusive,
                                        error);
  return made (pool,
               real_g_thread_pool_new_full (functions[pool - pools], user_data, item_free_func,
                                            max_threads, exclusive, error),
               max_threads, CALLER);
}

gboolean
hook_g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  Pool *found = plugin_is_on () ? find_pool (pool) : NULL;

  if (found != NULL)
    queue (found, data, CALLER);
  return real_g_thread_pool_push (pool, data, error);
}

gboolean
hook_g_thread_pool_set_max_threads (GThreadPool *pool, gint max_threads, GError **error)
{
  Pool *found = plugin_is_on () ? find_pool (pool) : NULL;

  if (found != NULL)
    say_threads (found, max_threads);
  return real_g_thread_pool_set_max_threads (pool, max_threads, error);
}

/* With @immediate what is queued never runs. */
static void
forget (Pool *pool, bool immediate)
{
  Job *rest = NULL;

  lock_enter (&lock);
  pool->is_freed = true;
  pool->n_out++;
  if (immediate)
    {
      rest = pool->first;
      pool->first = NULL;
    }
  lock_leave (&lock);
  while (rest != NULL)
    {
      Job *job = rest;

      rest = job->next;
      discard (pool, job);
    }
  count_over (pool);
}

void
hook_g_thread_pool_free (GThreadPool *pool, gboolean immediate, gboolean wait_)
{
  Pool *found = find_pool (pool);

  if (found != NULL)
    forget (found, immediate);
  real_g_thread_pool_free (pool, immediate, wait_);
}
