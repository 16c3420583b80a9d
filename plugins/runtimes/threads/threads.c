/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads as tasks: from pthread_create() to the end of the routine, or of the thread where it does
 * not return (registry.c). */

#include <errno.h>

#include "held.h"
#include "wait.h"

/* ---- Begin and end ---------------------------------------------------------------------------- */

static Thread *
prepare (const void *run, const void *caller)
{
  Thread *self, *thread;
  InspectId parent, task;

  if (!plugin_is_on () || (self = thread_get ()) == NULL || (thread = thread_prepare ()) == NULL)
    return NULL;
  parent = inspect_task_current ();
  if (parent == INSPECT_NONE && self->task > 1)
    parent = self->task;
  task = inspect_id_new ();
  inspect_task_begin (task, parent, plugin_place (thread_place (self, caller)));
  order_tell_again ();
  if (self->outer_run != NULL)
    run = self->outer_run;
  inspect_attribute (task, &key_callback, (uint64_t)(uintptr_t)run);
  __atomic_store_n (&thread->task, task, __ATOMIC_RELEASE);
  return thread;
}

static void
cancel (Thread *thread, int status)
{
  InspectId task = thread->task;

  thread->task = INSPECT_NONE;
  inspect_task_end (task, -status);
  thread_give_back (thread);
}

/* For whoever names or joins it before it runs. It may be over by now, and its record another's. */
static void
note_handle (Thread *thread, InspectId task, uintptr_t handle)
{
  uintptr_t none = 0;

  if (__atomic_load_n (&thread->task, __ATOMIC_RELAXED) == task)
    __atomic_compare_exchange_n (&thread->handle, &none, handle, false, __ATOMIC_RELAXED,
                                 __ATOMIC_RELAXED);
}

static void
begin (Thread *thread)
{
  InspectId task = thread->task;

  thread_adopt (thread);
  if (!inspect_is_on ())
    return;
  inspect_task_enter (task);
  inspect_attribute (task, &key_tid, (uint32_t)thread->tid);
}

/* The routine has returned: unless it has left something locked, which destructors may unlock, the
 * task ends here, while the thread still has its ring. */
static void
end (Thread *thread)
{
  if (thread_self == thread && thread_count (thread) == 0)
    thread_end_task (thread);
}

static void *
run (void *data)
{
  Thread *thread = data;
  void *(*routine) (void *) = thread->run;
  void *value;

  begin (thread);
  value = routine (thread->data);
  end (thread);
  return value;
}

static int
run_c11 (void *data)
{
  Thread *thread = data;
  int (*routine) (void *) = thread->run_c11;
  int value;

  begin (thread);
  value = routine (thread->data);
  end (thread);
  return value;
}

int
hook_pthread_create (pthread_t *ret_thread, const pthread_attr_t *attributes,
                     void *(*routine) (void *), void *data)
{
  Thread *thread = prepare ((const void *)(uintptr_t)routine, CALLER);
  InspectId task;
  int status;

  if (thread == NULL)
    return real_pthread_create (ret_thread, attributes, routine, data);
  thread->run = routine;
  thread->data = data;
  task = thread->task;
  status = real_pthread_create (ret_thread, attributes, run, thread);
  if (status != 0)
    cancel (thread, status);
  else
    note_handle (thread, task, (uintptr_t)*ret_thread);
  return status;
}

int
hook_thrd_create (uintptr_t *ret_thread, int (*routine) (void *), void *data)
{
  Thread *thread = prepare ((const void *)(uintptr_t)routine, CALLER);
  InspectId task;
  int status;

  if (thread == NULL)
    return real_thrd_create (ret_thread, routine, data);
  thread->run_c11 = routine;
  thread->data = data;
  task = thread->task;
  status = real_thrd_create (ret_thread, run_c11, thread);
  if (status != 0)
    cancel (thread, EAGAIN);
  else
    note_handle (thread, task, *ret_thread);
  return status;
}

/* ---- Joining ---------------------------------------------------------------------------------- */

/* One that has ended is not waited for, but what this thread does from here on comes after all that
 * it did. NULL where it was never seen. */
static Wait *
join_begin (uintptr_t handle, const void *caller, uint64_t deadline_ns)
{
  Thread *self, *thread;
  InspectId task;

  if (!plugin_is_on () || (self = thread_get ()) == NULL)
    return NULL;
  thread = thread_find (handle);
  if (thread == self)
    return NULL;
  task = thread != NULL ? __atomic_load_n (&thread->task, __ATOMIC_ACQUIRE) : INSPECT_NONE;
  /* One that lives has its task from its creation on; a handle may have been another's before. */
  if (task == INSPECT_NONE)
    task = thread_take_ended (handle);
  if (task <= 1 && thread != NULL)
    task = thread_get_task (thread);
  if (task == INSPECT_NONE)
    return NULL;
  return wait_begin (self, &await_join, task, thread != NULL ? thread : (const void *)&plugin,
                     thread_place (self, caller), deadline_ns);
}

static void
join_end (Wait *wait, int status)
{
  if (wait != NULL)
    wait_end (thread_self, wait, status);
}

int
hook_pthread_join (pthread_t thread, void **ret_value)
{
  Wait *wait = join_begin ((uintptr_t)thread, CALLER, 0);
  int status = real_pthread_join (thread, ret_value);

  join_end (wait, status);
  return status;
}

int
hook_pthread_timedjoin_np (pthread_t thread, void **ret_value, const struct timespec *until)
{
  Wait *wait = join_begin ((uintptr_t)thread, CALLER, wait_deadline (CLOCK_REALTIME, until));
  int status = real_pthread_timedjoin_np (thread, ret_value, until);

  join_end (wait, status);
  return status;
}

int
hook_pthread_clockjoin_np (pthread_t thread, void **ret_value, clockid_t clock,
                           const struct timespec *until)
{
  Wait *wait = join_begin ((uintptr_t)thread, CALLER, wait_deadline (clock, until));
  int status = real_pthread_clockjoin_np (thread, ret_value, clock, until);

  join_end (wait, status);
  return status;
}

int
hook_thrd_join (uintptr_t thread, int *ret_value)
{
  Wait *wait = join_begin (thread, CALLER, 0);
  int status = real_thrd_join (thread, ret_value);

  join_end (wait, status != 0 ? EINVAL : 0);
  return status;
}

/* ---- Names ------------------------------------------------------------------------------------ */

int
hook_pthread_setname_np (pthread_t thread, const char *name)
{
  int status = real_pthread_setname_np (thread, name);
  Thread *named;

  if (status != 0 || !plugin_is_on ())
    return status;
  registry_check_process ();
  named = thread_find ((uintptr_t)thread);
  if (named != NULL && named->task > 1)
    inspect_task_set_name (named->task, name);
  return status;
}
