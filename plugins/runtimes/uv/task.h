/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_TASK_H
#define UV_TASK_H

/* The tasks of libuv programs. One lives as long as something of it is pending: each await and
 * each poll holds a reference, and when the last one goes it has ended.
 *
 * An id is the address of the task's memory, which is aligned to 64 bytes, plus six bits of its
 * generation. Tasks of others (a custom executor that drives libuv) have ids that are none of
 * these; operations belong to them as to ours, and references to them do nothing. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

/* Begins a task and takes a reference. @group: the user's struct whose handles share it, or NULL.
 * INSPECT_NONE when there is no memory. */
InspectId task_begin (InspectId parent, const void *group, InspectLocationId where);

/* Takes a reference if the task is alive. @generation: what task_get_generation() said. */
bool task_try_ref (InspectId task, uint32_t generation);
/* For a task that the caller knows to be alive, or that may be another's. False: ended. */
bool task_ref (InspectId task);
/* Ends it with the last reference. */
void task_unref (InspectId task);
/* The same for one of an earlier session: nobody is told. */
void task_forget (InspectId task);

uint32_t task_get_generation (InspectId task);
/* Whether @task is a connection that @parent accepted. */
bool task_is_child_of (InspectId task, InspectId parent);

/* Which callback runs as @task, and the record of the handle that it is of, or NULL. */
void task_set_callback (InspectId task, const void *callback, void *record);
/* That record; it may have become another's since. */
void *task_get_record (InspectId task);
/* The place that called a hook. A callback that ends in a call of libuv may have become a jump,
 * and then the call seems to come from our trampoline: its place is the callback that runs. */
InspectLocationId task_place_of_call (const void *caller);

#endif
