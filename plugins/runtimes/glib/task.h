/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_TASK_H
#define GLIB_TASK_H

/* The tasks of GLib programs. One lives as long as something of it is pending: each await and each
 * poll holds a reference, and so does whoever called task_begin(); with the last one it has ended.
 *
 * An id is the address of the task's memory, which is aligned to 64 bytes, plus six bits of its
 * generation. Tasks of others (another runtime, a custom executor) have ids that are none of these:
 * references to them do nothing. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

typedef enum
{
  TASK_STRAND = 0, /* callbacks that follow from each other */
  TASK_LOOP = 1,   /* the turns of a loop: nothing that is started belongs to it */
} TaskRole;

/* Begins a task and takes a reference. INSPECT_NONE when there is no memory. */
InspectId task_begin (TaskRole role, InspectId parent, InspectLocationId where);

/* Takes a reference. False: it has ended, or is another's. */
bool task_ref (InspectId task);
/* Ends it with the last reference. */
void task_unref (InspectId task);
/* Whether it is one of this plugin, and alive. */
bool task_is_ours (InspectId task);

/* What a thing belongs to that is started here and goes on elsewhere: the current task, or
 * INSPECT_NONE; never one that stands for a loop. */
InspectId task_current (void);

/* The task, with a reference, of what is started by the caller of a hook and comes back as a
 * callback. @here: the callback comes on the loop that this thread is turning. README.md, "The
 * task rule". INSPECT_NONE when there is no memory. */
InspectId task_of_operation (bool here, InspectLocationId where);

#endif
