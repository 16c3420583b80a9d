/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include "shared/tasks.h"
#include "watchers.h"

typedef struct
{
  TaskBase base;
} __attribute__ ((aligned (TASKS_ALIGN))) Task;

/* Static because an id has to lead to its task from anywhere. */
static Tasks tasks = {
  .task_size = sizeof (Task),
  .first_chunk = 16u << 10,
  .max_chunks = 13, /* about two million tasks */
};

static inline Task *
find (InspectId id)
{
  return (Task *)tasks_find (&tasks, id);
}

InspectId
task_begin (InspectId parent, InspectLocationId where)
{
  Task *task = (Task *)tasks_take (&tasks, watchers.agent.reserve);
  InspectId id;

  if (task == NULL)
    return INSPECT_NONE;
  id = tasks_begin (&task->base);
  if (!watchers.is_adopting)
    inspect_task_begin (id, parent, where);
  return id;
}

bool
task_try_ref (InspectId id, uint32_t generation)
{
  return tasks_try_ref_id (&tasks, id, generation, task_unref);
}

bool
task_ref (InspectId id)
{
  return tasks_ref_id (&tasks, id);
}

static void
drop_reference (InspectId id, bool is_told)
{
  Task *task = find (id);

  if (task == NULL || !tasks_unref (&task->base))
    return;
  if (is_told && watchers_are_on ())
    inspect_task_end (id, 0);
  tasks_give_back (&tasks, &task->base);
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
  Task *task = find (id);

  return task != NULL ? __atomic_load_n (&task->base.generation, __ATOMIC_RELAXED) : 0;
}
