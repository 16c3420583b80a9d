/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/stack.h"

#include "agent/code.h"
#include "agent/libraries.h"
#include "agent/unwind.h"
#include "channel/layout.h"

/* The frames from @return_address on. Where another plugin stands in between, that is no address of
 * the program's, and all count. Returns: the first of them, or @n */
static uint32_t
skip_to (const uintptr_t *frames, uint32_t n, uintptr_t return_address)
{
  AgentUnwindRule rule;

  for (uint32_t i = 0; i < n; i++)
    if (frames[i] == return_address)
      return i;
  return agent_code_find_rule (return_address - 1, &rule) == AGENT_CODE_OURS ? 0 : n;
}

InspectLocationId
agent_stack_take (const void *return_address)
{
  uint64_t *limits = inspect_is_on () ? emit_thread_get_stack_limits () : NULL;
  uintptr_t frames[CHANNEL_MAX_FRAMES], end;
  AgentFrame frame;
  uint32_t n, first;

  if (limits == NULL)
    return inspect_location_of_call (return_address);
  AGENT_FRAME_HERE (frame);
  end = agent_stack_find_end (frame.sp, limits);
  n = agent_unwind (&frame, end, frames, CHANNEL_MAX_FRAMES);
  first = skip_to (frames, n, (uintptr_t)return_address);
  if (n - first < 2)
    return inspect_location_of_call (return_address);
  return inspect_location_of_stack (frames + first, n - first);
}
