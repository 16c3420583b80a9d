/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "instrument.h"

struct CoMutex
{
  Coroutine *holder;
  CoQueue waiting;
};

static InspectObject
object_of (const CoMutex *mutex)
{
  return inspect_object (&co_resource_mutex, inspect_id_of (mutex));
}

CoMutex *
co_mutex_new (const char *name)
{
  CoMutex *mutex = calloc (1, sizeof *mutex);

  if (mutex != NULL && inspect_is_on ())
    {
      inspect_resource_begin (object_of (mutex), CO_CALLER);
      if (name != NULL)
        inspect_attribute_bytes (object_of (mutex), &co_key_name, name, strlen (name));
    }
  return mutex;
}

void
co_mutex_free (CoMutex *mutex)
{
  if (inspect_is_on ())
    inspect_resource_end (object_of (mutex));
  free (mutex);
}

void
co_mutex_lock (CoMutex *mutex)
{
  Coroutine *self = co_current ();
  InspectLocationId where = CO_CALLER;

  if (mutex->holder != NULL)
    {
      co_queue_push (&mutex->waiting, self);
      self->waits_for = &co_await_lock;
      co_tell_waits (self, &co_await_lock, object_of (mutex), where);
      co_suspend ();
    }
  else
    mutex->holder = self;
  if (inspect_is_on ())
    inspect_acquire (co_id (self), object_of (mutex), where);
}

/* The one that waits longest has it at once: nobody can get in between. */
void
co_mutex_unlock (CoMutex *mutex)
{
  if (inspect_is_on ())
    inspect_release (co_id (mutex->holder), object_of (mutex));
  mutex->holder = co_queue_pop (&mutex->waiting);
  if (mutex->holder != NULL)
    co_wake (mutex->holder);
}
