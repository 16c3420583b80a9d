/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include "lock.h"
#include "watcher.h"

#define FIRST_CHUNK (16u << 10) /* bytes; each is twice the one before */
#define MAX_CHUNKS 13u          /* about two million tasks */
#define ID_GENERATION UINT64_C (63)

typedef struct Task Task;
struct Task
{
  uint32_t references;
  uint32_t generation; /* raised at each begin; the id has its low bits */
  Task *next_free;
} __attribute__ ((aligned (64)));

typedef struct
{
  uintptr_t begin;
  uintptr_t end;
} Chunk;

/* Static because an id has to lead to its task from anywhere; chunks are never given back. */
static Chunk chunks[MAX_CHUNKS];
static uint32_t n_chunks;
static uint32_t n_carved; /* of the newest chunk */
static Task *first_free;
static Task *last_free;
static Lock lock;

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Under the lock. The task that has been free for longest, so that an id rests before it returns. */
static Task *
take_free (void)
{
  Task *task = first_free;
  const Chunk *chunk;

  if (task != NULL)
    {
      first_free = task->next_free;
      return task;
    }
  if (n_chunks == 0)
    return NULL;
  chunk = &chunks[n_chunks - 1];
  if (chunk->begin + (n_carved + 1) * sizeof (Task) > chunk->end)
    return NULL;
  return (Task *)chunk->begin + n_carved++;
}

static bool
add_chunk (void)
{
  uint32_t n = __atomic_load_n (&n_chunks, __ATOMIC_RELAXED);
  size_t size;
  void *memory;

  if (n == MAX_CHUNKS)
    return false;
  size = (size_t)FIRST_CHUNK << n;
  memory = watchers.agent.reserve (size);
  if (memory == NULL)
    return false;
  lock_enter (&lock);
  if (n == n_chunks)
    {
      chunks[n] = (Chunk){ (uintptr_t)memory, (uintptr_t)memory + size };
      n_carved = 0;
      /* Pairs with the acquire in task_from_id(): the chunk is whole when it counts. */
      __atomic_store_n (&n_chunks, n + 1, __ATOMIC_RELEASE);
    }
  lock_leave (&lock);
  return true;
}

static Task *
allocate (void)
{
  Task *task;

  do
    {
      lock_enter (&lock);
      task = take_free ();
      lock_leave (&lock);
    }
  while (task == NULL && add_chunk ());
  return task;
}

static void
give_back (Task *task)
{
  lock_enter (&lock);
  task->next_free = NULL;
  if (first_free == NULL)
    first_free = task;
  else
    last_free->next_free = task;
  last_free = task;
  lock_leave (&lock);
}

/* ---- Ids ------------------------------------------------------------------------------------- */

static InspectId
task_to_id (const Task *task, uint32_t generation)
{
  return inspect_id_of (task) | (generation & ID_GENERATION);
}

static bool
is_ours (InspectId id)
{
  uint32_t n = __atomic_load_n (&n_chunks, __ATOMIC_ACQUIRE);

  for (uint32_t i = 0; i < n; i++)
    if (id >= chunks[i].begin && id < chunks[i].end)
      return true;
  return false;
}

/* NULL for a task of others and for one that has ended since. */
static Task *
task_from_id (InspectId id)
{
  Task *task = (Task *)(uintptr_t)(id & ~ID_GENERATION);

  return is_ours (id) && (__atomic_load_n (&task->generation, __ATOMIC_RELAXED) & ID_GENERATION) ==
                             (id & ID_GENERATION)
             ? task
             : NULL;
}

/* ---- Life ------------------------------------------------------------------------------------ */

InspectId
task_begin (InspectId parent, InspectLocationId where)
{
  Task *task = allocate ();
  uint32_t generation;
  InspectId id;

  if (task == NULL)
    return INSPECT_NONE;
  generation = task->generation + 1;
  __atomic_store_n (&task->generation, generation, __ATOMIC_RELAXED);
  /* Pairs with the acquire in try_ref(): who gets a reference sees this generation. */
  __atomic_store_n (&task->references, 1, __ATOMIC_RELEASE);
  id = task_to_id (task, generation);
  if (!watchers.is_adopting)
    inspect_task_begin (id, parent, where);
  return id;
}

static bool
try_ref (Task *task)
{
  uint32_t references = __atomic_load_n (&task->references, __ATOMIC_RELAXED);

  while (references != 0)
    if (__atomic_compare_exchange_n (&task->references, &references, references + 1, true,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return true;
  return false;
}

bool
task_try_ref (InspectId id, uint32_t generation)
{
  Task *task;

  if (id == INSPECT_NONE)
    return false;
  if (!is_ours (id))
    return true;
  task = task_from_id (id);
  if (task == NULL || !try_ref (task))
    return false;
  if (__atomic_load_n (&task->generation, __ATOMIC_RELAXED) == generation)
    return true;
  task_unref (task_to_id (task, __atomic_load_n (&task->generation, __ATOMIC_RELAXED)));
  return false;
}

bool
task_ref (InspectId id)
{
  Task *task = task_from_id (id);

  return task != NULL ? try_ref (task) : id != INSPECT_NONE && !is_ours (id);
}

static void
drop_reference (InspectId id, bool is_told)
{
  Task *task = task_from_id (id);

  if (task == NULL)
    return;
  /* Pairs with itself: the last one sees what the others did. */
  if (__atomic_sub_fetch (&task->references, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (is_told && watchers_are_on ())
    inspect_task_end (id, 0);
  give_back (task);
}

void
task_unref (InspectId id)
{
  drop_reference (id, true);
}

void
task_forget (InspectId id)
{
  drop_reference (id, false);
}

uint32_t
task_get_generation (InspectId id)
{
  Task *task = task_from_id (id);

  return task != NULL ? __atomic_load_n (&task->generation, __ATOMIC_RELAXED) : 0;
}
