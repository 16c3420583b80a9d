/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SHARED_TASKS_H
#define SHARED_TASKS_H

/* Memory for the tasks of a runtime that has none of its own: a task lives as long as somebody has a
 * reference to it. Inline, for it is asked at each poll; what more a runtime keeps of a task follows the
 * base in a struct of its own, which is aligned to TASKS_ALIGN bytes.
 *
 * An id is the address of the task, plus six bits of its generation. Ids of others (another runtime's, an
 * executor's) are none of these. Memory is the kernel's, in chunks that are never given back, so that an
 * id that somebody still has leads to memory for good. Any thread may call; not from signal handlers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect.h"
#include "shared/lock.h"

#define TASKS_ALIGN 64
#define TASKS_MAX_CHUNKS 13u
#define TASKS_GENERATION ((uint64_t)(TASKS_ALIGN - 1))

typedef struct TaskBase TaskBase;
struct TaskBase
{
  uint32_t references;
  uint32_t generation; /* raised at each begin; the id has its low bits */
  TaskBase *next_free;
};

typedef struct
{
  uint32_t task_size;   /* bytes */
  uint32_t first_chunk; /* bytes; each is twice the one before */
  uint32_t max_chunks;  /* at most TASKS_MAX_CHUNKS */
  Lock lock;
  uint32_t n_chunks;
  uint32_t n_carved; /* of the newest chunk */
  struct
  {
    uintptr_t begin, end;
  } chunks[TASKS_MAX_CHUNKS];
  TaskBase *first_free, *last_free;
} Tasks;

/* Like the agent's: memory from the kernel; NULL: there is none. */
typedef void *(*TasksReserve) (size_t size);

/* NULL: there is no memory. The one that has been free for longest, so that an id rests before it returns; its
 * references are 0. */
TaskBase *tasks_take (Tasks *tasks, TasksReserve reserve);
/* Nobody has a reference. */
void tasks_give_back (Tasks *tasks, TaskBase *task);

static inline bool
tasks_have (const Tasks *tasks, uint64_t address)
{
  /* Pairs with the release in tasks_take(): a chunk is whole when it counts. */
  uint32_t n = __atomic_load_n (&tasks->n_chunks, __ATOMIC_ACQUIRE);

  for (uint32_t i = 0; i < n; i++)
    if (address >= tasks->chunks[i].begin && address < tasks->chunks[i].end)
      return true;
  return false;
}

/* NULL for a task of others and for one that has ended since. */
static inline TaskBase *
tasks_find (const Tasks *tasks, InspectId id)
{
  TaskBase *task = (TaskBase *)(uintptr_t)(id & ~TASKS_GENERATION);

  return tasks_have (tasks, id) && (__atomic_load_n (&task->generation, __ATOMIC_RELAXED) &
                                    TASKS_GENERATION) == (id & TASKS_GENERATION)
             ? task
             : NULL;
}

static inline InspectId
tasks_id_of (const TaskBase *task)
{
  return inspect_id_of (task) |
         (__atomic_load_n (&task->generation, __ATOMIC_RELAXED) & TASKS_GENERATION);
}

/* With one reference, the caller's; what else is in it has been written. */
static inline InspectId
tasks_begin (TaskBase *task)
{
  __atomic_store_n (&task->generation, task->generation + 1, __ATOMIC_RELAXED);
  /* Pairs with the acquire in tasks_try_ref(): who gets a reference sees this generation. */
  __atomic_store_n (&task->references, 1, __ATOMIC_RELEASE);
  return tasks_id_of (task);
}

/* False: it has ended. It may have begun anew since it was found: only its generation tells. */
static inline bool
tasks_try_ref (TaskBase *task)
{
  uint32_t references = __atomic_load_n (&task->references, __ATOMIC_RELAXED);

  while (references != 0)
    if (__atomic_compare_exchange_n (&task->references, &references, references + 1, true,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return true;
  return false;
}

/* A reference by an id. Tasks of others are not counted: there it is as if there were one. */
static inline bool
tasks_ref_id (const Tasks *tasks, InspectId id)
{
  TaskBase *task = tasks_find (tasks, id);

  return task != NULL ? tasks_try_ref (task) : id != INSPECT_NONE && !tasks_have (tasks, id);
}

/* The same of a task that was met in that generation, of which the id has a part. @unref: the plugin's own, for
 * one that has begun anew meanwhile. */
static inline bool
tasks_try_ref_id (const Tasks *tasks, InspectId id, uint32_t generation, void (*unref) (InspectId))
{
  TaskBase *task;

  if (id == INSPECT_NONE)
    return false;
  if (!tasks_have (tasks, id))
    return true;
  task = tasks_find (tasks, id);
  if (task == NULL || !tasks_try_ref (task))
    return false;
  if (__atomic_load_n (&task->generation, __ATOMIC_RELAXED) == generation)
    return true;
  unref (tasks_id_of (task));
  return false;
}

/* True: that was the last one, and the task is to be given back. */
static inline bool
tasks_unref (TaskBase *task)
{
  /* Pairs with itself: the last one sees what the others did. */
  return __atomic_sub_fetch (&task->references, 1, __ATOMIC_ACQ_REL) == 0;
}

#endif
