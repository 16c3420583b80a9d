/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_CODE_H
#define AGENT_CODE_H

/* What code is loaded and where its unwind tables are: a snapshot of the loader's list, read
 * without a lock. The scan keeps it current. */

#include "agent/cfi.h"
#include "agent/objects.h"

/* Takes the snapshot anew. Under the agent's lock, in agent_objects_with(). @is_ours tells the
 * agent's own objects, whose frames are no part of the program's stack. */
void agent_code_update (const AgentObjects *objects, bool (*is_ours) (const AgentObject *object));

/* Changes when an object has gone and another may have come to its place: what was remembered of a
 * pc is then worth nothing. Any thread. */
uint32_t agent_code_get_generation (void);

typedef enum
{
  AGENT_CODE_UNKNOWN, /* of no object, or one that cannot be read: it may be known later */
  AGENT_CODE_PROGRAM,
  AGENT_CODE_OURS,
} AgentCodeOwner;

/* The rule for the instruction at @pc, from the tables: microseconds. Any thread, no lock. */
AgentCodeOwner agent_code_find_rule (uintptr_t pc, AgentUnwindRule *ret_rule);

#endif
