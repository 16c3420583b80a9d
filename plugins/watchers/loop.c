/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "loop.h"

#include "watchers.h"

#define DEPTH 4u

/* The loops that this thread turns, one in the other, each with the stack frame of the function that
 * does: what a longjmp() has left lies below the frame of whoever comes next. */
typedef struct
{
  const void *loop;
  uintptr_t frame;
} Turn;

static __thread Turn turns[DEPTH] __attribute__ ((tls_model ("initial-exec")));
static __thread uint32_t n_turns __attribute__ ((tls_model ("initial-exec")));

InspectObject
loop_object (const void *loop)
{
  return inspect_object (&resource_loop, inspect_id_of (loop));
}

static void
drop_left (uintptr_t frame)
{
  while (n_turns > 0 && (n_turns > DEPTH || turns[n_turns - 1].frame <= frame))
    n_turns--;
}

InspectId
loop_enter (const void *loop, const void *caller)
{
  uintptr_t frame = (uintptr_t)__builtin_frame_address (0);
  InspectId previous = inspect_task_current ();

  drop_left (frame);
  if (n_turns < DEPTH)
    turns[n_turns] = (Turn){ loop, frame };
  n_turns++;
  if (watchers_are_on ())
    {
      inspect_acquire (previous, loop_object (loop),
                       watchers.agent.stack != NULL ? watchers.agent.stack (caller)
                                                    : inspect_location_of_call (caller));
      inspect_task_enter (INSPECT_NONE);
      if (watchers.agent.settle != NULL)
        watchers.agent.settle ();
    }
  return previous;
}

void
loop_leave (const void *loop, InspectId previous)
{
  if (n_turns > 0)
    n_turns--;
  if (watchers_are_on ())
    {
      inspect_task_enter (previous);
      inspect_release (previous, loop_object (loop));
    }
}

const void *
loop_current (void)
{
  return n_turns > 0 && n_turns <= DEPTH ? turns[n_turns - 1].loop : NULL;
}

void
loop_adopt (const void *loop)
{
  if (loop_current () == loop)
    return;
  turns[0] = (Turn){ loop, UINTPTR_MAX };
  n_turns = 1;
}
