/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include "plugin.h"
#include "shared/tasks.h"

typedef struct
{
  TaskBase base;
  TaskRole role;
} __attribute__ ((aligned (TASKS_ALIGN))) Task;

/* Static because an id has to lead to its task from anywhere. */
static Tasks tasks = {
  .task_size = sizeof (Task),
  .first_chunk = 64u << 10,
  .max_chunks = 11, /* about two million tasks */
};

static inline Task *
find (InspectId id)
{
  return (Task *)tasks_find (&tasks, id);
}

InspectId
task_begin (TaskRole role, InspectId parent, InspectLocationId where)
{
  Task *task = (Task *)tasks_take (&tasks, plugin.agent.reserve);
  InspectId id;

  if (task == NULL)
    return INSPECT_NONE;
  task->role = role;
  id = tasks_begin (&task->base);
  if (!plugin.is_adopting)
    inspect_task_begin (id, parent, where);
  return id;
}

bool
task_ref (InspectId id)
{
  Task *task = find (id);

  if (task == NULL || !tasks_try_ref (&task->base))
    return false;
  /* It may have ended and begun anew in between. */
  if (find (id) == task)
    return true;
  task_unref (tasks_id_of (&task->base));
  return false;
}

void
task_unref (InspectId id)
{
  Task *task = find (id);

  if (task == NULL || !tasks_unref (&task->base))
    return;
  if (plugin_is_on () && !plugin.is_adopting)
    inspect_task_end (id, 0);
  tasks_give_back (&tasks, &task->base);
}

bool
task_is_ours (InspectId id)
{
  const Task *task = find (id);

  return task != NULL && __atomic_load_n (&task->base.references, __ATOMIC_RELAXED) != 0;
}

/* ---- What belongs to whom -------------------------------------------------------------------- */

InspectId
task_current (void)
{
  InspectId current = inspect_task_current ();
  const Task *task = find (current);

  return task != NULL && task->role == TASK_LOOP ? INSPECT_NONE : current;
}

InspectId
task_of_operation (bool here, InspectLocationId where)
{
  InspectId current = task_current ();

  /* A task of others (a thread, an executor) does not go on in a callback of ours. */
  if (here && task_ref (current))
    return current;
  return task_begin (TASK_STRAND, current, where);
}
