/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_TASK_H
#define WATCHERS_TASK_H

/* The tasks of programs that are made of watchers. One lives as long as something of it is pending:
 * each await and each poll holds a reference, and when the last one goes it has ended.
 *
 * An id is the address of the task's memory, which is aligned to 64 bytes, plus six bits of its
 * generation. Tasks of others (another runtime, an executor) have ids that are none of these: what
 * waits belongs to them as to ours, and references to them do nothing. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

/* Begins a task and takes a reference. INSPECT_NONE when there is no memory. */
InspectId task_begin (InspectId parent, InspectLocationId where);

/* Takes a reference if the task is alive. @generation: what task_get_generation() said. */
bool task_try_ref (InspectId task, uint32_t generation);
/* For a task that the caller knows to be alive, or that may be another's. False: ended. */
bool task_ref (InspectId task);
/* Ends it with the last reference. */
void task_unref (InspectId task);
/* The same for one of an earlier session: nobody is told. */
void task_forget (InspectId task);

uint32_t task_get_generation (InspectId task);

#endif
