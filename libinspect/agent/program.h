/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_PROGRAM_H
#define AGENT_PROGRAM_H

/* The functions that are linked into the program itself, by the full symbol table of its file, or, where
 * it was stripped of that one, by those that it offers to others. Under the agent's lock. */

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
} AgentProgramFunctions;

/* Whether one of those functions is in it; reads the file once. */
bool agent_program_has (const AgentObject *program, const char *const *names, size_t n_names);

/* What it finds stays there for good. False: it has none, or there is no memory. */
bool agent_program_take (const AgentObject *program, const char *prefix,
                         AgentProgramFunctions *ret_functions);

/* NULL: it has no such function. */
const AgentFunction *agent_program_find (const AgentProgramFunctions *functions, const char *name,
                                         uint32_t hash);

#endif
