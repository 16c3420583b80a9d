/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Handles: birth, the operation that goes on, close, and what is said of them as resources. */

#include "adopt.h"
#include "subject.h"

#include <errno.h>

#define DONE_INTERVAL 64u

/* ---- Records --------------------------------------------------------------------------------- */

static void
end_operation (Record *record, int status)
{
  if ((record->flags & RECORD_ACTIVE) == 0)
    return;
  if (plugin_is_on ())
    inspect_await_end (record->task, record_await (record), status);
  task_unref (record->task);
  record->task = INSPECT_NONE;
  record->flags &= ~RECORD_ACTIVE;
}

/* An accepted connection is held by its handle until it has something to wait for. */
static void
end_birth (Record *record)
{
  if ((record->flags & RECORD_BIRTH) == 0)
    return;
  record->flags &= ~RECORD_BIRTH;
  task_unref (record->bound);
}

void
handle_forget (const void *handle)
{
  Record record;

  if (!table_take (RECORD_HANDLE, handle, &record))
    return;
  record_renew (&record);
  end_operation (&record, -ECANCELED);
  if ((record.flags & RECORD_CLOSING) != 0)
    {
      inspect_await_end (record.close_task, operation_await (OP_CLOSE, handle), -ECANCELED);
      task_unref (record.close_task);
    }
  end_birth (&record);
  if ((record.flags & RECORD_INTRODUCED) != 0 && resource_of (record.type, handle) != 0)
    inspect_resource_end (resource_of (record.type, handle));
}

static Record *
record_as (uv_handle_t *handle, uv_handle_type type)
{
  Record *record = table_obtain (RECORD_HANDLE, handle);

  if (record != NULL && record->type != (uint8_t)type)
    {
      if (record->type != UV_UNKNOWN_HANDLE)
        {
          handle_forget (handle);
          record = table_obtain (RECORD_HANDLE, handle);
        }
      if (record != NULL)
        record->type = type;
    }
  if (record != NULL)
    record_renew (record);
  return record;
}

/* The handle whose callback runs is the one that is used most. */
HOT Record *
handle_record (uv_handle_t *handle)
{
  Record *record = task_get_record (inspect_task_current ());

  if (record_is_of (record, RECORD_HANDLE, handle) && record->type == (uint8_t)handle->type &&
      record->flags >> RECORD_SESSION_SHIFT == plugin.session)
    return record;
  return record_as (handle, handle->type);
}

/* ---- As resources ---------------------------------------------------------------------------- */

static void
introduce (uv_handle_t *handle, Record *record)
{
  InspectObject resource;

  if ((record->flags & RECORD_INTRODUCED) != 0)
    return;
  record->flags |= RECORD_INTRODUCED;
  resource = resource_of (record->type, handle);
  if (resource != 0)
    inspect_attribute (resource, &key_owner, resource_of_loop (handle->loop));
}

void
handle_describe (uv_handle_t *handle, Record *record)
{
  int saved_errno;
  uv_os_fd_t fd;

  introduce (handle, record);
  if ((record->flags & RECORD_DESCRIBED) != 0 || plugin.fileno == NULL)
    return;
  switch (record->type)
    {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY:
    case UV_UDP:
    case UV_POLL:
      saved_errno = errno;
      if (plugin.fileno (handle, &fd) == 0)
        {
          inspect_attribute (resource_of (record->type, handle), &key_fd, (uint64_t)fd);
          record->flags |= RECORD_DESCRIBED;
        }
      errno = saved_errno;
      break;
    default:
      record->flags |= RECORD_DESCRIBED;
      break;
    }
}

/* Birth: what was known of that address is over. */
static void
handle_born (uv_handle_t *handle, const void *caller)
{
  InspectObject resource;
  Record *record;

  handle_forget (handle);
  record = handle_record (handle);
  if (record == NULL)
    {
      plugin.agent.count_skipped ();
      return;
    }
  resource = resource_of (record->type, handle);
  if (resource != 0)
    inspect_resource_begin (resource, task_place_of_call (caller));
  introduce (handle, record);
}

#define NOTHING
#define WITH(...) , __VA_ARGS__
#define BIRTH(function, type, parameters, arguments)                                               \
  int hook_##function (uv_loop_t *loop, type *handle parameters)                                   \
  {                                                                                                \
    int status = real_##function (loop, handle arguments);                                         \
                                                                                                   \
    if (status == 0 && plugin_is_on ())                                                            \
      {                                                                                            \
        uint64_t cost = inspect_cost_begin ();                                                     \
                                                                                                   \
        handle_born ((uv_handle_t *)handle, CALLER);                                               \
        cost_end (cost);                                                                           \
      }                                                                                            \
    return status;                                                                                 \
  }
#include "operations.def"

/* ---- The operation that goes on -------------------------------------------------------------- */

bool
handle_begin (HandleStart *start, uv_handle_t *handle, uv_handle_type type, Callback callback,
              Callback trampoline, const void *caller)
{
  Record *record;

  /* Without a callback libuv refuses, or nothing is waited for. */
  if (!plugin_is_on () || handle == NULL || callback == NULL)
    return false;
  start->cost = inspect_cost_begin ();
  record = record_as (handle, type);
  if (record == NULL)
    {
      plugin.agent.count_skipped ();
      cost_end (start->cost);
      return false;
    }
  start->record = record;
  start->before = record->callback;
  start->where = task_place_of_call (caller);
  /* The program read the field of the handle and gives us our own back: it means its own. */
  if (callback != trampoline)
    record_set_callback (record, callback);
  cost_end (start->cost);
  return record->callback != NULL;
}

bool
handle_is_active (const uv_handle_t *handle)
{
  return plugin.is_active != NULL && plugin.is_active (handle) != 0;
}

static bool
is_timer (Operation operation)
{
  return operation == OP_TIMER || operation == OP_TIMER_REPEAT;
}

InspectObject
handle_begun (HandleStart *start, uv_handle_t *handle, Operation operation, int status)
{
  Record *record = start->record;
  InspectObject await = operation_await (operation, handle);
  bool is_active = (record->flags & RECORD_ACTIVE) != 0;
  InspectId task;

  start->cost = cost_again (start->cost);
  if (status < 0)
    record_set_callback (record, start->before);
  if (status < 0 && is_active)
    return 0; /* what was going on goes on */
  introduce (handle, record);
  task = task_of_operation (handle, record, NULL, start->where);
  if (task == INSPECT_NONE)
    {
      /* Its callback finds the program's own all the same. */
      end_operation (record, -ECANCELED);
      plugin.agent.count_skipped ();
      return 0;
    }
  if (status < 0)
    {
      inspect_await_begin (task, await, start->where);
      inspect_await_end (task, await, status);
      task_unref (task);
      return 0;
    }
  if (is_active && record->operation == operation && record->task == task)
    {
      task_unref (task);
      if (!is_timer (operation))
        {
          if (start->before != record->callback)
            inspect_attribute (await, &key_callback, (uint64_t)(uintptr_t)record->callback);
          return 0;
        }
    }
  else
    {
      end_operation (record, -ECANCELED);
      record->task = task;
      record->operation = operation;
      record->flags |= RECORD_ACTIVE;
    }
  if (is_timer (operation) && record->bound != task)
    {
      record->bound = task;
      record->bound_generation = task_get_generation (task);
    }
  inspect_await_begin (task, await, start->where);
  record->done = 0; /* nothing yet */
  if (resource_of (record->type, handle) != 0)
    inspect_attribute (await, &key_resource, resource_of (record->type, handle));
  else
    inspect_attribute (await, &key_owner, resource_of_loop (handle->loop));
  inspect_attribute (await, &key_callback, (uint64_t)(uintptr_t)record->callback);
  handle_describe (handle, record);
  end_birth (record);
  return await;
}

void
handle_done (HandleStart *start)
{
  cost_end (start->cost);
}

void
handle_end (uv_handle_t *handle, int status)
{
  uint64_t cost;
  Record *record;

  if (!plugin_is_on () || handle == NULL)
    return;
  cost = inspect_cost_begin ();
  record = table_find (RECORD_HANDLE, handle);
  if (record != NULL)
    {
      record_renew (record);
      end_operation (record, status);
    }
  cost_end (cost);
}

/* A value stays until another is said. Now and then it is said again, for it may have been lost
 * where a ring was full. */
static inline void
say_done (Record *record, InspectObject await, uint64_t done)
{
  if (record->done == done && ++record->unsaid < DONE_INTERVAL)
    return;
  record->done = (uint32_t)done == done ? (uint32_t)done : 0;
  record->unsaid = 0;
  inspect_attribute (await, &key_done, done);
}

/* Begins the poll. */
static HOT void
fire (Firing *firing, Record *record, FireMode mode, int64_t status)
{
  if (mode == FIRE_LAST)
    {
      firing->task = record->task;
      record->task = INSPECT_NONE;
      record->flags &= ~RECORD_ACTIVE;
      firing_resume (firing, (int)status);
      return;
    }
  if (!task_ref (record->task))
    return;
  firing->task = record->task;
  if (!plugin_is_on ())
    return;
  task_set_callback (firing->task, (const void *)firing->callback, record);
  if (mode == FIRE_AGAIN && status > 0)
    say_done (record, firing->await, (uint64_t)status);
  firing->previous =
      inspect_poll_begin (firing->task, mode == FIRE_AGAIN ? firing->await : 0, firing->place);
}

HOT void
handle_fire (Firing *firing, const void *handle, FireMode mode, int64_t status)
{
  Record *record;

  adopt_loop_of_handle (handle);
  firing->cost = inspect_cost_begin ();
  firing->callback = NULL;
  firing->task = INSPECT_NONE;
  record = table_find (RECORD_HANDLE, handle);
  if (record != NULL)
    {
      record_renew (record);
      firing->callback = record->callback;
      firing->place = plugin_is_on () ? record_place (record) : 0;
      firing->await = operation_await (record->operation, handle);
      if ((record->flags & RECORD_ACTIVE) != 0)
        fire (firing, record, mode, status);
    }
  cost_end (firing->cost);
}

/* ---- Accepted connections -------------------------------------------------------------------- */

void
handle_accepted (uv_handle_t *server, uv_handle_t *client, const void *caller)
{
  Record *listener = table_find (RECORD_HANDLE, server);
  Record *record = handle_record (client);
  InspectId current = inspect_task_current ();
  InspectId parent = current;
  InspectLocationId where;

  if (record == NULL)
    {
      plugin.agent.count_skipped ();
      return;
    }
  if (listener != NULL)
    record_renew (listener);
  if (listener != NULL && (listener->flags & RECORD_ACTIVE) != 0)
    parent = listener->task;
  /* Nothing but the listener's callback says what the child is for. */
  if (listener != NULL && listener->callback != NULL)
    where = inspect_location_of_function ((const void *)listener->callback);
  else
    where = task_place_of_call (caller);
  end_birth (record);
  record->bound = task_begin (parent, NULL, where);
  if (record->bound == INSPECT_NONE)
    {
      plugin.agent.count_skipped ();
      return;
    }
  record->bound_generation = task_get_generation (record->bound);
  record->flags |= RECORD_BIRTH;
  if (listener != NULL)
    task_set_callback (record->bound, (const void *)listener->callback, record);
  if (current != INSPECT_NONE)
    inspect_task_enter (record->bound);
  handle_describe (client, record);
}

/* ---- Closing --------------------------------------------------------------------------------- */

static TRAMPOLINE void
on_close (uv_handle_t *handle)
{
  Firing firing = { .task = INSPECT_NONE };
  InspectObject resource;
  Record record;

  firing.cost = inspect_cost_begin ();
  if (table_take (RECORD_HANDLE, handle, &record))
    {
      record_renew (&record);
      firing.callback = record.close_callback;
      firing.place = inspect_location_of_function ((const void *)firing.callback);
      firing.await = operation_await (OP_CLOSE, handle);
      resource = resource_of (record.type, handle);
      if ((record.flags & RECORD_CLOSING) != 0)
        {
          firing.task = record.close_task;
          firing_resume (&firing, 0);
        }
      /* The callback may make another handle at this address. */
      if (resource != 0 && plugin_is_on ())
        inspect_resource_end (resource);
    }
  cost_end (firing.cost);
  if (firing.callback != NULL)
    ((uv_close_cb)firing.callback) (handle);
  firing_end (&firing);
}

/* Returns: the record, or NULL to pass on the program's own callback */
static Record *
close_begin (uv_handle_t *handle, uv_close_cb callback)
{
  Record *record;

  if (!plugin_is_on () || handle == NULL || callback == on_close)
    return NULL;
  record = handle_record (handle);
  if (record == NULL)
    plugin.agent.count_skipped ();
  else
    record->close_callback = (Callback)callback;
  return record;
}

static void
close_begun (Record *record, uv_handle_t *handle, const void *caller)
{
  uint64_t cost = inspect_cost_begin ();
  InspectLocationId where = task_place_of_call (caller);
  InspectObject await = operation_await (OP_CLOSE, handle);
  InspectObject resource = resource_of (record->type, handle);

  introduce (handle, record);
  record->close_task = task_of_operation (handle, record, NULL, where);
  end_operation (record, -ECANCELED);
  if (record->close_task == INSPECT_NONE)
    {
      end_birth (record);
      plugin.agent.count_skipped ();
      cost_end (cost);
      return;
    }
  record->flags |= RECORD_CLOSING;
  inspect_await_begin (record->close_task, await, where);
  if (resource != 0)
    inspect_attribute (await, &key_resource, resource);
  else
    inspect_attribute (await, &key_owner, resource_of_loop (handle->loop));
  end_birth (record);
  cost_end (cost);
}

void
hook_uv_close (uv_handle_t *handle, uv_close_cb callback)
{
  Record *record = close_begin (handle, callback);

  if (record == NULL)
    {
      real_uv_close (handle, callback);
      return;
    }
  real_uv_close (handle, on_close);
  close_begun (record, handle, CALLER);
}

int
hook_uv_tcp_close_reset (uv_tcp_t *handle, uv_close_cb callback)
{
  Record *record = close_begin ((uv_handle_t *)handle, callback);
  int status;

  if (record == NULL)
    return real_uv_tcp_close_reset (handle, callback);
  status = real_uv_tcp_close_reset (handle, on_close);
  if (status == 0)
    close_begun (record, (uv_handle_t *)handle, CALLER);
  else
    record->close_callback = NULL;
  return status;
}

/* ---- Since before anybody looked --------------------------------------------------------------- */

/* Of one that is being closed the rest is over. */
void
adopt_close (uv_handle_t *handle, AdoptMode mode)
{
  Record *record;

  if (mode == GIVE_BACK)
    {
      Record taken;

      record = table_find (RECORD_HANDLE, handle);
      if (handle->close_cb == on_close && record != NULL)
        handle->close_cb = (uv_close_cb)record->close_callback;
      /* Nothing of it leads here any more. */
      if (table_take (RECORD_HANDLE, handle, &taken))
        {
          taken.flags ^= 1 << RECORD_SESSION_SHIFT;
          record_renew (&taken);
        }
      return;
    }
  if (plugin.is_closing == NULL || plugin.is_closing (handle) == 0)
    return;
  record = close_begin (handle, handle->close_cb);
  if (record == NULL)
    return;
  handle->close_cb = on_close;
  close_begun (record, handle, (const void *)record->close_callback);
}
