/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_FUNCTIONS_H
#define AGENT_FUNCTIONS_H

/* The functions that are linked into an object, by the full symbol table of its file, or, where that was
 * stripped of it or is another by now, by those that it offers to others. Under the agent's lock. */

#include "agent/object.h"

typedef struct
{
  uintptr_t address;
  uint32_t size; /* bytes; 0: not known */
  uint32_t hash;
  const char *name;
} AgentFunction;

/* Those whose names have a prefix. */
typedef struct
{
  AgentFunction *functions; /* by address */
  uint32_t n;
  /* The longest stretch of code with no function of others that can be told apart: the runtime's own
   * code, as a linker lays out the members of one library. */
  uintptr_t block_start, block_end;
  uint32_t n_in_block;
  bool is_merged; /* optimised together with what calls them: calls of them may be none any more */
} AgentFunctions;

/* Whether one of those functions is in it; reads the file once. */
bool agent_functions_has (const AgentObject *object, const char *const *names, size_t n_names);

/* Whether others can call functions of it whose names have another prefix. */
bool agent_functions_offers_others (const AgentObject *object, const char *prefix);

/* What it finds stays there for good. False: it has none, or there is no memory. */
bool agent_functions_take (const AgentObject *object, const char *prefix,
                           AgentFunctions *ret_functions);

/* NULL: it has no such function. */
const AgentFunction *agent_functions_find (const AgentFunctions *functions, const char *name,
                                           uint32_t hash);

#endif
