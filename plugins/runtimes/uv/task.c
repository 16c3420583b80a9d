/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include "shared/tasks.h"
#include "table.h"

typedef struct
{
  TaskBase base;
  InspectId parent;
  const void *group;
  const void *callback; /* that runs, or ran last */
  void *record;         /* of the handle that it is of */
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
task_begin (InspectId parent, const void *group, InspectLocationId where)
{
  Task *task = (Task *)tasks_take (&tasks, plugin.agent.reserve);
  InspectId id;

  if (task == NULL)
    return INSPECT_NONE;
  task->parent = parent;
  task->group = group;
  task->callback = NULL;
  task->record = NULL;
  id = tasks_begin (&task->base);
  if (group != NULL)
    table_set_group (group, id, task->base.generation);
  if (!plugin_is_adopting ())
    inspect_task_begin (id, parent, where);
  return id;
}

bool
task_try_ref (InspectId id, uint32_t generation)
{
  return tasks_try_ref_id (&tasks, id, generation, task_unref);
}

HOT bool
task_ref (InspectId id)
{
  return tasks_ref_id (&tasks, id);
}

static inline void
drop_reference (InspectId id, bool is_told)
{
  Task *task = find (id);

  if (task == NULL || !tasks_unref (&task->base))
    return;
  if (task->group != NULL)
    table_drop_group (task->group, id);
  if (is_told && plugin_is_on ())
    inspect_task_end (id, 0);
  tasks_give_back (&tasks, &task->base);
}

HOT void
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

  return task != NULL ? task->base.generation : 0;
}

bool
task_is_child_of (InspectId id, InspectId parent)
{
  Task *task = find (id);

  return task != NULL && parent != INSPECT_NONE && task->parent == parent;
}

HOT void
task_set_callback (InspectId id, const void *callback, void *record)
{
  Task *task = find (id);

  /* Of a thread of the pool and the loop's thread either may win: both are right. */
  if (task == NULL)
    return;
  __atomic_store_n (&task->callback, callback, __ATOMIC_RELAXED);
  if (record != NULL)
    __atomic_store_n (&task->record, record, __ATOMIC_RELAXED);
}

HOT void *
task_get_record (InspectId id)
{
  Task *task = find (id);

  return task != NULL ? __atomic_load_n (&task->record, __ATOMIC_RELAXED) : NULL;
}

HOT InspectLocationId
task_place_of_call (const void *caller)
{
  const void *callback = NULL;
  Task *task;

  if ((const char *)caller < __start_uv_trampolines || (const char *)caller > __stop_uv_trampolines)
    return inspect_location_of_call (caller);
  task = find (inspect_task_current ());
  if (task != NULL)
    callback = __atomic_load_n (&task->callback, __ATOMIC_RELAXED);
  return callback != NULL ? inspect_location_of_function (callback)
                          : inspect_location_of_call (caller);
}
