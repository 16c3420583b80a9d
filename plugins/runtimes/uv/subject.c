/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Requests, and the task that an operation belongs to. */

#include "subject.h"

#include <errno.h>

#include "adopt.h"

/* A struct that embeds its handles is at most this large. */
#define LARGEST_GROUP (16u << 10)

/* ---- The task rule --------------------------------------------------------------------------- */

static void
bind_to (Record *record, InspectId task)
{
  record->bound = task;
  record->bound_generation = task_get_generation (task);
}

/* The user's struct that @subject is embedded in, by its own word: its data points to it. */
static const void *
group_of (const void *subject, const void *data)
{
  uintptr_t offset = (uintptr_t)subject - (uintptr_t)data;

  return data != NULL && (uintptr_t)subject >= (uintptr_t)data && offset <= LARGEST_GROUP ? data
                                                                                          : NULL;
}

static HOT InspectId
task_inside (Record *record, InspectId current)
{
  InspectId bound = record != NULL ? record->bound : INSPECT_NONE;

  if (bound == INSPECT_NONE || bound == current)
    return task_ref (current) ? current : INSPECT_NONE;
  /* A connection that this poll has accepted, or the listener while one is entered. */
  if ((task_is_child_of (bound, current) || task_is_child_of (current, bound)) &&
      task_try_ref (bound, record->bound_generation))
    return bound;
  return task_ref (current) ? current : INSPECT_NONE;
}

static InspectId
task_outside (uv_handle_t *handle, Record *record, const uv_req_t *request, InspectLocationId where)
{
  const void *group = NULL;
  InspectId task;
  uint32_t generation;

  if (record != NULL && task_try_ref (record->bound, record->bound_generation))
    return record->bound;
  if (handle != NULL)
    group = group_of (handle, handle->data);
  if (group == NULL && request != NULL)
    group = group_of (request, request->data);
  if (group != NULL && table_get_group (group, &task, &generation) &&
      task_try_ref (task, generation))
    return task;
  return task_begin (INSPECT_NONE, group, where);
}

HOT InspectId
task_of_operation (uv_handle_t *handle, Record *record, const uv_req_t *request,
                   InspectLocationId where)
{
  InspectId current = inspect_task_current ();
  InspectId task = INSPECT_NONE;

  if (current != INSPECT_NONE)
    task = task_inside (record, current);
  if (task == INSPECT_NONE)
    task = task_outside (handle, record, request, where);
  if (record == NULL)
    return task;
  if (record->bound == INSPECT_NONE)
    bind_to (record, task);
  else if (record->bound != task)
    {
      /* Bound to another: that one goes on, unless it has ended. */
      if (task_try_ref (record->bound, record->bound_generation))
        task_unref (record->bound);
      else
        bind_to (record, task);
    }
  return task;
}

/* ---- Firing ---------------------------------------------------------------------------------- */

HOT void
firing_end (Firing *firing)
{
  uint64_t cost;

  if (firing->task == INSPECT_NONE)
    return;
  cost = cost_again (firing->cost);
  if (plugin_is_on ())
    inspect_poll_end (firing->task, firing->previous);
  task_unref (firing->task);
  cost_end (cost);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

void
record_renew_slowly (Record *record)
{
  uint8_t flags = record->flags;

  record->flags = (uint8_t)(plugin.session << RECORD_SESSION_SHIFT);
  if ((flags & RECORD_ACTIVE) != 0)
    task_forget (record->task);
  if ((flags & RECORD_CLOSING) != 0)
    task_forget (record->close_task);
  if ((flags & RECORD_BIRTH) != 0)
    task_forget (record->bound);
  record->task = record->close_task = record->bound = INSPECT_NONE;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* A request whose callback never came and whose memory is used again. */
static void
drop_stale (Record *record)
{
  if ((record->flags & RECORD_ACTIVE) == 0)
    return;
  inspect_await_end (record->task, record_await (record), -ECANCELED);
  task_unref (record->task);
}

HOT bool
request_begin (Starting *starting, uv_req_t *request, Operation operation, Callback callback,
               Callback work, uv_handle_t *handle, const uv_loop_t *loop, const void *caller)
{
  InspectLocationId where;
  Record *record;
  Record *on = NULL;

  if (!plugin_is_on () || request == NULL)
    return false;
  starting->cost = inspect_cost_begin ();
  record = table_obtain (RECORD_REQUEST, request);
  if (record == NULL)
    {
      plugin.agent.count_skipped ();
      cost_end (starting->cost);
      return false;
    }
  record_renew (record);
  drop_stale (record);
  if (handle != NULL)
    {
      on = handle_record (handle);
      if (on != NULL)
        handle_describe (handle, on);
    }
  where = plugin_is_adopting () ? inspect_location_of_function ((const void *)callback)
                                : task_place_of_call (caller);
  starting->task = task_of_operation (handle, on, request, where);
  if (starting->task == INSPECT_NONE)
    {
      table_rest (record);
      plugin.agent.count_skipped ();
      cost_end (starting->cost);
      return false;
    }
  starting->await = operation_await (operation, request);
  record->operation = operation;
  record->flags |= RECORD_ACTIVE;
  record->task = starting->task;
  record_set_callback (record, callback);
  record->work = work;
  inspect_await_begin (starting->task, starting->await, where);
  if (handle != NULL)
    inspect_attribute (starting->await, &key_resource, resource_of (handle->type, handle));
  else
    inspect_attribute (starting->await, &key_owner, resource_of_loop (loop));
  return true;
}

HOT void
request_pass (Starting *starting)
{
  cost_end (starting->cost);
}

HOT void
request_begun (Starting *starting, uv_req_t *request, int status)
{
  Record *record;

  if (status >= 0)
    return;
  starting->cost = cost_again (starting->cost);
  inspect_await_end (starting->task, starting->await, status);
  record = table_find (RECORD_REQUEST, request);
  if (record != NULL)
    {
      InspectId task = record->task;

      table_rest (record);
      task_unref (task);
    }
  cost_end (starting->cost);
}

HOT void
request_take (Firing *firing, const void *request)
{
  Record *record;

  adopt_loop_of_request (request);
  firing->cost = inspect_cost_begin ();
  firing->callback = NULL;
  firing->work = NULL;
  firing->task = INSPECT_NONE;
  firing->await = 0;
  record = table_find (RECORD_REQUEST, request);
  if (record == NULL)
    return;
  record_renew (record);
  firing->callback = record->callback;
  firing->place = plugin_is_on () ? record_place (record) : 0;
  firing->work = record->work;
  firing->task = record->task; /* the await's reference becomes the poll's */
  firing->await = operation_await (record->operation, request);
  table_rest (record);
}

HOT void
firing_resume (Firing *firing, int status)
{
  if (firing->callback == NULL)
    {
      /* Nothing of the program runs. */
      if (plugin_is_on ())
        inspect_await_end (firing->task, firing->await, status);
      task_unref (firing->task);
      firing->task = INSPECT_NONE;
    }
  else if (plugin_is_on ())
    {
      task_set_callback (firing->task, (const void *)firing->callback, NULL);
      if (status == 0)
        firing->previous = inspect_await_resume (firing->task, firing->await, firing->place);
      else
        {
          inspect_await_end (firing->task, firing->await, status);
          firing->previous = inspect_poll_begin (firing->task, firing->await, firing->place);
        }
    }
}

HOT void
request_resume (Firing *firing, int status)
{
  if (firing->task != INSPECT_NONE)
    firing_resume (firing, status);
  cost_end (firing->cost);
}
