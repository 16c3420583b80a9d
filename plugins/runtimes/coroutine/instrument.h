/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef COROUTINE_INSTRUMENT_H
#define COROUTINE_INSTRUMENT_H

/* All that the executor tells async-inspect, by the public API alone. With nobody looking each of
 * these is one load and a branch; with -DINSPECT_DISABLE it is nothing. */

#include <errno.h>
#include "executor.h"
#include "inspect.h"
#include "inspect-keys.h"

extern InspectKind co_await_sleep, co_await_readable, co_await_writable, co_await_lock,
    co_await_join, co_await_receive, co_await_send;
extern InspectKind co_resource_mutex, co_resource_channel;
extern InspectKind co_key_resource, co_key_due, co_key_fd, co_key_name;

/* The line that called the executor, and not a line of the executor. Only within functions that user
 * code calls. */
#define CO_CALLER                                                                                  \
  (inspect_is_on () ? inspect_location_of_call (__builtin_return_address (0))                      \
                    : (InspectLocationId)0)

static inline InspectId
co_id (const Coroutine *coroutine)
{
  return inspect_id_of (coroutine);
}

/* A coroutine waits for one thing at a time: its own id tells its awaits apart. */
static inline InspectObject
co_await_of (InspectKind *kind, const Coroutine *coroutine)
{
  return inspect_object (kind, co_id (coroutine));
}

void co_tell_spawned (const Coroutine *coroutine, const Coroutine *parent, CoFunc func,
                      InspectLocationId where);
/* Before and after a switch to a coroutine that did not wait for anything: its first turn, or after
 * co_yield(). */
void co_tell_runs (const Coroutine *coroutine);
void co_tell_yields (const Coroutine *coroutine);
void co_tell_returned (const Coroutine *coroutine);
/* @object: what is waited on, 0: nothing that has a name. */
void co_tell_waits (const Coroutine *coroutine, InspectKind *kind, InspectObject object,
                    InspectLocationId where);
void co_tell_resumes (const Coroutine *coroutine, InspectKind *kind);
/* The coroutine that runs makes @coroutine ready. */
void co_tell_wakes (const Coroutine *coroutine);

#endif
